/* Every limit of Rowhouse, named, in one place, with the relations between them asserted.
 *
 * A limit that a client can reach answers with SQLSTATE class 54 (program limit exceeded) or 53
 * (insufficient resources) and loses nothing. Sizes are bytes unless the name says otherwise. */
#ifndef ROWHOUSE_BASE_LIMITS_H
#define ROWHOUSE_BASE_LIMITS_H

#include <stddef.h>

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)

/* Wire. */
#define REQUEST_SIZE_MAX            MIB(8)      /* one MessagePack-RPC message, envelope included */
#define REQUEST_SIZE_UNAUTH_MAX     KIB(64)     /* the same, before authentication */
#define REPLY_SIZE_MAX              MIB(32)     /* one reply; a scan stops earlier and hands out a cursor */
#define WIRE_DEPTH_MAX              64          /* nesting of arrays and maps */
#define JSON_DEPTH_MAX              48          /* nesting of a JSON value, which travels inside a row and an envelope */
#define METHOD_NAME_MAX             64
#define PIPELINE_MAX                1024        /* requests of one connection that may await replies */
#define CONNECTION_OUT_MAX          MIB(1)      /* unsent replies of one connection before its requests wait; one may pass it */
#define CONNECTIONS_MAX             4096
#define SETTINGS_MAX                64          /* of the server's configuration */
#define NET_THREADS_MAX             16
#define SERVER_FILES_MAX            64          /* descriptors that the server opens beside its connections and threads */
#define WRITE_QUEUE_MAX             8192        /* requests waiting for the writer, all connections together */
#define BATCH_REQUESTS_MAX          1024        /* requests of one group commit */

/* Requests. */
#define REQUEST_WORK_MAX            (1u << 26)  /* units of base/work.h, some 3 s; the service role has no limit */
#define FOLD_WORK_MAX               4096        /* the same, for a constant part of an expression when it is compiled */
#define FOLD_SIZE_MAX               KIB(1)      /* of its value */
#define TXN_OPS_MAX                 256
#define INSERT_ROWS_MAX             10000       /* rows of one `insert` */
#define SCAN_LIMIT_DEFAULT          100
#define SCAN_LIMIT_MAX              10000
#define SCAN_REPLY_SIZE_TARGET      MIB(4)      /* a scan's page ends when its rows pass this */
#define SCAN_EXAMINE_MAX            1000000     /* rows that one page looks at: no view stays open for long */
#define FILTER_TERMS_MAX            1024
#define ORDER_COLUMNS_MAX           16          /* of an order, and of a group_by */
#define AGGREGATES_MAX              64          /* of one request */
#define PLAN_RANGES_MAX             1024        /* key ranges of one walk: combinations of IN lists */
#define MERGE_HOUSES_MAX            4096        /* houses whose rows are merged in order; beyond, they are sorted */
#define ARENA_REQUEST_MAX           MIB(256)    /* what sorting and grouping one request may hold */
#define STATEMENT_SIZE_MAX          KIB(64)     /* one SQL statement of a client */
#define PARAMS_MAX                  1024        /* $n of one statement */
#define FROM_TABLES_MAX             8           /* tables of one SELECT */
#define FROM_DEPTH_MAX              32          /* views and sub-selects of FROM, one in the other */
#define FROM_QUERIES_MAX            256         /* of one statement, all together */
#define SELECT_COLUMNS_MAX          1664        /* outputs of one SELECT: PostgreSQL's limit */
#define JOIN_LOOKUPS_MAX            4000000     /* rows that one SELECT looks up for others */
#define DERIVED_ROWS_MAX            1000000     /* rows of a view or sub-select that is evaluated on its own, */
#define DERIVED_SIZE_MAX            MIB(64)     /* and their bytes */
#define AGGREGATE_CALLS_MAX         64          /* different aggregates of one SELECT */
#define QUERIES_KEPT_MAX            256         /* statements whose plans one thread keeps */
#define QUERIES_KEPT_SIZE_MAX       KIB(256)    /* their texts, all together */
#define PREPARED_MAX                4096        /* prepared statements that the server remembers */
#define PREPARED_SIZE_MAX           MIB(16)     /* their texts, all together */
#define ENDPOINT_SIZE_MAX           KIB(2)      /* of a rate limit: it is a key, and matched with every pattern */
#define RESERVATIONS_MAX            10000       /* open ones of one organization: one commit gives all back */
#define RESERVATION_DESCRIPTION_MAX KIB(1)
#define IDEMPOTENCY_KEY_MAX         128
#define IDEMPOTENCY_TTL_S           86400
#define IDEMPOTENCY_REPLY_MAX       KIB(64)
#define TOKEN_SIZE_MAX              KIB(8)

