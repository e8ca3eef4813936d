/* One incident, and what happens around it. */
#ifndef ROWHOUSE_NATIVE_INCIDENTS_INCIDENT_H
#define ROWHOUSE_NATIVE_INCIDENTS_INCIDENT_H

#include "native/rows.h"

struct incident {
    struct request *rq;
    const struct table *table;
    uint32_t house;
    struct found row;
};

/* The incident of that id that the caller may reach; 22023. */
int incident_open(struct incident *incident, struct request *rq, const struct value *id);

/* One row of incident_actions; `metadata` may be NULL's value. */
int incident_act(struct incident *incident, const char *type, struct value description, struct value metadata, struct found *ret);

/* One row of notification_logs, pending. `rule`: of notification_rules, or NULL's value. */
int incident_notify(struct incident *incident, struct value rule, struct value channel, struct value recipient, struct slice message);

/* Every active notification rule of the incident's house that is about it and not cooling down; how many rows were written. */
int incident_notify_all(struct incident *incident, int *ret_count);

/* escalation.c: the function check_incident_escalation. */
enum { ESCALATE_INCIDENT, ESCALATE_ORGANIZATION };
int incident_check_escalation(struct request *rq, const struct value *values, struct buf *out);

#endif
