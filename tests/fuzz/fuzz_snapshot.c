/* Snapshots: any file, or any bytes in a sound frame. One that loads is whole: its copy is what the footer says. */
#include "one_file.h"

#include <zstd.h>

#include "base/hash.h"
#include "store/snapshot_file.h"

#define COPY_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t copy[COPY_MAX];
    struct one_file file = one_file("0000000000000005.snap");
    struct slice in = slice_of(data, size);
    struct snapshot snapshot = { .lsn = 5, .chain = 9, .created_us = 1 }, read;
    struct error error = { 0 };
    uint8_t header[SNAPSHOT_HEADER_SIZE], footer[SNAPSHOT_FOOTER_SIZE], kind = fuzz_byte(&in);
    size_t unpacked = ZSTD_decompress(copy, sizeof copy, in.data, in.size);
    bool whole = !ZSTD_isError(unpacked);
    uint64_t seed = snapshot_header(header, &snapshot), file_size = sizeof header + in.size + sizeof footer;
    if (kind % 4 != 0)
        buf_append(&file.bytes, header, sizeof header);
    buf_append_slice(&file.bytes, in);
    snapshot_footer(footer, whole ? unpacked : 0, hash64(slice_of(copy, whole ? unpacked : 0), 0), file_size, seed);
    if (kind % 4 != 0)
        buf_append(&file.bytes, footer, sizeof footer);
    int outcome = snapshot_load(&file.sys, "snapshots", 5, NULL, &read, &error);
    assert(kind % 4 == 0 || !whole || in.size == 0 || outcome == 0);
    if (outcome == 0 && kind % 4 != 0)
        assert(read.lsn == 5 && read.chain == 9);
    if (outcome == 0 && kind % 4 != 0 && whole)
        assert(read.size == unpacked);
    assert(outcome == 0 || error.state != SQLSTATE_OK);
    buf_done(&file.bytes);
    return 0;
}
