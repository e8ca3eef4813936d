/* What is measured: record_metric, record_health_check, and the way out of it:
 * cleanup_old_metrics, cleanup_old_health_checks, cleanup_resolved_alerts. */
#include "native/expiry.h"
#include "native/groups.h"
#include "native/rows.h"

/* A row of the given parameters, each the column of its name; answers its id. */
static int record(struct request *rq, enum reference reference, const struct parameter *parameters, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    if (native_table_of(rq, reference, &table) < 0)
        return -1;
    draft_start(&draft, rq, table);
    for (int i = 0; parameters[i].name != NULL; i++)
        if (!value_is_null(&values[i]))
            draft_set(&draft, parameters[i].name, values[i]);
    if (draft_insert(&draft, TENANT_SYSTEM, &row) < 0)
        return -1;
    mp_put_map(out, 1);
    put_column(out, table, &row, "id");
    return 0;
}

static int record_metric(struct request *rq, const struct value *values, struct buf *out)
{
    return record(rq, REFERENCE_SYSTEM_METRICS, monitoring_functions[0].parameters, values, out);
}

static int record_health_check(struct request *rq, const struct value *values, struct buf *out)
{
    return record(rq, REFERENCE_SYSTEM_HEALTH_CHECKS, monitoring_functions[1].parameters, values, out);
}

static int cleanup_old_metrics(struct request *rq, const struct value *values, struct buf *out)
{
    return expiry_group(rq, EXPIRY_METRICS, out);
}

static int cleanup_old_health_checks(struct request *rq, const struct value *values, struct buf *out)
{
    return expiry_group(rq, EXPIRY_HEALTH_CHECKS, out);
}

static int cleanup_resolved_alerts(struct request *rq, const struct value *values, struct buf *out)
{
    return expiry_group(rq, EXPIRY_ALERTS, out);
}

const struct native_function monitoring_functions[] = {
    { .name = "record_metric", .writes = true, .relaxed = true, .caller = CALLER_ADMIN, .run = record_metric,
      .returns = "{id}", .summary = "writes one measurement",
      .parameters = { { "metric_name", TYPE_TEXT, false, true, "such as api_response_time_ms" },
                      { "metric_value", TYPE_NUMERIC, false, true, "what was measured" },
                      { "unit", TYPE_TEXT, false, false, "for people" },
                      { "tags", TYPE_JSONB, false, false, "for programs" } } },
    { .name = "record_health_check", .writes = true, .relaxed = true, .caller = CALLER_ADMIN, .run = record_health_check,
      .returns = "{id}", .summary = "writes how one part of the system is doing",
      .parameters = { { "check_name", TYPE_TEXT, false, true, "what was looked at" },
                      { "check_type", TYPE_TEXT, false, true, "database, api, integration, storage or queue" },
                      { "status", TYPE_TEXT, false, true, "healthy, degraded or unhealthy" },
                      { "response_time_ms", TYPE_INT4, false, false, "how long it took" },
                      { "details", TYPE_JSONB, false, false, "for programs" } } },
    { .name = "cleanup_old_metrics", .writes = true, .caller = CALLER_ADMIN, .run = cleanup_old_metrics,
      .returns = "rows deleted", .summary = "removes metrics older than 90 days" },
    { .name = "cleanup_old_health_checks", .writes = true, .caller = CALLER_ADMIN, .run = cleanup_old_health_checks,
      .returns = "rows deleted", .summary = "removes health checks older than 30 days" },
    { .name = "cleanup_resolved_alerts", .writes = true, .caller = CALLER_ADMIN, .run = cleanup_resolved_alerts,
      .returns = "rows deleted", .summary = "removes alerts that were resolved over 180 days ago" },
    { .name = NULL },
};
