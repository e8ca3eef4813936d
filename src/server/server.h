/* The server: what its threads share. Built by main.c from the configuration, torn down in the opposite order.
 *
 *      main thread   signals, listening sockets (listener.c)
 *      net threads   connections, reads (loop.c, connection.c, route.c)
 *      writer        every change (writer.c)
 *      offloop       long administrative work (offloop.c)
 *      log thread    the store's; calls back when an LSN is durable */
#ifndef ROWHOUSE_SERVER_SERVER_H
#define ROWHOUSE_SERVER_SERVER_H

#include "crypto/keyring.h"
#include "engine/seal_sweep.h"
#include "native/audit/audit_proof.h"
#include "native/expiry.h"
#include "native/restore.h"
#include "protocol/methods.h"
#include "server/config.h"
#include "server/listener.h"
#include "server/loop.h"
#include "server/offloop.h"
#include "server/upkeep.h"
#include "server/writer.h"
#include "store/secret.h"

struct server {
    const struct config *config;
    struct sys *sys;
    struct store *store;
    struct secret service_key;
    struct keyring keyring;             /* of the store: the master keys of secret columns */
    struct token_keys *token_keys;
    struct geo *geo;                    /* NULL: none configured */
    struct audit_signer audit_signer;
    char exports[CONFIG_TEXT_MAX + 16]; /* the folder of exported audit logs */
    struct expiry_days expiry;
    struct restoring restoring;         /* the writer's */
    struct host host;                   /* of every request: of the members above, and the counters */
    struct prepared *prepared;          /* handles of prepared statements */
    struct writer writer;
    struct offloop offloop;
    int64_t open_dump;                  /* the number of the dump that is open (methods_dump.c): the offloop's */
    struct seal_sweep seal_sweep;       /* the writer's */
    struct upkeep upkeep;
    int loop_count;
    unsigned next_loop;                 /* that takes a connection: the main thread's */
    struct loop loops[NET_THREADS_MAX];
    struct ev_loop *ev;                 /* of the main thread */
    ev_async stop;
    struct listener listeners[LISTENERS_MAX];
    int listener_count;
    int connections_max;                /* the configuration's, or what the limit of open files allows */
    atomic_int connection_count;
    atomic_bool serving;                /* the threads run: on_durable may reach them */
    struct stats_source stats;
    int64_t started_us;
};

/* Opens the data directory, applies migrations, makes what a first start needs, listens. -1 leaves nothing open. */
int server_open(struct server *server, const struct config *config, struct sys *sys, struct error *error);
/* Serves until server_stop(); then stops accepting, finishes what runs, syncs, takes a snapshot. */
int server_run(struct server *server, struct error *error);
/* From any thread, between server_open() and the end of server_run(). */
void server_stop(struct server *server);

/* What the method `stats` tells of the server, for struct stats_source. counters.c */
int server_counters(const void *server, struct counter ret[static STATS_OF_SERVER_MAX]);

void server_announce_room(struct server *server);       /* by the writer: its queue has room again */
void server_connection_gone(struct server *server);

/* A thread with all signals blocked; the process stops when there cannot be one. */
void server_thread(pthread_t *ret, const char *name, void *(*run)(void *), void *env);

#endif
