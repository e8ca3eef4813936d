/* Each call of epoll_ctl fails once: a connection may be closed, but nobody is left hanging, and the server stops when it is told. */
#include "fake_daemon.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

static atomic_int calls, failing;
static atomic_bool ours[1024];              /* by descriptor; Criterion polls as well */

/* In place of the C library's, for libev. */
__attribute__((visibility("default"))) int epoll_create1(int flags);
int epoll_create1(int flags)
{
    int fd = (int)syscall(SYS_epoll_create1, flags);
    if (fd >= 0 && fd < 1024 && atomic_load(&failing) > 0)
        atomic_store(&ours[fd], true);
    return fd;
}

__attribute__((visibility("default"))) int epoll_ctl(int ev, int what, int fd, struct epoll_event *event);
int epoll_ctl(int ev, int what, int fd, struct epoll_event *event)
{
    if (ev >= 0 && ev < 1024 && atomic_load(&ours[ev]) && atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing)) {
        errno = ENOMEM;
        return -1;
    }
    return (int)syscall(SYS_epoll_ctl, ev, what, fd, event);
}

/* Sends what is queued and reads so many bytes and all that comes with them; false when the server has closed. Neither is a client
 * that hangs. */
static bool exchange(struct peer *p, size_t want)
{
    static char bytes[1 << 16];
    size_t got = 0;
    bool open = send(p->fd, p->out.data, p->out.size, MSG_NOSIGNAL) == (ssize_t)p->out.size;
    buf_clear(&p->out);
    usleep(20000);                          /* replies meet a socket that is full */
    while (open) {
        struct pollfd wait = { p->fd, POLLIN, 0 };
        int there = poll(&wait, 1, got < want ? patience_s() * 1000 : 20);
        cr_assert(there == 1 || got >= want, "call %d: a client hangs", atomic_load(&failing));
        if (there != 1)
            break;
        ssize_t n = read(p->fd, bytes, sizeof bytes);
        open = n > 0;
        got += n > 0 ? (size_t)n : 0;
    }
    return open;
}

/* Requests whose replies are more than a socket takes at once, then another one. */
static bool is_answered(struct daemon *d)
{
    enum { REPLIES = 30, SIZE = 100000 };
    struct peer p;
    peer_open(&p, d);
    peer_ask(&p, 1, "auth", "[\"%s\"]", d->server.service_key.text);
    for (uint32_t i = 0; i < REPLIES; i++)
        peer_ask(&p, 2 + i, "query", "[\"select repeat('x', %d)\"]", SIZE);
    bool open = exchange(&p, (size_t)REPLIES * SIZE);
    peer_ask(&p, 99, "ping", "[]");
    open = open && exchange(&p, 1);
    peer_close(&p);
    return open;
}

Test(poll, each_call_fails_once, .timeout = PATIENCE_OF_A_TEST_S)
{
    struct daemon *d = calloc(1, sizeof *d);
    bool more = true;
    int closed = 0;
    struct fake_disk *disk = fake_disk_new(1);
    fake_daemon_prepare(d, disk, "create table rooms (id int primary key);");
    daemon_set(d, "net_threads", "1");
    for (int call = 1; more; call++) {
        atomic_store(&calls, 0);
        atomic_store(&failing, call);
        daemon_start(d);
        closed += !is_answered(d);
        more = atomic_load(&calls) >= call;
        if (more)
            cr_assert(is_answered(d) || atomic_load(&calls) == call, "call %d: the next one is not answered", call);
        daemon_stop(d);
        cr_assert_leq(call, 200);
    }
    cr_assert_gt(closed, 0);
    daemon_remove(d);
    fake_disk_free(disk);
    free(d);
}
