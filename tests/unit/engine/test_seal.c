/* Secret columns: their cells are sealed in the store and clear everywhere above it; only where they were sealed do they open. */
#include "statements.h"

#include "engine/changes.h"
#include "engine/seal_mark.h"
#include "engine/seal_row.h"
#include "engine/seal_verify.h"

#define A "11111111-1111-4111-8111-111111111111"
#define B "22222222-2222-4222-8222-222222222222"
#define CANARY "tok-8f3a61"

static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);\n"
    "CREATE TABLE vault (\n"
    "    id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text,\n"
    "    token text CHECK (token <> 'forbidden'), doc jsonb DEFAULT '{\"a\": 1}', codes text[], n numeric, at timestamptz,\n"
    "    other text);\n"
    "CREATE TABLE plain (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), token text, note text,\n"
    "                    up integer REFERENCES plain(id));\n"
    "CREATE INDEX plain_note ON plain (note);\n"
    "CREATE TABLE global (id integer PRIMARY KEY, key text NOT NULL);\n"
    "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id),\n"
    "    table_name text NOT NULL, column_name text NOT NULL, encryption_required boolean DEFAULT false);\n"
    "COMMENT ON COLUMN vault.token IS 'what it signs in with @secret';\n"
    "COMMENT ON COLUMN vault.doc IS '@secret';\n"
    "COMMENT ON COLUMN vault.codes IS '@secret';\n"
    "COMMENT ON COLUMN vault.n IS '@secret';\n"
    "COMMENT ON COLUMN vault.at IS '@secret';\n"
    "COMMENT ON COLUMN global.key IS '@secret';\n";

static struct world world, *w = &world;
static struct prepared *prepared;

static void start(void)
{
    world_open(w);
    prepared = prepared_new();
    queries = queries_new(prepared);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" A "\", \"name\": \"a\"}, {\"id\": \"" B "\", \"name\": \"b\"}]]");
}

static void stop(void)
{
    world_commit(w);
    queries_free(queries);
    prepared_free(prepared);
    world_close(w);
    keyring_done(&w->keyring);
}

TestSuite(seal, .init = start, .fini = stop);

/* The stored row of a table's integer key, in a house. */
static struct slice stored(const char *name, uint32_t house, int64_t id, struct key *key)
{
    const struct table *table = world_table(w, name);
    struct value columns[COLUMNS_MAX];
    struct slice bytes;
    columns[table_column(table, SLICE_LITERAL("id"))] = value_int(id);
    SUCCEED(key_of_row(table, house, columns, key, &w->error));
    cr_assert_eq(view_get(&w->view, key_slice(key), &bytes, &w->error), 1, "%s %d", name, (int)id);
    return arena_copy(&w->arena, bytes);
}

static bool holds(struct slice bytes, const char *text)
{
    return memmem(bytes.data, bytes.size, text, strlen(text)) != NULL;
}

static bool cell_sealed(struct slice bytes, int column)
{
    struct row row;
    int8_t ext;
    struct slice payload;
    SUCCEED(row_open(bytes, &row));
    struct slice cell = row.columns[column];
    return mp_ext(&cell, &ext, &payload) && ext == MP_EXT_SEALED;
}

/* Puts a row's bytes there, whatever they are. */
static void overwrite(const struct key *key, struct slice old, struct slice bytes)
{
    SUCCEED(changes_add(&w->rq, key_slice(key), old, bytes));
}

#define VAULT(id, organization) "{\"id\": " #id ", \"organization_id\": \"" organization "\", \"name\": \"n" #id "\", \"token\": \"" CANARY "-" #id "\", " \
    "\"doc\": {\"k\": \"" CANARY "\"}, \"codes\": [\"" CANARY "\", null], \"n\": 1.50, \"at\": \"2025-01-02T03:04:05Z\", \"other\": \"o\"}"

static void fill(void)
{
    CALL(3, insert_method, "[\"vault\", [" VAULT(1, A) ", " VAULT(2, A) ", " VAULT(3, B) "]]");
}

