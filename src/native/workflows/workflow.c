/* Versions and runs of workflows: create_workflow_version, log_workflow_step. */
#include "native/groups.h"
#include "native/rows.h"

enum { VERSION_WORKFLOW, VERSION_JSON, VERSION_SUMMARY };

static int next_version(struct request *rq, uint32_t house, const struct value *workflow, int64_t *ret)
{
    const struct table *table;
    struct pick pick;
    struct found row;
    int got;
    *ret = 1;
    if (native_table_of(rq, REFERENCE_WORKFLOW_VERSIONS, &table) < 0 || pick_start(&pick, rq, table, house, "workflow_id", workflow, false) < 0)
        return -1;
    while ((got = pick_next(&pick, &row)) == 1)
        if (found_int(table, &row, "version_number", 0) >= *ret)
            *ret = found_int(table, &row, "version_number", 0) + 1;
    return got;
}

/* The definition as it stands when no JSON is given: its steps. */
static int create_workflow_version(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *workflows, *versions;
    struct found workflow, row;
    struct draft draft;
    int64_t version;
    if (native_table_of(rq, REFERENCE_WORKFLOW_DEFINITIONS, &workflows) < 0 || native_table_of(rq, REFERENCE_WORKFLOW_VERSIONS, &versions) < 0 ||
        row_of_caller(rq, workflows, &values[VERSION_WORKFLOW], "workflow", &workflow) < 0)
        return -1;
    uint32_t house = key_tenant(key_slice(&workflow.key));
    if (next_version(rq, house, &values[VERSION_WORKFLOW], &version) < 0)
        return -1;
    draft_start(&draft, rq, versions);
    draft_set(&draft, "workflow_id", values[VERSION_WORKFLOW]);
    draft_set(&draft, "version_number", value_int(version));
    draft_set(&draft, "workflow_json",
              value_is_null(&values[VERSION_JSON]) ? *found_column(workflows, &workflow, "steps") : values[VERSION_JSON]);
    draft_set(&draft, "change_summary", values[VERSION_SUMMARY]);
    draft_set(&draft, "created_by", native_actor(rq));
    if (draft_insert(&draft, house, &row) < 0)
        return -1;
    mp_put_map(out, 2);
    put_column(out, versions, &row, "id");
    put_int(out, "version_number", version);
    return 0;
}

enum { STEP_EXECUTION, STEP_INDEX, STEP_TYPE, STEP_STATUS, STEP_CONFIG, STEP_RESULT, STEP_ERROR, STEP_START, STEP_END, STEP_RETRIES };

/* The run that a step belongs to: bigserial ids are unique across houses, but whose run it is decides who may write. */
static int find_execution(struct request *rq, const struct value *id, uint32_t *ret_house)
{
    const struct table *table;
    struct found row;
    bool everywhere = principal_enters_all(rq->who);
    int got = 0;
    *ret_house = TENANT_SYSTEM;
    if (native_table_of(rq, REFERENCE_WORKFLOW_EXECUTION_LOGS, &table) < 0)
        return -1;
    if (everywhere || rq->who->has_house)
        got = table_find(rq, table, everywhere ? HOUSE_ANY : rq->who->house, id, &row);
    if (got == 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "workflow execution %lld does not exist", (long long)id->integer);
    if (got == 1)
        *ret_house = key_tenant(key_slice(&row.key));
    return got < 0 ? -1 : 0;
}

static int log_workflow_step(struct request *rq, const struct value *values, struct buf *out)
{
    static const struct { int value; const char *column; } facts[] = {
        { STEP_EXECUTION, "execution_log_id" }, { STEP_INDEX, "step_index" }, { STEP_TYPE, "step_type" }, { STEP_STATUS, "status" },
        { STEP_CONFIG, "step_config" }, { STEP_RESULT, "result" }, { STEP_ERROR, "error_message" },
        { STEP_START, "execution_start" }, { STEP_END, "execution_end" }, { STEP_RETRIES, "retry_count" },
    };
    const struct table *table;
    struct draft draft;
    struct found row;
    uint32_t house;
    if (native_table_of(rq, REFERENCE_WORKFLOW_EXECUTION_STEPS, &table) < 0 || find_execution(rq, &values[STEP_EXECUTION], &house) < 0)
        return -1;
    draft_start(&draft, rq, table);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!value_is_null(&values[facts[i].value]))
            draft_set(&draft, facts[i].column, values[facts[i].value]);
    if (draft_insert(&draft, house, &row) < 0)
        return -1;
    mp_put_map(out, 1);
    put_column(out, table, &row, "id");
    return 0;
}

const struct native_function workflow_functions[] = {
    { .name = "create_workflow_version", .writes = true, .caller = CALLER_MEMBER, .run = create_workflow_version,
      .returns = "{id, version_number}", .summary = "keeps a workflow as its next version",
      .parameters = { [VERSION_WORKFLOW] = { "workflow_id", TYPE_UUID, false, true, "of workflow_definitions" },
                      [VERSION_JSON] = { "workflow_json", TYPE_JSONB, false, false, "the workflow; its steps as they stand when left out" },
                      [VERSION_SUMMARY] = { "change_summary", TYPE_TEXT, false, false, "what is new" } } },
    { .name = "log_workflow_step", .writes = true, .caller = CALLER_MEMBER, .run = log_workflow_step,
      .returns = "{id}", .summary = "writes one step of a run",
      .parameters = { [STEP_EXECUTION] = { "execution_log_id", TYPE_INT8, false, true, "of workflow_execution_logs" },
                      [STEP_INDEX] = { "step_index", TYPE_INT4, false, true, "from 0" },
                      [STEP_TYPE] = { "step_type", TYPE_TEXT, false, true, "such as send_email" },
                      [STEP_STATUS] = { "status", TYPE_TEXT, false, true, "such as completed" },
                      [STEP_CONFIG] = { "step_config", TYPE_JSONB, false, false, "what it was to do" },
                      [STEP_RESULT] = { "result", TYPE_JSONB, false, false, "what came of it" },
                      [STEP_ERROR] = { "error_message", TYPE_TEXT, false, false, "why it failed" },
                      [STEP_START] = { "execution_start", TYPE_TIMESTAMPTZ, false, false, "now when left out" },
                      [STEP_END] = { "execution_end", TYPE_TIMESTAMPTZ, false, false, "when it ended" },
                      [STEP_RETRIES] = { "retry_count", TYPE_INT4, false, false, "0 when left out" } } },
    { .name = NULL },
};
