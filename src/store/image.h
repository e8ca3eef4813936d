/* The image: LMDB's file as the memory of the store, and where it lies.
 *
 * Opened NOSYNC | WRITEMAP | MAPASYNC | NOTLS | NORDAHEAD: a commit costs no system call, and nothing of it is trusted
 * after a power loss. A process that was killed leaves the mapped file at its last commit, so an image of this boot
 * can be kept. Its folder holds data.mdb and lock.mdb (LMDB's) and `mark`, three lines of text:
 *
 *      rowhouse-image 2 <features>                            another version or other features: it is made anew
 *      boot <the kernel's boot id> inode <of data.mdb>        how one knows that it is of this boot, and no copy
 *      data <identity> <path of the data directory>           so that images of removed directories can be swept
 *
 *  (I1) The mark is written when the image is complete: a half-loaded one has none and is made anew.
 *  (I2) META "applied" holds the LSN that the rows are at, and the checksum of that LSN's record, written in the same
 *       transaction as the rows: LSN u64 BE, checksum u64 BE, behind the row checksum that every value has.
 *  (I3) The map grows only while no transaction is open in the process: readers excluded, between batches. A size that cannot
 *       be mapped leaves it as it was.
 *  (I4) The file is sparse: room of its file system is asked for before each turn, because a page that cannot be had
 *       when it is first written to stops the process (SIGBUS). */
#ifndef ROWHOUSE_STORE_IMAGE_H
#define ROWHOUSE_STORE_IMAGE_H

#include <lmdb.h>
#include <stdatomic.h>

#include "store/file.h"
#include "store/keyspace.h"

struct image {
    struct sys *sys;
    MDB_env *env;                   /* NULL: not open */
    MDB_dbi dbi;
    char folder[PATH_SIZE];
    int mark_fd;                    /* holds the lock on the folder; -1: none */
    _Atomic size_t map_size;
    _Atomic size_t used;            /* bytes of the file up to its last page, as image_measure() found it */
    bool private;                   /* of an offline tool: removed at the close */
};

/* Finds the folder: `place` is the configuration's image_dir; `need` the bytes that the image will take at least. Locks it. */
int image_place(struct image *image, struct sys *sys, const char *data_dir, const struct uuid *identity, const char *place, size_t need,
                struct error *error);
/* A folder of its own that vanishes at the close. */
int image_place_private(struct image *image, struct sys *sys, const char *data_dir, size_t need, struct error *error);

/* The folder of an image that exists, without choosing, making or removing anything; for salvage. */
int image_find(struct image *image, struct sys *sys, const char *data_dir, const struct uuid *identity, const char *place,
               struct error *error);

bool image_trusted(const struct image *image);      /* of this boot and complete */
int image_open(struct image *image, struct error *error);
int image_open_reading(struct image *image, struct error *error);
int image_mark(struct image *image, const char *data_dir, const struct uuid *identity, struct error *error);    /* (I1) */
/* Closes and removes what is there, mark first. */
int image_clear(struct image *image, struct error *error);
void image_close(struct image *image);              /* a zeroed or half-open one is fine */
void image_path(const struct image *image, char out[static PATH_SIZE]);             /* of data.mdb */

/* (I2) */
struct image_applied {
    uint64_t lsn, chain;
};
int image_applied(const struct image *image, MDB_txn *txn, struct image_applied *ret, struct error *error);
int image_apply_lsn(const struct image *image, MDB_txn *txn, const struct image_applied *applied, struct error *error);

/* Looks at LMDB's meta page, which lies in the map: only where the map cannot grow meanwhile, after each commit. */
void image_measure(struct image *image);
bool image_full(const struct image *image, size_t reserve);         /* less than that of the map is free */
/* (I3). 53100 or 53200 when it cannot: then it is as large as it was. */
int image_grow(struct image *image, size_t reserve, struct error *error);
int image_room(const struct image *image, struct error *error);     /* (I4): 53100 */

/* LMDB's code as an error: 53100 for a full map, XX001 for damage, 58030 else. Returns -1. */
int image_fail(struct error *error, int code, const char *what);

/* The checksum that stands before every stored row (K3). */
uint64_t image_checksum(struct slice key, struct slice value);

#endif
