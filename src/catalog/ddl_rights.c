/* Rights as statements, for dumps, and for people.
 *
 * A dump is loaded into a PostgreSQL that begins with its own defaults, or into a Rowhouse that begins with Supabase's: so it says all of
 * the default privileges, and then of each object what it does not have by them. What a GRANT opened by its name (R4) comes
 * last, behind SET rowhouse.grants_open = on. */
#include "catalog/fold.h"

static const char *const role_names[GRANTEE_COUNT] = {
    [GRANTEE_PUBLIC] = "PUBLIC", [GRANTEE_ANON] = "anon", [GRANTEE_AUTHENTICATED] = "authenticated", [GRANTEE_SERVICE] = "service_role",
    [GRANTEE_SUPER_ADMIN] = "super_admin", [GRANTEE_OWNER] = "postgres",
};

static const char *const privilege_names[PRIVILEGE_COUNT] = {
    "INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE",
};

static void put_privileges(unsigned privileges, const char *column, struct buf *out)
{
    const char *between = "";
    for (int i = 0; i < PRIVILEGE_COUNT; i++)
        if ((privileges & 1u << i) != 0) {
            buf_printf(out, "%s%s", between, privilege_names[i]);
            between = ", ";
            if (column != NULL) {
                buf_append_string(out, " (");
                quote_name(column, out);
                buf_append_byte(out, ')');
            }
        }
}

/* An object in statements: ON `what` `name`, behind `before`. */
struct object {
    const char *before;                     /* "", "ALTER DEFAULT PRIVILEGES IN SCHEMA public " */
    const char *what;                       /* "TABLE", "SEQUENCE" */
    const struct buf *name;
    const char *column;                     /* of its privileges; NULL: of the whole */
    const char *after;                      /* what ends a statement */
};

static void grant_ddl(const struct object *object, unsigned privileges, int grantee, bool option, struct buf *out)
{
    if (privileges == 0)
        return;
    buf_printf(out, "%sGRANT ", object->before);
    put_privileges(privileges, object->column, out);
    buf_printf(out, " ON %s%.*s TO %s%s;%s", object->what, SLICE_FMT(buf_slice(object->name)), role_names[grantee],
               option ? " WITH GRANT OPTION" : "", object->after);
}

/* The grants of an object to the `grantees`. */
static void grants_ddl(const struct object *object, const struct acl *acl, unsigned grantees, struct buf *out)
{
    for (int i = 0; i < GRANTEE_COUNT; i++) {
        if ((grantees & 1u << i) == 0)
            continue;
        grant_ddl(object, acl->granted[i] & ~(unsigned)acl->options[i], i, false, out);
        grant_ddl(object, acl->granted[i] & acl->options[i], i, true, out);
    }
}

static bool mentions(const struct acl *acl, int grantee)
{
    return acl->granted[grantee] != 0 || acl->options[grantee] != 0;
}

/* Whose rights are written: the owner's where they are not those that he has by himself. */
static unsigned written(const struct acl *acl, const struct acl *before)
{
    unsigned grantees = 1 << GRANTEE_PUBLIC | 1 << GRANTEE_ANON | 1 << GRANTEE_AUTHENTICATED | 1 << GRANTEE_SERVICE;
    if (mentions(acl, GRANTEE_SUPER_ADMIN) || mentions(before, GRANTEE_SUPER_ADMIN))
        grantees |= 1 << GRANTEE_SUPER_ADMIN;
    if (acl->granted[GRANTEE_OWNER] != before->granted[GRANTEE_OWNER] || acl->options[GRANTEE_OWNER] != before->options[GRANTEE_OWNER])
        grantees |= 1 << GRANTEE_OWNER;
    return grantees;
}

static void revoke_ddl(const struct object *object, unsigned grantees, struct buf *out)
{
    const char *between = "";
    buf_printf(out, "%sREVOKE ALL ON %s%.*s FROM ", object->before, object->what, SLICE_FMT(buf_slice(object->name)));
    for (int i = 0; i < GRANTEE_COUNT; i++)
        if ((grantees & 1u << i) != 0) {
            buf_printf(out, "%s%s", between, role_names[i]);
            between = ", ";
        }
    buf_printf(out, ";%s", object->after);
}

