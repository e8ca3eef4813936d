/* JSON: what PostgreSQL normalises is normal, from text and from the wire alike; broken text is refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "random_value.h"

static struct arena arena;
static void begin(void) { arena_init(&arena, SIZE_MAX); }
static void end(void) { arena_done(&arena); }
TestSuite(json, .init = begin, .fini = end);

static struct slice parse(const char *text)
{
    struct slice json;
    struct error error;
    cr_assert(eq(int, json_parse(slice_of_string(text), &arena, &json, &error), 0), "%s: %s, %s", text, error.message, error.detail);
    return json;
}

static const char *text_of(struct slice json)
{
    struct buf text = { 0 };
    json_to_text(json, &text);
    const char *copy = arena_string(&arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

struct text_case { char in[80], out[80]; enum sqlstate state; };

ParameterizedTestParameters(json, text)
{
    static struct text_case cases[] = {
        { " { \"b\":1,\"aa\":2 , \"a\":3,\"b\":4 } ", "{\"a\": 3, \"b\": 4, \"aa\": 2}", 0 },
        { "[1,[ ],{}, null,true,\"x\"]", "[1, [], {}, null, true, \"x\"]", 0 },
        { "1.50", "1.50", 0 }, { "1.5", "1.5", 0 }, { "1.0", "1.0", 0 }, { "1e3", "1000", 0 }, { "1e-3", "0.001", 0 }, { "-0", "0", 0 },
        { "-0.0", "0.0", 0 }, { "18446744073709551615", "18446744073709551615", 0 }, { "18446744073709551616", "18446744073709551616", 0 },
        { "-9223372036854775808", "-9223372036854775808", 0 }, { "-9223372036854775809", "-9223372036854775809", 0 },
        { "100000000000000000000.5", "100000000000000000000.5", 0 }, 
        { "\"\\u0041\\n\\ud83d\\ude00\\/\"", "\"A\\n\xf0\x9f\x98\x80/\"", 0 }, { "\"\\u0001\\u007f\"", "\"\\u0001\x7f\"", 0 },
        { "\"\\\\u0000\"", "\"\\\\u0000\"", 0 },
        { "", "", SQLSTATE_INVALID_TEXT }, { "nul", "", SQLSTATE_INVALID_TEXT }, { "{a:1}", "", SQLSTATE_INVALID_TEXT },
        { "[1,]", "", SQLSTATE_INVALID_TEXT }, { "1 2", "", SQLSTATE_INVALID_TEXT }, { "01", "", SQLSTATE_INVALID_TEXT },
        { "1\"", "", SQLSTATE_INVALID_TEXT }, { "{} \"", "", SQLSTATE_INVALID_TEXT }, { "\"a\"\"", "", SQLSTATE_INVALID_TEXT },
        { "\"abc", "", SQLSTATE_INVALID_TEXT }, { "[", "", SQLSTATE_INVALID_TEXT }, { "\"\t\"", "", SQLSTATE_INVALID_TEXT },
        { "\"\\ud83d\"", "", SQLSTATE_INVALID_TEXT }, { "\"\\ude00\"", "", SQLSTATE_INVALID_TEXT }, { "/**/1", "", SQLSTATE_INVALID_TEXT },
        { "NaN", "", SQLSTATE_INVALID_TEXT }, { "\"\\u0000\"", "", SQLSTATE_UNTRANSLATABLE_CHARACTER },
        { "\"\xff\"", "", SQLSTATE_CHARACTER_NOT_IN_REPERTOIRE }, { "1e200000", "", SQLSTATE_NUMERIC_OUT_OF_RANGE },
    };
    return cr_make_param_array(struct text_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct text_case *t, json, text)
{
    struct slice json;
    struct error error = { 0 };
    begin();
    int result = json_parse(slice_of_string(t->in), &arena, &json, &error);
    cr_assert(eq(int, (int)error.state, (int)t->state), "%s: %s, %s", t->in, error.message, error.detail);
    if (result == 0)
        cr_assert(eq(str, (char *)text_of(json), t->out));
    end();
}

static const char *hex_of(struct slice bytes)
{
    char *hex = arena_alloc(&arena, 2 * bytes.size + 1);
    for (size_t i = 0; i < bytes.size; i++)
        sprintf(hex + 2 * i, "%02x", bytes.data[i]);
    return hex;
}

