/* The audit chain as pure functions: rows and heads in, hashes out.
 *
 * Each organization has one log: its chained rows of audit_logs_enhanced, in the order of appending. A row's leaf hash
 * is that of RFC 6962, section 2.1: SHA-256(0x00 || leaf), where the leaf is the stored row (value/row.h) with nil in
 * audit_chain_hash. The row's previous_hash is the leaf hash of the row before it (nil in the first), and lies within
 * the leaf, so
 *  (A1) a leaf hash fixes the row and, through previous_hash, every row before it;
 *  (A2) the same hashes are the leaves of the log's RFC 6962 Merkle tree.
 * In columns hashes are written in lower-case hexadecimal. */
#ifndef ROWHOUSE_NATIVE_AUDIT_RULE_H
#define ROWHOUSE_NATIVE_AUDIT_RULE_H

#include "base/buf.h"

#define AUDIT_HASH_SIZE 32
#define AUDIT_HASH_TEXT_SIZE 64

struct audit_hash {
    uint8_t bytes[AUDIT_HASH_SIZE];
};

/* The leaf hash of a stored row whose column number `hash_column` is read as nil. False: the bytes are no row. */
bool audit_leaf_hash(struct slice row, int hash_column, struct audit_hash *ret);

void audit_hash_format(const struct audit_hash *hash, char text[static AUDIT_HASH_TEXT_SIZE + 1]);
bool audit_hash_is(const struct audit_hash *hash, struct slice text);

#endif
