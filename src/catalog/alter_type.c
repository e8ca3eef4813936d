/* ALTER TABLE ... ALTER COLUMN ... TYPE.
 *
 * Where the stored bytes and keys of every value stay what they were (an integer grows, a text loses its limit) nothing
 * is touched. Where only the collation is another, the indexes are that were in the old one; without COLLATE it is the default, as
 * in PostgreSQL. Otherwise the rows are rewritten and the column's indexes built anew, under new relation numbers.
 * Expressions that read the column are compiled again from their text; policies and generated columns forbid the
 * change, as in PostgreSQL. */
#include "catalog/fold.h"

/* Whether each value of `a` is, byte for byte, the value of `b` that a cast gives. */
static bool same_bytes(struct type a, struct type b)
{
    if (a.array != b.array)
        return false;
    if (a.id == TYPE_NUMERIC && b.id == TYPE_NUMERIC)
        return b.precision == 0 || (a.precision > 0 && a.scale == b.scale && a.precision <= b.precision);
    if ((a.id == TYPE_TEXT || a.id == TYPE_VARCHAR) && (b.id == TYPE_TEXT || b.id == TYPE_VARCHAR))
        return b.length == 0 || (a.length > 0 && a.length <= b.length);
    if (a.id >= TYPE_INT2 && a.id <= TYPE_INT8 && b.id >= TYPE_INT2 && b.id <= TYPE_INT8)
        return a.id <= b.id;
    return a.id == b.id && a.labels == b.labels;
}

static bool indexed(const struct index *index, int column)
{
    for (int i = 0; i < index->count; i++)
        if (index->columns[i].column == column)
            return true;
    return false;
}

static bool comparable(struct type a, struct type b)
{
    return type_same(a, b) || (type_is_integer(a) && type_is_integer(b)) || (type_is_text(a) && type_is_text(b));
}

/* Both sides of every foreign key must still compare. */
static int refuse_keys(struct fold *f, const struct table *table, int column, struct type type)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int t = 0; t < catalog->table_count; t++)
        for (int k = 0; k < catalog->tables[t]->foreign_key_count; k++) {
            const struct foreign_key *key = catalog->tables[t]->foreign_keys[k];
            for (int i = 0; i < key->count; i++) {
                struct type from = key->table->columns[key->columns[i]].type;
                struct type to = key->target->columns[key->target_columns[i]].type;
                if (key->table == table && key->columns[i] == column)
                    from = type;
                if (key->target == table && key->target_columns[i] == column)
                    to = type;
                if (!comparable(from, to))
                    return fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "foreign key constraint \"%s\" cannot be implemented", key->name);
            }
        }
    return 0;
}

static int refuse_readers(struct fold *f, const struct table *table, int column)
{
    const struct catalog *catalog = &f->draft->catalog;
    for (int t = 0; t < catalog->table_count; t++)
        for (int p = 0; p < catalog->tables[t]->policy_count; p++) {
            const struct policy *policy = &catalog->tables[t]->policies[p];
            if ((policy->using_condition != NULL && expr_reads(policy->using_condition, catalog->tables[t], table, column))
                || (policy->check_condition != NULL && expr_reads(policy->check_condition, catalog->tables[t], table, column))) {
                fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot alter type of a column used in a policy definition");
                return fail_detail(f->error, "policy %s on table %s depends on column \"%s\"", policy->name,
                                   catalog->tables[t]->qualified, table->columns[column].name);
            }
        }
    const struct catalog_view *view = view_reader(f->draft, table, column);
    if (view != NULL) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot alter type of a column used by a view or rule");
        return fail_detail(f->error, "view %s depends on column \"%s\"", view->shape.qualified, table->columns[column].name);
    }
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].generated != NULL && (i == column || expr_reads(table->columns[i].generated, table, table, column)))
            return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "cannot alter type of a column used by a generated column");
    return 0;
}

/* The conversion that is asked for: USING, or the cast that an assignment would use. */
static int conversion(struct fold *f, const struct table *table, int number, struct type type, const PgQuery__Node *using,
                      const struct expr **ret)
{
    const struct column *column = &table->columns[number];
    *ret = NULL;
    if (using == NULL) {
        if (value_can_cast(column->type, type, CAST_ASSIGNMENT))
            return 0;
        const char *name = type_name(type, f->arena);
        fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "column \"%s\" cannot be cast automatically to type %s", column->name, name);
        return fail_hint(f->error, "You might need to specify \"USING %s::%s\".", column->name, name);
    }
    if (fold_expression(f, using, table, USE_CONVERT, type, ret) < 0)
        return -1;
    if (expr_only_column(*ret) == -2 || (expr_only_column(*ret) >= 0 && expr_only_column(*ret) != number))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "USING may read column \"%s\" only", column->name);
    if (!expr_is_at_most(*ret, FUNCTION_IMMUTABLE))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "USING must be immutable");
    return 0;
}

static int one_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    *ret = *(const struct value *)eval->env;
    return 0;
}

