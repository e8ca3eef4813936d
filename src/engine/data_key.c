#include "engine/data_key.h"

#include "engine/table.h"
#include "value/mp.h"

#define WRAPPED_SIZE (SEAL_KEY_SIZE + SEAL_OVERHEAD)

static void key_of(uint32_t house, uint32_t number, struct key *ret)
{
    key_start(ret, house, RELATION_DATA_KEYS);
    key_u32(ret, number);
}

static uint32_t number_of(struct slice key)
{
    const uint8_t *at = key.data + KEY_PREFIX_SIZE;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

struct wrapped {
    struct slice master, sealed;
};

static bool read_record(struct slice value, struct wrapped *ret)
{
    uint32_t count;
    return mp_array(&value, &count) && count == 2 && mp_bin(&value, &ret->master) && ret->master.size == MASTER_ID_SIZE &&
           mp_bin(&value, &ret->sealed) && ret->sealed.size == WRAPPED_SIZE;
}

static int unwrap(struct request *rq, const struct key *key, struct slice value, struct data_key *ret)
{
    struct wrapped wrapped;
    char id[MASTER_ID_TEXT_SIZE + 1];
    uint32_t house = key_tenant(key_slice(key)), number = number_of(key_slice(key));
    if (!read_record(value, &wrapped))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the record of data key %u of house %u is damaged", number, house);
    const struct master_key *master = keyring_find(view_keyring(rq->view), wrapped.master.data);
    if (master == NULL) {
        master_id_format(wrapped.master.data, id);
        fail(rq->error, SQLSTATE_CONFIG_FILE_ERROR, "data key %u of house %u is sealed under master key %s, which is not in the key file", number,
             house, id);
        return fail_hint(rq->error, "start with the key file that has it");
    }
    if (!seal_open(&master->key, key_slice(key), wrapped.sealed, ret->key.bytes))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "data key %u of house %u does not open", number, house);
    ret->number = number;
    return 0;
}

int data_key_find(struct request *rq, uint32_t house, uint32_t number, struct data_key *ret)
{
    struct key key;
    struct slice value;
    key_of(house, number, &key);
    ret->number = 0;
    int got = view_get(rq->view, key_slice(&key), &value, rq->error);
    if (got == 0)
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "house %u has no data key %u", house, number);
    return got < 0 ? -1 : unwrap(rq, &key, value, ret);
}

int data_key_number(struct request *rq, uint32_t house, uint32_t *ret)
{
    struct cursor cursor;
    struct key low;
    struct slice key;
    key_start(&low, house, RELATION_DATA_KEYS);
    *ret = 0;
    if (cursor_open(rq->view, &low, NULL, true, &cursor, rq->error) < 0)
        return -1;
    int got = cursor_next(&cursor, &key, NULL, rq->error);
    if (got == 1)
        *ret = number_of(key);
    cursor_close(&cursor);
    return got < 0 ? -1 : 0;
}

int data_key_current(struct request *rq, uint32_t house, struct data_key *ret)
{
    uint32_t number;
    if (data_key_number(rq, house, &number) < 0)
        return -1;
    return number > 0 ? data_key_find(rq, house, number, ret) : data_key_make(rq, house, 1, ret);
}

/* Writes the record of a key, sealed under the current master key. */
static int wrap(struct request *rq, uint32_t house, const struct data_key *data_key)
{
    const struct master_key *master = keyring_current(view_keyring(rq->view));
    uint8_t sealed[WRAPPED_SIZE];
    struct buf value = { 0 };
    struct key key;
    if (master == NULL) {
        fail(rq->error, SQLSTATE_CONFIG_FILE_ERROR, "there is no master key to seal with");
        return fail_hint(rq->error, "the server makes a key file at its first start: see the setting seal_key_file");
    }
    key_of(house, data_key->number, &key);
    seal_close(&master->key, rq->sys, key_slice(&key), slice_of(data_key->key.bytes, SEAL_KEY_SIZE), sealed);
    mp_put_array(&value, 2);
    mp_put_bin(&value, slice_of(master->id, sizeof master->id));
    mp_put_bin(&value, slice_of(sealed, sizeof sealed));
    int result = system_put(rq, &key, buf_slice(&value));
    buf_done(&value);
    return result;
}

int data_key_make(struct request *rq, uint32_t house, uint32_t number, struct data_key *ret)
{
    ret->number = number;
    sys_random(rq->sys, ret->key.bytes, sizeof ret->key.bytes);
    return wrap(rq, house, ret);
}

int data_key_wrap(struct request *rq, uint32_t house, uint32_t number)
{
    const struct master_key *master = keyring_current(view_keyring(rq->view));
    struct data_key data_key;
    struct wrapped wrapped;
    struct slice value;
    struct key key;
    key_of(house, number, &key);
    int got = view_get(rq->view, key_slice(&key), &value, rq->error);
    if (got <= 0)
        return got;
    if (master != NULL && read_record(value, &wrapped) && memcmp(wrapped.master.data, master->id, MASTER_ID_SIZE) == 0)
        return 0;
    int result = unwrap(rq, &key, value, &data_key) < 0 || wrap(rq, house, &data_key) < 0 ? -1 : 1;
    seal_wipe(&data_key, sizeof data_key);
    return result;
}

int data_keys_forget(struct request *rq, uint32_t house, uint32_t number)
{
    for (;;) {
        struct cursor cursor;
        struct key low, high, first;
        struct slice found;
        key_start(&low, house, RELATION_DATA_KEYS);
        key_of(house, number, &high);
        if (cursor_open(rq->view, &low, &high, false, &cursor, rq->error) < 0)
            return -1;
        int got = cursor_next(&cursor, &found, NULL, rq->error);
        if (got == 1)
            key_of(house, number_of(found), &first);
        cursor_close(&cursor);
        if (got != 1)
            return got;
        if (system_put(rq, &first, (struct slice){ 0 }) < 0)
            return -1;
    }
}

static int check_house(struct request *rq, uint32_t house)
{
    struct cursor cursor;
    struct data_key data_key;
    struct key low, key;
    struct slice found, value;
    int got;
    key_start(&low, house, RELATION_DATA_KEYS);
    if (cursor_open(rq->view, &low, NULL, false, &cursor, rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &found, &value, rq->error)) == 1) {
        key_of(house, number_of(found), &key);
        if (unwrap(rq, &key, value, &data_key) < 0) {
            got = -1;
            break;
        }
    }
    cursor_close(&cursor);
    seal_wipe(&data_key, sizeof data_key);
    return got;
}

int data_keys_check(struct view *view, struct error *error)
{
    struct request rq = { .view = view, .error = error };
    uint32_t house = TENANT_SYSTEM;
    int more;
    do
        if (check_house(&rq, house) < 0)
            return -1;
    while ((more = store_house_next(view, house, &house, error)) == 1);
    return more;
}
