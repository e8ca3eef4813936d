/* The key file: the master keys that data keys are sealed under (engine/data_key.h), in no other place.
 *
 *      rhm_<64 hexadecimal digits>        the current key
 *      rhm_<64 hexadecimal digits>        keys before it, as long as anything may need them
 *
 * Made at the first start with one key, mode 0600 (store/secret.h).
 *  (K1) A key is in the file, and the file is synced, before anything is sealed under it; it leaves the file when nothing is any
 *       more, durably. So whenever the machine stops, the file holds what the data needs.
 *  (K2) The file changes by being replaced: written beside it, synced, renamed (secret_write()). Where `path` is a link, that is
 *       beside the file it names: keys that were put on another disk stay there. */
#ifndef ROWHOUSE_ENGINE_SEAL_FILE_H
#define ROWHOUSE_ENGINE_SEAL_FILE_H

#include "crypto/keyring.h"
#include "store/store.h"

/* Adds the file's keys to the keyring; the first one is the current one. F0000 when others may read it, or it holds something
 * else. *ret_made: there was none, and it was made. */
int seal_file_read(const char *path, struct sys *sys, struct keyring *keyring, bool *ret_made, struct error *error);

/* The same for a server that starts: every data key of the store has to open with it, and a missing file is made only for a store
 * that has none. `keyring` is the store's. */
int seal_file_open(const char *path, struct store *store, struct sys *sys, struct keyring *keyring, bool *ret_made, struct error *error);

/* Replaces the file by one with these keys (K2). */
int seal_file_write(const char *path, const struct seal_key *const *keys, int count, struct sys *sys, struct error *error);

#endif
