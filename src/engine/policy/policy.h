/* Row-level policies, as PostgreSQL applies them (CREATE POLICY, chapter 5.8), inside the walls.
 *
 * For one (table, command, principal) the permissive conditions are ORed, restrictive ones ANDed; none permissive: no
 * access. What does not depend on the row is decided once: sub-selects over other tables that look at the principal
 * alone are evaluated once a statement, and `organization_id IN (the caller's organization)` is TRUE in its own house.
 *
 *  (P1) A sub-select, of a statement or of a policy, reads its table under that table's policies for SELECT.
 *  (P2) While the policies of a table are expanded, a sub-select in them, however deep, that reads the same table again reads
 *       it without its policies where those have sub-selects themselves: there PostgreSQL says 42P17, infinite recursion.
 *       The walls stay. Nothing else is read without policies.
 *  (P3) A statement that writes passes SELECT's policies where it asks the right to SELECT of its table, for old rows and for new ones:
 *       where it names a column of it in WHERE, SET, ON CONFLICT or RETURNING. UPDATE t SET a = 1 sees what UPDATE's policies show. */
#ifndef ROWHOUSE_ENGINE_POLICY_POLICY_H
#define ROWHOUSE_ENGINE_POLICY_POLICY_H

#include "engine/engine.h"

enum access { ACCESS_NONE, ACCESS_ALL, ACCESS_FILTER };

struct evaluation;
struct inner_guard;

struct guard {
    enum access access;
    const struct expr *condition;   /* ACCESS_FILTER: what is left to ask of each row, simplified for this principal */
    const struct table *table;
    struct evaluation *evaluation;  /* ACCESS_FILTER: of the condition, in the request's arena */
};

/* Which rows a command may see (USING). `reads`: the statement reads columns of the table, in whatever clause, so that SELECT's
 * policies hold beside those of its command (P3). `house`: the one house that the statement is in, or HOUSE_ANY. */
int policy_using(struct request *rq, const struct table *table, enum policy_command command, bool reads, uint32_t house, struct guard *ret);
/* Which new rows it may write (WITH CHECK, or USING where there is none; of SELECT's USING). */
int policy_check(struct request *rq, const struct table *table, enum policy_command command, bool reads, uint32_t house, struct guard *ret);
/* Which rows a sub-select inside `outer` may see (P1, P2). */
int policy_inside(const struct evaluation *outer, const struct table *table, uint32_t house, struct guard *ret);
/* The same asked of one row, policy by policy, without making a guard: 1, 0, -1. */
int policy_inside_admits(struct evaluation *outer, const struct table *table, uint32_t house, const struct value *columns);
/* 1 passes, 0 does not, -1 error. `columns`: the row; `house`: where it lives (key_tenant() of its key). */
int guard_admits(struct request *rq, const struct guard *guard, uint32_t house, const struct value *columns);
/* 42501, "new row violates row-level security policy for table ..." */
int guard_refuse(struct request *rq, const struct guard *guard);

/* A table whose policies are being expanded, inside the expansion of others'. */
struct expansion {
    const struct table *table;
    const struct expansion *outer;
    int depth;                      /* 1: the outermost */
};

/* Evaluation of any compiled expression over a row of `table` within this request: columns, sub-selects (P1), auth.*(), now().
 * Results of uncorrelated sub-selects, and what guards the tables that sub-selects read, are kept for the statement. Setting
 * one up is cheap. */
struct evaluation {
    struct eval eval;               /* hand &e.eval to expr_eval() */
    struct request *rq;
    const struct table *table;
    const struct value *columns;    /* set before each row */
    uint32_t house;                 /* where sub-selects over tenant tables look */
    struct evaluation *outer;       /* of the enclosing select */
    bool stored;                    /* rows are stored ones: see engine/policy/simplify.h */
    const struct expansion *expansion;      /* whose policies the expression is part of; NULL: of a statement's */
    struct kept_subselect *kept;    /* of the outermost evaluation: results of uncorrelated sub-selects */
    struct inner_guard *guards;      /* of the outermost evaluation: of tables that sub-selects read */
    struct arena *keep;             /* where those lie when rq->arena is emptied after each row; NULL: in rq->arena */
};
void evaluation_start(struct evaluation *e, struct request *rq, const struct table *table, uint32_t house);

#endif
