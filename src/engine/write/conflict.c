#include "engine/write/conflict.h"

#include "base/hash.h"

static uint64_t hash_of(const struct key *key)
{
    return hash64(key_slice(key), 0) | 1;
}

/* The slot of a hash, or the free one where it belongs. */
static size_t slot_of(const struct conflict *conflict, uint64_t hash)
{
    size_t at = hash & (conflict->capacity - 1);
    while (conflict->slots[at] != 0 && conflict->slots[at] != hash)
        at = (at + 1) & (conflict->capacity - 1);
    return at;
}

static void grow(struct conflict *conflict)
{
    uint64_t *old = conflict->slots;
    size_t old_capacity = conflict->capacity;
    conflict->capacity = old_capacity == 0 ? 16 : 2 * old_capacity;
    conflict->slots = ARENA_ARRAY(conflict->rq->arena, uint64_t, conflict->capacity);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] != 0)
            conflict->slots[slot_of(conflict, old[i])] = old[i];
}

bool conflict_touch(struct conflict *conflict, const struct key *key)
{
    if (2 * conflict->count >= conflict->capacity)
        grow(conflict);
    size_t at = slot_of(conflict, hash_of(key));
    bool fresh = conflict->slots[at] == 0;
    conflict->slots[at] = hash_of(key);
    conflict->count += fresh;
    return fresh;
}

bool conflict_touched(const struct conflict *conflict, const struct key *key)
{
    return conflict->capacity > 0 && conflict->slots[slot_of(conflict, hash_of(key))] != 0;
}

int conflict_refuse_twice(struct request *rq)
{
    fail(rq->error, SQLSTATE_CARDINALITY_VIOLATION, "ON CONFLICT DO UPDATE command cannot affect row a second time");
    return fail_hint(rq->error, "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.");
}

static int refuse_invisible(struct conflict *conflict)
{
    return fail(conflict->rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE,
                "new row violates row-level security policy (USING expression) for table \"%s\"", conflict->table->name);
}

int conflict_check_visible(struct conflict *conflict, const struct found *row)
{
    struct request *rq = conflict->rq;
    uint32_t house = key_tenant(key_slice(&row->key));
    if (!house_enterable(rq->who, conflict->table, house))
        return refuse_invisible(conflict);
    if (!conflict->guard_ready || conflict->guard_house != house) {
        if (policy_using(rq, conflict->table, POLICY_UPDATE, true, house, &conflict->guard) < 0)
            return -1;
        conflict->guard_ready = true;
        conflict->guard_house = house;
    }
    int admitted = guard_admits(rq, &conflict->guard, house, row->columns);
    return admitted == 0 ? refuse_invisible(conflict) : admitted < 0 ? -1 : 0;
}
