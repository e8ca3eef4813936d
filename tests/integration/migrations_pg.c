/* Migrations against PostgreSQL 15: random files that mix DDL with INSERT, UPDATE and DELETE in every order, each one transaction on both
 * sides. Every statement sees the schema as it stands at its place, so the same one fails, with the same SQLSTATE, or none; the tables
 * have the same columns and rows, those that triggers set to now included; and every few files the store is thrown away and made again from its log alone, byte by byte.
 *
 *      migrations_pg [seed [files]]            the seed is printed */
#include <string.h>
#include <unistd.h>

#include "lib/bare.h"
#include "lib/chance.h"
#include "lib/pg.h"
#include "store/internal.h"

#define TABLES         4
#define COLUMNS        12
#define STATEMENTS_MAX 12
#define FILES_OF_A_LOG 20               /* between two restarts */

/* --- What PostgreSQL has at this place of the file --- */

struct column_now {
    char name[16], type[24];
    bool generated;
};

struct table_now {
    char name[8];
    int count;                          /* 0: there is no such table */
    struct column_now columns[COLUMNS];
};

static PGconn *pg;

static void look(int number, struct table_now *ret)
{
    char sql[512];
    *ret = (struct table_now){ 0 };
    snprintf(ret->name, sizeof ret->name, "t%d", number);
    snprintf(sql, sizeof sql, "SELECT attname, format_type(atttypid, atttypmod), attgenerated <> '' FROM pg_attribute WHERE attrelid = "
             "to_regclass('%s') AND attnum > 0 AND NOT attisdropped ORDER BY attnum", ret->name);
    PGresult *result = pg_query(pg, sql);
    for (int i = 0; i < PQntuples(result) && i < COLUMNS; i++) {
        struct column_now *column = &ret->columns[ret->count++];
        snprintf(column->name, sizeof column->name, "%s", PQgetvalue(result, i, 0));
        snprintf(column->type, sizeof column->type, "%s", PQgetvalue(result, i, 1));
        column->generated = PQgetvalue(result, i, 2)[0] == 't';
    }
    PQclear(result);
}

static void look_at_any(struct table_now *ret)
{
    for (int i = 0; i < 8; i++) {
        look(random_below(TABLES), ret);
        if (ret->count > 0)
            return;
    }
}

/* --- Statements --- */

static const char *const names[] = { "x", "y", "z", "w", "u", "g", "s", "s" };
static const char *const types[] = { "integer", "integer", "bigint", "text", "text", "boolean", "numeric(8,2)" };
static const char *const actions[] = { "", "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON DELETE SET DEFAULT", " ON UPDATE CASCADE",
                                       " ON DELETE CASCADE ON UPDATE CASCADE", " ON DELETE RESTRICT" };
static const char *const constraint_names[] = { "k1", "k2", "k3", "k4" };

static void put_value(struct buf *out, const char *type, bool null)
{
    int n = random_below(6);
    if (null && chance(15))
        buf_append_string(out, "NULL");
    else if (strcmp(type, "text") == 0 || strncmp(type, "character", 9) == 0)
        buf_printf(out, "'%d'", n);
    else if (strcmp(type, "boolean") == 0)
        buf_append_string(out, n % 2 == 0 ? "true" : "false");
    else if (strcmp(type, "uuid") == 0)
        buf_append_string(out, "gen_random_uuid()");
    else if (strncmp(type, "timestamp", 9) == 0)
        buf_printf(out, "'2001-01-0%d'", 1 + n);
    else
        buf_printf(out, "%d", n);
}

static const struct column_now *any_column(const struct table_now *table)
{
    return &table->columns[table->count > 1 && chance(85) ? 1 + random_below(table->count - 1) : 0];
}

/* Triggers set s to now, which is another one in each: it is in no key, and stays. */
static bool is_stamped(const struct column_now *column)
{
    return strcmp(column->name, "s") == 0;
}

static const struct column_now *key_column_of(const struct table_now *table)
{
    const struct column_now *column = any_column(table);
    return is_stamped(column) ? &table->columns[0] : column;
}

