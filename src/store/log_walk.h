/* Reading the log: from a known LSN to its end, and the judgement of that end.
 *
 * The walk starts at the head of the segment that holds the record behind the base, checks the chain from there, and
 * hands out the records above the base. Where a record is not good, the log ends, in one of two ways:
 *
 *      torn     nothing witnesses that the record was ever durable: it was in flight when the machine stopped, and
 *               nobody was told of it. The tail is cut off, and reported.
 *      damaged  something witnesses it, so acknowledged data may be gone: recovery refuses, names file, offset and LSN.
 *
 * Witnesses that the record with LSN e was durable, each enough:
 *  (T1) its segment is closed: a later segment exists (G2), or the last one does not begin where this one ends;
 *  (T2) an image of this boot, or a finished snapshot, is at an LSN of e or more;
 *  (T3) a sync mark behind it names e or more (store/sync_mark.h, R4);
 *  (T4) the segment's idle mark names e or more (R4).
 *
 * A sound record behind the bad one is no witness by itself: disks write the sectors of calls that are not synced yet
 * in any order, so a later record of the batch that was in flight may well be there when an earlier one is not. A
 * mark tells the two apart. A sound record is found behind a hole by the checksum field of the record before it,
 * which is its seed.
 *
 * The chain alone leads from record to record: the next one lies behind the last, or behind the place of one mark there,
 * whatever lies in that place. */
#ifndef ROWHOUSE_STORE_LOG_WALK_H
#define ROWHOUSE_STORE_LOG_WALK_H

#include "store/wal.h"

struct log_walk {
    struct sys *sys;
    const char *folder;
    struct uuid identity;
    uint64_t *segments;             /* first LSNs, ascending */
    int count, at;                  /* the one that is loaded */
    struct segment segment;
    struct buf bytes;               /* of it */
    size_t offset;                  /* of the next record */
    uint64_t lsn, chain;            /* of the last good record */
    uint64_t witness_lsn;           /* (T2) */
    const char *witness;            /* "the image", "a snapshot" */
    /* At the end: */
    uint64_t torn_bytes;            /* from the first bad byte to the last that is not zero */
    uint64_t lost_records, lost_lsn;        /* sound records behind a damage */
};

enum walk_base { WALK_STARTS, WALK_FOREIGN, WALK_TOO_NEW };

/* Opens at `lsn` with the record's checksum `chain`. *ret says whether the log goes on from there: WALK_FOREIGN when
 * its record there is another, WALK_TOO_NEW when it begins behind lsn + 1. -1: damaged or unreadable. */
int log_walk_open(struct log_walk *walk, uint64_t lsn, uint64_t chain, enum walk_base *ret, struct error *error);
/* 1 and the next record, borrowed until the next call; 0 at the end, torn or clean; -1: damaged, XX001, or a record that
 * this server does not read, 0A000. */
int log_walk_next(struct log_walk *walk, struct record *ret, struct error *error);
/* Back to where the walk was. */
struct log_walk_mark {
    int at;
    size_t offset;
    uint64_t lsn, chain;
};
struct log_walk_mark log_walk_mark(const struct log_walk *walk);
int log_walk_rewind(struct log_walk *walk, const struct log_walk_mark *mark, struct error *error);
void log_walk_close(struct log_walk *walk);

/* After a damage: counts the sound records of the segments behind it too. */
void log_walk_count_lost(struct log_walk *walk);

/* Makes the end firm: zeroes a torn tail, writes those records again that no mark vouches for, and syncs. Again, because
 * a page whose write-back failed once is clean to the kernel and would never reach the disk by a sync alone. */
int log_walk_settle(struct log_walk *walk, struct error *error);
struct wal_end log_walk_end(const struct log_walk *walk);

#endif
