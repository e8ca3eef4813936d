/* Every call to the machine fails once: the store says so, or stops, and never loses what it acknowledged. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_FATAL 70

/* Opens, writes, takes a snapshot, writes again, closes; stops at the first failure that is reported. */
static void work(struct fixture *f)
{
    if (fixture_open(f) < 0)
        _exit(1);
    f->may_refuse = true;
    if (!fixture_schema(f))
        _exit(1);
    for (int turn = 0; turn < 8; turn++) {
        uint64_t lsn = fixture_turn(f, 4, turn % 3 == 2);
        if (lsn != 0)
            store_wait_durable(f->store, lsn);
        if (turn == 4 && store_snapshot(f->store, &f->error) < 0)
            continue;                                   /* a snapshot that fails costs nothing */
    }
    _exit(store_close(f->store, &f->error) < 0 ? 1 : 0);
}

static int run(struct fixture *f, uint64_t failing)
{
    int status;
    fake_disk_fail(f->disk, failing);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)  /* the fatal lines are wanted */
            _exit(2);
        work(f);
    }
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    bool exited = WIFEXITED(status);
    cr_assert(exited, "failing call %" PRIu64 ": signal %d", failing, WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* What was recovered is shown to whoever asks, so it is durable: also what a sync that failed has dropped. Closes the store. */
static void outlives_a_cut(struct fixture *f, const char *when)
{
    atomic_store(&f->judge->acked, store_committed_lsn(f->store));
    fake_disk_power_off(f->disk);
    fixture_close(f);
    fake_disk_power_on(f->disk);
    cr_assert(eq(int, fixture_open(f), 0), "%s, then a cut: %s", when, f->error.message);
    fixture_check(f, when);
    fixture_close(f);
}

static void survive(bool power)
{
    uint64_t seed = fixture_seed();
    int stopped = 0, reported = 0, more = 1;
    for (uint64_t failing = 1; more; failing++) {
        struct fixture f = fixture_new(seed);
        char when[64];
        snprintf(when, sizeof when, "failing call %" PRIu64, failing);
        int status = run(&f, failing);
        more = fake_disk_failed(f.disk);
        stopped += status == STATUS_FATAL;
        reported += status == 1;
        cr_assert(le(int, status == STATUS_FATAL ? 0 : status, 1), "%s: status %d", when, status);
        if (power)
            fake_disk_power_on(f.disk);
        else
            fake_disk_restart(f.disk);
        cr_assert(eq(int, fixture_open(&f), 0), "%s: %s", when, f.error.message);
        fixture_check(&f, when);
        outlives_a_cut(&f, when);
        fixture_free(&f);
    }
    cr_assert(gt(int, stopped, 0));
    cr_assert(gt(int, reported, 0));
}

Test(failures, survives_every_failing_call_of_a_process, .timeout = 300) { survive(false); }
Test(failures, survives_every_failing_call_and_a_power_cut, .timeout = 300) { survive(true); }
