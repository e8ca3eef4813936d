/* Projects whose tables are named as the reference's and are others: columns that are gone, of another type, renamed or may be NULL, other
 * keys, further columns, checks, views. Which of them native code may take for its own a model says; whatever is called then, by
 * whom and with what, no rule of ours breaks: a call answers or fails with a SQLSTATE, and rows of a project's own tables stay.
 * LOOKALIKE_WORLDS=1000 runs longer (make soak), LOOKALIKE_SEED=7 repeats a run. */
#include "../engine/people.h"

#include "native/access/security_alert.h"
#include "native/audit/audit_export.h"
#include "native/audit/audit_proof.h"
#include "native/restore.h"
#include "native/audit/audit_trail.h"
#include "native/expiry.h"
#include "native/retention.h"
#include "native/verify.h"
#include "native/watch.h"
#include "value/time.h"

static struct world world, *w = &world;
static uint64_t state;

/* --- Tables that look alike --- */

enum twist {
    TWIST_NONE, TWIST_ABSENT, TWIST_VIEW, TWIST_DROPPED, TWIST_RETYPED, TWIST_RENAMED, TWIST_NULLABLE, TWIST_KEY, TWIST_NO_UNIQUE, TWIST_GENERATED,
    TWIST_HOUSE, TWIST_MORE, TWIST_CHECK, TWIST_WIDTH, TWIST_INDEX, TWISTS,
};

struct lookalike {
    enum twist twist;
    int column;                     /* that the twist is about */
    bool there, bound, housed, generates;
};

static struct lookalike lookalikes[REFERENCE_COUNT];

static const char *sql_type(enum type_id type)
{
    static const char *const names[TYPE_ID_COUNT] = {
        [TYPE_BOOL] = "boolean", [TYPE_INT2] = "smallint", [TYPE_INT4] = "integer", [TYPE_INT8] = "bigint", [TYPE_FLOAT4] = "real",
        [TYPE_FLOAT8] = "double precision", [TYPE_NUMERIC] = "numeric", [TYPE_TEXT] = "text", [TYPE_VARCHAR] = "varchar(4)",
        [TYPE_BYTEA] = "bytea", [TYPE_UUID] = "uuid", [TYPE_TIMESTAMPTZ] = "timestamptz", [TYPE_TIMESTAMP] = "timestamp",
        [TYPE_DATE] = "date", [TYPE_INTERVAL] = "interval", [TYPE_JSONB] = "jsonb", [TYPE_JSON] = "json", [TYPE_INET] = "inet",
    };
    return names[type] == NULL ? "mood" : names[type];
}

static bool same_family(enum type_id a, enum type_id b)
{
    return a == b || (type_is_integer(type_of(a)) && type_is_integer(type_of(b))) || (type_is_text(type_of(a)) && type_is_text(type_of(b)));
}

static enum type_id other_type(const struct reference_column *column)
{
    enum type_id type;
    do
        type = TYPE_BOOL + below(&state, TYPE_ID_COUNT - TYPE_BOOL);
    while (same_family(type, column->type) || ((column->how & LABELS) != 0 && type == TYPE_ENUM));
    return type;
}

