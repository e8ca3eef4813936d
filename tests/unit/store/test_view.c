/* Views, cursors, turns, durability classes, and the findings of verify. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct fixture opened(void)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    int result = fixture_open(&f);
    cr_assert(eq(int, result, 0), "%s", f.error.message);
    return f;
}

static void done(struct fixture *f)
{
    fixture_close(f);
    fixture_free(f);
}

/* --- A model of one relation: which of 200 numbers are there --- */

#define NUMBERS 200

static struct key number_key(uint32_t tenant, uint16_t relation, uint16_t number)
{
    struct key key;
    key_start(&key, tenant, relation);
    key_u16(&key, number);
    return key;
}

static void change_number(struct fixture *f, struct view *view, uint32_t tenant, uint16_t relation, uint16_t number, bool there, bool was)
{
    struct key key = number_key(tenant, relation, number);
    struct change change = { .key = key_slice(&key) };
    if (there)
        change.new_value = SLICE_LITERAL("\xa3new");
    if (was)
        change.old_value = SLICE_LITERAL("\xa3new");
    cr_assert(eq(int, store_apply(view, &change, &f->error), 0), "%s", f->error.message);
}

/* Numbers in the house of interest, and sentinels in its neighbours and neighbouring relations, which no cursor may show. */
static void fill(struct fixture *f, struct view *view, bool there[static NUMBERS])
{
    for (int i = 0; i < NUMBERS; i++) {
        there[i] = fixture_random(f, 2) == 0;
        if (there[i])
            change_number(f, view, 5, RELATION_AUDIT_LEAVES, (uint16_t)i, true, false);
    }
    for (uint32_t tenant = 4; tenant <= 6; tenant++)
        for (uint16_t relation = RELATION_AUDIT_LEAVES - 1; relation <= RELATION_AUDIT_LEAVES + 1; relation++)
            if (tenant != 5 || relation != RELATION_AUDIT_LEAVES)
                change_number(f, view, tenant, relation, 7, true, false);
}

static void scan_and_judge(struct fixture *f, struct view *view, const bool there[static NUMBERS])
{
    uint16_t from = (uint16_t)fixture_random(f, NUMBERS), to = (uint16_t)(from + fixture_random(f, NUMBERS + 1u - from));
    struct key low = number_key(5, RELATION_AUDIT_LEAVES, from), high = number_key(5, RELATION_AUDIT_LEAVES, to);
    bool open_end = fixture_random(f, 4) == 0, reverse = fixture_random(f, 2) == 0;
    struct cursor cursor;
    struct slice key, value;
    int end = open_end ? NUMBERS : to, at = reverse ? end - 1 : from, step = reverse ? -1 : 1;
    cr_assert(eq(int, cursor_open(view, &low, open_end ? NULL : &high, reverse, &cursor, &f->error), 0));
    for (int more; (more = cursor_next(&cursor, &key, &value, &f->error)) != 0; at += step) {
        cr_assert(eq(int, more, 1), "%s", f->error.message);
        while (at >= from && at < end && !there[at])
            at += step;
        struct key want = number_key(5, RELATION_AUDIT_LEAVES, (uint16_t)at);
        cr_assert(at >= from && at < end);
        cr_assert(slice_equal(key, key_slice(&want)));
        cr_assert(slice_is(value, "\xa3new"));
    }
    for (; at >= from && at < end; at += step)
        cr_assert(there[at] == false);
    cursor_close(&cursor);
}

Test(view, cursors_stay_in_their_range)
{
    struct fixture f = opened();
    struct view view;
    bool there[NUMBERS];
    cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
    fill(&f, &view, there);
    for (int i = 0; i < 300; i++)
        scan_and_judge(&f, &view, there);
    store_write_abort(f.store, &view);
    done(&f);
}

/* In a writable view entries come and go under the cursor: it shows each that stays once, in order, whatever happens to
 * those that it has passed or not reached. */
