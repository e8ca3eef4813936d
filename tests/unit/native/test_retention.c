/* Columns that are cleared when their rows are old: what goes, what stays, whose, and in steps of any size. */
#include "../engine/world.h"

#include "native/audit_trail.h"
#include "native/retention.h"
#include "native/rows.h"
#include "value/time.h"

#define HOUSES 3                    /* the system house and two organizations */
#define IDS 10                      /* rows of one house and table */
#define ROUNDS 1500
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
    "CREATE INDEX people_created ON people (created_at, phone);\n"
    "CREATE INDEX visits_phone ON visits (phone);\n"
    "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id),\n"
    "    table_name text NOT NULL, column_name text NOT NULL, encryption_required boolean, retention_days integer);\n";

static struct world world, *w = &world;
static uint64_t state;
static int64_t now_us;
static int classifications;

static const char *quoted(int house)
{
    return house == 0 ? "null" : arena_printf(&w->arena, "\"%s\"", organizations[house]);
}

static void begin(void)
{
    world_begin(w);
    w->rq.now_us = now_us;
}

static void commit(void)
{
    if (w->changes.count > 0)
        world_commit(w);
    else
        store_write_abort(w->store, &w->view);
    begin();
}

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    now_us = NOW_US;
    classifications = 0;
    begin();
    for (int house = 1; house < HOUSES; house++)
        CALL(1, engine_insert, "[\"organizations\", {\"id\": %s}]", quoted(house));
}

static void stop(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
    keyring_done(&w->keyring);
}

TestSuite(retention, .init = start, .fini = stop, .timeout = 120);

/* --- Rows --- */

static struct value text_of(int value)
{
    return value_text(slice_of_string(arena_printf(&w->arena, "v%d", value)));
}

