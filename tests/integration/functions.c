/* Every native function against a real server: what is refused, generated from the table of functions; and one story for each
 * group of access and upkeep. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rowhouse/rowhouse.h>

#include "lib/rowhoused.h"
#include "native/access/totp.h"
#include "native/native.h"

#define ACME "a0000000-0000-4000-8000-000000000001"
#define OTHER "b0000000-0000-4000-8000-000000000002"
#define MEMBER "a0000000-0000-4000-8000-00000000000a"
#define STRANGER "c0000000-0000-4000-8000-00000000000c"
#define ADMIN "d0000000-0000-4000-8000-00000000000d"

static struct rowhoused *server;
static struct rh *service, *member, *stranger, *admin, *nobody;

static void insert(const char *table, const char *json)
{
    struct rh_packed *record = rh_pack_json(json, strlen(json));
    cr_assert(record != NULL, "%s", json);
    cr_assert(eq(int, rh_insert(service, table, NULL, "o", record), RH_OK), "%s: %s", table, rh_message(service));
    rh_packed_free(record);
}

static struct rh *connect_as(const char *token)
{
    struct rh *db = rh_open(rowhoused_address(server), &(struct rh_options){ .timeout_ms = 20000 });
    cr_assert(eq(int, rh_connect(db), RH_OK), "%s", rh_message(db));
    if (token != NULL)
        cr_assert(eq(int, rh_authenticate(db, token), RH_OK), "%s", rh_message(db));
    return db;
}

static struct rh *connect_user(const char *user)
{
    struct rh_reply *reply = NULL;
    cr_assert(eq(int, rh_call(service, "issue_token", &reply, "{s:s}", "user_id", user), RH_OK), "%s", rh_message(service));
    char *token = rh_cell_text(rh_member(rh_result(reply), "token"));
    struct rh *db = connect_as(token);
    free(token);
    rh_reply_free(reply);
    return db;
}

static void set_up(void)
{
    server = rowhoused_start(getenv("ROWHOUSED"), "schema/migrations");
    service = connect_as(rowhoused_service_key(server));
    insert("organizations", "{\"id\":\"" ACME "\",\"name\":\"Acme\"}");
    insert("organizations", "{\"id\":\"" OTHER "\",\"name\":\"Other\"}");
    insert("auth.users", "{\"id\":\"" MEMBER "\",\"email\":\"ada@example.com\"}");
    insert("auth.users", "{\"id\":\"" STRANGER "\",\"email\":\"eve@example.com\"}");
    insert("auth.users", "{\"id\":\"" ADMIN "\",\"email\":\"root@example.com\"}");
    insert("profiles", "{\"id\":\"" MEMBER "\",\"organization_id\":\"" ACME "\"}");
    insert("profiles", "{\"id\":\"" ADMIN "\",\"role\":\"super_admin\"}");
    member = connect_user(MEMBER);
    stranger = connect_user(STRANGER);
    admin = connect_user(ADMIN);
    nobody = connect_as(NULL);
}

static void tear_down(void)
{
    struct rh *all[] = { service, member, stranger, admin, nobody };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        rh_close(all[i]);
    rowhoused_stop(server);
}

TestSuite(functions, .init = set_up, .fini = tear_down, .timeout = 300);

/* --- What is refused, of every function --- */

/* One value that the type takes, and one that it does not. */
static int add_good(struct rh_packed *map, const struct parameter *p)
{
    if (p->array)
        return rh_packed_add(map, "s:[]", p->name);
    switch (p->type) {
    case TYPE_TEXT: return rh_packed_add(map, "s:s", p->name, "x");
    case TYPE_UUID: return rh_packed_add(map, "s:s", p->name, ACME);
    case TYPE_BOOL: return rh_packed_add(map, "s:b", p->name, 1);
    case TYPE_INT2: case TYPE_INT4: case TYPE_INT8: return rh_packed_add(map, "s:i", p->name, 1);
    case TYPE_NUMERIC: return rh_packed_add(map, "s:s", p->name, "1.5");
    case TYPE_JSONB: return rh_packed_add(map, "s:{s:s}", p->name, "user_id", MEMBER);
    case TYPE_TIMESTAMPTZ: return rh_packed_add(map, "s:t", p->name, (int64_t)1700000000000000);
    case TYPE_BYTEA: return rh_packed_add(map, "s:B", p->name, "bytes", (size_t)5);
    case TYPE_INET: return rh_packed_add(map, "s:s", p->name, "10.0.0.1");
    default: cr_fatal("the test has no value for the type of %s", p->name);
    }
}