Test(seal, what_is_stored_is_sealed_and_what_is_read_is_clear)
{
    struct key key;
    fill();
    for (int id = 1; id <= 3; id++) {
        struct slice bytes = stored("vault", id == 3 ? 2 : 1, id, &key);
        cr_assert(row_is_sealed(bytes));
        cr_assert(!holds(bytes, CANARY));
        for (int column = 0; column < 9; column++)
            cr_assert_eq(cell_sealed(bytes, column), column >= 3 && column <= 7, "column %d", column);
    }
    for (int i = 0; i < w->changes.count; i++)
        cr_assert(!holds(w->changes.items[i].new_value, CANARY), "nor is it in the change list");
    SUCCEED(world_call(w, get_method, "[\"vault\", 2, {\"columns\": [\"token\", \"doc\", \"codes\", \"n\", \"other\"]}]"));
    RESULT("[\"" CANARY "-2\", {\"k\": \"" CANARY "\"}, [\"" CANARY "\", null], 1.50, \"o\"]");
    SUCCEED(world_call(w, scan_method, "[\"vault\", {\"columns\": [\"id\", \"token\"], \"order\": [\"id\"]}]"));
    RESULT("{\"rows\": [[1, \"" CANARY "-1\"], [2, \"" CANARY "-2\"], [3, \"" CANARY "-3\"]], \"cursor\": null}");
    SUCCEED(world_call(w, run, "[\"select id, doc->>'k', at from vault where token = $1\", [\"" CANARY "-3\"]]"));
    cr_assert(holds(buf_slice(&w->out), CANARY));
    SUCCEED(world_call(w, run, "[\"select token from vault order by id\"]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-3"));
    cr_assert(buf_slice(&w->out).data[0] != ROW_HEAD_SEALED);
}

/* The whole row leaves under the shortest head, as any client expects it. */
Test(seal, whole_rows_leave_in_the_clear)
{
    fill();
    SUCCEED(world_call(w, get_method, "[\"vault\", 1]"));
    cr_assert_eq(w->out.data[0], 0x99);
    CALL(1, update_method, "[\"vault\", 1, {\"other\": \"x\"}, {\"returning\": true}]");
    cr_assert(holds(buf_slice(&w->out), CANARY "-1"));
    CALL(1, delete_method, "[\"vault\", 1, {\"returning\": [\"token\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[\"" CANARY "-1\"]]}");
    SUCCEED(world_call(w, run, "[\"delete from vault where id = 2 returning token\"]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-2"));
}

Test(seal, filters_orders_and_groups_see_clear_values)
{
    fill();
    SUCCEED(world_call(w, scan_method, "[\"vault\", {\"columns\": [\"id\"], \"where\": [\"=\", \"token\", \"" CANARY "-2\"]}]"));
    RESULT("{\"rows\": [[2]], \"cursor\": null}");
    SUCCEED(world_call(w, scan_method, "[\"vault\", {\"columns\": [\"id\"], \"order\": [[\"token\", \"desc\"]]}]"));
    RESULT("{\"rows\": [[3], [2], [1]], \"cursor\": null}");
    SUCCEED(world_call(w, count_method, "[\"vault\", {\"where\": [\"like\", \"token\", \"%%-3\"]}]"));
    cr_assert_eq(world_count(w), 1);
    SUCCEED(world_call(w, aggregate_method, "[\"vault\", {\"aggregates\": [[\"count\", \"*\"], [\"max\", \"token\"], [\"sum\", \"n\"]], \"group_by\": [\"n\"]}]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-3"));
    SUCCEED(world_call(w, run, "[\"select a.token, b.token from vault a join vault b on b.id = a.id + 1 where b.token > a.token order by b.token desc\"]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-3"), "%s", world_json(w));
    SUCCEED(world_call(w, run, "[\"select distinct codes from vault group by codes\"]"));
    cr_assert(holds(buf_slice(&w->out), CANARY));
    CALL(1, update_method, "[\"vault\", {\"where\": [\"=\", \"token\", \"" CANARY "-1\"]}, {\"name\": \"found\"}]");
    CALL(1, upsert_method, "[\"vault\", " VAULT(1, A) ", {\"update\": [\"token\"], \"returning\": [\"token\", \"name\"]}]");
    RESULT("{\"count\": 1, \"rows\": [[\"" CANARY "-1\", \"found\"]]}");
    REFUSED("23514", update_method, "[\"vault\", 1, {\"token\": \"forbidden\"}]");
    cr_assert(strstr(w->error.detail, CANARY) == NULL && strstr(w->error.message, CANARY) == NULL);
}

