/* Functions and operators of jsonb. What they make is put together loosely, members in any order and repeated, and
 * brought to the stored form by json_from_wire(), where the last of a repeated member wins. */
#include <stdlib.h>

#include "sql/function.h"
#include "value/array.h"
#include "value/json.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

int json_give_built(struct buf *built, struct eval *eval, struct value *ret, struct error *error)
{
    struct slice loose = buf_slice(built), json;
    int err = json_from_wire(&loose, eval->arena, &json, error);
    buf_done(built);
    if (err == 0)
        *ret = value_json(json);
    return err;
}

/* Appends any SQL value as JSON. */
static int append_json(struct type type, const struct value *value, struct arena *arena, struct buf *out, struct error *error)
{
    if (value_is_null(value)) {
        mp_put_nil(out);
    } else if (value->kind == VALUE_JSON) {
        buf_append_slice(out, value->bytes);
    } else if (value->kind == VALUE_TEXT && type.id != TYPE_JSON) {
        mp_put_str(out, value->bytes);
    } else {
        struct buf text = { 0 };
        struct slice json;
        json_from_value(type, value, &text);
        int err = json_parse(buf_slice(&text), arena, &json, error);
        buf_done(&text);
        if (err < 0)
            return err;
        buf_append_slice(out, json);
    }
    return 0;
}

/* --- Looking inside --- */

CALL(call_typeof)
{
    static const char *const names[] = {
        [MP_NIL] = "null", [MP_BOOL] = "boolean", [MP_INT] = "number", [MP_UINT] = "number", [MP_FLOAT] = "number", [MP_DOUBLE] = "number",
        [MP_STR] = "string", [MP_ARRAY] = "array", [MP_MAP] = "object", [MP_EXT] = "number", [MP_BIN] = "", [MP_BAD] = "",
    };
    *ret = value_text(slice_of_string(names[mp_peek(args[0].bytes)]));
    return 0;
}

CALL(call_array_length)
{
    struct slice json = args[0].bytes;
    uint32_t count;
    if (!mp_array(&json, &count))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot get array length of a %s", mp_peek(json) == MP_MAP ? "non-array" : "scalar");
    *ret = value_int(count);
    return 0;
}

bool json_array_index(struct slice step, int64_t *ret)
{
    char text[24], *end;
    if (step.size == 0 || step.size >= sizeof text)
        return false;
    memcpy(text, step.data, step.size);
    text[step.size] = '\0';
    *ret = strtoll(text, &end, 10);
    return *end == '\0' && *ret >= INT32_MIN && *ret <= INT32_MAX;
}

static bool step_into(struct slice *json, struct slice step)
{
    int64_t index;
    if (mp_peek(*json) == MP_MAP)
        return json_member(*json, step, json);
    return mp_peek(*json) == MP_ARRAY && json_array_index(step, &index) && json_element(*json, index, json);
}

static int give_found(struct slice json, bool as_text, struct arena *arena, struct value *ret)
{
    struct slice text;
    if (!as_text)
        *ret = value_json(json);
    else
        *ret = json_as_text(json, arena, &text) ? value_text(text) : VALUE_OF_NULL;
    return 0;
}

static int follow_array(struct slice json, const struct value *path, bool as_text, struct arena *arena, struct value *ret)
{
    struct slice rest = array_elements(path);
    struct value step;
    *ret = VALUE_OF_NULL;
    while (array_next(type_of(TYPE_TEXT), &rest, &step))
        if (value_is_null(&step) || !step_into(&json, step.bytes))
            return 0;
    return give_found(json, as_text, arena, ret);
}

static int follow_args(const struct expr *call, struct eval *eval, const struct value *args, bool as_text, struct value *ret)
{
    struct slice json = args[0].bytes;
    *ret = VALUE_OF_NULL;
    for (int i = 1; i < call->count; i++)
        if (!step_into(&json, args[i].bytes))
            return 0;
    return give_found(json, as_text, eval->arena, ret);
}

CALL(call_extract_path) { return follow_args(call, eval, args, false, ret); }
CALL(call_extract_path_text) { return follow_args(call, eval, args, true, ret); }

bool json_has_key(struct slice json, struct slice key)
{
    struct slice found, text;
    if (mp_peek(json) == MP_MAP)
        return json_member(json, key, &found);
    if (mp_peek(json) == MP_STR)
        return mp_str(&json, &text) && slice_equal(text, key);
    for (int64_t i = 0; json_element(json, i, &found); i++)
        if (mp_peek(found) == MP_STR && mp_str(&found, &text) && slice_equal(text, key))
            return true;
    return false;
}