static const char *default_of(enum type_id type)
{
    switch (type) {
    case TYPE_UUID: return " DEFAULT gen_random_uuid()";
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8: case TYPE_NUMERIC: return " DEFAULT 1";
    case TYPE_TEXT: case TYPE_VARCHAR: return " DEFAULT 'api'";
    case TYPE_BOOL: return " DEFAULT true";
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: case TYPE_DATE: return " DEFAULT now()";
    case TYPE_JSONB: return " DEFAULT '{}'";
    default: return "";
    }
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool in_keys(const struct reference_table *table, const char *column)
{
    for (int i = 0; table->unique[i] != NULL; i++)
        if (is(table->unique[i], column))
            return true;
    return table->primary == NULL || is(table->primary, column);
}

static enum reference parent_of(const char *column)
{
    return is(column, "incident_id") ? REFERENCE_INCIDENTS : is(column, "workflow_id") ? REFERENCE_WORKFLOW_DEFINITIONS :
           is(column, "execution_log_id") ? REFERENCE_WORKFLOW_EXECUTION_LOGS : REFERENCE_COUNT;
}

static void put_column(const struct reference_table *table, const struct lookalike *like, int number, struct buf *sql)
{
    const struct reference_column *column = &table->columns[number];
    bool twisted = like->column == number, given = (column->how & GIVEN) != 0, key = table->primary != NULL && is(table->primary, column->name);
    enum type_id type = column->type;
    if (twisted && like->twist == TWIST_DROPPED)
        return;
    if (twisted && (like->twist == TWIST_RETYPED || like->twist == TWIST_WIDTH))
        type = like->twist == TWIST_RETYPED ? other_type(column) : type_is_integer(type_of(type)) ? TYPE_INT2 : TYPE_VARCHAR;
    buf_printf(sql, "    %s%s ", twisted && like->twist == TWIST_RENAMED ? "own_" : "", column->name);
    if (key && type == TYPE_INT8)
        buf_append_string(sql, "bigserial");
    else
        buf_printf(sql, "%s%s", sql_type(type), (column->how & ARRAY) != 0 && !(twisted && like->twist == TWIST_RETYPED) ? "[]" : "");
    if (twisted && like->twist == TWIST_GENERATED)
        buf_append_string(sql, " GENERATED ALWAYS AS (NULL) STORED");
    else if (given && !(twisted && like->twist == TWIST_NULLABLE))
        buf_append_string(sql, " NOT NULL");
    if (!(key && type == TYPE_INT8) && (column->how & ARRAY) == 0 && !(twisted && like->twist == TWIST_GENERATED) && below(&state, 4) > 0 &&
        (given || below(&state, 2) == 0))
        buf_append_string(sql, default_of(type));
    enum reference parent = parent_of(column->name);
    if (parent < REFERENCE_COUNT && lookalikes[parent].there && !(twisted && like->twist == TWIST_RETYPED))
        buf_printf(sql, " REFERENCES %s(id)", reference_tables[parent].name);
    if (is(column->name, "organization_id") && below(&state, 2) == 0 && !(twisted && like->twist == TWIST_RENAMED))
        buf_append_string(sql, " REFERENCES organizations(id)");
    if (twisted && like->twist == TWIST_CHECK)
        buf_printf(sql, " CHECK (%s IS NULL)", column->name);
    buf_append_string(sql, ",\n");
}

static void put_keys(const struct reference_table *table, const struct lookalike *like, struct buf *sql)
{
    bool own_key = like->twist == TWIST_KEY || table->primary == NULL ||
                   (is(table->primary, table->columns[like->column].name) && (like->twist == TWIST_DROPPED || like->twist == TWIST_RENAMED));
    if (own_key)
        buf_append_string(sql, "    own_key bigserial PRIMARY KEY,\n");
    if (table->primary != NULL && like->twist == TWIST_KEY)
        buf_printf(sql, "    UNIQUE (%s),\n", table->primary);
    if (!own_key)
        buf_printf(sql, "    PRIMARY KEY (%s),\n", table->primary);
    for (int i = 0; table->unique[i] != NULL && like->twist != TWIST_NO_UNIQUE; i++)
        buf_printf(sql, "%s%s%s", i > 0 ? ", " : table->nulls_not_distinct ? "    UNIQUE NULLS NOT DISTINCT (" : "    UNIQUE (", table->unique[i],
                   table->unique[i + 1] == NULL ? "),\n" : "");
}

static void put_table(enum reference reference, const struct lookalike *like, struct buf *sql)
{
    const struct reference_table *table = &reference_tables[reference];
    if (like->twist == TWIST_VIEW) {
        buf_printf(sql, "CREATE VIEW %s AS SELECT id, name FROM organizations;\n", table->name);
        return;
    }
    buf_printf(sql, "CREATE TABLE %s (\n", table->name);
    for (int i = 0; table->columns[i].name != NULL; i++)
        put_column(table, like, i, sql);
    put_keys(table, like, sql);
    if (like->twist == TWIST_HOUSE)
        buf_append_string(sql, "    organization_id uuid,\n");
    if (like->twist == TWIST_MORE)
        buf_append_string(sql, "    more integer NOT NULL,\n");
    if (like->twist == TWIST_MORE && below(&state, 2) == 0)
        buf_append_string(sql, "    made integer GENERATED ALWAYS AS (more + 1) STORED,\n");
    buf_append_string(sql, "    one_more jsonb);\n");
    if (like->twist == TWIST_INDEX && like->column >= 0)
        buf_printf(sql, "CREATE INDEX ON %s (%s DESC);\nCREATE INDEX ON %s (%s) WHERE one_more IS NULL;\n", table->name,
                   table->columns[like->column].name, table->name, table->columns[like->column].name);
    if (below(&state, 8) == 0)
        buf_printf(sql, "COMMENT ON TABLE %s IS '@audit';\n", table->name);
}

/* Whether a table that was made so is the reference's. */
static bool is_the_references(const struct reference_table *table, const struct lookalike *like)
{
    const struct reference_column *column = &table->columns[like->column];
    switch (like->twist) {
    case TWIST_MORE: return like->housed == table->in_houses && !(table->hashed && like->generates);
    case TWIST_NONE: case TWIST_CHECK: case TWIST_INDEX: return like->housed == table->in_houses;
    case TWIST_WIDTH: return like->housed == table->in_houses && (!in_keys(table, column->name) || table->primary == NULL);
    case TWIST_NULLABLE: return like->housed == table->in_houses && ((column->how & GIVEN) == 0 || (table->primary != NULL && is(table->primary, column->name)));
    case TWIST_NO_UNIQUE: return like->housed == table->in_houses && table->unique[0] == NULL;
    case TWIST_KEY: return like->housed == table->in_houses && table->primary == NULL;
    case TWIST_HOUSE: return like->housed && table->in_houses;
    default: return false;
    }
}

static bool can_be(const struct reference_table *table, const struct lookalike *like)
{
    const struct reference_column *column = &table->columns[like->column];
    bool number = type_is_integer(type_of(column->type)), text = type_is_text(type_of(column->type));
    if (like->twist == TWIST_WIDTH)
        return (column->how & ARRAY) == 0 && (number || text);
    if (like->twist == TWIST_HOUSE)
        for (int i = 0; table->columns[i].name != NULL; i++)
            if (is(table->columns[i].name, "organization_id"))
                return false;
    return true;
}

static void make_table(enum reference reference)
{
    const struct reference_table *table = &reference_tables[reference];
    struct lookalike *like = &lookalikes[reference];
    struct buf sql = { 0 };
    char name[64];
    int columns = 0;
    while (table->columns[columns].name != NULL)
        columns++;
    *like = (struct lookalike){ .twist = below(&state, 2) == 0 ? TWIST_NONE : below(&state, TWISTS) };
    like->column = below(&state, columns);
    if (!can_be(table, like))
        like->twist = TWIST_NONE;
    if (like->twist == TWIST_ABSENT)
        return;
    put_table(reference, like, &sql);
    snprintf(name, sizeof name, "20250101%06d_test.sql", reference + 1);
    like->there = world_migrate(w, name, buf_slice(&sql)) == 0 && like->twist != TWIST_VIEW;
    if (like->there) {
        SUCCEED(store_write_begin(w->store, &w->view, &w->error));
        const struct table *made = world_table(w, table->name);
        like->housed = made->tenancy == TENANCY_TENANT || made->tenancy == TENANCY_CHILD;
        like->generates = table_column(made, SLICE_LITERAL("made")) >= 0;
        like->bound = is_the_references(table, like);
        cr_assert_eq(w->view.catalog->references[reference] == made, like->bound, "twist %d of column %d:\n%s", like->twist, like->column, buf_text(&sql));
        cr_assert(like->bound || w->view.catalog->references[reference] == NULL);
        store_write_abort(w->store, &w->view);
    }
    buf_done(&sql);
}

/* --- Values of everything --- */

static const char *const uuids[] = {
    ORG_A, ORG_B, "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b", SUPER_ADMIN, STRANGER,
};
static const char *const words[] = {
    "api", "/x", "%", "open", "critical", "low", "triggered", "resolved", "hour", "csv", "json", "admin", "user", "super_admin", "sms", "a@b.c", "ok",
    "192.0.2.1", "192.0.2.0/24", "country", "closed", "investigating", "database", "healthy", "organizations", "profiles", "id", "greater_than",
    "01234567890123456789", "grant", "purchase", "email", "DE", "",
};
#define WORD(list) ((list)[below(&state, (int)(sizeof(list) / sizeof *(list)))])

static void put_literal(struct type type, struct buf *json)
{
    static const char *const numbers[] = { "0", "1", "-1", "2", "5", "60", "100", "2147483647", "-2147483648", "9223372036854775807", "7000" };
    static const char *const times[] = { "2020-01-01", "2023-11-14 22:13:20", "2023-11-01", "2030-01-01", "infinity", "-infinity", "0001-01-01" };
    static const char *const objects[] = {
        "{}", "[]", "null", "\"x\"", "{\"severities\": [\"low\"], \"incident_types\": \"x\"}", "{\"user_id\": \"00000000-0000-4000-8000-00000000000a\"}",
        "{\"rate_limit_tracking\": \"all\"}", "[\"a@b.c\", 1]", "{\"email\": [\"a@b.c\"]}", "{\"role\": \"authenticated\", \"sub\": 1}",
    };
    if (type.array) {
        type.array = false;
        buf_append_byte(json, '[');
        for (int i = below(&state, 3); i > 0; i--) {
            put_literal(type, json);
            buf_append_string(json, i > 1 ? ", " : "");
        }
        buf_append_byte(json, ']');
        return;
    }
    switch (type.id) {
    case TYPE_UUID: buf_printf(json, "\"%s\"", WORD(uuids)); break;
    case TYPE_BOOL: buf_append_string(json, below(&state, 2) ? "true" : "false"); break;
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8: case TYPE_NUMERIC: case TYPE_FLOAT4: case TYPE_FLOAT8: buf_append_string(json, WORD(numbers)); break;
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: case TYPE_DATE: buf_printf(json, "\"%s\"", WORD(times)); break;
    case TYPE_JSONB: buf_append_string(json, WORD(objects)); break;
    case TYPE_JSON: buf_append_string(json, "\"{}\""); break;
    case TYPE_INET: buf_append_string(json, below(&state, 4) ? "\"192.0.2.1\"" : "\"192.0.2.0/24\""); break;
    case TYPE_INTERVAL: buf_append_string(json, "\"1 day\""); break;
    case TYPE_ENUM: buf_append_string(json, "\"sad\""); break;
    case TYPE_BYTEA: buf_append_string(json, "\"\\\\x000000000000\""); break;
    default: buf_printf(json, "\"%s\"", WORD(words)); break;
    }
}

/* --- What is done in such a world --- */

static void refused_with_a_reason(const char *what)
{
    cr_assert_neq(w->error.state, SQLSTATE_OK, "%s failed without a SQLSTATE", what);
    cr_assert_neq(w->error.message[0], '\0', "%s failed without a sentence", what);
}

/* Ends what changed from `mark` as the server does: trails, and back when anything failed. */
static void settle(int mark, int result, const char *what)
{
    if (result >= 0)
        result = security_trail(&w->rq, mark);
    if (result >= 0)
        result = audit_trail(&w->rq, mark, false);
    if (result < 0) {
        refused_with_a_reason(what);
        changes_undo(&w->rq, mark);
    }
}

/* A transaction's memory is bounded. */
static void next_transaction(void)
{
    world_commit(w);
    world_begin(w);
}

static void put_row(const struct table *table)
{
    struct buf json = { 0 };
    int mark = w->changes.count;
    buf_printf(&json, "[\"%s\", {", table->qualified);
    bool any = false;
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->dropped || column->generated != NULL || (column->serial && below(&state, 3) > 0) || (!column->not_null && below(&state, 4) == 0))
            continue;
        buf_printf(&json, "%s\"%s\": ", any ? ", " : "", column->name);
        put_literal(column->type, &json);
        any = true;
    }
    buf_append_string(&json, "}]");
    settle(mark, world_call(w, insert_method, "%s", buf_text(&json)), "an insert");
    buf_done(&json);
}

