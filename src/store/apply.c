/* One change to one key of the image: the row with its checksum, and the entries of its table's indexes.
 *
 *  (A1) Recovery, a running server and, later, a follower apply by this function, so the image is a function of the log.
 *  (A2) An update writes only those index entries whose key changes: most updates touch no indexed column.
 *  (A3) An insert finds no row and a delete finds one, entries alike; else image and log do not belong together.
 *  (A4) An insert that finds its key or a claim taken leaves everything as it was: the engine asks nobody before, and says then whose it is. */
#include "store/internal.h"

#include <assert.h>
#include <endian.h>

int apply_fail(struct view *view, int code, const char *what, struct error *error)
{
    if (code == MDB_MAP_FULL || code == MDB_TXN_FULL)
        view->store->spoilt = true;
    return image_fail(error, code, what);
}

int raw_put(struct view *view, struct slice key, struct slice value, unsigned flags, struct error *error)
{
    MDB_val mdb_key = { key.size, (void *)key.data }, room = { sizeof(uint64_t) + value.size, NULL };
    uint64_t checksum = htole64(image_checksum(key, value));
    int code = mdb_put(view->txn, view->store->image.dbi, &mdb_key, &room, MDB_RESERVE | flags);
    if (code == MDB_KEYEXIST)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "an insert found a row under its key");
    if (code != 0)
        return apply_fail(view, code, "put", error);
    memcpy(room.mv_data, &checksum, sizeof checksum);
    if (value.size > 0)
        memcpy((uint8_t *)room.mv_data + sizeof checksum, value.data, value.size);
    view->store->generation++;
    return 0;
}

int raw_delete(struct view *view, struct slice key, struct error *error)
{
    MDB_val mdb_key = { key.size, (void *)key.data };
    int code = mdb_del(view->txn, view->store->image.dbi, &mdb_key, NULL);
    if (code == MDB_NOTFOUND)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a delete found nothing under its key");
    if (code != 0)
        return apply_fail(view, code, "delete", error);
    view->store->generation++;
    return 0;
}

static int entry_put(struct view *view, const struct key *key, struct error *error)
{
    MDB_val mdb_key = { key->size, (void *)key->bytes }, nothing = { 0, (void *)"" };
    int code = mdb_put(view->txn, view->store->image.dbi, &mdb_key, &nothing, MDB_NOOVERWRITE);
    if (code == MDB_KEYEXIST)
        return fail(error, SQLSTATE_INDEX_CORRUPTED, "the entry is there already");
    return code != 0 ? apply_fail(view, code, "put an entry", error) : 0;
}

static int entry_delete(struct view *view, const struct key *key, struct error *error)
{
    MDB_val mdb_key = { key->size, (void *)key->bytes };
    int code = mdb_del(view->txn, view->store->image.dbi, &mdb_key, NULL);
    if (code == MDB_NOTFOUND)
        return fail(error, SQLSTATE_INDEX_CORRUPTED, "the entry is missing");
    return code != 0 ? apply_fail(view, code, "delete an entry", error) : 0;
}

/* The entry of a row in an index; key->size 0 when it has none. `columns` NULL: there is no row. */
static int entry_of(struct view *view, const struct index *index, uint32_t tenant, const struct value *columns,
                    struct key *key, bool *ret_claims, struct error *error)
{
    bool covers = false, lossy;
    key->size = 0;
    *ret_claims = index->claimed && columns != NULL && !index_null_distinct(index, columns);
    if (columns != NULL && index_covers(index, columns, &view->store->arena, &covers, error) < 0)
        return -1;
    return covers ? key_of_entry(index, tenant, columns, key, &lossy, error) : 0;
}

struct entry_change {
    struct key old_entry, new_entry;
    bool old_claims, new_claims;    /* the entry's front is claimed as well (K5) */
};

