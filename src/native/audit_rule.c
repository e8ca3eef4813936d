#include "native/audit_rule.h"

#include <assert.h>
#include <openssl/evp.h>

#include "value/mp.h"

bool audit_leaf_hash(struct slice row, int hash_column, struct audit_hash *ret)
{
    struct buf leaf = { 0 };
    struct slice object;
    uint32_t count;
    bool good = mp_array(&row, &count);
    buf_append_byte(&leaf, 0x00);
    mp_put_array(&leaf, good ? count : 0);
    for (uint32_t i = 0; good && i < count; i++) {
        good = mp_skip(&row, &object);
        if (good && (int)i == hash_column)
            mp_put_nil(&leaf);
        else if (good)
            buf_append_slice(&leaf, object);
    }
    int hashed = good ? EVP_Digest(leaf.data, leaf.size, ret->bytes, NULL, EVP_sha256(), NULL) : 1;
    assert(hashed == 1);
    buf_done(&leaf);
    return good;
}

void audit_hash_format(const struct audit_hash *hash, char text[static AUDIT_HASH_TEXT_SIZE + 1])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < AUDIT_HASH_SIZE; i++) {
        text[2 * i] = hex[hash->bytes[i] >> 4];
        text[2 * i + 1] = hex[hash->bytes[i] & 15];
    }
    text[AUDIT_HASH_TEXT_SIZE] = '\0';
}

bool audit_hash_is(const struct audit_hash *hash, struct slice text)
{
    char expected[AUDIT_HASH_TEXT_SIZE + 1];
    audit_hash_format(hash, expected);
    return slice_is(text, expected);
}
