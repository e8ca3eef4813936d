/* A snapshot: the image at one LSN, compacted, compressed and with a footer that finishes it; snapshots/<LSN, 16 hexadecimal digits>.snap.
 * One format, four uses: checkpoint, backup, restore, the start of a replica. Integers little-endian.
 *
 *       0  8 bytes  "RHSNAP02"
 *       8  u64      LSN
 *      16  u64      checksum of that LSN's record: the log goes on with it as its seed
 *      24  16 bytes identity of the data directory
 *      40  i64      time of creation, microseconds since 1970-01-01 UTC
 *      48  u64      features (store/format.h)
 *      56  u64      XXH3-64 of bytes 0 to 55
 *      64           LMDB's compacting copy of the image, as one zstd frame
 *    end-40  8 bytes  "RHFOOT02"
 *    end-32  u64      bytes of the copy
 *    end-24  u64      XXH3-64 of the copy
 *    end-16  u64      bytes of the whole file
 *    end- 8  u64      XXH3-64 of the footer's first 32 bytes, seeded with the header's checksum
 *
 *  (P1) It is written as new.tmp, synced, and gets its name when it is finished: a named snapshot is complete.
 *  (P2) It gets its name when the log is durable up to its LSN: it never holds what the log could lose.
 *  (P3) The last two are kept, and the log from the older one on: if the newer is damaged the older one serves. */
#ifndef ROWHOUSE_STORE_SNAPSHOT_H
#define ROWHOUSE_STORE_SNAPSHOT_H

#include "store/internal.h"

#define SNAPSHOT_NAME_SIZE sizeof "0000000000000001.snap"

struct snapshot {
    uint64_t lsn, chain, size;      /* size: of the copy */
    int64_t created_us;
    struct uuid identity;
};

void snapshot_name(uint64_t lsn, char out[static SNAPSHOT_NAME_SIZE]);
/* The LSNs of all in a folder, newest first; *ret is malloc'ed. Returns their number, or -1. */
int snapshot_list(struct sys *sys, const char *folder, uint64_t **ret, struct error *error);
/* Header and footer: whether it is finished, not whether every byte is sound. */
int snapshot_look(struct sys *sys, const char *folder, uint64_t lsn, struct snapshot *ret, struct error *error);
/* Writes the copy to the file `to` (a plain one, not synced) and checks every byte. `to` NULL: checks only. */
int snapshot_load(struct sys *sys, const char *folder, uint64_t lsn, const char *to, struct snapshot *ret, struct error *error);

/* Holds `snapshots.running`: exclusive among snapshots, and against what keeps readers out. */
void running_begin(struct store *store);
void running_end(struct store *store);
/* Takes one of `store` into `folder`. One at a time: the caller holds `snapshots.running`. */
int snapshot_take(struct store *store, const char *folder, struct snapshot *ret, struct error *error);
/* The same, waiting for its turn and making room in the map first. */
int snapshot_in(struct store *store, const char *folder, struct snapshot *ret, struct error *error);
/* Around what copies the image: one at a time, with room in the map for what the image grows by meanwhile. */
void copying_begin(struct store *store);
void copying_end(struct store *store);
/* Keeps the two newest and the log that they need. */
int snapshot_prune(struct store *store, struct error *error);

/* The background thread. */
int snapshots_start(struct store *store, struct error *error);
void snapshots_stop(struct store *store);
/* After a commit: wakes the thread when the log since the last snapshot is long enough. */
void snapshots_consider(struct store *store);
/* Before a turn: a pause while a snapshot makes the image grow too far. */
void snapshots_slow(struct store *store);

#endif
