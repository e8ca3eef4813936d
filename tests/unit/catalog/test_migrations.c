/* The reference's migrations, folded: what the schema is said to have is there. */
#include "folding.h"
#include "value/json.h"

/* The 19 indexes that the reference names. */
static const char *const named_indexes[] = {
    "idx_api_rate_limits_org_endpoint", "idx_api_rate_limits_user_endpoint", "idx_api_rate_limits_window_start",
    "idx_quota_alerts_org", "idx_quota_alerts_unacknowledged", "idx_rate_limit_tracking_org_id",
    "idx_rate_limit_tracking_timestamp", "idx_rate_limit_tracking_resource", "idx_rate_limit_tracking_endpoint",
    "idx_rate_limit_tracking_rate_limited", "idx_integrations_org_id", "idx_integrations_type", "idx_integrations_status",
    "idx_active_integrations", "idx_contacts_org_name", "idx_workflows_org_active", "idx_rate_limits_org_endpoint",
    "idx_incidents_open", "idx_rate_limits_cleanup",
};

/* Tables that are not tenants' by a column organization_id of their own; the other 41 are. */
static const struct { const char *table; enum tenancy tenancy; const char *parent; } tenancies[] = {
    { "auth.users", TENANCY_GLOBAL, NULL },            { "credit_actions", TENANCY_GLOBAL, NULL },
    { "automation_agents", TENANCY_GLOBAL, NULL },     { "agent_execution_logs", TENANCY_GLOBAL, NULL },
    { "api_integrations", TENANCY_GLOBAL, NULL },      { "integration_usage_logs", TENANCY_GLOBAL, NULL },
    { "quota_policies", TENANCY_GLOBAL, NULL },        { "workflow_templates", TENANCY_GLOBAL, NULL },
    { "rollback_procedures", TENANCY_GLOBAL, NULL },   { "system_health_checks", TENANCY_GLOBAL, NULL },
    { "system_metrics", TENANCY_GLOBAL, NULL },        { "alert_rules", TENANCY_GLOBAL, NULL },
    { "alert_history", TENANCY_GLOBAL, NULL },         { "superadmin_logs", TENANCY_GLOBAL, NULL },
    { "user_2fa_settings", TENANCY_USER, NULL },       { "user_2fa_attempts", TENANCY_USER, NULL },
    { "login_attempts", TENANCY_USER, NULL },          { "trusted_devices", TENANCY_USER, NULL },
    { "security_alerts", TENANCY_USER, NULL },         { "incident_actions", TENANCY_CHILD, "incidents" },
    { "notification_logs", TENANCY_CHILD, "incidents" },        { "rollback_executions", TENANCY_CHILD, "incidents" },
    { "workflow_conditions", TENANCY_CHILD, "workflow_definitions" },
    { "workflow_actions", TENANCY_CHILD, "workflow_definitions" },
    { "workflow_triggers", TENANCY_CHILD, "workflow_definitions" },
    { "workflow_versions", TENANCY_CHILD, "workflow_definitions" },
    { "workflow_variables", TENANCY_CHILD, "workflow_definitions" },
    { "workflow_execution_steps", TENANCY_CHILD, "workflow_execution_logs" },
};

Test(migrations, tables_columns_indexes)
{
    struct catalog *catalog = reference();
    int columns = 0;
    cr_expect(eq(int, catalog->table_count, 64));
    for (int t = 0; t < catalog->table_count; t++) {
        const struct table *table = catalog->tables[t];
        columns += table->column_count;
        cr_expect(table->row_security, "%s", table->qualified);
        cr_expect(gt(int, table->policy_count, 0), "%s", table->qualified);
        cr_expect(table->indexes[0] == table->primary);
        cr_expect(eq(int, table->number, t));
        cr_expect(ge(int, table->relation, RELATION_USER_FIRST));
        cr_expect(catalog->table_by_relation[table->relation] == table);
    }
    cr_expect(ge(int, columns, 569));
    for (size_t i = 0; i < sizeof named_indexes / sizeof *named_indexes; i++)
        cr_expect(catalog_index(catalog, slice_of_string(named_indexes[i])) != NULL, "%s", named_indexes[i]);
    for (int i = 0; i < catalog->index_count; i++) {
        cr_expect(eq(int, catalog->indexes[i]->number, i));
        cr_expect(catalog->by_relation[catalog->indexes[i]->relation] == catalog->indexes[i]);
    }
    catalog_free(catalog);
}

