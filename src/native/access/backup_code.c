/* Codes for the day when the phone is lost: generate_backup_codes, verify_backup_code.
 *
 * A code has 80 random bits, so one round of SHA-256 with a salt is enough: nobody tries them all. Kept as
 * "sha256$<salt>$<digest>", both in hexadecimal, in user_2fa_settings.backup_codes; one that was used is taken out. */
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "native/access/totp.h"
#include "native/access/two_factor.h"
#include "native/groups.h"
#include "value/array.h"

#define CODE_BYTES 10
#define CODE_LETTERS 16
#define SALT_SIZE 16
#define CODES_MAX 20

static void put_hex(struct buf *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_printf(out, "%02x", bytes[i]);
}

static void put_hash(struct buf *out, const uint8_t salt[SALT_SIZE], struct slice letters)
{
    uint8_t message[SALT_SIZE + CODE_LETTERS], digest[SHA256_DIGEST_LENGTH];
    memcpy(message, salt, SALT_SIZE);
    memcpy(message + SALT_SIZE, letters.data, CODE_LETTERS);
    SHA256(message, sizeof message, digest);
    buf_append_string(out, "sha256$");
    put_hex(out, salt, SALT_SIZE);
    buf_append_byte(out, '$');
    put_hex(out, digest, sizeof digest);
}

/* A new code: to `letters` in groups of four, and its hash. */
static struct value make_code(struct request *rq, struct buf *shown)
{
    uint8_t random[CODE_BYTES + SALT_SIZE];
    struct buf letters = { 0 }, hash = { 0 };
    sys_random(rq->sys, random, sizeof random);
    base32_encode(slice_of(random, CODE_BYTES), &letters);
    put_hash(&hash, random + CODE_BYTES, buf_slice(&letters));
    for (size_t i = 0; i < letters.size; i++) {
        if (i > 0 && i % 4 == 0)
            buf_append_byte(shown, '-');
        buf_append_byte(shown, letters.data[i]);
    }
    struct value kept = value_text(arena_copy(rq->arena, buf_slice(&hash)));
    buf_done(&letters);
    buf_done(&hash);
    return kept;
}

enum { GENERATE_USER, GENERATE_COUNT };

static int generate_backup_codes(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    struct draft draft;
    struct value kept[CODES_MAX];
    struct buf codes = { 0 };
    int64_t count;
    if (native_integer(rq, &values[GENERATE_COUNT], "count", 10, 1, CODES_MAX, &count) < 0 ||
        second_factor_open(&factor, rq, &values[GENERATE_USER]) < 0 || second_factor_ready(&factor) < 0)
        return -1;
    mp_put_array(&codes, (uint32_t)count);
    for (int i = 0; i < count; i++) {
        struct buf shown = { 0 };
        kept[i] = make_code(rq, &shown);
        mp_put_str(&codes, buf_slice(&shown));
        buf_done(&shown);
    }
    draft_start(&draft, rq, factor.table);
    draft_set(&draft, "backup_codes", array_build(type_of(TYPE_TEXT), kept, (int)count, rq->arena));
    draft_set(&draft, "backup_codes_remaining", value_int(count));
    int result = draft_update(&draft, &factor.row, NULL);
    if (result == 0) {
        mp_put_map(out, 1);
        mp_put_string(out, "codes");
        buf_append_slice(out, buf_slice(&codes));
    }
    buf_done(&codes);
    return result;
}

/* The letters of a code as typed: case, hyphens and spaces do not matter. */
static bool read_code(struct slice text, uint8_t letters[CODE_LETTERS])
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '-' || c == ' ')
            continue;
        if (count == CODE_LETTERS)
            return false;
        letters[count++] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
    }
    return count == CODE_LETTERS;
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(struct slice text, uint8_t *ret, size_t size)
{
    if (text.size < 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool hash_is_of(struct slice hash, const uint8_t letters[CODE_LETTERS])
{
    const size_t front = strlen("sha256$");
    uint8_t salt[SALT_SIZE];
    struct buf expected = { 0 };
    if (hash.size <= front || !unhex(slice_of(hash.data + front, hash.size - front), salt, sizeof salt))
        return false;
    put_hash(&expected, salt, slice_of(letters, CODE_LETTERS));
    bool same = expected.size == hash.size && CRYPTO_memcmp(expected.data, hash.data, hash.size) == 0;
    buf_done(&expected);
    return same;
}

enum { CODE_CODE, CODE_USER, CODE_ADDRESS, CODE_AGENT };

/* Takes the code out of the list; whether it was there. `rest` keeps the others, CODES_MAX of them at most. */
static bool take_code(const struct value *codes, struct slice text, struct value *rest, int *ret_left)
{
    uint8_t letters[CODE_LETTERS];
    struct value each;
    bool found = false;
    *ret_left = 0;
    if (!read_code(text, letters) || value_is_null(codes))
        return false;
    for (struct slice in = array_elements(codes); array_next(type_of(TYPE_TEXT), &in, &each);) {
        if (!found && !value_is_null(&each) && hash_is_of(each.bytes, letters))
            found = true;
        else if (*ret_left < CODES_MAX)
            rest[(*ret_left)++] = each;
    }
    return found;
}

static int verify_backup_code(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    struct draft draft;
    struct value rest[CODES_MAX];
    int left;
    if (second_factor_open(&factor, rq, &values[CODE_USER]) < 0 || second_factor_ready(&factor) < 0)
        return -1;
    bool good = take_code(found_column(factor.table, &factor.row, "backup_codes"), values[CODE_CODE].bytes, rest, &left);
    if (second_factor_attempt(&factor, "backup_code", good, &values[CODE_ADDRESS], &values[CODE_AGENT]) < 0)
        return -1;
    int64_t remaining = good ? left : found_int(factor.table, &factor.row, "backup_codes_remaining", 0);
    draft_start(&draft, rq, factor.table);
    draft_set(&draft, "backup_codes", array_build(type_of(TYPE_TEXT), rest, left, rq->arena));
    draft_set(&draft, "backup_codes_remaining", value_int(remaining));
    draft_set(&draft, "last_verified_at", value_time(rq->now_us));
    if (good && draft_update(&draft, &factor.row, NULL) < 0)
        return -1;
    mp_put_map(out, 2);
    put_bool(out, "success", good);
    put_int(out, "backup_codes_remaining", remaining);
    return 0;
}

const struct native_function backup_code_functions[] = {
    { .name = "generate_backup_codes", .writes = true, .caller = CALLER_SIGNED_IN, .run = generate_backup_codes,
      .returns = "{codes: [text]}", .summary = "new codes in place of the old ones; they are shown this once",
      .parameters = { [GENERATE_USER] = USER_PARAMETER,
                      [GENERATE_COUNT] = { "count", TYPE_INT4, false, false, "1 to 20; 10 when left out" } } },
    { .name = "verify_backup_code", .writes = true, .caller = CALLER_SIGNED_IN, .refusal = SQLSTATE_INVALID_AUTHORIZATION,
      .keeps_refusal = true, .run = verify_backup_code,
      .returns = "{success, backup_codes_remaining}", .summary = "checks a backup code, which works once",
      .parameters = { [CODE_CODE] = { "code", TYPE_TEXT, false, true, "as shown; case and hyphens do not matter" },
                      [CODE_USER] = USER_PARAMETER,
                      [CODE_ADDRESS] = { "ip_address", TYPE_TEXT, false, false, "for the log" },
                      [CODE_AGENT] = { "user_agent", TYPE_TEXT, false, false, "for the log" } } },
    { .name = NULL },
};
