/* The catalog as one stored jsonb value. Its shape is documented in docs/protocol.md, "The reply of `schema`".
 * Keys of an object come in jsonb's order (shorter first, then by bytes), so that the bytes are canonical (V1). */
#include "catalog/fold.h"

#include "value/mp.h"

static void key(const char *name, struct buf *out)
{
    mp_put_string(out, name);
}

static void text_or_nil(const char *text, struct buf *out)
{
    if (text == NULL)
        mp_put_nil(out);
    else
        mp_put_string(out, text);
}

/* A text that a clause_...() function appends. */
#define PUT_CLAUSE(out, call)                       \
    do {                                            \
        struct buf clause = { 0 };                  \
        call;                                       \
        mp_put_str((out), buf_slice(&clause));      \
        buf_done(&clause);                          \
    } while (0)

static void put_origin(const struct origin *origin, struct buf *out)
{
    key("origin", out);
    PUT_CLAUSE(out, buf_printf(&clause, "%s:%d", origin->file, origin->line));
}

static void put_names(const struct table *table, const int *columns, int count, struct buf *out)
{
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        mp_put_string(out, table->columns[columns[i]].name);
}

static void put_column(const struct column *column, struct buf *out)
{
    mp_put_map(out, 10);
    key("name", out);
    mp_put_string(out, column->name);
    key("type", out);
    PUT_CLAUSE(out, clause_type(column->type, &clause));
    put_origin(&column->origin, out);
    key("secret", out);
    mp_put_bool(out, column->secret);
    key("serial", out);
    mp_put_bool(out, column->serial);
    key("comment", out);
    text_or_nil(column->comment, out);
    key("default", out);
    text_or_nil(column->default_sql, out);
    key("not_null", out);
    mp_put_bool(out, column->not_null);
    key("collation", out);
    text_or_nil(column->type.collation != NULL ? column->type.collation->name : NULL, out);
    key("generated", out);
    text_or_nil(column->generated_sql, out);
}

static void put_columns(const struct table *table, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += !table->columns[i].dropped;
    mp_put_array(out, count);
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped)
            put_column(&table->columns[i], out);
}

static void put_index(const struct index *index, struct buf *out)
{
    mp_put_map(out, 9);
    key("name", out);
    mp_put_string(out, index->name);
    key("house", out);
    mp_put_bool(out, index->house);
    key("where", out);
    text_or_nil(index->predicate_sql, out);
    put_origin(&index->origin, out);
    key("unique", out);
    mp_put_bool(out, index->unique);
    key("columns", out);
    mp_put_array(out, (uint32_t)index->count);
    for (int i = 0; i < index->count; i++) {
        struct index one = { .table = index->table, .count = 1, .columns = { index->columns[i] } };
        PUT_CLAUSE(out, clause_index_columns(&one, false, &clause));
    }
    key("primary", out);
    mp_put_bool(out, index->primary);
    key("constraint", out);
    mp_put_bool(out, index->constraint);
    key("nulls_distinct", out);
    mp_put_bool(out, !index->nulls_not_distinct);
}

static void put_foreign_key(const struct foreign_key *fk, struct buf *out)
{
    mp_put_map(out, 7);
    key("name", out);
    mp_put_string(out, fk->name);
    put_origin(&fk->origin, out);
    key("target", out);
    mp_put_string(out, fk->target->qualified);
    key("columns", out);
    put_names(fk->table, fk->columns, fk->count, out);
    key("on_delete", out);
    mp_put_string(out, fk_action_name(fk->on_delete));
    key("on_update", out);
    mp_put_string(out, fk_action_name(fk->on_update));
    key("target_columns", out);
    put_names(fk->target, fk->target_columns, fk->count, out);
}

static void put_check(const struct check *check, struct buf *out)
{
    mp_put_map(out, 3);
    key("name", out);
    mp_put_string(out, check->name);
    key("check", out);
    mp_put_string(out, check->sql);
    put_origin(&check->origin, out);
}

static void put_policy(const struct table *table, const struct policy *policy, struct buf *out)
{
    const struct table *again = policy_recursion(table, policy);
    mp_put_map(out, 8);
    key("name", out);
    mp_put_string(out, policy->name);
    key("check", out);
    text_or_nil(policy->check_sql, out);
    key("roles", out);
    mp_put_array(out, (uint32_t)(policy->role_count == 0 ? 1 : policy->role_count));
    for (int i = 0; i < policy->role_count; i++)
        mp_put_string(out, policy->roles[i]);
    if (policy->role_count == 0)
        mp_put_string(out, "public");
    key("using", out);
    text_or_nil(policy->using_sql, out);
    put_origin(&policy->origin, out);
    key("command", out);
    mp_put_string(out, policy_command_name(policy->command));
    key("recursion", out);
    text_or_nil(again == NULL ? NULL : again->qualified, out);
    key("permissive", out);
    mp_put_bool(out, policy->permissive);
}

