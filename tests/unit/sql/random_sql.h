/* Random expressions over the table `t` of fixture.sql, as SQL text: every production keeps the type that is asked for,
 * so that most of them mean something, and all of them mean the same to PostgreSQL. */
#ifndef ROWHOUSE_TESTS_SQL_RANDOM_SQL_H
#define ROWHOUSE_TESTS_SQL_RANDOM_SQL_H

#include <stdlib.h>

#include "base/buf.h"

enum random_kind { R_BOOL, R_INT, R_BIG, R_NUMERIC, R_REAL, R_TEXT, R_TZ, R_DATE, R_INTERVAL, R_JSON, R_UUID, R_INTS, R_TEXTS, R_KINDS };

struct random_sql {
    unsigned state;                 /* of the generator: the same start gives the same text */
    bool literals;                  /* columns become their values */
};

/* What a leaf may be: a column with its value written out, or a literal. */
struct random_leaf { enum random_kind kind; const char *column, *literal; };

static const struct random_leaf random_leaves[] = {
    { R_BOOL, "b", "true" }, { R_BOOL, "nb", "NULL::boolean" }, { R_BOOL, NULL, "true" }, { R_BOOL, NULL, "false" },
    { R_INT, "i4", "42" }, { R_INT, "ni", "NULL::integer" }, { R_INT, NULL, "0" }, { R_INT, NULL, "7" }, { R_INT, NULL, "-3" }, { R_INT, NULL, "2147483647" },
    { R_BIG, "i8", "9000000000" }, { R_BIG, NULL, "'-5'::bigint" }, { R_BIG, NULL, "9223372036854775807" },
    { R_NUMERIC, "n", "12345.6789" }, { R_NUMERIC, "nn", "NULL::numeric" }, { R_NUMERIC, NULL, "0.00" }, { R_NUMERIC, NULL, "-1.50" }, { R_NUMERIC, NULL, "1e10" },
    { R_REAL, "f8", "'2.25'::double precision" }, { R_REAL, NULL, "'-0.1'::double precision" }, { R_REAL, NULL, "'1e300'::double precision" },
    { R_TEXT, "s", "'Hello, Wörld'::text" }, { R_TEXT, "nt", "NULL::text" }, { R_TEXT, NULL, "''::text" }, { R_TEXT, NULL, "'it''s'::text" }, { R_TEXT, NULL, "'%l_%'::text" }, { R_TEXT, NULL, "'12'::text" },
    { R_TZ, "tz", "'2025-03-31 13:45:30.123456+00'::timestamptz" }, { R_TZ, "ntz", "NULL::timestamptz" }, { R_TZ, NULL, "'2024-02-29 00:00:00+00'::timestamptz" },
    { R_DATE, "d", "'2024-12-30'::date" }, { R_DATE, NULL, "'2000-02-29'::date" },
    { R_INTERVAL, "iv", "'1 year 2 mons 3 days 04:05:06.789'::interval" }, { R_INTERVAL, NULL, "'1 mon'::interval" }, { R_INTERVAL, NULL, "'-36:00:00'::interval" },
    { R_JSON, "j", "'{\"name\": \"Ada\", \"age\": 36, \"tags\": [\"x\", \"y\", 3], \"deep\": {\"a\": {\"b\": null}}, \"f\": 1.50, \"t\": true}'::jsonb" },
    { R_JSON, "nj", "NULL::jsonb" }, { R_JSON, NULL, "'[1, \"a\", null]'::jsonb" }, { R_JSON, NULL, "'\"x\"'::jsonb" }, { R_JSON, NULL, "'{}'::jsonb" },
    { R_UUID, "u", "'11111111-2222-3333-4444-555555555555'::uuid" }, { R_UUID, NULL, "'00000000-0000-0000-0000-000000000000'::uuid" },
    { R_INTS, "ia", "'{1,2,3,NULL}'::integer[]" }, { R_INTS, "nia", "NULL::integer[]" }, { R_INTS, NULL, "'{}'::integer[]" },
    { R_TEXTS, "ta", "'{a,\"b c\",NULL,d}'::text[]" }, { R_TEXTS, NULL, "'{x,y}'::text[]" },
};

