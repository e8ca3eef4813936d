/* DROP of anything, with PostgreSQL's dependency rules: RESTRICT unless CASCADE is written. */
#include "catalog/fold.h"

int fold_refuse_dependent(struct fold *f, const char *what, const char *dependent)
{
    fail(f->error, SQLSTATE_DEPENDENT_OBJECTS, "cannot drop %s because other objects depend on it", what);
    fail_detail(f->error, "%s depends on %s", dependent, what);
    return fail_hint(f->error, "Use DROP ... CASCADE to drop the dependent objects too.");
}

int fold_drop_readers(struct fold *f, const struct table *table, int column, const char *what, bool cascade)
{
    struct catalog *catalog = &f->draft->catalog;
    for (int t = 0; t < catalog->table_count; t++) {
        struct table *owner = catalog->tables[t];
        for (int p = owner->policy_count - 1; p >= 0 && !(column < 0 && owner == table); p--) {
            const struct policy *policy = &owner->policies[p];
            if (!(policy->using_condition != NULL && expr_reads(policy->using_condition, owner, table, column))
                && !(policy->check_condition != NULL && expr_reads(policy->check_condition, owner, table, column)))
                continue;
            if (!cascade)
                return fold_refuse_dependent(f, what, arena_printf(f->arena, "policy %s on table %s", policy->name, owner->qualified));
            fold_note(f, "drop cascades to policy %s on table %s", policy->name, owner->qualified);
            fold_remove(own_policies(owner), &owner->policy_count, p, sizeof *owner->policies);
        }
    }
    return fold_drop_view_readers(f, table, column, what, cascade);
}

/* --- DROP COLUMN --- */

static bool index_reads(const struct index *index, int column)
{
    for (int i = 0; i < index->count; i++)
        if (index->columns[i].column == column)
            return true;
    return index->predicate != NULL && expr_reads(index->predicate, index->table, index->table, column);
}

/* What PostgreSQL drops silently along with a column: indexes and constraints of its table that name it. */
static int drop_of_column(struct fold *f, struct table *table, int column, bool cascade)
{
    for (int i = table->index_count - 1; i >= 0; i--) {
        const struct index *index = table->indexes[i];
        if (!index_reads(index, column))
            continue;
        if (fold_drop_referrers(f, index, cascade) < 0)
            return -1;
        fold_drop_index(f, index);
    }
    for (int i = table->check_count - 1; i >= 0; i--)
        if (expr_reads(table->checks[i].condition, table, table, column))
            fold_remove(own_checks(table), &table->check_count, i, sizeof *table->checks);
    for (int i = table->foreign_key_count - 1; i >= 0; i--) {
        const struct foreign_key *key = table->foreign_keys[i];
        for (int k = 0; k < key->count; k++)
            if (key->columns[k] == column) {
                fold_drop_key(key);
                break;
            }
    }
    return 0;
}

static int drop_generated(struct fold *f, struct table *table, int column, const char *what, bool cascade)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *other = &table->columns[i];
        if (other->dropped || other->generated == NULL || !expr_reads(other->generated, table, table, column))
            continue;
        if (!cascade)
            return fold_refuse_dependent(f, what, arena_printf(f->arena, "column %s of table %s", other->name, table->qualified));
        if (fold_drop_column(f, table, other->name, false, true) < 0)
            return -1;
    }
    return 0;
}

int fold_drop_column(struct fold *f, struct table *table, const char *name, bool missing_ok, bool cascade)
{
    int number = table_column(table, slice_of_string(name));
    if (number < 0 && missing_ok) {
        fold_note(f, "column %s.%s does not exist, skipped", table->qualified, name);
        return 0;
    }
    if (fold_column(f, table, name, &number) < 0)
        return -1;
    for (int i = 0; table->primary != NULL && i < table->primary->count; i++)
        if (table->primary->columns[i].column == number) {
            fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" is in the primary key of table \"%s\"", name, table->name);
            return fail_hint(f->error, "Rows are stored under it: create a new table and copy.");
        }
    const char *what = arena_printf(f->arena, "column %s of table %s", name, table->qualified);
    if (drop_generated(f, table, number, what, cascade) < 0 || fold_drop_readers(f, table, number, what, cascade) < 0
        || drop_of_column(f, table, number, cascade) < 0)
        return -1;
    struct column *column = &table->columns[number];
    *column = (struct column){ .name = column->name, .type = column->type, .dropped = true, .missing = VALUE_OF_NULL,
                               .origin = column->origin };
    fold_effect(f, (struct effect){ .kind = is_filled(table) ? EFFECT_DROP_COLUMN : EFFECT_NOTE, .table = table, .column = number,
                                    .text = arena_printf(f->arena, "drop column %s.%s", table->qualified, name) });
    return 0;
}

