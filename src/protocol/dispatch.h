/* From a method's name and params to the function that serves it: one table, no socket.
 *
 * The table says of each method whether it reads, writes, or administers, so that the net loop knows where to run it:
 * reads on the loop's own view, writes (and reads behind a connection's own writes) on the writer. Tests go through the table to see that
 * each method is documented. Fuzzers and tests drive the server from here. */
#ifndef ROWHOUSE_PROTOCOL_DISPATCH_H
#define ROWHOUSE_PROTOCOL_DISPATCH_H

#include "native/native.h"
#include "protocol/args.h"

enum method_kind {
    METHOD_SESSION,                 /* answered by the connection itself: hello, auth, ping */
    METHOD_READ,                    /* a read view is enough */
    METHOD_WRITE,                   /* through the writer and the log */
    METHOD_EXCLUSIVE,               /* through the writer, in turns of its own that it begins itself: migrate */
    METHOD_OFFLOOP,                 /* long and without a transaction: snapshot, backup, verify: on a thread of its own */
};

enum method_right { RIGHT_ANYONE, RIGHT_SIGNED_IN, RIGHT_SERVICE };

struct method {
    const char *name;
    enum method_kind kind;
    enum method_right right;
    bool in_txn;                    /* may be an operation of `txn` */
    int options_at;                 /* position of the options map among the params; -1: takes none */
    /* NULL for METHOD_SESSION. Of METHOD_EXCLUSIVE and _OFFLOOP, rq->view names the store and shows nothing. */
    int (*run)(struct request *rq, struct args args, struct buf *out);
    const char *params;             /* for help, as in docs/protocol.md */
    const char *summary;            /* one line for help */
};

const struct method *method_find(struct slice name);
const struct method *method_table(int *ret_count);

/* What the server itself reads of a call before it runs. */
struct call_options {
    enum method_kind kind;          /* of this very call: `call` reads or writes depending on the function */
    bool relaxed;                   /* its transaction may be acknowledged before its sync */
    int64_t restore;                /* the load that it belongs to (engine/load.h); 0: none */
    struct slice idempotency_key;   /* of a write; data NULL: none */
};

/* -1: the params are malformed (filled error). `queries`: where statements of SQL are kept that were parsed for this; may be NULL. */
int method_options(const struct method *method, struct args args, struct queries *queries, struct call_options *ret, struct error *error);
int method_kind_of(const struct method *method, struct args args, enum method_kind *ret, struct error *error);

/* Whether the caller may use the method: 28000 when he has to sign in first, 42501 when it is not for him. */
int method_allowed(const struct method *method, const struct principal *who, struct error *error);

/* Checks the right, runs, undoes what a failed request did; a super admin's leaves its trail among the changes all the same. For a write with an idempotency key: replays the kept reply
 * or keeps the new one. `out` receives the result object on 0. */
int method_run(const struct method *method, struct request *rq, struct args args, struct buf *out);
/* The same for a caller who has asked method_allowed() and method_options() already. */
int method_run_allowed(const struct method *method, const struct call_options *options, struct request *rq, struct args args,
                       struct buf *out);

#endif
