/* requires_2fa, record_2fa_attempt, enrol_totp, verify_totp. */
#include "native/access/two_factor.h"

#include "engine/super_admin.h"
#include "native/access/lockout.h"
#include "native/access/security_alert.h"
#include "native/access/totp.h"
#include "native/groups.h"
#include "value/time.h"

int second_factor_open(struct second_factor *factor, struct request *rq, const struct value *user)
{
    struct pick pick;
    *factor = (struct second_factor){ .rq = rq };
    if (native_user(rq, user, &factor->user) < 0 || native_table_of(rq, REFERENCE_USER_2FA_SETTINGS, &factor->table) < 0 ||
        pick_start(&pick, rq, factor->table, TENANT_SYSTEM, "user_id", &factor->user, false) < 0)
        return -1;
    int got = pick_next(&pick, &factor->row);
    factor->exists = got == 1;
    return got < 0 ? -1 : 0;
}

static int is_locked(struct second_factor *factor, bool *ret)
{
    const struct table *attempts;
    return native_table_of(factor->rq, REFERENCE_USER_2FA_ATTEMPTS, &attempts) < 0 ? -1 : lockout_holds(factor->rq, attempts, &factor->user, ret);
}

int second_factor_ready(struct second_factor *factor)
{
    bool locked;
    if (!factor->exists || value_is_null(found_column(factor->table, &factor->row, "secret"))) {
        fail(factor->rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the user has no second factor");
        return fail_hint(factor->rq->error, "call enrol_totp first");
    }
    if (is_locked(factor, &locked) < 0)
        return -1;
    if (!locked)
        return 0;
    return fail(factor->rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "too many wrong codes; the second factor is locked for %d minutes",
                LOCKOUT_MINUTES);
}

int second_factor_attempt(struct second_factor *factor, const char *type, bool success, const struct value *address,
                          const struct value *agent)
{
    const struct table *table;
    struct draft draft;
    bool was_locked, locked;
    if (native_table_of(factor->rq, REFERENCE_USER_2FA_ATTEMPTS, &table) < 0 || is_locked(factor, &was_locked) < 0)
        return -1;
    draft_start(&draft, factor->rq, table);
    draft_set(&draft, "user_id", factor->user);
    draft_text(&draft, "attempt_type", type);
    draft_set(&draft, "success", value_bool(success));
    draft_set(&draft, "ip_address", *address);
    draft_set(&draft, "user_agent", *agent);
    if (draft_insert(&draft, TENANT_SYSTEM, NULL) < 0 || is_locked(factor, &locked) < 0)
        return -1;
    if (was_locked || !locked)
        return 0;
    return security_alert_write(factor->rq, &factor->user, "too_many_failed_attempts", "high", "Too many wrong codes",
                                "The second factor of your account is locked for a while, after too many wrong codes.", &VALUE_OF_NULL);
}

static void used_key(const struct second_factor *factor, struct key *key)
{
    key_start(key, TENANT_SYSTEM, RELATION_SECOND_FACTORS);
    key_bytes(key, factor->user.uuid.bytes, sizeof factor->user.uuid.bytes);
}

int second_factor_used(struct second_factor *factor, int64_t *ret_step)
{
    struct key key;
    struct slice bytes;
    *ret_step = -1;
    used_key(factor, &key);
    int got = system_get(factor->rq, &key, &bytes);
    if (got == 1 && !mp_int(&bytes, ret_step))
        return fail(factor->rq->error, SQLSTATE_DATA_CORRUPTED, "the record of a second factor is damaged");
    return got < 0 ? -1 : 0;
}

int second_factor_use(struct second_factor *factor, int64_t step)
{
    struct key key;
    struct buf bytes = { 0 };
    used_key(factor, &key);
    mp_put_int(&bytes, step);
    int result = system_put(factor->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

/* --- requires_2fa --- */

/* Whoever turned it on, whom a policy makes, and every super admin. */
static int requires_2fa(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    if (second_factor_open(&factor, rq, &values[0]) < 0)
        return -1;
    int super_admin = super_admin_is(rq, &factor.user.uuid);
    if (super_admin < 0)
        return -1;
    bool enabled = factor.exists && found_bool(factor.table, &factor.row, "is_enabled", false);
    bool enforced = factor.exists && found_bool(factor.table, &factor.row, "enforced_by_policy", false);
    mp_put_map(out, 3);
    put_bool(out, "required", enabled || enforced || super_admin == 1);
    put_bool(out, "enabled", enabled);
    put_int(out, "backup_codes_remaining", factor.exists ? found_int(factor.table, &factor.row, "backup_codes_remaining", 0) : 0);
    return 0;
}

/* --- record_2fa_attempt --- */

enum { ATTEMPT_USER, ATTEMPT_TYPE, ATTEMPT_SUCCESS, ATTEMPT_ADDRESS, ATTEMPT_AGENT };

/* Of factors that the application checks itself: sms, email. */
static int record_2fa_attempt(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    if (second_factor_open(&factor, rq, &values[ATTEMPT_USER]) < 0 ||
        second_factor_attempt(&factor, arena_string(rq->arena, values[ATTEMPT_TYPE].bytes), values[ATTEMPT_SUCCESS].boolean,
                              &values[ATTEMPT_ADDRESS], &values[ATTEMPT_AGENT]) < 0)
        return -1;
    mp_put_map(out, 1);
    put_bool(out, "recorded", true);
    return 0;
}

/* --- enrol_totp --- */

enum { ENROL_USER, ENROL_ISSUER, ENROL_ACCOUNT };

static void put_escaped(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~", c) != NULL;
        buf_printf(out, plain ? "%c" : "%%%02X", c);
    }
}

/* What authenticator apps read as a QR code. */
static void put_uri(struct buf *out, struct slice issuer, struct slice account, struct slice secret)
{
    buf_append_string(out, "otpauth://totp/");
    put_escaped(out, issuer);
    buf_append_byte(out, ':');
    put_escaped(out, account);
    buf_printf(out, "?secret=%.*s&issuer=", SLICE_FMT(secret));
    put_escaped(out, issuer);
    buf_printf(out, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_STEP_S);
}

static int enrol_totp(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    struct draft draft;
    uint8_t secret[TOTP_SECRET_SIZE];
    char text[UUID_TEXT_SIZE + 1];
    struct buf made = { 0 };
    if (second_factor_open(&factor, rq, &values[ENROL_USER]) < 0)
        return -1;
    if (factor.exists && found_bool(factor.table, &factor.row, "is_enabled", false))
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the user has a second factor already");
    sys_random(rq->sys, secret, sizeof secret);
    base32_encode(slice_of(secret, sizeof secret), &made);
    struct slice encoded = arena_copy(rq->arena, buf_slice(&made));
    draft_start(&draft, rq, factor.table);
    draft_set(&draft, "user_id", factor.user);
    draft_text(&draft, "method", "totp");
    draft_set(&draft, "secret", value_text(encoded));
    draft_set(&draft, "is_enabled", value_bool(false));
    int result = factor.exists ? draft_update(&draft, &factor.row, NULL) : draft_insert(&draft, TENANT_SYSTEM, NULL);
    uuid_format(&factor.user.uuid, text);
    buf_clear(&made);
    put_uri(&made, value_is_null(&values[ENROL_ISSUER]) ? SLICE_LITERAL("Rowhouse") : values[ENROL_ISSUER].bytes,
            value_is_null(&values[ENROL_ACCOUNT]) ? slice_of_string(text) : values[ENROL_ACCOUNT].bytes, encoded);
    if (result == 0) {
        mp_put_map(out, 2);
        put_text(out, "secret", encoded);
        put_text(out, "uri", buf_slice(&made));
    }
    buf_done(&made);
    return result;
}

/* --- verify_totp --- */

enum { VERIFY_CODE, VERIFY_USER, VERIFY_ADDRESS, VERIFY_AGENT };

static int accept_code(struct second_factor *factor, int64_t step)
{
    struct draft draft;
    draft_start(&draft, factor->rq, factor->table);
    draft_set(&draft, "is_enabled", value_bool(true));
    draft_set(&draft, "last_verified_at", value_time(factor->rq->now_us));
    return second_factor_use(factor, step) < 0 ? -1 : draft_update(&draft, &factor->row, NULL);
}

/* The first good code turns the second factor on. */
static int verify_totp(struct request *rq, const struct value *values, struct buf *out)
{
    struct second_factor factor;
    uint8_t secret[TOTP_SECRET_SIZE * 4];
    size_t size;
    int64_t used;
    if (second_factor_open(&factor, rq, &values[VERIFY_USER]) < 0 || second_factor_ready(&factor) < 0 ||
        second_factor_used(&factor, &used) < 0)
        return -1;
    if (!base32_decode(found_column(factor.table, &factor.row, "secret")->bytes, secret, sizeof secret, &size) || size == 0)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "the user's secret is no text of base 32");
    int64_t step = totp_match(slice_of(secret, size), values[VERIFY_CODE].bytes, rq->now_us, used);
    explicit_bzero(secret, sizeof secret);
    if (second_factor_attempt(&factor, "totp", step >= 0, &values[VERIFY_ADDRESS], &values[VERIFY_AGENT]) < 0 ||
        (step >= 0 && accept_code(&factor, step) < 0))
        return -1;
    mp_put_map(out, 1);
    put_bool(out, "success", step >= 0);
    return 0;
}

const struct native_function two_factor_functions[] = {
    { .name = "requires_2fa", .caller = CALLER_SIGNED_IN, .run = requires_2fa,
      .returns = "{required, enabled, backup_codes_remaining}",
      .summary = "whether a user has to give a second factor: it is on, a policy asks for it, or he is a super admin",
      .parameters = { USER_PARAMETER } },
    { .name = "record_2fa_attempt", .writes = true, .caller = CALLER_ADMIN, .run = record_2fa_attempt,
      .returns = "{recorded}", .summary = "writes an attempt at a factor that the application checks itself",
      .parameters = { [ATTEMPT_USER] = { "user_id", TYPE_UUID, false, true, "whose it was" },
                      [ATTEMPT_TYPE] = { "attempt_type", TYPE_TEXT, false, true, "such as sms" },
                      [ATTEMPT_SUCCESS] = { "success", TYPE_BOOL, false, true, "whether it succeeded" },
                      [ATTEMPT_ADDRESS] = { "ip_address", TYPE_TEXT, false, false, "where it came from" },
                      [ATTEMPT_AGENT] = { "user_agent", TYPE_TEXT, false, false, "what it came from" } } },
    { .name = "enrol_totp", .writes = true, .caller = CALLER_SIGNED_IN, .run = enrol_totp,
      .returns = "{secret, uri}",
      .summary = "gives a user a secret for his authenticator app; the first good code turns the second factor on",
      .parameters = { [ENROL_USER] = USER_PARAMETER,
                      [ENROL_ISSUER] = { "issuer", TYPE_TEXT, false, false, "for the app; Rowhouse when left out" },
                      [ENROL_ACCOUNT] = { "account", TYPE_TEXT, false, false, "for the app; the user's id when left out" } } },
    { .name = "verify_totp", .writes = true, .caller = CALLER_SIGNED_IN, .refusal = SQLSTATE_INVALID_AUTHORIZATION,
      .keeps_refusal = true, .run = verify_totp,
      .returns = "{success}",
      .summary = "checks a code of RFC 6238; each works once, and every attempt is a row of user_2fa_attempts",
      .parameters = { [VERIFY_CODE] = { "code", TYPE_TEXT, false, true, "six digits" },
                      [VERIFY_USER] = USER_PARAMETER,
                      [VERIFY_ADDRESS] = { "ip_address", TYPE_TEXT, false, false, "for the log" },
                      [VERIFY_AGENT] = { "user_agent", TYPE_TEXT, false, false, "for the log" } } },
    { .name = NULL },
};
