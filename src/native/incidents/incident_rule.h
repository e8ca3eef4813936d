/* Incidents as pure functions: which status follows which, whom a rule is about, when it is time. */
#ifndef ROWHOUSE_NATIVE_INCIDENTS_INCIDENT_RULE_H
#define ROWHOUSE_NATIVE_INCIDENTS_INCIDENT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum incident_status { INCIDENT_OPEN, INCIDENT_INVESTIGATING, INCIDENT_RESOLVED, INCIDENT_CLOSED, INCIDENT_STATUS_COUNT };
extern const char *const incident_statuses[INCIDENT_STATUS_COUNT];
extern const bool incident_moves[INCIDENT_STATUS_COUNT][INCIDENT_STATUS_COUNT];     /* [from][to] */

bool incident_status_of(struct slice name, enum incident_status *ret);

/* Whether trigger_conditions (stored jsonb) are about such an incident: {"incident_types": [...], "severities": [...],
 * "services": [...]}; a list that is absent or empty is about all. Conditions that are no object are about none. */
bool incident_concerns(struct slice conditions, struct slice type, struct slice severity, struct slice service);

#endif
