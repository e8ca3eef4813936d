/* CHECK, PRIMARY KEY, UNIQUE and FOREIGN KEY, written with a column, a table or added later. */
#include "catalog/fold.h"

int fold_check_rows(struct fold *f, const struct table *table, const struct index *index, int column, const char *what)
{
    if (!is_filled(table))
        return 0;
    fold_effect(f, (struct effect){
        .kind = EFFECT_CHECK_ROWS, .table = table, .index = index, .column = column,
        .text = arena_printf(f->arena, "check every row of %s: %s", table->qualified, what) });
    return 0;
}

/* The name given, or one made up. 42710 when the table has it. */
static int constraint_name(struct fold *f, const struct table *table, const PgQuery__Constraint *c, const char *second,
                           const char *label, const char **ret)
{
    if (!given(c->conname)) {
        *ret = name_choose(f, table->schema, table->name, second, label, true);
        return 0;
    }
    if (constraint_exists(table, c->conname))
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "constraint \"%s\" for relation \"%s\" already exists", c->conname, table->name);
    *ret = arena_string(f->arena, slice_of_string(c->conname));
    return 0;
}

static int columns_of(struct fold *f, const struct table *table, PgQuery__Node *const *names, size_t count, const char *what,
                      int *columns)
{
    if (count > INDEX_COLUMNS_MAX)
        return fail(f->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "a %s can have at most %d columns", what, INDEX_COLUMNS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = node_string(names[i]);
        if (name == NULL || fold_column(f, table, name, &columns[i]) < 0)
            return name == NULL ? fail(f->error, SQLSTATE_SYNTAX_ERROR, "a column name is missing") : -1;
        for (size_t k = 0; k < i; k++)
            if (columns[k] == columns[i])
                return fail(f->error, SQLSTATE_DUPLICATE_COLUMN, "column \"%s\" appears twice in %s", name, what);
    }
    return 0;
}

/* --- CHECK --- */

static int add_check(struct fold *f, struct table *table, const PgQuery__Constraint *c, bool alter)
{
    struct check check = { .origin = fold_origin_at(f, c->location) };
    if (fold_expression(f, c->raw_expr, table, USE_CHECK, type_of(TYPE_BOOL), &check.condition) < 0)
        return -1;
    int column = expr_only_column(check.condition);
    if (constraint_name(f, table, c, column >= 0 ? table->columns[column].name : NULL, "check", &check.name) < 0)
        return -1;
    check.sql = text_in_parentheses(f, text_from(f, c->location), "check");
    if (check.sql == NULL)
        return fail(f->error, SQLSTATE_INTERNAL_ERROR, "the text of check \"%s\" was not found", check.name);
    struct check *checks = own_checks(table);
    *FOLD_APPEND(f->arena, checks, table->check_count) = check;
    table->checks = checks;
    return alter && !c->skip_validation ? fold_check_rows(f, table, NULL, -1, check.name) : 0;
}

/* --- PRIMARY KEY and UNIQUE --- */

static int refuse_key(struct fold *f, const PgQuery__Constraint *c)
{
    const char *what = NULL;
    if (c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION)
        what = "EXCLUDE constraints are";
    else if (given(c->indexname))
        what = "USING INDEX is";
    else if (c->n_including > 0)
        what = "INCLUDE is";
    else if (c->n_options > 0)
        what = "storage parameters are";
    else if (given(c->indexspace))
        what = "TABLESPACE is";
    else if (c->deferrable || c->initdeferred)
        what = "deferrable constraints are";
    return what == NULL ? 0 : fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s not supported", what);
}

static bool same_columns(const struct index *a, const struct index *b)
{
    if (a->count != b->count || a->nulls_not_distinct != b->nulls_not_distinct)
        return false;
    for (int i = 0; i < a->count; i++)
        if (a->columns[i].column != b->columns[i].column)
            return false;
    return true;
}

static int key_columns(struct fold *f, struct table *table, const PgQuery__Constraint *c, int column, struct index *index)
{
    int columns[INDEX_COLUMNS_MAX] = { column };
    index->count = column >= 0 ? 1 : (int)c->n_keys;
    if (column < 0 && columns_of(f, table, c->keys, c->n_keys, index->primary ? "primary key constraint" : "unique constraint", columns) < 0)
        return -1;
    for (int i = 0; i < index->count; i++) {
        struct column *key = &table->columns[columns[i]];
        index->columns[i].column = columns[i];
        index->columns[i].collation = key->type.collation;
        if (indexable(f, key->type) < 0)
            return -1;
        if (index->primary)
            key->not_null = true;
    }
    return 0;
}

static int add_key(struct fold *f, struct table *table, const PgQuery__Constraint *c, int column, bool alter)
{
    struct index *index = ARENA_NEW(f->arena, struct index);
    int columns[INDEX_COLUMNS_MAX];
    if (refuse_key(f, c) < 0)
        return -1;
    index->primary = c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
    index->unique = index->constraint = true;
    index->nulls_not_distinct = c->nulls_not_distinct;
    index->origin = fold_origin_at(f, c->location);
    if (index->primary && table->primary != NULL)
        return fail(f->error, SQLSTATE_INVALID_TABLE_DEFINITION, "multiple primary keys for table \"%s\" are not allowed", table->name);
    if (key_columns(f, table, c, column, index) < 0)
        return -1;
    for (int i = 0; i < table->index_count && !alter && !index->primary; i++) {
        struct index *prior = own_index(table->indexes[i]);
        if (!prior->constraint || !same_columns(prior, index))
            continue;
        /* PostgreSQL keeps one index for two equal constraints of a CREATE TABLE, too, under the first name that is given. */
        if (!given(c->conname) || prior->named)
            return 0;
        prior->named = true;
        return constraint_name(f, table, c, NULL, "", &prior->name);
    }
    index->named = given(c->conname);
    for (int i = 0; i < index->count; i++)
        columns[i] = index->columns[i].column;
    if (given(c->conname)) {
        if (constraint_name(f, table, c, NULL, "", &index->name) < 0)
            return -1;
    } else {
        index->name = name_choose(f, table->schema, table->name, index->primary ? NULL : name_columns(f, table, columns, index->count),
                                  index->primary ? "pkey" : "key", false);
    }
    return fold_add_index(f, table, index);
}

