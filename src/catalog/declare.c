/* Declarations of native functions: what a migration says of one decides the names, order and defaults of its parameters.
 *
 *      CREATE FUNCTION consume_credits(p_action_type text, p_quantity integer DEFAULT 1) RETURNS jsonb
 *          LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$;
 *
 * A parameter is one of the native's, under its name or with p_ before it, and of its type. The result is the native's; or boolean, where
 * that begins with the answer to a question; or void, where it answers none, so that no refusal goes unheard. What says anything else is
 * refused, so that nobody is answered what was not declared. */
#include "catalog/fold.h"

/* Everything of src/native, with its parameters (! where it must be given) and its result (? where it begins with a boolean, the answer),
 * and what policies ask;
 * tests/unit/native/test_declared.c compares. */
static const struct signature {
    const char *name, *parameters, *result;
} signatures[] = {
    { "auth.uid", NULL, NULL }, { "auth.jwt", NULL, NULL }, { "auth.role", NULL, NULL }, { "auth.organization_id", NULL, NULL },
    { "auth.is_super_admin", NULL, NULL },
    { "check_rate_limit", "endpoint text!, organization_id uuid, user_id uuid, resource_type text, cost integer, mode text", "jsonb?" },
    { "explain_rate_limit", "endpoint text!, organization_id uuid, user_id uuid, resource_type text, cost integer", "jsonb?" },
    { "refund_rate_limit", "endpoint text!, organization_id uuid, user_id uuid, resource_type text, cost integer, "
        "checked_at timestamp with time zone", "jsonb" },
    { "record_api_usage", "endpoint text!, success boolean!, response_time_ms numeric, organization_id uuid, user_id uuid", "jsonb" },
    { "get_quota_usage", "period text, organization_id uuid", "jsonb" },
    { "cleanup_old_rate_limit_data", "", "integer" },
    { "consume_credits", "action_type text!, quantity integer, organization_id uuid, description text", "jsonb?" },
    { "grant_credits", "amount integer!, organization_id uuid, entry_type text, description text", "jsonb" },
    { "reserve_credits", "action_type text!, quantity integer, ttl_seconds integer, organization_id uuid, description text", "jsonb?" },
    { "commit_reservation", "reservation_id uuid!, amount integer, organization_id uuid", "jsonb" },
    { "release_reservation", "reservation_id uuid!, organization_id uuid", "jsonb" },
    { "refund_credits", "amount integer!, organization_id uuid, description text", "jsonb" },
    { "adjust_credits", "amount integer!, organization_id uuid, description text", "jsonb" },
    { "reset_credit_cycle", "amount integer!, organization_id uuid, cycle_end_date timestamp with time zone", "jsonb" },
    { "get_credit_balance", "organization_id uuid", "jsonb" },
    { "append_audit_log", "action_type text!, resource_type text, resource_id text, details jsonb, ip_address text, user_agent text, "
        "request_id text, session_id text, geo_location jsonb, risk_score integer, compliance_tags text[], retention_class text, "
        "expires_at timestamp with time zone, organization_id uuid", "jsonb" },
    { "verify_audit_chain", "organization_id uuid", "jsonb?" },
    { "audit_checkpoint", "tree_size bigint, organization_id uuid", "jsonb" },
    { "audit_inclusion_proof", "entry bigint!, tree_size bigint, organization_id uuid", "jsonb" },
    { "audit_consistency_proof", "old_size bigint!, new_size bigint, organization_id uuid", "jsonb" },
    { "export_audit_log", "format text!, from timestamp with time zone, to timestamp with time zone, action_type text, resource_type text, "
        "resource_id text, user_id uuid, organization_id uuid", "jsonb" },
    { "audit_retain", "before timestamp with time zone, keep_days integer, limit integer, organization_id uuid", "jsonb" },
    { "restore_audit_leaves", "first bigint!, hashes bytea!, organization_id uuid", "integer" },
    { "restore_audit_log", "organization_id uuid", "jsonb" },
    { "custom_access_token_hook", "event jsonb!", "jsonb" },
    { "restore_begin", "append boolean, clean boolean, tables text[]!", "jsonb" },
    { "restore_clear", "", "jsonb" },
    { "restore_check", "load bigint!", "jsonb" },
    { "restore_undo", "load bigint", "jsonb" },
    { "set_sequence", "table_name text!, column_name text!, value bigint!", "integer" },
    { "issue_token", "user_id uuid, role text, ttl_seconds bigint, claims jsonb", "jsonb" },
    { "check_ip_access", "ip_address inet!, organization_id uuid, user_id uuid, country text, region text, endpoint text, method text, "
        "user_agent text", "jsonb?" },
    { "record_login_attempt", "email text!, success boolean!, user_id uuid, failure_reason text, ip_address text, user_agent text, "
        "device_fingerprint text, location jsonb", "jsonb" },
    { "get_failed_login_count", "email text!, minutes integer", "integer" },
    { "is_login_locked", "email text!, max_failures integer, window_minutes integer, lockout_minutes integer", "jsonb?" },
    { "requires_2fa", "user_id uuid", "jsonb?" },
    { "record_2fa_attempt", "user_id uuid!, attempt_type text!, success boolean!, ip_address text, user_agent text", "jsonb" },
    { "enrol_totp", "user_id uuid, issuer text, account text", "jsonb" },
    { "verify_totp", "code text!, user_id uuid, ip_address text, user_agent text", "jsonb?" },
    { "generate_backup_codes", "user_id uuid, count integer", "jsonb" },
    { "verify_backup_code", "code text!, user_id uuid, ip_address text, user_agent text", "jsonb?" },
    { "trust_device", "device_fingerprint text!, user_id uuid, device_name text, device_type text, browser text, os text, ip_address text, "
        "ttl_days integer", "jsonb" },
    { "is_trusted_device", "device_fingerprint text!, user_id uuid", "jsonb?" },
    { "revoke_device", "device_fingerprint text!, user_id uuid", "jsonb?" },
    { "create_security_alert", "user_id uuid!, alert_type text!, title text!, message text!, severity text, metadata jsonb", "jsonb" },
    { "acknowledge_security_alert", "alert_id bigint!", "jsonb?" },
    { "create_incident", "incident_type text!, severity text!, title text!, description text, affected_service text, organization_id uuid, "
        "user_id uuid, assigned_to uuid, metadata jsonb, error_details jsonb, stack_trace text, auto_created boolean", "jsonb" },
    { "log_incident_action", "incident_id uuid!, action_type text!, description text!, metadata jsonb", "jsonb" },
    { "update_incident_status", "incident_id uuid!, status text!, comment text", "jsonb" },
    { "check_incident_escalation", "incident_id uuid, organization_id uuid", "jsonb" },
    { "record_metric", "metric_name text!, metric_value numeric!, unit text, tags jsonb", "jsonb" },
    { "record_health_check", "check_name text!, check_type text!, status text!, response_time_ms integer, details jsonb", "jsonb" },
    { "cleanup_old_metrics", "", "integer" },
    { "cleanup_old_health_checks", "", "integer" },
    { "cleanup_resolved_alerts", "", "integer" },
    { "evaluate_alert_rules", "", "jsonb" },
    { "trigger_alert", "rule_name text!, message text, metric_value numeric, metadata jsonb", "jsonb" },
    { "acknowledge_alert", "alert_id uuid!", "jsonb" },
    { "resolve_alert", "alert_id uuid!", "jsonb" },
    { "create_workflow_version", "workflow_id uuid!, workflow_json jsonb, change_summary text", "jsonb" },
    { "log_workflow_step", "execution_log_id bigint!, step_index integer!, step_type text!, status text!, step_config jsonb, result jsonb, "
        "error_message text, execution_start timestamp with time zone, execution_end timestamp with time zone, "
        "retry_count integer", "jsonb" },
    { "run_upkeep", "cursor bytea, budget integer", "jsonb" },
    { "cleanup_classified_data", "cursor bytea, budget integer", "jsonb" },
    { "get_slow_queries", "threshold_ms integer", "jsonb" },
    { "check_index_health", "table text", "jsonb" },
};
enum { SIGNATURE_COUNT = sizeof signatures / sizeof *signatures };

