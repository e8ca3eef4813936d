/* Records of system relations, and sequences, through the change list. */
#include <assert.h>

#include "engine/changes.h"
#include "engine/table.h"
#include "value/mp.h"

int system_get(struct request *rq, const struct key *key, struct slice *ret_copy)
{
    struct slice value;
    assert(key_relation(key_slice(key)) < RELATION_USER_FIRST);
    int found = view_get(rq->view, key_slice(key), &value, rq->error);
    if (found == 1)
        *ret_copy = arena_copy(rq->arena, value);
    return found;
}

int system_put(struct request *rq, const struct key *key, struct slice value)
{
    struct slice old = { 0 };
    int found = system_get(rq, key, &old);
    if (found < 0)
        return -1;
    if (found == 0 && value.data == NULL)
        return 0;
    return system_replace(rq, key, old, value);
}

int system_replace(struct request *rq, const struct key *key, struct slice old, struct slice value)
{
    assert(key_relation(key_slice(key)) < RELATION_USER_FIRST);
    return changes_add(rq, key_slice(key), old, value);
}

/* A sequence is stored as MessagePack's 9-byte integer, so that its record never changes its size. */
#define SEQUENCE_SIZE 9

static void sequence_encode(int64_t number, uint8_t out[static SEQUENCE_SIZE])
{
    out[0] = 0xd3;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
}

/* A request that inserts many rows moves its sequence by one change, not by one a row: the list remembers where it is.
 * When the request then goes back to a mark behind that change, numbers are lost; gaps are allowed. */
static int *sequence_place(struct changes *list, uint64_t sequence)
{
    return &list->sequence_items[sequence % (sizeof list->sequence_items / sizeof *list->sequence_items)];
}

static struct change *sequence_change(struct changes *list, uint64_t sequence, const struct key *key)
{
    int item = *sequence_place(list, sequence);
    if (item >= list->count || !slice_equal(list->items[item].key, key_slice(key)))
        return NULL;
    return &list->items[item];
}

static int sequence_put(struct request *rq, const struct key *key, struct change *change, struct slice old, int64_t number)
{
    uint8_t bytes[SEQUENCE_SIZE];
    sequence_encode(number, bytes);
    struct slice next = slice_of(bytes, sizeof bytes);
    if (change == NULL)
        return changes_add(rq, key_slice(key), old, next);
    struct change step = { .key = change->key, .old_value = change->new_value, .new_value = next };
    if (store_apply(rq->view, &step, rq->error) < 0)
        return -1;
    change->new_value = arena_copy(rq->changes->arena, next);
    return 0;
}

/* The sequence's key, its newest change of this request (NULL: none), and its record as it stands. */
static int sequence_load(struct request *rq, uint64_t sequence, struct key *key, struct change **ret_change, struct slice *ret_old)
{
    assert(sequence > 0);
    assert(rq->changes != NULL);
    key_start(key, TENANT_SYSTEM, RELATION_SEQUENCES);
    key_u64(key, sequence);
    *ret_change = sequence_change(rq->changes, sequence, key);
    *ret_old = (struct slice){ 0 };
    if (*ret_change == NULL)
        return system_get(rq, key, ret_old) < 0 ? -1 : 0;
    *ret_old = (*ret_change)->new_value;
    return 0;
}

int sequence_next(struct request *rq, uint64_t sequence, int64_t *ret)
{
    struct key key;
    struct change *change;
    struct slice old;
    int64_t last = 0;
    if (sequence_load(rq, sequence, &key, &change, &old) < 0)
        return -1;
    struct slice rest = old;
    if (old.data != NULL && !mp_int(&rest, &last))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the record of sequence %llu is damaged", (unsigned long long)sequence);
    if (last == INT64_MAX)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "nextval: reached maximum value of sequence");
    if (sequence_put(rq, &key, change, old, last + 1) < 0)
        return -1;
    if (change == NULL)
        *sequence_place(rq->changes, sequence) = rq->changes->count - 1;
    *ret = last + 1;
    return 0;
}

int sequence_set(struct request *rq, uint64_t sequence, int64_t last)
{
    struct key key;
    struct change *change;
    struct slice old;
    assert(last >= 0);
    if (sequence_load(rq, sequence, &key, &change, &old) < 0)
        return -1;
    return sequence_put(rq, &key, change, old, last);
}
