/* Attacks on the walls that need more than a table and a role (those are walls.c's): the keys of another tenant's rows in every
 * parameter of every native function, what he set aside, a profile or a token that changes under an open connection, and
 * statements that would keep the server busy for ever.
 *
 *      walls_attacks [seed]        ROWHOUSED: the server; the seed is printed */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/keeper.h"
#include "lib/rowhoused.h"
#include "lib/tenants.h"
#include "native/native.h"

static struct tenants tenants, *t = &tenants;
static const char *address;
static struct rh_reply *reply;
static long faults, requests;

static void fault(int line, const char *what, const char *more)
{
    faults++;
    fprintf(stderr, "walls_attacks.c:%d: %s: %s\n", line, what, more);
}

static int try(struct rh *db, int outcome)
{
    requests++;
    if (outcome != RH_OK && outcome != RH_REFUSED)
        die("the server is gone", rh_message(db));
    return outcome;
}

static void forget(void)
{
    rh_reply_free(reply);
    reply = NULL;
}

#define TRY(db, method, ...) (forget(), try(db, rh_request(db, &reply, method, __VA_ARGS__)))
#define MUST(db, method, ...) do { if (TRY(db, method, __VA_ARGS__) != RH_OK) die(method, rh_message(db)); } while (0)
#define EXPECT(condition, what, more) do { if (!(condition)) fault(__LINE__, what, more); } while (0)

static bool refused_with(struct rh *db, int outcome, const char *sqlstate)
{
    return outcome == RH_REFUSED && strcmp(rh_sqlstate(db), sqlstate) == 0;
}

/* --- Keys of another tenant in the parameters of native functions --- */

/* Whether the reply, or the error, shows a text of the owner. The key itself was the request's. */
static bool shows(struct rh *db, int outcome, const struct mark *owner)
{
    if (outcome == RH_OK)
        return memmem(rh_result(reply).data, rh_result(reply).size, owner->text, MARK_SIZE) != NULL;
    return strstr(rh_message(db), owner->text) != NULL || strstr(rh_detail(db), owner->text) != NULL || strstr(rh_hint(db), owner->text) != NULL;
}

static int add_parameter(struct rh_packed *given, const struct parameter *p)
{
    switch (p->type) {
    case TYPE_TEXT: case TYPE_VARCHAR: return rh_packed_add(given, "ss", p->name, "comment_added");
    case TYPE_UUID: return rh_packed_add(given, "su", p->name, &t->marks[OWNER_B].user);
    case TYPE_BOOL: return rh_packed_add(given, "sb", p->name, 1);
    case TYPE_JSONB: return rh_packed_add(given, "s{ss}", p->name, "a", "b");
    case TYPE_INET: return rh_packed_add(given, "ss", p->name, "10.0.0.1");
    default: return rh_packed_add(given, "si", p->name, 1);
    }
}

/* The required parameters, and `key` for one of them. */
static struct rh_packed *parameters(const struct native_function *function, int with, const struct rh_packed *key)
{
    struct rh_packed *given = rh_packed_new('{');
    for (int i = 0; i < PARAMETERS_MAX && function->parameters[i].name != NULL; i++) {
        const struct parameter *p = &function->parameters[i];
        int err = i == with ? rh_packed_add(given, "so", p->name, key) : p->required && !p->array ? add_parameter(given, p) : RH_OK;
        if (err != RH_OK)
            die("cannot pack the parameters of", function->name);
    }
    return given;
}

/* How a call ends: its SQLSTATE. */
static void call_with(struct rh *db, const struct native_function *function, int with, const struct rh_packed *key, char state[static 6])
{
    struct rh_packed *given = parameters(function, with, key);
    int outcome = TRY(db, "call", "[s o]", function->name, given);
    EXPECT(!shows(db, outcome, &t->marks[OWNER_A]), function->name, "shows a text of another tenant");
    snprintf(state, 6, "%s", rh_sqlstate(db));
    rh_packed_free(given);
}

static bool names_row(const struct parameter *p)
{
    size_t size = strlen(p->name);
    return (p->type == TYPE_UUID || p->type == TYPE_INT8) && size > 3 && strcmp(p->name + size - 3, "_id") == 0 &&
           strcmp(p->name, "organization_id") != 0 && strcmp(p->name, "user_id") != 0;
}

