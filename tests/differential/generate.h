/* Random operations over the schema.
 *
 * What makes them worth running: most are valid, so that tables fill; a quarter of the writes carries one defect and
 * no operation two, so that which SQLSTATE is right is beyond doubt; values come from small pools or from the tables themselves, so
 * that filters match, keys collide and foreign keys hit.
 * What is never generated, because Rowhouse differs from PostgreSQL there on purpose:
 *  - a foreign key into another tenant's rows (refused by Rowhouse), also by moving a row;
 *  - rows that would take now(), a random uuid or a sequence as default: such columns are always given;
 *  - conditions and orders over updated_at, which holds other times here. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_GENERATE_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_GENERATE_H

#include "operation.h"
#include "random.h"

#define CALLER_COUNT 6

struct generator {
    struct random random;
    struct caller *callers;                 /* CALLER_COUNT; the last is the service role */
    PGconn *db;                             /* PostgreSQL as its superuser, to pick from what is there */
    const struct meta *meta;
    struct arena *arena;                    /* of the operation that is being made */
    int64_t next_id;                        /* explicit ids for bigserial keys */
    bool sound;                             /* no operation has a defect: only rights and policies refuse */
    bool spoilt;                            /* the operation has its defect: filters add none */
};

#define ORGANIZATION_A "a0000000-0000-4000-8000-000000000000"
#define ORGANIZATION_B "b0000000-0000-4000-8000-000000000000"

/* Who asks at the beginning: members of A and B, a super admin, a user without profile, nobody, the service role. */
void world_callers(struct caller ret[static CALLER_COUNT]);

/* Tables beside those of the reference, a migration: for what is unique over all tenants, in part, and with NULLs. */
extern const char world_tables[];

/* The operations, `*ret_count` of them, that make the two tenants, their users, and take away the default rows, whose ids differ
 * from server to server. They live in `arena`. */
struct operation *world_operations(const struct meta *meta, const struct caller *callers, struct arena *arena, int *ret_count);

/* A valid insert into `table` by the service role, of a row in `house` (an organization, or NULL: of none). */
void generate_row(struct generator *g, const struct meta_table *table, const char *house, struct operation *ret);

/* Anything. */
void generate(struct generator *g, struct operation *ret);

/* Anything that SQL can say: a SELECT, a write, a mistake. */
void generate_statement(struct generator *g, struct operation *ret);

/* A table, those of policies.sql more often than others. */
const struct meta_table *choose_any_table(struct generator *g);

/* With `sound`: mostly by users, of all kinds that read or write rows which are there. */
void generate_sound(struct generator *g, bool sql, struct operation *ret);

/* Every row and compared column of a table, as the service role sees it. */
void generate_whole_table(struct generator *g, const struct meta_table *table, struct operation *ret);

/* --- Parts --- */

/* values.c: a text for a column's type; valid, of the CHECK's list if there is one. Or one that its input function refuses, or
 * NULL where there is no such text. */
const char *value_valid(struct generator *g, const struct meta_column *column);
const char *value_malformed(struct generator *g, const struct meta_column *column);
const char *value_uuid(struct generator *g);

/* pick.c: texts of a random row of a table: all of its columns in order, NULL pointers for NULL. NULL: no row.
 * `any_house`, or rows of `house` alone. */
const char **pick_row(struct generator *g, const struct meta_table *table, bool any_house, const char *house);

/* filters.c: a condition of at most `depth` levels of AND, OR, NOT. */
const struct filter *filter_random(struct generator *g, const struct meta_table *table, int depth);
struct filter *filter_new(struct generator *g, enum filter_kind kind, const struct meta_column *column);

#endif
