/* Tenant isolation and policies, on the reference schema: every table, every role, every operation.
 *
 * The judge is the name of a policy: which of org_isolation, org_insert, org_update, org_delete, superadmin_access ... a table
 * has says what members and super admins may do; nobody may ever meet a row of a house that is not his. */
#include "base/hash.h"
#include "engine/write/write.h"
#include "people.h"

static struct world world, *w = &world;
static struct people people;
static struct principal member_a, member_b, loner, admin, stranger, anon;

static void start(void)
{
    world_open(w);
    apply_reference_schema(w);
    populate(w, &people);
    world_user(w, &member_a, user_of_context[IN_A]);
    world_user(w, &member_b, user_of_context[IN_B]);
    world_user(w, &loner, user_of_context[IN_NONE]);
    world_user(w, &admin, SUPER_ADMIN);
    world_user(w, &stranger, STRANGER);
    anon = (struct principal){ .role = ROLE_ANON, .claims = { .role = "anon" } };
}

static void stop(void)
{
    world_commit(w);
    arena_done(&people.arena);
    world_close(w);
}

TestSuite(policy, .init = start, .fini = stop);

#define EVERY_TABLE(t)                                                                                              \
    for (const struct table *t, *const *at_ = (const struct table *const *)w->view.catalog->tables;                 \
         at_ < (const struct table *const *)w->view.catalog->tables + w->view.catalog->table_count && (t = *at_, true); at_++)

static bool has_policy(const struct table *table, const char *name)
{
    for (int i = 0; i < table->policy_count; i++)
        if (strcmp(table->policies[i].name, name) == 0)
            return true;
    return false;
}

static struct found *rows_visible(const struct table *table, enum policy_command command, int *ret_count)
{
    struct query query = { .table = table, .command = command };
    struct found *rows = NULL;
    *ret_count = 0;
    w->rq.who = w->who;
    int got = engine_house(&w->rq, table, NULL, &query.house);
    cr_assert(got >= 0);
    if (got == 1)
        SUCCEED(select_all(&w->rq, &query, &rows, ret_count));
    return rows;
}

static bool sees(const struct table *table, enum policy_command command, const struct found *row)
{
    int count;
    struct found *rows = rows_visible(table, command, &count);
    for (int i = 0; i < count; i++)
        if (slice_equal(key_slice(&rows[i].key), key_slice(&row->key)))
            return true;
    return false;
}

static int count_visible(const struct table *table, enum policy_command command)
{
    int count;
    rows_visible(table, command, &count);
    return count;
}

Test(policy, principals_are_who_profiles_says)
{
    cr_assert(member_a.has_house);
    cr_assert(!member_a.super_admin);
    cr_assert_neq(member_a.house, member_b.house);
    cr_assert(!loner.has_house);
    cr_assert_str_eq(loner.profile_role, "user");
    cr_assert(admin.super_admin);
    cr_assert(!stranger.has_house);
    cr_assert_str_eq(stranger.profile_role, "");
}

Test(policy, most_tables_have_rows_to_look_at)
{
    int full = 0, tables = 0;
    EVERY_TABLE(t) {
        tables++;
        full += people.there[t->number][IN_A] && people.there[t->number][IN_B];
        cr_expect(people.there[t->number][IN_A], "%s has no row of a", t->name);
    }
    cr_assert_geq(tables, 63);
    cr_assert_eq(full, tables);
}

static void meets_no_foreign_house(struct principal *who)
{
    static const enum policy_command commands[] = { POLICY_SELECT, POLICY_UPDATE, POLICY_DELETE };
    w->who = who;
    EVERY_TABLE(t)
        for (int c = 0; c < 3; c++) {
            int count;
            struct found *rows = rows_visible(t, commands[c], &count);
            for (int i = 0; i < count; i++) {
                uint32_t house = key_tenant(key_slice(&rows[i].key));
                if (table_in_houses(t))
                    cr_assert(who->has_house && house == who->house, "%s shows a row of house %u", t->name, house);
                else
                    cr_assert_eq(house, TENANT_SYSTEM);
            }
        }
}

