/* Random texts for values. Pools are small on purpose: equal values are what finds errors. */
#include "generate.h"

#include <stdlib.h>

#define POOL(array) ((array)[random_below(&g->random, (int)(sizeof(array) / sizeof *(array)))])

static const char *const words[] = {
    "", "a", "A", "ab", "abc", "alpha", "beta", "Gamma", "x y", "100%", "under_score", "back\\slash", "o'clock", "\"quoted\"",
    "é", "straße", "Straße", "STRASSE", "e\xcc\x81", "E", "Ä", "ä", "äb", "az", "z", "resume", "Résumé", "İi", "co-op", "coop", "Ключ", "日本", "😀", "/send-email", "/generate-text", "user@example.com", "10.0.0.1", "2025-01-01", " ", "\t",
};

static const char *text_random(struct generator *g)
{
    int kind = random_below(&g->random, 100);
    if (kind < 80)
        return POOL(words);
    if (kind < 95)
        return arena_printf(g->arena, "%s%d%s", POOL(words), random_below(&g->random, 100), POOL(words));
    /* Longer than a key keeps, with a common beginning: only the end tells them apart. */
    char *text = arena_alloc(g->arena, 900);
    int size = 300 + random_below(&g->random, 500);
    memset(text, 'k', (size_t)size);
    snprintf(text + size, 16, "%d", random_below(&g->random, 50));
    return text;
}

static const char *integer_random(struct generator *g, int64_t low, int64_t high)
{
    static const int64_t small[] = { -1, 0, 1, 2, 3, 5, 10, 60, 100, 3600 };
    int kind = random_below(&g->random, 100);
    int64_t value = POOL(small);
    if (kind >= 70 && kind < 95)
        value = random_below(&g->random, 2000) - 200;
    else if (kind >= 95)
        value = kind < 97 ? low : kind < 98 ? high : (int64_t)(random_next(&g->random) >> 34);
    return arena_printf(g->arena, "%lld", (long long)value);
}

/* Without a precision: no zero at the end, so that equal values are equal texts. */
static const char *numeric_random(struct generator *g, struct type type)
{
    if (type.precision > 0) {
        int whole = random_below(&g->random, 1000) - 300;
        return random_percent(&g->random, 30) ? arena_printf(g->arena, "%d", whole)
                                              : arena_printf(g->arena, "%d.%03d", whole, random_below(&g->random, 1000));
    }
    static const char *const some[] = { "0", "1", "-1", "0.5", "-0.001", "2000", "12345678901234567890.123456789", "1e20", "1e-10",
                                        "99999999999999999999", "0.1", "3.14159" };
    return random_percent(&g->random, 60) ? POOL(some) : arena_printf(g->arena, "%d.%d", random_below(&g->random, 5000),
                                                                      1 + random_below(&g->random, 9));
}

static const char *date_random(struct generator *g)
{
    static const char *const rare[] = { "infinity", "-infinity", "0001-01-01", "1969-12-31", "2024-02-29", "9999-12-31", "0044-03-15 BC" };
    if (random_percent(&g->random, 5))
        return POOL(rare);
    return arena_printf(g->arena, "2025-%02d-%02d", 1 + random_below(&g->random, 3), 1 + random_below(&g->random, 28));
}

static const char *time_random(struct generator *g)
{
    static const char *const rare[] = { "infinity", "-infinity", "0001-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00",
                                        "2024-02-29 12:00:00+00", "9999-12-31 23:59:59+00", "2025-03-30T02:30:00+02:00",
                                        "2025-01-01 00:00:00.000001-08", "2000-01-01" };
    if (random_percent(&g->random, 5))
        return POOL(rare);
    if (random_percent(&g->random, 50))
        return arena_printf(g->arena, "2025-01-%02d 12:00:00+00", 1 + random_below(&g->random, 20));
    return arena_printf(g->arena, "2025-%02d-%02d %02d:%02d:%02d.%06d+00", 1 + random_below(&g->random, 12),
                        1 + random_below(&g->random, 28), random_below(&g->random, 24), random_below(&g->random, 60),
                        random_below(&g->random, 60), random_below(&g->random, 1000000));
}

const char *value_uuid(struct generator *g)
{
    uint64_t a = random_next(&g->random), b = random_next(&g->random);
    return arena_printf(g->arena, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
                        (unsigned)a & 0xfff, (unsigned)(b >> 52), (unsigned long long)b & 0xffffffffffffu);
}