static void put_condition(struct buf *out, const struct table_now *table)
{
    const struct column_now *column = any_column(table);
    static const char *const signs[] = { "=", "<>", "<", ">=" };
    if (chance(20)) {
        buf_printf(out, "%s IS %sNULL", column->name, chance(70) ? "NOT " : "");
        return;
    }
    if (strcmp(column->type, "uuid") == 0) {
        buf_printf(out, "id >= %d", random_below(6));
        return;
    }
    buf_printf(out, "%s %s ", column->name, PICK(signs));
    put_value(out, column->type, false);
    /* PostgreSQL keeps what a literal was taken for when the column's type changes. */
    if (strcmp(column->type, "text") == 0)
        buf_append_string(out, "::text");
}

static void put_reference(struct buf *out)
{
    buf_printf(out, "REFERENCES t%d%s", random_below(TABLES), PICK(actions));
}

static void put_new_column(struct buf *out, const char *name)
{
    const char *type = strcmp(name, "u") == 0 ? "uuid" : strcmp(name, "s") == 0 ? "timestamptz" : PICK(types);
    buf_printf(out, "%s %s", name, type);
    if (strcmp(name, "s") == 0) {
        buf_append_string(out, chance(70) ? " DEFAULT '2001-01-01'" : "");
        return;
    }
    if (strcmp(name, "g") == 0) {
        buf_append_string(out, strcmp(type, "text") == 0 ? " GENERATED ALWAYS AS ('g') STORED" : "");
        return;
    }
    if (chance(strcmp(type, "uuid") == 0 ? 80 : 45)) {
        buf_append_string(out, " DEFAULT ");
        put_value(out, type, false);
    }
    if (chance(8))
        buf_append_string(out, " NOT NULL");
    if (chance(8))
        buf_printf(out, " UNIQUE");
    if (strcmp(type, "integer") == 0 && chance(10)) {
        buf_append_string(out, " ");
        put_reference(out);
    }
    if ((strcmp(type, "integer") == 0 || strcmp(type, "bigint") == 0) && chance(15))
        buf_printf(out, " CHECK (%s < %d)", name, 3 + random_below(3));
}

static void create_table(struct buf *out)
{
    buf_printf(out, "CREATE TABLE %st%d (id integer PRIMARY KEY", chance(85) ? "IF NOT EXISTS " : "", random_below(TABLES));
    for (int i = 0; i < 4; i++)
        if (chance(60)) {
            buf_append_string(out, ", ");
            put_new_column(out, names[i]);
        }
    if (chance(50)) {
        buf_append_string(out, ", ");
        put_new_column(out, "s");
    }
    buf_append_string(out, ")");
}

static void put_constraint(struct buf *out, const struct table_now *table)
{
    buf_printf(out, "ADD CONSTRAINT %s ", PICK(constraint_names));
    switch (random_below(3)) {
    case 0:
        buf_append_string(out, "CHECK (");
        put_condition(out, table);
        buf_append_string(out, ")");
        return;
    case 1: buf_printf(out, "UNIQUE (%s)", key_column_of(table)->name); return;
    default: buf_printf(out, "FOREIGN KEY (%s) ", any_column(table)->name); put_reference(out); return;
    }
}

static void put_type(struct buf *out, const struct column_now *column)
{
    const char *type = strcmp(column->type, "uuid") == 0 ? "uuid" : PICK(types);
    bool alike = strcmp(column->type, "uuid") != 0 && strcmp(type, "boolean") != 0 && strcmp(column->type, "boolean") != 0;
    buf_printf(out, "ALTER COLUMN %s TYPE %s", column->name, type);
    if (!alike || chance(80))
        buf_printf(out, alike ? " USING %s::%s" : " USING NULL", column->name, type);
}

