/* Addresses, places, lock-outs, incidents and alerts: the rules against plain models. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "native/access/access_rule.h"
#include "value/letters.h"
#include "native/monitoring/alert_rule.h"
#include "native/incidents/incident_rule.h"
#include "value/json.h"

static unsigned seed(void)
{
    const char *given = getenv("SEED");
    unsigned value = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    fprintf(stderr, "SEED=%u\n", value);
    return value;
}

struct network_case { char network[40], address[40]; bool want; };

Test(addresses, networks)
{
    static const struct network_case cases[] = {
        { "10.0.0.0/8", "10.255.0.1", true }, { "10.0.0.0/8", "11.0.0.1", false }, { "10.1.2.3", "10.1.2.3", true },
        { "10.1.2.3", "10.1.2.4", false }, { "10.1.2.3/16", "10.1.9.9", true }, { "0.0.0.0/0", "8.8.8.8", true },
        { "0.0.0.0/0", "::1", false }, { "2001:db8::/32", "2001:db8:1::1", true }, { "2001:db8::/32", "2001:db9::1", false },
        { "10.0.0.0/8", "::ffff:10.1.1.1", true }, { "everything", "10.1.1.1", false }, { "", "10.1.1.1", false },
        { "::ffff:10.1.1.0/120", "10.1.1.7", true }, { "::ffff:10.1.1.0/120", "10.1.2.7", false }, { "::ffff:0:0/96", "8.8.8.8", true },
        { "::/0", "10.1.1.1", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct inet address;
        cr_assert(address_parse(slice_of_string(cases[i].address), &address), "%s", cases[i].address);
        cr_assert(eq(int, network_holds(slice_of_string(cases[i].network), &address), cases[i].want), "%s in %s", cases[i].address, cases[i].network);
    }
    struct inet address;
    cr_assert(not(address_parse(SLICE_LITERAL("10.0.0.0/8"), &address)));
    cr_assert(not(address_parse(SLICE_LITERAL("here"), &address)));
}

Test(addresses, codes_of_places)
{
    static const char *const countries[] = { "DE", "de", "fR" }, *const regions[] = { "DE-BE", "us-ca", "FR-971", "MT-1" };
    static const char *const neither[] = { "", "D", "DEU", "D1", "Germany", "DE-", "-BE", "DE_BE", "DE-BERL", "D1-BE", "DE-B\xc3\xa9" };
    for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
        cr_expect(is_country_code(slice_of_string(countries[i])) && !is_region_code(slice_of_string(countries[i])), "%s", countries[i]);
    for (size_t i = 0; i < sizeof regions / sizeof *regions; i++)
        cr_expect(is_region_code(slice_of_string(regions[i])) && !is_country_code(slice_of_string(regions[i])), "%s", regions[i]);
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        cr_expect(not(is_country_code(slice_of_string(neither[i])) || is_region_code(slice_of_string(neither[i]))), "%s", neither[i]);
    cr_expect(letters_same(SLICE_LITERAL("Ada@X.com"), SLICE_LITERAL("aDA@x.COM")));
    cr_expect(not(letters_same(SLICE_LITERAL("DE"), SLICE_LITERAL("DEU"))));
    cr_expect(not(letters_same(SLICE_LITERAL("DE"), SLICE_LITERAL("DK"))));
}

/* All rows at once instead of one after another. */
Test(addresses, decisions)
{
    srand(seed());
    for (int round = 0; round < 20000; round++) {
        struct whitelist list = { 0 };
        struct places places = { 0 };
        bool restricted = false, admitted = false, forbidden = false, allow_rows = false, allowed = false;
        for (int i = rand() % 4; i > 0; i--) {
            bool active = rand() % 2, holds = rand() % 2;
            int64_t expires_us = rand() % 3 == 0 ? INT64_MAX : rand() % 200;
            restricted |= active;
            admitted |= active && holds && expires_us > 100;
            cr_assert(eq(int, whitelist_see(&list, active, expires_us, holds, 100), active && holds && expires_us > 100));
        }
        for (int i = rand() % 4; i > 0; i--) {
            bool active = rand() % 2, allow = rand() % 2, country = rand() % 2, region = rand() % 2;
            enum place_kind kind = (enum place_kind)(rand() % 3);
            bool named = kind == PLACE_COUNTRY ? country : kind == PLACE_REGION ? region : country || region;
            forbidden |= active && !allow && named;
            allow_rows |= active && allow;
            allowed |= active && allow && named;
            places_see(&places, active, allow, kind, country, region);
        }
        bool open = (!restricted || admitted) && !forbidden && (!allow_rows || allowed);
        enum access_verdict verdict = access_decide(&list, &places);
        cr_assert(eq(int, verdict == ACCESS_GRANTED, open));
        cr_assert(eq(int, access_reasons[verdict] == NULL, open));
    }
}

