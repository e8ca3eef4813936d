#include "native/access/geo.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "base/memory.h"

struct geo {
    MMDB_s file;
};

int geo_open(const char *path, struct geo **ret, struct error *error)
{
    struct geo *geo = memory_alloc(sizeof *geo);
    int code = MMDB_open(path, MMDB_MODE_MMAP, &geo->file);
    if (code != MMDB_SUCCESS) {
        free(geo);
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the geo database \"%s\": %s", path, MMDB_strerror(code));
        return fail_hint(error, "it is a file in MaxMind's format, such as GeoLite2-City.mmdb");
    }
    *ret = geo;
    return 0;
}

void geo_close(struct geo *geo)
{
    if (geo == NULL)
        return;
    MMDB_close(&geo->file);
    free(geo);
}

/* A text at a path of the entry; false when it is not there or does not fit. */
static bool read_text(MMDB_entry_s *entry, const char *const *path, char *ret, size_t size)
{
    MMDB_entry_data_s data;
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING ||
        data.data_size == 0 || data.data_size >= size)
        return false;
    memcpy(ret, data.utf8_string, data.data_size);
    ret[data.data_size] = '\0';
    return true;
}

void geo_find(const struct geo *geo, const struct inet *address, struct place *ret)
{
    static const char *const country[] = { "country", "iso_code", NULL }, *const region[] = { "subdivisions", "0", "iso_code", NULL };
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    char part[8];
    int code;
    *ret = (struct place){ 0 };
    memcpy(&v4.sin_addr, address->address, 4);
    memcpy(&v6.sin6_addr, address->address, 16);
    const struct sockaddr *asked = address->size == 4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&geo->file, asked, &code);
    if (code != MMDB_SUCCESS || !found.found_entry || !read_text(&found.entry, country, ret->country, sizeof ret->country))
        return;
    if (read_text(&found.entry, region, part, sizeof part))
        snprintf(ret->region, sizeof ret->region, "%.3s-%s", ret->country, part);
}
