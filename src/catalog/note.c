/* Statements that the engine need not know: recorded, some of them written out again by dumps, or refused with a reason. */
#include "catalog/fold.h"

void note_add(struct fold *f, enum note_kind kind, const char *name, const struct table *table)
{
    struct note note = { .kind = kind, .name = name == NULL ? NULL : arena_string(f->arena, slice_of_string(name)), .table = table,
                         .text = arena_string(f->arena, f->statement->text), .origin = fold_origin(f) };
    *FOLD_APPEND(f->arena, f->draft->notes, f->draft->note_count) = note;
}

void note_forget(struct draft *draft, enum note_kind kind, const char *name, const struct table *table)
{
    for (int i = draft->note_count - 1; i >= 0; i--) {
        const struct note *note = &draft->notes[i];
        if (note->kind == kind && note->table == table && note->name != NULL && same(note->name, name))
            fold_remove(draft->notes, &draft->note_count, i, sizeof *draft->notes);
    }
}

struct note *note_find(const struct draft *draft, enum note_kind kind, const char *name, const struct table *table)
{
    for (int i = 0; i < draft->note_count; i++)
        if (draft->notes[i].kind == kind && draft->notes[i].table == table && draft->notes[i].name != NULL && same(draft->notes[i].name, name))
            return &draft->notes[i];
    return NULL;
}

bool note_alive(const struct draft *draft, const struct note *note)
{
    for (int i = 0; note->table != NULL && i < draft->catalog.table_count; i++)
        if (draft->catalog.tables[i] == note->table)
            return true;
    for (int i = 0; note->table != NULL && i < draft->catalog.view_count; i++)
        if (&draft->catalog.views[i]->shape == note->table)
            return true;
    return note->table == NULL;
}

int fold_drop_note(struct fold *f, enum note_kind kind, const char *name, const struct table *table, bool missing_ok)
{
    static const char *const kinds[] = { [NOTE_EXTENSION] = "extension", [NOTE_FUNCTION] = "function",
                                         [NOTE_TRIGGER] = "trigger" };
    int before = f->draft->note_count;
    if (name == NULL)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "a name is missing");
    note_forget(f->draft, kind, name, table);
    if (f->draft->note_count == before && !missing_ok)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "%s \"%s\" does not exist", kinds[kind], name);
    fold_note(f, "drop %s %s", kinds[kind], name);
    return 0;
}

/* --- Roles, schemas, extensions --- */

static int create_role(struct fold *f, const PgQuery__CreateRoleStmt *stmt)
{
    if (!same(stmt->role, "anon") && !same(stmt->role, "authenticated") && !same(stmt->role, "service_role")) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "role \"%s\" is not supported", stmt->role);
        return fail_hint(f->error, "The roles are anon, authenticated and service_role.");
    }
    fold_note(f, "role %s", stmt->role);
    return 0;
}

static int create_schema(struct fold *f, const PgQuery__CreateSchemaStmt *stmt)
{
    const char *name = stmt->schemaname;
    if (stmt->n_schema_elts > 0)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "elements of CREATE SCHEMA are not supported");
    if (!same(name, "auth") && !same(name, "public") && !same(name, "extensions") && !same(name, "rowhouse")) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "schema \"%s\" is not supported", name);
        return fail_hint(f->error, "Tables live in schema public or auth.");
    }
    bool exists = same(name, "public") || (same(name, "auth") && f->draft->auth_schema);
    if (exists && !stmt->if_not_exists)
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "schema \"%s\" already exists", name);
    f->draft->auth_schema = f->draft->auth_schema || same(name, "auth");
    fold_note(f, "schema %s", name);
    return 0;
}

static int create_extension(struct fold *f, const PgQuery__CreateExtensionStmt *stmt)
{
    static const char *const known[] = { "pgcrypto", "uuid-ossp", "plpgsql", "moddatetime", "pg_stat_statements" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (same(known[i], stmt->extname)) {
            note_forget(f->draft, NOTE_EXTENSION, stmt->extname, NULL);
            note_add(f, NOTE_EXTENSION, stmt->extname, NULL);
            fold_note(f, "extension %s: what the schema needs of it is built in", stmt->extname);
            return 0;
        }
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "extension \"%s\" is not supported", stmt->extname);
}

/* --- Comments --- */

static int comment_column(struct fold *f, const PgQuery__List *names, const char *text)
{
    PgQuery__RangeVar range = PG_QUERY__RANGE_VAR__INIT;
    struct table *table;
    int column;
    if (names->n_items < 2 || names->n_items > 3)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "column name must be qualified");
    range.relname = (char *)node_string(names->items[names->n_items - 2]);
    if (names->n_items == 3)
        range.schemaname = (char *)node_string(names->items[0]);
    if (fold_relation(f, &range, false, &table) < 0
        || fold_column(f, table, node_string(names->items[names->n_items - 1]), &column) < 0)
        return -1;
    table->columns[column].comment = text;
    return 0;
}

