#include "engine/seal_sweep.h"

#include "engine/changes.h"
#include "engine/houses.h"
#include "engine/scan/unique.h"
#include "engine/seal_row.h"
#include "value/mp.h"

#define STEP_BYTES_MAX MIB(1)       /* of rows that one step writes */

/* --- One row --- */

/* Whether a stored row is as row_store() would make it now. */
static bool is_settled(const struct table *table, const struct row *row, const bool *marked, uint32_t current)
{
    for (int i = 0; i < row->count; i++) {
        struct slice cell = row->columns[i], payload;
        int8_t ext;
        bool secret = marked != NULL && marked[i] && !table->columns[i].dropped;
        bool sealed = mp_ext(&cell, &ext, &payload) && ext == MP_EXT_SEALED;
        if (sealed ? !secret || sealing_number(payload) != current : secret && mp_peek(row->columns[i]) != MP_NIL)
            return false;
    }
    return true;
}

/* 1 written anew, 0 nothing to do, -1. */
static int renew_row(struct request *rq, const struct table *table, const struct key *key, struct slice stored, const bool *marked,
                     uint32_t current, uint64_t *bytes)
{
    struct row row;
    struct found old;
    struct buf out = { 0 };
    if (marked == NULL && !row_is_sealed(stored))
        return 0;
    if (row_open(stored, &row) < 0)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
    if (is_settled(table, &row, marked, current))
        return 0;
    old = (struct found){ .key = *key, .bytes = arena_copy(rq->arena, stored), .columns = ARENA_ARRAY(rq->arena, struct value, table->column_count) };
    const bool *changed = ARENA_ARRAY(rq->arena, bool, table->column_count);
    int result = row_load(rq, table, key_slice(key), old.bytes, NULL, table->column_count, rq->arena, old.columns);
    if (result == 0)
        result = row_store(rq, table, key_slice(key), old.columns, &old, changed, &out);
    bool same = slice_equal(old.bytes, buf_slice(&out));            /* the house has got its first key since its turn came */
    if (result == 0 && !same)
        result = changes_add(rq, key_slice(key), old.bytes, buf_slice(&out));
    *bytes += out.size;
    buf_done(&out);
    return result < 0 ? -1 : !same;
}

/* The same of a kept reply: [what is sealed, ...], under its key as associated data (protocol/idempotency.h). */
static int renew_reply(struct request *rq, const struct key *key, struct slice stored, uint32_t current, uint64_t *bytes)
{
    struct sealing sealing;
    struct buf clear = { 0 }, payload = { 0 }, out = { 0 };
    struct slice value = stored, old;
    uint32_t count;
    int8_t ext;
    if (!mp_array(&value, &count) || !mp_ext(&value, &ext, &old) || ext != MP_EXT_SEALED || sealing_number(old) == current)
        return 0;
    sealing_start(&sealing, rq, key_tenant(key_slice(key)));
    int result = sealing_open(&sealing, key_slice(key), old, "a kept reply", &clear);
    if (result == 0)
        result = sealing_close(&sealing, key_slice(key), buf_slice(&clear), &payload);
    sealing_done(&sealing);
    if (result == 0) {
        mp_put_array(&out, count);
        mp_put_ext(&out, MP_EXT_SEALED, buf_slice(&payload));
        buf_append_slice(&out, value);
        result = system_put(rq, key, buf_slice(&out));
    }
    *bytes += out.size;
    buf_done(&clear);
    buf_done(&payload);
    buf_done(&out);
    return result < 0 ? -1 : 1;
}

/* --- One part of a house: its kept replies, or the rows of a table --- */

struct part {
    const struct table *table;      /* NULL: kept replies */
    bool any;
    bool marked[COLUMNS_MAX];
};

static int renew(struct request *rq, struct seal_sweep *sweep, const struct part *part, const struct key *key, struct slice stored,
                 uint64_t *bytes)
{
    if (part->table == NULL)
        return renew_reply(rq, key, stored, sweep->current, bytes);
    return renew_row(rq, part->table, key, stored, part->any ? part->marked : NULL, sweep->current, bytes);
}

/* The next record at or behind `at`, which then is its key: 1, 0, -1. Between two of them nothing of the store is held, because it
 * is written to. */
