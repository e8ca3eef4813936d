/* The audit chain as pure functions: rows in, leaves and hashes out. Trees, proofs and notes are proof/merkle.h's and its neighbours'.
 *
 * Each organization has one log: its chained rows of audit_logs_enhanced, in the order of appending. A row's leaf
 * is the stored row (value/row.h) with nil in audit_chain_hash; its leaf hash is that of RFC 6962, SHA-256(0x00 || leaf). The
 * row's previous_hash is the leaf hash of the row before it (nil in the first), and lies within the leaf, so
 *  (A1) a leaf hash fixes the row and, through previous_hash, every row before it;
 *  (A2) the same hashes are the leaves of the log's RFC 6962 Merkle tree.
 * In columns hashes are written in lower-case hexadecimal. */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_RULE_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_RULE_H

#include "base/buf.h"
#include "proof/merkle.h"

/* Appends the leaf of a stored row: column number `hash_column` is read as nil. False: the bytes are no row. */
bool audit_leaf(struct slice row, int hash_column, struct buf *out);
bool audit_leaf_hash(struct slice row, int hash_column, struct merkle_hash *ret);

#endif
