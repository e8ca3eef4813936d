/* The tables of FROM, and what a name means among them. */
#include "catalog/bind.h"

#include <stdio.h>

#include "sql/lex.h"

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
    *ret = catalog_relation(binder->catalog, slice_of_string(full));
    if (*ret != NULL && binder->needs != NULL)
        needs_mention(binder->needs, *ret, schema == NULL ? MENTION_BARE : MENTION_QUALIFIED);
    if (*ret != NULL)
        return 0;
    fail(binder->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist", full);
    hint_auth(schema, binder->error);
    return bind_locate(binder, location);
}

/* --- Names --- */

void bind_mention(const struct binder *binder, const struct range *range, int column)
{
    bool is_stored = range->table->view != NULL || range->table->relation != 0;
    if (binder->needs != NULL && is_stored)             /* not a sub-select of FROM */
        needs_mention(binder->needs, range->table, column);
}

/* The scope's resolve(): `table` is the binder. */
static int resolve(const void *table, const char *qualifier, struct slice name, struct type *ret)
{
    const struct binder *binder = table;
    int found = RESOLVED_NONE;
    bool seen = qualifier == NULL;
    for (int i = 0; i < binder->range_count; i++) {
        const struct range *range = &binder->ranges[i];
        if (qualifier != NULL && strcmp(range->alias, qualifier) != 0)
            continue;
        seen = true;
        for (int column = 0; column < range->table->column_count; column++) {
            if (range->table->columns[column].dropped || !slice_is(name, range->table->columns[column].name))
                continue;
            if (found >= 0)                 /* a sub-select may itself give a name twice */
                return RESOLVED_AMBIGUOUS;
            found = range->first + column;
            *ret = range->table->columns[column].type;
            bind_mention(binder, range, column);
        }
    }
    return seen ? found : RESOLVED_NO_TABLE;
}

int bind_range(struct binder *binder, const char *alias, const struct table *table, int first, const struct expr **values, int location)
{
    for (int i = 0; i < binder->range_count; i++)
        if (strcmp(binder->ranges[i].alias, alias) == 0) {
            fail(binder->error, SQLSTATE_DUPLICATE_ALIAS, "table name \"%s\" specified more than once", alias);
            return bind_locate(binder, location);
        }
    binder->ranges[binder->range_count++] = (struct range){ alias, table, first, values };
    return 0;
}

/* --- FROM --- */

int bind_source(struct binder *binder, const struct from_item *item, const char *alias, const struct table *table, struct bound_select *query)
{
    struct bound_select *to = binder->to;
    if (to->source_count == FROM_TABLES_MAX)
        return fail(binder->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are more than %d tables in FROM and its views", FROM_TABLES_MAX);
    struct source *source = &to->sources[to->source_count++];
    *source = (struct source){ .table = table, .query = query, .alias = alias, .join = item->join, .first = to->column_count };
    to->column_count += table->column_count;
    if (bind_range(binder, alias, table, source->first, NULL, item->location) < 0)
        return -1;
    return item->on == NULL ? 0
         : expr_compile(item->on, &binder->scope, type_of(TYPE_BOOL), binder->arena, &source->on, binder->error);
}

static int add_item(struct binder *binder, const struct from_item *item)
{
    const struct table *table = NULL;
    if (item->query == NULL && bind_table(binder, item->schema, item->table, item->location, &table) < 0)
        return -1;
    bool opens = table == NULL || (table->view != NULL && !binder->opaque);
    return opens ? bind_view(binder, item, table) : bind_source(binder, item, item->alias != NULL ? item->alias : item->table, table, NULL);
}

/* a RIGHT JOIN b is b LEFT JOIN a; the reader leaves it only where `a` is the first table alone. */
static void turn_round(struct source *left, struct source *right, struct arena *arena)
{
    left->join = JOIN_LEFT;
    left->on = expr_and(left->on, right->on, arena);
    right->join = JOIN_NONE;
    right->on = NULL;
}

int bind_from(struct binder *binder, const struct select_statement *select)
{
    struct bound_select *to = binder->to;
    catalog_scope(binder->catalog, NULL, true, &binder->scope);
    if (binder->opaque)
        binder->scope.expand = NULL;
    binder->scope.source = binder->text;
    binder->scope.source_line = binder->line;
    binder->scope.params = to->parameters->types;
    binder->scope.params_max = binder->in_view ? 0 : PARAMS_MAX;
    binder->scope.params_used = &to->parameters->used;
    binder->scope.resolve = resolve;
    binder->scope.mention = binder->needs != NULL ? needs_mention : NULL;
    binder->scope.needs = binder->needs;
    binder->scope.table = select->from_count > 0 ? binder : NULL;
    for (int i = 0; i < select->from_count; i++) {
        struct from_item item = select->from[i];
        if (i == 0 && select->from_count > 1 && select->from[1].join == JOIN_RIGHT)
            item.join = JOIN_LEFT;
        if (add_item(binder, &item) < 0)
            return -1;
        if (item.join == JOIN_RIGHT)
            turn_round(&to->sources[0], &to->sources[1], binder->arena);
    }
    return 0;
}
