/* GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, as PostgreSQL has them (aclchk.c), and what there is before the first of them.
 *
 * A catalog begins with what Supabase gives: in schema public all privileges on tables, sequences and functions to anon, authenticated and
 * service_role; USAGE of both schemas. What is in schema auth is nobody's but service_role's, who writes here what on Supabase its own
 * server writes. Beside that stand PostgreSQL's defaults: a function is PUBLIC's.
 *
 * A GRANT that names a table and a role opens the table to the role also while row level security is off (R4). Those of a dump name
 * all tables and say nothing: they do not count behind `SELECT set_config('search_path', ...)`, with which pg_dump begins, or `SET
 * rowhouse.grants_open = off`, with which ours do, up to `SET rowhouse.grants_open = on`, behind which ours have those that count. */
#include "catalog/fold.h"

static const uint16_t privileges_of[] = {
    [ACL_TABLES] = PRIVILEGES_OF_TABLE, [ACL_SEQUENCES] = PRIVILEGES_OF_SEQUENCE, [ACL_FUNCTIONS] = PRIVILEGES_OF_FUNCTION,
    [ACL_SCHEMAS] = PRIVILEGES_OF_SCHEMA,
};

/* What one statement does to each list that it names. */
struct grant {
    bool grant, option;                     /* GRANT; WITH GRANT OPTION, or GRANT OPTION FOR */
    unsigned grantees;                      /* bits */
};

/* --- The beginning --- */

struct acl acl_builtin(enum acl_kind kind)
{
    struct acl acl = { .granted[GRANTEE_OWNER] = privileges_of[kind] };
    if (kind == ACL_FUNCTIONS)
        acl.granted[GRANTEE_PUBLIC] = PRIVILEGE_EXECUTE;
    return acl;
}

static void add(struct acl *to, const struct acl *what)
{
    for (int i = 0; i < GRANTEE_COUNT; i++) {
        to->granted[i] |= what->granted[i];
        to->options[i] |= what->options[i];
    }
}

static enum schema schema_number(const char *schema)
{
    return same(schema, "auth") ? SCHEMA_AUTH : SCHEMA_PUBLIC;
}

struct acl acl_of_new(const struct draft *draft, enum acl_kind kind, const char *schema)
{
    struct acl acl = draft->defaults[kind];
    add(&acl, &draft->schema_defaults[schema_number(schema)][kind]);
    return acl;
}

/* What a schema's default privileges add at the beginning. */
static struct acl schema_begins(enum schema schema, enum acl_kind kind)
{
    struct acl acl = { .granted[GRANTEE_SERVICE] = privileges_of[kind] };
    if (schema == SCHEMA_PUBLIC)
        acl.granted[GRANTEE_ANON] = acl.granted[GRANTEE_AUTHENTICATED] = privileges_of[kind];
    return acl;
}

void rights_begin(struct draft *draft)
{
    for (int s = 0; s < SCHEMA_COUNT; s++) {
        struct acl *acl = &draft->catalog.schemas[s];
        *acl = acl_builtin(ACL_SCHEMAS);
        acl->granted[GRANTEE_ANON] = acl->granted[GRANTEE_AUTHENTICATED] = acl->granted[GRANTEE_SERVICE] = PRIVILEGE_USAGE;
        for (int k = 0; k < DEFAULT_KINDS; k++)
            draft->schema_defaults[s][k] = schema_begins((enum schema)s, (enum acl_kind)k);
    }
    draft->catalog.schemas[SCHEMA_PUBLIC].granted[GRANTEE_PUBLIC] = PRIVILEGE_USAGE;
    draft->catalog.schemas[SCHEMA_PUBLIC].granted[GRANTEE_OWNER] = 0;
    for (int k = 0; k < DEFAULT_KINDS; k++)
        draft->defaults[k] = acl_builtin((enum acl_kind)k);
}

/* --- Functions --- */

struct function_rights *function_rights(const struct draft *draft, const char *name)
{
    for (int i = 0; i < draft->catalog.function_count; i++)
        if (same(draft->catalog.functions[i].name, name))
            return &draft->catalog.functions[i];
    return NULL;
}

static const char *schema_of_function(const char *name)
{
    return strncmp(name, "auth.", 5) == 0 ? "auth" : "public";
}

