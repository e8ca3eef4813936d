/* Dumps, judged by PostgreSQL 15: every table of the schema and every type, filled with random rows; then
 *
 *      rowhouse dump -> psql                   loads without an error, and holds the rows that PostgreSQL was given itself
 *      pg_dump --data-only of that, three ways -> rowhouse restore -> a fresh server
 *      rowhouse dump in each form -> rowhouse restore -> a fresh server
 *
 * and the dump in JSON lines of each of the restored servers is byte for byte the first one's; but for the hashes of removed audit
 * entries where PostgreSQL, which has no place for them, was between. Then one house moves into a
 * server where others live, and damaged dumps are refused before anything of them goes in.
 *
 *      dump_pg [seed [rows a table]]       the seed is printed; run from the repository's root, with ROWHOUSED and ROWHOUSE
 *                                          naming the programs */
#include <limits.h>
#include <rowhouse/rowhouse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "differential/generate.h"
#include "lib/keeper.h"
#include "lib/rowhoused.h"
#include "lib/shell.h"

#define MIGRATIONS "schema/migrations"
#define EXTRA "tests/integration/dump_schema.sql"
#define PG_BIN "/usr/lib/postgresql/15/bin/"
#define AUDIT_ENTRIES 7             /* of each house; of the first one the oldest are removed again */
#define AUDIT_REMOVED 5

static char folder[64], schema[96];
static const char *rowhoused, *rowhouse;

/* The options that find a server, for the command line. */
static const char *options(const struct rowhoused *server)
{
    static char text[4][512];
    static int turn;
    const char *socket = rowhoused_address(server);
    int size = (int)(strrchr(socket, '/') - socket);
    turn = (turn + 1) % 4;
    snprintf(text[turn], sizeof text[turn], "--address unix:%s --data %.*s/data --key %.*s/key", socket, size, socket, size, socket);
    return text[turn];
}

static struct rh *connect_to(const struct rowhoused *server)
{
    struct rh *db = rh_open(rowhoused_address(server), &(struct rh_options){ .timeout_ms = 60000 });
    if (rh_connect(db) != RH_OK || rh_authenticate(db, rowhoused_service_key(server)) != RH_OK)
        die("cannot connect to rowhoused", rh_message(db));
    return db;
}

/* --- Rows for both --- */

struct world {
    struct arena arena;
    struct meta meta;
    struct caller callers[CALLER_COUNT];
    struct generator generator;
    struct backend *judge, *subject;
    PGconn *pg;
    struct rh *db;
};

/* The same operation on Rowhouse and PostgreSQL; what one of them refuses neither has. */
static bool both(struct world *world, const struct operation *op)
{
    struct outcome theirs, ours;
    world->judge->run(world->judge, op, &world->arena, &theirs);
    world->subject->run(world->subject, op, &world->arena, &ours);
    if (strcmp(theirs.sqlstate, ours.sqlstate) != 0)
        shell_check(false, "\"%s\": PostgreSQL says %s, Rowhouse %s %s", op->table->name, theirs.sqlstate, ours.sqlstate, ours.message);
    return strcmp(theirs.sqlstate, "00000") == 0;
}

static void fill_schema(struct world *world, int rows)
{
    static const char *const houses[] = { ORGANIZATION_A, ORGANIZATION_B, NULL };
    struct arena lasting;
    int count, inserted = 0;
    arena_init(&lasting, SIZE_MAX);
    const struct operation *begin = world_operations(&world->meta, world->callers, &lasting, &count);
    for (int i = 0; i < count; i++)
        both(world, &begin[i]);
    for (int i = 0; i < rows; i++)
        for (int table = 0; table < world->meta.count; table++)
            for (int house = 0; house < (world->meta.tables[table].house == HOUSE_NONE ? 1 : 3); house++) {
                struct operation op;
                arena_reset(&world->arena);
                generate_row(&world->generator, &world->meta.tables[table], houses[house], &op);
                inserted += both(world, &op);
            }
    printf("        %d rows in %d tables\n", inserted, world->meta.count);
    arena_done(&lasting);
}

