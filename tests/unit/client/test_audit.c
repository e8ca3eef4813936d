/* Verifying audit logs without a server: an honest export and its proofs, then every kind of touch that a file may have had. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proof/checkpoint.h"
#include "rowhouse/rowhouse.h"
#include "value/audit_line.h"
#include "value/audit_stub.h"
#include "value/mp.h"

#define ORIGIN "rowhouse/5f0c2a10-0000-4000-8000-000000000001"
#define ENTRIES 13
#define LINES (ENTRIES + 2)

static const uint8_t seed[NOTE_SEED_SIZE] = "a seed of thirty-two bytes fixed";
static struct note_key key;
static char key_text[256];
static struct buf leaves[ENTRIES];
static struct merkle_hash nodes[8][ENTRIES];
static struct buf note, lines[LINES];
static char path[] = "/tmp/rowhouse-export-XXXXXX";

static int get(void *env, int level, uint64_t index, struct merkle_hash *ret)
{
    *ret = nodes[level][index];
    return 0;
}

static int put(void *env, int level, uint64_t index, const struct merkle_hash *hash)
{
    nodes[level][index] = *hash;
    return 0;
}

static const struct merkle_tree tree = { get, put, NULL };

static void make_leaf(int i)
{
    int columns = 0;
    while (audit_columns[columns] != NULL)
        columns++;
    mp_put_array(&leaves[i], (uint32_t)columns);
    mp_put_int(&leaves[i], i + 1);
    for (int c = 1; c < columns; c++) {
        if (strcmp(audit_columns[c], "action_type") == 0) {
            mp_put_string(&leaves[i], i % 2 == 0 ? "contact.read" : "contact.create");
        } else if (strcmp(audit_columns[c], "details") == 0) {
            mp_put_map(&leaves[i], 1);
            mp_put_string(&leaves[i], "n");
            mp_put_int(&leaves[i], i);
        } else {
            mp_put_nil(&leaves[i]);
        }
    }
    merkle_leaf(buf_slice(&leaves[i]), &nodes[0][i]);
    merkle_append(&tree, (uint64_t)i, &nodes[0][i]);
}

static struct audit_export export = { .origin = ORIGIN, .entries = ENTRIES, .complete = true, .columns = audit_columns };

static void sign(uint64_t size, struct buf *out)
{
    struct checkpoint checkpoint = { .origin = ORIGIN, .size = size };
    merkle_root(&tree, size, &checkpoint.root);
    checkpoint_put(&checkpoint, &key, seed, out);
}

static void make_lines(void)
{
    for (int i = 0; i < LINES; i++)
        buf_clear(&lines[i]);
    audit_line_head(&export, &lines[0]);
    for (int i = 0; i < ENTRIES; i++) {
        struct merkle_proof proof;
        merkle_inclusion(&tree, (uint64_t)i, ENTRIES, &proof);
        audit_line_entry(&export, i, buf_slice(&leaves[i]), &proof, &lines[i + 1]);
    }
    audit_line_checkpoint(buf_slice(&note), &lines[LINES - 1]);
}

static void make_log(void)
{
    uint8_t public_key[NOTE_PUBLIC_SIZE];
    struct buf text = { 0 };
    note_public(seed, public_key);
    note_key_make(ORIGIN, public_key, &key);
    note_key_format(&key, &text);
    strcpy(key_text, buf_text(&text));
    buf_done(&text);
    while (audit_columns[export.column_count] != NULL)
        export.column_count++;
    for (int i = 0; i < ENTRIES; i++)
        make_leaf(i);
    sign(ENTRIES, &note);
    make_lines();
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void forget_log(void)
{
    unlink(path);
    buf_done(&note);
    for (int i = 0; i < ENTRIES; i++)
        buf_done(&leaves[i]);
    for (int i = 0; i < LINES; i++)
        buf_done(&lines[i]);
}

TestSuite(audit, .init = make_log, .fini = forget_log);

/* The file of the lines, those of `order` (ends with -1), or all in theirs. */
static bool verify(const int *order)
{
    struct rh_audit_verdict verdict;
    FILE *file = fopen(path, "w");
    for (int i = 0; order == NULL ? i < LINES : order[i] >= 0; i++) {
        const struct buf *line = &lines[order == NULL ? i : order[i]];
        fwrite(line->data, 1, line->size, file);
    }
    fclose(file);
    bool good = rh_audit_verify_export(key_text, path, &verdict);
    cr_assert_eq(good, verdict.good);
    cr_assert_eq(good, verdict.reason[0] == '\0', "%s", verdict.reason);
    if (good)
        cr_assert_eq(verdict.size, ENTRIES);
    return good;
}

