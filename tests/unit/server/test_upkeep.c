/* The server's own chores, beside requests: alerts and escalations come without a call, once, and not where they are switched off. */
#include "daemon.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"

static struct daemon *d;
static struct peer p;

static void start(const char *alerts, const char *escalations)
{
    d = calloc(1, sizeof *d);
    daemon_prepare(d, "");
    daemon_set(d, "migrations", "schema/migrations");
    daemon_set(d, "alert_interval_s", "%s", alerts);
    daemon_set(d, "escalation_interval_s", "%s", escalations);
    daemon_start(d);
    peer_open(&p, d);
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG);
    CALL_OK(&p, "insert", "[\"escalation_rules\",{\"organization_id\":\"%s\",\"name\":\"late\",\"trigger_conditions\":{},\"escalate_to_role\":\"admin\","
            "\"notification_channels\":[\"email\"]}]", ORG);
    CALL_OK(&p, "insert", "[\"incidents\",{\"organization_id\":\"%s\",\"incident_type\":\"api_error\",\"severity\":\"high\",\"title\":\"down\","
            "\"detected_at\":\"2020-01-01\"}]", ORG);
    CALL_OK(&p, "call", "[\"record_metric\",{\"metric_name\":\"error_rate_percent\",\"metric_value\":50}]");
}

static void stop(void)
{
    peer_close(&p);
    daemon_stop(d);
    daemon_remove(d);
    free(d);
}

static int64_t rows(const char *table)
{
    char params[64];
    snprintf(params, sizeof params, "[\"%s\"]", table);
    return peer_number(&p, "count", params);
}

TestSuite(upkeep, .timeout = 120);

Test(upkeep, alerts_and_escalates_once)
{
    start("1", "1");
    while (rows("alert_history") == 0 || rows("incident_actions") == 0)
        usleep(50000);
    usleep(2500000);                /* some rounds more */
    cr_expect_eq(rows("alert_history"), 1);
    cr_expect_eq(rows("incident_actions"), 1);
    cr_expect_eq(rows("notification_logs"), 1);
    stop();
}

Test(upkeep, each_can_be_switched_off)
{
    start("0", "1");
    while (rows("incident_actions") == 0)
        usleep(50000);
    usleep(1500000);
    cr_expect_eq(rows("alert_history"), 0);
    CALL_OK(&p, "call", "[\"evaluate_alert_rules\"]");
    cr_expect_eq(rows("alert_history"), 1);
    stop();
    start("1", "0");
    while (rows("alert_history") == 0)
        usleep(50000);
    usleep(1500000);
    cr_expect_eq(rows("incident_actions"), 0);
    stop();
}