/* Pages of a scan that is ordered by a secret column go on where they ended. */
Test(seal, cursors_over_a_secret_order)
{
    char cursor[512] = "";
    int seen = 0;
    fill();
    do {
        struct slice result, member, text;
        const char *with = seen == 0 ? "" : arena_printf(&w->arena, ", \"cursor\": \"%s\"", cursor);
        SUCCEED(world_call(w, scan_method, "[\"vault\", {\"columns\": [\"token\"], \"order\": [\"token\"], \"limit\": 1%s}]", with));
        result = buf_slice(&w->out);
        cr_assert(holds(result, arena_printf(&w->arena, CANARY "-%d", ++seen)));
        cr_assert(json_member(result, SLICE_LITERAL("cursor"), &member));
        cursor[0] = '\0';
        if (mp_str(&member, &text))
            snprintf(cursor, sizeof cursor, "%.*s", SLICE_FMT(text));
    } while (cursor[0] != '\0');
    cr_assert_eq(seen, 3);
}

/* The last row of a page is looked at again when the walk over the index stands at the next one already. */
Test(seal, pages_along_an_index)
{
    CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": 1, \"table_name\": \"plain\", \"column_name\": \"token\", \"encryption_required\": true}]");
    for (int i = 0; i < 6; i++)
        CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"%s\", \"token\": \"t%d\", \"note\": \"n%d\"}]", 6 - i, i < 3 ? A : B, i, i);
    for (int limit = 1; limit <= 6; limit++)
        for (int house = 0; house < 2; house++) {
            SUCCEED(world_call(w, scan_method, "[\"plain\", {\"columns\": [\"token\"], \"order\": [\"note\"], \"limit\": %d%s}]", limit,
                               house == 0 ? "" : ", \"organization\": \"" B "\""));
            cr_assert(holds(buf_slice(&w->out), house == 0 ? "t0" : "t3"));
        }
}

Test(seal, an_update_keeps_what_did_not_change)
{
    struct key key;
    struct row before, after;
    fill();
    struct slice old = stored("vault", 1, 1, &key);
    CALL(1, update_method, "[\"vault\", 1, {\"other\": \"changed\", \"n\": 1.5, \"doc\": {\"k\": \"" CANARY "\"}}]");
    struct slice new = stored("vault", 1, 1, &key);
    SUCCEED(row_open(old, &before));
    SUCCEED(row_open(new, &after));
    for (int i = 3; i <= 7; i++)        /* 1.5 is not 1.50, the document is the same */
        cr_assert_eq(slice_equal(before.columns[i], after.columns[i]), i != 6, "column %d", i);
    int changes = w->changes.count;
    CALL(1, update_method, "[\"vault\", 1, {\"token\": \"" CANARY "-1\"}]");
    cr_assert_eq(w->changes.count, changes, "nothing has changed");
    CALL(1, update_method, "[\"vault\", 1, {\"token\": null}]");
    cr_assert(!cell_sealed(stored("vault", 1, 1, &key), 3), "NULL is not sealed");
    SUCCEED(world_call(w, get_method, "[\"vault\", 1, {\"columns\": [\"token\", \"n\"]}]"));
    RESULT("[null, 1.5]");
}

/* A key that changes takes the row elsewhere, and what is sealed with it. */
Test(seal, a_row_that_moves_is_sealed_anew)
{
    struct key key;
    fill();
    CALL(1, update_method, "[\"vault\", 1, {\"id\": 10}]");
    cr_assert(row_is_sealed(stored("vault", 1, 10, &key)));
    CALL(1, update_method, "[\"vault\", 10, {\"organization_id\": \"" B "\"}]");
    cr_assert(row_is_sealed(stored("vault", 2, 10, &key)));
    SUCCEED(world_call(w, get_method, "[\"vault\", 10, {\"columns\": [\"token\"]}]"));
    RESULT("[\"" CANARY "-1\"]");
}