static int add_wrong(struct rh_packed *map, const struct parameter *p)
{
    return p->array ? rh_packed_add(map, "s:{}", p->name)
         : p->type == TYPE_JSONB ? rh_packed_add(map, "s:B", p->name, "bytes", (size_t)5) : rh_packed_add(map, "s:[[]]", p->name);
}

/* What is required, but parameter `wrong` is of another type, or `missing` is not there; -1: none. */
static struct rh_packed *parameters(const struct native_function *f, int wrong, int missing)
{
    struct rh_packed *map = rh_packed_new('{');
    for (int i = 0; i < PARAMETERS_MAX && f->parameters[i].name != NULL; i++) {
        int result = RH_OK;
        if (i == wrong)
            result = add_wrong(map, &f->parameters[i]);
        else if (i != missing && f->parameters[i].required)
            result = add_good(map, &f->parameters[i]);
        cr_assert(eq(int, result, RH_OK), "%s(%s)", f->name, f->parameters[i].name);
    }
    return map;
}

/* The SQLSTATE of a call that must be refused. Takes `map`. */
static const char *refusal(struct rh *db, const struct native_function *f, struct rh_packed *map)
{
    int outcome = rh_call(db, f->name, NULL, "o", map);
    rh_packed_free(map);
    cr_assert(eq(int, outcome, RH_REFUSED), "%s: %s", f->name, rh_message(db));
    return rh_sqlstate(db);
}

static const struct native_function *const *table(int *count)
{
    return native_table(count);
}

Test(functions, wrong_types)
{
    int count;
    const struct native_function *const *all = table(&count);
    for (int n = 0; n < count; n++)
        for (int i = 0; i < PARAMETERS_MAX && all[n]->parameters[i].name != NULL; i++) {
            const char *state = refusal(service, all[n], parameters(all[n], i, -1));
            cr_expect(strcmp(state, all[n]->parameters[i].type == TYPE_JSONB ? "22P03" : "42804") == 0, "%s(%s): %s %s", all[n]->name, all[n]->parameters[i].name,
                      state, rh_message(service));
        }
}

Test(functions, missing_and_unknown_parameters)
{
    int count;
    const struct native_function *const *all = table(&count);
    for (int n = 0; n < count; n++) {
        for (int i = 0; i < PARAMETERS_MAX && all[n]->parameters[i].name != NULL; i++)
            if (all[n]->parameters[i].required)
                cr_expect(eq(str, (char *)refusal(service, all[n], parameters(all[n], -1, i)), "42P02"), "%s without %s", all[n]->name,
                          all[n]->parameters[i].name);
        struct rh_packed *map = parameters(all[n], -1, -1);
        cr_assert(eq(int, rh_packed_add(map, "s:i", "no_such_parameter", 1), RH_OK));
        cr_expect(eq(str, (char *)refusal(service, all[n], map), "42P02"), "%s", all[n]->name);
    }
}

Test(functions, another_tenant)
{
    int count;
    const struct native_function *const *all = table(&count);
    for (int n = 0; n < count; n++) {
        bool has = false;
        for (int i = 0; i < PARAMETERS_MAX && all[n]->parameters[i].name != NULL; i++)
            has = has || strcmp(all[n]->parameters[i].name, "organization_id") == 0;
        if (!has)
            continue;
        struct rh_packed *map = parameters(all[n], -1, -1);
        cr_assert(eq(int, rh_packed_add(map, "s:s", "organization_id", OTHER), RH_OK));
        cr_expect(eq(str, (char *)refusal(member, all[n], map), "42501"), "%s: %s", all[n]->name, rh_message(member));
    }
}

Test(functions, roles_that_may_not)
{
    int count;
    const struct native_function *const *all = table(&count);
    for (int n = 0; n < count; n++) {
        struct rh *others[3] = { nobody };
        int other_count = 1;
        if (all[n]->caller != CALLER_SIGNED_IN)
            others[other_count++] = stranger;
        if (all[n]->caller == CALLER_ADMIN || all[n]->caller == CALLER_SERVICE)
            others[other_count++] = member;
        for (int i = 0; i < other_count; i++)
            cr_expect(eq(str, (char *)refusal(others[i], all[n], parameters(all[n], -1, -1)), others[i] == nobody ? "28000" : "42501"), "%s",
                      all[n]->name);
        if (all[n]->caller == CALLER_SERVICE)
            cr_expect(eq(str, (char *)refusal(admin, all[n], parameters(all[n], -1, -1)), "42501"), "%s", all[n]->name);
    }
}