/* %b and so on stand for an operand of that kind: b bool, i int, g bigint, n numeric, f double, t text, z timestamptz, d date,
 * v interval, j jsonb, u uuid, I int[], T text[]; %% is a percent sign. */
static const struct { enum random_kind kind; const char *form; } random_forms[] = {
    { R_BOOL, "(%b AND %b)" }, { R_BOOL, "(%b OR %b OR %b)" }, { R_BOOL, "(NOT %b)" }, { R_BOOL, "(%b IS NULL)" }, { R_BOOL, "(%i IS NOT NULL)" },
    { R_BOOL, "(%b IS NOT TRUE)" }, { R_BOOL, "(%b IS FALSE)" }, { R_BOOL, "(%i = %i)" }, { R_BOOL, "(%i < %g)" }, { R_BOOL, "(%n >= %i)" }, { R_BOOL, "(%f <> %n)" },
    { R_BOOL, "(%t <= %t)" }, { R_BOOL, "(%t LIKE %t)" }, { R_BOOL, "(%t NOT ILIKE '%%l%%')" }, { R_BOOL, "(%z > %z)" }, { R_BOOL, "(%z < %d)" }, { R_BOOL, "(%d = %d)" },
    { R_BOOL, "(%v < %v)" }, { R_BOOL, "(%u = %u)" }, { R_BOOL, "(%j = %j)" }, { R_BOOL, "(%j @> %j)" }, { R_BOOL, "(%j ? %t)" }, { R_BOOL, "(%i IN (%i, %i, 42))" },
    { R_BOOL, "(%t NOT IN (%t, %t))" }, { R_BOOL, "(%i = ANY (%I))" }, { R_BOOL, "(%i < ALL (%I))" }, { R_BOOL, "(%t = ANY (%T))" }, { R_BOOL, "(%i BETWEEN %i AND %g)" },
    { R_BOOL, "(%n IS DISTINCT FROM %n)" }, { R_BOOL, "(%t IS NOT DISTINCT FROM %t)" }, { R_BOOL, "((%i, %t) < (%i, %t))" }, { R_BOOL, "(%I && %I)" }, { R_BOOL, "(%T @> %T)" },
    { R_BOOL, "(%I = %I)" }, { R_BOOL, "CASE WHEN %b THEN %b ELSE %b END" }, { R_BOOL, "EXISTS (SELECT 1 FROM people WHERE org = %i)" },
    { R_BOOL, "(%i IN (SELECT org FROM people WHERE %b))" }, { R_BOOL, "starts_with(%t, %t)" },
    { R_INT, "(%i + %i)" }, { R_INT, "(%i - %i)" }, { R_INT, "(%i * %i)" }, { R_INT, "(%i / %i)" }, { R_INT, "(%i %% %i)" }, { R_INT, "(- %i)" }, { R_INT, "abs(%i)" },
    { R_INT, "length(%t)" }, { R_INT, "strpos(%t, %t)" }, { R_INT, "(%d - %d)" }, { R_INT, "(%n)::integer" }, { R_INT, "(%f)::integer" }, { R_INT, "COALESCE(%i, %i)" },
    { R_INT, "NULLIF(%i, %i)" }, { R_INT, "GREATEST(%i, %i, %i)" }, { R_INT, "CASE WHEN %b THEN %i ELSE %i END" }, { R_INT, "array_length(%I, 1)" }, { R_INT, "(%I)[%i]" },
    { R_INT, "cardinality(%T)" }, { R_INT, "array_position(%T, %t)" }, { R_INT, "(SELECT id FROM people WHERE name = 'bob' AND %b)" }, { R_INT, "mod(%i, %i)" },
    { R_BIG, "(%g + %i)" }, { R_BIG, "(%g * %g)" }, { R_BIG, "(%i)::bigint" }, { R_BIG, "(%g / %g)" }, { R_BIG, "(%n)::bigint" }, { R_BIG, "LEAST(%g, %i)" },
    { R_NUMERIC, "(%n + %n)" }, { R_NUMERIC, "(%n - %i)" }, { R_NUMERIC, "(%n * %n)" }, { R_NUMERIC, "(%n / %n)" }, { R_NUMERIC, "(%n %% %n)" }, { R_NUMERIC, "round(%n, 2)" },
    { R_NUMERIC, "round(%n, -2)" }, { R_NUMERIC, "trunc(%n)" }, { R_NUMERIC, "ceil(%n)" }, { R_NUMERIC, "floor(%n)" }, { R_NUMERIC, "sign(%n)" }, { R_NUMERIC, "abs(%n)" },
    { R_NUMERIC, "(%g)::numeric" }, { R_NUMERIC, "(%n)::numeric(12,3)" }, { R_NUMERIC, "extract(second from %z)" }, { R_NUMERIC, "extract(epoch from %v)" },
    { R_NUMERIC, "extract(doy from %d)" }, { R_NUMERIC, "COALESCE(%n, %i)" }, { R_NUMERIC, "CASE WHEN %b THEN %i ELSE %n END" }, { R_NUMERIC, "div(%n, %n)" },
    { R_REAL, "(%f + %f)" }, { R_REAL, "(%f * %i)" }, { R_REAL, "(%f / %f)" }, { R_REAL, "(%n)::double precision" }, { R_REAL, "floor(%f)" }, { R_REAL, "round(%f)" },
    { R_REAL, "date_part('year', %z)" }, { R_REAL, "(%f - %n)" },
    { R_TEXT, "(%t || %t)" }, { R_TEXT, "(%t || %i)" }, { R_TEXT, "(%n || %t)" }, { R_TEXT, "lower(%t)" }, { R_TEXT, "upper(%t)" }, { R_TEXT, "substr(%t, %i)" },
    { R_TEXT, "left(%t, %i)" }, { R_TEXT, "right(%t, 3)" }, { R_TEXT, "replace(%t, 'l', %t)" }, { R_TEXT, "btrim(%t)" }, { R_TEXT, "(%i)::text" }, { R_TEXT, "(%z)::text" },
    { R_TEXT, "(%v)::text" }, { R_TEXT, "(%b)::text" }, { R_TEXT, "(%f)::text" }, { R_TEXT, "(%j)::text" }, { R_TEXT, "(%I)::text" }, { R_TEXT, "(%j ->> %t)" },
    { R_TEXT, "(%j ->> 0)" }, { R_TEXT, "concat(%t, %i, %b, %d)" }, { R_TEXT, "COALESCE(%t, %t)" }, { R_TEXT, "NULLIF(%t, %t)" }, { R_TEXT, "jsonb_typeof(%j)" },
    { R_TEXT, "CASE %i WHEN 42 THEN %t WHEN %i THEN %t END" }, { R_TEXT, "array_to_string(%T, %t)" }, { R_TEXT, "split_part(%t, ',', %i)" }, { R_TEXT, "md5(%t)" },
    { R_TEXT, "(%T)[%i]" }, { R_TEXT, "reverse(%t)" }, { R_TEXT, "lpad(%t, 5, %t)" }, { R_TEXT, "(%t)::varchar(4)" }, { R_TEXT, "GREATEST(%t, %t)" },
    { R_TZ, "(%z + %v)" }, { R_TZ, "(%z - %v)" }, { R_TZ, "date_trunc('month', %z)" }, { R_TZ, "date_trunc('week', %z)" }, { R_TZ, "(%d)::timestamptz" },
    { R_TZ, "((%z AT TIME ZONE 'UTC') + %v) AT TIME ZONE 'UTC'" }, { R_TZ, "COALESCE(%z, %z)" }, { R_TZ, "(%z + (%i || ' minutes')::interval)" },
    { R_DATE, "(%d + %i)" }, { R_DATE, "(%d - %i)" }, { R_DATE, "(%z)::date" }, { R_DATE, "((%d + %v))::date" },
    { R_INTERVAL, "(%z - %z)" }, { R_INTERVAL, "(%v + %v)" }, { R_INTERVAL, "(%v * 2)" }, { R_INTERVAL, "(%v * 0.5)" }, { R_INTERVAL, "(%v / 3)" }, { R_INTERVAL, "(- %v)" },
    { R_INTERVAL, "date_trunc('hour', %v)" },
    { R_JSON, "(%j -> %t)" }, { R_JSON, "(%j -> %i)" }, { R_JSON, "(%j || %j)" }, { R_JSON, "(%j - %t)" }, { R_JSON, "jsonb_build_object(%t, %i, 'k', %j)" },
    { R_JSON, "to_jsonb(%t)" }, { R_JSON, "to_jsonb(%n)" }, { R_JSON, "to_jsonb(%I)" }, { R_JSON, "jsonb_build_array(%i, %z, %b)" }, { R_JSON, "(%j #> %T)" }, { R_JSON, "jsonb_strip_nulls(%j)" },
    { R_UUID, "COALESCE(%u, %u)" }, { R_UUID, "auth.uid()" }, { R_UUID, "((%u)::text)::uuid" }, { R_UUID, "CASE WHEN %b THEN %u END" },
    { R_INTS, "(%I || %i)" }, { R_INTS, "(%I || %I)" }, { R_INTS, "ARRAY[%i, %i]" }, { R_INTS, "array_remove(%I, %i)" },
    { R_TEXTS, "(%T || %t)" }, { R_TEXTS, "ARRAY[%t, %t]" }, { R_TEXTS, "string_to_array(%t, 'l')" }, { R_TEXTS, "(%I)::text[]" },
};

