/* Three houses with three tables of old and new rows, and classifications of their columns. */
#ifndef ROWHOUSE_TESTS_RETENTION_WORLD_H
#define ROWHOUSE_TESTS_RETENTION_WORLD_H

#include "../engine/world.h"

#include "native/retention.h"
#include "native/rows.h"
#include "value/time.h"

#define HOUSES 3                    /* the system house and two organizations */
#define IDS 10                      /* rows of one house and table */
#define CLEARED 0                   /* the value of a column that is */

static const char *const organizations[HOUSES] = {
    NULL, "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222",
};
static const char *const tables[] = { "people", "visits", "places" };        /* with an index on created_at, without, of a date */
static const char *const columns[] = { "phone", "mail" };
enum { TABLES = 3, COLUMNS = 2 };

static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
#define TABLE(name, time) \
    "CREATE TABLE " name " (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id), keep boolean NOT NULL,\n" \
    "    phone text CHECK (NOT keep OR phone IS NOT NULL), mail text NOT NULL DEFAULT 'gone', token text, created_at " time ", updated_at timestamptz);\n"
    TABLE("people", "timestamptz") TABLE("visits", "timestamp") TABLE("places", "date")
    "COMMENT ON COLUMN people.updated_at IS '@touch';\n"
    "CREATE INDEX people_created ON people (created_at, phone);\n"
    "CREATE INDEX visits_phone ON visits (phone);\n"
    "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id),\n"
    "    table_name text NOT NULL, column_name text NOT NULL, encryption_required boolean, retention_days integer);\n";

static struct world world, *w = &world;
static int64_t now_us;
static int classifications;

static inline const char *quoted(int house)
{
    return house == 0 ? "null" : arena_printf(&w->arena, "\"%s\"", organizations[house]);
}

static inline void begin(void)
{
    world_begin(w);
    w->rq.now_us = now_us;
}

static inline void start(void)
{
    world_open(w);
    world_schema(w, schema);
    now_us = NOW_US;
    classifications = 0;
    begin();
    for (int house = 1; house < HOUSES; house++)
        CALL(1, insert_method, "[\"organizations\", {\"id\": %s}]", quoted(house));
}

static inline void stop(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
    keyring_done(&w->keyring);
}

/* --- Rows --- */

static inline struct value text_of(int value)
{
    return value_text(slice_of_string(arena_printf(&w->arena, "v%d", value)));
}

static inline void put_row(int house, int table, int id, int64_t created_us, bool keep, int phone, int mail)
{
    const struct table *of = world_table(w, tables[table]);
    struct draft draft;
    struct value created = value_time(created_us);
    draft_start(&draft, &w->rq, of);
    draft_set(&draft, "id", value_int(house * IDS + id));
    if (organizations[house] != NULL) {
        struct value organization = { .kind = VALUE_UUID };
        cr_assert(uuid_parse(slice_of_string(organizations[house]), &organization.uuid));
        draft_set(&draft, "organization_id", organization);
    }
    if (of->columns[table_column(of, SLICE_LITERAL("created_at"))].type.id == TYPE_DATE)
        created = (struct value){ .kind = VALUE_DATE, .date = (int32_t)(created_us / US_PER_DAY) };
    draft_set(&draft, "created_at", created);
    draft_set(&draft, "keep", value_bool(keep));
    draft_set(&draft, "phone", phone == CLEARED ? VALUE_OF_NULL : text_of(phone));
    draft_set(&draft, "mail", mail == CLEARED ? value_text(SLICE_LITERAL("gone")) : text_of(mail));
    draft_set(&draft, "token", value_text(SLICE_LITERAL("never")));
    SUCCEED(draft_insert(&draft, TENANT_SYSTEM, NULL));
}

static inline void find(int house, int table, int id, struct found *ret)
{
    struct value key = value_int(house * IDS + id);
    cr_assert_eq(table_find(&w->rq, world_table(w, tables[table]), (uint32_t)house, &key, ret), 1, "%s %d of house %d", tables[table], id, house);
}

/* The number that a column holds, CLEARED when it is. */
static inline int value_of(int table, const struct found *row, int column)
{
    const struct value *value = found_column(world_table(w, tables[table]), row, columns[column]);
    if (value_is_null(value) || (column == 1 && slice_is(value->bytes, "gone")))
        return CLEARED;
    return atoi(arena_string(&w->arena, value->bytes) + 1);
}

static inline int stored(int house, int table, int id, int column)
{
    struct found row;
    find(house, table, id, &row);
    return value_of(table, &row, column);
}

static inline void classify(int house, int table, int column, int days)
{
    CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": %d, \"organization_id\": %s, \"table_name\": \"%s\", "
         "\"column_name\": \"%s\", \"retention_days\": %d}]", ++classifications, quoted(house), tables[table], columns[column], days);
}

/* A whole round in steps of that budget. */
static inline struct watch go_round(int budget)
{
    struct watch watch = { 0 };
    int more = 1;
    for (int steps = 0; more == 1; steps++) {
        cr_assert_lt(steps, 1000, "it does not end");
        SUCCEED(more = retention_watch(&w->rq, &watch, budget));
    }
    return watch;
}

#define DAYS(n) ((n) * US_PER_DAY)

#endif
