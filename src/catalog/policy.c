/* CREATE, ALTER and DROP POLICY; the roles that policies and grants may name. */
#include "catalog/fold.h"

int fold_role(struct fold *f, const PgQuery__RoleSpec *role, const char **ret)
{
    static const char *const roles[] = { "anon", "authenticated", "service_role", "super_admin", "postgres" };
    *ret = NULL;
    if (role->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC)
        return 0;
    if (role->roletype != PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "CURRENT_ROLE, CURRENT_USER and SESSION_USER are not supported here");
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (same(roles[i], role->rolename)) {
            *ret = roles[i];
            return 0;
        }
    fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "role \"%s\" does not exist", role->rolename);
    return fail_hint(f->error, "The roles are public, anon, authenticated, service_role and super_admin.");
}

static int policy_roles(struct fold *f, PgQuery__Node *const *nodes, size_t count, struct policy *policy)
{
    policy->roles = ARENA_ARRAY(f->arena, const char *, count);
    policy->role_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *role;
        if (fold_role(f, nodes[i]->role_spec, &role) < 0)
            return -1;
        if (role == NULL) {
            policy->role_count = 0;         /* PUBLIC covers all others */
            return 0;
        }
        policy->roles[policy->role_count++] = role;
    }
    return 0;
}

static int condition(struct fold *f, const PgQuery__Node *node, const struct table *table, const char *word,
                     const struct expr **ret, const char **ret_sql)
{
    if (fold_expression(f, node, table, USE_POLICY, type_of(TYPE_BOOL), ret) < 0)
        return -1;
    *ret_sql = text_in_parentheses(f, f->statement->text, word);
    if (*ret_sql == NULL)
        return fail(f->error, SQLSTATE_INTERNAL_ERROR, "the text of the policy's condition was not found");
    return 0;
}

static int is_subselect(const struct expr *expr, void *env)
{
    return expr->op == EXPR_SUBSELECT;
}

static int conditions(struct fold *f, const PgQuery__Node *using, const PgQuery__Node *check, const struct table *table, struct policy *policy)
{
    if (using != NULL && condition(f, using, table, "using", &policy->using_condition, &policy->using_sql) < 0)
        return -1;
    if (check != NULL && condition(f, check, table, "check", &policy->check_condition, &policy->check_sql) < 0)
        return -1;
    policy->using_reads = policy->using_condition != NULL && expr_walk(policy->using_condition, is_subselect, NULL) != 0;
    return 0;
}

static int command_of(struct fold *f, const char *name, enum policy_command *ret)
{
    static const char *const names[] = {
        [POLICY_ALL] = "all", [POLICY_SELECT] = "select", [POLICY_INSERT] = "insert",
        [POLICY_UPDATE] = "update", [POLICY_DELETE] = "delete",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (same(names[i], name)) {
            *ret = (enum policy_command)i;
            return 0;
        }
    return fail(f->error, SQLSTATE_SYNTAX_ERROR, "unrecognized row security option \"%s\"", name);
}

static int refuse_conditions(struct fold *f, enum policy_command command, bool using, bool check)
{
    if (command == POLICY_INSERT && using)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "only WITH CHECK expression allowed for INSERT");
    if ((command == POLICY_SELECT || command == POLICY_DELETE) && check)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "WITH CHECK cannot be applied to SELECT or DELETE");
    return 0;
}

static struct policy *policy_of(const struct table *table, const char *name)
{
    for (int i = 0; i < table->policy_count; i++)
        if (same(table->policies[i].name, name))
            return &own_policies(table)[i];
    return NULL;
}

int fold_create_policy(struct fold *f, const PgQuery__CreatePolicyStmt *stmt)
{
    struct table *table;
    struct policy policy = { .permissive = stmt->permissive, .origin = fold_origin(f) };
    if (command_of(f, stmt->cmd_name, &policy.command) < 0
        || refuse_conditions(f, policy.command, stmt->qual != NULL, stmt->with_check != NULL) < 0
        || fold_table(f, stmt->table, false, &table) < 0)
        return -1;
    if (policy_of(table, stmt->policy_name) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "policy \"%s\" for table \"%s\" already exists", stmt->policy_name, table->name);
    if (policy_roles(f, stmt->roles, stmt->n_roles, &policy) < 0)
        return -1;
    policy.name = arena_string(f->arena, slice_of_string(stmt->policy_name));
    if (conditions(f, stmt->qual, stmt->with_check, table, &policy) < 0)
        return -1;
    struct policy *policies = own_policies(table);
    *FOLD_APPEND(f->arena, policies, table->policy_count) = policy;
    table->policies = policies;
    fold_note(f, "create policy %s on %s", policy.name, table->qualified);
    return 0;
}

int fold_alter_policy(struct fold *f, const PgQuery__AlterPolicyStmt *stmt)
{
    struct table *table;
    if (fold_table(f, stmt->table, false, &table) < 0)
        return -1;
    struct policy *policy = policy_of(table, stmt->policy_name);
    if (policy == NULL)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "policy \"%s\" for table \"%s\" does not exist", stmt->policy_name, table->name);
    if (refuse_conditions(f, policy->command, stmt->qual != NULL, stmt->with_check != NULL) < 0)
        return -1;
    if (stmt->n_roles > 0 && policy_roles(f, stmt->roles, stmt->n_roles, policy) < 0)
        return -1;
    if (conditions(f, stmt->qual, stmt->with_check, table, policy) < 0)
        return -1;
    fold_note(f, "alter policy %s on %s", policy->name, table->qualified);
    return 0;
}

int fold_drop_policy(struct fold *f, struct table *table, const char *name, bool missing_ok)
{
    struct policy *policy = policy_of(table, name);
    if (policy == NULL && !missing_ok)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "policy \"%s\" for table \"%s\" does not exist", name, table->name);
    if (policy == NULL)
        return 0;                           /* before every CREATE POLICY: not worth a note */
    fold_note(f, "drop policy %s on %s", name, table->qualified);
    fold_remove(own_policies(table), &table->policy_count, (int)(policy - table->policies), sizeof *policy);
    return 0;
}