/* --- Stories --- */

/* A call that must succeed, with parameters as JSON; its reply as JSON text. */
static char *call(struct rh *db, const char *function, const char *json)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *map = rh_pack_json(json, strlen(json));
    cr_assert(map != NULL, "%s", json);
    cr_assert(eq(int, rh_call(db, function, &reply, "o", map), RH_OK), "%s: %s %s", function, rh_sqlstate(db), rh_message(db));
    char *text = rh_cell_text(rh_result(reply));
    rh_packed_free(map);
    rh_reply_free(reply);
    return text;
}

static void expect_call(struct rh *db, const char *function, const char *json, const char *part)
{
    char *text = call(db, function, json);
    cr_expect(strstr(text, part) != NULL, "%s(%s): %s, wanted %s", function, json, text, part);
    free(text);
}

static void expect_state(struct rh *db, const char *function, const char *json, const char *state)
{
    struct rh_packed *map = rh_pack_json(json, strlen(json));
    cr_assert(map != NULL, "%s", json);
    cr_expect(eq(int, rh_call(db, function, NULL, "o", map), RH_REFUSED), "%s(%s)", function, json);
    cr_expect(eq(str, (char *)rh_sqlstate(db), (char *)state), "%s: %s", function, rh_message(db));
    rh_packed_free(map);
}

static int64_t rows(const char *name)
{
    struct rh_reply *reply = NULL;
    cr_assert(eq(int, rh_request(service, &reply, "count", "[s]", name), RH_OK), "%s", rh_message(service));
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return count;
}

/* The text member of a JSON reply; free it. */
static char *member_of(const char *json, const char *name)
{
    char key[64], *end, *at;
    snprintf(key, sizeof key, "\"%s\": \"", name);
    at = strstr(json, key);
    cr_assert(at != NULL, "%s has no %s", json, name);
    at += strlen(key);
    end = strchr(at, '"');
    return strndup(at, (size_t)(end - at));
}

Test(functions, addresses_and_places)
{
    expect_call(member, "check_ip_access", "{\"ip_address\":\"203.0.113.9\"}", "\"allowed\": true");
    insert("ip_whitelist", "{\"organization_id\":\"" ACME "\",\"ip_address\":\"10.1.2.3\",\"ip_range\":\"192.168.0.0/16\"}");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"203.0.113.9\"}", "\"allowed\": false");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"192.168.7.7\"}", "\"allowed\": true");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"::ffff:10.1.2.3\"}", "\"allowed\": true");
    insert("geo_restrictions", "{\"organization_id\":\"" ACME "\",\"restriction_type\":\"country\",\"country_codes\":[\"DE\"]}");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\"}", "\"allowed\": false");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"FR\"}", "\"allowed\": false");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"DE\"}", "\"allowed\": true");
    expect_state(member, "check_ip_access", "{\"ip_address\":\"10.0.0.0/8\"}", "22023");
    expect_state(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"Germany\"}", "22023");
    expect_state(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"region\":\"Berlin\"}", "22023");
    cr_expect(eq(i64, rows("ip_access_log"), 7));
    struct rh_reply *reply = NULL;
    cr_assert(eq(int, rh_scan(service, "ip_whitelist", &reply, "{s:[s]}", "columns", "use_count"), RH_OK), "%s", rh_message(service));
    cr_expect(eq(i64, rh_int(rh_at(rh_at(rh_rows(reply), 0), 0)), 5));
    rh_reply_free(reply);
}

/* Neither who writes the rule nor who asks need know which case the other has in mind. */
Test(functions, places_are_named_in_either_case)
{
    insert("geo_restrictions", "{\"organization_id\":\"" ACME "\",\"restriction_type\":\"country\",\"country_codes\":[\"FR\",\"dk\"],"
                               "\"is_allowlist\":false}");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"fr\"}", "\"allowed\": false");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"DK\"}", "\"allowed\": false");
    expect_call(member, "check_ip_access", "{\"ip_address\":\"10.1.2.3\",\"country\":\"DE\"}", "\"allowed\": true");
}

