/* Results for people (aligned columns, name and value) and for programs (JSON). */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli.h"
#include "value/json.h"

/* --- JSON --- */

static void json_container(struct rh_cell cell, bool map, struct buf *out)
{
    buf_append_byte(out, map ? '{' : '[');
    for (size_t i = 0; i < rh_count(cell); i++) {
        buf_append_string(out, i > 0 ? ", " : "");
        if (map) {
            json_cell(rh_key(cell, i), out);
            buf_append_string(out, ": ");
        }
        json_cell(map ? rh_pair(cell, i) : rh_at(cell, i), out);
    }
    buf_append_byte(out, map ? '}' : ']');
}

void json_cell(struct rh_cell cell, struct buf *out)
{
    enum rh_type type = rh_type(cell);
    if (type == RH_ARRAY || type == RH_MAP) {
        json_container(cell, type == RH_MAP, out);
        return;
    }
    char *text = rh_cell_text(cell);
    if (type == RH_MISSING || type == RH_NULL)
        buf_append_string(out, "null");
    else if (type == RH_BOOL || type == RH_INT || type == RH_DOUBLE || type == RH_NUMERIC)
        buf_append_string(out, text);
    else
        json_quote(slice_of_string(text), out);
    free(text);
}

static void print_json_row(struct rh_cell columns, struct rh_cell row)
{
    struct buf line = { 0 };
    buf_append_byte(&line, '{');
    for (size_t i = 0; i < rh_count(row); i++) {
        buf_append_string(&line, i > 0 ? ", " : "");
        json_cell(rh_at(columns, i), &line);
        buf_append_string(&line, ": ");
        json_cell(rh_at(row, i), &line);
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

/* A cell on one line. */
static char *line_of(struct rh_cell cell)
{
    char *text = rh_cell_text(cell);
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
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

static void print_table(struct rh_cell columns, struct rh_cell rows)
{
    size_t width = rh_count(columns), count = rh_count(rows);
    char **cells = memory_alloc(sizeof *cells * width * (count + 1));
    int *widths = memory_alloc(sizeof *widths * width);
    for (size_t r = 0; r <= count; r++) {
        struct rh_cell row = r == 0 ? columns : rh_at(rows, r - 1);
        for (size_t c = 0; c < width; c++) {
            char *text = cells[r * width + c] = line_of(rh_at(row, c));
            widths[c] = width_of(text) > widths[c] ? width_of(text) : widths[c];
        }
    }
    for (size_t r = 0; r <= count; r++) {
        for (size_t c = 0; c < width; c++) {
            enum rh_type type = r == 0 ? RH_TEXT : rh_type(rh_at(rh_at(rows, r - 1), c));
            print_cell(cells[r * width + c], widths[c], type == RH_INT || type == RH_NUMERIC || type == RH_DOUBLE, c + 1 == width);
            free(cells[r * width + c]);
        }
    }
    free(cells);
    free(widths);
}

void print_rows(const struct cli *cli, struct rh_cell columns, struct rh_cell rows)
{
    if (cli_option(cli, "json") == NULL) {
        print_table(columns, rows);
        return;
    }
    for (size_t i = 0; i < rh_count(rows); i++)
        print_json_row(columns, rh_at(rows, i));
}

void print_row(const struct cli *cli, struct rh_cell columns, struct rh_cell row)
{
    if (cli_option(cli, "json") != NULL) {
        print_json_row(columns, row);
        return;
    }
    for (size_t i = 0; i < rh_count(row); i++) {
        char *name = line_of(rh_at(columns, i)), *value = line_of(rh_at(row, i));
        printf("%-24s %s\n", name, value);
        free(name);
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
