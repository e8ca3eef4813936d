/* An expression as SQL text that compiles to it again: every operator in parentheses, every literal with its type.
 *
 * A column of this select is its bare name, one further out is qualified by its table; where a sub-select reads a table
 * of the same name as one around it, it gets an alias with its level. */
#include <assert.h>

#include "sql/expr.h"
#include "sql/quote.h"

/* One select around the current node. */
struct frame {
    const struct frame *outer;
    const void *table;
    const char *label;              /* what qualifies its columns */
    int level;
};

struct printer {
    const struct expr_names *names;
    const struct frame *frame;
    struct buf *out;
    struct arena *arena;            /* of type names and labels */
};

static void print(struct printer *p, const struct expr *e);

/* --- Names and literals --- */

/* "auth.users" is two names. */
static void print_table(struct buf *out, struct arena *arena, const char *qualified)
{
    const char *dot = strchr(qualified, '.');
    if (dot != NULL) {
        quote_name(arena_string(arena, slice_of(qualified, (size_t)(dot - qualified))), out);
        buf_append_byte(out, '.');
    }
    quote_name(dot != NULL ? dot + 1 : qualified, out);
}

static void print_type(struct printer *p, struct type type)
{
    if (type.id == TYPE_ENUM) {
        quote_name(type.labels->name, p->out);
        buf_append_string(p->out, type.array ? "[]" : "");
    } else {
        buf_append_string(p->out, type.id == TYPE_UNKNOWN ? "text" : type_name(type, p->arena));
    }
}

static void print_const(struct printer *p, const struct expr *e)
{
    const struct value *v = &e->constant;
    if (!value_is_null(v) && !e->type.array && e->type.id == TYPE_BOOL) {
        buf_append_string(p->out, v->boolean ? "true" : "false");
        return;
    }
    if (!value_is_null(v) && !e->type.array && e->type.id == TYPE_INT4 && v->integer >= 0) {
        buf_printf(p->out, "%lld", (long long)v->integer);
        return;
    }
    if (value_is_null(v)) {
        buf_append_string(p->out, "NULL");
    } else {
        struct buf text = { 0 };
        value_to_text(e->type.id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : e->type, v, &text);
        quote_text(buf_slice(&text), p->out);
        buf_done(&text);
    }
    buf_append_string(p->out, "::");
    print_type(p, e->type);
}

static void print_column(struct printer *p, const struct expr *e)
{
    const struct frame *frame = p->frame;
    for (int i = 0; i < e->depth && frame->outer != NULL; i++)
        frame = frame->outer;
    if (e->depth > 0) {
        quote_name(frame->label, p->out);
        buf_append_byte(p->out, '.');
    }
    quote_name(p->names->column(frame->table, e->column), p->out);
}

/* --- Operators --- */

static void print_list(struct printer *p, const struct expr *e, int from, const char *between)
{
    for (int i = from; i < e->count; i++) {
        if (i > from)
            buf_append_string(p->out, between);
        print(p, e->args[i]);
    }
}

static void print_infix(struct printer *p, const struct expr *e, const char *name)
{
    buf_append_byte(p->out, '(');
    print_list(p, e, 0, name);
    buf_append_byte(p->out, ')');
}

static void print_prefix(struct printer *p, const struct expr *e, const char *name)
{
    buf_printf(p->out, "(%s", name);
    print(p, e->args[0]);
    buf_append_byte(p->out, ')');
}

static void print_postfix(struct printer *p, const struct expr *e, const char *name)
{
    buf_append_byte(p->out, '(');
    print(p, e->args[0]);
    buf_append_string(p->out, name);
    buf_append_byte(p->out, ')');
}

static void print_call(struct printer *p, const struct expr *e, const char *name)
{
    buf_printf(p->out, "%s(", name);
    print_list(p, e, 0, ", ");
    buf_append_byte(p->out, ')');
}

static const char *comparison_text(enum expr_op op)
{
    static const char *const names[] = { " = ", " <> ", " < ", " <= ", " > ", " >= " };
    return names[op - EXPR_EQ];
}

static void print_like(struct printer *p, const struct expr *e)
{
    buf_append_byte(p->out, '(');
    print_list(p, e, 0, e->op == EXPR_LIKE ? " LIKE " : " ILIKE ");
    if (e->escape != '\\') {
        char escape = (char)e->escape;
        buf_append_string(p->out, " ESCAPE ");
        quote_text(slice_of(&escape, e->escape >= 0), p->out);
    }
    buf_append_byte(p->out, ')');
}

