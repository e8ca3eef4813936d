#include "restore-copy.h"

/* How fields are written: COPY's options, of the text form. */
struct copy_form {
    char delimiter;
    const char *null;
    bool header;
};

/* --- Fields --- */

static int digit(char c, int base)
{
    int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : base;
    return value < base ? value : -1;
}

/* A byte given by its number, behind the backslash: up to three octal digits, or x and up to two hexadecimal ones. How many bytes it takes; 0: none. */
static size_t number(const char *at, size_t size, char *ret)
{
    int value = 0, base = size > 1 && at[0] == 'x' && digit(at[1], 16) >= 0 ? 16 : 8;
    size_t used = base == 16;
    for (; used < 3 && used < size && digit(at[used], base) >= 0; used++)
        value = value * base + digit(at[used], base);
    *ret = (char)value;
    return used;
}

/* PostgreSQL's text form (COPY, "Text Format"), unescaped in place; NULL's data is NULL. */
static struct slice field(const struct copy_form *form, char *text, size_t size)
{
    size_t used = 0;
    if (size == strlen(form->null) && memcmp(text, form->null, size) == 0)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '\\' && i + 1 < size) {
            size_t digits = number(text + i + 1, size - i - 1, &c);
            if (digits == 0) {
                static const char letters[] = "bfnrtv", means[] = "\b\f\n\r\t\v";
                const char *letter = strchr(letters, text[i + 1]);
                c = letter != NULL ? means[letter - letters] : text[i + 1];
                digits = 1;
            }
            i += digits;
        }
        text[used++] = c;
    }
    return slice_of(text, used);
}

/* Where the field that begins at `at` ends: a delimiter behind a backslash is part of it. */
static char *field_end(const struct copy_form *form, char *at, const char *end)
{
    for (; at < end && *at != form->delimiter; at++)
        at += *at == '\\' && at + 1 < end;
    return at;
}

static int copy_line(struct restore *restore, const struct copy_form *form, char *line, size_t size)
{
    static struct restore_value values[RESTORE_COLUMNS_MAX];
    int count = 0;
    char *at = line, *end = line + size;
    for (bool more = restore->column_count > 0 || size > 0; more; count++) {
        char *stop = field_end(form, at, end);
        more = stop < end;
        if (count < restore->column_count)
            values[count] = (struct restore_value){ .text = field(form, at, (size_t)(stop - at)) };
        at = stop + 1;
    }
    if (count != restore->column_count)
        return restore_failed(restore, "a row of \"%s\" has %d columns, not %d", restore->table, count, restore->column_count);
    return restore_row(restore, values);
}

/* --- Options --- */

static const char *string_of(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

static int read_option(struct restore *restore, const PgQuery__DefElem *option, struct copy_form *form)
{
    const char *value = string_of(option->arg), *name = option->defname;
    if (strcmp(name, "delimiter") == 0 && value != NULL && strlen(value) == 1)
        form->delimiter = value[0];
    else if (strcmp(name, "null") == 0 && value != NULL)
        form->null = value;
    else if (strcmp(name, "header") == 0)
        form->header = value == NULL || (strcasecmp(value, "off") != 0 && strcasecmp(value, "false") != 0);
    else if (strcmp(name, "freeze") != 0 && !(strcmp(name, "format") == 0 && value != NULL && strcmp(value, "text") == 0))
        return restore_failed(restore, "COPY with %s%s%s is not supported: dumps have its text form", name, value != NULL ? " " : "", value != NULL ? value : "");
    return EXIT_DONE;
}

/* --- The whole --- */

static int begin(struct restore *restore, const PgQuery__CopyStmt *stmt)
{
    static struct slice columns[RESTORE_COLUMNS_MAX];
    char table[192];
    const char *schema = stmt->relation->schemaname;
    bool public = schema == NULL || schema[0] == '\0' || strcmp(schema, "public") == 0;
    snprintf(table, sizeof table, "%s%s%s", public ? "" : schema, public ? "" : ".", stmt->relation->relname);
    if (stmt->n_attlist > RESTORE_COLUMNS_MAX)
        return restore_failed(restore, "\"%s\" has too many columns", table);
    for (size_t i = 0; i < stmt->n_attlist; i++)
        columns[i] = slice_of_string(string_of(stmt->attlist[i]));
    return restore_table(restore, table, columns, (int)stmt->n_attlist);
}

int restore_copy(struct restore *restore, struct input *input, const PgQuery__CopyStmt *stmt)
{
    struct copy_form form = { '\t', "\\N", false };
    struct slice line;
    int code = EXIT_DONE, got;
    if (!stmt->is_from || stmt->relation == NULL || stmt->is_program || (stmt->filename != NULL && stmt->filename[0] != '\0'))
        return restore_failed(restore, "this COPY is not \"COPY table (columns) FROM stdin\"");
    for (size_t i = 0; code == EXIT_DONE && i < stmt->n_options; i++)
        if (stmt->options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM)
            code = read_option(restore, stmt->options[i]->def_elem, &form);
    if (code == EXIT_DONE)
        code = begin(restore, stmt);
    while (code == EXIT_DONE && (got = input_line(input, &line, &restore->cli->error)) != 0) {
        restore->line = input->line;
        if (got < 0)
            return restore_failed(restore, "%s", restore->cli->error.message);
        if (slice_is(line, "\\.")) {
            input->at = line.size;
            return EXIT_DONE;
        }
        if (!form.header && (restore->scanning || restore_wants(restore)))
            code = copy_line(restore, &form, (char *)input->text.data, line.size);
        form.header = false;
    }
    return code != EXIT_DONE ? code : restore_failed(restore, "the COPY of \"%s\" does not end", restore->table);
}
