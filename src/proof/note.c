#include "proof/note.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#define SIGNATURE_SIZE 64
#define KEY_ID_SIZE 4
#define ALGORITHM_ED25519 0x01
#define DASH "\xe2\x80\x94 "                /* the em dash and the space that begin a signature line */

/* --- Base64 --- */

void base64_put(struct slice bytes, struct buf *out)
{
    uint8_t *to = buf_reserve(out, 4 * ((bytes.size + 2) / 3) + 1);
    assert(bytes.size <= INT32_MAX / 2);
    out->size += (size_t)EVP_EncodeBlock(to, bytes.data, (int)bytes.size);
}

static int sextet(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62
         : c == '/' ? 63 : -1;
}

bool base64_get(struct slice text, struct buf *out)
{
    size_t before = out->size, padding = 0;
    if (text.size % 4 != 0)
        return false;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.size; i++) {
        int six = i < text.size - padding ? sextet(text.data[i]) : 0;
        if (six < 0) {
            out->size = before;
            return false;
        }
        bits = bits << 6 | (uint32_t)six;
        if (i % 4 == 3) {
            buf_append(out, (uint8_t[]){ (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits }, 3);
            if (i + 1 < text.size)
                bits = 0;
        }
    }
    /* Bits that no byte takes are zeros in the one exact spelling (N2). */
    bool exact = padding == 0 || (bits & (padding == 1 ? 0xff : 0xffff)) == 0;
    out->size = exact ? out->size - padding : before;
    return exact;
}

bool line_next(struct slice *rest, struct slice *ret)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL)
        return false;
    *ret = slice_of(rest->data, (size_t)(end - rest->data));
    *rest = slice_of(end + 1, rest->size - ret->size - 1);
    return true;
}

/* --- Keys --- */

static uint32_t key_id(const char *name, const uint8_t *public_key)
{
    uint8_t bytes[NOTE_NAME_MAX + 2 + NOTE_PUBLIC_SIZE], digest[SHA256_DIGEST_LENGTH];
    size_t size = strlen(name);
    memcpy(bytes, name, size);
    bytes[size] = '\n';
    bytes[size + 1] = ALGORITHM_ED25519;
    memcpy(bytes + size + 2, public_key, NOTE_PUBLIC_SIZE);
    SHA256(bytes, size + 2 + NOTE_PUBLIC_SIZE, digest);
    return (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
}

static bool name_is_good(struct slice name)
{
    if (name.size == 0 || name.size > NOTE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] <= ' ' || name.data[i] == '+' || name.data[i] == 0x7f)
            return false;
    return true;
}

void note_key_make(const char *name, const uint8_t public_key[static NOTE_PUBLIC_SIZE], struct note_key *ret)
{
    assert(name_is_good(slice_of_string(name)));
    memmove(ret->name, name, strlen(name) + 1);
    memmove(ret->public_key, public_key, NOTE_PUBLIC_SIZE);
    ret->id = key_id(ret->name, ret->public_key);
}

void note_key_format(const struct note_key *key, struct buf *out)
{
    uint8_t bytes[1 + NOTE_PUBLIC_SIZE] = { ALGORITHM_ED25519 };
    memcpy(bytes + 1, key->public_key, NOTE_PUBLIC_SIZE);
    buf_printf(out, "%s+%08x+", key->name, key->id);
    base64_put(slice_of(bytes, sizeof bytes), out);
}

/* The part of `text` before the next plus sign, and past it. */
static bool part_next(struct slice *text, struct slice *ret)
{
    const uint8_t *plus = text->size == 0 ? NULL : memchr(text->data, '+', text->size);
    if (plus == NULL)
        return false;
    *ret = slice_of(text->data, (size_t)(plus - text->data));
    *text = slice_of(plus + 1, text->size - ret->size - 1);
    return true;
}

bool note_key_parse(struct slice text, struct note_key *ret)
{
    struct slice name, id;
    struct buf bytes = { 0 };
    char name_text[NOTE_NAME_MAX + 1] = "", id_text[9];
    bool good = part_next(&text, &name) && part_next(&text, &id) && name_is_good(name) && base64_get(text, &bytes) &&
                bytes.size == 1 + NOTE_PUBLIC_SIZE && bytes.data[0] == ALGORITHM_ED25519;
    if (good) {
        struct buf expected = { 0 };
        memcpy(name_text, name.data, name.size);
        note_key_make(name_text, bytes.data + 1, ret);
        buf_printf(&expected, "%08x", ret->id);
        memcpy(id_text, buf_text(&expected), sizeof id_text);
        buf_done(&expected);
        good = slice_is(id, id_text);
    }
    buf_done(&bytes);
    return good;
}

/* --- Signing --- */

