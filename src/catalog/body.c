/* Bodies of functions, recognised by what they say, token by token: comments, spaces and the case of names aside. A function's name says
 * nothing of what it does. */
#include "catalog/fold.h"

#include <strings.h>

/* Moves past tokens that stand there. */
static bool take(const char **at, const char *tokens)
{
    size_t size = strlen(tokens);
    if (strncasecmp(*at, tokens, size) != 0 || ((*at)[size] != ' ' && (*at)[size] != '\0'))
        return false;
    *at += size + ((*at)[size] == ' ');
    return true;
}

/* A column's name, folded as PostgreSQL folds it. */
static bool take_name(struct arena *arena, const char **at, const char **ret)
{
    const char *start = *at + (**at == '"'), *end = strchr(start, **at == '"' ? '"' : ' ');
    if (end == NULL || end == start || (**at == '"' && end[1] != ' '))
        return false;
    *ret = arena_string(arena, slice_of(start, (size_t)(end - start)));
    *at = end + (**at == '"' ? 2 : 1);
    return true;
}

/* The instant of the transaction. The server's time zone is UTC, so a timestamp of UTC is that instant in a timestamptz as well. */
static bool take_now(const char **at)
{
    static const char *const forms[] = {
        "timezone ( 'utc' , now ( ) )", "timezone ( 'utc' :: text , now ( ) )", "timezone ( 'utc' , current_timestamp )",
        "( now ( ) at time zone 'utc' )", "now ( ) at time zone 'utc'", "( current_timestamp at time zone 'utc' )",
        "current_timestamp at time zone 'utc'", "now ( )", "pg_catalog . now ( )", "transaction_timestamp ( )", "current_timestamp", "localtimestamp",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (take(at, forms[i]))
            return true;
    return false;
}

bool body_sets_now(const char *body, struct arena *arena, struct set_columns *ret)
{
    const char *at = body, *name;
    *ret = (struct set_columns){ 0 };
    if (!take(&at, "begin"))
        return false;
    while (take(&at, "new .")) {
        if (!take_name(arena, &at, &name) || !(take(&at, ":=") || take(&at, "=")) || !take_now(&at) || !take(&at, ";"))
            return false;
        *FOLD_APPEND(arena, ret->names, ret->count) = name;
    }
    if (ret->count == 0 || !take(&at, "return new ;") || !take(&at, "end"))
        return false;
    take(&at, ";");
    return *at == '\0';
}

/* --- auth --- */

/* What the server answers by itself; the forms of schema/migrations, and those that Supabase has. */
static const struct { const char *name, *body; } provided[] = {
    { "auth.jwt", "select nullif ( current_setting ( 'request.jwt.claims' , true ) , '' ) :: jsonb" },
    { "auth.jwt", "select coalesce ( nullif ( current_setting ( 'request.jwt.claim' , true ) , '' ) , nullif ( current_setting ( 'request.jwt.claims' , true ) "
                  ", '' ) ) :: jsonb" },
    { "auth.uid", "select ( auth . jwt ( ) ->> 'sub' ) :: uuid" },
    { "auth.uid", "select coalesce ( nullif ( current_setting ( 'request.jwt.claim.sub' , true ) , '' ) , ( nullif ( current_setting ( 'request.jwt.claims' , "
                  "true ) , '' ) :: jsonb ->> 'sub' ) ) :: uuid" },
    { "auth.role", "select auth . jwt ( ) ->> 'role'" },
    { "auth.role", "select coalesce ( nullif ( current_setting ( 'request.jwt.claim.role' , true ) , '' ) , ( nullif ( current_setting ( 'request.jwt.claims' , "
                   "true ) , '' ) :: jsonb ->> 'role' ) ) :: text" },
    { "auth.organization_id", "select organization_id from public . profiles where id = auth . uid ( )" },
    { "auth.is_super_admin", "select exists ( select 1 from public . profiles where id = auth . uid ( ) and role = 'super_admin' )" },
};

bool body_is_provided(const char *name, const char *body)
{
    for (size_t i = 0; i < sizeof provided / sizeof *provided; i++) {
        const char *at = body;
        if (!same(provided[i].name, name) || !take(&at, provided[i].body))
            continue;
        take(&at, ";");
        if (*at == '\0')
            return true;
    }
    return false;
}

/* --- Native functions --- */

bool body_is_native(const char *body)
{
    const char *at = body;
    if (!take(&at, "begin") || !take(&at, "raise exception 'native to Rowhouse' ;") || !take(&at, "end"))
        return false;
    take(&at, ";");
    return *at == '\0';
}
