/* The reader of SQL: our own dumps and pg_dump --data-only. COPY blocks are read line by line, INSERTs by PostgreSQL's parser,
 * setval() by its arguments, comments that begin with DUMP_COMMENT as what they say; other statements define the schema or set the session, and are passed over. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/note.h"
#include "dump.h"
#include "restore.h"
#include "sql/expr.h"
#include "sql/statement.h"

/* --- Statements out of a stream --- */

struct reader {
    FILE *in;
    struct buf statement;           /* without its semicolon */
};

/* Reads to the semicolon that ends a statement, past quotes, dollar quotes and comments; a line that begins with a backslash
 * is psql's, as pg_dump's \restrict, and passed over. False at the end of the file, where a statement that is not over remains. */
static bool next_statement(struct restore *restore, struct reader *reader)
{
    struct buf *text = &reader->statement;
    int quote = 0;
    char tag[66] = "";              /* of a dollar quote that is open */
    buf_clear(text);
    for (int c; (c = getc(reader->in)) != EOF;) {
        restore->line += c == '\n';
        if (text->size == 0 && c != '\0' && strchr(" \t\r\n;", c) != NULL)
            continue;
        if (text->size == 0 && c == '\\')
            quote = '-';
        buf_append_byte(text, (uint8_t)c);
        const char *tail = (const char *)text->data;
        if (quote == '-') {
            quote = c == '\n' ? 0 : '-';
            if (quote == 0 && text->size > sizeof DUMP_COMMENT - 1 && memcmp(tail, DUMP_COMMENT, sizeof DUMP_COMMENT - 1) == 0)
                return true;
            if (quote == 0 && (tail[0] == '-' || tail[0] == '\\'))
                buf_clear(text);
        } else if (quote == '$') {
            size_t size = strlen(tag);
            if (text->size > size && memcmp(tail + text->size - size, tag, size) == 0)
                quote = 0;
        } else if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == '-' && text->size >= 2 && tail[text->size - 2] == '-') {
            quote = '-';
        } else if (c == '$' && text->size >= 2) {
            size_t at = text->size - 1;
            while (at > 0 && tail[at - 1] != '$' && text->size - at < sizeof tag - 1 &&
                   (tail[at - 1] == '_' || isalnum((unsigned char)tail[at - 1])))
                at--;
            if (at > 0 && tail[at - 1] == '$') {
                snprintf(tag, sizeof tag, "%.*s", (int)(text->size - at + 1), tail + at - 1);
                quote = '$';
            }
        } else if (c == ';') {
            text->size--;
            return true;
        }
    }
    return false;
}

/* --- Names --- */

/* The next identifier, quoted or not, lower-cased if not; false when there is none. */
static bool read_name(const char **at, char *out, size_t size)
{
    size_t used = 0;
    while (**at == ' ')
        ++*at;
    bool quoted = **at == '"';
    *at += quoted;
    for (; **at != '\0' && used + 1 < size; ++*at) {
        if (quoted && **at == '"' && (*at)[1] == '"')
            ++*at;
        else if (quoted ? **at == '"' : strchr(" .,()", **at) != NULL)
            break;
        out[used++] = **at;
    }
    *at += quoted && **at == '"';
    out[used] = '\0';
    return used > 0;
}

/* "public.contacts" is contacts, "auth.users" stays. */
static bool read_table(const char **at, char out[static 192])
{
    char first[96], second[96];
    if (!read_name(at, first, sizeof first))
        return false;
    if (**at != '.') {
        snprintf(out, 192, "%s", first);
        return true;
    }
    ++*at;
    if (!read_name(at, second, sizeof second))
        return false;
    snprintf(out, 192, "%s%s%s", strcmp(first, "public") == 0 ? "" : first, strcmp(first, "public") == 0 ? "" : ".", second);
    return true;
}

/* --- COPY --- */

/* One field of COPY's text form, unescaped in place; NULL's data is NULL. */
static struct slice copy_field(char *field, size_t size)
{
    size_t used = 0;
    if (size == 2 && field[0] == '\\' && field[1] == 'N')
        return slice_of(NULL, 0);
    for (size_t i = 0; i < size; i++) {
        char c = field[i];
        if (c == '\\' && i + 1 < size) {
            c = field[++i];
            switch (c) {
            case 'b': c = '\b'; break;
            case 'f': c = '\f'; break;
            case 'n': c = '\n'; break;
            case 'r': c = '\r'; break;
            case 't': c = '\t'; break;
            case 'v': c = '\v'; break;
            default: break;
            }
        }
        field[used++] = c;
    }
    return slice_of(field, used);
}

