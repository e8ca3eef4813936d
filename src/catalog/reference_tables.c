/* What native code needs of the reference's tables: their columns there, but for those that were added later and are nobody's business here,
 * and of a few tables that projects keep in forms of their own (profiles, auth.users, superadmin_logs,
 * data_sensitivity_classifications) only what is used. tests/unit/native/test_reference.c holds it against the migrations. */
#include "catalog/reference.h"

#include <stddef.h>

const struct reference_table reference_tables[REFERENCE_COUNT] = {
    [REFERENCE_PROFILES] = {
        .name = "profiles", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID }, { "role", TYPE_TEXT, LABELS },
        },
    },
    [REFERENCE_QUOTA_POLICIES] = {
        .name = "quota_policies", .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "policy_name", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT },
            { "endpoint_pattern", TYPE_TEXT, GIVEN }, { "max_requests_per_hour", TYPE_INT4, GIVEN },
            { "max_requests_per_day", TYPE_INT4, GIVEN }, { "max_requests_per_month", TYPE_INT4, GIVEN }, { "is_active", TYPE_BOOL, GIVEN },
            { "applies_to_role", TYPE_TEXT }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_ORGANIZATION_QUOTA_OVERRIDES] = {
        .name = "organization_quota_overrides", .in_houses = true, .primary = "id",
        .unique = { "organization_id", "policy_id" },
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "policy_id", TYPE_UUID, GIVEN },
            { "max_requests_per_hour", TYPE_INT4 }, { "max_requests_per_day", TYPE_INT4 }, { "max_requests_per_month", TYPE_INT4 },
            { "reason", TYPE_TEXT }, { "created_by", TYPE_UUID }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "expires_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_RATE_LIMIT_CONFIG] = {
        .name = "rate_limit_config", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "resource_type", TYPE_TEXT, GIVEN },
            { "endpoint_pattern", TYPE_TEXT }, { "max_requests", TYPE_INT4, GIVEN }, { "window_seconds", TYPE_INT4, GIVEN },
            { "quota_monthly", TYPE_INT4 }, { "enabled", TYPE_BOOL }, { "created_at", TYPE_TIMESTAMPTZ }, { "updated_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_RATE_LIMIT_QUOTA_USAGE] = {
        .name = "rate_limit_quota_usage", .in_houses = true, .primary = "id",
        .unique = { "organization_id", "resource_type", "year", "month" },
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "resource_type", TYPE_TEXT, GIVEN },
            { "year", TYPE_INT4, GIVEN }, { "month", TYPE_INT4, GIVEN }, { "request_count", TYPE_INT4 }, { "rate_limited_count", TYPE_INT4 },
            { "last_updated", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_RATE_LIMIT_TRACKING] = {
        .name = "rate_limit_tracking", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID },
            { "resource_type", TYPE_TEXT, GIVEN }, { "endpoint", TYPE_TEXT, GIVEN }, { "request_timestamp", TYPE_TIMESTAMPTZ },
            { "response_status", TYPE_INT4 }, { "rate_limited", TYPE_BOOL }, { "metadata", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_API_RATE_LIMITS] = {
        .name = "api_rate_limits", .in_houses = true, .primary = "id",
        .unique = { "organization_id", "user_id", "endpoint", "window_start", "window_duration_minutes" }, .nulls_not_distinct = true,
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID }, { "endpoint", TYPE_TEXT, GIVEN },
            { "request_count", TYPE_INT4, GIVEN }, { "window_start", TYPE_TIMESTAMPTZ, GIVEN },
            { "window_duration_minutes", TYPE_INT4, GIVEN }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_API_USAGE_STATISTICS] = {
        .name = "api_usage_statistics", .in_houses = true, .primary = "id",
        .unique = { "organization_id", "user_id", "endpoint", "date" }, .nulls_not_distinct = true,
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID }, { "endpoint", TYPE_TEXT, GIVEN },
            { "date", TYPE_DATE, GIVEN }, { "total_requests", TYPE_INT4, GIVEN }, { "successful_requests", TYPE_INT4, GIVEN },
            { "failed_requests", TYPE_INT4, GIVEN }, { "average_response_time_ms", TYPE_NUMERIC }, { "p95_response_time_ms", TYPE_NUMERIC },
            { "p99_response_time_ms", TYPE_NUMERIC }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_QUOTA_ALERTS] = {
        .name = "quota_alerts", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID },
            { "alert_type", TYPE_TEXT, GIVEN }, { "policy_name", TYPE_TEXT, GIVEN }, { "current_usage", TYPE_INT4, GIVEN },
            { "limit_value", TYPE_INT4, GIVEN }, { "percentage_used", TYPE_NUMERIC }, { "message", TYPE_TEXT, GIVEN },
            { "is_acknowledged", TYPE_BOOL, GIVEN }, { "acknowledged_by", TYPE_UUID }, { "acknowledged_at", TYPE_TIMESTAMPTZ },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_ORGANIZATION_SETTINGS] = {
        .name = "organization_settings", .in_houses = true, .primary = "organization_id",
        .columns = {
            { "organization_id", TYPE_UUID, GIVEN }, { "timezone", TYPE_TEXT, GIVEN }, { "locale", TYPE_TEXT, GIVEN },
            { "settings", TYPE_JSONB, GIVEN }, { "updated_by", TYPE_UUID }, { "created_at", TYPE_TIMESTAMPTZ },
            { "updated_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_ORGANIZATION_CREDITS] = {
        .name = "organization_credits", .in_houses = true, .primary = "organization_id",
        .columns = {
            { "organization_id", TYPE_UUID, GIVEN }, { "plan_name", TYPE_TEXT, GIVEN }, { "total_credits", TYPE_INT4, GIVEN },
            { "credits_remaining", TYPE_INT4, GIVEN }, { "cycle_start_date", TYPE_TIMESTAMPTZ, GIVEN },
            { "cycle_end_date", TYPE_TIMESTAMPTZ }, { "created_at", TYPE_TIMESTAMPTZ }, { "updated_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_CREDIT_LEDGER] = {
        .name = "credit_ledger", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "entry_type", TYPE_TEXT, GIVEN },
            { "amount", TYPE_INT4, GIVEN }, { "balance_after", TYPE_INT4, GIVEN }, { "description", TYPE_TEXT }, { "created_by", TYPE_UUID },
            { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_CREDIT_CONSUMPTION_LOGS] = {
        .name = "credit_consumption_logs", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "action_type", TYPE_TEXT, GIVEN },
            { "credits_consumed", TYPE_INT4, GIVEN }, { "credits_remaining", TYPE_INT4, GIVEN }, { "success", TYPE_BOOL, GIVEN },
            { "error_message", TYPE_TEXT }, { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_CREDIT_ACTIONS] = {
        .name = "credit_actions", .primary = "action_type",
        .columns = {
            { "action_type", TYPE_TEXT, GIVEN }, { "credits_cost", TYPE_INT4, GIVEN }, { "description", TYPE_TEXT },
            { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_AUDIT_LOGS_ENHANCED] = {
        .name = "audit_logs_enhanced", .in_houses = true, .primary = "id", .hashed = true,
        .columns = {
            { "id", TYPE_INT8, GIVEN | SERIAL }, { "organization_id", TYPE_UUID }, { "user_id", TYPE_UUID },
            { "action_type", TYPE_TEXT, GIVEN }, { "resource_type", TYPE_TEXT }, { "resource_id", TYPE_TEXT }, { "details", TYPE_JSONB },
            { "ip_address", TYPE_TEXT }, { "user_agent", TYPE_TEXT }, { "request_id", TYPE_TEXT }, { "session_id", TYPE_TEXT },
            { "geo_location", TYPE_JSONB }, { "risk_score", TYPE_INT4 }, { "anomaly_detected", TYPE_BOOL },
            { "compliance_tags", TYPE_TEXT, ARRAY }, { "retention_class", TYPE_TEXT }, { "encrypted_at_rest", TYPE_BOOL },
            { "audit_chain_hash", TYPE_TEXT }, { "previous_hash", TYPE_TEXT }, { "verified", TYPE_BOOL },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "expires_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_AUDIT_LOG_EXPORTS] = {
        .name = "audit_log_exports", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID }, { "requested_by", TYPE_UUID }, { "export_type", TYPE_TEXT, GIVEN },
            { "filters", TYPE_JSONB }, { "status", TYPE_TEXT }, { "file_path", TYPE_TEXT }, { "file_size_bytes", TYPE_INT8 },
            { "record_count", TYPE_INT4 }, { "started_at", TYPE_TIMESTAMPTZ }, { "completed_at", TYPE_TIMESTAMPTZ },
            { "error_message", TYPE_TEXT }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_AUDIT_LOGS] = {
        .name = "audit_logs", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID }, { "user_id", TYPE_UUID }, { "action_type", TYPE_TEXT, GIVEN },
            { "resource_type", TYPE_TEXT, GIVEN }, { "resource_id", TYPE_TEXT }, { "action_category", TYPE_TEXT },
            { "severity_level", TYPE_TEXT }, { "action_description", TYPE_TEXT, GIVEN }, { "changes_json", TYPE_JSONB },
            { "metadata", TYPE_JSONB }, { "ip_address", TYPE_TEXT }, { "user_agent", TYPE_TEXT }, { "session_id", TYPE_TEXT },
            { "request_id", TYPE_TEXT }, { "success", TYPE_BOOL }, { "error_message", TYPE_TEXT }, { "compliance_flags", TYPE_TEXT, ARRAY },
            { "retention_period_days", TYPE_INT4 }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_USERS] = {
        .name = "auth.users", .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN },
        },
    },
    [REFERENCE_LOGIN_ATTEMPTS] = {
        .name = "login_attempts", .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "user_id", TYPE_UUID }, { "email", TYPE_TEXT, GIVEN }, { "success", TYPE_BOOL, GIVEN },
            { "failure_reason", TYPE_TEXT }, { "ip_address", TYPE_TEXT }, { "user_agent", TYPE_TEXT }, { "device_fingerprint", TYPE_TEXT },
            { "location", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_USER_2FA_SETTINGS] = {
        .name = "user_2fa_settings", .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID, GIVEN }, { "is_enabled", TYPE_BOOL, GIVEN }, { "method", TYPE_TEXT, GIVEN },
            { "secret", TYPE_TEXT }, { "backup_codes", TYPE_TEXT, ARRAY }, { "backup_codes_remaining", TYPE_INT4 },
            { "last_verified_at", TYPE_TIMESTAMPTZ }, { "enforced_by_policy", TYPE_BOOL }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_USER_2FA_ATTEMPTS] = {
        .name = "user_2fa_attempts", .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "user_id", TYPE_UUID, GIVEN }, { "attempt_type", TYPE_TEXT, GIVEN },
            { "success", TYPE_BOOL, GIVEN }, { "ip_address", TYPE_TEXT }, { "user_agent", TYPE_TEXT },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_TRUSTED_DEVICES] = {
        .name = "trusted_devices", .primary = "id",
        .unique = { "user_id", "device_fingerprint" },
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "user_id", TYPE_UUID, GIVEN }, { "device_fingerprint", TYPE_TEXT, GIVEN },
            { "device_name", TYPE_TEXT }, { "device_type", TYPE_TEXT }, { "browser", TYPE_TEXT }, { "os", TYPE_TEXT },
            { "ip_address", TYPE_TEXT }, { "last_used_at", TYPE_TIMESTAMPTZ, GIVEN }, { "trusted_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "expires_at", TYPE_TIMESTAMPTZ }, { "is_active", TYPE_BOOL, GIVEN }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_SECURITY_ALERTS] = {
        .name = "security_alerts", .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "user_id", TYPE_UUID, GIVEN }, { "alert_type", TYPE_TEXT, GIVEN },
            { "severity", TYPE_TEXT, GIVEN }, { "title", TYPE_TEXT, GIVEN }, { "message", TYPE_TEXT, GIVEN }, { "metadata", TYPE_JSONB },
            { "is_acknowledged", TYPE_BOOL, GIVEN }, { "acknowledged_at", TYPE_TIMESTAMPTZ }, { "acknowledged_by", TYPE_UUID },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_IP_WHITELIST] = {
        .name = "ip_whitelist", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID }, { "ip_address", TYPE_TEXT, GIVEN }, { "ip_range", TYPE_TEXT },
            { "description", TYPE_TEXT }, { "is_active", TYPE_BOOL }, { "created_by", TYPE_UUID }, { "approved_by", TYPE_UUID },
            { "expires_at", TYPE_TIMESTAMPTZ }, { "last_used_at", TYPE_TIMESTAMPTZ }, { "use_count", TYPE_INT4 },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_GEO_RESTRICTIONS] = {
        .name = "geo_restrictions", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID }, { "restriction_type", TYPE_TEXT, GIVEN },
            { "country_codes", TYPE_TEXT, ARRAY }, { "region_codes", TYPE_TEXT, ARRAY }, { "is_allowlist", TYPE_BOOL },
            { "is_active", TYPE_BOOL }, { "description", TYPE_TEXT }, { "created_by", TYPE_UUID }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_IP_ACCESS_LOG] = {
        .name = "ip_access_log", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "organization_id", TYPE_UUID }, { "user_id", TYPE_UUID }, { "ip_address", TYPE_TEXT, GIVEN },
            { "access_granted", TYPE_BOOL, GIVEN }, { "denial_reason", TYPE_TEXT }, { "endpoint", TYPE_TEXT }, { "method", TYPE_TEXT },
            { "user_agent", TYPE_TEXT }, { "location", TYPE_JSONB }, { "whitelist_rule_id", TYPE_UUID },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_INCIDENTS] = {
        .name = "incidents", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "incident_type", TYPE_TEXT, GIVEN }, { "severity", TYPE_TEXT, GIVEN },
            { "status", TYPE_TEXT, GIVEN }, { "title", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT }, { "affected_service", TYPE_TEXT },
            { "organization_id", TYPE_UUID }, { "user_id", TYPE_UUID }, { "detected_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "resolved_at", TYPE_TIMESTAMPTZ }, { "metadata", TYPE_JSONB }, { "error_details", TYPE_JSONB }, { "stack_trace", TYPE_TEXT },
            { "auto_created", TYPE_BOOL }, { "assigned_to", TYPE_UUID }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_INCIDENT_ACTIONS] = {
        .name = "incident_actions", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "incident_id", TYPE_UUID, GIVEN }, { "action_type", TYPE_TEXT, GIVEN }, { "actor_id", TYPE_UUID },
            { "actor_type", TYPE_TEXT }, { "description", TYPE_TEXT, GIVEN }, { "metadata", TYPE_JSONB },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_ESCALATION_RULES] = {
        .name = "escalation_rules", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "name", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT }, { "is_active", TYPE_BOOL },
            { "trigger_conditions", TYPE_JSONB, GIVEN }, { "escalation_delay_minutes", TYPE_INT4, GIVEN }, { "escalate_to_role", TYPE_TEXT },
            { "escalate_to_users", TYPE_UUID, ARRAY }, { "notification_channels", TYPE_TEXT, ARRAY }, { "organization_id", TYPE_UUID },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_NOTIFICATION_RULES] = {
        .name = "notification_rules", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "name", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT }, { "is_active", TYPE_BOOL },
            { "trigger_conditions", TYPE_JSONB, GIVEN }, { "notification_channels", TYPE_TEXT, ARRAY | GIVEN },
            { "recipients", TYPE_JSONB, GIVEN }, { "delay_seconds", TYPE_INT4 }, { "cooldown_minutes", TYPE_INT4 },
            { "organization_id", TYPE_UUID }, { "created_by", TYPE_UUID }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_NOTIFICATION_LOGS] = {
        .name = "notification_logs", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "incident_id", TYPE_UUID, GIVEN }, { "rule_id", TYPE_UUID }, { "channel", TYPE_TEXT, GIVEN },
            { "recipient", TYPE_TEXT, GIVEN }, { "status", TYPE_TEXT, GIVEN }, { "message", TYPE_TEXT, GIVEN },
            { "sent_at", TYPE_TIMESTAMPTZ }, { "error_message", TYPE_TEXT }, { "retry_count", TYPE_INT4 },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_SYSTEM_METRICS] = {
        .name = "system_metrics", .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "metric_name", TYPE_TEXT, GIVEN }, { "metric_value", TYPE_NUMERIC, GIVEN }, { "unit", TYPE_TEXT },
            { "tags", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_SYSTEM_HEALTH_CHECKS] = {
        .name = "system_health_checks", .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "check_name", TYPE_TEXT, GIVEN }, { "check_type", TYPE_TEXT, GIVEN },
            { "status", TYPE_TEXT, GIVEN }, { "response_time_ms", TYPE_INT4 }, { "details", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_ALERT_RULES] = {
        .name = "alert_rules", .primary = "id",
        .unique = { "rule_name" },
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "rule_name", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT }, { "metric_name", TYPE_TEXT, GIVEN },
            { "condition", TYPE_TEXT, GIVEN }, { "threshold", TYPE_NUMERIC, GIVEN }, { "severity", TYPE_TEXT, GIVEN },
            { "evaluation_window_minutes", TYPE_INT4 }, { "cooldown_minutes", TYPE_INT4 }, { "is_active", TYPE_BOOL },
            { "notification_channels", TYPE_TEXT, ARRAY }, { "metadata", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ },
            { "updated_at", TYPE_TIMESTAMPTZ },
        },
    },
    [REFERENCE_ALERT_HISTORY] = {
        .name = "alert_history", .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "alert_rule_id", TYPE_UUID }, { "alert_message", TYPE_TEXT, GIVEN },
            { "severity", TYPE_TEXT, GIVEN }, { "metric_value", TYPE_NUMERIC }, { "threshold", TYPE_NUMERIC }, { "status", TYPE_TEXT },
            { "acknowledged_by", TYPE_UUID }, { "acknowledged_at", TYPE_TIMESTAMPTZ }, { "resolved_at", TYPE_TIMESTAMPTZ },
            { "triggered_at", TYPE_TIMESTAMPTZ }, { "metadata", TYPE_JSONB },
        },
    },
    [REFERENCE_WORKFLOW_DEFINITIONS] = {
        .name = "workflow_definitions", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "organization_id", TYPE_UUID, GIVEN }, { "name", TYPE_TEXT, GIVEN }, { "description", TYPE_TEXT },
            { "trigger_type", TYPE_TEXT, GIVEN }, { "trigger_config", TYPE_JSONB }, { "steps", TYPE_JSONB, GIVEN },
            { "is_active", TYPE_BOOL }, { "created_by", TYPE_UUID }, { "last_run_at", TYPE_TIMESTAMPTZ }, { "run_count", TYPE_INT4 },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_WORKFLOW_VERSIONS] = {
        .name = "workflow_versions", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_UUID, GIVEN }, { "workflow_id", TYPE_UUID }, { "version_number", TYPE_INT4, GIVEN },
            { "workflow_json", TYPE_JSONB, GIVEN }, { "change_summary", TYPE_TEXT }, { "created_by", TYPE_UUID },
            { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_WORKFLOW_EXECUTION_LOGS] = {
        .name = "workflow_execution_logs", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "workflow_id", TYPE_UUID, GIVEN }, { "execution_start", TYPE_TIMESTAMPTZ, GIVEN },
            { "execution_end", TYPE_TIMESTAMPTZ }, { "status", TYPE_TEXT, GIVEN }, { "result_summary", TYPE_JSONB },
            { "error_details", TYPE_TEXT }, { "trigger_data", TYPE_JSONB }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN },
            { "organization_id", TYPE_UUID },
        },
    },
    [REFERENCE_WORKFLOW_EXECUTION_STEPS] = {
        .name = "workflow_execution_steps", .in_houses = true, .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "execution_log_id", TYPE_INT8 }, { "step_index", TYPE_INT4, GIVEN },
            { "step_type", TYPE_TEXT, GIVEN }, { "step_config", TYPE_JSONB }, { "execution_start", TYPE_TIMESTAMPTZ, GIVEN },
            { "execution_end", TYPE_TIMESTAMPTZ }, { "status", TYPE_TEXT, GIVEN }, { "result", TYPE_JSONB }, { "error_message", TYPE_TEXT },
            { "retry_count", TYPE_INT4 }, { "created_at", TYPE_TIMESTAMPTZ, GIVEN }, { "updated_at", TYPE_TIMESTAMPTZ, GIVEN },
        },
    },
    [REFERENCE_SUPERADMIN_LOGS] = {
        .name = "superadmin_logs", .primary = "id",
        .columns = {
            { "id", TYPE_INT8, GIVEN }, { "admin_user_id", TYPE_UUID, GIVEN }, { "admin_email", TYPE_TEXT, GIVEN },
            { "action", TYPE_TEXT, GIVEN }, { "operation_type", TYPE_TEXT, GIVEN }, { "target_type", TYPE_TEXT }, { "target_id", TYPE_TEXT },
            { "details", TYPE_JSONB }, { "result", TYPE_TEXT, GIVEN }, { "error_message", TYPE_TEXT },
        },
    },
    [REFERENCE_DATA_SENSITIVITY_CLASSIFICATIONS] = {
        .name = "data_sensitivity_classifications", .in_houses = true,
        .columns = {
            { "organization_id", TYPE_UUID }, { "table_name", TYPE_TEXT }, { "column_name", TYPE_TEXT },
        },
    },
};

