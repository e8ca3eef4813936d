/* The sweep that brings what is stored to what is wanted: seals what is secret now and still clear, opens what is secret no longer,
 * seals anew what an older data key sealed, and then forgets that key. Upkeep takes a step now and then, `rowhouse rekey --data`
 * many in a row; both take the writer's one sweep further.
 *
 *  (Z1) What a step does follows from what is stored. So a sweep that is broken off, by a crash too, loses nothing but its place:
 *       the next one begins anew and finds only what is left.
 *  (Z2) A key goes when the whole house was seen while another one was current already, and nothing in it needed the old one:
 *       nothing is ever sealed under a key that is not current.
 *  (Z3) A cell that does not open stays as it is, keeps its house's keys, and is for `verify` to report.
 *  (Z4) A pass that ends under the marks it began with leaves nothing to do; none begins until they change.
 *  (Z5) The place of the sweep is in memory, what it did is in transactions, and one of these may be given up after its step is
 *       over. So each step that writes something counts itself in a record of house 0, RELATION_SETTINGS "seal_steps", and a
 *       sweep that finds another count there than its own begins anew: else (Z2) would take rows for done that are not. */
#ifndef ROWHOUSE_ENGINE_SEAL_SWEEP_H
#define ROWHOUSE_ENGINE_SEAL_SWEEP_H

#include "engine/data_key.h"
#include "engine/seal_mark.h"
#include "engine/table.h"

struct seal_sweep {
    bool running;                   /* a pass is under way */
    bool settled;                   /* the last one ended as (Z4) says */
    uint64_t version, generation;   /* of the catalog and the marks when it began */
    uint64_t steps;                 /* the count that the record must have (Z5) */
    uint32_t house;
    uint32_t current;               /* number of the house's data key when its turn came */
    bool spoilt;                    /* something of the house does not open (Z3) */
    uint32_t part;                  /* of the house: 0 kept replies, then its tables in the catalog's order */
    struct key next;                /* where to go on in it; size 0: at its start */
};

struct seal_step {
    uint64_t examined, renewed, spoilt;
    bool more;                      /* there is something left to look at */
};

/* One step that looks at no more than so many rows, in the request's transaction. Without rq->marks, by which it sees that marks have
 * changed, every step begins anew. */
int seal_sweep_step(struct request *rq, struct seal_sweep *sweep, uint64_t rows, struct seal_step *ret);

/* Another pass is needed: there are new data keys. */
void seal_sweep_again(struct seal_sweep *sweep);

/* --- New keys --- */

/* Seals the data keys of at most `limit` houses behind *house (HOUSE_ANY: of all) under the current master key, and moves it on:
 * 1 there may be more, 0, -1. With `new_keys` each house that has a key gets another one. Adds what it did to *ret_count. */
int seal_rewrap(struct request *rq, uint32_t *house, bool new_keys, uint32_t limit, uint64_t *ret_count);

#endif
