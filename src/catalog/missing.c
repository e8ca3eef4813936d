#include "catalog/missing.h"

#include <ctype.h>

#include "catalog/fold.h"

/* --- What a statement would have created --- */

static void add(struct missing *missing, enum missing_kind kind, const char *name, const char *of, int cause)
{
    if (!given(name))
        return;
    if (missing->count == missing->capacity) {
        int capacity = missing->capacity == 0 ? 64 : 2 * missing->capacity;
        struct missing_name *names = ARENA_ARRAY(missing->arena, struct missing_name, capacity);
        for (int i = 0; i < missing->count; i++)
            names[i] = missing->names[i];
        missing->names = names;
        missing->capacity = capacity;
    }
    missing->names[missing->count++] = (struct missing_name){
        kind, arena_string(missing->arena, slice_of_string(name)), of == NULL ? NULL : arena_string(missing->arena, slice_of_string(of)), cause,
    };
}

static const char *last_name(PgQuery__Node *const *names, size_t count)
{
    return count == 0 ? NULL : node_string(names[count - 1]);
}

/* A key by which others may refer to its table. */
static void add_constraint(struct missing *missing, const char *table, const PgQuery__Constraint *c, int cause)
{
    add(missing, MISSING_OTHER, c->conname, NULL, cause);
    if (c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY || c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE)
        add(missing, MISSING_KEY, table, NULL, cause);
}

static void add_alter_table(struct missing *missing, const PgQuery__AlterTableStmt *stmt, int cause)
{
    const char *table = stmt->relation->relname;
    for (size_t i = 0; i < stmt->n_cmds; i++) {
        const PgQuery__AlterTableCmd *cmd = stmt->cmds[i]->alter_table_cmd;
        if (cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn)
            add(missing, MISSING_COLUMN, cmd->def->column_def->colname, table, cause);
        else if (cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint)
            add_constraint(missing, table, cmd->def->constraint, cause);
    }
}

