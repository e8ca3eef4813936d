/* What makes a super admin: the view rowhouse.super_admins, and who may put users into it. */
#include "engine/super_admin.h"
#include "statements.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define ADA "00000000-0000-4000-8000-00000000000a"
#define BOB "00000000-0000-4000-8000-00000000000b"

/* Members may write everything: only the rule stands in their way. */
static const char schema[] =
    "CREATE SCHEMA auth;\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY, organization_id uuid REFERENCES organizations(id), role text, name text);\n"
    "CREATE TABLE admins (id integer PRIMARY KEY, user_id uuid, active boolean DEFAULT true);\n"
    "CREATE TABLE banned (user_id uuid PRIMARY KEY);\n"
    "ALTER TABLE profiles ENABLE ROW LEVEL SECURITY; ALTER TABLE admins ENABLE ROW LEVEL SECURITY; ALTER TABLE banned ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY p ON profiles USING (true); CREATE POLICY p ON admins USING (true); CREATE POLICY p ON banned USING (true);\n"
    "GRANT ALL ON profiles, admins, banned TO authenticated;\n";

static struct world world, *w = &world;
static struct principal ada;

static void declare(const char *text)
{
    world_commit(w);
    w->who = &w->service;
    SUCCEED(world_migrate(w, DECLARATION_NAME, slice_of_string(text)));
    world_begin(w);
    world_user(w, &ada, ADA);
}

static void start(void)
{
    world_open(w);
    queries = queries_new(NULL);
    world_schema(w, schema);
    world_begin(w);
    WRITES(1, "[\"insert into organizations values ('" ORG "')\"]");
    WRITES(2, "[\"insert into profiles values ('" ADA "', '" ORG "', 'user', 'Ada'), ('" BOB "', '" ORG "', 'super_admin', 'Bob')\"]");
    world_user(w, &ada, ADA);
}

static void stop(void)
{
    world_commit(w);
    queries_free(queries);
    world_close(w);
}

TestSuite(super_admin, .init = start, .fini = stop);

static bool is_super(const char *user)
{
    struct principal who;
    world_user(w, &who, user);
    cr_assert_eq(who.super_admin, who.claims.super_admin);
    return who.super_admin;
}

/* A statement of Ada's, then the rule: whether it holds. What it did is taken back. */
static bool may(const char *statement)
{
    int mark = changes_mark(&w->rq);
    w->who = &ada;
    SUCCEED(world_call(w, run, "[\"%s\"]", statement));
    int hold = super_admins_hold(&w->rq, mark);
    cr_assert(hold == 0 || w->error.state == SQLSTATE_INSUFFICIENT_PRIVILEGE, "%s", w->error.message);
    changes_undo(&w->rq, mark);
    w->who = &w->service;
    return hold == 0;
}

Test(super_admin, is_who_is_in_the_view)
{
    cr_assert(is_super(BOB) && !is_super(ADA));
    declare("CREATE VIEW rowhouse.super_admins AS SELECT user_id FROM admins WHERE active");
    cr_assert(!is_super(BOB) && !is_super(ADA), "a column of some name makes nobody one");
    WRITES(2, "[\"insert into admins values (1, '" ADA "', true), (2, '" BOB "', false)\"]");
    cr_assert(is_super(ADA) && !is_super(BOB));
    declare("-- nobody");
    cr_assert(!is_super(ADA) && !is_super(BOB));
}

Test(super_admin, nobody_else_makes_one)
{
    cr_assert(may("update profiles set name = 'x'"));
    cr_assert(may("update profiles set role = 'admin' where id = '" ADA "'"));
    cr_assert(may("update profiles set role = 'super_admin' where id = '" BOB "'"), "he is one");
    cr_assert(may("delete from profiles where id = '" BOB "'"));
    cr_assert(!may("update profiles set role = 'super_admin' where id = '" ADA "'"));
    cr_assert(!may("update profiles set role = 'super_admin'"));
    cr_assert(!may("insert into profiles values (gen_random_uuid(), '" ORG "', 'super_admin', 'x')"));
    cr_assert(!may("insert into profiles values ('" ADA "', '" ORG "', 'x', 'x') on conflict (id) do update set role = 'super_admin'"));
}

