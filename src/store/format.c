#include "store/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* By bit; all reserved. */
static const char *const features_reserved[] = {
    "transactions in parts", "increments", "replication", "values in pieces", "idempotency keys by day",
};

int format_check(const char *path, unsigned version, uint64_t features, struct error *error)
{
    uint64_t unknown = features & ~FORMAT_FEATURES;
    if (version < FORMAT_VERSION) {
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "\"%.300s\" is of format version %u, this server reads version %u alone", path, version,
             FORMAT_VERSION);
        return fail_hint(error, "dump the data directory with the version of Rowhouse that wrote it, and restore the dump into a new one");
    }
    if (version > FORMAT_VERSION)
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "\"%.300s\" is of format version %u, which is newer than this server's %u", path, version,
             FORMAT_VERSION);
    else if (unknown != 0) {
        unsigned bit = (unsigned)__builtin_ctzll(unknown);
        bool reserved = bit < sizeof features_reserved / sizeof *features_reserved;
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "\"%.300s\" needs feature %u%s%s%s, which this server does not know", path, bit,
             reserved ? " (" : "", reserved ? features_reserved[bit] : "", reserved ? ")" : "");
    } else
        return 0;
    return fail_hint(error, "start the version of Rowhouse that wrote it, or a newer one");
}

void format_magic_put(uint8_t out[static FORMAT_MAGIC_SIZE], const char *name)
{
    char text[FORMAT_MAGIC_SIZE + 1];
    snprintf(text, sizeof text, "%s%0*u", name, (int)(FORMAT_MAGIC_SIZE - strlen(name)), FORMAT_VERSION);
    memcpy(out, text, FORMAT_MAGIC_SIZE);
}

unsigned format_magic_read(const uint8_t bytes[static FORMAT_MAGIC_SIZE], const char *name)
{
    size_t size = strlen(name);
    unsigned version = 0;
    if (memcmp(bytes, name, size) != 0)
        return 0;
    for (; size < FORMAT_MAGIC_SIZE; size++) {
        if (bytes[size] < '0' || bytes[size] > '9')
            return 0;
        version = 10 * version + (unsigned)(bytes[size] - '0');
    }
    return version;
}
