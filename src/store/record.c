#include "store/record.h"

#include <assert.h>

#include "base/hash.h"
#include "value/mp.h"
#include "store/bytes.h"

size_t record_begin(struct buf *out)
{
    size_t start = out->size;
    assert(start % 8 == 0);
    memset(buf_reserve(out, RECORD_HEADER_SIZE), 0, RECORD_HEADER_SIZE);
    out->size += RECORD_HEADER_SIZE;
    return start;
}

void record_payload(struct buf *out, const struct transaction_info *info, const struct change *changes, int count)
{
    static const struct uuid nobody;
    mp_put_array(out, 3);
    if (uuid_compare(&info->principal, &nobody) == 0)
        mp_put_nil(out);
    else
        mp_put_bin(out, slice_of(info->principal.bytes, sizeof info->principal.bytes));
    mp_put_uint(out, info->request_id);
    mp_put_array(out, 2 * (uint32_t)count);
    for (int i = 0; i < count; i++) {
        mp_put_bin(out, changes[i].key);
        if (changes[i].new_value.data == NULL)
            mp_put_nil(out);
        else
            mp_put_bin(out, changes[i].new_value);
    }
}

uint64_t record_seal(struct buf *out, size_t start, uint64_t seed, uint64_t lsn, int64_t time_us, uint64_t durable_lsn)
{
    size_t payload = out->size - start - RECORD_HEADER_SIZE;
    size_t padding = record_size(payload) - RECORD_HEADER_SIZE - payload;
    assert(payload > 0);
    assert(durable_lsn < lsn);
    memset(buf_reserve(out, padding), 0, padding);
    out->size += padding;
    uint8_t *header = out->data + start;
    bytes_put64(header + 8, (uint64_t)payload);         /* the upper half is the zero at 12 */
    bytes_put64(header + 16, lsn);
    bytes_put64(header + 24, (uint64_t)time_us);
    bytes_put64(header + 32, durable_lsn);
    uint64_t checksum = hash64(slice_of(header + 8, RECORD_HEADER_SIZE - 8 + payload), seed);
    bytes_put64(header, checksum);
    return checksum;
}

bool record_plausible(struct slice bytes, size_t at, struct record *ret)
{
    if (at % 8 != 0 || at > bytes.size || bytes.size - at < RECORD_HEADER_SIZE)
        return false;
    const uint8_t *header = bytes.data + at;
    uint64_t payload = bytes_get64(header + 8);
    if (payload == 0 || payload > WAL_RECORD_MAX || record_size(payload) > bytes.size - at)
        return false;
    *ret = (struct record){
        .checksum = bytes_get64(header),
        .lsn = bytes_get64(header + 16),
        .time_us = (int64_t)bytes_get64(header + 24),
        .durable_lsn = bytes_get64(header + 32),
        .payload = slice_of(header + RECORD_HEADER_SIZE, payload),
        .size = record_size(payload),
    };
    return ret->durable_lsn < ret->lsn;
}

bool record_good(const struct record *record, uint64_t seed)
{
    const uint8_t *header = record->payload.data - RECORD_HEADER_SIZE;
    return hash64(slice_of(header + 8, RECORD_HEADER_SIZE - 8 + record->payload.size), seed) == record->checksum;
}

int record_changes(const struct record *record, struct record_reader *ret)
{
    struct slice in = record->payload;
    uint32_t elements;
    if (!mp_array(&in, &elements) || elements < 3 || !mp_skip(&in, NULL) || !mp_skip(&in, NULL))
        return -1;
    if (!mp_array(&in, &ret->left) || ret->left % 2 != 0)
        return -1;
    ret->rest = in;
    return (int)(ret->left / 2);
}

int record_next(struct record_reader *reader, struct change *ret)
{
    if (reader->left == 0)
        return 0;
    *ret = (struct change){ 0 };
    if (!mp_bin(&reader->rest, &ret->key) || ret->key.size < KEY_PREFIX_SIZE || ret->key.size > KEY_SIZE_MAX)
        return -1;
    if (!mp_nil(&reader->rest) && !mp_bin(&reader->rest, &ret->new_value))
        return -1;
    reader->left -= 2;
    return 1;
}
