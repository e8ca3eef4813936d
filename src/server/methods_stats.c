/* stats: counters of the server and of its store, one flat map. */
#include "server/methods.h"

#include "base/version.h"
#include "server/server.h"

static _Atomic(const struct server *) source;

void stats_source(const struct server *server)
{
    atomic_store(&source, server);
}

static void put(struct buf *out, uint32_t *count, const char *name, uint64_t number)
{
    mp_put_string(out, name);
    mp_put_uint(out, number);
    ++*count;
}

static void put_server(struct buf *out, uint32_t *count, const struct server *server)
{
    uint64_t requests = 0, errors = 0, bytes_in = 0, bytes_out = 0, parked = 0;
    for (int i = 0; i < server->loop_count; i++) {
        const struct loop_counters *counters = &server->loops[i].counters;
        requests += atomic_load(&counters->requests);
        errors += atomic_load(&counters->errors);
        bytes_in += atomic_load(&counters->bytes_in);
        bytes_out += atomic_load(&counters->bytes_out);
        parked += atomic_load(&counters->parked);
    }
    put(out, count, "uptime_ms", (uint64_t)(sys_now_us(server->sys) - server->started_us) / 1000);
    put(out, count, "connections", (uint64_t)atomic_load(&server->connection_count));
    put(out, count, "requests", requests);
    put(out, count, "errors", errors + atomic_load(&server->writer.failures));
    put(out, count, "bytes_in", bytes_in);
    put(out, count, "bytes_out", bytes_out);
    put(out, count, "replies_parked", parked);
    put(out, count, "writer_requests", atomic_load(&server->writer.requests));
    put(out, count, "writer_turns", atomic_load(&server->writer.turns));
    put(out, count, "writer_queue", (uint64_t)atomic_load(&server->writer.admitted));
}

static void put_store(struct buf *out, uint32_t *count, struct store *store)
{
    struct store_stats stats;
    store_stats(store, &stats);
    put(out, count, "committed_lsn", stats.committed_lsn);
    put(out, count, "durable_lsn", stats.durable_lsn);
    put(out, count, "snapshot_lsn", stats.snapshot_lsn);
    put(out, count, "image_bytes", stats.image_bytes);
    put(out, count, "map_bytes", stats.map_bytes);
    put(out, count, "log_bytes", stats.log_bytes);
    put(out, count, "batches", stats.batches);
    put(out, count, "transactions", stats.transactions);
    put(out, count, "syncs", stats.syncs);
    put(out, count, "sync_us_total", (uint64_t)stats.sync_us_total);
    put(out, count, "oldest_reader_us", (uint64_t)stats.oldest_reader_us);
    put(out, count, "tenants", stats.tenants);
}

int stats_run(struct request *rq, struct args args, struct buf *out)
{
    struct buf map = { 0 };
    uint32_t count = 1;
    const struct server *server = atomic_load(&source);
    mp_put_string(&map, "version");
    mp_put_string(&map, ROWHOUSE_VERSION);
    if (server != NULL)
        put_server(&map, &count, server);
    put_store(&map, &count, rq->view->store);
    mp_put_map(out, count);
    buf_append_slice(out, buf_slice(&map));
    buf_done(&map);
    return 0;
}
