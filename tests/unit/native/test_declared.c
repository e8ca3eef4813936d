/* Whatever is native may be declared in a migration: the catalog keeps a list of signatures, for it cannot ask upward. What is declared
 * decides how a call names its parameters, or it is refused. */
#include "quota_world.h"

/* Whether its result begins with a boolean that answers what is asked: so says the map, and so must whoever may be refused. */
static bool answers(const struct native_function *function)
{
    static const char *const firsts[] = { "{allowed", "{success", "{valid,", "{locked", "{required", "{trusted", "{revoked", "{acknowledged" };
    bool found = false;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++)
        found = found || strncmp(function->returns, firsts[i], strlen(firsts[i])) == 0;
    cr_assert(found || function->refusal == SQLSTATE_OK, "%s", function->name);
    return found;
}

static const char *result_of(const struct native_function *function)
{
    bool is_json = function->returns[0] == '{' || function->returns[0] == '[' || strncmp(function->returns, "the event", 9) == 0;
    return is_json ? "jsonb" : "integer";
}

#define STUB "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$;"

/* 0, or -1 with the error. */
static int declare(const char *sql, struct error *error)
{
    struct catalog *catalog = catalog_new();
    struct effects effects;
    int result = catalog_apply(catalog, "case.sql", slice_of_string(sql), 0, &effects, error);
    catalog_free(catalog);
    return result;
}

Test(declared, every_native_function_is_accepted_as_it_is)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    for (int i = 0; i < count; i++)
        for (int prefixed = 0; prefixed < 2; prefixed++) {
            struct error error = { 0 };
            struct buf sql = { 0 };
            buf_printf(&sql, "CREATE FUNCTION %s(", table[i]->name);
            for (int p = 0; p < PARAMETERS_MAX && table[i]->parameters[p].name != NULL; p++) {
                const struct parameter *parameter = &table[i]->parameters[p];
                struct type type = { .id = parameter->type, .array = parameter->array };
                buf_printf(&sql, "%s\"%s%s\" %s%s", p > 0 ? ", " : "", prefixed ? "p_" : "", parameter->name, type_name(type, &arena),
                           parameter->required ? "" : " DEFAULT NULL");
            }
            const char *const results[] = { result_of(table[i]), "boolean", "void" };
            bool taken[] = { true, answers(table[i]), !answers(table[i]) };
            size_t head = sql.size;
            for (int r = 0; r < 3; r++) {
                sql.size = head;
                buf_printf(&sql, ") RETURNS %s " STUB, results[r]);
                cr_expect_eq(declare(buf_text(&sql), &error), taken[r] ? 0 : -1, "src/catalog/declare.c has it otherwise: %s (%s)\n%s", error.message, error.hint, buf_text(&sql));
            }
            buf_done(&sql);
        }
    arena_done(&arena);
}

static void refused(const char *sql, const char *what)
{
    struct error error = { 0 };
    cr_assert_eq(declare(sql, &error), -1, "not refused: %s", sql);
    cr_expect_str_eq(sqlstate_code(error.state), "0A000", "%s: %s", sql, error.message);
    cr_expect(strstr(error.message, what) != NULL, "%s: %s", sql, error.message);
    cr_expect_neq(error.hint[0], '\0');
}

Test(declared, what_the_native_cannot_be_is_refused)
{
    refused("CREATE FUNCTION consume_credits(p_user uuid, n integer) RETURNS jsonb " STUB, "p_user");
    refused("CREATE FUNCTION consume_credits(action_type text, quantity bigint) RETURNS jsonb " STUB, "another type: quantity");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS void " STUB, "its answer would not be heard");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS integer " STUB, "its result is another");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS SETOF boolean " STUB, "its result is another");
    refused("CREATE FUNCTION grant_credits(amount integer) RETURNS boolean " STUB, "its result is another");
    refused("CREATE FUNCTION get_quota_usage() RETURNS TABLE (endpoint text, request_count bigint) " STUB, "its result is another");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS SETOF jsonb " STUB, "its result is another");
    refused("CREATE FUNCTION consume_credits(quantity integer) RETURNS jsonb " STUB, "it needs the parameter action_type");
    refused("CREATE FUNCTION consume_credits(action_type text, p_action_type text) RETURNS jsonb " STUB, "twice");
    refused("CREATE FUNCTION consume_credits(action_type text, INOUT quantity integer) RETURNS jsonb " STUB, "quantity");
    refused("CREATE FUNCTION consume_credits(action_type text, description text DEFAULT gen_random_uuid()::text) RETURNS jsonb " STUB, "no constant");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{}'::jsonb $$;", "what its body says is not run");
    refused("CREATE FUNCTION consume_credits(action_type text) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; RETURN NULL; END $$;",
            "what its body says is not run");
    refused("CREATE FUNCTION custom_access_token_hook(event jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN jsonb_set(event, '{claims,plan}', '\"pro\"'); END $$;",
            "what its body says is not run");
    refused("CREATE SCHEMA auth; CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS $$ SELECT NULL::uuid $$;", "what its body says is not run");
}

