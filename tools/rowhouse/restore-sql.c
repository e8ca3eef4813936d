/* The reader of SQL: our own dumps, pg_dump's and supabase db dump's.
 *
 * PostgreSQL's parser says what a statement is. COPY's lines and INSERT's values are rows, setval() moves a sequence, settings that say how the
 * rest is written are honoured, comments that begin with DUMP_COMMENT are what they say; what defines the schema is collected (restore-schema.c), what only
 * a session of PostgreSQL needs is passed over. A dump that says where it begins must say where it ends, else it was cut off; what says neither (SQL that somebody wrote,
 * `supabase db dump` without comments) ends where the file does. */
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "proof/note.h"
#include "restore-copy.h"
#include "restore-input.h"
#include "restore.h"
#include "sql/expr.h"
#include "sql/statement.h"

/* How a dump says where it begins and ends, in lines of their own. pg_dumpall has pg_dump's in its own. */
static const struct { const char *begins, *ends; } marks[] = {
    { "-- PostgreSQL database dump", "-- PostgreSQL database dump complete" },
    { "-- PostgreSQL database cluster dump", "-- PostgreSQL database cluster dump complete" },
    { DUMP_BEGINS, DUMP_ENDS },
};
#define MARKS (sizeof marks / sizeof *marks)

struct reader {
    struct input input;
    struct arena arena;             /* of one statement */
    struct parsed *parsed;
    uint64_t statements;            /* that were understood so far */
    uint64_t begun[MARKS];          /* the line of the mark that is not ended yet; 0: none */
};

/* --- Pieces of trees --- */

static const char *string_of(const PgQuery__Node *node)
{
    if (node == NULL)
        return NULL;
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_STRING: return node->string->sval;
    case PG_QUERY__NODE__NODE_TYPE_CAST: return string_of(node->type_cast->arg);
    case PG_QUERY__NODE__NODE_A_CONST:
        return !node->a_const->isnull && node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL ? node->a_const->sval->sval : NULL;
    default: return NULL;
    }
}

/* The last name of a function that is called; NULL: it is no call. */
static const char *called(const PgQuery__Node *node)
{
    bool call = node != NULL && node->node_case == PG_QUERY__NODE__NODE_FUNC_CALL && node->func_call->n_funcname > 0;
    return call ? string_of(node->func_call->funcname[node->func_call->n_funcname - 1]) : NULL;
}

/* "public.contacts" is contacts, "auth.users" stays. */
static void qualify(const char *schema, const char *name, char out[static 192])
{
    bool public = schema == NULL || schema[0] == '\0' || strcmp(schema, "public") == 0;
    snprintf(out, 192, "%s%s%s", public ? "" : schema, public ? "" : ".", name);
}

