/* What replay makes of the log is, byte by byte, what the running server had: rows, checksums, index entries; through
 * migrations that build, drop and rewrite; from the log alone, and from a snapshot on. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <unistd.h>

static const char *const migrations[][2] = {
    { "2_add.sql", "alter table contacts add column extra integer default 7;\ncreate index contacts_extra on contacts (extra);\n" },
    { "3_type.sql", "alter table contacts alter column extra type text using (extra + 1)::text;\n" },
    { "4_generated.sql", "alter table contacts add column twice text generated always as (note || note) stored;\n"
                         "create index contacts_twice on contacts (organization_id, twice desc);\n" },
    { "5_indexes.sql", "drop index contacts_name;\ncreate index contacts_name2 on contacts (name desc nulls last, score);\n"
                       "create table more (id uuid primary key, organization_id uuid references organizations (id));\n" },
    { "6_drop.sql", "alter table contacts drop column extra;\ndrop table more;\n" },
};

#define MIGRATIONS ((int)(sizeof migrations / sizeof *migrations))

static void open_or_fail(struct fixture *f)
{
    int result = fixture_open(f);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
}

/* The state of `f` against that of its disk recovered elsewhere, without its image. */
static void compare(struct fixture *f, struct fake_disk *disk, const char *image)
{
    struct buf running = { 0 }, replayed = { 0 };
    struct fixture other = *f;
    fixture_dump(f->store, &running);
    other.disk = disk;
    snprintf(other.image_dir, sizeof other.image_dir, "/dev/shm/rowhouse-test-XXXXXX");
    cr_assert(mkdtemp(other.image_dir) != NULL);
    open_or_fail(&other);
    cr_assert(eq(str, (char *)store_recovery(other.store)->image, (char *)image));
    fixture_dump(other.store, &replayed);
    cr_assert(gt(sz, running.size, 1000));
    cr_assert(slice_equal(buf_slice(&running), buf_slice(&replayed)), "replay differs from what ran");
    fixture_check_indexes(other.store);
    fixture_close(&other);
    f->judge->disk = f->disk;
    buf_done(&running);
    buf_done(&replayed);
    fixture_remove(other.image_dir);
}

static void run(bool snapshots)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    open_or_fail(&f);
    fixture_schema(&f);
    for (int i = 0; i <= MIGRATIONS; i++) {
        for (int turn = 0; turn < 10; turn++)
            fixture_turn(&f, 6, false);
        if (snapshots && i % 2 == 1)
            cr_assert(eq(int, store_snapshot(f.store, &f.error), 0), "%s", f.error.message);
        if (i < MIGRATIONS)
            fixture_migrate(&f, migrations[i][0], migrations[i][1]);
        fixture_check_indexes(f.store);
        store_wait_durable(f.store, store_committed_lsn(f.store));
        struct fake_disk *disk = fake_disk_clone(f.disk);
        compare(&f, disk, snapshots && i > 0 ? "from snapshot" : "new");
        fake_disk_free(disk);
    }
    fixture_close(&f);
    fixture_free(&f);
}

Test(replay, from_the_log_alone, .timeout = 60) { run(false); }
Test(replay, from_a_snapshot_on, .timeout = 60) { run(true); }

/* A process that was killed at any time leaves an image that the log completes. */
Test(replay, a_kept_image, .timeout = 60)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    open_or_fail(&f);
    fixture_schema(&f);
    for (int turn = 0; turn < 20; turn++)
        fixture_turn(&f, 6, false);
    store_wait_durable(f.store, store_committed_lsn(f.store));
    fixture_close(&f);
    open_or_fail(&f);
    cr_assert(eq(str, (char *)store_recovery(f.store)->image, "kept"));
    cr_assert(eq(u64, store_recovery(f.store)->replayed, 0));
    fixture_check(&f, "kept");
    fixture_close(&f);
    fixture_free(&f);
}

/* An image of another history is told by its checksum of the log's record, and made anew. */
Test(replay, a_foreign_image_is_not_kept, .timeout = 60)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    open_or_fail(&f);
    fixture_schema(&f);
    fixture_turn(&f, 6, false);
    store_wait_durable(f.store, store_committed_lsn(f.store));
    struct fake_disk *branch = fake_disk_clone(f.disk);
    for (int turn = 0; turn < 3; turn++)
        store_wait_durable(f.store, fixture_turn_of(&f, 100));
    uint64_t lsn = store_committed_lsn(f.store);
    fixture_close(&f);
    /* The same directory goes on from the branch, elsewhere, past the LSN of the image that it does not know. */
    char image_dir[64];
    snprintf(image_dir, sizeof image_dir, "%s", f.image_dir);
    fake_disk_free(f.disk);
    f.disk = branch;
    snprintf(f.image_dir, sizeof f.image_dir, "/dev/shm/rowhouse-test-XXXXXX");
    cr_assert(mkdtemp(f.image_dir) != NULL);
    open_or_fail(&f);
    while (store_committed_lsn(f.store) < lsn + 3)
        store_wait_durable(f.store, fixture_turn_of(&f, 50));
    struct fake_disk *killed = fake_disk_clone(f.disk);
    fixture_close(&f);
    fake_disk_free(f.disk);
    f.disk = killed;
    fixture_remove(f.image_dir);
    snprintf(f.image_dir, sizeof f.image_dir, "%s", image_dir);
    open_or_fail(&f);
    cr_assert(eq(str, (char *)store_recovery(f.store)->image, "new"));
    cr_assert(strstr(store_recovery(f.store)->passed_over, "another history") != NULL, "%s", store_recovery(f.store)->passed_over);
    fixture_check(&f, "anew");
    fixture_close(&f);
    fixture_free(&f);
}
