/* Cursors of scans: where the next page begins, as a text that means nothing to its holder.
 *
 *      text     base64url, without padding, of
 *               8 bytes   XXH3-64 of what follows, seeded with the hash of the query
 *               msgpack   [ties, house, value of every column of the total order ...]
 *
 *  (T1) A token holds values of a row that its holder was given, or was allowed to see. Nothing in it is a secret.
 *  (T2) A token is no permission: its house is overwritten by the one house of the query, or only skips houses of a
 *       statement that may read them all, and its values become one bound inside the query's own key range.
 *       So the seal tells mistakes, it does not keep forgers out, and needs no secret: a forger gets a page of rows that the
 *       same query without a token gives him.
 *  (T3) A token of another query, principal or shape is refused (22023): the seed covers table, condition, order,
 *       organization and principal. */
#ifndef ROWHOUSE_PROTOCOL_CURSOR_TOKEN_H
#define ROWHOUSE_PROTOCOL_CURSOR_TOKEN_H

#include "engine/scan/order.h"

/* `hash` covers what makes a query the same one, see token_hash(). Appends a msgpack str. */
void token_write(const struct query *query, uint64_t hash, const struct position *position, struct buf *out);

/* The position of a token, its values in the request's arena. 22023. */
int token_read(struct request *rq, const struct query *query, uint64_t hash, struct slice text, struct position *ret);

uint64_t token_hash(const struct request *rq, const struct query *query, struct slice where, struct slice order);

#endif
