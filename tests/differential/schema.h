/* What the generator knows of the tables: read from PostgreSQL's catalogs, so that a new migration needs no change here.
 *
 * The one thing that PostgreSQL doesn't say is in which house (tenant) a row lives. It is derived as docs/architecture.md has it:
 * by organization_id, or through the parent, or nowhere. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_SCHEMA_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_SCHEMA_H

#include "base/arena.h"
#include "lib/pg.h"
#include "value/type.h"

#define TABLE_COLUMNS_MAX 32
#define KEY_COLUMNS_MAX 8
#define TABLE_UNIQUES_MAX 4

struct meta_table;

struct meta_column {
    const char *name;
    int number;                             /* position in the table's array */
    struct type type;
    bool not_null;
    bool generated;
    bool has_default;
    bool fleeting;                          /* the default differs from server to server: now(), a random uuid, a sequence */
    bool written;                           /* by random operations; generated columns are not */
    bool touched;                           /* the mark @touch: updates that do not give it set it (rules.h) */
    bool compared;                          /* in conditions, orders and expressions; false of what is touched, whose times differ */
    int value_count;                        /* of its CHECK (... IN (...)); 0: none */
    const char **values;
    const struct meta_table *target;        /* of its foreign key, to `target_column`; NULL: none */
    const char *target_column;
};

struct meta_unique {
    int count;
    int columns[KEY_COLUMNS_MAX];
    bool primary;
};

enum house_kind { HOUSE_COLUMN, HOUSE_PARENT, HOUSE_NONE };

struct meta_table {
    const char *name;                       /* "contacts", "auth.users" */
    int column_count;
    struct meta_column columns[TABLE_COLUMNS_MAX];
    int unique_count;                       /* the primary key first */
    struct meta_unique uniques[TABLE_UNIQUES_MAX];
    bool members_write;                     /* there is a policy by which they may */
    bool movable;                           /* its rows may change houses: nothing in a house refers to them, nor they to it */
    enum house_kind house;
    int house_column;                       /* HOUSE_COLUMN: organization_id, or id of organizations; HOUSE_PARENT: the key to the parent */
    const char *house_sql;                  /* the organization of row `t`, as SQL */
};

struct meta {
    int count;
    int lab_first;                          /* from here on they are those of policies.sql */
    struct meta_table *tables;              /* referenced ones before those that refer to them */
};

/* Reads every table but those named in `skip` (ends with NULL). Lives in `arena`. */
void meta_load(PGconn *db, const char *const *skip, struct arena *arena, struct meta *ret);

const struct meta_table *meta_table(const struct meta *meta, const char *name);         /* NULL: none */
const struct meta_column *meta_column(const struct meta_table *table, const char *name);

/* The columns of the primary key, for ORDER BY. */
static inline const struct meta_unique *meta_key(const struct meta_table *table) { return &table->uniques[0]; }

#endif
