/* Results for people (aligned columns, or name and value; NULL says so) and for programs (JSON). */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli.h"
#include "columns.h"
#include "value/json.h"

/* --- JSON --- */

void json_cell(struct rh_cell cell, struct buf *out)
{
    char *text = rh_cell_json(cell);
    buf_append_string(out, text);
    free(text);
}

static void print_json_row(const struct columns *columns, struct rh_cell row)
{
    struct buf line = { 0 };
    struct rh_cell cell = { 0 };
    buf_append_byte(&line, '{');
    for (size_t i = 0; i < rh_count(row) && i < columns->count; i++) {
        buf_append_string(&line, i > 0 ? ", " : "");
        json_quote(slice_of_string(columns->list[i].name), &line);
        buf_append_string(&line, ": ");
        column_json(&columns->list[i], cell = rh_step(row, cell), &line);
    }
    buf_append_byte(&line, '}');
    puts(buf_text(&line));
    buf_done(&line);
}

/* --- Aligned --- */

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* On one line, whatever the text holds. */
static char *flatten(char *text)
{
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    return text;
}

static void print_cell(const char *text, int width, bool right, bool last)
{
    int pad = width - width_of(text);
    if (right)
        printf("%*s%s", pad, "", text);
    else
        printf("%s%*s", text, last ? 0 : pad, "");
    fputs(last ? "\n" : "  ", stdout);
}

static void print_table(const struct columns *columns, struct rh_cell rows)
{
    size_t width = columns->count, count = rh_count(rows);
    char **cells = memory_alloc(sizeof *cells * width * (count + 1));
    int *widths = memory_alloc(sizeof *widths * (width + 1));
    bool *right = memory_alloc(sizeof *right * (width * (count + 1) + 1));
    struct rh_cell row = { 0 };
    for (size_t r = 0; r <= count; r++) {
        struct rh_cell cell = { 0 };
        row = r == 0 ? row : rh_step(rows, row);
        for (size_t c = 0; c < width; c++) {
            const struct column_info *column = &columns->list[c];
            cell = r == 0 ? cell : rh_step(row, cell);
            char *text = r == 0 ? memory_string(column->name) : column_text(column, cell);
            enum rh_type type = r == 0 ? RH_TEXT : rh_type(cell);
            right[r * width + c] = type == RH_INT || type == RH_NUMERIC || type == RH_DOUBLE;
            cells[r * width + c] = flatten(text);
            widths[c] = width_of(text) > widths[c] ? width_of(text) : widths[c];
        }
    }
    for (size_t r = 0; r <= count; r++)
        for (size_t c = 0; c < width; c++) {
            print_cell(cells[r * width + c], widths[c], right[r * width + c], c + 1 == width);
            free(cells[r * width + c]);
        }
    free(cells);
    free(widths);
    free(right);
}

void print_rows(const struct cli *cli, const struct columns *columns, struct rh_cell rows)
{
    if (cli_option(cli, "json") == NULL)
        print_table(columns, rows);
    else
        for (struct rh_cell row = rh_step(rows, (struct rh_cell){ 0 }); row.data != NULL; row = rh_step(rows, row))
            print_json_row(columns, row);
}

void print_row(const struct cli *cli, const struct columns *columns, struct rh_cell row)
{
    if (cli_option(cli, "json") != NULL) {
        print_json_row(columns, row);
        return;
    }
    for (size_t i = 0; i < rh_count(row) && i < columns->count; i++) {
        char *value = flatten(column_text(&columns->list[i], rh_at(row, i)));
        printf("%-24s %s\n", columns->list[i].name, value);
        free(value);
    }
}

void print_result(const struct cli *cli, struct rh_cell result)
{
    if (cli_option(cli, "json") != NULL || rh_type(result) != RH_MAP) {
        struct buf line = { 0 };
        json_cell(result, &line);
        puts(buf_text(&line));
        buf_done(&line);
        return;
    }
    for (size_t i = 0; i < rh_count(result); i++) {
        char *name = rh_cell_text(rh_key(result, i)), *value = rh_cell_text(rh_pair(result, i));
        printf("%-24s %s\n", name, value);
        free(name);
        free(value);
    }
}

void print_count(const struct cli *cli, const char *name, int64_t count)
{
    if (cli_option(cli, "json") != NULL)
        printf("{\"%s\": %lld}\n", name, (long long)count);
    else
        printf("%lld\n", (long long)count);
}
