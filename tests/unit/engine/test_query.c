/* Statements of SQL from text to rows: what they give, who may see it, and what is refused where. Whether the answers are
 * PostgreSQL's is asked by the differential test. */
#include "calls.h"

static int run_handle(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    rq->queries = queries;
    if (query_args(rq, args, true, &call) < 0 || queries_find(queries, call.text, &query, rq->error) < 0)
        return -1;
    return query_run(rq, query, &call, out);
}

static int prepare(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    rq->queries = queries;
    if (query_args(rq, args, false, &call) < 0 || queries_find(queries, call.text, &query, rq->error) < 0)
        return -1;
    return query_prepare(rq, query, out);
}

static void open_world(void)
{
    open_calls(CALLS_SCHEMA);
}

TestSuite(query, .init = open_world, .fini = close_calls);

Test(query, one_table)
{
    ROWS("[[\"Dan\"], [\"Ada\"]]", "[\"SELECT name FROM people WHERE age = 36 ORDER BY id DESC\"]");
    ROWS("[[1, \"Ada\", \"adaada\", 72]]", "[\"SELECT id, p.name, lower(name) || lower(name) AS twice, age * 2 FROM people p WHERE id = 1\"]");
    cr_assert_str_eq(part("columns"), "[\"id\", \"name\", \"twice\", \"?column?\"]");
    cr_assert_str_eq(part("types"), "[\"bigint\", \"text\", \"text\", \"integer\"]");
    ROWS("[[2]]", "[\"SELECT id FROM people ORDER BY 1 LIMIT 1 OFFSET 1\"]");
    ROWS("[]", "[\"SELECT id FROM people LIMIT 0\"]");
    ROWS("[[36], [50], [null]]", "[\"SELECT DISTINCT age FROM people ORDER BY age\"]");
    ROWS("[[null], [50], [36], [36]]", "[\"SELECT age FROM people ORDER BY age * -1 NULLS FIRST\"]");
    ROWS("[[3, true]]", "[\"SELECT 1 + 2, now() IS NOT NULL\"]");
}

Test(query, groups)
{
    ROWS("[[4, 3, 36, 122]]", "[\"SELECT count(*), count(age), min(age), sum(age) FROM people\"]");
    ROWS("[[0, null]]", "[\"SELECT count(*), max(age) FROM people WHERE id > 99\"]");
    ROWS("[]", "[\"SELECT age, count(*) FROM people WHERE id > 99 GROUP BY age\"]");
    ROWS("[[36, 2, 1], [null, 1, 1]]", "[\"SELECT age, count(*) AS n, count(*) FILTER (WHERE id > 1) FROM people GROUP BY age HAVING max(id) <> 3 ORDER BY n DESC\"]");
    ROWS("[[36, 3]]", "[\"SELECT age, count(DISTINCT age) + count(*) FROM people WHERE age < 40 GROUP BY age\"]");
    ROWS("[[1, \"Ada\"]]", "[\"SELECT id, name FROM people GROUP BY id HAVING name = 'Ada'\"]");
    REFUSED("42803", run, "[\"SELECT name, count(*) FROM people\"]");
    REFUSED("42803", run, "[\"SELECT count(*) FROM people WHERE count(*) > 1\"]");
    REFUSED("42803", run, "[\"SELECT sum(count(*)) FROM people\"]");
}

