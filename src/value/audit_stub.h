/* The stub: what an audit log keeps of entries that retention removed from its beginning. A checkpoint of the log at that size, signed
 * like any other (proof/checkpoint.h), with further lines:
 *
 *      rowhouse/5f0c2a10-0000-4000-8000-000000000001           origin
 *      4000                                                    entries that were removed: 0 to 3999
 *      tthqordXnP6RWyMJz2dej9EUlNoHcb3lX1K26LixIno=            root of the tree over them
 *      last <base64>                                           leaf hash of entry 3999: entry 4000 names it in previous_hash
 *      from 2024-01-01 00:00:00.25+00                          created_at of entry 0
 *      to 2024-12-31 23:59:59.999999+00                        created_at of entry 3999
 *      at 2026-01-01 04:00:00+00                               when they were removed
 *      by service_role                                         who asked: this, or a user's uuid
 *      entry 51234                                             which records the removal
 *
 *  (R1) One stub, one text: whatever does not read back as the very same lines is none.
 *  (R2) Being a checkpoint, it is proven consistent with any later one: the removed entries are those that the log began with.
 *  (R3) The entry that it names holds it in `details`, as {"stub": <the signed note>, "peaks": [<base64>, ...]}: the log itself tells of
 *       every removal, and an older stub in the place of a newer one is found out. `peaks` are the complete subtrees that the root is
 *       made of, the largest first (merkle_peaks_list()): with them the tree goes on where the removed leaves are not at hand. */
#ifndef ROWHOUSE_VALUE_AUDIT_STUB_H
#define ROWHOUSE_VALUE_AUDIT_STUB_H

#include "base/uuid.h"
#include "proof/checkpoint.h"

/* action_type of the entry that records a removal; nobody else may write it. */
#define AUDIT_RETAIN_ACTION "audit_logs_enhanced.retain"

#define AUDIT_STUB_SERVICE "service_role"

struct audit_stub {
    struct checkpoint removed;
    struct merkle_hash last;
    int64_t from_us, to_us, at_us;
    char by[UUID_TEXT_SIZE + 1];
    uint64_t entry;
};

/* Appends the text, which is to be signed. */
void audit_stub_put(const struct audit_stub *stub, struct buf *out);

/* Reads a note that `key` signed; NULL, or why not in a sentence. */
const char *audit_stub_get(struct slice note, const struct note_key *key, struct audit_stub *ret);
/* The same of a note whose signature nobody checks. */
bool audit_stub_read(struct slice note, struct audit_stub *ret);

/* A list of hashes in base64: the member of a JSON object. False where there is none, or it is malformed. */
bool audit_hashes_get(struct slice json, const char *member, struct merkle_proof *ret);

#endif