static void print_quantified(struct printer *p, const struct expr *e)
{
    buf_append_byte(p->out, '(');
    print(p, e->args[0]);
    buf_printf(p->out, "%s%s (", comparison_text(e->comparison), e->op == EXPR_ANY ? "ANY" : "ALL");
    print(p, e->args[1]);
    buf_append_string(p->out, "))");
}

static void print_in(struct printer *p, const struct expr *e)
{
    buf_append_byte(p->out, '(');
    print(p, e->args[0]);
    buf_append_string(p->out, " IN (");
    print_list(p, e, 1, ", ");
    buf_append_string(p->out, "))");
}

static void print_case(struct printer *p, const struct expr *e)
{
    buf_append_string(p->out, "CASE");
    for (int i = 0; i + 1 < e->count; i += 2) {
        buf_append_string(p->out, " WHEN ");
        print(p, e->args[i]);
        buf_append_string(p->out, " THEN ");
        print(p, e->args[i + 1]);
    }
    buf_append_string(p->out, " ELSE ");
    print(p, e->args[e->count - 1]);
    buf_append_string(p->out, " END");
}

static void print_cast(struct printer *p, const struct expr *e)
{
    buf_append_byte(p->out, '(');
    print(p, e->args[0]);
    buf_append_string(p->out, ")::");
    print_type(p, e->type);
}

static void print_collate(struct printer *p, const struct expr *e)
{
    buf_append_byte(p->out, '(');
    print(p, e->args[0]);
    buf_append_string(p->out, " COLLATE ");
    quote_name(collation_name(e->type.collation), p->out);
    buf_append_byte(p->out, ')');
}

static bool is_operator(const char *name)
{
    return strchr("#|&<>?@-+*/%~!=^", name[0]) != NULL;
}

static void print_function(struct printer *p, const struct expr *e)
{
    const char *name = e->function->name;
    if (strcmp(name, "[]") == 0) {
        print_postfix(p, e, "");
        buf_append_byte(p->out, '[');
        print(p, e->args[1]);
        buf_append_byte(p->out, ']');
    } else if (is_operator(name) && e->count == 1) {
        print_prefix(p, e, arena_printf(p->arena, "%s ", name));
    } else if (is_operator(name)) {
        buf_append_byte(p->out, '(');
        print(p, e->args[0]);
        buf_printf(p->out, " %s ", name);
        print(p, e->args[1]);
        buf_append_byte(p->out, ')');
    } else if (strcmp(name, "extract") == 0 || strcmp(name, "position") == 0) {
        /* Their names are syntax; the functions behind it are reached through their schema. */
        print_call(p, e, arena_printf(p->arena, "pg_catalog.\"%s\"", name));
    } else {
        print_call(p, e, name);
    }
}

/* --- Sub-selects --- */

static const char *last_name(const char *qualified)
{
    const char *dot = strchr(qualified, '.');
    return dot == NULL ? qualified : dot + 1;
}

static void print_from(struct printer *p, const struct frame *frame, const char *name)
{
    buf_append_string(p->out, " FROM ");
    print_table(p->out, p->arena, name);
    if (strcmp(frame->label, last_name(name)) != 0) {
        buf_append_byte(p->out, ' ');
        quote_name(frame->label, p->out);
    }
}

static const char *label_of(struct printer *p, const char *name, int level)
{
    for (const struct frame *f = p->frame; f != NULL; f = f->outer)
        if (strcmp(f->label, last_name(name)) == 0)
            return arena_printf(p->arena, "%s_%d", last_name(name), level);
    return last_name(name);
}

static void print_subselect(struct printer *p, const struct subselect *s)
{
    const char *name = p->names->table_name(s->table);
    struct frame frame = { .outer = p->frame, .table = s->table, .level = p->frame->level + 1 };
    frame.label = label_of(p, name, frame.level);
    buf_append_byte(p->out, '(');
    if (s->kind == SUBSELECT_IN) {
        print(p, s->left);
        buf_append_string(p->out, " IN (");
    }
    buf_append_string(p->out, s->kind == SUBSELECT_EXISTS ? "EXISTS (SELECT " : "SELECT ");
    p->frame = &frame;
    if (s->output != NULL)
        print(p, s->output);
    else
        buf_append_byte(p->out, '1');
    print_from(p, &frame, name);
    if (s->where != NULL) {
        buf_append_string(p->out, " WHERE ");
        print(p, s->where);
    }
    p->frame = frame.outer;
    buf_append_string(p->out, s->kind == SUBSELECT_SCALAR ? ")" : "))");
}

