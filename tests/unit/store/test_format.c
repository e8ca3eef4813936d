/* Other versions, features and kinds of records: refused by name, nothing touched, and never called damage. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "store/bytes.h"
#include "store/log_walk.h"
#include "store/snapshot.h"
#include "value/mp.h"

/* A directory as a clean stop leaves it: an image of this boot, a snapshot, and the log behind it empty. */
static struct fixture stopped(struct uuid *ret_identity)
{
    struct fixture f = fixture_new(fixture_seed());
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    fixture_turn(&f, 6, false);
    *ret_identity = f.store->identity;
    fixture_close(&f);
    return f;
}

/* Opening with the image and without, and the salvage, refuse with these words and a hint, and leave every byte as it is. */
static void refused(struct fixture *f, const char *words)
{
    struct store_config config = { .data_dir = "data", .image_dir = f->image_dir, .segment_size = KIB(32) };
    struct store_salvage salvage;
    struct fake_disk *before = fake_disk_clone(f->disk);
    for (int image = 1; image >= 0; image--) {
        if (!image)
            fixture_forget_image(f);
        cr_assert(eq(int, fixture_open(f), -1), "not refused: %s", words);
        cr_assert(eq(int, (int)f->error.state, SQLSTATE_FEATURE_NOT_SUPPORTED), "%s", f->error.message);
        cr_assert(strstr(f->error.message, words) != NULL, "want %s, got %s", words, f->error.message);
        cr_assert(f->error.hint[0] != '\0');
    }
    cr_assert(fake_disk_equal(f->disk, before), "it touched what it refused: %s", words);
    cr_assert(eq(int, store_salvage(&config, "saved", fake_disk_sys(f->disk), &salvage, &f->error), -1));
    cr_assert(eq(int, (int)f->error.state, SQLSTATE_FEATURE_NOT_SUPPORTED), "%s", f->error.message);
    fake_disk_free(before);
}

/* --- Records --- */

static void append(struct fixture *f, const struct uuid *identity, uint16_t kind, uint16_t flags)
{
    struct sys *sys = fake_disk_sys(f->disk);
    struct error error;
    struct record record;
    enum walk_base base;
    struct buf out = { 0 };
    char path[64], name[SEGMENT_NAME_SIZE];
    uint64_t size;
    struct log_walk walk = { .sys = sys, .folder = "data/wal", .identity = *identity };
    cr_assert(eq(int, log_walk_open(&walk, 0, wal_genesis(identity), &base, &error), 0), "%s", error.message);
    while (log_walk_next(&walk, &record, &error) > 0)
        continue;
    struct wal_end end = log_walk_end(&walk);
    record = (struct record){ .kind = kind, .flags = flags, .lsn = end.last_lsn + 1 };
    record_begin(&out);
    mp_put_array(&out, 3);
    mp_put_nil(&out);
    mp_put_uint(&out, 1);
    mp_put_array(&out, 0);
    record_finish(&out, 0, end.chain, &record);
    segment_name(end.segment_lsn, name);
    snprintf(path, sizeof path, "data/wal/%s", name);
    memcpy(fake_disk_bytes(f->disk, path, &size) + end.offset, out.data, out.size);
    log_walk_close(&walk);
    buf_done(&out);
}

struct record_case {
    uint16_t kind, flags;
    char words[64];
};

