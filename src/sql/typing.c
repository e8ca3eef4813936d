/* PostgreSQL's type categories, coercion of one expression, and the common type of several (chapter 10.5). */
#include "sql/compile.h"

#include <assert.h>

char type_category(struct type type)
{
    if (type.array)
        return 'A';
    switch (type.id) {
    case TYPE_UNKNOWN:
        return 'X';
    case TYPE_BOOL:
        return 'B';
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8: case TYPE_FLOAT4: case TYPE_FLOAT8: case TYPE_NUMERIC:
        return 'N';
    case TYPE_TEXT: case TYPE_VARCHAR:
        return 'S';
    case TYPE_ENUM:
        return 'E';
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: case TYPE_DATE:
        return 'D';
    case TYPE_INTERVAL:
        return 'T';
    case TYPE_INET:
        return 'I';
    default:
        return 'U';
    }
}

bool type_preferred(struct type type)
{
    if (type.array)
        return false;
    switch (type.id) {
    case TYPE_BOOL: case TYPE_FLOAT8: case TYPE_TEXT: case TYPE_TIMESTAMPTZ: case TYPE_INTERVAL: case TYPE_INET:
        return true;
    default:
        return false;
    }
}

const char *type_text(struct compiler *c, struct type type)
{
    return type.id == TYPE_UNKNOWN ? "unknown" : type_name(type, c->arena);
}

static bool has_modifiers(struct type type)
{
    return type.length != 0 || type.precision != 0;
}

/* Nor does what is coerced take a column's collation. */
static struct type without_modifiers(struct type type)
{
    type.length = type.precision = type.scale = 0;
    type.collation = NULL;
    return type;
}

static bool same_modifiers(struct type a, struct type b)
{
    return a.length == b.length && a.precision == b.precision && a.scale == b.scale;
}

/* A quoted literal, or NULL, meets its type. */
static const struct expr *literal(struct compiler *c, const struct expr *e, struct type to, enum cast_context context, int location)
{
    struct type plain = without_modifiers(to);
    struct value value = VALUE_OF_NULL;
    if (!value_is_null(&e->constant) && value_from_text(plain, e->constant.bytes, c->arena, &value, c->error) < 0)
        return compile_locate(c, operand_location(e, location));
    struct expr *typed = ARENA_NEW(c->arena, struct expr);
    *typed = (struct expr){ .op = EXPR_CONST, .type = plain, .place = e->place, .constant = value };
    return has_modifiers(to) ? coerce(c, typed, to, context, location) : typed;
}

static const struct expr *parameter(struct compiler *c, const struct expr *e, struct type to, enum cast_context context, int location)
{
    struct type plain = without_modifiers(to);
    struct type *known = &c->scope->params[e->param];
    if (known->id == TYPE_UNKNOWN)
        *known = plain;
    struct expr *typed = ARENA_NEW(c->arena, struct expr);
    *typed = *e;
    typed->type = *known;
    return has_modifiers(to) || !type_same(*known, plain) ? coerce(c, typed, to, context, location) : typed;
}

const struct expr *coerce(struct compiler *c, const struct expr *e, struct type to, enum cast_context context, int location)
{
    assert(to.id != TYPE_UNKNOWN);
    if (expr_unknown(e)) {
        assert(e->op == EXPR_CONST || e->op == EXPR_PARAM);
        return e->op == EXPR_CONST ? literal(c, e, to, context, location) : parameter(c, e, to, context, location);
    }
    if (type_same(e->type, to) && (!has_modifiers(to) || same_modifiers(e->type, to)))
        return e;
    if (context == CAST_IMPLICIT && type_is_text(e->type) && type_is_text(to) && to.length == 0)
        return e;                   /* text and varchar hold the same values; a cast would hide a column */
    if (type_same(e->type, to) || value_can_cast(e->type, to, context))
        return build_node(c, (struct expr){ .op = EXPR_CAST, .type = to, .cast = context }, &e, 1);
    if (context == CAST_EXPLICIT)
        return compile_fail(c, location, SQLSTATE_CANNOT_COERCE, "cannot cast type %s to %s", type_text(c, e->type), type_text(c, to));
    return compile_fail(c, operand_location(e, location), SQLSTATE_DATATYPE_MISMATCH, "expression is of type %s, want %s", type_text(c, e->type), type_text(c, to));
}

const struct expr *coerce_boolean(struct compiler *c, const struct expr *e, const char *what, int location)
{
    if (!expr_unknown(e) && !type_same(e->type, type_of(TYPE_BOOL)))
        return compile_fail(c, operand_location(e, location), SQLSTATE_DATATYPE_MISMATCH, "argument of %s must be type boolean, not type %s", what,
                            type_text(c, e->type));
    return coerce(c, e, type_of(TYPE_BOOL), CAST_IMPLICIT, location);
}

const struct expr *coerce_unknown(struct compiler *c, const struct expr *e, int location)
{
    return expr_unknown(e) ? coerce(c, e, type_of(TYPE_TEXT), CAST_IMPLICIT, location) : e;
}

int common_type(struct compiler *c, const struct expr *const *args, int count, const char *what, struct type *ret, int location)
{
    struct type best = type_of(TYPE_UNKNOWN);
    bool modifiers = true;          /* kept only when all operands agree */
    for (int i = 0; i < count; i++) {
        struct type type = args[i]->type;
        if (type.id == TYPE_UNKNOWN)
            continue;
        if (best.id == TYPE_UNKNOWN) {
            best = type;
        } else if (!type_same(best, type)) {
            if (type_category(best) != type_category(type)) {
                compile_fail(c, operand_location(args[i], location), SQLSTATE_DATATYPE_MISMATCH, "%s types %s and %s cannot be matched", what, type_text(c, best), type_text(c, type));
                return -1;
            }
            modifiers = false;
            if (!type_preferred(best) && value_can_cast(best, type, CAST_IMPLICIT) && !value_can_cast(type, best, CAST_IMPLICIT))
                best = type;
        } else {
            modifiers = modifiers && same_modifiers(best, type);
        }
    }
    if (best.id == TYPE_UNKNOWN)
        best = type_of(TYPE_TEXT);
    *ret = modifiers ? best : without_modifiers(best);
    return 0;
}
