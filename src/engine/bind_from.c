/* The tables of FROM, and what a name means among them. */
#include "engine/bind.h"
#include "sql/lex.h"

#include <stdio.h>

int bind_locate(const struct binder *binder, int location)
{
    int line, column;
    if (location < 0)
        return -1;
    lex_position(binder->text, (size_t)location, &line, &column);
    size_t used = strlen(binder->error->message);
    snprintf(binder->error->message + used, sizeof binder->error->message - used, " at line %d, column %d", line + binder->line - 1, column);
    return -1;
}

int bind_table(const struct binder *binder, const char *schema, const char *name, int location, const struct table **ret)
{
    const char *full = schema == NULL ? name : arena_printf(binder->arena, "%s.%s", schema, name);
    *ret = catalog_table(binder->catalog, slice_of_string(full));
    if (*ret != NULL)
        return 0;
    fail(binder->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist", full);
    return bind_locate(binder, location);
}

/* --- Names --- */

/* The scope's resolve(): `table` is the binder. */
static int resolve(const void *table, const char *qualifier, struct slice name, struct type *ret)
{
    const struct binder *binder = table;
    int found = RESOLVED_NONE;
    bool seen = qualifier == NULL;
    for (int i = 0; i < binder->visible; i++) {
        const struct source *source = &binder->to->sources[i];
        if (qualifier != NULL && strcmp(source->alias, qualifier) != 0)
            continue;
        seen = true;
        int column = table_column(source->table, name);
        if (column < 0)
            continue;
        if (found >= 0)
            return RESOLVED_AMBIGUOUS;
        found = source->first + column;
        *ret = source->table->columns[column].type;
    }
    return seen ? found : RESOLVED_NO_TABLE;
}

static int add_source(struct binder *binder, const struct from_item *item)
{
    struct bound_select *to = binder->to;
    struct source *source = &to->sources[to->source_count];
    *source = (struct source){ .join = item->join, .first = to->column_count };
    if (bind_table(binder, item->schema, item->table, item->location, &source->table) < 0)
        return -1;
    source->alias = item->alias != NULL ? item->alias : item->table;
    for (int i = 0; i < to->source_count; i++)
        if (strcmp(to->sources[i].alias, source->alias) == 0) {
            fail(binder->error, SQLSTATE_DUPLICATE_ALIAS, "table name \"%s\" specified more than once", source->alias);
            return bind_locate(binder, item->location);
        }
    to->column_count += source->table->column_count;
    binder->visible = ++to->source_count;
    return 0;
}

/* a RIGHT JOIN b is b LEFT JOIN a; the reader leaves it only where `a` is the first table alone. */
static void turn_round(struct source *left, struct source *right)
{
    left->join = JOIN_LEFT;
    left->on = right->on;
    right->join = JOIN_NONE;
    right->on = NULL;
}

int bind_from(struct binder *binder, const struct select_statement *select)
{
    struct bound_select *to = binder->to;
    catalog_scope(binder->catalog, NULL, true, &binder->scope);
    binder->scope.source = binder->text;
    binder->scope.source_line = binder->line;
    binder->scope.params = to->parameters->types;
    binder->scope.params_max = PARAMS_MAX;
    binder->scope.params_used = &to->parameters->used;
    binder->scope.resolve = resolve;
    binder->scope.table = select->from_count > 0 ? binder : NULL;
    for (int i = 0; i < select->from_count; i++) {
        if (add_source(binder, &select->from[i]) < 0)
            return -1;
        const PgQuery__Node *on = select->from[i].on;
        if (on != NULL && expr_compile(on, &binder->scope, type_of(TYPE_BOOL), binder->arena, &to->sources[i].on, binder->error) < 0)
            return -1;
        if (select->from[i].join == JOIN_RIGHT)
            turn_round(&to->sources[0], &to->sources[i]);
    }
    return 0;
}
