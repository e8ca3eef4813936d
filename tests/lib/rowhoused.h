/* A private rowhoused for the time of a test: a fresh data directory, a Unix socket, known secrets. */
#ifndef ROWHOUSE_TESTS_ROWHOUSED_H
#define ROWHOUSE_TESTS_ROWHOUSED_H

struct rowhoused;

/* Starts `program` with the migrations of a directory applied. Prints why and ends the process when it can't. */
struct rowhoused *rowhoused_start(const char *program, const char *migrations);
void rowhoused_stop(struct rowhoused *server);              /* NULL is fine */

const char *rowhoused_address(const struct rowhoused *server);          /* for rh_open() */
const char *rowhoused_service_key(const struct rowhoused *server);
const char *rowhoused_jwt_secret(const struct rowhoused *server);       /* HS256 */

#endif
