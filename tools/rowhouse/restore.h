/* Restoring: what the readers of the forms (SQL, JSON lines, binary) hand over, row by row, and what is done with it.
 *
 * Rows go to the server in batches of one table, as the service role; a batch goes in whole or not at all. A batch that refers
 * to rows that are not there yet (of the same table, or of one that comes later) waits: see restore-late.c. */
#ifndef ROWHOUSE_TOOLS_RESTORE_H
#define ROWHOUSE_TOOLS_RESTORE_H

#include <string.h>

#include "base/arena.h"
#include "cli.h"

#define RESTORE_BATCH_ROWS 500
#define RESTORE_BATCH_BYTES (4u << 20)
#define RESTORE_COLUMNS_MAX 256

/* A record of a table, packed, that waits for those that it refers to. */
struct late {
    char *table;
    struct rh_packed *record;
};

struct restore {
    struct cli *cli;
    struct rh_reply *schema;                /* of the server */
    bool *met;                              /* by the schema's tables: rows of it came before */
    char table[192];                        /* that rows are for; "" at the start */
    int column_count;
    char *columns[RESTORE_COLUMNS_MAX];
    bool json[RESTORE_COLUMNS_MAX];         /* jsonb: text of it is JSON */
    struct rh_packed *batch[RESTORE_BATCH_ROWS];        /* records */
    size_t batch_rows, batch_bytes;
    struct late *late;
    size_t late_count;
    uint64_t rows, skipped_statements;
    uint64_t line;                          /* of the input, for errors */
};

/* Rows of `table` with these columns follow. Names are copied. EXIT_DONE or a code after telling. */
int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count);

/* The server's description of a table: {"name", "columns": [{"name", "type"}...], ...}; missing: no such table. */
struct rh_cell restore_describe(const struct restore *restore, const char *table);

/* A value of a row: text as PostgreSQL reads it (data NULL: NULL), or a cell, which wins when it is there. */
struct restore_value {
    struct slice text;
    struct rh_cell cell;
    bool json_null;                 /* the cell's nil is JSON's null, not NULL */
};
int restore_row(struct restore *restore, const struct restore_value *values);

/* Sends what waits to be sent. */
int restore_flush(struct restore *restore);

/* restore-late.c. Takes the records of the batch over; tries those of `table` again, or all for NULL, which must all go in then. */
void late_add(struct restore *restore);
int late_retry(struct restore *restore, const char *table);

/* Inserts records of one table in one request. */
int records_send(struct restore *restore, const char *table, struct rh_packed *const *records, size_t count);
static inline bool is_early(struct restore *restore, int outcome)
{
    return outcome == RH_REFUSED && strcmp(rh_sqlstate(restore->cli->db), "23503") == 0;
}

int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value);

/* Hashes of entries that were removed from an organization's audit log, from number `first` on. */
int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes);

int restore_failed(struct restore *restore, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The readers; each reads `in` to its end. */
int restore_sql(struct restore *restore, FILE *in);
int restore_jsonl(struct restore *restore, FILE *in);
int restore_binary(struct restore *restore, FILE *in);

#endif
