/* A load: what a restore writes in many transactions, all of it or nothing, at any size and across restarts.
 *
 *  (LD1) A load is open while its record (RELATION_LOAD) is there and not over. Then nobody else writes (55006), so what it has
 *        written is referred to by nothing but itself.
 *  (LD2) Each of its transactions leaves a record for every change, with the key and what was there before: undone from the last
 *        to the first, everything is as it was.
 *  (LD3) References of its rows, and whether their organizations exist, are asked once, at its end (load_check): rows may refer to
 *        each other in circles and come in any order, but for children, which follow their parents.
 *  (LD4) It is over in the transaction that finds the last of them to hold. What is left of its records then means nothing.
 *  (LD5) A house ends with its organization: what else it holds is removed before. */
#ifndef ROWHOUSE_ENGINE_LOAD_H
#define ROWHOUSE_ENGINE_LOAD_H

#include "engine/table.h"

struct load {
    int64_t id;
    uint64_t records;               /* of undo, numbered from 0 */
    uint64_t checked;               /* records whose rows were asked */
    bool over;
    int cleared_count;
    const uint16_t *cleared;        /* tables whose rows it removes before its own come, in this order: organizations are last (LD5) */
};

int load_is_open(const struct view *view, struct error *error);         /* 1, 0, -1 */
int load_refuse(struct error *error);           /* 55006 of whoever writes meanwhile */
int load_find(struct request *rq, struct load *ret);        /* 1, 0, -1; also one that is over and has records left */

/* `load`: without records yet. 55006 when there is one. */
int load_begin(struct request *rq, const struct load *load);
/* The changes from `mark` on leave their records (LD2). */
int load_note(struct request *rq, int mark);

/* Steps of at most so many records, or rows, and of some megabytes: 1 there is more, 0 done, -1. `ret_count` is added to. */
int load_clear(struct request *rq, int budget, int64_t *ret_count);
int load_check(struct request *rq, int budget, int64_t *ret_count);         /* ends it; 23503 */
int load_undo(struct request *rq, int budget, int64_t *ret_count);          /* takes it back; of one that is over: what is left */

/* Whether a table has rows; and whether they are only those that migrations put there. */
int table_has_rows(struct request *rq, const struct table *table);          /* 1, 0, -1 */
int seeds_only(const struct request *rq, const struct table *table);         /* 1, 0, -1 */
/* Changes from `mark` on, of no migration, in tables that migrations fill are remembered: their rows are no longer the schema's alone. */
int seeds_touched(struct request *rq, int mark);

#endif
