/* A copy of the newest state as a store of its own: for what reads all of it, takes long, and needs one state. It holds
 * neither a view nor the reader lock while it is read, so the map grows and migrations run beside it; only the
 * copying itself is a snapshot's kind of reader, which both wait for. */
#include "store/snapshot.h"

#include <stdio.h>

static int copy_image(struct store *store, const struct store *copy, struct error *error)
{
    copying_begin(store);
    int code = mdb_env_copy2(store->image.env, copy->image.folder, MDB_CP_COMPACT);
    copying_end(store);
    return code != 0 ? image_fail(error, code, "copy") : 0;
}

static int copy_open(struct store *store, struct store *copy, struct error *error)
{
    struct image_applied applied;
    snprintf(copy->data_dir, sizeof copy->data_dir, "%s", store->data_dir);
    copy->identity = store->identity;
    if (image_place_private(&copy->image, copy->sys, copy->data_dir, atomic_load(&store->image.used), error) < 0
        || copy_image(store, copy, error) < 0 || image_open(&copy->image, error) < 0 || catalog_base(copy, &applied, error) < 0)
        return -1;
    atomic_store(&copy->committed_lsn, applied.lsn);
    atomic_store(&copy->strict_lsn, applied.lsn);
    store_wait_durable(store, applied.lsn);             /* what is told of the copy is told of the store */
    return 0;
}

int store_copy(struct store *store, struct store **ret, struct error *error)
{
    struct store *copy = store_new(&(struct store_config){ .read_only = true, .keyring = store->keyring }, store->sys);
    if (copy_open(store, copy, error) < 0) {
        store_free(copy);
        return -1;
    }
    *ret = copy;
    return 0;
}
