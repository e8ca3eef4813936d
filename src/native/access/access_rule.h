/* Who may come in, as pure functions: addresses, places, and too many failures; no clock, no store.
 *
 * Addresses. An organization that has an active row in ip_whitelist is entered from its networks only. A row that has expired
 * admits nobody but still restricts: forgetting to renew closes the door, it does not open it.
 * Places. Of the active rows of geo_restrictions every one that forbids must not name the place, and where there are rows that
 * allow, one of them must. An unknown place is named by no row.
 * Lock-out. `threshold` failures within `window_us` lock for `lockout_us` from the last of them; a success forgets what came
 * before it. Failures while locked count too: who goes on trying stays locked. */
#ifndef ROWHOUSE_NATIVE_ACCESS_ACCESS_RULE_H
#define ROWHOUSE_NATIVE_ACCESS_ACCESS_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "value/inet.h"

/* An address as networks are compared with it: IPv4 inside IPv6 (::ffff:10.0.0.1) is IPv4. False: no address. */
bool address_parse(struct slice text, struct inet *ret);

/* Whether an address or network of ip_whitelist, as text, holds the address. A text that is none holds nothing. */
bool network_holds(struct slice network, const struct inet *address);

/* Codes of ISO 3166: two letters of a country; those, a hyphen and one to three letters or digits of a region. In either case. */
bool is_country_code(struct slice code);
bool is_region_code(struct slice code);

/* What was seen of the rows of ip_whitelist, one after another. */
struct whitelist {
    bool restricts;                 /* there is an active row */
    bool admits;
};
/* Whether this very row admits; remembers it. `networks`: what the row names; `expires_us`: INT64_MAX for never. */
bool whitelist_see(struct whitelist *list, bool active, int64_t expires_us, bool holds, int64_t now_us);

enum place_kind { PLACE_COUNTRY, PLACE_REGION, PLACE_CUSTOM };      /* restriction_type; custom: either list may name the place */

struct places {
    bool forbidden;
    bool allow_rows, allowed;
};
void places_see(struct places *places, bool active, bool is_allowlist, enum place_kind kind, bool names_country, bool names_region);

enum access_verdict { ACCESS_GRANTED, ACCESS_NOT_LISTED, ACCESS_PLACE_FORBIDDEN, ACCESS_PLACE_NOT_ALLOWED };
extern const char *const access_reasons[];      /* by verdict, for people; NULL for ACCESS_GRANTED */
enum access_verdict access_decide(const struct whitelist *list, const struct places *places);

/* Failures since the last success, newest first. Until when they lock; 0: they never did. */
int64_t lockout_until(const int64_t *failures_us, int count, int threshold, int64_t window_us, int64_t lockout_us);

#endif
