/* The tables that the server's own code works on (native functions, upkeep, the trail of super admins), and what makes a table one of
 * them.
 *
 *  (R1) A table is the reference's when it lies under the name of the list (reference_tables.c) in its schema and is a table, has every
 *       column of the list, of that type and NOT NULL where the list says so, the same primary key, a unique index over the columns
 *       that rows are looked up by, and rows in the same kind of house. It may have more of everything.
 *  (R2) A table that merely has the name is the project's own: no native code reads, changes or deletes one of its rows.
 *  (R3) What is bound is looked at once, when the catalog is complete, and never changes in it. So whoever has a table of
 *       catalog->references may count on all of (R1). */
#ifndef ROWHOUSE_CATALOG_REFERENCE_H
#define ROWHOUSE_CATALOG_REFERENCE_H

#include "base/error.h"
#include "value/type.h"

struct catalog;
struct table;
struct index;

enum reference {
    REFERENCE_PROFILES, REFERENCE_QUOTA_POLICIES, REFERENCE_ORGANIZATION_QUOTA_OVERRIDES, REFERENCE_RATE_LIMIT_CONFIG,
    REFERENCE_RATE_LIMIT_QUOTA_USAGE, REFERENCE_RATE_LIMIT_TRACKING, REFERENCE_API_RATE_LIMITS, REFERENCE_API_USAGE_STATISTICS,
    REFERENCE_QUOTA_ALERTS, REFERENCE_ORGANIZATION_SETTINGS, REFERENCE_ORGANIZATION_CREDITS, REFERENCE_CREDIT_LEDGER,
    REFERENCE_CREDIT_CONSUMPTION_LOGS, REFERENCE_CREDIT_ACTIONS, REFERENCE_AUDIT_LOGS_ENHANCED, REFERENCE_AUDIT_LOG_EXPORTS,
    REFERENCE_AUDIT_LOGS, REFERENCE_USERS, REFERENCE_LOGIN_ATTEMPTS, REFERENCE_USER_2FA_SETTINGS, REFERENCE_USER_2FA_ATTEMPTS,
    REFERENCE_TRUSTED_DEVICES, REFERENCE_SECURITY_ALERTS, REFERENCE_IP_WHITELIST, REFERENCE_GEO_RESTRICTIONS, REFERENCE_IP_ACCESS_LOG,
    REFERENCE_INCIDENTS, REFERENCE_INCIDENT_ACTIONS, REFERENCE_ESCALATION_RULES, REFERENCE_NOTIFICATION_RULES,
    REFERENCE_NOTIFICATION_LOGS, REFERENCE_SYSTEM_METRICS, REFERENCE_SYSTEM_HEALTH_CHECKS, REFERENCE_ALERT_RULES,
    REFERENCE_ALERT_HISTORY, REFERENCE_WORKFLOW_DEFINITIONS, REFERENCE_WORKFLOW_VERSIONS, REFERENCE_WORKFLOW_EXECUTION_LOGS,
    REFERENCE_WORKFLOW_EXECUTION_STEPS, REFERENCE_SUPERADMIN_LOGS, REFERENCE_DATA_SENSITIVITY_CLASSIFICATIONS,
    REFERENCE_COUNT
};

/* The table, or -1 with the reason: 42P01 there is none, 42809 it is no table, 42703 a column is not there, 42804 one is of another type,
 * 42P16 it may be NULL, or keys or houses are others. */
int reference_find(const struct catalog *catalog, enum reference reference, const struct table **ret, struct error *error);

/* The index of a table of the list that its rows are looked up by. */
const struct index *reference_unique(const struct table *table, enum reference reference);

/* --- What needs which --- */

#define MODULE_NEEDS_MAX 10

struct reference_module {
    const char *name;
    int count;
    enum reference needs[MODULE_NEEDS_MAX];
};

extern const struct reference_module reference_modules[];   /* ends with name NULL */

/* Whether all that a module needs is bound; false with the first reason. */
bool reference_module_bound(const struct catalog *catalog, const struct reference_module *module, struct error *error);

/* --- The list --- */

#define REFERENCE_COLUMNS_MAX 24
#define REFERENCE_UNIQUE_MAX 5

enum { GIVEN = 1, ARRAY = 2, SERIAL = 4, LABELS = 8 };     /* NOT NULL; an array of the type; has a sequence; an enum will do */

struct reference_column {
    const char *name;
    enum type_id type;
    int how;
};

struct reference_table {
    const char *name;
    bool in_houses;                 /* its rows lie in their organizations' houses, else in the system house */
    const char *primary;            /* its primary key, one column; NULL: any */
    const char *unique[REFERENCE_UNIQUE_MAX + 1];       /* columns of a unique index that rows are looked up by; or none */
    bool nulls_not_distinct;        /* that index */
    bool hashed;                    /* its rows are hashed before they are written: no column is generated */
    struct reference_column columns[REFERENCE_COLUMNS_MAX + 1];     /* ends with name NULL */
};

extern const struct reference_table reference_tables[REFERENCE_COUNT];

#endif
