/* Claims (K5): one key over all tenants, and whose row has it. They follow from the rows as index entries do, and are not logged. */
#include "store/internal.h"

#include <assert.h>

struct claim {
    uint8_t tenant[4];              /* BE */
    uint8_t flags;                  /* 0; bit 0 is kept for "the server made the key" */
};
_Static_assert(sizeof(struct claim) == 5, "a claim has no gaps");

int view_claim(const struct view *view, const struct key *claim, uint32_t *ret_tenant, struct error *error)
{
    MDB_val key = { claim->size, (void *)claim->bytes }, value;
    assert(key_tenant(key_slice(claim)) == TENANT_CLAIMS);
    int code = mdb_get(view->txn, view->store->image.dbi, &key, &value);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return image_fail(error, code, "get a claim");
    return claim_read(slice_of(value.mv_data, value.mv_size), ret_tenant) ? 1
         : fail(error, SQLSTATE_INDEX_CORRUPTED, "a claim is damaged");
}

bool claim_read(struct slice value, uint32_t *ret_tenant)
{
    const struct claim *claim = (const struct claim *)value.data;
    if (value.size != sizeof *claim || claim->flags != 0)
        return false;
    *ret_tenant = (uint32_t)claim->tenant[0] << 24 | (uint32_t)claim->tenant[1] << 16 | (uint32_t)claim->tenant[2] << 8 | claim->tenant[3];
    return *ret_tenant <= TENANT_MAX;
}

int claim_put(struct view *view, const struct key *claim, uint32_t tenant, unsigned flags, struct error *error)
{
    struct claim stored = { .tenant = { (uint8_t)(tenant >> 24), (uint8_t)(tenant >> 16), (uint8_t)(tenant >> 8), (uint8_t)tenant } };
    MDB_val key = { claim->size, (void *)claim->bytes }, value = { sizeof stored, &stored };
    assert(tenant <= TENANT_MAX);
    int code = mdb_put(view->txn, view->store->image.dbi, &key, &value, flags);
    if (code == MDB_KEYEXIST)
        return fail(error, SQLSTATE_INDEX_CORRUPTED, "the claim is there already");
    return code != 0 ? apply_fail(view, code, "put a claim", error) : 0;
}

int claim_delete(struct view *view, const struct key *claim, struct error *error)
{
    MDB_val key = { claim->size, (void *)claim->bytes };
    int code = mdb_del(view->txn, view->store->image.dbi, &key, NULL);
    if (code == MDB_NOTFOUND)
        return fail(error, SQLSTATE_INDEX_CORRUPTED, "the claim is missing");
    return code != 0 ? apply_fail(view, code, "delete a claim", error) : 0;
}
