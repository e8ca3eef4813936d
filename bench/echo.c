/* A bare libev server: the ceiling that the machine, the network and the load generator allow.
 *
 *      echo SOCKET SIZE
 *
 * It speaks just enough for librowhouse: for every message it answers [1, id, nil, row] with the id that came and a row
 * of SIZE bytes, those of the contact that the mix `get` is answered (loadgen --row-size). */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BUFFER_SIZE 65536
#define ROW_SIZE_MAX 1024

static uint8_t row[ROW_SIZE_MAX];       /* a bin */
static size_t row_size;

struct peer {
    ev_io io;
    size_t have;
    uint8_t in[BUFFER_SIZE];
};

/* The size of the MessagePack object at `at`, as far as the load generator uses the format; 0: not all there. */
static size_t object_size(const uint8_t *at, const uint8_t *end)
{
    if (at >= end)
        return 0;
    uint8_t c = *at;
    size_t head = 1, objects = 0;
    if (c <= 0x7f || c >= 0xe0 || c == 0xc0 || c == 0xc2 || c == 0xc3)
        head = 1;
    else if (c >= 0xa0 && c <= 0xbf)
        head = 1 + (c & 0x1f);
    else if (c == 0xd9 && end - at > 1)
        head = 2 + (size_t)at[1];
    else if (c == 0xcc || c == 0xd0)
        head = 2;
    else if (c == 0xcd || c == 0xd1)
        head = 3;
    else if (c == 0xce || c == 0xd2)
        head = 5;
    else if (c == 0xcf || c == 0xd3)
        head = 9;
    else if ((c & 0xf0) == 0x90)
        objects = c & 0x0f;
    else if ((c & 0xf0) == 0x80)
        objects = 2 * (size_t)(c & 0x0f);
    else
        return 0;
    for (; objects > 0; objects--) {
        size_t size = object_size(at + head, end);
        if (size == 0)
            return 0;
        head += size;
    }
    return head <= (size_t)(end - at) ? head : 0;
}

static void make_row(size_t size)
{
    size_t head = size - 2 <= UINT8_MAX ? 2 : 3;
    row_size = size;
    memset(row, 'x', size);
    row[1] = (uint8_t)((size - head) >> 8);
    row[head - 1] = (uint8_t)(size - head);
    row[0] = head == 2 ? 0xc4 : 0xc5;
}

/* [1, id, nil, row] for a request [0, id, ...]; the id is copied as it was packed. */
static size_t answer(const uint8_t *request, const uint8_t *end, uint8_t *out)
{
    size_t id_size = object_size(request + 2, end), size = 0;
    out[size++] = 0x94;
    out[size++] = 0x01;
    memcpy(out + size, request + 2, id_size);
    size += id_size;
    out[size++] = 0xc0;
    memcpy(out + size, row, row_size);
    return size + row_size;
}

static void on_ready(struct ev_loop *loop, ev_io *io, int events)
{
    static uint8_t out[BUFFER_SIZE * 40];
    struct peer *peer = (struct peer *)io;
    ssize_t got = read(io->fd, peer->in + peer->have, sizeof peer->in - peer->have);
    size_t at = 0, out_size = 0, size;
    if (got <= 0) {
        ev_io_stop(loop, io);
        close(io->fd);
        free(peer);
        return;
    }
    peer->have += (size_t)got;
    while ((size = object_size(peer->in + at, peer->in + peer->have)) > 0) {
        out_size += answer(peer->in + at, peer->in + peer->have, out + out_size);
        at += size;
    }
    memmove(peer->in, peer->in + at, peer->have - at);
    peer->have -= at;
    for (size_t sent = 0; sent < out_size;) {
        ssize_t wrote = write(io->fd, out + sent, out_size - sent);
        if (wrote < 0 && errno != EAGAIN)
            break;                  /* the peer is gone, which the next read tells */
        if (wrote > 0)
            sent += (size_t)wrote;
    }
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
    int one = 1, fd = accept(io->fd, NULL, NULL);
    struct peer *peer = calloc(1, sizeof *peer);
    if (fd < 0 || peer == NULL)
        exit(1);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    ev_io_init(&peer->io, on_ready, fd, EV_READ);
    ev_io_start(loop, &peer->io);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct sockaddr_in inet = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    ev_io io;
    size_t size = argc == 3 ? (size_t)atoi(argv[2]) : 0;
    if (size < 3 || size > ROW_SIZE_MAX) {
        fprintf(stderr, "usage: echo PORT|SOCKET SIZE\n");
        return 2;
    }
    make_row(size);
    signal(SIGPIPE, SIG_IGN);
    int port = atoi(argv[1]), one = 1;
    inet.sin_port = htons((uint16_t)port);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    int fd = socket(port > 0 ? AF_INET : AF_UNIX, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int bound = port > 0 ? bind(fd, (struct sockaddr *)&inet, sizeof inet) : bind(fd, (struct sockaddr *)&address, sizeof address);
    if (bound < 0 || listen(fd, 128) < 0) {
        perror(argv[1]);
        return 1;
    }
    ev_io_init(&io, on_accept, fd, EV_READ);
    ev_io_start(ev_default_loop(0), &io);
    ev_run(ev_default_loop(0), 0);
    return 0;
}
