/* The log: some sound records, then any bytes, some of them sealed as records. The walk hands out every sound record, in
 * order and unchanged, then at most what follows their chain; the rest is torn or damaged. */
#include "one_file.h"

#include "store/log_walk.h"
#include "store/record.h"

#define SOUND_MAX 4

static const struct uuid identity = { { 7 } };

/* Records whose payloads are pieces of the input; with good checksums, whatever the payload. */
static uint64_t put_record(struct buf *out, struct slice payload, uint64_t seed, uint64_t lsn)
{
    size_t start = record_begin(out);
    buf_append_slice(out, payload);
    return record_seal(out, start, seed, lsn, 1, 0);
}

static void read_changes(const struct record *record)
{
    struct record_reader reader;
    struct change change;
    int count = record_changes(record, &reader), seen = 0, got = 0;
    while (count >= 0 && (got = record_next(&reader, &change)) == 1) {
        assert(change.key.data >= record->payload.data);
        assert(change.key.data + change.key.size <= record->payload.data + record->payload.size);
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
    uint64_t seed = 0, lsn = 0, sound = fuzz_byte(&in) % (SOUND_MAX + 1), sealed = fuzz_byte(&in) % 2;
    int started = segment_start(&file.sys, "wal", &segment, &error);
    assert(started >= 0);
    while (file.bytes.size < SEGMENT_HEADER_SIZE)
        buf_append_byte(&file.bytes, 0);
    for (uint64_t i = 0; i < sound; i++) {
        size_t want = 1 + (size_t)fuzz_byte(&in);
        pieces[i] = slice_of(in.size > 0 ? in.data : (const uint8_t *)"\xc0", in.size == 0 ? 1 : want < in.size ? want : in.size);
        seed = put_record(&records, pieces[i], seed, i + 1);
        in = pieces[i].size <= in.size ? slice_of(in.data + pieces[i].size, in.size - pieces[i].size) : in;
    }
    if (sealed && in.size > 0)
        put_record(&records, in, seed, sound + 1 + in.data[0] % 2);
    else
        buf_append_slice(&records, in);
    buf_append_slice(&file.bytes, buf_slice(&records));
    if (log_walk_open(&walk, 0, 0, &base, &error) == 0 && base == WALK_STARTS) {
        while (log_walk_next(&walk, &record, &error) == 1) {
            lsn++;
            assert(record.lsn == lsn);
            assert(lsn > sound || slice_equal(record.payload, pieces[lsn - 1]));
            read_changes(&record);
        }
        assert(lsn >= sound);
    }
    log_walk_close(&walk);
    buf_done(&records);
    buf_done(&file.bytes);
    return 0;
}