Test(audit, an_honest_export)
{
    cr_assert(verify(NULL));
    export.complete = false;
    make_lines();
    cr_assert(verify(NULL));
    export.entries = 2;
    make_lines();
    cr_assert(verify((int[]){ 0, 3, 9, LINES - 1, -1 }), "some entries, each proven");
    cr_assert_not(verify((int[]){ 0, 9, 3, LINES - 1, -1 }), "out of order");
    cr_assert_not(verify((int[]){ 0, 3, 3, LINES - 1, -1 }), "twice");
    cr_assert_not(verify((int[]){ 0, 3, LINES - 1, -1 }), "one less than it says");
}

Test(audit, entries_removed_repeated_and_exchanged)
{
    for (int gone = 0; gone < LINES; gone++) {
        int order[LINES + 1], count = 0;
        for (int i = 0; i < LINES; i++)
            if (i != gone)
                order[count++] = i;
        order[count] = -1;
        cr_assert_not(verify(order), "without line %d", gone);
    }
    for (int at = 0; at + 1 < LINES; at++) {
        int order[LINES + 1];
        for (int i = 0; i < LINES; i++)
            order[i] = i == at ? at + 1 : i == at + 1 ? at : i;
        order[LINES] = -1;
        cr_assert_not(verify(order), "lines %d and %d exchanged", at, at + 1);
    }
    cr_assert_not(verify((int[]){ -1 }), "nothing");
    export.entries = 5;
    make_lines();
    cr_assert_not(verify((int[]){ 0, 1, 2, 3, 4, 5, LINES - 1, -1 }), "the end is cut off");
}

Test(audit, no_byte_of_an_export_may_change)
{
    uint64_t state = (uint64_t)time(NULL) | 1;
    fprintf(stderr, "seed %llu\n", (unsigned long long)state);
    for (int round = 0; round < 400; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        int line = (int)(state >> 33) % LINES;
        size_t at = (size_t)(state >> 13) % lines[line].size;
        uint8_t flip = (uint8_t)(1u << (state >> 60) % 7);
        lines[line].data[at] ^= flip;
        bool good = verify(NULL);
        lines[line].data[at] ^= flip;
        /* A space in the head or around the checkpoint says nothing and may be any other. */
        if (line == 0 || line == LINES - 1)
            continue;
        cr_assert_not(good, "line %d, byte %zu ^ %02x", line, at, flip);
    }
}

Test(audit, a_leaf_of_nonsense)
{
    static const struct { const char *bytes; size_t size; } nonsense[] = {
        { "\x93\xc1", 2 }, { "\x91\xd4\x07\x00", 4 }, { "\x80", 1 }, { "\x91\xd8\x01", 3 }, { "\x91\xc7\x01\x01\xff", 5 }, { "\x92\x01", 2 }, { "", 0 },
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        struct buf bytes = { 0 };
        base64_put(slice_of(nonsense[i].bytes, nonsense[i].size), &bytes);
        buf_clear(&lines[1]);
        buf_printf(&lines[1], "{\"entry\": 0, \"row\": {}, \"leaf\": \"%s\"}\n", buf_text(&bytes));
        cr_assert_not(verify(NULL), "%zu", i);
        buf_done(&bytes);
    }
}

Test(audit, columns_cannot_be_named_otherwise)
{
    const char *names[64];
    memcpy(names, audit_columns, sizeof *names * (size_t)export.column_count);
    names[4] = audit_columns[5];
    names[5] = audit_columns[4];
    export.columns = names;
    make_lines();
    cr_assert_not(verify(NULL));
}

Test(audit, proofs_and_checkpoints)
{
    struct rh_audit_verdict verdict;
    struct rh_reply *row;
    struct merkle_proof proof;
    struct buf text = { 0 }, old = { 0 };
    cr_assert(rh_audit_verify_checkpoint(key_text, (const char *)note.data, note.size, &verdict));
    cr_assert_eq(verdict.size, ENTRIES);
    cr_assert_str_eq(verdict.origin, ORIGIN);
    cr_assert_not(rh_audit_verify_checkpoint("nonsense", (const char *)note.data, note.size, &verdict));
    merkle_inclusion(&tree, 6, ENTRIES, &proof);
    inclusion_put(buf_slice(&leaves[6]), 6, &proof, buf_slice(&note), &text);
    cr_assert(rh_audit_verify_inclusion(key_text, (const char *)text.data, text.size, &verdict, &row), "%s", verdict.reason);
    cr_assert_eq(verdict.number, 6);
    cr_assert_eq(rh_int(rh_at(rh_result(row), 0)), 7);
    rh_reply_free(row);
    cr_assert_not(rh_audit_verify_inclusion(key_text, (const char *)note.data, note.size, &verdict, NULL), "a checkpoint is no proof");
    sign(5, &old);
    buf_clear(&text);
    merkle_consistency(&tree, 5, ENTRIES, &proof);
    consistency_put(5, &proof, buf_slice(&note), &text);
    cr_assert(rh_audit_verify_consistency(key_text, (const char *)old.data, old.size, (const char *)text.data, text.size, &verdict), "%s", verdict.reason);
    cr_assert_eq(verdict.number, 5);
    cr_assert_eq(verdict.size, ENTRIES);
    cr_assert_not(rh_audit_verify_consistency(key_text, (const char *)note.data, note.size, (const char *)text.data, text.size, &verdict));
    buf_done(&text);
    buf_done(&old);
}

