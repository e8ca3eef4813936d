/* stats: counters of the server and of its store, one flat map. */
#include "protocol/methods.h"

#include "base/version.h"
#include "value/mp.h"

static void put(struct buf *out, uint32_t *count, const char *name, uint64_t number)
{
    mp_put_string(out, name);
    mp_put_uint(out, number);
    ++*count;
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
    struct counter counters[STATS_OF_SERVER_MAX];
    const struct stats_source *server = rq->host->stats;
    mp_put_string(&map, "version");
    mp_put_string(&map, ROWHOUSE_VERSION);
    int of_server = server != NULL ? server->read(server->env, counters) : 0;
    for (int i = 0; i < of_server; i++)
        put(&map, &count, counters[i].name, counters[i].number);
    put_store(&map, &count, rq->view->store);
    mp_put_map(out, count);
    buf_append_slice(out, buf_slice(&map));
    buf_done(&map);
    return 0;
}
