/* The collations of one catalog, by PostgreSQL's names: its C, POSIX, ucs_basic, C.utf8 and default, and those that initdb makes of
 * ICU's locales: "und-x-icu", "de-x-icu", the BCP 47 tag of every locale that ICU has and "-x-icu".
 *
 * Each is opened when it is first asked for, and lives as long as the catalog; what was given out any thread may use. */
#ifndef ROWHOUSE_SQL_COLLATIONS_H
#define ROWHOUSE_SQL_COLLATIONS_H

#include "base/error.h"
#include "value/collation.h"

#define COLLATION_VERSION_SIZE 24

struct collations;

struct collations *collations_new(void);
void collations_free(struct collations *collations);            /* NULL is fine */

/* By name; `schema` NULL: none was written. *ret NULL: the default. `collations` NULL: only those without ICU. Any thread. 42704. */
int collations_find(struct collations *collations, const char *schema, const char *name, const struct collation **ret, struct error *error);

/* Of an expression whose operands do not agree and that asks for one: nobody knows which. */
extern const struct collation collation_conflict;
/* 42P22 of such an expression; `use`: what it asks for. */
int collation_unknown(const char *use, struct error *error);

/* What it is called, also when it is the default. */
const char *collation_name(const struct collation *collation);

/* ICU's version of its rules, which says whether an index that was sorted by it still is ("153.120.42"); "" for those without. */
void collation_version(const struct collation *collation, char ret[static COLLATION_VERSION_SIZE]);

#endif