/* --- FOREIGN KEY --- */

const struct index *unique_index_of(const struct table *target, const int *columns, int count)
{
    for (int i = 0; i < target->index_count; i++) {
        const struct index *index = target->indexes[i];
        if (!index->unique || index->predicate != NULL || index->count != count)
            continue;
        int matched = 0;
        for (int a = 0; a < count; a++)
            for (int b = 0; b < count; b++)
                matched += index->columns[a].column == columns[b];
        if (matched == count)
            return index;
    }
    return NULL;
}

static bool comparable(struct type a, struct type b)
{
    return type_same(a, b) || (type_is_integer(a) && type_is_integer(b)) || (type_is_text(a) && type_is_text(b));
}

static int target_columns(struct fold *f, const PgQuery__Constraint *c, struct foreign_key *key)
{
    const struct table *target = key->target;
    int count = (int)c->n_pk_attrs;
    if (count > 0 && columns_of(f, target, c->pk_attrs, c->n_pk_attrs, "foreign key", key->target_columns) < 0)
        return -1;
    if (count == 0 && target->primary == NULL)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "there is no primary key for referenced table \"%s\"", target->name);
    if (count == 0)
        for (; count < target->primary->count; count++)
            key->target_columns[count] = target->primary->columns[count].column;
    if (count != key->count)
        return fail(f->error, SQLSTATE_INVALID_FOREIGN_KEY, "number of referencing and referenced columns for foreign key disagree");
    key->target_index = unique_index_of(target, key->target_columns, count);
    if (key->target_index == NULL)
        return fail(f->error, SQLSTATE_INVALID_FOREIGN_KEY,
                    "there is no unique constraint matching given keys for referenced table \"%s\"", target->name);
    return 0;
}

static int compare_types(struct fold *f, const struct foreign_key *key)
{
    for (int i = 0; i < key->count; i++) {
        const struct column *from = &key->table->columns[key->columns[i]], *to = &key->target->columns[key->target_columns[i]];
        if (comparable(from->type, to->type))
            continue;
        fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "foreign key constraint \"%s\" cannot be implemented", key->name);
        return fail_detail(f->error, "Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.", from->name, to->name,
                           type_name(from->type, f->arena), type_name(to->type, f->arena));
    }
    return 0;
}

static enum fk_action action_of(const char *letter)
{
    switch (given(letter) ? letter[0] : 'a') {
    case 'r': return FK_RESTRICT;
    case 'c': return FK_CASCADE;
    case 'n': return FK_SET_NULL;
    case 'd': return FK_SET_DEFAULT;
    default: return FK_NO_ACTION;
    }
}

static int refuse_foreign_key(struct fold *f, const PgQuery__Constraint *c, int count)
{
    const char *what = NULL;
    if (c->deferrable || c->initdeferred)
        what = "deferrable constraints are";
    else if (c->n_fk_del_set_cols > 0)
        what = "a column list of ON DELETE SET is";
    else if (given(c->fk_matchtype) && !same(c->fk_matchtype, "s") && count > 1)
        what = "MATCH FULL and MATCH PARTIAL are";
    return what == NULL ? 0 : fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s not supported", what);
}

static int add_foreign_key(struct fold *f, struct table *table, const PgQuery__Constraint *c, int column, bool alter)
{
    struct foreign_key *key = ARENA_NEW(f->arena, struct foreign_key);
    struct table *target;
    key->table = table;
    key->count = column >= 0 ? 1 : (int)c->n_fk_attrs;
    key->columns[0] = column;
    key->origin = fold_origin_at(f, c->location);
    key->on_delete = action_of(c->fk_del_action);
    key->on_update = action_of(c->fk_upd_action);
    if (refuse_foreign_key(f, c, key->count) < 0)
        return -1;
    if (column < 0 && columns_of(f, table, c->fk_attrs, c->n_fk_attrs, "foreign key", key->columns) < 0)
        return -1;
    if (fold_table(f, c->pktable, false, &target) < 0)
        return -1;
    key->target = target;
    if (target_columns(f, c, key) < 0)
        return -1;
    if (constraint_name(f, table, c, name_columns(f, table, key->columns, key->count), "fkey", &key->name) < 0)
        return -1;
    if (compare_types(f, key) < 0)
        return -1;
    *FOLD_APPEND(f->arena, table->foreign_keys, table->foreign_key_count) = key;
    if (!alter || c->skip_validation)
        return 0;
    const struct column *added = column >= 0 ? &table->columns[column] : NULL;
    bool null = added != NULL && added->default_value == NULL && added->generated == NULL && !added->serial;
    return null ? 0 : fold_check_rows(f, table, NULL, column, key->name);
}

int fold_constraint(struct fold *f, struct table *table, const PgQuery__Constraint *c, int column, bool alter)
{
    switch (c->contype) {
    case PG_QUERY__CONSTR_TYPE__CONSTR_CHECK: return add_check(f, table, c, alter);
    case PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY:
    case PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE:
    case PG_QUERY__CONSTR_TYPE__CONSTR_EXCLUSION: return add_key(f, table, c, column, alter);
    case PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN: return add_foreign_key(f, table, c, column, alter);
    default: return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a constraint of this kind is not supported");
    }
}
