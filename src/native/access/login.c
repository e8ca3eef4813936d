/* Attempts to sign in, written by the service that checks passwords: record_login_attempt, get_failed_login_count,
 * is_login_locked. */
#include "native/access/access_rule.h"
#include "native/access/lockout.h"
#include "native/access/security_alert.h"
#include "native/groups.h"
#include "value/letters.h"
#include "value/time.h"

#define MINUTES_MAX 10080               /* of windows and locks: a week */
#define FAILURES_MAX 1000               /* that a lock may wait for, and that one decision looks at */

enum { LOGIN_EMAIL, LOGIN_SUCCESS, LOGIN_USER, LOGIN_REASON, LOGIN_ADDRESS, LOGIN_AGENT, LOGIN_DEVICE, LOGIN_LOCATION };

static int is_locked(struct request *rq, const struct table *table, const struct value *user, bool *ret)
{
    *ret = false;
    return value_is_null(user) ? 0 : lockout_holds(rq, table, user, ret);
}

/* Somebody tries to sign in as that user. */
static int tell(struct request *rq, const struct value *values)
{
    struct buf wire = { 0 };
    mp_put_map(&wire, 2);
    put_value(&wire, "email", type_of(TYPE_TEXT), &values[LOGIN_EMAIL]);
    put_value(&wire, "ip_address", type_of(TYPE_TEXT), &values[LOGIN_ADDRESS]);
    struct value metadata = native_json(rq, &wire);
    return security_alert_write(rq, &values[LOGIN_USER], "too_many_failed_attempts", "high", "Too many failed attempts to sign in",
                                "Somebody tried to sign in to your account and failed, several times. If it was not you, change your password.",
                                &metadata);
}

static int record_login_attempt(struct request *rq, const struct value *values, struct buf *out)
{
    const struct table *table;
    struct draft draft;
    struct found row;
    bool was_locked, locked;
    if (native_table_of(rq, REFERENCE_LOGIN_ATTEMPTS, &table) < 0 || is_locked(rq, table, &values[LOGIN_USER], &was_locked) < 0)
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "email", values[LOGIN_EMAIL]);
    draft_set(&draft, "success", values[LOGIN_SUCCESS]);
    draft_set(&draft, "user_id", values[LOGIN_USER]);
    draft_set(&draft, "failure_reason", values[LOGIN_REASON]);
    draft_set(&draft, "ip_address", values[LOGIN_ADDRESS]);
    draft_set(&draft, "user_agent", values[LOGIN_AGENT]);
    draft_set(&draft, "device_fingerprint", values[LOGIN_DEVICE]);
    draft_set(&draft, "location", values[LOGIN_LOCATION]);
    if (draft_insert(&draft, TENANT_SYSTEM, &row) < 0 || is_locked(rq, table, &values[LOGIN_USER], &locked) < 0 ||
        (!was_locked && locked && tell(rq, values) < 0))
        return -1;
    mp_put_map(out, 1);
    put_column(out, table, &row, "id");
    return 0;
}

/* Failures of one address, newest first, in the last `span_us`; with `since_success` only those after the last success. Looks at
 * the whole span, but remembers no more than FAILURES_MAX times. */
struct failures {
    int64_t count;
    int kept;
    int64_t times_us[FAILURES_MAX];
};

static int read_failures(struct request *rq, const struct value *email, int64_t span_us, bool since_success, struct failures *ret)
{
    const struct table *table;
    struct walk walk;
    struct found row;
    int64_t low_us = rq->now_us - span_us;
    int got;
    if (native_table_of(rq, REFERENCE_LOGIN_ATTEMPTS, &table) < 0 ||
        recent_start(&walk, rq, table, TENANT_SYSTEM, "created_at", low_us, INT64_MAX, true) < 0)
        return -1;
    while ((got = recent_next(&walk, "created_at", low_us, INT64_MAX, &row)) == 1) {
        if (!letters_same(found_column(table, &row, "email")->bytes, email->bytes))
            continue;
        if (found_bool(table, &row, "success", false)) {
            if (since_success)
                return 0;
            continue;
        }
        if (ret->kept < FAILURES_MAX)
            ret->times_us[ret->kept++] = value_unix_us(found_column(table, &row, "created_at"));
        ret->count++;
    }
    return got;
}

enum { COUNT_EMAIL, COUNT_MINUTES };

