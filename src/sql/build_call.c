/* Calls of functions and operators: one is chosen among those of its name (sql/choose.c), its arguments are brought to the
 * declared types, and the pseudo types among these to the types that the call gives them. */
#include <assert.h>

#include "sql/compile.h"

static const struct function_table *const operator_tables[] = { &operators };
static const struct function_table *const all_functions[] = {
    &functions_text, &functions_bytes, &functions_number, &functions_time, &functions_json, &functions_json_set, &functions_array, &functions_inet,
    &functions_session,
};
#define ALL_FUNCTIONS (int)(sizeof all_functions / sizeof all_functions[0])

/* The element type that the array-like arguments of a call agree on; 0, or -1 after an error. */
static int polymorphic_type(struct compiler *c, const struct function *f, const struct expr *const *args, int count,
                            struct type *ret, int location)
{
    *ret = type_of(TYPE_UNKNOWN);
    for (int i = 0; i < count; i++) {
        uint8_t signature = function_arg(f, i);
        struct type type = args[i]->type;
        if (type.id == TYPE_UNKNOWN || (signature != SIGNATURE_ANYARRAY && signature != SIGNATURE_ANYELEMENT && signature != SIGNATURE_ANYENUM))
            continue;
        if (signature == SIGNATURE_ANYARRAY)
            type.array = false;
        type.length = type.precision = type.scale = 0;
        bool texts = type_is_text(*ret) && type_is_text(type);
        if (ret->id != TYPE_UNKNOWN && !texts && !type_same(*ret, type)) {
            compile_fail(c, location, SQLSTATE_UNDEFINED_FUNCTION, "\"%s\" does not take types %s and %s together", f->name, type_text(c, *ret), type_text(c, type));
            return -1;
        }
        if (ret->id == TYPE_UNKNOWN || type.id == TYPE_TEXT)
            *ret = type;
    }
    return 0;
}

/* The same for SIGNATURE_COMPATIBLE, which looks for a common type. */
static int compatible_type(struct compiler *c, const struct function *f, const struct expr *const *args, int count,
                           struct type *ret, int location)
{
    const struct expr *elements[FUNCTION_ARGS_MAX];
    const struct expr **like = count <= FUNCTION_ARGS_MAX ? elements : ARENA_ARRAY(c->arena, const struct expr *, count);
    int found = 0;
    for (int i = 0; i < count; i++) {
        uint8_t signature = function_arg(f, i);
        if (signature != SIGNATURE_COMPATIBLE && signature != SIGNATURE_COMPATIBLE_ARRAY)
            continue;
        struct expr *element = ARENA_NEW(c->arena, struct expr);
        *element = *args[i];
        if (signature == SIGNATURE_COMPATIBLE_ARRAY && element->type.id != TYPE_UNKNOWN)
            element->type.array = false;
        like[found++] = element;
    }
    *ret = type_of(TYPE_UNKNOWN);
    return found == 0 ? 0 : common_type(c, like, found, f->name, ret, location);
}

struct polymorphic { struct type element, compatible; };

static struct type array_over(struct type element)
{
    element.array = true;
    return element;
}

static const struct expr *coerce_argument(struct compiler *c, const struct expr *e, uint8_t signature, const struct polymorphic *p, int location)
{
    struct type element = p->element.id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : p->element;
    switch (signature) {
    case SIGNATURE_ANY:
        return coerce_unknown(c, e, location);
    case SIGNATURE_ANYELEMENT: case SIGNATURE_ANYENUM:
        return coerce(c, e, element, CAST_IMPLICIT, location);
    case SIGNATURE_ANYARRAY:
        return coerce(c, e, array_over(element), CAST_IMPLICIT, location);
    case SIGNATURE_COMPATIBLE:
        return coerce(c, e, p->compatible, CAST_IMPLICIT, location);
    case SIGNATURE_COMPATIBLE_ARRAY:
        return coerce(c, e, array_over(p->compatible), CAST_IMPLICIT, location);
    case SIGNATURE_ANYNONARRAY:
        return coerce(c, e, type_of(TYPE_TEXT), CAST_EXPLICIT, location);
    default:
        return coerce(c, e, (struct type){ .id = (enum type_id)(signature & ~SIGNATURE_ARRAY), .array = (signature & SIGNATURE_ARRAY) != 0 },
                      CAST_IMPLICIT, location);
    }
}

static struct type result_type(uint8_t signature, const struct polymorphic *p)
{
    switch (signature) {
    case SIGNATURE_ANYELEMENT:
        return p->element;
    case SIGNATURE_ANYARRAY:
        return array_over(p->element);
    case SIGNATURE_COMPATIBLE:
        return p->compatible;
    case SIGNATURE_COMPATIBLE_ARRAY:
        return array_over(p->compatible);
    default:
        return (struct type){ .id = (enum type_id)(signature & ~SIGNATURE_ARRAY), .array = (signature & SIGNATURE_ARRAY) != 0 };
    }
}