Test(seal, rows_without_secrets_are_stored_as_ever)
{
    struct key key;
    CALL(1, insert_method, "[\"plain\", {\"id\": 1, \"organization_id\": \"" A "\", \"token\": \"t\"}]");
    CALL(1, insert_method, "[\"vault\", {\"id\": 4, \"organization_id\": \"" A "\", \"doc\": null, \"other\": \"o\"}]");
    cr_assert_eq(stored("plain", 1, 1, &key).data[0], 0x95);
    cr_assert_eq(stored("vault", 1, 4, &key).data[0], 0x99, "there is nothing to seal in it");
    uint32_t number;
    SUCCEED(data_key_number(&w->rq, 1, &number));
    cr_assert_eq(number, 0, "nor is a key made for it");
}

/* --- What does not open --- */

/* The row with the cell of one column replaced. */
static struct slice with_cell(struct slice bytes, int column, struct slice cell)
{
    struct row row;
    struct buf out = { 0 };
    SUCCEED(row_open(bytes, &row));
    row_begin(row.count, true, &out);
    for (int i = 0; i < row.count; i++)
        buf_append_slice(&out, i == column ? cell : row.columns[i]);
    struct slice copy = arena_copy(&w->arena, buf_slice(&out));
    buf_done(&out);
    return copy;
}

static struct slice cell_of(struct slice bytes, int column)
{
    struct row row;
    SUCCEED(row_open(bytes, &row));
    return row.columns[column];
}

Test(seal, moved_cells_do_not_open)
{
    struct key one, two, three;
    fill();
    struct slice a1 = stored("vault", 1, 1, &one), a2 = stored("vault", 1, 2, &two), b3 = stored("vault", 2, 3, &three);
    const struct { const struct key *key; struct slice old; int column; struct slice cell; } moves[] = {
        { &two, a2, 3, cell_of(a1, 3) },                /* to another row */
        { &two, a2, 3, cell_of(a2, 4) },                /* to another column */
        { &three, b3, 3, cell_of(a1, 3) },              /* to another house, which has a data key 1 too */
    };
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        struct slice moved = with_cell(moves[i].old, moves[i].column, moves[i].cell);
        overwrite(moves[i].key, moves[i].old, moved);
        int id = moves[i].key == &three ? 3 : 2;
        REFUSED("XX001", get_method, "[\"vault\", %d]", id);
        MESSAGE("a sealed cell of \"vault\".\"token\" does not open");
        REFUSED("XX001", scan_method, "[\"vault\", {\"where\": [\"=\", \"token\", \"x\"]}]");
        SUCCEED(world_call(w, get_method, "[\"vault\", %d, {\"columns\": [\"other\"], \"organization\": \"%s\"}]", id, id == 3 ? B : A));
        overwrite(moves[i].key, moved, moves[i].old);
        SUCCEED(world_call(w, get_method, "[\"vault\", %d]", id));
    }
}

/* A row that does not open can be deleted, by its key, by a filter over what does open, and by SQL; not by what asks for its secrets. */
Test(seal, a_damaged_row_can_be_deleted)
{
    static const struct { int64_t id; enum { BY_KEY, BY_FILTER, BY_SQL } way; } ways[] = { { 1, BY_KEY }, { 2, BY_FILTER }, { 3, BY_SQL } };
    fill();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct key key;
        int id = (int)ways[i].id;
        struct slice sound = stored("vault", id == 3 ? 2 : 1, id, &key), spoilt = arena_copy(&w->arena, sound);
        struct slice cell = cell_of(spoilt, 3);
        ((uint8_t *)(uintptr_t)cell.data)[cell.size - 1] ^= 1;
        overwrite(&key, sound, spoilt);
        REFUSED("XX001", update_method, "[\"vault\", %d, {\"other\": \"x\"}]", id);
        REFUSED("XX001", delete_method, "[\"vault\", %d, {\"returning\": true}]", id);
        REFUSED("XX001", delete_method, "[\"vault\", {\"where\": [\"=\", \"token\", \"x\"]}]");
        REFUSED("XX001", run, "[\"DELETE FROM vault WHERE id = %d RETURNING token\"]", id);
        if (ways[i].way == BY_KEY)
            CALL(1, delete_method, "[\"vault\", %d]", id);
        else if (ways[i].way == BY_FILTER)
            CALL(1, delete_method, "[\"vault\", {\"where\": [\"=\", \"name\", \"n%d\"]}]", id);
        else
            SUCCEED(world_call(w, run, "[\"DELETE FROM vault WHERE id = %d\"]", id));
        SUCCEED(world_call(w, get_method, "[\"vault\", %d]", id));
        RESULT("null");
    }
}