Test(query, joins)
{
    ROWS("[[1, \"Ada\"], [2, \"Ada\"], [3, \"Bob\"], [4, \"Cy\"]]", "[\"SELECT c.id, p.name FROM calls c JOIN people p ON p.id = c.person_id ORDER BY c.id\"]");
    ROWS("[[5, null]]", "[\"SELECT c.id, p.name FROM calls c LEFT JOIN people p ON p.id = c.person_id WHERE p.id IS NULL\"]");
    ROWS("[[\"Ada\", 12], [\"Bob\", 9], [\"Cy\", 11], [\"Dan\", null]]",
         "[\"SELECT p.name, sum(c.minutes) FROM people p LEFT JOIN calls c ON c.person_id = p.id GROUP BY p.id ORDER BY 1\"]");
    ROWS("[[\"B\", \"Cy\", 11]]", "[\"SELECT o.name, p.name, c.minutes FROM organizations o, people p, calls c "
                                  "WHERE p.organization_id = o.id AND c.person_id = p.id AND c.minutes = 11\"]");
    ROWS("[[1], [2]]", "[\"SELECT c.id FROM people p JOIN calls c ON c.person_id = p.id AND p.name = 'Ada' ORDER BY 1\"]");
    ROWS("[[4, 1], [4, 2], [4, 3], [4, 4], [4, 5]]", "[\"SELECT p.id, c.id FROM calls c RIGHT JOIN people p ON p.id > 3 AND c.id > 0 WHERE p.id = 4 ORDER BY 2\"]");
    ROWS("[[null, 4], [1, 1]]", "[\"SELECT c.id, p.id FROM calls c RIGHT JOIN people p ON p.id = c.person_id AND c.minutes = 5 WHERE p.id IN (1, 4) ORDER BY 2 DESC\"]");
    ROWS("[[1, null, 5, \"Ada\"]]", "[\"SELECT c.id, person_id - 1 + NULL, minutes, name FROM calls c RIGHT JOIN people p ON p.id = c.person_id WHERE p.id = 1 AND c.id = 1\"]");
    REFUSED("42702", run, "[\"SELECT id FROM people p JOIN calls c ON c.person_id = p.id\"]");
    REFUSED("42712", run, "[\"SELECT 1 FROM people JOIN people ON true\"]");
}

/* Tables that no index leads to are walked whole, under the policies and walls of each. */
Test(query, joins_without_an_index)
{
    WRITES(1, "[\"UPDATE calls SET minutes = 36 WHERE id = 3\"]");
    WRITES(1, "[\"UPDATE calls SET minutes = 36 WHERE id = 2\"]");
    ROWS("[[1, 2], [1, 3], [4, 2], [4, 3]]", "[\"SELECT p.id, c.id FROM people p JOIN calls c ON c.minutes = p.age ORDER BY 1, 2\"]");
    ROWS("[[1, 2], [1, 3], [2, null], [3, null], [4, 2], [4, 3]]", "[\"SELECT p.id, c.id FROM people p LEFT JOIN calls c ON c.minutes = p.age ORDER BY 1, 2\"]");
    ROWS("[[20]]", "[\"SELECT count(*) FROM people, calls\"]");
    SUCCEED(world_call(w, explain, "[\"query\", [\"SELECT 1 FROM people, calls\"]]"));
    cr_assert(strstr(world_json(w), "\"table\": \"calls\", \"access\": \"table\"") != NULL, "%s", world_json(w));
    w->who = &member;
    ROWS("[[1, 3], [4, 3]]", "[\"SELECT p.id, c.id FROM people p JOIN calls c ON c.minutes = p.age ORDER BY 1, 2\"]");
}