/* The next identifier of a name as text, quoted or not; lower-cased if not, as PostgreSQL reads it. */
static const char *read_name(const char *at, char *out, size_t size)
{
    size_t used = 0;
    bool quoted = *at == '"';
    at += quoted;
    for (; *at != '\0' && (quoted || *at != '.'); at++) {
        if (quoted && *at == '"' && *++at != '"')
            break;
        char c = *at;
        if (used + 1 < size)
            out[used++] = !quoted && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    out[used] = '\0';
    return at;
}

/* 'public."My table"', as regclass reads it. */
static void qualify_text(const char *text, char out[static 192])
{
    char first[96], second[96];
    text = read_name(text, first, sizeof first);
    if (*text == '.') {
        read_name(text + 1, second, sizeof second);
        qualify(first, second, out);
    } else {
        qualify(NULL, first, out);
    }
}

/* --- INSERT --- */

/* A constant expression as the text that PostgreSQL would print. */
static int constant(struct restore *restore, const PgQuery__Node *node, struct arena *arena, struct restore_value *ret)
{
    struct scope scope = { 0 };
    struct eval eval = { .arena = arena, .sys = NULL };
    const struct expr *expr;
    struct value value;
    struct buf text = { 0 };
    *ret = (struct restore_value){ 0 };
    if (expr_compile(node, &scope, type_of(TYPE_UNKNOWN), arena, &expr, &restore->cli->error) < 0 || !expr_is_constant(expr) ||
        expr_eval(expr, &eval, &value, &restore->cli->error) < 0)
        return restore_failed(restore, "a value is no constant: %s", restore->cli->error.message);
    if (value_is_null(&value))
        return EXIT_DONE;
    value_to_text(expr->type.id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : expr->type, &value, &text);
    ret->text = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return EXIT_DONE;
}

/* Columns whose value is DEFAULT (generated ones, as pg_dump writes them) are left out; a statement's rows agree in that. */
static int insert_rows(struct restore *restore, const struct statement *statement, struct arena *arena)
{
    static struct slice all[RESTORE_COLUMNS_MAX], columns[RESTORE_COLUMNS_MAX];
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    char table[192];
    int width = statement->column_count, count = 0, code = EXIT_DONE;
    qualify(statement->schema, statement->table, table);
    if (width > RESTORE_COLUMNS_MAX)
        return restore_failed(restore, "this INSERT has too many columns");
    bool named = width > 0 && statement->row_count > 0 && statement->rows[0].column != NULL;
    for (int i = 0; named && i < width; i++)
        all[i] = slice_of_string(statement->rows[i].column);
    if (!named && (code = restore_columns(restore, table, width, all)) != EXIT_DONE)
        return code;
    bool same = strcmp(table, restore->table) == 0;
    for (int i = 0; i < width; i++) {
        if (statement->row_count > 0 && statement->rows[i].value == NULL)
            continue;
        same = same && count < restore->column_count && restore->columns[count] != NULL && slice_is(all[i], restore->columns[count]);
        columns[count++] = all[i];
    }
    if (!same || count != restore->column_count)
        code = restore_table(restore, table, columns, count);
    for (int r = 0; code == EXIT_DONE && r < statement->row_count; r++) {
        const struct assignment *row = &statement->rows[r * width];
        int filled = 0;
        for (int i = 0; code == EXIT_DONE && i < width; i++)
            if (row[i].value != NULL && filled < count)
                code = restore_wants(restore) ? constant(restore, row[i].value, arena, &values[filled++]) : (filled++, EXIT_DONE);
        if (code == EXIT_DONE && filled != count)
            code = restore_failed(restore, "the rows of this INSERT do not have the same columns");
        if (code == EXIT_DONE)
            code = restore_row(restore, values);
    }
    return code;
}

static int insert(struct restore *restore, struct reader *reader, const PgQuery__Node *node)
{
    struct statement statement;
    error_clear(&restore->cli->error);
    if (statement_from(reader->parsed, node, 1, &reader->arena, &statement, &restore->cli->error) < 0)
        return restore_failed(restore, "this INSERT cannot be read: %s", restore->cli->error.message);
    return insert_rows(restore, &statement, &reader->arena);
}

/* --- setval --- */

/* The value that was given last; one that is_called says was not given yet is the one after that.
 * SELECT pg_catalog.setval('public.contacts_id_seq', 42, true), or with pg_get_serial_sequence('public.contacts', 'id') and GREATEST(42, nextval(...)). */
static int setval(struct restore *restore, struct reader *reader, const PgQuery__FuncCall *call)
{
    char subject[192], table[192], column[64];
    struct restore_value value = { 0 };
    const PgQuery__Node *of = call->n_args >= 2 ? call->args[0] : NULL, *number = call->n_args >= 2 ? call->args[1] : NULL;
    const PgQuery__FuncCall *owned = of != NULL && called(of) != NULL && strcmp(called(of), "pg_get_serial_sequence") == 0 ? of->func_call : NULL;
    if (number != NULL && number->node_case == PG_QUERY__NODE__NODE_MIN_MAX_EXPR && number->min_max_expr->n_args > 0)
        number = number->min_max_expr->args[0];
    if (number == NULL || constant(restore, number, &reader->arena, &value) != EXIT_DONE || value.text.data == NULL)
        return restore_failed(restore, "this setval() cannot be read");
    bool uncalled = call->n_args >= 3 && call->args[2]->node_case == PG_QUERY__NODE__NODE_A_CONST &&
                    call->args[2]->a_const->val_case == PG_QUERY__A__CONST__VAL_BOOLVAL && !call->args[2]->a_const->boolval->boolval;
    int64_t last = strtoll(arena_string(&reader->arena, value.text), NULL, 10) - uncalled;
    if (owned != NULL && owned->n_args == 2 && string_of(owned->args[0]) != NULL && string_of(owned->args[1]) != NULL) {
        qualify_text(string_of(owned->args[0]), table);
        return restore_sequence(restore, table, string_of(owned->args[1]), last < 0 ? 0 : last);
    }
    if (owned != NULL || string_of(of) == NULL)
        return restore_failed(restore, "this setval() names nothing");
    qualify_text(string_of(of), subject);
    if (!restore_is_last(restore))
        return EXIT_DONE;
    if (restore_owner(restore, subject, table, column))
        return restore_sequence(restore, table, column, last < 0 ? 0 : last);
    return restore_pass_over(restore, "setval", "no column here has the sequence \"%s\"", subject);
}

/* ALTER SEQUENCE s OWNED BY t.c: whose sequence it is, whatever its name. */
static void note_owner(struct restore *restore, const PgQuery__AlterSeqStmt *stmt)
{
    char sequence[192], table[192];
    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM ? stmt->options[i]->def_elem : NULL;
        if (option == NULL || strcmp(option->defname, "owned_by") != 0 || option->arg == NULL || option->arg->node_case != PG_QUERY__NODE__NODE_LIST)
            continue;
        const PgQuery__List *names = option->arg->list;
        const char *column = names->n_items >= 2 ? string_of(names->items[names->n_items - 1]) : NULL;
        const char *name = names->n_items >= 2 ? string_of(names->items[names->n_items - 2]) : NULL;
        if (column == NULL || name == NULL)
            continue;
        qualify(stmt->sequence->schemaname, stmt->sequence->relname, sequence);
        qualify(names->n_items >= 3 ? string_of(names->items[names->n_items - 3]) : NULL, name, table);
        restore_own(restore, sequence, table, column);
    }
}