/* One row of texts in PostgreSQL's input forms; NULL is NULL. `json`: the text of that column is JSON. */
static void insert(struct world *world, const char *table, int count, const char *const *columns, const char *const *texts)
{
    struct rh_packed *record = rh_packed_new('{');
    char sql[2048], *end = sql + sprintf(sql, "INSERT INTO \"%s\" (", table);
    for (int i = 0; i < count; i++) {
        static const uint8_t null_bytes[] = { 0xd4, 3, 0xc0 };
        const struct rh_cell json_null = { null_bytes, sizeof null_bytes };
        int packed;
        end += sprintf(end, "%s%s", i > 0 ? ", " : "", columns[i]);
        if (texts[i] != NULL && strcmp(columns[i], "a_jsonb") == 0 && strcmp(texts[i], "null") == 0) {
            packed = rh_packed_add(record, "s:c", columns[i], &json_null);
        } else if (texts[i] != NULL && strcmp(columns[i], "a_jsonb") == 0) {
            struct rh_packed *json = rh_pack_json(texts[i], strlen(texts[i]));
            packed = rh_packed_add(record, "s:o", columns[i], json);
            rh_packed_free(json);
        } else {
            packed = rh_packed_add(record, "s:s?", columns[i], texts[i]);
        }
        if (packed != RH_OK)
            die("cannot pack", texts[i]);
    }
    end += sprintf(end, ") VALUES (");
    for (int i = 0; i < count; i++)
        end += sprintf(end, "%s$%d", i > 0 ? ", " : "", i + 1);
    sprintf(end, ")");
    PGresult *result = PQexecParams(world->pg, sql, count, NULL, texts, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        die(sql, PQerrorMessage(world->pg));
    PQclear(result);
    if (rh_request(world->db, NULL, "insert", "[s o]", table, record) != RH_OK)
        die(table, rh_message(world->db));
    rh_packed_free(record);
}

/* What the columns of dump_schema.sql take: a column's name and some values in PostgreSQL's input forms. */
static const struct {
    const char *name, *values[12];
} pools[] = {
    { "organization_id", { ORGANIZATION_A, ORGANIZATION_B } },
    { "a_text", { "", "\\N", "\\.", "a\tb\nc\rd\\e", "\b\f\v\x01\x1f\x7f", "'quoted'' \"twice\"", "NULL", " spaces ", "žluťoučký кон 馬 🐎", "$$; -- no" } },
    { "a_german", { "Ähre", "Zebra", "a\xcc\x88hre", "", "straße", "STRASSE" } },
    { "a_byte_wise", { "Ähre", "Zebra", "a" } },
    { "a_varchar", { "", "twelve chars", "žluťoučký", "\\\\" } },
    { "a_small", { "0", "-32768", "32766", "7" } },
    { "an_int", { "0", "-2147483648", "2147483647" } },
    { "a_big", { "-9223372036854775808", "9223372036854775807", "1" } },
    { "a_bool", { "t", "f" } },
    { "a_numeric", { "0", "1.50", "-0.000", "123456789012345678901234567890.123456789", "1e-20" } },
    { "a_money", { "0.000", "-999999999.999", "12.5" } },
    { "a_real", { "0", "1.5", "NaN", "Infinity", "-Infinity", "1e-30", "0.1" } },
    { "a_double", { "0", "0.1", "NaN", "Infinity", "-Infinity", "1e308", "5e-324", "123456789.123456789" } },
    { "a_uuid", { "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff" } },
    { "a_timestamptz", { "infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "2025-01-01 00:00:00.000001+00", "9999-12-31 23:59:59.999999+00" } },
    { "a_timestamp", { "infinity", "-infinity", "1999-12-31 23:59:59.5", "0001-01-01" } },
    { "a_date", { "infinity", "-infinity", "2024-02-29", "0044-03-15 BC" } },
    { "an_interval", { "0", "1 year 2 mons -3 days 04:05:06.000007", "-1 day", "1000:00:00", "-00:00:00.000001" } },
    { "a_jsonb", { "null", "1.50", "{\"b\": [1, 1.50, 1e3, null, {\"c\": \"\\u0001 \\\\ \\\" \\t\"}], \"a\": {}}", "[]", "\"text\"", "\"\\\\.\"", "true",
                   "123456789012345678901234567890.10" } },
    { "a_json", { "{\"b\" : 1, \"a\":1.50,\"b\":2}", "null", "[1,\t2]" } },
    { "a_bytea", { "\\x", "\\x00ff5c27220a", "\\x6869" } },
    { "an_inet", { "127.0.0.1", "10.1.0.0/16", "::1", "2001:db8::/32" } },
    { "a_mood", { "sad", "so, so", "it's \"fine\"" } },
    { "updated_at", { "2001-02-03 04:05:06+00" } },
    { "texts", { "{}", "{a,NULL,\"NULL\",\"\"}", "{\"a,b\",\"q\\\"q\",\"b\\\\s\",\" \",\"{}\"}", "{\"\t\n\\\\.\"}" } },
    { "words", { "{}", "{Ähre,NULL,zebra}" } },
    { "ints", { "{}", "{1,NULL,-2147483648}" } },
    { "bools", { "{t,f,NULL}" } },
    { "numerics", { "{1.50,NULL,-0.1}" } },
    { "doubles", { "{0.1,NaN,Infinity,-0}" } },
    { "times", { "{\"2025-01-01 00:00:00+00\",infinity,NULL}" } },
    { "dates", { "{2024-02-29,-infinity}" } },
    { "intervals", { "{\"1 day 01:00:00\",NULL}" } },
    { "uuids", { "{00000000-0000-0000-0000-000000000000}" } },
    { "byteas", { "{\"\\\\x00ff\",NULL}" } },
    { "inets", { "{127.0.0.1,::1/64}" } },
    { "moods", { "{sad,\"so, so\",\"it's \\\"fine\\\"\",NULL}" } },
};
#define POOLS (int)(sizeof pools / sizeof *pools)

/* A row of the pools first to last - 1, each column NULL at times. */
static void insert_from_pools(struct world *world, const char *table, int first, int last)
{
    const char *columns[POOLS], *texts[POOLS];
    for (int i = first; i < last; i++) {
        int size = 0;
        while (size < 12 && pools[i].values[size] != NULL)
            size++;
        columns[i - first] = pools[i].name;
        texts[i - first] = random_percent(&world->generator.random, 15) ? NULL : pools[i].values[random_below(&world->generator.random, size)];
    }
    insert(world, table, last - first, columns, texts);
}

static int pool_of(const char *name)
{
    for (int i = 0; i < POOLS; i++)
        if (strcmp(pools[i].name, name) == 0)
            return i;
    return POOLS;
}

/* A tree whose rows lie in no order of their generations, and two tables each of which refers to the other. */
static void fill_references(struct world *world, int rows)
{
    enum { STEP = 769 };            /* ids follow each other by this step modulo a prime, so parents come after their children too */
    int id = 1, before = 0, size = rows * 30 < 1500 ? 1499 : rows * 30 | 1;
    for (int i = 0; i < rows * 30; i++, before = id, id = (id + STEP) % size + 1) {
        char text[2][16];
        snprintf(text[0], sizeof text[0], "%d", id);
        snprintf(text[1], sizeof text[1], "%d", before);
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM trees WHERE id = %d", id);
        char *there = pg_value(world->pg, sql);
        if (there[0] == '0')
            insert(world, "trees", 2, (const char *[]){ "id", "up" }, (const char *[]){ text[0], before == 0 || i % 7 == 0 ? NULL : text[1] });
        free(there);
    }
    for (int i = 0; i < rows; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        insert(world, "seconds", 2, (const char *[]){ "id", "first" }, (const char *[]){ number, NULL });
        insert(world, "firsts", 2, (const char *[]){ "id", "second" }, (const char *[]){ number, number });
    }
}

static void fill(struct world *world, int rows)
{
    static const char *const houses[] = { ORGANIZATION_A, ORGANIZATION_B };
    fill_schema(world, rows);
    int arrays = pool_of("texts");
    for (int i = 0; i < rows * 10; i++) {
        insert_from_pools(world, "every_type", 0, arrays);
        insert_from_pools(world, "every Array", arrays, POOLS);
    }
    fill_references(world, rows);
    for (int i = 0; i < AUDIT_ENTRIES * 2; i++)
        if (rh_call(world->db, "append_audit_log", NULL, "{s:s s:s s:{s:i}}", "action_type", "dumped", "organization_id", houses[i % 2],
                    "details", "number", i) != RH_OK)
            die("append_audit_log", rh_message(world->db));
    if (rh_call(world->db, "audit_retain", NULL, "{s:s s:i s:i}", "organization_id", ORGANIZATION_A, "keep_days", 0, "limit", AUDIT_REMOVED) != RH_OK)
        die("audit_retain", rh_message(world->db));
}

/* --- Comparing --- */

/* Whether the COPY blocks of a dump, sorted, are what PostgreSQL copies out of the same columns. */
static void compare_with(const char *dump, const struct pg *pg, const char *what, bool audit)
{
    char *line = NULL, table[256], command[4096];
    size_t room = 0;
    int tables = 0;
    FILE *in = fopen(dump, "r"), *block = NULL;
    if (in == NULL)
        die("cannot read", dump);
    while (getline(&line, &room, in) > 0) {
        if (block == NULL && sscanf(line, "COPY %255s (", table) == 1) {
            snprintf(command, sizeof command, "%.*s", (int)(strstr(line, " FROM stdin") - line), line);
            block = popen("LC_ALL=C sort > ours.copy", "w");
        } else if (block != NULL && strcmp(line, "\\.\n") == 0) {
            pclose(block);
            block = NULL;
            tables++;
            if (!audit && strstr(table, "audit_logs_enhanced") != NULL)
                continue;
            FILE *file = fopen("theirs.sql", "w");
            if (file == NULL || fprintf(file, "%s TO stdout;\n", command) < 0 || fclose(file) != 0)
                die("cannot write", "theirs.sql");
            if (shell_run(PG_BIN "psql -X -q -d '%s' -f theirs.sql | LC_ALL=C sort > theirs.copy && cmp -s ours.copy theirs.copy", pg_conninfo(pg)) != 0) {
                shell_check(false, "%s: the rows of %s", what, table);
                shell_run("diff ours.copy theirs.copy | head -6 | cut -c1-600");
            }
        } else if (block != NULL) {
            fputs(line, block);
        }
    }
    shell_check(tables > 50, "%s: the rows of %d tables", what, tables);
    free(line);
    fclose(in);
}

/* A fresh server, into which `command` restores; its dump must be the first one's, but for lines that say `lost`. */
static void restored(const char *what, const char *command, const char *lost)
{
    struct rowhoused *server = rowhoused_start(rowhoused, schema);
    const char *to = options(server);
    shell_check(shell_run("%s | %s restore %s > restored.count 2> restored.errors", command, rowhouse, to) == 0 || shell_run("cat restored.errors") != 0, "restored: %s", what);
    shell_check(shell_run("%s dump --secrets --form jsonl --secrets %s > again.jsonl && grep -v '%s' first.jsonl | cmp - again.jsonl", rowhouse, to, lost) == 0 ||
          shell_run("diff first.jsonl again.jsonl | head -4 | cut -c1-400") < 0, "the dump of the restored server is the first one's: %s", what);
    shell_check(shell_run("%s verify %s 2> /dev/null | cmp - first.verify", rowhouse, to) == 0, "verify finds what it found before: %s", what);
    rowhoused_stop(server);
}

/* What PostgreSQL dumps, parents before children, instead of what a server has. Entries of an audit log are not replaced. */
static void replaced(const struct pg *pg)
{
    struct rowhoused *server = rowhoused_start(rowhoused, schema);
    const char *to = options(server);
    shell_check(shell_run("grep -v '\"table\": *\"audit_logs_enhanced\"\\|audit_leaves' first.jsonl > unlogged.jsonl; %s restore %s unlogged.jsonl > /dev/null", rowhouse, to) == 0 &&
          shell_run("%s insert organizations id=c0000000-0000-4000-8000-000000000000 name=Other %s > /dev/null", rowhouse, to) == 0 &&
          shell_run("%s insert firsts id:=1000000 second:=1 %s > /dev/null", rowhouse, to) == 0, "a server with rows of its own");
    shell_check(shell_run(PG_BIN "pg_dump -d '%s' --data-only --exclude-table=audit_logs_enhanced 2> /dev/null | %s restore --clean %s > /dev/null", pg_conninfo(pg), rowhouse,
                          to) == 0, "pg_dump's rows replace them");
    shell_check(shell_run("%s dump --secrets --form jsonl %s > again.jsonl && cmp unlogged.jsonl again.jsonl", rowhouse, to) == 0 ||
          shell_run("diff unlogged.jsonl again.jsonl | head -4 | cut -c1-400") < 0, "and what is there then is what was dumped");
    rowhoused_stop(server);
}

/* --- One house, and damage --- */

static void one_house(const struct rowhoused *from)
{
    static const char *const forms[] = { "sql", "jsonl", "binary" };
    for (int i = 0; i < 3; i++) {
        struct rowhoused *server = rowhoused_start(rowhoused, schema);
        const char *to = options(server);
        struct rh *db = connect_to(server);
        int64_t id = 0, last = 0;
        struct rh_reply *reply = NULL;
        shell_check(shell_run("%s insert organizations id=c0000000-0000-4000-8000-000000000000 name=Other %s > /dev/null", rowhouse, to) == 0 &&
              shell_run("%s dump --secrets --form %s --secrets --organization " ORGANIZATION_A " %s > house.%s", rowhouse, forms[i], options(from), forms[i]) == 0 &&
              shell_run("%s restore --append %s house.%s > /dev/null", rowhouse, to, forms[i]) == 0, "one house moves in beside another: %s", forms[i]);
        shell_check(shell_run("%s dump --secrets --form %s --secrets --organization " ORGANIZATION_A " %s > house.again && cmp house.%s house.again", rowhouse, forms[i], to,
                  forms[i]) == 0, "it is the same there: %s", forms[i]);
        if (rh_insert(db, "every_type", &reply, "{s:s}", "organization_id", ORGANIZATION_A) == RH_OK)
            id = rh_int(rh_at(rh_at(rh_rows(reply), 0), 0));
        rh_reply_free(reply);
        if (rh_scan(db, "every_type", &reply, "{s:[[s s]] s:i s:s}", "order", "id", "desc", "limit", 2, "organization", ORGANIZATION_A) == RH_OK) {
            last = rh_int(rh_at(rh_at(rh_rows(reply), 1), 0));
            rh_reply_free(reply);
        }
        shell_check(last > 0 && id > last, "its sequences go on: %lld after %lld, %s", (long long)id, (long long)last, forms[i]);
        rh_close(db);
        rowhoused_stop(server);
    }
}

static int64_t count_of(const struct rowhoused *server)
{
    struct rh *db = connect_to(server);
    struct rh_reply *reply = NULL;
    int64_t count = rh_request(db, &reply, "count", "[s]", "contacts") == RH_OK ? rh_int(rh_result(reply)) : -1;
    rh_reply_free(reply);
    rh_close(db);
    return count;
}

static void damage(struct random *random)
{
    struct stat status;
    struct rowhoused *server = rowhoused_start(rowhoused, schema);
    const char *to = options(server);
    if (stat("first.binary", &status) < 0)
        die("cannot find", "first.binary");
    int size = (int)status.st_size, accepted = 0;
    for (int i = 0; i < 20; i++) {
        int at = i == 0 ? 0 : i == 1 ? size - 1 : random_below(random, size);
        accepted += shell_run("cp first.binary damaged && printf \"\\\\x$(printf %%02x $((0x$(xxd -p -s %d -l 1 first.binary) ^ %d)))\" |"
                        " dd of=damaged bs=1 seek=%d conv=notrunc status=none && %s restore %s damaged > /dev/null 2>&1", at,
                        1 << random_below(random, 8), at, rowhouse, to) == 0;
        accepted += shell_run("head -c %d first.binary | %s restore %s > /dev/null 2>&1", at, rowhouse, to) == 0;
    }
    shell_check(accepted == 0, "damaged and cut dumps are refused: %d of 40 were not", accepted);
    shell_check(shell_run("(cat first.binary; echo more) | %s restore %s > /dev/null 2>&1", rowhouse, to) == 1, "a dump with something behind it is refused");
    shell_check(shell_run("head -c 20000 first.sql | %s restore %s > /dev/null 2>&1", rowhouse, to) == 1, "SQL that was cut inside a statement is refused");
    shell_check(shell_run("for at in $(LC_ALL=C grep -ab '\\(;\\|^\\\\.\\)$' theirs.dump | cut -d: -f1 | shuf -n 30 --random-source=first.sql); do"
                          " head -c $at theirs.dump | %s restore %s 2>&1 > /dev/null | grep -q 'it was cut off\\|does not end\\|in the middle of a statement' || exit 1; done", rowhouse, to) == 0,
                "pg_dump's that was cut between statements is refused");
    shell_check(shell_run("for at in $(seq 1 $(($(wc -l < first.jsonl) - 1)) | shuf -n 20 --random-source=first.sql); do"
                          " head -n $at first.jsonl | %s restore %s 2>&1 > /dev/null | grep -q 'it was cut off' || exit 1; done", rowhouse, to) == 0,
                "JSON lines that were cut between two are refused");
    shell_check(count_of(server) == 0, "nothing of them went in");
    rowhoused_stop(server);
}

/* --- The whole --- */

static void prepare(void)
{
    char path[PATH_MAX];
    const char *const names[] = { getenv("ROWHOUSED"), getenv("ROWHOUSE") };
    static char full[2][PATH_MAX];
    for (int i = 0; i < 2; i++)
        if (realpath(names[i] != NULL ? names[i] : i == 0 ? "build/release/rowhoused" : "build/release/rowhouse", full[i]) == NULL)
            die("cannot find the programs", "set ROWHOUSED and ROWHOUSE");
    rowhoused = full[0];
    rowhouse = full[1];
    strcpy(folder, "/tmp/rowhouse-dump.XXXXXX");
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0 || realpath(".", path) == NULL)
        die("cannot make", folder);
    snprintf(schema, sizeof schema, "%s/schema", folder);
    if (shell_run("mkdir %s && cp %s/*.sql %s && cp " EXTRA " %s/99990101000000_every_type.sql", schema, MIGRATIONS, schema, schema) != 0 || chdir(folder) < 0)
        die("cannot copy", MIGRATIONS);
}

int main(int argc, char **argv)
{
    static const char *const skipped[] = { "audit_logs_enhanced", "every_type", "\"every Array\"", "trees", "firsts", "seconds", NULL };
    static struct world world;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    int rows = argc > 2 ? atoi(argv[2]) : 8;
    printf("dump_pg: seed %llu\n", (unsigned long long)seed);
    prepare();
    struct pg *model = pg_start(), *loaded = pg_start();
    struct rowhoused *server = rowhoused_start(rowhoused, schema);
    if (!pg_run_directory(model, schema, 0))
        die("cannot load into PostgreSQL", schema);
    struct arena lasting;
    arena_init(&lasting, SIZE_MAX);
    arena_init(&world.arena, SIZE_MAX);
    world.pg = pg_connect(model);
    world.db = connect_to(server);
    world_callers(world.callers);
    world.generator = (struct generator){ .random = { seed }, .callers = world.callers, .db = world.pg, .meta = &world.meta, .arena = &world.arena,
                                          .next_id = 1 };
    meta_load(world.pg, skipped, &lasting, &world.meta);
    world.judge = postgres_open(model, false);
    world.subject = rowhouse_open(rowhoused_address(server), rowhoused_service_key(server), rowhoused_jwt_secret(server), false);
    fill(&world, rows);

    const char *from = options(server);
    shell_check(shell_run("for form in sql jsonl binary; do %s dump --secrets --form $form --secrets %s > first.$form || exit 1; done", rowhouse, from) == 0, "dumped");
    /* Random rows make balances that do not add up; nothing else may be wrong. */
    shell_run("%s verify %s 2> /dev/null > first.verify", rowhouse, from);
    shell_check(shell_run("grep -vE '^organization_credits: .*the ledger adds up to|^credit_consumption_logs: .*its entries add up to|sealed values were opened$' first.verify") == 1, "verify");
    shell_check(shell_run(PG_BIN "psql -X -q -v ON_ERROR_STOP=1 -d '%s' -f first.sql > /dev/null", pg_conninfo(loaded)) == 0, "PostgreSQL loads the dump");
    compare_with("first.sql", loaded, "what PostgreSQL loaded is what was dumped", true);
    compare_with("first.sql", model, "what was dumped is what was inserted", false);
    restored("sql", "cat first.sql", "^nothing$");
    restored("jsonl", "cat first.jsonl", "^nothing$");
    restored("binary", "cat first.binary", "^nothing$");
    static const char *const ways[] = { "--data-only", "--data-only --inserts", "--data-only --column-inserts" };
    for (int i = 0; i < 3; i++) {
        char command[256];
        snprintf(command, sizeof command, PG_BIN "pg_dump -d '%s' %s 2> /dev/null", pg_conninfo(loaded), ways[i]);
        restored(ways[i], command, "^{\"audit_leaves\"");
    }
    shell_run(PG_BIN "pg_dump -d '%s' > theirs.dump 2> /dev/null", pg_conninfo(loaded));
    replaced(loaded);
    one_house(server);
    damage(&world.generator.random);

    world.judge->close(world.judge);
    world.subject->close(world.subject);
    rh_close(world.db);
    PQfinish(world.pg);
    rowhoused_stop(server);
    pg_stop(loaded);
    pg_stop(model);
    arena_done(&world.arena);
    arena_done(&lasting);
    if (shell_failures == 0)
        shell_run("rm -rf %s", folder);
    else
        printf("%d failed with seed %llu; the files are in %s\n", shell_failures, (unsigned long long)seed, folder);
    return shell_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
