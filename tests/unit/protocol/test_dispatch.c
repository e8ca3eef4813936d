/* From names to functions: the table, who may call what, writes that run once, transactions, the trail of super admins. */
#include "../engine/people.h"

#include "protocol/dispatch.h"
#include "protocol/idempotency.h"
#include "protocol/superadmin.h"

#define ORG ORG_A
#define ADMIN SUPER_ADMIN

static const char schema[] =
    "CREATE SCHEMA IF NOT EXISTS auth;\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text UNIQUE);\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
    "CREATE TABLE contacts (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text NOT NULL);\n"
    "CREATE TABLE plans (name text PRIMARY KEY);\n"
    "CREATE TABLE devices (id bigserial PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users(id));\n"
    "CREATE TABLE superadmin_logs (id bigserial PRIMARY KEY, admin_user_id uuid NOT NULL, admin_email text NOT NULL, action text NOT NULL,\n"
    "    operation_type text NOT NULL, target_type text, target_id text, details jsonb, result text NOT NULL, error_message text);\n"
    "GRANT ALL ON auth.users, organizations, profiles, contacts, plans, devices TO authenticated;\n"
    "REVOKE EXECUTE ON FUNCTION release_reservation FROM PUBLIC, authenticated, service_role;\n";

static struct world world, *w = &world;

static void open_world(void)
{
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
}

