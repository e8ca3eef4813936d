#include "value/mp_digest.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"

/* Two digests, or a digest and zeros, and what kind of thing they make. */
struct pair {
    uint8_t first[MP_DIGEST_SIZE], second[MP_DIGEST_SIZE];
    uint8_t type;
};

static void digest_bytes(enum mp_type type, int8_t ext, struct slice bytes, uint8_t digest[static MP_DIGEST_SIZE])
{
    struct pair pair = { .type = (uint8_t)type, .second = { (uint8_t)ext } };
    hash128(bytes, pair.first);
    hash128(slice_of(&pair, sizeof pair), digest);
}

static void digest_number(enum mp_type type, uint64_t bits, uint8_t digest[static MP_DIGEST_SIZE])
{
    digest_bytes(type, 0, slice_of(&bits, sizeof bits), digest);
}

static void digest_float(double real, uint8_t digest[static MP_DIGEST_SIZE])
{
    uint64_t bits;
    if (real >= (double)INT64_MIN && real < -(double)INT64_MIN && real == floor(real)) {
        digest_number(MP_INT, (uint64_t)(int64_t)real, digest);
        return;
    }
    real = isnan(real) ? (double)NAN : real;
    memcpy(&bits, &real, sizeof bits);
    digest_number(MP_DOUBLE, bits, digest);
}

void mp_digest_add(uint8_t digest[static MP_DIGEST_SIZE], struct slice *in)
{
    struct pair pair = { .type = MP_ARRAY };
    memcpy(pair.first, digest, sizeof pair.first);
    mp_digest(in, pair.second);
    hash128(slice_of(&pair, sizeof pair), digest);
}

static void digest_map(struct slice *in, uint8_t digest[static MP_DIGEST_SIZE])
{
    struct pair pair = { .type = MP_MAP };
    unsigned __int128 sum = 0, one;
    uint32_t count = 0;
    mp_map(in, &count);
    for (uint32_t i = 0; i < count; i++) {
        mp_digest(in, pair.first);
        mp_digest(in, pair.second);
        hash128(slice_of(&pair, sizeof pair), (uint8_t *)&one);
        sum += one;
    }
    digest_bytes(MP_MAP, 0, slice_of(&sum, sizeof sum), digest);
}

static void digest_array(struct slice *in, uint8_t digest[static MP_DIGEST_SIZE])
{
    uint32_t count = 0;
    mp_array(in, &count);
    digest_number(MP_ARRAY, count, digest);
    for (uint32_t i = 0; i < count; i++)
        mp_digest_add(digest, in);
}

void mp_digest(struct slice *in, uint8_t digest[static MP_DIGEST_SIZE])
{
    enum mp_type type = mp_peek(*in);
    int64_t integer = 0;
    uint64_t natural = 0;
    double real = 0;
    struct slice bytes = { 0 };
    int8_t ext = 0;
    bool boolean = false;
    switch (type) {
    case MP_NIL:    mp_nil(in); digest_number(type, 0, digest); return;
    case MP_BOOL:   mp_bool(in, &boolean); digest_number(type, boolean, digest); return;
    case MP_INT:    mp_int(in, &integer); digest_number(type, (uint64_t)integer, digest); return;
    case MP_UINT:   mp_uint(in, &natural); digest_number(type, natural, digest); return;
    case MP_FLOAT:
    case MP_DOUBLE: mp_double(in, &real); digest_float(real, digest); return;
    case MP_STR:    mp_str(in, &bytes); digest_bytes(type, 0, bytes, digest); return;
    case MP_BIN:    mp_bin(in, &bytes); digest_bytes(type, 0, bytes, digest); return;
    case MP_EXT:    mp_ext(in, &ext, &bytes); digest_bytes(type, ext, bytes, digest); return;
    case MP_ARRAY:  digest_array(in, digest); return;
    case MP_MAP:    digest_map(in, digest); return;
    case MP_BAD:    break;
    }
    assert(!"checked MessagePack");
}
