/* What a column's name means: looked up in the scope of the innermost select, then in those around it. */
#include "sql/compile.h"

/* Whether a qualifier means this select's table: its alias, or its name without the schema. */
static bool scope_is(const struct scope *scope, const char *qualifier)
{
    const char *name = scope->alias;
    if (name == NULL && scope->table_name != NULL) {
        name = scope->table_name(scope->table);
        const char *dot = strchr(name, '.');
        name = dot != NULL ? dot + 1 : name;
    }
    return name != NULL && strcmp(name, qualifier) == 0;
}

/* What a name means in one scope: its column, or one of enum resolved. */
static int resolve(const struct scope *scope, const char *qualifier, const char *name, struct type *ret)
{
    if (scope->table == NULL)
        return RESOLVED_NO_TABLE;
    if (scope->resolve != NULL)
        return scope->resolve(scope->table, qualifier, slice_of_string(name), ret);
    if (qualifier != NULL && !scope_is(scope, qualifier))
        return RESOLVED_NO_TABLE;
    int column = scope->column(scope->table, slice_of_string(name), ret);
    if (column >= 0 && scope->mention != NULL)
        scope->mention(scope->needs, scope->table, column);
    if (column >= 0 && scope->read != NULL)
        *scope->read = true;
    return column < 0 ? RESOLVED_NONE : column;
}

/* What a column name's last-but-one part has to be is the alias; a schema before it is checked against nothing,
 * because an alias hides the table's own name and tables of one name in two schemas cannot both be in a scope. */
const struct expr *compile_column(struct compiler *c, const PgQuery__ColumnRef *ref)
{
    const char *name = compile_string(ref->fields[ref->n_fields - 1]);
    const char *qualifier = ref->n_fields > 1 ? compile_string(ref->fields[ref->n_fields - 2]) : NULL;
    if (name == NULL || ref->n_fields > 3)
        return compile_unsupported(c, ref->location, "this column reference");
    bool seen = false;
    int depth = 0;
    for (const struct scope *scope = c->scope; scope != NULL; scope = scope->outer, depth++) {
        struct type type;
        int column = resolve(scope, qualifier, name, &type);
        seen = seen || column != RESOLVED_NO_TABLE;
        if (column == RESOLVED_AMBIGUOUS)
            return compile_fail(c, ref->location, SQLSTATE_AMBIGUOUS_COLUMN, "column reference \"%s\" is ambiguous", name);
        if (column < 0)
            continue;
        struct level *level = c->level;
        for (int i = 0; i < depth && level != NULL; i++, level = level->outer)
            level->correlated = true;
        struct expr *e = ARENA_NEW(c->arena, struct expr);
        *e = (struct expr){ .op = EXPR_COLUMN, .type = type };
        e->column = column;
        e->depth = depth;
        return e;
    }
    if (qualifier != NULL && !seen)
        return compile_fail(c, ref->location, SQLSTATE_UNDEFINED_TABLE, "missing FROM-clause entry for table \"%s\"", qualifier);
    return compile_fail(c, ref->location, SQLSTATE_UNDEFINED_COLUMN, "column \"%s%s%s\" does not exist",
                        qualifier != NULL ? qualifier : "", qualifier != NULL ? "." : "", name);
}