static void alter_table(struct buf *out)
{
    struct table_now table;
    look_at_any(&table);
    if (table.count == 0) {
        create_table(out);
        return;
    }
    int kind = random_below(13);
    const struct column_now *column = kind == 3 || kind == 4 || kind == 9 ? key_column_of(&table) : any_column(&table);
    buf_printf(out, "ALTER TABLE %s ", table.name);
    switch (kind) {
    case 0: case 1: case 2: buf_append_string(out, "ADD COLUMN IF NOT EXISTS "); put_new_column(out, PICK(names)); return;
    case 3: case 4: buf_printf(out, "DROP COLUMN %s%s", column->name, chance(40) ? " CASCADE" : ""); return;
    case 5:
        buf_printf(out, "ALTER COLUMN %s SET DEFAULT ", column->name);
        put_value(out, column->type, false);
        return;
    case 6: buf_printf(out, "ALTER COLUMN %s DROP DEFAULT", column->name); return;
    case 7: buf_printf(out, "ALTER COLUMN %s SET NOT NULL", column->name); return;
    case 8: buf_printf(out, "ALTER COLUMN %s DROP NOT NULL", column->name); return;
    case 9: put_type(out, column); return;
    case 10: buf_printf(out, "DROP CONSTRAINT IF EXISTS %s%s", PICK(constraint_names), chance(40) ? " CASCADE" : ""); return;
    default: put_constraint(out, &table); return;
    }
}

static void create_index(struct buf *out)
{
    struct table_now table;
    look_at_any(&table);
    if (table.count == 0) {
        create_table(out);
        return;
    }
    bool unique = chance(30);
    buf_printf(out, "CREATE %sINDEX IF NOT EXISTS i%d ON %s (%s)", unique ? "UNIQUE " : "", random_below(4), table.name,
               (unique ? key_column_of(&table) : any_column(&table))->name);
    if (chance(30)) {
        buf_append_string(out, " WHERE ");
        put_condition(out, &table);
    }
}

