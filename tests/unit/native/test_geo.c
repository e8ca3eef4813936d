/* Places of addresses, from a database of one network that the test writes: 10.0.0.0/8 is in Berlin. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "native/access/geo.h"

/* MaxMind's format, version 2: https://maxmind.github.io/MaxMind-DB/ */
#define NODES 8                         /* one for each bit of the prefix */

static void put_text(struct buf *out, const char *text)
{
    buf_append_byte(out, (uint8_t)(2 << 5 | strlen(text)));
    buf_append_string(out, text);
}

static void put_map(struct buf *out, int pairs) { buf_append_byte(out, (uint8_t)(7 << 5 | pairs)); }
static void put_array(struct buf *out, int count) { buf_append(out, (uint8_t[]){ (uint8_t)count, 11 - 7 }, 2); }
static void put_number(struct buf *out, const char *name, int type, uint8_t number)
{
    put_text(out, name);
    buf_append(out, (uint8_t[]){ (uint8_t)(type << 5 | 1), number }, 2);
}

static void put_tree(struct buf *out)
{
    for (int bit = 0; bit < NODES; bit++) {
        uint8_t next = (uint8_t)(bit + 1 < NODES ? bit + 1 : NODES + 16);
        bool one = (10 >> (7 - bit) & 1) != 0;
        buf_append(out, (uint8_t[]){ 0, 0, one ? NODES : next, 0, 0, one ? next : NODES }, 6);
    }
    buf_append(out, (uint8_t[16]){ 0 }, 16);
}

static void put_place(struct buf *out)
{
    put_map(out, 2);
    put_text(out, "country");
    put_map(out, 1);
    put_text(out, "iso_code");
    put_text(out, "DE");
    put_text(out, "subdivisions");
    put_array(out, 1);
    put_map(out, 1);
    put_text(out, "iso_code");
    put_text(out, "BE");
}

static void put_metadata(struct buf *out)
{
    buf_append_string(out, "\xab\xcd\xefMaxMind.com");
    put_map(out, 9);
    put_number(out, "node_count", 6, NODES);
    put_number(out, "record_size", 5, 24);
    put_number(out, "ip_version", 5, 4);
    put_number(out, "binary_format_major_version", 5, 2);
    put_number(out, "binary_format_minor_version", 5, 0);
    put_text(out, "build_epoch");
    buf_append(out, (uint8_t[]){ 1, 9 - 7, 1 }, 3);
    put_text(out, "database_type");
    put_text(out, "test");
    put_text(out, "languages");
    put_array(out, 0);
    put_text(out, "description");
    put_map(out, 0);
}

Test(geo, finds_what_the_file_says)
{
    static const struct { const char *address, *country, *region; } cases[] = {
        { "10.1.2.3", "DE", "DE-BE" }, { "10.255.255.255", "DE", "DE-BE" }, { "11.0.0.0", "", "" }, { "9.255.255.255", "", "" }, { "2001:db8::1", "", "" },
    };
    char path[] = "/tmp/rowhouse-geo-XXXXXX";
    struct buf file = { 0 };
    struct geo *geo;
    struct error error;
    int fd = mkstemp(path);
    put_tree(&file);
    put_place(&file);
    put_metadata(&file);
    cr_assert(eq(sz, (size_t)write(fd, file.data, file.size), file.size));
    close(fd);
    cr_assert(eq(int, geo_open(path, &geo, &error), 0), "%s", error.message);
    unlink(path);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct inet address;
        struct place place;
        cr_assert(inet_parse(slice_of_string(cases[i].address), &address));
        geo_find(geo, &address, &place);
        cr_expect(eq(str, place.country, (char *)cases[i].country), "%s", cases[i].address);
        cr_expect(eq(str, place.region, (char *)cases[i].region), "%s", cases[i].address);
    }
    geo_close(geo);
    geo_close(NULL);
    buf_done(&file);
}

Test(geo, a_file_that_is_none_is_refused)
{
    struct geo *geo;
    struct error error;
    cr_assert(eq(int, geo_open("/dev/null", &geo, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_CONFIG_FILE_ERROR));
    cr_assert(eq(int, geo_open("/no/such/file.mmdb", &geo, &error), -1));
}
