/* INSERT, UPDATE and DELETE out of their parse trees. Whatever is outside of struct statement is refused by name, so
 * that nothing of a statement is ever dropped in silence. SELECT is sql/select.c. */
#include "sql/select.h"


#include "sql/compile.h"
#include "sql/lex.h"

int reader_fail(struct statement_reader *r, int location, enum sqlstate state, const char *message)
{
    int line, column;
    if (!r->client)
        return fail(r->error, state, "line %d: %s", r->to->line, message);
    lex_position(r->source, location > 0 ? (size_t)location : 0, &line, &column);
    return fail(r->error, state, "%s at line %d, column %d", message, line + r->to->line - 1, column);
}

int reader_refuse(struct statement_reader *r, int location, const char *what)
{
    return reader_fail(r, location, SQLSTATE_FEATURE_NOT_SUPPORTED, arena_printf(r->arena, "%s is not supported", what));
}

/* A libpg_query string that was left out comes as "". */
static const char *given(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* What a client may ask to be given back; migrations have nobody to give it to. */
static int read_returning(struct statement_reader *r, PgQuery__Node *const *nodes, size_t count)
{
    if (count > 0 && !r->client)
        return reader_refuse(r, 0, "RETURNING");
    r->to->returning_count = (int)count;
    return read_targets(r, nodes, count, &r->to->returning);
}

static int read_table(struct statement_reader *r, const PgQuery__RangeVar *table)
{
    if (given(table->catalogname) != NULL)
        return reader_refuse(r, table->location, "a database name before a table's");
    r->to->location = table->location;
    r->to->schema = given(table->schemaname);
    r->to->table = table->relname;
    r->to->alias = table->alias != NULL ? table->alias->aliasname : NULL;
    return 0;
}

static const PgQuery__Node *value_or_default(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT ? NULL : node;
}

/* SET (a, b) = (1, DEFAULT): each column comes with the whole row and its place in it. */
static int part_of_row(struct statement_reader *r, const PgQuery__MultiAssignRef *part, int location, const PgQuery__Node **ret)
{
    if (part->source->node_case != PG_QUERY__NODE__NODE_ROW_EXPR)
        return reader_refuse(r, node_location(part->source), "assigning to a list of columns what is no row");
    const PgQuery__RowExpr *row = part->source->row_expr;
    if ((int)row->n_args != part->ncolumns)
        return reader_fail(r, location, SQLSTATE_SYNTAX_ERROR, "number of columns does not match number of values");
    *ret = row->args[part->colno - 1];
    return 0;
}

static int read_assignments(struct statement_reader *r, PgQuery__Node *const *targets, size_t count, struct assignment **ret)
{
    *ret = ARENA_ARRAY(r->arena, struct assignment, (int)count + 1);
    for (size_t i = 0; i < count; i++) {
        const PgQuery__ResTarget *target = targets[i]->res_target;
        const PgQuery__Node *value = target->val;
        if (target->n_indirection > 0)
            return reader_refuse(r, target->location, "assigning to a part of a column");
        if (value->node_case == PG_QUERY__NODE__NODE_MULTI_ASSIGN_REF && part_of_row(r, value->multi_assign_ref, target->location, &value) < 0)
            return -1;
        (*ret)[i] = (struct assignment){ .column = target->name, .value = value_or_default(value), .location = target->location };
    }
    return 0;
}

/* --- INSERT --- */

static int read_columns(struct statement_reader *r, const PgQuery__InsertStmt *insert, struct assignment **ret)
{
    *ret = ARENA_ARRAY(r->arena, struct assignment, (int)insert->n_cols + 1);
    for (size_t i = 0; i < insert->n_cols; i++) {
        const PgQuery__ResTarget *target = insert->cols[i]->res_target;
        if (target->n_indirection > 0)
            return reader_refuse(r, target->location, "inserting into a part of a column");
        (*ret)[i] = (struct assignment){ .column = target->name, .location = target->location };
    }
    return 0;
}

static bool only_values(const PgQuery__SelectStmt *s)
{
    return s->n_values_lists > 0 && s->n_sort_clause == 0 && s->limit_count == NULL && s->limit_offset == NULL && s->with_clause == NULL;
}

static int read_rows(struct statement_reader *r, const PgQuery__InsertStmt *insert)
{
    struct assignment *columns;
    if (read_columns(r, insert, &columns) < 0)
        return -1;
    if (insert->select_stmt == NULL) {              /* DEFAULT VALUES */
        r->to->row_count = 1;
        return 0;
    }
    const PgQuery__SelectStmt *values = insert->select_stmt->select_stmt;
    if (!only_values(values))
        return reader_refuse(r, 0, "INSERT ... SELECT");
    size_t width = values->values_lists[0]->list->n_items;
    const PgQuery__List *first = values->values_lists[0]->list;
    if (insert->n_cols > 0 && width > insert->n_cols)
        return reader_fail(r, node_location(first->items[insert->n_cols]), SQLSTATE_SYNTAX_ERROR, "INSERT has more expressions than target columns");
    if (width < insert->n_cols)
        return reader_fail(r, columns[width].location, SQLSTATE_SYNTAX_ERROR, "INSERT has more target columns than expressions");
    r->to->row_count = (int)values->n_values_lists;
    r->to->column_count = (int)width;
    r->to->rows = ARENA_ARRAY(r->arena, struct assignment, r->to->row_count * r->to->column_count + 1);
    for (size_t i = 0; i < values->n_values_lists; i++) {
        const PgQuery__List *row = values->values_lists[i]->list;
        if (row->n_items != width)
            return reader_fail(r, node_location(row->items[0]), SQLSTATE_SYNTAX_ERROR, "VALUES lists must all be the same length");
        for (size_t c = 0; c < width; c++)
            r->to->rows[i * width + c] = (struct assignment){
                .column = insert->n_cols > 0 ? columns[c].column : NULL, .value = value_or_default(row->items[c]),
                .location = insert->n_cols > 0 ? columns[c].location : node_location(row->items[c]),
            };
    }
    return 0;
}

static int read_conflict_target(struct statement_reader *r, const PgQuery__InferClause *infer)
{
    if (given(infer->conname) != NULL)
        return reader_refuse(r, infer->location, "ON CONFLICT ON CONSTRAINT");
    if (infer->where_clause != NULL)
        return reader_refuse(r, infer->location, "ON CONFLICT with a WHERE of its index");
    r->to->conflict_location = infer->location;
    r->to->conflict_columns = ARENA_ARRAY(r->arena, const char *, (int)infer->n_index_elems + 1);
    for (size_t i = 0; i < infer->n_index_elems; i++) {
        const PgQuery__IndexElem *element = infer->index_elems[i]->index_elem;
        if (element->expr != NULL || given(element->name) == NULL)
            return reader_refuse(r, infer->location, "ON CONFLICT on an expression");
        r->to->conflict_columns[r->to->conflict_count++] = element->name;
    }
    return 0;
}

static int read_conflict(struct statement_reader *r, const PgQuery__OnConflictClause *conflict)
{
    bool update = conflict->action == PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE;
    r->to->conflict = update ? CONFLICT_UPDATE : CONFLICT_NOTHING;
    if (conflict->infer != NULL && read_conflict_target(r, conflict->infer) < 0)
        return -1;
    if (update && r->to->conflict_count == 0)
        return reader_fail(r, conflict->location, SQLSTATE_SYNTAX_ERROR, "ON CONFLICT DO UPDATE requires its columns");
    r->to->update_count = (int)conflict->n_target_list;
    r->to->update_where = conflict->where_clause;
    return read_assignments(r, conflict->target_list, conflict->n_target_list, &r->to->updates);
}

static int read_insert(struct statement_reader *r, const PgQuery__InsertStmt *insert)
{
    r->to->kind = STATEMENT_INSERT;
    if (insert->with_clause != NULL)
        return reader_refuse(r, insert->with_clause->location, "WITH");
    if (insert->override > PG_QUERY__OVERRIDING_KIND__OVERRIDING_NOT_SET)
        return reader_refuse(r, 0, "OVERRIDING");
    if (read_table(r, insert->relation) < 0 || read_rows(r, insert) < 0
        || read_returning(r, insert->returning_list, insert->n_returning_list) < 0)
        return -1;
    return insert->on_conflict_clause != NULL ? read_conflict(r, insert->on_conflict_clause) : 0;
}

/* --- UPDATE and DELETE --- */

static int read_update(struct statement_reader *r, const PgQuery__UpdateStmt *update)
{
    r->to->kind = STATEMENT_UPDATE;
    if (update->with_clause != NULL)
        return reader_refuse(r, update->with_clause->location, "WITH");
    if (update->n_from_clause > 0)
        return reader_refuse(r, node_location(update->from_clause[0]), "UPDATE ... FROM");
    r->to->where = update->where_clause;
    r->to->row_count = 1;
    r->to->column_count = (int)update->n_target_list;
    if (read_returning(r, update->returning_list, update->n_returning_list) < 0)
        return -1;
    return read_table(r, update->relation) < 0 ? -1 : read_assignments(r, update->target_list, update->n_target_list, &r->to->rows);
}

static int read_delete(struct statement_reader *r, const PgQuery__DeleteStmt *delete)
{
    r->to->kind = STATEMENT_DELETE;
    if (delete->with_clause != NULL)
        return reader_refuse(r, delete->with_clause->location, "WITH");
    if (delete->n_using_clause > 0)
        return reader_refuse(r, node_location(delete->using_clause[0]), "DELETE ... USING");
    r->to->where = delete->where_clause;
    if (read_returning(r, delete->returning_list, delete->n_returning_list) < 0)
        return -1;
    return read_table(r, delete->relation);
}

/* Transactions are requests here, not states of a connection. */
static int refuse_transaction(struct statement_reader *r)
{
    fail(r->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "BEGIN, COMMIT and their kin are not supported");
    return fail_hint(r->error, "a transaction is one request: give its statements to the method txn");
}

/* What to do instead, of statements that belong elsewhere. */
static const char *instead(const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COPY_STMT:
        return "rowhouse restore reads COPY of a dump, and rowhouse dump writes it";
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
        return "DELETE FROM removes all rows";
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
    case PG_QUERY__NODE__NODE_VARIABLE_SHOW_STMT:
        return "a connection has no settings: times are UTC, and who the caller is follows from the token";
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
        return "the server does by itself what VACUUM and ANALYZE are for";
    case PG_QUERY__NODE__NODE_DO_STMT:
    case PG_QUERY__NODE__NODE_CALL_STMT:
        return "functions are native: SELECT function(...), or the method call";
    case PG_QUERY__NODE__NODE_EXPLAIN_STMT:
        return "the method explain tells the plan; rowhouse sql takes EXPLAIN";
    case PG_QUERY__NODE__NODE_MERGE_STMT:
        return "INSERT ... ON CONFLICT DO UPDATE inserts or updates";
    case PG_QUERY__NODE__NODE_PREPARE_STMT:
    case PG_QUERY__NODE__NODE_EXECUTE_STMT:
    case PG_QUERY__NODE__NODE_DEALLOCATE_STMT:
        return "the methods prepare and execute do this";
    case PG_QUERY__NODE__NODE_LISTEN_STMT:
    case PG_QUERY__NODE__NODE_NOTIFY_STMT:
    case PG_QUERY__NODE__NODE_LOCK_STMT:
    case PG_QUERY__NODE__NODE_DECLARE_CURSOR_STMT:
    case PG_QUERY__NODE__NODE_FETCH_STMT:
        return NULL;
    default:
        return "the schema changes by migrations: put it into a file, and rowhouse migrate FILE";
    }
}