const char *fold_native_function(int number)
{
    return number < SIGNATURE_COUNT ? signatures[number].name : NULL;
}

static bool answers(const struct signature *signature)
{
    return strchr(signature->result, '?') != NULL;
}

static const struct signature *signature_of(const char *name)
{
    for (int i = 0; i < SIGNATURE_COUNT; i++)
        if (same(signatures[i].name, name))
            return &signatures[i];
    return NULL;
}

bool declare_is_native(const char *name)
{
    return signature_of(name) != NULL;
}

/* The next parameter of a signature, from `*at` on; false behind the last. */
static bool next_parameter(const char **at, struct slice *ret_name, struct slice *ret_type, bool *ret_required)
{
    const char *space = strchr(*at, ' '), *end = strchr(*at, ',');
    if (space == NULL)
        return false;
    end = end == NULL ? *at + strlen(*at) : end;
    *ret_required = end[-1] == '!';
    *ret_name = slice_of(*at, (size_t)(space - *at));
    *ret_type = slice_of(space + 1, (size_t)(end - space - 1 - *ret_required));
    *at = *end == ',' ? end + 2 : end;
    return true;
}

/* --- A declaration --- */

struct declaring {
    struct fold *f;
    const struct signature *signature;
    struct declaration *declaration;
};

static int refuse(const struct declaring *d, const char *what, const char *name)
{
    fail(d->f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "function %s is native, and %s%s", d->signature->name, what, name);
    return fail_hint(d->f->error, "it is %s(%s) returns %s%s, ! where a value must be given; p_ may stand before a name", d->signature->name,
                     d->signature->parameters, answers(d->signature) ? "jsonb or boolean" : d->signature->result,
                     answers(d->signature) ? "" : " or void");
}

