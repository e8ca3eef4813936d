/* UUIDs: PostgreSQL's input forms, one output form, random ones that say so. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "base/sys.h"
#include "base/uuid.h"

struct parse_case { char text[64]; bool good; };

ParameterizedTestParameters(uuid, parse)
{
    static struct parse_case cases[] = {
        { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", true },
        { "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", true },
        { "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", true },
        { "a0eebc999c0b4ef8bb6d6bb9bd380a11", true },
        { "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", true },
        { "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", true },
        { "", false }, { "{}", false }, { "{", false },
        { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", false },
        { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a112", false },
        { "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11", false },
        { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", false },
        { "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", false },
        { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g", false },
        { "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", false },
        { " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", false },
        { "a0e-ebc99-9c0b-4ef8-bb6d-6bb9bd380a11", false },
    };
    return cr_make_param_array(struct parse_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct parse_case *t, uuid, parse)
{
    struct uuid uuid;
    char text[UUID_TEXT_SIZE + 1];
    cr_assert(eq(int, uuid_parse(slice_of_string(t->text), &uuid), t->good), "%s", t->text);
    if (!t->good)
        return;
    uuid_format(&uuid, text);
    cr_assert(eq(str, text, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
}

Test(uuid, random_ones_are_version_4_and_differ)
{
    struct uuid last = uuid_random(sys_real());
    for (int i = 0; i < 1000; i++) {
        struct uuid next = uuid_random(sys_real());
        cr_assert(eq(int, next.bytes[6] >> 4, 4));
        cr_assert(eq(int, next.bytes[8] >> 6, 2));
        cr_assert(ne(int, uuid_compare(&last, &next), 0));
        last = next;
    }
}
