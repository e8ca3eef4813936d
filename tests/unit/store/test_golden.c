/* The formats as files: tests/golden holds a small data directory, made from fixed input. What is made anew has the same bytes, and
 * what lies there is opened. Of a snapshot the header is compared byte by byte, and what it holds key by key: the rest is
 * LMDB's and zstd's. ROWHOUSE_GOLDEN=write writes the files anew (docs/storage.md, section 9). */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/snapshot_file.h"
#include "value/mp.h"

#define CLOCK_US INT64_C(1767225600000000)      /* 2026-01-01 00:00:00 UTC */

static const char *const files[] = { "identity", "wal/0000000000000001.wal", "snapshots/0000000000000007.snap" };
enum { IDENTITY, SEGMENT, SNAPSHOT, FILES };

static const char schema[] = "create table organizations (id uuid primary key, name text);\n"
                             "create table notes (id uuid primary key, organization_id uuid not null references organizations (id), note text);\n"
                             "create index notes_note on notes (organization_id, note);\n";

/* --- Making --- */

static int64_t fixed_now_us(struct sys *sys) { return CLOCK_US; }
static void fixed_random(struct sys *sys, void *out, size_t size) { memset(out, 0x5a, size); }

static struct fixture golden_fixture(void)
{
    struct fixture f = fixture_new(1);
    struct sys *sys = fake_disk_sys(f.disk);
    sys->now_us = fixed_now_us;
    sys->random = fixed_random;
    f.snapshot_log_bytes = MIB(64);
    return f;
}

/* One transaction, durable before the next: so a mark before each batch names the one before. */
static void transaction(struct fixture *f, struct change *changes, int count, const struct transaction_info *info)
{
    struct view view;
    uint64_t lsn;
    cr_assert(eq(int, store_write_begin(f->store, &view, &f->error), 0), "%s", f->error.message);
    for (int i = 0; i < count; i++)
        cr_assert(eq(int, store_apply(&view, &changes[i], &f->error), 0), "%s", f->error.message);
    cr_assert(eq(int, store_transaction(f->store, info, changes, count, &lsn, &f->error), 0), "%s", f->error.message);
    store_write_commit(f->store, &view);
    store_wait_durable(f->store, lsn);
}

static struct slice note_row(uint8_t id, const char *note, struct buf *out)
{
    uint8_t organization[16] = { 9 }, bytes[16] = { id };
    buf_clear(out);
    mp_put_array(out, 3);
    mp_put_ext(out, 2, slice_of(bytes, sizeof bytes));
    mp_put_ext(out, 2, slice_of(organization, sizeof organization));
    mp_put_string(out, note);
    return buf_slice(out);
}

static void note_key(struct fixture *f, uint8_t id, struct key *ret)
{
    struct view view;
    struct uuid uuid = { { id } };
    struct value columns[3] = { value_uuid(uuid) };
    cr_assert(eq(int, view_begin(f->store, &view, &f->error), 0));
    cr_assert(eq(int, key_of_row(catalog_table(view.catalog, SLICE_LITERAL("notes")), 1, columns, ret, &f->error), 0));
    view_end(&view);
}

/* A migration whose second statement writes a row: behind the marker of its step. */
static void migrate_rows(struct fixture *f)
{
    static const char text[] = "alter table notes add column rank integer default 5;\nupdate notes set note = 'ranked' where note = 'a note';\n";
    struct transaction_info info = { .request_id = 3, .now_us = CLOCK_US };
    struct view view;
    struct arena arena;
    struct effects effects;
    struct change changes[3];
    struct key key;
    struct buf before = { 0 }, after = { 0 };
    uint64_t lsn;
    int more;
    arena_init(&arena, MIB(1));
    note_key(f, 2, &key);
    cr_assert(eq(int, store_exclusive_begin(f->store, &view, &f->error), 0), "%s", f->error.message);
    cr_assert(eq(int, store_migrate(&view, "2_ranks.sql", slice_of_string(text), CLOCK_US, &arena, &changes[0], &f->error), 0), "%s", f->error.message);
    while ((more = store_migrate_step(&view, &effects, &f->error)) == 1)
        if (effects.count == 1 && effects.items[0].kind == EFFECT_STATEMENT) {
            changes[1] = store_step_marker(f->store);
            changes[2] = (struct change){ .key = key_slice(&key), .old_value = note_row(2, "a note", &before), .new_value = note_row(2, "ranked", &after) };
            cr_assert(eq(int, store_apply(&view, &changes[2], &f->error), 0), "%s", f->error.message);
        }
    cr_assert(eq(int, more, 0), "%s", f->error.message);
    cr_assert(change_is_step(&changes[1]) && changes[1].step == 2);
    cr_assert(eq(int, store_transaction(f->store, &info, changes, 3, &lsn, &f->error), 0), "%s", f->error.message);
    store_write_commit(f->store, &view);
    store_wait_durable(f->store, lsn);
    buf_done(&before);
    buf_done(&after);
    arena_done(&arena);
}

