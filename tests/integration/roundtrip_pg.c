/* Random schemas, there and back, judged by PostgreSQL 15. Tables with odd names, keys of several types, references in circles and to
 * themselves, enums, arrays, texts that need every escape are made in PostgreSQL; then
 *
 *      pg_dump, whole, in some encoding and form -> rowhouse restore into an empty Rowhouse -> rowhouse dump
 *      -> psql into an empty PostgreSQL, which must be told nothing else -> pg_dump -> restore into another empty Rowhouse -> rowhouse dump
 *
 * The two dumps of Rowhouse are one text, and what the two PostgreSQL hold is the same. Before them one schema of what Supabase brings: auth.uid(),
 * uuid_generate_v4(), FORCE ROW LEVEL SECURITY, comments and grants on functions that are there and that are not.
 *
 *      roundtrip_pg [seed [schemas]]       run from the repository's root, with ROWHOUSED and ROWHOUSE naming the programs */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "differential/random.h"
#include "lib/keeper.h"
#include "lib/pg.h"
#include "lib/rowhoused.h"
#include "lib/shell.h"

#define PG_BIN "/usr/lib/postgresql/15/bin/"
#define TABLES_MOST 7
#define COLUMNS_MOST 6

static char folder[64];
static const char *rowhoused, *rowhouse;
static struct random dice;

static const char *options(const struct rowhoused *server)
{
    static char text[2][512];
    static int turn;
    const char *socket = rowhoused_address(server);
    int size = (int)(strrchr(socket, '/') - socket);
    turn = (turn + 1) % 2;
    snprintf(text[turn], sizeof text[turn], "--address unix:%s --key %.*s/key", socket, size, socket);
    return text[turn];
}

/* --- A random schema --- */

static const struct { const char *type, *values[6]; } types[] = {
    { "text", { "'plain'", "E'tab\\tnl\\ncr\\rback\\\\slash'", "''", "E'\\\\N'", "E'\\\\.'", "'caf\303\251'" } },
    { "integer", { "0", "-2147483648", "2147483647", "42" } },
    { "bigint", { "-9223372036854775808", "7" } },
    { "numeric", { "0.00", "123456789012345678901234567890.5", "-1.50", "'NaN'", "'-Infinity'" } },
    { "numeric(10,2)", { "1.25", "-99999999.99" } },
    { "boolean", { "true", "false" } },
    { "uuid", { "'00000000-0000-4000-8000-00000000000f'" } },
    { "timestamp with time zone", { "'2026-01-02 03:04:05.678+00'", "'infinity'", "'0044-03-15 12:00:00+00 BC'" } },
    { "date", { "'2024-02-29'", "'-infinity'" } },
    { "jsonb", { "'{\"a\": [1, 1.50, null], \"b\": \"\\u00e9\\\\ \"}'", "'null'", "'[]'" } },
    { "double precision", { "0.1", "'NaN'", "'-Infinity'" } },
    { "text[]", { "'{a,NULL,\"b c\",\"q\\\"\"}'", "'{}'" } },
    { "bytea", { "'\\x00ff5c'", "'\\x'" } },
    { "interval", { "'1 year 2 mons -3 days 04:05:06.000007'" } },
    { "character varying(20)", { "'odd; \"name\"'", "'it''s'" } },
    { "\"My mood\"", { "'so; so'", "'it''s'" } },
};
#define TYPES (int)(sizeof types / sizeof *types)

static const char *const names[] = { "plain", "\"Upper Case\"", "\"semi;colon\"", "\"quo\"\"te\"", "\"it's\"", "\"\303\274n\303\257\"", "\"select\"", "\"a.b\"",
                                     "\"back\\slash\"", "\"tab\ttab\"" };
#define NAMES (int)(sizeof names / sizeof *names)

