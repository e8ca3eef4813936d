/* The groups of native functions. To add one: a table that ends with a NULL name in a file of its own, declared
 * here and listed in NATIVE_GROUPS. Nothing else names it. */
#ifndef ROWHOUSE_NATIVE_GROUPS_H
#define ROWHOUSE_NATIVE_GROUPS_H

#include "native/native.h"

extern const struct native_function limit_functions[];
extern const struct native_function credit_functions[];
extern const struct native_function audit_functions[];
extern const struct native_function audit_proof_functions[];
extern const struct native_function audit_export_functions[];
extern const struct native_function audit_retain_functions[];
extern const struct native_function audit_restore_functions[];
extern const struct native_function access_functions[];
extern const struct native_function restore_functions[];
extern const struct native_function token_functions[];
extern const struct native_function ip_functions[];
extern const struct native_function login_functions[];
extern const struct native_function two_factor_functions[];
extern const struct native_function backup_code_functions[];
extern const struct native_function device_functions[];
extern const struct native_function security_alert_functions[];
extern const struct native_function incident_functions[];
extern const struct native_function monitoring_functions[];
extern const struct native_function alert_functions[];
extern const struct native_function workflow_functions[];
extern const struct native_function upkeep_functions[];
extern const struct native_function retention_functions[];
extern const struct native_function slow_query_functions[];
extern const struct native_function index_health_functions[];

#define NATIVE_GROUPS limit_functions, credit_functions, audit_functions, audit_proof_functions, audit_export_functions, \
    audit_retain_functions, audit_restore_functions, \
    access_functions, restore_functions, token_functions, \
    ip_functions, login_functions, two_factor_functions, backup_code_functions, device_functions, security_alert_functions, \
    incident_functions, monitoring_functions, alert_functions, workflow_functions, upkeep_functions, retention_functions, slow_query_functions, index_health_functions

#define NATIVE_FUNCTIONS_MAX 128        /* of all groups together */

#endif
