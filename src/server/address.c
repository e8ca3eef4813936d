#include "server/address.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool address_is_none(const char *address)
{
    return address[0] == '\0' || strcmp(address, "none") == 0;
}

static bool is_port(const char *text)
{
    return text[0] != '\0' && strlen(text) < ADDRESS_PORT_SIZE && text[strspn(text, "0123456789")] == '\0' && atol(text) <= UINT16_MAX;
}

int address_split(const char *address, char host[static ADDRESS_HOST_SIZE], char port[static ADDRESS_PORT_SIZE], struct error *error)
{
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    if (colon == NULL || size >= ADDRESS_HOST_SIZE) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is no address to listen on", address);
        return fail_hint(error, "write it as host:port, for example 127.0.0.1:7432");
    }
    if (!is_port(colon + 1)) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is no address to listen on: \"%s\" is no port", address, colon + 1);
        return fail_hint(error, "ports are 1 to %d; 0 takes a free one, and the log says which", UINT16_MAX);
    }
    bool brackets = size >= 2 && address[0] == '[' && address[size - 1] == ']';
    memcpy(host, address + brackets, size - 2 * brackets);
    host[size - 2 * brackets] = '\0';
    strcpy(port, colon + 1);
    return 0;
}