static bool means(struct slice native, const char *name)
{
    return slice_is(native, name) || (strncmp(name, "p_", 2) == 0 && slice_is(native, name + 2));
}

/* The number of the native's parameter, and its type; -1: it has none such. */
static int find_parameter(const struct declaring *d, const char *name, struct type *ret)
{
    struct slice native, type;
    bool required;
    int number = 0;
    for (const char *at = d->signature->parameters; next_parameter(&at, &native, &type, &required); number++)
        if (means(native, name)) {
            bool known = type_by_name(type, ret);
            return known ? number : -1;
        }
    return -1;
}

static int read_default(const struct declaring *d, const PgQuery__FunctionParameter *parameter, struct type type, struct declared_parameter *ret)
{
    const struct expr *expr;
    ret->required = parameter->defexpr == NULL;
    ret->otherwise = VALUE_OF_NULL;
    if (ret->required)
        return 0;
    if (fold_expression(d->f, parameter->defexpr, NULL, USE_DEFAULT, type, &expr) < 0)
        return -1;
    if (expr->op != EXPR_CONST)
        return refuse(d, "a default is no constant: that of ", ret->name);
    ret->otherwise = expr->constant;
    return 0;
}

static int declare_parameter(const struct declaring *d, const PgQuery__FunctionParameter *parameter)
{
    struct declaration *declaration = d->declaration;
    struct declared_parameter *ret = &declaration->parameters[declaration->count];
    struct type type, native;
    enum serial serial;
    bool in = parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_IN || parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_DEFAULT;
    const char *name = parameter->name != NULL ? parameter->name : "";
    if (parameter->mode == PG_QUERY__FUNCTION_PARAMETER_MODE__FUNC_PARAM_TABLE)
        return refuse(d, "its result is another", "");
    if (!in || declaration->count == DECLARED_PARAMETERS_MAX)
        return refuse(d, "this is none of its parameters: ", name);
    ret->name = arena_string(d->f->arena, slice_of_string(name));
    ret->parameter = find_parameter(d, name, &native);
    if (ret->parameter < 0)
        return refuse(d, "this is none of its parameters: ", name);
    for (int i = 0; i < declaration->count; i++)
        if (declaration->parameters[i].parameter == ret->parameter)
            return refuse(d, "this parameter is there twice: ", name);
    if (fold_type(d->f, parameter->arg_type, &type, &serial) < 0)
        return -1;
    if (!type_same(type, native) || serial != SERIAL_NONE)
        return refuse(d, "this parameter is of another type: ", name);
    declaration->count++;
    return read_default(d, parameter, native, ret);
}

