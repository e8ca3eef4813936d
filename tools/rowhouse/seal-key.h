/* The key file of a data directory that a command reads itself. */
#ifndef ROWHOUSE_TOOLS_SEAL_KEY_H
#define ROWHOUSE_TOOLS_SEAL_KEY_H

#include "cli.h"
#include "crypto/keyring.h"

#define SEAL_KEY_OPTION { "seal-key", "FILE", "the key file of secret columns; default: seal.key in the data directory" }

/* Reads the file of --seal-key, or that of the data directory if it is there: 1, 0 there is none, -1 with cli->error. */
int cli_seal_key(struct cli *cli, struct keyring *keyring);

#endif
