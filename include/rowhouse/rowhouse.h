/* librowhouse: the client of Rowhouse.
 *
 *      struct rh *db = rh_open("127.0.0.1:7432", NULL);
 *      struct rh_reply *reply = NULL;
 *      if (rh_connect(db) != RH_OK || rh_authenticate(db, token) != RH_OK)
 *          die(rh_message(db));
 *      if (rh_insert(db, "contacts", &reply, "{s:s, s:s}", "name", "Ada", "email", "ada@example.com") != RH_OK)
 *          die(rh_message(db));
 *      int64_t id = rh_int(rh_at(rh_at(rh_rows(reply), 0), 0));         // first row, first column
 *      rh_reply_free(reply);
 *      rh_close(db);
 *
 * Threads: a connection belongs to one thread at a time; different connections are independent. The library
 * starts no thread, installs no signal handler, prints nothing, and ends no process but when memory is out.
 *
 * Outcomes of a call, told apart because they ask for different next steps:
 *  RH_OK           done, and safe against a crash of the server (unless durability "relaxed" was asked for)
 *  RH_REFUSED      the server answered an error: nothing of the request happened. rh_sqlstate() says which.
 *                  Repeating it unchanged gives the same answer, but for 40001 and 53xxx (busy), which may be repeated.
 *  RH_NOT_SENT     no connection, or the request did not fit: nothing happened. May be repeated.
 *  RH_UNKNOWN      the deadline passed or the connection broke after the request was sent: it may or may not have happened.
 *                  Repeat a read freely; repeat a write only with the same idempotency key (rh_use_key, or options.retries): it is
 *                  applied once.
 *  RH_MISUSE       the call itself is wrong (a bad format, an unknown ticket): nothing happened; fix the program.
 *
 * The wire is docs/protocol.md: MessagePack-RPC; formats of values are src/value/type.h's. */
#ifndef ROWHOUSE_ROWHOUSE_H
#define ROWHOUSE_ROWHOUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RH_VERSION "0.1.0"
#define RH_API __attribute__((visibility("default")))
#define RH_CHECK __attribute__((warn_unused_result))

enum rh_outcome { RH_OK = 0, RH_REFUSED = -1, RH_NOT_SENT = -2, RH_UNKNOWN = -3, RH_MISUSE = -4 };

struct rh;                          /* a connection */
struct rh_reply;                    /* one reply; owned by the caller until rh_reply_free() */

struct rh_uuid {
    uint8_t bytes[16];
};

/* --- Connections --- */

struct rh_options {
    int timeout_ms;                 /* deadline of each call, connecting included; 0: 5000 */
    int retries;                    /* how often an RH_UNKNOWN write is repeated by the library itself within the deadline: each
                                       write then carries an idempotency key (a fresh uuid unless it has one); 0: never */
    size_t reply_size_max;          /* larger replies break the connection; 0: 32 MiB */
};

/** A connection object; touches no network yet.
 * @param address  "host:port", "[ipv6]:port", "unix:/path" or a path that starts with '/' or '.'; copied
 * @param options  NULL for the defaults; copied
 * @return never NULL; free with rh_close(). A bad address is reported by rh_connect(). */
RH_API struct rh *rh_open(const char *address, const struct rh_options *options);

/** Connects and greets. Called again after a failure it reconnects, and repeats the last authentication.
 * @retval RH_OK        connected (at once when it already was)
 * @retval RH_NOT_SENT  no such address, refused, or not in time */
RH_API int rh_connect(struct rh *db) RH_CHECK;

/** Signs in. @param token  a JWT, or the service key; copied, used again on reconnecting.
 * @retval RH_REFUSED  28000: the token is not good; the connection keeps its former sign-in, if any */
RH_API int rh_authenticate(struct rh *db, const char *token) RH_CHECK;

/** Closes and frees; NULL is fine. Replies already handed out stay valid. Requests that were submitted and not waited
 * for are unknown. */
RH_API void rh_close(struct rh *db);

RH_API void rh_set_timeout(struct rh *db, int timeout_ms);  /* for the calls that follow */

/** Of the last call on this connection: the sentence, the five characters ("00000" on RH_OK, "08006" where no server answered),
 * what the server added. Never NULL; owned by `db`, until its next call. */
