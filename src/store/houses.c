/* The houses: tenant numbers by organization and back, as the engine records them in house 0. */
#include "store/internal.h"

#include "value/mp.h"

static int damaged(struct slice key, struct error *error)
{
    return fail(error, SQLSTATE_DATA_CORRUPTED, "the record of %s is damaged",
                key_relation(key) == RELATION_HOUSES ? "an organization's house" : "a house's organization");
}

int store_house(const struct view *view, const struct uuid *organization, uint32_t *ret_tenant, struct error *error)
{
    struct key key;
    struct slice value;
    int64_t number;
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSES);
    key_bytes(&key, organization->bytes, sizeof organization->bytes);
    int got = view_get(view, key_slice(&key), &value, error);
    if (got <= 0)
        return got;
    if (!mp_int(&value, &number) || number <= TENANT_SYSTEM || number > UINT32_MAX)
        return damaged(key_slice(&key), error);
    *ret_tenant = (uint32_t)number;
    return 1;
}

int store_house_organization(const struct view *view, uint32_t tenant, struct uuid *ret, struct error *error)
{
    struct key key;
    struct slice value, bytes;
    int8_t type;
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(&key, tenant);
    int got = view_get(view, key_slice(&key), &value, error);
    if (got <= 0)
        return got;
    if (!mp_ext(&value, &type, &bytes) || type != MP_EXT_UUID || bytes.size != sizeof ret->bytes)
        return damaged(key_slice(&key), error);
    memcpy(ret->bytes, bytes.data, sizeof ret->bytes);
    return 1;
}

int store_house_next(const struct view *view, uint32_t tenant, uint32_t *ret, struct error *error)
{
    struct key low;
    struct cursor cursor;
    struct slice key = { 0 };
    if (tenant == UINT32_MAX)
        return 0;
    key_start(&low, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(&low, tenant + 1);
    int got = cursor_open(view, &low, NULL, false, &cursor, error);
    if (got == 0)
        got = cursor_next(&cursor, &key, NULL, error);
    if (got == 1 && key.size != KEY_PREFIX_SIZE + 4)
        got = damaged(key, error);
    if (got == 1)
        *ret = (uint32_t)key.data[6] << 24 | (uint32_t)key.data[7] << 16 | (uint32_t)key.data[8] << 8 | key.data[9];
    cursor_close(&cursor);
    return got;
}

int tenant_next(const struct view *view, uint32_t tenant, uint32_t *ret, struct error *error)
{
    struct key key;
    MDB_cursor *cursor;
    MDB_val mdb_value;
    key_start(&key, tenant, 0);
    MDB_val mdb_key = { key.size, key.bytes };
    int code = mdb_cursor_open(view->txn, view->store->image.dbi, &cursor);
    if (code != 0)
        return image_fail(error, code, "open a cursor");
    code = mdb_cursor_get(cursor, &mdb_key, &mdb_value, MDB_SET_RANGE);
    if (code == 0)
        *ret = key_tenant(slice_of(mdb_key.mv_data, mdb_key.mv_size));
    mdb_cursor_close(cursor);
    return code == 0 ? *ret <= TENANT_MAX : code == MDB_NOTFOUND ? 0 : image_fail(error, code, "scan");
}