static void add_create_table(struct missing *missing, const PgQuery__CreateStmt *stmt, int cause)
{
    add(missing, MISSING_RELATION, stmt->relation->relname, NULL, cause);
    for (size_t i = 0; i < stmt->n_table_elts; i++)
        if (stmt->table_elts[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
            add(missing, MISSING_OTHER, stmt->table_elts[i]->constraint->conname, NULL, cause);
}

static void add_rename(struct missing *missing, const PgQuery__RenameStmt *stmt, int cause)
{
    bool column = stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN, relation = stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE
        || stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW || stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX;
    enum missing_kind kind = column ? MISSING_COLUMN : relation ? MISSING_RELATION
                           : stmt->rename_type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ? MISSING_TYPE : MISSING_OTHER;
    add(missing, kind, stmt->newname, column && stmt->relation != NULL ? stmt->relation->relname : NULL, cause);
}

static void add_index(struct missing *missing, const PgQuery__IndexStmt *stmt, int cause)
{
    add(missing, MISSING_RELATION, stmt->idxname, NULL, cause);
    add(missing, MISSING_OTHER, stmt->idxname, NULL, cause);            /* DROP INDEX calls it an undefined object */
    if (stmt->unique)
        add(missing, MISSING_KEY, stmt->relation->relname, NULL, cause);
}

void missing_add(struct missing *missing, const PgQuery__Node *node, int cause)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT: add_create_table(missing, node->create_stmt, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_FOREIGN_TABLE_STMT: add(missing, MISSING_RELATION, node->create_foreign_table_stmt->base_stmt->relation->relname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_VIEW_STMT: add(missing, MISSING_RELATION, node->view_stmt->view->relname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT: add(missing, MISSING_RELATION, node->create_table_as_stmt->into->rel->relname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: add(missing, MISSING_RELATION, node->create_seq_stmt->sequence->relname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_INDEX_STMT: add_index(missing, node->index_stmt, cause); break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: add_alter_table(missing, node->alter_table_stmt, cause); break;
    case PG_QUERY__NODE__NODE_RENAME_STMT: add_rename(missing, node->rename_stmt, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
        add(missing, MISSING_FUNCTION, last_name(node->create_function_stmt->funcname, node->create_function_stmt->n_funcname), NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
        add(missing, MISSING_TYPE, last_name(node->create_enum_stmt->type_name, node->create_enum_stmt->n_type_name), NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
        add(missing, MISSING_TYPE, last_name(node->create_domain_stmt->domainname, node->create_domain_stmt->n_domainname), NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_CREATE_RANGE_STMT:
        add(missing, MISSING_TYPE, last_name(node->create_range_stmt->type_name, node->create_range_stmt->n_type_name), NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_COMPOSITE_TYPE_STMT: add(missing, MISSING_TYPE, node->composite_type_stmt->typevar->relname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_DEFINE_STMT:
        add(missing, MISSING_TYPE, last_name(node->define_stmt->defnames, node->define_stmt->n_defnames), NULL, cause);
        add(missing, MISSING_FUNCTION, last_name(node->define_stmt->defnames, node->define_stmt->n_defnames), NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT:        /* the types of many have its name: vector, citext, hstore, ltree */
        add(missing, MISSING_TYPE, node->create_extension_stmt->extname, NULL, cause);
        add(missing, MISSING_OTHER, node->create_extension_stmt->extname, NULL, cause);
        break;
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: add(missing, MISSING_SCHEMA, node->create_schema_stmt->schemaname, NULL, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT: add(missing, MISSING_OTHER, node->create_role_stmt->role, NULL, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_POLICY_STMT: add(missing, MISSING_OTHER, node->create_policy_stmt->policy_name, NULL, cause); break;
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: add(missing, MISSING_OTHER, node->create_trig_stmt->trigname, NULL, cause); break;
    default: break;
    }
}

/* --- Whether an error is that something is missing --- */

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool has_word(const char *text, size_t size, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(text + i, word, length) == 0 && (i == 0 || !is_letter(text[i - 1])) && (i + length == size || !is_letter(text[i + length])))
            return true;
    return false;
}

static bool told_by(enum missing_kind kind, enum sqlstate state, bool trigger)
{
    switch (kind) {
    case MISSING_RELATION: return state == SQLSTATE_UNDEFINED_TABLE;
    case MISSING_COLUMN: return state == SQLSTATE_UNDEFINED_COLUMN;
    case MISSING_KEY: return state == SQLSTATE_INVALID_FOREIGN_KEY;
    case MISSING_TYPE: return state == SQLSTATE_UNDEFINED_OBJECT;
    case MISSING_FUNCTION: return state == SQLSTATE_UNDEFINED_FUNCTION || (trigger && state == SQLSTATE_FEATURE_NOT_SUPPORTED);
    case MISSING_SCHEMA: return state == SQLSTATE_INVALID_SCHEMA_NAME;
    case MISSING_OTHER: return state == SQLSTATE_UNDEFINED_OBJECT;
    }
    return false;
}

/* A trigger is refused for the function that it calls, which its text names. */
static const char *called_by(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_CREATE_TRIG_STMT
         ? last_name(node->create_trig_stmt->funcname, node->create_trig_stmt->n_funcname) : NULL;
}

int missing_cause(const struct missing *missing, const PgQuery__Node *node, struct slice text, const struct error *error)
{
    const char *called = called_by(node);
    for (int i = missing->count - 1; i >= 0; i--) {
        const struct missing_name *name = &missing->names[i];
        if (!told_by(name->kind, error->state, called != NULL))
            continue;
        bool named = name->kind == MISSING_FUNCTION && called != NULL ? same(called, name->name)
                                                                      : has_word(error->message, strlen(error->message), name->name);
        if (named && (name->of == NULL || has_word((const char *)text.data, text.size, name->of)))
            return name->cause;
    }
    return -1;
}