Test(policy, nobody_meets_a_row_of_a_foreign_house)
{
    meets_no_foreign_house(&member_a);
    meets_no_foreign_house(&member_b);
    meets_no_foreign_house(&loner);
    meets_no_foreign_house(&stranger);
    meets_no_foreign_house(&anon);
}

Test(policy, members_see_what_org_isolation_shows)
{
    w->who = &member_a;
    EVERY_TABLE(t) {
        if (!table_in_houses(t))
            continue;
        bool expected = has_policy(t, "org_isolation");
        cr_expect_eq(sees(t, POLICY_SELECT, &people.rows[t->number][IN_A]), expected, "%s", t->name);
        cr_expect_not(sees(t, POLICY_SELECT, &people.rows[t->number][IN_B]), "%s", t->name);
        if (people.there[t->number][IN_NONE])
            cr_expect_not(sees(t, POLICY_SELECT, &people.rows[t->number][IN_NONE]), "%s", t->name);
    }
}

Test(policy, members_change_what_their_policies_name)
{
    w->who = &member_a;
    EVERY_TABLE(t) {
        if (!table_in_houses(t))
            continue;
        cr_expect_eq(sees(t, POLICY_UPDATE, &people.rows[t->number][IN_A]), has_policy(t, "org_update"), "%s", t->name);
        cr_expect_eq(sees(t, POLICY_DELETE, &people.rows[t->number][IN_A]), has_policy(t, "org_delete"), "%s", t->name);
    }
}

Test(policy, owners_see_their_own_and_nobody_elses)
{
    w->who = &member_a;
    EVERY_TABLE(t) {
        if (table_in_houses(t) || !has_policy(t, "owner_only"))
            continue;
        cr_expect(sees(t, POLICY_SELECT, &people.rows[t->number][IN_A]), "%s", t->name);
        cr_expect_not(sees(t, POLICY_SELECT, &people.rows[t->number][IN_B]), "%s", t->name);
    }
}

Test(policy, super_admins_see_everything)
{
    w->who = &admin;
    EVERY_TABLE(t) {
        for (int c = 0; c < CONTEXTS; c++)
            if (people.there[t->number][c])
                cr_expect(sees(t, POLICY_SELECT, &people.rows[t->number][c]), "%s", t->name);
    }
}

Test(policy, strangers_and_anon_see_no_house)
{
    struct principal *nobodies[] = { &loner, &stranger, &anon };
    for (int i = 0; i < 3; i++) {
        w->who = nobodies[i];
        EVERY_TABLE(t) {
            if (table_in_houses(t))
                cr_expect_eq(count_visible(t, POLICY_SELECT), 0, "%s", t->name);
        }
    }
}

Test(policy, the_common_policy_costs_nothing_per_row)
{
    struct guard guard;
    w->rq.who = &member_a;
    EVERY_TABLE(t) {
        if (t->tenancy != TENANCY_TENANT || !has_policy(t, "org_isolation"))
            continue;
        SUCCEED(policy_using(&w->rq, t, POLICY_SELECT, true, member_a.house, &guard));
        cr_expect_eq(guard.access, ACCESS_ALL, "%s", t->name);
    }
    SUCCEED(policy_using(&w->rq, world_table(w, "superadmin_logs"), POLICY_SELECT, true, TENANT_SYSTEM, &guard));
    cr_assert_eq(guard.access, ACCESS_NONE);
}

