/* Bytes flipped and files cut at every kind of place: a torn tail is cut off and reported, damage is refused with
 * file, offset and LSN, and nothing acknowledged goes in silence. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/log_walk.h"

#define RECORDS_MAX 512

/* One record of the log as it lies on the disk. */
struct place {
    uint64_t segment, lsn, durable_lsn;
    size_t offset, size, payload;
};

struct log {
    struct fixture f;
    struct place places[RECORDS_MAX];
    int count;
    uint64_t last_segment;
};

static void segment_path(uint64_t first_lsn, char out[static 64])
{
    char name[SEGMENT_NAME_SIZE];
    segment_name(first_lsn, name);
    snprintf(out, 64, "data/wal/%s", name);
}

static void read_places(struct log *log)
{
    uint64_t *segments = NULL, size;
    int count = segment_list(fake_disk_sys(log->f.disk), "data/wal", &segments, &log->f.error);
    char path[64];
    log->count = 0;
    for (int i = 0; i < count; i++) {
        struct record record;
        segment_path(segments[i], path);
        uint8_t *bytes = fake_disk_bytes(log->f.disk, path, &size);
        for (size_t at = SEGMENT_HEADER_SIZE; record_plausible(slice_of(bytes, size), at, &record); at += record.size)
            log->places[log->count++] = (struct place){ segments[i], record.lsn, record.durable_lsn, at, record.size, record.payload.size };
        log->last_segment = segments[i];
    }
    free(segments);
}

/* A log over several segments whose last batch holds a few records, as a killed machine leaves it: no snapshot, no
 * image, no idle mark. */
static struct log log_new(uint64_t seed)
{
    struct log log = { .f = fixture_new(seed) };
    struct fixture *f = &log.f;
    f->snapshot_log_bytes = MIB(64);                    /* none but at a clean stop */
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    fixture_schema(f);
    for (int i = 0; i < 30; i++)
        store_wait_durable(f->store, fixture_turn_of(f, 1500 + fixture_random(f, 2000)));
    for (int i = 0; i < 6; i++)
        store_wait_durable(f->store, fixture_turn(f, 3, false));
    fixture_turn(f, 12, false);
    store_wait_durable(f->store, store_committed_lsn(f->store));
    struct fake_disk *whole = fake_disk_clone(f->disk);
    fixture_close(f);
    fake_disk_free(f->disk);
    f->disk = whole;
    fixture_forget_image(f);
    read_places(&log);
    cr_assert(gt(int, log.count, 40));
    cr_assert(ne(u64, log.last_segment, 1));
    return log;
}

/* Whether a record at or behind `from` vouches for the one at `bad`. */
static bool is_witnessed(const struct log *log, int bad, int from)
{
    for (int i = from; i < log->count; i++)
        if (log->places[i].durable_lsn >= log->places[bad].lsn)
            return true;
    return false;
}

/* Recovers a copy of the disk, and holds it against the rule. `vouched`: whether a record that can be found behind the
 * bad one vouches for it. */
static void judge(struct log *log, struct fake_disk *spoilt, int bad, bool vouched, const char *how)
{
    struct fixture f = log->f;
    const struct place *place = &log->places[bad];
    bool sealed = place->segment != log->last_segment;
    f.disk = spoilt;
    int result = fixture_open(&f);
    if (sealed || vouched) {
        char name[SEGMENT_NAME_SIZE], where[128];
        segment_name(place->segment, name);
        snprintf(where, sizeof where, "%s\" at offset %zu: no sound record with LSN %" PRIu64, name, place->offset, place->lsn);
        cr_assert(eq(int, result, -1), "%s at LSN %" PRIu64 " was not refused", how, place->lsn);
        cr_assert(eq(int, (int)f.error.state, SQLSTATE_DATA_CORRUPTED));
        cr_assert(strstr(f.error.message, where) != NULL, "%s: want %s, got %s", how, where, f.error.message);
    } else {
        cr_assert(eq(int, result, 0), "%s at LSN %" PRIu64 ": %s", how, place->lsn, f.error.message);
        cr_assert(eq(u64, store_recovery(f.store)->last_lsn, place->lsn - 1), "%s", how);
        cr_assert(eq(u64, fixture_digest(f.store), f.judge->digest[place->lsn - 1]), "%s", how);
        fixture_check_indexes(f.store);
        fixture_close(&f);
    }
    fixture_forget_image(&f);
    fake_disk_free(spoilt);
}