static void close_world(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

TestSuite(dispatch, .init = open_world, .fini = close_world);

static const struct method *running;
static int run_it(struct request *rq, struct args args, struct buf *out)
{
    return method_run(running, rq, args, out);
}
#define RUN(name, ...) (running = method_find(slice_of_string(name)), world_call(w, run_it, __VA_ARGS__))
#define GOOD(name, ...) cr_assert_eq(RUN(name, __VA_ARGS__), 0, "%s: %s", w->error.message, w->error.detail)
#define BAD(code, name, ...)                                                                                                  \
    do {                                                                                                                      \
        int mark_ = w->changes.count;                                                                                         \
        cr_assert_eq(RUN(name, __VA_ARGS__), -1, "not refused");                                                              \
        cr_assert_str_eq(sqlstate_code(w->error.state), code, "%s: %s", sqlstate_code(w->error.state), w->error.message);     \
        cr_assert_eq(w->changes.count, mark_, "something is left");                                                           \
        cr_assert_eq(w->out.size, 0);                                                                                         \
    } while (0)

/* It may leave a trail. */
#define FAILED(code, name, ...)                                                                                               \
    do {                                                                                                                      \
        cr_assert_eq(RUN(name, __VA_ARGS__), -1, "not refused");                                                              \
        cr_assert_str_eq(sqlstate_code(w->error.state), code, "%s: %s", sqlstate_code(w->error.state), w->error.message);     \
        cr_assert_eq(w->out.size, 0);                                                                                         \
    } while (0)

static int64_t count_of(const char *table)
{
    struct principal *who = w->who;
    w->who = &w->service;
    GOOD("count", "[\"%s\"]", table);
    w->who = who;
    return world_count(w);
}

/* --- The table --- */

Test(table, is_sound)
{
    int count;
    struct buf text = { 0 };
    const struct method *table = method_table(&count);
    world_file("docs/protocol.md", &text);
    for (int i = 0; i < count; i++) {
        char quoted[METHOD_NAME_MAX + 3];
        const struct method *m = &table[i];
        cr_assert_eq(method_find(slice_of_string(m->name)), m, "two are called %s", m->name);
        cr_assert_eq(m->run == NULL, m->kind == METHOD_SESSION, "%s", m->name);
        cr_assert_eq(m->right == RIGHT_ANYONE, m->kind == METHOD_SESSION, "%s", m->name);
        cr_assert(strlen(m->name) <= METHOD_NAME_MAX && m->summary[0] != '\0');
        snprintf(quoted, sizeof quoted, "`%s`", m->name);
        cr_assert(strstr(buf_text(&text), quoted) != NULL, "%s is not in docs/protocol.md", m->name);
    }
    cr_assert_null(method_find(SLICE_LITERAL("")));
    cr_assert_null(method_find(SLICE_LITERAL("ge")));
    cr_assert_null(method_find(SLICE_LITERAL("gets")));
    buf_done(&text);
}

static struct args args_of(const char *json)
{
    struct args args;
    SUCCEED(json_parse(slice_of_string(json), &w->arena, &args.rest, &w->error));
    cr_assert(mp_array(&args.rest, &args.count));
    return args;
}

struct kind_case { const char *method, *params; int want; };
Test(dispatch, kinds_of_calls)
{
    static const struct kind_case cases[] = {
        { "get", "[\"contacts\",1]", METHOD_READ },
        { "insert", "[\"contacts\",{}]", METHOD_WRITE },
        { "call", "[\"consume_credits\",{}]", METHOD_WRITE },
        { "call", "[\"get_quota_usage\",{}]", METHOD_READ },
        { "call", "[\"nothing\"]", METHOD_READ },
        { "call", "[]", METHOD_READ },
        { "query", "[\"SELECT 1\"]", METHOD_READ },
        { "query", "[\"DELETE FROM contacts\"]", METHOD_WRITE },
        { "query", "[\"SELECT consume_credits('send_email')\"]", METHOD_WRITE },
        { "query", "[\"SELECT * FROM get_quota_usage()\"]", METHOD_READ },
        { "query", "[\"SELECT lower('A')\"]", METHOD_READ },
        { "query", "[\"DELETE FROM contacts\",[],{\"durability\":\"never\"}]", -1 },
        { "query", "[\"DELETE FROM\"]", -1 },
        { "query", "[]", METHOD_READ },
        { "execute", "[\"00\"]", METHOD_READ },
        { "migrate", "[[]]", METHOD_EXCLUSIVE },
        { "migrate", "[[],{\"plan\":false}]", METHOD_EXCLUSIVE },
        { "migrate", "[[],{\"plan\":true}]", METHOD_OFFLOOP },
        { "insert", "[\"contacts\",{},{\"idempotency_key\":null,\"durability\":null}]", METHOD_WRITE },
        { "insert", "[\"contacts\",{},{\"idempotency_key\":\"\"}]", -1 },
        { "insert", "[\"contacts\",{},{\"idempotency_key\":7}]", -1 },
        { "insert", "[\"contacts\",{},{\"durability\":\"never\"}]", -1 },
        { "insert", "[\"contacts\",{},[]]", -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum method_kind kind;
        struct error error;
        int got = method_kind_of(method_find(slice_of_string(cases[i].method)), args_of(cases[i].params), &kind, &error);
        cr_assert_eq(got == 0 ? (int)kind : -1, cases[i].want, "%s %s", cases[i].method, cases[i].params);
    }
}

Test(dispatch, who_may_call_what)
{
    int count;
    struct error error;
    const struct method *table = method_table(&count);
    struct principal nobody = { .role = ROLE_NONE }, member = { .role = ROLE_AUTHENTICATED };
    for (int i = 0; i < count; i++) {
        bool anyone = table[i].right == RIGHT_ANYONE;
        cr_assert_eq(method_allowed(&table[i], &w->service, &error), 0);
        cr_assert_eq(method_allowed(&table[i], &nobody, &error), anyone ? 0 : -1);
        cr_assert(anyone || error.state == SQLSTATE_INVALID_AUTHORIZATION);
        cr_assert_eq(method_allowed(&table[i], &member, &error), table[i].right == RIGHT_SERVICE ? -1 : 0);
        cr_assert(table[i].right != RIGHT_SERVICE || error.state == SQLSTATE_INSUFFICIENT_PRIVILEGE);
    }
    w->who = &member;
    BAD("42501", "tenants", "[]");
    w->who = &nobody;
    BAD("28000", "count", "[\"contacts\"]");
}

/* --- Once --- */

#define ORGANIZE GOOD("insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG)
#define ADD(name, options) "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"},%s]", ORG, name, options

Test(dispatch, a_write_under_a_key_runs_once)
{
    ORGANIZE;
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"k\",\"returning\":[\"id\"]}"));
    const char *first = world_json(w);
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"k\",\"returning\":[\"id\"]}"));
    RESULT(first);
    cr_assert_eq(count_of("contacts"), 1);
    BAD("RH003", "insert", ADD("Bob", "{\"idempotency_key\":\"k\",\"returning\":[\"id\"]}"));
    BAD("RH003", "upsert", ADD("Ada", "{\"idempotency_key\":\"k\",\"returning\":[\"id\"]}"));
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"other\"}"));
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":null}"));
    cr_assert_eq(count_of("contacts"), 3);
}

