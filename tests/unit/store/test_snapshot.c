/* Snapshots: what is loaded is what was copied; a damaged one is passed over; the log keeps what they need. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/snapshot.h"

static void snapshot_path(uint64_t lsn, char out[static 64])
{
    char name[SNAPSHOT_NAME_SIZE];
    snapshot_name(lsn, name);
    snprintf(out, 64, "data/snapshots/%s", name);
}

static int snapshots_of(struct fixture *f, uint64_t lsns[static 8])
{
    uint64_t *list = NULL;
    int count = snapshot_list(fake_disk_sys(f->disk), "data/snapshots", &list, &f->error);
    for (int i = 0; i < count && i < 8; i++)
        lsns[i] = list[i];
    free(list);
    return count;
}

static uint64_t segments_begin(struct fixture *f)
{
    uint64_t *segments = NULL, first;
    cr_assert(gt(int, segment_list(fake_disk_sys(f->disk), "data/wal", &segments, &f->error), 0));
    first = segments[0];
    free(segments);
    return first;
}

/* Three clean stops: two snapshots are kept. */
static struct fixture three_stops(void)
{
    struct fixture f = fixture_new(fixture_seed());
    for (int i = 0; i < 3; i++) {
        cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
        fixture_schema(&f);
        for (int turn = 0; turn < 5; turn++)
            fixture_turn(&f, 6, false);
        fixture_close(&f);
    }
    fixture_forget_image(&f);
    return f;
}

Test(snapshot, the_newest_is_loaded)
{
    struct fixture f = three_stops();
    uint64_t lsns[8];
    cr_assert(eq(int, snapshots_of(&f, lsns), 2));
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_recovery(f.store)->snapshot_lsn, lsns[0]));
    cr_assert(eq(u64, store_recovery(f.store)->replayed, 0));
    fixture_check(&f, "loaded");
    fixture_close(&f);
    fixture_free(&f);
}

static void spoil(struct fixture *f, uint64_t lsn)
{
    uint64_t size;
    char path[64];
    snapshot_path(lsn, path);
    uint8_t *bytes = fake_disk_bytes(f->disk, path, &size);
    bytes[size / 2] ^= 0x10;
}

/* What was found damaged does not count among the two: the next one drives out no sound one, nor the log behind it. */
Test(snapshot, a_damaged_one_drives_out_no_sound_one, .timeout = 60)
{
    struct fixture f = three_stops();
    uint64_t lsns[8], later[8];
    cr_assert(eq(int, snapshots_of(&f, lsns), 2));
    spoil(&f, lsns[0]);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_close(&f);                                  /* nothing new, and yet a snapshot is due */
    cr_assert(eq(int, snapshots_of(&f, later), 2));
    cr_assert(eq(u64, later[0], lsns[0]));
    cr_assert(eq(u64, later[1], lsns[1]));
    fixture_forget_image(&f);
    spoil(&f, later[0]);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_recovery(f.store)->snapshot_lsn, lsns[1]));
    fixture_check(&f, "fallen back twice");
    fixture_turn(&f, 6, false);
    fixture_close(&f);
    fixture_forget_image(&f);
    cr_assert(eq(int, snapshots_of(&f, later), 2));
    spoil(&f, later[0]);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_check(&f, "fallen back three times");
    fixture_close(&f);
    fixture_free(&f);
}

/* A byte flipped anywhere: the one before serves, with the log behind it. */
Test(snapshot, a_damaged_one_falls_back, .timeout = 60)
{
    struct fixture f = three_stops();
    uint64_t lsns[8], size;
    char path[64];
    cr_assert(eq(int, snapshots_of(&f, lsns), 2));
    snapshot_path(lsns[0], path);
    fake_disk_bytes(f.disk, path, &size);
    for (uint64_t at = 0; at < size; at += at < 64 || at + 48 > size ? 4 : size / 20) {
        struct fixture g = f;
        if (at >= 48 && at < 56)
            continue;                                   /* reserved, and under the header's checksum like the rest */
        g.disk = fake_disk_clone(f.disk);
        fake_disk_bytes(g.disk, path, &size)[at] ^= 0x10;
        cr_assert(eq(int, fixture_open(&g), 0), "byte %" PRIu64 ": %s", at, g.error.message);
        cr_assert(eq(u64, store_recovery(g.store)->snapshot_lsn, lsns[1]), "byte %" PRIu64, at);
        cr_assert(gt(u64, store_recovery(g.store)->replayed, 0));
        cr_assert(strstr(store_recovery(g.store)->passed_over, "snapshot") != NULL);
        fixture_check(&g, "fallen back");
        fixture_close(&g);
        fixture_forget_image(&g);
        fake_disk_free(g.disk);
    }
    fixture_free(&f);
}