/* What is provided natively is there before any migration. */
static struct function_rights *rights_of_native(struct fold *f, const char *name)
{
    struct function_rights *found = function_rights(f->draft, name);
    if (found != NULL)
        return found;
    struct acl acl = acl_builtin(ACL_FUNCTIONS), schema = schema_begins(schema_number(schema_of_function(name)), ACL_FUNCTIONS);
    add(&acl, &schema);
    found = FOLD_APPEND(f->arena, f->draft->catalog.functions, f->draft->catalog.function_count);
    *found = (struct function_rights){ .name = arena_string(f->arena, slice_of_string(name)), .acl = acl };
    return found;
}

void rights_of_function(struct fold *f, const char *name, bool declared)
{
    struct function_rights *rights = rights_of_native(f, name);
    if (declared && !rights->declared)
        rights->acl = acl_of_new(f->draft, ACL_FUNCTIONS, schema_of_function(name));
    rights->declared = declared;
}

/* --- Who and what --- */

static int grantees_of(struct fold *f, PgQuery__Node *const *nodes, size_t count, struct grant *ret)
{
    static const char *const names[GRANTEE_COUNT] = {
        [GRANTEE_ANON] = "anon", [GRANTEE_AUTHENTICATED] = "authenticated", [GRANTEE_SERVICE] = "service_role",
        [GRANTEE_SUPER_ADMIN] = "super_admin", [GRANTEE_OWNER] = "postgres",
    };
    for (size_t i = 0; i < count; i++) {
        const char *role;
        if (nodes[i]->node_case != PG_QUERY__NODE__NODE_ROLE_SPEC || fold_role(f, nodes[i]->role_spec, &role) < 0)
            return -1;
        for (int k = 0; k < GRANTEE_COUNT; k++)
            if (role == NULL ? k == GRANTEE_PUBLIC : names[k] != NULL && same(names[k], role))
                ret->grantees |= 1u << k;
    }
    return 0;
}

static int privilege_of(struct fold *f, const char *name, unsigned *ret)
{
    static const struct { const char *name; unsigned privilege; } privileges[] = {
        { "select", PRIVILEGE_SELECT }, { "insert", PRIVILEGE_INSERT }, { "update", PRIVILEGE_UPDATE }, { "delete", PRIVILEGE_DELETE },
        { "truncate", PRIVILEGE_TRUNCATE }, { "references", PRIVILEGE_REFERENCES }, { "trigger", PRIVILEGE_TRIGGER },
        { "execute", PRIVILEGE_EXECUTE }, { "usage", PRIVILEGE_USAGE }, { "create", PRIVILEGE_CREATE },
    };
    for (size_t i = 0; i < sizeof privileges / sizeof *privileges; i++)
        if (same(privileges[i].name, name)) {
            *ret = privileges[i].privilege;
            return 0;
        }
    return fail(f->error, SQLSTATE_SYNTAX_ERROR, "unrecognized privilege type \"%s\"", name);
}

/* Of one item of the statement's privileges; ALL is what objects of the kind have. */
static int privileges_named(struct fold *f, const PgQuery__AccessPriv *item, unsigned all, const char *what, unsigned *ret)
{
    *ret = all;
    if (!given(item->priv_name))
        return 0;
    if (privilege_of(f, item->priv_name, ret) < 0)
        return -1;
    if ((*ret & all) != 0)
        return 0;
    return fail(f->error, SQLSTATE_INVALID_GRANT_OPERATION, "invalid privilege type %s for %s", item->priv_name, what);
}

static bool options_for_public(const PgQuery__GrantStmt *stmt)
{
    bool public = false;
    for (size_t i = 0; i < stmt->n_grantees; i++)
        public = public || stmt->grantees[i]->role_spec->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC;
    return public && stmt->is_grant && stmt->grant_option;
}