const struct reference_module reference_modules[] = {
    { "limits", 10, { REFERENCE_PROFILES, REFERENCE_QUOTA_POLICIES, REFERENCE_ORGANIZATION_QUOTA_OVERRIDES, REFERENCE_RATE_LIMIT_CONFIG,
        REFERENCE_RATE_LIMIT_QUOTA_USAGE, REFERENCE_RATE_LIMIT_TRACKING, REFERENCE_API_RATE_LIMITS, REFERENCE_API_USAGE_STATISTICS,
        REFERENCE_QUOTA_ALERTS, REFERENCE_ORGANIZATION_SETTINGS } },
    { "credits", 4, { REFERENCE_ORGANIZATION_CREDITS, REFERENCE_CREDIT_LEDGER, REFERENCE_CREDIT_CONSUMPTION_LOGS,
        REFERENCE_CREDIT_ACTIONS } },
    { "audit", 2, { REFERENCE_AUDIT_LOGS_ENHANCED, REFERENCE_AUDIT_LOG_EXPORTS } },
    { "old audit log", 1, { REFERENCE_AUDIT_LOGS } },
    { "sign-in", 6, { REFERENCE_USERS, REFERENCE_LOGIN_ATTEMPTS, REFERENCE_USER_2FA_SETTINGS, REFERENCE_USER_2FA_ATTEMPTS,
        REFERENCE_TRUSTED_DEVICES, REFERENCE_SECURITY_ALERTS } },
    { "addresses", 3, { REFERENCE_IP_WHITELIST, REFERENCE_GEO_RESTRICTIONS, REFERENCE_IP_ACCESS_LOG } },
    { "incidents", 5, { REFERENCE_INCIDENTS, REFERENCE_INCIDENT_ACTIONS, REFERENCE_ESCALATION_RULES, REFERENCE_NOTIFICATION_RULES,
        REFERENCE_NOTIFICATION_LOGS } },
    { "monitoring", 4, { REFERENCE_SYSTEM_METRICS, REFERENCE_SYSTEM_HEALTH_CHECKS, REFERENCE_ALERT_RULES, REFERENCE_ALERT_HISTORY } },
    { "workflows", 4, { REFERENCE_WORKFLOW_DEFINITIONS, REFERENCE_WORKFLOW_VERSIONS, REFERENCE_WORKFLOW_EXECUTION_LOGS,
        REFERENCE_WORKFLOW_EXECUTION_STEPS } },
    { "claims", 1, { REFERENCE_PROFILES } },
    { "super admins", 1, { REFERENCE_SUPERADMIN_LOGS } },
    { "classifications", 1, { REFERENCE_DATA_SENSITIVITY_CLASSIFICATIONS } },
    { .name = NULL },
};