/* --- Settings --- */

static int set_variable(struct restore *restore, struct reader *reader, const char *name, const char *value)
{
    struct error *error = &restore->cli->error;
    error_clear(error);
    if (strcasecmp(name, "client_encoding") == 0 && input_encoding(&reader->input, value, error) < 0)
        return restore_failed(restore, "%s", error->message);
    if (strcasecmp(name, "standard_conforming_strings") == 0)
        reader->input.backslashes = strcasecmp(value, "off") == 0 || strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
    return EXIT_DONE;
}

static int set(struct restore *restore, struct reader *reader, const PgQuery__VariableSetStmt *stmt)
{
    const char *value = stmt->n_args > 0 ? string_of(stmt->args[0]) : NULL;
    bool all = stmt->kind == PG_QUERY__VARIABLE_SET_KIND__VAR_RESET_ALL || stmt->name == NULL;
    if (!all && value != NULL)
        return set_variable(restore, reader, stmt->name, value);
    bool strings = all || strcasecmp(stmt->name, "standard_conforming_strings") == 0;
    if (strings)
        reader->input.backslashes = false;
    return EXIT_DONE;
}

static int select_statement(struct restore *restore, struct reader *reader, const PgQuery__SelectStmt *stmt)
{
    const PgQuery__Node *target = stmt->n_target_list == 1 && stmt->n_from_clause == 0 ? stmt->target_list[0] : NULL;
    const PgQuery__Node *value = target != NULL && target->node_case == PG_QUERY__NODE__NODE_RES_TARGET ? target->res_target->val : NULL;
    const char *name = called(value);
    if (name != NULL && strcmp(name, "setval") == 0)
        return setval(restore, reader, value->func_call);
    if (name == NULL || strcmp(name, "set_config") != 0)
        return !restore->scanning ? EXIT_DONE : restore_pass_over(restore, "SELECT", "it calls what is not here%s%s", name != NULL ? ": " : "", name != NULL ? name : "");
    const char *setting = value->func_call->n_args >= 2 ? string_of(value->func_call->args[0]) : NULL;
    const char *to = setting != NULL ? string_of(value->func_call->args[1]) : NULL;
    return to != NULL ? set_variable(restore, reader, setting, to) : EXIT_DONE;
}