static int entries_of(struct view *view, const struct table *table, const struct change *change,
                      struct entry_change *entries, struct error *error)
{
    struct value old_columns[COLUMNS_MAX], new_columns[COLUMNS_MAX];
    bool had = change->old_value.data != NULL, has = change->new_value.data != NULL;
    uint32_t tenant = key_tenant(change->key);
    if ((had && row_values(table, change->old_value, old_columns) < 0)
        || (has && row_values(table, change->new_value, new_columns) < 0))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row does not fit its table \"%s\"", table->qualified);
    arena_reset(&view->store->arena);
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if (!index_kept(index))
            continue;
        if (entry_of(view, index, tenant, had ? old_columns : NULL, &entries[i].old_entry, &entries[i].old_claims, error) < 0
            || entry_of(view, index, tenant, has ? new_columns : NULL, &entries[i].new_entry, &entries[i].new_claims, error) < 0)
            return fail_within(error, "index \"%s\"", index->name);
    }
    return 0;
}

/* The claim of an entry: the entry ends in the row's primary key, as the row's key does. */
static void claim_of_entry(const struct change *change, const struct key *entry, struct key *ret)
{
    key_claim_of_front(slice_of(entry->bytes, entry->size - (change->key.size - KEY_PREFIX_SIZE)), ret);
}

static int entry_leave(struct view *view, const struct change *change, const struct key *entry, bool claims, struct error *error)
{
    struct key claim;
    if (entry_delete(view, entry, error) < 0)
        return -1;
    if (!claims)
        return 0;
    claim_of_entry(change, entry, &claim);
    return claim_delete(view, &claim, error);
}

static int entry_enter(struct view *view, const struct change *change, const struct key *entry, bool claims, struct error *error)
{
    struct key claim;
    if (entry_put(view, entry, error) < 0)
        return -1;
    if (!claims)
        return 0;
    claim_of_entry(change, entry, &claim);
    return claim_put(view, &claim, key_tenant(change->key), MDB_NOOVERWRITE, error);
}

/* The claim of a row's primary key: gone with the row. */
static int primary_leave(struct view *view, const struct index *primary, const struct change *change, struct error *error)
{
    struct key claim;
    if (!primary->claimed || change->new_value.data != NULL)
        return 0;
    key_claim_of_front(change->key, &claim);
    return claim_delete(view, &claim, error) < 0 ? fail_within(error, "index \"%s\"", primary->name) : 0;
}

static int entries_replace(struct view *view, const struct table *table, const struct change *change, const struct entry_change *entries,
                           struct error *error)
{
    for (int i = 0; i < table->index_count; i++) {
        const struct entry_change *entry = &entries[i];
        if (!index_kept(table->indexes[i]) || slice_equal(key_slice(&entry->old_entry), key_slice(&entry->new_entry)))
            continue;                                   /* (A2) */
        if ((entry->old_entry.size > 0 && entry_leave(view, change, &entry->old_entry, entry->old_claims, error) < 0)
            || (entry->new_entry.size > 0 && entry_enter(view, change, &entry->new_entry, entry->new_claims, error) < 0))
            return fail_within(error, "index \"%s\"", table->indexes[i]->name);
    }
    return primary_leave(view, table->primary, change, error);
}

/* --- Inserts --- */

/* What the new row claims in an index; false: nothing. */
static bool claim_of_new(const struct index *index, const struct change *change, const struct entry_change *entry, struct key *ret)
{
    if (index->primary && index->claimed)
        key_claim_of_front(change->key, ret);
    else if (index_kept(index) && entry->new_entry.size > 0 && entry->new_claims)
        claim_of_entry(change, &entry->new_entry, ret);
    else
        return false;
    return true;
}

/* Of the table's first `count` indexes. */
static void claims_give_back(struct view *view, const struct table *table, int count, const struct change *change,
                             const struct entry_change *entries)
{
    struct key claim;
    struct error error;
    for (int i = 0; i < count && !view->store->spoilt; i++)
        if (claim_of_new(table->indexes[i], change, &entries[i], &claim) && claim_delete(view, &claim, &error) < 0)
            store_fatal("give a claim back", &error);
    view->store->generation++;
}

