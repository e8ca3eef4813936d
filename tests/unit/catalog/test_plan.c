/* Planning goes on behind what is refused: everything that is refused is told, what it pulls down stands under it, and what is left is the
 * catalog of the statements that are honoured. */
#include "folding.h"

#include "../../lib/chance.h"

#include "catalog/plan.h"

static void planned(struct plan *plan, const char *name, const char *sql)
{
    plan_file(plan, name, slice_of_string(sql));
}

static const struct refusal *refusal_at(const struct plan *plan, const char *file, int line)
{
    for (int i = 0; i < plan->refusal_count; i++)
        if (strcmp(plan->refusals[i].file, file) == 0 && plan->refusals[i].line == line)
            return &plan->refusals[i];
    cr_assert(false, "nothing is refused at %s:%d", file, line);
    return NULL;
}

static void refused(const struct plan *plan, const char *file, int line, const char *code, const char *kind)
{
    const struct refusal *refusal = refusal_at(plan, file, line);
    cr_expect(eq(str, (char *)sqlstate_code(refusal->error.state), (char *)code), "%s:%d: %s", file, line, refusal->error.message);
    cr_expect(eq(str, (char *)refusal->kind, (char *)kind));
    cr_expect(eq(int, refusal->cause, -1), "%s:%d: %s", file, line, refusal->error.message);
}

static void pulled_down(const struct plan *plan, const char *file, int line, const char *by_file, int by_line)
{
    const struct refusal *refusal = refusal_at(plan, file, line);
    cr_assert(refusal->cause >= 0, "%s:%d: %s", file, line, refusal->error.message);
    cr_expect(refusal_at(plan, by_file, by_line) == &plan->refusals[refusal->cause], "%s:%d: %s", file, line, refusal->error.message);
}

Test(plan, tells_all_refusals_of_a_folder)
{
    struct plan plan;
    plan_init(&plan, folded("", NULL));
    planned(&plan, "1.sql", "CREATE TABLE docs (id int PRIMARY KEY, v ltree);\n"
                            "CREATE TABLE tags (a int);\n"
                            "CREATE INDEX ON tags (a);\n"
                            "CREATE TABLE;\n"
                            "CREATE OR REPLACE FUNCTION is_member(o uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';\n"
                            "CREATE POLICY p ON contacts USING (is_member(organization_id));\n"
                            "CREATE TABLE fine (id int PRIMARY KEY);\n"
                            "ALTER TABLE fine ADD COLUMN slug ltree;\n"
                            "CREATE UNIQUE INDEX one ON fine ((id + 1));\n");
    planned(&plan, "2.sql", "ALTER TABLE docs ADD COLUMN title text;\n"
                            "CREATE VIEW v AS SELECT * FROM docs;\n"
                            "CREATE VIEW w AS SELECT * FROM v;\n"
                            "CREATE TRIGGER t BEFORE UPDATE ON contacts FOR EACH ROW EXECUTE FUNCTION is_member();\n"
                            "UPDATE fine SET slug = 'x';\n"
                            "DROP INDEX one;\n"
                            "UPDATE fine SET id = 1;\n"
                            "ALTER TABLE nowhere ADD COLUMN x int;\n");
    planned(&plan, "3.sql", "INSERT INTO tags VALUES (1);\n");
    planned(&plan, "4.sql", "CREATE TABLE more (id int PRIMARY KEY);\n");
    refused(&plan, "1.sql", 1, "42704", "CREATE TABLE");
    refused(&plan, "1.sql", 2, "0A000", "CREATE TABLE");
    refused(&plan, "1.sql", 4, "42601", "CREATE TABLE");
    refused(&plan, "1.sql", 5, "0A000", "CREATE FUNCTION");
    refused(&plan, "1.sql", 8, "42704", "ALTER TABLE");
    refused(&plan, "1.sql", 9, "0A000", "CREATE INDEX");
    refused(&plan, "2.sql", 8, "42P01", "ALTER TABLE");
    pulled_down(&plan, "1.sql", 3, "1.sql", 2);
    pulled_down(&plan, "1.sql", 6, "1.sql", 5);
    pulled_down(&plan, "2.sql", 1, "1.sql", 1);
    pulled_down(&plan, "2.sql", 2, "1.sql", 1);
    pulled_down(&plan, "2.sql", 3, "1.sql", 1);
    pulled_down(&plan, "2.sql", 4, "1.sql", 5);
    pulled_down(&plan, "2.sql", 5, "1.sql", 8);
    pulled_down(&plan, "2.sql", 6, "1.sql", 9);
    pulled_down(&plan, "3.sql", 1, "1.sql", 2);
    cr_expect(eq(int, plan.refusal_count, 16));
    cr_expect(eq(int, plan.files[1].refused, 1));
    cr_expect(eq(int, plan.files[1].pulled_down, 6));
    cr_expect(eq(int, plan.files[3].refused + plan.files[3].pulled_down, 0));
    cr_expect(catalog_table(plan.catalog, SLICE_LITERAL("more")) != NULL);
    cr_expect(catalog_table(plan.catalog, SLICE_LITERAL("tags")) == NULL);
    plan_done(&plan);
}