/* A transaction that a no takes back, but for what is logged of the no. */
Test(functions, a_closed_door_is_logged_of_a_transaction_too)
{
    insert("ip_whitelist", "{\"organization_id\":\"" ACME "\",\"ip_address\":\"10.1.2.3\"}");
    cr_expect(eq(int, rh_txn(member, NULL, "[[s s {s:s}] [s s {s:s}]]", "insert", "contacts", "organization_id", ACME, "call", "check_ip_access",
                             "ip_address", "203.0.113.9"),
                 RH_REFUSED));
    cr_expect(eq(str, (char *)rh_sqlstate(member), "42501"));
    cr_expect(eq(i64, rows("ip_access_log"), 1));
    cr_expect(eq(i64, rows("contacts"), 0));
}

Test(functions, failures_lock_out)
{
    for (int i = 0; i < 4; i++)
        expect_call(service, "record_login_attempt", "{\"email\":\"ada@example.com\",\"success\":false,\"failure_reason\":\"password\"}", "id");
    expect_call(service, "is_login_locked", "{\"email\":\"ada@example.com\"}", "\"locked\": false");
    expect_call(service, "is_login_locked", "{\"email\":\"ada@example.com\",\"max_failures\":4}", "\"locked\": true");
    expect_call(service, "is_login_locked", "{\"email\":\"ADA@Example.com\",\"max_failures\":4}", "\"locked\": true");
    expect_call(service, "get_failed_login_count", "{\"email\":\"Ada@example.com\"}", "4");
    expect_call(service, "is_login_locked", "{\"email\":\"eve@example.com\",\"max_failures\":1}", "\"locked\": false");
    expect_call(service, "record_login_attempt", "{\"email\":\"ada@example.com\",\"success\":true,\"user_id\":\"" MEMBER "\"}", "id");
    expect_call(service, "is_login_locked", "{\"email\":\"ada@example.com\",\"max_failures\":1}", "\"locked\": false");
    expect_call(service, "get_failed_login_count", "{\"email\":\"ada@example.com\"}", "4");
    expect_state(service, "is_login_locked", "{\"email\":\"x\",\"max_failures\":0}", "22023");
}

static void now_code(const char *secret, char code[TOTP_DIGITS + 1])
{
    uint8_t bytes[64];
    size_t size;
    cr_assert(base32_decode(slice_of_string(secret), bytes, sizeof bytes, &size));
    totp_code(slice_of(bytes, size), (uint64_t)time(NULL) / TOTP_STEP_S, TOTP_DIGITS, code);
}

static int64_t alerts(const char *type)
{
    struct rh_reply *reply = NULL;
    cr_assert(eq(int, rh_request(service, &reply, "count", "[s {s:[s s s]}]", "security_alerts", "where", "=", "alert_type", type), RH_OK), "%s",
              rh_message(service));
    int64_t count = rh_int(rh_result(reply));
    rh_reply_free(reply);
    return count;
}

Test(functions, a_user_is_told_of_failures_to_sign_in)
{
    static const char failed[] = "{\"email\":\"ada@example.com\",\"success\":false,\"user_id\":\"" MEMBER "\",\"ip_address\":\"203.0.113.9\"}";
    for (int i = 0; i < 4; i++)
        expect_call(service, "record_login_attempt", failed, "id");
    cr_expect(eq(i64, alerts("too_many_failed_attempts"), 0));
    for (int i = 0; i < 3; i++)
        expect_call(service, "record_login_attempt", failed, "id");
    cr_expect(eq(i64, alerts("too_many_failed_attempts"), 1), "once, however long he goes on");
}

static void set_factor(struct rh *db, const char *is_enabled)
{
    char text[128];
    snprintf(text, sizeof text, "update user_2fa_settings set is_enabled = %s", is_enabled);
    cr_assert(eq(int, rh_request(db, NULL, "query", "[s]", text), RH_OK), "%s", rh_message(db));
}