Test(view, a_cursor_while_the_store_changes)
{
    struct fixture f = opened();
    for (int round = 0; round < 60; round++) {
        struct view view;
        bool there[NUMBERS], reverse = round % 2 == 1;
        int last = reverse ? NUMBERS : -1;
        struct cursor cursor;
        struct slice key;
        cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
        fill(&f, &view, there);
        struct key low = number_key(5, RELATION_AUDIT_LEAVES, 0);
        cr_assert(eq(int, cursor_open(&view, &low, NULL, reverse, &cursor, &f.error), 0));
        while (cursor_next(&cursor, &key, NULL, &f.error) == 1) {
            int number = key.data[6] << 8 | key.data[7];
            cr_assert(there[number]);
            cr_assert(reverse ? number < last : number > last);
            for (int i = last + (reverse ? -1 : 1); i != number; i += reverse ? -1 : 1)
                cr_assert(there[i] == false, "%d was passed over", i);
            last = number;
            for (int i = 0; i < 3; i++) {
                int other = i == 0 ? number : (int)fixture_random(&f, NUMBERS);
                if (fixture_random(&f, 2) == 0)
                    continue;
                change_number(&f, &view, 5, RELATION_AUDIT_LEAVES, (uint16_t)other, !there[other], there[other]);
                there[other] = !there[other];
            }
        }
        for (int i = last + (reverse ? -1 : 1); i >= 0 && i < NUMBERS; i += reverse ? -1 : 1)
            cr_assert(there[i] == false, "%d was never reached", i);
        cursor_close(&cursor);
        store_write_abort(f.store, &view);
    }
    done(&f);
}

Test(view, a_cursor_over_two_houses_is_a_bug, .signal = SIGABRT)
{
    struct fixture f = opened();
    struct view view;
    struct cursor cursor;
    struct key low = number_key(5, RELATION_AUDIT_LEAVES, 0), high = number_key(6, RELATION_AUDIT_LEAVES, 0);
    fixture_remove(f.image_dir);                        /* nobody will, after the end that is wanted */
    view_begin(f.store, &view, &f.error);
    cursor_open(&view, &low, &high, false, &cursor, &f.error);
}

Test(view, readers_see_what_was_committed_when_they_began)
{
    struct fixture f = opened();
    struct view reader, later;
    fixture_schema(&f);
    fixture_turn(&f, 5, false);
    uint64_t before = fixture_digest(f.store), lsn = store_committed_lsn(f.store);
    cr_assert(eq(int, view_begin(f.store, &reader, &f.error), 0));
    cr_assert(eq(u64, reader.lsn, lsn));
    fixture_turn(&f, 5, false);
    cr_assert(eq(int, view_begin(f.store, &later, &f.error), 0));
    cr_assert(eq(u64, later.lsn, store_committed_lsn(f.store)));
    view_end(&later);
    cr_assert(eq(u64, fixture_digest_view(&reader), before));
    view_end(&reader);
    cr_assert(ne(u64, fixture_digest(f.store), before));
    done(&f);
}

/* --- Turns --- */

Test(turn, undo_takes_everything_back)
{
    struct fixture f = opened();
    fixture_schema(&f);
    fixture_turn(&f, 20, false);
    struct buf before = { 0 }, after = { 0 };
    fixture_dump(f.store, &before);
    for (int i = 0; i < 20; i++)
        fixture_turn_undone(&f);
    fixture_dump(f.store, &after);
    cr_assert(slice_equal(buf_slice(&before), buf_slice(&after)));
    buf_done(&before);
    buf_done(&after);
    done(&f);
}

Test(turn, an_aborted_one_leaves_nothing)
{
    struct fixture f = opened();
    struct view view;
    uint64_t lsn, first = 0;
    fixture_schema(&f);
    uint64_t before = fixture_digest(f.store), committed = store_committed_lsn(f.store);
    for (int i = 0; i < 2; i++) {
        struct key key = number_key(0, RELATION_SETTINGS, 1);
        struct change change = { .key = key_slice(&key), .new_value = SLICE_LITERAL("\xa1x") };
        struct transaction_info info = { .now_us = 1 };
        cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
        cr_assert(eq(int, store_apply(&view, &change, &f.error), 0));
        cr_assert(eq(int, store_transaction(f.store, &info, &change, 1, &lsn, &f.error), 0));
        cr_assert(first == 0 || first == lsn);
        first = lsn;
        store_write_abort(f.store, &view);
    }
    cr_assert(eq(u64, store_committed_lsn(f.store), committed));
    cr_assert(eq(u64, fixture_digest(f.store), before));
    done(&f);
}

