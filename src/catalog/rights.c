#include "catalog/rights.h"

#include "catalog/fold.h"

/* --- Lists, and the gate (R4) --- */

bool rights_open(const struct table *table, enum identity who)
{
    bool asks = who != IDENTITY_SERVICE && who != IDENTITY_OWNER && table->view == NULL && !table->row_security;
    return !asks || (table->named & identity_grantees(who)) != 0;
}

static bool schema_open(const struct catalog *catalog, const char *schema, enum identity who)
{
    return (acl_of(&catalog->schemas[same(schema, "auth") ? SCHEMA_AUTH : SCHEMA_PUBLIC], who) & PRIVILEGE_USAGE) != 0;
}

static unsigned table_rights(const struct table *table, enum identity who)
{
    return rights_open(table, who) ? acl_of(&table->acl, who) : 0;
}

static unsigned column_rights(const struct table *table, int column, enum identity who)
{
    return table->columns[column].acl != NULL && rights_open(table, who) ? acl_of(table->columns[column].acl, who) : 0;
}

bool column_readable(const struct table *table, int column, enum identity who)
{
    return ((table_rights(table, who) | column_rights(table, column, who)) & PRIVILEGE_SELECT) != 0;
}

static bool any_column(const struct table *table, unsigned privilege, enum identity who)
{
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped && (column_rights(table, i, who) & privilege) != 0)
            return true;
    return false;
}

/* --- What policies read (R3) --- */

/* The sub-selects around an expression of a policy, innermost first; the outermost is the policy's own row. */
struct frame {
    const struct frame *outer;
    const struct table *table;
    bool *reads;                            /* a column of it is named */
};

struct closure {
    enum identity who;
    bool recurses;                          /* into the policies of the tables that are read */
    int seen_count;
    const struct table **seen;              /* whose policies were looked at, of `room` */
    const struct table *closed;             /* the first that may not be read */
};

static bool policy_holds(struct closure *c, const struct table *table, enum policy_command command);

static bool expression_holds(struct closure *c, const struct expr *expr, const struct frame *frame)
{
    if (expr == NULL)
        return true;
    if (expr->op == EXPR_COLUMN) {
        const struct frame *of = frame;
        for (int depth = expr->depth; depth > 0; depth--)
            of = of->outer;
        if (of->reads == NULL)
            return true;
        *of->reads = true;
        bool may = column_readable(of->table, expr->column, c->who);
        c->closed = may ? NULL : of->table;
        return may;
    }
    if (expr->op == EXPR_SUBSELECT) {
        const struct subselect *s = expr->subselect;
        bool reads = false;
        struct frame inner = { frame, s->table, &reads };
        if (!expression_holds(c, s->left, frame) || !expression_holds(c, s->where, &inner) || !expression_holds(c, s->output, &inner))
            return false;
        if (!reads && (table_rights(inner.table, c->who) & PRIVILEGE_SELECT) == 0 && !any_column(inner.table, PRIVILEGE_SELECT, c->who)) {
            c->closed = inner.table;
            return false;
        }
        return !c->recurses || policy_holds(c, inner.table, POLICY_SELECT);
    }
    for (int i = 0; i < expr->count; i++)
        if (!expression_holds(c, expr->args[i], frame))
            return false;
    return true;
}

static bool applies(const struct policy *policy, enum policy_command command, enum identity who)
{
    static const char *const roles[GRANTEE_COUNT] = {
        [GRANTEE_ANON] = "anon", [GRANTEE_AUTHENTICATED] = "authenticated", [GRANTEE_SERVICE] = "service_role", [GRANTEE_SUPER_ADMIN] = "super_admin",
    };
    if (policy->command != POLICY_ALL && policy->command != command)
        return false;
    for (int i = 0; i < policy->role_count; i++)
        for (int k = 0; k < GRANTEE_COUNT; k++)
            if ((identity_grantees(who) & 1u << k) != 0 && roles[k] != NULL && same(roles[k], policy->roles[i]))
                return true;
    return policy->role_count == 0;
}

static bool is_true(const struct expr *expr)
{
    return expr->op == EXPR_CONST && expr->constant.kind == VALUE_BOOL && expr->constant.boolean;
}

static const struct expr *condition_of(const struct policy *policy, bool check)
{
    return check && policy->check_condition != NULL ? policy->check_condition : policy->using_condition;
}

