#include "engine/seal_verify.h"

#include "engine/houses.h"
#include "engine/seal_mark.h"
#include "engine/seal_row.h"
#include "value/mp.h"

struct verifying {
    struct request *rq;
    const struct verify_hooks *hooks;
    struct seal_report *report;
    const struct table *table;      /* NULL: kept replies */
    bool any;
    bool marked[COLUMNS_MAX];
    struct sealing sealing;
    struct buf clear;
};

static void verify_payload(struct verifying *v, struct slice associated, struct slice payload, const char *what)
{
    v->report->sealed++;
    if (v->rq->keeps_sealed) {
        v->report->closed++;
        return;
    }
    buf_clear(&v->clear);
    if (sealing_open(&v->sealing, associated, payload, what, &v->clear) == 0)
        return;
    v->hooks->report(v->hooks->env, v->table == NULL ? "idempotency keys" : v->table->qualified, v->rq->error->message);
    error_clear(v->rq->error);
}

static void verify_row(struct verifying *v, struct slice key, struct slice bytes)
{
    struct row row;
    struct associated associated;
    if ((!v->any && !row_is_sealed(bytes)) || row_open(bytes, &row) < 0)
        return;                     /* a damaged row is reported by store_verify() */
    for (int i = 0; i < row.count && i < v->table->column_count; i++) {
        struct slice cell = row.columns[i], payload;
        int8_t ext;
        if (mp_ext(&cell, &ext, &payload) && ext == MP_EXT_SEALED) {
            if (!v->table->columns[i].dropped)
                verify_payload(v, sealing_associate(&associated, key, i), payload,
                               arena_printf(v->rq->arena, "a sealed cell of column \"%s\"", v->table->columns[i].name));
        } else if (v->any && v->marked[i] && mp_peek(row.columns[i]) != MP_NIL) {
            v->report->clear++;
        }
    }
}

static void verify_reply(struct verifying *v, struct slice key, struct slice value)
{
    uint32_t count;
    int8_t ext;
    struct slice payload;
    if (mp_array(&value, &count) && mp_ext(&value, &ext, &payload) && ext == MP_EXT_SEALED)
        verify_payload(v, key, payload, "a kept reply");
}

/* The rows of v->table in one house, or its kept replies. */
static int verify_part(struct verifying *v, uint32_t house)
{
    struct cursor cursor;
    struct key low;
    struct slice key, value;
    int got, any = v->table == NULL ? 0 : seal_marked(v->rq, v->table, house, v->marked);
    v->any = any == 1;
    key_start(&low, house, v->table == NULL ? RELATION_IDEMPOTENCY : v->table->relation);
    if (any < 0 || cursor_open(v->rq->view, &low, NULL, false, &cursor, v->rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &key, &value, v->rq->error)) == 1) {
        if (v->table == NULL)
            verify_reply(v, key, value);
        else
            verify_row(v, key, value);
        arena_reset(v->rq->arena);
    }
    cursor_close(&cursor);
    return got;
}

static int verify_house(struct verifying *v, uint32_t house)
{
    const struct catalog *catalog = v->rq->view->catalog;
    int result = 0;
    sealing_start(&v->sealing, v->rq, house);
    v->table = NULL;
    result = verify_part(v, house);
    for (int i = 0; i < catalog->table_count && result == 0; i++) {
        v->table = catalog->tables[i];
        if (house == TENANT_SYSTEM || table_in_houses(v->table))
            result = verify_part(v, house);
    }
    sealing_done(&v->sealing);
    return result;
}

int seal_verify(struct request *rq, const struct verify_hooks *hooks, struct seal_report *ret)
{
    struct verifying v = { .rq = rq, .hooks = hooks, .report = ret };
    uint32_t house = HOUSE_ANY;
    int result = 0;
    *ret = (struct seal_report){ 0 };
    while (result == 0 && house_step(rq, HOUSE_ANY, &house))
        result = verify_house(&v, house);
    buf_done(&v.clear);
    return result;
}
