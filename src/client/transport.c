/* Bytes to and from the server: a non-blocking socket and poll(), until something is done or the deadline passes. */
#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 << 10)

int64_t transport_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Waits for `events`; what came of them, 0 at the deadline. */
static short wait_for(int fd, short events, int64_t deadline_us)
{
    for (;;) {
        int64_t left_us = deadline_us - transport_now_us();
        if (left_us <= 0)
            return 0;
        struct pollfd poll_fd = { .fd = fd, .events = events };
        int ready = poll(&poll_fd, 1, (int)((left_us + 999) / 1000));
        if (ready > 0)
            return poll_fd.revents;
        if (ready < 0 && errno != EINTR)
            return POLLERR;
    }
}

/* A non-blocking connection to one socket address; -1 and errno. */
static int connect_to(int family, const struct sockaddr *address, socklen_t size, int64_t deadline_us)
{
    int one = 1, problem = 0;
    socklen_t problem_size = sizeof problem;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, address, size) < 0 && errno != EINPROGRESS)
        goto failed;
    if (wait_for(fd, POLLOUT, deadline_us) == 0) {
        errno = ETIMEDOUT;
        goto failed;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &problem_size) < 0)
        goto failed;
    if (problem != 0) {
        errno = problem;
        goto failed;
    }
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
failed:
    problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static int connect_unix(struct rh *db, const char *path, int64_t deadline_us)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path[0] == '\0') {
        outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "\"%s\" is not an address: it names no socket", db->address);
        fail_hint(&db->error, "give host:port, [ipv6]:port or unix:/path/to/socket");
        return RH_NOT_SENT;
    }
    if (strlen(path) >= sizeof address.sun_path)
        return outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "the socket path \"%s\" is too long", path);
    strcpy(address.sun_path, path);
    db->fd = connect_to(AF_UNIX, (struct sockaddr *)&address, sizeof address, deadline_us);
    if (db->fd >= 0)
        return RH_OK;
    outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "cannot connect to \"%s\": %s", path, strerror(errno));
    fail_hint(&db->error, "is rowhoused running, with this socket in its configuration?");
    return RH_NOT_SENT;
}

/* "host:port" or "[ipv6]:port" into its parts; false: neither. */
static bool split_address(const char *address, char host[static 256], char port[static 16])
{
    const char *colon = strrchr(address, ':');
    if (colon == NULL || colon == address || strlen(colon + 1) == 0 || strlen(colon + 1) >= 16)
        return false;
    size_t size = (size_t)(colon - address);
    if (address[0] == '[' && colon[-1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= 256)
        return false;
    memcpy(host, address, size);
    host[size] = '\0';
    strcpy(port, colon + 1);
    return true;
}

static bool is_port(const char *text)
{
    long port = strtol(text, NULL, 10);
    return text[strspn(text, "0123456789")] == '\0' && port > 0 && port <= UINT16_MAX;
}

static int connect_tcp(struct rh *db, int64_t deadline_us)
{
    char host[256], port[16];
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    if (!split_address(db->address, host, port)) {
        outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "\"%s\" is not an address", db->address);
        fail_hint(&db->error, "give host:port, [ipv6]:port or unix:/path/to/socket");
        return RH_NOT_SENT;
    }
    if (!is_port(port)) {
        outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "\"%s\" is not an address: \"%s\" is no port", db->address, port);
        fail_hint(&db->error, "a port is a number from 1 to %d", UINT16_MAX);
        return RH_NOT_SENT;
    }
    int problem = getaddrinfo(host, port, &hints, &found);
    if (problem != 0) {
        outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "cannot find \"%s\": %s", host, gai_strerror(problem));
        fail_hint(&db->error, "give host:port, [ipv6]:port or unix:/path/to/socket");
        return RH_NOT_SENT;
    }
    for (struct addrinfo *each = found; each != NULL && db->fd < 0; each = each->ai_next)
        db->fd = connect_to(each->ai_family, each->ai_addr, each->ai_addrlen, deadline_us);
    freeaddrinfo(found);
    if (db->fd >= 0)
        return RH_OK;
    outcome(db, RH_NOT_SENT, SQLSTATE_CONNECTION_FAILURE, "cannot connect to \"%s\": %s", db->address, strerror(errno));
    fail_hint(&db->error, "is rowhoused running, and listening there?");
    return RH_NOT_SENT;
}