/* The table is its owner's, so that every way of turning it off is told, and no other change of it. */
static void turn_off(struct rh *db)
{
    cr_expect(eq(i64, alerts("2fa_disabled"), 0));
    set_factor(db, "false");
    cr_expect(eq(i64, alerts("2fa_disabled"), 1));
    set_factor(db, "false");
    set_factor(db, "true");
    set_factor(db, "true");
    cr_expect(eq(i64, alerts("2fa_disabled"), 1));
    cr_assert(eq(int, rh_request(db, NULL, "query", "[s]", "delete from user_2fa_settings"), RH_OK), "%s", rh_message(db));
    cr_expect(eq(i64, alerts("2fa_disabled"), 2));
}

/* The code is one part of what the application does, and all of that is taken back; the guess is not. */
Test(functions, codes_are_not_guessed_within_transactions)
{
    free(call(member, "enrol_totp", "{}"));
    for (int i = 0; i < 5; i++) {
        cr_expect(eq(int, rh_txn(member, NULL, "[[s s {s:s}] [s s {s:s}] [s s {s:s}]]", "insert", "contacts", "organization_id", ACME, "call", "verify_totp",
                                 "code", "x", "insert", "contacts", "organization_id", ACME),
                     RH_REFUSED));
        cr_expect(eq(str, (char *)rh_sqlstate(member), "28000"));
        cr_expect(eq(i64, rows("user_2fa_attempts"), i + 1));
    }
    cr_expect(eq(i64, rows("contacts"), 0));
    cr_expect(eq(i64, alerts("too_many_failed_attempts"), 1));
    expect_state(member, "verify_totp", "{\"code\":\"x\"}", "55000");
}

/* What an earlier operation made possible is no more when the no is said again: nothing is left of it. */
Test(functions, a_no_that_is_none_by_itself_leaves_nothing)
{
    cr_expect(eq(int, rh_txn(member, NULL, "[[s s] [s s {s:s}]]", "call", "enrol_totp", "call", "verify_totp", "code", "x"), RH_REFUSED));
    cr_expect(eq(str, (char *)rh_sqlstate(member), "28000"));
    cr_expect(eq(i64, rows("user_2fa_attempts"), 0));
    cr_expect(eq(i64, rows("user_2fa_settings"), 0));
}

Test(functions, a_second_factor)
{
    char code[TOTP_DIGITS + 1], json[128];
    expect_call(member, "requires_2fa", "{}", "\"required\": false");
    expect_call(admin, "requires_2fa", "{}", "\"required\": true");
    expect_state(member, "requires_2fa", "{\"user_id\":\"" STRANGER "\"}", "42501");
    expect_state(member, "verify_totp", "{\"code\":\"000000\"}", "55000");
    char *enrolled = call(member, "enrol_totp", "{}"), *secret = member_of(enrolled, "secret");
    expect_call(member, "verify_totp", "{\"code\":\"12345\"}", "\"success\": false");
    now_code(secret, code);
    snprintf(json, sizeof json, "{\"code\":\"%s\"}", code);
    expect_call(member, "verify_totp", json, "\"success\": true");
    expect_call(member, "verify_totp", json, "\"success\": false");
    expect_call(member, "requires_2fa", "{}", "\"required\": true");
    expect_state(member, "enrol_totp", "{}", "55000");

    char *codes = call(member, "generate_backup_codes", "{\"count\":2}");
    snprintf(json, sizeof json, "{\"code\":\"%.19s\"}", strchr(codes, '[') + 2);
    expect_call(member, "verify_backup_code", json, "\"success\": true, \"backup_codes_remaining\": 1");
    expect_call(member, "verify_backup_code", json, "\"success\": false, \"backup_codes_remaining\": 1");
    expect_call(member, "requires_2fa", "{}", "\"backup_codes_remaining\": 1");
    cr_expect(eq(i64, rows("user_2fa_attempts"), 5));
    for (int i = 0; i < 4; i++)
        expect_call(member, "verify_totp", "{\"code\":\"x\"}", "\"success\": false");
    expect_state(member, "verify_totp", "{\"code\":\"x\"}", "55000");
    expect_state(member, "verify_backup_code", "{\"code\":\"x\"}", "55000");
    cr_expect(eq(i64, alerts("too_many_failed_attempts"), 1));
    expect_call(service, "record_2fa_attempt", "{\"user_id\":\"" MEMBER "\",\"attempt_type\":\"sms\",\"success\":true}", "true");
    turn_off(member);
    free(enrolled);
    free(secret);
    free(codes);
}

