/* Addresses to listen on, as they are written. */
#ifndef ROWHOUSE_SERVER_ADDRESS_H
#define ROWHOUSE_SERVER_ADDRESS_H

#include <stdbool.h>

#include "base/error.h"

#define ADDRESS_HOST_SIZE 256
#define ADDRESS_PORT_SIZE 8

/* "none" or nothing: no address. */
bool address_is_none(const char *address);

/* Splits "host:port" at its last colon; brackets around an IPv6 address are taken off. F0000 when it is no address, or its port
 * no number up to 65535. Asks nobody whether there is such a host. */
int address_split(const char *address, char host[static ADDRESS_HOST_SIZE], char port[static ADDRESS_PORT_SIZE], struct error *error);

#endif