Test(dispatch, keys_are_each_callers_own)
{
    struct principal other = w->service;
    ORGANIZE;
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"k\"}"));
    other.claims.has_uid = true;
    other.claims.uid.bytes[0] = 1;
    w->who = &other;
    GOOD("insert", ADD("Bob", "{\"idempotency_key\":\"k\"}"));
    cr_assert_eq(count_of("contacts"), 2);
}

#define RANDOM_KEY "5bbe7a2c-30a1-4a52-9b1f-5b1d6b1a7f10"

/* Neither anon nor the service role has a user id. The reply of one is not the other's. */
Test(dispatch, keys_of_callers_without_a_user_are_apart)
{
    struct principal anon = { .role = ROLE_ANON, .claims = { .role = "anon" } };
    ORGANIZE;
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"" RANDOM_KEY "\",\"returning\":true}"));
    w->who = &anon;
    BAD("42501", "insert", ADD("Ada", "{\"idempotency_key\":\"" RANDOM_KEY "\",\"returning\":true}"));
    GOOD("txn", "[[],{\"idempotency_key\":\"" RANDOM_KEY "\"}]");
    w->who = &w->service;
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"l\"}"));
}

/* All of anon, and all tokens without a user, are one caller to the server: nobody gets another's reply by a key that two may choose. */
Test(dispatch, keys_without_a_user_are_not_guessed)
{
    static const char *const guessed[] = { "k", "1", "", "00000000-0000-0000-0000-000000000000", "00000000-0000-1000-8000-000000000000" };
    struct principal callers[] = { { .role = ROLE_ANON, .claims = { .role = "anon" } }, { .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated" } } };
    for (size_t c = 0; c < sizeof callers / sizeof *callers; c++) {
        w->who = &callers[c];
        for (size_t i = 0; i < sizeof guessed / sizeof *guessed; i++)
            BAD("22023", "txn", "[[],{\"idempotency_key\":\"%s\"}]", guessed[i]);
        GOOD("txn", "[[],{\"idempotency_key\":\"" RANDOM_KEY "\"}]");
        GOOD("txn", "[[],{\"idempotency_key\":\"" RANDOM_KEY "\"}]");
        BAD("RH003", "txn", "[[[\"query\",\"SELECT 1\"]],{\"idempotency_key\":\"" RANDOM_KEY "\"}]");
    }
}

/* A reply is told to whom it was told: not to the same user when he is less, and his request is not run again either. */
Test(dispatch, a_reply_is_not_repeated_to_another_role)
{
    struct principal who;
    ORGANIZE;
    GOOD("insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"B\"}]", ORG_B);
    GOOD("insert", "[\"auth.users\",{\"id\":\"%s\"}]", ADMIN);
    GOOD("insert", "[\"profiles\",{\"id\":\"%s\",\"organization_id\":\"%s\",\"role\":\"super_admin\"}]", ADMIN, ORG);
    world_user(w, &who, ADMIN);
    w->who = &who;
#define THEIRS "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Theirs\"},{\"idempotency_key\":\"k\",\"returning\":true}]", ORG_B
    GOOD("insert", THEIRS);
    GOOD("insert", THEIRS);
    w->who = &w->service;
    GOOD("update", "[\"profiles\",\"%s\",{\"role\":\"user\"}]", ADMIN);
    world_user(w, &who, ADMIN);
    w->who = &who;
    BAD("RH003", "insert", THEIRS);
    w->who = &w->service;
    GOOD("delete", "[\"profiles\",\"%s\"]", ADMIN);
    world_user(w, &who, ADMIN);
    w->who = &who;
    BAD("42501", "insert", THEIRS);
    cr_assert_eq(count_of("contacts"), 1);
}

Test(dispatch, a_failed_write_may_be_tried_again)
{
    BAD("23503", "insert", ADD("Ada", "{\"idempotency_key\":\"k\"}"));
    ORGANIZE;
    GOOD("insert", ADD("Ada", "{\"idempotency_key\":\"k\"}"));
    cr_assert_eq(count_of("contacts"), 1);
}

Test(dispatch, a_reply_that_cannot_be_kept_is_refused_and_undone)
{
    char *name = arena_alloc(&w->arena, 4096);
    ORGANIZE;
    memset(name, 'x', 4000);
    for (int i = 0; i < 20; i++)
        GOOD("insert", ADD(name, "{}"));
    BAD("54000", "update", "[\"contacts\",{\"where\":[\">\",\"id\",0]},{\"name\":\"%s\"},{\"returning\":true,\"idempotency_key\":\"k\"}]", name);
    GOOD("update", "[\"contacts\",{\"where\":[\">\",\"id\",0]},{\"name\":\"y\"},{\"idempotency_key\":\"k\"}]");
}

Test(dispatch, kept_replies_expire_and_are_swept)
{
    struct idempotency_sweep sweep = { 0 };
    int removed;
    ORGANIZE;
    for (int i = 0; i < 10; i++) {
        char options[64];
        snprintf(options, sizeof options, "{\"idempotency_key\":\"k%d\"}", i);
        GOOD("insert", ADD("Ada", options));
    }
    w->rq.now_us += (int64_t)IDEMPOTENCY_TTL_S * 1000000;
    GOOD("insert", ADD("Bob", "{\"idempotency_key\":\"k0\"}"));         /* another request: the old one is forgotten */
    cr_assert_eq(count_of("contacts"), 11);
    cr_assert_eq(idempotency_sweep(&w->rq, &sweep, 4, &removed), 1);
    cr_assert_eq(removed, 3, "k0 is new, k1 to k3 have expired");
    int all = removed, steps = 1;
    for (int more = 1; more == 1; steps++) {
        more = idempotency_sweep(&w->rq, &sweep, 4, &removed);
        cr_assert(more >= 0 && steps < 10);
        all += removed;
    }
    cr_assert_eq(all, 9);
    cr_assert(sweep.house == 0 && sweep.next.size == 0, "ready for the next round");
    GOOD("insert", ADD("Bob", "{\"idempotency_key\":\"k0\"}"));
    cr_assert_eq(count_of("contacts"), 11, "what has not expired is still kept");
}

/* --- Transactions --- */

Test(dispatch, a_transaction_is_all_or_nothing)
{
    GOOD("txn", "[[[\"insert\",\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}],"
                "[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}],[\"count\",\"contacts\"]]]", ORG, ORG);
    RESULT("[{\"count\": 1}, {\"count\": 1}, 1]");
    BAD("23502", "txn", "[[[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Bob\"}],"
                        "[\"insert\",\"contacts\",{\"organization_id\":\"%s\"}]]]", ORG, ORG);
    cr_assert_str_eq(w->error.detail, "operation 2 of 2");
    cr_assert_eq(count_of("contacts"), 1);
    GOOD("txn", "[[]]");
    RESULT("[]");
}

Test(dispatch, what_cannot_be_an_operation)
{
    BAD("22023", "txn", "[[[\"txn\",[]]]]");
    BAD("22023", "txn", "[[[\"migrate\",[]]]]");
    BAD("22023", "txn", "[[[\"ping\"]]]");
    BAD("22023", "txn", "[[[\"nothing\"]]]");
    BAD("22023", "txn", "[[[]]]");
    BAD("22023", "txn", "[[7]]");
    BAD("22023", "txn", "[7]");
    BAD("22023", "txn", "[]");
    BAD("22023", "txn", "[[],{\"where\":1}]");
    BAD("42P01", "txn", "[[[\"count\",\"nothing\"]]]");
    cr_assert_str_eq(w->error.detail, "operation 1 of 1");
    struct buf many = { 0 };
    buf_append_string(&many, "[[");
    for (int i = 0; i <= TXN_OPS_MAX; i++)
        buf_printf(&many, "%s[\"count\",\"plans\"]", i == 0 ? "" : ",");
    buf_append_string(&many, "]]");
    BAD("54000", "txn", "%s", buf_text(&many));
    buf_done(&many);
}

Test(dispatch, a_transaction_under_a_key_runs_once)
{
    ORGANIZE;
    for (int i = 0; i < 2; i++)
        GOOD("txn", "[[[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}]],{\"idempotency_key\":\"k\"}]", ORG);
    cr_assert_eq(count_of("contacts"), 1);
}

/* What would be passed over is refused, of whatever method; what is nil is not given. */
Test(dispatch, options_of_a_transaction_are_not_an_operations)
{
    static const char *const operations[] = {
        "\"insert\",\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"}", "\"update\",\"contacts\",1,{\"name\":\"Bob\"}", "\"delete\",\"contacts\",1",
        "\"upsert\",\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Cy\"}",
    };
    static const char *const options[] = { "\"idempotency_key\":\"k\"", "\"durability\":\"relaxed\"", "\"durability\":\"sync\"" };
    ORGANIZE;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        for (size_t o = 0; o < sizeof options / sizeof *options; o++) {
            BAD("22023", "txn", "[[[%s,{%s}]]]", operations[i], options[o]);
            cr_assert(strstr(w->error.message, "is not for an operation of a transaction") != NULL, "%s", w->error.message);
            cr_assert(strstr(w->error.hint, "Give it to txn") != NULL, "%s", w->error.hint);
        }
        GOOD("txn", "[[[%s,{\"idempotency_key\":null,\"durability\":null}]]]", operations[i]);
    }
    BAD("22023", "txn", "[[[%s,{\"restore\":1}]]]", operations[0]);
    BAD("22023", "txn", "[[[%s,{\"nothing\":1}]]]", operations[0]);
    BAD("22023", "txn", "[[[%s,7]]]", operations[0]);
}