/* ?| and ?&: any or all of the keys; NULLs in the list do not count. */
static int has_keys(struct slice json, const struct value *keys, bool all, struct value *ret)
{
    struct slice rest = array_elements(keys);
    struct value key;
    bool result = all;
    while (result == all && array_next(type_of(TYPE_TEXT), &rest, &key))
        if (!value_is_null(&key))
            result = json_has_key(json, key.bytes);
    *ret = value_bool(result);
    return 0;
}

/* --- Joining and deleting --- */

static void append_elements(struct slice json, struct buf *out)
{
    uint32_t count;
    mp_array(&json, &count);                /* a scalar or object stands for itself */
    buf_append_slice(out, json);
}

static uint32_t element_count(struct slice json)
{
    uint32_t count = 1;
    mp_array(&json, &count);
    return count;
}

static int join(struct slice a, struct slice b, struct eval *eval, struct value *ret, struct error *error)
{
    struct buf built = { 0 };
    uint32_t in_a, in_b;
    if (mp_map(&a, &in_a)) {
        if (mp_map(&b, &in_b)) {
            mp_put_map(&built, in_a + in_b);
            buf_append_slice(&built, a);
            buf_append_slice(&built, b);
            return json_give_built(&built, eval, ret, error);
        }
        struct buf object = { 0 };
        mp_put_map(&object, in_a);
        buf_append_slice(&object, a);
        a = arena_copy(eval->arena, buf_slice(&object));
        buf_done(&object);
    }
    mp_put_array(&built, element_count(a) + element_count(b));
    append_elements(a, &built);
    append_elements(b, &built);
    return json_give_built(&built, eval, ret, error);
}

static bool listed(struct slice text, const struct value *keys)
{
    if (keys->kind == VALUE_TEXT)
        return slice_equal(text, keys->bytes);
    struct slice rest = array_elements(keys);
    struct value key;
    while (array_next(type_of(TYPE_TEXT), &rest, &key))
        if (!value_is_null(&key) && slice_equal(text, key.bytes))
            return true;
    return false;
}

static int delete_keys(struct slice json, const struct value *keys, struct eval *eval, struct value *ret, struct error *error)
{
    struct buf kept = { 0 }, built = { 0 };
    uint32_t count, left = 0;
    bool map = mp_map(&json, &count);
    if (!map && !mp_array(&json, &count))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "cannot delete from scalar");
    for (uint32_t i = 0; i < count; i++) {
        struct slice at = json, item, name;
        if (map)
            mp_str(&json, &name);
        bool text = map || (mp_peek(json) == MP_STR && mp_str(&(struct slice){ json.data, json.size }, &name));
        mp_skip(&json, &item);
        if (text && listed(name, keys))
            continue;
        buf_append(&kept, at.data, at.size - json.size);
        left++;
    }
    if (map)
        mp_put_map(&built, left);
    else
        mp_put_array(&built, left);
    buf_append_slice(&built, buf_slice(&kept));
    buf_done(&kept);
    return json_give_built(&built, eval, ret, error);
}

static int delete_element(struct slice json, int64_t index, struct eval *eval, struct value *ret, struct error *error)
{
    struct slice whole = json, item;
    uint32_t count;
    if (!mp_array(&json, &count))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, mp_peek(json) == MP_MAP ? "cannot delete from object using integer index" : "cannot delete from scalar");
    if (index < 0)
        index += count;
    if (index < 0 || index >= count) {
        *ret = value_json(whole);
        return 0;
    }
    struct buf built = { 0 };
    mp_put_array(&built, count - 1);
    for (uint32_t i = 0; i < count; i++) {
        mp_skip(&json, &item);
        if (i != index)
            buf_append_slice(&built, item);
    }
    return json_give_built(&built, eval, ret, error);
}

/* Each part of the one may be looked for in all of the other; members are searched for, which is half of the cases. */
static int price_of_search(struct eval *eval, struct slice json, struct slice wanted, struct error *error)
{
    return work_spend(eval->work, WORK_OF_BYTES((uint64_t)json.size * wanted.size / 2), error);
}

int json_call_contains(struct eval *eval, struct slice outer, struct slice inner, struct value *ret, struct error *error)
{
    *ret = value_bool(false);
    if (price_of_search(eval, outer, inner, error) < 0)
        return -1;
    *ret = value_bool(json_contains(outer, inner));
    return 0;
}

int json_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)
{
    const char *name = call->function->name;
    struct slice json = args[0].bytes;
    if (strcmp(name, "#>") == 0 || strcmp(name, "#>>") == 0)
        return follow_array(json, &args[1], name[2] == '>', eval->arena, ret);
    if ((name[0] == '?' || name[0] == '-') && args[1].kind == VALUE_ARRAY && price_of_search(eval, json, args[1].bytes, error) < 0)
        return -1;
    if (name[0] == '?')
        return has_keys(json, &args[1], name[1] == '&', ret);
    if (name[0] == '|')
        return join(json, args[1].bytes, eval, ret, error);
    if (name[0] == '-')
        return args[1].kind == VALUE_INT ? delete_element(json, args[1].integer, eval, ret, error) : delete_keys(json, &args[1], eval, ret, error);
    return json_call_contains(eval, args[1].bytes, json, ret, error);   /* <@ */
}