/* The key of a row of A must fare as one that no row has. */
static long probe_parameter(struct rh *db, const struct native_function *function, int with)
{
    struct rh_uuid nowhere = { { 0x99, 1, 2, 3, 4, 5, 0x40, 7, 0x80 } };
    bool uuid = function->parameters[with].type == TYPE_UUID;
    struct rh_packed *dangling = uuid ? rh_pack("u", &nowhere) : rh_pack("i", 900000000);
    char fresh[6], taken[6];
    long probed = 0;
    call_with(db, function, with, dangling, fresh);
    for (int i = 0; i < t->count; i++) {
        const struct seeded *table = &t->tables[i];
        struct rh_cell columns = rh_member(table->described, "primary_key");
        if (!table->in_houses || table->rows[OWNER_A] == 0 || rh_count(columns) != 1)
            continue;
        char *column = cell_string(rh_at(columns, 0));
        struct rh_cell cell = rh_at(table->row[OWNER_A], (size_t)seeded_column(table, column));
        free(column);
        if (rh_type(cell) != (uuid ? RH_UUID : RH_INT))
            continue;
        struct rh_packed *key = rh_pack("c", &cell);
        call_with(db, function, with, key, taken);
        rh_packed_free(key);
        probed++;
        if (strcmp(taken, fresh) != 0)
            fault(__LINE__, function->name, table->name);
    }
    rh_packed_free(dangling);
    return probed;
}

/* What the service role sees of A: the bytes of the rows of every table. */
struct state {
    char *bytes;
    size_t size;
};

static struct state state_of_a(void)
{
    struct state state = { 0 };
    FILE *all = open_memstream(&state.bytes, &state.size);
    for (int i = 0; i < t->count; i++) {
        if (!t->tables[i].in_houses)
            continue;
        MUST(t->service, "scan", "[s {su si}]", t->tables[i].name, "organization", &t->marks[OWNER_A].organization, "limit", 10000);
        fwrite(rh_rows(reply).data, 1, rh_rows(reply).size, all);
    }
    fclose(all);
    return state;
}

static void expect_unchanged(struct state *before, const char *by)
{
    struct state now = state_of_a();
    EXPECT(before->size == now.size && memcmp(before->bytes, now.bytes, now.size) == 0, by, "rows of another tenant changed");
    free(before->bytes);
    free(now.bytes);
}

static void functions_and_foreign_keys(struct rh *b)
{
    int count;
    long probed = 0;
    const struct native_function *const *functions = native_table(&count);
    struct state before = state_of_a();
    for (int i = 0; i < count; i++)
        for (int p = 0; p < PARAMETERS_MAX && functions[i]->parameters[p].name != NULL; p++)
            if (names_row(&functions[i]->parameters[p]))
                probed += probe_parameter(b, functions[i], p);
    expect_unchanged(&before, "native functions");
    EXPECT(probed > 100, "native functions", "hardly any key was tried");
}

/* What A has set aside is nobody else's to take or to give back. */
static void foreign_reservation(struct rh *a, struct rh *b)
{
    static const char *const takers[] = { "commit_reservation", "release_reservation" };
    struct rh_uuid id = { { 0 } }, nowhere = { { 0x99, 1, 2, 3, 4, 5, 0x40, 7, 0x80 } };
    for (int owner = OWNER_A; owner <= OWNER_B; owner++)
        MUST(t->service, "call", "[s {si su}]", "grant_credits", "amount", 1000, "organization_id", &t->marks[owner].organization);
    MUST(a, "call", "[s {ss}]", "reserve_credits", "action_type", "ai_lead_scoring");
    if (!rh_uuid(rh_member(rh_result(reply), "reservation_id"), &id))
        die("reserve_credits", "gives no reservation");
    for (int i = 0; i < 2; i++) {
        char state[6];
        EXPECT(TRY(b, "call", "[s {su}]", takers[i], "reservation_id", &nowhere) == RH_REFUSED, takers[i], "takes what is nowhere");
        snprintf(state, sizeof state, "%s", rh_sqlstate(b));
        int outcome = TRY(b, "call", "[s {su}]", takers[i], "reservation_id", &id);
        EXPECT(refused_with(b, outcome, state), takers[i], "tells another tenant's reservation from none");
        outcome = TRY(b, "call", "[s {su su}]", takers[i], "reservation_id", &id, "organization_id", &t->marks[OWNER_A].organization);
        EXPECT(refused_with(b, outcome, "42501"), takers[i], "enters another tenant's house");
    }
    EXPECT(TRY(a, "call", "[s {su}]", "commit_reservation", "reservation_id", &id) == RH_OK, "commit_reservation", "of its owner fails");
}

