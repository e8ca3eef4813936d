/* What is missing because the statement that would have created it was refused. */
#ifndef ROWHOUSE_CATALOG_MISSING_H
#define ROWHOUSE_CATALOG_MISSING_H

#include <pg_query/pg_query.pb-c.h>

#include "base/arena.h"
#include "base/error.h"

enum missing_kind { MISSING_RELATION, MISSING_COLUMN, MISSING_KEY, MISSING_TYPE, MISSING_FUNCTION, MISSING_SCHEMA, MISSING_OTHER };

struct missing_name {
    enum missing_kind kind;
    const char *name;
    const char *of;                 /* MISSING_COLUMN: its table */
    int cause;
};

struct missing {
    struct arena *arena;
    int count, capacity;
    struct missing_name *names;
};

/* Remembers what a refused statement would have created. */
void missing_add(struct missing *missing, const PgQuery__Node *node, int cause);
/* The cause of an error of a statement, when it is that something of these is missing; -1: it is another one. The error's sentence names
 * its subject, as every one does. */
int missing_cause(const struct missing *missing, const PgQuery__Node *node, struct slice text, const struct error *error);

#endif
