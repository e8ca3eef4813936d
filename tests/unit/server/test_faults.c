/* What a reply promises when something is too large, too early, or in the way: an error means that nothing happened, and
 * credits and audit are on disk when they are acknowledged. */
#include "daemon.h"

#include <sys/resource.h>

#include "store/internal.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"

static struct daemon *d;
static struct peer p;

static void open_daemon(void)
{
    d = calloc(1, sizeof *d);
    daemon_prepare(d, "");
    daemon_set(d, "migrations", "schema/migrations");
    daemon_start(d);
    peer_open(&p, d);
    CALL_OK(&p, "auth", "[\"%s\"]", d->server.service_key.text);
    CALL_OK(&p, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG);
}

static void close_daemon(void)
{
    peer_close(&p);
    daemon_stop(d);
    daemon_remove(d);
    free(d);
}

TestSuite(faults, .init = open_daemon, .fini = close_daemon, .timeout = PATIENCE_OF_A_TEST_S);

/* --- Too large --- */

/* The address space that LMDB knows of; the server believes in a larger one, so that turns begin. */
static void shrink_map(size_t room)
{
    struct store *store = d->server.store;
    pthread_mutex_lock(&store->turn_mutex);
    cr_assert_eq(mdb_env_set_mapsize(store->image.env, store->image.used + room), 0);
    pthread_mutex_unlock(&store->turn_mutex);
}

Test(faults, a_write_whose_reply_is_too_large_has_not_happened)
{
    enum { ROWS = 40 };
    const size_t size = 1000 * 1000;
    char *note = malloc(size + 1);
    memset(note, 'x', size);
    note[size] = '\0';
    for (int i = 0; i < ROWS; i++)
        CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]", ORG, note);
    free(note);
    CALL_FAILS("54000", &p, "delete", "[\"contacts\",{\"where\":[\"=\",\"organization_id\",\"%s\"]},{\"returning\":[\"name\"]}]", ORG);
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), ROWS);
}

/* The image's map is full in the middle of a turn: everything of the turn runs again in a larger one, once. */
Test(faults, a_full_map_is_grown_and_the_turn_repeated)
{
    enum { ROWS = 3000 };
    static bool seen[ROWS + 1];
    shrink_map(KIB(256));
    for (uint32_t i = 1; i <= ROWS; i++)
        peer_ask(&p, i, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"contact %u\"},{\"idempotency_key\":\"key %u\"}]", ORG, i, i);
    peer_send(&p);
    for (int i = 0; i < ROWS; i++) {
        struct reply reply;
        cr_assert(peer_reply(&p, &reply));
        cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
        cr_assert(reply.id >= 1 && reply.id <= ROWS && !seen[reply.id]);
        seen[reply.id] = true;
    }
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), ROWS);
    CALL_OK(&p, "verify", "[]");
}

/* --- A map that cannot grow --- */

static void limit_files(size_t size)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size == 0 ? limit.rlim_max : size;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What is too large for it is refused, at once; what was asked before and after it happens. */
Test(faults, a_map_that_cannot_grow_refuses_what_does_not_fit)
{
    const size_t size = 400 * 1000;
    struct reply reply;
    char *name = malloc(size + 1);
    memset(name, 'x', size);
    name[size] = '\0';
    limit_files(d->server.store->image.map_size);
    shrink_map(KIB(256));
    peer_ask(&p, 1, "insert", "[\"organizations\",{\"id\":\"%s\",\"name\":\"again\"}]", ORG);
    peer_ask(&p, 2, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]", ORG, name);
    peer_ask(&p, 3, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"small\"}]", ORG);
    peer_send(&p);
    static const char *const states[] = { "23505", "53100", "00000" };
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert(peer_reply(&p, &reply));
        cr_assert_eq(reply.id, i + 1);
        cr_assert_str_eq(reply.state, states[i], "%u: %s %.*s", reply.id, reply.state, SLICE_FMT(reply.message));
    }
    CALL_FAILS("53100", &p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]", ORG, name);
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), 1);
    limit_files(0);
    CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"%s\"}]", ORG, name);
    CALL_OK(&p, "verify", "[]");
    free(name);
}