/* Those that the statement names for whole objects; items with columns are for tables alone. */
static int privileges_of_objects(struct fold *f, const PgQuery__GrantStmt *stmt, unsigned all, const char *what, unsigned *ret)
{
    if (options_for_public(stmt))
        return fail(f->error, SQLSTATE_INVALID_GRANT_OPERATION, "grant options can only be granted to roles");
    *ret = stmt->n_privileges == 0 ? all : 0;
    for (size_t i = 0; i < stmt->n_privileges; i++) {
        const PgQuery__AccessPriv *item = stmt->privileges[i]->access_priv;
        unsigned named;
        if (item->n_cols > 0 && all != PRIVILEGES_OF_TABLE)
            return fail(f->error, SQLSTATE_INVALID_GRANT_OPERATION, "column privileges are only valid for relations");
        if (item->n_cols == 0 && privileges_named(f, item, all, what, &named) < 0)
            return -1;
        *ret |= item->n_cols == 0 ? named : 0;
    }
    return 0;
}

static void change(struct acl *acl, const struct grant *grant, unsigned privileges)
{
    for (int i = 0; i < GRANTEE_COUNT; i++) {
        if ((grant->grantees & 1u << i) == 0)
            continue;
        if (grant->grant)
            acl->granted[i] |= (uint16_t)privileges;
        else if (!grant->option)
            acl->granted[i] &= (uint16_t)~privileges;
        if (grant->grant ? grant->option : true)
            acl->options[i] = (uint16_t)(grant->grant ? acl->options[i] | privileges : acl->options[i] & ~privileges);
    }
}

/* --- Tables --- */

static void change_column(struct fold *f, struct table *table, int column, const struct grant *grant, unsigned privileges)
{
    struct acl *acl = ARENA_NEW(f->arena, struct acl);
    if (table->columns[column].acl != NULL)
        *acl = *table->columns[column].acl;
    change(acl, grant, privileges & PRIVILEGES_OF_COLUMN);
    table->columns[column].acl = acl;
}

/* What is taken from a role on the table is taken on its columns as well. */
static void change_table(struct fold *f, struct table *table, const struct grant *grant, unsigned privileges)
{
    change(&table->acl, grant, privileges);
    for (int i = 0; i < table->column_count && !grant->grant; i++)
        if (table->columns[i].acl != NULL)
            change_column(f, table, i, grant, privileges);
}

static int change_columns(struct fold *f, struct table *table, const struct grant *grant, const PgQuery__AccessPriv *item)
{
    unsigned privileges;
    int column;
    if (privileges_named(f, item, PRIVILEGES_OF_COLUMN, "column", &privileges) < 0)
        return -1;
    for (size_t i = 0; i < item->n_cols; i++) {
        if (fold_column(f, table, node_string(item->cols[i]), &column) < 0)
            return -1;
        change_column(f, table, column, grant, privileges);
    }
    return 0;
}

static bool has_any(const struct table *table, int grantee)
{
    bool any = table->acl.granted[grantee] != 0;
    for (int i = 0; i < table->column_count; i++)
        any = any || (table->columns[i].acl != NULL && table->columns[i].acl->granted[grantee] != 0);
    return any;
}

/* (R4): it is named until nothing is left of what it has. */
static void note_named(struct fold *f, struct table *table, const struct grant *grant)
{
    if (grant->grant && !f->grants_of_dump)
        table->named |= (uint8_t)grant->grantees;
    for (int i = 0; i < GRANTEE_COUNT; i++)
        if (!has_any(table, i))
            table->named &= (uint8_t)~(1u << i);
}

static int grant_on_table(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, struct table *table, bool by_name)
{
    unsigned privileges;
    if (privileges_of_objects(f, stmt, PRIVILEGES_OF_TABLE, "relation", &privileges) < 0)
        return -1;
    change_table(f, table, grant, privileges);
    for (size_t i = 0; i < stmt->n_privileges; i++)
        if (stmt->privileges[i]->access_priv->n_cols > 0 && change_columns(f, table, grant, stmt->privileges[i]->access_priv) < 0)
            return -1;
    note_named(f, table, by_name ? grant : &(struct grant){ .grantees = 0 });
    fold_note(f, "%s on %s", fold_tag(f), table->qualified);
    return 0;
}

/* --- Sequences, functions, schemas --- */

static int grant_on_sequence(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, struct sequence *sequence)
{
    unsigned privileges;
    if (privileges_of_objects(f, stmt, PRIVILEGES_OF_SEQUENCE, "sequence", &privileges) < 0)
        return -1;
    change(&sequence->acl, grant, privileges);
    fold_note(f, "%s on sequence %s", fold_tag(f), sequence->name);
    return 0;
}

