/* The method `explain`: the plan of a reading method, or of the target of update and delete, as a map. It plans with the
 * caller's own policies and walls, asks the rights that the method would, and looks at no row. */
#include "protocol/explain.h"

#include "engine/policy/rights.h"
#include "engine/scan/plan.h"
#include "protocol/methods.h"
#include "protocol/modify.h"
#include "protocol/reading.h"
#include "value/mp.h"

static const char *column_name(const void *table, int column)
{
    return ((const struct table *)table)->columns[column].name;
}

static const char *table_name(const void *table)
{
    return ((const struct table *)table)->qualified;
}

void explain_condition(const struct table *table, const struct expr *condition, struct buf *out)
{
    struct expr_names names = { .column = column_name, .table = table, .table_name = table_name };
    struct buf text = { 0 };
    expr_print(condition, &names, &text);
    mp_put_str(out, buf_slice(&text));
    buf_done(&text);
}

void explain_guard(const struct guard *guard, const struct table *table, struct buf *out)
{
    if (guard->access == ACCESS_FILTER)
        explain_condition(table, guard->condition, out);
    else
        mp_put_string(out, guard->access == ACCESS_ALL ? "all rows" : "no rows");
}

/* --- Key ranges --- */

static void print_value(struct type type, const struct value *value, struct buf *out)
{
    struct buf text = { 0 };
    if (value_is_null(value)) {
        buf_append_string(out, "NULL");
        return;
    }
    value_to_text(type, value, &text);
    bool bare = type_is_number(type) || (type.id == TYPE_BOOL && !type.array);
    buf_printf(out, bare ? "%.*s" : "'%.*s'", SLICE_FMT(buf_slice(&text)));
    buf_done(&text);
}

/* "status in ('new', 'open')", "status = 'open'", "status is NULL" */
static void print_list(const struct plan *plan, int column, struct buf *out)
{
    const struct column_facts *known = plan->facts.columns[column];
    struct type type = plan->table->columns[column].type;
    const char *name = column_name(plan->table, column);
    if (known->value_count == 1) {
        buf_printf(out, "%s %s ", name, value_is_null(&known->values[0]) ? "is" : "=");
        print_value(type, &known->values[0], out);
        return;
    }
    buf_printf(out, "%s in (", name);
    for (int i = 0; i < known->value_count; i++) {
        buf_append_string(out, i == 0 ? "" : ", ");
        print_value(type, &known->values[i], out);
    }
    buf_append_string(out, ")");
}

/* One end of the key range; nil when it is open. */
static void put_range_end(const struct plan *plan, bool low, struct buf *out)
{
    struct buf text = { 0 };
    for (int i = 0; i < plan->fixed_count; i++) {
        buf_append_string(&text, i == 0 ? "" : ", ");
        print_list(plan, plan->parts[i].column, &text);
    }
    if (plan->range_column >= 0) {
        const struct column_facts *known = plan->facts.columns[plan->range_column];
        const struct range_end *end = low ? &known->low : &known->high;
        if (end->set && facts_range_of(known, &plan->parts[plan->fixed_count])) {
            buf_printf(&text, "%s%s %s%s ", text.size > 0 ? ", " : "", column_name(plan->table, plan->range_column),
                       low ? ">" : "<", end->inclusive ? "=" : "");
            print_value(plan->table->columns[plan->range_column].type, &end->value, &text);
        }
    }
    if (text.size > 0)
        mp_put_str(out, buf_slice(&text));
    else
        mp_put_nil(out);
    buf_done(&text);
}

/* --- The plan --- */

static const char *access_name(const struct plan *plan)
{
    if (plan->never)
        return "none";
    if (!plan->index->primary)
        return "index";
    return plan->fixed_count == plan->part_count && plan->ranges == 1 && !plan->query->table_only ? "key" : "table";
}