Test(snapshot, both_damaged_is_refused_when_the_log_begins_later, .timeout = 60)
{
    struct fixture f = three_stops();
    uint64_t lsns[8], size;
    char path[64];
    struct error error;
    int count = snapshots_of(&f, lsns);
    for (int i = 0; i < count; i++) {
        snapshot_path(lsns[i], path);
        fake_disk_bytes(f.disk, path, &size)[size / 2] ^= 1;
    }
    int result = fixture_open(&f);
    uint64_t *segments = NULL;
    cr_assert(gt(int, segment_list(fake_disk_sys(f.disk), "data/wal", &segments, &error), 0));
    if (segments[0] > 1) {
        cr_assert(eq(int, result, -1));
        cr_assert(strstr(f.error.message, "no snapshot") != NULL, "%s", f.error.message);
    } else {
        cr_assert(eq(int, result, 0), "%s", f.error.message);
        fixture_check(&f, "from the log alone");
        fixture_close(&f);
    }
    free(segments);
    fixture_free(&f);
}

/* The log keeps everything behind the older of two snapshots, and not much more. */
Test(snapshot, the_log_is_trimmed, .timeout = 60)
{
    struct fixture f = fixture_new(fixture_seed());
    uint64_t lsns[8], *segments = NULL;
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    for (int i = 0; i < 12; i++) {
        for (int turn = 0; turn < 12; turn++)
            store_wait_durable(f.store, fixture_turn_of(&f, 2000));
        cr_assert(eq(int, store_snapshot(f.store, &f.error), 0), "%s", f.error.message);
    }
    cr_assert(eq(int, snapshots_of(&f, lsns), 2));
    int count = segment_list(fake_disk_sys(f.disk), "data/wal", &segments, &f.error);
    cr_assert(le(u64, segments[0], lsns[1] + 1));
    cr_assert(count == 1 || segments[1] > lsns[1] + 1);
    cr_assert(gt(u64, segments[0], 1));
    free(segments);
    fixture_close(&f);
    fixture_free(&f);
}

/* Long logs start snapshots by themselves, while turns go on. */
Test(snapshot, the_background_thread_takes_them, .timeout = 60)
{
    struct fixture f = fixture_new(fixture_seed());
    struct store_stats stats = { 0 };
    f.snapshot_log_bytes = KIB(50);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    for (int turn = 0; turn < 400 && stats.snapshot_lsn == 0; turn++) {
        store_wait_durable(f.store, fixture_turn_of(&f, 3000));
        store_stats(f.store, &stats);
    }
    cr_assert(gt(u64, stats.snapshot_lsn, 0));
    fixture_check(&f, "running");
    fixture_close(&f);
    fixture_free(&f);
}

Test(snapshot, a_backup_is_a_data_directory, .timeout = 60)
{
    struct fixture f = three_stops();
    struct store_config config = { .data_dir = "copy", .image_dir = f.image_dir, .segment_size = KIB(32) };
    struct store *copy;
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_turn(&f, 5, false);
    uint64_t lsn = store_committed_lsn(f.store), digest = fixture_digest(f.store);
    cr_assert(eq(int, store_backup(f.store, "copy", &f.error), 0), "%s", f.error.message);
    cr_assert(eq(int, store_backup(f.store, "copy", &f.error), -1));
    fixture_turn(&f, 5, false);
    fixture_close(&f);
    cr_assert(eq(int, store_open(&config, fake_disk_sys(f.disk), &copy, &f.error), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_committed_lsn(copy), lsn));
    cr_assert(eq(u64, fixture_digest(copy), digest));
    struct store *original = f.store;
    f.store = copy;
    fixture_turn(&f, 5, false);
    f.store = original;
    cr_assert(eq(int, store_close(copy, &f.error), 0));
    fixture_free(&f);
}

/* A store that is only read writes nothing into its directory. */
Test(snapshot, reading_only, .timeout = 60)
{
    struct fixture f = three_stops();
    struct store_config config = { .data_dir = "data", .segment_size = KIB(32), .read_only = true };
    struct store *store;
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_turn(&f, 5, false);
    store_wait_durable(f.store, store_committed_lsn(f.store));
    uint64_t digest = fixture_digest(f.store), lsn = store_committed_lsn(f.store);
    struct fake_disk *killed = fake_disk_clone(f.disk);
    fixture_close(&f);
    struct fake_disk *before = fake_disk_clone(killed);
    cr_assert(eq(int, store_open(&config, fake_disk_sys(killed), &store, &f.error), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_committed_lsn(store), lsn));
    cr_assert(eq(u64, fixture_digest(store), digest));
    cr_assert(eq(int, store_close(store, &f.error), 0));
    cr_assert(fake_disk_equal(killed, before));
    fake_disk_free(killed);
    fake_disk_free(before);
    fixture_free(&f);
}