/* name number `at`, which no other number gives in this schema: quoted ones are made longer inside their quotes. */
static const char *name_of(const char *what, int at)
{
    static char text[8][64];
    static int turn;
    const char *base = names[at % NAMES];
    turn = (turn + 1) % 8;
    if (base[0] == '"')
        snprintf(text[turn], sizeof *text, "\"%s%d%s", what, at, base + 1);
    else
        snprintf(text[turn], sizeof *text, "%s%d%s", what, at, base);
    return text[turn];
}

static void write_rows(FILE *out, int table, const int *columns, int count, int rows, bool serial)
{
    for (int r = 1; r <= rows; r++) {
        fprintf(out, "INSERT INTO %s VALUES (%d", name_of("t", table), serial ? r : r * 7 - 100);
        for (int c = 0; c < count; c++) {
            int pool = 0;
            while (pool < 6 && types[columns[c]].values[pool] != NULL)
                pool++;
            fprintf(out, ", %s", random_percent(&dice, 20) ? "NULL" : types[columns[c]].values[random_below(&dice, pool)]);
        }
        fprintf(out, ");\n");
    }
}

static void write_schema(const char *path)
{
    int columns[COLUMNS_MOST], tables = 2 + random_below(&dice, TABLES_MOST - 1), rows[TABLES_MOST + 1];
    bool serial[TABLES_MOST + 1];
    FILE *out = fopen(path, "w");
    if (out == NULL)
        die("cannot write", path);
    fprintf(out, "CREATE TYPE \"My mood\" AS ENUM ('so; so', 'it''s', 'caf\303\251');\n");
    for (int t = 0; t < tables; t++) {
        int count = 1 + random_below(&dice, COLUMNS_MOST);
        serial[t] = random_percent(&dice, 50);
        rows[t] = random_below(&dice, 12);
        fprintf(out, "CREATE TABLE %s (%s %s PRIMARY KEY", name_of("t", t), name_of("k", t), serial[t] ? "serial" : "integer");
        for (int c = 0; c < count; c++) {
            columns[c] = random_below(&dice, TYPES);
            fprintf(out, ", %s %s", name_of("c", c), types[columns[c]].type);
        }
        fprintf(out, ");\n");
        write_rows(out, t, columns, count, rows[t], serial[t]);
        if (serial[t])
            fprintf(out, "SELECT setval(pg_get_serial_sequence($q$%s$q$, attname), %d) FROM pg_attribute WHERE attrelid = $q$%s$q$::regclass AND attnum = 1;\n",
                    name_of("t", t), 20 + random_below(&dice, 100), name_of("t", t));
    }
    /* References to any table, its own too: circles come by themselves. */
    for (int t = 0; t < tables; t++)
        for (int k = random_below(&dice, 3); k > 0; k--) {
            int target = random_below(&dice, tables);
            if (rows[target] == 0)
                continue;
            fprintf(out, "ALTER TABLE %s ADD %s integer REFERENCES %s;\n", name_of("t", t), name_of("r", k), name_of("t", target));
            fprintf(out, "UPDATE %s AS own SET %s = (SELECT x.%s FROM %s AS x ORDER BY md5(x.%s::text || own.%s::text || '%d') LIMIT 1);\n", name_of("t", t),
                    name_of("r", k), name_of("k", target), name_of("t", target), name_of("k", target), name_of("k", t), random_below(&dice, 1000));
        }
    /* What stands on them. */
    for (int t = 0; t < tables; t++) {
        if (random_percent(&dice, 50))
            fprintf(out, "CREATE INDEX ON %s (%s DESC) WHERE %s > 0;\n", name_of("t", t), name_of("k", t), name_of("k", t));
        if (random_percent(&dice, 50))
            fprintf(out, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL AND 'it''s; so' <> '');\n", name_of("t", t), name_of("x", t), name_of("k", t));
        if (random_percent(&dice, 50))
            fprintf(out, "CREATE VIEW %s WITH (security_invoker = true) AS SELECT %s, 'a;b' AS b FROM %s WHERE %s > 1;\n", name_of("v", t), name_of("k", t), name_of("t", t), name_of("k", t));
        if (random_percent(&dice, 50))
            fprintf(out, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\nCREATE POLICY %s ON %s FOR SELECT USING (%s > 5);\nCOMMENT ON TABLE %s IS 'it''s; \\x';\n", name_of("t", t),
                    name_of("p", t), name_of("t", t), name_of("k", t), name_of("t", t));
    }
    fclose(out);
}