Test(functions, devices_and_alerts)
{
    expect_call(member, "is_trusted_device", "{\"device_fingerprint\":\"f\"}", "\"trusted\": false");
    expect_call(member, "trust_device", "{\"device_fingerprint\":\"f\",\"browser\":\"Firefox\"}", "\"is_new\": true");
    expect_call(member, "trust_device", "{\"device_fingerprint\":\"f\"}", "\"is_new\": false");
    cr_expect(eq(i64, rows("security_alerts"), 1));         /* of the first time alone */
    expect_call(member, "is_trusted_device", "{\"device_fingerprint\":\"f\"}", "\"trusted\": true");
    expect_call(stranger, "is_trusted_device", "{\"device_fingerprint\":\"f\"}", "\"trusted\": false");
    expect_state(stranger, "revoke_device", "{\"device_fingerprint\":\"f\",\"user_id\":\"" MEMBER "\"}", "42501");
    expect_call(member, "revoke_device", "{\"device_fingerprint\":\"f\"}", "\"revoked\": true");
    expect_call(member, "is_trusted_device", "{\"device_fingerprint\":\"f\"}", "\"trusted\": false");

    expect_call(service, "create_security_alert",
                "{\"user_id\":\"" MEMBER "\",\"alert_type\":\"new_device\",\"title\":\"New\",\"message\":\"A new device\"}", "\"id\": 2");
    expect_state(service, "create_security_alert",
                 "{\"user_id\":\"" MEMBER "\",\"alert_type\":\"weather\",\"title\":\"New\",\"message\":\"Rain\"}", "23514");
    expect_state(stranger, "acknowledge_security_alert", "{\"alert_id\":1}", "22023");
    expect_call(member, "acknowledge_security_alert", "{\"alert_id\":1}", "\"acknowledged\": true");
    expect_call(member, "acknowledge_security_alert", "{\"alert_id\":1}", "\"acknowledged\": false");
}

Test(functions, an_incident)
{
    char json[256];
    insert("notification_rules", "{\"organization_id\":\"" ACME "\",\"name\":\"grave\",\"trigger_conditions\":{\"severities\":[\"high\"]},"
           "\"notification_channels\":[\"email\",\"slack\"],\"recipients\":{\"email\":[\"a@example.com\",\"b@example.com\"],\"slack\":\"#ops\"}}");
    insert("escalation_rules", "{\"organization_id\":\"" ACME "\",\"name\":\"late\",\"trigger_conditions\":{\"incident_types\":[\"api_error\"]},"
           "\"escalation_delay_minutes\":0,\"escalate_to_users\":[\"" ADMIN "\"],\"notification_channels\":[\"email\"]}");
    char *made = call(member, "create_incident", "{\"incident_type\":\"api_error\",\"severity\":\"high\",\"title\":\"Down\"}");
    char *id = member_of(made, "id");
    cr_expect(strstr(made, "\"notifications\": 3") != NULL, "%s", made);
    expect_call(member, "create_incident", "{\"incident_type\":\"service_outage\",\"severity\":\"high\",\"title\":\"Again\"}", "\"notifications\": 0");
    expect_call(member, "check_incident_escalation", "{}", "\"escalated\": 1");
    expect_call(member, "check_incident_escalation", "{}", "\"escalated\": 0");
    cr_expect(eq(i64, rows("notification_logs"), 4));
    snprintf(json, sizeof json, "{\"incident_id\":\"%s\",\"action_type\":\"comment_added\",\"description\":\"hm\"}", id);
    expect_call(member, "log_incident_action", json, "id");
    expect_state(stranger, "log_incident_action", json, "42501");
    snprintf(json, sizeof json, "{\"incident_id\":\"%s\",\"status\":\"resolved\"}", id);
    expect_call(member, "update_incident_status", json, "\"was\": \"open\"");
    expect_state(member, "update_incident_status", json, "55000");
    snprintf(json, sizeof json, "{\"incident_id\":\"%s\",\"status\":\"closed\"}", id);
    expect_call(member, "update_incident_status", json, "\"was\": \"resolved\"");
    cr_expect(eq(i64, rows("incident_actions"), 4));

    made = (free(made), call(service, "create_incident", "{\"incident_type\":\"api_error\",\"severity\":\"low\",\"title\":\"Platform\"}"));
    id = (free(id), member_of(made, "id"));
    snprintf(json, sizeof json, "{\"incident_id\":\"%s\",\"status\":\"closed\"}", id);
    expect_state(member, "update_incident_status", json, "22023");
    expect_call(admin, "update_incident_status", json, "closed");
    free(made);
    free(id);
}