/* Once it is reported it has its name, whatever happens to the machine then. */
Test(snapshot, its_name_outlives_a_power_cut, .timeout = 60)
{
    uint64_t seed = fixture_seed(), lsns[8];
    for (uint64_t round = 0; round < 16; round++) {
        struct fixture f = fixture_new(seed + round);
        cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
        fixture_schema(&f);
        fixture_turn(&f, 3, false);
        uint64_t lsn = store_committed_lsn(f.store);
        cr_assert(eq(int, store_snapshot(f.store, &f.error), 0), "%s", f.error.message);
        fake_disk_power_off(f.disk);
        fixture_close(&f);
        fake_disk_power_on(f.disk);
        cr_assert(eq(int, snapshots_of(&f, lsns), 1), "seed %" PRIu64, seed + round);
        cr_assert(eq(u64, lsns[0], lsn));
        fixture_free(&f);
    }
}

static void *take_one(void *env)
{
    struct fixture *f = env;
    MUST(store_snapshot(f->store, &f->error) == 0, "%s", f->error.message);
    return NULL;
}

/* (P2) */
Test(snapshot, it_has_no_name_before_the_log_is_durable, .timeout = 60)
{
    struct fixture f = fixture_new(fixture_seed());
    uint64_t lsns[8];
    pthread_t thread;
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    store_wait_durable(f.store, fixture_turn(&f, 3, false));
    fake_disk_hold(f.disk, true);
    uint64_t lsn = fixture_turn(&f, 3, false);
    fake_disk_wait(f.disk);
    cr_assert(eq(int, pthread_create(&thread, NULL, take_one, &f), 0));
    usleep(200000);
    cr_assert(eq(int, snapshots_of(&f, lsns), 0));
    fake_disk_hold(f.disk, false);
    pthread_join(thread, NULL);
    cr_assert(eq(int, snapshots_of(&f, lsns), 1));
    cr_assert(eq(u64, lsns[0], lsn));
    fixture_close(&f);
    fixture_free(&f);
}

/* (P3) What is left of the log leads from the older of the two to the end, wherever the snapshots fall among the segments. */
Test(snapshot, either_of_the_two_leads_to_the_end, .timeout = 120)
{
    uint64_t seed = fixture_seed(), lsns[8];
    int trimmed = 0;
    for (uint64_t round = 0; round < 12; round++) {
        struct fixture f = fixture_new(seed + round);
        f.snapshot_log_bytes = MIB(64);                 /* none but those that are asked for */
        cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
        fixture_schema(&f);
        for (int taken = 0; taken < 4; taken++) {
            for (int turns = 2 + (int)fixture_random(&f, 12); turns > 0; turns--)
                fixture_turn(&f, 1 + (int)fixture_random(&f, 6), false);
            cr_assert(eq(int, store_snapshot(f.store, &f.error), 0), "%s", f.error.message);
        }
        store_wait_durable(f.store, fixture_turn(&f, 4, false));
        fake_disk_power_off(f.disk);
        fixture_close(&f);
        fake_disk_power_on(f.disk);
        cr_assert(eq(int, snapshots_of(&f, lsns), 2));
        spoil(&f, lsns[0]);
        cr_assert(eq(int, fixture_open(&f), 0), "seed %" PRIu64 ": %s: %s", seed + round, f.error.message, f.error.detail);
        cr_assert(eq(u64, store_recovery(f.store)->snapshot_lsn, lsns[1]));
        trimmed += segments_begin(&f) > 1;
        fixture_check(&f, "from the older one");
        fixture_close(&f);
        fixture_free(&f);
    }
    cr_assert(gt(int, trimmed, 4));
}

/* A cleared image is trusted no more, even if its file comes back: a new one may have the old one's inode. */
Test(snapshot, a_cleared_image_has_no_mark)
{
    struct fixture f = fixture_new(fixture_seed());
    char path[PATH_SIZE], kept[PATH_SIZE];
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    struct image *image = &f.store->image;
    image_path(image, path);
    snprintf(kept, sizeof kept, "%.400s-kept", path);
    cr_assert(eq(int, link(path, kept), 0));
    cr_assert(image_trusted(image));
    cr_assert(eq(int, image_clear(image, &f.error), 0));
    cr_assert(eq(int, rename(kept, path), 0));
    cr_assert(not(image_trusted(image)));
    fixture_free(&f);
}

/* Killed at each call of a recovery that loads a snapshot and replays: the next one does all of it. */
Test(snapshot, a_kill_while_it_loads, .timeout = 120)
{
    struct fixture f = three_stops();
    int killed = 1;
    for (uint64_t call = 1; killed; call++) {
        fake_disk_power_on(f.disk);
        fake_disk_kill_at(f.disk, call);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            MUST(fixture_open(&f) == 0, "%s", f.error.message);
            _exit(0);
        }
        int status;
        cr_assert(eq(int, waitpid(child, &status, 0), child));
        bool ended = WIFEXITED(status);
        cr_assert(ended, "killed at call %" PRIu64, call);
        killed = WEXITSTATUS(status) == FAKE_DISK_KILLED;
        fake_disk_restart(f.disk);
        cr_assert(eq(int, fixture_open(&f), 0), "killed at call %" PRIu64 ": %s", call, f.error.message);
        fixture_check(&f, "after a kill");
        fixture_close(&f);
    }
    fixture_free(&f);
}