static int next_record(struct request *rq, struct key *at, struct slice *ret)
{
    struct cursor cursor;
    struct slice key;
    if (cursor_open(rq->view, at, NULL, false, &cursor, rq->error) < 0)
        return -1;
    int got = cursor_next(&cursor, &key, ret, rq->error);
    if (got == 1) {
        memcpy(at->bytes, key.data, key.size);
        at->size = key.size;
    }
    cursor_close(&cursor);
    return got;
}

/* The first key behind a record's; false when there is none in its relation. */
static bool step_behind(struct key *key)
{
    struct key longest = *key;
    if (key->size == KEY_SIZE_MAX)
        return key_after(&longest, key);
    key_bytes(key, (const uint8_t[1]){ 0 }, 1);
    return true;
}

/* What does not open is passed over (Z3); anything else that fails ends the step. */
static int pass_over(struct request *rq, struct seal_sweep *sweep, struct seal_step *step)
{
    if (rq->error->state != SQLSTATE_DATA_CORRUPTED && rq->error->state != SQLSTATE_CONFIG_FILE_ERROR)
        return -1;
    error_clear(rq->error);
    sweep->spoilt = true;
    step->spoilt++;
    return 0;
}

/* 1: the step is over in it, 0: the part is done, -1. */
static int sweep_part(struct request *rq, struct seal_sweep *sweep, const struct part *part, uint64_t rows, uint64_t *bytes, struct seal_step *step)
{
    struct key at;
    struct slice stored;
    int got;
    key_start(&at, sweep->house, part->table == NULL ? RELATION_IDEMPOTENCY : part->table->relation);
    if (sweep->next.size > 0)
        at = sweep->next;
    while ((got = next_record(rq, &at, &stored)) == 1) {
        if (step->examined == rows || *bytes >= STEP_BYTES_MAX) {
            sweep->next = at;
            return 1;
        }
        step->examined++;
        int mark = changes_mark(rq), renewed = renew(rq, sweep, part, &at, stored, bytes);
        if (renewed < 0) {
            changes_undo(rq, mark);
            if (pass_over(rq, sweep, step) < 0)
                return -1;
        }
        step->renewed += renewed == 1;
        if (!step_behind(&at))
            break;
    }
    sweep->next.size = 0;
    return got < 0 ? -1 : 0;
}

static int start_part(struct request *rq, const struct seal_sweep *sweep, struct part *ret)
{
    const struct catalog *catalog = rq->view->catalog;
    ret->table = sweep->part == 0 ? NULL : catalog->tables[sweep->part - 1];
    ret->any = false;
    if (ret->table == NULL)
        return 1;
    if (sweep->house != TENANT_SYSTEM && !table_in_houses(ret->table))
        return 0;
    int any = seal_marked(rq, ret->table, sweep->house, ret->marked);
    ret->any = any == 1;
    return any < 0 ? -1 : 1;
}

/* --- A house, all houses --- */

/* 1: the step is over in it, 0: the house is done, -1. */
static int sweep_house(struct request *rq, struct seal_sweep *sweep, uint64_t rows, uint64_t *bytes, struct seal_step *step)
{
    for (; sweep->part <= (uint32_t)rq->view->catalog->table_count; sweep->part++) {
        struct part part;
        int result = start_part(rq, sweep, &part);
        if (result == 1)
            result = sweep_part(rq, sweep, &part, rows, bytes, step);
        if (result != 0)
            return result;
    }
    return 0;
}

/* Its turn comes, or comes again with the step before. */
static int enter_house(struct request *rq, struct seal_sweep *sweep)
{
    if (sweep->part > 0 || sweep->next.size > 0)
        return 0;
    sweep->spoilt = false;
    return data_key_number(rq, sweep->house, &sweep->current);
}

/* (Z2), in a transaction that wrote no rows: whoever tells of its changes (native/audit/audit_trail.h) opens them as they were. A house that
 * got its first key meanwhile has no older one. */
static int leave_house(struct request *rq, struct seal_sweep *sweep)
{
    uint32_t current;
    if (data_key_number(rq, sweep->house, &current) < 0)
        return -1;
    sweep->part = 0;
    return sweep->spoilt || current != sweep->current || current == 0 ? 0 : data_keys_forget(rq, sweep->house, current);
}

