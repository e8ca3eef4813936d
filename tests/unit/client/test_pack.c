/* Packing by format, and reading the result back through cells. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "rowhouse/rowhouse.h"
#include "client/client.h"

static struct buf packed;

static int pack(const char *format, ...)
{
    va_list args;
    buf_clear(&packed);
    va_start(args, format);
    int count = pack_format(&packed, format, args);
    va_end(args);
    return count;
}

static struct rh_cell cell(void)
{
    return (struct rh_cell){ packed.data, packed.size };
}

Test(pack, every_letter_reads_back)
{
    struct rh_uuid uuid = { { 1, 2, 3 } }, back;
    size_t size;
    cr_assert(eq(int, pack("[s s? i I f b n S B u u? t]", "text", NULL, -5, (int64_t)1 << 40, 1.5, 1, "abc", (size_t)2, "\1\2\3",
                           (size_t)3, &uuid, NULL, (int64_t)1700000000123456), 1));
    cr_assert(eq(sz, rh_count(cell()), 12));
    cr_assert(eq(int, memcmp(rh_text(rh_at(cell(), 0), &size), "text", 4), 0));
    cr_assert(rh_is_null(rh_at(cell(), 1)));
    cr_assert(eq(i64, rh_int(rh_at(cell(), 2)), -5));
    cr_assert(eq(i64, rh_int(rh_at(cell(), 3)), (int64_t)1 << 40));
    cr_assert(ieee_ulp_eq(dbl, rh_double(rh_at(cell(), 4)), 1.5, 1));
    cr_assert(rh_bool(rh_at(cell(), 5)));
    cr_assert(eq(int, rh_type(rh_at(cell(), 6)), RH_NULL));
    cr_assert(eq(sz, rh_count(rh_at(cell(), 7)), 2));
    cr_assert(eq(int, memcmp(rh_bytes(rh_at(cell(), 8), &size), "\1\2\3", 3), 0));
    cr_assert(rh_uuid(rh_at(cell(), 9), &back) && memcmp(&back, &uuid, sizeof uuid) == 0);
    cr_assert(rh_is_null(rh_at(cell(), 10)));
    cr_assert(eq(i64, rh_time_us(rh_at(cell(), 11)), 1700000000123456));
    cr_assert(eq(int, rh_type(rh_at(cell(), 12)), RH_MISSING));
}

Test(pack, containers_nest_and_count)
{
    cr_assert(eq(int, pack("{s:[i,i,[]], s:{s:{}}}", "list", 1, 2, "map", "inner"), 1));
    cr_assert(eq(sz, rh_count(rh_member(cell(), "list")), 3));
    cr_assert(eq(int, rh_type(rh_member(rh_member(cell(), "map"), "inner")), RH_MAP));
    cr_assert(eq(int, rh_type(rh_member(cell(), "absent")), RH_MISSING));
    char *text = rh_cell_text(cell());
    cr_assert(eq(str, text, "{\"list\": [1, 2, []], \"map\": {\"inner\": {}}}"));
    free(text);
}

Test(pack, wrong_formats_are_misuse)
{
    static const char *const wrong[] = { "[", "]", "{s}", "[}", "x", "{", "[[]" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert(lt(int, pack(wrong[i], "key"), 0), "\"%s\"", wrong[i]);
    cr_assert(eq(ptr, rh_pack("i i", 1, 2), NULL));
}

Test(pack, pieces_make_the_same_as_a_whole)
{
    struct rh_packed *list = rh_packed_new('['), *map = rh_packed_new('{');
    for (int i = 0; i < 40; i++)
        cr_assert(eq(int, rh_packed_add(list, "i", i), RH_OK));
    cr_assert(eq(int, rh_packed_add(map, "s:o", "list", list), RH_OK));
    cr_assert(eq(int, rh_packed_add(map, "s", "no value"), RH_MISUSE));
    cr_assert(eq(int, pack("o", map), 1));
    cr_assert(eq(i64, rh_int(rh_at(rh_member(cell(), "list"), 39)), 39));
    rh_packed_free(list);
    rh_packed_free(map);
}

Test(connection, what_cannot_be_reached_was_not_sent)
{
    static const char *const addresses[] = { "127.0.0.1:1", "unix:/nonexistent/socket", "no address", "127.0.0.1:" };
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct rh *db = rh_open(addresses[i], &(struct rh_options){ .timeout_ms = 500 });
        cr_assert(eq(int, rh_connect(db), RH_NOT_SENT), "%s", addresses[i]);
        cr_assert(eq(str, (char *)rh_sqlstate(db), "08006"));
        cr_assert(eq(int, rh_request(db, NULL, "ping", "[]"), RH_NOT_SENT));
        cr_assert(eq(int, rh_request(db, NULL, "ping", "[s", "x"), RH_MISUSE));
        rh_close(db);
    }
}
