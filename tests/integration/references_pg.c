/* Foreign keys and their actions against PostgreSQL 15: the same random statements on both, over tables with every action,
 * chains, rings, composite keys and unique columns in the way. The same SQLSTATE, sentence and detail are expected (but of
 * statements over several rows, which meet in another order, only that both are refused), and the same rows in the end.
 *
 *      references_pg [seed [statements]]       the seed is printed */
#include <string.h>
#include <unistd.h>

#include "lib/bare.h"
#include "lib/chance.h"
#include "lib/pg.h"

static const char schema[] =
    "CREATE TABLE tops (id integer PRIMARY KEY, code text UNIQUE, n integer CHECK (n >= 0));\n"
    "CREATE TABLE cascading (id integer PRIMARY KEY, top integer REFERENCES tops(id) ON DELETE CASCADE ON UPDATE CASCADE, n integer);\n"
    "CREATE INDEX cascading_top ON cascading (top);\n"
    "CREATE TABLE nulling (id integer PRIMARY KEY, top integer REFERENCES tops(id) ON DELETE SET NULL ON UPDATE SET NULL, n integer);\n"
    "CREATE TABLE defaulting (id integer PRIMARY KEY, top integer DEFAULT 0 REFERENCES tops(id) ON DELETE SET DEFAULT ON UPDATE SET DEFAULT);\n"
    "CREATE TABLE restricting (id integer PRIMARY KEY, top integer REFERENCES tops(id) ON DELETE RESTRICT ON UPDATE RESTRICT);\n"
    "CREATE TABLE plain (id integer PRIMARY KEY, top integer NOT NULL REFERENCES tops(id), n integer);\n"
    "CREATE INDEX plain_top ON plain (n, top);\n"
    "CREATE TABLE single (id integer PRIMARY KEY, top integer DEFAULT 1 UNIQUE REFERENCES tops(id) ON DELETE SET DEFAULT ON UPDATE CASCADE);\n"
    "CREATE TABLE must (id integer PRIMARY KEY, top integer NOT NULL REFERENCES tops(id) ON DELETE SET NULL ON UPDATE CASCADE);\n"
    "CREATE TABLE deep (id integer PRIMARY KEY, up integer REFERENCES cascading(id) ON DELETE CASCADE ON UPDATE CASCADE,\n"
    "    code text REFERENCES tops(code) ON UPDATE CASCADE ON DELETE SET NULL);\n"
    "CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree(id) ON DELETE CASCADE ON UPDATE CASCADE);\n"
    "CREATE TABLE ring (id integer PRIMARY KEY, up integer REFERENCES ring(id));\n"
    "CREATE TABLE pairs (a integer, b integer, PRIMARY KEY (a, b));\n"
    "CREATE TABLE paired (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES pairs(a, b) ON DELETE SET NULL ON UPDATE CASCADE);\n"
    "CREATE TABLE heir (id integer PRIMARY KEY REFERENCES tree(id) ON DELETE CASCADE ON UPDATE CASCADE, up integer REFERENCES ring(id));\n";

struct shape {
    const char *table;
    int count;
    const char *columns[3];         /* integers, but for "code" */
};
static const struct shape shapes[] = {
    { "tops", 3, { "id", "code", "n" } },
    { "tops", 3, { "id", "code", "n" } },         /* twice as often */
    { "cascading", 3, { "id", "top", "n" } },
    { "nulling", 3, { "id", "top", "n" } },
    { "defaulting", 2, { "id", "top" } },
    { "restricting", 2, { "id", "top" } },
    { "plain", 3, { "id", "top", "n" } },
    { "single", 2, { "id", "top" } },
    { "must", 2, { "id", "top" } },
    { "deep", 3, { "id", "up", "code" } },
    { "tree", 2, { "id", "up" } },
    { "ring", 2, { "id", "up" } },
    { "pairs", 2, { "a", "b" } },
    { "paired", 3, { "id", "a", "b" } },
    { "heir", 2, { "id", "up" } },
};
#define SHAPES (int)(sizeof shapes / sizeof *shapes)
#define NUMBERS 7

