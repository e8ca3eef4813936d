/* A dump: every row of a data directory, as of one instant, in one of three forms.
 *
 *      sql       PostgreSQL 15 loads it: DDL, COPY ... FROM stdin of each table, sequences, then indexes, keys and policies
 *      jsonl     one JSON object a line: {"table": ..., "row": {...}}, {"sequence": [table, column], "value": n},
 *                {"audit_leaves": organization, "first": n, "hashes": base64}; a column that is
 *                NULL is left out of the row, so that a null is JSON's own, of a jsonb column. {"rowhouse": "dump"} comes first and
 *                {"rowhouse": "dump complete"} last
 *      binary    "RHDUMP1\n", then one zstd stream of MessagePack objects: a map {"table", "columns"} before the rows of a table,
 *                each row an array of their stored forms, {"sequence", "value"}, {"audit_leaves", "first", "hashes"}, and at the end {"end": rows, "hash": XXH3-64 of
 *                everything before it}, so that a dump that was cut off is known as such
 *
 * Of an audit log whose first entries were removed the hashes of these come along, behind the rows: a tree goes on from them. In SQL
 * they are comments, "-- rowhouse: audit_leaves <organization> <first> <base64>": PostgreSQL has no use for them. So are the first line of SQL, "-- rowhouse: dump",
 * and the last one, "-- rowhouse: dump complete": what begins with the one and does not end with the other was cut off, as with JSON lines.
 *
 * Tables come in the order of creation, so what a row refers to is there before it. Generated columns are left out: they
 * are computed again from the others. */
#ifndef ROWHOUSE_TOOLS_DUMP_H
#define ROWHOUSE_TOOLS_DUMP_H

#include <uthash.h>

#include "dump-source.h"

#define DUMP_MAGIC "RHDUMP1\n"
#define DUMP_COMMENT "-- rowhouse: "                    /* begins what only restoring reads of SQL */
#define DUMP_BEGINS DUMP_COMMENT "dump"                 /* the first line of SQL, and the last one: what lacks it was cut off */
#define DUMP_ENDS DUMP_COMMENT "dump complete"
#define DUMP_MARK "rowhouse"                            /* of JSON lines: {"rowhouse": "dump"}, and at the end {"rowhouse": "dump complete"} */
#define DUMP_LEAVES_MAX 512                             /* hashes of one line */

struct dump {
    FILE *out;
    struct source *source;
    const struct catalog *catalog;
    struct buf line;
    uint64_t rows;
    void *form;                     /* what a form keeps */
    bool whole;                     /* all houses: the schema belongs to it */
    enum ddl_target target;         /* --for */
};

struct dump_form {
    const char *name;
    int (*start)(struct dump *dump);
    int (*table)(struct dump *dump, const struct table *table);
    int (*row)(struct dump *dump, const struct table *table, const struct value *columns);
    int (*table_end)(struct dump *dump, const struct table *table);
    int (*sequence)(struct dump *dump, const struct table *table, const struct column *column, int64_t value);
    int (*leaves)(struct dump *dump, const char *organization, int64_t first, struct slice hashes);
    int (*end)(struct dump *dump);
};

extern const struct dump_form dump_sql, dump_jsonl, dump_binary;

/* dump-audit.c: the hashes of entries that were removed from a house's audit log. */
int dump_leaves(struct dump *dump, const struct dump_form *form, uint32_t house, const struct uuid *organization);

/* dump-house.c: the key of a row that lies outside of a house and that rows of the house refer to. */
struct needed_row {
    UT_hash_handle hh;
    size_t size;
    uint8_t key[];
};
/* Those of `table`, in the order of their keys; the caller takes the set apart. */
int needed_rows(struct source *source, const struct table *table, uint32_t house, struct needed_row **ret);

#endif