static int comment_relation(struct fold *f, const PgQuery__List *names, const char *text, bool of_view)
{
    PgQuery__RangeVar range = PG_QUERY__RANGE_VAR__INIT;
    struct catalog_view *view;
    struct table *table;
    range.relname = (char *)node_string(names->items[names->n_items - 1]);
    if (names->n_items > 1)
        range.schemaname = (char *)node_string(names->items[names->n_items - 2]);
    if (of_view ? fold_view(f, &range, false, &view) < 0 : fold_table(f, &range, false, &table) < 0)
        return -1;
    *(of_view ? &view->shape.comment : &table->comment) = text;
    return 0;
}

static int comment(struct fold *f, const PgQuery__CommentStmt *stmt)
{
    const char *text = given(stmt->comment) ? arena_string(f->arena, slice_of_string(stmt->comment)) : NULL;
    bool list = stmt->object != NULL && stmt->object->node_case == PG_QUERY__NODE__NODE_LIST && stmt->object->list->n_items > 0;
    fold_note(f, "comment");
    if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE && list)
        return comment_relation(f, stmt->object->list, text, false);
    if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW && list)
        return comment_relation(f, stmt->object->list, text, true);
    if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN && list)
        return comment_column(f, stmt->object->list, text);
    if (stmt->object != NULL)
        note_add(f, NOTE_COMMENT, NULL, NULL);
    return 0;
}

/* --- Sequences, settings, transactions --- */

/* A sequence here counts 1, 2, 3 ...; anything else would be lost. */
static int refuse_options(struct fold *f, PgQuery__Node *const *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const PgQuery__DefElem *option = options[i]->def_elem;
        bool one = option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_INTEGER && option->arg->integer->ival == 1;
        bool plain = same(option->defname, "as") || same(option->defname, "owned_by") || option->arg == NULL
                  || (one && (same(option->defname, "start") || same(option->defname, "increment") || same(option->defname, "cache")
                              || same(option->defname, "minvalue")));
        if (!plain || same(option->defname, "cycle") || same(option->defname, "restart"))
            return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "option \"%s\" of a sequence is not supported", option->defname);
    }
    return 0;
}

static int alter_sequence(struct fold *f, const PgQuery__AlterSeqStmt *stmt)
{
    fold_note(f, "sequence %s: recorded only", stmt->sequence->relname);
    return refuse_options(f, stmt->options, stmt->n_options);
}

static int create_sequence(struct fold *f, const PgQuery__CreateSeqStmt *stmt)
{
    const char *schema;
    if (refuse_options(f, stmt->options, stmt->n_options) < 0)
        return -1;
    if (fold_schema(f, stmt->sequence->schemaname, &schema) < 0)
        return -1;
    if (name_find(f->draft, schema, slice_of_string(stmt->sequence->relname)) != NULL) {
        if (!stmt->if_not_exists)
            return fail(f->error, SQLSTATE_DUPLICATE_TABLE, "relation \"%s\" already exists", stmt->sequence->relname);
    } else {
        fold_sequence(f, schema, arena_string(f->arena, slice_of_string(stmt->sequence->relname)), NULL);
    }
    fold_note(f, "sequence %s: for a column's default nextval", stmt->sequence->relname);
    return 0;
}

static bool setting_is_harmless(const char *name)
{
    static const char *const names[] = {
        "search_path", "client_encoding", "client_min_messages", "statement_timeout", "lock_timeout",
        "idle_in_transaction_session_timeout", "standard_conforming_strings", "check_function_bodies", "xmloption",
        "row_security", "default_tablespace", "default_table_access_method",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (same(names[i], name))
            return true;
    return false;
}

/* SET rowhouse.grants_open = off, with which our dumps begin. */
static int grants_open(struct fold *f, const PgQuery__VariableSetStmt *stmt)
{
    const PgQuery__Node *arg = stmt->n_args == 1 ? stmt->args[0] : NULL;
    bool text = arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_A_CONST && arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
    bool on = text && same(arg->a_const->sval->sval, "on"), off = text && same(arg->a_const->sval->sval, "off");
    if (!on && !off)
        return fail(f->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"rowhouse.grants_open\" is neither on nor off");
    f->grants_of_dump = off;
    fold_note(f, "grants %s tables without row level security", on ? "open" : "do not open");
    return 0;
}

static int setting(struct fold *f, const char *name)
{
    if (!setting_is_harmless(name))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "setting \"%s\" is not supported", name);
    fold_note(f, "set %s: no effect", name);
    return 0;
}