/* One that is TRUE for everybody is all that is left of the permissive ones, as in PostgreSQL's planner: the others read nothing. */
static bool conditions_hold(struct closure *c, const struct table *table, enum policy_command command, bool check)
{
    struct frame own = { NULL, table, NULL };
    bool permissive = false, open = false;
    for (int i = 0; i < table->policy_count; i++) {
        const struct policy *policy = &table->policies[i];
        const struct expr *condition = condition_of(policy, check);
        bool counts = condition != NULL && policy->permissive && applies(policy, command, c->who);
        permissive = permissive || counts;
        open = open || (counts && is_true(condition));
    }
    for (int i = 0; i < table->policy_count && permissive; i++) {
        const struct policy *policy = &table->policies[i];
        const struct expr *condition = condition_of(policy, check);
        if (condition != NULL && applies(policy, command, c->who) && !(policy->permissive && open) && !expression_holds(c, condition, &own))
            return false;
    }
    return true;
}

static bool policy_holds(struct closure *c, const struct table *table, enum policy_command command)
{
    if (!table->row_security)
        return true;
    for (int i = 0; i < c->seen_count; i++)
        if (c->seen[i] == table)
            return true;
    if (c->seen != NULL)
        c->seen[c->seen_count++] = table;
    if (command != POLICY_INSERT && !conditions_hold(c, table, command, false))
        return false;
    return (command != POLICY_INSERT && command != POLICY_UPDATE) || conditions_hold(c, table, command, true);
}

static const struct { enum privilege privilege; enum policy_command command; } commands[] = {
    { PRIVILEGE_SELECT, POLICY_SELECT }, { PRIVILEGE_INSERT, POLICY_INSERT }, { PRIVILEGE_UPDATE, POLICY_UPDATE }, { PRIVILEGE_DELETE, POLICY_DELETE },
};
#define COMMAND_COUNT ((int)(sizeof commands / sizeof *commands))

/* --- At the end of a file --- */

/* Whether all that any policy reads may be read: then nothing has to be followed from policy to policy. */
static bool all_hold(const struct catalog *catalog, enum identity who)
{
    struct closure c = { .who = who };
    for (int i = 0; i < catalog->table_count; i++)
        for (int k = 0; k < COMMAND_COUNT; k++)
            if (!policy_holds(&c, catalog->tables[i], commands[k].command))
                return false;
    return true;
}

static void derive_table(const struct catalog *catalog, struct table *table, enum identity who, bool all, const struct table **room)
{
    unsigned held = 0;
    for (int k = 0; k < COMMAND_COUNT; k++) {
        struct closure c = { .who = who, .recurses = true, .seen = room };
        if (all || who == IDENTITY_SERVICE || who == IDENTITY_OWNER || policy_holds(&c, table, commands[k].command))
            held |= commands[k].privilege;
    }
    table->policies_may[who] = (uint16_t)held;
    table->may[who] = (uint16_t)(schema_open(catalog, table->schema, who) || who == IDENTITY_OWNER ? held & table_rights(table, who) : 0);
}

void rights_derive(struct draft *draft)
{
    struct catalog *catalog = &draft->catalog;
    const struct table **room = ARENA_ARRAY(&draft->arena, const struct table *, catalog->table_count + 1);
    for (int who = 0; who < IDENTITY_COUNT; who++) {
        bool all = all_hold(catalog, (enum identity)who);
        for (int i = 0; i < catalog->table_count; i++)
            derive_table(catalog, catalog->tables[i], (enum identity)who, all, room);
        for (int i = 0; i < catalog->view_count; i++)
            derive_table(catalog, &catalog->views[i]->shape, (enum identity)who, all, room);
    }
}

/* --- What a statement asks --- */

struct need *needs_of(struct needs *needs, const struct table *table)
{
    for (int i = 0; i < needs->count; i++)
        if (needs->items[i]->table == table)
            return needs->items[i];
    struct need *need = ARENA_NEW(needs->arena, struct need);
    *FOLD_APPEND(needs->arena, needs->items, needs->count) = need;
    *need = (struct need){ .table = table, .columns = ARENA_ARRAY(needs->arena, uint8_t, table->column_count + 1) };
    return need;
}