/* --- One statement, in both languages --- */

struct writing {
    char sql[1024], json[1024];
    bool several;                   /* it may write several rows that are there: in which order is nobody's business */
    int (*method)(struct request *, struct args, struct buf *);
};

#define ADD(to, ...) snprintf((to) + strlen(to), sizeof(to) - strlen(to), __VA_ARGS__)

static void add_value(struct writing *s, const char *column)
{
    int number = random_below(NUMBERS);
    bool text = strcmp(column, "code") == 0;
    if (random_below(6) == 0) {
        ADD(s->sql, "NULL");
        ADD(s->json, "null");
    } else {
        ADD(s->sql, text ? "'c%d'" : "%d", number);
        ADD(s->json, text ? "\"c%d\"" : "%d", number);
    }
}

static void make_insert(struct writing *s, const struct shape *shape)
{
    int rows = 1 + random_below(3), columns = random_below(8) == 0 ? 1 : shape->count;
    s->method = insert_method;
    ADD(s->sql, "INSERT INTO %s (", shape->table);
    for (int c = 0; c < columns; c++)
        ADD(s->sql, "%s%s", c > 0 ? ", " : "", shape->columns[c]);
    ADD(s->sql, ") VALUES ");
    ADD(s->json, "[\"%s\", [", shape->table);
    for (int r = 0; r < rows; r++) {
        ADD(s->sql, "%s(", r > 0 ? ", " : "");
        ADD(s->json, "%s{", r > 0 ? ", " : "");
        for (int c = 0; c < columns; c++) {
            ADD(s->sql, "%s", c > 0 ? ", " : "");
            ADD(s->json, "%s\"%s\": ", c > 0 ? ", " : "", shape->columns[c]);
            add_value(s, shape->columns[c]);
        }
        ADD(s->sql, ")");
        ADD(s->json, "}");
    }
    ADD(s->json, "]]");
}

static void add_range(struct writing *s, const struct shape *shape)
{
    int low = random_below(NUMBERS), high = low + (random_below(3) > 0 ? 0 : 1 + random_below(3));
    s->several = high > low || strcmp(shape->table, "pairs") == 0;
    ADD(s->sql, " WHERE %s >= %d AND %s <= %d", shape->columns[0], low, shape->columns[0], high);
    ADD(s->json, "{\"where\": [\"and\", [\">=\", \"%s\", %d], [\"<=\", \"%s\", %d]]}", shape->columns[0], low, shape->columns[0], high);
}

static void make_update(struct writing *s, const struct shape *shape)
{
    int column = random_below(shape->count), columns = 1 + random_below(2);
    struct writing list = { 0 };
    s->method = update_method;
    for (int c = column; c < column + columns && c < shape->count; c++) {
        ADD(list.sql, "%s%s = ", c > column ? ", " : "", shape->columns[c]);
        ADD(list.json, "%s\"%s\": ", c > column ? ", " : "", shape->columns[c]);
        add_value(&list, shape->columns[c]);
    }
    ADD(s->sql, "UPDATE %s SET %.200s", shape->table, list.sql);
    ADD(s->json, "[\"%s\", ", shape->table);
    add_range(s, shape);
    ADD(s->json, ", {%.200s}]", list.json);
}

static void make_delete(struct writing *s, const struct shape *shape)
{
    s->method = delete_method;
    ADD(s->sql, "DELETE FROM %s", shape->table);
    ADD(s->json, "[\"%s\", ", shape->table);
    add_range(s, shape);
    ADD(s->json, "]");
}

/* --- Rowhouse, without a server --- */

/* Statements run in one turn after another. */
static void begin(void)
{
    must(store_write_begin(store, &view, &error));
    bare_request();
}

/* --- Both --- */

static long failures;

