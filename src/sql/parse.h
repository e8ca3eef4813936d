/* PostgreSQL's own parser (libpg_query 15): text in, its protobuf tree out.
 *
 * What this wrapper adds, and why: text is checked to be UTF-8 without NUL and within a size; comments are blanked
 * before parsing (a comment between NOT and IN is a false syntax error in this version); a text is split into
 * statements first, so that one error has its own statement, line and column; parsing runs on a thread with
 * a large stack, because the parser recurses without a guard. Thread-safe. */
#ifndef ROWHOUSE_SQL_PARSE_H
#define ROWHOUSE_SQL_PARSE_H

#include <pg_query/pg_query.pb-c.h>

#include "base/arena.h"
#include "base/error.h"

struct parsed_statement {
    const PgQuery__Node *node;      /* the statement; NULL: it does not parse, see parse_each() */
    const struct error *refused;    /* why not, or NULL */
    struct slice text;              /* its text without the semicolon, in the caller's bytes */
    int line;                       /* of its first token in the whole text, from 1 */
};

struct parsed;                      /* owns the trees */

/* Parses a whole text of at most `size_max` bytes. 42601 with line and column in the message, 22021, 54000. */
int parse_sql(struct slice text, size_t size_max, struct parsed **ret, struct error *error);
/* The same, but one statement that does not parse is no obstacle to the others. */
int parse_each(struct slice text, size_t size_max, struct parsed **ret, struct error *error);
void parsed_free(struct parsed *parsed);        /* NULL is fine */
int parsed_count(const struct parsed *parsed);
const struct parsed_statement *parsed_statement(const struct parsed *parsed, int index);

/* One expression of at most STATEMENT_SIZE_MAX bytes; the tree belongs to *ret. It is parsed as `SELECT <text>`, SELECT on
 * line 0: statement 0 of *ret has that text and line, for struct scope's `source`. */
int parse_expression(struct slice text, struct parsed **ret, const PgQuery__Node **ret_node, struct error *error);

#endif
