/* What sub-selects see: the policies of the tables that they read, in statements and in policies, and where policies come back to a
 * table that is being expanded. The differential test compares with PostgreSQL; here is what PostgreSQL refuses, and what is
 * decided without the rows. */
#include "engine/policy/policy.h"
#include "statements.h"

#define A "aaaaaaaa-0000-4000-8000-000000000000"
#define B "bbbbbbbb-0000-4000-8000-000000000000"
#define ADA "00000000-0000-4000-8000-00000000000a"
#define BOB "00000000-0000-4000-8000-00000000000b"

static const char schema[] =
    "CREATE SCHEMA auth;\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
    "CREATE TABLE people (id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), team integer);\n"
    "ALTER TABLE people ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY \"my team\" ON people USING (team IN (SELECT team FROM people WHERE id = auth.uid()));\n"
    "CREATE TABLE docs (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), owner uuid, price integer);\n"
    "ALTER TABLE docs ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY own ON docs USING (owner = auth.uid());\n"
    "CREATE TABLE notes (id integer PRIMARY KEY, doc_id integer NOT NULL REFERENCES docs(id));\n"
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY of_docs ON notes USING (EXISTS (SELECT 1 FROM docs WHERE docs.id = doc_id));\n"
    "CREATE TABLE teams (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text);\n"
    "ALTER TABLE teams ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY of_people ON teams USING (id IN (SELECT team FROM people));\n"
    "CREATE TABLE posts (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id));\n"
    "CREATE TABLE likes (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), post_id integer REFERENCES posts(id), who uuid);\n"
    "ALTER TABLE posts ENABLE ROW LEVEL SECURITY;\n"
    "ALTER TABLE likes ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY liked ON posts USING (EXISTS (SELECT 1 FROM likes l WHERE l.post_id = posts.id AND l.who = auth.uid()));\n"
    "CREATE POLICY of_posts ON likes USING (post_id IN (SELECT id FROM posts));\n"
    "CREATE TABLE groups (id integer PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), owner uuid, open boolean);\n"
    "ALTER TABLE groups ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY own ON groups FOR SELECT USING (owner = auth.uid());\n"
    "CREATE POLICY add ON groups FOR INSERT WITH CHECK (EXISTS (SELECT 1 FROM groups g WHERE g.open));\n";

static struct world world, *w = &world;
static struct principal ada;

static void start(void)
{
    world_open(w);
    queries = queries_new(NULL);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" A "\", \"name\": \"a\"}, {\"id\": \"" B "\", \"name\": \"b\"}]]");
    CALL(2, insert_method, "[\"auth.users\", [{\"id\": \"" ADA "\"}, {\"id\": \"" BOB "\"}]]");
    CALL(1, insert_method, "[\"profiles\", {\"id\": \"" ADA "\", \"organization_id\": \"" A "\"}]");
    WRITES(4, "[\"insert into people values ('" ADA "', '" A "', 1), ('" BOB "', '" A "', 1), (gen_random_uuid(), '" A "', 2), (gen_random_uuid(), '" B "', 1)\"]");
    WRITES(3, "[\"insert into docs values (1, '" A "', '" ADA "', 10), (2, '" A "', '" BOB "', 20), (3, '" B "', '" ADA "', 30)\"]");
    WRITES(3, "[\"insert into notes values (1, 1), (2, 2), (3, 3)\"]");
    WRITES(3, "[\"insert into teams values (1, '" A "', 'one'), (2, '" A "', 'two'), (3, '" B "', 'three')\"]");
    WRITES(3, "[\"insert into posts values (1, '" A "'), (2, '" A "'), (3, '" B "')\"]");
    WRITES(4, "[\"insert into likes values (1, '" A "', 1, '" ADA "'), (2, '" A "', 1, '" BOB "'), (3, '" A "', 2, '" BOB "'), (4, '" B "', 3, '" ADA "')\"]");
    world_user(w, &ada, ADA);
    w->who = &ada;
}

static void stop(void)
{
    world_commit(w);
    queries_free(queries);
    world_close(w);
}

TestSuite(policy_subselect, .init = start, .fini = stop);

Test(policy_subselect, children_are_seen_where_their_parents_are)
{
    ROWS("[[1]]", "[\"select id from notes\"]");
    WRITES(1, "[\"delete from notes\"]");
}