/* --- What else there is --- */

/* \restrict and \unrestrict keep a dump's text from being taken for psql's commands; \connect begins another database. */
static int command(struct restore *restore, struct reader *reader)
{
    static const char *const harmless[] = { "\\restrict", "\\unrestrict", "\\set", "\\unset", "\\pset", "\\echo", "\\timing", "\\q", "\\." };
    const char *text = buf_text(&reader->input.statement);
    size_t size = strcspn(text, " \t");
    char name[64] = "";
    if (size == 9 && strncmp(text, "\\encoding", 9) == 0 && sscanf(text + 9, " '%63[^']", name) != 1 && sscanf(text + 9, " %63s", name) == 1)
        return set_variable(restore, reader, "client_encoding", name);
    if ((size == 8 && strncmp(text, "\\connect", 8) == 0) || (size == 2 && strncmp(text, "\\c", 2) == 0))
        return restore->target_count == 0 ? EXIT_DONE
             : restore_failed(restore, "a second database begins here (%.60s): restore its part alone", text);
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strlen(harmless[i]) == size && strncmp(text, harmless[i], size) == 0)
            return EXIT_DONE;
    return restore_failed(restore, "psql's command %.*s is not one that a dump has", (int)(size < 40 ? size : 40), text);
}

int restore_cut_off(struct restore *restore, uint64_t begun, const char *mark)
{
    restore_failed(restore, "the dump that begins in line %llu does not end: it was cut off", (unsigned long long)begun);
    fprintf(stderr, "  hint: dump again, or copy the whole file; to restore what there is, remove the %s %s%llu\n", mark,
            strcmp(mark, "line") == 0 ? "" : "in line ", (unsigned long long)begun);
    return EXIT_FAILED;
}

static bool is_line(const char *text, const char *line)
{
    size_t size = strlen(line);
    return strncmp(text, line, size) == 0 && text[size + strspn(text + size, " \t")] == '\0';
}

/* -- rowhouse: audit_leaves ORGANIZATION FIRST BASE64 */
static int leaves(struct restore *restore, const char *text)
{
    char organization[UUID_TEXT_SIZE + 1];
    struct buf hashes = { 0 };
    long long first;
    int at = 0, code;
    bool good = sscanf(text, DUMP_COMMENT "audit_leaves %36s %lld %n", organization, &first, &at) == 2 && at > 0 &&
                base64_get(slice_of(text + at, strcspn(text + at, "\r\n")), &hashes);
    if (good)
        code = restore_leaves(restore, organization, first, buf_slice(&hashes));
    else
        code = restore_failed(restore, "this comment cannot be read: \"%.40s\"", text);
    buf_done(&hashes);
    return code;
}

static int comment(struct restore *restore, struct reader *reader)
{
    const char *text = buf_text(&reader->input.statement);
    for (size_t i = 0; i < MARKS; i++) {
        bool begins = is_line(text, marks[i].begins);
        if (begins && reader->begun[i] != 0)
            return restore_cut_off(restore, reader->begun[i], "comment");
        if (begins || is_line(text, marks[i].ends)) {
            reader->begun[i] = begins ? reader->input.line : 0;
            return EXIT_DONE;
        }
    }
    return strncmp(text, DUMP_COMMENT, strlen(DUMP_COMMENT)) == 0 ? leaves(restore, text) : EXIT_DONE;
}