static int convert_missing(struct fold *f, struct column *column, struct type old_type, const struct expr *convert)
{
    struct value old = column->missing;
    struct eval eval = { .column = one_column, .env = &old, .now_us = f->applied_us, .arena = f->arena };
    if (convert != NULL)
        return expr_eval(convert, &eval, &column->missing, f->error);
    return value_cast(old_type, column->type, CAST_ASSIGNMENT, &old, f->arena, &column->missing, f->error);
}

static int convert_default(struct fold *f, const struct column *column, struct type old_type)
{
    if (column->default_sql == NULL || value_can_cast(old_type, column->type, CAST_ASSIGNMENT))
        return 0;
    fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "default for column \"%s\" cannot be cast automatically to type %s", column->name,
         type_name(column->type, f->arena));
    return fail_hint(f->error, "Drop the default first, and set it again.");
}

static int compile_again(struct fold *f, struct table *table, int number)
{
    struct column *column = &table->columns[number];
    if (column->default_sql != NULL
        && fold_expression_text(f, column->default_sql, table, USE_DEFAULT, column->type, &column->default_value) < 0)
        return fail_within(f->error, "default of column \"%s\"", column->name);
    for (int i = 0; i < table->check_count; i++)
        if (expr_reads(table->checks[i].condition, table, table, number)
            && fold_expression_text(f, table->checks[i].sql, table, USE_CHECK, type_of(TYPE_BOOL), &own_checks(table)[i].condition) < 0)
            return fail_within(f->error, "check \"%s\"", table->checks[i].name);
    for (int i = 0; i < table->index_count; i++) {
        struct index *index = own_index(table->indexes[i]);
        if (index->predicate != NULL && expr_reads(index->predicate, table, table, number)
            && fold_expression_text(f, index->predicate_sql, table, USE_PREDICATE, type_of(TYPE_BOOL), &index->predicate) < 0)
            return fail_within(f->error, "predicate of index \"%s\"", index->name);
    }
    return 0;
}

/* Drops the indexes that hold the column, and adds them again under their names. */
static int rebuild(struct fold *f, struct table *table, int column)
{
    int count = table->index_count;
    const struct index *old[INDEXES_PER_TABLE_MAX];
    for (int i = 0; i < count; i++)
        old[i] = table->indexes[i];
    for (int i = 0; i < count; i++) {
        bool reads = old[i]->predicate != NULL && expr_reads(old[i]->predicate, table, table, column);
        if (old[i]->primary || (!indexed(old[i], column) && !reads))
            continue;
        if (indexable(f, table->columns[column].type) < 0)
            return -1;
        fold_drop_index(f, old[i]);
        if (fold_add_index(f, table, own_index(old[i])) < 0)
            return -1;
    }
    return 0;
}

/* The indexes that did not name a collation of their own go with the column's. What checks say of an order is asked again. */
static int recollate(struct fold *f, struct table *table, int number, const struct collation *old)
{
    for (int i = 0; i < table->index_count; i++) {
        struct index *index = own_index(table->indexes[i]);
        for (int k = 0; k < index->count; k++)
            if (index->columns[k].column == number && index->columns[k].collation == old)
                index->columns[k].collation = table->columns[number].type.collation;
    }
    for (int i = 0; i < table->check_count; i++)
        if (expr_reads(table->checks[i].condition, table, table, number)
            && fold_check_rows(f, table, NULL, -1, table->checks[i].name) < 0)
            return -1;
    return 0;
}

int fold_alter_type(struct fold *f, struct table *table, const PgQuery__AlterTableCmd *cmd)
{
    const PgQuery__ColumnDef *def = cmd->def->column_def;
    const struct expr *convert;
    struct type type;
    enum serial serial;
    int number;
    if (fold_column(f, table, cmd->name, &number) < 0 || fold_column_type(f, def, &type, &serial) < 0)
        return -1;
    struct column *column = &table->columns[number];
    struct type old_type = column->type;
    if (serial != SERIAL_NONE || (column->serial && !type_is_integer(type)))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a serial column keeps an integer type");
    bool same = def->raw_default == NULL && same_bytes(old_type, type);
    if (refuse_readers(f, table, number) < 0 || refuse_keys(f, table, number, type) < 0
        || conversion(f, table, number, type, def->raw_default, &convert) < 0)
        return -1;
    if (!same && table->primary != NULL && indexed(table->primary, number))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" is in the primary key of table \"%s\" and keeps its type",
                    column->name, table->name);
    column->type = type;
    if (!value_is_null(&column->missing) && convert_missing(f, column, old_type, convert) < 0)
        return -1;
    if (convert_default(f, column, old_type) < 0 || compile_again(f, table, number) < 0)
        return -1;
    struct effect effect = { .kind = same || !is_filled(table) ? EFFECT_NOTE : EFFECT_REWRITE, .table = table, .column = number,
                             .retyped = !same, .old_type = old_type, .convert = convert,
                             .text = arena_printf(f->arena, "%s %s.%s to type %s", same ? "change" : "rewrite",
                                                  table->qualified, column->name, type_name(type, f->arena)) };
    fold_effect(f, effect);
    bool recollated = type.collation != old_type.collation;
    if (recollated && recollate(f, table, number, old_type.collation) < 0)
        return -1;
    return same && !recollated ? 0 : rebuild(f, table, number);
}