/* SELECT pg_catalog.set_config('search_path', '', false): how a dump of PostgreSQL begins. */
static int select_setting(struct fold *f, const PgQuery__SelectStmt *stmt)
{
    const PgQuery__Node *value = stmt->n_target_list == 1 && stmt->n_from_clause == 0
                              && stmt->target_list[0]->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? stmt->target_list[0]->res_target->val : NULL;
    if (value != NULL && value->node_case == PG_QUERY__NODE__NODE_FUNC_CALL && value->func_call->n_funcname > 0) {
        const PgQuery__FuncCall *call = value->func_call;
        const char *name = node_string(call->funcname[call->n_funcname - 1]);
        const PgQuery__Node *arg = call->n_args > 0 ? call->args[0] : NULL;
        if (name != NULL && same(name, "set_config") && arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_A_CONST
            && arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL) {
            f->grants_of_dump = f->grants_of_dump || same(arg->a_const->sval->sval, "search_path");
            return setting(f, arg->a_const->sval->sval);
        }
    }
    return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "SELECT does nothing in a migration");
}

static int transaction(struct fold *f, const PgQuery__TransactionStmt *stmt)
{
    switch (stmt->kind) {
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_BEGIN:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_START:
    case PG_QUERY__TRANSACTION_STMT_KIND__TRANS_STMT_COMMIT:
        fold_note(f, "%s: a migration is one transaction anyway", fold_tag(f));
        return 0;
    default:
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s in a migration is not supported: it is one transaction", fold_tag(f));
    }
}

static int refuse(struct fold *f, const PgQuery__Node *node)
{
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "%s is not supported", fold_tag(f));
    if (node->node_case == PG_QUERY__NODE__NODE_DO_STMT)
        return fail_hint(f->error, "Write the statements plainly: IF NOT EXISTS and IF EXISTS replace the checks of a DO block.");
    if (node->node_case == PG_QUERY__NODE__NODE_DEFINE_STMT && node->define_stmt->kind == PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION)
        return fail_hint(f->error, "PostgreSQL's names of ICU's collations are there, such as \"de-x-icu\"; one that is not deterministic would make different bytes equal.");
    if (node->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT)
        return fail_hint(f->error, "A plain view reads what is there now.");
    return -1;
}

/* GRANTs and REVOKEs on a function that PostgreSQL may not have, as our dumps write them. */
static int rights_block(struct fold *f, const PgQuery__Node *node, struct slice inside)
{
    struct parsed *parsed;
    if (parse_sql(inside, MIGRATION_SIZE_MAX, &parsed, f->error) < 0)
        return -1;
    int err = 0;
    for (int i = 0; i < parsed_count(parsed) && err == 0; i++) {
        const PgQuery__Node *statement = parsed_statement(parsed, i)->node;
        err = statement->node_case == PG_QUERY__NODE__NODE_GRANT_STMT ? fold_grant(f, statement->grant_stmt) : refuse(f, node);
    }
    parsed_free(parsed);
    return err;
}

/* Dumps of Rowhouse have these. */
static int do_block(struct fold *f, const PgQuery__Node *node)
{
    struct slice text = f->statement->text;
    size_t start = strlen(rights_block_start), end = strlen(rights_block_end);
    if (text.size > start + end && memcmp(text.data, rights_block_start, start) == 0
        && memcmp(text.data + text.size - end, rights_block_end, end) == 0)
        return rights_block(f, node, slice_of(text.data + start, text.size - start - end));
    if (!slice_is(f->statement->text, roles_block))
        return refuse(f, node);
    fold_note(f, "roles anon, authenticated, service_role");
    return 0;
}

int fold_other(struct fold *f, const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_ROLE_STMT: return create_role(f, node->create_role_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT: return create_schema(f, node->create_schema_stmt);
    case PG_QUERY__NODE__NODE_CREATE_EXTENSION_STMT: return create_extension(f, node->create_extension_stmt);
    case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT: return fold_create_function(f, node->create_function_stmt);
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT: return fold_create_trigger(f, node->create_trig_stmt);
    case PG_QUERY__NODE__NODE_COMMENT_STMT: return comment(f, node->comment_stmt);
    case PG_QUERY__NODE__NODE_GRANT_STMT: return fold_grant(f, node->grant_stmt);
    case PG_QUERY__NODE__NODE_ALTER_DEFAULT_PRIVILEGES_STMT: return fold_default_privileges(f, node->alter_default_privileges_stmt);
    case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT: return create_sequence(f, node->create_seq_stmt);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
        return same(node->variable_set_stmt->name, "rowhouse.grants_open") ? grants_open(f, node->variable_set_stmt)
                                                                          : setting(f, node->variable_set_stmt->name);
    case PG_QUERY__NODE__NODE_SELECT_STMT: return select_setting(f, node->select_stmt);
    case PG_QUERY__NODE__NODE_DO_STMT: return do_block(f, node);
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT: return transaction(f, node->transaction_stmt);
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT: return alter_sequence(f, node->alter_seq_stmt);
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
        fold_note(f, "%s: recorded only", fold_tag(f));
        return 0;
    default: return refuse(f, node);
    }
}