/* Inserts a made-up row of `context` through the guards, and takes it back: 0 or the SQLSTATE. */
static enum sqlstate try_insert(const struct table *table, enum context context)
{
    struct value columns[COLUMNS_MAX];
    bool given[COLUMNS_MAX];
    struct write write;
    struct proposal row;
    if (!make_up_row(&people, table, context, columns, given))
        return SQLSTATE_NOT_NULL_VIOLATION;
    int mark = changes_mark(&w->rq);
    error_clear(&w->error);
    w->rq.who = w->who;
    write_start(&write, &w->rq, table, true);
    int err = write_propose(&write, HOUSE_ANY, columns, given, &row);
    if (err == 0)
        err = write_insert(&write, &row, NULL);
    if (err == 0)
        err = write_finish(&write);
    write_done(&write);
    changes_undo(&w->rq, mark);
    return err < 0 ? w->error.state : SQLSTATE_OK;
}

Test(policy, members_insert_where_they_may_and_nowhere_else)
{
    w->who = &member_a;
    EVERY_TABLE(t) {
        if (!table_in_houses(t))
            continue;
        enum sqlstate own = try_insert(t, IN_A);
        bool expected = has_policy(t, "org_insert");
        cr_expect(expected ? own == SQLSTATE_OK || own == SQLSTATE_UNIQUE_VIOLATION : own == SQLSTATE_INSUFFICIENT_PRIVILEGE,
                  "%s: %s %s", t->name, sqlstate_code(own), w->error.message);
        enum sqlstate foreign = try_insert(t, IN_B);
        cr_expect_eq(foreign, SQLSTATE_INSUFFICIENT_PRIVILEGE, "%s: %s %s", t->name, sqlstate_code(foreign), w->error.message);
        enum sqlstate none = try_insert(t, IN_NONE);
        cr_expect(none == SQLSTATE_INSUFFICIENT_PRIVILEGE || none == SQLSTATE_NOT_NULL_VIOLATION, "%s: %s", t->name, sqlstate_code(none));
    }
}

/* The whole store as bytes, but for what the principal may change. */
static uint64_t digest_of_house(uint32_t house)
{
    uint64_t digest = house;
    EVERY_TABLE(t) {
        struct key low;
        struct cursor cursor;
        struct slice key, value;
        key_start(&low, house, t->relation);
        SUCCEED(cursor_open(&w->view, &low, NULL, false, &cursor, &w->error));
        while (cursor_next(&cursor, &key, &value, &w->error) == 1)
            digest = hash64(value, hash64(key, digest));
        cursor_close(&cursor);
    }
    return digest;
}

/* Each operation on every row that it can reach; other houses must not notice. Refusals are fine. */
Test(policy, whatever_a_member_does_other_houses_do_not_notice)
{
    uint64_t before_b = digest_of_house(member_b.house), before_system = digest_of_house(TENANT_SYSTEM);
    int updated = 0, deleted = 0;
    w->who = &member_a;
    EVERY_TABLE(t) {
        int mark = changes_mark(&w->rq);
        if (world_call(w, update_method, "[\"%s\", {\"where\": []}, {}]", t->qualified) == 0)
            updated += (int)world_count(w);
        if (table_in_houses(t))
            cr_assert_eq(digest_of_house(TENANT_SYSTEM), before_system, "%s", t->name);
        cr_assert_eq(digest_of_house(member_b.house), before_b, "%s", t->name);
        if (world_call(w, delete_method, "[\"%s\", {\"where\": []}]", t->qualified) == 0)
            deleted += (int)world_count(w);
        if (table_in_houses(t))
            cr_assert_eq(digest_of_house(TENANT_SYSTEM), before_system, "%s", t->name);
        cr_assert_eq(digest_of_house(member_b.house), before_b, "%s", t->name);
        changes_undo(&w->rq, mark);
    }
    cr_assert_gt(updated, 10);
    cr_assert_gt(deleted, 5);
}

