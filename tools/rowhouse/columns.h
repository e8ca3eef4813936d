/* The columns of a table, as the server describes them. A cell alone does not say whether it is a date or an instant, an
 * interval or an array: with its column's type a value comes out as PostgreSQL writes it. */
#ifndef ROWHOUSE_TOOLS_COLUMNS_H
#define ROWHOUSE_TOOLS_COLUMNS_H

#include "cli.h"
#include "value/value.h"

struct column_info {
    char *name;
    struct type type;
    bool known;                     /* false: an enum; cells are told by what they are */
};

/* The type of a name as the server gives it; false for an enum's. Modifiers are left out, and an array of an enum is one of texts:
 * cells need no more to be read. */
bool type_read(struct rh_cell name, struct type *ret);

struct columns {
    size_t count;
    struct column_info *list;
};

/* All columns of a table, in row order; NULL after telling. Free with columns_free(). */
struct columns *columns_fetch(struct cli *cli, const char *table);
void columns_free(struct columns *columns);     /* NULL is fine */

/* Those with these names, in their order. */
struct columns *columns_named(const struct columns *all, struct rh_cell names);

/* A cell's text for people, malloc'd; and as JSON. */
char *column_text(const struct column_info *column, struct rh_cell cell);
void column_json(const struct column_info *column, struct rh_cell cell, struct buf *out);

#endif