static void call(const struct native_function *function)
{
    struct buf json = { 0 };
    int mark = w->changes.count;
    bool any = false;
    buf_printf(&json, "[\"%s\", {", function->name);
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++) {
        const struct parameter *parameter = &function->parameters[i];
        if (!parameter->required && below(&state, 2) == 0)
            continue;
        buf_printf(&json, "%s\"%s\": ", any ? ", " : "", parameter->name);
        put_literal((struct type){ .id = parameter->type, .array = parameter->array }, &json);
        any = true;
    }
    buf_append_string(&json, "}]");
    settle(mark, world_call(w, call_method, "%s", buf_text(&json)), buf_text(&json));
    buf_done(&json);
}

static void keep_up(void)
{
    struct expiry_sweep sweep = { 0 };
    struct watch alerts = { 0 }, escalations = { 0 }, retention = { 0 };
    int64_t now_us = w->rq.now_us, deleted = 0;
    int mark = w->changes.count, more;
    w->who = &w->service;
    w->rq.who = w->who;
    w->rq.now_us += below(&state, 2000) * US_PER_DAY;
    error_clear(&w->error);
    while ((more = expiry_step(&w->rq, &sweep, EXPIRY_ALL, 1 + below(&state, 64), &deleted)) == 1)
        ;
    settle(mark, more, "expiry");
    mark = w->changes.count;
    settle(mark, alert_watch(&w->rq, &alerts, 1000), "alerts");
    mark = w->changes.count;
    settle(mark, escalation_watch(&w->rq, &escalations, 1000), "escalations");
    mark = w->changes.count;
    settle(mark, retention_watch(&w->rq, &retention, 1000), "retention");
    w->rq.now_us = now_us;
}