/* --- There and back --- */

/* Restores into a server without a schema, and dumps it again. */
static bool through(const char *command, const char *to)
{
    struct rowhoused *server = rowhoused_start(rowhoused, "none");
    const char *where = options(server);
    bool good = shell_run("%s | %s restore --strict %s > count 2> errors", command, rowhouse, where) == 0 && shell_run("%s dump %s > %s 2>> errors", rowhouse, where, to) == 0 &&
                shell_run("%s verify %s > verified 2>> errors", rowhouse, where) == 0;
    if (!good)
        shell_run("head -5 errors");
    rowhoused_stop(server);
    return good;
}

/* What PostgreSQL holds, as its own dump without comments tells it. */
static int pg_contents(const struct pg *pg, const char *to)
{
    return shell_run(PG_BIN "pg_dump -d '%s' --data-only --inserts 2> /dev/null | grep -E '^(INSERT|SELECT pg_catalog.setval)' | LC_ALL=C sort > %s", pg_conninfo(pg), to);
}

static void empty(const struct pg *pg)
{
    if (shell_run(PG_BIN "psql -X -q -d '%s' -c 'DROP SCHEMA public CASCADE' -c 'DROP SCHEMA IF EXISTS auth CASCADE' -c 'CREATE SCHEMA public' > /dev/null 2>&1",
            pg_conninfo(pg)) != 0)
        die("cannot empty", "PostgreSQL");
}

static void round_trip(struct pg *first, struct pg *second, const char *schema, const char *what)
{
    static const char *const ways[] = { "", "--inserts", "--column-inserts", "-E LATIN1", "-E WIN1252", "--rows-per-insert=3 --inserts", "--disable-triggers", "--no-owner" };
    const char *way = ways[random_below(&dice, (int)(sizeof ways / sizeof *ways))];
    char command[1024];
    empty(first);
    empty(second);
    if (!shell_check(shell_run(PG_BIN "psql -X -q -v ON_ERROR_STOP=1 -d '%s' -f %s > /dev/null", pg_conninfo(first), schema) == 0, "PostgreSQL has %s", what))
        return;
    snprintf(command, sizeof command, PG_BIN "pg_dump -d '%s' %s", pg_conninfo(first), way);
    bool good = through(command, "there.sql") &&
                shell_run(PG_BIN "psql -X -q -v ON_ERROR_STOP=1 -d '%s' -f there.sql > /dev/null", pg_conninfo(second)) == 0;
    snprintf(command, sizeof command, PG_BIN "pg_dump -d '%s'", pg_conninfo(second));
    good = good && through(command, "back.sql");
    good = good && shell_run("sed 's/^CREATE.*restored_[0-9a-f]*//' there.sql | LC_ALL=C sort > there && LC_ALL=C sort back.sql > back && cmp there back") == 0;
    good = good && pg_contents(first, "contents.first") == 0 && pg_contents(second, "contents.second") == 0 && shell_run("cmp contents.first contents.second") == 0;
    shell_check(good, "%s comes back as it was, pg_dump %s", what, way);
    if (!good)
        shell_run("cp %s failed.sql", schema);
}