/* Nor do rows that go with it, or that stand in its way, have to open: those that are updated do. */
Test(seal, what_a_damaged_row_refers_to)
{
    struct key key;
    world_commit(w);
    SUCCEED(world_migrate(w, "3.sql", SLICE_LITERAL(
        "CREATE TABLE kept (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), token text,"
        " up integer REFERENCES kept(id) ON DELETE CASCADE, beside integer REFERENCES kept(id), was integer REFERENCES kept(id) ON DELETE SET NULL);"
        "COMMENT ON COLUMN kept.token IS '@secret';")));
    world_begin(w);
    CALL(5, insert_method, "[\"kept\", [{\"id\": 1, \"organization_id\": \"" A "\"}, {\"id\": 2, \"organization_id\": \"" A "\"}, "
                           "{\"id\": 3, \"organization_id\": \"" A "\"}, {\"id\": 4, \"organization_id\": \"" A "\"}, "
                           "{\"id\": 9, \"organization_id\": \"" A "\", \"token\": \"t\", \"up\": 1, \"beside\": 2, \"was\": 3}]]");
    struct slice sound = stored("kept", 1, 9, &key), spoilt = arena_copy(&w->arena, sound), cell = cell_of(spoilt, 2);
    ((uint8_t *)(uintptr_t)cell.data)[cell.size - 1] ^= 1;
    overwrite(&key, sound, spoilt);
    REFUSED("23503", delete_method, "[\"kept\", 2]");
    REFUSED("XX001", delete_method, "[\"kept\", 3]");
    CALL(1, delete_method, "[\"kept\", 4]");
    CALL(1, delete_method, "[\"kept\", 1]");
    SUCCEED(world_call(w, get_method, "[\"kept\", 9]"));
    RESULT("null");
    CALL(1, insert_method, "[\"kept\", {\"id\": 9, \"organization_id\": \"" A "\", \"token\": \"t\", \"was\": 3}]");
    CALL(1, delete_method, "[\"kept\", 3]");
    SUCCEED(world_call(w, get_method, "[\"kept\", 9, {\"columns\": [\"token\", \"was\"]}]"));
    RESULT("[\"t\", null]");
    cr_assert(row_is_sealed(stored("kept", 1, 9, &key)));
}

struct findings {
    int count;
    char last[256];
};

static void keep_finding(void *env, const char *table, const char *finding)
{
    struct findings *findings = env;
    findings->count++;
    snprintf(findings->last, sizeof findings->last, "%s: %s", table, finding);
}

Test(seal, verify_names_the_row_that_does_not_open)
{
    struct findings findings = { 0 };
    const struct verify_hooks hooks = { .report = keep_finding, .env = &findings };
    struct seal_report report;
    struct key key;
    fill();
    struct slice sound = stored("vault", 2, 3, &key), cell = cell_of(sound, 4);
    overwrite(&key, sound, with_cell(sound, 3, cell));
    SUCCEED(seal_verify(&w->rq, &hooks, &report));
    cr_assert_eq(findings.count, 1);
    cr_assert_str_eq(findings.last, "vault: house 2, row (id)=(3), column \"token\": a sealed cell does not open");
    cr_assert_eq(report.sealed, 15);
}

Test(seal, a_deleted_row_is_returned_in_the_clear)
{
    fill();
    SUCCEED(world_call(w, delete_method, "[\"vault\", 1, {\"returning\": [\"id\", \"token\"]}]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-1"));
    SUCCEED(world_call(w, delete_method, "[\"vault\", {\"where\": [\"=\", \"id\", 2]}, {\"returning\": [\"token\"]}]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-2"));
    SUCCEED(world_call(w, run, "[\"DELETE FROM vault WHERE id = 3 RETURNING token, other\"]"));
    cr_assert(holds(buf_slice(&w->out), CANARY "-3"));
}