static int copy_line(struct restore *restore, char *line, size_t size)
{
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    int count = 0;
    for (char *at = line, *end = line + size; count <= restore->column_count; count++) {
        char *tab = memchr(at, '\t', (size_t)(end - at));
        size_t field = (size_t)((tab != NULL ? tab : end) - at);
        if (count < restore->column_count)
            values[count] = (struct restore_value){ .text = copy_field(at, field) };
        if (tab == NULL) {
            count++;
            break;
        }
        at = tab + 1;
    }
    if (count != restore->column_count)
        return restore_failed(restore, "a row of \"%s\" does not have its %d columns", restore->table, restore->column_count);
    return restore_row(restore, values);
}

/* COPY table (columns) FROM stdin; and the lines that follow. */
static int copy(struct restore *restore, struct reader *reader)
{
    char table[192], names[RESTORE_COLUMNS_MAX][64], *line = NULL;
    struct slice columns[RESTORE_COLUMNS_MAX];
    const char *at = buf_text(&reader->statement) + 5;
    size_t room = 0;
    int count = 0, code = EXIT_DONE;
    if (!read_table(&at, table) || (at = strchr(at, '(')) == NULL || strstr(at, "FROM stdin") == NULL)
        return restore_failed(restore, "this COPY is not \"COPY table (columns) FROM stdin\"");
    for (at++; count < RESTORE_COLUMNS_MAX && read_name(&at, names[count], sizeof names[count]); count++) {
        columns[count] = slice_of_string(names[count]);
        while (*at == ' ')
            at++;
        if (*at++ != ',') {
            count++;
            break;
        }
    }
    code = restore_table(restore, table, columns, count);
    bool first = true;
    for (ssize_t size; code == EXIT_DONE; first = false) {
        size = getline(&line, &room, reader->in);
        if (size <= 0) {
            code = restore_failed(restore, "the COPY of \"%s\" does not end", table);
            break;
        }
        restore->line++;
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            size--;
        if (size == 2 && line[0] == '\\' && line[1] == '.')
            break;
        if (first && size == 0)
            continue;               /* what is left of the COPY's own line */
        code = copy_line(restore, line, (size_t)size);
    }
    free(line);
    return code;
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

/* The names that an INSERT without a column list means: all columns, in the table's order. */
static int all_columns(struct restore *restore, const char *table, int count, struct slice *columns)
{
    struct rh_cell described = rh_member(restore_describe(restore, table), "columns");
    if ((int)rh_count(described) < count)
        return restore_failed(restore, "\"%s\" does not have the %d columns of this INSERT", table, count);
    for (int i = 0; i < count; i++) {
        size_t size;
        const char *name = rh_text(rh_member(rh_at(described, (size_t)i), "name"), &size);
        columns[i] = slice_of(name, size);
    }
    return EXIT_DONE;
}

/* Columns whose value is DEFAULT (generated ones, as pg_dump writes them) are left out; a statement's rows agree in that. */
static int insert_rows(struct restore *restore, const struct statement *statement, struct arena *arena)
{
    static struct slice all[RESTORE_COLUMNS_MAX], columns[RESTORE_COLUMNS_MAX];
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    bool public = statement->schema == NULL || strcmp(statement->schema, "public") == 0;
    char *table = arena_printf(arena, "%s%s%s", public ? "" : statement->schema, public ? "" : ".", statement->table);
    int width = statement->column_count, count = 0, code = EXIT_DONE;
    if (width > RESTORE_COLUMNS_MAX)
        return restore_failed(restore, "this INSERT has too many columns");
    if (statement->rows[0].column == NULL)
        code = all_columns(restore, table, width, all);
    bool same = strcmp(table, restore->table) == 0;
    for (int i = 0; code == EXIT_DONE && i < width; i++) {
        if (statement->rows[0].column != NULL)
            all[i] = slice_of_string(statement->rows[i].column);
        if (statement->rows[i].value == NULL)
            continue;
        same = same && count < restore->column_count && slice_is(all[i], restore->columns[count]);
        columns[count++] = all[i];
    }
    if (code == EXIT_DONE && (!same || count != restore->column_count))
        code = restore_table(restore, table, columns, count);
    for (int r = 0; code == EXIT_DONE && r < statement->row_count; r++) {
        const struct assignment *row = &statement->rows[r * width];
        int filled = 0;
        for (int i = 0; code == EXIT_DONE && i < width; i++)
            if (row[i].value != NULL && filled < count)
                code = constant(restore, row[i].value, arena, &values[filled++]);
        if (code == EXIT_DONE && filled != count)
            code = restore_failed(restore, "the rows of this INSERT do not have the same columns");
        if (code == EXIT_DONE)
            code = restore_row(restore, values);
    }
    return code;
}

static int insert(struct restore *restore, struct reader *reader)
{
    struct parsed *parsed = NULL;
    struct statement statement;
    struct arena arena;
    int code;
    arena_init(&arena, SIZE_MAX);
    if (parse_sql(buf_slice(&reader->statement), REQUEST_SIZE_MAX, &parsed, &restore->cli->error) < 0 || parsed_count(parsed) != 1 ||
        statement_from(parsed, parsed_statement(parsed, 0)->node, 1, &arena, &statement, &restore->cli->error) < 0)
        code = restore_failed(restore, "this INSERT cannot be read: %s", restore->cli->error.message);
    else
        code = insert_rows(restore, &statement, &arena);
    parsed_free(parsed);
    arena_done(&arena);
    return code;
}

/* --- setval --- */

/* The table and column that own a sequence by its name, "contacts_id_seq"; false: none does. */
static bool find_sequence(const struct restore *restore, const char *sequence, char table[static 192], char column[static 64])
{
    char name[264];
    struct rh_cell tables = rh_member(rh_result(restore->schema), "tables");
    for (size_t t = 0; t < rh_count(tables); t++) {
        struct rh_cell columns = rh_member(rh_at(tables, t), "columns");
        for (size_t c = 0; c < rh_count(columns); c++) {
            if (!rh_bool(rh_member(rh_at(columns, c), "serial")))
                continue;
            char *table_name = rh_cell_text(rh_member(rh_at(tables, t), "name")), *column_name = rh_cell_text(rh_member(rh_at(columns, c), "name"));
            snprintf(name, sizeof name, "%s_%s_seq", table_name, column_name);
            snprintf(table, 192, "%s", table_name);
            snprintf(column, 64, "%s", column_name);
            free(table_name);
            free(column_name);
            if (strcmp(name, sequence) == 0)
                return true;
        }
    }
    return false;
}

/* The value that was given last; one that is_called says was not given yet is the one after that.
 * SELECT pg_catalog.setval('public.contacts_id_seq', 42, true), or with pg_get_serial_sequence('public.contacts', 'id'). */
static int setval(struct restore *restore, struct reader *reader)
{
    char subject[192] = "", table[192], column[64] = "", called[8] = "";
    long long value = 0;
    const char *at = subject, *call = strstr(buf_text(&reader->statement), "setval(") + 7;
    bool of_column = sscanf(call, "pg_get_serial_sequence('%191[^']', '%63[^']'), %lld", subject, column, &value) == 3 ||
                     sscanf(call, "pg_get_serial_sequence('%191[^']', '%63[^']'), GREATEST(%lld", subject, column, &value) == 3;
    if (!of_column && sscanf(call, "'%191[^']', %lld, %7[a-z]", subject, &value, called) < 2)
        return restore_failed(restore, "this setval() cannot be read");
    if (!read_table(&at, table))
        return restore_failed(restore, "this setval() names nothing");
    if (!of_column && !find_sequence(restore, strcpy(subject, table), table, column))
        return restore_failed(restore, "no column has the sequence \"%s\"", subject);
    return restore_sequence(restore, table, column, strcmp(called, "false") == 0 ? value - 1 : value);
}

/* -- rowhouse: audit_leaves ORGANIZATION FIRST BASE64 */
static int comment(struct restore *restore, struct reader *reader)
{
    char organization[UUID_TEXT_SIZE + 1];
    const char *text = buf_text(&reader->statement);
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

/* What defines a schema or sets a session, by its first word; anything else is no dump. */
static bool may_be_passed_over(const char *text)
{
    static const char *const words[] = { "SET", "SELECT", "CREATE", "ALTER", "COMMENT", "GRANT", "REVOKE", "DROP", "BEGIN", "START", "COMMIT", "LOCK",
                                         "ANALYZE", "REFRESH", "DO", "SECURITY" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(text, words[i], strlen(words[i])) == 0 && !isalnum((unsigned char)text[strlen(words[i])]))
            return true;
    return false;
}

int restore_sql(struct restore *restore, FILE *in)
{
    struct reader reader = { .in = in };
    int code = EXIT_DONE;
    while (code == EXIT_DONE && next_statement(restore, &reader)) {
        const char *text = buf_text(&reader.statement);
        if (strncmp(text, "COPY ", 5) == 0)
            code = copy(restore, &reader);
        else if (strncasecmp(text, "INSERT ", 7) == 0)
            code = insert(restore, &reader);
        else if (strncasecmp(text, "SELECT", 6) == 0 && strstr(text, "setval(") != NULL)
            code = setval(restore, &reader);
        else if (strncmp(text, DUMP_COMMENT, sizeof DUMP_COMMENT - 1) == 0)
            code = comment(restore, &reader);
        else if (may_be_passed_over(text))
            restore->skipped_statements++;
        else
            code = restore_failed(restore, "this is no statement of a dump: \"%.40s\"", text);
    }
    const char *rest = buf_text(&reader.statement);
    if (code == EXIT_DONE && rest[0] != '\0' && rest[0] != '-' && rest[0] != '\\')
        code = restore_failed(restore, "the dump ends in the middle of a statement");
    buf_done(&reader.statement);
    return code;
}