static int64_t count_rows(enum reference reference)
{
    const struct table *table = world_table(w, reference_tables[reference].name);
    struct walk walk;
    struct found row;
    uint32_t house = TENANT_SYSTEM;
    int64_t count = 0;
    do {
        SUCCEED(walk_start(&walk, &w->rq, table->primary, house, NULL, 0, NULL, NULL, false));
        while (walk_next(&walk, &row) == 1)
            count++;
    } while (store_house_next(&w->view, house, &house, &w->error) == 1);
    return count;
}

static void found_nothing(void *env, const char *table, const char *finding) {}
static void goes_on(void *env, const char *table, uint64_t rows) {}

static struct audit_signer signer;
static struct token_keys *keys;
static struct restoring restoring;

static void open_lookalikes(void)
{
    world_open(w);
    w->host = (struct host){ .audit_signer = &signer, .token_keys = keys, .exports = w->dir, .restoring = &restoring, .index_uses = w->host.index_uses };
    world_schema(w, "CREATE SCHEMA IF NOT EXISTS auth;\nCREATE TYPE mood AS ENUM ('sad', 'glad');\n"
                    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n");
    for (enum reference i = 0; i < REFERENCE_COUNT; i++)
        make_table(i);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" ORG_A "\"}, {\"id\": \"" ORG_B "\"}]]");
    for (enum reference i = 0; i < REFERENCE_COUNT; i++)
        for (int n = 0; lookalikes[i].there && n < 6; n++)
            put_row(world_table(w, reference_tables[i].name));
    next_transaction();
}

