/* The houses: tenant numbers by organization and back, as the engine records them in house 0. */
#include "store/internal.h"

#include "value/mp.h"

bool store_house(const struct view *view, const struct uuid *organization, uint32_t *ret_tenant)
{
    struct key key;
    struct slice value;
    struct error error;
    int64_t number;
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSES);
    key_bytes(&key, organization->bytes, sizeof organization->bytes);
    if (view_get(view, key_slice(&key), &value, &error) <= 0 || !mp_int(&value, &number))
        return false;
    *ret_tenant = (uint32_t)number;
    return true;
}

bool store_house_organization(const struct view *view, uint32_t tenant, struct uuid *ret)
{
    struct key key;
    struct slice value, bytes;
    struct error error;
    int8_t type;
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(&key, tenant);
    if (view_get(view, key_slice(&key), &value, &error) <= 0 || !mp_ext(&value, &type, &bytes)
        || type != MP_EXT_UUID || bytes.size != sizeof ret->bytes)
        return false;
    memcpy(ret->bytes, bytes.data, sizeof ret->bytes);
    return true;
}

bool store_house_next(const struct view *view, uint32_t tenant, uint32_t *ret)
{
    struct key low;
    struct cursor cursor;
    struct slice key;
    struct error error;
    if (tenant >= TENANT_MAX)
        return false;
    key_start(&low, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(&low, tenant + 1);
    bool found = cursor_open(view, &low, NULL, false, &cursor, &error) == 0
              && cursor_next(&cursor, &key, NULL, &error) == 1 && key.size == KEY_PREFIX_SIZE + 4;
    if (found)
        *ret = (uint32_t)key.data[6] << 24 | (uint32_t)key.data[7] << 16 | (uint32_t)key.data[8] << 8 | key.data[9];
    cursor_close(&cursor);
    return found;
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