RH_API const char *rh_message(const struct rh *db);
RH_API const char *rh_sqlstate(const struct rh *db);
RH_API const char *rh_detail(const struct rh *db);
RH_API const char *rh_hint(const struct rh *db);

/* --- Packing ---
 * Arguments are given as a format and values, like Jansson's json_pack():
 *
 *  s  const char *, NUL-terminated UTF-8; `s?` takes NULL as nil      i  int           I  int64_t
 *  S  const char *, size_t: text with its size                        f  double        b  int, as a boolean
 *  B  const void *, size_t: bytes                                     n  nil, no argument
 *  u  const struct rh_uuid *; `u?` takes NULL as nil                  t  int64_t: an instant, microseconds since 1970 UTC
 *  o  const struct rh_packed *: something packed before, copied       c  const struct rh_cell *: a cell of a reply, copied
 *  [ ]  array      { }  map: key, value, ...      `:` `,` and spaces may be put between for the reader
 * numeric, date, interval and inet values are given as text. A map's keys are `s`. */

struct rh_packed;                   /* one packed object; free with rh_packed_free() */

/** Packs; NULL when the format is wrong. Use it for pieces whose number is not known when the program is written. */
RH_API struct rh_packed *rh_pack(const char *format, ...) RH_CHECK;
/** The object that a JSON text describes; NULL when it is no JSON, or too deep. */
RH_API struct rh_packed *rh_pack_json(const char *text, size_t size) RH_CHECK;
/** An array or a map made piece by piece: rh_packed_new('['), rh_packed_add(p, "s", ...) ...; a map takes "s:i" pairs. */
RH_API struct rh_packed *rh_packed_new(char kind);
RH_API int rh_packed_add(struct rh_packed *packed, const char *format, ...) RH_CHECK;
RH_API void rh_packed_free(struct rh_packed *packed);       /* NULL is fine */

/* --- Calls ---
 * Each waits for its reply until the deadline. `ret` may be NULL when only the outcome matters; otherwise it is written
 * on RH_OK only, and the caller frees it. `format` packs what the sentence says. */

/** Any method of the protocol; `format` packs the params array: rh_request(db, &r, "count", "[s]", "contacts"). */
RH_API int rh_request(struct rh *db, struct rh_reply **ret, const char *method, const char *format, ...) RH_CHECK;

/** One row by primary key; `format` packs the key ("I", or "[u s]" for two columns). The result is the row, or nil. */
RH_API int rh_get(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...) RH_CHECK;

/** One record; `format` packs a map. The result's rows are the stored row, defaults and generated columns filled. */
RH_API int rh_insert(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...) RH_CHECK;

/** Rows; `format` packs the options map: "{s:[s s s], s:i}", "where", "=", "email", e, "limit", 20. NULL: the first 100. */
RH_API int rh_scan(struct rh *db, const char *table, struct rh_reply **ret, const char *format, ...) RH_CHECK;

/** A native function; `format` packs the map of its parameters. */
RH_API int rh_call(struct rh *db, const char *function, struct rh_reply **ret, const char *format, ...) RH_CHECK;

/** The one-call commit; `format` packs the array of operations, each an array of method and arguments:
 *   rh_txn(db, &r, "[[s s {s:s s:i}] [s s {s:s}]]", "call", "consume_credits", "action_type", "send_email", "quantity", 1,
 *          "insert", "debug_logs", "message", "sent");
 * All of it commits, or (RH_REFUSED) none. */
RH_API int rh_txn(struct rh *db, struct rh_reply **ret, const char *format, ...) RH_CHECK;

/** The next write (rh_insert, rh_call, rh_txn, or rh_request of a method that writes) carries this idempotency key: repeated with the
 * same key and the same arguments it is applied once, and the first reply comes again. For one call: it is used up whatever the outcome, so set
 * it again before repeating after RH_UNKNOWN. A key among the options of rh_request() goes before it.
 * @param key  1 to 128 bytes of UTF-8, copied; NULL: none after all
 * @retval RH_MISUSE  a key of another size */
RH_API int rh_use_key(struct rh *db, const char *key) RH_CHECK;

/* --- Pipelining: submit many, then wait for each --- */

/** Queues a request and returns its ticket (> 0) without waiting, or RH_MISUSE / RH_NOT_SENT. It is sent at the latest by the
 * next rh_wait() or rh_flush(). At most 1024 tickets may be open; the call waits for room by sending and receiving. The library
 * repeats nothing that was submitted. */