const struct expr **build_arguments(struct compiler *c, const struct function *f, const struct expr *const *args, int count,
                                    struct type *ret_type, int location)
{
    struct polymorphic p;
    if (polymorphic_type(c, f, args, count, &p.element, location) < 0 || compatible_type(c, f, args, count, &p.compatible, location) < 0)
        return NULL;
    const struct expr **coerced = ARENA_ARRAY(c->arena, const struct expr *, count > 0 ? count : 1);
    for (int i = 0; i < count; i++)
        if ((coerced[i] = coerce_argument(c, args[i], function_arg(f, i), &p, location)) == NULL)
            return NULL;
    *ret_type = result_type(f->ret, &p);
    return coerced;
}

static const struct expr *call(struct compiler *c, const struct function *f, const struct expr *const *args, int count, int location)
{
    struct expr node = { .op = f->op };
    const struct expr **coerced = build_arguments(c, f, args, count, &node.type, location);
    if (coerced == NULL)
        return NULL;
    if (f->op == EXPR_ADD && count == 1)
        return coerced[0];              /* the prefix + */
    assert(node.type.id != TYPE_UNKNOWN);
    if (f->op == EXPR_FUNCTION)
        node.function = f;
    else if (f->op == EXPR_LIKE || f->op == EXPR_ILIKE)
        node.escape = '\\';
    return build_node(c, node, coerced, count);
}

static struct type *types_of(struct compiler *c, const struct expr *const *args, int count)
{
    struct type *types = ARENA_ARRAY(c->arena, struct type, count > 0 ? count : 1);
    for (int i = 0; i < count; i++)
        types[i] = args[i]->type;
    return types;
}

/* PostgreSQL's regular expressions, which no library has. */
static bool is_regular_expression(const char *name)
{
    return strcmp(name, "~") == 0 || strcmp(name, "~*") == 0 || strcmp(name, "!~") == 0 || strcmp(name, "!~*") == 0;
}

void *build_no_operator(struct compiler *c, const char *name, const struct type *types, int count, int found, int location)
{
    const char *left = count == 2 ? type_text(c, types[0]) : "";
    const char *text = arena_printf(c->arena, "%s%s%s %s", left, count == 2 ? " " : "", name, type_text(c, types[count - 1]));
    if (found < 0) {
        compile_fail(c, location, SQLSTATE_AMBIGUOUS_FUNCTION, "operator is not unique: %s", text);
        fail_hint(c->error, "add explicit type casts");
    } else if (count == 2 && is_regular_expression(name)) {
        compile_fail(c, location, SQLSTATE_FEATURE_NOT_SUPPORTED, "regular expressions are not supported: %s", text);
    } else {
        compile_fail(c, location, SQLSTATE_UNDEFINED_FUNCTION, "operator does not exist: %s", text);
    }
    return NULL;
}

const struct expr *build_operator(struct compiler *c, const char *name, const struct expr *a, const struct expr *b, int location)
{
    const struct expr *args[2] = { a != NULL ? a : b, b };
    int count = a != NULL ? 2 : 1;
    struct type *types = types_of(c, args, count);
    const struct function *f;
    int found = function_choose(operator_tables, 1, slice_of_string(name), types, count, true, &f);
    if (found <= 0)
        return build_no_operator(c, name, types, count, found, location);
    return call(c, f, args, count, location);
}

/* date(x), text(x): a call of one argument with the name of a type is a cast. */
static const struct expr *cast_call(struct compiler *c, struct slice name, const struct expr *arg, int location)
{
    struct type type;
    if (!type_by_name(name, &type))
        return NULL;
    return expr_unknown(arg) || value_can_cast(arg->type, type, CAST_EXPLICIT) ? coerce(c, arg, type, CAST_EXPLICIT, location) : NULL;
}

const struct expr *build_function(struct compiler *c, struct slice name, const struct expr *const *args, int count, int location)
{
    struct type *types = types_of(c, args, count);
    const struct function *f;
    int found = function_choose(all_functions, ALL_FUNCTIONS, name, types, count, false, &f);
    if (found > 0)
        return call(c, f, args, count, location);
    error_clear(c->error);
    const struct expr *as_cast = found == 0 && count == 1 ? cast_call(c, name, args[0], location) : NULL;
    if (as_cast != NULL || c->error->state != SQLSTATE_OK)
        return as_cast;
    struct buf list = { 0 };
    for (int i = 0; i < count; i++)
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", type_text(c, types[i]));
    if (found < 0)
        compile_fail(c, location, SQLSTATE_AMBIGUOUS_FUNCTION, "function %.*s(%s) is not unique", SLICE_FMT(name), buf_text(&list));
    else
        compile_fail(c, location, SQLSTATE_UNDEFINED_FUNCTION, "function %.*s(%s) does not exist", SLICE_FMT(name), buf_text(&list));
    buf_done(&list);
    return NULL;
}
