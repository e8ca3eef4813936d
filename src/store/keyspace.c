#include "store/keyspace.h"

#include <assert.h>

#include "base/memory.h"

void key_start(struct key *key, uint32_t tenant, uint16_t relation)
{
    key->size = 0;
    key_u32(key, tenant);
    key_u16(key, relation);
}

uint32_t key_tenant(struct slice key)
{
    assert(key.size >= KEY_PREFIX_SIZE);
    return (uint32_t)key.data[0] << 24 | (uint32_t)key.data[1] << 16 | (uint32_t)key.data[2] << 8 | key.data[3];
}

uint16_t key_relation(struct slice key)
{
    assert(key.size >= KEY_PREFIX_SIZE);
    return (uint16_t)(key.data[4] << 8 | key.data[5]);
}

void key_bytes(struct key *key, const void *bytes, size_t size)
{
    assert(size <= sizeof key->bytes - key->size);
    if (size > 0)
        memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

void key_u16(struct key *key, uint16_t value)
{
    uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };
    key_bytes(key, bytes, sizeof bytes);
}

void key_u32(struct key *key, uint32_t value)
{
    key_u16(key, (uint16_t)(value >> 16));
    key_u16(key, (uint16_t)value);
}

void key_u64(struct key *key, uint64_t value)
{
    key_u32(key, (uint32_t)(value >> 32));
    key_u32(key, (uint32_t)value);
}

static int key_append(struct key *key, struct slice bytes, struct error *error)
{
    if (bytes.size > sizeof key->bytes - key->size)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "key of %zu bytes or more exceeds the maximum of %d",
                    key->size + bytes.size, KEY_SIZE_MAX);
    key_bytes(key, bytes.data, bytes.size);
    return 0;
}

/* Values of these kinds have keys of a few bytes, which need no heap. */
static bool key_is_small(const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL: case VALUE_BOOL: case VALUE_INT: case VALUE_FLOAT: case VALUE_UUID: case VALUE_TIME: case VALUE_DATE:
    case VALUE_INTERVAL:
        return true;
    default:
        return false;
    }
}

int key_column(struct key *key, struct type type, const struct value *value, struct key_order order,
               bool *lossy, struct error *error)
{
    uint8_t space[128];
    bool small = key_is_small(value);
    struct buf form = { .data = small ? space : NULL, .capacity = small ? sizeof space : 0 };
    if (value_key(type, value, order, &form))
        *lossy = true;
    int result = key_append(key, buf_slice(&form), error);
    if (small)
        assert(form.data == space);
    else
        buf_done(&form);
    return result;
}

static int key_columns(struct key *key, const struct index *index, const struct value *columns, bool *lossy, struct error *error)
{
    for (int i = 0; i < index->key_count; i++) {
        int column = index->key[i].column;
        struct type type = index_type(index->table, &index->key[i]);
        if (key_column(key, type, &columns[column], index->key[i].order, lossy, error) < 0)
            return fail_within(error, "index \"%s\"", index->name);
    }
    return 0;
}

int key_of_row(const struct table *table, uint32_t tenant, const struct value *columns, struct key *ret, struct error *error)
{
    bool lossy = false;
    key_start(ret, tenant, table->relation);
    return key_columns(ret, table->primary, columns, &lossy, error);
}

int key_of_entry(const struct index *index, uint32_t tenant, const struct value *columns, struct key *ret,
                 bool *ret_lossy, struct error *error)
{
    bool primary_lossy = false;
    assert(!index->primary);
    *ret_lossy = false;
    key_start(ret, tenant, index->relation);
    if (key_columns(ret, index, columns, ret_lossy, error) < 0)
        return -1;
    return key_columns(ret, index->table->primary, columns, &primary_lossy, error);
}

void key_claim_of_front(struct slice front, struct key *ret)
{
    key_start(ret, TENANT_CLAIMS, key_relation(front));
    key_bytes(ret, front.data + KEY_PREFIX_SIZE, front.size - KEY_PREFIX_SIZE);
}

int key_of_claim(const struct index *index, const struct value *columns, struct key *ret, struct error *error)
{
    bool lossy = false;
    assert(index->claimed);
    key_start(ret, TENANT_CLAIMS, index->relation);
    return key_columns(ret, index, columns, &lossy, error);
}

int key_of_claiming(const struct index *index, const struct value *columns, struct arena *arena, struct key *ret, struct error *error)
{
    bool covers;
    ret->size = 0;
    if (index_covers(index, columns, arena, &covers, error) < 0)
        return -1;
    return covers && !index_null_distinct(index, columns) ? key_of_claim(index, columns, ret, error) : 0;
}

size_t key_entry_declared(const struct index *index, struct slice entry)
{
    size_t at = KEY_PREFIX_SIZE;
    if (entry.size < at)
        return 0;
    for (int i = 0; i < index->key_count; i++) {
        struct type type = index_type(index->table, &index->key[i]);
        size_t size = value_key_size(type, index->key[i].order, slice_of(entry.data + at, entry.size - at));
        if (size == 0 || size > entry.size - at)
            return 0;
        at += size;
    }
    return at;
}

int key_row_from_entry(const struct index *index, struct slice entry, struct key *ret)
{
    size_t declared = key_entry_declared(index, entry);
    if (declared == 0)
        return -1;
    key_start(ret, key_tenant(entry), index->table->relation);
    key_bytes(ret, entry.data + declared, entry.size - declared);
    return 0;
}

bool key_successor(const struct key *key, struct key *ret)
{
    *ret = *key;
    while (ret->size > 0 && ret->bytes[ret->size - 1] == 0xff)
        ret->size--;
    if (ret->size == 0)
        return false;
    ret->bytes[ret->size - 1]++;
    return true;
}

int row_values(const struct table *table, struct slice row, struct value *columns)
{
    struct row opened;
    if (row_open(row, &opened) < 0 || opened.count > table->column_count)
        return -1;
    for (int i = 0; i < table->column_count; i++)
        if (table_value(table, &opened, i, &columns[i]) < 0)
            return -1;
    return 0;
}

bool index_null_distinct(const struct index *index, const struct value *columns)
{
    for (int i = 0; i < index->count && !index->nulls_not_distinct; i++)
        if (value_is_null(&columns[index->columns[i].column]))
            return true;
    return false;
}

static int predicate_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    const struct value *columns = eval->env;
    assert(depth == 0);
    *ret = columns[column];
    return 0;
}

int index_covers(const struct index *index, const struct value *columns, struct arena *arena, bool *ret, struct error *error)
{
    if (index->predicate == NULL) {
        *ret = true;
        return 0;
    }
    struct eval eval = { .column = predicate_column, .env = (void *)columns, .arena = arena };
    return expr_is_true(index->predicate, &eval, ret, error);
}