/* What Supabase brings, and a dump must bring where it is not. */
static void bare(struct pg *pg)
{
    empty(pg);
    mkdir("asks", 0755);
    FILE *out = fopen("asks/1.sql", "w");
    if (out == NULL)
        die("cannot write", "asks/1.sql");
    fputs("CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), owner uuid DEFAULT auth.uid(), t text);\n"
          "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\nALTER TABLE notes FORCE ROW LEVEL SECURITY;\n"
          "CREATE POLICY own ON notes TO authenticated USING (owner = auth.uid() AND auth.role() = 'authenticated') WITH CHECK ((auth.jwt() ->> 'sub') IS NOT NULL);\n"
          "CREATE INDEX notes_t ON notes (t);\nCOMMENT ON INDEX notes_t IS 'by text';\nCOMMENT ON POLICY own ON notes IS 'one''s own';\n"
          "COMMENT ON CONSTRAINT notes_pkey ON notes IS 'the key';\nINSERT INTO notes (t) VALUES ('a'), ('b');\n", out);
    fclose(out);
    struct rowhoused *server = rowhoused_start(rowhoused, "asks");
    bool dumped = shell_run("%s dump %s > bare.sql && %s dump --for supabase %s > supabase.sql", rowhouse, options(server), rowhouse, options(server)) == 0;
    shell_check(dumped && shell_run(PG_BIN "psql -X -q -v ON_ERROR_STOP=1 -d '%s' -f bare.sql > /dev/null", pg_conninfo(pg)) == 0, "an empty PostgreSQL loads what asks for Supabase's functions");
    PGconn *connection = pg_connect(pg);
    char *forced = pg_value(connection, "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'notes'");
    char *comments = pg_value(connection, "SELECT count(*) FROM pg_description WHERE description IN ('by text', 'one''s own', 'the key')");
    shell_check(strcmp(forced, "t") == 0 && strcmp(comments, "3") == 0, "with FORCE ROW LEVEL SECURITY and comments");
    free(forced);
    free(comments);
    PQfinish(connection);
    shell_check(shell_run("grep -qE 'CREATE (OR REPLACE )?FUNCTION|CREATE SCHEMA|CREATE ROLE' supabase.sql") == 1, "Supabase is not brought what it has");
    shell_check(shell_run("%s dump --table notes %s | grep -c '^COPY' | grep -qx 1 && %s dump --table nothing %s > /dev/null 2>&1", rowhouse, options(server), rowhouse, options(server)) == 1,
          "one table alone");
    shell_check(shell_run("%s dump --output whole.sql %s && cmp whole.sql bare.sql && test ! -e whole.sql.part", rowhouse, options(server)) == 0, "a file has its name when it is whole");
    rowhoused_stop(server);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    int schemas = argc > 2 ? atoi(argv[2]) : 3;
    const char *const programs[] = { getenv("ROWHOUSED"), getenv("ROWHOUSE") };
    static char full[2][PATH_MAX];
    printf("roundtrip_pg: seed %llu\n", (unsigned long long)seed);
    dice.state = seed;
    for (int i = 0; i < 2; i++)
        if (realpath(programs[i] != NULL ? programs[i] : i == 0 ? "build/release/rowhoused" : "build/release/rowhouse", full[i]) == NULL)
            die("cannot find the programs", "set ROWHOUSED and ROWHOUSE");
    rowhoused = full[0];
    rowhouse = full[1];
    strcpy(folder, "/tmp/rowhouse-roundtrip.XXXXXX");
    if (mkdtemp(folder) == NULL || chmod(folder, 0755) < 0 || chdir(folder) < 0 || mkdir("none", 0755) < 0)
        die("cannot make", folder);
    struct pg *first = pg_start(), *second = pg_start();
    bare(second);
    for (int i = 0; i < schemas; i++) {
        char what[32];
        snprintf(what, sizeof what, "schema %d", i);
        write_schema("schema.sql");
        round_trip(first, second, "schema.sql", what);
    }
    pg_stop(second);
    pg_stop(first);
    if (shell_failures == 0)
        shell_run("rm -rf %s", folder);
    else
        printf("%d failed with seed %llu; the files are in %s\n", shell_failures, (unsigned long long)seed, folder);
    return shell_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