static void put_plan(const struct plan *plan, struct buf *out)
{
    const struct query *query = plan->query;
    const char *access = access_name(plan);
    mp_put_map(out, 11);
    mp_put_string(out, "table");
    mp_put_string(out, plan->table->qualified);
    mp_put_string(out, "access");
    mp_put_string(out, access);
    mp_put_string(out, "index");
    if (strcmp(access, "index") == 0 || strcmp(access, "key") == 0)
        mp_put_string(out, plan->index->name);
    else
        mp_put_nil(out);
    mp_put_string(out, "houses");
    mp_put_string(out, query->house == HOUSE_ANY && !plan->houses_listed ? "all" : "one");
    mp_put_string(out, "low");
    put_range_end(plan, true, out);
    mp_put_string(out, "high");
    put_range_end(plan, false, out);
    mp_put_string(out, "ranges");
    mp_put_int(out, plan->never ? 0 : plan->ranges);
    mp_put_string(out, "reverse");
    mp_put_bool(out, plan->reverse);
    mp_put_string(out, "sorted");
    mp_put_bool(out, !query->ordered || plan->sorted);
    mp_put_string(out, "filter");
    if (plan->residual != NULL)
        explain_condition(plan->table, plan->residual, out);
    else
        mp_put_nil(out);
    mp_put_string(out, "policy");
    explain_guard(&plan->guard, plan->table, out);
}

/* --- Methods --- */

/* `key = value AND ...` of a primary key, as a filter would say it. */
static int key_condition(struct request *rq, const struct table *table, struct slice key, const struct expr **ret)
{
    struct value values[INDEX_COLUMNS_MAX];
    if (args_key(rq, table, key, values) < 0)
        return -1;
    for (int i = 0; i < table->primary->count; i++) {
        int column = table->primary->columns[i].column;
        struct type type = table->columns[column].type;
        const struct expr *part, *args[2] = { expr_column(column, type, rq->arena), expr_const(type, values[i], rq->arena) };
        if (expr_make(EXPR_EQ, args, 2, rq->arena, &part, rq->error) < 0)
            return -1;
        *ret = *ret == NULL ? part : expr_and(*ret, part, rq->arena);
    }
    return 0;
}

/* A key, or {"where": filter}. */
static int read_target(struct request *rq, const struct table *table, struct slice target, bool filters, const struct expr **ret)
{
    struct slice map = target, name;
    uint32_t count;
    if (!filters || !mp_map(&map, &count))
        return key_condition(rq, table, target, ret);
    if (count != 1 || !mp_str(&map, &name) || !slice_is(name, "where"))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a target wants a key, or a map {\"where\": filter}");
    return filter_from_wire(rq, table, &map, ret);
}

/* The rights that the method itself asks: of get the columns that it gives, of update those that it sets, of both writes what they return. */
static int check_target(struct request *rq, const struct query *query, const struct options *options, struct slice changes, bool *ret_returns)
{
    struct modification m = { .rq = rq, .table = query->table };
    struct column_list columns;
    struct input_row record;
    if (query->command == POLICY_SELECT)
        return option_columns(rq, options->columns, "columns", query->table, &columns) < 0 ? -1 : rights_of_get(rq, query->table, &columns);
    if (option_returning(rq, options->returning, query->table, &m.returning) < 0
        || modify_rights(&m, query->command == POLICY_UPDATE ? PRIVILEGE_UPDATE : PRIVILEGE_DELETE) < 0)
        return -1;
    *ret_returns = m.returning.wanted;
    if (changes.data != NULL
        && (args_record(rq, query->table, &changes, &record) < 0 || rights_of_columns(rq, query->table, PRIVILEGE_UPDATE, record.given) < 0))
        return -1;
    return rights_of_target(rq, query->table, false, query->where);
}

/* get, update, delete: a table, a target, for update the changes, and options. */
static int explain_target(struct request *rq, struct args args, enum policy_command command, struct buf *out)
{
    static const unsigned allowed = OPTION_COLUMNS | OPTION_ORGANIZATION | OPTION_RETURNING | OPTIONS_OF_WRITES;
    struct query query = { .command = command };
    struct slice target, changes = { 0 };
    struct options options;
    bool returns = false;
    const struct uuid *organization;
    struct plan plan;
    if (args_table(rq, &args, &query.table) < 0 || args_object(rq, &args, "the target", &target) < 0
        || (command == POLICY_UPDATE && args.count > 0 && args_object(rq, &args, "the changes", &changes) < 0)
        || args_options(rq, &args, allowed, &options) < 0
        || option_organization(rq, options.organization, &organization) < 0
        || read_target(rq, query.table, target, command != POLICY_SELECT, &query.where) < 0
        || check_target(rq, &query, &options, changes, &returns) < 0)
        return -1;
    query.reads = returns || reads_columns(query.where);
    int entered = engine_house(rq, query.table, organization, &query.house);
    if (entered < 0)
        return -1;
    if (entered == 0)
        query.house = TENANT_SYSTEM;
    if (plan_make(rq, &query, TIES_FREE, &plan) < 0)
        return -1;
    plan.never |= entered == 0;
    put_plan(&plan, out);
    return 0;
}