Test(json, stored_bytes)
{
    static const struct { const char *text, *hex; } cases[] = {
        { "7", "07" }, { "-1", "ff" }, { "1e3", "cd03e8" }, { "1.5", "cb3ff8000000000000" }, { "0.1", "cb3fb999999999999a" },
        { "1.50", "c70301" "02150c" }, { "1.0", "c70301" "01010c" }, { "18446744073709551615", "cfffffffffffffffff" },
        { "null", "c0" }, { "\"a\"", "a161" }, { "{\"b\":1,\"a\":[true,false]}", "82a16192c3c2a16201" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *hex = hex_of(parse(cases[i].text));
        cr_assert(eq(str, (char *)hex, (char *)cases[i].hex), "%s", cases[i].text);
    }
}

Test(json, depth_is_limited)
{
    for (int depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        struct buf text = { 0 }, wire = { 0 };
        struct slice json;
        struct error error = { 0 };
        int expected = depth > JSON_DEPTH_MAX ? -1 : 0;
        for (int i = 0; i < depth; i++) {
            buf_append_string(&text, i % 2 == 0 ? "[" : "{\"a\":");
            if (i % 2 == 0)
                mp_put_array(&wire, 1);
            else {
                mp_put_map(&wire, 1);
                mp_put_string(&wire, "a");
            }
        }
        buf_append_string(&text, "1");
        mp_put_int(&wire, 1);
        for (int i = depth - 1; i >= 0; i--)
            buf_append_string(&text, i % 2 == 0 ? "]" : "}");
        cr_assert(eq(int, json_parse(buf_slice(&text), &arena, &json, &error), expected));
        cr_assert(eq(int, json_check(buf_slice(&text), &error), expected));
        struct slice rest = buf_slice(&wire);
        cr_assert(eq(int, json_from_wire(&rest, &arena, &json, &error), expected));
        cr_assert(eq(int, (int)error.state, depth > JSON_DEPTH_MAX ? (int)SQLSTATE_STATEMENT_TOO_COMPLEX : 0));
        buf_done(&text);
        buf_done(&wire);
    }
}

/* What a client packs without our care: unsorted, doubled keys, longer forms. */
Test(json, from_the_wire_as_from_text)
{
    static const struct { const char *wire; size_t size; const char *text; } cases[] = {
        { "\x83\xa1" "b\x01\xa1" "a\x02\xa1" "b\x03", 10, "{\"a\": 2, \"b\": 3}" },
        { "\xde\x00\x01\xd9\x01" "a\xd1\x00\x05", 9, "{\"a\": 5}" },
        { "\xcb\x3f\xf0\0\0\0\0\0\0", 9, "1" }, { "\xca\x3d\xcc\xcc\xcd", 5, "0.1" }, { "\xcb\x44\xb5\x2d\x02\xc7\xe1\x4a\xf6", 9, "99999999999999990000000" },
        { "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9, "18446744073709551615" }, { "\xd5\x01\x00\x5c", 4, "5" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice rest = slice_of(cases[i].wire, cases[i].size), json;
        struct error error;
        cr_assert(eq(int, json_from_wire(&rest, &arena, &json, &error), 0), "%s: %s", cases[i].text, error.message);
        cr_assert(eq(sz, rest.size, 0));
        cr_assert(slice_equal(json, parse(cases[i].text)), "%s: %s", cases[i].text, text_of(json));
    }
    static const struct { const char *wire; size_t size; } refused[] = {
        { "\xc4\x01x", 3 }, { "\x81\x01\x02", 3 }, { "\xd4\x05\x01", 3 }, { "\xcb\x7f\xf8\0\0\0\0\0\0", 9 }, { "\xa1\xff", 2 }, { "\xa1\0", 2 },
        { "\x81\xa1\xff\x01", 4 }, { "\xd4\x01\x01", 3 },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct slice rest = slice_of(refused[i].wire, refused[i].size), json;
        struct error error;
        cr_assert(eq(int, json_from_wire(&rest, &arena, &json, &error), -1), "case %zu", i);
    }
}

Test(json, members_and_elements)
{
    struct slice json = parse("{\"a\": [10, {\"b\": null}], \"long key\": \"x\"}"), found, text;
    cr_assert(json_member(json, SLICE_LITERAL("long key"), &found));
    cr_assert(json_as_text(found, &arena, &text));
    cr_assert(slice_is(text, "x"));
    cr_assert(not(json_member(json, SLICE_LITERAL("b"), &found)));
    cr_assert(json_member(json, SLICE_LITERAL("a"), &json));
    cr_assert(json_element(json, -2, &found));
    cr_assert(eq(str, (char *)text_of(found), "10"));
    cr_assert(not(json_element(json, 2, &found) || json_element(json, -3, &found)));
    cr_assert(json_element(json, 1, &found));
    cr_assert(json_as_text(found, &arena, &text));
    cr_assert(slice_is(text, "{\"b\": null}"));
    cr_assert(json_member(found, SLICE_LITERAL("b"), &found));
    cr_assert(not(json_as_text(found, &arena, &text)), "null has no text");
}

Test(json, order_and_containment)
{
    static const char *const ascending[] = { "[]", "null", "\"\"", "\"a\"", "-1", "1", "1.5", "false", "true", "[1]", "[2]", "[[]]", "[1, 1]",
                                             "{}", "{\"a\": 1}", "{\"a\": 2}", "{\"b\": 0}", "{\"a\": 1, \"b\": 1}" };
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        for (size_t j = 0; j < sizeof ascending / sizeof *ascending; j++)
            cr_assert(eq(int, json_compare(parse(ascending[i]), parse(ascending[j])), (i > j) - (i < j)), "%s, %s", ascending[i], ascending[j]);
    cr_assert(eq(int, json_compare(parse("1.0"), parse("1")), 0));
    static const struct { const char *outer, *inner; bool contains; } cases[] = {
        { "{\"a\": 1, \"b\": [1, 2]}", "{\"b\": [2]}", true }, { "{\"a\": 1}", "{\"a\": 1.0}", true }, { "[1, 2]", "1", true }, { "1", "[1]", false },
        { "[1, [2, 3]]", "[[3]]", true }, { "[1, [2]]", "[2]", false }, { "{\"a\": {}}", "{\"a\": []}", false }, { "[]", "[]", true },
        { "[{\"a\": 1, \"b\": 2}]", "[{\"a\": 1}, {\"b\": 2}]", true }, { "{\"a\": [1]}", "{\"a\": 1}", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_assert(eq(int, json_contains(parse(cases[i].outer), parse(cases[i].inner)), cases[i].contains), "%s, %s", cases[i].outer, cases[i].inner);
}

static bool same_key(const char *a, const char *b)
{
    struct buf x = { 0 }, y = { 0 };
    struct value first = value_json(parse(a)), second = value_json(parse(b));
    value_key(type_of(TYPE_JSONB), &first, (struct key_order){ false, false }, &x);
    value_key(type_of(TYPE_JSONB), &second, (struct key_order){ false, false }, &y);
    bool same = slice_equal(buf_slice(&x), buf_slice(&y));
    cr_assert(eq(int, same, json_compare(first.bytes, second.bytes) == 0), "%s, %s", a, b);
    buf_done(&x);
    buf_done(&y);
    return same;
}

/* Stored apart, since they print apart, and yet equal. */
Test(json, equal_numbers_have_one_key)
{
    static const char *const equal[][2] = { { "1", "1.0" }, { "100", "100.00" }, { "0", "-0.0" }, { "1.5", "1.500" }, { "-2.5", "-2.50" },
                                            { "18446744073709551615", "18446744073709551615.0" }, { "1e30", "1000000000000000000000000000000.0" },
                                            { "0.001", "1.0e-3" }, { "[1, {\"a\": 2.0}]", "[1.0, {\"a\": 2}]" } };
    for (size_t i = 0; i < sizeof equal / sizeof *equal; i++) {
        cr_assert(same_key(equal[i][0], equal[i][1]), "%s", equal[i][0]);
        cr_assert(not(slice_equal(parse(equal[i][0]), parse(equal[i][1]))), "%s", equal[i][0]);
    }
    cr_assert(not(same_key("1", "10") || same_key("1", "-1") || same_key("1", "\"1\"") || same_key("[1]", "[[1]]") || same_key("[]", "{}")));
}

Test(json, any_text_is_read_within_its_bounds)
{
    struct random r = { random_seed() };
    for (int i = 0; i < 10000; i++, arena_reset(&arena)) {
        struct buf text = { 0 };
        struct slice json;
        struct error error;
        random_json_text(&r, &arena, 0, &text);
        for (int change = 0; change < 3; change++)
            text.data[random_below(&r, text.size)] = (uint8_t)"{}[]\",:\\u0d8e-.+ 1"[random_below(&r, 19)];
        size_t size = random_below(&r, text.size + 1);
        uint8_t *exact = malloc(size > 0 ? size : 1);
        memcpy(exact, text.data, size);
        if (json_parse(slice_of(exact, size), &arena, &json, &error) == 0) {
            cr_assert(eq(int, json_check(slice_of(exact, size), &error), 0), "what jsonb takes, json takes");
            cr_assert(slice_equal(json, parse(text_of(json))));
        }
        free(exact);
        buf_done(&text);
    }
}

Test(json, of_any_value)
{
    static const struct { enum type_id id; const char *text, *json; } cases[] = {
        { TYPE_TIMESTAMPTZ, "2025-01-02 03:04:05.678", "\"2025-01-02T03:04:05.678+00:00\"" }, { TYPE_TIMESTAMP, "2025-01-02", "\"2025-01-02T00:00:00\"" },
        { TYPE_TIMESTAMPTZ, "0044-03-15 BC", "\"0044-03-15T00:00:00+00:00 BC\"" }, { TYPE_TIMESTAMPTZ, "infinity", "\"infinity\"" },
        { TYPE_DATE, "2025-01-02", "\"2025-01-02\"" }, { TYPE_BOOL, "t", "true" }, { TYPE_NUMERIC, "1.50", "1.50" }, { TYPE_FLOAT8, "NaN", "\"NaN\"" },
        { TYPE_TEXT, "a\"b", "\"a\\\"b\"" }, { TYPE_BYTEA, "\\x01", "\"\\\\x01\"" }, { TYPE_JSON, "{ }", "{ }" }, { TYPE_JSONB, "{ }", "{}" },
        { TYPE_INTERVAL, "1 day", "\"1 day\"" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value value;
        struct error error;
        struct buf out = { 0 };
        cr_assert(eq(int, value_from_text(type_of(cases[i].id), slice_of_string(cases[i].text), &arena, &value, &error), 0));
        json_from_value(type_of(cases[i].id), &value, &out);
        cr_assert(eq(str, (char *)buf_text(&out), (char *)cases[i].json));
        buf_done(&out);
    }
}
