/* Integers in files: little-endian, wherever they lie. */
#ifndef ROWHOUSE_STORE_BYTES_H
#define ROWHOUSE_STORE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void bytes_put64(uint8_t *to, uint64_t value)
{
    value = htole64(value);
    memcpy(to, &value, sizeof value);
}

static inline uint64_t bytes_get64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return le64toh(value);
}

#endif