ParameterizedTestParameters(format, records)
{
    static struct record_case cases[] = {
        { 0, 0, "is of kind 0 (unknown)" },
        { RECORD_PART, 0, "is of kind 2 (a part of a transaction)" },
        { RECORD_PART, RECORD_MIGRATION, "is of kind 2 (a part of a transaction)" },
        { RECORD_LAST_PART, 0, "is of kind 3 (a part of a transaction)" },
        { RECORD_ABORT, 0, "is of kind 4 (the end of a transaction that was given up)" },
        { 5, 0, "is of kind 5 (unknown)" },
        { RECORD_BARRIER, 0, "is of kind 16 (a barrier)" },
        { RECORD_FREEZE, 0, "is of kind 17 (a tenant's freezing)" },
        { RECORD_ADOPT, 0, "is of kind 18 (a tenant's adoption)" },
        { RECORD_DROP, 0, "is of kind 19 (a tenant's dropping)" },
        { 65535, 0, "is of kind 65535 (unknown)" },
        { RECORD_TRANSACTION, RECORD_INCREMENTS, "has flag 2 (increments)" },
        { RECORD_TRANSACTION, RECORD_MIGRATION | RECORD_INCREMENTS, "has flag 2 (increments)" },
        { RECORD_TRANSACTION, 4, "has flag 4, which" },
        { RECORD_TRANSACTION, 0x8001, "has flag 32768, which" },
    };
    return cr_make_param_array(struct record_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct record_case *t, format, records, .timeout = 60)
{
    struct uuid identity;
    struct fixture f = stopped(&identity);
    append(&f, &identity, t->kind, t->flags);
    refused(&f, t->words);
    cr_assert(strstr(f.error.message, "at offset") != NULL, "%s", f.error.message);
    fixture_free(&f);
}

Test(format, a_transaction_is_read, .timeout = 60)
{
    struct uuid identity;
    struct fixture f = stopped(&identity);
    append(&f, &identity, RECORD_TRANSACTION, 0);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    cr_assert(eq(u64, store_recovery(f.store)->replayed, 1));
    fixture_close(&f);
    fixture_free(&f);
}

/* --- Files --- */

static void put_identity(struct fixture *f, const char *text)
{
    uint64_t size;
    fake_disk_set_size(f->disk, "data/identity", strlen(text));
    memcpy(fake_disk_bytes(f->disk, "data/identity", &size), text, strlen(text));
}

Test(format, another_identity, .timeout = 60)
{
    struct uuid identity;
    struct fixture f = stopped(&identity);
    put_identity(&f, "rowhouse-data 1 7f0c2a4e-0000-4000-8000-000000000001\n");
    refused(&f, "\"data/identity\" is of format version 1, this server reads version 2 alone");
    cr_assert(strstr(f.error.hint, "restore the dump") != NULL, "%s", f.error.hint);
    put_identity(&f, "rowhouse-data 3 whatever comes\n");
    refused(&f, "\"data/identity\" is of format version 3, which is newer than this server's 2");
    put_identity(&f, "rowhouse-data 2 0000000000000008 7f0c2a4e-0000-4000-8000-000000000001\n");
    refused(&f, "\"data/identity\" needs feature 3 (values in pieces), which this server does not know");
    put_identity(&f, "rowhouse-data 2 4000000000000000 7f0c2a4e-0000-4000-8000-000000000001\n");
    refused(&f, "\"data/identity\" needs feature 62, which this server does not know");
    fixture_free(&f);
}

Test(format, a_damaged_identity, .timeout = 60)
{
    static const char *const texts[] = {
        "", "\n", "rowhouse-data", "rowhouse-data 2", "rowhouse-data 2 ", "rowhouse-data 2 0 7f0c2a4e-0000-4000-8000-000000000001\n",
        "rowhouse-data 2 0000000000000000 7f0c2a4e-0000-4000-8000-00000000000\n", "rowhouse-data x 0000000000000000 7f0c2a4e-0000-4000-8000-000000000001\n",
        "rowhouse-data 2 0000000000000000 7f0c2a4e-0000-4000-8000-000000000001", "rowhouse-data 2 0000000000000000 7f0c2a4e-0000-4000-8000-000000000001\n\n",
        "rowhouse-data  2 0000000000000000 7f0c2a4e-0000-4000-8000-000000000001\n", "rowhouse data 2 0000000000000000 7f0c2a4e-0000-4000-8000-000000000001\n",
    };
    struct uuid identity;
    struct fixture f = stopped(&identity);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put_identity(&f, texts[i]);
        cr_assert(eq(int, fixture_open(&f), -1));
        cr_assert(eq(int, (int)f.error.state, SQLSTATE_DATA_CORRUPTED), "%zu: %s", i, f.error.message);
    }
    fixture_free(&f);
}

/* The path of the only segment or snapshot; its first bytes with a checksum over them at `at`. */
static uint8_t *header_of(struct fixture *f, const char *folder, const char *ending, char path[static 96])
{
    uint64_t *numbers = NULL, size;
    int count = folder_numbers(fake_disk_sys(f->disk), folder, ending, &numbers, &f->error);
    cr_assert(ge(int, count, 1));
    snprintf(path, 96, "%s/%016" PRIx64 "%s", folder, numbers[0], ending);
    free(numbers);
    return fake_disk_bytes(f->disk, path, &size);
}

static void header_cases(const char *folder, const char *ending, size_t digits, size_t features, size_t checksum)
{
    struct uuid identity;
    struct fixture f = stopped(&identity);
    char path[96], words[160];
    uint8_t *header = header_of(&f, folder, ending, path);
    header[digits] = '3';
    bytes_put64(header + checksum, hash64(slice_of(header, checksum), 0));
    snprintf(words, sizeof words, "\"%s\" is of format version 3, which is newer", path);
    refused(&f, words);
    header[digits] = '2';
    header[features] = 1 << 4;
    bytes_put64(header + checksum, hash64(slice_of(header, checksum), 0));
    snprintf(words, sizeof words, "\"%s\" needs feature 4 (idempotency keys by day)", path);
    refused(&f, words);
    fixture_free(&f);
}

Test(format, another_segment, .timeout = 60) { header_cases("data/wal", ".wal", 7, 56, 64); }
Test(format, another_snapshot, .timeout = 60) { header_cases("data/snapshots", ".snap", 7, 48, 56); }