Test(policy, a_foreign_key_gets_updates_and_deletes_nothing)
{
    w->who = &member_a;
    REFUSED("42501", count_method, "[\"contacts\", {\"organization\": \"" ORG_B "\"}]");
    const struct table *contacts = world_table(w, "contacts");
    int64_t id = people.rows[contacts->number][IN_B].columns[0].integer, own = people.rows[contacts->number][IN_A].columns[0].integer;
    SUCCEED(world_call(w, get_method, "[\"contacts\", %" PRId64 "]", id));
    RESULT("null");
    CALL(0, update_method, "[\"contacts\", %" PRId64 ", {\"name\": \"x\"}]", id);
    CALL(0, delete_method, "[\"contacts\", %" PRId64 "]", id);
    CALL(1, update_method, "[\"contacts\", %" PRId64 ", {\"name\": \"x\"}]", own);
    REFUSED("42501", update_method, "[\"contacts\", %" PRId64 ", {\"organization_id\": \"" ORG_B "\"}]", own);
    MESSAGE("new row violates row-level security policy for table \"contacts\"");
    REFUSED("42501", update_method, "[\"contacts\", %" PRId64 ", {\"organization_id\": \"99999999-9999-4999-8999-999999999999\"}]", own);
    MESSAGE("new row violates row-level security policy for table \"contacts\"");
    REFUSED("42501", upsert_method, "[\"contacts\", {\"id\": %" PRId64 ", \"name\": \"x\", \"organization_id\": \"" ORG_B "\"}]", id);
}

Test(policy, nobody_makes_himself_super_admin)
{
    w->who = &member_a;
    CALL(0, update_method, "[\"profiles\", \"%s\", {\"role\": \"super_admin\"}]", user_of_context[IN_A]);
    REFUSED("42501", upsert_method, "[\"profiles\", {\"id\": \"%s\", \"organization_id\": \"" ORG_A "\", \"role\": \"super_admin\"}]", user_of_context[IN_A]);
    w->who = &admin;
    CALL(1, update_method, "[\"profiles\", \"%s\", {\"role\": \"super_admin\"}]", user_of_context[IN_A]);
    world_user(w, &member_a, user_of_context[IN_A]);
    cr_assert(member_a.super_admin);
}

Test(policy, an_invisible_row_is_not_updated_by_upsert)
{
    w->who = &member_a;
    REFUSED("42501", upsert_method, "[\"organizations\", {\"id\": \"" ORG_A "\", \"name\": \"mine\"}]");
    CALL(1, upsert_method, "[\"organization_settings\", {\"organization_id\": \"" ORG_A "\", \"timezone\": \"UTC\"}]");
}

Test(policy, profiles_move_between_houses_with_their_claim)
{
    struct value key = value_uuid(member_a.claims.uid);
    struct found row;
    const struct table *profiles = world_table(w, "profiles");
    CALL(1, update_method, "[\"profiles\", \"%s\", {\"organization_id\": \"" ORG_B "\"}]", user_of_context[IN_A]);
    cr_assert_eq(table_find(&w->rq, profiles, HOUSE_ANY, &key, &row), 1);
    cr_assert_eq(key_tenant(key_slice(&row.key)), member_b.house);
    cr_assert_eq(table_find(&w->rq, profiles, member_a.house, &key, &row), 0);
    world_user(w, &member_a, user_of_context[IN_A]);
    cr_assert_eq(member_a.house, member_b.house);
    REFUSED("23505", insert_method, "[\"profiles\", {\"id\": \"%s\", \"organization_id\": \"" ORG_A "\"}]", user_of_context[IN_A]);
    CALL(1, upsert_method, "[\"profiles\", {\"id\": \"%s\", \"organization_id\": \"" ORG_A "\"}]", user_of_context[IN_A]);
    CALL(1, delete_method, "[\"profiles\", \"%s\"]", user_of_context[IN_A]);
    cr_assert_eq(table_find(&w->rq, profiles, HOUSE_ANY, &key, &row), 0);
    world_user(w, &member_a, user_of_context[IN_A]);
    cr_assert_not(member_a.has_house);
}
