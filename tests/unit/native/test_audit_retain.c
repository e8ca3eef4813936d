/* Retention of an audit log: what goes and what stays; that every proof of before and after can still be made; and somebody who removes
 * entries without it, or forges, edits, replays and takes away the stub: he is found by verify_audit_chain, or by a kept checkpoint. */
#include "audit_world.h"

#include <time.h>

#include "native/rows.h"
#include "value/time.h"

TestSuite(retain, .init = open_log, .fini = close_log);

static void later(int64_t seconds)
{
    w->rq.now_us += seconds * US_PER_SECOND;
}

static int64_t number_of(const char *name)
{
    struct slice value = member_of(name);
    int64_t number = -1;
    cr_assert(mp_int(&value, &number), "%s", name);
    return number;
}

static bool more(void)
{
    struct slice value = member_of("more");
    bool result = false;
    cr_assert(mp_bool(&value, &result));
    return result;
}

/* Everything of before this second may go; so many of it at most. Returns how many went. */
static int64_t retain(int limit)
{
    later(1);
    SUCCEED(world_call(w, call_method, "[\"audit_retain\",{\"keep_days\":0,\"limit\":%d,\"organization_id\":\"%s\"}]", limit, ORG));
    return number_of("removed");
}

static struct slice load_stub(struct audit_stub *ret)
{
    struct slice note;
    cr_assert_eq(audit_stub_load(&w->rq, house, &note, ret), 1);
    return note;
}

static void save_stub(struct slice note)
{
    SUCCEED(audit_stub_save(&w->rq, house, note));
}

static int64_t rows(void)
{
    SUCCEED(world_call(w, count_method, "[\"audit_logs_enhanced\"]"));
    return world_count(w);
}

/* --- What goes and what stays --- */

Test(retain, a_prefix_goes_and_a_stub_stays)
{
    struct audit_stub stub;
    SUCCEED(world_call(w, call_method, "[\"audit_checkpoint\",{\"tree_size\":8,\"organization_id\":\"%s\"}]", ORG));
    struct checkpoint eight;
    cr_assert_null(checkpoint_get(text_of("checkpoint"), &key, &eight));
    cr_assert_eq(retain(8), 8);
    cr_assert(more());
    cr_assert_eq(number_of("removed_total"), 8);
    cr_assert_eq(number_of("entry"), ENTRIES);
    cr_assert_null(audit_stub_get(text_of("stub"), &key, &stub));
    cr_assert_eq(stub.removed.size, 8);
    cr_assert(merkle_equal(&stub.removed.root, &eight.root), "the stub is a checkpoint of the log at that size");
    cr_assert_eq(stub.from_us, NOW_US);
    cr_assert_eq(stub.at_us, w->rq.now_us);
    cr_assert_str_eq(stub.by, "service_role");
    cr_assert_eq(rows(), ENTRIES + 1 - 8);
    found_whole();
    cr_assert_null(continues());
    kept = stub.removed;
    cr_assert_null(continues(), "the log continues its stub");
    append(1);
    found_whole();
}

Test(retain, former_checkpoints_and_proofs_go_on)
{
    struct checkpoint all[ENTRIES + 1];
    struct proof_file file;
    for (int size = 0; size <= ENTRIES; size++) {
        SUCCEED(world_call(w, call_method, "[\"audit_checkpoint\",{\"tree_size\":%d,\"organization_id\":\"%s\"}]", size, ORG));
        cr_assert_null(checkpoint_get(text_of("checkpoint"), &key, &all[size]));
    }
    cr_assert_eq(retain(13), 13);
    for (int size = 0; size <= ENTRIES; size++) {
        kept = all[size];
        cr_assert_null(continues(), "a checkpoint of %d", size);
    }
    for (int entry = 0; entry <= ENTRIES; entry++) {
        SUCCEED(world_call(w, call_method, "[\"audit_inclusion_proof\",{\"entry\":%d,\"organization_id\":\"%s\"}]", entry, ORG));
        cr_assert_null(proof_file_get(text_of("proof"), &file));
        cr_assert_eq(file.has_leaf, entry >= 13);
        struct merkle_hash leaf;
        cr_assert(merkle_parse(text_of("leaf_hash"), &leaf));
        cr_assert_null(checkpoint_get(file.note, &key, &kept));
        cr_assert(merkle_included(&leaf, (uint64_t)entry, kept.size, &file.proof, &kept.root), "entry %d", entry);
        proof_file_done(&file);
    }
}

