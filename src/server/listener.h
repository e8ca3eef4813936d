/* Listening sockets: TCP and Unix. The main thread accepts and hands connections to the loops in turn. */
#ifndef ROWHOUSE_SERVER_LISTENER_H
#define ROWHOUSE_SERVER_LISTENER_H

#include <ev.h>

#include "base/error.h"

#define LISTENERS_MAX 16                /* a host name may have several addresses */

struct server;

struct listener {
    struct server *server;
    int fd;
    ev_io acceptable;
    ev_timer pause;                     /* after a failure to accept, such as no file descriptors */
    char path[108];                     /* of a Unix socket, to remove; else empty */
};

/* "host:port", "[::1]:7432", "*:7432"; or a path. Adds to server->listeners. */
int listener_open_tcp(struct server *server, const char *address, struct error *error);
int listener_open_unix(struct server *server, const char *path, struct error *error);

/* Where a TCP listener really listens: port 0 has become one. */
#define LISTENER_ADDRESS_SIZE 64
void listener_address(const struct listener *listener, char text[static LISTENER_ADDRESS_SIZE]);
void listener_start(struct listener *listener);
void listener_close(struct listener *listener);

#endif
