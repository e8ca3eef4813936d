#include "generate.h"

#include <stdlib.h>

static const struct meta_column no_such_column = { .name = "no_such_column", .type = { .id = TYPE_TEXT } };

struct filter *filter_new(struct generator *g, enum filter_kind kind, const struct meta_column *column)
{
    struct filter *filter = ARENA_NEW(g->arena, struct filter);
    *filter = (struct filter){ .kind = kind, .place = { .column = column } };
    return filter;
}

static const struct meta_column *compared_column(struct generator *g, const struct meta_table *table)
{
    const struct meta_column *column;
    do
        column = &table->columns[random_below(&g->random, table->column_count)];
    while (!column->compared);
    return column;
}

/* What to compare a column with: mostly what some row has there. */
static const char *comparand(struct generator *g, const struct meta_table *table, const struct meta_column *column)
{
    if (!g->spoilt && !g->sound && random_percent(&g->random, 2)) {
        const char *malformed = value_malformed(g, column);
        g->spoilt = malformed != NULL;
        if (malformed != NULL)
            return malformed;
    }
    const char **row = random_percent(&g->random, 70) ? pick_row(g, table, true, NULL) : NULL;
    return row != NULL && row[column->number] != NULL ? row[column->number] : value_valid(g, column);
}

/* A pattern that has something to do with `text`: some of its characters become _ or %, specials are sometimes escaped. */
static const char *pattern(struct generator *g, const char *text)
{
    struct buf out = { 0 };
    for (; *text != '\0' && out.size < 400; text++) {
        int kind = (*text & 0x80) != 0 ? 9 : random_below(&g->random, 10);      /* no cuts within a character */
        if (kind == 0)
            buf_append_byte(&out, '_');
        else if (kind == 1)
            buf_append_byte(&out, '%');
        else if (kind == 2 || *text == '\\')
            buf_printf(&out, "\\%c", *text);
        else
            buf_append_byte(&out, (uint8_t)*text);
        if (kind == 3)
            break;
    }
    if (random_percent(&g->random, 60))
        buf_append_byte(&out, '%');
    const char *result = arena_string(g->arena, buf_slice(&out));
    buf_done(&out);
    return result;
}

static void compare_json(struct generator *g, const struct meta_table *table, struct filter *filter)
{
    static const char *const members[] = { "a", "b", "key", "nested", "ключ", "", "0", "1", "2" };
    static const char *const texts[] = { "1", "-7", "1.5", "a", "x y", "true", "{}", "[]", "" };
    if (random_percent(&g->random, 25)) {
        filter->operator = "@>";
        filter->values[0] = comparand(g, table, filter->place.column);
        return;
    }
    filter->place.depth = 1 + random_below(&g->random, 3);
    for (int i = 0; i < filter->place.depth; i++)
        filter->place.path[i] = members[random_below(&g->random, 9)];
    if (random_percent(&g->random, 30))
        filter->kind = FILTER_NOT_NULL;
    else if (random_percent(&g->random, 20))
        filter->kind = FILTER_IN;
    filter->value_count = filter->kind == FILTER_IN ? 2 : 1;
    for (int i = 0; i < filter->value_count; i++)
        filter->values[i] = texts[random_below(&g->random, 9)];
}

static const struct filter *comparison(struct generator *g, const struct meta_table *table)
{
    static const char *const operators[] = { "=", "=", "=", "<>", "<", "<=", ">", ">=" };
    const struct meta_column *column = compared_column(g, table);
    struct filter *filter = filter_new(g, FILTER_COMPARE, column);
    filter->operator = operators[random_below(&g->random, 8)];
    filter->value_count = 1;
    filter->values = ARENA_ARRAY(g->arena, const char *, 5);
    int kind = random_below(&g->random, 100);
    if (kind < 12 || column->type.array) {
        filter->kind = kind % 2 == 0 ? FILTER_NULL : FILTER_NOT_NULL;
    } else if (column->type.id == TYPE_JSONB) {
        compare_json(g, table, filter);
    } else if (kind < 25) {
        filter->kind = FILTER_IN;
        filter->value_count = 1 + random_below(&g->random, 5);
        for (int i = 0; i < filter->value_count; i++)
            filter->values[i] = comparand(g, table, column);
    } else if (kind < 40 && column->type.id == TYPE_TEXT) {
        filter->operator = kind < 35 ? "LIKE" : "ILIKE";
        filter->values[0] = pattern(g, comparand(g, table, column));
    } else {
        filter->values[0] = comparand(g, table, column);
    }
    if (!g->spoilt && !g->sound && random_percent(&g->random, 1)) {
        g->spoilt = true;
        filter->place = (struct place){ .column = &no_such_column };
    }
    return filter;
}

const struct filter *filter_random(struct generator *g, const struct meta_table *table, int depth)
{
    int kind = random_below(&g->random, 10);
    if (depth == 0 || kind < 5)
        return comparison(g, table);
    struct filter *filter = filter_new(g, kind < 7 ? FILTER_AND : kind < 9 ? FILTER_OR : FILTER_NOT, NULL);
    filter->count = filter->kind == FILTER_NOT ? 1 : 1 + random_below(&g->random, 3);
    filter->parts = ARENA_ARRAY(g->arena, const struct filter *, filter->count);
    for (int i = 0; i < filter->count; i++)
        filter->parts[i] = filter_random(g, table, depth - 1);
    return filter;
}
