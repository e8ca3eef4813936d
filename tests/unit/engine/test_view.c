/* Views and sub-selects of FROM: what is read through them, by whom, and on which way. The judge is the same statement without
 * them; PostgreSQL is asked by the differential test. */
#include "calls.h"

static const char schema[] =
    CALLS_SCHEMA
    "CREATE VIEW named AS SELECT id, name, age, age * 2 AS twice FROM people WHERE name <> 'Dan';\n"
    "CREATE VIEW talks AS SELECT c.id, p.name, c.minutes, coalesce(c.minutes, 0) AS length FROM calls c JOIN people p ON p.id = c.person_id;\n"
    "CREATE VIEW long_talks AS SELECT t.* FROM talks t WHERE t.minutes > 6;\n"
    "CREATE VIEW people_calls AS SELECT p.id AS person, p.name, c.minutes FROM people p LEFT JOIN calls c ON c.person_id = p.id;\n"
    "CREATE VIEW totals AS SELECT person_id, count(*) AS calls, sum(minutes) AS minutes FROM calls WHERE person_id IS NOT NULL GROUP BY person_id;\n"
    "CREATE VIEW everything AS SELECT count(*) AS n, sum(minutes) AS minutes FROM calls;\n"
    "CREATE VIEW newest (call, minutes) AS SELECT id, minutes FROM calls ORDER BY id DESC LIMIT 2;\n"
    "CREATE VIEW ages AS SELECT DISTINCT age FROM people;\n"
    "CREATE VIEW dice AS SELECT id, random() AS r FROM people;\n";

static void open_world(void)
{
    open_calls(schema);
}

TestSuite(view, .init = open_world, .fini = close_calls);

/* Both statements, of the member of A and of the service, give the same. */
static void same_rows(const char *through, const char *without)
{
    struct principal *const callers[] = { &w->service, &member };
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        w->who = callers[i];
        SUCCEED(world_call(w, run, "[\"%s\"]", without));
        char *want = strdup(part("rows"));
        SUCCEED(world_call(w, run, "[\"%s\"]", through));
        cr_expect_str_eq(part("rows"), want, "%s\n%s", through, without);
        free(want);
    }
    w->who = &w->service;
}

Test(view, is_read_like_its_text)
{
    same_rows("SELECT * FROM named", "SELECT id, name, age, age * 2 FROM people WHERE name <> 'Dan'");
    same_rows("SELECT n.twice + 1 FROM named n WHERE twice = 72 OR n.id = 3 ORDER BY id DESC",
              "SELECT age * 2 + 1 FROM people WHERE name <> 'Dan' AND (age * 2 = 72 OR id = 3) ORDER BY id DESC");
    same_rows("SELECT * FROM talks ORDER BY length", "SELECT c.id, p.name, c.minutes, c.minutes FROM calls c JOIN people p ON p.id = c.person_id ORDER BY c.minutes");
    same_rows("SELECT name, id FROM long_talks ORDER BY 2", "SELECT p.name, c.id FROM calls c JOIN people p ON p.id = c.person_id WHERE minutes > 6 ORDER BY c.id");
    same_rows("SELECT twice, count(*) FROM named GROUP BY twice HAVING count(*) > 0 ORDER BY twice",
              "SELECT age * 2, count(*) FROM people WHERE name <> 'Dan' GROUP BY age * 2 ORDER BY 1");
    same_rows("SELECT max(twice), count(DISTINCT n.age) FILTER (WHERE n.twice > 1) FROM named n",
              "SELECT max(age * 2), count(DISTINCT age) FROM people WHERE name <> 'Dan'");
    same_rows("SELECT name, minutes FROM people_calls WHERE minutes IS NULL OR minutes > 6 ORDER BY person, minutes",
              "SELECT p.name, c.minutes FROM people p LEFT JOIN calls c ON c.person_id = p.id WHERE c.minutes IS NULL OR c.minutes > 6 ORDER BY p.id, c.minutes");
}

