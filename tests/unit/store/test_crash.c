/* Power cuts and failing calls at every place: what was acknowledged is there, what was not is there whole or not at all. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Turns until the power is off; what the process does after that, the platter never sees. */
static void run_until_off(struct fixture *f)
{
    for (int turn = 0; turn < 60 && !fake_disk_is_off(f->disk); turn++) {
        uint64_t lsn = fixture_turn(f, 1 + (int)fixture_random(f, 6), fixture_random(f, 4) == 0);
        if (lsn != 0 && fixture_random(f, 3) == 0)
            store_wait_durable(f->store, lsn);
        if (fixture_random(f, 15) == 0)
            store_snapshot(f->store, &f->error);        /* also of what is not synced yet */
    }
}

Test(crash, power_cut_at_random_calls, .timeout = 120)
{
    uint64_t seed = fixture_seed();
    const char *rounds = getenv("ROWHOUSE_ROUNDS");
    struct fixture f = fixture_new(seed);
    int opened = 0;
    for (int round = 0; round < (rounds != NULL ? atoi(rounds) : 150) && f.judge->issued < LSN_MAX - 500; round++) {
        char when[64];
        snprintf(when, sizeof when, "seed %" PRIu64 ", round %d", seed, round);
        fake_disk_power_off_at(f.disk, 1 + fixture_random(&f, round % 3 == 0 ? 60 : 400));
        if (fixture_open(&f) == 0) {
            opened++;
            fixture_check(&f, when);
            fixture_schema(&f);
            run_until_off(&f);
            fake_disk_power_off(f.disk);
            fixture_close(&f);
        } else {
            /* The power went while it opened, and the platter lacks what the process saw: the next round judges. */
            cr_assert(fake_disk_is_off(f.disk), "%s: %s", when, f.error.message);
        }
        fake_disk_power_on(f.disk);
    }
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_check(&f, "at the end");
    fixture_close(&f);
    cr_assert(gt(int, opened, 20));
    fixture_free(&f);
}

/* Everything of a first start lies in folders that are new: what was acknowledged is there, and so is a backup that was taken. */
Test(crash, new_folders_outlive_a_power_cut, .timeout = 60)
{
    uint64_t seed = fixture_seed();
    for (int round = 0; round < 20; round++) {
        struct fixture f = fixture_new(seed + (uint64_t)round);
        cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
        cr_assert(fixture_schema(&f));
        store_wait_durable(f.store, fixture_turn(&f, 3, false));
        if (round % 2 == 0)
            cr_assert(eq(int, store_backup(f.store, "copy", &f.error), 0), "%s", f.error.message);
        fake_disk_power_off(f.disk);
        fixture_close(&f);
        fake_disk_power_on(f.disk);
        if (round % 2 == 0)
            strcpy(f.data_dir, "copy");
        cr_assert(eq(int, fixture_open(&f), 0), "seed %" PRIu64 ": %s", seed + (uint64_t)round, f.error.message);
        fixture_check(&f, "after the first cut");
        fixture_close(&f);
        fixture_free(&f);
    }
}
