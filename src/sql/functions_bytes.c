/* Digests and hexadecimal digits. */
#include <openssl/evp.h>

#include "sql/function.h"

#define CALL(name) static int name(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error)

static int give_text(struct buf *built, struct arena *arena, struct value *ret)
{
    *ret = value_text(arena_copy(arena, buf_slice(built)));
    buf_done(built);
    return 0;
}

static void append_hex(struct buf *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_printf(out, "%02x", bytes[i]);
}

CALL(call_md5)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(args[0].bytes.data, args[0].bytes.size, digest, &size, EVP_md5(), NULL) != 1)
        return fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "this machine's OpenSSL refuses MD5");
    struct buf built = { 0 };
    append_hex(&built, digest, size);
    return give_text(&built, eval->arena, ret);
}

CALL(call_sha256)
{
    uint8_t *digest = arena_alloc(eval->arena, EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (EVP_Digest(args[0].bytes.data, args[0].bytes.size, digest, &size, EVP_sha256(), NULL) != 1)
        return fail(error, SQLSTATE_INTERNAL_ERROR, "SHA-256 failed");
    *ret = (struct value){ .kind = VALUE_BYTES, .bytes = slice_of(digest, size) };
    return 0;
}

static int only_hex(const struct value *format, struct error *error)
{
    if (slice_is(format->bytes, "hex"))
        return 0;
    return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "unrecognized encoding: \"%.*s\"", SLICE_FMT(format->bytes));
}

CALL(call_encode)
{
    if (only_hex(&args[1], error) < 0)
        return -1;
    struct buf built = { 0 };
    append_hex(&built, args[0].bytes.data, args[0].bytes.size);
    return give_text(&built, eval->arena, ret);
}

/* bytea's own text form is \x and hexadecimal digits. */
CALL(call_decode)
{
    if (only_hex(&args[1], error) < 0)
        return -1;
    const char *text = arena_printf(eval->arena, "\\x%.*s", SLICE_FMT(args[0].bytes));
    return value_from_text(type_of(TYPE_BYTEA), slice_of_string(text), eval->arena, ret, error);
}

#define ROW1(name, arg, ret, call) { name, FUNCTION_IMMUTABLE, true, false, 1, { arg }, ret, EXPR_FUNCTION, call, false },
#define ROW2(name, first, second, ret, call) { name, FUNCTION_IMMUTABLE, true, false, 2, { first, second }, ret, EXPR_FUNCTION, call, false },

static const struct function rows[] = {
    ROW1("md5", TYPE_TEXT, TYPE_TEXT, call_md5)
    ROW1("md5", TYPE_BYTEA, TYPE_TEXT, call_md5)
    ROW1("sha256", TYPE_BYTEA, TYPE_BYTEA, call_sha256)
    ROW2("encode", TYPE_BYTEA, TYPE_TEXT, TYPE_TEXT, call_encode)
    ROW2("decode", TYPE_TEXT, TYPE_TEXT, TYPE_BYTEA, call_decode)
};
FUNCTION_TABLE(functions_bytes, rows);
