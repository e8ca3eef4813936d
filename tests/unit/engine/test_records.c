/* Tables of records: what a mark in their comment holds every caller to. */
#include "statements.h"

#include "engine/changes.h"

static const char schema[] =
    "CREATE TABLE plain (id integer PRIMARY KEY, n integer);\n"
    "CREATE TABLE parent (id integer PRIMARY KEY, n integer);\n"
    "CREATE TABLE ledger (id integer PRIMARY KEY, n integer, parent integer REFERENCES parent ON DELETE CASCADE);\n"
    "COMMENT ON TABLE ledger IS 'What happened @append_only';\n"
    "CREATE TABLE money (id integer PRIMARY KEY, n integer);\n"
    "CREATE INDEX money_n ON money (n);\n"
    "COMMENT ON TABLE money IS '@sync: of a bank';\n"
    "CREATE TABLE near (id integer PRIMARY KEY, n integer);\n"
    "COMMENT ON TABLE near IS 'not @append_only_yet, @sync-later';\n";

static struct world world, *w = &world;
static struct prepared *prepared;

static void start(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    prepared = prepared_new();
    queries = queries_new(prepared);
}

static void stop(void)
{
    queries_free(queries);
    prepared_free(prepared);
    store_write_abort(w->store, &w->view);
    world_close(w);
    keyring_done(&w->keyring);
}

TestSuite(records, .init = start, .fini = stop);

static void changes_as_any(const char *table)
{
    CALL(1, insert_method, "[\"%s\", {\"id\": 1, \"n\": 1}]", table);
    CALL(1, update_method, "[\"%s\", 1, {\"n\": 2}]", table);
    WRITES(1, "[\"update %s set n = 3\"]", table);
    CALL(1, delete_method, "[\"%s\", 1]", table);
}

Test(records, only_the_mark_makes_one)
{
    changes_as_any("plain");
    changes_as_any("money");
    changes_as_any("near");
}

Test(records, are_never_changed_or_removed)
{
    CALL(1, insert_method, "[\"ledger\", {\"id\": 1, \"n\": 1}]");
    WRITES(1, "[\"insert into ledger values (2, 2)\"]");
    REFUSED("42501", update_method, "[\"ledger\", 1, {\"n\": 2}]");
    REFUSED("42501", upsert_method, "[\"ledger\", {\"id\": 1, \"n\": 2}]");
    REFUSED("42501", delete_method, "[\"ledger\", 1]");
    REFUSED("42501", run, "[\"update ledger set n = 3\"]");
    REFUSED("42501", run, "[\"insert into ledger values (1, 9) on conflict (id) do update set n = 9\"]");
    REFUSED("42501", run, "[\"delete from ledger\"]");
    ROWS("[[1, 1], [2, 2]]", "[\"select id, n from ledger order by id\"]");
}

Test(records, keep_what_they_refer_to)
{
    CALL(1, insert_method, "[\"parent\", {\"id\": 1}]");
    CALL(1, insert_method, "[\"ledger\", {\"id\": 1, \"parent\": 1}]");
    REFUSED("42501", delete_method, "[\"parent\", 1]");
    ROWS("[[1]]", "[\"select count(*) from ledger\"]");
}

Test(records, a_later_migration_decides_anew)
{
    store_write_abort(w->store, &w->view);
    SUCCEED(world_migrate(w, "20260101000000_marks.sql", SLICE_LITERAL("COMMENT ON TABLE ledger IS NULL; COMMENT ON TABLE plain IS '@append_only';")));
    world_begin(w);
    changes_as_any("ledger");
    CALL(1, insert_method, "[\"plain\", {\"id\": 1}]");
    REFUSED("42501", delete_method, "[\"plain\", 1]");
}

/* Whether a transaction that did only this would have to be synced. */
static bool would_sync(world_method *method, const char *args)
{
    int before = w->changes.count;
    SUCCEED(world_call(w, method, "%s", args));
    struct changes own = { .items = w->changes.items + before, .count = w->changes.count - before };
    struct request rq = w->rq;
    cr_assert_gt(own.count, 0);
    rq.changes = &own;
    return changes_must_sync(&rq);
}

Test(records, whoever_touches_money_waits_for_the_disk)
{
    cr_expect_not(would_sync(insert_method, "[\"plain\", {\"id\": 1, \"n\": 1}]"));
    cr_expect_not(would_sync(insert_method, "[\"near\", {\"id\": 1, \"n\": 1}]"));
    cr_expect_not(would_sync(insert_method, "[\"ledger\", {\"id\": 1, \"n\": 1}]"));
    cr_expect(would_sync(insert_method, "[\"money\", {\"id\": 1, \"n\": 1}]"));
    cr_expect(would_sync(update_method, "[\"money\", 1, {\"n\": 2}]"));
    cr_expect(would_sync(run, "[\"update money set n = n + 1\"]"));
    cr_expect(would_sync(delete_method, "[\"money\", 1]"));
}