Test(view, is_joined)
{
    same_rows("SELECT c.id, n.twice FROM calls c JOIN named n ON n.id = c.person_id ORDER BY 1",
              "SELECT c.id, n.age * 2 FROM calls c JOIN people n ON n.id = c.person_id WHERE n.name <> 'Dan' ORDER BY 1");
    same_rows("SELECT a.id, b.id FROM named a JOIN named b ON b.id = a.id ORDER BY 1", "SELECT id, id FROM people WHERE name <> 'Dan' ORDER BY 1");
    same_rows("SELECT p.id, t.length FROM people p LEFT JOIN talks t ON t.name = p.name ORDER BY p.id, t.length",
              "SELECT p.id, c.minutes FROM people p LEFT JOIN calls c ON c.person_id = p.id ORDER BY p.id, c.minutes");
    same_rows("SELECT c.id, n.name FROM calls c LEFT JOIN (SELECT id, name FROM named) n ON n.id = c.person_id AND c.id <> 3 ORDER BY 1",
              "SELECT c.id, n.name FROM calls c LEFT JOIN people n ON n.id = c.person_id AND c.id <> 3 AND n.name <> 'Dan' ORDER BY 1");
    /* An expression is not NULL by itself where there is no match: such a view is not pulled up. */
    same_rows("SELECT c.id, n.one FROM calls c LEFT JOIN (SELECT id, 1 AS one FROM people WHERE age = 36) n ON n.id = c.person_id ORDER BY 1",
              "SELECT c.id, CASE WHEN n.id IS NOT NULL THEN 1 END FROM calls c LEFT JOIN people n ON n.id = c.person_id AND n.age = 36 ORDER BY 1");
    same_rows("SELECT p.name, t.calls FROM people p LEFT JOIN totals t ON t.person_id = p.id ORDER BY p.id",
              "SELECT p.name, nullif(count(c.id), 0) FROM people p LEFT JOIN calls c ON c.person_id = p.id GROUP BY p.id ORDER BY p.id");
    same_rows("SELECT p.name, t.minutes FROM totals t JOIN people p ON p.id = t.person_id WHERE t.calls > 0 ORDER BY 1",
              "SELECT p.name, sum(c.minutes) FROM people p JOIN calls c ON c.person_id = p.id GROUP BY p.id ORDER BY 1");
    ROWS("[[5, 1], [5, 2], [5, 3]]", "[\"SELECT a.n, b.person_id FROM everything a, totals b ORDER BY 2\"]");
}

Test(view, is_evaluated_on_its_own)
{
    same_rows("SELECT * FROM newest", "SELECT id, minutes FROM calls ORDER BY id DESC LIMIT 2");
    ROWS("[[4, 11]]", "[\"SELECT * FROM newest WHERE minutes < 13\"]");          /* of the newest two, not the newest two below 13 */
    same_rows("SELECT age + 1 FROM ages WHERE age > 30 ORDER BY 1", "SELECT DISTINCT age + 1 FROM people WHERE age > 30 ORDER BY 1");
    same_rows("SELECT n FROM everything WHERE minutes > 1000", "SELECT id FROM people WHERE false");
    same_rows("SELECT calls FROM totals WHERE person_id = 1 AND minutes > 1", "SELECT count(*) FROM calls WHERE person_id = 1 GROUP BY person_id");
    same_rows("SELECT s.n + 1 FROM (SELECT count(*) AS n FROM named) s", "SELECT count(*) + 1 FROM people WHERE name <> 'Dan'");
    same_rows("SELECT count(*) FROM dice WHERE r = r", "SELECT count(*) FROM people");
}

