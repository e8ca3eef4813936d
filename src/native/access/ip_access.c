/* Access by address and place: check_ip_access. The rules are access_rule.h's. */
#include "native/access/access_rule.h"
#include "native/access/geo.h"
#include "native/groups.h"
#include "native/rows.h"
#include "value/array.h"
#include "value/letters.h"

enum { IP_ADDRESS, IP_ORGANIZATION, IP_USER, IP_COUNTRY, IP_REGION, IP_ENDPOINT, IP_METHOD, IP_AGENT };

struct ip_check {
    struct request *rq;
    uint32_t house;
    struct uuid organization;
    struct value user;              /* whose access it is; NULL: nobody's */
    struct inet address;
    struct slice country, region;   /* empty: unknown */
    struct value rule;              /* the row of ip_whitelist that admitted */
    enum access_verdict verdict;
};

/* A row that admitted counts its use. */
static int count_use(struct ip_check *check, const struct table *table, const struct found *row)
{
    struct draft draft;
    check->rule = *found_column(table, row, "id");
    draft_start(&draft, check->rq, table);
    draft_set(&draft, "use_count", value_int(count_shown(found_int(table, row, "use_count", 0) + 1)));
    draft_set(&draft, "last_used_at", value_time(check->rq->now_us));
    return draft_update(&draft, row, NULL);
}

/* Of several rows that admit the first one counts. */
static int see_whitelist(struct ip_check *check, struct whitelist *list)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got;
    if (native_table_of(check->rq, REFERENCE_IP_WHITELIST, &table) < 0 ||
        walk_start(&walk, check->rq, table->primary, check->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while (!list->admits && (got = walk_next(&walk, &row)) != 0) {
        if (got < 0)
            return -1;
        const struct value *range = found_column(table, &row, "ip_range"), *expires = found_column(table, &row, "expires_at");
        bool holds = network_holds(found_column(table, &row, "ip_address")->bytes, &check->address) ||
                     (!value_is_null(range) && network_holds(range->bytes, &check->address));
        if (whitelist_see(list, found_bool(table, &row, "is_active", true), value_is_null(expires) ? INT64_MAX : value_unix_us(expires), holds,
                          check->rq->now_us) &&
            count_use(check, table, &row) < 0)
            return -1;
    }
    return 0;
}

static bool names(const struct value *codes, struct slice code)
{
    struct value each;
    if (value_is_null(codes) || code.size == 0)
        return false;
    for (struct slice rest = array_elements(codes); array_next(type_of(TYPE_TEXT), &rest, &each);)
        if (!value_is_null(&each) && letters_same(each.bytes, code))
            return true;
    return false;
}

static int see_places(struct ip_check *check, struct places *places)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int got;
    if (native_table_of(check->rq, REFERENCE_GEO_RESTRICTIONS, &table) < 0 ||
        walk_start(&walk, check->rq, table->primary, check->house, NULL, 0, NULL, NULL, false) < 0)
        return -1;
    while ((got = walk_next(&walk, &row)) == 1) {
        struct slice kind = found_column(table, &row, "restriction_type")->bytes;
        places_see(places, found_bool(table, &row, "is_active", true), found_bool(table, &row, "is_allowlist", true),
                   slice_is(kind, "country") ? PLACE_COUNTRY : slice_is(kind, "region") ? PLACE_REGION : PLACE_CUSTOM,
                   names(found_column(table, &row, "country_codes"), check->country),
                   names(found_column(table, &row, "region_codes"), check->region));
    }
    return got;
}

static struct value text_or_null(struct slice text)
{
    return text.size == 0 ? VALUE_OF_NULL : value_text(text);
}

static struct value location_of(struct ip_check *check)
{
    struct buf wire = { 0 };
    if (check->country.size == 0 && check->region.size == 0)
        return VALUE_OF_NULL;
    mp_put_map(&wire, (check->country.size > 0) + (check->region.size > 0));
    if (check->country.size > 0)
        put_text(&wire, "country", check->country);
    if (check->region.size > 0)
        put_text(&wire, "region", check->region);
    return native_json(check->rq, &wire);
}

static int log_access(struct ip_check *check, const struct value *values)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(check->rq, REFERENCE_IP_ACCESS_LOG, &table) < 0)
        return -1;
    draft_start(&draft, check->rq, table);
    draft_set(&draft, "organization_id", value_uuid(check->organization));
    draft_set(&draft, "user_id", check->user);
    draft_set(&draft, "ip_address", value_text(values[IP_ADDRESS].bytes));
    draft_set(&draft, "access_granted", value_bool(check->verdict == ACCESS_GRANTED));
    draft_text(&draft, "denial_reason", access_reasons[check->verdict]);
    draft_set(&draft, "endpoint", values[IP_ENDPOINT]);
    draft_set(&draft, "method", values[IP_METHOD]);
    draft_set(&draft, "user_agent", values[IP_AGENT]);
    draft_set(&draft, "location", location_of(check));
    draft_set(&draft, "whitelist_rule_id", check->rule);
    return draft_insert(&draft, check->house, NULL);
}