static int check_required(const struct declaring *d)
{
    struct slice native, type;
    bool required, there;
    int number = 0;
    for (const char *at = d->signature->parameters; next_parameter(&at, &native, &type, &required); number++) {
        there = !required;
        for (int i = 0; i < d->declaration->count; i++)
            there = there || d->declaration->parameters[i].parameter == number;
        if (!there)
            return refuse(d, "it needs the parameter ", arena_string(d->f->arena, native));
    }
    return 0;
}

static bool names_void(const PgQuery__TypeName *type)
{
    const char *name = type->n_names > 0 ? node_string(type->names[type->n_names - 1]) : NULL;
    return name != NULL && same(name, "void") && type->n_array_bounds == 0;
}

static int check_result(const struct declaring *d, const PgQuery__TypeName *type)
{
    struct type result, native;
    enum serial serial;
    bool known = type_by_name(slice_of(d->signature->result, strcspn(d->signature->result, "?")), &native);
    if (!known || type == NULL || type->setof)
        return refuse(d, "its result is another", "");
    if (names_void(type)) {
        d->declaration->result = DECLARED_VOID;
        return answers(d->signature) ? refuse(d, "its answer would not be heard", "") : 0;
    }
    if (fold_type(d->f, type, &result, &serial) < 0)
        return -1;
    if (answers(d->signature) && type_same(result, type_of(TYPE_BOOL))) {
        d->declaration->result = DECLARED_ANSWER;
        return 0;
    }
    bool same_kind = (type_is_integer(native) && type_is_integer(result)) || (native.id == TYPE_JSONB && !result.array && result.id == TYPE_JSON);
    return type_same(result, native) || same_kind ? 0 : refuse(d, "its result is another", "");
}

int declare_native(struct fold *f, const PgQuery__CreateFunctionStmt *stmt, const char *name, const struct declaration **ret)
{
    struct declaring d = { f, signature_of(name), ARENA_NEW(f->arena, struct declaration) };
    d.declaration->name = d.signature->name;
    for (size_t i = 0; i < stmt->n_parameters; i++)
        if (declare_parameter(&d, stmt->parameters[i]->function_parameter) < 0)
            return -1;
    *ret = d.declaration;
    return check_required(&d) < 0 ? -1 : check_result(&d, stmt->return_type);
}

/* --- What is declared --- */

void declare_derive(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    catalog->declaration_count = 0;
    catalog->declarations = NULL;
    for (int i = 0; i < draft->note_count; i++)
        if (draft->notes[i].declaration != NULL)
            *FOLD_APPEND(&draft->arena, catalog->declarations, catalog->declaration_count) = draft->notes[i].declaration;
}

const struct declaration *catalog_declaration(const struct catalog *catalog, const char *name)
{
    for (int i = 0; i < catalog->declaration_count; i++)
        if (same(catalog->declarations[i]->name, name))
            return catalog->declarations[i];
    return NULL;
}