/* With the reference's schema: a limit that says no is an error of the whole transaction. */
Test(refusal, takes_everything_back)
{
    struct slice member;
    bool allowed;
    world_open(w);
    apply_reference_schema(w);
    world_begin(w);
    ORGANIZE;
    GOOD("call", "[\"check_rate_limit\",{\"organization_id\":\"%s\",\"endpoint\":\"/send-email\",\"cost\":1000000}]", ORG);
    cr_assert(json_member(buf_slice(&w->out), SLICE_LITERAL("allowed"), &member) && mp_bool(&member, &allowed) && !allowed);
    BAD("RH001", "txn", "[[[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}],"
        "[\"call\",\"check_rate_limit\",{\"organization_id\":\"%s\",\"endpoint\":\"/send-email\",\"cost\":1000000}]]]", ORG, ORG);
    cr_assert_str_eq(w->error.detail, "operation 2 of 2");
    GOOD("txn", "[[[\"insert\",\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}],"
         "[\"call\",\"check_rate_limit\",{\"organization_id\":\"%s\",\"endpoint\":\"/send-email\"}]]]", ORG, ORG);
    cr_assert_eq(count_of("contacts"), 1);
    close_world();
}

/* --- Super admins --- */

static struct principal admin(void)
{
    struct principal who;
    ORGANIZE;
    GOOD("insert", "[\"auth.users\",{\"id\":\"%s\",\"email\":\"root@example.com\"}]", ADMIN);
    GOOD("insert", "[\"profiles\",{\"id\":\"%s\",\"organization_id\":\"%s\",\"role\":\"super_admin\"}]", ADMIN, ORG);
    world_user(w, &who, ADMIN);
    cr_assert(who.super_admin && who.has_house);
    return who;
}