RH_API int64_t rh_submit(struct rh *db, const char *method, const char *format, ...) RH_CHECK;

/** Waits for one ticket's reply, in any order; the ticket is used up whatever the outcome. */
RH_API int rh_wait(struct rh *db, int64_t ticket, struct rh_reply **ret) RH_CHECK;

/** Sends what is queued. */
RH_API int rh_flush(struct rh *db) RH_CHECK;

/* In an event loop of the caller's own: watch rh_fd() for reading, and for writing while rh_wants_write(); call rh_advance()
 * when it is ready, then take what rh_answered(), and rh_push() what was submitted meanwhile. None of these blocks. A call of
 * rh_advance() may bring replies for which the socket will not be ready again: look for them after each. */
RH_API int rh_fd(const struct rh *db);                      /* -1: not connected; changes when rh_connect() reconnects */
RH_API bool rh_wants_write(const struct rh *db);
/** Sends and receives what is possible at once. @retval RH_UNKNOWN the connection broke: open tickets are unknown */
RH_API int rh_advance(struct rh *db) RH_CHECK;
/** Sends what is possible at once and receives nothing. The same outcomes. */
RH_API int rh_push(struct rh *db) RH_CHECK;
RH_API bool rh_answered(const struct rh *db, int64_t ticket);       /* whether rh_wait() would return at once */

/* --- Reading replies ---
 * A cell is a place in a reply: a value, a row, an array, a map. It borrows the reply and needs no freeing. Accessors of a
 * missing cell or of another type return their zero (false, 0, NULL): test with rh_is_null() or rh_type() where it matters. */

enum rh_type { RH_MISSING, RH_NULL, RH_BOOL, RH_INT, RH_DOUBLE, RH_TEXT, RH_BYTES, RH_ARRAY, RH_MAP, RH_TIME, RH_NUMERIC, RH_UUID,
               RH_JSON_NULL /* 'null' as a whole jsonb value: a value, which is not NULL */ };

struct rh_cell {
    const uint8_t *data;            /* NULL: missing */
    size_t size;
};

RH_API void rh_reply_free(struct rh_reply *reply);          /* NULL is fine */
RH_API struct rh_cell rh_result(const struct rh_reply *reply);      /* the whole result; NULL reply: missing */
RH_API struct rh_cell rh_rows(const struct rh_reply *reply);        /* its "rows"; of `get`: the row itself as the only one */

RH_API enum rh_type rh_type(struct rh_cell cell);
RH_API bool rh_is_null(struct rh_cell cell);                /* nil or missing */
RH_API size_t rh_count(struct rh_cell cell);                /* elements of an array, pairs of a map, bytes of text */
RH_API struct rh_cell rh_at(struct rh_cell cell, size_t index);             /* of an array or row */
/** The element of an array behind `before`, which is one of it; a missing `before`: the first. Missing behind the last. rh_at() walks from the
 * first element each time; this takes one step, whatever the array's size. */
RH_API struct rh_cell rh_step(struct rh_cell array, struct rh_cell before);
RH_API struct rh_cell rh_member(struct rh_cell cell, const char *key);      /* of a map */
RH_API struct rh_cell rh_key(struct rh_cell cell, size_t index);            /* of a map, its pairs by number */
RH_API struct rh_cell rh_pair(struct rh_cell cell, size_t index);

RH_API bool rh_bool(struct rh_cell cell);
RH_API int64_t rh_int(struct rh_cell cell);                 /* also of a whole double */
RH_API double rh_double(struct rh_cell cell);               /* also of ints and numerics */
RH_API const char *rh_text(struct rh_cell cell, size_t *ret_size);          /* borrowed, NOT NUL-terminated; ret_size may not be NULL */
RH_API const void *rh_bytes(struct rh_cell cell, size_t *ret_size);
RH_API int64_t rh_time_us(struct rh_cell cell);             /* instants and dates: microseconds since 1970 UTC; INT64_MAX and INT64_MIN for
                                                             * the infinities and for what lies beyond the count (from 294247 on) */
RH_API bool rh_uuid(struct rh_cell cell, struct rh_uuid *ret);
/** Any cell as text for people (JSON for containers); a malloc'd string that the caller frees. */
RH_API char *rh_cell_text(struct rh_cell cell);
/** Any cell as JSON, as PostgreSQL's to_jsonb() writes it (instants "2025-01-02T03:04:05+00:00", NaN as a text); a malloc'd string. */
RH_API char *rh_cell_json(struct rh_cell cell);

