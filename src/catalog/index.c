/* CREATE INDEX, and how any index joins and leaves its table. */
#include "catalog/fold.h"

int indexable(struct fold *f, struct type type)
{
    if (type.id != TYPE_JSON)
        return 0;
    fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "data type %s has no default operator class for access method \"btree\"",
         type_name(type, f->arena));
    return fail_hint(f->error, "Use jsonb.");
}

int fold_add_index(struct fold *f, struct table *table, struct index *index)
{
    struct draft *draft = f->draft;
    if (table->index_count == INDEXES_PER_TABLE_MAX)
        return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "table \"%s\" has %d indexes already", table->name, INDEXES_PER_TABLE_MAX);
    if (name_find(draft, table->schema, slice_of_string(index->name)) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists", index->name);
    if (!index->primary && draft->relation_next >= UINT16_MAX)
        return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "all relation numbers are used up");
    index->table = table;
    index->relation = index->primary ? table->relation : (uint16_t)draft->relation_next++;
    name_add(draft, table->schema, index->name, RELATION_KIND_INDEX, index);
    *FOLD_APPEND(f->arena, table->indexes, table->index_count) = index;
    if (index->primary) {
        for (int i = table->index_count - 1; i > 0; i--)
            table->indexes[i] = table->indexes[i - 1];
        table->indexes[0] = table->primary = index;
        return 0;
    }
    fold_effect(f, (struct effect){
        .kind = is_filled(table) ? EFFECT_BUILD_INDEX : EFFECT_NOTE, .table = table, .index = index, .relation = index->relation,
        .text = arena_printf(f->arena, "build %sindex %s on %s", index->unique ? "unique " : "", index->name, table->qualified) });
    return index->unique ? fold_check_rows(f, table, index, -1, index->name) : 0;
}

/* Forgets the effects of this statement that an object, gone again, would have needed. */
static void forget_index(struct fold *f, const struct index *index)
{
    for (int i = f->effects.count - 1; i >= 0; i--)
        if (f->effects.items[i].index == index)
            fold_remove(f->effects.items, &f->effects.count, i, sizeof *f->effects.items);
}

void fold_drop_index(struct fold *f, const struct index *index)
{
    struct table *table = own_table(index->table);
    int at = 0;
    while (table->indexes[at] != index)
        at++;
    fold_remove(table->indexes, &table->index_count, at, sizeof *table->indexes);
    name_remove(f->draft, table->schema, index->name);
    forget_index(f, index);
    fold_effect(f, (struct effect){
        .kind = is_filled(table) ? EFFECT_DROP_INDEX : EFFECT_NOTE, .table = table, .relation = index->relation,
        .text = arena_printf(f->arena, "drop index %s", index->name) });
}

/* --- CREATE INDEX --- */

static int refuse_method(struct fold *f, const char *method)
{
    if (!given(method) || same(method, "btree"))
        return 0;
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "access method \"%s\" is not supported", method);
    if (same(method, "hash"))
        return fail_hint(f->error, "Use the default, btree: it answers everything that a hash index does.");
    return fail_hint(f->error, "Every index is a btree. Conditions on jsonb, arrays and text search are checked row by row.");
}

static int refuse_index(struct fold *f, const PgQuery__IndexStmt *stmt)
{
    const char *what = NULL;
    if (stmt->n_index_including_params > 0)
        what = "INCLUDE";
    else if (stmt->n_options > 0)
        what = "WITH (storage parameters)";
    else if (given(stmt->table_space))
        what = "TABLESPACE";
    if (what == NULL)
        return refuse_method(f, stmt->access_method);
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s of an index is not supported", what);
}

static int index_column(struct fold *f, const struct table *table, const PgQuery__IndexElem *e, struct index_column *ret)
{
    if (e->expr != NULL) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "indexes on expressions are not supported");
        return fail_hint(f->error, "Add a column GENERATED ALWAYS AS (...) STORED and index that.");
    }
    if (e->n_opclass > 0 || e->n_opclassopts > 0)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "operator classes are not supported");
    if (fold_column(f, table, e->name, &ret->column) < 0 || indexable(f, table->columns[ret->column].type) < 0)
        return -1;
    struct type type = table->columns[ret->column].type;
    if (e->n_collation > 0 && fold_collation(f, e->collation, e->n_collation, &type) < 0)
        return -1;
    ret->collation = type.collation;
    ret->order.desc = e->ordering == PG_QUERY__SORT_BY_DIR__SORTBY_DESC;
    ret->order.nulls_first = e->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_DEFAULT
                           ? ret->order.desc : e->nulls_ordering == PG_QUERY__SORT_BY_NULLS__SORTBY_NULLS_FIRST;
    return 0;
}

static int index_columns(struct fold *f, const struct table *table, const PgQuery__IndexStmt *stmt, struct index *index)
{
    if (stmt->n_index_params > INDEX_COLUMNS_MAX)
        return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "cannot use more than %d columns in an index", INDEX_COLUMNS_MAX);
    index->count = (int)stmt->n_index_params;
    for (int i = 0; i < index->count; i++)
        if (index_column(f, table, stmt->index_params[i]->index_elem, &index->columns[i]) < 0)
            return -1;
    for (int i = 0; i < index->count; i++)
        for (int k = 0; k < i; k++)
            if (index->columns[k].column == index->columns[i].column)
                return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" appears twice in the index",
                            table->columns[index->columns[i].column].name);
    return 0;
}

static int predicate(struct fold *f, const struct table *table, const PgQuery__IndexStmt *stmt, struct index *index)
{
    if (stmt->where_clause == NULL)
        return 0;
    if (fold_expression(f, stmt->where_clause, table, USE_PREDICATE, type_of(TYPE_BOOL), &index->predicate) < 0)
        return -1;
    index->predicate_sql = text_after(f, f->statement->text, "where");
    if (index->predicate_sql == NULL)
        return fail(f->error, SQLSTATE_INTERNAL_ERROR, "the text of the index's predicate was not found");
    return 0;
}

int fold_create_index(struct fold *f, const PgQuery__IndexStmt *stmt)
{
    struct table *table;
    int columns[INDEX_COLUMNS_MAX];
    if (fold_table(f, stmt->relation, false, &table) < 0)
        return -1;
    struct index *index = ARENA_NEW(f->arena, struct index);
    index->unique = stmt->unique;
    index->nulls_not_distinct = stmt->nulls_not_distinct;
    index->origin = fold_origin(f);
    if (refuse_index(f, stmt) < 0 || index_columns(f, table, stmt, index) < 0 || predicate(f, table, stmt, index) < 0)
        return -1;
    if (given(stmt->idxname) && name_find(f->draft, table->schema, slice_of_string(stmt->idxname)) != NULL && stmt->if_not_exists) {
        fold_note(f, "relation %s exists, skipped", stmt->idxname);
        return 0;
    }
    for (int i = 0; i < index->count; i++)
        columns[i] = index->columns[i].column;
    index->name = given(stmt->idxname)
                ? arena_string(f->arena, slice_of_string(stmt->idxname))
                : name_choose(f, table->schema, table->name, name_columns(f, table, columns, index->count), "idx", false);
    return fold_add_index(f, table, index);
}