static int put_reading(struct request *rq, struct reading *r, struct buf *out)
{
    struct plan plan;
    if (r->nowhere)
        r->query.house = TENANT_SYSTEM;
    if (plan_make(rq, &r->query, r->query.after != NULL ? r->query.after->ties : TIES_FREE, &plan) < 0)
        return -1;
    plan.never |= r->nowhere;
    put_plan(&plan, out);
    return 0;
}

static int explain_scan(struct request *rq, struct args args, struct buf *out)
{
    static const unsigned allowed = OPTION_WHERE | OPTION_ORGANIZATION | OPTION_ORDER | OPTION_LIMIT | OPTION_CURSOR | OPTION_COLUMNS | OPTION_NAMES;
    struct column_list columns;
    struct reading r;
    if (reading_from_args(rq, args, allowed, &r) < 0 || reading_page(rq, &r) < 0
        || option_columns(rq, r.options.columns, "columns", r.query.table, &columns) < 0 || rights_of_reading(rq, &r.query, true, &columns) < 0)
        return -1;
    return put_reading(rq, &r, out);
}

static int explain_count(struct request *rq, struct args args, struct buf *out)
{
    struct reading r;
    if (reading_from_args(rq, args, OPTION_WHERE | OPTION_ORGANIZATION, &r) < 0
        || rights_of_reading(rq, &r.query, false, &(struct column_list){ 0 }) < 0)
        return -1;
    r.query.keys_only = true;
    return put_reading(rq, &r, out);
}

static int explain_aggregate(struct request *rq, struct args args, struct buf *out)
{
    struct reading r;
    return aggregate_reading(rq, args, &r) < 0 ? -1 : put_reading(rq, &r, out);
}

int explain_query(struct request *rq, const struct query *query, bool nowhere, struct buf *out)
{
    struct query planned = *query;
    struct plan plan;
    if (nowhere)
        planned.house = TENANT_SYSTEM;
    if (plan_make(rq, &planned, TIES_FREE, &plan) < 0)
        return -1;
    plan.never |= nowhere;
    put_plan(&plan, out);
    return 0;
}

static int explain_statement(struct request *rq, struct args args, struct buf *out)
{
    struct query_call call;
    struct kept_query *query;
    if (query_args(rq, args, false, &call) < 0 || queries_find(rq->queries, call.text, &query, rq->error) < 0)
        return -1;
    return query_explain(rq, query, &call, out);
}

int explain_method(struct request *rq, struct args args, struct buf *out)
{
    struct slice method, params;
    struct args inner;
    if (args_text(rq, &args, "the method", &method) < 0 || args_object(rq, &args, "the params", &params) < 0)
        return -1;
    if (args.count != 0 || !mp_array(&params, &inner.count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "explain wants a method and an array of its params");
    inner.rest = params;
    if (slice_is(method, "query"))
        return explain_statement(rq, inner, out);
    if (slice_is(method, "scan"))
        return explain_scan(rq, inner, out);
    if (slice_is(method, "count"))
        return explain_count(rq, inner, out);
    if (slice_is(method, "aggregate"))
        return explain_aggregate(rq, inner, out);
    if (slice_is(method, "get"))
        return explain_target(rq, inner, POLICY_SELECT, out);
    if (slice_is(method, "update"))
        return explain_target(rq, inner, POLICY_UPDATE, out);
    if (slice_is(method, "delete"))
        return explain_target(rq, inner, POLICY_DELETE, out);
    return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "there is no plan of \"%.*s\"", SLICE_FMT(method));
}