/* --- Calls --- */

static void open_declared(void)
{
    open_quota_world();
    store_write_abort(w->store, &w->view);
    SUCCEED(world_migrate(w, "20990101000000_declared.sql", SLICE_LITERAL(
        "CREATE FUNCTION grant_credits(organization_id uuid, p_amount integer DEFAULT 7) RETURNS json LANGUAGE plpgsql SECURITY DEFINER\n"
        "    SET search_path = '' AS $body$\nbegin -- run by the server\n  raise exception 'native to Rowhouse';\nend; $body$;\n"
        "CREATE FUNCTION consume_credits(p_organization_id uuid, p_action_type text, p_quantity integer) RETURNS jsonb " STUB)));
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\",\"name\":\"Acme\"}]", ORG);
}

TestSuite(calls, .init = open_declared, .fini = close_quota_world);

Test(calls, name_what_is_declared)
{
    SUCCEED(world_call(w, call_method, "[\"grant_credits\",{\"organization_id\":\"" ORG "\"}]"));
    cr_expect_eq(number("credits_remaining"), 7, "its default");
    SUCCEED(world_call(w, call_method, "[\"consume_credits\",{\"p_organization_id\":\"" ORG "\",\"p_action_type\":\"send_email\",\"p_quantity\":2}]"));
    cr_expect_eq(number("credits_remaining"), 5);
    REFUSES("42P02", "consume_credits", ",\"action_type\":\"send_email\",\"quantity\":2");
    cr_assert_eq(world_call(w, call_method, "[\"consume_credits\",{\"p_organization_id\":\"" ORG "\",\"p_action_type\":\"send_email\"}]"), -1);
    MESSAGE("function \"consume_credits\" needs its parameter \"p_quantity\"");
    cr_assert_eq(world_call(w, call_method, "[\"grant_credits\",{\"organization_id\":\"" ORG "\",\"description\":\"x\"}]"), -1);
    MESSAGE("function \"grant_credits\" has no parameter \"description\"");
}

/* A boolean is the answer, a no as well; void is nothing. In a transaction the boolean's no is a refusal as the map's is. */
Test(calls, give_what_is_declared)
{
    store_write_abort(w->store, &w->view);
    SUCCEED(world_migrate(w, "20990102000000_results.sql", SLICE_LITERAL(
        "CREATE OR REPLACE FUNCTION grant_credits(p_organization_id uuid, p_amount integer) RETURNS void " STUB "\n"
        "CREATE OR REPLACE FUNCTION consume_credits(p_organization_id uuid, p_action_type text) RETURNS boolean " STUB "\n"
        "CREATE FUNCTION requires_2fa(p_user_id uuid) RETURNS boolean " STUB)));
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\",\"name\":\"Acme\"}]", ORG);
    SUCCEED(world_call(w, call_method, "[\"grant_credits\",{\"p_organization_id\":\"" ORG "\",\"p_amount\":1}]"));
    cr_expect_str_eq(world_json(w), "null");
    const struct native_function *consume = native_find(SLICE_LITERAL("consume_credits"));
    for (int left = 1; left >= 0; left--) {
        SUCCEED(world_call(w, call_method, "[\"consume_credits\",{\"p_organization_id\":\"" ORG "\",\"p_action_type\":\"send_email\"}]"));
        cr_expect_str_eq(world_json(w), left > 0 ? "true" : "false");
        cr_expect_eq(native_refused(consume, buf_slice(&w->out)), left == 0);
    }
    SUCCEED(world_call(w, call_method, "[\"requires_2fa\",{\"p_user_id\":\"" ORG "\"}]"));
    cr_expect_str_eq(world_json(w), "false");
}