static bool as_it_began(const struct request *rq, const struct seal_sweep *sweep)
{
    return rq->marks != NULL && sweep->version == rq->view->catalog->version && sweep->generation == seal_marks_generation(rq->marks);
}

static void begin_pass(const struct request *rq, struct seal_sweep *sweep, uint64_t steps)
{
    *sweep = (struct seal_sweep){ .running = true, .version = rq->view->catalog->version, .steps = steps,
                                  .generation = seal_marks_generation(rq->marks) };
}

/* The record of (Z5). */
static void key_of_steps(struct key *ret)
{
    static const char name[] = "seal_steps";
    key_start(ret, TENANT_SYSTEM, RELATION_SETTINGS);
    key_bytes(ret, name, sizeof name - 1);
}

static int read_steps(struct request *rq, uint64_t *ret)
{
    struct key key;
    struct slice value;
    *ret = 0;
    key_of_steps(&key);
    int got = system_get(rq, &key, &value);
    if (got == 1 && !mp_uint(&value, ret))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the record of the sweep over secret columns is damaged");
    return got < 0 ? -1 : 0;
}

static int count_step(struct request *rq, struct seal_sweep *sweep)
{
    struct key key;
    struct buf value = { 0 };
    key_of_steps(&key);
    mp_put_uint(&value, ++sweep->steps);
    int result = system_put(rq, &key, buf_slice(&value));
    buf_done(&value);
    return result;
}

static int sweep_houses(struct request *rq, struct seal_sweep *sweep, uint64_t rows, struct seal_step *ret)
{
    uint64_t bytes = 0, houses = 0;
    int more = 1;
    for (; more == 1; more = store_house_next(rq->view, sweep->house, &sweep->house, rq->error)) {
        if (houses++ == rows) {             /* a house without rows costs a look too */
            ret->more = true;
            return 0;
        }
        int result = enter_house(rq, sweep) < 0 ? -1 : sweep_house(rq, sweep, rows, &bytes, ret);
        if (result == 1 || (result == 0 && ret->renewed > 0)) {
            ret->more = true;
            return 0;
        }
        if (result < 0 || leave_house(rq, sweep) < 0)
            return -1;
    }
    if (more < 0)
        return -1;
    sweep->running = false;
    sweep->settled = true;
    return 0;
}

int seal_sweep_step(struct request *rq, struct seal_sweep *sweep, uint64_t rows, struct seal_step *ret)
{
    uint64_t steps;
    int mark = changes_mark(rq);
    *ret = (struct seal_step){ 0 };
    if (read_steps(rq, &steps) < 0)
        return -1;
    bool kept = steps == sweep->steps && as_it_began(rq, sweep);
    if (kept && sweep->settled)
        return 0;
    if (!kept || !sweep->running)
        begin_pass(rq, sweep, steps);
    if (sweep_houses(rq, sweep, rows, ret) < 0)
        return -1;
    return changes_mark(rq) > mark ? count_step(rq, sweep) : 0;
}

void seal_sweep_again(struct seal_sweep *sweep)
{
    *sweep = (struct seal_sweep){ 0 };
}

/* --- New keys --- */

static int rewrap_house(struct request *rq, uint32_t house, bool new_key, uint64_t *count)
{
    struct data_key made;
    uint32_t current;
    if (data_key_number(rq, house, &current) < 0)
        return -1;
    for (uint32_t number = 1; number <= current; number++) {
        int wrapped = data_key_wrap(rq, house, number);
        if (wrapped < 0)
            return -1;
        *count += (uint64_t)wrapped;
    }
    if (!new_key || current == 0)
        return 0;
    int result = data_key_make(rq, house, current + 1, &made);
    seal_wipe(&made, sizeof made);
    ++*count;
    return result;
}

int seal_rewrap(struct request *rq, uint32_t *house, bool new_keys, uint32_t limit, uint64_t *ret_count)
{
    int more;
    for (uint32_t houses = 0; (more = house_step(rq, HOUSE_ANY, house)) == 1;) {
        if (rewrap_house(rq, *house, new_keys, ret_count) < 0)
            return -1;
        if (++houses == limit)
            return 1;
    }
    return more;
}