/* --- The key of another tenant's row in statements over several tables --- */

static void statement(int line, struct rh *b, const char *sql, struct rh_cell key)
{
    int outcome = TRY(b, "query", "[s [c]]", sql, &key);
    if (outcome == RH_REFUSED) {
        fault(line, sql, rh_message(b));
        return;
    }
    struct rh_cell found = rh_at(rh_at(rh_rows(reply), 0), 0);
    if (rh_count(rh_rows(reply)) != 1 || !(rh_is_null(found) || (rh_type(found) == RH_INT && rh_int(found) == 0)))
        fault(line, sql, "finds another tenant's row");
}

static void statements_of_several_tables(struct rh *b)
{
    for (int i = 0; i < t->count; i++) {
        const struct seeded *table = &t->tables[i];
        struct rh_cell columns = rh_member(table->described, "primary_key");
        if ((!table->in_houses && !table->of_users) || table->rows[OWNER_A] == 0 || rh_count(columns) != 1)
            continue;
        char sql[512], *key = cell_string(rh_at(columns, 0));
        struct rh_cell cell = rh_at(table->row[OWNER_A], (size_t)seeded_column(table, key));
        snprintf(sql, sizeof sql, "SELECT count(*) FROM profiles WHERE EXISTS (SELECT 1 FROM %s x WHERE x.%s = $1)", table->name, key);
        statement(__LINE__, b, sql, cell);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM profiles WHERE EXISTS (SELECT 1 FROM organizations WHERE EXISTS "
                 "(SELECT 1 FROM %s x WHERE x.%s = $1))", table->name, key);
        statement(__LINE__, b, sql, cell);
        snprintf(sql, sizeof sql, "SELECT (SELECT x.%s FROM %s x WHERE x.%s = $1)", key, table->name, key);
        statement(__LINE__, b, sql, cell);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM profiles WHERE $1 IN (SELECT x.%s FROM %s x)", key, table->name);
        statement(__LINE__, b, sql, cell);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM profiles p LEFT JOIN %s x ON x.%s = $1 WHERE x.%s IS NOT NULL", table->name, key, key);
        statement(__LINE__, b, sql, cell);
        snprintf(sql, sizeof sql, "SELECT count(*) FROM profiles p, %s x WHERE x.%s = $1", table->name, key);
        statement(__LINE__, b, sql, cell);
        free(key);
    }
}

/* --- A profile that changes under an open connection --- */

static void set_profile(const struct rh_uuid *user, const struct rh_uuid *organization, const char *role)
{
    MUST(t->service, "update", "[s u {su ss}]", "profiles", user, "organization_id", organization, "role", role);
}

static void a_profile_changes(void)
{
    const struct mark *a = &t->marks[OWNER_A], *b = &t->marks[OWNER_B];
    struct rh_uuid user = { { 0x77, 1, 2, 3, 4, 5, 0x40, 7, 0x80 } };
    MUST(t->service, "insert", "[s {su ss}]", "auth.users", "id", &user, "email", "moves@example.com");
    MUST(t->service, "insert", "[s {su su ss}]", "profiles", "id", &user, "organization_id", &b->organization, "role", "super_admin");
    struct rh *db = tenants_sign_in(t, address, "authenticated", &user);
    MUST(db, "scan", "[s {su}]", "contacts", "organization", &a->organization);
    EXPECT(shows(db, RH_OK, a), "a super admin", "does not see what he may");
    set_profile(&user, &b->organization, "user");
    EXPECT(refused_with(db, TRY(db, "scan", "[s {su}]", "contacts", "organization", &a->organization), "42501"), "a former super admin", "scans");
    EXPECT(refused_with(db, TRY(db, "query", "[s [] {su}]", "SELECT 1 FROM contacts", "organization", &a->organization), "42501"),
           "a former super admin", "queries");
    MUST(db, "scan", "[s]", "contacts");
    EXPECT(shows(db, RH_OK, b) && !shows(db, RH_OK, a), "a member of B", "sees another's contacts");
    set_profile(&user, &a->organization, "user");
    int64_t writes = rh_submit(db, "insert", "[s {su ss}]", "contacts", "organization_id", &b->organization, "name", "late");
    int64_t reads = rh_submit(db, "scan", "[s]", "contacts");
    if (writes < 0 || reads < 0)
        die("cannot submit", rh_message(db));
    EXPECT(refused_with(db, rh_wait(db, writes, NULL), "42501"), "who has moved to A", "writes into B");
    forget();
    EXPECT(rh_wait(db, reads, &reply) == RH_OK && shows(db, RH_OK, a) && !shows(db, RH_OK, b), "who has moved to A", "sees the contacts of B");
    MUST(t->service, "delete", "[s u]", "profiles", &user);
    MUST(db, "count", "[s]", "contacts");
    EXPECT(rh_int(rh_result(reply)) == 0, "who has no profile any more", "counts contacts");
    rh_close(db);
}

