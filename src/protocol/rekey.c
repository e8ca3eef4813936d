#include "protocol/rekey.h"

#include "engine/seal_file.h"
#include "value/mp.h"

#define REKEY_HOUSES_MAX 1024           /* of one transaction */
#define RESEAL_ROWS_DEFAULT 8192
#define RESEAL_ROWS_MAX 100000

/* --- rekey --- */

/* Writes the file with the new key, if there is one, then the current key, then all others. */
static int write_keys(const struct seal_key *new_key, struct request *rq)
{
    struct keyring *keyring = rq->host->keyring;
    const struct seal_key *keys[MASTER_KEYS_MAX];
    const struct master_key *current = keyring_current(keyring);
    int count = 0, known = atomic_load(&keyring->count);
    if (known == MASTER_KEYS_MAX)
        return keyring_add(keyring, new_key, true, rq->error);      /* there is no room: it says so */
    keys[count++] = new_key;
    keys[count++] = &current->key;
    for (int i = 0; i < known; i++)
        if (&keyring->keys[i] != current)
            keys[count++] = &keyring->keys[i].key;
    return seal_file_write(rq->host->seal_key_file, keys, count, rq->sys, rq->error);
}

static int make_master_key(struct request *rq)
{
    struct seal_key key;
    sys_random(rq->sys, key.bytes, sizeof key.bytes);
    int result = write_keys(&key, rq);
    if (result == 0)
        result = keyring_add(rq->host->keyring, &key, true, rq->error);
    seal_wipe(&key, sizeof key);
    return result;
}

/* One transaction, a turn of its own: 1 there are more houses, 0, -1 and nothing of it happened. */
static int rewrap_some(struct request *rq, uint32_t *house, bool new_keys, uint64_t *count)
{
    struct view view;
    struct store *store = rq->view->store;
    struct changes changes = { .arena = rq->arena };
    struct request inside = *rq;
    struct transaction_info info = { .request_id = rq->id, .now_us = rq->now_us };
    uint64_t lsn;
    if (store_write_begin(store, &view, rq->error) < 0)
        return -1;
    inside.view = &view;
    inside.changes = &changes;
    int result = seal_rewrap(&inside, house, new_keys, REKEY_HOUSES_MAX, count);
    if (result >= 0 && store_transaction(store, &info, changes.items, changes.count, &lsn, rq->error) < 0)
        result = -1;
    if (result < 0 || changes.count == 0)
        store_write_abort(store, &view);
    else
        store_write_commit(store, &view);
    return result;
}

static int read_data(struct request *rq, struct args args, bool *ret)
{
    struct slice name;
    uint32_t options = 0;
    *ret = false;
    bool good = args.count == 0 || (args.count == 1 && (mp_nil(&args.rest) || mp_map(&args.rest, &options)));
    if (good && options > 0)
        good = options == 1 && mp_str(&args.rest, &name) && slice_is(name, "data") && mp_bool(&args.rest, ret);
    return good ? 0 : fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "rekey takes the option \"data\", true or false");
}

int rekey_run(struct request *rq, struct args args, struct buf *out)
{
    const struct host *host = rq->host;
    struct store *store = rq->view->store;
    char id[MASTER_ID_TEXT_SIZE + 1];
    bool data;
    uint64_t count = 0;
    uint32_t house = HOUSE_ANY;
    int more;
    if (read_data(rq, args, &data) < 0 || make_master_key(rq) < 0)
        return -1;
    if (data)
        seal_sweep_again(host->seal_sweep);
    do
        more = rewrap_some(rq, &house, data, &count);
    while (more == 1);
    if (more < 0) {
        fail_within(rq->error, "the key file has the new key and the old ones");
        return fail_hint(rq->error, "run rekey again");
    }
    store_wait_durable(store, store_committed_lsn(store));
    const struct master_key *current = keyring_current(host->keyring);
    if (seal_file_write(host->seal_key_file, (const struct seal_key *[]){ &current->key }, 1, rq->sys, rq->error) < 0)
        return -1;
    master_id_format(current->id, id);
    mp_put_map(out, 2);
    mp_put_string(out, "key");
    mp_put_string(out, id);
    mp_put_string(out, "data_keys");
    mp_put_uint(out, count);
    return 0;
}

/* --- reseal --- */

int reseal_step(struct request *rq, uint64_t rows, struct seal_step *ret)
{
    return seal_sweep_step(rq, rq->host->seal_sweep, rows, ret);
}

int reseal_run(struct request *rq, struct args args, struct buf *out)
{
    struct seal_step step;
    int64_t rows = RESEAL_ROWS_DEFAULT;
    bool good = args.count == 0 || (args.count == 1 && mp_int(&args.rest, &rows) && rows >= 1 && rows <= RESEAL_ROWS_MAX);
    if (!good)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "reseal takes a number of rows from 1 to %d", RESEAL_ROWS_MAX);
    if (reseal_step(rq, (uint64_t)rows, &step) < 0)
        return -1;
    mp_put_map(out, 4);
    mp_put_string(out, "more");
    mp_put_bool(out, step.more);
    mp_put_string(out, "spoilt");
    mp_put_uint(out, step.spoilt);
    mp_put_string(out, "renewed");
    mp_put_uint(out, step.renewed);
    mp_put_string(out, "examined");
    mp_put_uint(out, step.examined);
    return 0;
}
