/* What the reading methods have in common: table, house, filter, order and page, from params to a query. */
#ifndef ROWHOUSE_PROTOCOL_READING_H
#define ROWHOUSE_PROTOCOL_READING_H

#include "engine/scan/order.h"
#include "protocol/args.h"
#include "protocol/filter.h"

struct reading {
    struct query query;
    struct options options;
    bool nowhere;                   /* the caller has no house to read in: no rows */
    int64_t limit;
    uint64_t hash;                  /* of the query, for cursors */
    struct position position;       /* of the cursor that came, query.after points here */
};

/* Table, options, house and filter of a method's params. */
int reading_from_args(struct request *rq, struct args args, unsigned allowed, struct reading *ret);
/* Makes it a page of a scan: order, limit, cursor. `reading` must stay where it is while the query is in use. */
int reading_page(struct request *rq, struct reading *reading);
/* What the method aggregate reads, its rights asked: aggregate.c */
int aggregate_reading(struct request *rq, struct args args, struct reading *ret);

/* The option `order`: an array of `name` or `[name, direction?, nulls?]`. data NULL: no columns. Names are columns of a
 * table, or whatever `find` makes numbers of. */
int order_from_wire(struct request *rq, const struct table *table, struct slice object, struct order *ret);
int order_read(struct request *rq, int (*find)(struct request *rq, void *env, struct slice name, int *ret), void *env,
               struct slice object, struct order *ret);

#endif
