/* Statements that were parsed before, by their text: one cache a thread, so that no lock is taken.
 *
 *  (C1) At most QUERIES_KEPT_MAX statements with QUERIES_KEPT_SIZE_MAX bytes of text; the one used least recently goes first.
 *  (C2) What is bound belongs to one catalog; with another one it is bound anew.
 *  (C3) A handle names a text for everybody: the first 128 bits of its SHA-256, in hex. Handles that were given out are kept in
 *       one place for all threads (struct prepared), bounded as well; one that was forgotten is 26000, and is prepared again. */
#ifndef ROWHOUSE_ENGINE_QUERIES_H
#define ROWHOUSE_ENGINE_QUERIES_H

#include "engine/write/bind_write.h"

#define HANDLE_SIZE 32

/* --- Handles, of all threads --- */

struct prepared;

struct prepared *prepared_new(void);
void prepared_free(struct prepared *prepared);
/* Remembers a text; its handle. */
void prepared_add(struct prepared *prepared, struct slice text, char ret_handle[static HANDLE_SIZE + 1]);
/* The text of a handle, copied to `arena`; false: it is not known. */
bool prepared_find(struct prepared *prepared, struct slice handle, struct arena *arena, struct slice *ret);

/* --- Statements, of one thread --- */

struct queries;

/* One statement. Borrowed from the cache until the next queries_find(). */
struct kept_query {
    struct slice text;
    struct statement statement;
    /* One of the two, once kept_query_bind() was called: */
    struct bound_select *select;        /* STATEMENT_SELECT */
    struct bound_write *write;          /* the others */
};

/* `prepared`: where handles are looked up; owned by the caller, may be NULL. */
struct queries *queries_new(struct prepared *prepared);
void queries_free(struct queries *queries);         /* NULL is fine */
struct prepared *queries_prepared(struct queries *queries);

/* Parses, unless it was. 42601, 0A000, 54000. */
int queries_find(struct queries *queries, struct slice text, struct kept_query **ret, struct error *error);

/* Binds a statement to the catalog, unless it is. */
int kept_query_bind(struct kept_query *query, const struct catalog *catalog, struct error *error);

#endif
