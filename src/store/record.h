/* One record of the log: one transaction, header and payload.
 *
 * Eight-byte-aligned, integers little-endian:
 *       0  u64  checksum: XXH3-64 of bytes 8 to the payload's end, seeded with the checksum of the record before
 *       8  u32  bytes of payload, 1 to the log's record_max
 *      12  u32  zero
 *      16  u64  LSN: counts records, from 1
 *      24  i64  time of the transaction, microseconds since 1970-01-01 UTC
 *      32  u64  durable mark: the highest LSN known to be synced when this record was written
 *      40       payload, then zeros up to the next multiple of 8
 *
 * The payload is one msgpack array; readers skip elements that they do not know:
 *      [ principal (bin 16, or nil for none), request id, [ key bin, new value bin or nil (removed), key, value, ... ] ]
 *
 *  (R1) A record is good only behind the one record that it was written behind: the seed is the chain.
 *  (R2) The durable mark is below the record's own LSN. */
#ifndef ROWHOUSE_STORE_RECORD_H
#define ROWHOUSE_STORE_RECORD_H

#include "store/store.h"

#define RECORD_HEADER_SIZE ((size_t)40)

struct record {
    uint64_t checksum, lsn, durable_lsn;
    int64_t time_us;
    struct slice payload;
    size_t size;                    /* header, payload and padding */
};

static inline size_t record_size(size_t payload) { return (RECORD_HEADER_SIZE + payload + 7) & ~(size_t)7; }

/* Appends a record with everything but its header filled; returns where it starts. record_seal() follows. */
size_t record_begin(struct buf *out);
void record_payload(struct buf *out, const struct transaction_info *info, const struct change *changes, int count);
/* Pads, fills the header and returns the checksum, the next record's seed. */
uint64_t record_seal(struct buf *out, size_t start, uint64_t seed, uint64_t lsn, int64_t time_us, uint64_t durable_lsn);

/* Whether a header that could be a record's starts at `at`; fills *ret. Says nothing of its checksum. */
bool record_plausible(struct slice bytes, size_t at, struct record *ret);
/* Whether a plausible record is good behind the record whose checksum is `seed`. */
bool record_good(const struct record *record, uint64_t seed);

/* Steps through a good record's payload. record_changes() returns their number or -1: not a payload. */
struct record_reader {
    struct slice rest;
    uint32_t left;                  /* array elements */
};
int record_changes(const struct record *record, struct record_reader *ret);
/* 1 and the next change (old value empty), 0 at the end, -1: not a payload. */
int record_next(struct record_reader *reader, struct change *ret);

#endif