/* --- What retention left --- */

#define REMOVED 5

static struct buf stub;

/* The log without its first entries, as the server would export it. */
static void remove_first(void)
{
    struct merkle_peaks peaks = { 0 };
    struct audit_stub text = { .removed = { .origin = ORIGIN, .size = REMOVED }, .last = nodes[0][REMOVED - 1], .by = AUDIT_STUB_SERVICE, .entry = ENTRIES - 1 };
    merkle_root(&tree, REMOVED, &text.removed.root);
    merkle_peaks_load(&tree, REMOVED, &peaks);
    merkle_peaks_list(&peaks, &export.peaks);
    buf_clear(&stub);
    audit_stub_put(&text, &stub);
    note_sign(&stub, 0, &key, seed);
    export.removed = REMOVED;
    export.stub = buf_slice(&stub);
    export.entries = ENTRIES - REMOVED;
    make_lines();
}

static const int what_is_left[] = { 0, 6, 7, 8, 9, 10, 11, 12, 13, LINES - 1, -1 };

Test(audit, an_export_of_what_is_left)
{
    struct rh_audit_verdict verdict;
    remove_first();
    cr_assert(verify(what_is_left));
    cr_assert(rh_audit_verify_stub(key_text, (const char *)stub.data, stub.size, &verdict), "%s", verdict.reason);
    cr_assert_eq(verdict.size, REMOVED);
    cr_assert_eq(verdict.number, ENTRIES - 1);
    cr_assert(rh_audit_verify_checkpoint(key_text, (const char *)stub.data, stub.size, &verdict), "a stub is a checkpoint");
    cr_assert_not(rh_audit_verify_stub(key_text, (const char *)note.data, note.size, &verdict), "a checkpoint is no stub");
    cr_assert_not(verify((int[]){ 0, 7, 8, 9, 10, 11, 12, 13, LINES - 1, -1 }), "one more is missing");
    export.entries--;
    make_lines();
    cr_assert_not(verify((int[]){ 0, 7, 8, 9, 10, 11, 12, 13, LINES - 1, -1 }), "and the head agrees");
    export.entries = 2;
    export.complete = false;
    make_lines();
    cr_assert(verify((int[]){ 0, 7, 13, LINES - 1, -1 }), "some of what is left");
    buf_done(&stub);
}

Test(audit, an_export_whose_stub_is_not_of_its_log)
{
    remove_first();
    export.peaks.hashes[0].bytes[3] ^= 1;
    make_lines();
    cr_assert_not(verify(what_is_left), "other peaks");
    remove_first();
    export.removed--;
    make_lines();
    cr_assert_not(verify(what_is_left), "another number");
    remove_first();
    export.stub = buf_slice(&note);
    make_lines();
    cr_assert_not(verify(what_is_left), "a checkpoint in its place");
    remove_first();
    for (size_t i = 0; i < stub.size; i++) {
        stub.data[i] ^= 1;
        make_lines();
        bool good = verify(what_is_left);
        stub.data[i] ^= 1;
        cr_assert_not(good, "byte %zu", i);
    }
    buf_done(&stub);
}

Test(audit, a_proof_of_a_removed_entry_needs_the_entry)
{
    struct rh_audit_verdict verdict;
    struct merkle_proof proof;
    struct buf text = { 0 };
    merkle_inclusion(&tree, 2, ENTRIES, &proof);
    inclusion_put(slice_of(NULL, 0), 2, &proof, buf_slice(&note), &text);
    cr_assert_not(rh_audit_verify_inclusion(key_text, (const char *)text.data, text.size, &verdict, NULL));
    cr_assert(strstr(verdict.reason, "removed") != NULL, "%s", verdict.reason);
    buf_done(&text);
}
