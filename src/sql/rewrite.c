#include "sql/rewrite.h"

/* One pass over a tree. `column`: what becomes of a column that lies `depth` levels out, seen from `level` sub-selects inside the
 * tree; itself when nothing does. */
struct rewrite {
    const struct expr *(*column)(const struct expr *column, int level, struct rewrite *rewrite);
    struct arena *arena;
    const struct expr *(*value)(int column, void *env);
    void *env;
    int by;
};

static const struct expr *rewrite(const struct expr *e, int level, struct rewrite *r);

static const struct expr *rewrite_optional(const struct expr *e, int level, struct rewrite *r)
{
    return e == NULL ? NULL : rewrite(e, level, r);
}

/* A sub-select that stays the same stays the same object: its result is kept under its address (engine/select/subselect.h). */
static const struct subselect *rewrite_subselect(const struct subselect *s, int level, struct rewrite *r)
{
    struct subselect copy = *s;
    copy.left = rewrite_optional(s->left, level, r);
    copy.where = rewrite_optional(s->where, level + 1, r);
    copy.output = rewrite_optional(s->output, level + 1, r);
    if (copy.left == s->left && copy.where == s->where && copy.output == s->output)
        return s;
    struct subselect *made = ARENA_NEW(r->arena, struct subselect);
    *made = copy;
    return made;
}

static const struct expr *rewrite(const struct expr *e, int level, struct rewrite *r)
{
    if (e->op == EXPR_COLUMN)
        return r->column(e, level, r);
    const struct expr **args = ARENA_ARRAY(r->arena, const struct expr *, e->count + 1);
    const struct subselect *subselect = e->op == EXPR_SUBSELECT ? rewrite_subselect(e->subselect, level, r) : NULL;
    bool same = subselect == NULL || subselect == e->subselect;
    for (int i = 0; i < e->count; i++) {
        args[i] = rewrite(e->args[i], level, r);
        same = same && args[i] == e->args[i];
    }
    if (same)
        return e;
    struct expr *copy = ARENA_NEW(r->arena, struct expr);
    *copy = *e;
    copy->args = args;
    if (subselect != NULL)
        copy->subselect = subselect;
    return copy;
}

static const struct expr *moved_column(const struct expr *column, int move, int deeper, struct arena *arena)
{
    struct expr *copy = ARENA_NEW(arena, struct expr);
    *copy = *column;
    copy->column += move;
    copy->depth += deeper;
    return copy;
}

/* Columns that look out of the tree look `by` levels further. */
static const struct expr *deeper(const struct expr *column, int level, struct rewrite *r)
{
    return column->depth < level ? column : moved_column(column, 0, r->by, r->arena);
}

static const struct expr *replaced(const struct expr *column, int level, struct rewrite *r)
{
    const struct expr *value = column->depth == level ? r->value(column->column, r->env) : NULL;
    if (value == NULL)
        return column;
    struct rewrite inwards = { .column = deeper, .arena = r->arena, .by = level };
    return level == 0 ? value : rewrite(value, 0, &inwards);
}

static const struct expr *shifted(const struct expr *column, int level, struct rewrite *r)
{
    return column->depth != level ? column : moved_column(column, r->by, 0, r->arena);
}

const struct expr *expr_replace(const struct expr *expr, const struct expr *(*value)(int column, void *env), void *env,
                                struct arena *arena)
{
    struct rewrite r = { .column = replaced, .arena = arena, .value = value, .env = env };
    return rewrite_optional(expr, 0, &r);
}

const struct expr *expr_shift(const struct expr *expr, int by, struct arena *arena)
{
    struct rewrite r = { .column = shifted, .arena = arena, .by = by };
    return by == 0 ? expr : rewrite_optional(expr, 0, &r);
}
