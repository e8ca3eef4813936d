/* The mixes: what one request of each kind of load is. A table, so that usage, runs and reports are loops over it. */
#ifndef ROWHOUSE_BENCH_MIX_H
#define ROWHOUSE_BENCH_MIX_H

#include <rowhouse/rowhouse.h>

/* A table like audit_logs_enhanced, which loadgen makes. */
#define BENCH_ENTRIES "bench_entries"

/* The house that a connection works in. */
struct place {
    struct rh_uuid organization, user;
    int64_t first_contact;          /* its seeded contacts have consecutive ids */
    int contacts;
    unsigned seed;
};

struct mix {
    const char *name, *summary;
    int64_t (*submit)(struct rh *db, struct place *place);      /* a ticket */
    /* Of a mix whose request is a pair: the second call, made of the first one's reply; both are one in the figures. */
    int64_t (*follow)(struct rh *db, struct place *place, const struct rh_reply *first);
};

extern const struct mix mixes[];                                /* ends with name NULL */
const struct mix *mix_find(const char *name);                   /* NULL: none */

#endif