/* Each byte of a cell counts: key number, nonce, ciphertext, tag. */
Test(seal, every_byte_of_a_cell_counts)
{
    struct key key;
    fill();
    struct slice sound = stored("vault", 1, 1, &key), cell = cell_of(sound, 3);
    for (size_t i = 3; i < cell.size; i++) {            /* behind the head of the ext */
        uint8_t spoilt[256];
        cr_assert(cell.size < sizeof spoilt);
        memcpy(spoilt, cell.data, cell.size);
        spoilt[i] ^= (uint8_t)(1u << (i % 8));
        struct slice moved = with_cell(sound, 3, slice_of(spoilt, cell.size));
        overwrite(&key, sound, moved);
        REFUSED("XX001", get_method, "[\"vault\", 1]");
        overwrite(&key, moved, sound);
    }
    SUCCEED(world_call(w, get_method, "[\"vault\", 1]"));
}

/* --- Keys --- */

static void reopen(const struct keyring *keyring)
{
    struct store_config config = { .data_dir = w->dir, .image_dir = w->dir, .segment_size = WAL_SEGMENT_SIZE_MIN, .rebuild_image = true,
                                   .keyring = keyring };
    world_commit(w);
    SUCCEED(store_close(w->store, &w->error));
    SUCCEED(store_open(&config, sys_real(), &w->store, &w->error));
    world_begin(w);
}

Test(seal, recovery_needs_no_key_and_reading_does)
{
    static struct keyring other;
    struct key key;
    fill();
    CALL(1, insert_method, "[\"global\", {\"id\": 1, \"key\": \"" CANARY "\"}]");
    struct slice before = stored("vault", 1, 1, &key);
    uint8_t bytes[1024];
    cr_assert(before.size <= sizeof bytes);
    memcpy(bytes, before.data, before.size);
    size_t size = before.size;

    reopen(NULL);
    cr_assert(slice_equal(stored("vault", 1, 1, &key), slice_of(bytes, size)));
    REFUSED("F0000", get_method, "[\"vault\", 1]");
    SUCCEED(world_call(w, get_method, "[\"vault\", 1, {\"columns\": [\"name\"], \"organization\": \"" A "\"}]"));
    REFUSED("F0000", insert_method, "[\"vault\", " VAULT(9, A) "]");
    REFUSED("F0000", get_method, "[\"global\", 1]");

    SUCCEED(keyring_add(&other, &(struct seal_key){ "another master key" }, true, &w->error));
    reopen(&other);
    REFUSED("F0000", get_method, "[\"vault\", 1]");
    cr_assert(strstr(w->error.message, "which is not in the key file") != NULL, "%s", w->error.message);
    SUCCEED(keyring_add(&other, &w->keyring.keys[0].key, false, &w->error));
    SUCCEED(world_call(w, get_method, "[\"vault\", 1]"));
    reopen(&w->keyring);
    SUCCEED(world_call(w, get_method, "[\"global\", 1, {\"columns\": [\"key\"]}]"));
    RESULT("[\"" CANARY "\"]");
}

Test(seal, a_house_that_ends_takes_its_keys_along)
{
    uint32_t number;
    fill();
    SUCCEED(data_key_number(&w->rq, 2, &number));
    cr_assert_eq(number, 1);
    CALL(1, delete_method, "[\"vault\", 3]");
    CALL(1, delete_method, "[\"organizations\", \"" B "\"]");
    SUCCEED(data_key_number(&w->rq, 2, &number));
    cr_assert_eq(number, 0);
}

/* --- Classifications --- */

static struct seal_marks *remembering(void)
{
    w->rq.marks = seal_marks_new();
    return w->rq.marks;
}

#define CLASSIFY(id, organization, table, column) \
    "[\"data_sensitivity_classifications\", {\"id\": " #id ", \"organization_id\": " organization ", \"table_name\": \"" table "\", " \
    "\"column_name\": \"" column "\", \"encryption_required\": true}]"

static bool plain_sealed(uint32_t house, int64_t id)
{
    struct key key;
    return cell_sealed(stored("plain", house, id, &key), 2);
}