/* Who has several profiles is told so. */
static void sign_in(struct principal *ret, const char *user)
{
    *ret = (struct principal){ .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated", .has_uid = true } };
    cr_assert(uuid_parse(slice_of_string(user), &ret->claims.uid));
    error_clear(&w->error);
    if (principal_resolve(ret, &w->view, ++w->epoch, &w->error) < 0)
        refused_with_a_reason("a sign-in");
}

static void try_all(void)
{
    int64_t before[REFERENCE_COUNT];
    int count;
    const struct native_function *const *functions = native_table(&count);
    struct principal callers[4] = { [3] = { .role = ROLE_ANON, .claims = { .role = "anon" } } };
    principal_system(&callers[0]);
    for (int i = 1; i < 3; i++)
        sign_in(&callers[i], uuids[1 + i]);
    for (enum reference i = 0; i < REFERENCE_COUNT; i++)
        before[i] = lookalikes[i].there ? count_rows(i) : 0;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < count; i++)
            for (size_t c = 0; c < sizeof callers / sizeof *callers; c++) {
                w->who = &callers[c];
                call(functions[i]);
                if (c == 3)
                    next_transaction();
            }
        keep_up();
    }
    for (enum reference i = 0; i < REFERENCE_COUNT; i++)
        if (lookalikes[i].there && !lookalikes[i].bound)
            cr_assert_eq(count_rows(i), before[i], "rows of \"%s\", which is the project's own", reference_tables[i].name);
    w->who = &w->service;
}

static void verify_all(void)
{
    struct verify_hooks hooks = { .report = found_nothing, .progress = goes_on };
    struct verified verified;
    error_clear(&w->error);
    if (native_verify(&w->view, sys_real(), &w->host, &hooks, &verified, &w->error) < 0)
        refused_with_a_reason("verify");
}

Test(lookalike, nothing_breaks, .timeout = 6000)
{
    const char *worlds = getenv("LOOKALIKE_WORLDS"), *seed = getenv("LOOKALIKE_SEED");
    int count = worlds == NULL ? 12 : atoi(worlds);
    uint64_t first = seed == NULL ? (uint64_t)sys_now_us(sys_real()) : strtoull(seed, NULL, 10);
    SUCCEED(audit_signer_set(&signer, SLICE_LITERAL("rha_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), &w->error));
    SUCCEED(token_keys_new(SLICE_LITERAL("0123456789abcdef0123456789abcdef"), NULL, &keys, &w->error));
    for (int i = 0; i < count; i++) {
        state = first + (uint64_t)i;
        fprintf(stderr, "LOOKALIKE_SEED=%" PRIu64 "\n", state);
        state = state * 0x9E3779B97F4A7C15ull | 1;
        open_lookalikes();
        try_all();
        world_commit(w);
        world_begin(w);
        verify_all();
        store_write_abort(w->store, &w->view);
        world_close(w);
        keyring_done(&w->keyring);
    }
    token_keys_free(keys);
}
