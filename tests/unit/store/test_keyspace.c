/* Keys: prefixes, bounds, and the way from an index entry to its row; records: what is packed is read. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/record.h"

Test(key, carries_tenant_and_relation)
{
    struct key key;
    key_start(&key, 0x01020304, 0xfffe);
    key_u64(&key, 0x1122334455667788);
    cr_assert(eq(u32, key_tenant(key_slice(&key)), 0x01020304));
    cr_assert(eq(u16, key_relation(key_slice(&key)), 0xfffe));
    cr_assert(eq(sz, key.size, KEY_PREFIX_SIZE + 8));
    cr_assert(eq(u8, key.bytes[KEY_PREFIX_SIZE], 0x11));
}

Test(key, does_not_overflow, .signal = SIGABRT)
{
    struct key key;
    uint8_t bytes[KEY_SIZE_MAX] = { 0 };
    key_start(&key, 1, 1);
    key_bytes(&key, bytes, KEY_SIZE_MAX - KEY_PREFIX_SIZE + 1);
}

/* The successor is above every key that starts with the key, and below every other key above it. */
Test(key, successor)
{
    srand((unsigned)fixture_seed());
    for (int round = 0; round < 10000; round++) {
        struct key key, next;
        struct key other;
        key.size = 1 + (size_t)rand() % 4;
        other.size = 1 + (size_t)rand() % 6;
        for (size_t i = 0; i < 6; i++) {
            key.bytes[i] = (uint8_t)(rand() % 3 == 0 ? 0xff : rand() % 3);
            other.bytes[i] = i < key.size && rand() % 4 != 0 ? key.bytes[i] : (uint8_t)(rand() % 256);
        }
        bool there = key_successor(&key, &next);
        bool starts = other.size >= key.size && memcmp(other.bytes, key.bytes, key.size) == 0;
        bool above = slice_compare(key_slice(&other), key_slice(&key)) > 0;
        bool below = !there || slice_compare(key_slice(&other), key_slice(&next)) < 0;
        if (starts)
            cr_assert(below);
        else if (above)
            cr_assert(below == false);
    }
}

Test(key, of_rows_and_entries_fit_together)
{
    struct fixture f = fixture_new(fixture_seed());
    int result = fixture_open(&f);
    cr_assert(eq(int, result, 0), "%s", f.error.message);
    fixture_schema(&f);
    for (int i = 0; i < 20; i++)
        fixture_turn(&f, 6, false);
    fixture_check_indexes(f.store);                     /* every entry leads to its row */
    fixture_close(&f);
    fixture_free(&f);
}

Test(key, of_long_texts_is_lossy_and_short_enough)
{
    struct fixture f = fixture_new(fixture_seed());
    struct view view;
    struct key entry, row;
    bool lossy = false;
    char text[5000];
    memset(text, 'x', sizeof text);
    int result = fixture_open(&f);
    cr_assert(eq(int, result, 0), "%s", f.error.message);
    fixture_schema(&f);
    cr_assert(eq(int, view_begin(f.store, &view, &f.error), 0));
    const struct table *contacts = catalog_table(view.catalog, SLICE_LITERAL("contacts"));
    const struct index *note = catalog_index(view.catalog, SLICE_LITERAL("contacts_note"));
    struct value columns[8] = { value_uuid((struct uuid){ { 1 } }), value_uuid((struct uuid){ { 2 } }),
                                value_text(slice_of(text, sizeof text)), VALUE_OF_NULL, value_text(slice_of(text, 200)) };
    cr_assert(eq(int, key_of_row(contacts, 3, columns, &row, &f.error), 0));
    cr_assert(eq(int, key_of_entry(note, 3, columns, &entry, &lossy, &f.error), 0));
    cr_assert(lossy);
    cr_assert(le(sz, entry.size, KEY_SIZE_MAX));
    struct key back;
    cr_assert(eq(int, key_row_from_entry(note, key_slice(&entry), &back), 0));
    cr_assert(slice_equal(key_slice(&row), key_slice(&back)));
    /* A cut entry is told, never read past its end. */
    for (size_t size = 0; size < entry.size; size++)
        if (key_row_from_entry(note, slice_of(entry.bytes, size), &back) == 0)
            cr_assert(le(sz, back.size, row.size));
    view_end(&view);
    fixture_close(&f);
    fixture_free(&f);
}

/* --- Records --- */