/* Locked at t: some `threshold` failures lie within a window, and t is within the lock after the last of them; the rule answers the
 * end of the latest lock. */
Test(lockout, as_its_definition)
{
    srand(seed());
    for (int round = 0; round < 50000; round++) {
        int64_t times[12], now = 1000, want = 0;
        int count = rand() % 12, threshold = 1 + rand() % 5, window = 1 + rand() % 100, lock = 1 + rand() % 100;
        for (int i = 0; i < count; i++)
            times[i] = now -= rand() % 40;
        for (int i = 0; i < count; i++) {
            int inside = 0;
            for (int j = i; j < count; j++)
                inside += times[i] - times[j] <= window;
            if (inside >= threshold && times[i] + lock > want)
                want = times[i] + lock;
        }
        cr_assert(eq(i64, lockout_until(times, count, threshold, window, lock), want));
    }
}

Test(incidents, moves)
{
    enum incident_status status;
    cr_assert(incident_status_of(SLICE_LITERAL("investigating"), &status) && status == INCIDENT_INVESTIGATING);
    cr_assert(not(incident_status_of(SLICE_LITERAL("gone"), &status)));
    for (int i = 0; i < INCIDENT_STATUS_COUNT; i++) {
        cr_assert(not(incident_moves[i][i]), "a move goes somewhere");
        cr_assert(not(incident_moves[INCIDENT_CLOSED][i]), "closed is the end");
        cr_assert(not(incident_moves[i][INCIDENT_OPEN]), "open is the beginning");
    }
}

Test(incidents, whom_a_rule_is_about)
{
    static const struct { char conditions[80]; bool want; } cases[] = {
        { "{}", true }, { "{\"severities\": []}", true }, { "{\"severities\": [\"high\"]}", true }, { "{\"severities\": [\"low\"]}", false },
        { "{\"incident_types\": [\"api_error\"], \"services\": [\"web\", 1]}", true }, { "{\"incident_types\": [\"x\"]}", false },
        { "{\"services\": [1, {\"a\": 2}]}", false }, { "[]", false }, { "null", false }, { "{\"severities\": \"high\"}", true },
    };
    struct arena arena;
    struct error error;
    arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice json;
        cr_assert(eq(int, json_parse(slice_of_string(cases[i].conditions), &arena, &json, &error), 0));
        cr_assert(eq(int, incident_concerns(json, SLICE_LITERAL("api_error"), SLICE_LITERAL("high"), SLICE_LITERAL("web")), cases[i].want), "%s",
                  cases[i].conditions);
    }
    arena_done(&arena);
}

Test(alerts, conditions_and_cooldown)
{
    for (int c = -1; c <= 1; c++) {
        cr_assert(eq(int, alert_holds(SLICE_LITERAL("greater_than"), c), c > 0));
        cr_assert(eq(int, alert_holds(SLICE_LITERAL("less_than"), c), c < 0));
        cr_assert(eq(int, alert_holds(SLICE_LITERAL("equal"), c), c == 0));
        cr_assert(eq(int, alert_holds(SLICE_LITERAL("not_equal"), c), c != 0));
        cr_assert(not(alert_holds(SLICE_LITERAL("like"), c)));
    }
    cr_assert(alert_may(INT64_MIN, 10, 0));
    cr_assert(not(alert_may(100, 10, 109)));
    cr_assert(alert_may(100, 10, 110));
}