/* A migration; three rows by a user, relaxed; an update with its old value; a removal; values of the system; a migration with rows. */
static void write_all(struct fixture *f)
{
    struct transaction_info plain = { .request_id = 1, .now_us = CLOCK_US }, users = { .principal = { { 7 } }, .request_id = 2, .now_us = CLOCK_US + 1, .relaxed = true };
    struct change changes[3] = { { .key = { 0 } } };
    struct key keys[4];
    struct buf rows[4] = { { 0 } };
    cr_assert(ne(u64, fixture_migrate(f, "1_schema.sql", schema), 0));
    store_wait_durable(f->store, 1);
    for (uint8_t i = 0; i < 3; i++) {
        note_key(f, i, &keys[i]);
        changes[i] = (struct change){ .key = key_slice(&keys[i]), .new_value = note_row(i, i == 1 ? "" : "a note", &rows[i]) };
    }
    transaction(f, changes, 3, &users);
    changes[1].old_value = changes[1].new_value;
    changes[1].new_value = note_row(1, "another note", &rows[3]);
    transaction(f, &changes[1], 1, &plain);
    changes[0].old_value = changes[0].new_value;
    changes[0].new_value = (struct slice){ 0 };
    transaction(f, changes, 1, &plain);
    key_start(&keys[3], TENANT_SYSTEM, RELATION_SETTINGS);
    changes[0] = (struct change){ .key = key_slice(&keys[3]), .new_value = SLICE_LITERAL("\xa3on!") };
    transaction(f, changes, 1, &plain);
    key_start(&keys[3], 1, RELATION_IDEMPOTENCY);
    changes[0].key = key_slice(&keys[3]);
    transaction(f, changes, 1, &plain);
    migrate_rows(f);
    for (int i = 0; i < 4; i++)
        buf_done(&rows[i]);
}

static void make(struct fixture *f)
{
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    write_all(f);
    fixture_close(f);                                   /* takes the snapshot, leaves the idle mark */
}

/* --- Files --- */

static void golden_path(int file, char out[static 128])
{
    snprintf(out, 128, "tests/golden/%s", files[file]);
}

static struct slice made_bytes(struct fixture *f, int file)
{
    char path[128];
    uint64_t size = 0;
    snprintf(path, sizeof path, "data/%s", files[file]);
    const uint8_t *bytes = fake_disk_bytes(f->disk, path, &size);
    cr_assert(bytes != NULL, "%s was not made", path);
    return slice_of(bytes, size);
}

static void golden_bytes(int file, struct buf *out)
{
    char path[128];
    struct error error;
    golden_path(file, path);
    cr_assert(eq(int, file_load(sys_real(), path, out, &error), 0), "%s", error.message);
}

static void write_golden(struct fixture *f)
{
    static const char *const folders[] = { "tests/golden", "tests/golden/wal", "tests/golden/snapshots" };
    for (int i = 0; i < 3; i++)
        mkdir(folders[i], 0755);
    for (int i = 0; i < FILES; i++) {
        char path[128];
        golden_path(i, path);
        FILE *file = fopen(path, "w");
        struct slice bytes = made_bytes(f, i);
        cr_assert(file != NULL && fwrite(bytes.data, bytes.size, 1, file) == 1 && fclose(file) == 0, "cannot write %s", path);
    }
}

Test(golden, the_bytes_are_those_of_the_files, .timeout = 60)
{
    struct fixture f = golden_fixture();
    struct buf golden = { 0 };
    make(&f);
    if (getenv("ROWHOUSE_GOLDEN") != NULL)
        write_golden(&f);
    for (int i = 0; i < FILES; i++) {
        struct slice made = made_bytes(&f, i), want;
        buf_clear(&golden);
        golden_bytes(i, &golden);
        want = buf_slice(&golden);
        if (i == SNAPSHOT)
            made.size = want.size = SNAPSHOT_HEADER_SIZE;
        cr_assert(eq(sz, made.size, want.size), "%s", files[i]);
        for (size_t at = 0; at < want.size; at++)
            cr_assert(eq(u8, made.data[at], want.data[at]), "%s differs at offset %zu", files[i], at);
    }
    buf_done(&golden);
    fixture_free(&f);
}

/* --- Opening --- */

static void put_golden(struct fixture *f)
{
    static const char *const folders[] = { "data", "data/wal", "data/snapshots" };
    struct sys *sys = fake_disk_sys(f->disk);
    for (int i = 0; i < 3; i++)
        cr_assert(eq(int, folder_make(sys, folders[i], &f->error), 0));
    for (int i = 0; i < FILES; i++) {
        char path[128];
        struct buf bytes = { 0 };
        snprintf(path, sizeof path, "data/%s", files[i]);
        golden_bytes(i, &bytes);
        int fd = sys->open(sys, path, O_RDWR | O_CREAT, 0600);
        cr_assert(eq(int, file_write(sys, fd, bytes.data, bytes.size, 0), 0));
        sys->close(sys, fd);
        buf_done(&bytes);
    }
}

/* Opened from snapshot or log alone, it holds what was written. */
static void opened(bool snapshot)
{
    struct fixture f = golden_fixture(), made = golden_fixture();
    struct buf have = { 0 }, want = { 0 };
    make(&made);
    cr_assert(eq(int, fixture_open(&made), 0), "%s", made.error.message);
    fixture_dump(made.store, &want);
    fixture_close(&made);
    put_golden(&f);
    if (!snapshot)
        fake_disk_remove(f.disk, "data/snapshots/0000000000000007.snap");
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_recovery(f.store)->last_lsn, 7));
    cr_assert(eq(u64, store_recovery(f.store)->replayed, snapshot ? 0 : 7));
    cr_assert(eq(u64, store_recovery(f.store)->torn_bytes, 0));
    fixture_dump(f.store, &have);
    cr_assert(gt(sz, want.size, 500));
    cr_assert(slice_equal(buf_slice(&have), buf_slice(&want)), "it holds something else");
    fixture_close(&f);
    buf_done(&have);
    buf_done(&want);
    fixture_free(&made);
    fixture_free(&f);
}

Test(golden, opens_from_its_snapshot, .timeout = 60) { opened(true); }
Test(golden, opens_from_its_log, .timeout = 60) { opened(false); }