/* --- Making --- */

CALL(call_to_jsonb)
{
    struct buf built = { 0 };
    if (append_json(call->args[0]->type, &args[0], eval->arena, &built, error) < 0) {
        buf_done(&built);
        return -1;
    }
    return json_give_built(&built, eval, ret, error);
}

static int append_key(struct type type, const struct value *key, int number, struct buf *out, struct error *error)
{
    if (value_is_null(key))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "argument %d: key must not be null", number);
    struct buf text = { 0 };
    value_to_text(type, key, &text);
    mp_put_str(out, buf_slice(&text));
    buf_done(&text);
    return 0;
}

CALL(call_build_object)
{
    struct buf built = { 0 };
    int err = 0;
    if (call->count % 2 != 0) {
        fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "argument list must have even number of elements");
        return fail_hint(error, "the arguments of jsonb_build_object() must consist of alternating keys and values");
    }
    mp_put_map(&built, (uint32_t)call->count / 2);
    for (int i = 0; i < call->count && err == 0; i++) {
        struct type type = call->args[i]->type;
        err = i % 2 == 0 ? append_key(type, &args[i], i + 1, &built, error) : append_json(type, &args[i], eval->arena, &built, error);
    }
    if (err < 0) {
        buf_done(&built);
        return err;
    }
    return json_give_built(&built, eval, ret, error);
}

CALL(call_build_array)
{
    struct buf built = { 0 };
    mp_put_array(&built, (uint32_t)call->count);
    for (int i = 0; i < call->count; i++) {
        if (append_json(call->args[i]->type, &args[i], eval->arena, &built, error) < 0) {
            buf_done(&built);
            return -1;
        }
    }
    return json_give_built(&built, eval, ret, error);
}

/* Depth is bounded: stored JSON nests at most WIRE_DEPTH_MAX. */
static void strip_nulls(struct slice *json, struct buf *out)
{
    uint32_t count, left = 0;
    struct slice item, key;
    if (mp_array(json, &count)) {
        mp_put_array(out, count);
        for (uint32_t i = 0; i < count; i++)
            strip_nulls(json, out);
    } else if (mp_map(json, &count)) {
        struct buf kept = { 0 };
        for (uint32_t i = 0; i < count; i++) {
            mp_str(json, &key);
            if (mp_nil(json))
                continue;
            mp_put_str(&kept, key);
            strip_nulls(json, &kept);
            left++;
        }
        mp_put_map(out, left);
        buf_append_slice(out, buf_slice(&kept));
        buf_done(&kept);
    } else {
        mp_skip(json, &item);
        buf_append_slice(out, item);
    }
}

CALL(call_strip_nulls)
{
    struct buf built = { 0 };
    struct slice json = args[0].bytes;
    strip_nulls(&json, &built);
    return json_give_built(&built, eval, ret, error);
}

#define ROW(name, strict, variadic, count, args, ret, call) { name, FUNCTION_IMMUTABLE, strict, variadic, count, args, ret, EXPR_FUNCTION, call, false },
#define ARGS(...) { __VA_ARGS__ }
#define NONE(name, call) { name, FUNCTION_IMMUTABLE, false, false, 0, { 0 }, TYPE_JSONB, EXPR_FUNCTION, call, false },

static const struct function rows[] = {
    ROW("jsonb_typeof", true, false, 1, ARGS(TYPE_JSONB), TYPE_TEXT, call_typeof)
    ROW("jsonb_array_length", true, false, 1, ARGS(TYPE_JSONB), TYPE_INT4, call_array_length)
    ROW("jsonb_extract_path", true, true, 2, ARGS(TYPE_JSONB, TYPE_TEXT), TYPE_JSONB, call_extract_path)
    ROW("jsonb_extract_path_text", true, true, 2, ARGS(TYPE_JSONB, TYPE_TEXT), TYPE_TEXT, call_extract_path_text)
    ROW("to_jsonb", true, false, 1, ARGS(SIGNATURE_ANYELEMENT), TYPE_JSONB, call_to_jsonb)
    NONE("jsonb_build_object", call_build_object)
    NONE("jsonb_build_array", call_build_array)
    ROW("jsonb_build_object", false, true, 1, ARGS(SIGNATURE_ANY), TYPE_JSONB, call_build_object)
    ROW("jsonb_build_array", false, true, 1, ARGS(SIGNATURE_ANY), TYPE_JSONB, call_build_array)
    ROW("jsonb_strip_nulls", true, false, 1, ARGS(TYPE_JSONB), TYPE_JSONB, call_strip_nulls)
};
FUNCTION_TABLE(functions_json, rows);
