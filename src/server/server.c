#include "server/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/version.h"
#include "engine/queries.h"
#include "engine/scan/index_use.h"
#include "engine/seal_file.h"
#include "native/access/geo.h"
#include "native/monitoring/slow_query.h"
#include "server/address.h"
#include "server/connection.h"
#include "server/migrations.h"
#include "server/token_files.h"
#include "value/letters.h"

void server_thread(pthread_t *ret, const char *name, void *(*run)(void *), void *env)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(ret, NULL, run, env);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        struct error error;
        fail(&error, SQLSTATE_OUT_OF_MEMORY, "cannot make the thread \"%s\": %s", name, strerror(code));
        store_fatal("threads", &error);
    }
    pthread_setname_np(*ret, name);
}

void server_announce_room(struct server *server)
{
    for (int i = 0; i < server->loop_count; i++)
        loop_room(&server->loops[i]);
}

void server_connection_gone(struct server *server)
{
    atomic_fetch_sub(&server->connection_count, 1);
}

/* From the log thread: everything up to `lsn` is on disk. */
static void on_durable(void *env, uint64_t lsn)
{
    struct server *server = env;
    if (!atomic_load(&server->serving))
        return;
    writer_durable(&server->writer, lsn);
    for (int i = 0; i < server->loop_count; i++)
        loop_durable(&server->loops[i], lsn);
}

/* On a thread of the store or the writer: what failed costs no data yet. */
static void on_trouble(void *env, const char *what, const struct error *error)
{
    log_error(what, error);
}

/* --- Opening --- */

/* Fewer connections where the limit of open files is low: what the server has open beside them it must be able to open, above all the
 * log's next segment. */
static int fit_file_limit(struct server *server, struct error *error)
{
    const rlim_t beside = SERVER_FILES_MAX + 4 * (rlim_t)server->config->net_threads;
    const rlim_t wanted = (rlim_t)server->config->connections_max + beside;
    struct rlimit limit;
    server->connections_max = (int)server->config->connections_max;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
        return 0;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted ? wanted : limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        limit.rlim_cur = before;
    if (limit.rlim_cur >= wanted)
        return 0;
    if (limit.rlim_cur <= beside) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%d open files are too few: the server needs %d beside its connections", (int)limit.rlim_cur,
             (int)beside);
        return fail_hint(error, "raise the limit (ulimit -n)");
    }
    server->connections_max = (int)(limit.rlim_cur - beside);
    log_event(LOG_WARN, "few_files", "limit", "%" PRId64, (int64_t)limit.rlim_cur, "wanted", "%" PRId64, (int64_t)wanted,
              "connections", "%d", server->connections_max, NULL);
    return 0;
}

static int open_store(struct server *server, struct error *error)
{
    const struct config *config = server->config;
    struct store_config store = {
        .data_dir = config->data, .image_dir = config->image_dir, .segment_size = (size_t)config->segment_size,
        .snapshot_log_bytes = (size_t)config->snapshot_log_bytes, .snapshot_growth_max = (size_t)config->snapshot_growth_max,
        .rebuild_image = config->rebuild_image, .keyring = &server->keyring, .on_durable = on_durable, .on_trouble = on_trouble, .env = server,
    };
    if (letters_check(error) < 0 || store_open(&store, server->sys, &server->store, error) < 0)
        return -1;
    const struct store_recovery *found = store_recovery(server->store);
    log_event(LOG_INFO, "recovered", "image", "%s", found->image, "lsn", "%" PRId64, (int64_t)found->last_lsn,
              "replayed", "%" PRId64, (int64_t)found->replayed, "torn_bytes", "%" PRId64, (int64_t)found->torn_bytes,
              "took_ms", "%" PRId64, found->took_us / 1000, NULL);
    if (found->passed_over[0] != '\0')
        log_event(LOG_WARN, "passed_over", "what", "%s", found->passed_over, NULL);
    if (found->resorted[0] != '\0')
        log_event(LOG_WARN, "resorted", "indexes", "%s", found->resorted, NULL);
    return 0;
}

static int read_public_key(const char *path, char pem[static SECRET_SIZE_MAX + 1], struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the public key \"%s\": %s", path, strerror(errno));
    size_t size = fread(pem, 1, SECRET_SIZE_MAX, file);
    pem[size] = '\0';
    fclose(file);
    return 0;
}

static int open_secret(struct sys *sys, const char *path, const char *prefix, const char *what, struct secret *ret, struct error *error)
{
    bool made;
    if (secret_open(path, prefix, sys, ret, &made, error) < 0)
        return fail_within(error, "%s", what);
    if (made)
        log_event(LOG_INFO, "secret_made", "what", "%s", what, "file", "%s", path, NULL);
    return 0;
}

