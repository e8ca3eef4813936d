/* Statements of SQL as methods: `query`, `prepare`, `execute`, and the plan of a statement.
 *
 * One query from text to rows: queries_find() parses it or knows it (queries.h) -> bind_select() looks its names up (bind.h) ->
 * query_params() reads $n -> execute_select() runs it (execute.h) over the rows of joined_next() (joined.h), perhaps through
 * groups (grouping.h), into a result (engine/result.h), of which result_msgpack.h makes a reply. INSERT, UPDATE and DELETE are
 * run_statement() (run.h). */
#ifndef ROWHOUSE_PROTOCOL_QUERY_H
#define ROWHOUSE_PROTOCOL_QUERY_H

#include "engine/queries.h"
#include "protocol/args.h"

/* What `query` and `execute` are given. */
struct query_call {
    struct slice text;
    struct slice params;                /* the array; data NULL: none */
    struct options options;
    const struct uuid *organization;    /* of the options; NULL: not named */
};

/* [text, params?, options?], or with `handles` [handle, params?, options?]: 26000 for an unknown handle. */
int query_args(struct request *rq, struct args args, bool handles, struct query_call *ret);

/* $n from the wire, as the types that binding found; one that nothing decides is text. `object`: an array, data NULL: none.
 * 08P01 when there are more or fewer than the statement has. */
int query_params(struct request *rq, const struct parameters *parameters, struct slice object, struct value **ret);

/* Runs a statement; the methods' whole work but for native functions. */
int query_run(struct request *rq, struct kept_query *query, const struct query_call *call, struct buf *out);

/* What a statement would do. Of a SELECT, how it would find its rows: an array of the plan of the table that is walked first, as of a scan, and of a map
 * {"table", "access", "index", "by"} for each that is looked up. Of a write: protocol/explain.h. */
int query_explain(struct request *rq, struct kept_query *query, const struct query_call *call, struct buf *out);

/* {"handle", "kind", "parameters": [type...], "columns", "types"} of a text, which is remembered. `kind`: "select", "insert", ... */
int query_prepare(struct request *rq, struct kept_query *query, struct buf *out);

#endif
