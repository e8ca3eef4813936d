/* The server's own chores, beside requests: alerts and escalations come without a call, once, and not where they are switched off; so do
 * columns of old rows go. */
#include "daemon.h"

#define ORG   "aaaaaaaa-0000-4000-8000-000000000000"
#define OTHER "bbbbbbbb-0000-4000-8000-000000000000"

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

TestSuite(upkeep, .timeout = PATIENCE_OF_A_TEST_S);

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

/* --- Columns of old rows --- */

static void open_with_retention(const char *interval_s)
{
    d = calloc(1, sizeof *d);
    daemon_prepare(d, "");
    daemon_set(d, "migrations", "schema/migrations");
    daemon_set(d, "retention_interval_s", "%s", interval_s);
    daemon_start(d);
    peer_open(&p, d);
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
}

static void fill(const char *organization)
{
    CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", organization);
    CALL_OK(&p, "insert", "[\"contacts\",[{\"organization_id\":\"%s\",\"phone\":\"1\",\"created_at\":\"2020-01-01\"},"
            "{\"organization_id\":\"%s\",\"phone\":\"2\"}]]", organization, organization);
    CALL_OK(&p, "insert", "[\"integrations\",{\"organization_id\":\"%s\",\"name\":\"n\",\"type\":\"crm\",\"credentials\":{\"k\":1},"
            "\"created_at\":\"2020-01-01\"}]", organization);
}

static int64_t count(const char *table, const char *organization, const char *where)
{
    char params[256];
    snprintf(params, sizeof params, "[\"%s\",{\"organization\":\"%s\",\"where\":%s}]", table, organization, where);
    return peer_number(&p, "count", params);
}

#define CLASSIFY(table, column) \
    CALL_OK(&p, "insert", "[\"data_sensitivity_classifications\",{\"organization_id\":\"" ORG "\",\"table_name\":\"" table "\",\"column_name\":\"" column "\"," \
                          "\"sensitivity_level\":\"pii\",\"retention_days\":365}]")

/* One organization's own classifications, of a plain column and of a secret one in an audited table. */
Test(upkeep, clears_what_is_classified)
{
    static const char trail[] = "[\"and\",[\"=\",\"resource_type\",\"integrations\"],[\"=\",\"action_type\",\"integrations.update\"]]";
    open_with_retention("1");
    fill(ORG);
    fill(OTHER);
    CLASSIFY("contacts", "phone");
    CLASSIFY("integrations", "credentials");
    while (count("contacts", ORG, "[\"is null\",\"phone\"]") == 0 || count("integrations", ORG, "[\"is null\",\"credentials\"]") == 0)
        usleep(50000);
    usleep(2500000);                /* some rounds more */
    cr_expect_eq(count("contacts", ORG, "[\"=\",\"phone\",\"2\"]"), 1, "it is not old");
    cr_expect_eq(rows("contacts"), 4);
    cr_expect_eq(count("contacts", OTHER, "[\"is null\",\"phone\"]"), 0);
    cr_expect_eq(count("integrations", OTHER, "[\"is null\",\"credentials\"]"), 0);
    cr_expect_eq(count("audit_logs_enhanced", ORG, trail), 1, "it is told, once");
    cr_expect_eq(count("audit_logs_enhanced", OTHER, trail), 0);
    stop();
}

Test(upkeep, clears_by_hand_alone_when_switched_off)
{
    open_with_retention("0");
    fill(ORG);
    CLASSIFY("contacts", "phone");
    usleep(1500000);
    cr_expect_eq(count("contacts", ORG, "[\"is null\",\"phone\"]"), 0);
    CALL_OK(&p, "call", "[\"cleanup_classified_data\",{}]");
    cr_expect_eq(count("contacts", ORG, "[\"is null\",\"phone\"]"), 1);
    CALL_FAILS("22023", &p, "insert", "[\"data_sensitivity_classifications\",{\"table_name\":\"audit_logs_enhanced\",\"column_name\":\"ip_address\","
               "\"sensitivity_level\":\"pii\",\"retention_days\":365}]");
    stop();
}
