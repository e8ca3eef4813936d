/* The keys of tokens in a directory: <kid>.pem, a public or private key, and <kid>.secret, a text. Read at the start, in order of
 * name; a server that is started again after a file was put in or taken away has rotated its keys. */
#ifndef ROWHOUSE_SERVER_TOKEN_FILES_H
#define ROWHOUSE_SERVER_TOKEN_FILES_H

#include "native/native.h"

/* F0000 names the file: it cannot be read, is no key, or is a secret that others than the owner may read. Files of other names
 * are no keys and are left alone. */
int token_files_load(const char *directory, struct token_keys *keys, struct error *error);

#endif