/* What was asked before another token came is done for who asked it, also when it still waits for the writer. */
static void another_token(void)
{
    int64_t tickets[200];
    const struct mark *a = &t->marks[OWNER_A];
    struct rh *db = tenants_sign_in(t, address, "authenticated", &a->user);
    MUST(t->service, "call", "[s {ss su}]", "issue_token", "role", "authenticated", "user_id", &t->marks[OWNER_B].user);
    char *token = cell_string(rh_member(rh_result(reply), "token"));
    for (int i = 0; i < 200; i++)
        tickets[i] = rh_submit(db, "insert", "[s {su ss}]", "contacts", "organization_id", &a->organization, "name", "before");
    int64_t signs_in = rh_submit(db, "auth", "[s]", token);
    int64_t writes = rh_submit(db, "insert", "[s {su ss}]", "contacts", "organization_id", &a->organization, "name", "behind");
    free(token);
    for (int i = 0; i < 200; i++)
        EXPECT(rh_wait(db, tickets[i], NULL) == RH_OK, "what A asked before B signed in", rh_message(db));
    EXPECT(rh_wait(db, signs_in, NULL) == RH_OK, "auth behind writes", rh_message(db));
    EXPECT(refused_with(db, rh_wait(db, writes, NULL), "42501"), "B, signed in behind A", "writes into A");
    rh_close(db);
}

/* --- Statements without end --- */

/* One that is refused for its work or its memory, and the server goes on. */
static void endless(struct rh *db, const char *sql, const char *state)
{
    EXPECT(refused_with(db, TRY(db, "query", "[s]", sql), state), sql, rh_message(db));
    if (rh_request(t->service, NULL, "ping", "[]") != RH_OK)
        die("the server is gone", rh_message(t->service));
}

static void without_end(struct rh *anon)
{
    char wide[60000], *at = wide;
    endless(anon, "SELECT repeat('a', 4000000) LIKE '%' || repeat('a', 2000000) || 'b'", "54000");
    endless(anon, "SELECT length(translate(repeat('a', 4000000), repeat('b', 4000000), 'c'))", "54000");
    at += sprintf(at, "SELECT 1");
    for (int i = 0; i < 1600; i++)
        at += sprintf(at, ", length(repeat('a', 4000000))");
    endless(anon, wide, "53200");
}

int main(int argc, char **argv)
{
    const char *program = getenv("ROWHOUSED");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    struct rowhoused *server = rowhoused_start(program != NULL ? program : "build/release/rowhoused", "schema/migrations");
    address = rowhoused_address(server);
    struct rh *service = rh_open(address, &(struct rh_options){ .timeout_ms = 30000 });
    fprintf(stderr, "walls_attacks: seed %" PRIu64 "\n", seed);
    if (rh_connect(service) != RH_OK || rh_authenticate(service, rowhoused_service_key(server)) != RH_OK)
        die("cannot sign in", rh_message(service));
    tenants_seed(t, service, seed);
    struct rh *a = tenants_sign_in(t, address, "authenticated", &t->marks[OWNER_A].user);
    struct rh *b = tenants_sign_in(t, address, "authenticated", &t->marks[OWNER_B].user);
    struct rh *anon = tenants_sign_in(t, address, "anon", NULL);
    functions_and_foreign_keys(b);
    foreign_reservation(a, b);
    statements_of_several_tables(b);
    a_profile_changes();
    another_token();
    without_end(anon);
    tenants_open_policies(t);
    statements_of_several_tables(b);
    functions_and_foreign_keys(b);
    forget();
    rh_close(a);
    rh_close(b);
    rh_close(anon);
    rh_close(service);
    rowhoused_stop(server);
    printf("walls_attacks: %ld requests, %ld faults\n", requests, faults);
    return faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
