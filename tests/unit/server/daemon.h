/* A whole server in the test's process, on a Unix socket in a directory of its own, and peers that speak to it. */
#ifndef ROWHOUSE_TESTS_DAEMON_H
#define ROWHOUSE_TESTS_DAEMON_H

#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server.h"
#include "value/json.h"

#define PATIENCE_OF_A_TEST_S 3600       /* what takes longer hangs */

/* With one answer, and with a server that is to stop: so long no load of the machine makes it. ROWHOUSE_PATIENCE_S says otherwise where none is expected (tests/mutants/run). */
static inline int patience_s(void)
{
    const char *given = getenv("ROWHOUSE_PATIENCE_S");
    return given != NULL ? atoi(given) : 240;
}

struct daemon {
    char dir[64];
    struct config config;
    struct sys *sys;                /* NULL: the machine's */
    struct server server;
    pthread_t thread;
    struct error error;
    int result;
};

static inline void daemon_set(struct daemon *d, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline void daemon_set(struct daemon *d, const char *name, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cr_assert_eq(config_set(&d->config, name, text, "test", &d->error), 0, "%s", d->error.message);
}

/* A directory with one migration, and a configuration for a server on it. */
static inline void daemon_prepare(struct daemon *d, const char *schema)
{
    char path[128];
    memset(d, 0, sizeof *d);
    strcpy(d->dir, "/tmp/rowhouse-server-XXXXXX");
    cr_assert(mkdtemp(d->dir) != NULL);
    snprintf(path, sizeof path, "%.100s/migrations", d->dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    strcat(path, "/0001.sql");
    FILE *file = fopen(path, "w");
    fputs(schema, file);
    fclose(file);
    log_set_level(LOG_ERROR);
    config_defaults(&d->config);
    daemon_set(d, "data", "%s/data", d->dir);
    daemon_set(d, "listen", "none");
    daemon_set(d, "socket", "%s/sock", d->dir);
    daemon_set(d, "migrations", "%s/migrations", d->dir);
    daemon_set(d, "image_dir", "%s", d->dir);
    daemon_set(d, "jwt_secret_file", "%s/jwt.secret", d->dir);
    daemon_set(d, "service_key_file", "%s/service.key", d->dir);
    daemon_set(d, "seal_key_file", "%s/seal.key", d->dir);
    daemon_set(d, "net_threads", "2");
    daemon_set(d, "segment_size", "16MiB");
}

static inline void *daemon_main(void *env)
{
    struct daemon *d = env;
    d->result = server_run(&d->server, &d->error);
    return NULL;
}

static inline void daemon_start(struct daemon *d)
{
    cr_assert_eq(server_open(&d->server, &d->config, d->sys != NULL ? d->sys : sys_real(), &d->error), 0, "%s (%s)", d->error.message, d->error.detail);
    cr_assert_eq(pthread_create(&d->thread, NULL, daemon_main, d), 0);
    while (!atomic_load(&d->server.serving))
        usleep(1000);
}

static inline void daemon_stop(struct daemon *d)
{
    alarm((unsigned)patience_s());              /* one that does not stop ends the test's process */
    server_stop(&d->server);
    pthread_join(d->thread, NULL);
    alarm(0);
    cr_assert_eq(d->result, 0, "%s", d->error.message);
}

static inline void daemon_remove(struct daemon *d)
{
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%.63s'", d->dir);
    cr_assert_eq(system(command), 0);
}

/* --- Peers --- */

struct peer {
    int fd;
    struct buf out, in;
    size_t taken;                   /* of `in` */
    struct arena arena;
};

struct reply {
    uint32_t id;
    char state[6];                  /* "00000" for a success */
    struct slice message, result;   /* borrowed until the next reply is read */
};

static inline void peer_open(struct peer *p, const struct daemon *d)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memset(p, 0, sizeof *p);
    arena_init(&p->arena, SIZE_MAX);
    strcpy(address.sun_path, d->config.socket);
    p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(p->fd, (struct sockaddr *)&address, sizeof address), 0, "%s", strerror(errno));
}

static inline void peer_close(struct peer *p)
{
    close(p->fd);
    buf_done(&p->out);
    buf_done(&p->in);
    arena_done(&p->arena);
}

/* Queues a message: a request, or with id 0 a notification. Params are a JSON array. */
static inline void peer_ask(struct peer *p, uint32_t id, const char *method, const char *format, ...) __attribute__((format(printf, 4, 5)));
static inline void peer_ask(struct peer *p, uint32_t id, const char *method, const char *format, ...)
{
    static _Thread_local char json[1 << 20];
    struct error error;
    struct slice params;
    va_list list;
    va_start(list, format);
    int size = vsnprintf(json, sizeof json, format, list);
    va_end(list);
    cr_assert(size < (int)sizeof json);
    cr_assert_eq(json_parse(slice_of(json, (size_t)size), &p->arena, &params, &error), 0, "%s", json);
    mp_put_array(&p->out, id == 0 ? 3 : 4);
    mp_put_uint(&p->out, id == 0 ? 2 : 0);
    if (id != 0)
        mp_put_uint(&p->out, id);
    mp_put_string(&p->out, method);
    buf_append_slice(&p->out, params);
    arena_reset(&p->arena);
}

