/* A table of every kind of column and one row of it, for expressions: only the catalog, no store. */
#ifndef ROWHOUSE_TESTS_FUZZ_PEOPLE_H
#define ROWHOUSE_TESTS_FUZZ_PEOPLE_H

#include "fuzz.h"

#include "base/sys.h"
#include "catalog/catalog.h"
#include "sql/expr.h"

static const char people_ddl[] =
    "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');"
    "CREATE TABLE people (id uuid PRIMARY KEY, name text, age integer, big bigint, score numeric(6,2), ratio double precision,"
    " data jsonb, tags text[], numbers integer[], since timestamptz, day date, wait interval, feeling mood, address inet, raw bytea,"
    " good boolean, nothing text);";

static const char *const people_row[] = {
    "00000000-0000-4000-8000-000000000001", "Ada", "36", "9007199254740993", "12.50", "0.1", "{\"a\": [1, 2.50, null], \"b\": \"x\"}",
    "{x,NULL,\"y z\"}", "{1,2,3}", "2026-01-02 03:04:05.6+00", "2026-01-02", "1 mon 2 days 03:00:00", "ok", "10.0.0.1/8", "\\x00ff", "t", NULL,
};

/* Made once; lives as long as the process. */
static inline const struct table *people_table(const struct catalog **ret)
{
    static struct catalog *catalog;
    struct effects effects;
    struct error error;
    if (catalog == NULL) {
        catalog = catalog_new();
        int outcome = catalog_apply(catalog, "people.sql", slice_of_string(people_ddl), 1, &effects, &error);
        assert(outcome == 0);
    }
    *ret = catalog;
    return catalog_table(catalog, SLICE_LITERAL("people"));
}

static inline int people_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    const struct table *people = eval->env;
    assert(depth == 0);
    *ret = VALUE_OF_NULL;
    if (people_row[column] == NULL)
        return 0;
    return value_from_text(people->columns[column].type, slice_of_string(people_row[column]), eval->arena, ret, error);
}

static inline const char *people_column_name(const void *table, int column)
{
    return ((const struct table *)table)->columns[column].name;
}

static inline struct eval people_eval(const struct table *people, struct arena *arena)
{
    static const struct claims claims = { .role = "authenticated" };
    return (struct eval){ .column = people_column, .env = (void *)people, .now_us = 1743428730123456, .sys = sys_real(), .claims = &claims,
                          .arena = arena };
}

#endif