RH_API bool rh_uuid_parse(const char *text, struct rh_uuid *ret);
RH_API void rh_uuid_format(const struct rh_uuid *uuid, char text[37]);

/* --- Audit logs, offline ---
 * What a server once signed it cannot take back. Keep the log's verifier key (rowhouse audit key) and its newest checkpoint (the
 * native function audit_checkpoint); both are small texts, see docs/audit.md. These functions need no connection, and believe nothing
 * but the key. All are pure but for rh_audit_verify_export(), which reads a file. */

struct rh_audit_verdict {
    bool good;
    char reason[256];               /* why not, a sentence; "" when good */
    char origin[129];               /* the log: "rowhouse/<organization>" */
    uint64_t size;                  /* entries that the (newer) checkpoint covers */
    uint8_t root[32];               /* of its tree */
    uint64_t number;                /* inclusion: the entry's number; consistency: entries of the older checkpoint; export: entries in it */
};

/** Whether a checkpoint is signed by the key. @param key  the verifier key "name+id+base64"
 * @return ret->good */
RH_API bool rh_audit_verify_checkpoint(const char *key, const char *checkpoint, size_t size, struct rh_audit_verdict *ret);

/** Whether the stub of a log whose first entries were removed is signed by the key. When good: size and root of the entries that were
 * removed, number of the entry that records it. It is a checkpoint as well, and may be kept and continued as one. */
RH_API bool rh_audit_verify_stub(const char *key, const char *stub, size_t size, struct rh_audit_verdict *ret);

/** Whether the `proof` of audit_inclusion_proof shows its entry in the log. @param ret_row  may be NULL; when good: the entry,
 * an array of its columns as rh_result(); the caller frees it */
RH_API bool rh_audit_verify_inclusion(const char *key, const char *proof, size_t size, struct rh_audit_verdict *ret,
                                      struct rh_reply **ret_row);

/** Whether the `proof` of audit_consistency_proof shows that the log still begins with all that `checkpoint` covers. */
RH_API bool rh_audit_verify_consistency(const char *key, const char *checkpoint, size_t checkpoint_size, const char *proof, size_t size,
                                        struct rh_audit_verdict *ret);

/** Whether a file of export_audit_log in the format json is the log of its checkpoint: every line what its leaf says, and the
 * leaves those of the signed root (of an export of some entries: each proven to be one of them). */
RH_API bool rh_audit_verify_export(const char *key, const char *path, struct rh_audit_verdict *ret);

/* --- Typed records: <rowhouse/records.h>, made by `rowhouse gen-c` from the schema, has a struct per table --- */

enum rh_field_type { RH_FIELD_BOOL, RH_FIELD_INT, RH_FIELD_DOUBLE, RH_FIELD_TEXT, RH_FIELD_BYTES, RH_FIELD_UUID, RH_FIELD_TIME,
                     RH_FIELD_CELL /* jsonb, arrays, numeric, interval: as they are */ };

struct rh_string {
    const char *data;               /* not NUL-terminated when read from a reply */
    size_t size;
};

/* One column of a typed record: its member's place, and the place of its `has` flag (false: NULL when read, left out when
 * inserted, so that the column's default applies). */
struct rh_field {
    const char *column;
    enum rh_field_type type;
    bool generated;                 /* never sent */
    size_t offset, has_offset;
};

struct rh_record {
    const char *table;
    int count;
    const struct rh_field *fields;
};

/** Reads a whole row (all columns, catalog order as of the schema that the record was generated from; columns added since
 * are ignored) into the struct that `record` describes. Text members borrow the reply. False when the cell is no row. */
RH_API bool rh_record_read(const struct rh_record *record, struct rh_cell row, void *ret);

/** Inserts the struct's present members as one record; `ret` as rh_insert(). */
RH_API int rh_record_insert(struct rh *db, const struct rh_record *record, const void *from, struct rh_reply **ret) RH_CHECK;

/** A typed struct's text member from a string, and back as a malloc'd string. */
static inline struct rh_string rh_string(const char *text)
{
    struct rh_string s = { text, 0 };
    while (text != NULL && text[s.size] != '\0')
        s.size++;
    return s;
}

#ifdef __cplusplus
}
#endif

#endif