/* A small generator of our own, so that a seed means the same everywhere. */
static unsigned random_below(struct random_sql *r, unsigned bound)
{
    r->state = r->state * 1664525u + 1013904223u;
    return (r->state >> 8) % bound;
}

static void random_put_leaf(struct random_sql *r, enum random_kind kind, struct buf *out)
{
    unsigned count = 0, at;
    for (size_t i = 0; i < sizeof random_leaves / sizeof *random_leaves; i++)
        count += random_leaves[i].kind == kind;
    at = random_below(r, count);
    for (size_t i = 0;; i++) {
        if (random_leaves[i].kind == kind && at-- == 0) {
            bool column = random_leaves[i].column != NULL && !r->literals;
            buf_append_string(out, column ? random_leaves[i].column : random_leaves[i].literal);
            return;
        }
    }
}

static void random_put(struct random_sql *r, enum random_kind kind, int depth, struct buf *out)
{
    static const char letters[] = "bignftzdvjuIT";
    static const enum random_kind kinds[] = { R_BOOL, R_INT, R_BIG, R_NUMERIC, R_REAL, R_TEXT, R_TZ, R_DATE, R_INTERVAL, R_JSON, R_UUID, R_INTS, R_TEXTS };
    if (depth == 0 || random_below(r, 5) == 0) {
        random_put_leaf(r, kind, out);
        return;
    }
    unsigned count = 0, at;
    size_t chosen = 0;
    for (size_t i = 0; i < sizeof random_forms / sizeof *random_forms; i++)
        count += random_forms[i].kind == kind;
    at = random_below(r, count);
    while (random_forms[chosen].kind != kind || at-- > 0)
        chosen++;
    for (const char *c = random_forms[chosen].form; *c != '\0'; c++) {
        if (*c != '%')
            buf_append_byte(out, (uint8_t)*c);
        else if (*++c == '%')
            buf_append_byte(out, '%');
        else
            random_put(r, kinds[strchr(letters, *c) - letters], depth - 1, out);
    }
}

/* The expression of a seed. */
static inline void random_sql(unsigned seed, bool literals, struct buf *out)
{
    struct random_sql r = { .state = seed * 2654435761u + 1, .literals = literals };
    random_below(&r, 2);
    enum random_kind kind = (enum random_kind)random_below(&r, R_KINDS);
    random_put(&r, kind, 1 + (int)random_below(&r, 4), out);
}

#endif
