/* ON CONFLICT DO UPDATE, as the method upsert and SQL have it: which rows a statement wrote, and whether it may see those
 * that it updates. As in PostgreSQL no row is written twice by one statement (21000), and a row that UPDATE's policies hide
 * is an error (42501) and not skipped. */
#ifndef ROWHOUSE_ENGINE_WRITE_CONFLICT_H
#define ROWHOUSE_ENGINE_WRITE_CONFLICT_H

#include "engine/houses.h"
#include "engine/policy/policy.h"

struct conflict {
    struct request *rq;
    const struct table *table;
    uint64_t *slots;                /* hashes of keys of rows written so far: open addressing, at most half full */
    size_t capacity, count;
    uint32_t guard_house;
    bool guard_ready;
    struct guard guard;             /* which rows UPDATE may see */
};

/* The statement wrote the row under this key. False when it had before. */
bool conflict_touch(struct conflict *conflict, const struct key *key);
bool conflict_touched(const struct conflict *conflict, const struct key *key);
/* 21000, 42501. */
int conflict_refuse_twice(struct request *rq);
int conflict_check_visible(struct conflict *conflict, const struct found *row);

#endif