/* (J1), (U3): policies and walls hold in every table of a statement. */
Test(query, sees_what_policies_admit)
{
    w->who = &member;
    ROWS("[[1], [2], [4]]", "[\"SELECT id FROM people ORDER BY id\"]");
    ROWS("[[\"Ada\", 5], [\"Bob\", 9], [\"Dan\", null]]",
         "[\"SELECT p.name, sum(c.minutes) FROM people p LEFT JOIN calls c ON c.person_id = p.id GROUP BY p.id ORDER BY 1\"]");
    ROWS("[[1]]", "[\"SELECT id FROM people p WHERE EXISTS (SELECT 1 FROM calls c WHERE c.person_id = p.id AND c.minutes IN (5, 7, 11))\"]");
    ROWS("[]", "[\"SELECT id FROM people p WHERE id IN (SELECT person_id FROM calls WHERE minutes = 7)\"]");
    ROWS("[[null]]", "[\"SELECT (SELECT minutes FROM calls WHERE id = 2)\"]");
    WRITES(0, "[\"UPDATE people SET age = 1 WHERE id = 3\"]");
    WRITES(0, "[\"DELETE FROM calls WHERE id = 2\"]");
    REFUSED("42501", run, "[\"INSERT INTO people (id, organization_id, name) VALUES (9, '" ORG_B "', 'Eve')\"]");
    REFUSED("42501", run, "[\"SELECT id FROM people\", [], {\"organization\": \"" ORG_B "\"}]");
    REFUSED("42501", run, "[\"INSERT INTO calls (id, organization_id, secret) VALUES (9, '" ORG_A "', true) RETURNING id\"]");
}

Test(query, writes)
{
    WRITES(1, "[\"INSERT INTO people AS p (id, organization_id, name, age) VALUES (7, '" ORG_A "', 'Ada', 1) "
                 "ON CONFLICT (organization_id, name) DO UPDATE SET age = excluded.age + p.age WHERE p.age < 100 RETURNING id, age\"]");
    cr_assert_str_eq(part("rows"), "[[1, 37]]");
    WRITES(0, "[\"INSERT INTO people (id, organization_id, name) VALUES (1, '" ORG_A "', 'X') ON CONFLICT DO NOTHING\"]");
    WRITES(1, "[\"UPDATE people SET (age, note) = (age + 1, DEFAULT), name = 'Dan' WHERE (id, name) IN ((4, 'Dan'), (3, 'x')) RETURNING age\"]");
    cr_assert_str_eq(part("rows"), "[[37]]");
    WRITES(1, "[\"UPDATE people SET (age) = ROW ($1) WHERE id = 4\", [\"36\"]]");
    REFUSED("22003", run, "[\"UPDATE people SET age = $1::bigint WHERE id = 99\", [\"3000000000\"]]");
    REFUSED("42601", run, "[\"UPDATE people SET (age, name) = (1, 2, 3)\"]");
    WRITES(2, "[\"UPDATE people SET age = age + 1, name = upper(name) WHERE age > 36 RETURNING name, age\"]");
    cr_assert_str_eq(part("rows"), "[[\"ADA\", 38], [\"CY\", 51]]");
    WRITES(1, "[\"DELETE FROM calls WHERE id = $1 RETURNING *\", [5]]");
    cr_assert_str_eq(part("columns"), "[\"id\", \"organization_id\", \"person_id\", \"minutes\", \"secret\"]");
    WRITES(1, "[\"INSERT INTO people (id, name) VALUES ($1, $2)\", [8, \"Fay\"], {\"organization\": \"" ORG_B "\"}]");
    REFUSED("21000", run, "[\"INSERT INTO people (id, organization_id, name) VALUES (20, '" ORG_A "', 'G'), (20, '" ORG_A "', 'G') "
                          "ON CONFLICT (id) DO UPDATE SET name = 'H'\"]");
    REFUSED("42701", run, "[\"INSERT INTO people (id, id) VALUES (1, 2)\"]");
    REFUSED("42601", run, "[\"UPDATE people SET age = 1, age = 2\"]");
    REFUSED("23505", run, "[\"UPDATE people SET name = 'Bob' WHERE id = 4\"]");
}

Test(query, parameters)
{
    ROWS("[[1]]", "[\"SELECT id FROM people WHERE name = $1 AND age > $2\", [\"Ada\", \"35\"]]");
    ROWS("[[1], [4]]", "[\"SELECT id FROM people WHERE id = ANY($1) ORDER BY id LIMIT $2\", [[4, 1, 99], 5]]");
    REFUSED("08P01", run, "[\"SELECT id FROM people WHERE id = $1\"]");
    REFUSED("08P01", run, "[\"SELECT id FROM people\", [1]]");
    REFUSED("22P02", run, "[\"SELECT id FROM people WHERE id = $1\", [\"x\"]]");
    REFUSED("2201W", run, "[\"SELECT id FROM people LIMIT -1\"]");
}