/* The key that checkpoints of audit logs are signed with lies with the data whose past it vouches for. */
static int open_audit_key(const struct config *config, struct sys *sys, struct audit_signer *ret, struct error *error)
{
    struct secret secret;
    char path[CONFIG_TEXT_MAX + 16];
    snprintf(path, sizeof path, "%s/audit.key", config->data);
    if (open_secret(sys, path, AUDIT_KEY_PREFIX, "audit key", &secret, error) < 0)
        return -1;
    int result = audit_signer_set(ret, slice_of(secret.text, secret.size), error);
    explicit_bzero(&secret, sizeof secret);
    return result < 0 ? fail_within(error, "\"%s/audit.key\"", config->data) : 0;
}

static int open_seal_key(struct server *server, struct error *error)
{
    const char *path = server->config->seal_key_file;
    bool made;
    if (seal_file_open(path, server->store, server->sys, &server->keyring, &made, error) < 0)
        return fail_within(error, "key file");
    if (made)
        log_event(LOG_INFO, "secret_made", "what", "%s", "key file", "file", "%s", path, NULL);
    return 0;
}

static int open_secrets(struct server *server, struct error *error)
{
    const struct config *config = server->config;
    struct secret secret;
    char pem[SECRET_SIZE_MAX + 1] = "";
    if (open_secret(server->sys, config->service_key_file, "rhs_", "service key", &server->service_key, error) < 0 ||
        open_secret(server->sys, config->jwt_secret_file, "", "token secret", &secret, error) < 0 ||
        open_audit_key(config, server->sys, &server->audit_signer, error) < 0 || open_seal_key(server, error) < 0)
        return -1;
    bool es256 = config->jwt_es256_public_key_file[0] != '\0';
    if (es256 && read_public_key(config->jwt_es256_public_key_file, pem, error) < 0)
        return -1;
    int result = token_keys_new(slice_of(secret.text, secret.size), es256 ? pem : NULL, &server->token_keys, error);
    explicit_bzero(&secret, sizeof secret);
    if (result == 0 && config->jwt_keys_dir[0] != '\0')
        result = token_files_load(config->jwt_keys_dir, server->token_keys, error);
    if (result == 0 && config->jwt_signing_kid[0] != '\0')
        result = token_keys_sign_with(server->token_keys, config->jwt_signing_kid, error);
    server->host.token_keys = server->token_keys;
    return result < 0 ? fail_within(error, "tokens") : 0;
}

static int open_geo(struct server *server, struct error *error)
{
    if (server->config->geo_database[0] == '\0')
        return 0;
    int result = geo_open(server->config->geo_database, &server->geo, error);
    server->host.geo = server->geo;
    return result;
}

static void close_geo(struct server *server)
{
    geo_close(server->geo);
    server->geo = NULL;
}

static int open_listeners(struct server *server, struct error *error)
{
    const struct config *config = server->config;
    if (!address_is_none(config->listen) && listener_open_tcp(server, config->listen, error) < 0)
        return -1;
    if (strcmp(config->socket, "none") != 0 && listener_open_unix(server, config->socket, error) < 0)
        return -1;
    if (server->listener_count == 0)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "there is nothing to listen on: both \"listen\" and \"socket\" are none");
    return 0;
}

static int migrate(struct server *server, struct error *error)
{
    const struct config *config = server->config;
    return config->migrations[0] == '\0' && config->declaration[0] == '\0' ? 0
         : migrations_apply_all(server->store, config->migrations, config->declaration, config->migrations_out_of_order, server->sys, error);
}

static void close_listeners(struct server *server)
{
    while (server->listener_count > 0)
        listener_close(&server->listeners[--server->listener_count]);
}

static void forget_secrets(struct server *server)
{
    token_keys_free(server->token_keys);
    explicit_bzero(&server->audit_signer, sizeof server->audit_signer);
    explicit_bzero(&server->service_key, sizeof server->service_key);
    keyring_done(&server->keyring);
}

