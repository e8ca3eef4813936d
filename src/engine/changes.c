#include "engine/changes.h"

#include <assert.h>

#include "engine/load.h"
#include "engine/seal_mark.h"

#define CHANGES_FIRST 16

static struct change *changes_slot(struct changes *list)
{
    if (list->count == list->capacity) {
        int capacity = list->capacity == 0 ? CHANGES_FIRST : 2 * list->capacity;
        struct change *items = ARENA_ARRAY(list->arena, struct change, capacity);
        if (list->count > 0)
            memcpy(items, list->items, sizeof *items * (size_t)list->count);
        list->items = items;
        list->capacity = capacity;
    }
    return &list->items[list->count];
}

/* What the writer remembers of secret columns is not so any more when a row that marks them comes, changes or goes. */
static void forget_marks(const struct request *rq, struct slice key)
{
    const struct table *classifications = rq->view->catalog->classifications;
    if (rq->marks != NULL && classifications != NULL && key_relation(key) == classifications->relation)
        seal_marks_forget(rq->marks);
}

int changes_add(struct request *rq, struct slice key, struct slice old_value, struct slice new_value)
{
    struct changes *list = rq->changes;
    assert(list != NULL);
    if (rq->load == LOAD_OTHERS)
        return load_refuse(rq->error);
    assert(old_value.data != NULL || new_value.data != NULL);
    struct change *change = changes_slot(list);
    *change = (struct change){ .key = arena_copy(list->arena, key), .old_value = old_value };
    if (old_value.data != NULL && list->arena != rq->arena)
        change->old_value = arena_copy(list->arena, old_value);
    if (new_value.data != NULL)
        change->new_value = arena_copy(list->arena, new_value);
    if (store_apply(rq->view, change, rq->error) < 0)
        return -1;
    list->count++;
    forget_marks(rq, key);
    return 0;
}

void changes_record(struct request *rq, const struct change *change)
{
    *changes_slot(rq->changes) = *change;
    rq->changes->count++;
}

struct slice changes_newest(const struct request *rq)
{
    assert(rq->changes->count > 0);
    return rq->changes->items[rq->changes->count - 1].new_value;
}

int changes_mark(const struct request *rq)
{
    return rq->changes == NULL ? 0 : rq->changes->count;
}

void changes_undo(struct request *rq, int mark)
{
    struct changes *list = rq->changes;
    if (list == NULL)
        return;
    assert(mark >= 0);
    assert(mark <= list->count);
    while (list->count > mark) {
        const struct change *change = &list->items[--list->count];
        if (change_is_step(change))
            continue;
        store_undo(rq->view, change);
        forget_marks(rq, change->key);
    }
}

static bool must_sync(const struct catalog *catalog, uint16_t relation)
{
    const struct table *table = catalog->table_by_relation[relation];
    return relation == RELATION_CREDIT_RESERVATIONS || relation == RELATION_AUDIT_HEAD || (table != NULL && table->sync);
}

bool changes_must_sync(const struct request *rq)
{
    for (int i = 0; i < rq->changes->count; i++)
        if (must_sync(rq->view->catalog, key_relation(rq->changes->items[i].key)))
            return true;
    return false;
}