static void differ(const struct writing *s, const char *theirs, const char *ours)
{
    failures++;
    printf("%s\n    PostgreSQL: %s\n    Rowhouse:   %s\n", s->sql, theirs, ours);
}

static const char *field(const PGresult *result, int name)
{
    const char *text = PQresultErrorField(result, name);
    return text == NULL ? "" : text;
}

static void compare_statement(PGconn *connection, const struct writing *s, struct buf *out)
{
    char theirs[2048], ours[2048];
    int64_t count = 0;
    PGresult *result = PQexec(connection, s->sql);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        snprintf(theirs, sizeof theirs, "%s rows", PQcmdTuples(result));
    else     /* "Failing row contains ..." is left out on purpose */
        snprintf(theirs, sizeof theirs, "%s %s (%s)", field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_MESSAGE_PRIMARY),
                 strncmp(field(result, PG_DIAG_MESSAGE_DETAIL), "Failing row", 11) == 0 ? "" : field(result, PG_DIAG_MESSAGE_DETAIL));
    PQclear(result);
    if (bare_call(s->method, s->json, out) == 0) {
        struct slice member;
        bool there = json_member(buf_slice(out), SLICE_LITERAL("count"), &member) && mp_int(&member, &count);
        assert(there);
        snprintf(ours, sizeof ours, "%" PRId64 " rows", count);
    } else {
        snprintf(ours, sizeof ours, "%s %s (%s)", sqlstate_code(error.state), error.message, error.detail);
    }
    bool both_refuse = strncmp(theirs, "23", 2) == 0 && strncmp(ours, "23", 2) == 0 && strchr(theirs, '(') != NULL;
    if (strcmp(theirs, ours) != 0 && !(s->several && both_refuse))
        differ(s, theirs, ours);
}

/* The rows of a table as JSON, in primary key order, from both. */
static void compare_table(PGconn *connection, const struct shape *shape, struct buf *out)
{
    struct writing s = { 0 };
    struct buf text = { 0 };
    ADD(s.sql, "SELECT coalesce(jsonb_agg(x ORDER BY x), '[]') FROM (SELECT jsonb_build_array(");
    for (int c = 0; c < shape->count; c++)
        ADD(s.sql, "%s%s", c > 0 ? ", " : "", shape->columns[c]);
    ADD(s.sql, ") AS x FROM %s) AS t", shape->table);
    char *theirs = pg_value(connection, s.sql);
    ADD(s.json, "[\"%s\", {\"limit\": 1000}]", shape->table);
    must(bare_call(scan_method, s.json, out));
    bare_rows(out, &text);
    if (strcmp(theirs, buf_text(&text)) != 0)
        differ(&s, theirs, buf_text(&text));
    buf_done(&text);
    free(theirs);
}

int main(int argc, char **argv)
{
    long statements = argc > 2 ? atol(argv[2]) : 4000;
    struct pg *pg = pg_start();
    PGconn *connection = pg_connect(pg);
    struct buf out = { 0 };
    chance_seed(argc > 1 ? argv[1] : "20251003");
    PQclear(pg_query(connection, schema));
    bare_start();
    must(bare_migrate("1.sql", slice_of_string(schema)));
    begin();
    for (long i = 0; i < statements && failures < 10; i++) {
        const struct shape *shape = &shapes[random_below(SHAPES)];
        struct writing s = { 0 };
        int kind = random_below(10);
        (kind < 5 ? make_insert : kind < 8 ? make_update : make_delete)(&s, shape);
        compare_statement(connection, &s, &out);
        if (i % 50 == 49)
            for (int t = 1; t < SHAPES; t++)
                compare_table(connection, &shapes[t], &out);
        if (i % 50 == 49) {
            bare_commit();
            begin();
        }
    }
    buf_done(&out);
    store_write_abort(store, &view);
    bare_stop();
    PQfinish(connection);
    pg_stop(pg);
    printf("%ld statements, %ld differences\n", statements, failures);
    return failures > 0;
}