static void flip(struct log *log, int bad, size_t byte, bool vouched, const char *how)
{
    struct fake_disk *spoilt = fake_disk_clone(log->f.disk);
    uint64_t size;
    char path[64];
    segment_path(log->places[bad].segment, path);
    fake_disk_bytes(spoilt, path, &size)[log->places[bad].offset + byte] ^= (uint8_t)(1 << fixture_random(&log->f, 8));
    judge(log, spoilt, bad, vouched, how);
}

Test(damage, a_flipped_byte_in_any_field, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    for (int bad = 0; bad < log.count; bad += bad < log.count - 16 ? 5 : 1) {
        /* The next record is found by the bad one's own header, when its length and checksum are sound; else it only
         * vouches for the one behind it. */
        bool next = is_witnessed(&log, bad, bad + 1), later = is_witnessed(&log, bad, bad + 2);
        flip(&log, bad, fixture_random(&log.f, 8), later, "checksum");
        flip(&log, bad, 8, later, "length");
        flip(&log, bad, 16, later, "LSN");
        flip(&log, bad, 24 + fixture_random(&log.f, 8), next, "time");
        flip(&log, bad, 33, later, "durable mark");
        flip(&log, bad, RECORD_HEADER_SIZE + fixture_random(&log.f, log.places[bad].payload), next, "payload");
    }
    fixture_free(&log.f);
}

Test(damage, a_hole_of_zeros, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    for (int bad = 1; bad < log.count; bad += 3) {
        struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
        const struct place *place = &log.places[bad];
        uint64_t size;
        char path[64];
        segment_path(place->segment, path);
        memset(fake_disk_bytes(spoilt, path, &size) + place->offset, 0, place->size);
        judge(&log, spoilt, bad, is_witnessed(&log, bad, bad + 2), "zeros");
    }
    fixture_free(&log.f);
}

Test(damage, a_file_cut_short, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    for (int bad = 1; bad < log.count; bad += 3) {
        struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
        const struct place *place = &log.places[bad];
        char path[64];
        segment_path(place->segment, path);
        fake_disk_set_size(spoilt, path, place->offset + fixture_random(&log.f, place->size));
        judge(&log, spoilt, bad, false, "a cut");
    }
    fixture_free(&log.f);
}

/* A torn tail is cut in the file too: what comes next is written over zeros, and the next recovery sees no trace. */
Test(damage, a_torn_tail_leaves_no_trace, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    const struct place *place = &log.places[log.count - 1];
    char path[64];
    uint64_t size;
    segment_path(place->segment, path);
    fake_disk_bytes(f->disk, path, &size)[place->offset + RECORD_HEADER_SIZE] ^= 1;
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    cr_assert(eq(u64, store_recovery(f->store)->torn_bytes > 0, 1));
    struct fake_disk *after = fake_disk_clone(f->disk);
    fixture_close(f);
    const uint8_t *bytes = fake_disk_bytes(after, path, &size);
    size_t traces = 0;
    for (size_t at = place->offset; at < size; at++)
        traces += bytes[at] != 0;
    cr_assert(eq(sz, traces, 0));
    fake_disk_free(after);
    fixture_free(f);
}

/* --- Other witnesses --- */

/* The last record spoilt, in a directory with this and that beside the log. */
static void spoil_last(struct fixture *f, struct log *log)
{
    const struct place *place = &log->places[log->count - 1];
    char path[64];
    uint64_t size;
    segment_path(place->segment, path);
    fake_disk_bytes(f->disk, path, &size)[place->offset + RECORD_HEADER_SIZE] ^= 1;
}

Test(damage, the_image_is_a_witness, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    struct fake_disk *killed = fake_disk_clone(f->disk);
    store_wait_durable(f->store, store_committed_lsn(f->store));
    fixture_close(f);
    fake_disk_free(f->disk);
    f->disk = killed;
    spoil_last(f, &log);
    cr_assert(eq(int, fixture_open(f), -1));
    cr_assert(strstr(f->error.message, "durable by the image") != NULL, "%s", f->error.message);
    fixture_free(f);
}

Test(damage, a_snapshot_is_a_witness, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    fixture_close(f);                                   /* takes one */
    fixture_forget_image(f);
    fake_disk_restart(f->disk);
    spoil_last(f, &log);
    cr_assert(eq(int, fixture_open(f), -1));
    cr_assert(strstr(f->error.message, "durable by a snapshot") != NULL, "%s", f->error.message);
    fixture_free(f);
}

