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
    uint64_t segment, lsn, checksum;
    size_t offset, size, payload;
};

/* One sync mark before a record. */
struct mark_place {
    uint64_t segment, seed;
    size_t offset;
    struct sync_mark mark;
};

struct log {
    struct fixture f;
    struct uuid identity;
    struct place places[RECORDS_MAX];
    struct mark_place marks[RECORDS_MAX];
    int count, mark_count;
    int last_batch;                     /* the first record of it */
    uint64_t last_segment;
};

static void segment_path(uint64_t first_lsn, char out[static 64])
{
    char name[SEGMENT_NAME_SIZE];
    segment_name(first_lsn, name);
    snprintf(out, 64, "data/wal/%s", name);
}

static void read_segment(struct log *log, uint64_t first_lsn)
{
    struct buf bytes = { 0 };
    struct segment segment;
    struct record record;
    int result = segment_load(fake_disk_sys(log->f.disk), "data/wal", first_lsn, &log->identity, &bytes, &segment, &log->f.error);
    cr_assert(eq(int, result, 0), "%s", log->f.error.message);
    for (size_t at = SEGMENT_HEADER_SIZE;; at += record.size) {
        struct mark_place *mark = &log->marks[log->mark_count];
        if (sync_mark_read(buf_slice(&bytes), at, segment.checksum, &mark->mark)) {
            mark->segment = first_lsn;
            mark->seed = segment.checksum;
            mark->offset = at;
            log->mark_count++;
            at += SYNC_MARK_SIZE;
        }
        if (!record_plausible(buf_slice(&bytes), at, &record))
            break;
        log->places[log->count++] = (struct place){ first_lsn, record.lsn, record.checksum, at, record.size, record.payload.size };
    }
    buf_done(&bytes);
    log->last_segment = first_lsn;
}

static void read_places(struct log *log)
{
    uint64_t *segments = NULL;
    int count = segment_list(fake_disk_sys(log->f.disk), "data/wal", &segments, &log->f.error);
    log->count = log->mark_count = 0;
    for (int i = 0; i < count; i++)
        read_segment(log, segments[i]);
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
    log.identity = f->store->identity;
    fixture_schema(f);
    for (int i = 0; i < 30; i++)
        store_wait_durable(f->store, fixture_turn_of(f, 1500 + fixture_random(f, 2000)));
    for (int i = 0; i < 6; i++)
        store_wait_durable(f->store, fixture_turn(f, 3, false));
    uint64_t vouched = store_committed_lsn(f->store);
    fixture_turn(f, 12, false);
    store_wait_durable(f->store, store_committed_lsn(f->store));
    struct fake_disk *whole = fake_disk_clone(f->disk);
    fixture_close(f);
    fake_disk_free(f->disk);
    f->disk = whole;
    fixture_forget_image(f);
    read_places(&log);
    while (log.places[log.last_batch].lsn <= vouched)
        log.last_batch++;
    cr_assert(gt(int, log.count, 40));
    cr_assert(ne(u64, log.last_segment, 1));
    return log;
}

/* Whether a mark behind the record at `bad` vouches for it. */
static bool is_witnessed(const struct log *log, int bad)
{
    const struct place *place = &log->places[bad];
    for (int i = 0; i < log->mark_count; i++)
        if (log->marks[i].segment == place->segment && log->marks[i].offset > place->offset && log->marks[i].mark.lsn >= place->lsn)
            return true;
    return false;
}

static uint8_t *bytes_at(struct fake_disk *disk, uint64_t segment, size_t offset)
{
    char path[64];
    uint64_t size;
    segment_path(segment, path);
    return fake_disk_bytes(disk, path, &size) + offset;
}

