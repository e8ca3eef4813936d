#include "server/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "protocol/rpc.h"
#include "server/address.h"
#include "server/connection.h"
#include "server/server.h"

#define BACKLOG       1024
#define ACCEPTS_MAX   64                /* of one wake-up */
#define ACCEPT_PAUSE_S 0.5

/* What every connection speaks. */
static const struct wire *const wire = &wire_msgpack;

/* --- Accepting --- */

/* Too many: a last error, and the socket is gone. */
static void turn_away(const struct server *server, int fd)
{
    struct buf out = { 0 };
    struct error error;
    fail(&error, SQLSTATE_TOO_MANY_CONNECTIONS, "the server has as many connections as it may");
    if (server->connections_max < server->config->connections_max)
        fail_hint(&error, "a higher limit of open files (ulimit -n) allows more");
    else
        fail_hint(&error, "connections_max raises the limit, up to %d", CONNECTIONS_MAX);
    wire->error(&out, 0, &error);
    if (send(fd, out.data, out.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        /* It goes without a word. */
    }
    shutdown(fd, SHUT_WR);
    close(fd);
    buf_done(&out);
}

static void accepted(struct server *server, int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);         /* no effect on Unix sockets */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (atomic_fetch_add(&server->connection_count, 1) >= server->connections_max) {
        server_connection_gone(server);
        turn_away(server, fd);
        return;
    }
    loop_accept(&server->loops[server->next_loop++ % (unsigned)server->loop_count], connection_new(fd, wire));
}

static void on_acceptable(struct ev_loop *ev, ev_io *watcher, int events)
{
    struct listener *listener = watcher->data;
    if ((events & EV_ERROR) != 0) {         /* its watcher was stopped */
        ev_timer_start(ev, &listener->pause);
        return;
    }
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            accepted(listener->server, fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* The peer stays in the backlog; asking again at once would only burn the processor. */
            log_event(LOG_WARN, "accept_failed", "reason", "%s", strerror(errno), NULL);
            ev_io_stop(ev, watcher);
            ev_timer_start(ev, &listener->pause);
            return;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

static void on_pause_over(struct ev_loop *ev, ev_timer *watcher, int events)
{
    struct listener *listener = watcher->data;
    ev_io_start(ev, &listener->acceptable);
}

/* --- Opening --- */

static struct listener *add(struct server *server, int fd)
{
    struct listener *listener = &server->listeners[server->listener_count++];
    *listener = (struct listener){ .server = server, .fd = fd };
    ev_io_init(&listener->acceptable, on_acceptable, fd, EV_READ);
    ev_timer_init(&listener->pause, on_pause_over, ACCEPT_PAUSE_S, 0.0);
    listener->acceptable.data = listener->pause.data = listener;
    return listener;
}

static int open_one(struct server *server, const struct addrinfo *info, const char *address, struct error *error)
{
    int one = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(error, SQLSTATE_IO_ERROR, "cannot make a socket for \"%s\": %s", address, strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (info->ai_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        fail(error, SQLSTATE_IO_ERROR, "cannot listen on \"%s\": %s", address, strerror(errno));
        if (errno == EADDRINUSE)
            fail_hint(error, "another server is running there: choose another address with --listen");
        close(fd);
        return -1;
    }
    add(server, fd);
    return 0;
}

int listener_open_tcp(struct server *server, const char *address, struct error *error)
{
    char host[256], port[16];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found;
    if (address_split(address, host, port, error) < 0)
        return -1;
    bool any = strcmp(host, "*") == 0 || host[0] == '\0';
    int code = getaddrinfo(any ? NULL : host, port, &hints, &found);
    if (code != 0)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is no address to listen on: %s", address, gai_strerror(code));
    int result = 0;
    for (struct addrinfo *info = found; info != NULL && result == 0 && server->listener_count < LISTENERS_MAX - 1; info = info->ai_next)
        result = open_one(server, info, address, error);
    freeaddrinfo(found);
    return result;
}

/* What a killed server left at the path is removed: a socket that nobody listens on. Anything else there is not ours. */
static int clear_path(const struct sockaddr_un *address, struct error *error)
{
    struct stat status;
    if (lstat(address->sun_path, &status) < 0)
        return 0;
    if (!S_ISSOCK(status.st_mode)) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is there and is no socket", address->sun_path);
        return fail_hint(error, "choose another path with --socket");
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool alive = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);
    if (fd >= 0)
        close(fd);
    if (alive) {
        fail(error, SQLSTATE_OBJECT_IN_USE, "another server listens on \"%s\"", address->sun_path);
        return fail_hint(error, "choose another path with --socket");
    }
    unlink(address->sun_path);
    return 0;
}

int listener_open_unix(struct server *server, const char *path, struct error *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address.sun_path) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the path of the Unix socket has more than %zu bytes: \"%s\"", sizeof address.sun_path - 1, path);
        return fail_hint(error, "choose a shorter one with --socket, or none with --socket none");
    }
    strcpy(address.sun_path, path);
    if (clear_path(&address, error) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(error, SQLSTATE_IO_ERROR, "cannot make a Unix socket: %s", strerror(errno));
    mode_t before = umask(0077);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(before);
    if (bound < 0 || listen(fd, BACKLOG) < 0) {
        fail(error, SQLSTATE_IO_ERROR, "cannot listen on \"%s\": %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    strcpy(add(server, fd)->path, path);
    return 0;
}

void listener_address(const struct listener *listener, char text[static LISTENER_ADDRESS_SIZE])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[INET6_ADDRSTRLEN + 1] = "", port[8] = "";
    bool known = getsockname(listener->fd, (struct sockaddr *)&address, &size) == 0 &&
                 getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0;
    bool six = known && address.ss_family == AF_INET6;
    snprintf(text, LISTENER_ADDRESS_SIZE, six ? "[%s]:%s" : "%s:%s", host, port);
}

void listener_start(struct listener *listener)
{
    ev_io_start(listener->server->ev, &listener->acceptable);
}

void listener_close(struct listener *listener)
{
    if (listener->server->ev != NULL) {
        ev_io_stop(listener->server->ev, &listener->acceptable);
        ev_timer_stop(listener->server->ev, &listener->pause);
    }
    close(listener->fd);
    if (listener->path[0] != '\0')
        unlink(listener->path);
}
