/* A segment: one file of the log, wal/<first LSN, 16 hexadecimal digits>.wal.
 *
 * All of it is written with zeros before its first record, so that an append changes no file size and no block map.
 *
 *       0  8 bytes  "RHWAL002"
 *       8  u64      first LSN
 *      16  u64      checksum of the record before the first: the chain goes on across segments
 *      24  16 bytes identity of the data directory
 *      40  u64      size of the file
 *      48  i64      time of creation, microseconds since 1970-01-01 UTC
 *      56  u64      features (store/format.h)
 *      64  u64      XXH3-64 of bytes 0 to 63
 *     512  32 bytes the idle mark, a sync mark (store/sync_mark.h); zeros for none
 *    4096           records (store/record.h), a sync mark before some of them, then zeros
 *
 *  (G1) A segment has its final name only when its header and its zeros are synced.
 *  (G2) A segment is synced to its last record before the next one gets its name: a later segment closes it.
 *  (G3) The idle mark is written when nothing was appended for a while and at a clean stop: it vouches for the last
 *       records, behind which no other mark does. A torn or absent one says nothing. */
#ifndef ROWHOUSE_STORE_SEGMENT_H
#define ROWHOUSE_STORE_SEGMENT_H

#include <stdatomic.h>

#include "base/uuid.h"
#include "store/file.h"
#include "store/sync_mark.h"

#define SEGMENT_HEADER_SIZE ((size_t)4096)
#define SEGMENT_NAME_SIZE   sizeof "0000000000000001.wal"
#define SEGMENT_SPARE_NAME  "spare.tmp"

struct segment {
    uint64_t first_lsn, seed, size;
    int64_t created_us;
    struct uuid identity;
    uint64_t checksum;              /* of the header; the seed of its sync marks */
};

void segment_name(uint64_t first_lsn, char out[static SEGMENT_NAME_SIZE]);

/* The first LSNs of all segments in a folder, ascending; `*ret` is malloc'ed. Returns their number, or -1. */
int segment_list(struct sys *sys, const char *folder, uint64_t **ret, struct error *error);

/* Creates wal/spare.tmp, zero-filled and synced; a little at a time, so that the log's own syncs go on beside it.
 * `stop` (may be NULL) ends it early, as a failure. */
int segment_prepare(struct sys *sys, const char *folder, uint64_t size, const atomic_bool *stop, struct error *error);

/* Gives the spare its header and its name (G1); returns its descriptor, open for writing, or -1. Fills segment->checksum. */
int segment_start(struct sys *sys, const char *folder, struct segment *segment, struct error *error);

/* Reads a segment whole. 0: bytes in `out` and a sound header; -1: XX001 with the file's name when the header is not. */
int segment_load(struct sys *sys, const char *folder, uint64_t first_lsn, const struct uuid *identity,
                 struct buf *out, struct segment *ret, struct error *error);

/* Opens a segment for appending: its descriptor, its header, its idle mark (zeros: none). */
int segment_open(struct sys *sys, const char *folder, uint64_t first_lsn, const struct uuid *identity, struct segment *ret,
                 struct sync_mark *ret_mark, struct error *error);

/* Whether there is nothing in it but its header. */
int segment_blank(struct sys *sys, const char *folder, uint64_t first_lsn, bool *ret, struct error *error);

/* The idle mark; zeros when there is none or it is torn. */
struct sync_mark segment_idle_mark(const struct segment *segment, struct slice bytes);
int segment_idle_mark_write(struct sys *sys, int fd, const struct segment *segment, const struct sync_mark *mark);

int segment_remove(struct sys *sys, const char *folder, uint64_t first_lsn, struct error *error);

#endif
