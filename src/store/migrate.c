/* Migrations: the catalog as the fold of RELATION_MIGRATIONS, and a new one joining it.
 *
 *  (M1) A record [name, hash, text, applied_us] is the only thing that a migration stores; the catalog follows from it.
 *  (M2) Its physical effects are functions of the stored rows, the text and applied_us, so replay runs them again.
 *  (M3) A migration is the first change of its record and alone in its turn; a catalog is published with readers
 *       excluded. Catalogs that were published live until the store closes: a request may still hold names of one. */
#include "store/internal.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "value/mp.h"

struct retired_catalog {
    struct retired_catalog *next;
    struct catalog *catalog;
};

struct recorded_migration {
    struct slice name, hash, text;
    int64_t applied_us;
};

static int decode(struct slice value, struct recorded_migration *ret)
{
    uint32_t count;
    bool good = mp_array(&value, &count) && count >= 4 && mp_str(&value, &ret->name) && mp_bin(&value, &ret->hash)
             && mp_str(&value, &ret->text) && mp_int(&value, &ret->applied_us) && ret->hash.size == 32;
    return good ? 0 : -1;
}

static struct slice encode(const char *name, const uint8_t hash[static 32], struct slice text, int64_t applied_us, struct arena *arena)
{
    struct buf value = { 0 };
    mp_put_array(&value, 4);
    mp_put_string(&value, name);
    mp_put_bin(&value, slice_of(hash, 32));
    mp_put_str(&value, text);
    mp_put_int(&value, applied_us);
    struct slice copy = arena_copy(arena, buf_slice(&value));
    buf_done(&value);
    return copy;
}

/* --- The fold --- */

static int fold_one(struct catalog *catalog, struct slice value, struct effects *ret_effects, struct error *error)
{
    struct recorded_migration migration;
    struct arena names;
    if (decode(value, &migration) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a recorded migration is damaged");
    arena_init(&names, KIB(64));
    int result = catalog_apply(catalog, arena_string(&names, migration.name), migration.text, migration.applied_us, ret_effects, error);
    arena_done(&names);
    return result < 0 ? fail_within(error, "migration") : 0;
}

int catalog_fold(const struct view *view, struct catalog **ret, struct error *error)
{
    struct catalog *catalog = catalog_new();
    struct cursor cursor;
    struct effects ignored;
    struct key low;
    struct slice key, value;
    key_start(&low, TENANT_SYSTEM, RELATION_MIGRATIONS);
    int result = cursor_open(view, &low, NULL, false, &cursor, error);
    while (result == 0) {
        int more = cursor_next(&cursor, &key, &value, error);
        if (more <= 0) {
            result = more;
            break;
        }
        result = fold_one(catalog, value, &ignored, error);
    }
    cursor_close(&cursor);
    if (result < 0) {
        catalog_free(catalog);
        return -1;
    }
    *ret = catalog;
    return 0;
}

/* --- Joining --- */

static int join(struct view *view, const struct change *change, struct effects *ret_effects, struct error *error)
{
    struct store *store = view->store;
    struct recorded_migration migration;
    struct migration_seed seed;
    assert(store->pending == NULL);
    if (decode(change->new_value, &migration) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a recorded migration is damaged");
    memcpy(seed.hash, migration.hash.data, sizeof seed.hash);
    seed.now_us = migration.applied_us;
    if (catalog_fold(view, &store->pending, error) < 0)
        return -1;
    if (fold_one(store->pending, change->new_value, ret_effects, error) < 0)
        return -1;
    if (store_apply(view, change, error) < 0)
        return -1;
    view->catalog = store->pending;
    return effects_run(view, ret_effects, &seed, error);
}

int store_migrate(struct view *view, const char *name, struct slice text, int64_t now_us, struct arena *arena,
                  struct change *ret_change, struct effects *ret_effects, struct error *error)
{
    uint8_t hash[32];
    struct key key;
    assert(view->store->exclusive);
    migration_hash(text, hash);
    key_start(&key, TENANT_SYSTEM, RELATION_MIGRATIONS);
    key_u32(&key, (uint32_t)view->catalog->migration_count + 1);
    *ret_change = (struct change){
        .key = arena_copy(arena, key_slice(&key)),
        .new_value = encode(name, hash, text, now_us, arena),
    };
    return join(view, ret_change, ret_effects, error);
}

int migrate_replayed(struct view *view, const struct change *change, struct error *error)
{
    struct effects effects;
    return join(view, change, &effects, error);
}

/* --- Publishing --- */

void catalog_publish(struct store *store)
{
    if (store->pending == NULL)
        return;
    struct retired_catalog *entry = memory_alloc(sizeof *entry);
    *entry = (struct retired_catalog){ store->retired, store->pending };
    store->retired = entry;                             /* the newest of them is the published one */
    store->catalog = store->pending;
    store->pending = NULL;
}

void catalog_discard(struct store *store)
{
    catalog_free(store->pending);
    store->pending = NULL;
}

void catalogs_free(struct store *store)
{
    catalog_discard(store);
    while (store->retired != NULL) {
        struct retired_catalog *entry = store->retired;
        store->retired = entry->next;
        catalog_free(entry->catalog);
        free(entry);
    }
    store->catalog = NULL;
}
