/* Answers of SQL: aligned as psql has them, a line a column (\x), CSV (RFC 4180), JSON. Values are in PostgreSQL's output form,
 * because the answer names their types. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "columns.h"
#include "sql.h"
#include "value/json.h"
#include "value/value.h"

struct column {
    struct column_info of;
    bool right;                         /* numbers stand to the right */
    int width;
};

struct table {
    size_t width, height;
    struct column *columns;
    char **cells;                       /* row by row; NULL is NULL */
};

/* --- Values --- */

static char *text_of(const struct column *column, struct rh_cell cell)
{
    return rh_is_null(cell) ? NULL : column_text(&column->of, cell);
}

static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void read_cells(struct rh_cell row, struct table *table, char **cells)
{
    struct rh_cell cell = { 0 };
    for (size_t c = 0; c < table->width; c++) {
        struct column *column = &table->columns[c];
        cell = rh_step(row, cell);
        cells[c] = text_of(column, cell);
        if (cells[c] != NULL && width_of(cells[c]) > column->width)
            column->width = width_of(cells[c]);
    }
}

static void table_read(struct rh_cell answer, struct table *ret)
{
    struct rh_cell names = rh_member(answer, "columns"), types = rh_member(answer, "types"), rows = rh_member(answer, "rows");
    *ret = (struct table){ .width = rh_count(names), .height = rh_count(rows) };
    ret->columns = memory_alloc(sizeof *ret->columns * (ret->width + 1));
    ret->cells = memory_alloc(sizeof *ret->cells * (ret->width * ret->height + 1));
    for (size_t c = 0; c < ret->width; c++) {
        struct column *column = &ret->columns[c];
        *column = (struct column){ .of.name = rh_cell_text(rh_at(names, c)) };
        column->of.known = type_read(rh_at(types, c), &column->of.type);
        column->right = column->of.known && type_is_number(column->of.type);
        column->width = width_of(column->of.name);
    }
    struct rh_cell row = { 0 };
    for (size_t r = 0; r < ret->height; r++) {
        row = rh_step(rows, row);
        read_cells(row, ret, ret->cells + r * ret->width);
    }
}

static void table_done(struct table *table)
{
    for (size_t i = 0; i < table->width * table->height; i++)
        free(table->cells[i]);
    for (size_t c = 0; c < table->width; c++)
        free(table->columns[c].of.name);
    free(table->cells);
    free(table->columns);
}

/* --- Forms --- */

/* Control characters would break the lines. */
static void put_line(const char *text)
{
    for (; *text != '\0'; text++)
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
}

static void put_padded(const char *text, int width, bool right, bool last)
{
    int pad = width - width_of(text);
    if (right)
        printf("%*s", pad, "");
    put_line(text);
    if (!right && !last)
        printf("%*s", pad, "");
}

static void print_aligned(const struct table *table)
{
    for (size_t c = 0; c < table->width; c++) {
        fputs(c > 0 ? " | " : " ", stdout);
        put_padded(table->columns[c].of.name, table->columns[c].width, false, c + 1 == table->width);
    }
    putchar('\n');
    for (size_t c = 0; c < table->width; c++) {
        putchar(c > 0 ? '+' : '-');
        for (int i = c > 0 ? -2 : -1; i < table->columns[c].width; i++)
            putchar('-');
    }
    putchar('\n');
    for (size_t r = 0; r < table->height; r++) {
        for (size_t c = 0; c < table->width; c++) {
            const char *text = table->cells[r * table->width + c];
            fputs(c > 0 ? " | " : " ", stdout);
            put_padded(text != NULL ? text : "", table->columns[c].width, table->columns[c].right, c + 1 == table->width);
        }
        putchar('\n');
    }
    printf("(%zu row%s)\n", table->height, table->height == 1 ? "" : "s");
}

static void print_expanded(const struct table *table)
{
    int width = 0;
    for (size_t c = 0; c < table->width; c++)
        width = width_of(table->columns[c].of.name) > width ? width_of(table->columns[c].of.name) : width;
    for (size_t r = 0; r < table->height; r++) {
        printf("-[ RECORD %zu ]\n", r + 1);
        for (size_t c = 0; c < table->width; c++) {
            const char *text = table->cells[r * table->width + c];
            put_padded(table->columns[c].of.name, width, false, false);
            fputs(" | ", stdout);
            put_line(text != NULL ? text : "");
            putchar('\n');
        }
    }
}

/* NULL is an empty field, an empty text is quoted. */
static void put_csv(const char *text, bool first)
{
    if (!first)
        putchar(',');
    if (text == NULL)
        return;
    if (text[0] != '\0' && strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct table *table)
{
    for (size_t c = 0; c < table->width; c++)
        put_csv(table->columns[c].of.name, c == 0);
    putchar('\n');
    for (size_t r = 0; r < table->height; r++) {
        for (size_t c = 0; c < table->width; c++)
            put_csv(table->cells[r * table->width + c], c == 0);
        putchar('\n');
    }
}

/* One object a line. */
static void print_json(const struct table *table, struct rh_cell rows)
{
    struct rh_cell row = { 0 };
    for (size_t r = 0; r < table->height; r++) {
        struct buf line = { 0 };
        struct rh_cell cell = { 0 };
        row = rh_step(rows, row);
        for (size_t c = 0; c < table->width; c++) {
            buf_append_string(&line, c > 0 ? ", " : "{");
            json_quote(slice_of_string(table->columns[c].of.name), &line);
            buf_append_string(&line, ": ");
            column_json(&table->columns[c].of, cell = rh_step(row, cell), &line);
        }
        printf("%s}\n", table->width == 0 ? "{" : buf_text(&line));
        buf_done(&line);
    }
}

void sql_print(const struct sql *sql, struct rh_cell answer)
{
    struct table table;
    table_read(answer, &table);
    if (sql->json)
        print_json(&table, rh_member(answer, "rows"));
    else if (table.width == 0 && !sql->csv)
        printf("%lld row%s\n", (long long)rh_int(rh_member(answer, "count")), rh_int(rh_member(answer, "count")) == 1 ? "" : "s");
    else if (sql->csv)
        print_csv(&table);
    else if (sql->expanded)
        print_expanded(&table);
    else
        print_aligned(&table);
    table_done(&table);
}