Test(damage, the_idle_mark_is_a_witness, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    uint64_t lsn = fixture_turn_of(f, 100);
    store_wait_durable(f->store, lsn);
    struct timespec idle = { 1, 300000000 };
    nanosleep(&idle, NULL);
    struct fake_disk *killed = fake_disk_clone(f->disk);
    fixture_close(f);
    fixture_forget_image(f);
    fake_disk_free(f->disk);
    f->disk = killed;
    read_places(&log);
    spoil_last(f, &log);
    cr_assert(eq(int, fixture_open(f), -1));
    cr_assert(strstr(f->error.message, "durable by the segment's idle mark") != NULL, "%s", f->error.message);
    fixture_free(f);
}

Test(damage, a_missing_segment, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    char path[64];
    uint64_t middle = 0;
    for (int i = 0; i < log.count; i++)
        if (log.places[i].segment != 1 && log.places[i].segment != log.last_segment)
            middle = log.places[i].segment;
    cr_assert(ne(u64, middle, 0));
    segment_path(middle, path);
    fake_disk_remove(f->disk, path);
    cr_assert(eq(int, fixture_open(f), -1));
    cr_assert(strstr(f->error.message, "a later segment") != NULL, "%s", f->error.message);
    fixture_free(f);
}

Test(damage, a_segment_header, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    char path[64];
    uint64_t size;
    segment_path(log.last_segment, path);
    fake_disk_bytes(f->disk, path, &size)[9] ^= 1;
    cr_assert(eq(int, fixture_open(f), -1));
    cr_assert(strstr(f->error.message, "damaged header") != NULL, "%s", f->error.message);
    fixture_free(f);
}

/* --- Salvage --- */

Test(damage, salvage_saves_what_lies_before_the_hole, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    struct store_config config = { .data_dir = "data", .image_dir = f->image_dir, .segment_size = KIB(32) };
    struct store_salvage salvage;
    const struct place *place = &log.places[20];
    char path[64];
    uint64_t size;
    segment_path(place->segment, path);
    fake_disk_bytes(f->disk, path, &size)[place->offset + RECORD_HEADER_SIZE] ^= 1;
    cr_assert(eq(int, fixture_open(f), -1));
    fixture_forget_image(f);
    int result = store_salvage(&config, "saved", fake_disk_sys(f->disk), &salvage, &f->error);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
    cr_assert(eq(u64, salvage.saved_lsn, place->lsn - 1));
    cr_assert(eq(u64, salvage.lost_lsn, log.places[log.count - 1].lsn));
    cr_assert(eq(u64, salvage.lost_records, log.places[log.count - 1].lsn - place->lsn));
    cr_assert(strstr(salvage.damage, "no sound record") != NULL, "%s", salvage.damage);
    config.data_dir = "saved";
    result = store_open(&config, fake_disk_sys(f->disk), &f->store, &f->error);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
    cr_assert(eq(u64, fixture_digest(f->store), f->judge->digest[salvage.saved_lsn]));
    fixture_turn_of(f, 10);
    fixture_close(f);
    fixture_free(f);
}

Test(damage, salvage_takes_the_image_when_it_is_ahead, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    struct fixture *f = &log.f;
    struct store_config config = { .data_dir = "data", .image_dir = f->image_dir, .segment_size = KIB(32) };
    struct store_salvage salvage;
    char path[64];
    uint64_t size;
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    struct fake_disk *killed = fake_disk_clone(f->disk);
    fixture_close(f);
    fake_disk_free(f->disk);
    f->disk = killed;
    segment_path(1, path);
    fake_disk_bytes(f->disk, path, &size)[log.places[3].offset + RECORD_HEADER_SIZE] ^= 1;
    int result = store_salvage(&config, "saved", fake_disk_sys(f->disk), &salvage, &f->error);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
    cr_assert(eq(u64, salvage.saved_lsn, log.places[log.count - 1].lsn));
    cr_assert(eq(u64, salvage.lost_records, 0));
    config.data_dir = "saved";
    result = store_open(&config, fake_disk_sys(f->disk), &f->store, &f->error);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
    cr_assert(eq(u64, fixture_digest(f->store), f->judge->digest[salvage.saved_lsn]));
    fixture_close(f);
    fixture_free(f);
}
