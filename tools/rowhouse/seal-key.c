#include "seal-key.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/seal_file.h"

int cli_seal_key(struct cli *cli, struct keyring *keyring)
{
    char path[4096];
    bool made;
    const char *given = cli_option(cli, "seal-key");
    snprintf(path, sizeof path, given != NULL ? "%.4000s" : "%.4000s/seal.key", given != NULL ? given : cli_data(cli));
    if (access(path, F_OK) < 0)
        return given == NULL && errno == ENOENT ? 0 : fail(&cli->error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the key file \"%s\": %s", path, strerror(errno));
    return seal_file_read(path, sys_real(), keyring, &made, &cli->error) < 0 ? -1 : 1;
}