/* What expressions call cannot be taken from anybody: they would have to ask at each call. */
static int refuse_builtin(struct fold *f, const struct function_rights *rights)
{
    if (same(schema_of_function(rights->name), "public") || rights->acl.granted[GRANTEE_PUBLIC] != 0)
        return 0;
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "taking EXECUTE on function %s is not supported", rights->name);
    return fail_hint(f->error, "It tells a caller what his own token says: policies ask it.");
}

static int grant_on_function(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const char *name)
{
    unsigned privileges;
    struct function_rights *rights = rights_of_native(f, name);
    if (privileges_of_objects(f, stmt, PRIVILEGES_OF_FUNCTION, "function", &privileges) < 0)
        return -1;
    change(&rights->acl, grant, privileges);
    fold_note(f, "%s on function %s", fold_tag(f), name);
    return refuse_builtin(f, rights);
}

static int grant_on_schema(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const char *name)
{
    const char *schema;
    unsigned privileges;
    if (same(name, "extensions")) {
        fold_note(f, "%s on schema extensions: what is in it is everybody's", fold_tag(f));
        return 0;
    }
    if (!same(name, "auth") && fold_schema(f, name, &schema) < 0)
        return -1;
    if (privileges_of_objects(f, stmt, PRIVILEGES_OF_SCHEMA, "schema", &privileges) < 0)
        return -1;
    change(&f->draft->catalog.schemas[schema_number(name)], grant, privileges);
    fold_note(f, "%s on schema %s", fold_tag(f), name);
    return 0;
}

/* --- GRANT and REVOKE --- */

static int grant_on_named(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const PgQuery__Node *object)
{
    if (object->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
        const PgQuery__RangeVar *range = object->range_var;
        const char *schema;
        struct table *table;
        if (fold_schema(f, range->schemaname, &schema) < 0)
            return -1;
        struct relation_name *found = name_find(f->draft, schema, slice_of_string(range->relname));
        if (found != NULL && found->kind == RELATION_KIND_SEQUENCE)
            return grant_on_sequence(f, stmt, grant, found->object);
        if (fold_relation(f, range, false, &table) < 0)
            return -1;
        if (stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE)
            return fail(f->error, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", range->relname);
        return grant_on_table(f, stmt, grant, table, true);
    }
    if (object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS) {
        const PgQuery__ObjectWithArgs *function = object->object_with_args;
        const char *name;
        if (!fold_function_known(f, function->objname, function->n_objname, &name))
            return fail(f->error, SQLSTATE_UNDEFINED_FUNCTION, "function %s does not exist", name);
        return grant_on_function(f, stmt, grant, name);
    }
    return grant_on_schema(f, stmt, grant, node_string(object));
}

static int grant_on_all_tables(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const char *schema)
{
    struct catalog *catalog = &f->draft->catalog;
    for (int i = 0; i < catalog->table_count; i++)
        if (same(catalog->tables[i]->schema, schema) && grant_on_table(f, stmt, grant, catalog->tables[i], false) < 0)
            return -1;
    for (int i = 0; i < catalog->view_count; i++)
        if (same(catalog->views[i]->shape.schema, schema) && grant_on_table(f, stmt, grant, &catalog->views[i]->shape, false) < 0)
            return -1;
    return 0;
}

static int grant_on_all_sequences(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const char *schema)
{
    for (size_t i = 0; i < f->draft->names_capacity; i++) {
        const struct relation_name *name = &f->draft->names[i];
        if (name->name != NULL && name->kind == RELATION_KIND_SEQUENCE && same(name->schema, schema)
            && grant_on_sequence(f, stmt, grant, name->object) < 0)
            return -1;
    }
    return 0;
}

static int grant_on_all_functions(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant, const char *schema)
{
    const char *name;
    for (int i = 0; (name = fold_native_function(i)) != NULL; i++)
        if (same(schema_of_function(name), schema) && grant_on_function(f, stmt, grant, name) < 0)
            return -1;
    return 0;
}

static int grant_on_all(struct fold *f, const PgQuery__GrantStmt *stmt, const struct grant *grant)
{
    for (size_t i = 0; i < stmt->n_objects; i++) {
        const char *schema;
        int err;
        if (fold_schema(f, node_string(stmt->objects[i]), &schema) < 0)
            return -1;
        switch (stmt->objtype) {
        case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: err = grant_on_all_tables(f, stmt, grant, schema); break;
        case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: err = grant_on_all_sequences(f, stmt, grant, schema); break;
        default: err = grant_on_all_functions(f, stmt, grant, schema); break;
        }
        if (err < 0)
            return -1;
    }
    return 0;
}

/* Whether clients have anything of the kind: rights on the others are rights to create, which only migrations do. */
static bool has_lists(PgQuery__ObjectType type)
{
    switch (type) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA: return true;
    default: return false;
    }
}

