/* The log: some sound records, with sound or any bytes in the places of marks, then any bytes, some of them finished as a record
 * of any kind. The walk hands out every sound record, in order and unchanged, then at most what follows their chain; the rest is
 * torn, damaged, or of a kind that is refused. */
#include "one_file.h"

#include "store/log_walk.h"
#include "store/record.h"

#define SOUND_MAX 4

static const struct uuid identity = { { 7 } };

/* Records whose payloads are pieces of the input; with good checksums, whatever the payload. */
static uint64_t put_record(struct buf *out, struct slice payload, uint64_t seed, uint64_t lsn, uint16_t kind, uint16_t flags)
{
    size_t start = record_begin(out);
    buf_append_slice(out, payload);
    return record_finish(out, start, seed, &(struct record){ .kind = kind, .flags = flags, .lsn = lsn, .time_us = 1 });
}

/* The place of a mark, perhaps: a sound one that names the record before, or any bytes. */
static void put_mark(struct buf *out, struct slice *in, uint64_t chain, uint64_t lsn, uint64_t seed)
{
    uint8_t bytes[SYNC_MARK_SIZE] = { 0 }, how = fuzz_byte(in) % 4;
    struct sync_mark mark = { lsn, chain };
    for (size_t i = 0; how == 1 && i < sizeof bytes; i++)
        bytes[i] = fuzz_byte(in);
    if (how == 2)
        sync_mark_put(bytes, &mark, seed);
    if (how != 0)
        buf_append(out, bytes, sizeof bytes);
}

static void read_changes(const struct record *record)
{
    struct record_reader reader;
    struct change change;
    int count = record_changes(record, &reader), seen = 0, got = 0;
    while (count >= 0 && (got = record_next(&reader, &change)) == 1) {
        assert(change_is_step(&change) ? record->flags == RECORD_MIGRATION && change.step > 0 : change.key.data >= record->payload.data);
        assert(change_is_step(&change) || change.key.data + change.key.size <= record->payload.data + record->payload.size);
        seen++;
    }
    assert(count < 0 || got < 0 || seen == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct one_file file = one_file("0000000000000001.wal");
    struct slice in = slice_of(data, size), pieces[SOUND_MAX];
    struct segment segment = { .first_lsn = 1, .size = 1 << 20, .identity = identity };
    struct log_walk walk = { .sys = &file.sys, .folder = "wal", .identity = identity };
    struct error error;
    struct record record;
    struct buf records = { 0 };
    enum walk_base base;
    uint64_t seed = 0, lsn = 0, sound = fuzz_byte(&in) % (SOUND_MAX + 1), finished = fuzz_byte(&in) % 2;
    int started = segment_start(&file.sys, "wal", &segment, &error);
    assert(started >= 0);
    while (file.bytes.size < SEGMENT_HEADER_SIZE)
        buf_append_byte(&file.bytes, 0);
    for (uint64_t i = 0; i < sound; i++) {
        put_mark(&records, &in, seed, i, segment.checksum);
        size_t want = 1 + (size_t)fuzz_byte(&in);
        pieces[i] = slice_of(in.size > 0 ? in.data : (const uint8_t *)"\xc0", in.size == 0 ? 1 : want < in.size ? want : in.size);
        seed = put_record(&records, pieces[i], seed, i + 1, RECORD_TRANSACTION, pieces[i].data[0] % 2);
        in = pieces[i].size <= in.size ? slice_of(in.data + pieces[i].size, in.size - pieces[i].size) : in;
    }
    put_mark(&records, &in, seed, sound, segment.checksum);
    uint16_t kind = fuzz_byte(&in) % 32, flags = fuzz_byte(&in) % 8;
    bool readable = kind == RECORD_TRANSACTION && flags <= RECORD_MIGRATION;
    if (finished && in.size > 0)
        put_record(&records, in, seed, sound + 1 + in.data[0] % 2, kind, flags);
    else
        buf_append_slice(&records, in);
    buf_append_slice(&file.bytes, buf_slice(&records));
    if (log_walk_open(&walk, 0, 0, &base, &error) == 0 && base == WALK_STARTS) {
        int more;
        while ((more = log_walk_next(&walk, &record, &error)) == 1) {
            lsn++;
            assert(record.lsn == lsn);
            assert(lsn > sound || slice_equal(record.payload, pieces[lsn - 1]));
            read_changes(&record);
        }
        assert(lsn >= sound);
        assert(more == 0 || error.state == SQLSTATE_DATA_CORRUPTED || (error.state == SQLSTATE_FEATURE_NOT_SUPPORTED && !readable));
        assert(lsn <= sound || readable);
    }
    log_walk_close(&walk);
    buf_done(&records);
    buf_done(&file.bytes);
    return 0;
}
