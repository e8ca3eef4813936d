/* Collations: in which order text comes, and how its letters change case. A type without one (NULL) has the default of
 * PostgreSQL under C.UTF-8: order by bytes, letters of value/letters.h.
 *
 * This layer, and with it the client's library, knows no language: whoever opens a collation (sql/collations.h) gives it its
 * functions. All are deterministic, as PostgreSQL's are unless it is told otherwise:
 *  (C1) compare() is 0 for identical bytes alone, so whoever asks for equality needs no collation.
 *  (C2) memcmp() of what key() appends has the sign of compare(). It is sort key, a zero byte, text, and no other byte of it is zero. */
#ifndef ROWHOUSE_VALUE_COLLATION_H
#define ROWHOUSE_VALUE_COLLATION_H

#include "base/buf.h"

struct collation {
    const char *name;               /* "de-x-icu" */
    /* Order of two sound texts: -1, 0, 1; NULL: by bytes. Then key() is none either. */
    int (*compare)(const struct collation *collation, struct slice a, struct slice b);
    void (*key)(const struct collation *collation, struct slice text, struct buf *out);
    /* Append sound UTF-8 in other letters, as those of value/letters.h. */
    void (*lower)(const struct collation *collation, struct slice text, struct buf *out);
    void (*upper)(const struct collation *collation, struct slice text, struct buf *out);
    void (*initcap)(const struct collation *collation, struct slice text, struct buf *out);
};

/* Whether it has an order of its own. NULL is the default. */
static inline bool collation_orders(const struct collation *collation)
{
    return collation != NULL && collation->compare != NULL;
}

/* Whether two, of one catalog, have the same order. */
static inline bool collation_agrees(const struct collation *a, const struct collation *b)
{
    return a == b || (!collation_orders(a) && !collation_orders(b));
}

#endif