static int get_failed_login_count(struct request *rq, const struct value *values, struct buf *out)
{
    struct failures *failures = ARENA_NEW(rq->arena, struct failures);
    int64_t minutes;
    if (native_integer(rq, &values[COUNT_MINUTES], "minutes", 15, 1, MINUTES_MAX, &minutes) < 0 ||
        read_failures(rq, &values[COUNT_EMAIL], minutes * US_PER_MINUTE, false, failures) < 0)
        return -1;
    mp_put_int(out, failures->count);
    return 0;
}

enum { LOCK_EMAIL, LOCK_FAILURES, LOCK_WINDOW, LOCK_MINUTES };

static int is_login_locked(struct request *rq, const struct value *values, struct buf *out)
{
    struct failures *failures = ARENA_NEW(rq->arena, struct failures);
    int64_t threshold, window, minutes;
    if (native_integer(rq, &values[LOCK_FAILURES], "max_failures", 5, 1, FAILURES_MAX, &threshold) < 0 ||
        native_integer(rq, &values[LOCK_WINDOW], "window_minutes", 15, 1, MINUTES_MAX, &window) < 0 ||
        native_integer(rq, &values[LOCK_MINUTES], "lockout_minutes", 15, 1, MINUTES_MAX, &minutes) < 0 ||
        read_failures(rq, &values[LOCK_EMAIL], (window + minutes) * US_PER_MINUTE, true, failures) < 0)
        return -1;
    int64_t until_us = lockout_until(failures->times_us, failures->kept, (int)threshold, window * US_PER_MINUTE, minutes * US_PER_MINUTE);
    bool locked = until_us > rq->now_us;
    mp_put_map(out, 3);
    put_bool(out, "locked", locked);
    put_int(out, "failures", failures->count);
    if (locked) {
        put_time(out, "locked_until", until_us);
    } else {
        mp_put_string(out, "locked_until");
        mp_put_nil(out);
    }
    return 0;
}

const struct native_function login_functions[] = {
    { .name = "record_login_attempt", .writes = true, .caller = CALLER_ADMIN, .run = record_login_attempt,
      .returns = "{id}", .summary = "writes one attempt to sign in; a known user is told of too many that failed",
      .parameters = { [LOGIN_EMAIL] = { "email", TYPE_TEXT, false, true, "as it was typed" },
                      [LOGIN_SUCCESS] = { "success", TYPE_BOOL, false, true, "whether it succeeded" },
                      [LOGIN_USER] = { "user_id", TYPE_UUID, false, false, "the user, when he is known" },
                      [LOGIN_REASON] = { "failure_reason", TYPE_TEXT, false, false, "why it failed" },
                      [LOGIN_ADDRESS] = { "ip_address", TYPE_TEXT, false, false, "where it came from" },
                      [LOGIN_AGENT] = { "user_agent", TYPE_TEXT, false, false, "what it came from" },
                      [LOGIN_DEVICE] = { "device_fingerprint", TYPE_TEXT, false, false, "which device" },
                      [LOGIN_LOCATION] = { "location", TYPE_JSONB, false, false, "where the device is" } } },
    { .name = "get_failed_login_count", .caller = CALLER_ADMIN, .run = get_failed_login_count,
      .returns = "failures", .summary = "how many attempts of an address failed lately",
      .parameters = { [COUNT_EMAIL] = { "email", TYPE_TEXT, false, true, "the address; case does not matter" },
                      [COUNT_MINUTES] = { "minutes", TYPE_INT4, false, false, "how far back; 15 when left out" } } },
    { .name = "is_login_locked", .caller = CALLER_ADMIN, .run = is_login_locked,
      .returns = "{locked, failures, locked_until}",
      .summary = "whether failures since the last success lock an address out",
      .parameters = { [LOCK_EMAIL] = { "email", TYPE_TEXT, false, true, "the address; case does not matter" },
                      [LOCK_FAILURES] = { "max_failures", TYPE_INT4, false, false, "that lock; 5 when left out" },
                      [LOCK_WINDOW] = { "window_minutes", TYPE_INT4, false, false, "within which they count; 15 when left out" },
                      [LOCK_MINUTES] = { "lockout_minutes", TYPE_INT4, false, false, "from the last of them; 15 when left out" } } },
    { .name = NULL },
};