static inline void peer_send(struct peer *p)
{
    for (size_t sent = 0; sent < p->out.size;) {
        ssize_t n = send(p->fd, p->out.data + sent, p->out.size - sent, MSG_NOSIGNAL);
        cr_assert(n > 0, "%s", strerror(errno));
        sent += (size_t)n;
    }
    buf_clear(&p->out);
}

/* More bytes from the server; false at the end. */
static inline bool peer_receive(struct peer *p)
{
    struct pollfd wait = { p->fd, POLLIN, 0 };
    cr_assert_eq(poll(&wait, 1, patience_s() * 1000), 1, "nothing came");
    ssize_t n = read(p->fd, buf_reserve(&p->in, KIB(256)), KIB(256));
    if (n <= 0)
        return false;
    p->in.size += (size_t)n;
    return true;
}

/* The next reply, in the order of arrival; false when the server has closed. */
static inline bool peer_reply(struct peer *p, struct reply *ret)
{
    int64_t size;
    uint32_t count;
    uint64_t number;
    struct slice state;
    if (p->taken > MIB(1)) {
        memmove(p->in.data, p->in.data + p->taken, p->in.size - p->taken);
        p->in.size -= p->taken;
        p->taken = 0;
    }
    while ((size = mp_check(slice_of(p->in.data + p->taken, p->in.size - p->taken), WIRE_DEPTH_MAX)) == 0)
        if (!peer_receive(p)) {
            cr_assert_eq(p->taken, p->in.size, "half a reply");
            return false;
        }
    cr_assert(size > 0);
    struct slice in = slice_of(p->in.data + p->taken, (size_t)size);
    p->taken += (size_t)size;
    cr_assert(mp_array(&in, &count) && count == 4 && mp_uint(&in, &number) && number == 1 && mp_uint(&in, &number));
    ret->id = (uint32_t)number;
    strcpy(ret->state, "00000");
    ret->message = slice_of(NULL, 0);
    if (!mp_nil(&in)) {
        cr_assert(mp_array(&in, &count) && count == 4 && mp_str(&in, &state) && state.size == 5 && mp_str(&in, &ret->message));
        memcpy(ret->state, state.data, 5);
        mp_skip(&in, NULL);
        mp_skip(&in, NULL);
    }
    ret->result = in;
    return true;
}

/* One request and its reply. */
static inline void peer_answer(struct peer *p, struct reply *ret)
{
    peer_send(p);
    cr_assert(peer_reply(p, ret), "the server has closed");
}
#define peer_call(p, ret, method, ...) (peer_ask(p, 1, method, __VA_ARGS__), peer_answer(p, ret))
#define CALL_OK(p, method, ...)                                                                                          \
    do {                                                                                                                 \
        struct reply reply_;                                                                                             \
        peer_call(p, &reply_, method, __VA_ARGS__);                                                                      \
        cr_assert_str_eq(reply_.state, "00000", "%s: %.*s", method, SLICE_FMT(reply_.message));                          \
    } while (0)
#define CALL_FAILS(code, p, method, ...)                                                                                 \
    do {                                                                                                                 \
        struct reply reply_;                                                                                             \
        peer_call(p, &reply_, method, __VA_ARGS__);                                                                      \
        cr_assert_str_eq(reply_.state, code, "%s: %.*s", method, SLICE_FMT(reply_.message));                             \
    } while (0)

static inline int64_t reply_number(const struct reply *reply)
{
    int64_t number = -1;
    struct slice in = reply->result;
    cr_assert_str_eq(reply->state, "00000", "%.*s", SLICE_FMT(reply->message));
    cr_assert(mp_int(&in, &number));
    return number;
}

static inline int64_t peer_number(struct peer *p, const char *method, const char *params)
{
    struct reply reply;
    peer_call(p, &reply, method, "%s", params);
    return reply_number(&reply);
}

/* What ends a connection: a last error under id 0, and nothing after it. */
static inline void peer_last_words(struct peer *p, const char *state)
{
    struct reply reply;
    cr_assert(peer_reply(p, &reply));
    cr_assert_eq(reply.id, 0);
    cr_assert_str_eq(reply.state, state);
    cr_assert(!peer_reply(p, &reply), "more after the last words");
}

#endif