Test(functions, metrics_alert)
{
    char json[128];
    expect_call(service, "record_health_check", "{\"check_name\":\"db\",\"check_type\":\"database\",\"status\":\"healthy\"}", "id");
    expect_call(service, "evaluate_alert_rules", "{}", "\"triggered\": []");
    expect_call(service, "record_metric", "{\"metric_name\":\"api_response_time_ms\",\"metric_value\":9000,\"unit\":\"ms\"}", "id");
    expect_call(service, "evaluate_alert_rules", "{}", "critical_response_time");
    expect_call(service, "evaluate_alert_rules", "{}", "\"triggered\": []");
    cr_expect(eq(i64, rows("alert_history"), 2));
    char *made = call(admin, "trigger_alert", "{\"rule_name\":\"high_error_rate\"}"), *id = member_of(made, "id");
    expect_state(admin, "trigger_alert", "{\"rule_name\":\"none\"}", "22023");
    snprintf(json, sizeof json, "{\"alert_id\":\"%s\"}", id);
    expect_call(admin, "acknowledge_alert", json, "acknowledged");
    expect_state(admin, "acknowledge_alert", json, "55000");
    expect_call(admin, "resolve_alert", json, "resolved");
    expect_state(admin, "resolve_alert", json, "55000");
    free(made);
    free(id);
}

Test(functions, the_hook_of_tokens)
{
    expect_call(service, "custom_access_token_hook", "{\"event\":{\"user_id\":\"" MEMBER "\",\"claims\":{\"a\":1}}}",
                "\"claims\": {\"a\": 1, \"user_role\": \"user\", \"organization_id\": \"" ACME "\"}");
    expect_call(service, "custom_access_token_hook", "{\"event\":{\"user_id\":\"" STRANGER "\"}}",
                "\"claims\": {\"user_role\": \"user\", \"organization_id\": null}");
    /* issue_token applies it: organization_id is in the payload, which is base64url of JSON in PostgreSQL's order of keys. */
    char *token = call(service, "issue_token", "{\"user_id\":\"" MEMBER "\",\"claims\":{\"user_role\":\"super_admin\"}}");
    char *user = call(service, "issue_token", "{\"user_id\":\"" STRANGER "\"}");
    cr_expect(gt(sz, strlen(token), strlen(user)), "the organization makes it longer");
    free(token);
    free(user);
}

/* 100 requests of 1 ms to 100 ms: the percentiles are within a sixteenth. */
Test(functions, percentiles_of_usage)
{
    struct rh_reply *reply = NULL;
    for (int i = 1; i <= 100; i++)
        cr_assert(eq(int, rh_call(member, "record_api_usage", NULL, "{s:s s:b s:i}", "endpoint", "/x", "success", 1, "response_time_ms", i), RH_OK),
                  "%s", rh_message(member));
    cr_assert(eq(int, rh_scan(service, "api_usage_statistics", &reply, "{s:[s s s]}", "columns", "total_requests", "p95_response_time_ms",
                              "p99_response_time_ms"), RH_OK), "%s", rh_message(service));
    struct rh_cell row = rh_at(rh_rows(reply), 0);
    cr_expect(eq(i64, rh_int(rh_at(row, 0)), 100));
    cr_expect(gt(dbl, rh_double(rh_at(row, 1)), 95.0 * 15 / 16));
    cr_expect(lt(dbl, rh_double(rh_at(row, 1)), 95.0 * 17 / 16));
    cr_expect(gt(dbl, rh_double(rh_at(row, 2)), 99.0 * 15 / 16));
    cr_expect(lt(dbl, rh_double(rh_at(row, 2)), 99.0 * 17 / 16));
    rh_reply_free(reply);
}

