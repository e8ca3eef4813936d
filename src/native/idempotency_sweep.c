#include "native/idempotency_sweep.h"

#include "value/mp.h"

/* The end of a record: [what is sealed, expires_us]. */
static bool read_expiry(struct slice value, int64_t *ret_us)
{
    uint32_t count;
    return mp_array(&value, &count) && count == 2 && mp_skip(&value, NULL) && mp_int(&value, ret_us);
}

/* The expired keys of the sweep's house from where it stands; moves it on. Returns how many were looked at, or -1. */
static int collect(struct request *rq, struct idempotency_sweep *sweep, int budget, struct key *expired, int *ret_expired)
{
    struct key low;
    struct cursor cursor;
    struct slice key, value;
    int64_t expires_us;
    int looked = 0, got = 0;
    *ret_expired = 0;
    key_start(&low, sweep->house, RELATION_IDEMPOTENCY);
    if (sweep->next.size > 0)
        low = sweep->next;
    sweep->next.size = 0;
    if (cursor_open(rq->view, &low, NULL, false, &cursor, rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &key, &value, rq->error)) > 0) {
        if (looked++ == budget) {
            memcpy(sweep->next.bytes, key.data, key.size);
            sweep->next.size = key.size;
            break;
        }
        if (read_expiry(value, &expires_us) && expires_us <= rq->now_us) {
            memcpy(expired[*ret_expired].bytes, key.data, key.size);
            expired[(*ret_expired)++].size = key.size;
        }
    }
    cursor_close(&cursor);
    return got < 0 ? -1 : looked;
}

int idempotency_sweep(struct request *rq, struct idempotency_sweep *sweep, int budget, int *ret_removed)
{
    struct key *expired = ARENA_ARRAY(rq->arena, struct key, budget);
    *ret_removed = 0;
    for (;;) {
        int count, looked = collect(rq, sweep, budget, expired, &count);
        if (looked < 0)
            return -1;
        for (int i = 0; i < count; i++)
            if (system_put(rq, &expired[i], slice_of(NULL, 0)) < 0)
                return -1;
        *ret_removed += count;
        if (sweep->next.size > 0)
            return 1;
        int more = store_house_next(rq->view, sweep->house, &sweep->house, rq->error);
        if (more <= 0) {
            *sweep = (struct idempotency_sweep){ 0 };
            return more;
        }
        budget -= looked + 1;           /* a house without records costs a look too */
        if (budget <= 0)
            return 1;
    }
}