Test(retain, ends_before_what_is_younger)
{
    const int64_t day = US_PER_DAY / US_PER_SECOND;
    later(day);
    append(100);
    later(-2 * day);                /* a clock that was set back */
    append(101);
    later(2 * day + 1);
    SUCCEED(world_call(w, call_method, "[\"audit_retain\",{\"keep_days\":1,\"organization_id\":\"%s\"}]", ORG));
    cr_assert_eq(number_of("removed"), ENTRIES, "the old entry behind a younger one stays");
    cr_assert(!more());
    found_whole();
    SUCCEED(world_call(w, call_method, "[\"audit_retain\",{\"before\":\"2023-01-01\",\"organization_id\":\"%s\"}]", ORG));
    cr_assert_eq(number_of("removed"), 0);
}

Test(retain, ends_before_what_is_held)
{
    later(1);
    SUCCEED(world_call(w, call_method, "[\"append_audit_log\",{\"action_type\":\"held\",\"expires_at\":\"2023-11-14 23:00:00\",\"organization_id\":\"%s\"}]", ORG));
    append(1);
    cr_assert_eq(retain(100), ENTRIES);
    cr_assert(!more());
    later(3600);
    cr_assert_eq(retain(100), 3, "the hold is over: the entry, the one after it, and the first record");
    found_whole();
    cr_assert_null(continues());
}

Test(retain, nothing_to_remove_leaves_nothing)
{
    int64_t first = retain(100);
    cr_assert_eq(first, ENTRIES);
    int changed = changes_mark(&w->rq);
    cr_assert_eq(retain(100), 0, "a record alone is no reason for another");
    SUCCEED(world_call(w, call_method, "[\"audit_retain\",{\"before\":\"1999-01-01\",\"organization_id\":\"%s\"}]", ORG));
    cr_assert_eq(changes_mark(&w->rq), changed);
    append(1);
    cr_assert_eq(retain(100), 2);
    cr_assert_eq(rows(), 1, "a log is never without entries");
    found_whole();
}

Test(retain, is_refused)
{
    struct principal member;
    later(1);
    REFUSED("22023", call_method, "[\"audit_retain\",{\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"audit_retain\",{\"keep_days\":0,\"before\":\"2030-01-01\",\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"audit_retain\",{\"keep_days\":-1,\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"audit_retain\",{\"keep_days\":0,\"limit\":0,\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"append_audit_log\",{\"action_type\":\"audit_logs_enhanced.retain\",\"organization_id\":\"%s\"}]", ORG);
    CALL(1, insert_method, "[\"auth.users\",{\"id\":\"eeeeeeee-0000-4000-8000-000000000000\"}]");
    CALL(1, insert_method, "[\"profiles\",{\"id\":\"eeeeeeee-0000-4000-8000-000000000000\",\"organization_id\":\"%s\"}]", ORG);
    world_user(w, &member, "eeeeeeee-0000-4000-8000-000000000000");
    w->who = &member;
    REFUSED("42501", call_method, "[\"audit_retain\",{\"keep_days\":0}]");
    w->who = &w->service;
    w->host.audit_signer = NULL;
    REFUSED("55000", call_method, "[\"audit_retain\",{\"keep_days\":0,\"organization_id\":\"%s\"}]", ORG);
    cr_assert_eq(rows(), ENTRIES);
}

/* --- Somebody who can write into the store --- */

#define FOREIGN_SEED ((const uint8_t *)"a seed of thirty-two bytes, not.")

/* A stub for what is missing before entry `size`, signed with `seed` (NULL: as the server would), and its record. */
static void forge_stub(int64_t size, const uint8_t *seed)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, &w->rq, house);
    struct audit_stub stub = { .removed = { .size = (uint64_t)size }, .from_us = NOW_US, .to_us = NOW_US, .at_us = NOW_US, .by = "service_role" };
    struct audit_head head;
    struct audit_place place;
    struct value values[ENTRY_COLUMNS];
    struct audit_appended appended;
    struct buf note = { 0 }, wire = { 0 };
    SUCCEED(audit_head_load(&w->rq, house, &head));
    SUCCEED(merkle_root(&tree, (uint64_t)size, &stub.removed.root));
    cr_assert_eq(audit_place_load(&w->rq, house, size - 1, &place), 1);
    strcpy(stub.removed.origin, key.name);
    stub.last = place.hash;
    stub.entry = (uint64_t)head.entries;
    audit_stub_put(&stub, &note);
    if (seed != NULL)
        note_sign(&note, 0, &key, seed);
    else
        SUCCEED(audit_sign(&w->rq, &organization, false, &note));
    mp_put_map(&wire, 1);
    put_text(&wire, "stub", buf_slice(&note));
    for (int i = 0; i < ENTRY_COLUMNS; i++)
        values[i] = VALUE_OF_NULL;
    values[ENTRY_ACTION] = value_text(SLICE_LITERAL(AUDIT_RETAIN_ACTION));
    values[ENTRY_DETAILS] = native_json(&w->rq, &wire);
    SUCCEED(audit_append(&w->rq, house, &organization, values, &appended));
    save_stub(buf_slice(&note));
    buf_done(&note);
}

