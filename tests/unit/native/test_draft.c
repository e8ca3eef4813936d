/* What native functions write is held to the types of its columns. */
#include "../engine/world.h"

#include "native/draft.h"
#include "value/numeric.h"

#define HOUSE "aaaaaaaa-0000-4000-8000-000000000000"

static struct world world, *w = &world;

static void open_world(void)
{
    world_open(w);
    world_schema(w, "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
                    "CREATE TYPE mood AS ENUM ('sad', 'glad');\n"
                    "CREATE TABLE things (id bigserial PRIMARY KEY, few smallint, amount integer, many bigint, price numeric(4,1),\n"
                    "    name varchar(3), names varchar(3)[], mood mood, free text);\n");
    world_begin(w);
}

static void close_world(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

TestSuite(draft, .init = open_world, .fini = close_world);

/* The SQLSTATE of inserting one column, and of putting it into a row that is there. */
static const char *state(const char *column, struct value value)
{
    const struct table *things = world_table(w, "things");
    struct draft draft;
    struct found row;
    error_clear(&w->error);
    draft_start(&draft, &w->rq, things);
    cr_assert_eq(draft_insert(&draft, TENANT_SYSTEM, &row), 0);
    int marked = w->changes.count;
    draft_set(&draft, column, value);
    int updated = draft_update(&draft, &row, NULL);
    enum sqlstate of_update = w->error.state;
    error_clear(&w->error);
    draft_start(&draft, &w->rq, things);
    draft_set(&draft, column, value);
    int inserted = draft_insert(&draft, TENANT_SYSTEM, NULL);
    cr_assert_eq(updated, inserted);
    cr_assert_eq(of_update, w->error.state);
    cr_assert(inserted == 0 || w->changes.count == marked, "a refused row changes nothing");
    return sqlstate_code(w->error.state);
}

#define STATE(column, value, code) cr_expect_str_eq(state(column, value), code, "%s: %s", column, w->error.message)

static struct value number(const char *text)
{
    struct value value;
    SUCCEED(value_from_text(type_of(TYPE_NUMERIC), slice_of_string(text), &w->arena, &value, &w->error));
    return value;
}

Test(draft, numbers_fit)
{
    STATE("few", value_int(32767), "00000");
    STATE("few", value_int(32768), "22003");
    STATE("amount", value_int(2147483647), "00000");
    STATE("amount", value_int(2147483648), "22003");
    DETAIL("The value is for column \"amount\" of relation \"things\".");
    STATE("amount", value_int(-2147483649), "22003");
    STATE("many", value_int(INT64_MAX), "00000");
    STATE("price", number("999.94"), "00000");
    STATE("price", number("999.95"), "22003");
    STATE("amount", VALUE_OF_NULL, "00000");
}

Test(draft, texts_fit)
{
    struct value short_one = value_text(SLICE_LITERAL("äbc")), long_one = value_text(SLICE_LITERAL("abcd"));
    STATE("name", short_one, "00000");
    STATE("name", long_one, "22001");
    STATE("free", long_one, "00000");
    STATE("mood", value_text(SLICE_LITERAL("glad")), "00000");
    STATE("names", array_build(type_of(TYPE_VARCHAR), &short_one, 1, &w->arena), "00000");
    STATE("names", array_build(type_of(TYPE_VARCHAR), &long_one, 1, &w->arena), "22001");
}

Test(draft, numbers_are_rounded_to_their_scale)
{
    struct draft draft;
    struct found row;
    struct buf text = { 0 };
    draft_start(&draft, &w->rq, world_table(w, "things"));
    draft_set(&draft, "price", number("1.25"));
    SUCCEED(draft_insert(&draft, TENANT_SYSTEM, &row));
    numeric_format(found_column(world_table(w, "things"), &row, "price"), &text);
    cr_expect_str_eq(buf_text(&text), "1.3");
    buf_done(&text);
}
