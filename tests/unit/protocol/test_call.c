/* The table of native functions, and the way from a call's params to a function's values. */
#include "../engine/world.h"

#include "native/native.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define OTHER "bbbbbbbb-0000-4000-8000-000000000000"
#define USER "00000000-0000-4000-8000-00000000000a"

static struct world world, *w = &world;

static void open_world(void)
{
    world_open(w);
    world_schema(w, "CREATE SCHEMA IF NOT EXISTS auth;\n"
                    "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
                    "CREATE TABLE auth.users (id uuid PRIMARY KEY);\n"
                    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n");
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\",[{\"id\":\"%s\"},{\"id\":\"%s\"}]]", ORG, OTHER);
    CALL(1, insert_method, "[\"auth.users\",{\"id\":\"%s\"}]", USER);
    CALL(1, insert_method, "[\"profiles\",{\"id\":\"%s\",\"organization_id\":\"%s\"}]", USER, ORG);
}

static void close_world(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

TestSuite(call, .init = open_world, .fini = close_world);

Test(functions, are_described)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    cr_assert_gt(count, 0);
    for (int i = 0; i < count; i++) {
        const struct native_function *f = table[i];
        bool ended = false;
        cr_assert_eq(native_find(slice_of_string(f->name)), f, "two are called %s", f->name);
        cr_assert(f->run != NULL && f->summary != NULL && f->returns != NULL, "%s", f->name);
        cr_assert(f->writes || !f->relaxed, "%s writes nothing that could be relaxed", f->name);
        for (int p = 0; p < PARAMETERS_MAX && !ended; p++) {
            const struct parameter *parameter = &f->parameters[p];
            ended = parameter->name == NULL;
            if (ended)
                break;
            cr_assert(parameter->type > TYPE_UNKNOWN && parameter->type < TYPE_ID_COUNT, "%s(%s)", f->name, parameter->name);
            cr_assert(parameter->summary != NULL, "%s(%s)", f->name, parameter->name);
            for (int q = 0; q < p; q++)
                cr_assert_str_neq(parameter->name, f->parameters[q].name, "%s", f->name);
        }
        cr_assert(ended, "%s has more parameters than there may be", f->name);
    }
}

Test(call, what_is_wrong_with_a_call)
{
    REFUSED("22023", call_method, "[]");
    REFUSED("22023", call_method, "[7]");
    REFUSED("42883", call_method, "[\"nothing\",{}]");
    REFUSED("22023", call_method, "[\"issue_token\",[]]");
    REFUSED("42P02", call_method, "[\"issue_token\",{\"who\":1}]");
    REFUSED("22P02", call_method, "[\"issue_token\",{\"user_id\":\"me\"}]");
    MESSAGE("parameter \"user_id\" of \"issue_token\": invalid input syntax for type uuid: \"me\"");
    REFUSED("22023", call_method, "[\"issue_token\",{},{\"where\":1}]");
    REFUSED("22023", call_method, "[\"issue_token\",{},{},1]");
    REFUSED("42P02", call_method, "[\"consume_credits\",{}]");
    REFUSED("55000", call_method, "[\"issue_token\",{}]");
}

/* What JSON cannot say: a map with a key twice. The trail of super admins reads the same map. */
Test(call, a_parameter_is_given_once)
{
    struct buf wire = { 0 };
    mp_put_string(&wire, "get_credit_balance");
    mp_put_map(&wire, 2);
    for (int i = 0; i < 2; i++) {
        mp_put_string(&wire, "organization_id");
        mp_put_string(&wire, i == 0 ? ORG : OTHER);
    }
    error_clear(&w->error);
    cr_assert_eq(call_method(&w->rq, (struct args){ buf_slice(&wire), 2 }, &w->out), -1);
    MESSAGE("parameter \"organization_id\" of \"get_credit_balance\" is given twice");
    buf_done(&wire);
}

Test(call, nobody_but_the_service_issues_tokens)
{
    struct principal user;
    world_user(w, &user, USER);
    w->who = &user;
    REFUSED("42501", call_method, "[\"issue_token\",{}]");
}

Test(call, a_function_that_writes_needs_a_writer)
{
    w->rq.changes = NULL;
    error_clear(&w->error);
    cr_assert_eq(world_call(w, call_method, "[\"consume_credits\",{}]"), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "25006");
}

Test(call, tokens_are_issued_for_users)
{
    struct slice member, text;
    struct principal who;
    struct token_keys *keys;
    cr_assert_eq(token_keys_new(SLICE_LITERAL("0123456789abcdef0123456789abcdef"), NULL, &keys, &w->error), 0);
    w->host.token_keys = keys;
    REFUSED("22023", call_method, "[\"issue_token\",{}]");
    REFUSED("22023", call_method, "[\"issue_token\",{\"role\":\"root\",\"user_id\":\"%s\"}]", USER);
    REFUSED("22023", call_method, "[\"issue_token\",{\"user_id\":\"%s\",\"ttl_seconds\":0}]", USER);
    REFUSED("22023", call_method, "[\"issue_token\",{\"user_id\":\"%s\",\"claims\":[1]}]", USER);
    SUCCEED(world_call(w, call_method, "[\"issue_token\",{\"user_id\":\"%s\",\"claims\":{\"role\":\"service_role\",\"plan\":\"gold\"}}]", USER));
    cr_assert(json_member(buf_slice(&w->out), SLICE_LITERAL("token"), &member) && mp_str(&member, &text));
    SUCCEED(token_verify(keys, text, w->rq.now_us, &who, &w->error));
    cr_assert_eq(who.role, ROLE_AUTHENTICATED, "extra claims do not decide the role");
    cr_assert(json_member(who.claims.jwt, SLICE_LITERAL("plan"), &member));
    principal_done(&who);
    token_keys_free(keys);
}

Test(call, houses)
{
    uint32_t house, own;
    struct uuid organization;
    struct principal user;
    struct value mine = { .kind = VALUE_UUID }, other = { .kind = VALUE_UUID }, nowhere = { .kind = VALUE_UUID };
    uuid_parse(slice_of_string(ORG), &mine.uuid);
    uuid_parse(slice_of_string(OTHER), &other.uuid);
    world_user(w, &user, USER);
    w->rq.who = &user;
    SUCCEED(native_house(&w->rq, NULL, &own, &organization));
    SUCCEED(native_house(&w->rq, &mine, &house, &organization));
    cr_assert_eq(house, own);
    cr_assert_eq(native_house(&w->rq, &other, &house, &organization), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "42501");
    cr_assert_eq(native_house(&w->rq, &nowhere, &house, &organization), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "42501", "he learns nothing of what exists");
    w->rq.who = &w->service;
    SUCCEED(native_house(&w->rq, &other, &house, &organization));
    cr_assert_neq(house, own);
    cr_assert_eq(native_house(&w->rq, &nowhere, &house, &organization), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "23503");
    cr_assert_eq(native_house(&w->rq, NULL, &house, &organization), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "22023");
}