Test(record, what_is_packed_is_read)
{
    srand((unsigned)fixture_seed());
    struct buf batch = { 0 };
    uint64_t chain = 99, seeds[50];
    size_t starts[50];
    for (int i = 0; i < 50; i++) {
        uint8_t bytes[300];
        struct change changes[3] = { { .key = slice_of(bytes, 10 + (size_t)rand() % 100), .new_value = slice_of(bytes, (size_t)rand() % 300) },
                                     { .key = slice_of(bytes, 6) }, { .key = slice_of(bytes, 7), .new_value = slice_of(bytes, 0) } };
        struct transaction_info info = { .request_id = (uint64_t)rand(), .now_us = rand() };
        memset(bytes, i, sizeof bytes);
        if (rand() % 2 == 0)
            info.principal.bytes[3] = 1;
        starts[i] = record_begin(&batch);
        seeds[i] = chain;
        record_payload(&batch, &info, changes, 1 + i % 3);
        struct record head = { .kind = (uint16_t)(1 + i % 4), .flags = i % 2 * RECORD_INCREMENTS, .lsn = (uint64_t)i + 1, .time_us = info.now_us };
        chain = record_finish(&batch, starts[i], chain, &head);
    }
    for (int i = 0; i < 50; i++) {
        struct record record;
        struct record_reader reader;
        struct change change;
        cr_assert(record_plausible(buf_slice(&batch), starts[i], &record));
        cr_assert(record_good(&record, seeds[i]));
        cr_assert(record_good(&record, seeds[i] + 1) == false);
        cr_assert(eq(u64, record.lsn, (uint64_t)i + 1));
        cr_assert(eq(int, record.kind, 1 + i % 4));
        cr_assert(eq(int, record.flags, i % 2 * RECORD_INCREMENTS));
        cr_assert(eq(int, record_changes(&record, &reader), 1 + i % 3));
        for (int c = 0; c < 1 + i % 3; c++) {
            cr_assert(eq(int, record_next(&reader, &change), 1));
            bool removed = change.new_value.data == NULL;
            cr_assert(removed == (c == 1));
            cr_assert(eq(u8, change.key.data[0], (uint8_t)i));
        }
        cr_assert(eq(int, record_next(&reader, &change), 0));
    }
    buf_done(&batch);
}

static void pack_steps(struct buf *out, const struct change *changes, int count, struct record *ret, struct record_reader *ret_reader)
{
    struct transaction_info info = { .request_id = 1 };
    struct record head = { .kind = RECORD_TRANSACTION, .flags = record_flags(changes, count), .lsn = 1 };
    buf_clear(out);
    record_begin(out);
    record_payload(out, &info, changes, count);
    record_finish(out, 0, 0, &head);
    cr_assert(record_plausible(buf_slice(out), 0, ret));
    cr_assert(eq(int, record_changes(ret, ret_reader), count));
}

/* A migration's changes with the steps that they are of; a marker elsewhere, first, or one that does not grow is no payload. */
Test(record, steps_of_a_migration)
{
    struct key migration, row;
    key_start(&migration, TENANT_SYSTEM, RELATION_MIGRATIONS);
    key_start(&row, 5, RELATION_USER_FIRST);
    const struct change first = { .key = key_slice(&migration), .new_value = SLICE_LITERAL("m") }, other = { .key = key_slice(&row) };
    const struct change good[] = { first, { .step = 1 }, other, other, { .step = 3 }, { .step = 4000000 }, other };
    const struct change bad[][4] = {
        { { .step = 1 }, first, other, other },         /* before the migration itself */
        { other, { .step = 1 }, other, other },         /* of no migration */
        { first, { .step = 2 }, { .step = 2 }, other }, { first, { .step = 2 }, { .step = 1 }, other }, { first, { .step = 0 }, other, other },
        { first, other, first, other }, { other, first, other, other },
    };
    struct buf out = { 0 };
    struct record record;
    struct record_reader reader;
    struct change change;
    int count = (int)(sizeof good / sizeof *good), more = 1;
    pack_steps(&out, good, count, &record, &reader);
    cr_assert(eq(int, record.flags, RECORD_MIGRATION));
    for (int i = 0; i < count; i++) {
        cr_assert(eq(int, record_next(&reader, &change), 1), "change %d", i);
        cr_assert(eq(u32, change.step, good[i].step));
        cr_assert(change_is_step(&change) == (good[i].step != 0) && slice_equal(change.key, good[i].key));
    }
    cr_assert(eq(int, record_next(&reader, &change), 0));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pack_steps(&out, bad[i], 4, &record, &reader);
        while ((more = record_next(&reader, &change)) > 0)
            continue;
        cr_assert(eq(int, more, -1), "case %zu", i);
    }
    buf_done(&out);
}

/* Bytes that are no record never lead a reader astray. */
Test(record, any_bytes)
{
    srand((unsigned)fixture_seed());
    for (int round = 0; round < 20000; round++) {
        uint64_t words[32];
        struct record record;
        for (size_t i = 0; i < 32; i++)
            words[i] = rand() % 3 == 0 ? (uint64_t)rand() : (uint64_t)(rand() % 64);
        if (record_plausible(slice_of(words, sizeof words), 8 * (size_t)(rand() % 33), &record)) {
            struct record_reader reader;
            struct change change;
            cr_assert(record_good(&record, 0) == false);
            int count = record_changes(&record, &reader);
            for (int i = 0; i < count && record_next(&reader, &change) > 0; i++)
                cr_assert(le(sz, change.key.size, KEY_SIZE_MAX));
        }
    }
}