static void json_random(struct generator *g, struct buf *out, int depth)
{
    static const char *const keys[] = { "a", "b", "key", "nested", "ключ", "10", "" };
    static const char *const leaves[] = { "null", "true", "false", "0", "1", "-7", "1.5", "1.50", "123456789012345678901234567890", "1e3",
                                          "\"\"", "\"a\"", "\"x y\"", "\"é\\n\\\"\"", "\"1\"", "{}", "[]" };
    int kind = depth == 0 ? 0 : random_below(&g->random, 3);
    int count = random_below(&g->random, 4);
    if (kind == 0 && depth < 3) {
        buf_append_string(out, POOL(leaves));
        return;
    }
    buf_append_byte(out, kind == 1 ? '[' : '{');
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        if (kind != 1)
            buf_printf(out, "\"%s\":", POOL(keys));
        json_random(g, out, depth > 0 ? depth - 1 : 0);
    }
    buf_append_byte(out, kind == 1 ? ']' : '}');
}

static const char *json_text(struct generator *g)
{
    struct buf out = { 0 };
    json_random(g, &out, 3 - random_below(&g->random, 3));
    const char *text = arena_string(g->arena, buf_slice(&out));
    buf_done(&out);
    return text;
}

static const char *scalar_random(struct generator *g, struct type type)
{
    switch (type.id) {
    case TYPE_BOOL:
        return random_percent(&g->random, 50) ? "t" : "f";
    case TYPE_INT4:
        return integer_random(g, INT32_MIN, INT32_MAX);
    case TYPE_INT8:
        return integer_random(g, INT64_MIN, INT64_MAX);
    case TYPE_NUMERIC:
        return numeric_random(g, type);
    case TYPE_UUID:
        return random_percent(&g->random, 50) ? ORGANIZATION_A : value_uuid(g);
    case TYPE_TIMESTAMPTZ:
        return time_random(g);
    case TYPE_DATE:
        return date_random(g);
    case TYPE_JSONB:
        return json_text(g);
    default:
        return text_random(g);
    }
}

static const char *array_random(struct generator *g, struct type element)
{
    struct buf out = { 0 };
    int count = random_below(&g->random, 4);
    buf_append_byte(&out, '{');
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_append_byte(&out, ',');
        if (random_percent(&g->random, 10)) {
            buf_append_string(&out, "NULL");
            continue;
        }
        buf_append_byte(&out, '"');
        for (const char *text = scalar_random(g, element); *text != '\0'; text++) {
            if (*text == '"' || *text == '\\')
                buf_append_byte(&out, '\\');
            buf_append_byte(&out, (uint8_t)*text);
        }
        buf_append_byte(&out, '"');
    }
    buf_append_byte(&out, '}');
    const char *text = arena_string(g->arena, buf_slice(&out));
    buf_done(&out);
    return text;
}

const char *value_valid(struct generator *g, const struct meta_column *column)
{
    if (column->value_count > 0)
        return column->values[random_below(&g->random, column->value_count)];
    struct type type = column->type;
    if (!type.array)
        return scalar_random(g, type);
    type.array = false;
    return array_random(g, type);
}

const char *value_malformed(struct generator *g, const struct meta_column *column)
{
    static const char *const integers[] = { "abc", "", "1.5", "1e3", "99999999999999999999", "-3000000000", "0x1f", "1 2" };
    static const char *const numerics[] = { "abc", "", "1,5", "--1", "12345678901" };
    static const char *const booleans[] = { "maybe", "", "2", "tr ue" };
    static const char *const uuids[] = { "abc", "", "a0000000-0000-4000-8000-00000000000", "g0000000-0000-4000-8000-000000000000" };
    static const char *const times[] = { "abc", "", "2025-13-01", "2025-02-30", "2025-01-01 25:00:00", "300000-01-01" };
    static const char *const arrays[] = { "abc", "", "{a", "a}", "{a}b", "{\"a}" };
    static const char *const texts[] = { "\xff", "a\xc3", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80" };
    if (column->type.array)
        return POOL(arrays);
    switch (column->type.id) {
    case TYPE_INT4:
    case TYPE_INT8:
        return POOL(integers);
    case TYPE_NUMERIC:
        return column->type.precision > 0 ? POOL(numerics) : numerics[random_below(&g->random, 4)];
    case TYPE_BOOL:
        return POOL(booleans);
    case TYPE_UUID:
        return POOL(uuids);
    case TYPE_TIMESTAMPTZ:
    case TYPE_DATE:
        return POOL(times);
    case TYPE_TEXT:
        return POOL(texts);
    default:
        return NULL;
    }
}