/* --- DROP TABLE --- */

static bool among(const struct table *table, struct table *const *tables, int count)
{
    for (int i = 0; i < count; i++)
        if (tables[i] == table)
            return true;
    return false;
}

static int drop_references(struct fold *f, const struct table *table, struct table *const *going, int count, bool cascade)
{
    struct catalog *catalog = &f->draft->catalog;
    const char *what = arena_printf(f->arena, "table %s", table->qualified);
    for (int t = 0; t < catalog->table_count; t++) {
        const struct table *other = catalog->tables[t];
        for (int k = other->foreign_key_count - 1; k >= 0 && !among(other, going, count); k--) {
            const struct foreign_key *key = other->foreign_keys[k];
            if (key->target != table)
                continue;
            if (!cascade)
                return fold_refuse_dependent(f, what, arena_printf(f->arena, "constraint %s on table %s", key->name, other->qualified));
            fold_note(f, "drop cascades to constraint %s on table %s", key->name, other->qualified);
            fold_drop_key(key);
        }
    }
    return fold_drop_readers(f, table, -1, what, cascade);
}

static void drop_names(struct draft *draft, const struct table *table)
{
    for (int i = 0; i < table->index_count; i++)
        name_remove(draft, table->schema, table->indexes[i]->name);
    for (size_t i = 0; i < draft->names_capacity; i++) {
        struct relation_name *entry = &draft->names[i];
        const struct sequence *sequence = entry->name != NULL && entry->kind == RELATION_KIND_SEQUENCE ? entry->object : NULL;
        if (entry->name != NULL && (entry->object == table || (sequence != NULL && sequence->table == table))) {
            name_remove(draft, entry->schema, entry->name);
            i = (size_t)-1;                 /* removing moves entries: start again */
        }
    }
}

static void drop_table(struct fold *f, struct table *table)
{
    struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < table->index_count; i++)
        if (!table->indexes[i]->primary && is_filled(table))
            fold_effect(f, (struct effect){ .kind = EFFECT_DROP_INDEX, .relation = table->indexes[i]->relation,
                                            .text = arena_printf(f->arena, "drop index %s", table->indexes[i]->name) });
    fold_effect(f, (struct effect){ .kind = is_filled(table) ? EFFECT_DROP_TABLE : EFFECT_NOTE, .relation = table->relation,
                                    .text = arena_printf(f->arena, "drop table %s", table->qualified) });
    drop_names(f->draft, table);
    int at = 0;
    while (catalog->tables[at] != table)
        at++;
    fold_remove(catalog->tables, &catalog->table_count, at, sizeof *catalog->tables);
}

/* "auth.users" of a list of String nodes, or one String. */
PgQuery__RangeVar fold_range_of(const PgQuery__Node *object, size_t leave)
{
    PgQuery__RangeVar name = PG_QUERY__RANGE_VAR__INIT;
    if (object->node_case == PG_QUERY__NODE__NODE_STRING) {
        name.relname = object->string->sval;
        return name;
    }
    if (object->node_case != PG_QUERY__NODE__NODE_LIST || object->list->n_items <= leave)
        return name;
    size_t count = object->list->n_items - leave;
    name.relname = (char *)node_string(object->list->items[count - 1]);
    if (count > 1)
        name.schemaname = (char *)node_string(object->list->items[count - 2]);
    return name;
}

static int drop_tables(struct fold *f, const PgQuery__DropStmt *stmt, bool cascade)
{
    struct table **going = ARENA_ARRAY(f->arena, struct table *, stmt->n_objects);
    int count = 0;
    for (size_t i = 0; i < stmt->n_objects; i++) {
        PgQuery__RangeVar name = fold_range_of(stmt->objects[i], 0);
        struct table *table;
        if (fold_table(f, &name, stmt->missing_ok, &table) < 0)
            return -1;
        if (table == NULL)
            fold_note(f, "table %s does not exist, skipped", name.relname);
        else if (!among(table, going, count))
            going[count++] = table;
    }
    for (int i = 0; i < count; i++)
        if (drop_references(f, going[i], going, count, cascade) < 0)
            return -1;
    for (int i = 0; i < count; i++)
        drop_table(f, going[i]);
    return 0;
}

/* --- The rest --- */

