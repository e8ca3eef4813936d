/* Salvage: the damaged directory is read, the new one gets what is certain.
 *
 * Two sources, the one that reaches further wins: the newest sound snapshot with the log behind it up to its first
 * hole; and the image, when it is of this boot, because the damage of a log does not reach it. Records behind the
 * hole are counted and left: what they change may stand on what the hole swallowed. */
#include "store/snapshot.h"

#include <stdio.h>

/* The image of this boot in place of the recovered one, if it is ahead of it. */
static void prefer_image(struct store *store, const char *place, uint64_t *lsn)
{
    struct image image;
    struct image_applied applied;
    struct error ignored;
    MDB_txn *txn;
    if (image_find(&image, store->sys, store->data_dir, &store->identity, place, &ignored) < 0)
        return;
    if (image_trusted(&image) && image_open_reading(&image, &ignored) == 0 && mdb_txn_begin(image.env, NULL, MDB_RDONLY, &txn) == 0) {
        bool ahead = image_applied(&image, txn, &applied, &ignored) == 0 && applied.lsn > *lsn;
        mdb_txn_abort(txn);
        if (ahead) {
            image_close(&store->image);
            store->image = image;
            *lsn = applied.lsn;
            return;
        }
    }
    image_close(&image);
}

static int salvage_into(struct store *store, const struct store_config *config, const char *target, struct store_salvage *ret,
                        struct error *error)
{
    struct wal_end end;
    if (directory_open(store, config->data_dir, error) < 0 || image_place_private(&store->image, store->sys, store->data_dir, image_need(store), error) < 0
        || store_recover(store, true, &end, error) < 0)
        return -1;
    *ret = (struct store_salvage){
        .saved_lsn = end.last_lsn,
        .lost_records = store->recovery.lost_records,
        .lost_lsn = store->recovery.lost_lsn,
    };
    snprintf(ret->damage, sizeof ret->damage, "%s", store->recovery.passed_over);
    prefer_image(store, config->image_dir, &ret->saved_lsn);
    if (ret->saved_lsn >= ret->lost_lsn)
        ret->lost_records = ret->lost_lsn = 0;
    return store_backup(store, target, error);
}

int store_salvage(const struct store_config *config, const char *target, struct sys *sys, struct store_salvage *ret, struct error *error)
{
    struct store_config reading = *config;
    reading.read_only = true;
    struct store *store = store_new(&reading, sys);
    store->salvage = true;
    int result = salvage_into(store, &reading, target, ret, error);
    store_free(store);
    return result;
}
