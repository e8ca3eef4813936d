/* The grammar's type names as types: built-in ones, enumerations, modifiers, arrays. */
#include <stdio.h>

#include "sql/expr.h"

/* The grammar spells built-in types as pg_catalog names: "int4", "varchar", "timestamptz". */
static int base_type(const char *schema, const char *name, const struct scope *scope, struct type *ret, struct error *error)
{
    bool built_in = schema == NULL || strcmp(schema, "pg_catalog") == 0;
    if (built_in && type_by_name(slice_of_string(name), ret) && !ret->array)
        return 0;
    const struct enum_type *labels = scope != NULL && scope->find_enum != NULL ? scope->find_enum(scope->env, slice_of_string(name)) : NULL;
    if (labels == NULL || (schema != NULL && strcmp(schema, "public") != 0))
        return fail(error, SQLSTATE_UNDEFINED_OBJECT, "type \"%s%s%s\" does not exist", schema != NULL ? schema : "", schema != NULL ? "." : "", name);
    *ret = (struct type){ .id = TYPE_ENUM, .labels = labels };
    return 0;
}

static int modifier(const PgQuery__Node *node, int *ret, struct error *error)
{
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->val_case != PG_QUERY__A__CONST__VAL_IVAL)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "type modifiers must be integers");
    *ret = node->a_const->ival->ival;
    return 0;
}

static int numeric_modifiers(struct type *type, const int *given, size_t count, struct error *error)
{
    type->precision = given[0];
    type->scale = count > 1 ? given[1] : 0;
    if (type->precision < 1 || type->precision > NUMERIC_DIGITS_MAX)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "NUMERIC precision %d must be between 1 and %d", type->precision, NUMERIC_DIGITS_MAX);
    if (type->scale < 0 || type->scale > type->precision)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "NUMERIC scale %d must be between 0 and precision %d", type->scale, type->precision);
    return 0;
}

#define INTERVAL_ALL_FIELDS 0x7fff      /* PostgreSQL's INTERVAL_FULL_RANGE: the grammar's first modifier of an interval is a mask of fields */

static int modifiers(const PgQuery__TypeName *name, struct type *type, struct error *error)
{
    int given[2] = { 0, 0 };
    if (name->n_typmods > 2)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "too many type modifiers");
    for (size_t i = 0; i < name->n_typmods; i++)
        if (modifier(name->typmods[i], &given[i], error) < 0)
            return -1;
    if (type->id == TYPE_NUMERIC)
        return numeric_modifiers(type, given, name->n_typmods, error);
    if (type->id == TYPE_VARCHAR && name->n_typmods == 1) {
        if (given[0] < 1 || given[0] > 10485760)
            return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "length for type varchar must be between 1 and 10485760");
        type->length = given[0];
        return 0;
    }
    if (type->id == TYPE_INTERVAL && given[0] != INTERVAL_ALL_FIELDS) {
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "fields of an interval are not supported");
        return fail_hint(error, "write the unit into the text, as in interval '1 month'");
    }
    bool seconds = type->id == TYPE_TIMESTAMP || type->id == TYPE_TIMESTAMPTZ || type->id == TYPE_INTERVAL;
    if (seconds && given[name->n_typmods - 1] == 6)     /* microseconds are what these have anyway */
        return 0;
    return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a type modifier of this type is not supported");
}

int type_from_node(const PgQuery__TypeName *name, const struct scope *scope, struct type *ret, struct error *error)
{
    if (name->setof || name->pct_type || name->n_names < 1 || name->n_names > 2)
        return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "this form of type name is not supported");
    if (name->n_array_bounds > 1)
        return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "arrays of more than one dimension are not supported");
    const char *schema = name->n_names == 2 ? name->names[0]->string->sval : NULL;
    if (base_type(schema, name->names[name->n_names - 1]->string->sval, scope, ret, error) < 0)
        return -1;
    if (name->n_typmods > 0 && modifiers(name, ret, error) < 0)
        return -1;
    ret->array = name->n_array_bounds == 1;
    return 0;
}
