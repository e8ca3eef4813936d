/* Which policies come back to a table whose policies are being expanded. A search in depth through the SELECT policies of the
 * tables that sub-selects read: what is met while it is open closes a circle. */
#include "catalog/fold.h"

enum colour { NEW, OPEN, DONE };

struct search {
    const char *role;
    const struct table *tables[TABLES_MAX];     /* that were met, in order */
    enum colour colours[TABLES_MAX];
    int count;
    const struct table *found;
};

/* A super admin is signed in as authenticated. */
static bool applies_to(const struct policy *policy, const char *role)
{
    for (int i = 0; i < policy->role_count; i++)
        if (same(policy->roles[i], role) || (same(policy->roles[i], "super_admin") && same(role, "authenticated")))
            return true;
    return policy->role_count == 0;
}

static bool selects(const struct policy *policy, const char *role)
{
    return (policy->command == POLICY_ALL || policy->command == POLICY_SELECT) && applies_to(policy, role);
}

static enum colour *colour_of(struct search *search, const struct table *table)
{
    int at = 0;
    while (at < search->count && search->tables[at] != table)
        at++;
    if (at == search->count) {
        search->tables[search->count++] = table;
        search->colours[at] = NEW;
    }
    return &search->colours[at];
}

static bool reads_on(const struct table *table, const char *role)
{
    for (int i = 0; i < table->policy_count; i++)
        if (table->policies[i].using_reads && selects(&table->policies[i], role))
            return true;
    return false;
}

static int visit(const struct expr *expr, void *env);

/* The policies of a table that a sub-select reads. */
static void enter(struct search *search, const struct table *table)
{
    enum colour *colour = colour_of(search, table);
    if (!table->row_security || *colour == DONE || !reads_on(table, search->role))
        return;
    if (*colour == OPEN) {
        search->found = table;
        return;
    }
    *colour = OPEN;
    for (int i = 0; i < table->policy_count && search->found == NULL; i++)
        if (table->policies[i].using_reads && selects(&table->policies[i], search->role))
            expr_walk(table->policies[i].using_condition, visit, search);
    *colour = DONE;
}

static int visit(const struct expr *expr, void *env)
{
    struct search *search = env;
    if (expr->op == EXPR_SUBSELECT)
        enter(search, expr->subselect->table);
    return search->found != NULL;
}

const struct table *policy_recursion(const struct table *table, const struct policy *policy)
{
    static const char *const roles[] = { "anon", "authenticated" };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        struct search search = { .role = roles[i] };
        if (!table->row_security || !applies_to(policy, roles[i]))
            continue;
        *colour_of(&search, table) = OPEN;
        if (policy->using_condition != NULL)
            expr_walk(policy->using_condition, visit, &search);
        if (policy->check_condition != NULL && search.found == NULL)
            expr_walk(policy->check_condition, visit, &search);
        if (search.found != NULL)
            return search.found;
    }
    return NULL;
}
