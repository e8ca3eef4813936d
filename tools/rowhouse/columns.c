#include "columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "value/json.h"

bool type_read(struct rh_cell cell, struct type *ret)
{
    size_t size;
    const char *text = rh_text(cell, &size);
    struct slice name = slice_of(text, size);
    const char *open = text != NULL ? memchr(text, '(', size) : NULL;
    bool array = size > 2 && memcmp(text + size - 2, "[]", 2) == 0;
    if (open != NULL)
        name.size = (size_t)(open - text);
    if (!type_by_name(name, ret)) {
        *ret = type_of(TYPE_TEXT);                  /* labels of an enum */
        ret->array = array;
        return array;
    }
    ret->array = array;
    return true;
}

static struct columns *columns_new(size_t count)
{
    struct columns *columns = memory_alloc(sizeof *columns);
    columns->list = memory_alloc(sizeof *columns->list * (count + 1));
    columns->count = count;
    return columns;
}

struct columns *columns_fetch(struct cli *cli, const char *table)
{
    struct rh_reply *reply = NULL;
    if (cli_outcome(cli, rh_request(cli->db, &reply, "schema", "[s]", table)) != EXIT_DONE)
        return NULL;
    struct rh_cell described = rh_member(rh_result(reply), "columns");
    struct columns *columns = columns_new(rh_count(described));
    for (size_t i = 0; i < columns->count; i++) {
        columns->list[i].name = rh_cell_text(rh_member(rh_at(described, i), "name"));
        columns->list[i].known = type_read(rh_member(rh_at(described, i), "type"), &columns->list[i].type);
    }
    rh_reply_free(reply);
    return columns;
}

void columns_free(struct columns *columns)
{
    for (size_t i = 0; columns != NULL && i < columns->count; i++)
        free(columns->list[i].name);
    if (columns != NULL)
        free(columns->list);
    free(columns);
}

struct columns *columns_named(const struct columns *all, struct rh_cell names)
{
    struct columns *columns = columns_new(rh_count(names));
    for (size_t i = 0; i < columns->count; i++) {
        char *name = rh_cell_text(rh_at(names, i));
        columns->list[i] = (struct column_info){ .name = name };
        for (size_t k = 0; k < all->count; k++)
            if (strcmp(all->list[k].name, name) == 0)
                columns->list[i] = (struct column_info){ name, all->list[k].type, all->list[k].known };
    }
    return columns;
}

/* False for NULL, and for what is not of the type. */
static bool load(const struct column_info *column, struct rh_cell cell, struct value *ret)
{
    struct slice bytes = slice_of(cell.data, cell.size);
    bool container = rh_type(cell) == RH_ARRAY || rh_type(cell) == RH_MAP;
    bool may_be = column->type.array || column->type.id == TYPE_JSONB || column->type.id == TYPE_INTERVAL;
    return column->known && cell.data != NULL && rh_type(cell) != RH_NULL && (!container || may_be) && value_load(column->type, &bytes, ret) == 0;
}

char *column_text(const struct column_info *column, struct rh_cell cell)
{
    struct value value;
    struct buf out = { 0 };
    if (rh_type(cell) == RH_NULL)
        return memory_string("NULL");
    if (!load(column, cell, &value))
        return rh_cell_text(cell);
    value_to_text(column->type, &value, &out);
    char *text = memory_string(buf_text(&out));
    buf_done(&out);
    return text;
}

void column_json(const struct column_info *column, struct rh_cell cell, struct buf *out)
{
    struct value value;
    if (load(column, cell, &value))
        json_from_value(column->type, &value, out);
    else
        json_cell(cell, out);
}
