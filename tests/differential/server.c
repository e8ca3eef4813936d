#include "server.h"

#include <rowhouse/rowhouse.h>
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

PGconn *server_postgres(const struct server *server)
{
    return server->pg != NULL ? pg_connect(server->pg) : NULL;
}

struct backend *server_backend(struct server *server, bool sql)
{
    if (server->pg != NULL)
        return postgres_open(server->pg, !sql);
    return rowhouse_open(rowhoused_address(server->rowhoused), rowhoused_service_key(server->rowhoused),
                         rowhoused_jwt_secret(server->rowhoused), sql);
}

static void migrate(const struct rowhoused *rowhoused, const char *name, const char *text)
{
    struct rh *db = rh_open(rowhoused_address(rowhoused), &(struct rh_options){ .timeout_ms = 60000 });
    if (rh_connect(db) != RH_OK || rh_authenticate(db, rowhoused_service_key(rowhoused)) != RH_OK
        || rh_request(db, NULL, "migrate", "[[{ss ss}]]", "name", name, "text", text) != RH_OK)
        die(name, rh_message(db));
    rh_close(db);
}

void server_migrate(struct server *server, const char *name, const char *text, PGconn *judge)
{
    PGconn *second = server->pg != NULL ? pg_connect(server->pg) : NULL;
    if (judge != NULL)
        PQclear(pg_query(judge, text));
    if (second != NULL)
        PQclear(pg_query(second, text));
    else
        migrate(server->rowhoused, name, text);
    PQfinish(second);
}

void server_stop(struct server *server)
{
    rowhoused_stop(server->rowhoused);
    pg_stop(server->pg);
    free(server);
}
