#include "store/record.h"

#include <assert.h>
#include <inttypes.h>

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
        if (change_is_step(&changes[i])) {
            mp_put_nil(out);
            mp_put_uint(out, changes[i].step);
            continue;
        }
        mp_put_bin(out, changes[i].key);
        if (changes[i].new_value.data == NULL)
            mp_put_nil(out);
        else
            mp_put_bin(out, changes[i].new_value);
    }
}

bool change_is_migration(const struct change *change)
{
    return !change_is_step(change) && key_tenant(change->key) == TENANT_SYSTEM && key_relation(change->key) == RELATION_MIGRATIONS;
}

uint16_t record_flags(const struct change *changes, int count)
{
    return count > 0 && change_is_migration(&changes[0]) ? RECORD_MIGRATION : 0;
}

uint64_t record_finish(struct buf *out, size_t start, uint64_t seed, const struct record *record)
{
    size_t payload = out->size - start - RECORD_HEADER_SIZE;
    size_t padding = record_size(payload) - RECORD_HEADER_SIZE - payload;
    assert(payload > 0);
    assert(payload <= UINT32_MAX);
    memset(buf_reserve(out, padding), 0, padding);
    out->size += padding;
    uint8_t *header = out->data + start;
    bytes_put64(header + 8, (uint64_t)payload | (uint64_t)record->kind << 32 | (uint64_t)record->flags << 48);
    bytes_put64(header + 16, record->lsn);
    bytes_put64(header + 24, (uint64_t)record->time_us);
    uint64_t checksum = hash64(slice_of(header + 8, RECORD_HEADER_SIZE - 8 + payload), seed);
    bytes_put64(header, checksum);
    return checksum;
}

bool record_plausible(struct slice bytes, size_t at, struct record *ret)
{
    if (at % 8 != 0 || at > bytes.size || bytes.size - at < RECORD_HEADER_SIZE)
        return false;
    const uint8_t *header = bytes.data + at;
    uint64_t word = bytes_get64(header + 8), payload = (uint32_t)word;
    if (payload == 0 || payload > WAL_RECORD_MAX || record_size(payload) > bytes.size - at)
        return false;
    *ret = (struct record){
        .checksum = bytes_get64(header),
        .lsn = bytes_get64(header + 16),
        .time_us = (int64_t)bytes_get64(header + 24),
        .kind = (uint16_t)(word >> 32),
        .flags = (uint16_t)(word >> 48),
        .payload = slice_of(header + RECORD_HEADER_SIZE, payload),
        .size = record_size(payload),
    };
    return ret->lsn > 0;
}

bool record_good(const struct record *record, uint64_t seed)
{
    const uint8_t *header = record->payload.data - RECORD_HEADER_SIZE;
    return hash64(slice_of(header + 8, RECORD_HEADER_SIZE - 8 + record->payload.size), seed) == record->checksum;
}

static const char *kind_name(uint16_t kind)
{
    switch ((enum record_kind)kind) {
    case RECORD_TRANSACTION: return "a transaction";
    case RECORD_PART: case RECORD_LAST_PART: return "a part of a transaction";
    case RECORD_ABORT: return "the end of a transaction that was given up";
    case RECORD_BARRIER: return "a barrier";
    case RECORD_FREEZE: return "a tenant's freezing";
    case RECORD_ADOPT: return "a tenant's adoption";
    case RECORD_DROP: return "a tenant's dropping";
    }
    return "unknown";
}

int record_readable(const struct record *record, struct error *error)
{
    unsigned unknown = record->flags & ~(unsigned)RECORD_MIGRATION;
    if (record->kind != RECORD_TRANSACTION)
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "the log record with LSN %" PRIu64 " is of kind %u (%s), which this server does not read",
             record->lsn, record->kind, kind_name(record->kind));
    else if (unknown != 0)
        fail(error, SQLSTATE_FEATURE_NOT_SUPPORTED, "the log record with LSN %" PRIu64 " has flag %u%s, which this server does not read",
             record->lsn, unknown & -unknown, (unknown & RECORD_INCREMENTS) != 0 ? " (increments)" : "");
    else
        return 0;
    return fail_hint(error, "start the version of Rowhouse that wrote it, or a newer one");
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
    ret->migration = ret->first = (record->flags & RECORD_MIGRATION) != 0;
    ret->step = 0;
    return (int)(ret->left / 2);
}

static bool next_step(struct record_reader *reader, struct change *ret)
{
    uint64_t step;
    if (!reader->migration || reader->first || !mp_uint(&reader->rest, &step) || step <= reader->step || step > INT32_MAX)
        return false;
    ret->step = reader->step = (uint32_t)step;
    return true;
}

static bool next_change(struct record_reader *reader, struct change *ret)
{
    bool first = reader->first;
    reader->first = false;
    if (!mp_bin(&reader->rest, &ret->key) || ret->key.size < KEY_PREFIX_SIZE || ret->key.size > KEY_SIZE_MAX
        || change_is_migration(ret) != first)
        return false;
    return mp_nil(&reader->rest) || mp_bin(&reader->rest, &ret->new_value);
}

int record_next(struct record_reader *reader, struct change *ret)
{
    if (reader->left == 0)
        return 0;
    *ret = (struct change){ 0 };
    if (!(mp_nil(&reader->rest) ? next_step(reader, ret) : next_change(reader, ret)))
        return -1;
    reader->left -= 2;
    return 1;
}
