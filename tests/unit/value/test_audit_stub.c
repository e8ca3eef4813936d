/* Stubs as text: what is written is read back, and nothing else is. */
#include <criterion/criterion.h>

#include "value/audit_stub.h"
#include "value/mp.h"

#define ORIGIN "rowhouse/5f0c2a10-0000-4000-8000-000000000001"

static const uint8_t seed[NOTE_SEED_SIZE] = "a seed of thirty-two bytes fixed";

static const struct audit_stub example = {
    .removed = { .origin = ORIGIN, .size = 4000, .root = { "the thirty-two bytes of the root" } }, .last = { "the thirty-two bytes of the last" },
    .from_us = 1704067200250000, .to_us = 1735689599999999, .at_us = 1767240000000000, .by = "service_role", .entry = 51234,
};

static void make_key(struct note_key *ret)
{
    uint8_t public_key[NOTE_PUBLIC_SIZE];
    note_public(seed, public_key);
    note_key_make(ORIGIN, public_key, ret);
}

/* Signs a text, whatever it says, and reads it as a stub. */
static const char *read_signed(struct slice text, struct audit_stub *ret)
{
    struct note_key key;
    struct buf note = { 0 };
    make_key(&key);
    buf_append_slice(&note, text);
    note_sign(&note, 0, &key, seed);
    const char *reason = audit_stub_get(buf_slice(&note), &key, ret);
    cr_assert_eq(audit_stub_read(buf_slice(&note), &(struct audit_stub){ 0 }), reason == NULL || strstr(reason, "another log") != NULL);
    buf_done(&note);
    return reason;
}

Test(audit_stub, is_read_as_it_was_written)
{
    struct audit_stub stub;
    struct buf text = { 0 }, again = { 0 };
    audit_stub_put(&example, &text);
    cr_assert(strstr(buf_text(&text), "\nfrom 2024-01-01 00:00:00.25+00\nto 2024-12-31 23:59:59.999999+00\nat 2026-01-01 04:00:00+00\n"
                                      "by service_role\nentry 51234\n") != NULL, "%s", buf_text(&text));
    cr_assert_null(read_signed(buf_slice(&text), &stub));
    cr_assert_eq(stub.removed.size, 4000);
    cr_assert_eq(stub.to_us, example.to_us);
    cr_assert_eq(stub.entry, 51234);
    audit_stub_put(&stub, &again);
    cr_assert(slice_equal(buf_slice(&again), buf_slice(&text)));
    buf_done(&text);
    buf_done(&again);
}

/* Each line in turn left out, repeated, or said otherwise: signed all the same, and no stub. */
Test(audit_stub, has_one_text)
{
    struct buf text = { 0 }, touched = { 0 };
    struct audit_stub stub;
    audit_stub_put(&example, &text);
    enum { LINES = 9, WAYS = 4 };
    for (int line = 0; line < LINES * WAYS; line++) {
        struct slice rest = buf_slice(&text), each;
        buf_clear(&touched);
        for (int i = 0; line_next(&rest, &each); i++) {
            int way = i == line / WAYS ? line % WAYS : -1;
            if (way == 0)
                continue;
            buf_append_slice(&touched, each);
            buf_append_string(&touched, way == 2 ? " \n" : "\n");
            if (way == 1)
                buf_append_slice(&touched, slice_of(each.data, each.size + 1));
            if (way == 3)
                buf_append_string(&touched, "and more\n");
        }
        cr_assert_not_null(read_signed(buf_slice(&touched), &stub), "line %d, way %d", line / WAYS, line % WAYS);
    }
    buf_done(&text);
    buf_done(&touched);
}

Test(audit_stub, stands_for_entries_of_before_its_record)
{
    struct audit_stub stub = example, read;
    struct buf text = { 0 };
    stub.entry = 3999;
    audit_stub_put(&stub, &text);
    cr_assert_not_null(read_signed(buf_slice(&text), &read), "recorded in what was removed");
    stub = example;
    stub.removed.size = 0;
    buf_clear(&text);
    audit_stub_put(&stub, &text);
    cr_assert_not_null(read_signed(buf_slice(&text), &read), "nothing was removed");
    stub = example;
    stub.removed.origin[10] = 'e';
    buf_clear(&text);
    audit_stub_put(&stub, &text);
    cr_assert_not_null(read_signed(buf_slice(&text), &read), "of another log");
    buf_done(&text);
}

Test(audit_stub, a_checkpoint_is_none)
{
    struct buf text = { 0 };
    struct audit_stub stub;
    checkpoint_text_put(&example.removed, &text);
    cr_assert_not_null(read_signed(buf_slice(&text), &stub));
    buf_done(&text);
}

Test(audit_stub, lists_of_hashes)
{
    struct merkle_proof list;
    struct buf json = { 0 };
    mp_put_map(&json, 1);
    mp_put_string(&json, "peaks");
    size_t start = json.size;
    mp_put_array(&json, 1);
    mp_put_string(&json, "tthqordXnP6RWyMJz2dej9EUlNoHcb3lX1K26LixIno=");
    cr_assert(audit_hashes_get(buf_slice(&json), "peaks", &list));
    cr_assert_eq(list.count, 1);
    cr_assert_not(audit_hashes_get(buf_slice(&json), "hashes", &list));
    json.size = start;
    mp_put_array(&json, 1);
    mp_put_string(&json, "tthqordXnP6RWyMJz2dej9EUlNoHcb3lX1K26LixIn==");
    cr_assert_not(audit_hashes_get(buf_slice(&json), "peaks", &list));
    json.size = start;
    mp_put_array(&json, MERKLE_PROOF_MAX + 1);
    for (int i = 0; i <= MERKLE_PROOF_MAX; i++)
        mp_put_string(&json, "tthqordXnP6RWyMJz2dej9EUlNoHcb3lX1K26LixIno=");
    cr_assert_not(audit_hashes_get(buf_slice(&json), "peaks", &list), "more than there may be");
    buf_done(&json);
}
