/* Version and features of the files of a data directory: what a reader must know to read them right.
 *
 * Every file names the version in its first bytes and has a word of feature bits. Another version, or a bit that is not
 * known, is refused by number (0A000): nothing is converted, nothing guessed. Layouts: docs/storage.md. */
#ifndef ROWHOUSE_STORE_FORMAT_H
#define ROWHOUSE_STORE_FORMAT_H

#include "base/error.h"

#include <stdint.h>

#define FORMAT_VERSION  2u
#define FORMAT_FEATURES UINT64_C(0)     /* what this server writes, and all that it reads */

/* Refuses another version, and a feature of those that are not known. `path` names the file. */
int format_check(const char *path, unsigned version, uint64_t features, struct error *error);

/* The first bytes of a binary file: a name of capital letters, then the version in digits, eight in all. */
#define FORMAT_MAGIC_SIZE ((size_t)8)
void format_magic_put(uint8_t out[static FORMAT_MAGIC_SIZE], const char *name);
/* The version of a magic with this name; 0: it is no such magic. */
unsigned format_magic_read(const uint8_t bytes[static FORMAT_MAGIC_SIZE], const char *name);

#endif