/* Recovers a copy of the disk, and holds it against the rule. `vouched`: whether a mark behind the bad one vouches for it. */
static void judge(struct log *log, struct fake_disk *spoilt, int bad, bool vouched, const char *how)
{
    struct fixture f = log->f;
    const struct place *place = &log->places[bad];
    bool closed = place->segment != log->last_segment;
    f.disk = spoilt;
    int result = fixture_open(&f);
    if (closed || vouched) {
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
    bytes_at(spoilt, log->places[bad].segment, log->places[bad].offset + byte)[0] ^= (uint8_t)(1 << fixture_random(&log->f, 8));
    judge(log, spoilt, bad, vouched, how);
}

Test(damage, a_flipped_byte_in_any_field, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    for (int bad = 0; bad < log.count; bad += bad < log.count - 16 ? 5 : 1) {
        bool vouched = is_witnessed(&log, bad);
        flip(&log, bad, fixture_random(&log.f, 8), vouched, "checksum");
        flip(&log, bad, 8, vouched, "length");
        flip(&log, bad, 12 + fixture_random(&log.f, 2), vouched, "kind");
        flip(&log, bad, 14 + fixture_random(&log.f, 2), vouched, "flags");
        flip(&log, bad, 16, vouched, "LSN");
        flip(&log, bad, 24 + fixture_random(&log.f, 8), vouched, "time");
        flip(&log, bad, RECORD_HEADER_SIZE + fixture_random(&log.f, log.places[bad].payload), vouched, "payload");
    }
    fixture_free(&log.f);
}

Test(damage, a_hole_of_zeros, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    for (int bad = 1; bad < log.count; bad += 3) {
        struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
        const struct place *place = &log.places[bad];
        memset(bytes_at(spoilt, place->segment, place->offset), 0, place->size);
        judge(&log, spoilt, bad, is_witnessed(&log, bad), "zeros");
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

/* --- Sync marks --- */

/* Recovers a copy of the disk, and wants everything to be there. */
static void all_there(struct log *log, struct fake_disk *spoilt, const char *how)
{
    struct fixture f = log->f;
    f.disk = spoilt;
    cr_assert(eq(int, fixture_open(&f), 0), "%s: %s", how, f.error.message);
    cr_assert(eq(u64, store_recovery(f.store)->last_lsn, log->places[log->count - 1].lsn), "%s", how);
    cr_assert(eq(u64, fixture_digest(f.store), f.judge->digest[log->places[log->count - 1].lsn]), "%s", how);
    fixture_close(&f);
    fixture_forget_image(&f);
    fake_disk_free(spoilt);
}

/* A mark is no link of the chain: whatever lies in its place, the records behind it are found. */
Test(damage, a_spoilt_mark_costs_nothing, .timeout = 120)
{
    struct log log = log_new(fixture_seed());
    cr_assert(gt(int, log.mark_count, 20));
    for (int i = 0; i < log.mark_count; i++) {
        struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
        uint8_t *mark = bytes_at(spoilt, log.marks[i].segment, log.marks[i].offset);
        if (i % 3 == 0)
            memset(mark, 0, SYNC_MARK_SIZE);
        else if (i % 3 == 1)
            mark[fixture_random(&log.f, SYNC_MARK_SIZE)] ^= (uint8_t)(1 << fixture_random(&log.f, 8));
        else                                            /* torn: half of it was written */
            memset(mark + 8 * (1 + fixture_random(&log.f, 3)), 0, 8);
        all_there(&log, spoilt, "a spoilt mark");
    }
    fixture_free(&log.f);
}

/* One whose last segment has several records that marks in it vouch for, and the last batch behind a mark. */
static struct log log_with_marks(uint64_t seed)
{
    for (;; seed++) {
        struct log log = log_new(seed);
        const struct mark_place *last = &log.marks[log.mark_count - 1];
        int vouched = 0;
        for (int i = 0; i < log.count; i++)
            vouched += log.places[i].segment == log.last_segment && is_witnessed(&log, i);
        if (vouched >= 8 && log.count - log.last_batch >= 5 && last->offset + SYNC_MARK_SIZE == log.places[log.last_batch].offset)
            return log;
        fixture_free(&log.f);
    }
}

enum mark_fate { MARK_TORN, MARK_OF_ANOTHER_CHAIN, MARK_OF_ANOTHER_SEGMENT };

/* Does that to a mark. */
static void change_mark(struct fake_disk *disk, const struct mark_place *place, enum mark_fate fate)
{
    struct sync_mark mark = place->mark;
    uint8_t *bytes = bytes_at(disk, place->segment, place->offset);
    if (fate == MARK_TORN)
        bytes[16] ^= 1;
    else if (fate == MARK_OF_ANOTHER_CHAIN) {
        mark.chain ^= 1;
        sync_mark_put(bytes, &mark, place->seed);
    } else
        sync_mark_put(bytes, &mark, place->seed ^ 1);
}

/* A bad record in the last segment, the marks behind it changed: those that it alone could contradict are torn. A witness is
 * what is left of them; `spared` of them are left as they are. */
static void change_marks(struct log *log, int bad, enum mark_fate fate, int spared)
{
    struct fake_disk *spoilt = fake_disk_clone(log->f.disk);
    const struct place *place = &log->places[bad];
    bool vouched = false;
    for (int i = log->mark_count; i-- > 0;) {
        const struct mark_place *mark = &log->marks[i];
        if (mark->segment != place->segment || mark->offset < place->offset || mark->mark.lsn < place->lsn)
            continue;
        if (spared-- > 0)
            vouched = true;
        else
            change_mark(spoilt, mark, mark->mark.lsn == place->lsn ? MARK_TORN : fate);
    }
    bytes_at(spoilt, place->segment, place->offset)[RECORD_HEADER_SIZE] ^= 1;
    judge(log, spoilt, bad, vouched, fate == MARK_TORN ? "torn marks" : fate == MARK_OF_ANOTHER_CHAIN ? "marks of another chain" : "marks of another segment");
}

Test(damage, marks_that_do_not_count, .timeout = 120)
{
    struct log log = log_with_marks(fixture_seed());
    for (int bad = log.last_batch - 8; bad < log.last_batch; bad++)
        for (int spared = 0; spared < 2; spared++) {
            change_marks(&log, bad, MARK_TORN, spared);
            change_marks(&log, bad, MARK_OF_ANOTHER_CHAIN, spared);
            change_marks(&log, bad, MARK_OF_ANOTHER_SEGMENT, spared);
        }
    fixture_free(&log.f);
}

/* The record that a mark names is in the hole, and so are those that would vouch for its checksum. */
Test(damage, a_mark_counts_when_the_hole_swallowed_its_record, .timeout = 120)
{
    struct log log = log_with_marks(fixture_seed());
    const struct mark_place *last = &log.marks[log.mark_count - 1];
    for (int bad = log.last_batch - 8; bad < log.last_batch; bad++) {
        const struct place *place = &log.places[bad];
        struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
        uint8_t *mark = bytes_at(spoilt, last->segment, last->offset), kept[SYNC_MARK_SIZE];
        memcpy(kept, mark, sizeof kept);
        memset(bytes_at(spoilt, place->segment, place->offset), 0, KIB(32) - place->offset);
        memcpy(mark, kept, sizeof kept);
        judge(&log, spoilt, bad, true, "a hole up to the end");
    }
    fixture_free(&log.f);
}

/* The last batch is lost but for its mark: it names what lies before it, and is cut off with the rest. */
Test(damage, a_mark_whose_batch_was_torn_off, .timeout = 120)
{
    struct log log = log_with_marks(fixture_seed());
    struct fixture *f = &log.f;
    const struct place *place = &log.places[log.last_batch];
    memset(bytes_at(f->disk, place->segment, place->offset), 0, KIB(32) - place->offset);
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    cr_assert(eq(u64, store_recovery(f->store)->last_lsn, place->lsn - 1));
    cr_assert(eq(u64, store_recovery(f->store)->torn_bytes, SYNC_MARK_SIZE));
    for (int i = 0; i < 3; i++)
        store_wait_durable(f->store, fixture_turn(f, 2, false));
    uint64_t lsn = store_committed_lsn(f->store), digest = fixture_digest(f->store);
    struct fake_disk *killed = fake_disk_clone(f->disk);
    fixture_close(f);
    fake_disk_free(f->disk);
    f->disk = killed;
    fixture_forget_image(f);
    cr_assert(eq(int, fixture_open(f), 0), "%s", f->error.message);
    cr_assert(eq(u64, store_recovery(f->store)->last_lsn, lsn));
    cr_assert(eq(u64, store_recovery(f->store)->torn_bytes, 0));
    cr_assert(eq(u64, fixture_digest(f->store), digest));
    fixture_close(f);
    fixture_free(f);
}

/* A file that is used again without zeros: the older segment's records and marks behind the end are not this one's. */
Test(damage, the_bytes_of_an_older_segment_behind_the_end, .timeout = 120)
{
    struct log log = log_with_marks(fixture_seed());
    const struct place *last = &log.places[log.count - 1];
    size_t end = last->offset + last->size;
    uint64_t older = 0;
    for (int i = 0; i < log.count; i++)
        if (log.places[i].segment != log.last_segment)
            older = log.places[i].segment;
    cr_assert(ne(u64, older, 0));
    struct fake_disk *spoilt = fake_disk_clone(log.f.disk);
    memcpy(bytes_at(spoilt, log.last_segment, end), bytes_at(spoilt, older, end), KIB(32) - end);
    all_there(&log, spoilt, "an older segment's bytes");
    /* Nor does the older one's idle mark count, or one whose record has another checksum. */
    for (int round = 0; round < 2; round++) {
        int bad = log.count - 4;
        struct sync_mark mark = { last->lsn, last->checksum ^ (uint64_t)round };
        spoilt = fake_disk_clone(log.f.disk);
        bytes_at(spoilt, log.last_segment, log.places[bad].offset)[RECORD_HEADER_SIZE] ^= 1;
        sync_mark_put(bytes_at(spoilt, log.last_segment, 512), &mark, log.marks[log.mark_count - 1].seed ^ (uint64_t)!round);
        judge(&log, spoilt, bad, false, round == 0 ? "an idle mark of another segment" : "an idle mark of another chain");
    }
    fixture_free(&log.f);
}

/* --- Records that no mark vouches for are written again (L4) --- */

static ssize_t (*real_pwritev)(struct sys *, int, const struct iovec *, int, off_t);
static off_t first_write;

static ssize_t note_pwritev(struct sys *sys, int fd, const struct iovec *parts, int count, off_t offset)
{
    if (first_write < 0)
        first_write = offset;
    return real_pwritev(sys, fd, parts, count, offset);
}

/* Where the settling of the last segment writes first; -1: it does not. */
static off_t settled_from(struct log *log, struct fake_disk *disk)
{
    struct error error;
    struct record record;
    enum walk_base base;
    struct sys *sys = fake_disk_sys(disk);
    struct log_walk walk = { .sys = sys, .folder = "data/wal", .identity = log->identity };
    cr_assert(eq(int, log_walk_open(&walk, 0, wal_genesis(&log->identity), &base, &error), 0), "%s", error.message);
    while (log_walk_next(&walk, &record, &error) > 0)
        continue;
    real_pwritev = sys->pwritev;
    sys->pwritev = note_pwritev;
    first_write = -1;
    cr_assert(eq(int, log_walk_settle(&walk, &error), 0), "%s", error.message);
    sys->pwritev = real_pwritev;
    log_walk_close(&walk);
    fake_disk_free(disk);
    return first_write;
}

Test(damage, what_no_mark_vouches_for_is_written_again, .timeout = 120)
{
    struct log log = log_with_marks(fixture_seed());
    const struct place *last = &log.places[log.count - 1], *doubtful = last;
    const struct mark_place *newest = &log.marks[log.mark_count - 1], *before = newest - 1;
    struct sync_mark all = { last->lsn, last->checksum };
    cr_assert(eq(int, (int)settled_from(&log, fake_disk_clone(log.f.disk)), (int)newest->offset));

    struct fake_disk *disk = fake_disk_clone(log.f.disk);
    change_mark(disk, newest, MARK_TORN);               /* the one before it names an older record */
    for (int i = 0; i < log.count; i++)
        if (log.places[i].lsn == before->mark.lsn)
            doubtful = &log.places[i];
    cr_assert(eq(int, (int)settled_from(&log, disk), (int)(doubtful->offset + doubtful->size)));

    disk = fake_disk_clone(log.f.disk);
    change_mark(disk, newest, MARK_OF_ANOTHER_CHAIN);
    cr_assert(eq(int, (int)settled_from(&log, disk), (int)SEGMENT_HEADER_SIZE));

    disk = fake_disk_clone(log.f.disk);
    sync_mark_put(bytes_at(disk, log.last_segment, 512), &all, newest->seed);
    cr_assert(eq(int, (int)settled_from(&log, disk), -1));
    fixture_free(&log.f);
}

/* --- Other witnesses --- */

/* The last record spoilt, in a directory with this and that beside the log. */
static void spoil_last(struct fixture *f, struct log *log)
{
    const struct place *place = &log->places[log->count - 1];
    bytes_at(f->disk, place->segment, place->offset)[RECORD_HEADER_SIZE] ^= 1;
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
