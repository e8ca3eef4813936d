/* One record of the log, header and payload: one transaction. What else a record may be is reserved.
 *
 * Eight-byte-aligned, integers little-endian:
 *       0  u64  checksum: XXH3-64 of bytes 8 to the payload's end, seeded with the checksum of the record before
 *       8  u32  bytes of payload, 1 to the log's record_max
 *      12  u16  kind
 *      14  u16  flags
 *      16  u64  LSN: counts records, from 1
 *      24  i64  time of the transaction, microseconds since 1970-01-01 UTC
 *      32       payload, then zeros up to the next multiple of 8
 *
 * The payload is one msgpack array; readers skip elements that they do not know:
 *      [ principal (bin 16, or nil for none), request id, [ key bin, new value bin or nil (removed), key, value, ... ] ]
 * Among a migration's changes the pair (nil, N) says that those behind it are of step N of its file.
 *
 *  (R1) A record is good only behind the one record that it was written behind: the seed is the chain.
 *  (R3) It holds nothing of one disk: how far the log is durable, the sync marks say, beside the chain (store/sync_mark.h). */
#ifndef ROWHOUSE_STORE_RECORD_H
#define ROWHOUSE_STORE_RECORD_H

#include "store/store.h"

#define RECORD_HEADER_SIZE ((size_t)32)

/* Numbers on the disk: never another meaning. Of those that are reserved this server writes none, and refuses to read them. */
enum record_kind {
    RECORD_TRANSACTION = 1,
    RECORD_PART,                    /* reserved: of a transaction that is larger than a record */
    RECORD_LAST_PART,               /* reserved */
    RECORD_ABORT,                   /* reserved: the parts before it are void */
    RECORD_BARRIER = 16,            /* reserved for replication, as those that follow */
    RECORD_FREEZE,
    RECORD_ADOPT,
    RECORD_DROP,
};
enum record_flag {
    RECORD_MIGRATION = 1,           /* its first change is that of a RELATION_MIGRATIONS key */
    RECORD_INCREMENTS = 2,          /* reserved: pairs (key, n) that add n */
};

struct record {
    uint64_t checksum, lsn;
    int64_t time_us;
    uint16_t kind, flags;           /* of the above, or what a later version put there */
    struct slice payload;
    size_t size;                    /* header, payload and padding */
};

static inline size_t record_size(size_t payload) { return (RECORD_HEADER_SIZE + payload + 7) & ~(size_t)7; }

/* Appends a record with everything but its header filled; returns where it starts. record_finish() follows. */
size_t record_begin(struct buf *out);
void record_payload(struct buf *out, const struct transaction_info *info, const struct change *changes, int count);
bool change_is_migration(const struct change *change);
/* The flags of a transaction with these changes. */
uint16_t record_flags(const struct change *changes, int count);
/* Pads, fills the header with kind, flags, LSN and time of `record`, and returns the checksum, the next record's seed. */
uint64_t record_finish(struct buf *out, size_t start, uint64_t seed, const struct record *record);

/* Whether a header that could be a record's starts at `at`; fills *ret. Says nothing of its checksum. */
bool record_plausible(struct slice bytes, size_t at, struct record *ret);
/* Whether a plausible record is good behind the record whose checksum is `seed`. */
bool record_good(const struct record *record, uint64_t seed);
/* Refuses kinds and flags that this server does not read, by name (0A000). */
int record_readable(const struct record *record, struct error *error);

/* Steps through a good record's payload. record_changes() returns their number or -1: not a payload. */
struct record_reader {
    struct slice rest;
    uint32_t left;                  /* array elements */
    bool migration, first;
    uint32_t step;                  /* of the last marker */
};
int record_changes(const struct record *record, struct record_reader *ret);
/* 1 and the next change (old value empty) or step marker, 0 at the end, -1: not a payload. */
int record_next(struct record_reader *reader, struct change *ret);

#endif
