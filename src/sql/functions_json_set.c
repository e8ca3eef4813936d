/* jsonb_set(target, path, value, create): a copy of the target with one place changed. A step that leads nowhere changes
 * nothing, but the last one may add a member, or an element before the first or behind the last. */
#include "sql/function.h"
#include "value/array.h"
#include "value/json.h"

struct setting {
    const struct value *steps;      /* of the path */
    int count;
    struct slice value;
    bool create;
    struct error *error;
};

static int set_at(const struct setting *s, struct slice json, int depth, struct buf *out);

static int set_map(const struct setting *s, struct slice json, int depth, struct buf *out)
{
    struct buf members = { 0 };
    struct slice key, item;
    uint32_t count, total;
    bool found = false, last = depth + 1 == s->count;
    int err = 0;
    mp_map(&json, &count);
    total = count;
    for (uint32_t i = 0; i < count && err == 0; i++) {
        mp_str(&json, &key);
        mp_skip(&json, &item);
        mp_put_str(&members, key);
        bool here = slice_equal(key, s->steps[depth].bytes);
        found |= here;
        if (here)
            err = set_at(s, item, depth + 1, &members);
        else
            buf_append_slice(&members, item);
    }
    if (!found && last && s->create) {
        mp_put_str(&members, s->steps[depth].bytes);
        buf_append_slice(&members, s->value);
        total++;
    }
    mp_put_map(out, total);
    buf_append_slice(out, buf_slice(&members));
    buf_done(&members);
    return err;
}

static int set_array(const struct setting *s, struct slice json, int depth, struct buf *out)
{
    uint32_t count;
    int64_t index;
    struct slice item;
    mp_array(&json, &count);
    if (!json_array_index(s->steps[depth].bytes, &index))
        return fail(s->error, SQLSTATE_INVALID_TEXT, "path element at position %d is not an integer: \"%.*s\"", depth + 1, SLICE_FMT(s->steps[depth].bytes));
    if (index < 0)
        index = index + count < 0 ? -1 : index + count;
    bool add = (index < 0 || index >= count) && depth + 1 == s->count && s->create;
    mp_put_array(out, count + add);
    if (add && index < 0)
        buf_append_slice(out, s->value);
    for (uint32_t i = 0; i < count; i++) {
        mp_skip(&json, &item);
        if (i != index)
            buf_append_slice(out, item);
        else if (set_at(s, item, depth + 1, out) < 0)
            return -1;
    }
    if (add && index >= 0)
        buf_append_slice(out, s->value);
    return 0;
}

static int set_at(const struct setting *s, struct slice json, int depth, struct buf *out)
{
    if (depth == s->count) {
        buf_append_slice(out, s->value);
        return 0;
    }
    if (mp_peek(json) == MP_MAP)
        return set_map(s, json, depth, out);
    if (mp_peek(json) == MP_ARRAY)
        return set_array(s, json, depth, out);
    buf_append_slice(out, json);
    return 0;
}

static int read_path(const struct value *path, struct arena *arena, struct setting *s)
{
    struct value *steps = ARENA_ARRAY(arena, struct value, array_count(path) + 1);
    struct slice rest = array_elements(path);
    s->steps = steps;
    for (s->count = 0; array_next(type_of(TYPE_TEXT), &rest, &steps[s->count]); s->count++)
        if (value_is_null(&steps[s->count]))
            return fail(s->error, SQLSTATE_NULL_VALUE_NOT_ALLOWED, "path element at position %d is null", s->count + 1);
    return 0;
}

static int call_set(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    struct setting s = { .value = args[2].bytes, .create = call->count < 4 || args[3].boolean, .error = error };
    struct slice json = args[0].bytes;
    struct buf built = { 0 };
    if (mp_peek(json) != MP_MAP && mp_peek(json) != MP_ARRAY)
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot set path in scalar");
    if (read_path(&args[1], eval->arena, &s) < 0)
        return -1;
    *ret = args[0];
    if (s.count == 0)
        return 0;
    if (set_at(&s, json, 0, &built) < 0) {
        buf_done(&built);
        return -1;
    }
    return json_give_built(&built, eval, ret, error);
}

#define TEXT_ARRAY (TYPE_TEXT | SIGNATURE_ARRAY)

static const struct function rows[] = {
    { "jsonb_set", FUNCTION_IMMUTABLE, true, false, 3, { TYPE_JSONB, TEXT_ARRAY, TYPE_JSONB }, TYPE_JSONB, EXPR_FUNCTION, call_set, false },
    { "jsonb_set", FUNCTION_IMMUTABLE, true, false, 4, { TYPE_JSONB, TEXT_ARRAY, TYPE_JSONB, TYPE_BOOL }, TYPE_JSONB, EXPR_FUNCTION, call_set, false },
};
FUNCTION_TABLE(functions_json_set, rows);