static void print(struct printer *p, const struct expr *e)
{
    switch (e->op) {
    case EXPR_CONST:
        print_const(p, e);
        return;
    case EXPR_COLUMN:
        print_column(p, e);
        return;
    case EXPR_PARAM:
        buf_printf(p->out, "$%d", e->param + 1);
        return;
    case EXPR_AND:
        print_infix(p, e, " AND ");
        return;
    case EXPR_OR:
        print_infix(p, e, " OR ");
        return;
    case EXPR_NOT:
        print_prefix(p, e, "NOT ");
        return;
    case EXPR_IS_NULL:
        print_postfix(p, e, " IS NULL");
        return;
    case EXPR_IS_NOT_NULL:
        print_postfix(p, e, " IS NOT NULL");
        return;
    case EXPR_IS_TRUE:
        print_postfix(p, e, " IS TRUE");
        return;
    case EXPR_IS_NOT_TRUE:
        print_postfix(p, e, " IS NOT TRUE");
        return;
    case EXPR_IS_FALSE:
        print_postfix(p, e, " IS FALSE");
        return;
    case EXPR_IS_NOT_FALSE:
        print_postfix(p, e, " IS NOT FALSE");
        return;
    case EXPR_EQ: case EXPR_NE: case EXPR_LT: case EXPR_LE: case EXPR_GT: case EXPR_GE:
        print_infix(p, e, comparison_text(e->op));
        return;
    case EXPR_DISTINCT:
        print_infix(p, e, " IS DISTINCT FROM ");
        return;
    case EXPR_NOT_DISTINCT:
        print_infix(p, e, " IS NOT DISTINCT FROM ");
        return;
    case EXPR_ADD: case EXPR_SUB: case EXPR_MUL: case EXPR_DIV: case EXPR_MOD: {
        static const char *const names[] = { " + ", " - ", " * ", " / ", " % " };
        print_infix(p, e, names[e->op - EXPR_ADD]);
        return;
    }
    case EXPR_NEG:
        print_prefix(p, e, "- ");
        return;
    case EXPR_CONCAT:
        print_infix(p, e, " || ");
        return;
    case EXPR_LIKE: case EXPR_ILIKE:
        print_like(p, e);
        return;
    case EXPR_IN:
        print_in(p, e);
        return;
    case EXPR_ANY: case EXPR_ALL:
        print_quantified(p, e);
        return;
    case EXPR_CASE:
        print_case(p, e);
        return;
    case EXPR_COALESCE:
        print_call(p, e, "COALESCE");
        return;
    case EXPR_NULLIF:
        print_call(p, e, "NULLIF");
        return;
    case EXPR_CAST:
        print_cast(p, e);
        return;
    case EXPR_COLLATE:
        print_collate(p, e);
        return;
    case EXPR_JSON_GET:
        print_infix(p, e, " -> ");
        return;
    case EXPR_JSON_GET_TEXT:
        print_infix(p, e, " ->> ");
        return;
    case EXPR_JSON_CONTAINS:
        print_infix(p, e, " @> ");
        return;
    case EXPR_JSON_HAS_KEY:
        print_infix(p, e, " ? ");
        return;
    case EXPR_ARRAY:
        buf_append_string(p->out, "ARRAY[");
        print_list(p, e, 0, ", ");
        buf_append_byte(p->out, ']');
        return;
    case EXPR_FUNCTION:
        print_function(p, e);
        return;
    case EXPR_SUBSELECT:
        print_subselect(p, e->subselect);
        return;
    }
    assert(!"an expression without an operation");
}

void expr_print(const struct expr *expr, const struct expr_names *names, struct buf *out)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    const char *name = names->table != NULL && names->table_name != NULL ? names->table_name(names->table) : "";
    struct frame frame = { .table = names->table, .label = last_name(name) };
    struct printer p = { .names = names, .frame = &frame, .out = out, .arena = &arena };
    print(&p, expr);
    arena_done(&arena);
}