static int claims_take(struct view *view, const struct table *table, const struct change *change, const struct entry_change *entries,
                       struct error *error)
{
    struct key claim;
    for (int i = 0; i < table->index_count; i++)
        if (claim_of_new(table->indexes[i], change, &entries[i], &claim)
            && claim_put(view, &claim, key_tenant(change->key), MDB_NOOVERWRITE, error) < 0) {
            claims_give_back(view, table, i, change, entries);
            return fail_within(error, "index \"%s\"", table->indexes[i]->name);
        }
    return 0;
}

/* What may be in the way of a new row is met first, its claims and its key: then nothing has happened (A4). */
static int insert_row(struct view *view, const struct table *table, const struct change *change, const struct entry_change *entries,
                      struct error *error)
{
    if (claims_take(view, table, change, entries, error) < 0)
        return -1;
    if (raw_put(view, change->key, change->new_value, MDB_NOOVERWRITE, error) < 0) {
        claims_give_back(view, table, table->index_count, change, entries);
        return -1;
    }
    for (int i = 0; i < table->index_count; i++)
        if (index_kept(table->indexes[i]) && entries[i].new_entry.size > 0 && entry_put(view, &entries[i].new_entry, error) < 0)
            return fail_within(error, "index \"%s\"", table->indexes[i]->name);
    return 0;
}

/* --- Changes --- */

static int apply_raw(struct view *view, const struct change *change, struct error *error)
{
    if (change->new_value.data == NULL)
        return raw_delete(view, change->key, error);
    return raw_put(view, change->key, change->new_value, change->old_value.data == NULL ? MDB_NOOVERWRITE : 0, error);
}

/* All keys are built before the first is written: a key that is too long leaves everything as it was. */
static int apply_row(struct view *view, const struct table *table, const struct change *change, struct error *error)
{
    struct entry_change entries[INDEXES_PER_TABLE_MAX];
    assert(table->index_count <= INDEXES_PER_TABLE_MAX);
    if (table->index_count > 1 && entries_of(view, table, change, entries, error) < 0)
        return -1;
    if (change->old_value.data == NULL)
        return insert_row(view, table, change, entries, error);
    return entries_replace(view, table, change, entries, error) < 0 ? -1 : apply_raw(view, change, error);
}

int store_apply(struct view *view, const struct change *change, struct error *error)
{
    uint16_t relation = key_relation(change->key);
    assert(view->writable);
    assert(change->old_value.data != NULL || change->new_value.data != NULL);
    if (relation >= RELATION_USER_FIRST) {
        const struct table *table = view->catalog->table_by_relation[relation];
        if (table == NULL || table->relation != relation)
            return fail(error, SQLSTATE_DATA_CORRUPTED, "a change names relation %u, which is no table", relation);
        return apply_row(view, table, change, error);
    }
    if (relation == RELATION_HOUSE_NUMBERS)
        view->store->houses_delta += (change->new_value.data != NULL) - (change->old_value.data != NULL);
    return apply_raw(view, change, error);
}

void store_undo(struct view *view, const struct change *change)
{
    struct change back = { .key = change->key, .old_value = change->new_value, .new_value = change->old_value };
    struct error error;
    if (view->store->spoilt)
        return;                                         /* all of the turn is about to be taken back */
    if (store_apply(view, &back, &error) < 0)
        store_fatal("undo", &error);
}

int apply_replayed(struct view *view, const struct change *change, struct error *error)
{
    struct arena arena;
    struct change full = *change;
    struct slice old;
    arena_init(&arena, ROW_SIZE_MAX);
    int found = view_get(view, change->key, &old, error), result = found < 0 ? -1 : 0;
    if (found > 0)
        full.old_value = arena_copy(&arena, old);       /* the image moves under a borrowed one */
    if (found == 0 && full.new_value.data == NULL)
        result = fail(error, SQLSTATE_DATA_CORRUPTED, "a delete found nothing under its key");
    if (result == 0)
        result = store_apply(view, &full, error);
    arena_done(&arena);
    return result;
}