void note_public(const uint8_t seed[static NOTE_SEED_SIZE], uint8_t ret[static NOTE_PUBLIC_SIZE])
{
    size_t size = NOTE_PUBLIC_SIZE;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_SEED_SIZE);
    int got = key == NULL ? 0 : EVP_PKEY_get_raw_public_key(key, ret, &size);
    assert(got == 1);
    EVP_PKEY_free(key);
}

static void put_signature(struct buf *note, struct slice text, const struct note_key *key, const uint8_t *seed)
{
    uint8_t bytes[KEY_ID_SIZE + SIGNATURE_SIZE] = { (uint8_t)(key->id >> 24), (uint8_t)(key->id >> 16), (uint8_t)(key->id >> 8), (uint8_t)key->id };
    size_t size = SIGNATURE_SIZE;
    EVP_PKEY *private_key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, NOTE_SEED_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool signed_ = private_key != NULL && context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, private_key) == 1 &&
                   EVP_DigestSign(context, bytes + KEY_ID_SIZE, &size, text.data, text.size) == 1;
    assert(signed_);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(private_key);
    buf_printf(note, DASH "%s ", key->name);
    base64_put(slice_of(bytes, sizeof bytes), note);
    buf_append_byte(note, '\n');
}

void note_sign(struct buf *note, size_t start, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE])
{
    assert(note->size > start);
    assert(note->data[note->size - 1] == '\n');
    size_t size = note->size - start;
    buf_append_byte(note, '\n');
    put_signature(note, slice_of(note->data + start, size), key, seed);
}

void note_sign_also(struct buf *note, const struct note_key *key, const uint8_t seed[static NOTE_SEED_SIZE])
{
    struct slice text;
    bool good = note_text(buf_slice(note), &text);
    assert(good);
    put_signature(note, text, key, seed);
}

/* --- Verifying --- */

static bool signature_holds(struct slice text, const struct note_key *key, const uint8_t *signature)
{
    EVP_PKEY *public_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public_key, NOTE_PUBLIC_SIZE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert(context != NULL);
    bool good = public_key != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
                EVP_DigestVerify(context, signature, SIGNATURE_SIZE, text.data, text.size) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    return good;
}

/* Text and signature lines: the last empty line lies between them. */
static bool split(struct slice note, struct slice *ret_text, struct slice *ret_signatures)
{
    for (size_t i = note.size; i >= 2; i--)
        if (note.data[i - 1] == '\n' && note.data[i - 2] == '\n') {
            *ret_text = slice_of(note.data, i - 1);
            *ret_signatures = slice_of(note.data + i, note.size - i);
            return true;
        }
    return false;
}

enum line_kind { LINE_BAD, LINE_OTHERS, LINE_OURS };

/* One signature line; of the given key's the 64 bytes. */
static enum line_kind read_signature(struct slice line, const struct note_key *key, uint8_t ret[static SIGNATURE_SIZE])
{
    size_t dash = sizeof DASH - 1;
    if (line.size <= dash || memcmp(line.data, DASH, dash) != 0)
        return LINE_BAD;
    struct slice name = slice_of(line.data + dash, line.size - dash), text;
    const uint8_t *space = memchr(name.data, ' ', name.size);
    if (space == NULL)
        return LINE_BAD;
    text = slice_of(space + 1, (size_t)(name.data + name.size - space - 1));
    name.size = (size_t)(space - name.data);
    struct buf bytes = { 0 };
    enum line_kind kind = name_is_good(name) && base64_get(text, &bytes) && bytes.size > KEY_ID_SIZE ? LINE_OTHERS : LINE_BAD;
    if (kind == LINE_OTHERS && slice_is(name, key->name) && bytes.size == KEY_ID_SIZE + SIGNATURE_SIZE) {
        uint32_t id = (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 | (uint32_t)bytes.data[2] << 8 | bytes.data[3];
        kind = id == key->id ? LINE_OURS : LINE_OTHERS;
        memcpy(ret, bytes.data + KEY_ID_SIZE, SIGNATURE_SIZE);
    }
    buf_done(&bytes);
    return kind;
}

bool note_text(struct slice note, struct slice *ret_text)
{
    struct slice signatures;
    return split(note, ret_text, &signatures);
}

const char *note_verify(struct slice note, const struct note_key *key, struct slice *ret_text)
{
    struct slice text, signatures, line;
    uint8_t signature[SIGNATURE_SIZE];
    bool signed_ = false;
    if (!split(note, &text, &signatures))
        return "it is no signed note";
    while (signatures.size > 0) {
        if (!line_next(&signatures, &line))
            return "its last signature is not whole";
        switch (read_signature(line, key, signature)) {
        case LINE_BAD:
            return "a signature line of it is malformed";
        case LINE_OTHERS:
            break;
        case LINE_OURS:
            if (!signature_holds(text, key, signature))
                return "its signature does not hold";
            signed_ = true;
        }
    }
    if (!signed_)
        return "it is not signed by the given key";
    *ret_text = text;
    return NULL;
}