Test(seal, classifications_take_effect_with_the_next_write)
{
    struct seal_marks *marks = remembering();
    int id = 0;
    CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"" A "\", \"token\": \"" CANARY "\"}]", ++id);
    cr_assert(!plain_sealed(1, id));
    CALL(1, insert_method, CLASSIFY(1, "\"" A "\"", "plain", "token"));
    CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"" A "\", \"token\": \"" CANARY "\"}]", ++id);
    cr_assert(plain_sealed(1, id));
    CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"" B "\", \"token\": \"" CANARY "\"}]", ++id);
    cr_assert(!plain_sealed(2, id), "it is another house");
    CALL(1, insert_method, CLASSIFY(2, "null", "plain", "token"));
    CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"" B "\", \"token\": \"" CANARY "\"}]", ++id);
    cr_assert(plain_sealed(2, id));
    CALL(1, update_method, "[\"data_sensitivity_classifications\", 2, {\"encryption_required\": false}]");
    CALL(1, insert_method, "[\"plain\", {\"id\": %d, \"organization_id\": \"" B "\", \"token\": \"" CANARY "\"}]", ++id);
    cr_assert(!plain_sealed(2, id));
    int mark = changes_mark(&w->rq);
    CALL(1, delete_method, "[\"data_sensitivity_classifications\", 1]");
    CALL(1, update_method, "[\"plain\", 2, {\"note\": \"opened by a write\"}]");
    cr_assert(!plain_sealed(1, 2));
    changes_undo(&w->rq, mark);
    cr_assert(plain_sealed(1, 2));
    CALL(1, update_method, "[\"plain\", 1, {\"note\": \"sealed by a write\"}]");
    cr_assert(plain_sealed(1, 1), "the row that marks is back");
    SUCCEED(world_call(w, scan_method, "[\"plain\", {\"columns\": [\"token\"], \"where\": [\"=\", \"token\", \"" CANARY "\"]}]"));
    RESULT("{\"rows\": [[\"" CANARY "\"], [\"" CANARY "\"], [\"" CANARY "\"], [\"" CANARY "\"], [\"" CANARY "\"]], \"cursor\": null}");
    w->rq.marks = NULL;
    seal_marks_free(marks);
}

Test(seal, classifications_name_what_can_be_sealed)
{
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "nowhere", "x"));
    MESSAGE("column \"x\" of \"nowhere\" cannot be encrypted: there is no such table");
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "plain", "x"));
    MESSAGE("column \"x\" of \"plain\" cannot be encrypted: there is no such column");
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "plain", "id"));
    MESSAGE("column \"id\" of \"plain\" cannot be encrypted: it is part of the index \"plain_pkey\"");
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "plain", "note"));
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "plain", "up"));
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "plain", "organization_id"));
    REFUSED("22023", insert_method, CLASSIFY(1, "null", "data_sensitivity_classifications", "table_name"));
    REFUSED("22023", insert_method, CLASSIFY(1, "\"" A "\"", "global", "key"));
    MESSAGE("column \"key\" of \"global\" cannot be encrypted: rows of \"global\" belong to no organization");
    CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": 1, \"table_name\": \"x\", \"column_name\": \"y\"}]");
    REFUSED("22023", update_method, "[\"data_sensitivity_classifications\", 1, {\"encryption_required\": true}]");
    CALL(1, update_method, "[\"data_sensitivity_classifications\", 1, {\"encryption_required\": true, \"table_name\": \"plain\", \"column_name\": \"token\"}]");
}

/* --- Migrations --- */

#define REFUSES(sentence, text)                                                                 \
    do {                                                                                        \
        cr_assert_eq(world_migrate(w, "2.sql", slice_of_string(text)), -1, "not refused");      \
        cr_assert(strstr(w->error.message, sentence) != NULL, "%s", w->error.message);          \
    } while (0)

Test(seal, migrations_leave_no_secret_that_cannot_be_sealed)
{
    world_commit(w);
    REFUSES("column \"note\" of \"plain\" cannot be secret: it is part of the index \"plain_note\"", "COMMENT ON COLUMN plain.note IS '@secret';");
    REFUSES("cannot be secret: it is part of the index \"vault_token\"", "CREATE INDEX vault_token ON vault (token);");
    REFUSES("cannot be secret: it is part of the index \"half\"", "CREATE INDEX half ON vault (name) WHERE token IS NULL;");
    REFUSES("cannot be secret: it is part of the index \"vault_token_key\"", "ALTER TABLE vault ADD UNIQUE (token);");
    REFUSES("cannot be secret: it is part of the foreign key", "COMMENT ON COLUMN plain.up IS '@secret';");
    REFUSES("cannot be secret: it says whose the row is", "COMMENT ON COLUMN vault.organization_id IS '@secret';");
    REFUSES("cannot be secret: the column \"size\" is generated from it", "ALTER TABLE vault ADD COLUMN size integer GENERATED ALWAYS AS (length(token)) STORED;");
    REFUSES("cannot be secret: it is generated", "ALTER TABLE plain ADD COLUMN size integer GENERATED ALWAYS AS (length(token)) STORED; "
            "COMMENT ON COLUMN plain.size IS '@secret';");
    REFUSES("cannot be secret: the policy \"p\" reads it", "CREATE POLICY p ON vault USING (token = 'x');");
    REFUSES("cannot be secret: the policy \"q\" reads it",
            "CREATE POLICY q ON plain USING (EXISTS (SELECT 1 FROM vault WHERE vault.id = plain.id AND vault.token IS NULL));");
    SUCCEED(world_migrate(w, "3.sql", SLICE_LITERAL("COMMENT ON COLUMN vault.token IS NULL; CREATE INDEX vault_token ON vault (token);")));
    world_begin(w);
}