/* All of a list, whatever it was `before`. */
static void acl_ddl(const struct object *object, const struct acl *acl, const struct acl *before, struct buf *out)
{
    unsigned grantees = written(acl, before);
    revoke_ddl(object, grantees, out);
    grants_ddl(object, acl, grantees, out);
}

static bool acl_same(const struct acl *a, const struct acl *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* --- Default privileges --- */

/* `schema` NULL: of all schemas, which are written where they are not PostgreSQL's own. A schema's begin with nothing. */
static void defaults_ddl(const char *schema, const struct acl lists[static DEFAULT_KINDS], struct buf *out)
{
    static const char *const kinds[DEFAULT_KINDS] = { [ACL_TABLES] = "TABLES", [ACL_SEQUENCES] = "SEQUENCES", [ACL_FUNCTIONS] = "FUNCTIONS" };
    static const struct buf nothing;
    static const struct acl nobody;
    struct buf before = { 0 };
    buf_printf(&before, "ALTER DEFAULT PRIVILEGES %s%s ", schema != NULL ? "IN SCHEMA " : "", schema != NULL ? schema : "");
    for (int k = 0; k < DEFAULT_KINDS; k++) {
        struct acl builtin = acl_builtin((enum acl_kind)k);
        struct object object = { buf_text(&before), kinds[k], &nothing, NULL, "\n" };
        if (schema != NULL)
            acl_ddl(&object, &lists[k], &nobody, out);
        else if (!acl_same(&lists[k], &builtin))
            acl_ddl(&object, &lists[k], &builtin, out);
    }
    buf_done(&before);
}

void ddl_default_privileges(const struct draft *draft, struct buf *out)
{
    buf_append_string(out, "SET rowhouse.grants_open = off;\n");
    defaults_ddl(NULL, draft->defaults, out);
    defaults_ddl("public", draft->schema_defaults[SCHEMA_PUBLIC], out);
    if (draft->auth_schema)
        defaults_ddl("auth", draft->schema_defaults[SCHEMA_AUTH], out);
}

/* --- Objects --- */

static void table_object(const struct table *table, struct buf *name, struct object *ret)
{
    buf_clear(name);
    table_quote(table, name);
    *ret = (struct object){ "", "TABLE ", name, NULL, "\n" };
}

static void table_grants(const struct table *table, unsigned grantees, struct buf *out)
{
    struct buf name = { 0 };
    struct object object;
    table_object(table, &name, &object);
    grants_ddl(&object, &table->acl, grantees, out);
    for (int i = 0; i < table->column_count; i++) {
        object.column = table->columns[i].name;
        if (table->columns[i].acl != NULL && !table->columns[i].dropped)
            grants_ddl(&object, table->columns[i].acl, grantees, out);
    }
    buf_done(&name);
}

/* Those of the roles that a GRANT named are left for the end. */
static void table_ddl(const struct draft *draft, const struct table *table, struct buf *out)
{
    struct acl before = acl_of_new(draft, ACL_TABLES, table->schema);
    struct buf name = { 0 };
    struct object object;
    bool columns = false;
    for (int i = 0; i < table->column_count; i++)
        columns = columns || (table->columns[i].acl != NULL && !table->columns[i].dropped);
    if (acl_same(&table->acl, &before) && !columns)
        return;
    unsigned grantees = written(&table->acl, &before);
    table_object(table, &name, &object);
    revoke_ddl(&object, grantees, out);
    table_grants(table, grantees & ~(unsigned)table->named, out);
    buf_done(&name);
}

/* A dump makes a serial column of whatever counts with a sequence, and so names it as PostgreSQL does. */
static void sequences_ddl(const struct draft *draft, const struct table *table, struct buf *out)
{
    struct acl before = acl_of_new(draft, ACL_SEQUENCES, table->schema);
    struct buf name = { 0 };
    for (int i = 0; i < table->column_count; i++) {
        const struct sequence *sequence = table->columns[i].counter;
        if (sequence == NULL || acl_same(&sequence->acl, &before))
            continue;
        buf_clear(&name);
        if (!same(table->schema, "public")) {
            quote_name(table->schema, &name);
            buf_append_byte(&name, '.');
        }
        struct buf own = { 0 };
        buf_printf(&own, "%s_%s_seq", table->name, table->columns[i].name);
        quote_name(sequence->table != NULL ? sequence->name : buf_text(&own), &name);
        buf_done(&own);
        acl_ddl(&(struct object){ "", "SEQUENCE ", &name, NULL, "\n" }, &sequence->acl, &before, out);
    }
    buf_done(&name);
}

/* What is declared is there when the dump is loaded; other native functions are there in Rowhouse alone. */
static void function_ddl(const struct draft *draft, const struct function_rights *rights, struct buf *out)
{
    const char *schema = strncmp(rights->name, "auth.", 5) == 0 ? "auth" : "public";
    struct acl before = acl_of_new(draft, ACL_FUNCTIONS, schema);
    struct buf name = { 0 };
    if (rights->declared && acl_same(&rights->acl, &before))
        return;
    buf_append_string(&name, rights->name);
    buf_append_string(out, rights->declared ? "" : rights_block_start);
    acl_ddl(&(struct object){ "", "FUNCTION ", &name, NULL, rights->declared ? "\n" : " " }, &rights->acl, &before, out);
    buf_append_string(out, rights->declared ? "" : rights_block_end);
    buf_append_string(out, rights->declared ? "" : ";\n");
    buf_done(&name);
}

static void schema_ddl(const struct catalog *catalog, enum schema schema, struct buf *out)
{
    struct acl before = acl_builtin(ACL_SCHEMAS);
    struct buf name = { 0 };
    if (schema == SCHEMA_PUBLIC)
        before.granted[GRANTEE_OWNER] = 0;      /* it is the database's owner's */
    buf_append_string(&name, schema == SCHEMA_AUTH ? "auth" : "public");
    acl_ddl(&(struct object){ "", "SCHEMA ", &name, NULL, "\n" }, &catalog->schemas[schema], &before, out);
    buf_done(&name);
}

static void each_table(const struct catalog *catalog, const struct draft *draft, void (*put)(const struct draft *, const struct table *, struct buf *),
                       struct buf *out)
{
    for (int i = 0; i < catalog->table_count; i++)
        put(draft, catalog->tables[i], out);
    for (int i = 0; i < catalog->view_count; i++)
        put(draft, &catalog->views[i]->shape, out);
}

static void named_ddl(const struct draft *draft, const struct table *table, struct buf *out)
{
    table_grants(table, table->named, out);
}

void ddl_rights(const struct draft *draft, struct buf *out)
{
    const struct catalog *catalog = &draft->catalog;
    schema_ddl(catalog, SCHEMA_PUBLIC, out);
    if (draft->auth_schema)
        schema_ddl(catalog, SCHEMA_AUTH, out);
    for (int i = 0; i < catalog->function_count; i++)
        function_ddl(draft, &catalog->functions[i], out);
    each_table(catalog, draft, table_ddl, out);
    each_table(catalog, draft, sequences_ddl, out);
    buf_append_string(out, "SET rowhouse.grants_open = on;\n");
    each_table(catalog, draft, named_ddl, out);
}

/* --- For people --- */

void acl_print(const struct acl *acl, struct buf *out)
{
    const char *between = "";
    for (int i = 0; i < GRANTEE_OWNER; i++)
        if (acl->granted[i] != 0) {
            buf_printf(out, "%s%s ", between, role_names[i]);
            put_privileges(acl->granted[i], NULL, out);
            between = "; ";
        }
    if (between[0] == '\0')
        buf_append_string(out, "nobody");
}
