#include "engine/seal_verify.h"

#include "engine/houses.h"
#include "engine/scan/unique.h"
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

/* Whether it opens; when it does not, the request's error says how. */
static bool verify_payload(struct verifying *v, struct slice associated, struct slice payload, const char *what)
{
    v->report->sealed++;
    if (v->rq->keeps_sealed) {
        v->report->closed++;
        return true;
    }
    buf_clear(&v->clear);
    return sealing_open(&v->sealing, associated, payload, what, &v->clear) == 0;
}

/* Says which row it is, so that somebody can look at it, or delete it: keys are never secret. */
static void report_cell(struct verifying *v, uint32_t house, int column, const struct value *columns)
{
    const struct index *primary = v->table->primary;
    int numbers[INDEX_COLUMNS_MAX];
    for (int i = 0; i < primary->count; i++)
        numbers[i] = primary->columns[i].column;
    v->hooks->report(v->hooks->env, v->table->qualified,
                     arena_printf(v->rq->arena, "house %u, row %s, column \"%s\": %s", house, key_detail(v->rq, v->table, numbers, primary->count, columns),
                                  v->table->columns[column].name, v->rq->error->message));
    error_clear(v->rq->error);
}

static void verify_row(struct verifying *v, struct slice key, struct slice bytes)
{
    struct row row;
    struct associated associated;
    struct value columns[COLUMNS_MAX];
    if ((!v->any && !row_is_sealed(bytes)) || row_open(bytes, &row) < 0 || row_values(v->table, bytes, columns) < 0)
        return;                     /* a damaged row is reported by store_verify() */
    for (int i = 0; i < row.count; i++) {
        if (columns[i].kind == VALUE_SEALED) {
            if (!verify_payload(v, sealing_associate(&associated, key, i), columns[i].bytes, "a sealed cell"))
                report_cell(v, key_tenant(key), i, columns);
        } else if (v->any && v->marked[i] && !value_is_null(&columns[i])) {
            v->report->clear++;
        }
    }
}

static void verify_reply(struct verifying *v, struct slice key, struct slice value)
{
    uint32_t count;
    int8_t ext;
    struct slice payload;
    if (!mp_array(&value, &count) || !mp_ext(&value, &ext, &payload) || ext != MP_EXT_SEALED || verify_payload(v, key, payload, "a kept reply"))
        return;
    v->hooks->report(v->hooks->env, "idempotency keys", arena_printf(v->rq->arena, "house %u: %s", key_tenant(key), v->rq->error->message));
    error_clear(v->rq->error);
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
    int more;
    *ret = (struct seal_report){ 0 };
    while ((more = house_step(rq, HOUSE_ANY, &house)) == 1)
        if (verify_house(&v, house) < 0) {
            more = -1;
            break;
        }
    buf_done(&v.clear);
    return more;
}
