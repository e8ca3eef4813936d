#include "native/access/totp.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "value/time.h"

void totp_code(struct slice secret, uint64_t step, int digits, char *ret)
{
    static const uint32_t powers[] = { [6] = 1000000, [7] = 10000000, [8] = 100000000 };
    uint8_t counter[8], hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    assert(digits >= 6 && digits <= 8);
    for (int i = 0; i < 8; i++)
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    const uint8_t *made = HMAC(EVP_sha1(), secret.data, (int)secret.size, counter, sizeof counter, hash, &size);
    assert(made != NULL);
    const uint8_t *at = hash + (hash[size - 1] & 15);
    uint32_t number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    number %= powers[digits];
    ret[digits] = '\0';
    for (int i = digits; i-- > 0; number /= 10)
        ret[i] = (char)('0' + number % 10);
}

int64_t totp_match(struct slice secret, struct slice code, int64_t now_us, int64_t used)
{
    int64_t now = now_us / US_PER_SECOND / TOTP_STEP_S, matched = -1;
    char expected[TOTP_DIGITS + 1];
    if (code.size != TOTP_DIGITS)
        return -1;
    for (int64_t step = now - TOTP_DRIFT; step <= now + TOTP_DRIFT; step++) {
        if (step < 0)
            continue;
        totp_code(secret, (uint64_t)step, TOTP_DIGITS, expected);
        if (CRYPTO_memcmp(expected, code.data, TOTP_DIGITS) == 0 && step > used && matched < 0)
            matched = step;
    }
    return matched;
}

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void base32_encode(struct slice bytes, struct buf *out)
{
    uint32_t held = 0;
    int bits = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        held = held << 8 | bytes.data[i];
        for (bits += 8; bits >= 5; bits -= 5)
            buf_append_byte(out, (uint8_t)letters[held >> (bits - 5) & 31]);
    }
    if (bits > 0)
        buf_append_byte(out, (uint8_t)letters[held << (5 - bits) & 31]);
}

static int letter_value(uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        c = (uint8_t)(c - 'a' + 'A');
    const char *at = c == '\0' ? NULL : strchr(letters, c);
    return at == NULL ? -1 : (int)(at - letters);
}

bool base32_decode(struct slice text, uint8_t *ret, size_t size, size_t *ret_size)
{
    uint32_t held = 0;
    int bits = 0;
    *ret_size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = letter_value(text.data[i]);
        if (value < 0)
            return false;
        held = held << 5 | (uint32_t)value;
        bits += 5;
        if (bits < 8)
            continue;
        if (*ret_size == size)
            return false;
        bits -= 8;
        ret[(*ret_size)++] = (uint8_t)(held >> bits);
    }
    return true;
}
