#include "engine/scan/merge.h"

static bool before(const struct merge *merge, int a, int b)
{
    return order_compare(&merge->checker->plan->order, &merge->heads[a]->at, &merge->heads[b]->at) < 0;
}

static void swap(struct merge *merge, int a, int b)
{
    struct head *head = merge->heads[a];
    merge->heads[a] = merge->heads[b];
    merge->heads[b] = head;
}

static void rise(struct merge *merge, int at)
{
    for (; at > 0 && before(merge, at, (at - 1) / 2); at = (at - 1) / 2)
        swap(merge, at, (at - 1) / 2);
}

static void sink(struct merge *merge, int at)
{
    for (;;) {
        int child = 2 * at + 1;
        if (child >= merge->count)
            return;
        if (child + 1 < merge->count && before(merge, child + 1, child))
            child++;
        if (!before(merge, child, at))
            return;
        swap(merge, at, child);
        at = child;
    }
}

/* The head's next row behind the position that was asked for: a walk_step, or -1. */
static int advance(struct merge *merge, struct head *head)
{
    const struct total_order *order = &merge->checker->plan->order;
    for (;;) {
        int step = walker_next(&head->walker, 0, NULL);
        if (step != WALK_ROW)
            return step;
        order_values(order, head->walker.house, merge->checker->columns, &head->at);
        for (int i = 0; i < order->count && row_is_sealed(head->walker.row.bytes); i++)
            head->at.values[i] = value_keep(&head->at.values[i], merge->checker->rq->arena);
        if (merge->after == NULL || order_compare(order, &head->at, merge->after) > 0)
            return WALK_ROW;
    }
}

void merge_start(struct merge *merge, struct checker *checker, const struct position *after)
{
    *merge = (struct merge){ .checker = checker, .after = after, .started = true };
}

static void push(struct merge *merge, struct head *head)
{
    if (merge->count == merge->capacity) {
        int capacity = merge->capacity == 0 ? 64 : 2 * merge->capacity;
        struct head **grown = ARENA_ARRAY(merge->checker->rq->arena, struct head *, capacity);
        if (merge->count > 0)
            memcpy(grown, merge->heads, sizeof *grown * (size_t)merge->count);
        merge->heads = grown;
        merge->capacity = capacity;
    }
    merge->heads[merge->count++] = head;
    rise(merge, merge->count - 1);
}

int merge_add(struct merge *merge, uint32_t house)
{
    struct head *head = merge->spare != NULL ? merge->spare : ARENA_NEW(merge->checker->rq->arena, struct head);
    merge->spare = head;
    if (merge->count == MERGE_HOUSES_MAX || walker_start(&head->walker, merge->checker, house, merge->after) == 0)
        return WALK_UNSORTED;
    int step = advance(merge, head);
    if (step != WALK_ROW) {
        walker_close(&head->walker);
        return step == WALK_END ? WALK_ROW : step;
    }
    merge->spare = NULL;
    push(merge, head);
    return WALK_ROW;
}

/* Steps the head whose row was handed out; a walk_step for it, or -1. */
static int step_root(struct merge *merge)
{
    int step = advance(merge, merge->heads[0]);
    if (step == WALK_END) {
        walker_close(&merge->heads[0]->walker);
        swap(merge, 0, --merge->count);
    }
    if (step == WALK_ROW || step == WALK_END)
        sink(merge, 0);
    return step;
}

int merge_next(struct merge *merge, struct selected *ret)
{
    if (merge->given) {
        int step = step_root(merge);
        if (step != WALK_ROW && step != WALK_END)
            return step;
    }
    merge->given = merge->count > 0;
    if (!merge->given)
        return WALK_END;
    *ret = merge->heads[0]->walker.row;
    return WALK_ROW;
}

void merge_close(struct merge *merge)
{
    for (int i = 0; i < merge->count; i++)
        walker_close(&merge->heads[i]->walker);
    merge->count = 0;
    merge->given = false;
}
