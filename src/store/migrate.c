/* Migrations: the catalog as the fold of RELATION_MIGRATIONS, and a new one joining it, a statement at a time.
 *
 *  (M1) A record [name, hash, text, applied_us] is the only thing that a migration stores of itself; the catalog follows from it.
 *  (M2) A statement's physical effects are functions of the stored rows, the text and applied_us, so replay runs them again. The rows that
 *       it writes are logged: behind a marker with its number, as the n-th statement of the file.
 *  (M3) A migration is the first change of its record and alone in its turn; a catalog is published with readers
 *       excluded. Catalogs that were published live until the store closes: a request may still hold names of one.
 *  (M4) Between two statements rows, entries and the pending catalog fit each other, also while the log is replayed. */
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

static int fail_damaged(struct error *error)
{
    return fail(error, SQLSTATE_DATA_CORRUPTED, "a recorded migration is damaged");
}

static int fold_one(struct catalog *catalog, struct slice value, struct error *error)
{
    struct recorded_migration migration;
    struct effects ignored;
    struct arena names;
    if (decode(value, &migration) < 0)
        return fail_damaged(error);
    arena_init(&names, KIB(64));
    int result = catalog_apply(catalog, arena_string(&names, migration.name), migration.text, migration.applied_us, &ignored, error);
    arena_done(&names);
    return result < 0 ? fail_within(error, "migration") : 0;
}

int catalog_fold(const struct view *view, struct catalog **ret, struct error *error)
{
    struct catalog *catalog = catalog_new();
    struct cursor cursor;
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
        result = fold_one(catalog, value, error);
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

static int has_rows(void *view, const struct table *table, struct error *error)
{
    return relation_has_rows(view, table->relation, error);
}

static int join(struct view *view, const struct change *change, struct error *error)
{
    struct store *store = view->store;
    struct recorded_migration migration;
    struct arena names;
    assert(store->pending == NULL);
    if (decode(change->new_value, &migration) < 0)
        return fail_damaged(error);
    memcpy(store->seed.hash, migration.hash.data, sizeof store->seed.hash);
    store->seed.now_us = migration.applied_us;
    if (catalog_fold(view, &store->pending, error) < 0)
        return -1;
    arena_init(&names, KIB(64));
    int result = folding_start(store->pending, arena_string(&names, migration.name), migration.text, migration.applied_us, has_rows, view,
                               &store->folding, error);
    arena_done(&names);
    if (result < 0 || store_apply(view, change, error) < 0)
        return -1;
    view->catalog = store->pending;
    return 0;
}

int store_migrate(struct view *view, const char *name, struct slice text, int64_t now_us, struct arena *arena,
                  struct change *ret_change, struct error *error)
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
    return join(view, ret_change, error);
}

int store_migrate_step(struct view *view, struct effects *ret_effects, struct error *error)
{
    struct store *store = view->store;
    assert(store->folding != NULL);
    int more = folding_next(store->folding, ret_effects, error);
    if (more == 0)
        return collated_record(view, error);
    return more < 0 ? -1 : effects_run(view, ret_effects, &store->seed, error) < 0 ? -1 : 1;
}

struct change store_step_marker(const struct store *store)
{
    assert(store->folding != NULL);
    return (struct change){ .step = (uint32_t)folding_step(store->folding) };
}

/* --- Replay --- */

int migrate_replayed(struct view *view, const struct change *change, struct error *error)
{
    return join(view, change, error);
}

int migrate_replayed_step(struct view *view, uint32_t step, struct error *error)
{
    struct store *store = view->store;
    struct effects effects;
    int more = 1;
    while (store->folding != NULL && more == 1 && (uint32_t)folding_step(store->folding) < step)
        more = store_migrate_step(view, &effects, error);
    if (more == 1 && store->folding != NULL)
        return 0;
    return more < 0 ? -1 : fail(error, SQLSTATE_DATA_CORRUPTED, "the migration has no step %u", step);
}

int migrate_replayed_end(struct view *view, struct error *error)
{
    struct effects effects;
    int more = 1;
    while (view->store->folding != NULL && more == 1)
        more = store_migrate_step(view, &effects, error);
    return more;
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
    folding_free(store->folding);
    store->folding = NULL;
}

void catalog_discard(struct store *store)
{
    folding_free(store->folding);
    catalog_free(store->pending);
    store->folding = NULL;
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
