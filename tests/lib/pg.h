/* A private PostgreSQL 15 server, for tests that ask PostgreSQL what is right.
 *
 * It runs from Debian's package in a temporary directory, listens on a Unix socket there and nowhere else, syncs and compiles nothing, and
 * is gone with the test: see keeper.h. PostgreSQL refuses to run as root; for root it runs as the user "postgres". */
#ifndef ROWHOUSE_TESTS_PG_H
#define ROWHOUSE_TESTS_PG_H

#include <libpq-fe.h>
#include <stdbool.h>

struct pg;

/* Starts a server with one empty database; takes about a second. Prints why and ends the process when it can't. */
struct pg *pg_start(void);

/* Waits until the server is gone. NULL is fine. The end of the process does the same, without waiting. */
void pg_stop(struct pg *pg);

/* A new connection as the database's superuser; PQfinish() it. Ends the process when there is none. */
PGconn *pg_connect(const struct pg *pg);

/* What psql and libpq take as a connection string. */
const char *pg_conninfo(const struct pg *pg);

/* Gives a database what a catalog of Rowhouse begins with (catalog/grant.c): the roles, and Supabase's rights in schema public. */
void pg_begin(PGconn *connection);

/* Runs one file of SQL as one transaction with psql; false when a statement failed (psql said which on stderr). */
bool pg_run_file(const struct pg *pg, const char *path);

/* Runs every *.sql of a directory, in the order of their names, from the file `skip` on (0: all); false at the first
 * failure. */
bool pg_run_directory(const struct pg *pg, const char *directory, int skip);

/* A statement that must succeed: its result, PQclear() it. Prints the error and ends the process otherwise. */
PGresult *pg_query(PGconn *connection, const char *sql);

/* The only value of such a statement, as a malloc'd string ("" for NULL). */
char *pg_value(PGconn *connection, const char *sql);

#endif