Test(functions, slow_queries_and_indexes)
{
    for (int i = 0; i < 5; i++)
        cr_assert(eq(int, rh_scan(service, "system_metrics", NULL, "{s:[s s t]}", "where", ">", "created_at", (int64_t)i), RH_OK), "%s",
                  rh_message(service));
    for (int i = 0; i < 3; i++)
        cr_assert(eq(int, rh_request(service, NULL, "query", "[s]", i == 0 ? "select 1 from profiles where role = 'a'"
                                     : "select 1 from profiles where role = 'b'"), RH_OK), "%s", rh_message(service));
    expect_call(service, "get_slow_queries", "{\"threshold_ms\":0}", "\"calls\": 3");
    expect_call(service, "get_slow_queries", "{\"threshold_ms\":0}", "scan system_metrics {where: [> created_at ?]}");
    expect_call(service, "get_slow_queries", "{}", "[]");
    expect_call(service, "record_metric", "{\"metric_name\":\"x\",\"metric_value\":1}", "id");
    expect_call(service, "evaluate_alert_rules", "{}", "evaluated");
    char *health = call(service, "check_index_health", "{\"table\":\"system_metrics\"}");
    cr_expect(strstr(health, "\"index\": \"idx_system_metrics_created_at\"") != NULL, "%s", health);
    cr_expect(strstr(health, "\"uses\": 0") == NULL, "%s", health);
    cr_expect(strstr(health, "\"entries\": 1") != NULL, "%s", health);
    free(health);
    expect_state(service, "check_index_health", "{\"table\":\"none\"}", "42P01");
}

Test(functions, workflows)
{
    insert("workflow_definitions", "{\"id\":\"" ACME "\",\"organization_id\":\"" ACME "\",\"name\":\"w\",\"trigger_type\":\"manual\",\"steps\":[1]}");
    insert("workflow_execution_logs", "{\"workflow_id\":\"" ACME "\",\"organization_id\":\"" ACME "\",\"status\":\"running\"}");
    expect_call(member, "create_workflow_version", "{\"workflow_id\":\"" ACME "\"}", "\"version_number\": 1");
    expect_call(member, "create_workflow_version", "{\"workflow_id\":\"" ACME "\",\"workflow_json\":{}}", "\"version_number\": 2");
    expect_call(member, "log_workflow_step", "{\"execution_log_id\":1,\"step_index\":0,\"step_type\":\"delay\",\"status\":\"completed\"}", "id");
    expect_state(member, "log_workflow_step", "{\"execution_log_id\":9,\"step_index\":0,\"step_type\":\"delay\",\"status\":\"completed\"}", "22023");
}

/* Old rows go, a budgeted slice at a time, whoever's they are; young ones stay. */
Test(functions, upkeep)
{
    for (int i = 0; i < 50; i++) {
        insert("system_metrics", "{\"metric_name\":\"x\",\"metric_value\":1,\"created_at\":\"2020-01-01\"}");
        insert("audit_logs", i % 2 == 0 ? "{\"organization_id\":\"" ACME "\",\"action_type\":\"a\",\"resource_type\":\"r\",\"action_description\":\"d\","
                                          "\"created_at\":\"2020-01-01\"}"
                                        : "{\"organization_id\":\"" OTHER "\",\"action_type\":\"a\",\"resource_type\":\"r\",\"action_description\":\"d\","
                                          "\"created_at\":\"2020-01-01\",\"retention_period_days\":36500}");
    }
    insert("system_metrics", "{\"metric_name\":\"x\",\"metric_value\":1}");
    struct rh_reply *reply = NULL;
    struct rh_packed *cursor = rh_pack("n");
    int64_t deleted = 0;
    bool more = true;
    for (int calls = 0; more; calls++) {
        cr_assert(lt(int, calls, 100));
        cr_assert(eq(int, rh_call(service, "run_upkeep", &reply, "{s:i s:o}", "budget", 16, "cursor", cursor), RH_OK), "%s", rh_message(service));
        struct rh_cell next = rh_member(rh_result(reply), "next");
        deleted += rh_int(rh_member(rh_result(reply), "deleted"));
        more = !rh_is_null(next);
        rh_packed_free(cursor);
        cursor = rh_pack("c", &next);
        rh_reply_free(reply);
    }
    rh_packed_free(cursor);
    cr_expect(ge(i64, rows("system_metrics"), 1));
    cr_expect(eq(i64, rows("system_metrics"), 1));
    cr_expect(eq(i64, rows("audit_logs"), 25));
    cr_expect(le(i64, deleted, 75));        /* the server does the same meanwhile */
    cr_assert(eq(int, rh_call(service, "run_upkeep", NULL, "{s:B}", "cursor", "\x63zzzz", (size_t)5), RH_REFUSED));
}