static void put_table(const struct table *table, struct buf *out)
{
    mp_put_map(out, 13);
    key("name", out);
    mp_put_string(out, table->qualified);
    key("checks", out);
    mp_put_array(out, (uint32_t)table->check_count);
    for (int i = 0; i < table->check_count; i++)
        put_check(&table->checks[i], out);
    put_origin(&table->origin, out);
    key("columns", out);
    put_columns(table, out);
    key("comment", out);
    text_or_nil(table->comment, out);
    key("indexes", out);
    mp_put_array(out, (uint32_t)table->index_count);
    for (int i = 0; i < table->index_count; i++)
        put_index(table->indexes[i], out);
    key("tenancy", out);
    mp_put_string(out, tenancy_name(table->tenancy));
    key("policies", out);
    mp_put_array(out, (uint32_t)table->policy_count);
    for (int i = 0; i < table->policy_count; i++)
        put_policy(table, &table->policies[i], out);
    key("append_only", out);
    mp_put_bool(out, table->append_only);
    key("primary_key", out);
    mp_put_array(out, (uint32_t)table->primary->count);
    for (int i = 0; i < table->primary->count; i++)
        mp_put_string(out, table->columns[table->primary->columns[i].column].name);
    key("foreign_keys", out);
    mp_put_array(out, (uint32_t)table->foreign_key_count);
    for (int i = 0; i < table->foreign_key_count; i++)
        put_foreign_key(table->foreign_keys[i], out);
    key("row_security", out);
    mp_put_bool(out, table->row_security);
    key("tenancy_reason", out);
    PUT_CLAUSE(out, tenancy_reason(table, &clause));
}

static void put_view(const struct catalog_view *view, struct buf *out)
{
    mp_put_map(out, 5);
    key("name", out);
    mp_put_string(out, view->shape.qualified);
    put_origin(&view->shape.origin, out);
    key("columns", out);
    put_columns(&view->shape, out);
    key("comment", out);
    text_or_nil(view->shape.comment, out);
    key("definition", out);
    mp_put_string(out, view->sql);
}

static void put_enum(const struct enum_type *type, struct buf *out)
{
    mp_put_map(out, 2);
    key("name", out);
    mp_put_string(out, type->name);
    key("labels", out);
    mp_put_array(out, (uint32_t)type->count);
    for (int i = 0; i < type->count; i++)
        mp_put_string(out, type->labels[i]);
}

static void put_modules(const struct catalog *catalog, struct buf *out)
{
    uint32_t count = 0;
    while (reference_modules[count].name != NULL)
        count++;
    key("modules", out);
    mp_put_array(out, count);
    for (const struct reference_module *module = reference_modules; module->name != NULL; module++) {
        struct error reason;
        bool bound = reference_module_bound(catalog, module, &reason);
        mp_put_map(out, 3);
        key("name", out);
        mp_put_string(out, module->name);
        key("bound", out);
        mp_put_bool(out, bound);
        key("reason", out);
        text_or_nil(bound ? NULL : reason.message, out);
    }
}

void catalog_describe(const struct catalog *catalog, const struct table *table, struct buf *out)
{
    const struct draft *draft = (const struct draft *)catalog;
    if (table != NULL) {
        if (table->view != NULL)
            put_view(table->view, out);
        else
            put_table(table, out);
        return;
    }
    mp_put_map(out, 5);
    key("enums", out);
    mp_put_array(out, (uint32_t)draft->enum_count);
    for (int i = 0; i < draft->enum_count; i++)
        put_enum(draft->enums[i], out);
    key("views", out);
    mp_put_array(out, (uint32_t)catalog->view_count);
    for (int i = 0; i < catalog->view_count; i++)
        put_view(catalog->views[i], out);
    key("tables", out);
    mp_put_array(out, (uint32_t)catalog->table_count);
    for (int i = 0; i < catalog->table_count; i++)
        put_table(catalog->tables[i], out);
    put_modules(catalog, out);
    key("migrations", out);
    mp_put_array(out, (uint32_t)catalog->migration_count);
    for (int i = 0; i < catalog->migration_count; i++)
        mp_put_string(out, catalog->migrations[i].name);
}