static void erase_first(int64_t count)
{
    for (int64_t id = 1; id <= count; id++)
        erase(id);
}

Test(retain, a_prefix_removed_without_a_stub)
{
    erase_first(6);
    found_broken(0, "a prefix without a stub");
}

Test(retain, a_prefix_removed_with_a_stub_that_another_key_signed)
{
    erase_first(6);
    forge_stub(6, FOREIGN_SEED);
    found_broken(0, "a forged stub");
    later(1);
    REFUSED("55000", call_method, "[\"audit_retain\",{\"keep_days\":0,\"organization_id\":\"%s\"}]", ORG);
}

static void put_node(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    const struct merkle_tree *tree = env;
    SUCCEED(tree->put(tree->env, level, index, hash));
}

/* Who has the key may remove, on record; what he may not is change what is signed for. */
Test(retain, a_stub_signed_with_the_key_over_another_past)
{
    struct audit_place place;
    struct merkle_peaks peaks = { 0 };
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, &w->rq, house);
    cr_assert_eq(audit_place_load(&w->rq, house, 3, &place), 1);
    place.hash.bytes[5] ^= 1;
    SUCCEED(audit_leaf_put(&w->rq, house, 3, &place));
    for (int64_t entry = 0; entry < ENTRIES; entry++) {
        cr_assert_eq(audit_place_load(&w->rq, house, entry, &place), 1);
        merkle_peaks_add(&peaks, &place.hash, put_node, &tree);
    }
    erase_first(8);
    forge_stub(8, NULL);
    found_whole();                      /* the server's own data agree with each other ... */
    cr_assert_not_null(continues());    /* ... and not with what was kept */
}

Test(retain, an_older_stub_in_place_of_the_newer)
{
    struct audit_stub stub;
    cr_assert_eq(retain(4), 4);
    struct slice older = load_stub(&stub);
    cr_assert_eq(retain(4), 4);
    struct slice newer = load_stub(&stub);
    save_stub(older);
    found_broken(4, "an older stub: rows that it does not cover are gone");
    save_stub(newer);
    found_whole();
}

/* The rows of before come back as well, out of a backup. */
Test(retain, an_older_stub_with_its_rows)
{
    struct found saved[ENTRIES + 1];
    struct audit_stub stub;
    cr_assert_eq(retain(4), 4);
    struct slice older = load_stub(&stub);
    for (int64_t id = 5; id <= 8; id++)
        load_row(id, &saved[id]);
    cr_assert_eq(retain(4), 4);
    bool given[COLUMNS_MAX];
    memset(given, true, sizeof given);
    for (int64_t id = 5; id <= 8; id++)
        SUCCEED(table_insert(&w->rq, table, house, saved[id].columns, given, NULL));
    save_stub(older);
    found_broken(ENTRIES + 2, "a removal that was undone");
}

Test(retain, a_stub_taken_away)
{
    struct key stub;
    cr_assert_eq(retain(4), 4);
    key_start(&stub, house, RELATION_AUDIT_STUB);
    SUCCEED(system_put(&w->rq, &stub, slice_of(NULL, 0)));
    found_broken(0, "no stub");
}

Test(retain, every_byte_of_the_stub_counts)
{
    struct audit_stub stub;
    int64_t at;
    cr_assert_eq(retain(6), 6);
    struct slice note = load_stub(&stub);
    for (size_t i = 0; i < note.size; i++) {
        struct slice touched = arena_copy(&w->arena, note);
        ((uint8_t *)touched.data)[i] ^= 1;
        save_stub(touched);
        cr_assert_str_neq(finding(&at), "", "byte %zu", i);
    }
    save_stub(note);
    found_whole();
}