Test(query, handles)
{
    SUCCEED(world_call(w, prepare, "[\"SELECT name FROM people WHERE id = $1\"]"));
    cr_assert_str_eq(part("parameters"), "[\"bigint\"]");
    cr_assert_str_eq(part("columns"), "[\"name\"]");
    const char *handle = part("handle");
    SUCCEED(world_call(w, run_handle, "[%s, [3]]", handle));
    cr_assert_str_eq(part("rows"), "[[\"Cy\"]]");
    SUCCEED(world_call(w, prepare, "[\"INSERT INTO people (id, age) VALUES ($1, $2) RETURNING id\"]"));
    cr_assert_str_eq(part("kind"), "\"insert\"");
    cr_assert_str_eq(part("parameters"), "[\"bigint\", \"integer\"]");
    REFUSED("26000", run_handle, "[\"00000000000000000000000000000000\"]");
}

Test(query, refusals_say_where)
{
    REFUSED("42601", run, "[\"SELECT FROM WHERE\"]");
    REFUSED("42703", run, "[\"SELECT id,\\n  nothing FROM people\"]");
    MESSAGE("column \"nothing\" does not exist at line 2, column 3");
    REFUSED("42P01", run, "[\"SELECT 1 FROM nowhere\"]");
    MESSAGE("relation \"nowhere\" does not exist at line 1, column 15");
    REFUSED("0A000", run, "[\"SELECT 1 FROM people p FULL JOIN calls c ON true\"]");
    MESSAGE("FULL JOIN is not supported at line 1, column 34");
    REFUSED("42703", run, "[\"UPDATE people\\n  SET age = 1, nothing = 2\"]");
    MESSAGE("column \"nothing\" of relation \"people\" does not exist at line 2, column 16");
    REFUSED("42601", run, "[\"INSERT INTO people (id, name) VALUES (1, 'a', 2)\"]");
    MESSAGE("INSERT has more expressions than target columns at line 1, column 47");
    REFUSED("0A000", run, "[\"UPDATE people SET age = 1 FROM calls\"]");
    MESSAGE("UPDATE ... FROM is not supported at line 1, column 32");
    REFUSED("42P10", run, "[\"SELECT id FROM people LIMIT age\"]");
    MESSAGE("argument of LIMIT must not contain variables at line 1, column 29");
    REFUSED("0A000", run, "[\"SELECT 1 UNION SELECT 2\"]");
    REFUSED("0A000", run, "[\"BEGIN\"]");
    cr_assert(strstr(w->error.hint, "txn") != NULL);
    REFUSED("0A000", run, "[\"CREATE TABLE x (id bigint)\"]");
    REFUSED("42601", run, "[\"SELECT 1; SELECT 2\"]");
    REFUSED("42P10", run, "[\"SELECT id FROM people ORDER BY 2\"]");
    REFUSED("42P10", run, "[\"SELECT DISTINCT id FROM people ORDER BY name\"]");
}

Test(query, plans)
{
    SUCCEED(world_call(w, explain, "[\"query\", [\"SELECT c.id FROM people p JOIN calls c ON c.person_id = p.id WHERE p.id = 1\"]]"));
    const char *plan = world_json(w);
    cr_assert(strstr(plan, "\"access\": \"key\"") != NULL && strstr(plan, "\"index\": \"calls_person\", \"by\": [\"person_id\"]") != NULL, "%s", plan);
}

