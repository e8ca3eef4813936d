/* Indexes in ICU's orders, and another version of ICU at the next start: what it left behind is in no order that anybody knows, and
 * each such index is built anew before anything is looked up in it, also when the start is killed meanwhile. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER "999.1"

static const char indexes[] =
    "create index contacts_sv on contacts (name collate \"sv-x-icu\" desc, score);\n"
    "create unique index contacts_de on contacts (name collate \"de-x-icu\", note, id);\n"
    "create index contacts_late on contacts (score) where name collate \"da-x-icu\" > 'm';\n"
    "alter table contacts add column title text collate \"und-x-icu\" default 'none';\n"
    "create index contacts_title on contacts (title);\n";
static const char *const names[] = { "contacts_sv", "contacts_de", "contacts_late", "contacts_title" };
#define NAMES (int)(sizeof names / sizeof *names)

static void open_or_fail(struct fixture *f)
{
    int result = fixture_open(f);
    cr_assert(eq(int, result, 0), "%s", f->error.message);
}

static void fill(struct fixture *f, int turns)
{
    open_or_fail(f);
    fixture_schema(f);
    cr_assert(fixture_migrate(f, "2_indexes.sql", indexes) != 0);
    for (int i = 0; i < turns; i++)
        fixture_turn(f, 20, false);
    fixture_check_indexes(f->store);
}

/* Every entry, and every claim, of an index moves: as if another order had sorted it. */
static int spoil(struct fixture *f, const char *name)
{
    struct store *store = f->store;
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    int moved = 0;
    uint16_t relation = catalog_index(store->catalog, slice_of_string(name))->relation;
    MUST(mdb_txn_begin(store->image.env, NULL, 0, &txn) == 0);
    MUST(mdb_cursor_open(txn, store->image.dbi, &cursor) == 0);
    struct buf keys = { 0 };
    for (int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST); code == 0; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        if (key_relation(slice_of(key.mv_data, key.mv_size)) != relation)
            continue;
        buf_append_byte(&keys, (uint8_t)key.mv_size);
        buf_append_byte(&keys, (uint8_t)(key.mv_size >> 8));
        buf_append(&keys, key.mv_data, key.mv_size);
        MUST(mdb_cursor_del(cursor, 0) == 0);
        moved++;
    }
    mdb_cursor_close(cursor);
    for (size_t at = 0; at < keys.size;) {
        size_t size = keys.data[at] | (size_t)keys.data[at + 1] << 8;
        MDB_val other = { size, keys.data + at + 2 }, nothing = { 0, (void *)"" };
        keys.data[at + 2 + KEY_PREFIX_SIZE + 1] ^= 0x55;
        MUST(mdb_put(txn, store->image.dbi, &other, &nothing, 0) == 0);
        at += 2 + size;
    }
    buf_done(&keys);
    MUST(mdb_txn_commit(txn) == 0);
    return moved;
}

static void spoil_all(struct fixture *f)
{
    for (int i = 0; i < NAMES; i++)
        cr_assert(gt(int, spoil(f, names[i]), 0), "%s has no entries", names[i]);
}

static void all_resorted(struct fixture *f)
{
    const char *told = store_recovery(f->store)->resorted;
    for (int i = 0; i < NAMES; i++)
        cr_assert(strstr(told, names[i]) != NULL, "%s: \"%s\"", names[i], told);
    cr_assert(strstr(told, OTHER) != NULL, "\"%s\"", told);
    cr_assert(strstr(told, "contacts_name") == NULL, "an index in the order of bytes: \"%s\"", told);
    fixture_check_indexes(f->store);
}

/* From the image of this boot, and from a snapshot with a log behind it. */
static void another_version(bool forget)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    fill(&f, 20);
    spoil_all(&f);
    fixture_close(&f);
    if (forget)
        fixture_forget_image(&f);
    f.collation_version = OTHER;
    open_or_fail(&f);
    all_resorted(&f);
    fixture_turn(&f, 20, false);
    fixture_check_indexes(f.store);
    fixture_close(&f);
    open_or_fail(&f);
    cr_assert(eq(str, (char *)store_recovery(f.store)->resorted, ""));
    fixture_check_indexes(f.store);
    fixture_close(&f);
    fixture_free(&f);
}

Test(collated, another_version) { another_version(false); }
Test(collated, another_version_of_a_snapshot) { another_version(true); }

/* The same version: what lies there is believed. */
Test(collated, same_version)
{
    struct fixture f = fixture_new(fixture_seed());
    fill(&f, 5);
    fixture_close(&f);
    open_or_fail(&f);
    cr_assert(eq(str, (char *)store_recovery(f.store)->resorted, ""));
    fixture_check_indexes(f.store);
    cr_assert(fixture_migrate(&f, "3_drop.sql", "drop index contacts_sv; alter table contacts alter column title type text;") != 0);
    fixture_check_indexes(f.store);
    fixture_close(&f);
    f.collation_version = OTHER;
    open_or_fail(&f);
    cr_assert(strstr(store_recovery(f.store)->resorted, "contacts_de") != NULL);
    cr_assert(strstr(store_recovery(f.store)->resorted, "contacts_sv") == NULL, "it is gone");
    cr_assert(strstr(store_recovery(f.store)->resorted, "contacts_title") == NULL, "it is in the order of bytes now");
    fixture_check_indexes(f.store);
    fixture_close(&f);
    fixture_free(&f);
}

/* A start under another version is killed sooner and later, until one gets through. */
Test(collated, killed_meanwhile)
{
    struct fixture f = fixture_on_machine(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    fill(&f, 100);
    spoil_all(&f);
    fixture_close(&f);
    f.collation_version = OTHER;
    int killed = 0;
    for (useconds_t after = 500;; after += 500) {
        pid_t child = fork();
        cr_assert(child >= 0);
        if (child == 0) {
            bool open = fixture_open(&f) == 0;
            _exit(open ? 0 : 1);
        }
        usleep(after);
        kill(child, SIGKILL);
        int status;
        cr_assert(eq(int, waitpid(child, &status, 0), child));
        bool ended = WIFEXITED(status), failed = ended && WEXITSTATUS(status) != 0;
        cr_assert(eq(int, failed, 0), "the start failed");
        if (ended)
            break;
        killed++;
    }
    cr_assert(gt(int, killed, 0));
    open_or_fail(&f);
    fixture_check_indexes(f.store);
    fixture_close(&f);
    open_or_fail(&f);
    cr_assert(eq(str, (char *)store_recovery(f.store)->resorted, ""));
    fixture_close(&f);
    fixture_free(&f);
}
