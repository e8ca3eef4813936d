#include "server.h"

#include <stdlib.h>

#include "lib/keeper.h"
#include "lib/rowhoused.h"

struct server {
    struct rowhoused *rowhoused;            /* one of the two */
    struct pg *pg;
};

struct server *server_start(const char *program, const char *migrations)
{
    struct server *server = calloc(1, sizeof *server);
    if (strcmp(program, "-") != 0) {
        server->rowhoused = rowhoused_start(program, migrations);
        return server;
    }
    server->pg = pg_start();
    if (!pg_run_directory(server->pg, migrations, 0))
        die("cannot load", migrations);
    return server;
}

struct backend *server_backend(struct server *server, bool sql)
{
    if (server->pg != NULL)
        return postgres_open(server->pg);
    return rowhouse_open(rowhoused_address(server->rowhoused), rowhoused_service_key(server->rowhoused),
                         rowhoused_jwt_secret(server->rowhoused), sql);
}

void server_stop(struct server *server)
{
    rowhoused_stop(server->rowhoused);
    pg_stop(server->pg);
    free(server);
}