Test(plan, a_file_may_be_refused_as_a_whole)
{
    struct error error;
    struct plan plan;
    plan_init(&plan, folded("", NULL));
    fail(&error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "edited");
    plan_refuse_file(&plan, "1.sql", &error);
    planned(&plan, "1.sql", "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int);");
    planned(&plan, "2.sql", "CREATE TABLE c (id int PRIMARY KEY); SELECT 'unfinished");
    cr_expect(eq(int, plan.file_count, 2));
    cr_expect(eq(int, plan.files[0].refused, 2));
    cr_expect(eq(int, plan.files[1].refused, 1));
    cr_expect(eq(int, plan.refusal_count, 3));
    plan_done(&plan);
}

/* --- What is left --- */

/* T, U: a table; C, D: a column; N: a name; each at random. Some are refused wherever they stand, half way through their work. */
static const char *const forms[] = {
    "CREATE TABLE IF NOT EXISTS T (id int PRIMARY KEY, C int, z text DEFAULT 'q')", "CREATE TABLE T (id bigserial PRIMARY KEY, C text UNIQUE)",
    "CREATE TABLE T (C int, N text)", "CREATE TABLE T (id int PRIMARY KEY, C int REFERENCES U, y ltree)",
    "CREATE TABLE T (id serial PRIMARY KEY, C int UNIQUE, CHECK (C > 0), CONSTRAINT N FOREIGN KEY (C) REFERENCES U ON DELETE CASCADE)",
    "ALTER TABLE T ADD PRIMARY KEY (C)", "ALTER TABLE T ADD COLUMN C int DEFAULT 7 CHECK (C < 9)", "ALTER TABLE T ADD COLUMN C int, ADD COLUMN D ltree",
    "ALTER TABLE T DROP COLUMN C", "ALTER TABLE T DROP COLUMN C CASCADE", "ALTER TABLE T ALTER COLUMN C TYPE bigint",
    "ALTER TABLE T ALTER COLUMN C TYPE text", "ALTER TABLE T ADD CONSTRAINT N UNIQUE (C), ADD CONSTRAINT N CHECK (D > 0)",
    "ALTER TABLE T ADD CONSTRAINT N FOREIGN KEY (C) REFERENCES U", "ALTER TABLE T DROP CONSTRAINT N", "CREATE INDEX N ON T (C, D)",
    "CREATE UNIQUE INDEX ON T (C) WHERE D > 1", "CREATE INDEX ON T ((C + 1))", "DROP INDEX N", "DROP TABLE T", "DROP TABLE IF EXISTS T, U CASCADE",
    "CREATE VIEW N AS SELECT C, D FROM T", "CREATE OR REPLACE VIEW N AS SELECT * FROM T", "DROP VIEW N CASCADE", "CREATE TYPE N AS ENUM ('a', 'b')",
    "CREATE POLICY N ON T USING (C = 1)", "CREATE POLICY N ON T USING (EXISTS (SELECT 1 FROM U WHERE D = 1))", "DROP POLICY N ON T",
    "CREATE FUNCTION N() RETURNS int LANGUAGE sql AS 'SELECT 1'", "COMMENT ON COLUMN T.C IS 'words'", "INSERT INTO T (C) VALUES (1)",
    "ALTER TABLE T ENABLE ROW LEVEL SECURITY", "ALTER INDEX N RENAME TO N", "CREATE TABLE", "VACUUM T",
};