Test(migrations, tenancy)
{
    struct catalog *catalog = reference();
    int tenants = 0;
    for (int t = 0; t < catalog->table_count; t++)
        tenants += catalog->tables[t]->tenancy == TENANCY_TENANT;
    for (size_t i = 0; i < sizeof tenancies / sizeof *tenancies; i++) {
        const struct table *table = table_of(catalog, tenancies[i].table);
        cr_expect(eq(int, table->tenancy, tenancies[i].tenancy), "%s is %s", table->qualified, tenancy_name(table->tenancy));
        cr_expect(eq(int, table->tenant_column, -1), "%s", table->qualified);
        if (tenancies[i].parent != NULL)
            cr_expect(eq(str, (char *)table->parent->target->name, (char *)tenancies[i].parent), "%s", table->qualified);
    }
    cr_expect(eq(int, tenants, 64 - (int)(sizeof tenancies / sizeof *tenancies)));
    cr_expect(catalog->organizations->is_organizations);
    cr_expect(eq(int, catalog->organizations->tenant_column, 0));
    for (int i = 0; i < catalog->index_count; i++) {
        const struct index *index = catalog->indexes[i];
        bool housed = index->table->tenancy == TENANCY_TENANT || index->table->tenancy == TENANCY_CHILD;
        bool names_house = false;
        for (int c = 0; c < index->count; c++)
            names_house = names_house || index->columns[c].column == index->table->tenant_column;
        cr_expect(eq(int, index->claimed, index->unique && housed && !names_house), "%s", index->name);
    }
    catalog_free(catalog);
}

Test(migrations, keys_leave_out_the_house)
{
    struct catalog *catalog = reference();
    const struct index *index = index_of(catalog, "idx_rate_limits_org_endpoint");
    cr_expect(eq(int, index->count, 3));
    cr_expect(eq(int, index->key_count, 2));
    cr_expect(index->elided);
    cr_expect(index->key[1].order.desc);
    cr_expect(index->key[1].order.nulls_first);
    cr_expect(index_of(catalog, "idx_integrations_org_id")->house);
    cr_expect(not(index_of(catalog, "idx_active_integrations")->house));
    cr_expect(index_of(catalog, "idx_active_integrations")->predicate != NULL);
    cr_expect(eq(int, table_of(catalog, "organization_credits")->primary->key_count, 0));
    cr_expect(eq(int, catalog->organizations->primary->key_count, 0));
    cr_expect(index_of(catalog, "api_rate_limits_window_key")->nulls_not_distinct);
    catalog_free(catalog);
}

Test(migrations, policies_are_compiled)
{
    struct catalog *catalog = reference();
    int policies = 0;
    for (int t = 0; t < catalog->table_count; t++)
        for (int p = 0; p < catalog->tables[t]->policy_count; p++) {
            const struct policy *policy = &catalog->tables[t]->policies[p];
            cr_expect(policy->using_condition != NULL || policy->check_condition != NULL, "%s", policy->name);
            cr_expect(eq(int, policy->using_sql != NULL, policy->using_condition != NULL), "%s", policy->name);
            cr_expect(eq(int, policy->check_sql != NULL, policy->check_condition != NULL), "%s", policy->name);
            policies++;
        }
    cr_expect(ge(int, policies, 150));
    cr_expect(gt(int, catalog->slot_count, 0));
    catalog_free(catalog);
}

Test(migrations, references_end_in_indexes)
{
    struct catalog *catalog = reference();
    int keys = 0, back = 0;
    for (int t = 0; t < catalog->table_count; t++) {
        const struct table *table = catalog->tables[t];
        for (int k = 0; k < table->foreign_key_count; k++, keys++) {
            cr_expect(table->foreign_keys[k]->target_index->unique);
            cr_expect(table->foreign_keys[k]->target_index->table == table->foreign_keys[k]->target);
            cr_expect(table->foreign_keys[k]->index != NULL, "%s has no index", table->foreign_keys[k]->name);
        }
        for (int k = 0; k < table->referenced_count; k++, back++)
            cr_expect(table->referenced_by[k]->target == table);
    }
    cr_expect(ge(int, keys, 81));
    cr_expect(eq(int, back, keys));
    catalog_free(catalog);
}

Test(migrations, maintained_columns)
{
    struct catalog *catalog = reference();
    const struct table *limits = table_of(catalog, "api_rate_limits");
    cr_expect(column_of(limits, "window_end")->generated != NULL);
    cr_expect(column_of(limits, "id")->serial);
    cr_expect(eq(int, column_of(limits, "updated_at")->touch, TOUCH_UNLESS_GIVEN));
    cr_expect(eq(int, column_of(limits, "created_at")->touch, TOUCH_NEVER));
    cr_expect(column_of(limits, "id")->sequence != column_of(table_of(catalog, "contacts"), "id")->sequence);
    catalog_free(catalog);
}

Test(migrations, the_same_files_give_the_same_catalog)
{
    struct files files = migration_files();
    struct catalog *a = fold_files(&files), *b = fold_files(&files);
    struct buf first = { 0 }, second = { 0 };
    catalog_describe(a, NULL, &first);
    catalog_describe(b, NULL, &second);
    cr_expect(eq(sz, first.size, second.size));
    cr_expect(eq(int, memcmp(first.data, second.data, first.size), 0));
    for (int t = 0; t < a->table_count; t++)
        cr_expect(eq(int, a->tables[t]->relation, b->tables[t]->relation));
    files_done(&files);
    buf_done(&first);
    buf_done(&second);
    catalog_free(a);
    catalog_free(b);
}