/* The rows that a write looks for, and what it does to each. */
Test(query, explains_writes)
{
#define EXPLAINS(words, statement)                                                                          \
    do {                                                                                                    \
        SUCCEED(world_call(w, explain, "[\"query\", [\"" statement "\"]]"));                                \
        cr_assert(strstr(world_json(w), words) != NULL, "%s", world_json(w));                               \
    } while (0)
    EXPLAINS("[{\"table\": \"calls\", \"access\": \"insert\"", "INSERT INTO calls (id) VALUES (1)");
    EXPLAINS("\"references\": [\"calls_organization_id_fkey\", \"calls_person_id_fkey\"]", "INSERT INTO calls (id) VALUES (1)");
    EXPLAINS("\"conflict\": \"people_organization_id_name_key\"", "INSERT INTO people (id) VALUES (1) ON CONFLICT (name, organization_id) DO NOTHING");
    EXPLAINS("\"access\": \"key\", \"index\": \"calls_pkey\"", "UPDATE calls SET minutes = 1 WHERE id = 1");
    EXPLAINS("\"columns\": [\"minutes\"], \"indexes\": [], \"checks\": [], \"references\": []", "UPDATE calls SET minutes = 1 WHERE id = 1");
    EXPLAINS("\"columns\": [\"person_id\"], \"indexes\": [\"calls_person\"], \"checks\": [], \"references\": [\"calls_person_id_fkey\"]", "UPDATE calls SET person_id = 1");
    EXPLAINS("\"access\": \"delete\", \"columns\": [], \"indexes\": [\"people_pkey\", \"people_organization_id_name_key\"]", "DELETE FROM people WHERE age = 1");
    EXPLAINS("\"references\": [\"calls_person_id_fkey\"], \"conflict\": null, \"policy\": null}", "DELETE FROM people WHERE age = 1");
    w->who = &member;
    EXPLAINS("\"conflict\": null, \"policy\": \"((NOT secret)", "UPDATE calls SET secret = true WHERE id = 1");
}

/* (C2) for statements that write. */
Test(query, kept_writes_follow_the_catalog)
{
#define MINUTES "[\"INSERT INTO calls (id, minutes) VALUES ($1, 1 + $2) RETURNING *\", [\"%d\", \"2\"]]"
    struct kept_query *kept;
    WRITES(1, MINUTES, 100);
    SUCCEED(queries_find(queries, SLICE_LITERAL("INSERT INTO calls (id, minutes) VALUES ($1, 1 + $2) RETURNING *"), &kept, &w->error));
    const struct bound_write *bound = kept->write;
    WRITES(1, MINUTES, 101);
    cr_assert_eq(kept->write, bound);
    cr_assert_str_eq(part("rows"), "[[101, null, null, 3, false]]");
    world_commit(w);
    SUCCEED(world_migrate(w, "20250102000000_more.sql", SLICE_LITERAL("ALTER TABLE calls ADD COLUMN price integer DEFAULT 5")));
    world_begin(w);
    WRITES(1, MINUTES, 102);
    cr_assert_str_eq(part("rows"), "[[102, null, null, 3, false, 5]]");
}

/* (C1), (C2) */
Test(query, the_cache_is_bounded_and_follows_the_catalog)
{
    struct kept_query *first, *again;
    for (int i = 0; i < QUERIES_KEPT_MAX * 2; i++)
        ROWS(arena_printf(&w->arena, "[[%d]]", i), "[\"SELECT %d\"]", i);
    SUCCEED(queries_find(queries, SLICE_LITERAL("SELECT * FROM people WHERE id = 1"), &first, &w->error));
    SUCCEED(kept_query_bind(first, w->view.catalog, &w->error));
    cr_assert_eq(first->select->output_count, 5);
    world_commit(w);
    SUCCEED(world_migrate(w, "20250102000000_more.sql", SLICE_LITERAL("ALTER TABLE people ADD COLUMN phone text")));
    world_begin(w);
    SUCCEED(queries_find(queries, SLICE_LITERAL("SELECT * FROM people WHERE id = 1"), &again, &w->error));
    cr_assert_eq(first, again);
    SUCCEED(kept_query_bind(again, w->view.catalog, &w->error));
    cr_assert_eq(again->select->output_count, 6);
}

