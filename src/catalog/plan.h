/* What files of migrations would do to a catalog, all of them, whatever is refused on the way.
 *
 * A statement that is refused leaves the catalog as it was before it, and the next one is folded. What it would have created is
 * remembered by name: a later statement that fails because something of that name is missing is no refusal of its own, but pulled down
 * by that one, and what it would have created in turn. Rows are not asked, so what only rows can refuse does not show. */
#ifndef ROWHOUSE_CATALOG_PLAN_H
#define ROWHOUSE_CATALOG_PLAN_H

#include "catalog/catalog.h"

struct refusal {
    const char *file;
    int line;
    const char *kind;               /* "CREATE FUNCTION"; of a whole file: "" */
    const char *statement;          /* its beginning, on one line */
    struct error error;             /* without file and line */
    int also_count;
    const struct error *also;       /* what else is against it, where it can be taken apart */
    int cause;                      /* the refusal that pulls it down, by its place in the list; -1: it is one of its own */
};

struct planned_file {
    const char *name;
    int statements, refused, pulled_down;
    int effect_count;
    const char **effects;           /* of those that are honoured */
};

struct plan {
    struct catalog *catalog;        /* what would be left */
    int file_count;
    struct planned_file *files;
    int refusal_count;
    struct refusal *refusals;       /* in the order of files and lines */
    const struct error *declaration;    /* what is against the declaration, by itself or since tables that it reads are there; NULL: nothing */
    struct arena arena;
    struct planner *planner;
};

/* Begins with `catalog`, which is the plan's from here on. */
void plan_init(struct plan *plan, struct catalog *catalog);
void plan_done(struct plan *plan);
/* Plans one file more. */
void plan_file(struct plan *plan, const char *name, struct slice text);
/* The next file is refused as a whole, for a reason that its text does not tell. It may be planned nevertheless. */
void plan_refuse_file(struct plan *plan, const char *name, const struct error *error);

#endif