Test(retain, more_removed_than_the_stub_says)
{
    cr_assert_eq(retain(4), 4);
    erase(5);
    found_broken(4, "one more row");
}

Test(retain, a_removed_row_put_back)
{
    struct found row;
    bool given[COLUMNS_MAX];
    load_row(2, &row);
    cr_assert_eq(retain(4), 4);
    memset(given, true, sizeof given);
    SUCCEED(table_insert(&w->rq, table, house, row.columns, given, NULL));
    found_broken(ENTRIES + 1, "a row that nobody appended");
}

Test(retain, a_changed_hash_of_a_removed_entry)
{
    struct audit_place place;
    cr_assert_eq(retain(7), 7);
    cr_assert_eq(audit_place_load(&w->rq, house, 4, &place), 1);
    place.hash.bytes[0] ^= 1;
    SUCCEED(audit_leaf_put(&w->rq, house, 4, &place));
    found_broken(6, "a changed hash: the node over it");
}

Test(retain, a_changed_record)
{
    cr_assert_eq(retain(4), 4);
    edit(ENTRIES + 1, "details", value_json(SLICE_LITERAL("\x80")));
    found_broken(ENTRIES, "a changed record");
    forge(ENTRIES, ENTRIES + 1);
    found_broken(ENTRIES, "a changed record with everything behind it made anew");
}

Test(retain, a_stub_of_another_organization)
{
    struct audit_stub stub;
    struct buf note = { 0 };
    struct uuid other;
    struct note_key others;
    uuid_parse(SLICE_LITERAL("bbbbbbbb-0000-4000-8000-000000000000"), &other);
    cr_assert_eq(retain(4), 4);
    load_stub(&stub);
    SUCCEED(audit_key_of(&w->rq, &other, &others));
    strcpy(stub.removed.origin, others.name);
    audit_stub_put(&stub, &note);
    SUCCEED(audit_sign(&w->rq, &other, false, &note));
    save_stub(buf_slice(&note));
    buf_done(&note);
    found_broken(0, "another log's stub");
}

/* In place of the stub that is there, signed with the key. */
static void save_signed(const struct audit_stub *stub)
{
    struct buf note = { 0 };
    audit_stub_put(stub, &note);
    SUCCEED(audit_sign(&w->rq, &organization, false, &note));
    save_stub(buf_slice(&note));
    buf_done(&note);
}

Test(retain, a_stub_signed_with_the_key_that_says_something_else)
{
    struct audit_stub stub;
    cr_assert_eq(retain(4), 4);
    load_stub(&stub);
    struct audit_stub root = stub, last = stub, when = stub, longer = stub;
    root.removed.root.bytes[7] ^= 1;
    save_signed(&root);
    found_broken(4, "another root");
    last.last.bytes[7] ^= 1;
    save_signed(&last);
    found_broken(4, "another last entry");
    when.at_us++;
    save_signed(&when);
    found_broken(ENTRIES, "another time than its record says");
    longer.entry++;
    save_signed(&longer);
    found_broken(0, "a record that the log has not");
    save_signed(&stub);
    found_whole();
}

Test(retain, the_key_is_gone)
{
    cr_assert_eq(retain(4), 4);
    w->host.audit_signer = NULL;
    found_broken(0, "a stub that nothing can check");
}

/* --- Any order of appending and removing --- */

Test(retain, any_order)
{
    uint64_t state = (uint64_t)time(NULL) | 1;
    fprintf(stderr, "seed %llu\n", (unsigned long long)state);
    int64_t entries = ENTRIES, removed = 0;
    for (int round = 0; round < 60; round++) {
        if (below(&state, 3) > 0) {
            append(round);
            entries++;
        } else {
            int limit = 1 + below(&state, 9);
            int64_t want = entries - removed < limit ? entries - removed : limit, went = retain(limit);
            if (went != 0 || want != 1)     /* one entry may be the record of the last removal, which stays */
                cr_assert_eq(went, want, "of %" PRId64 " entries, %" PRId64 " removed", entries, removed);
            removed += went;
            entries += went > 0;
        }
        if (below(&state, 4) == 0)
            keep_checkpoint();
        cr_assert_eq(rows(), entries - removed);
        found_whole();
        cr_assert_null(continues(), "round %d, kept %" PRIu64 ", %" PRId64 " of %" PRId64 " removed", round, kept.size, removed, entries);
    }
}
