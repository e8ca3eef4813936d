/* What PostgreSQL says of the objects of a database, as sorted texts, and how two databases compare. The spelling of
 * the DDL that made them does not count, its meaning does. */
#ifndef ROWHOUSE_TESTS_PG_LISTINGS_H
#define ROWHOUSE_TESTS_PG_LISTINGS_H

#include <stdio.h>
#include <string.h>

#include "lib/pg.h"

#define OURS "n.nspname IN ('public', 'auth')"
/* Of an object: a list that is not there is the default one; the order of its items means nothing. */
#define LIST(acl, kind, owner) "(SELECT array_agg(item::text ORDER BY item::text) FROM unnest(coalesce(" acl ", acldefault('" kind "', " owner "))) item)"

/* Each gives rows of one text; an object of one database has its equal in the other. */
static const struct { const char *what, *sql; } listings[] = {
    { "column",
      "SELECT format('%s.%s %s %s collation=%s null=%s generated=%s default=%s comment=%s', n.nspname, c.relname, a.attname,"
      " format_type(a.atttypid, a.atttypmod), (SELECT collname FROM pg_collation WHERE oid = a.attcollation), NOT a.attnotnull, a.attgenerated, pg_get_expr(d.adbin, d.adrelid),"
      " col_description(c.oid, a.attnum))"
      " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
      " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
      " WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND " OURS " ORDER BY 1" },
    { "column order",
      "SELECT format('%s.%s: %s', n.nspname, c.relname, string_agg(a.attname, ', ' ORDER BY a.attnum))"
      " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND " OURS " GROUP BY n.nspname, c.relname ORDER BY 1" },
    { "constraint",
      "SELECT format('%s.%s %s %s', n.nspname, c.relname, o.conname, pg_get_constraintdef(o.oid))"
      " FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
      " WHERE " OURS " ORDER BY 1" },
    { "index", "SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
               " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " OURS " ORDER BY 1" },
    { "policy", "SELECT format('%s.%s %s %s %s %s using=%s check=%s', schemaname, tablename, policyname, permissive, roles, cmd, qual,"
                " with_check) FROM pg_policies ORDER BY 1" },
    { "table", "SELECT format('%s.%s rls=%s acl=%s comment=%s', n.nspname, c.relname, c.relrowsecurity, " LIST("c.relacl", "r", "c.relowner") ","
               " obj_description(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
               " WHERE c.relkind IN ('r', 'v') AND " OURS " ORDER BY 1" },
    { "right on a column", "SELECT format('%s.%s.%s %s', n.nspname, c.relname, a.attname, item) FROM pg_attribute a"
                           " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, unnest(a.attacl) item"
                           " WHERE NOT a.attisdropped AND " OURS " ORDER BY 1" },
    { "sequence", "SELECT format('%s.%s acl=%s', n.nspname, c.relname, " LIST("c.relacl", "s", "c.relowner") ")"
                  " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND " OURS
                  " AND EXISTS (SELECT FROM pg_depend d WHERE d.refobjid = c.oid AND d.classid = 'pg_attrdef'::regclass) ORDER BY 1" },
    { "right on a function", "SELECT format('%s.%s acl=%s', n.nspname, p.proname, " LIST("p.proacl", "f", "p.proowner") ")"
                             " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE " OURS " ORDER BY 1" },
    { "schema", "SELECT format('%s acl=%s', n.nspname, " LIST("n.nspacl", "n", "n.nspowner") ") FROM pg_namespace n WHERE " OURS " ORDER BY 1" },
    { "function", "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
                  " WHERE p.prokind = 'f' AND " OURS " ORDER BY 1" },
    { "type", "SELECT format('%s %s', t.typname, e.enumlabel) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid"
              " ORDER BY t.typname, e.enumsortorder" },
    { "trigger", "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1" },
    { "default privileges", "SELECT format('%s %s %s', n.nspname, a.defaclobjtype, item) FROM pg_default_acl a"
                            " LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace, unnest(a.defaclacl) item"
                            " WHERE a.defaclrole = current_user::regrole ORDER BY 1" },
};

/* Both lists are sorted: step through them as in a merge, and name what only one has. */
static inline int compare(const char *what, PGconn *a, PGconn *b, const char *sql)
{
    PGresult *left = pg_query(a, sql), *right = pg_query(b, sql);
    int i = 0, k = 0, differences = 0;
    while (i < PQntuples(left) || k < PQntuples(right)) {
        int order = i == PQntuples(left) ? 1 : k == PQntuples(right) ? -1 : strcmp(PQgetvalue(left, i, 0), PQgetvalue(right, k, 0));
        if (order != 0) {
            fprintf(stderr, "%s %s: %s\n", what, order < 0 ? "lost" : "new", order < 0 ? PQgetvalue(left, i, 0) : PQgetvalue(right, k, 0));
            differences++;
        }
        i += order <= 0;
        k += order >= 0;
    }
    PQclear(left);
    PQclear(right);
    return differences;
}

static inline int compare_all(PGconn *a, PGconn *b)
{
    int differences = 0;
    for (size_t i = 0; i < sizeof listings / sizeof *listings; i++)
        differences += compare(listings[i].what, a, b, listings[i].sql);
    return differences;
}

#undef OURS
#undef LIST

#endif
