/* What a statement of SQL answers: {"columns": [name...], "types": [name...], "rows": [[value...]...], "count": n}.
 *
 * `count`: the rows of a SELECT, the rows that another statement wrote. An answer that would pass what one reply may
 * hold is refused (54000). */
#ifndef ROWHOUSE_ENGINE_ANSWER_H
#define ROWHOUSE_ENGINE_ANSWER_H

#include "engine/select/bind.h"

struct answer {
    struct request *rq;
    struct buf *out;
    size_t start, rows_at;              /* in `out`: of the answer, behind the head of its rows */
    uint32_t rows;
    const char *derived;                /* no reply, but the rows of this view or sub-select, without a head */
};

/* What an answer begins with, up to the number of its rows. */
void answer_head(const struct output *outputs, int count, struct arena *arena, struct buf *out);
void answer_start(struct answer *answer, struct request *rq, struct slice head, struct buf *out);

/* A row whose `count` values follow, then answer_row_end(): 54000. */
void answer_row(struct answer *answer, int count);
int answer_row_end(struct answer *answer);
/* Outputs evaluated over the row that `e` stands at. */
int answer_put(struct answer *answer, const struct output *outputs, int count, struct evaluation *e);
/* A whole row as it is stored or was kept: a msgpack array. */
int answer_put_bytes(struct answer *answer, struct slice row);

void answer_end(struct answer *answer, uint64_t count);

#endif
