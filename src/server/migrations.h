/* Applying migration files: at the start from a directory, and for the method `migrate`. Each new file is one transaction
 * in a turn of its own, which no reader sees half; one that is applied already is skipped, if its text has not changed. */
#ifndef ROWHOUSE_SERVER_MIGRATIONS_H
#define ROWHOUSE_SERVER_MIGRATIONS_H

#include "engine/engine.h"

struct migration_file {
    const char *name;               /* without folder */
    struct slice text;
};

struct migration_files {
    int count;
    struct migration_file *items;   /* in order of name; everything in one arena */
};

/* The *.sql files of a directory, in order of name. 58P01, 54000. */
int migrations_read(const char *directory, struct arena *arena, struct migration_files *ret, struct error *error);

enum migration_state { MIGRATION_NEW, MIGRATION_APPLIED, MIGRATION_CHANGED };
enum migration_state migration_state(const struct catalog *catalog, const struct migration_file *file);
/* 55000: the file was applied with another text. */
int migration_refuse_changed(const struct migration_file *file, struct error *error);

/* Names that begin with a digit are in order: "20250101_a.sql" comes before "20250102_b.sql". The last one applied that comes behind
 * a new file, or NULL. */
const char *migration_behind(const struct catalog *catalog, const struct migration_file *file);
/* 55000: a new file comes, by name, before one of these files that is applied already. Who names such a file alone means it. */
int migration_refuse_order(const struct catalog *catalog, const struct migration_files *files, const struct migration_file *file,
                           struct error *error);
/* Whether an applied migration is among the files. */
bool migration_is_among(const struct migration_files *files, const struct migration *migration);

/* Applies one new file, on the writer's thread or where there is none yet. `effects`: what it did, as msgpack array of
 * texts, appended. Durable when store_committed_lsn() of now is. */
int migration_apply(struct request *rq, const struct migration_file *file, struct buf *effects);

/* A catalog of one's own with all migrations that another has. */
int migrations_copy(const struct catalog *from, struct catalog **ret, struct error *error);

/* The start: everything in a directory, with a line in the server's log for each, and for each that was applied and is not in it.
 * `out_of_order`: also what migration_refuse_order() refuses. */
int migrations_apply_all(struct store *store, const char *directory, const char *declaration, bool out_of_order, struct sys *sys, struct error *error);

#endif
