/* CREATE FUNCTION and CREATE TRIGGER.
 *
 * What the server provides natively may be declared, so that one set of files serves PostgreSQL and Rowhouse; any other
 * function is refused by name, because nothing would run it. */
#include "catalog/fold.h"

/* Functions that set updated_at, under the names that backends give them; the server maintains the column itself. */
static const char *const updated_at_functions[] = {
    "update_updated_at_column", "update_updated_at", "set_updated_at", "handle_updated_at", "touch_updated_at",
    "trigger_set_timestamp", "trigger_set_updated_at", "moddatetime", "update_modified_column",
};

/* Everything of src/native, a group a line, and what the reference names; tests/unit/native/test_declared.c compares. */
static const char *const native_functions[] = {
    "auth.uid", "auth.jwt", "auth.role", "auth.organization_id", "auth.is_super_admin",
    "check_rate_limit", "explain_rate_limit", "refund_rate_limit", "record_api_usage", "get_quota_usage", "cleanup_old_rate_limit_data",
    "consume_credits", "grant_credits", "refund_credits", "adjust_credits", "get_credit_balance", "reset_credit_cycle",
    "reserve_credits", "commit_reservation", "release_reservation",
    "append_audit_log", "verify_audit_chain", "audit_inclusion_proof", "audit_consistency_proof", "audit_checkpoint", "export_audit_log",
    "audit_retain",
    "custom_access_token_hook", "issue_token", "check_ip_access",
    "record_login_attempt", "get_failed_login_count", "record_2fa_attempt", "requires_2fa", "generate_backup_codes", "create_security_alert",
    "create_incident", "log_incident_action", "update_incident_status", "check_incident_escalation",
    "create_workflow_version", "log_workflow_step",
    "record_metric", "record_health_check", "evaluate_alert_rules", "trigger_alert", "acknowledge_alert", "resolve_alert",
    "cleanup_old_metrics", "cleanup_old_health_checks", "cleanup_resolved_alerts",
    "is_login_locked", "enrol_totp", "verify_totp", "verify_backup_code", "trust_device", "is_trusted_device", "revoke_device",
    "acknowledge_security_alert",
    "get_slow_queries", "check_index_health", "run_upkeep", "cleanup_classified_data",
    "set_sequence", "restore_audit_leaves", "restore_begin", "restore_check", "restore_clear", "restore_undo", "restore_audit_log",
};

static bool is_updated_at_function(const char *name)
{
    for (size_t i = 0; i < sizeof updated_at_functions / sizeof *updated_at_functions; i++)
        if (same(updated_at_functions[i], name))
            return true;
    return false;
}

const char *fold_native_function(int number)
{
    return number < (int)(sizeof native_functions / sizeof *native_functions) ? native_functions[number] : NULL;
}

bool fold_function_known(struct fold *f, PgQuery__Node *const *name, size_t count, const char **ret)
{
    const char *last = count > 0 && node_string(name[count - 1]) != NULL ? node_string(name[count - 1]) : "";
    const char *schema = count > 1 ? node_string(name[count - 2]) : NULL;
    bool public = schema == NULL || same(schema, "public");
    *ret = public ? arena_string(f->arena, slice_of_string(last)) : arena_printf(f->arena, "%s.%s", schema, last);
    if (is_updated_at_function(last))
        return public || same(schema, "extensions");
    for (size_t i = 0; i < sizeof native_functions / sizeof *native_functions; i++)
        if (same(native_functions[i], *ret))
            return true;
    return false;
}

int fold_create_function(struct fold *f, const PgQuery__CreateFunctionStmt *stmt)
{
    const char *name;
    if (!fold_function_known(f, stmt->funcname, stmt->n_funcname, &name)) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "function %s is not one that Rowhouse provides", name);
        return fail_hint(f->error, "Functions are native, see docs/functions.md; move other logic into the application.");
    }
    if (stmt->replace)
        note_forget(f->draft, NOTE_FUNCTION, name, NULL);
    rights_of_function(f, name, true);
    note_add(f, NOTE_FUNCTION, name, NULL);
    fold_note(f, "function %s is provided natively", name);
    return 0;
}

int fold_create_trigger(struct fold *f, const PgQuery__CreateTrigStmt *stmt)
{
    struct table *table;
    if (fold_table(f, stmt->relation, false, &table) < 0)
        return -1;
    const char *function = stmt->n_funcname > 0 ? node_string(stmt->funcname[stmt->n_funcname - 1]) : NULL;
    int column = table_column(table, SLICE_LITERAL("updated_at"));
    if (function == NULL || !is_updated_at_function(function) || column < 0 || !table->columns[column].updated_at) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "trigger \"%s\" is not supported", stmt->trigname);
        return fail_hint(f->error, "Only triggers that maintain updated_at are accepted, and the server does that by itself.");
    }
    if (stmt->replace)
        note_forget(f->draft, NOTE_TRIGGER, stmt->trigname, table);
    note_add(f, NOTE_TRIGGER, stmt->trigname, table);
    fold_note(f, "trigger %s: the server maintains %s.updated_at", stmt->trigname, table->qualified);
    return 0;
}
