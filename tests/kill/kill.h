/* kill -9 at any moment: the parts of the test, and what they share. kill.c tells the whole. */
#ifndef ROWHOUSE_TESTS_KILL_H
#define ROWHOUSE_TESTS_KILL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <rowhouse/rowhouse.h>

#define TENANTS 2
#define WORKERS_PER_TENANT 2
#define WORKERS (TENANTS * WORKERS_PER_TENANT)
#define GRANTED 2000000000
#define PATH_MAX_HERE 192

struct tenant {
    struct rh_uuid organization, user;
    char *token;
    int64_t removals;               /* that its audit log must have a record of */
};

/* One thread with one connection. */
struct worker {
    pthread_t thread;
    int number;
    struct tenant *tenant;
    struct rh *db;
    _Atomic int64_t done;           /* transactions acknowledged: names 0 to done - 1 are in */
    bool pending;                   /* the outcome of number `done` is unknown */
    _Atomic int64_t relaxed_done;   /* the same of its relaxed writes, which have no keys */
    bool relaxed_pending;
};

extern struct tenant tenants[TENANTS];
extern struct worker workers[WORKERS];
extern atomic_bool stopping;        /* the load ends */
extern unsigned seed;
extern char directory[];

void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void need(int outcome, struct rh *db, const char *what);

/* --- daemon.c: one data directory and the server on it --- */

enum start {
    START_PLAIN,
    START_REBUILD,                  /* the image is not trusted, as after a power loss */
    START_IMAGELESS,                /* it is gone */
    STARTS
};

struct daemon {
    char data[PATH_MAX_HERE], image[PATH_MAX_HERE], address[PATH_MAX_HERE + 32];
    pid_t pid;                      /* 0: none runs */
};

extern const char *server_program, *command_program;
extern struct daemon server;

void daemon_place(struct daemon *daemon, const char *name);     /* paths below `directory` */
void daemon_start(struct daemon *daemon, enum start how);
void daemon_end(struct daemon *daemon, int signal);
void daemon_connect(struct daemon *daemon, struct rh *db);      /* waits until it answers */
struct rh *daemon_service(struct daemon *daemon);               /* a connection with the service key */
void daemon_verify_offline(struct daemon *daemon);              /* while it does not run */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));        /* a shell's command that must work */

/* --- load.c: what runs while the server is killed --- */

void load_set_up(struct rh *service, int number);   /* a tenant */
void *load_work(void *worker);
void load_resolve(struct worker *worker);           /* after a start: repeats what is unknown under its key */
void load_repeat(struct worker *worker);            /* repeats what is long done: it happens once */

/* A migration, and whether it was acknowledged. */
struct step {
    pthread_t thread;
    struct rh *db;
    int number;
    bool done;
};
void *load_migrate(void *step);

/* Removals of old audit entries, one after the other, each under a key of its own. */
struct retention {
    pthread_t thread;
    struct rh *db;
    struct tenant *tenant;
    int cycle, number;
    bool pending;                   /* the outcome of the last one is unknown */
};
void *load_retain(void *retention);
void load_resolve_retention(struct retention *retention, struct rh *service);

/* New keys for secret columns, and rows sealed anew under them. */
struct rekeying {
    pthread_t thread;
    struct rh *db;
};
void *load_rekey(void *rekeying);

/* A backup, and what was acknowledged when it was asked for. */
struct backup {
    pthread_t thread;
    struct rh *db;
    struct daemon daemon;
    int64_t done[WORKERS], relaxed_done[WORKERS];
    bool complete;
};
void *load_backup(void *backup);

/* --- judge.c --- */

void judge_all(struct rh *service);
void judge_verify(struct rh *service);
void judge_migration(struct rh *service, const struct step *step);
void judge_backup(struct backup *backup);

#endif