/* By `call` and in SQL alike; the server's own work asks nobody. */
Test(dispatch, a_function_is_closed_to_whom_it_was_taken_from)
{
    struct principal member = { .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated" } };
    struct principal service = { .role = ROLE_SERVICE, .claims = { .role = "service_role" } };
    w->who = &member;
    BAD("42501", "call", "[\"release_reservation\",{}]");
    cr_assert_str_eq(w->error.message, "permission denied for function release_reservation");
    w->who = &service;
    BAD("42501", "call", "[\"release_reservation\",{}]");
    w->who = &w->service;
    BAD("42P02", "call", "[\"release_reservation\",{}]");
}

Test(dispatch, super_admins_leave_a_trail)
{
    struct principal who = admin();
    w->who = &who;
    GOOD("insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}]", ORG);
    cr_assert_eq(count_of("superadmin_logs"), 1);
    GOOD("count", "[\"contacts\"]");
    cr_assert_eq(count_of("superadmin_logs"), 2, "all houses");
    GOOD("count", "[\"contacts\",{\"organization\":\"%s\"}]", ORG);
    GOOD("count", "[\"plans\"]");
    cr_assert_eq(count_of("superadmin_logs"), 2, "his own house, and what belongs to nobody");
    FAILED("42P01", "insert", "[\"nothing\",{}]");
    FAILED("22P02", "count", "[\"contacts\",{\"where\":[\"=\",\"id\",\"x\"]}]");
    cr_assert_eq(count_of("superadmin_logs"), 4, "how it failed may tell something");
    FAILED("22P02", "count", "[\"contacts\",{\"where\":[\"=\",\"id\",\"x\"],\"organization\":\"%s\"}]", ORG);
    cr_assert_eq(count_of("superadmin_logs"), 4);
    cr_assert_eq(count_of("contacts"), 1);
    GOOD("txn", "[[[\"count\",\"contacts\"],[\"update\",\"contacts\",1,{\"name\":\"Eve\"}]]]");
    w->who = &w->service;
    GOOD("scan", "[\"superadmin_logs\",{\"columns\":[\"admin_email\",\"action\",\"operation_type\",\"details\",\"result\",\"error_message\"],\"order\":[\"id\"]}]");
    RESULT("{\"rows\": [[\"root@example.com\", \"insert contacts\", \"CREATE\", null, \"success\", null], "
           "[\"root@example.com\", \"count contacts\", \"READ\", null, \"success\", null], "
           "[\"root@example.com\", \"insert nothing\", \"CREATE\", null, \"failure\", \"42P01\"], "
           "[\"root@example.com\", \"count contacts\", \"READ\", null, \"failure\", \"22P02\"], "
           "[\"root@example.com\", \"txn\", \"EXECUTE\", {\"operations\": [\"count contacts\", \"update contacts\"]}, \"success\", null]], \"cursor\": null}");
}

/* Users lie in no house: to name his own organization beside them makes them no part of it. */
Test(dispatch, what_super_admins_read_of_users_leaves_a_trail)
{
    struct principal who = admin();
    w->who = &who;
    GOOD("count", "[\"devices\",{\"organization\":\"%s\"}]", ORG);
    cr_assert_eq(count_of("superadmin_logs"), 1);
    GOOD("count", "[\"auth.users\",{\"organization\":\"%s\"}]", ORG);
    cr_assert_eq(count_of("superadmin_logs"), 2);
    GOOD("scan", "[\"auth.users\"]");
    cr_assert_eq(count_of("superadmin_logs"), 3);
    GOOD("count", "[\"plans\"]");
    cr_assert_eq(count_of("superadmin_logs"), 3);
}

Test(dispatch, a_call_about_somebody_else_leaves_a_trail)
{
    struct call_options options = { .kind = METHOD_READ };
    const struct method *call = method_find(SLICE_LITERAL("call"));
    struct principal who = admin();
    w->who = &who;
    w->rq.who = &who;
#define TRAIL(json) superadmin_leaves_trail(&w->rq, call, &options, args_of(json))
    cr_assert(!TRAIL("[\"requires_2fa\"]"));
    cr_assert(!TRAIL("[\"requires_2fa\",{\"user_id\":null}]"));
    cr_assert(!TRAIL("[\"requires_2fa\",{\"user_id\":\"" ADMIN "\"}]"));
    cr_assert(TRAIL("[\"requires_2fa\",{\"user_id\":\"" STRANGER "\"}]"));
    cr_assert(TRAIL("[\"get_failed_login_count\",{\"email\":\"ada@example.com\"}]"));
    cr_assert(!TRAIL("[\"get_credit_balance\",{\"organization_id\":\"" ORG "\"}]"));
    cr_assert(TRAIL("[\"get_credit_balance\",{\"organization_id\":\"" ORG_B "\"}]"));
    call = method_find(SLICE_LITERAL("query"));
    cr_assert(TRAIL("[\"SELECT * FROM devices\",[],{\"organization\":\"" ORG "\"}]"));
}

Test(dispatch, the_service_role_leaves_none)
{
    ORGANIZE;
    GOOD("count", "[\"contacts\"]");
    cr_assert_eq(count_of("superadmin_logs"), 0);
}
