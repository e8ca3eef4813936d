/* inet: an IPv4 or IPv6 host address with the length of its network's prefix. */
#ifndef ROWHOUSE_VALUE_INET_H
#define ROWHOUSE_VALUE_INET_H

#include "base/buf.h"

struct inet {
    uint8_t size;               /* bytes of the address: 4 or 16 */
    uint8_t bits;               /* of the network's prefix, at most 8 * size */
    uint8_t address[16];        /* in network order; zero behind `size` */
};

/* "192.168.0.1", "10.0.0.0/8", "2001:db8::1/64"; false for anything else. */
bool inet_parse(struct slice text, struct inet *ret);

/* Canonical text, without the prefix's length when it is the whole address. */
void inet_format(const struct inet *inet, struct buf *out);

/* The address with zeros behind the prefix. */
struct inet inet_masked(const struct inet *inet);

/* PostgreSQL's order: IPv4 first, then network, prefix length, address. */
int inet_compare(const struct inet *a, const struct inet *b);

/* Whether `inner` lies in the network of `outer`: the operator >>= (strictly smaller: >>). */
bool inet_contains(const struct inet *outer, const struct inet *inner);

#endif
