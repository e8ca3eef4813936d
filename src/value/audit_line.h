/* An audit log as JSON lines, written by the server and checked by the client: both go through these functions, so that a
 * line is good when it is, byte for byte, what its leaf reads as.
 *
 *      {"rowhouse": "audit-export/1", "origin": ORIGIN, "entries": N, "complete": true, "columns": ["id", ...]}
 *      {"entry": 0, "row": {"id": 1, ...}, "leaf": BASE64}                    N of them, in order
 *      {"checkpoint": NOTE}
 *
 * Where the first entries were removed, the head says so too: ..., "removed": N, "stub": NOTE, "peaks": [BASE64, ...]} (value/audit_stub.h),
 * and the entries that follow begin with number N; the peaks are those of the tree over what was removed.
 *
 * `leaf` is the entry's stored row with nil in audit_chain_hash, one msgpack array; `row` shows it for people, with the leaf hash
 * in that place. The leaves of a complete export, behind the peaks, are all of the log's, so they make its root. An export of some entries
 * has "complete": false, and each line ends in "hashes": [BASE64, ...], its proof of inclusion in the checkpoint's tree. */
#ifndef ROWHOUSE_VALUE_AUDIT_LINE_H
#define ROWHOUSE_VALUE_AUDIT_LINE_H

#include "base/buf.h"
#include "proof/merkle.h"

#define AUDIT_EXPORT_FORMAT "audit-export/1"
#define AUDIT_HASH_COLUMN "audit_chain_hash"

/* The columns that a leaf begins with, in this order: a leaf has no names, so a file cannot name them otherwise. */
extern const char *const audit_columns[];       /* ends with NULL */

struct audit_export {
    char origin[160];
    int64_t entries;
    bool complete;
    int column_count;
    const char *const *columns;
    int64_t removed;                /* entries that the log begins with and has no more */
    struct slice stub;              /* the signed note that says so; where `removed` is not 0 */
    struct merkle_proof peaks;      /* likewise */
};

/* Each appends one line with its newline. */
void audit_line_head(const struct audit_export *export, struct buf *out);
void audit_line_entry(const struct audit_export *export, int64_t entry, struct slice leaf, const struct merkle_proof *proof, struct buf *out);
void audit_line_checkpoint(struct slice note, struct buf *out);

/* The leaf as a JSON object. */
void audit_line_row(const struct audit_export *export, struct slice leaf, struct buf *out);

#endif