/* Two rows of one user, an exclusion that goes, a second table: the sets before and after decide. */
Test(super_admin, of_any_view)
{
    declare("CREATE VIEW rowhouse.super_admins (user_id) AS SELECT a.user_id FROM admins a WHERE a.active AND a.user_id NOT IN (SELECT b.user_id FROM banned b)");
    WRITES(3, "[\"insert into admins values (1, '" BOB "', true), (2, '" BOB "', false), (3, '" ADA "', true)\"]");
    WRITES(1, "[\"insert into banned values ('" ADA "')\"]");
    world_user(w, &ada, ADA);
    cr_assert(is_super(BOB) && !is_super(ADA));
    cr_assert(may("update admins set active = true where id = 2"));
    cr_assert(may("insert into admins values (9, '" BOB "', true)"));
    cr_assert(may("insert into banned values ('" BOB "')"));
    cr_assert(!may("delete from banned"));
    cr_assert(!may("update banned set user_id = '" BOB "'"));
    cr_assert(!may("insert into admins values (9, gen_random_uuid(), true)"));
    SUCCEED(world_call(w, run, "[\"select count(*) from admins\"]"));
}

/* Through a view of the project's own: it is the tables under it that count. */
Test(super_admin, of_a_view_over_a_view)
{
    world_commit(w);
    SUCCEED(world_migrate(w, "2.sql", SLICE_LITERAL("CREATE VIEW active AS SELECT user_id, count(*) AS n FROM admins WHERE active GROUP BY user_id;")));
    world_begin(w);
    declare("CREATE VIEW rowhouse.super_admins AS SELECT user_id FROM active WHERE n > 1");
    WRITES(3, "[\"insert into admins values (1, '" BOB "', true), (2, '" BOB "', true), (3, '" ADA "', true)\"]");
    cr_assert(is_super(BOB) && !is_super(ADA));
    cr_assert(principals_read(w->view.catalog, world_table(w, "admins")->relation));
    cr_assert(may("update admins set id = 7 where id = 3"));
    cr_assert(!may("insert into admins values (9, '" ADA "', true)"));
}

/* What was taken back to look at is there again, entries included. */
Test(super_admin, looking_changes_nothing)
{
    int mark = changes_mark(&w->rq);
    w->who = &ada;
    WRITES(1, "[\"update profiles set name = 'changed', role = 'super_admin' where id = '" BOB "'\"]");
    WRITES(1, "[\"insert into profiles values (gen_random_uuid(), '" ORG "', 'user', 'new')\"]");
    SUCCEED(super_admins_hold(&w->rq, mark));
    ROWS("[[\"Ada\"], [\"changed\"], [\"new\"]]", "[\"select name from profiles order by name\"]");
}

Test(super_admin, a_migration_takes_no_table_away)
{
    world_commit(w);
    cr_assert_eq(world_migrate(w, "2.sql", SLICE_LITERAL("ALTER TABLE profiles DROP COLUMN role;")), -1);
    cr_assert(strstr(w->error.message, "rowhouse.super_admins would not be read any more") != NULL, "%s", w->error.message);
    SUCCEED(world_migrate(w, "3.sql", SLICE_LITERAL("ALTER TABLE profiles ADD COLUMN more text;")));
    world_begin(w);
    cr_assert(is_super(BOB));
}

Test(super_admin, the_declaration_holds_nothing_else)
{
    static const char *const refused[] = {
        "CREATE TABLE rowhouse.super_admins (user_id uuid);", "CREATE VIEW super_admins AS SELECT id FROM profiles;", "CREATE VIEW rowhouse.members AS SELECT id FROM profiles;",
        "INSERT INTO profiles VALUES (gen_random_uuid());", "SECURITY LABEL FOR rowhouse ON TABLE profiles IS 'tenants';",
        "CREATE VIEW rowhouse.super_admins AS SELECT name FROM profiles;", "CREATE VIEW rowhouse.super_admins AS SELECT id, name FROM profiles;",
        "CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles; CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles;",
        /* What changes by itself: kept until a table changes, it would be wrong; and who waits long enough would be let in. */
        "CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles WHERE now() > '2020-01-01';",
        "CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles WHERE id IN (SELECT user_id FROM admins WHERE current_timestamp > '2020-01-01');",
        "CREATE VIEW rowhouse.super_admins AS SELECT p.id FROM profiles p JOIN admins a ON a.user_id = p.id AND random() < 2;",
        "CREATE VIEW rowhouse.super_admins AS SELECT gen_random_uuid() AS id FROM profiles;",
        "CREATE VIEW rowhouse.super_admins AS SELECT id FROM profiles WHERE id = auth.uid();",
        "CREATE VIEW rowhouse.super_admins AS SELECT id FROM (SELECT id FROM profiles GROUP BY id HAVING now() > '2020-01-01') s;",
    };
    world_commit(w);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cr_assert_eq(world_migrate(w, DECLARATION_NAME, slice_of_string(refused[i])), -1, "%s", refused[i]);
        cr_assert(strstr(w->error.message, DECLARATION_NAME) != NULL || strstr(w->error.message, "rowhouse.super_admins") != NULL, "%s", w->error.message);
    }
    world_begin(w);
    cr_assert(is_super(BOB));
}
