#include "engine/policy/policy.h"

#include <assert.h>

#include "engine/policy/simplify.h"

/* --- Which policies --- */

static const char *role_name(const struct principal *who)
{
    switch (who->role) {
    case ROLE_ANON:          return "anon";
    case ROLE_AUTHENTICATED: return "authenticated";
    case ROLE_SERVICE:       return "service_role";
    case ROLE_NONE:          break;
    }
    return NULL;
}

/* A super admin is signed in as authenticated, and has the role of his own beside it. */
static bool applies(const struct policy *policy, enum policy_command command, const struct principal *who)
{
    const char *role = role_name(who);
    if (role == NULL || (policy->command != POLICY_ALL && policy->command != command))
        return false;
    for (int i = 0; i < policy->role_count; i++)
        if (strcmp(policy->roles[i], role) == 0 || (who->super_admin && strcmp(policy->roles[i], "super_admin") == 0))
            return true;
    return policy->role_count == 0;
}

/* --- Conditions --- */

static const struct expr *truth(struct evaluation *e, bool value)
{
    return expr_const(type_of(TYPE_BOOL), value_bool(value), e->rq->arena);
}

static int join(struct evaluation *e, enum expr_op op, const struct expr *a, const struct expr *b, const struct expr **ret)
{
    const struct expr *both[2] = { a, b };
    return expr_make(op, both, 2, e->rq->arena, ret, e->rq->error);
}

static const struct expr *condition_of(const struct policy *policy, bool check)
{
    return check && policy->check_condition != NULL ? policy->check_condition : policy->using_condition;
}

/* One of the permissive conditions and all of the restrictive ones, simplified. A policy without a condition of this kind
 * adds nothing, as in PostgreSQL; the first permissive one that is TRUE ends the search. */
static int combine(struct evaluation *e, enum policy_command command, bool check, const struct expr **ret)
{
    const struct table *table = e->table;
    const struct expr *any = truth(e, false), *all = truth(e, true);
    for (int i = 0; i < table->policy_count; i++) {
        const struct policy *policy = &table->policies[i];
        const struct expr *condition = condition_of(policy, check);
        if (condition == NULL || !applies(policy, command, e->rq->who))
            continue;
        if (policy->permissive && expr_always(any))
            continue;
        condition = simplify(e, condition);
        if (policy->permissive && expr_always(condition))
            any = condition;
        else if (policy->permissive && expr_never(any))
            any = condition;
        else if (policy->permissive && !expr_never(condition) && join(e, EXPR_OR, any, condition, &any) < 0)
            return -1;
        else if (!policy->permissive && expr_always(all))
            all = condition;
        else if (!policy->permissive && join(e, EXPR_AND, all, condition, &all) < 0)
            return -1;
    }
    if (expr_never(any) || expr_never(all))
        *ret = truth(e, false);
    else if (expr_always(any) || expr_always(all))
        *ret = expr_always(any) ? all : any;
    else
        return join(e, EXPR_AND, any, all, ret);
    return 0;
}

static int expand(struct request *rq, const struct table *table, const struct expansion *outer, struct expansion *ret)
{
    *ret = (struct expansion){ table, outer, outer == NULL ? 1 : outer->depth + 1 };
    if (ret->depth > POLICY_DEPTH_MAX)
        return fail(rq->error, SQLSTATE_STATEMENT_TOO_COMPLEX, "policies read tables with policies more than %d deep", POLICY_DEPTH_MAX);
    return outer == NULL ? 0 : work_spend(rq->work, WORK_OF_ROW, rq->error);
}

/* Whether policies stand between who asks and the rows of a table. */
static bool is_guarded(const struct request *rq, const struct table *table)
{
    return table->row_security && !principal_bypasses_policies(rq->who);
}

