/* The change list of a request, from the writing side. */
#ifndef ROWHOUSE_ENGINE_CHANGES_H
#define ROWHOUSE_ENGINE_CHANGES_H

#include "engine/engine.h"

/* Applies one change to the store and appends it to the list. `old_value`: what is there now, in the request's arena (data
 * NULL: nothing is); `new_value`: data NULL removes. Key and new value are copied. On failure nothing has happened. */
int changes_add(struct request *rq, struct slice key, struct slice old_value, struct slice new_value);

/* Appends a change that the store has applied by itself. */
void changes_record(struct request *rq, const struct change *change);

/* Whether the transaction may not be acknowledged before its sync, whatever the caller asks: it changes a table that the schema marks
 * @sync, or what credits and audit keep beside their tables. */
bool changes_must_sync(const struct request *rq);

/* The newest change's new value: where the row that was just written lives. */
struct slice changes_newest(const struct request *rq);

#endif
