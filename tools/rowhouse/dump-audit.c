/* What a dump holds of an audit log beside its rows: the leaf hashes of entries that were removed. The stub of them lies in a row, the one
 * that records the removal, and the hashes of all other entries are made again from their rows. */
#include <errno.h>
#include <string.h>

#include "base/merkle.h"
#include "dump.h"
#include "value/audit_stub.h"
#include "value/mp.h"

static int damaged(struct error *error)
{
    return fail(error, SQLSTATE_DATA_CORRUPTED, "what is stored of removed entries of an audit log is damaged");
}

/* How many entries were removed: of a pruned tree, whose hashes are not there, none. */
static int count_removed(const struct view *view, uint32_t house, int64_t *ret, struct error *error)
{
    struct key stub_key, first;
    struct slice bytes, note;
    struct audit_stub stub;
    *ret = 0;
    key_start(&stub_key, house, RELATION_AUDIT_STUB);
    key_start(&first, house, RELATION_AUDIT_LEAVES);
    key_u64(&first, 0);
    int got = view_has(view, key_slice(&first)) ? view_get(view, key_slice(&stub_key), &bytes, error) : 0;
    if (got == 1 && (!mp_str(&bytes, &note) || !audit_stub_read(note, &stub)))
        return damaged(error);
    if (got == 1)
        *ret = (int64_t)stub.removed.size;
    return got < 0 ? -1 : 0;
}

static int put_leaves(struct dump *dump, const struct dump_form *form, uint32_t house, const char *organization, int64_t count, struct error *error)
{
    struct buf hashes = { 0 };
    int result = 0;
    for (int64_t entry = 0; result == 0 && entry < count; entry++) {
        struct key key;
        struct slice bytes, hash;
        uint32_t members;
        key_start(&key, house, RELATION_AUDIT_LEAVES);
        key_u64(&key, (uint64_t)entry);
        int got = view_get(dump->view, key_slice(&key), &bytes, error);
        if (got != 1 || !mp_array(&bytes, &members) || !mp_skip(&bytes, NULL) || !mp_bin(&bytes, &hash)) {
            result = got < 0 ? -1 : damaged(error);
            break;
        }
        buf_append_slice(&hashes, hash);
        if (hashes.size < DUMP_LEAVES_MAX * MERKLE_HASH_SIZE && entry + 1 < count)
            continue;
        if (form->leaves(dump, organization, entry + 1 - (int64_t)(hashes.size / MERKLE_HASH_SIZE), buf_slice(&hashes)) < 0)
            result = fail(error, SQLSTATE_IO_ERROR, "cannot write the dump: %s", strerror(errno));
        buf_clear(&hashes);
    }
    buf_done(&hashes);
    return result;
}

int dump_leaves(struct dump *dump, const struct dump_form *form, uint32_t house, struct error *error)
{
    struct uuid organization;
    char text[UUID_TEXT_SIZE + 1];
    int64_t count;
    if (!store_house_organization(dump->view, house, &organization))
        return 0;
    uuid_format(&organization, text);
    if (count_removed(dump->view, house, &count, error) < 0)
        return -1;
    return put_leaves(dump, form, house, text, count, error);
}