/* --- Too early --- */

/* Everything committed is covered by what replies wait for: nothing of it was taken for relaxed. */
static bool strict(void)
{
    return atomic_load(&d->server.store->strict_lsn) == store_committed_lsn(d->server.store);
}

Test(faults, credits_and_audit_are_never_relaxed)
{
    CALL_OK(&p, "call", "[\"grant_credits\",{\"organization_id\":\"%s\",\"amount\":100},{\"durability\":\"relaxed\"}]", ORG);
    cr_assert(strict());
    CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"A\"},{\"durability\":\"relaxed\"}]", ORG);
    cr_assert(!strict(), "who asks for it has it");
    CALL_OK(&p, "call", "[\"append_audit_log\",{\"organization_id\":\"%s\",\"action_type\":\"x\"},{\"durability\":\"relaxed\"}]", ORG);
    cr_assert(strict());
    CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"B\"},{\"durability\":\"relaxed\"}]", ORG);
    CALL_OK(&p, "txn", "[[[\"call\",\"consume_credits\",{\"organization_id\":\"%s\",\"action_type\":\"send_email\"}]],{\"durability\":\"relaxed\"}]", ORG);
    cr_assert(strict());
}

/* --- In the way --- */

static void *verify_again_and_again(void *env)
{
    struct peer other;
    int *rounds = env;
    peer_open(&other, d);
    CALL_OK(&other, "auth", "[\"%s\"]", d->server.service_key.text);
    while (*rounds > 0) {
        CALL_OK(&other, "verify", "[]");
        --*rounds;
    }
    peer_close(&other);
    return NULL;
}

/* Writes, each behind a map that has to grow, go on while everything is verified. */
Test(faults, the_map_grows_while_verify_runs)
{
    int rounds = 5, writes = 0;
    pthread_t thread;
    for (int i = 0; i < 20; i++)
        CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"A\"}]", ORG);
    cr_assert_eq(pthread_create(&thread, NULL, verify_again_and_again, &rounds), 0);
    while (rounds > 0) {
        pthread_mutex_lock(&d->server.store->turn_mutex);
        d->server.store->cramped = d->server.store->image.map_size < MIB(16384);
        pthread_mutex_unlock(&d->server.store->turn_mutex);
        CALL_OK(&p, "insert", "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"A\"}]", ORG);
        writes++;
    }
    pthread_join(thread, NULL);
    fprintf(stderr, "%d writes beside verify\n", writes);
    cr_assert_eq(peer_number(&p, "count", "[\"contacts\"]"), 20 + writes);
}

/* --- Half done --- */

/* The balance is written before the ledger's row, which this schema refuses: nothing of it stays, for whoever asks next. */
Test(faults, a_call_that_fails_in_its_middle_has_not_happened)
{
    struct reply before, after;
    CALL_OK(&p, "call", "[\"grant_credits\",{\"organization_id\":\"%s\",\"amount\":100}]", ORG);
    CALL_OK(&p, "migrate", "[[{\"name\":\"9999.sql\",\"text\":\"alter table credit_ledger add constraint no_spending check (amount >= 0);\"}]]");
    peer_call(&p, &before, "call", "[\"get_credit_balance\",{\"organization_id\":\"%s\"}]", ORG);
    struct buf balance = { 0 };
    buf_append_slice(&balance, before.result);
    CALL_FAILS("23514", &p, "call", "[\"consume_credits\",{\"organization_id\":\"%s\",\"action_type\":\"send_email\"}]", ORG);
    CALL_FAILS("23514", &p, "call", "[\"consume_credits\",{\"organization_id\":\"%s\",\"action_type\":\"send_email\"},{\"idempotency_key\":\"k\"}]", ORG);
    peer_call(&p, &after, "call", "[\"get_credit_balance\",{\"organization_id\":\"%s\"}]", ORG);
    cr_assert(slice_equal(after.result, buf_slice(&balance)), "credits are gone");
    CALL_OK(&p, "verify", "[]");
    buf_done(&balance);
}