Test(view, stands_in_sub_selects)
{
    same_rows("SELECT id FROM calls c WHERE EXISTS (SELECT FROM named n WHERE n.id = c.person_id AND n.twice = 72) ORDER BY 1",
              "SELECT id FROM calls c WHERE EXISTS (SELECT FROM people n WHERE n.id = c.person_id AND n.age = 36 AND n.name <> 'Dan') ORDER BY 1");
    same_rows("SELECT (SELECT max_.twice FROM named max_ WHERE max_.id = t.id) FROM named t ORDER BY t.id",
              "SELECT age * 2 FROM people WHERE name <> 'Dan' ORDER BY id");
    same_rows("SELECT id FROM named n WHERE n.id IN (SELECT person_id FROM calls WHERE minutes > n.twice / 15) ORDER BY 1",
              "SELECT id FROM people n WHERE name <> 'Dan' AND n.id IN (SELECT person_id FROM calls WHERE minutes > n.age * 2 / 15) ORDER BY 1");
}

Test(view, shows_a_member_his_house)
{
    w->who = &member;
    ROWS("[[1], [2]]", "[\"SELECT id FROM named ORDER BY 1\"]");
    ROWS("[[1, \"Ada\", 5, 5], [3, \"Bob\", 9, 9]]", "[\"SELECT * FROM talks ORDER BY 1\"]");
    ROWS("[[1, 1, 5], [2, 1, 9]]", "[\"SELECT * FROM totals ORDER BY 1\"]");
    ROWS("[[3, 27]]", "[\"SELECT * FROM everything\"]");
    ROWS("[]", "[\"SELECT * FROM totals WHERE person_id = 3\"]");
    w->who = &w->service;
    ROWS("[[5, 45]]", "[\"SELECT * FROM everything\"]");
}

/* A condition of whom reads a view is not asked of rows that the view leaves out. */
Test(view, asks_its_conditions_first)
{
    same_rows("SELECT c.id, n.age FROM calls c LEFT JOIN (SELECT id, age FROM people WHERE age <> 50) n ON n.id = c.person_id AND 1 / (n.age - 50) = 0 ORDER BY 1",
              "SELECT c.id, n.age FROM calls c LEFT JOIN people n ON n.id = c.person_id AND n.age < 49 ORDER BY 1");
    same_rows("SELECT age FROM (SELECT age FROM people GROUP BY age HAVING age <> 50) g WHERE 1 / (age - 50) = 0",
              "SELECT age FROM people WHERE age < 49 GROUP BY age");
    same_rows("SELECT age, max(1 / (age - 50)) FROM people GROUP BY age HAVING age <> 50 AND count(*) > 0",
              "SELECT age, 0 FROM people WHERE age < 49 GROUP BY age");
}

/* Nor of rows that a policy or a wall hides: 7 minutes are of a secret call, 11 and person 3 of another house. */
Test(view, shows_no_hidden_row_in_an_error)
{
    w->who = &member;
    ROWS("[[1], [3]]", "[\"SELECT id FROM talks WHERE 1 / (minutes - 7) < 5 AND 1 / (length - 11) < 5 ORDER BY id\"]");
    ROWS("[[1], [2]]", "[\"SELECT person_id FROM totals WHERE 1 / (person_id - 3) < 5 AND 1 / (minutes - 12) < 5 ORDER BY 1\"]");
    ROWS("[[1], [2], [4]]", "[\"SELECT p.id FROM people p LEFT JOIN (SELECT person_id, minutes FROM calls) c "
                            "ON c.person_id = p.id AND 1 / (c.minutes - 7) < 5 AND 1 / (c.person_id - 3) < 5 ORDER BY 1\"]");
    ROWS("[[36]]", "[\"SELECT age FROM ages WHERE 1 / (age - 50) < 5\"]");
    ROWS("[[1], [2]]", "[\"SELECT id FROM named n WHERE EXISTS (SELECT FROM named t WHERE 1 / (t.id - 3) < 5) AND id IN "
                       "(SELECT id FROM named WHERE 1 / (id - 3) < 5) ORDER BY 1\"]");
}

/* The plans of a statement as JSON. */
static const char *plans(const char *statement)
{
    SUCCEED(world_call(w, explain, "[\"query\", [\"%s\"]]", statement));
    return world_json(w);
}

