/* Indexes whose order is ICU's: which version of it they were sorted by.
 *
 * Other rules of a language order the same texts otherwise, and a tree that is searched by an order that it has not loses rows. So the
 * image has, for each such index, the versions of the collations in it (RELATION_COLLATIONS). Like the entries they are of the image
 * and in no log: replay and build write them with what they sort by.
 *  (IC1) An index with an order of ICU's has a record from the commit that publishes it on, and no other relation has one.
 *  (IC2) Before anything is looked up or replayed in an image, each index whose record is not of this ICU has been built anew, entries,
 *       claims and record in one transaction. One that is interrupted is begun again by the next start. */
#include "store/internal.h"

#include <stdio.h>

#include "value/mp.h"

/* --- What an index is sorted by --- */

struct signature {
    const struct store *store;
    int count;
    const struct collation *seen[INDEX_COLUMNS_MAX];
    struct buf text;                /* "de-x-icu 153.120.42, und-x-icu 153.120" */
};

static void sign(struct signature *s, const struct collation *collation)
{
    char version[COLLATION_VERSION_SIZE];
    for (int i = 0; i < s->count; i++)
        if (s->seen[i] == collation)
            return;
    if (!collation_orders(collation))
        return;
    if (s->count < INDEX_COLUMNS_MAX)
        s->seen[s->count++] = collation;
    collation_version(collation, version);
    buf_printf(&s->text, "%s%s %s", s->text.size > 0 ? ", " : "", collation->name,
               s->store->collation_version != NULL ? s->store->collation_version : version);
}

static int sign_node(const struct expr *expr, void *env)
{
    sign(env, expr->collation);
    return 0;
}

/* Of its key columns and of the predicate, which says what rows are in it; empty: no order of ICU's. Free with buf_done(). */
static struct buf sign_index(const struct store *store, const struct index *index)
{
    struct signature s = { .store = store };
    if (!index_kept(index))
        return s.text;
    for (int i = 0; i < index->key_count; i++)
        sign(&s, index->key[i].collation);
    if (index->predicate != NULL)
        expr_walk(index->predicate, sign_node, &s);
    return s.text;
}

/* --- Records --- */

static void record_key(uint16_t relation, struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_COLLATIONS);
    key_u16(ret, relation);
}

static int record_put(struct view *view, uint16_t relation, struct slice text, struct error *error)
{
    struct key key;
    struct buf value = { 0 };
    record_key(relation, &key);
    mp_put_str(&value, text);
    int result = raw_put(view, key_slice(&key), buf_slice(&value), 0, error);
    buf_done(&value);
    return result;
}

/* 1, 0: there is none, -1. */
static int record_get(const struct view *view, uint16_t relation, struct slice *ret, struct error *error)
{
    struct key key;
    struct slice value;
    record_key(relation, &key);
    int got = view_get(view, key_slice(&key), &value, error);
    if (got == 1 && !mp_str(&value, ret))
        return fail(error, SQLSTATE_DATA_CORRUPTED, "the collations of relation %u are damaged", relation);
    return got;
}

/* Whether an index is as this ICU sorts: 1, 0, -1. */
static int is_current(const struct view *view, const struct index *index, struct slice text, struct error *error)
{
    struct slice recorded;
    int got = record_get(view, index->relation, &recorded, error);
    return got == 1 ? slice_equal(recorded, text) : got;
}

/* --- (IC1) --- */

static int record_index(struct view *view, const struct index *index, struct error *error)
{
    struct buf text = sign_index(view->store, index);
    int current = text.size > 0 ? is_current(view, index, buf_slice(&text), error) : 1;
    int result = current == 0 ? record_put(view, index->relation, buf_slice(&text), error) : current < 0 ? -1 : 0;
    buf_done(&text);
    return result;
}

static bool wants_record(const struct view *view, uint16_t relation)
{
    const struct index *index = view->catalog->by_relation[relation];
    if (index == NULL || !index_kept(index))
        return false;
    struct buf text = sign_index(view->store, index);
    bool wants = text.size > 0;
    buf_done(&text);
    return wants;
}

/* The first record of a relation from `from` on that no index asks for: 1, 0, -1. */
static int find_stale(const struct view *view, struct key *from, struct error *error)
{
    struct cursor cursor;
    struct slice key;
    if (cursor_open(view, from, NULL, false, &cursor, error) < 0)
        return -1;
    int got, found = 0;
    while (found == 0 && (got = cursor_next(&cursor, &key, NULL, error)) != 0) {
        bool whole = got == 1 && key.size == KEY_PREFIX_SIZE + 2;
        uint16_t relation = whole ? (uint16_t)(key.data[KEY_PREFIX_SIZE] << 8 | key.data[KEY_PREFIX_SIZE + 1]) : 0;
        if (whole && wants_record(view, relation))
            continue;
        found = whole ? 1 : -1;
        if (found == 1)
            record_key(relation, from);
        else if (got == 1)
            fail(error, SQLSTATE_DATA_CORRUPTED, "a record of collations has no relation");
    }
    cursor_close(&cursor);
    return found;
}

int collated_record(struct view *view, struct error *error)
{
    struct key at;
    int found;
    for (int i = 0; i < view->catalog->index_count; i++)
        if (record_index(view, view->catalog->indexes[i], error) < 0)
            return -1;
    key_start(&at, TENANT_SYSTEM, RELATION_COLLATIONS);
    while ((found = find_stale(view, &at, error)) == 1)
        if (raw_delete(view, key_slice(&at), error) < 0)
            return -1;
    return found;
}

/* --- (IC2) --- */

static void note(struct store *store, const struct index *index, struct slice was, struct slice is)
{
    struct store_recovery *recovery = &store->recovery;
    size_t used = strlen(recovery->resorted);
    snprintf(recovery->resorted + used, sizeof recovery->resorted - used, "%s%s: %.*s -> %.*s", used > 0 ? "; " : "", index->name,
             SLICE_FMT(was), SLICE_FMT(is));
}

static int resort(struct view *view, const struct index *index, struct slice text, struct error *error)
{
    struct slice was = { 0 };
    if (record_get(view, index->relation, &was, error) < 0)
        return -1;
    note(view->store, index, was, text);
    return index_rebuild(view, index, error) < 0 ? -1 : record_put(view, index->relation, text, error);
}

static int resort_alone(struct store *store, const struct index *index, struct slice text, struct error *error)
{
    struct view view = { .store = store, .catalog = store->catalog, .writable = true };
    size_t reserve = store->image.used + IMAGE_GROW_RESERVE;
    if (image_full(&store->image, reserve) && image_grow(&store->image, reserve, error) < 0)
        return -1;
    int code = mdb_txn_begin(store->image.env, NULL, 0, &view.txn);
    if (code != 0)
        return image_fail(error, code, "begin");
    int current = is_current(&view, index, text, error);
    if (current != 0 || resort(&view, index, text, error) < 0) {
        mdb_txn_abort(view.txn);
        return current == 1 ? 0 : -1;
    }
    code = mdb_txn_commit(view.txn);
    if (code != 0)
        return image_fail(error, code, "commit");
    image_measure(&store->image);
    return 0;
}

int collated_resort(struct store *store, struct error *error)
{
    int result = 0;
    for (int i = 0; i < store->catalog->index_count && result == 0; i++) {
        struct buf text = sign_index(store, store->catalog->indexes[i]);
        if (text.size > 0)
            result = resort_alone(store, store->catalog->indexes[i], buf_slice(&text), error);
        buf_done(&text);
    }
    return result;
}
