/* Rows by the values of a unique index. */
#ifndef ROWHOUSE_ENGINE_SCAN_UNIQUE_H
#define ROWHOUSE_ENGINE_SCAN_UNIQUE_H

#include "engine/table.h"

/* The row whose columns of `index` are those of `columns` (by column number; only the index's are read), in one house or in
 * any: 1, 0, -1. NULLs find nothing unless they are not distinct. `ret`: NULL when it only matters whether there is one. What it
 * costs does not depend on how many houses there are: one look-up says whose row it is (H4). */
int unique_find(struct request *rq, const struct index *index, uint32_t house, const struct value *columns, struct found *ret);

/* The house that has the row with these columns, of an index that is unique over all: 1, 0: there is none, -1. */
int unique_house(struct request *rq, const struct index *index, const struct value *columns, uint32_t *ret_house);

/* A row that is in the way: under which index, and in whose house. */
struct collision {
    const struct index *index;
    uint32_t house;
};

/* Whether a new row in `house` (HOUSE_ANY: in one that is yet to be made, or in none) would collide with another in any unique index:
 * 1, 0, -1. `old`: the row in whose place it comes, or NULL. `changed`: columns that an update changes, NULL: all. */
int unique_collision(struct request *rq, const struct table *table, uint32_t house, const struct value *columns,
                     const struct found *old, const bool *changed, struct collision *ret);

/* Whether a new row in `house` would collide in an index that the store does not judge when it puts a row: it finds by itself that the
 * primary key or a claim is taken (store/apply.c, A4). 1, 0, -1. */
int unique_unjudged(struct request *rq, const struct table *table, uint32_t house, const struct value *columns);

/* Whether another row has the columns of this one, which is stored and in the index: 1, 0, -1. */
int unique_other(struct request *rq, const struct index *index, const struct found *row);

/* 23505 `duplicate key value violates unique constraint ...`, with the key as detail where policies do not hide it. */
int unique_refuse(struct request *rq, const struct index *index, const struct value *columns);

/* Text of some columns' names and values for details: `(a, b)=(1, x)`. In the arena. */
const char *key_detail(struct request *rq, const struct table *table, const int *columns, int count, const struct value *values);

/* Whether messages to this principal may show values of these columns: not where policies filter the rows, nor where he may not read
 * one of them. */
bool details_shown(const struct request *rq, const struct table *table, const int *columns, int count);

/* A found row from its stored form: copied to the arena when the request may write. */
int found_fill(struct request *rq, const struct table *table, const struct key *key, struct slice bytes, struct found *ret);
/* The same of the cells of one whose sealed cells were left closed (select_all(), select_by_key()). */
int found_open(struct request *rq, const struct table *table, struct found *row);

/* The first key after every key that starts with `key`, as a bound inside its relation: size 0 and false when there is none. */
bool key_after(const struct key *key, struct key *ret);

static inline void key_copy(struct key *key, struct slice bytes)
{
    memcpy(key->bytes, bytes.data, bytes.size);
    key->size = bytes.size;
}

#endif
