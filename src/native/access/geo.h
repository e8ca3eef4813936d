/* Where an address is, from a database file in MaxMind's format (GeoLite2, DB-IP), read by libmaxminddb. */
#ifndef ROWHOUSE_NATIVE_ACCESS_GEO_H
#define ROWHOUSE_NATIVE_ACCESS_GEO_H

#include "base/error.h"
#include "value/inet.h"

struct geo;

struct place {
    char country[4];                /* ISO 3166-1: "DE"; "": unknown */
    char region[12];                /* ISO 3166-2: "DE-BE"; "": unknown */
};

int geo_open(const char *path, struct geo **ret, struct error *error);      /* F0000 */
void geo_close(struct geo *geo);                                            /* NULL is fine */

void geo_find(const struct geo *geo, const struct inet *address, struct place *ret);

#endif
