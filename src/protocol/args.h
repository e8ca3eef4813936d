/* What a method is given, read from its params: tables, keys, records, column lists, the map of options.
 *
 * All bytes were checked by mp_check() before; what they mean is checked here. Wrong shapes are 22023 ("wants ..."),
 * wrong values have the SQLSTATE of PostgreSQL's input functions. Nothing here looks at rows. */
#ifndef ROWHOUSE_PROTOCOL_ARGS_H
#define ROWHOUSE_PROTOCOL_ARGS_H

#include "engine/columns.h"
#include "engine/houses.h"

struct args {
    struct slice rest;              /* the elements not read yet */
    uint32_t count;
};

/* --- Positional parameters: each takes one element off the front --- */

/* The next element as it stands; 22023 "`method` wants ..." when there is none. `what`: for the message, "a key". */
int args_object(struct request *rq, struct args *args, const char *what, struct slice *ret);
int args_text(struct request *rq, struct args *args, const char *what, struct slice *ret);
/* The table of that name; 42P01. */
int args_table(struct request *rq, struct args *args, const struct table **ret);

/* --- Options: one last map, which may be left out --- */

#define OPTION_LIST(X) \
    X(COLUMNS, columns) X(NAMES, names) X(ORGANIZATION, organization) X(WHERE, where) X(ORDER, order) X(LIMIT, limit) \
    X(CURSOR, cursor) X(AGGREGATES, aggregates) X(GROUP_BY, group_by) X(RETURNING, returning) \
    X(ON_CONFLICT, on_conflict) X(CONFLICT, conflict) X(UPDATE, update) \
    X(IDEMPOTENCY_KEY, idempotency_key) X(DURABILITY, durability) X(RESTORE, restore)

enum option_number {
#define X(upper, lower) OPTION_NUMBER_##upper,
    OPTION_LIST(X)
#undef X
};
enum option {
#define X(upper, lower) OPTION_##upper = 1 << OPTION_NUMBER_##upper,
    OPTION_LIST(X)
#undef X
    OPTIONS_OF_WRITES = OPTION_IDEMPOTENCY_KEY | OPTION_DURABILITY      /* served by dispatch.c, as `restore` of an insert is */
};

/* One msgpack object each; data NULL: not given (an explicit nil counts as not given). */
struct options {
#define X(upper, lower) struct slice lower;
    OPTION_LIST(X)
#undef X
};

/* Reads the rest of the params: an option map of the `allowed` options (enum option, ORed) or nothing. 22023 for an unknown
 * option, one given twice, and anything left over. */
int args_options(struct request *rq, struct args *args, unsigned allowed, struct options *ret);

/* Single options; `name` is for the message. Not given leaves *ret as it was. */
int option_bool(struct request *rq, struct slice object, const char *name, bool *ret);
int option_integer(struct request *rq, struct slice object, const char *name, int64_t low, int64_t high, int64_t *ret);
int option_text(struct request *rq, struct slice object, const char *name, struct slice *ret);

/* The option `organization`, a uuid; NULL when not given. For engine_house(). */
int option_organization(struct request *rq, struct slice object, const struct uuid **ret);

/* --- Columns --- */

/* A column by name; 42703 `column "x" of relation "t" does not exist`. */
int args_column(struct request *rq, const struct table *table, struct slice name, int *ret);

/* An array of names; not given: all columns that are not dropped. */
int option_columns(struct request *rq, struct slice object, const char *name, const struct table *table, struct column_list *ret);

/* --- Keys and records --- */

/* A primary key: its value, or an array of values where it has several columns. `ret` has INDEX_COLUMNS_MAX values, in the
 * order of table->primary->columns (as declared, the tenancy column included). */
int args_key(struct request *rq, const struct table *table, struct slice object, struct value *ret);

/* A map from column names to values. Arrays are indexed by column number, of table->column_count elements, in the arena. */
struct input_row {
    struct value *columns;
    bool *given;
    int count;                              /* of given columns */
};
int args_record(struct request *rq, const struct table *table, struct slice *in, struct input_row *ret);

/* The option `returning`: true, or an array of names. */
struct returning {
    bool wanted;
    struct column_list columns;
};
int option_returning(struct request *rq, struct slice object, const struct table *table, struct returning *ret);

#endif
