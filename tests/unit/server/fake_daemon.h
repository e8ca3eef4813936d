/* A whole server on the disk of tests/unit/store/fake_disk.h: log, snapshots, backups and secrets lie on it; its image, which no
 * power cut spares anyway, and its socket are the machine's. */
#ifndef ROWHOUSE_TESTS_FAKE_DAEMON_H
#define ROWHOUSE_TESTS_FAKE_DAEMON_H

#include "daemon.h"

#include "../store/fake_disk.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"

/* `schema` NULL: that of the reference. */
static inline void fake_daemon_prepare(struct daemon *d, struct fake_disk *disk, const char *schema)
{
    daemon_prepare(d, schema == NULL ? "" : schema);
    d->sys = fake_disk_sys(disk);
    if (schema == NULL)
        daemon_set(d, "migrations", "schema/migrations");
    daemon_set(d, "data", "/data");
    daemon_set(d, "jwt_secret_file", "/data/jwt.secret");
    daemon_set(d, "service_key_file", "/data/service.key");
    daemon_set(d, "seal_key_file", "/data/seal.key");
    d->config.segment_size = (int64_t)KIB(256);         /* below what may be configured: files of that disk are small */
    d->config.snapshot_log_bytes = (int64_t)KIB(300);
}

/* Whether nothing arrives for a while that is long for who would send it by mistake. */
static inline bool peer_is_silent(const struct peer *p)
{
    struct pollfd wait = { p->fd, POLLIN, 0 };
    return p->taken == p->in.size && poll(&wait, 1, 100) == 0;
}

#endif