static int drop_index(struct fold *f, const PgQuery__Node *object, bool missing_ok, bool cascade)
{
    PgQuery__RangeVar name = fold_range_of(object, 0);
    const char *schema;
    if (fold_schema(f, name.schemaname, &schema) < 0)
        return -1;
    struct relation_name *found = name_find(f->draft, schema, slice_of_string(name.relname));
    if (found == NULL && missing_ok) {
        fold_note(f, "index %s does not exist, skipped", name.relname);
        return 0;
    }
    if (found == NULL)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "index \"%s\" does not exist", name.relname);
    if (found->kind != RELATION_KIND_INDEX)
        return fail(f->error, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not an index", name.relname);
    const struct index *index = found->object;
    if (index->constraint) {
        fail(f->error, SQLSTATE_DEPENDENT_OBJECTS, "cannot drop index %s because constraint %s on table %s requires it",
             index->name, index->name, index->table->qualified);
        return fail_hint(f->error, "You can drop constraint %s on table %s instead.", index->name, index->table->qualified);
    }
    if (fold_drop_referrers(f, index, cascade) < 0)
        return -1;
    fold_drop_index(f, index);
    return 0;
}

/* Policies and triggers are named behind their table: [schema,] table, name. */
static int drop_of_table(struct fold *f, const PgQuery__DropStmt *stmt, const PgQuery__Node *object)
{
    PgQuery__RangeVar on = fold_range_of(object, 1);
    struct table *table;
    const char *name = object->node_case == PG_QUERY__NODE__NODE_LIST && object->list->n_items > 1
                     ? node_string(object->list->items[object->list->n_items - 1]) : NULL;
    if (name == NULL || on.relname == NULL)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "a name is missing");
    if (fold_table(f, &on, stmt->missing_ok, &table) < 0)
        return -1;
    if (table == NULL) {
        fold_note(f, "relation %s does not exist, skipped", on.relname);
        return 0;
    }
    if (stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER)
        return fold_drop_note(f, NOTE_TRIGGER, name, table, stmt->missing_ok);
    return fold_drop_policy(f, table, name, stmt->missing_ok);
}

static int drop_function(struct fold *f, const PgQuery__DropStmt *stmt, const PgQuery__Node *object, bool cascade)
{
    const PgQuery__ObjectWithArgs *function = object->object_with_args;
    const char *name;
    if (object->node_case != PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "a function name is missing");
    if (!fold_function_known(f, function->objname, function->n_objname, &name) && !stmt->missing_ok)
        return fail(f->error, SQLSTATE_UNDEFINED_FUNCTION, "function %s does not exist", name);
    rights_of_function(f, name, false);
    return fold_drop_callee(f, NOTE_FUNCTION, name, true, cascade);
}

static int drop_one(struct fold *f, const PgQuery__DropStmt *stmt, const PgQuery__Node *object, bool cascade)
{
    switch (stmt->remove_type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX: return drop_index(f, object, stmt->missing_ok, cascade);
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER: return drop_of_table(f, stmt, object);
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION: return drop_function(f, stmt, object, cascade);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE: {
        const PgQuery__TypeName *type = object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME ? object->type_name : NULL;
        const char *name = type == NULL || type->n_names == 0 ? NULL : node_string(type->names[type->n_names - 1]);
        return name == NULL ? fail(f->error, SQLSTATE_SYNTAX_ERROR, "a type name is missing")
                            : fold_drop_enum(f, name, stmt->missing_ok, cascade);
    }
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
        return node_string(object) == NULL ? fail(f->error, SQLSTATE_SYNTAX_ERROR, "a name is missing")
                                           : fold_drop_callee(f, NOTE_EXTENSION, node_string(object), stmt->missing_ok, cascade);
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
        if (stmt->missing_ok && name_find(f->draft, "public", slice_of_string(fold_range_of(object, 0).relname)) == NULL) {
            fold_note(f, "%s does not exist, skipped", fold_range_of(object, 0).relname);
            return 0;
        }
        break;
    default:
        break;
    }
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported", fold_tag(f));
}

int fold_drop(struct fold *f, const PgQuery__DropStmt *stmt)
{
    bool cascade = stmt->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
    if (stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
        return drop_tables(f, stmt, cascade);
    if (stmt->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW)
        return fold_drop_views(f, stmt, cascade);
    for (size_t i = 0; i < stmt->n_objects; i++)
        if (drop_one(f, stmt, stmt->objects[i], cascade) < 0)
            return -1;
    return 0;
}