static void put_form(struct buf *out)
{
    static const char *const tables[] = { "a", "b", "c" }, *const columns[] = { "x", "y", "w" }, *const names[] = { "n1", "n2", "n3" };
    const char *word = PICK(forms);
    for (const char *c = word; *c != '\0'; c++) {
        bool lone = (c == word || c[-1] == ' ' || c[-1] == '(' || c[-1] == '.') && !(c[1] >= 'A' && c[1] <= 'Z');
        if (lone && (*c == 'T' || *c == 'U'))
            buf_append_string(out, PICK(tables));
        else if (lone && (*c == 'C' || *c == 'D'))
            buf_append_string(out, PICK(columns));
        else if (lone && *c == 'N')
            buf_append_string(out, PICK(names));
        else
            buf_append_byte(out, (uint8_t)*c);
    }
    buf_append_string(out, ";\n");
}

/* --- All reasons of a statement --- */

/* Pieces of CREATE TABLE and of ALTER TABLE, with %d for a number: those that are refused, and as many that are not. */
static const struct { const char *create, *alter; bool refused; } piece_forms[] = {
    { "c%d xml", "ADD COLUMN c%d xml", true }, { "c%d int DEFAULT missing%d()", "ADD COLUMN c%d int DEFAULT missing%d()", true },
    { "c%d int REFERENCES nowhere%d", "ADD CONSTRAINT k%d FOREIGN KEY (x) REFERENCES nowhere%d", true }, { "CHECK (missing%d > 0)", "DROP COLUMN missing%d", true },
    { "FOREIGN KEY (x) REFERENCES nowhere%d", "ALTER COLUMN c%d TYPE xml", true }, { "CHECK (x ~ 'y%d')", "ADD CHECK (x ~ 'y%d')", true },
    { "c%d int CHECK (c%d > 0)", "ADD COLUMN c%d int CHECK (c%d > 0)", false }, { "CONSTRAINT u%d UNIQUE (z, x)", "ADD CONSTRAINT u%d UNIQUE (x)", false },
    { "c%d text DEFAULT 'a' NOT NULL", "ALTER COLUMN x SET DEFAULT 'a%d'", false }, { "CHECK (z <> %d)", "ADD CHECK (z <> %d)", false },
};
#define PIECE_FORMS (int)(sizeof piece_forms / sizeof *piece_forms)

static int put_pieces(struct buf *out, bool create)
{
    int count = 0, first = create ? 0 : 1;
    for (int i = 0, pieces = 1 + random_below(12); i < pieces; i++) {
        int which = random_below(PIECE_FORMS);
        buf_append_string(out, i > 0 || create ? ", " : " ");
        for (const char *c = create ? piece_forms[which].create : piece_forms[which].alter; *c != '\0'; c++) {
            if (c[0] == '%') {
                buf_printf(out, "%d", i + first);
                c++;
            } else {
                buf_append_byte(out, (uint8_t)*c);
            }
        }
        count += piece_forms[which].refused;
    }
    return count;
}

/* Each piece that is refused is a reason, once and in any order of them, and nothing else is. */
Test(plan, tells_all_reasons_of_a_statement)
{
    chance_seed(getenv("SEED"));
    for (int round = 0; round < 300; round++) {
        struct plan plan;
        struct buf sql = { 0 };
        bool create = round % 2 == 0;
        buf_append_string(&sql, create ? "CREATE TABLE t (id int PRIMARY KEY, x text, z int" : "CREATE TABLE t (id int PRIMARY KEY, x text, z int);\nALTER TABLE t");
        int count = put_pieces(&sql, create);
        buf_append_string(&sql, create ? ");" : ";");
        plan_init(&plan, folded("", NULL));
        planned(&plan, "1.sql", buf_text(&sql));
        int told = plan.refusal_count == 0 ? 0 : 1 + plan.refusals[0].also_count;
        cr_assert(eq(int, plan.refusal_count, count > 0), "%s", buf_text(&sql));
        cr_assert(eq(int, told, count), "%s\n%s", buf_text(&sql), told > 1 ? plan.refusals[0].also[told - 2].message : "");
        plan_done(&plan);
        buf_done(&sql);
    }
}

