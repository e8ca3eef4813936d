/* A disk in memory that can lose power, tear what was not synced, fail the n-th call, and be full: what lies there can be
 * overwritten then, but no file grows or is made.
 *
 * Two views of every file and name: what the running system sees, and what the platter holds. A write changes the
 * first; a sync of the file carries its dirty sectors over, a sync of the folder the changes of its names. When power
 * goes, each dirty sector is carried over or not, by chance, and so is a prefix of the changes of names, in order; from
 * then on the platter does not change, and the process, which has not noticed, plays on with the first view. A folder
 * whose name was not carried over is gone with all that was in it. A sync that fails carries some sectors over and takes
 * all of them for written, as Linux does: another sync alone does not write them.
 *
 * Everything lies in memory shared with forked children: a child that stops leaves the disk to its parent. */
#ifndef ROWHOUSE_TESTS_FAKE_DISK_H
#define ROWHOUSE_TESTS_FAKE_DISK_H

#include "base/sys.h"

#define FAKE_DISK_KILLED 71             /* status of a process that fake_disk_kill_at() ended */

struct fake_disk;

struct fake_disk *fake_disk_new(uint64_t seed);
struct fake_disk *fake_disk_clone(const struct fake_disk *disk);        /* the system's view of it, all synced */
void fake_disk_free(struct fake_disk *disk);
struct sys *fake_disk_sys(struct fake_disk *disk);

uint64_t fake_disk_calls(const struct fake_disk *disk);                 /* made so far */
void fake_disk_fail(struct fake_disk *disk, uint64_t call);             /* that call returns EIO; 0: none */
bool fake_disk_failed(const struct fake_disk *disk);                    /* whether it came to that */
void fake_disk_fill(struct fake_disk *disk, uint64_t call);             /* full from that call on, for good: ENOSPC; 0: no more */
void fake_disk_power_off_at(struct fake_disk *disk, uint64_t call);     /* before that call; 0: never */
void fake_disk_kill_at(struct fake_disk *disk, uint64_t call);          /* the process ends before that call; 0: never */
void fake_disk_power_off(struct fake_disk *disk);                       /* now */
bool fake_disk_is_off(const struct fake_disk *disk);
void fake_disk_power_on(struct fake_disk *disk);                        /* the platter is what the system sees; descriptors are gone; another boot */
void fake_disk_restart(struct fake_disk *disk);                         /* the process ended, the machine did not: only descriptors are gone */

/* While it holds, no datasync returns, as on a disk that takes very long. */
void fake_disk_hold(struct fake_disk *disk, bool held);
void fake_disk_wait(struct fake_disk *disk);                            /* until a datasync is held */

void fake_disk_full_after(struct fake_disk *disk, int64_t questions);   /* room() finds none after so many; -1: always some */

/* The bytes of a file as the system sees it, to be spoilt by hand; NULL: there is none. */
uint8_t *fake_disk_bytes(struct fake_disk *disk, const char *path, uint64_t *ret_size);
void fake_disk_set_size(struct fake_disk *disk, const char *path, uint64_t size);
bool fake_disk_equal(struct fake_disk *a, struct fake_disk *b);         /* names and bytes as the systems see them */
void fake_disk_remove(struct fake_disk *disk, const char *path);

#endif
