/* Sealed cells: rows have clear values in the engine and, where a column is secret, sealed cells in the store.
 *
 *      a sealed cell   ext 4 { number of the data key u32 BE | sealed bytes (crypto/seal.h) of the cell's stored form }
 *      associated data the row's whole key (house, relation, primary key) | column number u16 BE
 *
 * This file is the one door between the two: each row that the engine writes is made by row_store(), each that it looks into
 * comes through row_load() or row_put_stored(). So the log, the image, snapshots, backups, undo and the change list hold sealed
 * cells only, and everything above (types, defaults, CHECK, policies, filters, SQL, native functions) sees clear values only.
 *
 *  (X1) A cell is self-describing: sealed and clear ones are read alike, whatever the column is marked as now. What is marked
 *       (engine/seal_mark.h) decides how a cell is written.
 *  (X2) A cell opens only where it was sealed: moved to another row, column or house it is damaged (XX001).
 *  (X3) An update keeps the bytes of a sealed cell whose value did not change, as long as its key is the current one.
 *  (X4) NULL is not sealed, and a cell's length shows: that a secret is there, and how long it is, is no secret.
 *  (X5) A row without sealed cells is read without a look at its cells (value/row.h, N2). */
#ifndef ROWHOUSE_ENGINE_SEAL_ROW_H
#define ROWHOUSE_ENGINE_SEAL_ROW_H

#include "engine/columns.h"
#include "engine/data_key.h"
#include "engine/table.h"

/* Seals and opens in one house; holds the data key used last. Wiped by sealing_done(). */
struct sealing {
    struct request *rq;
    uint32_t house;
    uint32_t current;               /* number of the current key, once it was asked for */
    struct data_key key;
};
void sealing_start(struct sealing *sealing, struct request *rq, uint32_t house);
void sealing_done(struct sealing *sealing);

/* What a cell of a row is bound to. */
struct associated {
    uint8_t bytes[KEY_SIZE_MAX + 2];
};
struct slice sealing_associate(struct associated *associated, struct slice key, int column);

/* Appends the payload of the ext (number and sealed bytes) of some clear bytes, under the current key. */
int sealing_close(struct sealing *sealing, struct slice associated, struct slice clear, struct buf *out);
/* The number of the data key that a payload was sealed under; 0: it is none. */
uint32_t sealing_number(struct slice payload);
/* Appends the clear bytes of a payload. XX001 when it does not open; `what` names it in messages. */
int sealing_open(struct sealing *sealing, struct slice associated, struct slice payload, const char *what, struct buf *out);

/* The stored form of a row of `table` under `key`, in `out`. `old`: the row that it replaces there, and which columns have another
 * value now; NULL for a row that is new under its key. */
int row_store(struct request *rq, const struct table *table, struct slice key, const struct value *row, const struct found *old,
              const bool *changed, struct buf *out);

/* Columns before `end` of a stored row, its missing tail filled, those that are `needed` (NULL: all). They borrow the row, and
 * `arena` where cells had to be opened. Dropped columns are NULL. XX001. With rq->keeps_sealed sealed cells are VALUE_SEALED. */
int row_load(struct request *rq, const struct table *table, struct slice key, struct slice bytes, const bool *needed, int end,
             struct arena *arena, struct value *columns);

/* row_put() (engine/columns.h) of a row that may have sealed cells. */
int row_put_stored(struct request *rq, const struct table *table, struct slice key, struct slice bytes, const struct column_list *columns,
                   struct buf *out);

#endif
