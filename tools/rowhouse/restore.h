/* Restoring: what the readers of the forms (SQL, JSON lines, binary) hand over, and what is done with it.
 *
 *  (RE1) A dump is read at least twice. The first time nothing is sent: what is damaged, cut off or has no table here is known
 *        before anything happens. What cannot be read twice (a pipe) is kept in a temporary file.
 *  (RE2) Rows go to the server in batches of one load (src/engine/load.h): all of them stay, or none does.
 *  (RE3) Rows of child tables follow those of their parents: where the dump has another order, it is read once for each depth.
 *  (RE4) What a dump defines is applied, as one migration, where the server has no schema yet (restore-schema.c).
 *  (RE5) What has no home here (a table of auth or storage, a function) is passed over aloud and counted; with --strict it is refused
 *        before anything is written.
 *  (RE6) Every row that is refused is told with line, SQLSTATE and reason; when one was, nothing is restored. */
#ifndef ROWHOUSE_TOOLS_RESTORE_H
#define ROWHOUSE_TOOLS_RESTORE_H

#include <string.h>

#include "base/arena.h"
#include "cli.h"

#define RESTORE_BATCH_ROWS 500
#define RESTORE_BATCH_BYTES (4u << 20)
#define RESTORE_COLUMNS_MAX 256
#define RESTORE_TOLD_MAX 100            /* refused rows that are told one by one */

/* A table that the dump has rows of. */
struct restore_target {
    char *name;
    struct rh_cell described;           /* by the server; missing: there is no such table here, its rows are passed over */
    char **columns;                     /* that the dump names */
    int column_count;
    uint64_t rows, line;                /* that it has; where it begins */
    uint64_t first, last;               /* where it begins and comes last, counted in blocks of rows */
    int depth;                          /* how many parents its rows wait for */
};

/* A statement that defines the schema. */
struct restore_definition {
    char *text;
    uint64_t line;
    bool passed_over;
};

/* Whose sequence one is, as the dump says. */
struct restore_sequence_owner {
    char *sequence, *table, *column;
};

struct restore {
    struct cli *cli;
    struct rh_reply *schema;            /* of the server */
    struct restore_target *targets;
    int target_count;
    uint64_t blocks;
    bool scanning;                      /* the first reading */
    int depth, depth_last;              /* of the tables whose rows are sent in this reading; -1: all */
    int64_t load;                       /* its number; 0: none */
    struct restore_definition *definitions;
    int definition_count;
    bool defined;                       /* the server's schema is the dump's */
    struct restore_sequence_owner *owners;
    int owner_count;

    struct restore_target *target;              /* that rows are for; NULL at the start */
    char table[192];                    /* its name */
    int column_count;
    char *columns[RESTORE_COLUMNS_MAX];     /* NULL: it has no home here */
    bool json[RESTORE_COLUMNS_MAX];         /* jsonb: text of it is JSON */
    struct rh_packed *batch[RESTORE_BATCH_ROWS];        /* records */
    uint64_t lines[RESTORE_BATCH_ROWS];     /* where each stands */
    size_t batch_rows, batch_bytes;
    uint64_t rows, refused, passed_over;
    uint64_t line;                          /* of the input, for errors */
};

/* Rows of `table` with these columns follow; none: all that are not generated. Names are copied. EXIT_DONE or a code after telling. */
int restore_table(struct restore *restore, const char *table, const struct slice *columns, int count);

/* The first columns of a table, for a statement that does not name them; without names where the table is not known yet. */
int restore_columns(struct restore *restore, const char *table, int count, struct slice *columns);

/* Whether rows of the table that was announced are wanted in this reading; and what comes once, with the last one. */
bool restore_wants(const struct restore *restore);
bool restore_is_last(const struct restore *restore);

/* Whose sequence one is: as the dump has said before, or by its name, "contacts_id_seq"; false: nobody's. */
void restore_own(struct restore *restore, const char *sequence, const char *table, const char *column);
bool restore_owner(const struct restore *restore, const char *sequence, char table[static 192], char column[static 64]);

/* The server's description of a table: {"name", "columns": [{"name", "type"}...], ...}; missing: no such table. */
struct rh_cell restore_describe(const struct restore *restore, const char *table);

/* A value of a row: text as PostgreSQL reads it (data NULL: NULL), or a cell, which wins when it is there. */
struct restore_value {
    struct slice text;
    struct rh_cell cell;
    bool json_null;                 /* the cell's nil is JSON's null, not NULL */
};
int restore_row(struct restore *restore, const struct restore_value *values);
int restore_sequence(struct restore *restore, const char *table, const char *column, int64_t value);
/* Hashes of entries that were removed from an organization's audit log, from number `first` on. */
int restore_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes);

/* Something of the dump is left out: told and counted. EXIT_DONE, with --strict a refusal. */
int restore_pass_over(struct restore *restore, const char *what, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Whether Ctrl-C was pressed; told once. */
bool restore_interrupted(const struct restore *restore);

int restore_failed(struct restore *restore, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* restore-sql.c: of a dump that begins in a line, by a comment or a line of its own that may be removed, and says nowhere that it ends. */
int restore_cut_off(struct restore *restore, uint64_t begun, const char *mark);

/* restore-session.c: the server's side of it. Begins: what was interrupted before is taken back, room is made. */
int session_begin(struct restore *restore);
int session_send(struct restore *restore);         /* the batch; a row that is refused is counted and told, EXIT_DONE */
int session_sequence(struct restore *restore, const char *table, const char *column, int64_t value);
int session_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes);
int session_finish(struct restore *restore);       /* audit logs, references: it stays */
void session_take_back(struct restore *restore);

/* restore-schema.c: a statement of the schema is kept; all of them are applied to a server that has none. */
int restore_schema(struct restore *restore, struct slice text);
int restore_define(struct restore *restore);

/* The readers; each reads `in` to its end. */
int restore_sql(struct restore *restore, FILE *in);
int restore_jsonl(struct restore *restore, FILE *in);
int restore_binary(struct restore *restore, FILE *in);

static inline bool cell_is(struct rh_cell cell, const char *text)
{
    size_t size;
    const char *bytes = rh_text(cell, &size);
    return bytes != NULL && size == strlen(text) && memcmp(bytes, text, size) == 0;
}

#endif
