/* Migration files: what a file is to the catalog, and applying one that is new, a transaction in a turn of its own, which no reader
 * sees half. One that is applied already is skipped, if its text has not changed. */
#ifndef ROWHOUSE_ENGINE_MIGRATIONS_H
#define ROWHOUSE_ENGINE_MIGRATIONS_H

#include "engine/engine.h"

struct migration_file {
    const char *name;               /* without folder */
    struct slice text;
};

struct migration_files {
    int count;
    struct migration_file *items;   /* in order of name; everything in one arena */
};

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

/* Applies one new file, on the writer's thread or where there is none yet. *ret_effects: what it did; their texts, never NULL, are in
 * the request's arena, and nothing else of them is to be read. Durable when store_committed_lsn() of now is. */
int migration_apply(struct request *rq, const struct migration_file *file, struct effects *ret_effects);

/* A catalog of one's own with all migrations that another has. */
int migrations_copy(const struct catalog *from, struct catalog **ret, struct error *error);

/* A new declaration among files that are to be applied: refused before anything is recorded when the files bring what it cannot be read from. */
int migrations_check_declaration(const struct catalog *catalog, const struct migration_files *files, struct error *error);

#endif
