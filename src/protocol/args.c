#include "protocol/args.h"

#include <assert.h>
#include <inttypes.h>

#include "value/mp.h"

int args_object(struct request *rq, struct args *args, const char *what, struct slice *ret)
{
    if (args->count == 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "%s is missing", what);
    bool whole = mp_skip(&args->rest, ret);
    assert(whole);
    args->count--;
    return 0;
}

int args_text(struct request *rq, struct args *args, const char *what, struct slice *ret)
{
    struct slice object;
    if (args_object(rq, args, what, &object) < 0)
        return -1;
    if (!mp_str(&object, ret))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "%s must be a text", what);
    return 0;
}

int args_table(struct request *rq, struct args *args, const struct table **ret)
{
    struct slice name;
    if (args_text(rq, args, "the table's name", &name) < 0)
        return -1;
    *ret = catalog_table(rq->view->catalog, name);
    if (*ret == NULL && catalog_view(rq->view->catalog, name) != NULL) {
        fail(rq->error, SQLSTATE_WRONG_OBJECT_TYPE, "\"%.*s\" is a view", SLICE_FMT(name));
        return fail_hint(rq->error, "The method query reads views.");
    }
    if (*ret == NULL)
        return fail(rq->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s\" does not exist", SLICE_FMT(name));
    return 0;
}

/* --- Options --- */

struct option_entry {
    const char *name;
    enum option option;
    size_t offset;
};

static const struct option_entry option_entries[] = {
#define X(upper, lower) { #lower, OPTION_##upper, offsetof(struct options, lower) },
    OPTION_LIST(X)
#undef X
};

static const struct option_entry *option_find(struct slice name)
{
    for (size_t i = 0; i < sizeof option_entries / sizeof *option_entries; i++)
        if (slice_is(name, option_entries[i].name))
            return &option_entries[i];
    return NULL;
}

static int option_keep(struct request *rq, unsigned allowed, struct slice name, struct slice object, struct options *ret)
{
    const struct option_entry *entry = option_find(name);
    if (entry == NULL || (entry->option & allowed) == 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "there is no option \"%.*s\" here", SLICE_FMT(name));
    struct slice *place = (struct slice *)((char *)ret + entry->offset);
    if (place->data != NULL)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" is given twice", entry->name);
    if (mp_peek(object) != MP_NIL)
        *place = object;
    return 0;
}

int args_options(struct request *rq, struct args *args, unsigned allowed, struct options *ret)
{
    *ret = (struct options){ 0 };
    if (args->count == 0)
        return 0;
    struct slice map;
    uint32_t count;
    if (args_object(rq, args, "the map of options", &map) < 0)
        return -1;
    if (args->count != 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "there are too many parameters");
    if (mp_nil(&map))
        return 0;
    if (!mp_map(&map, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the options must be a map");
    for (uint32_t i = 0; i < count; i++) {
        struct slice name, object;
        if (!mp_str(&map, &name) || !mp_skip(&map, &object))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the name of an option must be a text");
        if (option_keep(rq, allowed, name, object, ret) < 0)
            return -1;
    }
    return 0;
}

int option_bool(struct request *rq, struct slice object, const char *name, bool *ret)
{
    if (object.data != NULL && !mp_bool(&object, ret))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" must be true or false", name);
    return 0;
}

int option_integer(struct request *rq, struct slice object, const char *name, int64_t low, int64_t high, int64_t *ret)
{
    int64_t integer;
    if (object.data == NULL)
        return 0;
    if (!mp_int(&object, &integer) || integer < low || integer > high)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" must be an integer from %" PRId64 " to %" PRId64,
                    name, low, high);
    *ret = integer;
    return 0;
}

int option_text(struct request *rq, struct slice object, const char *name, struct slice *ret)
{
    if (object.data != NULL && !mp_str(&object, ret))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" must be a text", name);
    return 0;
}

int option_organization(struct request *rq, struct slice object, const struct uuid **ret)
{
    struct value value;
    *ret = NULL;
    if (object.data == NULL)
        return 0;
    if (value_from_wire(type_of(TYPE_UUID), &object, rq->arena, &value, rq->error) < 0)
        return fail_within(rq->error, "option \"organization\"");
    struct uuid *uuid = ARENA_NEW(rq->arena, struct uuid);
    *uuid = value.uuid;
    *ret = uuid;
    return 0;
}