static int guard_make(struct request *rq, const struct table *table, enum policy_command command, bool check, bool reads, uint32_t house,
                      const struct expansion *outer, struct guard *ret)
{
    const struct expr *own, *visible;
    *ret = (struct guard){ .access = ACCESS_ALL, .table = table };
    if (!is_guarded(rq, table))
        return 0;
    struct evaluation *e = ARENA_NEW(rq->arena, struct evaluation);
    struct expansion *expansion = ARENA_NEW(rq->arena, struct expansion);
    evaluation_start(e, rq, table, house);
    e->stored = !check;
    e->expansion = expansion;
    if (expand(rq, table, outer, expansion) < 0)
        return -1;
    if (combine(e, command, check, &own) < 0)
        return -1;
    if (reads && command != POLICY_SELECT) {                /* (P3) */
        if (combine(e, POLICY_SELECT, false, &visible) < 0)
            return -1;
        if (expr_always(own) || expr_never(visible))
            own = visible;
        else if (!expr_always(visible) && !expr_never(own) && join(e, EXPR_AND, own, visible, &own) < 0)
            return -1;
    }
    ret->access = expr_always(own) ? ACCESS_ALL : expr_never(own) ? ACCESS_NONE : ACCESS_FILTER;
    ret->condition = ret->access == ACCESS_FILTER ? own : NULL;
    ret->evaluation = ret->access == ACCESS_FILTER ? e : NULL;
    return 0;
}

int policy_using(struct request *rq, const struct table *table, enum policy_command command, bool reads, uint32_t house, struct guard *ret)
{
    assert(command != POLICY_ALL);
    assert(command != POLICY_INSERT);
    return guard_make(rq, table, command, false, reads, house, NULL, ret);
}

int policy_check(struct request *rq, const struct table *table, enum policy_command command, bool reads, uint32_t house, struct guard *ret)
{
    assert(command == POLICY_INSERT || command == POLICY_UPDATE);
    return guard_make(rq, table, command, true, reads, house, NULL, ret);
}

/* (P2) */
static bool recurs(const struct evaluation *outer, const struct table *table)
{
    const struct expansion *at = outer->expansion;
    while (at != NULL && at->table != table)
        at = at->outer;
    for (int i = 0; at != NULL && i < table->policy_count; i++)
        if (table->policies[i].using_reads && applies(&table->policies[i], POLICY_SELECT, outer->rq->who))
            return true;
    return false;
}

int policy_inside(const struct evaluation *outer, const struct table *table, uint32_t house, struct guard *ret)
{
    *ret = (struct guard){ .access = ACCESS_ALL, .table = table };
    return recurs(outer, table) ? 0 : guard_make(outer->rq, table, POLICY_SELECT, false, true, house, outer->expansion, ret);
}

/* One of the permissive policies, or all of the restrictive ones: 1, 0, -1. */
static int ask(struct evaluation *e, bool permissive)
{
    for (int i = 0; i < e->table->policy_count; i++) {
        const struct policy *policy = &e->table->policies[i];
        bool admits;
        if (policy->permissive != permissive || policy->using_condition == NULL || !applies(policy, POLICY_SELECT, e->rq->who))
            continue;
        if (expr_is_true(policy->using_condition, &e->eval, &admits, e->rq->error) < 0)
            return -1;
        if (admits == permissive)
            return permissive;
    }
    return !permissive;
}

int policy_inside_admits(struct evaluation *outer, const struct table *table, uint32_t house, const struct value *columns)
{
    struct evaluation e;
    struct expansion expansion;
    if (!is_guarded(outer->rq, table) || recurs(outer, table))
        return 1;
    evaluation_start(&e, outer->rq, table, house);
    e.stored = true;
    e.expansion = &expansion;
    e.columns = columns;
    if (expand(outer->rq, table, outer->expansion, &expansion) < 0)
        return -1;
    int any = ask(&e, true);
    return any == 1 ? ask(&e, false) : any;
}

int guard_admits(struct request *rq, const struct guard *guard, uint32_t house, const struct value *columns)
{
    bool admitted;
    if (guard->access != ACCESS_FILTER)
        return guard->access == ACCESS_ALL;
    guard->evaluation->columns = columns;
    guard->evaluation->house = house;
    if (expr_is_true(guard->condition, &guard->evaluation->eval, &admitted, rq->error) < 0)
        return -1;
    return admitted;
}

int guard_refuse(struct request *rq, const struct guard *guard)
{
    return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "new row violates row-level security policy for table \"%s\"",
                guard->table->name);
}