static int refuse_code(struct ip_check *check, const char *name, struct slice code, const char *want)
{
    fail(check->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%s\" is no code of a place: \"%.*s\"", name, SLICE_FMT(code));
    return fail_hint(check->rq->error, "it is %s", want);
}

/* What the caller says of the place; else what the database knows. What is no code would be named by no row, and pass where it is forbidden. */
static int find_place(struct ip_check *check, const struct value *values)
{
    const struct geo *geo = check->rq->host->geo;
    struct place place;
    if (!value_is_null(&values[IP_COUNTRY]))
        check->country = values[IP_COUNTRY].bytes;
    if (!value_is_null(&values[IP_REGION]))
        check->region = values[IP_REGION].bytes;
    if (check->country.size > 0 && !is_country_code(check->country))
        return refuse_code(check, "country", check->country, "two letters of ISO 3166-1, such as DE");
    if (check->region.size > 0 && !is_region_code(check->region))
        return refuse_code(check, "region", check->region, "a code of ISO 3166-2, such as DE-BE");
    if (check->country.size > 0 || check->region.size > 0 || geo == NULL)
        return 0;
    geo_find(geo, &check->address, &place);
    check->country = arena_copy(check->rq->arena, slice_of_string(place.country));
    check->region = arena_copy(check->rq->arena, slice_of_string(place.region));
    return 0;
}

static int check_ip_access(struct request *rq, const struct value *values, struct buf *out)
{
    struct ip_check check = { .rq = rq };
    struct whitelist list = { 0 };
    struct places places = { 0 };
    if (!address_parse(values[IP_ADDRESS].bytes, &check.address))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%.*s\" is a network, not an address", SLICE_FMT(values[IP_ADDRESS].bytes));
    if (native_house(rq, &values[IP_ORGANIZATION], &check.house, &check.organization) < 0 ||
        native_self(rq, &values[IP_USER], &check.user) < 0)
        return -1;
    if (find_place(&check, values) < 0 || see_whitelist(&check, &list) < 0 || see_places(&check, &places) < 0)
        return -1;
    check.verdict = access_decide(&list, &places);
    if (log_access(&check, values) < 0)
        return -1;
    struct value reason = check.verdict == ACCESS_GRANTED ? VALUE_OF_NULL : value_text(slice_of_string(access_reasons[check.verdict]));
    struct value country = text_or_null(check.country), region = text_or_null(check.region);
    mp_put_map(out, 5);
    put_bool(out, "allowed", check.verdict == ACCESS_GRANTED);
    put_value(out, "reason", type_of(TYPE_TEXT), &reason);
    put_uuid(out, "whitelist_rule_id", &check.rule);
    put_value(out, "country", type_of(TYPE_TEXT), &country);
    put_value(out, "region", type_of(TYPE_TEXT), &region);
    return 0;
}

const struct native_function ip_functions[] = {
    { .name = "check_ip_access", .writes = true, .caller = CALLER_MEMBER, .refusal = SQLSTATE_INSUFFICIENT_PRIVILEGE,
      .keeps_refusal = true, .run = check_ip_access,
      .returns = "{allowed, reason, whitelist_rule_id, country, region}",
      .summary = "whether an organization is open to an address and its place; every decision is a row of ip_access_log",
      .parameters = { [IP_ADDRESS] = { "ip_address", TYPE_INET, false, true, "an address, not a network" },
                      [IP_ORGANIZATION] = ORGANIZATION_PARAMETER,
                      [IP_USER] = { "user_id", TYPE_UUID, false, false, "for the log; the caller when left out" },
                      [IP_COUNTRY] = { "country", TYPE_TEXT, false, false, "ISO 3166-1, such as DE; looked up in the geo_database when both are left out" },
                      [IP_REGION] = { "region", TYPE_TEXT, false, false, "ISO 3166-2, such as DE-BE" },
                      [IP_ENDPOINT] = { "endpoint", TYPE_TEXT, false, false, "for the log" },
                      [IP_METHOD] = { "method", TYPE_TEXT, false, false, "for the log" },
                      [IP_AGENT] = { "user_agent", TYPE_TEXT, false, false, "for the log" } } },
    { .name = NULL },
};
