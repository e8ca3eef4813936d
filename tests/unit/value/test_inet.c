/* Networks: order and containment as PostgreSQL's operators have them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "random_value.h"

static struct inet inet(const char *text)
{
    struct inet inet;
    cr_assert(inet_parse(slice_of_string(text), &inet), "%s", text);
    return inet;
}

Test(inet, order)
{
    static const char *const ascending[] = { "0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.0", "10.0.0.1", "10.1.0.0/16",
                                             "255.255.255.255", "::/0", "::", "::1", "2001:db8::/32", "2001:db8::1/32", "2001:db8::/64" };
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        for (size_t j = 0; j < sizeof ascending / sizeof *ascending; j++) {
            struct inet a = inet(ascending[i]), b = inet(ascending[j]);
            cr_assert(eq(int, inet_compare(&a, &b), (i > j) - (i < j)), "%s, %s", ascending[i], ascending[j]);
        }
}

Test(inet, containment)
{
    static const struct { const char *outer, *inner; bool contains; } cases[] = {
        { "10.0.0.0/8", "10.1.2.3", true }, { "10.0.0.0/8", "11.0.0.0", false }, { "10.0.0.0/8", "10.0.0.0/8", true }, { "10.0.0.0/16", "10.0.0.0/8", false },
        { "10.0.0.128/25", "10.0.0.127", false }, { "10.0.0.129/25", "10.0.0.255", true }, { "0.0.0.0/0", "::1", false }, { "::/0", "::1", true },
        { "10.0.0.0/9", "10.128.0.0", false }, { "10.0.0.0/9", "10.127.255.255", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct inet outer = inet(cases[i].outer), inner = inet(cases[i].inner);
        cr_assert(eq(int, inet_contains(&outer, &inner), cases[i].contains), "%s, %s", cases[i].outer, cases[i].inner);
    }
}