/* Whatever a client sends gets rows or an error, and writes nothing that is refused. */
Test(query, spoilt_statements_do_no_harm, .timeout = 120)
{
    static const char *const sound[] = {
        "SELECT p.name, count(*) FILTER (WHERE c.minutes > 5) FROM people p LEFT JOIN calls c ON c.person_id = p.id GROUP BY p.id HAVING count(*) > 0 ORDER BY 2 DESC, 1 LIMIT 3",
        "SELECT DISTINCT age + 1 AS a, lower(name) FROM people WHERE id IN (SELECT person_id FROM calls) AND name LIKE 'A%' ORDER BY a OFFSET 1",
        "INSERT INTO people (id, name, age, note) VALUES (50, 'x', 1, '[1]'), (51, NULL, DEFAULT, NULL) ON CONFLICT (id) DO UPDATE SET age = excluded.age + people.age RETURNING *",
        "UPDATE people SET age = CASE WHEN age > 1 THEN age - 1 ELSE NULL END, note = note || '{}' WHERE id BETWEEN 1 AND 3 RETURNING note, age",
        "DELETE FROM calls AS c WHERE c.minutes = ANY(ARRAY[5, 7]) AND EXISTS (SELECT 1 FROM people WHERE people.id = c.person_id) RETURNING c.*",
        "SELECT 1, now(), 'a' || 2, NULL::uuid, auth.uid(), date '2025-01-01' + 1",
    };
    static const char *const words[] = { "(", ")", ",", "*", "1", "'x'", "NULL", "id", "p.", "count(", "SELECT ", "FROM ", "people", "calls c", " AND ", "GROUP BY ",
                                         "ORDER BY ", "$1", "::integer", "[1]", "->", "=", "DISTINCT ", "sum(age)", "LEFT JOIN ", "ON ", "excluded." };
    uint64_t seed = 20261122;
    cr_log_info("seed %" PRIu64, seed);
    for (int i = 0; i < 2500; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s", sound[below(&seed, 6)]);
        for (int n = 1 + below(&seed, 3); n > 0; n--) {
            size_t size = strlen(text), at = (size_t)below(&seed, (int)size), cut = (size_t)below(&seed, 8);
            const char *word = words[below(&seed, (int)(sizeof words / sizeof *words))];
            if (size + strlen(word) + 1 > sizeof text)
                continue;
            cut = at + cut > size ? size - at : cut;
            memmove(text + at + strlen(word), text + at + cut, size - at - cut + 1);
            memcpy(text + at, word, strlen(word));
        }
        int mark = w->changes.count;
        int got = world_call(w, run, "[\"%s\", []]", text);
        cr_assert(got == 0 || (w->error.state != SQLSTATE_OK && w->out.size == 0 && w->changes.count == mark), "%s", text);
        changes_undo(&w->rq, mark);
    }
}

/* PostgreSQL asks the WHERE of DO UPDATE before the policies, so that it answers for rows that the caller may not see. Not here. */
Test(query, the_condition_of_do_update_sees_no_hidden_row)
{
    CALL(1, insert_method, "[\"calls\", {\"id\": 77, \"organization_id\": \"" ORG_A "\", \"minutes\": 7, \"secret\": true}]");
    w->who = &member;
#define UPSERT(condition) "[\"INSERT INTO calls (id, organization_id) VALUES (77, '" ORG_A "') ON CONFLICT (id) DO UPDATE SET minutes = 0 WHERE " condition "\"]"
    REFUSED("42501", run, UPSERT("calls.minutes = 7"));
    REFUSED("42501", run, UPSERT("calls.minutes = 8"));
    REFUSED("42501", run, UPSERT("CAST('x' || CAST(calls.minutes AS text) AS integer) = 1"));
}
