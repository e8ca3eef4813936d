/* What the files of the generator share. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_PARTS_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_PARTS_H

#include "generate.h"

/* row.c */
struct datum datum_of(const char *text);                    /* NULL is NULL */
bool is_key_column(const struct meta_table *table, int column);
const char *key_miss(struct generator *g, const struct meta_column *column);       /* a value that no row has */
/* Makes `op` an insert of `rows` rows of all columns but generated ones, without values yet. */
void row_start(struct generator *g, const struct meta_table *table, int rows, struct operation *op);
/* Values for row `row` of an insert or update, in `house`; an insert may leave out columns that have a default. */
void row_fill(struct generator *g, struct operation *op, int row, const char *house);
/* Whether a row may take the columns of a unique constraint from a row of another house, and stays where it is. */
bool stands_alone(const struct meta_table *table, const struct meta_unique *unique);
/* Makes a row carry one defect. */
void row_spoil(struct generator *g, struct operation *op, struct datum *row, const char *house);

/* writes.c */
void output_all(struct operation *op);                      /* every compared column comes back */
const char *choose_house(struct generator *g, const struct caller *caller);
void aim_at_key(struct generator *g, struct operation *op, const char *house);
void generate_insert(struct generator *g, struct operation *op);
void generate_upsert(struct generator *g, struct operation *op);
void generate_update(struct generator *g, struct operation *op);
void generate_delete(struct generator *g, struct operation *op);
void generate_move(struct generator *g, struct operation *op);
void generate_own_profile(struct generator *g, struct operation *op);
void generate_reassignment(struct generator *g, struct operation *op);

/* reads.c */
void generate_scan(struct generator *g, struct operation *op);
void generate_aggregate(struct generator *g, struct operation *op);

#endif