static int grantor_is_owner(struct fold *f, const PgQuery__RoleSpec *grantor)
{
    if (grantor == NULL || grantor->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_USER
        || grantor->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CURRENT_ROLE
        || (grantor->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING && same(grantor->rolename, "postgres")))
        return 0;
    return fail(f->error, SQLSTATE_INVALID_GRANT_OPERATION, "grantor must be current user");
}

int fold_grant(struct fold *f, const PgQuery__GrantStmt *stmt)
{
    struct grant grant = { .grant = stmt->is_grant, .option = stmt->grant_option };
    if (grantor_is_owner(f, stmt->grantor) < 0 || grantees_of(f, stmt->grantees, stmt->n_grantees, &grant) < 0)
        return -1;
    if (!has_lists(stmt->objtype)) {
        fold_note(f, "%s: recorded only, clients have nothing of this kind", fold_tag(f));
        return 0;
    }
    if (stmt->targtype == PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_ALL_IN_SCHEMA)
        return grant_on_all(f, stmt, &grant);
    for (size_t i = 0; i < stmt->n_objects; i++)
        if (grant_on_named(f, stmt, &grant, stmt->objects[i]) < 0)
            return -1;
    return 0;
}

/* --- ALTER DEFAULT PRIVILEGES --- */

/* Everything is made by postgres, so that what others' objects would begin with means nothing. */
static bool is_of_owner(const PgQuery__List *roles)
{
    for (size_t i = 0; i < roles->n_items; i++) {
        const PgQuery__RoleSpec *role = roles->items[i]->role_spec;
        if (role->roletype != PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING || same(role->rolename, "postgres"))
            return true;
    }
    return false;
}

static int default_kind(const PgQuery__GrantStmt *stmt, enum acl_kind *ret)
{
    switch (stmt->objtype) {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE: *ret = ACL_TABLES; return 1;
    case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE: *ret = ACL_SEQUENCES; return 1;
    case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
    case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE: *ret = ACL_FUNCTIONS; return 1;
    default: return 0;
    }
}

int fold_default_privileges(struct fold *f, const PgQuery__AlterDefaultPrivilegesStmt *stmt)
{
    static const char *const kinds[] = { [ACL_TABLES] = "relation", [ACL_SEQUENCES] = "sequence", [ACL_FUNCTIONS] = "function" };
    const PgQuery__GrantStmt *action = stmt->action;
    const PgQuery__List *schemas = NULL;
    struct grant grant = { .grant = action->is_grant, .option = action->grant_option };
    enum acl_kind kind;
    unsigned privileges;
    bool ours = true;
    for (size_t i = 0; i < stmt->n_options; i++) {
        const PgQuery__DefElem *option = stmt->options[i]->def_elem;
        if (same(option->defname, "schemas"))
            schemas = option->arg->list;
        else
            ours = is_of_owner(option->arg->list);
    }
    fold_note(f, "default privileges%s", ours ? "" : ": of a role that makes nothing");
    if (default_kind(action, &kind) == 0)
        return 0;
    if (privileges_of_objects(f, action, privileges_of[kind], kinds[kind], &privileges) < 0)
        return -1;
    if (!ours)
        return 0;
    if (grantees_of(f, action->grantees, action->n_grantees, &grant) < 0)
        return -1;
    if (schemas == NULL)
        change(&f->draft->defaults[kind], &grant, privileges);
    for (size_t i = 0; schemas != NULL && i < schemas->n_items; i++) {
        const char *name = node_string(schemas->items[i]), *schema;
        if (same(name, "extensions"))
            continue;
        if (!same(name, "auth") && fold_schema(f, name, &schema) < 0)
            return -1;
        change(&f->draft->schema_defaults[schema_number(name)][kind], &grant, privileges);
    }
    return 0;
}
