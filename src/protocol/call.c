/* The method `call`: [function, {parameter: value}, options?]: runs a native function. */
#include "native/native.h"

#include <assert.h>
#include <string.h>

#include "protocol/args.h"
#include "protocol/methods.h"
#include "value/mp.h"

/* A call, as it names its parameters: as the function's declaration does, where a migration has one. */
struct calling {
    const struct native_function *function;
    const struct declaration *declaration;      /* or NULL */
};

static int parameter_index(const struct calling *calling, struct slice name)
{
    const struct native_function *function = calling->function;
    const struct declaration *declared = calling->declaration;
    for (int i = 0; declared != NULL && i < declared->count; i++)
        if (slice_is(name, declared->parameters[i].name))
            return declared->parameters[i].parameter;
    if (declared != NULL)
        return -1;
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++)
        if (slice_is(name, function->parameters[i].name))
            return i;
    return -1;
}

/* One `name: value` of the call's map into its place in `values`. A parameter is given once: who reads the map elsewhere (the trail
 * of super admins does) must find the value that counts. */
static int read_parameter(const struct calling *calling, struct request *rq, struct slice *in, unsigned *given, struct value *values)
{
    const struct native_function *function = calling->function;
    struct slice name;
    if (!mp_str(in, &name))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "parameters of \"%s\" are named by texts", function->name);
    int i = parameter_index(calling, name);
    if (i < 0) {
        fail(rq->error, SQLSTATE_UNDEFINED_PARAMETER, "function \"%s\" has no parameter \"%.*s\"", function->name, SLICE_FMT(name));
        return fail_hint(rq->error, calling->declaration != NULL ? "a migration declares its parameters" : "docs/functions.md lists the parameters");
    }
    if ((*given & 1u << i) != 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "parameter \"%.*s\" of \"%s\" is given twice",
                    SLICE_FMT(name), function->name);
    *given |= 1u << i;
    struct type type = { .id = function->parameters[i].type, .array = function->parameters[i].array };
    if (value_from_wire(type, in, rq->arena, &values[i], rq->error) < 0)
        return fail_within(rq->error, "parameter \"%.*s\" of \"%s\"", SLICE_FMT(name), function->name);
    return 0;
}

static int read_parameters(const struct calling *calling, struct request *rq, struct args *args, struct value *values)
{
    const struct native_function *function = calling->function;
    struct slice map = { 0 };
    uint32_t count = 0;
    unsigned given = 0;
    for (int i = 0; i < PARAMETERS_MAX; i++)
        values[i] = VALUE_OF_NULL;
    if (args->count > 0 && args_object(rq, args, "the map of parameters", &map) < 0)
        return -1;
    if (map.size > 0 && !mp_map(&map, &count) && !mp_nil(&map))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "parameters of \"%s\" are not a map", function->name);
    for (uint32_t n = 0; n < count; n++)
        if (read_parameter(calling, rq, &map, &given, values) < 0)
            return -1;
    return native_complete(rq, function, given, values);
}

/* What the native gave, from `start` on, as it is declared. */
static void convert_result(const struct declaration *declaration, struct buf *out, size_t start)
{
    struct slice result = slice_of(out->data + start, out->size - start);
    uint32_t count;
    bool answer = false;
    if (declaration->result == DECLARED_AS_IT_IS)
        return;
    bool begins = declaration->result == DECLARED_VOID || (mp_map(&result, &count) && mp_skip(&result, NULL) && mp_bool(&result, &answer));
    assert(begins);
    out->size = start;
    if (declaration->result == DECLARED_VOID)
        mp_put_nil(out);
    else
        mp_put_bool(out, answer);
}

int call_method(struct request *rq, struct args args, struct buf *out)
{
    struct slice name;
    struct options options;
    struct value values[PARAMETERS_MAX];
    size_t before = out->size;
    if (args_text(rq, &args, "the function's name", &name) < 0)
        return -1;
    const struct native_function *function = native_find(name);
    if (function == NULL) {
        fail(rq->error, SQLSTATE_UNDEFINED_FUNCTION, "function \"%.*s\" does not exist", SLICE_FMT(name));
        return fail_hint(rq->error, "docs/functions.md lists the functions");
    }
    if (native_allowed(rq, function) < 0)
        return -1;
    struct calling calling = { function, catalog_declaration(rq->view->catalog, function->name) };
    if (read_parameters(&calling, rq, &args, values) < 0 || args_options(rq, &args, OPTIONS_OF_WRITES | OPTION_RESTORE, &options) < 0)
        return -1;
    if (function->run(rq, values, out) < 0) {
        out->size = before;
        return -1;
    }
    assert(out->size > before);
    if (calling.declaration != NULL)
        convert_result(calling.declaration, out, before);
    return 0;
}
