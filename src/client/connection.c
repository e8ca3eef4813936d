/* Connections: opening, greeting, signing in, and what the last call said. */
#include "client/client.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sys.h"

struct rh *rh_open(const char *address, const struct rh_options *options)
{
    struct rh *db = memory_alloc(sizeof *db);
    db->sys = sys_real();
    db->address = memory_string(address);
    db->fd = -1;
    if (options != NULL)
        db->options = *options;
    if (db->options.timeout_ms <= 0)
        db->options.timeout_ms = TIMEOUT_DEFAULT_MS;
    if (db->options.reply_size_max == 0)
        db->options.reply_size_max = REPLY_SIZE_MAX + KIB(1);
    return db;
}

int rh_connect(struct rh *db)
{
    /* A connection that the server ended meanwhile shows it now, not at the next request. */
    if (db->fd >= 0 && transport_advance(db) == RH_OK)
        return RH_OK;
    error_clear(&db->error);
    int result = transport_connect(db, transport_now_us() + (int64_t)db->options.timeout_ms * 1000);
    if (result == RH_OK)
        result = rh_request(db, NULL, "hello", "[{s:s}]", "client", "librowhouse " RH_VERSION);
    if (result == RH_OK && db->token != NULL)
        result = rh_request(db, NULL, "auth", "[s]", db->token);
    if (result == RH_OK)
        return RH_OK;
    struct error why = db->error;
    if (db->fd >= 0)
        transport_break(db, "it did not greet");
    db->error = why;
    return result == RH_REFUSED ? RH_REFUSED : RH_NOT_SENT;
}

int rh_authenticate(struct rh *db, const char *token)
{
    int result = rh_request(db, NULL, "auth", "[s]", token);
    if (result == RH_OK) {
        char *copy = memory_string(token);
        free(db->token);
        db->token = copy;
    }
    return result;
}

void rh_close(struct rh *db)
{
    if (db == NULL)
        return;
    if (db->fd >= 0)
        close(db->fd);
    while (db->tickets != NULL)
        ticket_forget(db, db->tickets);
    buf_done(&db->out);
    buf_done(&db->in);
    buf_done(&db->scratch);
    free(db->address);
    free(db->token);
    free(db->key);
    free(db);
}

void rh_set_timeout(struct rh *db, int timeout_ms)
{
    db->options.timeout_ms = timeout_ms > 0 ? timeout_ms : TIMEOUT_DEFAULT_MS;
}

const char *rh_message(const struct rh *db) { return db->error.message; }
const char *rh_sqlstate(const struct rh *db) { return sqlstate_code(db->error.state); }
const char *rh_detail(const struct rh *db) { return db->error.detail; }
const char *rh_hint(const struct rh *db) { return db->error.hint; }
