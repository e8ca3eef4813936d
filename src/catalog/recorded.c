/* Which of the comments that were only recorded a dump writes: those on objects that it has. */
#include <stdio.h>

#include "catalog/fold.h"

static bool has_note(const struct draft *draft, enum note_kind kind, const char *name)
{
    for (int i = 0; name != NULL && i < draft->note_count; i++)
        if (draft->notes[i].kind == kind && draft->notes[i].name != NULL && same(draft->notes[i].name, name) && note_alive(draft, &draft->notes[i]))
            return true;
    return false;
}

/* A function by its name, as notes call it; its parameters are not asked. */
static bool has_function(const struct draft *draft, const PgQuery__Node *object)
{
    char name[2 * NAME_MAX_BYTES + 2];
    const PgQuery__ObjectWithArgs *function = object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS ? object->object_with_args : NULL;
    if (function == NULL || function->n_objname == 0)
        return false;
    const char *last = node_string(function->objname[function->n_objname - 1]);
    const char *schema = function->n_objname > 1 ? node_string(function->objname[0]) : "public";
    snprintf(name, sizeof name, "%s%s%s", same(schema, "public") ? "" : schema, same(schema, "public") ? "" : ".", last);
    return has_note(draft, NOTE_FUNCTION, name);
}

static const char *item(const PgQuery__List *list, size_t from_end)
{
    return list->n_items >= from_end ? node_string(list->items[list->n_items - from_end]) : NULL;
}

/* The table of a list that ends in the name of one of its parts. */
static const struct table *table_of_part(const struct draft *draft, const PgQuery__List *names)
{
    const char *schema = names->n_items > 2 ? item(names, 3) : "public", *table = item(names, 2);
    const struct relation_name *found = schema != NULL && table != NULL ? name_find(draft, schema, slice_of_string(table)) : NULL;
    return found != NULL && found->kind == RELATION_KIND_TABLE ? found->object : NULL;
}

static bool has_policy(const struct table *table, const char *name)
{
    for (int i = 0; table != NULL && i < table->policy_count; i++)
        if (same(table->policies[i].name, name))
            return true;
    return false;
}

static bool comment_loads(const struct draft *draft, const PgQuery__CommentStmt *stmt)
{
    const PgQuery__Node *object = stmt->object;
    const PgQuery__List *names = object->node_case == PG_QUERY__NODE__NODE_LIST ? object->list : NULL;
    const struct table *table = names != NULL ? table_of_part(draft, names) : NULL;
    const char *name = names != NULL ? item(names, 1) : node_string(object);
    const struct relation_name *found;
    switch (stmt->objtype) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
        return has_function(draft, object);
    case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
        return has_note(draft, NOTE_EXTENSION, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        found = name == NULL ? NULL : name_find(draft, names != NULL && names->n_items > 1 ? item(names, 2) : "public", slice_of_string(name));
        return found != NULL && found->kind == RELATION_KIND_INDEX;
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
        return table != NULL && name != NULL && constraint_exists(table, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
        return has_policy(table, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
        return table != NULL && has_note(draft, NOTE_TRIGGER, name);
    case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
        name = object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME && object->type_name->n_names > 0
             ? node_string(object->type_name->names[object->type_name->n_names - 1]) : NULL;
        return name != NULL && enum_find(draft, slice_of_string(name)) != NULL;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
        return name != NULL && (same(name, "public") || (same(name, "auth") && draft->auth_schema));
    default:
        return false;
    }
}

bool note_loads(const struct draft *draft, const struct note *note)
{
    struct parsed *parsed;
    struct error ignored;
    if (note->kind != NOTE_COMMENT)
        return true;
    if (parse_sql(slice_of_string(note->text), MIGRATION_SIZE_MAX, &parsed, &ignored) < 0)
        return false;
    const PgQuery__Node *node = parsed_statement(parsed, 0)->node;
    bool loads = node->node_case == PG_QUERY__NODE__NODE_COMMENT_STMT && comment_loads(draft, node->comment_stmt);
    parsed_free(parsed);
    return loads;
}
