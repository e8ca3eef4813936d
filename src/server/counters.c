#include "server/server.h"

#include <string.h>

int server_counters(const void *env, struct counter ret[static STATS_OF_SERVER_MAX])
{
    const struct server *server = env;
    uint64_t requests = 0, errors = 0, bytes_in = 0, bytes_out = 0, parked = 0;
    for (int i = 0; i < server->loop_count; i++) {
        const struct loop_counters *counters = &server->loops[i].counters;
        requests += atomic_load(&counters->requests);
        errors += atomic_load(&counters->errors);
        bytes_in += atomic_load(&counters->bytes_in);
        bytes_out += atomic_load(&counters->bytes_out);
        parked += atomic_load(&counters->parked);
    }
    const struct counter counters[] = {
        { "uptime_ms", (uint64_t)(sys_now_us(server->sys) - server->started_us) / 1000 },
        { "connections", (uint64_t)atomic_load(&server->connection_count) },
        { "requests", requests },
        { "errors", errors + atomic_load(&server->writer.failures) },
        { "bytes_in", bytes_in },
        { "bytes_out", bytes_out },
        { "replies_parked", parked },
        { "writer_requests", atomic_load(&server->writer.requests) },
        { "writer_turns", atomic_load(&server->writer.turns) },
        { "writer_queue", (uint64_t)atomic_load(&server->writer.admitted) },
    };
    _Static_assert(sizeof counters / sizeof *counters <= STATS_OF_SERVER_MAX, "there is a place for each");
    memcpy(ret, counters, sizeof counters);
    return (int)(sizeof counters / sizeof *counters);
}
