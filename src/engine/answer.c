#include "engine/answer.h"

#include "value/mp.h"

void answer_head(const struct output *outputs, int count, struct arena *arena, struct buf *out)
{
    mp_put_map(out, 4);
    mp_put_string(out, "columns");
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        mp_put_string(out, outputs[i].name);
    mp_put_string(out, "types");
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        mp_put_string(out, type_name(outputs[i].type, arena));
    mp_put_string(out, "rows");
}

void answer_start(struct answer *answer, struct request *rq, struct slice head, struct buf *out)
{
    static const uint8_t rows[5] = { 0xdd };            /* an array whose count is filled in at the end */
    *answer = (struct answer){ .rq = rq, .out = out, .start = out->size };
    buf_append_slice(out, head);
    buf_append(out, rows, sizeof rows);
    answer->rows_at = out->size;
}

void answer_row(struct answer *answer, int count)
{
    mp_put_array(answer->out, (uint32_t)count);
}

static int derived_row_end(const struct answer *answer)
{
    if (answer->rows <= DERIVED_ROWS_MAX && answer->out->size - answer->start <= DERIVED_SIZE_MAX)
        return 0;
    fail(answer->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"%s\" has more than %d rows or %zu bytes", answer->derived, DERIVED_ROWS_MAX,
         (size_t)DERIVED_SIZE_MAX);
    return fail_hint(answer->rq->error, "give conditions on what it groups by: they are asked before it groups");
}

int answer_row_end(struct answer *answer)
{
    answer->rows++;
    if (answer->derived != NULL)
        return derived_row_end(answer);
    if (answer->out->size - answer->start <= REPLY_SIZE_MAX - KIB(64))
        return 0;
    fail(answer->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the rows pass the %zu bytes of a reply", (size_t)REPLY_SIZE_MAX);
    return fail_hint(answer->rq->error, "give a LIMIT, or read pages with ORDER BY a key and WHERE it is greater than the last one");
}

int answer_put(struct answer *answer, const struct output *outputs, int count, struct evaluation *e)
{
    struct value value;
    answer_row(answer, count);
    for (int i = 0; i < count; i++) {
        if (expr_eval(outputs[i].expr, &e->eval, &value, answer->rq->error) < 0)
            return -1;
        value_store(outputs[i].type, &value, answer->out);
    }
    return answer_row_end(answer);
}

int answer_put_bytes(struct answer *answer, struct slice row)
{
    buf_append_slice(answer->out, row);
    return answer_row_end(answer);
}

void answer_end(struct answer *answer, uint64_t count)
{
    for (int i = 0; i < 4; i++)
        answer->out->data[answer->rows_at - 4 + (size_t)i] = (uint8_t)(answer->rows >> (24 - 8 * i));
    mp_put_string(answer->out, "count");
    mp_put_uint(answer->out, count);
}