Test(turn, a_record_beyond_the_limit_is_refused)
{
    struct fixture f = opened();
    struct view view;
    struct buf value = { 0 };
    struct key key = number_key(0, RELATION_SETTINGS, 1);
    uint64_t lsn;
    buf_reserve(&value, KIB(64));
    memset(value.data, 'x', KIB(64));
    value.size = KIB(64);
    struct change change = { .key = key_slice(&key), .new_value = buf_slice(&value) };
    struct transaction_info info = { .now_us = 1 };
    cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
    cr_assert(eq(int, store_apply(&view, &change, &f.error), 0));
    cr_assert(eq(int, store_transaction(f.store, &info, &change, 1, &lsn, &f.error), -1));
    cr_assert(eq(int, (int)f.error.state, SQLSTATE_PROGRAM_LIMIT_EXCEEDED));
    store_undo(&view, &change);
    store_write_commit(f.store, &view);
    cr_assert(eq(u64, store_committed_lsn(f.store), 0));
    buf_done(&value);
    done(&f);
}

Test(turn, houses_are_counted)
{
    struct fixture f = opened();
    struct store_stats stats;
    uint64_t want = 0;
    for (uint32_t tenant = 1; tenant < 20; tenant++) {
        struct view view;
        struct key key;
        uint64_t lsn;
        struct transaction_info info = { .now_us = 1 };
        key_start(&key, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
        key_u32(&key, tenant);
        struct change change = { .key = key_slice(&key), .new_value = SLICE_LITERAL("\xc0") };
        cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
        cr_assert(eq(int, store_apply(&view, &change, &f.error), 0));
        if (tenant % 3 == 0)
            store_undo(&view, &change);
        else
            cr_assert(eq(int, store_transaction(f.store, &info, &change, 1, &lsn, &f.error), 0));
        if (tenant % 3 == 1)
            store_write_abort(f.store, &view);
        else
            store_write_commit(f.store, &view);
        want += tenant % 3 == 2;
        store_stats(f.store, &stats);
        cr_assert(eq(u64, stats.tenants, want));
    }
    fixture_close(&f);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    store_stats(f.store, &stats);
    cr_assert(eq(u64, stats.tenants, want));
    done(&f);
}

/* --- Durability --- */

static void wait_ms(int ms)
{
    struct timespec pause = { ms / 1000, ms % 1000 * 1000000l };
    nanosleep(&pause, NULL);
}

Test(durability, relaxed_is_synced_within_its_limit)
{
    struct fixture f = opened();
    struct store_stats before, after;
    fixture_schema(&f);
    store_wait_durable(f.store, store_committed_lsn(f.store));
    store_stats(f.store, &before);
    uint64_t lsn = 0;
    for (int i = 0; i < 10; i++)
        lsn = fixture_turn(&f, 3, true);
    store_stats(f.store, &after);
    cr_assert(le(u64, after.syncs, before.syncs + 1), "relaxed turns are not synced one by one");
    wait_ms(3 * RELAXED_SYNC_MS_MAX);
    cr_assert(ge(u64, store_durable_lsn(f.store), lsn));
    cr_assert(ge(u64, atomic_load(&f.judge->acked), lsn));
    done(&f);
}

Test(durability, a_view_waits_for_no_relaxed_transaction)
{
    struct fixture f = opened();
    struct view view;
    fixture_schema(&f);
    uint64_t strict = store_committed_lsn(f.store);
    uint64_t lsn = fixture_turn(&f, 3, true);
    cr_assert(gt(u64, lsn, strict));
    cr_assert(eq(int, view_begin(f.store, &view, &f.error), 0));
    cr_assert(eq(u64, view.lsn, strict));
    view_end(&view);
    lsn = fixture_turn_of(&f, 10);
    cr_assert(eq(int, view_begin(f.store, &view, &f.error), 0));
    cr_assert(eq(u64, view.lsn, lsn));
    view_end(&view);
    done(&f);
}

/* --- The real machine --- */

Test(directory, one_process_at_a_time)
{
    char folder[] = "/tmp/rowhouse-test-XXXXXX";
    struct error error;
    struct store *first, *second;
    cr_assert(mkdtemp(folder) != NULL);
    struct store_config config = { .data_dir = folder, .image_dir = folder, .segment_size = KIB(64) };
    cr_assert(eq(int, store_open(&config, sys_real(), &first, &error), 0), "%s", error.message);
    cr_assert(eq(int, store_open(&config, sys_real(), &second, &error), -1));
    cr_assert(eq(int, (int)error.state, SQLSTATE_OBJECT_IN_USE));
    cr_assert(eq(int, store_close(first, &error), 0));
    cr_assert(eq(int, store_open(&config, sys_real(), &second, &error), 0), "%s", error.message);
    cr_assert(eq(int, store_close(second, &error), 0));
    fixture_remove(folder);
}

Test(directory, a_log_without_identity_is_refused)
{
    struct fixture f = opened();
    fixture_schema(&f);
    fixture_close(&f);
    fake_disk_remove(f.disk, "data/identity");
    cr_assert(eq(int, fixture_open(&f), -1));
    cr_assert(strstr(f.error.message, "no identity") != NULL, "%s", f.error.message);
    fixture_free(&f);
}

/* --- Verify --- */

struct findings {
    int count;
    char last[256], all[2048];
};

static void on_finding(void *env, const char *table, const char *finding)
{
    struct findings *findings = env;
    findings->count++;
    snprintf(findings->last, sizeof findings->last, "%s: %s", table, finding);
    size_t used = strlen(findings->all);
    snprintf(findings->all + used, sizeof findings->all - used, "%s\n", findings->last);
}

static struct findings verify(struct fixture *f, const struct view *view)
{
    struct findings findings = { 0 };
    struct verify_hooks hooks = { .report = on_finding, .env = &findings };
    uint64_t rows;
    cr_assert(eq(int, store_verify(view, &hooks, &rows, &f->error), 0));
    cr_assert(gt(u64, rows, 0));
    return findings;
}

static MDB_val some_key(struct view *view, uint16_t relation, MDB_val *value)
{
    MDB_cursor *cursor;
    MDB_val key;
    cr_assert(eq(int, mdb_cursor_open(view->txn, view->store->image.dbi, &cursor), 0));
    while (mdb_cursor_get(cursor, &key, value, MDB_NEXT) == 0)
        if (key_relation(slice_of(key.mv_data, key.mv_size)) == relation)
            break;
    mdb_cursor_close(cursor);
    return key;
}

/* Spoils one thing in a turn that is aborted afterwards, and returns what verify says. */
static struct findings verify_spoilt(struct fixture *f, const char *what)
{
    struct view view;
    MDB_val value, copy;
    uint8_t space[1024], key_space[KEY_SIZE_MAX];
    cr_assert(eq(int, store_write_begin(f->store, &view, &f->error), 0));
    const struct table *contacts = catalog_table(view.catalog, SLICE_LITERAL("contacts"));
    uint16_t relation = strcmp(what, "row") == 0 || strcmp(what, "lost row") == 0 ? contacts->relation : contacts->indexes[1]->relation;
    MDB_val key = some_key(&view, relation, &value);
    memcpy(key_space, key.mv_data, key.mv_size);
    key.mv_data = key_space;
    if (strcmp(what, "row") == 0) {
        copy = (MDB_val){ value.mv_size, memcpy(space, value.mv_data, value.mv_size) };
        space[value.mv_size - 1] ^= 1;
        cr_assert(eq(int, mdb_put(view.txn, view.store->image.dbi, &key, &copy, 0), 0));
    } else {
        cr_assert(eq(int, mdb_del(view.txn, view.store->image.dbi, &key, NULL), 0));
    }
    if (strcmp(what, "entry moved") == 0) {
        key_space[KEY_PREFIX_SIZE + 2] ^= 0x40;
        copy = (MDB_val){ 0, space };
        cr_assert(eq(int, mdb_put(view.txn, view.store->image.dbi, &key, &copy, 0), 0));
    }
    struct findings findings = verify(f, &view);
    store_write_abort(f->store, &view);
    return findings;
}

static struct fixture filled(void)
{
    struct fixture f = opened();
    fixture_schema(&f);
    for (int i = 0; i < 10; i++)
        fixture_turn(&f, 6, false);
    return f;
}

/* The first claim of an index of contacts, its value copied to `value`. */
static struct key some_claim(struct view *view, const char *index, uint8_t value[static 8], size_t *ret_size)
{
    struct key low, key;
    MDB_cursor *cursor;
    key_start(&low, TENANT_CLAIMS, catalog_index(view->catalog, slice_of_string(index))->relation);
    MDB_val mdb_key = { low.size, low.bytes }, mdb_value;
    cr_assert(eq(int, mdb_cursor_open(view->txn, view->store->image.dbi, &cursor), 0));
    cr_assert(eq(int, mdb_cursor_get(cursor, &mdb_key, &mdb_value, MDB_SET_RANGE), 0));
    cr_assert(memcmp(mdb_key.mv_data, low.bytes, low.size) == 0, "%s has no claim", index);
    cr_assert(eq(sz, mdb_value.mv_size, 5));
    memcpy(key.bytes, mdb_key.mv_data, key.size = mdb_key.mv_size);
    memcpy(value, mdb_value.mv_data, *ret_size = mdb_value.mv_size);
    mdb_cursor_close(cursor);
    return key;
}

/* Spoils the first claim of each index in one way, and looks for what verify must say of it, and for nothing else. */
struct spoilt_claim {
    char what[16], finding[64];
};

ParameterizedTestParameters(verify, claims)
{
    static struct spoilt_claim cases[] = {
        { "missing",    "the row has no claim in index \"%s\"" },
        { "other house", "the row's claim in index \"%s\" is house 9's" },
        { "other house", "index \"%s\" has a claim without a row in house 9" },
        { "no house",   "index \"%s\" has a claim that is none" },
        { "flags",      "index \"%s\" has a claim that is none" },
        { "short",      "index \"%s\" has a claim that is none" },
        { "foreign",    "index \"%s\" has a claim without a row in house 1" },
        { "no index",   "no index has this claim" },
    };
    return cr_make_param_array(struct spoilt_claim, cases, sizeof cases / sizeof *cases);
}

static void spoil_claim(struct view *view, const char *index, const char *what)
{
    uint8_t value[8];
    size_t size;
    struct key key = some_claim(view, index, value, &size);
    MDB_val mdb_key = { key.size, key.bytes }, mdb_value = { size, value };
    if (strcmp(what, "missing") == 0) {
        cr_assert(eq(int, mdb_del(view->txn, view->store->image.dbi, &mdb_key, NULL), 0));
        return;
    }
    if (strcmp(what, "other house") == 0)
        value[3] = 9;
    else if (strcmp(what, "no house") == 0)
        memset(value, 0xff, 4);
    else if (strcmp(what, "flags") == 0)
        value[4] = 1;
    else if (strcmp(what, "short") == 0)
        mdb_value.mv_size = 4;
    else if (strcmp(what, "foreign") == 0)
        key.bytes[KEY_PREFIX_SIZE + 1] ^= 0x40;
    else
        key.bytes[4] ^= 0x40;
    if (strcmp(what, "foreign") == 0)
        memcpy(value, (uint8_t[]){ 0, 0, 0, 1 }, 4);
    cr_assert(eq(int, mdb_put(view->txn, view->store->image.dbi, &mdb_key, &mdb_value, 0), 0));
}

ParameterizedTest(struct spoilt_claim *t, verify, claims)
{
    static const char *const indexes[] = { "contacts_pkey", "contacts_worth", "contacts_place" };
    struct fixture f = filled();
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes; i++) {
        struct view view;
        char finding[128];
        cr_assert(eq(int, store_write_begin(f.store, &view, &f.error), 0));
        spoil_claim(&view, indexes[i], t->what);
        struct findings findings = verify(&f, &view);
        store_write_abort(f.store, &view);
        snprintf(finding, sizeof finding, t->finding, indexes[i]);
        cr_expect(strstr(findings.all, finding) != NULL, "%s, %s: %s", t->what, indexes[i], findings.all);
        cr_expect(le(int, findings.count, 2), "%s, %s: %s", t->what, indexes[i], findings.all);
    }
    done(&f);
}

Test(verify, finds_what_is_spoilt_and_nothing_else)
{
    struct fixture f = filled();
    struct view view;
    cr_assert(eq(int, view_begin(f.store, &view, &f.error), 0));
    cr_assert(eq(int, verify(&f, &view).count, 0));
    view_end(&view);
    struct findings row = verify_spoilt(&f, "row");
    cr_assert(eq(int, row.count, 1));
    cr_assert(strstr(row.last, "contacts: the checksum does not match") == row.last, "%s", row.last);
    struct findings lost = verify_spoilt(&f, "lost row");
    cr_assert(ge(int, lost.count, 2));
    cr_assert(strstr(lost.all, "has an entry without a row") != NULL, "%s", lost.all);
    cr_assert(strstr(lost.last, "index \"contacts_pkey\" has a claim without a row in house ") != NULL, "%s", lost.last);
    struct findings entry = verify_spoilt(&f, "lost entry");
    cr_assert(eq(int, entry.count, 1));
    cr_assert(strstr(entry.last, "the row has no entry in index \"contacts_score\"") != NULL, "%s", entry.last);
    struct findings moved = verify_spoilt(&f, "entry moved");
    cr_assert(eq(int, moved.count, 2));
    done(&f);
}
