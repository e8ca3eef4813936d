/* Snapshots: what is loaded is what was copied; a damaged one is passed over; the log keeps what they need. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