Test(view, lets_conditions_down)
{
    w->who = &member;
    cr_expect(strstr(plans("SELECT * FROM named WHERE id = 1"), "\"access\": \"key\"") != NULL, "%s", plans("SELECT * FROM named WHERE id = 1"));
    const char *joined = "SELECT * FROM long_talks WHERE id = 5";
    cr_expect(strstr(plans(joined), "\"calls_pkey\"") != NULL, "%s", plans(joined));
    const char *grouped = "SELECT * FROM totals WHERE person_id = 2";
    cr_expect(strstr(plans(grouped), "\"calls_person\"") != NULL, "%s", plans(grouped));
    cr_expect(strstr(plans(grouped), "person_id = 2") != NULL, "%s", plans(grouped));
    const char *hashed = "SELECT * FROM people p LEFT JOIN totals t ON t.person_id = p.id";
    cr_expect(strstr(plans(hashed), "\"hash\"") != NULL, "%s", plans(hashed));
    const char *aggregate = "SELECT * FROM totals WHERE calls = 2";
    cr_expect(strstr(plans(aggregate), "calls = 2") == NULL, "%s", plans(aggregate));
    const char *having = "SELECT person_id FROM calls GROUP BY person_id HAVING person_id = 2 AND count(*) > 0";
    cr_expect(strstr(plans(having), "\"calls_person\"") != NULL, "%s", plans(having));
}

Test(view, is_read_only)
{
    static const struct { const char *text, *state, *message; } cases[] = {
        { "INSERT INTO named (id) VALUES (9)", "55000", "cannot insert into view \"named\"" },
        { "UPDATE named SET name = 'x'", "55000", "cannot update view \"named\"" },
        { "DELETE FROM named", "55000", "cannot delete from view \"named\"" },
        { "SELECT name FROM named GROUP BY id", "42803", "column \"named.name\" must appear" },
        { "SELECT organization_id FROM named", "42703", "column \"organization_id\" does not exist" },
        { "SELECT people.id FROM named", "42P01", "missing FROM-clause entry for table \"people\"" },
        { "SELECT 1 FROM named, named", "42712", "specified more than once" },
        { "SELECT id FROM (SELECT id, age AS id FROM people) s", "42702", "ambiguous" },
        { "SELECT id FROM people WHERE id IN (SELECT person_id FROM totals)", "0A000", "view \"totals\" in a sub-select" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(world_call(w, run, "[\"%s\"]", cases[i].text) < 0, "%s", cases[i].text);
        cr_expect_str_eq(sqlstate_code(w->error.state), cases[i].state, "%s: %s", cases[i].text, w->error.message);
        cr_expect(strstr(w->error.message, cases[i].message) != NULL, "%s: %s", cases[i].text, w->error.message);
    }
    cr_expect(world_call(w, scan_method, "[\"named\"]") < 0);
    cr_expect_str_eq(sqlstate_code(w->error.state), "42809");
}

Test(view, takes_parameters)
{
    ROWS("[[2]]", "[\"SELECT id FROM named WHERE id = $1\", [2]]");
    ROWS("[[1, 12]]", "[\"SELECT person_id, minutes FROM totals WHERE person_id = $1 AND calls > $2\", [1, 1]]");
    ROWS("[[\"a\"]]", "[\"SELECT x FROM (SELECT $1 AS x FROM people WHERE id = $2 LIMIT 1) s\", [\"a\", 1]]");
}

Test(view, may_be_replaced_under_a_kept_plan)
{
    ROWS("[[3]]", "[\"SELECT count(*) FROM named\"]");
    world_commit(w);
    SUCCEED(world_migrate(w, "20260101000000_view.sql", SLICE_LITERAL("CREATE OR REPLACE VIEW named AS SELECT id, name, age, age * 2 AS twice FROM people;")));
    world_begin(w);
    ROWS("[[4]]", "[\"SELECT count(*) FROM named\"]");
}
