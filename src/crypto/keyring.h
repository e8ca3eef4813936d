/* The master keys: those that data keys are wrapped with. They come from the key file (engine/seal_file.h) and nowhere else.
 *
 * A key is named by its id, the first 8 bytes of SHA-256 over "rowhouse seal key" and the key: whoever holds a wrapped key can say
 * which master key it takes, and the id tells nothing of it.
 *  (R1) The list only grows while it is in use: a reader that holds a view of before a rotation still finds the old key. So
 *       finding takes no lock; adding is one thread's at a time.
 *  (R2) One key is current: new wrappings use it. */
#ifndef ROWHOUSE_CRYPTO_KEYRING_H
#define ROWHOUSE_CRYPTO_KEYRING_H

#include <stdatomic.h>

#include "base/error.h"
#include "base/limits.h"
#include "crypto/seal.h"

#define MASTER_ID_SIZE 8
#define MASTER_ID_TEXT_SIZE (2 * MASTER_ID_SIZE)

struct master_key {
    uint8_t id[MASTER_ID_SIZE];
    struct seal_key key;
};

struct keyring {
    atomic_int count, current;
    struct master_key keys[MASTER_KEYS_MAX];
};

/* A zeroed keyring is an empty one. */
void keyring_done(struct keyring *keyring);         /* wipes it; empty afterwards */

/* Adds a key unless it is there, and makes it the current one when asked to or when it is the first: 54000 when there is no room. */
int keyring_add(struct keyring *keyring, const struct seal_key *key, bool current, struct error *error);

/* NULL: there is none. */
const struct master_key *keyring_current(const struct keyring *keyring);
const struct master_key *keyring_find(const struct keyring *keyring, const uint8_t id[static MASTER_ID_SIZE]);

void master_id_format(const uint8_t id[static MASTER_ID_SIZE], char text[static MASTER_ID_TEXT_SIZE + 1]);

#endif