/* A value that is the same for all rows is no way around the policies of the table that it comes from. */
Test(policy_subselect, no_clause_of_a_statement_reads_more)
{
    ROWS("[]", "[\"select id from docs where price = (select price from docs d where d.id = 2) or price < (select price from docs d where d.id = 2)\"]");
    ROWS("[]", "[\"select name from teams where id = (select price from docs where id = 2) - 18\"]");
    ROWS("[[null]]", "[\"select (select price from docs where id = 2)\"]");
    ROWS("[[1]]", "[\"select id from docs where not exists (select 1 from docs d where d.id = 2)\"]");
    ROWS("[[1]]", "[\"select id from docs order by (select price from docs where id = 2)\"]");
}

/* PostgreSQL refuses both with 42P17: the table that is come back to is read without its policies, inside the walls. */
Test(policy_subselect, a_policy_may_ask_its_own_table)
{
    ROWS("[[2]]", "[\"select count(*) from people\"]");
    ROWS("[[1]]", "[\"select id from teams order by id\"]");
}

/* The policies for SELECT that it comes back to have no sub-selects: no recursion, and they hold. */
Test(policy_subselect, a_policy_reads_its_own_table_under_those_of_select)
{
    w->who = &w->service;
    WRITES(2, "[\"insert into groups values (1, '" A "', '" BOB "', true), (2, '" A "', '" ADA "', false)\"]");
    w->who = &ada;
    REFUSED("42501", run, "[\"insert into groups values (3, '" A "', '" ADA "', true)\"]");
    w->who = &w->service;
    WRITES(1, "[\"update groups set open = true where id = 2\"]");
    w->who = &ada;
    WRITES(1, "[\"insert into groups values (3, '" A "', '" ADA "', true)\"]");
}

Test(policy_subselect, two_policies_may_ask_each_other)
{
    ROWS("[[1]]", "[\"select id from posts order by id\"]");
    ROWS("[[1], [2]]", "[\"select id from likes order by id\"]");
}

Test(policy_subselect, schema_names_policies_that_come_back)
{
    struct buf out = { 0 };
    catalog_print(w->view.catalog, NULL, &out);
    const char *text = buf_text(&out);
    cr_assert(strstr(text, "policy \"my team\" of people reads people without its policies") != NULL, "%s", text);
    cr_assert(strstr(text, "policy of_people of teams reads people without") != NULL, "%s", text);
    cr_assert(strstr(text, "policy liked of posts reads posts without") != NULL, "%s", text);
    cr_assert(strstr(text, "policy of_posts of likes reads likes without") != NULL, "%s", text);
    cr_assert(strstr(text, "policy own of docs") == NULL && strstr(text, "policy of_docs") == NULL, "%s", text);
    buf_done(&out);
}

/* Parents whose policies hide some of them decide nothing for their children; those that hide none do. */
Test(policy_subselect, parents_decide_without_the_row_only_where_all_are_seen)
{
    struct guard guard;
    w->rq.who = &ada;
    SUCCEED(policy_using(&w->rq, world_table(w, "notes"), POLICY_SELECT, true, ada.house, &guard));
    cr_assert_eq(guard.access, ACCESS_FILTER);
    world_commit(w);
    SUCCEED(world_migrate(w, "20250102000000_more.sql", SLICE_LITERAL("CREATE POLICY all_of_mine ON docs FOR SELECT USING (organization_id = auth.organization_id());")));
    world_begin(w);
    world_user(w, &ada, ADA);
    w->rq.who = &ada;
    SUCCEED(policy_using(&w->rq, world_table(w, "notes"), POLICY_SELECT, true, ada.house, &guard));
    cr_assert_eq(guard.access, ACCESS_ALL);
}

Test(policy_subselect, depth_is_limited)
{
    struct buf text = { 0 };
    w->who = &w->service;
    world_commit(w);
    for (int i = 0; i <= POLICY_DEPTH_MAX; i++) {
        buf_printf(&text, "CREATE TABLE t%d (id integer PRIMARY KEY); ALTER TABLE t%d ENABLE ROW LEVEL SECURITY;\n", i, i);
        if (i == 0)
            buf_append_string(&text, "CREATE POLICY p ON t0 USING (true);\n");
        else
            buf_printf(&text, "CREATE POLICY p ON t%d USING (EXISTS (SELECT 1 FROM t%d x WHERE x.id = t%d.id));\n", i, i - 1, i);
    }
    for (int i = 0; i <= POLICY_DEPTH_MAX; i++)
        buf_printf(&text, "INSERT INTO t%d VALUES (1);\n", i);
    SUCCEED(world_migrate(w, "20250102000000_deep.sql", buf_slice(&text)));
    buf_done(&text);
    world_begin(w);
    world_user(w, &ada, ADA);
    w->who = &ada;
    ROWS("[[1]]", "[\"select id from t%d\"]", POLICY_DEPTH_MAX - 1);
    REFUSED("54001", run, "[\"select id from t%d\"]", POLICY_DEPTH_MAX);
}