static void insert(struct buf *out, const struct table_now *table)
{
    const struct column_now *columns[COLUMNS];
    int count = 0, rows = 1 + random_below(3);
    for (int i = 0; i < table->count; i++)
        if (!table->columns[i].generated && (i == 0 || chance(65)))
            columns[count++] = &table->columns[i];
    buf_printf(out, "INSERT INTO %s (", table->name);
    for (int i = 0; i < count; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", columns[i]->name);
    buf_append_string(out, ") VALUES ");
    for (int r = 0; r < rows; r++) {
        buf_printf(out, "%s(%d", r > 0 ? ", " : "", random_below(12));
        for (int i = 1; i < count; i++) {
            buf_append_string(out, ", ");
            if (chance(15))
                buf_append_string(out, "DEFAULT");
            else
                put_value(out, columns[i]->type, true);
        }
        buf_append_string(out, ")");
    }
    if (chance(65))
        buf_append_string(out, " ON CONFLICT DO NOTHING");
}

static void update(struct buf *out, const struct table_now *table)
{
    const struct column_now *to = any_column(table);
    buf_printf(out, "UPDATE %s SET %s = ", table->name, to->name);
    if (chance(15))
        buf_append_string(out, "DEFAULT");
    else
        put_value(out, to->type, true);
    buf_append_string(out, " WHERE ");
    put_condition(out, table);
}

static void write_rows(struct buf *out)
{
    struct table_now table;
    look_at_any(&table);
    if (table.count == 0) {
        create_table(out);
    } else if (chance(55)) {
        insert(out, &table);
    } else if (chance(70)) {
        update(out, &table);
    } else {
        buf_printf(out, "DELETE FROM %s WHERE ", table.name);
        put_condition(out, &table);
    }
}

/* A trigger of a table that has the column which its function sets. */
static void create_trigger(struct buf *out)
{
    static const char *const events[] = { "INSERT", "UPDATE", "INSERT OR UPDATE" };
    struct table_now table;
    look_at_any(&table);
    for (int i = 0; i < table.count; i++)
        if (is_stamped(&table.columns[i])) {
            if (chance(20))
                buf_printf(out, "DROP TRIGGER IF EXISTS g%d ON %s", random_below(2), table.name);
            else
                buf_printf(out, "CREATE OR REPLACE TRIGGER g%d BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION stamp()", random_below(2), PICK(events), table.name);
            return;
        }
    create_table(out);
}

static void put_statement(struct buf *out)
{
    int kind = random_below(22);
    if (kind < 3)
        create_table(out);
    else if (kind < 9)
        alter_table(out);
    else if (kind < 11)
        create_index(out);
    else if (kind == 11)
        buf_printf(out, "DROP INDEX IF EXISTS i%d", random_below(4));
    else if (kind == 12)
        buf_printf(out, "DROP TABLE IF EXISTS t%d%s", random_below(TABLES), chance(60) ? " CASCADE" : "");
    else if (kind < 20)
        write_rows(out);
    else
        create_trigger(out);
}

/* --- Rowhouse, without a server --- */

/* Everything that the image holds, but how far it has come. */
static struct buf dump(void)
{
    struct buf out = { 0 };
    MDB_cursor *cursor;
    MDB_val key, value;
    must(view_begin(store, &view, &error));
    int code = mdb_cursor_open(view.txn, store->image.dbi, &cursor);
    assert(code == 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        struct slice bytes = slice_of(key.mv_data, key.mv_size);
        if (key_tenant(bytes) == TENANT_SYSTEM && key_relation(bytes) == RELATION_META)
            continue;
        mp_put_bin(&out, bytes);
        mp_put_bin(&out, slice_of(value.mv_data, value.mv_size));
    }
    mdb_cursor_close(cursor);
    view_end(&view);
    return out;
}

static void report(void *env, const char *table, const char *finding)
{
    printf("%s: %s\n", table, finding);
    (*(long *)env)++;
}

static long failures, stamps;

static void restart_from_the_log(void)
{
    uint64_t rows;
    struct buf before = dump();
    must(store_close(store, &error));
    bare_shell("rm -f '%s'/snapshots/*.snap");
    bare_open();
    assert(strcmp(store_recovery(store)->image, "new") == 0);
    struct buf after = dump();
    if (!slice_equal(buf_slice(&before), buf_slice(&after))) {
        printf("what replay makes of the log is not what ran\n");
        failures++;
    }
    must(view_begin(store, &view, &error));
    must(store_verify(&view, &(struct verify_hooks){ .report = report, .env = &failures }, &rows, &error));
    view_end(&view);
    buf_done(&before);
    buf_done(&after);
}

/* --- Both --- */

struct outcome {
    char code[6];                       /* "00000" */
    int line;                           /* of the statement that failed */
};

/* Makes a file while PostgreSQL runs it; a statement a line. */
static struct outcome make_file(struct buf *file)
{
    struct outcome theirs = { "00000", 0 };
    int count = 1 + random_below(STATEMENTS_MAX);
    PQclear(pg_query(pg, "BEGIN"));
    for (int i = 1; i <= count && theirs.line == 0; i++) {
        struct buf sql = { 0 };
        put_statement(&sql);
        buf_printf(file, "%s;\n", buf_text(&sql));
        PGresult *result = PQexec(pg, buf_text(&sql));
        const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        if (code != NULL) {
            theirs.line = i;
            snprintf(theirs.code, sizeof theirs.code, "%s", code);
        }
        PQclear(result);
        buf_done(&sql);
    }
    return theirs;
}

static struct outcome migrate(const char *name, struct slice text)
{
    struct outcome ours = { "00000", 0 };
    if (bare_migrate(name, text) < 0) {
        snprintf(ours.code, sizeof ours.code, "%s", sqlstate_code(error.state));
        ours.line = atoi(strstr(error.message, ".sql:") + 5);
    }
    return ours;
}

static void begin_both(const char *sql)
{
    PQclear(pg_query(pg, "SET timezone TO 'UTC'"));
    PQclear(pg_query(pg, sql));
    struct outcome ours = migrate("000000.sql", slice_of_string(sql));
    assert(strcmp(ours.code, "00000") == 0);
}

/* A statement may have several faults of its form (class 42); which of them is told first may differ. */
static bool same_outcome(const struct outcome *theirs, const struct outcome *ours)
{
    bool forms = strncmp(theirs->code, "42", 2) == 0 && strncmp(ours->code, "42", 2) == 0;
    return theirs->line == ours->line && (forms || strcmp(theirs->code, ours->code) == 0);
}

static void differ(const char *what, const char *file, const char *theirs, const char *ours)
{
    failures++;
    printf("%s\n%s    PostgreSQL: %s\n    Rowhouse:   %s\n", what, file, theirs, ours);
}

/* Rows as both sides have them: of all columns but u, which is random, and s; or `stamped`, the keys of those whose s was set to now. */
static void compare_rows(const struct table_now *now, bool stamped, const char *file)
{
    struct buf sql = { 0 }, params = { 0 }, out = { 0 }, text = { 0 };
    buf_append_string(&sql, "SELECT coalesce(jsonb_agg(x ORDER BY x), '[]') FROM (SELECT jsonb_build_array(");
    buf_printf(&params, "[\"%s\", {\"limit\": 1000%s, \"columns\": [", now->name, stamped ? ", \"where\": [\">\", \"s\", \"2010-01-01\"]" : "");
    for (int i = 0; i < (stamped ? 1 : now->count); i++) {
        if (strcmp(now->columns[i].type, "uuid") == 0 || is_stamped(&now->columns[i]))
            continue;
        buf_printf(&sql, "%s%s", i == 0 ? "" : ", ", now->columns[i].name);
        buf_printf(&params, "%s\"%s\"", i == 0 ? "" : ", ", now->columns[i].name);
    }
    buf_printf(&sql, ") AS x FROM %s%s) AS t", now->name, stamped ? " WHERE s > '2010-01-01'" : "");
    buf_append_string(&params, "]}]");
    char *theirs = pg_value(pg, buf_text(&sql));
    must(bare_call(scan_method, buf_text(&params), &out));
    bare_rows(&out, &text);
    if (strcmp(theirs, buf_text(&text)) != 0)
        differ(stamped ? "set to now" : now->name, file, theirs, buf_text(&text));
    stamps += stamped && strcmp(theirs, "[]") != 0;
    free(theirs);
    buf_done(&sql);
    buf_done(&params);
    buf_done(&out);
    buf_done(&text);
}

static void compare_table(int number, const char *file)
{
    struct table_now now;
    look(number, &now);
    must(view_begin(store, &view, &error));
    bare_request();
    rq.changes = NULL;
    const struct table *table = catalog_table(view.catalog, slice_of_string(now.name));
    if ((table != NULL) != (now.count > 0))
        differ(now.name, file, now.count > 0 ? "is there" : "is not there", table != NULL ? "is there" : "is not there");
    else if (table != NULL)
        compare_rows(&now, false, file);
    for (int i = 0; table != NULL && i < now.count; i++)
        if (is_stamped(&now.columns[i]))
            compare_rows(&now, true, file);
    view_end(&view);
}

static void quiet(void *env, const char *message)
{
}

int main(int argc, char **argv)
{
    long files = argc > 2 ? atol(argv[2]) : 150, applied = 0, unsupported = 0, statements = 0;
    struct pg *server = pg_start();
    pg = pg_connect(server);
    PQsetNoticeProcessor(pg, quiet, NULL);
    chance_seed(argc > 1 ? argv[1] : "20251101");
    bare_start();
    begin_both("CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.s = now(); RETURN NEW; END $$;");
    for (long i = 0; i < files && failures < 5; i++) {
        struct buf file = { 0 };
        char name[32];
        snprintf(name, sizeof name, "%06ld.sql", i + 1);
        struct outcome theirs = make_file(&file), ours = migrate(name, buf_slice(&file));
        bool both = theirs.line == 0 && ours.line == 0;
        if (strcmp(ours.code, "0A000") == 0) {
            unsupported++;
        } else if (!same_outcome(&theirs, &ours)) {
            char a[64], b[1200];
            snprintf(a, sizeof a, "%s in line %d", theirs.code, theirs.line);
            snprintf(b, sizeof b, "%s in line %d: %s", ours.code, ours.line, ours.line > 0 ? error.message : "");
            differ(name, buf_text(&file), a, b);
            both = false;
        }
        if (both)
            for (const char *c = buf_text(&file); *c != '\0'; c++)
                statements += *c == '\n';
        PQclear(pg_query(pg, both ? "COMMIT" : "ROLLBACK"));
        applied += both;
        for (int t = 0; t < TABLES; t++)
            compare_table(t, buf_text(&file));
        if (i % FILES_OF_A_LOG == FILES_OF_A_LOG - 1)
            restart_from_the_log();
        buf_done(&file);
    }
    restart_from_the_log();
    bare_stop();
    PQfinish(pg);
    pg_stop(server);
    printf("%ld files: %ld applied with %ld statements, %ld not supported, %ld times rows set to now, %ld differences\n", files, applied, statements, unsupported,
           stamps, failures);
    return failures > 0 || applied < files / 5 || stamps < files / 10;
}
