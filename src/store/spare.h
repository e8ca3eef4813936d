/* The next segment, made ahead of need by a thread of its own: filling 64 MiB with zeros must not hold up a commit. */
#ifndef ROWHOUSE_STORE_SPARE_H
#define ROWHOUSE_STORE_SPARE_H

#include "store/segment.h"

struct spare;

/* Starts the thread, which makes the first spare at once. `folder` must outlive it. */
int spare_open(struct sys *sys, const char *folder, uint64_t size, struct spare **ret, struct error *error);
void spare_close(struct spare *spare);                 /* ends a fill in progress; NULL is fine */

/* Waits for one that is being made for the first time. -1 with the reason when making it failed: another try is asked for, at most
 * once in SPARE_RETRY_MS, and until one succeeds the answer stays the same. */
int spare_ready(struct spare *spare, struct error *error);

/* Waits until there is one, or makes it here when the thread could not; it is the caller's to start and rename. */
int spare_take(struct spare *spare, struct error *error);
/* The caller has renamed it: the thread makes the next. */
void spare_taken(struct spare *spare);

#endif