/* Replay has no keys: what a migration makes of the stored rows alone must not need what is sealed in them. */
Test(seal, migrations_do_not_compute_from_sealed_cells)
{
    fill();
    CALL(1, insert_method, CLASSIFY(1, "null", "plain", "token"));
    CALL(1, insert_method, "[\"plain\", {\"id\": 1, \"organization_id\": \"" A "\", \"token\": \"12\"}]");
    world_commit(w);
    REFUSES("column \"n\" of \"vault\" has sealed values", "ALTER TABLE vault ALTER COLUMN n TYPE text;");
    REFUSES("column \"token\" of \"plain\" has sealed values", "CREATE INDEX plain_token ON plain (token);");
    REFUSES("column \"token\" of \"plain\" has sealed values", "CREATE INDEX half ON plain (id) WHERE token IS NULL;");
    REFUSES("column \"token\" of \"plain\" has sealed values", "ALTER TABLE plain ADD COLUMN size integer GENERATED ALWAYS AS (length(token)) STORED;");
    REFUSES("column \"token\" of \"plain\" cannot be encrypted: there is no such column", "ALTER TABLE plain DROP COLUMN token;");
    SUCCEED(world_migrate(w, "3.sql", SLICE_LITERAL("ALTER TABLE vault ALTER COLUMN other TYPE integer USING 7; ALTER TABLE vault ADD COLUMN more text DEFAULT 'm';"
                                                    "ALTER TABLE vault ADD CHECK (token <> 'x'); ALTER TABLE vault ALTER COLUMN token SET NOT NULL;"
                                                    "UPDATE vault SET token = 'by migration' WHERE id = 2; ALTER TABLE vault DROP COLUMN doc;")));
    world_begin(w);
    SUCCEED(world_call(w, scan_method, "[\"vault\", {\"columns\": [\"token\", \"other\", \"more\"], \"order\": [\"id\"]}]"));
    RESULT("{\"rows\": [[\"" CANARY "-1\", 7, \"m\"], [\"by migration\", 7, \"m\"], [\"" CANARY "-3\", 7, \"m\"]], \"cursor\": null}");
    struct key key;
    cr_assert(row_is_sealed(stored("vault", 1, 1, &key)));
    cr_assert(!holds(stored("vault", 1, 2, &key), "by migration"));
    reopen(NULL);
    cr_assert(row_is_sealed(stored("vault", 1, 2, &key)));
    reopen(&w->keyring);
}

/* --- The wire --- */

Test(seal, nothing_from_the_wire_is_a_sealed_cell)
{
    static const uint8_t cell[] = { 0xc7, 3, MP_EXT_SEALED, 1, 2, 3 };
    for (int id = TYPE_UNKNOWN + 1; id < TYPE_ID_COUNT; id++)
        for (int array = 0; array < 2; array++) {
            struct type type = { .id = (enum type_id)id, .array = array == 1 };
            struct slice bytes = slice_of(cell, sizeof cell);
            struct value value;
            if (id == TYPE_ENUM)
                continue;                               /* has labels; text is text */
            cr_assert_eq(value_from_wire(type, &bytes, &w->arena, &value, &w->error), -1, "type %d", id);
            bytes = slice_of(cell, sizeof cell);
            cr_assert_eq(value_load(type, &bytes, &value), -1, "type %d", id);
        }
}