void needs_mention(void *env, const void *table, int column)
{
    struct needs *needs = env;
    if (table == NULL) {
        needs->functions_of_auth = needs->functions_of_auth || needs->stored == 0;
        return;
    }
    struct need *need = needs_of(needs, table);
    need->privileges |= PRIVILEGE_SELECT;
    if (column >= 0)
        need->columns[column] |= PRIVILEGE_SELECT;
    else if (needs->stored == 0)
        *(column == MENTION_BARE ? &need->bare : &need->qualified) = true;
}

static int refuse_schema(const char *schema, struct error *error)
{
    fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for schema %s", schema);
    return fail_hint(error, "A migration gives the right: GRANT USAGE ON SCHEMA %s TO the role.", schema);
}

static int refuse_table(const struct table *table, enum identity who, struct error *error)
{
    static const char *const roles[IDENTITY_COUNT] = { "anon", "authenticated", "authenticated", "service_role", "postgres" };
    fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for %s %s", table->view != NULL ? "view" : "table", table->name);
    if (rights_open(table, who))
        return fail_hint(error, "A migration gives the right: GRANT ... ON %s TO %s.", table->qualified, roles[who]);
    return fail_hint(error, "Its row level security is off: ALTER TABLE %s ENABLE ROW LEVEL SECURITY and give it policies, or GRANT ... ON %s TO %s.",
                     table->qualified, table->qualified, roles[who]);
}

/* A privilege that the table's list does not give: on each column that is asked of, or, where none is, on any. */
static bool columns_hold(const struct need *need, unsigned privilege, enum identity who)
{
    bool asked = false;
    for (int i = 0; i < need->table->column_count; i++)
        if ((need->columns[i] & privilege) != 0) {
            asked = true;
            if ((column_rights(need->table, i, who) & privilege) == 0)
                return false;
        }
    return asked || any_column(need->table, privilege, who);
}

/* What the policies of its commands read, which is looked at again to name what is closed. */
static int check_policies(const struct catalog *catalog, const struct need *need, enum identity who, struct error *error)
{
    const struct table *room[TABLES_MAX];
    for (int k = 0; k < COMMAND_COUNT; k++) {
        struct closure c = { .who = who, .recurses = true, .seen = room };
        if ((need->privileges & commands[k].privilege) != 0 && !policy_holds(&c, need->table, commands[k].command))
            return refuse_table(c.closed, who, error);
    }
    return 0;
}

int need_check(const struct catalog *catalog, const struct need *need, enum identity who, struct error *error)
{
    const struct table *table = need->table;
    if ((table->may[who] & need->privileges) == need->privileges)
        return 0;
    if ((need->bare || need->qualified) && !schema_open(catalog, table->schema, who)) {
        if (need->qualified)
            return refuse_schema(table->schema, error);
        return fail(error, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist", table->name);
    }
    unsigned left = need->privileges & ~table_rights(table, who);
    for (int k = 0; k < COMMAND_COUNT; k++)
        if ((left & commands[k].privilege) != 0
            && (commands[k].privilege == PRIVILEGE_DELETE || !columns_hold(need, commands[k].privilege, who)))
            return refuse_table(table, who, error);
    return (table->policies_may[who] & need->privileges) == need->privileges ? 0 : check_policies(catalog, need, who, error);
}

int needs_check(const struct catalog *catalog, const struct needs *needs, enum identity who, struct error *error)
{
    for (int i = 0; i < needs->count; i++)
        if (need_check(catalog, needs->items[i], who, error) < 0)
            return -1;
    return needs->functions_of_auth && !schema_open(catalog, "auth", who) ? refuse_schema("auth", error) : 0;
}

int sequence_check(const struct sequence *sequence, enum identity who, struct error *error)
{
    if ((acl_of(&sequence->acl, who) & (PRIVILEGE_USAGE | PRIVILEGE_UPDATE)) != 0)
        return 0;
    fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for sequence %s", sequence->name);
    return fail_hint(error, "A migration gives the right: GRANT USAGE ON SEQUENCE %s TO the role.", sequence->name);
}

int function_check(const struct catalog *catalog, const char *name, enum identity who, struct error *error)
{
    const struct function_rights *rights = function_rights((const struct draft *)catalog, name);
    if (!schema_open(catalog, "public", who))
        return refuse_schema("public", error);
    if (rights == NULL || (acl_of(&rights->acl, who) & PRIVILEGE_EXECUTE) != 0)
        return 0;
    fail(error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "permission denied for function %s", name);
    return fail_hint(error, "A migration gives the right: GRANT EXECUTE ON FUNCTION %s TO the role.", name);
}