static void put_row(int house, int table, int id, int64_t created_us, bool keep, int phone, int mail)
{
    const struct table *of = world_table(w, tables[table]);
    struct draft draft;
    struct value created = value_time(created_us);
    draft_start(&draft, &w->rq, of);
    draft_set(&draft, "id", value_int(house * IDS + id));
    if (house > 0) {
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

static void find(int house, int table, int id, struct found *ret)
{
    struct value key = value_int(house * IDS + id);
    cr_assert_eq(table_find(&w->rq, world_table(w, tables[table]), (uint32_t)house, &key, ret), 1, "%s %d of house %d", tables[table], id, house);
}

/* The number that a column holds, CLEARED when it is. */
static int value_of(int table, const struct found *row, int column)
{
    const struct value *value = found_column(world_table(w, tables[table]), row, columns[column]);
    if (value_is_null(value) || (column == 1 && slice_is(value->bytes, "gone")))
        return CLEARED;
    return atoi(arena_string(&w->arena, value->bytes) + 1);
}

static int stored(int house, int table, int id, int column)
{
    struct found row;
    find(house, table, id, &row);
    return value_of(table, &row, column);
}

static void classify(int house, int table, int column, int days)
{
    CALL(1, engine_insert, "[\"data_sensitivity_classifications\", {\"id\": %d, \"organization_id\": %s, \"table_name\": \"%s\", "
         "\"column_name\": \"%s\", \"retention_days\": %d}]", ++classifications, quoted(house), tables[table], columns[column], days);
}

/* A whole round in steps of that budget. */
static struct watch go_round(int budget)
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

/* --- By example --- */

Test(retention, clears_what_is_old_enough)
{
    struct found before, after;
    classify(0, 0, 0, 30);
    classify(0, 0, 1, 60);
    for (int id = 0; id < 3; id++)
        put_row(1, 0, id, now_us - DAYS(29) - id * DAYS(30), false, id + 1, id + 1);
    put_row(1, 0, 3, TIME_MINUS_INFINITY, false, 4, 4);
    put_row(1, 0, 4, TIME_INFINITY, false, 5, 5);
    put_row(1, 0, 5, now_us - DAYS(30), false, 6, 6);
    find(1, 0, 2, &before);
    struct watch watch = go_round(1000);
    cr_expect_eq(watch.done, 3);
    cr_expect_eq(watch.failed, 0);
    const int phones[] = { 1, CLEARED, CLEARED, CLEARED, 5, 6 }, mails[] = { 1, 2, CLEARED, CLEARED, 5, 6 };
    for (int id = 0; id < 6; id++) {
        cr_expect_eq(stored(1, 0, id, 0), phones[id], "phone %d", id);
        cr_expect_eq(stored(1, 0, id, 1), mails[id], "mail %d", id);
    }
    find(1, 0, 2, &after);
    const struct table *people = world_table(w, "people");
    cr_expect(slice_is(found_column(people, &after, "token")->bytes, "never"), "it is not classified");
    cr_expect_eq(found_column(people, &after, "updated_at")->time_us, w->rq.now_us);
    int mark = changes_mark(&w->rq);
    cr_expect_eq(go_round(1000).done, 0);
    cr_expect_eq(changes_mark(&w->rq), mark, "what is cleared is not written");
    w->rq.now_us++;
    cr_expect_eq(go_round(1000).done, 1, "a microsecond more than 30 days");
    cr_expect_eq(stored(1, 0, 5, 0), CLEARED);
}

Test(retention, classifications_of_an_organization_are_for_its_own)
{
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            put_row(house, table, 0, now_us - DAYS(100), false, 1, 1);
    for (int table = 0; table < TABLES; table++)
        classify(1, table, 0, 1);
    cr_expect_eq(go_round(1).done, TABLES);
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            cr_expect_eq(stored(house, table, 0, 0), house == 1 ? CLEARED : 1, "house %d", house);
    classify(0, 2, 1, 99);
    cr_expect_eq(go_round(1).done, HOUSES);
    for (int house = 0; house < HOUSES; house++)
        cr_expect_eq(stored(house, 2, 0, 1), CLEARED, "house %d", house);
    put_row(2, 1, 1, now_us - DAYS(5), false, 1, 1);
    classify(0, 1, 0, 50);
    classify(2, 1, 0, 4);
    go_round(1000);
    cr_expect_eq(stored(2, 1, 1, 0), CLEARED, "the shortest time holds");
}

Test(retention, what_may_not_be_cleared_keeps_nobody_waiting)
{
    for (int id = 0; id < 4; id++)
        put_row(1, 1, id, now_us - DAYS(9), id == 1, id + 1, id + 1);
    put_row(2, 1, 0, now_us - DAYS(9), false, 1, 1);
    classify(0, 1, 0, 1);
    classify(0, 1, 1, 1);
    for (int round = 0; round < 2; round++) {
        struct watch watch = go_round(7);
        cr_expect_eq(watch.done, round == 0 ? 5 : 0, "%d", watch.done);
        cr_expect_eq(watch.failed, 1);
        cr_expect_str_eq(watch.failure.message, "row (id)=(11) of \"visits\": new row for relation \"visits\" violates check constraint \"visits_check\"");
        cr_expect_eq(w->error.state, SQLSTATE_OK);
        cr_expect_eq(stored(1, 1, 1, 0), 2, "it is kept");
        cr_expect_eq(stored(1, 1, 1, 1), CLEARED, "its other column goes");
        cr_expect_eq(stored(1, 1, 3, 0), CLEARED);
        cr_expect_eq(stored(2, 1, 0, 0), CLEARED);
    }
}

/* Rows whose data key is gone: they are counted, and others are cleared. */
Test(retention, what_does_not_open_keeps_nobody_waiting)
{
    struct watch watch;
    struct key key;
    struct change all[64];
    int count = 0;
    CALL(1, engine_insert, "[\"data_sensitivity_classifications\", {\"id\": %d, \"table_name\": \"people\", \"column_name\": \"token\", "
         "\"encryption_required\": true}]", ++classifications);
    for (int house = 1; house < HOUSES; house++)
        for (int id = 0; id < 3; id++)
            put_row(house, 0, id, now_us - DAYS(9), false, 1, 1);
    for (int i = 0; i < w->changes.count; i++)
        if (key_relation(w->changes.items[i].key) == RELATION_DATA_KEYS && key_tenant(w->changes.items[i].key) == 1)
            all[count++] = w->changes.items[i];
    cr_assert_gt(count, 0);
    for (int i = 0; i < count; i++) {
        key.size = all[i].key.size;
        memcpy(key.bytes, all[i].key.data, key.size);
        SUCCEED(system_put(&w->rq, &key, (struct slice){ 0 }));
    }
    classify(0, 0, 0, 1);
    watch = go_round(2);
    cr_expect_eq(watch.failed, 3, "%d: %s", watch.failed, watch.failure.message);
    cr_expect_eq(watch.failure.state, SQLSTATE_DATA_CORRUPTED);
    cr_expect_eq(watch.done, 3);
    cr_expect_eq(stored(2, 0, 2, 0), CLEARED);
}

/* A step ends by the bytes that it writes, too: its transaction must fit into the log. */
Test(retention, steps_are_bounded_by_size)
{
    const struct table *people = world_table(w, "people");
    char *large = malloc(KIB(512));
    struct watch watch = { 0 };
    memset(large, 'x', KIB(512));
    classify(0, 0, 1, 1);
    for (int id = 0; id < 6; id++) {
        struct found row;
        struct draft draft;
        put_row(1, 0, id, now_us - DAYS(9), false, 1, 1);
        find(1, 0, id, &row);
        draft_start(&draft, &w->rq, people);
        draft_set(&draft, "token", value_text(slice_of(large, KIB(512))));
        SUCCEED(draft_update(&draft, &row, NULL));
    }
    cr_expect_eq(retention_watch(&w->rq, &watch, 2048), 1);
    cr_expect_eq(watch.done, 2, "%d", watch.done);
    while (retention_watch(&w->rq, &watch, 2048) == 1)
        ;
    cr_expect_eq(watch.done, 6);
    free(large);
}

/* A member of the last reply. */
static struct slice told(const char *name)
{
    struct slice in = buf_slice(&w->out), key, value;
    uint32_t count;
    cr_assert(mp_map(&in, &count));
    while (count-- > 0 && mp_str(&in, &key) && mp_skip(&in, &value))
        if (slice_is(key, name))
            return value;
    cr_assert_fail("no %s", name);
    return value;
}

static int64_t number_told(const char *name)
{
    struct slice value = told(name);
    int64_t number = -1;
    cr_assert(mp_int(&value, &number), "%s", name);
    return number;
}

/* One call with the smallest budget; `cursor` moves on, size 0 at the end. */
static void cleanup(struct slice *cursor)
{
    struct buf params = { 0 };
    mp_put_string(&params, "cleanup_classified_data");
    mp_put_map(&params, 2);
    mp_put_string(&params, "budget");
    mp_put_int(&params, 16);
    mp_put_string(&params, "cursor");
    if (cursor->size == 0)
        mp_put_nil(&params);
    else
        mp_put_bin(&params, *cursor);
    buf_clear(&w->out);
    SUCCEED(native_call(&w->rq, (struct args){ buf_slice(&params), 2 }, &w->out));
    buf_done(&params);
    struct slice next = told("next"), bytes = { 0 };
    *cursor = mp_bin(&next, &bytes) ? arena_copy(&w->arena, bytes) : bytes;
}

/* A slice a call, until there is no `next`; and only for admins. */
Test(retention, by_hand)
{
    static struct principal member = { .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated", .has_uid = true } };
    struct slice cursor = { 0 };
    int64_t cleared = 0, failed = 0;
    int calls = 0;
    classify(0, 0, 0, 1);
    classify(0, 2, 0, 1);
    for (int house = 0; house < HOUSES; house++)
        for (int id = 0; id < IDS; id++)
            for (int table = 0; table < TABLES; table++)
                put_row(house, table, id, now_us - DAYS(9), table == 2 && id == 0, 1, 1);
    do {
        cleanup(&cursor);
        cleared += number_told("cleared");
        failed += number_told("failed");
        cr_assert_lt(++calls, 100);
    } while (cursor.size > 0);
    cr_expect_gt(calls, 5);
    cr_expect_eq(cleared, 2 * HOUSES * IDS - HOUSES);
    cr_expect_eq(failed, HOUSES);
    REFUSED("22023", native_call, "[\"cleanup_classified_data\", {\"budget\": 15}]");
    REFUSED("22023", native_call, "[\"cleanup_classified_data\", {\"budget\": 4097}]");
    w->who = &member;
    REFUSED("42501", native_call, "[\"cleanup_classified_data\", {}]");
}

/* A schema without classifications, and one whose table of that name is an application's own. */
Test(own_tables, are_left_alone)
{
    struct watch watch = { 0 };
    world_open(w);
    begin();
    cr_expect_eq(retention_watch(&w->rq, &watch, 100), 0);
    store_write_abort(w->store, &w->view);
    world_schema(w, "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, retention_days text, created_at timestamptz);");
    begin();
    CALL(1, engine_insert, "[\"data_sensitivity_classifications\", {\"id\": 1, \"retention_days\": \"7\", \"created_at\": \"2000-01-01\"}]");
    cr_expect_eq(retention_watch(&w->rq, &watch, 100), 0);
    cr_expect_eq(watch.done, 0);
    stop();
}

/* --- Against a model --- */

struct model_row {
    bool there, keep;
    int64_t created_us;
    int values[COLUMNS];
};

static struct model_row model[HOUSES][TABLES][IDS];
static int limits[HOUSES][TABLES][COLUMNS];         /* days; -1: none. Of house 0: for all */
static int numbers[HOUSES][TABLES][COLUMNS];        /* the classification's id */
static int serial;

static int days_of(int house, int table, int column)
{
    int all = limits[0][table][column], own = house > 0 ? limits[house][table][column] : -1;
    return own < 0 || (all >= 0 && all < own) ? all : own;
}

static bool is_due(int house, int table, const struct model_row *row, int column)
{
    int days = days_of(house, table, column);
    int64_t created_us = table == 2 ? row->created_us / US_PER_DAY * US_PER_DAY : row->created_us;
    return days >= 0 && created_us < now_us - DAYS(days) && !(column == 0 && row->keep);
}

/* Everything is as the model says, but what is due may have gone; `finished`: must have. */
static void check(bool finished)
{
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            for (int id = 0; id < IDS; id++) {
                struct model_row *row = &model[house][table][id];
                struct value key = value_int(house * IDS + id);
                struct found found;
                cr_assert_eq(table_find(&w->rq, world_table(w, tables[table]), (uint32_t)house, &key, &found), row->there);
                for (int column = 0; row->there && column < COLUMNS; column++) {
                    int value = value_of(table, &found, column);
                    bool due = is_due(house, table, row, column);
                    cr_assert(value == row->values[column] || (value == CLEARED && due), "%s.%s of row %d of house %d went",
                              tables[table], columns[column], id, house);
                    cr_assert(!finished || !due || value == CLEARED, "%s.%s of row %d of house %d stayed", tables[table], columns[column], id, house);
                    row->values[column] = value;
                }
            }
}

static void write_row(int house, int table, int id)
{
    struct model_row *row = &model[house][table][id];
    int column = below(&state, COLUMNS), name = house * IDS + id;
    if (!row->there) {
        *row = (struct model_row){ true, below(&state, 4) == 0, now_us - below(&state, 12 * 24) * US_PER_HOUR, { ++serial, ++serial } };
        put_row(house, table, id, row->created_us, row->keep, row->values[0], row->values[1]);
    } else if (below(&state, 4) == 0) {
        CALL(1, engine_delete, "[\"%s\", %d]", tables[table], name);
        row->there = false;
    } else {
        row->values[column] = ++serial;
        CALL(1, engine_update, "[\"%s\", %d, {\"%s\": \"v%d\"}]", tables[table], name, columns[column], serial);
    }
}

static void change_limits(int house, int table, int column)
{
    int *limit = &limits[house][table][column], *number = &numbers[house][table][column];
    if (*limit < 0) {
        *limit = below(&state, 10);
        classify(house, table, column, *limit);
        *number = classifications;
    } else if (below(&state, 2) == 0) {
        *limit = below(&state, 10);
        CALL(1, engine_update, "[\"data_sensitivity_classifications\", %d, {\"retention_days\": %d}]", *number, *limit);
    } else {
        *limit = -1;
        CALL(1, engine_delete, "[\"data_sensitivity_classifications\", %d]", *number);
    }
}

Test(retention, is_the_models)
{
    struct watch watch = { 0 };
    state = getenv("SEED") != NULL ? strtoull(getenv("SEED"), NULL, 10) : (uint64_t)sys_now_us(sys_real());
    fprintf(stderr, "seed %" PRIu64 "\n", state);
    memset(limits, -1, sizeof limits);
    for (int round = 0; round < ROUNDS; round++) {
        int what = below(&state, 100), house = below(&state, HOUSES), table = below(&state, TABLES);
        if (what < 60) {
            write_row(house, table, below(&state, IDS));
        } else if (what < 64) {
            change_limits(house, table, below(&state, COLUMNS));
        } else if (what < 70) {
            commit();
            now_us += below(&state, 24) * US_PER_HOUR;
            w->rq.now_us = now_us;
        } else {
            int more = retention_watch(&w->rq, &watch, 1 + below(&state, 20));
            SUCCEED(more);
            check(false);
            if (more == 0)
                watch = (struct watch){ 0 };
        }
        if (round % 50 == 49) {
            go_round(1 + below(&state, 100));
            check(true);
            int mark = changes_mark(&w->rq);
            go_round(1 + below(&state, 100));
            cr_assert_eq(changes_mark(&w->rq), mark, "a round with nothing to do writes");
        }
    }
}
