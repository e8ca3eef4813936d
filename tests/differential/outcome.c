#include "operation.h"

#include <stdlib.h>

static int width;                           /* of the rows that compare_rows is sorting; qsort has no environment */

static int compare_cells(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_rows(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    for (int i = 0; i < width; i++) {
        int order = compare_cells(left[i], right[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

void outcome_sort(struct outcome *outcome)
{
    width = outcome->width;
    if (outcome->row_count > 1)
        qsort(outcome->cells, (size_t)outcome->row_count, sizeof(char *) * (size_t)width, compare_rows);
}

/* PostgreSQL leaves some places out that Rowhouse names. */
static bool same_place(const struct outcome *right, const struct outcome *other)
{
    return right->line == 0 || (right->line == other->line && right->column == other->column);
}

bool outcome_equal(const struct outcome *a, const struct outcome *b)
{
    if (strcmp(a->sqlstate, b->sqlstate) != 0 || !same_place(a, b))
        return false;
    if (a->count != b->count || a->row_count != b->row_count || (a->row_count > 0 && a->width != b->width))
        return false;
    for (int i = 0; i < a->row_count * a->width; i++)
        if (compare_cells(a->cells[i], b->cells[i]) != 0)
            return false;
    return true;
}

void outcome_join(const struct outcome *parts, int count, struct arena *arena, struct outcome *ret)
{
    *ret = (struct outcome){ .sqlstate = "00000", .count = count, .row_count = count, .width = 1 };
    ret->cells = ARENA_ARRAY(arena, const char *, count);
    for (int i = 0; i < count; i++) {
        struct buf text = { 0 };
        outcome_print(&parts[i], &text);
        ret->cells[i] = arena_string(arena, buf_slice(&text));
        buf_done(&text);
    }
}

void outcome_print(const struct outcome *outcome, struct buf *out)
{
    if (strcmp(outcome->sqlstate, "00000") != 0) {
        buf_printf(out, "%s %s (%d:%d)\n", outcome->sqlstate, outcome->message, outcome->line, outcome->column);
        return;
    }
    buf_printf(out, "count %ld, %d rows\n", outcome->count, outcome->row_count);
    for (int row = 0; row < outcome->row_count && row < 50; row++) {
        for (int i = 0; i < outcome->width; i++) {
            const char *cell = outcome->cells[row * outcome->width + i];
            buf_printf(out, "%s%.400s", i == 0 ? "    " : " | ", cell == NULL ? "\\N" : cell);
        }
        buf_append_byte(out, '\n');
    }
}