/* What requests are lent: filled here; what is opened later is set there. */
static void lend(struct server *server)
{
    const struct config *config = server->config;
    snprintf(server->exports, sizeof server->exports, "%s/exports", config->data);
    server->stats = (struct stats_source){ server_counters, server };
    server->expiry = (struct expiry_days){ .access_log = config->access_log_days, .login_attempts = config->login_attempts_days,
                                           .two_factor_attempts = config->two_factor_attempts_days,
                                           .security_alerts = config->security_alerts_days, .consumption_logs = config->consumption_logs_days };
    server->host = (struct host){
        .audit_signer = &server->audit_signer, .exports = server->exports, .expiry = &server->expiry, .restoring = &server->restoring,
        .index_uses = index_uses_new(), .query_counts = query_counts_new(), .keyring = &server->keyring,
        .seal_key_file = config->seal_key_file, .seal_sweep = &server->seal_sweep, .open_dump = &server->open_dump, .stats = &server->stats,
        .server = server,
    };
}

static void take_back_lent(struct server *server)
{
    index_uses_free(server->host.index_uses);
    query_counts_free(server->host.query_counts);
}

static void on_stop(struct ev_loop *ev, ev_async *watcher, int events)
{
    ev_break(ev, EVBREAK_ALL);
}

/* Not the default loop: that one reaps every child of the process. A few descriptors are polled: a call of epoll_ctl that fails would
 * cost libev the one that a stop comes through. */
static void open_loop(struct server *server)
{
    server->ev = ev_loop_new(EVBACKEND_POLL);
    assert(server->ev != NULL);
    ev_async_init(&server->stop, on_stop);
    ev_async_start(server->ev, &server->stop);
}

void server_stop(struct server *server)
{
    ev_async_send(server->ev, &server->stop);
}

int server_open(struct server *server, const struct config *config, struct sys *sys, struct error *error)
{
    struct error ignored;
    *server = (struct server){ .config = config, .sys = sys, .started_us = sys_now_us(sys) };
    lend(server);
    if (fit_file_limit(server, error) < 0 || open_store(server, error) < 0) {
        take_back_lent(server);
        return -1;
    }
    /* The addresses are taken before anything is migrated: a start that must fail changes no schema. Who connects meanwhile waits. */
    if (open_secrets(server, error) == 0 && open_geo(server, error) == 0 && open_listeners(server, error) == 0 && migrate(server, error) == 0) {
        open_loop(server);
        return 0;
    }
    close_listeners(server);
    close_geo(server);
    forget_secrets(server);
    take_back_lent(server);
    store_close(server->store, &ignored);
    return -1;
}

/* --- Running --- */

static void start_threads(struct server *server)
{
    server->loop_count = (int)server->config->net_threads;
    server->prepared = prepared_new();
    writer_start(&server->writer, server);
    offloop_start(&server->offloop, server);
    for (int i = 0; i < server->loop_count; i++)
        loop_start(&server->loops[i], server, i);
    atomic_store(&server->serving, true);
}

/* Loops end when their last connection has its replies, so after them nobody submits any more. */
static void stop_threads(struct server *server)
{
    for (int i = 0; i < server->loop_count; i++)
        loop_stop(&server->loops[i]);
    for (int i = 0; i < server->loop_count; i++)
        loop_join(&server->loops[i]);
    offloop_stop(&server->offloop);
    writer_stop(&server->writer);
    atomic_store(&server->serving, false);
}

static void log_listening(const struct server *server)
{
    struct buf addresses = { 0 };
    char one[LISTENER_ADDRESS_SIZE];
    for (int i = 0; i < server->listener_count; i++) {
        if (server->listeners[i].path[0] != '\0')
            continue;
        listener_address(&server->listeners[i], one);
        buf_printf(&addresses, "%s%s", addresses.size > 0 ? "," : "", one);
    }
    log_event(LOG_INFO, "listening", "version", "%s", ROWHOUSE_VERSION, "address", "%s", addresses.size > 0 ? buf_text(&addresses) : "none",
              "socket", "%s", server->config->socket, "net_threads", "%d", server->loop_count, NULL);
    buf_done(&addresses);
}

int server_run(struct server *server, struct error *error)
{
    start_threads(server);
    for (int i = 0; i < server->listener_count; i++)
        listener_start(&server->listeners[i]);
    if (server->config->upkeep)
        upkeep_start(&server->upkeep, server);
    log_listening(server);
    ev_run(server->ev, 0);
    if (server->config->upkeep)
        upkeep_stop(&server->upkeep);
    close_listeners(server);
    stop_threads(server);
    for (int i = 0; i < server->loop_count; i++)
        loop_done(&server->loops[i]);
    ev_async_stop(server->ev, &server->stop);
    ev_loop_destroy(server->ev);
    prepared_free(server->prepared);
    int result = store_close(server->store, error);
    close_geo(server);
    forget_secrets(server);
    take_back_lent(server);
    return result;
}
