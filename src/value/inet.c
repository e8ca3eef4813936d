#include "value/inet.h"

#include <arpa/inet.h>

#include "value/scan.h"

#define TEXT_MAX 45             /* the longest IPv6 address in text */

/* Four decimal numbers; leading zeros mean nothing, as in PostgreSQL. `shortened`: the last ones may be left out,
 * as in 10.1/16. */
static bool parse_ipv4(struct slice text, bool shortened, uint8_t address[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        int number = 0;
        if (shortened && part > 0 && at == text.size)
            return true;
        if (part > 0 && (at == text.size || text.data[at++] != '.'))
            return false;
        if (at == text.size || !scan_is_digit(text.data[at]))
            return false;
        for (; at < text.size && scan_is_digit(text.data[at]); at++)
            if ((number = number * 10 + text.data[at] - '0') > 255)
                return false;
        address[part] = (uint8_t)number;
    }
    return at == text.size;
}

static bool parse_ipv6(struct slice text, uint8_t address[16])
{
    char copy[TEXT_MAX + 1];
    if (text.size > TEXT_MAX || memchr(text.data, 0, text.size) != NULL)
        return false;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return inet_pton(AF_INET6, copy, address) == 1;
}

static bool parse_bits(struct slice text, int most, uint8_t *ret)
{
    int bits = 0;
    if (text.size == 0 || text.size > 3)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!scan_is_digit(text.data[i]))
            return false;
        bits = bits * 10 + text.data[i] - '0';
    }
    *ret = (uint8_t)bits;
    return bits <= most;
}

bool inet_parse(struct slice text, struct inet *ret)
{
    *ret = (struct inet){ 0 };
    const uint8_t *slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    struct slice host = slice_of(text.data, slash == NULL ? text.size : (size_t)(slash - text.data));
    if (host.size == 0)
        return false;
    ret->size = memchr(host.data, ':', host.size) != NULL ? 16 : 4;
    ret->bits = (uint8_t)(8 * ret->size);
    if (!(ret->size == 4 ? parse_ipv4(host, slash != NULL, ret->address) : parse_ipv6(host, ret->address)))
        return false;
    return slash == NULL || parse_bits(slice_of(slash + 1, text.size - host.size - 1), ret->bits, &ret->bits);
}

void inet_format(const struct inet *inet, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(inet->size == 4 ? AF_INET : AF_INET6, inet->address, text, sizeof text);
    buf_append_string(out, text);
    if (inet->bits != 8 * inet->size)
        buf_printf(out, "/%d", inet->bits);
}

struct inet inet_masked(const struct inet *inet)
{
    struct inet network = *inet;
    for (int i = 0; i < inet->size; i++) {
        int kept = inet->bits - 8 * i;
        if (kept <= 0)
            network.address[i] = 0;
        else if (kept < 8)
            network.address[i] &= (uint8_t)(0xff00 >> kept);
    }
    return network;
}

int inet_compare(const struct inet *a, const struct inet *b)
{
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    struct inet network_a = inet_masked(a), network_b = inet_masked(b);
    int order = memcmp(network_a.address, network_b.address, a->size);
    if (order == 0)
        order = a->bits - b->bits;
    if (order == 0)
        order = memcmp(a->address, b->address, a->size);
    return (order > 0) - (order < 0);
}

bool inet_contains(const struct inet *outer, const struct inet *inner)
{
    if (outer->size != inner->size || outer->bits > inner->bits)
        return false;
    struct inet cut = *inner;
    cut.bits = outer->bits;
    struct inet network = inet_masked(outer), inner_network = inet_masked(&cut);
    return memcmp(network.address, inner_network.address, outer->size) == 0;
}
