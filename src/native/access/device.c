/* Devices that a user trusts: trust_device, is_trusted_device, revoke_device. */
#include "native/access/security_alert.h"
#include "native/groups.h"
#include "native/rows.h"
#include "value/time.h"

#define TTL_DAYS_MAX 3650

/* The user's row for a device, in `draft`'s columns: 1, 0, -1. */
static int find_device(struct draft *draft, struct request *rq, const struct value *user, const struct value *fingerprint,
                       struct found *ret)
{
    const struct table *table;
    struct value owner;
    if (native_user(rq, user, &owner) < 0 || native_table_of(rq, REFERENCE_TRUSTED_DEVICES, &table) < 0)
        return -1;
    draft_start(draft, rq, table);
    draft_set(draft, "user_id", owner);
    draft_set(draft, "device_fingerprint", *fingerprint);
    return draft_find(draft, REFERENCE_TRUSTED_DEVICES, TENANT_SYSTEM, ret);
}

static bool is_trusted(const struct table *table, const struct found *row, int64_t now_us)
{
    const struct value *expires = found_column(table, row, "expires_at");
    return found_bool(table, row, "is_active", false) && (value_is_null(expires) || now_us < value_unix_us(expires));
}

enum { TRUST_DEVICE, TRUST_USER, TRUST_NAME, TRUST_TYPE, TRUST_BROWSER, TRUST_OS, TRUST_ADDRESS, TRUST_DAYS };

/* Somebody else who is signed in as the user could do this. */
static int tell(struct request *rq, const struct draft *draft, const struct found *row)
{
    struct buf wire = { 0 };
    mp_put_map(&wire, 2);
    put_column(&wire, draft->table, row, "device_fingerprint");
    put_column(&wire, draft->table, row, "device_name");
    struct value metadata = native_json(rq, &wire);
    return security_alert_write(rq, found_column(draft->table, row, "user_id"), "new_device", "low", "A new device is trusted",
                                "A device is trusted with your account for the first time. If it is not yours, revoke it.", &metadata);
}

static int trust_device(struct request *rq, const struct value *values, struct buf *out)
{
    static const struct { int value; const char *column; } facts[] = {
        { TRUST_NAME, "device_name" }, { TRUST_TYPE, "device_type" }, { TRUST_BROWSER, "browser" }, { TRUST_OS, "os" },
        { TRUST_ADDRESS, "ip_address" },
    };
    struct draft draft;
    struct found row;
    int64_t days;
    if (native_integer(rq, &values[TRUST_DAYS], "ttl_days", 30, 1, TTL_DAYS_MAX, &days) < 0)
        return -1;
    int got = find_device(&draft, rq, &values[TRUST_USER], &values[TRUST_DEVICE], &row);
    if (got < 0)
        return -1;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (!value_is_null(&values[facts[i].value]))
            draft_set(&draft, facts[i].column, values[facts[i].value]);
    draft_set(&draft, "is_active", value_bool(true));
    draft_set(&draft, "trusted_at", value_time(rq->now_us));
    draft_set(&draft, "last_used_at", value_time(rq->now_us));
    draft_set(&draft, "expires_at", value_time(rq->now_us + days * US_PER_DAY));
    if ((got == 1 ? draft_update(&draft, &row, &row) : draft_insert(&draft, TENANT_SYSTEM, &row)) < 0 || (got == 0 && tell(rq, &draft, &row) < 0))
        return -1;
    mp_put_map(out, 3);
    put_bool(out, "is_new", got == 0);
    put_column(out, draft.table, &row, "id");
    put_column(out, draft.table, &row, "expires_at");
    return 0;
}

enum { DEVICE_DEVICE, DEVICE_USER };

static int is_trusted_device(struct request *rq, const struct value *values, struct buf *out)
{
    struct draft draft;
    struct found row;
    int got = find_device(&draft, rq, &values[DEVICE_USER], &values[DEVICE_DEVICE], &row);
    if (got < 0)
        return -1;
    bool trusted = got == 1 && is_trusted(draft.table, &row, rq->now_us);
    mp_put_map(out, trusted ? 2 : 1);
    put_bool(out, "trusted", trusted);
    if (trusted)
        put_column(out, draft.table, &row, "expires_at");
    return 0;
}

static int revoke_device(struct request *rq, const struct value *values, struct buf *out)
{
    struct draft draft;
    struct found row;
    int got = find_device(&draft, rq, &values[DEVICE_USER], &values[DEVICE_DEVICE], &row);
    if (got < 0)
        return -1;
    bool was = got == 1 && found_bool(draft.table, &row, "is_active", false);
    draft_set(&draft, "is_active", value_bool(false));
    if (was && draft_update(&draft, &row, NULL) < 0)
        return -1;
    mp_put_map(out, 1);
    put_bool(out, "revoked", was);
    return 0;
}

#define DEVICE_PARAMETER { "device_fingerprint", TYPE_TEXT, false, true, "what the application knows the device by" }

const struct native_function device_functions[] = {
    { .name = "trust_device", .writes = true, .caller = CALLER_SIGNED_IN, .run = trust_device,
      .returns = "{is_new, id, expires_at}", .summary = "trusts a user's device, anew or again",
      .parameters = { [TRUST_DEVICE] = DEVICE_PARAMETER,
                      [TRUST_USER] = USER_PARAMETER,
                      [TRUST_NAME] = { "device_name", TYPE_TEXT, false, false, "for people" },
                      [TRUST_TYPE] = { "device_type", TYPE_TEXT, false, false, "for people" },
                      [TRUST_BROWSER] = { "browser", TYPE_TEXT, false, false, "for people" },
                      [TRUST_OS] = { "os", TYPE_TEXT, false, false, "for people" },
                      [TRUST_ADDRESS] = { "ip_address", TYPE_TEXT, false, false, "for people" },
                      [TRUST_DAYS] = { "ttl_days", TYPE_INT4, false, false, "how long; 30 when left out" } } },
    { .name = "is_trusted_device", .caller = CALLER_SIGNED_IN, .run = is_trusted_device,
      .returns = "{trusted, expires_at}", .summary = "whether a device is trusted now",
      .parameters = { [DEVICE_DEVICE] = DEVICE_PARAMETER, [DEVICE_USER] = USER_PARAMETER } },
    { .name = "revoke_device", .writes = true, .caller = CALLER_SIGNED_IN, .run = revoke_device,
      .returns = "{revoked}", .summary = "trusts a device no longer",
      .parameters = { [DEVICE_DEVICE] = DEVICE_PARAMETER, [DEVICE_USER] = USER_PARAMETER } },
    { .name = NULL },
};