/* Rows and keys. */
#define ROW_SIZE_MAX                MIB(4)      /* one stored row */
#define VALUE_SIZE_MAX              MIB(4)
#define NUMERIC_DIGITS_MAX          1000        /* PostgreSQL's limit of a declared precision */
#define KEY_SIZE_MAX                511         /* LMDB's */
#define KEY_PREFIX_SIZE             6           /* tenant u32 BE, relation u16 BE */
#define KEY_TEXT_MAX                128         /* text bytes of one key column before prefix + hash */
#define KEY_COLLATED_MAX            200         /* the same of a column with a collation: sort key and text */

/* Catalog. */
#define TABLES_MAX                  1024
#define VIEWS_MAX                   1024
#define VIEW_DEPTH_MAX              8           /* views that read views */
#define POLICY_DEPTH_MAX            16          /* policies whose sub-selects read tables with policies */
#define STARS_MAX                   64          /* `*` in the text of one view */
#define COLUMNS_MAX                 256         /* of one table, dropped ones included */
#define INDEX_COLUMNS_MAX           8
#define INDEXES_PER_TABLE_MAX       32
#define NAME_MAX_BYTES              63          /* PostgreSQL's NAMEDATALEN - 1 */
#define EXPR_DEPTH_MAX              128
#define MIGRATION_SIZE_MAX          MIB(7)      /* its text: one request brings it, one log record keeps it */
#define RELATION_USER_FIRST         64          /* below: system relations, see store/keyspace.h */
#define TENANT_SYSTEM               0u          /* the system house */
#define TENANT_MAX                  0xfffffffeu /* the last number that a house can have */
#define TENANT_CLAIMS               0xffffffffu /* no house: behind all of them lies what is unique over all, see store/keyspace.h */

/* Sealing. */
#define MASTER_KEYS_MAX             32          /* in the key file, and with all rotations while a server runs */

/* Log and image. */
#define WAL_SEGMENT_SIZE_DEFAULT    MIB(64)
#define WAL_SEGMENT_SIZE_MIN        MIB(16)
#define WAL_RECORD_MAX              MIB(14)     /* one transaction */
#define IMAGE_MAP_SIZE_INITIAL      MIB(1024)   /* address space; the file behind it is sparse */
#define IMAGE_GROW_RESERVE          MIB(512)    /* free map space below which the map grows between batches */
#define IMAGE_ROOM_MIN              MIB(64)     /* free room of the image's file system below which writes are refused */
#define RELAXED_SYNC_MS_MAX         100

/* Errors as they travel. */
#define ERROR_MESSAGE_MAX           512
#define ERROR_DETAIL_MAX            512
#define ERROR_HINT_MAX              256

_Static_assert(REQUEST_SIZE_UNAUTH_MAX < REQUEST_SIZE_MAX, "an unauthenticated peer gets less");
_Static_assert(TOKEN_SIZE_MAX < REQUEST_SIZE_UNAUTH_MAX, "a token fits into its request");
_Static_assert(JSON_DEPTH_MAX + 8 <= WIRE_DEPTH_MAX, "a JSON value travels in a row of a list of a reply");
_Static_assert(ROW_SIZE_MAX < REQUEST_SIZE_MAX, "a row fits into a request");
_Static_assert(REQUEST_SIZE_MAX < WAL_RECORD_MAX, "what a request brings fits into a log record");
_Static_assert(MIGRATION_SIZE_MAX + KIB(64) < REQUEST_SIZE_MAX, "a migration fits into a request");
_Static_assert(MIGRATION_SIZE_MAX + KIB(64) < WAL_RECORD_MAX, "a migration fits into a log record, as well when it came from a file");
_Static_assert(WAL_RECORD_MAX < WAL_SEGMENT_SIZE_MIN, "a record fits into the smallest segment");
_Static_assert(SCAN_REPLY_SIZE_TARGET + ROW_SIZE_MAX < REPLY_SIZE_MAX, "a page that overshoots by one row fits");
_Static_assert(PIPELINE_MAX < WRITE_QUEUE_MAX, "one connection cannot fill the writer's queue");
_Static_assert(KEY_PREFIX_SIZE + 2 * (KEY_COLLATED_MAX + 32) < KEY_SIZE_MAX, "two long text columns fit into a key");
_Static_assert(KEY_TEXT_MAX <= KEY_COLLATED_MAX, "by bytes, too");
_Static_assert(IMAGE_GROW_RESERVE < IMAGE_MAP_SIZE_INITIAL, "the first map has its reserve");
_Static_assert(NET_THREADS_MAX <= 126, "LMDB has a reader slot for each");

#endif
