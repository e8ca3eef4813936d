/* Walks over an index, with bounds and order, against sorting by hand; and while rows are written. */
#include "world.h"

static const char schema[] =
    "CREATE TABLE marks (id integer PRIMARY KEY, a integer, b integer, t text);\n"
    "CREATE INDEX up ON marks (a, b);\n"
    "CREATE INDEX down ON marks (a, b DESC);\n"
    "CREATE INDEX first ON marks (a, b NULLS FIRST);\n"
    "CREATE INDEX texts ON marks (t);\n";

#define ROWS 200

static struct world world, *w = &world;
static struct { int a, b; bool null; } marks[ROWS];
static uint64_t state;

static void start(void)
{
    const char *given = getenv("SEED");
    state = given != NULL ? strtoull(given, NULL, 10) | 1 : 20251022;
    fprintf(stderr, "seed %" PRIu64 "\n", state);
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    for (int i = 0; i < ROWS; i++) {
        marks[i].a = below(&state, 3);
        marks[i].b = below(&state, 20);
        marks[i].null = below(&state, 5) == 0;
        CALL(1, insert_method, marks[i].null ? "[\"marks\", {\"id\": %d, \"a\": %d}]" : "[\"marks\", {\"id\": %d, \"a\": %d, \"b\": %d}]",
             i, marks[i].a, marks[i].b);
    }
}

static void stop(void)
{
    world_commit(w);
    world_close(w);
}

TestSuite(walk, .init = start, .fini = stop);

static bool wanted(int i, int a, const int *low, const int *high)
{
    if (marks[i].a != a || ((low != NULL || high != NULL) && marks[i].null))
        return false;
    return (low == NULL || marks[i].b >= *low) && (high == NULL || marks[i].b < *high);
}

static void compare(const char *name, int a, const int *low, const int *high, bool reverse)
{
    const struct index *index = catalog_index(w->view.catalog, slice_of_string(name));
    struct value prefix = value_int(a), low_value, high_value;
    struct walk walk;
    struct found row;
    struct key last = { 0 };
    int expected = 0, got = 0;
    if (low != NULL)
        low_value = value_int(*low);
    if (high != NULL)
        high_value = value_int(*high);
    for (int i = 0; i < ROWS; i++)
        expected += wanted(i, a, low, high);
    SUCCEED(walk_start(&walk, &w->rq, index, TENANT_SYSTEM, &prefix, 1, low != NULL ? &low_value : NULL, high != NULL ? &high_value : NULL, reverse));
    while (walk_next(&walk, &row) == 1) {
        struct key entry;
        bool lossy;
        got++;
        cr_assert(wanted((int)row.columns[0].integer, a, low, high), "%s gave row %d", name, (int)row.columns[0].integer);
        SUCCEED(key_of_entry(index, TENANT_SYSTEM, row.columns, &entry, &lossy, &w->error));
        int order = slice_compare(key_slice(&entry), key_slice(&last));
        cr_assert(last.size == 0 || (reverse ? order < 0 : order > 0));
        last = entry;
    }
    cr_assert_eq(got, expected, "%s a=%d low=%d high=%d reverse=%d: %d rows, not %d", name, a, low ? *low : -1, high ? *high : -1, reverse, got, expected);
}

Test(walk, bounds_in_every_order)
{
    static const char *const names[] = { "up", "down", "first" };
    for (int i = 0; i < 600; i++) {
        int low = below(&state, 22) - 1, high = below(&state, 22) - 1;
        compare(names[i % 3], below(&state, 4), below(&state, 3) == 0 ? NULL : &low, below(&state, 3) == 0 ? NULL : &high, below(&state, 2));
        world_commit(w);
        world_begin(w);
    }
}

Test(walk, long_texts_are_asked_again)
{
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 3; i++) {
        text[350] = (char)('a' + i);
        CALL(1, update_method, "[\"marks\", %d, {\"t\": \"%s\"}]", i, text);
    }
    struct value prefix = value_text(slice_of_string(text));
    struct walk walk;
    struct found row;
    const struct index *index = catalog_index(w->view.catalog, SLICE_LITERAL("texts"));
    SUCCEED(walk_start(&walk, &w->rq, index, TENANT_SYSTEM, &prefix, 1, NULL, NULL, false));
    cr_assert_eq(walk_next(&walk, &row), 1);
    cr_assert_eq(row.columns[0].integer, 2);
    cr_assert_eq(walk_next(&walk, &row), 0);
    text[350] = 'b';
    SUCCEED(walk_start(&walk, &w->rq, index, TENANT_SYSTEM, NULL, 0, &prefix, NULL, false));
    int count = 0;
    while (walk_next(&walk, &row) == 1)
        count++;
    cr_assert_eq(count, 2);
}

Test(walk, rows_may_be_written_meanwhile)
{
    const struct table *table = world_table(w, "marks");
    struct value columns[4] = { [2] = value_int(0) };
    bool given[4] = { [2] = true };
    struct walk walk;
    struct found row;
    int seen = 0;
    SUCCEED(walk_start(&walk, &w->rq, table->primary, TENANT_SYSTEM, NULL, 0, NULL, NULL, false));
    while (walk_next(&walk, &row) == 1) {
        seen++;
        if (seen % 3 == 0)
            SUCCEED(table_delete(&w->rq, table, &row));
        else
            SUCCEED(table_update(&w->rq, table, &row, columns, given, NULL));
    }
    cr_assert_eq(seen, ROWS);
    CALL(ROWS - ROWS / 3, count_method, "[\"marks\", {\"where\": [\"=\", \"b\", 0]}]");
}

Test(walk, sequences_and_system_records)
{
    struct key key;
    struct slice value;
    int64_t number;
    int mark = changes_mark(&w->rq);
    for (int i = 1; i <= 100; i++) {
        SUCCEED(sequence_next(&w->rq, 7, &number));
        cr_assert_eq(number, i);
    }
    cr_assert_eq(changes_mark(&w->rq), mark + 1);
    changes_undo(&w->rq, mark);
    SUCCEED(sequence_next(&w->rq, 7, &number));
    cr_assert_eq(number, 1);
    key_start(&key, 5, RELATION_IDEMPOTENCY);
    key_bytes(&key, "k", 1);
    cr_assert_eq(system_get(&w->rq, &key, &value), 0);
    SUCCEED(system_put(&w->rq, &key, (struct slice){ 0 }));
    SUCCEED(system_put(&w->rq, &key, SLICE_LITERAL("\x01")));
    SUCCEED(system_put(&w->rq, &key, SLICE_LITERAL("\x02")));
    cr_assert_eq(system_get(&w->rq, &key, &value), 1);
    cr_assert_eq(value.data[0], 2);
    SUCCEED(system_put(&w->rq, &key, (struct slice){ 0 }));
    cr_assert_eq(system_get(&w->rq, &key, &value), 0);
}
