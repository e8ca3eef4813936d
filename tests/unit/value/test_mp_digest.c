/* One request, packed by two clients: other widths, another order of maps, the same digest; any other value, another one. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"
#include "value/mp_digest.h"

static void put_wide(struct buf *out, uint8_t head, uint64_t number, int size)
{
    buf_append_byte(out, head);
    while (size-- > 0)
        buf_append_byte(out, (uint8_t)(number >> 8 * size));
}

static void put_text(struct buf *out, struct slice text, bool wide)
{
    if (!wide) {
        mp_put_str(out, text);
        return;
    }
    put_wide(out, 0xdb, text.size, 4);
    buf_append_slice(out, text);
}

/* The tree that `tree` draws, packed in the way that `way` draws; `odd`: the leaf of this number is another one. */
struct packing {
    struct random tree, way;
    int leaves, odd;
};

static void pack(struct packing *p, int depth, struct buf *out);

static void pack_map(struct packing *p, uint32_t count, int depth, struct buf *out)
{
    struct buf pairs[6] = { 0 };
    bool turned = random_chance(&p->way, 2);
    for (uint32_t i = 0; i < count; i++) {
        char key[8];
        snprintf(key, sizeof key, "k%u", i);
        put_text(&pairs[i], slice_of_string(key), random_chance(&p->way, 2));
        pack(p, depth + 1, &pairs[i]);
    }
    if (random_chance(&p->way, 2))
        put_wide(out, 0xdf, count, 4);
    else
        mp_put_map(out, count);
    for (uint32_t i = 0; i < count; i++)
        buf_append_slice(out, buf_slice(&pairs[turned ? count - 1 - i : i]));
    for (uint32_t i = 0; i < count; i++)
        buf_done(&pairs[i]);
}

static void pack_leaf(struct packing *p, int64_t number, struct buf *out)
{
    int way = (int)random_below(&p->way, 4);
    number += p->leaves++ == p->odd;
    if (way == 0)
        put_wide(out, 0xd3, (uint64_t)number, 8);
    else if (way == 1 && number == (int64_t)(double)number)
        mp_put_double(out, (double)number);
    else
        mp_put_int(out, number);
}

static void pack(struct packing *p, int depth, struct buf *out)
{
    uint32_t count = (uint32_t)random_below(&p->tree, 6);
    int64_t number = random_int(&p->tree, 40);
    switch (random_below(&p->tree, depth > 3 ? 2 : 4)) {
    case 0:
        pack_leaf(p, number, out);
        break;
    case 1:
        put_text(out, slice_of("abcdef", count), random_chance(&p->way, 2));
        break;
    case 2:
        if (random_chance(&p->way, 2))
            put_wide(out, 0xdd, count, 4);
        else
            mp_put_array(out, count);
        for (uint32_t i = 0; i < count; i++)
            pack(p, depth + 1, out);
        break;
    default:
        pack_map(p, count, depth, out);
    }
}

static int digest(uint64_t tree, uint64_t way, int odd, uint8_t ret[static MP_DIGEST_SIZE])
{
    struct packing p = { { tree }, { way }, 0, odd };
    struct buf out = { 0 };
    pack(&p, 0, &out);
    struct slice in = buf_slice(&out);
    cr_assert(eq(i64, mp_check(in, WIRE_DEPTH_MAX), (int64_t)in.size));
    mp_digest(&in, ret);
    cr_assert(eq(sz, in.size, 0));
    buf_done(&out);
    return p.leaves;
}

Test(mp_digest, is_of_the_meaning)
{
    struct random r = { random_seed() };
    for (int i = 0; i < 5000; i++) {
        uint8_t one[MP_DIGEST_SIZE], other[MP_DIGEST_SIZE], odd[MP_DIGEST_SIZE];
        uint64_t tree = random_next(&r);
        int leaves = digest(tree, random_next(&r), -1, one);
        digest(tree, random_next(&r), -1, other);
        cr_assert(memcmp(one, other, sizeof one) == 0, "tree %llu", (unsigned long long)tree);
        if (leaves == 0)
            continue;
        digest(tree, random_next(&r), (int)random_below(&r, (uint64_t)leaves), odd);
        cr_assert(memcmp(one, odd, sizeof one) != 0, "tree %llu", (unsigned long long)tree);
    }
}

static void digest_of(const char *bytes, size_t size, uint8_t ret[static MP_DIGEST_SIZE])
{
    struct slice in = slice_of(bytes, size);
    mp_digest(&in, ret);
}

/* What differs in nothing but type, nesting or place. */
Test(mp_digest, tells_apart)
{
    static const struct { const char *bytes; size_t size; } objects[] = {
        { "\xc0", 1 }, { "\xc2", 1 }, { "\xc3", 1 }, { "\x00", 1 }, { "\xa0", 1 }, { "\xc4\x00", 2 }, { "\x90", 1 }, { "\x80", 1 },
        { "\xa1" "1", 2 }, { "\x01", 1 }, { "\xc4\x01" "1", 3 }, { "\xd4\x01" "1", 3 }, { "\xd4\x02" "1", 3 }, { "\x91\x01", 2 }, { "\x91\x91\x01", 3 },
        { "\x92\x01\x02", 3 }, { "\x92\x02\x01", 3 }, { "\x81\x01\x02", 3 }, { "\x81\x02\x01", 3 }, { "\x82\x01\x02\x02\x01", 5 },
        { "\x82\x01\x01\x02\x02", 5 }, { "\xca\x3f\xc0\x00\x00", 5 }, { "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, { "\xff", 1 },
    };
    enum { COUNT = sizeof objects / sizeof *objects };
    uint8_t digests[COUNT][MP_DIGEST_SIZE];
    for (int i = 0; i < COUNT; i++) {
        digest_of(objects[i].bytes, objects[i].size, digests[i]);
        for (int k = 0; k < i; k++)
            cr_assert(memcmp(digests[i], digests[k], MP_DIGEST_SIZE) != 0, "%d and %d", k, i);
    }
}