int transport_connect(struct rh *db, int64_t deadline_us)
{
    if (strncmp(db->address, "unix:", 5) == 0)
        return connect_unix(db, db->address + 5, deadline_us);
    if (db->address[0] == '/' || db->address[0] == '.')
        return connect_unix(db, db->address, deadline_us);
    return connect_tcp(db, deadline_us);
}

void transport_break(struct rh *db, const char *why)
{
    if (db->fd >= 0)
        close(db->fd);
    db->fd = -1;
    buf_clear(&db->out);
    buf_clear(&db->in);
    db->out_sent = 0;
    for (struct ticket *ticket = db->tickets, *next; ticket != NULL; ticket = next) {
        next = ticket->hh.next;
        if (ticket->state == TICKET_WAITING)
            ticket->state = TICKET_LOST;
        else if (ticket->state == TICKET_ABANDONED)
            ticket_forget(db, ticket);          /* nobody will ask for it */
    }
    fail(&db->error, SQLSTATE_CONNECTION_FAILURE, "the connection to \"%s\" broke: %s", db->address, why);
}

/* Sends what the socket takes. False: the connection broke. */
static bool send_some(struct rh *db)
{
    while (db->out_sent < db->out.size) {
        ssize_t sent = send(db->fd, db->out.data + db->out_sent, db->out.size - db->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN) {
            transport_break(db, strerror(errno));
            return false;
        }
        if (sent < 0)
            return true;
        db->out_sent += (size_t)sent;
    }
    buf_clear(&db->out);
    db->out_sent = 0;
    return true;
}

/* Takes all that has arrived, then looks for whole replies once: a large one is not searched again at every read. */
static void receive_all(struct rh *db)
{
    for (;;) {
        uint8_t *room = buf_reserve(&db->in, READ_SIZE);
        ssize_t got = recv(db->fd, room, READ_SIZE, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0) {
            char why[128];
            snprintf(why, sizeof why, "%s", got < 0 ? strerror(errno) : "the server closed it");
            if (reply_file_all(db) == 0)
                transport_break(db, why);
            return;
        }
        db->in.size += (size_t)got;
        if ((size_t)got < READ_SIZE)
            break;
    }
    reply_file_all(db);
}

int transport_run(struct rh *db, const struct ticket *ticket, int64_t deadline_us)
{
    for (;;) {
        if (ticket != NULL && ticket->state != TICKET_WAITING)
            return RH_OK;
        if (db->fd < 0)
            return RH_UNKNOWN;
        if (!send_some(db))
            return RH_UNKNOWN;
        if (ticket == NULL && db->out.size == 0)
            return RH_OK;
        short events = wait_for(db->fd, (short)(POLLIN | (db->out.size > 0 ? POLLOUT : 0)), deadline_us);
        if (events == 0)
            return outcome(db, RH_UNKNOWN, SQLSTATE_QUERY_CANCELED, "no reply from \"%s\" before the deadline", db->address);
        if ((events & (POLLIN | POLLHUP | POLLERR)) != 0)
            receive_all(db);
    }
}

int transport_advance(struct rh *db)
{
    if (db->fd >= 0 && send_some(db))
        receive_all(db);
    return db->fd >= 0 ? RH_OK : RH_UNKNOWN;
}

int transport_push(struct rh *db)
{
    if (db->fd >= 0)
        send_some(db);
    return db->fd >= 0 ? RH_OK : RH_UNKNOWN;
}