/* Every file but the first may run again and asks nothing of the rows but its own statements. */
Test(migrations, running_again_changes_nothing)
{
    struct files files = migration_files();
    struct catalog *catalog = fold_files(&files);
    struct buf before = { 0 }, after = { 0 };
    for (int t = 0; t < catalog->table_count; t++)
        catalog_describe(catalog, catalog->tables[t], &before);
    size_t described = before.size;
    for (int i = 1; i < files.count; i++) {
        struct effects effects;
        struct error error;
        char name[300];
        snprintf(name, sizeof name, "again-%s", files.entries[i]->d_name);
        cr_assert(eq(int, catalog_apply(catalog, name, files.texts[i], APPLIED_US, &effects, &error), 0), "%s", error.message);
        for (int k = 0; k < effects.count; k++)
            cr_expect(effects.items[k].kind == EFFECT_NOTE || effects.items[k].kind == EFFECT_STATEMENT, "%s", effects.items[k].text);
    }
    for (int t = 0; t < catalog->table_count; t++)
        catalog_describe(catalog, catalog->tables[t], &after);
    cr_expect(ge(sz, after.size, described));       /* policies come from another file now, so the origins differ */
    cr_expect(eq(int, catalog->table_count, 64));
    files_done(&files);
    buf_done(&before);
    buf_done(&after);
    catalog_free(catalog);
}

/* What catalog_describe() writes is canonical jsonb: reading and writing it again gives the same bytes (V1). */
Test(migrations, the_description_is_canonical)
{
    struct catalog *catalog = reference();
    struct arena arena;
    struct error error;
    struct buf out = { 0 };
    struct slice in, stored;
    arena_init(&arena, SIZE_MAX);
    catalog_describe(catalog, NULL, &out);
    in = buf_slice(&out);
    cr_assert(eq(i64, mp_check(in, WIRE_DEPTH_MAX), (int64_t)out.size));
    cr_assert(eq(int, json_from_wire(&in, &arena, &stored, &error), 0), "%s", error.message);
    cr_expect(slice_equal(stored, buf_slice(&out)));
    arena_done(&arena);
    buf_done(&out);
    catalog_free(catalog);
}

/* Expressions are kept as text as well: it means the same (F2). */
static void expect_same(const struct catalog *catalog, const struct table *table, const char *sql, const struct expr *expr, bool policy)
{
    struct scope scope;
    struct arena arena;
    struct error error;
    const struct expr *again;
    arena_init(&arena, SIZE_MAX);
    catalog_scope(catalog, table, policy, &scope);
    cr_assert(eq(int, expr_compile_text(slice_of_string(sql), &scope, type_of(TYPE_BOOL), &arena, &again, &error), 0), "%s: %s", sql, error.message);
    cr_expect(expr_equal(expr, again), "%s", sql);
    arena_done(&arena);
}

Test(migrations, texts_mean_what_was_compiled)
{
    struct catalog *catalog = reference();
    for (int t = 0; t < catalog->table_count; t++) {
        const struct table *table = catalog->tables[t];
        for (int i = 0; i < table->check_count; i++)
            expect_same(catalog, table, table->checks[i].sql, table->checks[i].condition, false);
        for (int i = 0; i < table->index_count; i++)
            if (table->indexes[i]->predicate != NULL)
                expect_same(catalog, table, table->indexes[i]->predicate_sql, table->indexes[i]->predicate, false);
        for (int i = 0; i < table->policy_count; i++) {
            const struct policy *policy = &table->policies[i];
            if (policy->using_sql != NULL)
                expect_same(catalog, table, policy->using_sql, policy->using_condition, true);
            if (policy->check_sql != NULL)
                expect_same(catalog, table, policy->check_sql, policy->check_condition, true);
        }
    }
    catalog_free(catalog);
}

Test(migrations, print_names_everything)
{
    struct catalog *catalog = reference();
    struct buf out = { 0 };
    catalog_print(catalog, NULL, &out);
    for (int t = 0; t < catalog->table_count; t++) {
        cr_expect(strstr(buf_text(&out), catalog->tables[t]->qualified) != NULL);
        struct buf one = { 0 };
        catalog_print(catalog, catalog->tables[t], &one);
        for (int i = 0; i < catalog->tables[t]->column_count; i++)
            cr_expect(strstr(buf_text(&one), catalog->tables[t]->columns[i].name) != NULL);
        for (int i = 0; i < catalog->tables[t]->index_count; i++)
            cr_expect(strstr(buf_text(&one), catalog->tables[t]->indexes[i]->name) != NULL);
        buf_done(&one);
    }
    buf_done(&out);
    catalog_free(catalog);
}
