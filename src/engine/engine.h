/* The engine: a deterministic function of (state, request, principal, time, random). No socket, no clock, no
 * global, no thread: who calls brings a view of the store and everything else in `struct request`.
 *
 *  (E1) A request sees and changes only houses that its principal may enter; the walls are key ranges, policies
 *       filter inside them.
 *  (E2) A request that fails has changed nothing: its change list is taken back in reverse.
 *  (E3) Every row that is written satisfies every constraint of its table, every policy, and has all index entries.
 *  (E4) Nothing borrowed from the store outlives the next write or the view: what is kept is copied to the arena. */
#ifndef ROWHOUSE_ENGINE_ENGINE_H
#define ROWHOUSE_ENGINE_ENGINE_H

#include "engine/host.h"
#include "engine/principal.h"
#include "store/store.h"

/* What a transaction did so far: the one list behind log, undo, change feed and audit (design: one list, four uses). */
struct changes {
    struct change *items;
    int count, capacity;
    struct arena *arena;            /* keys and values live here until the transaction is logged or undone */
    int sequence_items[8];          /* where changes of sequences may be found, by number modulo 8: see engine/system.c */
};

/* Whether a load is open (engine/load.h), and whose the request is. */
enum load_state { LOAD_NONE, LOAD_OTHERS, LOAD_OWN };

struct queries;                     /* engine/queries.h */
struct seal_marks;                  /* engine/seal_mark.h */

struct request {
    struct view *view;
    const struct principal *who;
    int64_t now_us;                 /* now() of this request */
    uint64_t id;                    /* for logs and records */
    struct sys *sys;                /* random bytes only */
    const struct host *host;        /* what the server lends; never NULL where native functions run */
    enum worker worker;             /* the thread that runs it */
    struct arena *arena;            /* of the request: results, plans, copies */
    struct work *work;              /* what it may still do (base/work.h); NULL: there is no limit */
    struct changes *changes;        /* NULL: the request may not write (25006) */
    struct error *error;
    struct queries *queries;        /* statements of SQL that this thread keeps; NULL: the request runs none */
    bool keeps_sealed;              /* sealed cells stay closed, and nobody may look into them: of `verify` without keys, of rows that are deleted */
    struct seal_marks *marks;       /* what the writer remembers of secret columns (engine/seal_mark.h); NULL: nothing */
    enum load_state load;           /* LOAD_OTHERS: it may not write (55006); LOAD_OWN: references wait for the load's end */
    struct slice refused;           /* the operation of a txn whose no is to stay (protocol/txn.c); data NULL: none */
};

/* Where a request stands in its change list, and back to it (E2). */
int changes_mark(const struct request *rq);
void changes_undo(struct request *rq, int mark);

/* Applies a migration inside an exclusive turn: records it, folds it, lets the store do the physical effects, then runs
 * its statements and checks its rows. `rq->changes` receives everything. One that was applied with the same text has no
 * effects; with another text: 55000. After a failure the turn must be aborted: what the store did is not undone here. */
int engine_migrate(struct request *rq, const char *name, struct slice text, struct effects *ret_effects);

#endif
