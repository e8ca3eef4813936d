/* Sealing against C2SP's vectors, and that nothing else opens; the keyring. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "crypto/keyring.h"

/* A machine whose random bytes are a known nonce. */
static void known_nonce(struct sys *sys, void *out, size_t size)
{
    cr_assert_eq(size, SEAL_NONCE_SIZE);
    memcpy(out, "ABCDEFGHIJKLMNOPQRSTUVWX", size);
}
static struct sys known = { .random = known_nonce };

static void from_hex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++)
        out[i] = (uint8_t)strtoul((const char[3]){ hex[2 * i], hex[2 * i + 1], '\0' }, NULL, 16);
}

struct vector { uint8_t key_byte; char associated[32], sealed[64]; };

/* C2SP, XAES-256-GCM.md, "Test vectors": of the second one, doubling L carries. */
ParameterizedTestParameters(seal, vectors)
{
    static struct vector vectors[] = {
        { 0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271" },
        { 0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d" },
    };
    return cr_make_param_array(struct vector, vectors, sizeof vectors / sizeof *vectors);
}

ParameterizedTest(struct vector *v, seal, vectors)
{
    struct seal_key key;
    uint8_t sealed[12 + SEAL_OVERHEAD], expected[12 + SEAL_TAG_SIZE], clear[12];
    memset(key.bytes, v->key_byte, sizeof key.bytes);
    from_hex(v->sealed, expected);
    seal_close(&key, &known, slice_of_string(v->associated), SLICE_LITERAL("XAES-256-GCM"), sealed);
    cr_assert_eq(memcmp(sealed, "ABCDEFGHIJKLMNOPQRSTUVWX", SEAL_NONCE_SIZE), 0);
    cr_assert_eq(memcmp(sealed + SEAL_NONCE_SIZE, expected, sizeof expected), 0);
    cr_assert(seal_open(&key, slice_of_string(v->associated), slice_of(sealed, sizeof sealed), clear));
    cr_assert_eq(memcmp(clear, "XAES-256-GCM", 12), 0);
}

/* Every size up to some blocks, with and without associated data; every byte of what is sealed and associated counts. */
Test(seal, nothing_else_opens)
{
    struct seal_key key = { "thirty-two bytes of a secret key" }, other = key;
    uint8_t clear[64], sealed[64 + SEAL_OVERHEAD], out[64], associated[40] = "the key of a row";
    memset(clear, 0x5a, sizeof clear);
    other.bytes[31] ^= 1;
    for (size_t size = 0; size <= sizeof clear; size++) {
        struct slice with = slice_of(associated, size % sizeof associated), whole = slice_of(sealed, size + SEAL_OVERHEAD);
        seal_close(&key, sys_real(), with, slice_of(clear, size), sealed);
        cr_assert(seal_open(&key, with, whole, out));
        cr_assert_eq(memcmp(out, clear, size), 0);
        cr_assert(!seal_open(&other, with, whole, out));
        cr_assert(size == 0 || out[0] == 0, "what did not open is wiped");
        for (size_t i = 0; i < whole.size; i++) {
            sealed[i] ^= (uint8_t)(1u << (i % 8));
            cr_assert(!seal_open(&key, with, whole, out), "size %zu, byte %zu", size, i);
            sealed[i] ^= (uint8_t)(1u << (i % 8));
        }
        for (size_t i = 0; i < with.size; i++) {
            associated[i] ^= 0x80;
            cr_assert(!seal_open(&key, with, whole, out));
            associated[i] ^= 0x80;
        }
        cr_assert(!seal_open(&key, slice_of(associated, with.size + 1), whole, out));
        for (size_t less = 1; less <= whole.size; less++)
            cr_assert(!seal_open(&key, with, slice_of(sealed, whole.size - less), out));
    }
}

Test(seal, the_same_is_never_sealed_alike)
{
    struct seal_key key = { "k" };
    uint8_t a[3 + SEAL_OVERHEAD], b[3 + SEAL_OVERHEAD];
    seal_close(&key, sys_real(), slice_of(NULL, 0), SLICE_LITERAL("abc"), a);
    seal_close(&key, sys_real(), slice_of(NULL, 0), SLICE_LITERAL("abc"), b);
    cr_assert_neq(memcmp(a, b, SEAL_NONCE_SIZE), 0);
    cr_assert_neq(memcmp(a + SEAL_NONCE_SIZE, b + SEAL_NONCE_SIZE, 3), 0);
}

Test(keyring, finds_keys_by_id_and_says_when_it_is_full)
{
    static struct keyring ring;
    struct error error;
    struct seal_key key = { "a" };
    char first[MASTER_ID_TEXT_SIZE + 1], again[MASTER_ID_TEXT_SIZE + 1];
    cr_assert_null(keyring_current(NULL));
    cr_assert_null(keyring_current(&ring));
    cr_assert_eq(keyring_add(&ring, &key, false, &error), 0);
    const struct master_key *one = keyring_current(&ring);
    cr_assert_eq(memcmp(one->key.bytes, key.bytes, sizeof key.bytes), 0, "the first one is current");
    key.bytes[0] = 'b';
    cr_assert_eq(keyring_add(&ring, &key, false, &error), 0);
    cr_assert_eq(keyring_current(&ring), one);
    cr_assert_eq(keyring_add(&ring, &key, true, &error), 0);
    cr_assert_neq(keyring_current(&ring), one);
    cr_assert_eq(atomic_load(&ring.count), 2, "known keys are not added again");
    cr_assert_eq(keyring_find(&ring, one->id), one);
    cr_assert_null(keyring_find(&ring, (const uint8_t[MASTER_ID_SIZE]){ 0 }));
    master_id_format(one->id, first);
    master_id_format(keyring_current(&ring)->id, again);
    cr_assert_str_neq(first, again);
    for (int i = 2; i < MASTER_KEYS_MAX; i++) {
        key.bytes[1] = (uint8_t)i;
        cr_assert_eq(keyring_add(&ring, &key, false, &error), 0);
    }
    key.bytes[1] = 0xff;
    cr_assert_eq(keyring_add(&ring, &key, true, &error), -1);
    cr_assert_str_eq(sqlstate_code(error.state), "54000");
    keyring_done(&ring);
    cr_assert_null(keyring_current(&ring));
}
