/* Secrets in files: made at the first start, mode 0600, one line of text. */
#ifndef ROWHOUSE_STORE_SECRET_H
#define ROWHOUSE_STORE_SECRET_H

#include "base/error.h"
#include "base/slice.h"
#include "base/sys.h"

#define SECRET_SIZE_MAX 4096

struct secret {
    char text[SECRET_SIZE_MAX + 1];
    size_t size;
};

/* Reads the file's text without the white space around it. A missing file is made, with `prefix` and 32 random bytes in
 * hexadecimal; *ret_made says so. F0000 when others than the owner may read it, or when it is empty. */
int secret_open(const char *path, const char *prefix, struct sys *sys, struct secret *ret, bool *ret_made, struct error *error);

/* Makes the file or replaces it, mode 0600, whole and durably: written beside it, synced, renamed, folder synced. A link stays, what
 * it names is replaced; one that names nothing is 58030. */
int secret_write(const char *path, struct slice text, struct sys *sys, struct error *error);

/* Whether `given` is the secret, in a time that does not depend on where they differ. */
bool secret_matches(const struct secret *secret, struct slice given);

#endif
