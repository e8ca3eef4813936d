/* The server under test, started for this run and gone with it. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_SERVER_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_SERVER_H

#include "operation.h"

struct server;

/* Starts `program`, or a second PostgreSQL for "-", with the migrations applied. Ends the process when it can't. */
struct server *server_start(const char *program, const char *migrations);
/* The second PostgreSQL; NULL: it is Rowhouse. PQfinish() it. */
PGconn *server_postgres(const struct server *server);
struct backend *server_backend(struct server *server, bool sql);     /* `sql`: see rowhouse_open() */
/* Applies one more migration to both servers; `judge`: a connection to the first. Ends the process when it can't. */
void server_migrate(struct server *server, const char *name, const char *text, PGconn *judge);
void server_stop(struct server *server);

#endif