static int refuse_statement(struct statement_reader *r, const PgQuery__Node *node)
{
    const char *hint = r->client ? instead(node) : NULL;
    reader_refuse(r, 0, "this statement");
    return hint != NULL ? fail_hint(r->error, "%s", hint) : -1;
}

static int read_statement(struct statement_reader *r, const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return read_insert(r, node->insert_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
        return read_update(r, node->update_stmt);
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        return read_delete(r, node->delete_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return r->client ? read_select(r, node->select_stmt) : reader_refuse(r, 0, "this statement");
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        return r->client ? refuse_transaction(r) : reader_refuse(r, 0, "this statement");
    default:
        return refuse_statement(r, node);
    }
}

int statement_from(const struct parsed *parsed, const PgQuery__Node *node, int line, struct arena *arena,
                   struct statement *ret, struct error *error)
{
    struct statement_reader r = { .to = ret, .arena = arena, .error = error };
    *ret = (struct statement){ .parsed = parsed, .line = line };
    return read_statement(&r, node);
}

int statement_from_client(const struct parsed *parsed, struct arena *arena, struct statement *ret, struct error *error)
{
    if (parsed_count(parsed) != 1)
        return fail(error, SQLSTATE_SYNTAX_ERROR, parsed_count(parsed) == 0 ? "there is no statement" : "there is more than one statement");
    const struct parsed_statement *only = parsed_statement(parsed, 0);
    struct statement_reader r = { .to = ret, .arena = arena, .error = error, .client = true, .source = only->text };
    *ret = (struct statement){ .parsed = parsed, .line = only->line };
    return read_statement(&r, only->node);
}