Test(plan, tells_clauses_and_lists)
{
    struct plan plan;
    plan_init(&plan, folded("", NULL));
    planned(&plan, "1.sql", "CREATE TABLE a (id int PRIMARY KEY, x xml, y xml) INHERITS (b) TABLESPACE c;\n"
                            "CREATE UNLOGGED TABLE b (id int PRIMARY KEY);\n"
                            "DROP TABLE no1, b, no2;\n"
                            "CREATE TABLE c (id int PRIMARY KEY, a_id int REFERENCES a, x xml);\n"
                            "CREATE TABLE d (x xml PRIMARY KEY, y int REFERENCES d);\n"
                            "CREATE TABLE e (id int PRIMARY KEY, x xml, UNIQUE (x), CHECK (x > 1));\n");
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 1)->also_count, 3));
    cr_expect(eq(str, (char *)refusal_at(&plan, "1.sql", 1)->error.message, "column \"x\": type \"xml\" is not supported"));
    cr_expect(eq(str, (char *)refusal_at(&plan, "1.sql", 1)->also[0].message, "column \"y\": type \"xml\" is not supported"));
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 2)->also_count, 0));
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 3)->also_count, 1));
    refused(&plan, "1.sql", 4, "0A000", "CREATE TABLE");
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 4)->also_count, 0), "a reference to what is refused is no reason of its own");
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 5)->also_count, 0), "nor is one to the key that is left out");
    cr_expect(eq(int, refusal_at(&plan, "1.sql", 6)->also_count, 0), "nor what reads the column that is left out");
    plan_done(&plan);
}

/* The file without the lines that the plan refuses: a statement is a line. */
static void put_honoured(const struct plan *plan, const char *name, const char *text, struct buf *out)
{
    int line = 1;
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1, line++) {
        bool honoured = true;
        for (int i = 0; i < plan->refusal_count; i++)
            honoured = honoured && !(strcmp(plan->refusals[i].file, name) == 0 && plan->refusals[i].line == line);
        buf_append(out, honoured ? text : "\n", honoured ? (size_t)(end + 1 - text) : 1);
    }
}

/* But for the line that counts migrations: a plan records none. */
static void print_all(const struct catalog *catalog, struct buf *out)
{
    struct buf printed = { 0 };
    catalog_print(catalog, NULL, &printed);
    buf_append_string(out, strchr(buf_text(&printed), '\n'));
    buf_done(&printed);
    catalog_ddl_before(catalog, DDL_POSTGRESQL, out);
    catalog_ddl_after(catalog, DDL_POSTGRESQL, out);
}

static int one_round(void)
{
    struct catalog *honoured = catalog_new();
    struct effects effects;
    struct error error;
    struct plan plan;
    struct buf left = { 0 }, wanted = { 0 };
    plan_init(&plan, catalog_new());
    for (int i = 0; i < 4; i++) {
        struct buf file = { 0 }, rest = { 0 };
        char name[16];
        snprintf(name, sizeof name, "%d.sql", i);
        for (int k = 0; k < 30; k++)
            put_form(&file);
        planned(&plan, name, buf_text(&file));
        put_honoured(&plan, name, buf_text(&file), &rest);
        cr_assert(eq(int, catalog_apply(honoured, name, buf_slice(&rest), 0, &effects, &error), 0), "%s\n%s", error.message, buf_text(&rest));
        buf_done(&file);
        buf_done(&rest);
    }
    print_all(plan.catalog, &left);
    print_all(honoured, &wanted);
    cr_assert(eq(str, (char *)buf_text(&left), (char *)buf_text(&wanted)));
    int tables = plan.catalog->table_count;
    plan_done(&plan);
    catalog_free(honoured);
    buf_done(&left);
    buf_done(&wanted);
    return tables;
}

Test(plan, what_is_left_is_what_is_honoured, .timeout = 60)
{
    int tables = 0;
    chance_seed(getenv("SEED"));
    fflush(stdout);
    for (int i = 0; i < 40; i++)
        tables += one_round();
    cr_expect(gt(int, tables, 20));
}
