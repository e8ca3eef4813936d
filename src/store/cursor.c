/* Scans of one relation in one house (K2). A cursor of a writable view remembers its last key, and seeks anew when
 * the store was changed meanwhile: LMDB would step over the successor of an entry that was deleted under it. */
#include "store/internal.h"

#include <assert.h>

static struct key range_start(const struct key *low)
{
    struct key start;
    assert(low->size >= KEY_PREFIX_SIZE);
    assert(key_tenant(key_slice(low)) <= TENANT_MAX);           /* (K5) */
    key_start(&start, key_tenant(key_slice(low)), key_relation(key_slice(low)));
    return start;
}

int cursor_open(const struct view *view, const struct key *low, const struct key *high, bool reverse,
                struct cursor *ret, struct error *error)
{
    struct key start = range_start(low), end;
    bool ends = key_successor(&start, &end);
    ret->mdb = NULL;
    ret->view = view;
    ret->reverse = reverse;
    ret->started = false;
    ret->last.size = 0;
    ret->low = *low;
    if (high == NULL || high->size == 0) {
        ret->high = end;
    } else {
        assert(!ends || slice_compare(key_slice(high), key_slice(&end)) <= 0);
        assert(slice_compare(key_slice(high), key_slice(&start)) >= 0);
        ret->high = *high;
    }
    int code = mdb_cursor_open(view->txn, view->store->image.dbi, &ret->mdb);
    if (code != 0) {
        ret->mdb = NULL;
        return image_fail(error, code, "open a cursor");
    }
    return 0;
}

void cursor_close(struct cursor *cursor)
{
    if (cursor->mdb != NULL)
        mdb_cursor_close(cursor->mdb);
    cursor->mdb = NULL;
}

/* To the last entry before `limit` (empty: the last of all). */
static int seek_before(struct cursor *cursor, struct slice limit, MDB_val *key, MDB_val *value)
{
    int code = MDB_NOTFOUND;
    if (limit.size > 0) {
        *key = (MDB_val){ limit.size, (void *)limit.data };
        code = mdb_cursor_get(cursor->mdb, key, value, MDB_SET_RANGE);
    }
    return code == 0 ? mdb_cursor_get(cursor->mdb, key, value, MDB_PREV)
         : code == MDB_NOTFOUND ? mdb_cursor_get(cursor->mdb, key, value, MDB_LAST) : code;
}

/* To the first entry at or behind `from`, or behind it. */
static int seek_from(struct cursor *cursor, struct slice from, bool behind, MDB_val *key, MDB_val *value)
{
    *key = (MDB_val){ from.size, (void *)from.data };
    int code = mdb_cursor_get(cursor->mdb, key, value, MDB_SET_RANGE);
    if (code == 0 && behind && slice_equal(slice_of(key->mv_data, key->mv_size), from))
        code = mdb_cursor_get(cursor->mdb, key, value, MDB_NEXT);
    return code;
}

static int step(struct cursor *cursor, MDB_val *key, MDB_val *value)
{
    if (!cursor->started)
        return cursor->reverse ? seek_before(cursor, key_slice(&cursor->high), key, value)
                               : seek_from(cursor, key_slice(&cursor->low), false, key, value);
    if (cursor->view->writable && cursor->generation != cursor->view->store->generation)
        return cursor->reverse ? seek_before(cursor, key_slice(&cursor->last), key, value)
                               : seek_from(cursor, key_slice(&cursor->last), true, key, value);
    return mdb_cursor_get(cursor->mdb, key, value, cursor->reverse ? MDB_PREV : MDB_NEXT);
}

static bool is_entry(const struct view *view, struct slice key)
{
    const struct table *table = view->catalog->table_by_relation[key_relation(key)];
    return table != NULL && table->relation != key_relation(key);
}

int cursor_next(struct cursor *cursor, struct slice *ret_key, struct slice *ret_value, struct error *error)
{
    MDB_val mdb_key, mdb_value;
    int code = step(cursor, &mdb_key, &mdb_value);
    if (code == MDB_NOTFOUND)
        return 0;
    if (code != 0)
        return image_fail(error, code, "scan");
    cursor->started = true;
    struct slice key = slice_of(mdb_key.mv_data, mdb_key.mv_size);
    if (cursor->reverse ? slice_compare(key, key_slice(&cursor->low)) < 0
                        : cursor->high.size > 0 && slice_compare(key, key_slice(&cursor->high)) >= 0)
        return 0;
    if (cursor->view->writable) {
        cursor->generation = cursor->view->store->generation;
        cursor->last.size = 0;
        key_bytes(&cursor->last, key.data, key.size);
    }
    *ret_key = key;
    if (ret_value == NULL)
        return 1;
    *ret_value = slice_of(mdb_value.mv_data, mdb_value.mv_size);
    if (mdb_value.mv_size == 0 && is_entry(cursor->view, key))
        return 1;
    return value_open(cursor->view, key, *ret_value, ret_value, error) < 0 ? -1 : 1;
}
