/* What a server lends to every request that it runs: filled once at its start, passed along as request->host, const from then on.
 *
 *  (HOST-1) No module of the engine or of native keeps any of this for itself: two servers live in one process, each with its own.
 *  (HOST-2) What changes behind one of these pointers is its owner's to guard, as its header says.
 *
 * The types belong to the layers that own them; a member that is NULL is something that this server has not. */
#ifndef ROWHOUSE_ENGINE_HOST_H
#define ROWHOUSE_ENGINE_HOST_H

#include <stdint.h>

#include "base/limits.h"

struct host {
    const struct token_keys *token_keys;    /* that issue_token signs with (native/native.h) */
    const struct audit_signer *audit_signer;        /* of checkpoints (native/audit/audit_proof.h) */
    const char *exports;                    /* the folder that export_audit_log writes to, made when it is needed */
    const struct geo *geo;                  /* that check_ip_access asks (native/access/geo.h) */
    const struct expiry_days *expiry;       /* native/expiry.h; NULL: as its header has them */
    struct restoring *restoring;            /* the writer's own (native/restore.h) */
    struct index_uses *index_uses;          /* how often each index was walked (engine/scan/index_use.h) */
    struct query_counts *query_counts;      /* how long requests take (native/monitoring/slow_query.h) */
    struct keyring *keyring;                /* master keys of secret columns, and where they are kept (crypto/keyring.h) */
    const char *seal_key_file;
    struct seal_sweep *seal_sweep;          /* the writer's own (engine/seal_sweep.h) */
    int64_t *open_dump;                     /* the number of the dump that is open; of the thread for long work */
    const struct stats_source *stats;       /* counters of the server, for `stats` (protocol/methods.h) */
    struct server *server;                  /* for its own chores */
};

/* The threads that run requests: those of the network, the writer, the one for long work. Counters have a slot for each. */
enum worker { WORKER_NET_FIRST, WORKER_WRITER = NET_THREADS_MAX, WORKER_BACKGROUND, WORKERS };

#endif
