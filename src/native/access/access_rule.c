#include "native/access/access_rule.h"

#include <assert.h>
#include <ctype.h>

/* IPv4 inside IPv6, addresses and networks of them, becomes IPv4. */
static bool parse(struct slice text, struct inet *ret)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (!inet_parse(text, ret))
        return false;
    if (ret->size == 16 && ret->bits >= 8 * sizeof mapped && memcmp(ret->address, mapped, sizeof mapped) == 0) {
        struct inet inside = { .size = 4, .bits = ret->bits - 8 * sizeof mapped };
        memcpy(inside.address, ret->address + sizeof mapped, 4);
        *ret = inside;
    }
    return true;
}

bool address_parse(struct slice text, struct inet *ret)
{
    return parse(text, ret) && ret->bits == 8 * ret->size;
}

bool network_holds(struct slice network, const struct inet *address)
{
    struct inet parsed;
    return parse(network, &parsed) && parsed.size == address->size && inet_contains(&parsed, address);
}

bool is_country_code(struct slice code)
{
    return code.size == 2 && isalpha(code.data[0]) && isalpha(code.data[1]);
}

bool is_region_code(struct slice code)
{
    if (code.size < 4 || code.size > 6 || !is_country_code(slice_of(code.data, 2)) || code.data[2] != '-')
        return false;
    for (size_t i = 3; i < code.size; i++)
        if (!isalnum(code.data[i]))
            return false;
    return true;
}

bool whitelist_see(struct whitelist *list, bool active, int64_t expires_us, bool holds, int64_t now_us)
{
    bool admits = active && holds && now_us < expires_us;
    list->restricts = list->restricts || active;
    list->admits = list->admits || admits;
    return admits;
}

void places_see(struct places *places, bool active, bool is_allowlist, enum place_kind kind, bool names_country, bool names_region)
{
    bool names = (kind != PLACE_REGION && names_country) || (kind != PLACE_COUNTRY && names_region);
    if (!active)
        return;
    if (is_allowlist) {
        places->allow_rows = true;
        places->allowed = places->allowed || names;
    } else {
        places->forbidden = places->forbidden || names;
    }
}

const char *const access_reasons[] = {
    [ACCESS_GRANTED] = NULL,
    [ACCESS_NOT_LISTED] = "the address is not in ip_whitelist",
    [ACCESS_PLACE_FORBIDDEN] = "the place is forbidden by geo_restrictions",
    [ACCESS_PLACE_NOT_ALLOWED] = "the place is not among those that geo_restrictions allows",
};

enum access_verdict access_decide(const struct whitelist *list, const struct places *places)
{
    assert(list->restricts || !list->admits);
    if (list->restricts && !list->admits)
        return ACCESS_NOT_LISTED;
    if (places->forbidden)
        return ACCESS_PLACE_FORBIDDEN;
    if (places->allow_rows && !places->allowed)
        return ACCESS_PLACE_NOT_ALLOWED;
    return ACCESS_GRANTED;
}

int64_t lockout_until(const int64_t *failures_us, int count, int threshold, int64_t window_us, int64_t lockout_us)
{
    assert(threshold >= 1);
    for (int last = 0; last + threshold <= count; last++)
        if (failures_us[last] - failures_us[last + threshold - 1] <= window_us)
            return failures_us[last] + lockout_us;
    return 0;
}
