/* Every call to the machine fails once: the store says so, or stops, and never loses what it acknowledged. And a disk that is full
 * for good: writes are refused, nothing stops, and reads go on. */
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

/* --- A disk that is full for good --- */

/* The state is that of the last LSN, and can be read. */
static void reads_go_on(struct fixture *f, const char *when)
{
    uint64_t lsn = store_committed_lsn(f->store);
    cr_assert(eq(u64, lsn, f->judge->issued), "%s", when);
    cr_assert(eq(u64, fixture_digest(f->store), f->judge->digest[lsn]), "%s", when);
}

/* Writes until one is refused, and then again and again: each of the same size is, and nothing stops. */
static void write_until_full(struct fixture *f, const char *when)
{
    int taken = 0;
    while (fixture_full_turn(f, 3000))
        cr_assert(lt(int, ++taken, 200), "%s: never refused", when);
    for (int i = 0; i < 20; i++) {
        cr_assert(eq(int, (int)f->error.state, SQLSTATE_DISK_FULL), "%s: %s", when, f->error.message);
        cr_assert(f->error.hint[0] != '\0');
        fixture_turn(f, 4, i % 2 == 0);                 /* some of them are small enough for what is left */
        cr_assert(eq(u64, fixture_turn_of(f, 3000), 0), "%s: the disk is full", when);
        reads_go_on(f, when);
    }
    cr_assert(ge(int, f->judge->told_full, 1), "%s", when);
    cr_assert(le(int, f->judge->told_full, 9), "%s: it is told too often", when);
}

/* Forty times as fast: a segment that could not be made is tried again after a second. */
static int64_t fast_monotonic_us(struct sys *sys) { return 40 * sys_monotonic_us(sys_real()); }

static void full_for_good(uint64_t seed, uint64_t call, bool reboot)
{
    struct fixture f = fixture_new(seed);
    char when[64];
    snprintf(when, sizeof when, "seed %" PRIu64 ", full from call %" PRIu64, seed, call);
    fake_disk_sys(f.disk)->monotonic_us = fast_monotonic_us;
    f.may_refuse = true;
    f.snapshot_log_bytes = MIB(64);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    fake_disk_fill(f.disk, fake_disk_calls(f.disk) + call);
    write_until_full(&f, when);
    for (int start = 0; start < 2; start++) {           /* a clean stop, which cannot take its snapshot */
        fixture_close(&f);
        if (reboot)
            fixture_forget_image(&f);
        cr_assert(eq(int, fixture_open(&f), 0), "%s: %s", when, f.error.message);
        fixture_check(&f, when);
        write_until_full(&f, when);
    }
    fake_disk_fill(f.disk, 0);
    for (int tries = 0; fixture_turn_of(&f, 3000) == 0; tries++) {
        cr_assert(lt(int, tries, 5000), "%s: there is room again, and writes are refused: %s", when, f.error.message);
        usleep(1000);
    }
    for (int i = 0; i < 60; i++)
        cr_assert(ne(u64, fixture_turn_of(&f, 3000), 0), "%s: %s", when, f.error.message);
    reads_go_on(&f, when);
    fixture_close(&f);
    fixture_free(&f);
}

/* No room for the image: a start with nothing to replay needs none, and one that has is refused until there is some. */
Test(failures, a_start_without_room, .timeout = 120)
{
    struct fixture f = fixture_new(fixture_seed());
    f.may_refuse = true;
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    cr_assert(ne(u64, fixture_turn_of(&f, 100), 0));
    struct fake_disk *killed = fake_disk_clone(f.disk);
    fixture_close(&f);
    fake_disk_full_after(f.disk, 0);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    reads_go_on(&f, "the image is there");
    cr_assert(eq(u64, fixture_turn_of(&f, 100), 0));
    cr_assert(eq(int, (int)f.error.state, SQLSTATE_DISK_FULL), "%s", f.error.message);
    fixture_close(&f);
    fixture_forget_image(&f);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    reads_go_on(&f, "the snapshot is there");
    fixture_close(&f);
    fixture_forget_image(&f);
    fake_disk_free(f.disk);
    f.disk = killed;                                    /* the log alone */
    fake_disk_full_after(f.disk, 0);
    cr_assert(eq(int, fixture_open(&f), -1));
    cr_assert(eq(int, (int)f.error.state, SQLSTATE_DISK_FULL), "%s", f.error.message);
    fake_disk_full_after(f.disk, -1);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    reads_go_on(&f, "there is room");
    fixture_close(&f);
    fixture_free(&f);
}

Test(failures, a_disk_that_is_full_for_good, .timeout = 120)
{
    uint64_t seed = fixture_seed();
    for (uint64_t call = 1; call < 200; call += 1 + call / 4)
        full_for_good(seed + call, call, call % 2 == 0);
}
