/* A sync mark: what a segment of the log knows of its own disk. It lies beside the chain of records and has no LSN: a copy of
 * the log elsewhere has the same records and other marks.
 *
 *       0  u64  checksum: XXH3-64 of bytes 8 to 31, seeded with the checksum of the segment's header
 *       8  u32  zero: no record is that short
 *      12  u32  "MARK"
 *      16  u64  LSN of a record that was synced when the mark was written
 *      24  u64  checksum of that record
 *
 * One lies at a fixed place of the header, the idle mark (store/segment.h, G3), and one may lie before any record.
 *
 *  (R2) A mark names a record of its segment that lies before it and was synced before the mark was written. The marks of
 *       another segment, also of one whose file is used again, do not have its seed.
 *  (R4) It counts only for the chain that it names: one whose LSN is of a sound record with another checksum says nothing. */
#ifndef ROWHOUSE_STORE_SYNC_MARK_H
#define ROWHOUSE_STORE_SYNC_MARK_H

#include <stdint.h>

#include "base/slice.h"

#define SYNC_MARK_SIZE ((size_t)32)

struct sync_mark {
    uint64_t lsn, chain;
};

void sync_mark_put(uint8_t out[static SYNC_MARK_SIZE], const struct sync_mark *mark, uint64_t seed);
/* Whether a sound one lies at `at`; fills *ret only then. */
bool sync_mark_read(struct slice bytes, size_t at, uint64_t seed, struct sync_mark *ret);

#endif
