/* Pages of a dump: what lies under one relation in one house, from a key on, with secrets out of it or in the clear.
 *
 * A page is {"more", "entries": [key bin, value bin, ...], "left_out": [column, values, ...]}. A table's values are its rows in the stored form, with nothing sealed; a
 * system relation's are as they lie. */
#ifndef ROWHOUSE_ENGINE_DUMP_PAGE_H
#define ROWHOUSE_ENGINE_DUMP_PAGE_H

#include "engine/table.h"

#define DUMP_PAGE_BYTES KIB(512)
#define DUMP_PAGE_ENTRIES 10000

/* Appends the page that begins at `low` to `out`; `entries_max` of it at most. `secrets`: in the clear, else left out: NULL stands for them, or where that may not be
 * the column's default if it is a constant, else what is empty or zero of its type, so that the dump can be restored. */
int dump_page(struct request *rq, struct slice low, bool secrets, int entries_max, struct buf *out);

#endif
