#include "catalog/fold.h"

void clause_columns(const struct table *table, const int *columns, int count, struct buf *out)
{
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_append_string(out, ", ");
        quote_name(table->columns[columns[i]].name, out);
    }
}

void clause_index_columns(const struct index *index, bool key, struct buf *out)
{
    const struct index_column *columns = key ? index->key : index->columns;
    int count = key ? index->key_count : index->count;
    for (int i = 0; i < count; i++) {
        struct key_order order = columns[i].order;
        if (i > 0)
            buf_append_string(out, ", ");
        const struct column *column = &index->table->columns[columns[i].column];
        quote_name(column->name, out);
        if (!key && columns[i].collation != column->type.collation)
            buf_printf(out, " COLLATE \"%s\"", collation_name(columns[i].collation));
        if (order.desc)
            buf_append_string(out, " DESC");
        if (order.nulls_first != order.desc)
            buf_append_string(out, order.nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}

void clause_type(struct type type, struct buf *out)
{
    if (type.id == TYPE_ENUM) {
        quote_name(type.labels->name, out);
        buf_append_string(out, type.array ? "[]" : "");
        return;
    }
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    buf_append_string(out, type_name(type, &arena));
    arena_done(&arena);
}

void clause_collation(const struct collation *collation, struct buf *out)
{
    if (collation != NULL)
        buf_printf(out, " COLLATE \"%s\"", collation->name);
}

const char *fk_action_name(enum fk_action action)
{
    static const char *const names[] = {
        [FK_NO_ACTION] = "NO ACTION", [FK_RESTRICT] = "RESTRICT", [FK_CASCADE] = "CASCADE",
        [FK_SET_NULL] = "SET NULL", [FK_SET_DEFAULT] = "SET DEFAULT",
    };
    return names[action];
}

void clause_reference(const struct foreign_key *key, struct buf *out)
{
    buf_append_string(out, "REFERENCES ");
    table_quote(key->target, out);
    buf_append_string(out, " (");
    clause_columns(key->target, key->target_columns, key->count, out);
    buf_append_string(out, ")");
    if (key->on_update != FK_NO_ACTION)
        buf_printf(out, " ON UPDATE %s", fk_action_name(key->on_update));
    if (key->on_delete != FK_NO_ACTION)
        buf_printf(out, " ON DELETE %s", fk_action_name(key->on_delete));
}

const char *policy_command_name(enum policy_command command)
{
    static const char *const names[] = {
        [POLICY_ALL] = "ALL", [POLICY_SELECT] = "SELECT", [POLICY_INSERT] = "INSERT",
        [POLICY_UPDATE] = "UPDATE", [POLICY_DELETE] = "DELETE",
    };
    return names[command];
}

void clause_policy(const struct policy *policy, struct buf *out)
{
    buf_printf(out, "%sFOR %s TO ", policy->permissive ? "" : "AS RESTRICTIVE ", policy_command_name(policy->command));
    for (int i = 0; i < policy->role_count; i++) {
        buf_append_string(out, i == 0 ? "" : ", ");
        quote_name(policy->roles[i], out);
    }
    if (policy->role_count == 0)
        buf_append_string(out, "PUBLIC");
}