/* ALTER TABLE ... DISABLE TRIGGER ALL stands around the rows of pg_dump --disable-triggers. */
static bool is_of_session(const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
    case PG_QUERY__NODE__NODE_LOCK_STMT:
    case PG_QUERY__NODE__NODE_VACUUM_STMT:
    case PG_QUERY__NODE__NODE_DISCARD_STMT:
        return true;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        for (size_t i = 0; i < node->alter_table_stmt->n_cmds; i++) {
            PgQuery__AlterTableType kind = node->alter_table_stmt->cmds[i]->alter_table_cmd->subtype;
            if (kind != PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll && kind != PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll)
                return false;
        }
        return true;
    default:
        return false;
    }
}

static int dispatch(struct restore *restore, struct reader *reader, const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_COPY_STMT:
        return restore_copy(restore, &reader->input, node->copy_stmt);
    case PG_QUERY__NODE__NODE_INSERT_STMT:
        return insert(restore, reader, node);
    case PG_QUERY__NODE__NODE_VARIABLE_SET_STMT:
        return set(restore, reader, node->variable_set_stmt);
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return select_statement(restore, reader, node->select_stmt);
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
    case PG_QUERY__NODE__NODE_TRUNCATE_STMT:
        return restore_failed(restore, "a dump brings rows, and changes none: this is no statement of a dump: \"%.40s\"", buf_text(&reader->input.statement));
    case PG_QUERY__NODE__NODE_ALTER_SEQ_STMT:
        note_owner(restore, node->alter_seq_stmt);
        break;
    default:
        break;
    }
    return is_of_session(node) ? EXIT_DONE : restore_schema(restore, buf_slice(&reader->input.statement));
}

/* What PostgreSQL 15's parser does not know, of a newer PostgreSQL, is no reason to give up a dump that it knew the beginning of. */
static int statement(struct restore *restore, struct reader *reader)
{
    struct error *error = &restore->cli->error;
    int code;
    error_clear(error);
    arena_init(&reader->arena, SIZE_MAX);
    if (parse_sql(buf_slice(&reader->input.statement), REQUEST_SIZE_MAX, &reader->parsed, error) < 0 || parsed_count(reader->parsed) != 1) {
        if (reader->statements == 0)
            code = restore_failed(restore, "this is no statement of a dump: \"%.40s\" (%s)", buf_text(&reader->input.statement), error->message);
        else
            code = restore->scanning ? restore_pass_over(restore, "a statement", "%s", error->message) : EXIT_DONE;
    } else {
        reader->statements++;
        code = dispatch(restore, reader, parsed_statement(reader->parsed, 0)->node);
    }
    parsed_free(reader->parsed);
    reader->parsed = NULL;
    arena_done(&reader->arena);
    return code;
}

int restore_sql(struct restore *restore, FILE *in)
{
    static const char *const kept[] = { DUMP_COMMENT, "-- PostgreSQL database ", NULL };
    struct reader reader = { 0 };
    int code = EXIT_DONE, kind = INPUT_END;
    input_start(&reader.input, in);
    error_clear(&restore->cli->error);
    while (code == EXIT_DONE && (kind = input_statement(&reader.input, kept, &restore->cli->error)) > INPUT_END) {
        restore->line = reader.input.statement_line;
        code = kind == INPUT_STATEMENT ? statement(restore, &reader) : kind == INPUT_COMMAND ? command(restore, &reader) : comment(restore, &reader);
    }
    restore->line = reader.input.line;
    if (code == EXIT_DONE && kind < 0)
        code = restore_failed(restore, "%s (%s)", restore->cli->error.message, sqlstate_code(restore->cli->error.state));
    for (size_t i = 0; i < MARKS && code == EXIT_DONE; i++)
        if (reader.begun[i] != 0)
            code = restore_cut_off(restore, reader.begun[i], "comment");
    if (code == EXIT_DONE && reader.statements == 0)
        code = restore_failed(restore, "the dump is empty: it has no statement");
    input_done(&reader.input);
    return code;
}
