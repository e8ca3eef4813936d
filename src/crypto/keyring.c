#include "crypto/keyring.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>

static void id_of(const struct seal_key *key, uint8_t id[static MASTER_ID_SIZE])
{
    static const char name[] = "rowhouse seal key";
    uint8_t message[sizeof name - 1 + SEAL_KEY_SIZE], digest[SHA256_DIGEST_LENGTH];
    memcpy(message, name, sizeof name - 1);
    memcpy(message + sizeof name - 1, key->bytes, SEAL_KEY_SIZE);
    SHA256(message, sizeof message, digest);
    memcpy(id, digest, MASTER_ID_SIZE);
    seal_wipe(message, sizeof message);
}

void keyring_done(struct keyring *keyring)
{
    atomic_store(&keyring->count, 0);
    atomic_store(&keyring->current, 0);
    seal_wipe(keyring->keys, sizeof keyring->keys);
}

int keyring_add(struct keyring *keyring, const struct seal_key *key, bool current, struct error *error)
{
    uint8_t id[MASTER_ID_SIZE];
    int count = atomic_load(&keyring->count);
    id_of(key, id);
    const struct master_key *known = keyring_find(keyring, id);
    int at = known != NULL ? (int)(known - keyring->keys) : count;
    if (known == NULL) {
        if (count == MASTER_KEYS_MAX) {
            fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are %d master keys already", MASTER_KEYS_MAX);
            return fail_hint(error, "keys that were replaced are forgotten when the server starts again");
        }
        memcpy(keyring->keys[count].id, id, sizeof id);
        keyring->keys[count].key = *key;
        atomic_store(&keyring->count, count + 1);       /* the key is whole before anybody can see it */
    }
    if (current)
        atomic_store(&keyring->current, at);
    return 0;
}

const struct master_key *keyring_current(const struct keyring *keyring)
{
    if (keyring == NULL || atomic_load(&keyring->count) == 0)
        return NULL;
    return &keyring->keys[atomic_load(&keyring->current)];
}

const struct master_key *keyring_find(const struct keyring *keyring, const uint8_t id[static MASTER_ID_SIZE])
{
    int count = keyring == NULL ? 0 : atomic_load(&keyring->count);
    for (int i = 0; i < count; i++)
        if (memcmp(keyring->keys[i].id, id, MASTER_ID_SIZE) == 0)
            return &keyring->keys[i];
    return NULL;
}

void master_id_format(const uint8_t id[static MASTER_ID_SIZE], char text[static MASTER_ID_TEXT_SIZE + 1])
{
    for (int i = 0; i < MASTER_ID_SIZE; i++)
        sprintf(text + 2 * i, "%02x", id[i]);
}
