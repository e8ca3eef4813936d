/* What a dump holds of an audit log beside its rows: the leaf hashes of entries that were removed. The stub of them lies in a row, the one
 * that records the removal, and the hashes of all other entries are made again from their rows. */
#include <errno.h>
#include <string.h>

#include "dump.h"
#include "proof/merkle.h"
#include "value/audit_stub.h"
#include "value/mp.h"

static int damaged(struct error *error)
{
    return fail(error, SQLSTATE_DATA_CORRUPTED, "what is stored of removed entries of an audit log is damaged");
}

/* How many entries were removed: of a pruned tree, whose hashes are not there, none. */
static int count_removed(struct source *source, uint32_t house, int64_t *ret)
{
    struct key stub_key, first;
    struct buf bytes = { 0 };
    struct audit_stub stub;
    *ret = 0;
    key_start(&stub_key, house, RELATION_AUDIT_STUB);
    key_start(&first, house, RELATION_AUDIT_LEAVES);
    key_u64(&first, 0);
    int got = source_get(source, key_slice(&first), &bytes);
    if (got == 1)
        got = source_get(source, key_slice(&stub_key), &bytes);
    struct slice stored = buf_slice(&bytes), note;
    if (got == 1 && (!mp_str(&stored, &note) || !audit_stub_read(note, &stub)))
        got = damaged(&source->cli->error);
    else if (got == 1)
        *ret = (int64_t)stub.removed.size;
    buf_done(&bytes);
    return got < 0 ? -1 : 0;
}

static int put_leaves(struct dump *dump, const struct dump_form *form, uint32_t house, const char *organization, int64_t count)
{
    struct error *error = &dump->source->cli->error;
    struct buf hashes = { 0 };
    struct source_cursor cursor;
    int result = 0;
    source_cursor_open(dump->source, house, RELATION_AUDIT_LEAVES, &cursor);
    for (int64_t entry = 0; result == 0 && entry < count; entry++) {
        struct slice key, bytes, hash;
        uint32_t members;
        int got = source_next(&cursor, &key, &bytes);
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
    source_cursor_close(&cursor);
    buf_done(&hashes);
    return result;
}

int dump_leaves(struct dump *dump, const struct dump_form *form, uint32_t house, const struct uuid *organization)
{
    char text[UUID_TEXT_SIZE + 1];
    int64_t count;
    uuid_format(organization, text);
    if (count_removed(dump->source, house, &count) < 0)
        return -1;
    return put_leaves(dump, form, house, text, count);
}
