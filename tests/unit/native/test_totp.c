/* One-time passwords: the vectors of RFC 6238, appendix B, and RFC 4226, appendix D; drift and replays. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "native/access/totp.h"

static const struct slice secret = { (const uint8_t *)"12345678901234567890", 20 };

Test(totp, vectors_of_rfc_6238)
{
    static const struct { uint64_t seconds; const char *code; } vectors[] = {
        { 59, "94287082" }, { 1111111109, "07081804" }, { 1111111111, "14050471" },
        { 1234567890, "89005924" }, { 2000000000, "69279037" }, { 20000000000, "65353130" },
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char code[9];
        totp_code(secret, vectors[i].seconds / TOTP_STEP_S, 8, code);
        cr_assert(eq(str, code, (char *)vectors[i].code));
    }
}

Test(totp, vectors_of_rfc_4226)
{
    static const char *const codes[] = { "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489" };
    for (uint64_t step = 0; step < 10; step++) {
        char code[7];
        totp_code(secret, step, 6, code);
        cr_assert(eq(str, code, (char *)codes[step]));
    }
}

Test(totp, a_step_off_is_fine_two_are_not_and_none_works_twice)
{
    for (int64_t made = 1000; made < 1020; made++)
        for (int64_t now = 1000; now < 1020; now++)
            for (int64_t used = made - 2; used <= made + 1; used++) {
                char code[7];
                totp_code(secret, (uint64_t)made, 6, code);
                int64_t want = made - now <= 1 && now - made <= 1 && made > used ? made : -1;
                cr_assert(eq(i64, totp_match(secret, slice_of_string(code), (now * 30 + 7) * 1000000, used), want));
            }
    cr_assert(eq(i64, totp_match(secret, SLICE_LITERAL("75522"), 0, -1), -1));
    cr_assert(eq(i64, totp_match(secret, SLICE_LITERAL("755224"), 0, -1), 0), "the first step of all");
}

Test(base32, vectors_of_rfc_4648)
{
    static const struct { const char *bytes, *text; } vectors[] = {
        { "", "" }, { "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" }, { "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" }, { "foobar", "MZXW6YTBOI" },
    };
    uint8_t bytes[16];
    size_t size;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct buf text = { 0 };
        base32_encode(slice_of_string(vectors[i].bytes), &text);
        cr_assert(eq(str, (char *)buf_text(&text), (char *)vectors[i].text));
        cr_assert(base32_decode(buf_slice(&text), bytes, sizeof bytes, &size));
        cr_assert(slice_equal(slice_of(bytes, size), slice_of_string(vectors[i].bytes)));
        buf_done(&text);
    }
    cr_assert(base32_decode(SLICE_LITERAL("mzxw6"), bytes, sizeof bytes, &size));
    cr_assert(not(base32_decode(SLICE_LITERAL("MZXW0"), bytes, sizeof bytes, &size)));
    cr_assert(not(base32_decode(SLICE_LITERAL("MZXW6YTBOI"), bytes, 5, &size)));
}
