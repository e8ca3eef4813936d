#include "fixture.h"

#include <assert.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "value/mp.h"

#define SEGMENT_SIZE KIB(32)

static const char schema[] =
    "create table organizations (id uuid primary key, name text);\n"
    "create table contacts (id uuid primary key, organization_id uuid not null references organizations (id),\n"
    "                       name text, score integer, note text);\n"
    "create index contacts_score on contacts (organization_id, score desc);\n"
    "create index contacts_name on contacts (name) where score > 50;\n"
    "create unique index contacts_note on contacts (organization_id, note, name);\n"
    "create unique index contacts_worth on contacts (name, id) where score > 30;\n"
    "create unique index contacts_place on contacts (score desc, id) nulls not distinct;\n";

void must_fail(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stdout, "%s:%d: must be: %s:", file, line, condition);
    vfprintf(stdout, format, args);
    fprintf(stdout, "\n");
    fflush(stdout);
    va_end(args);
    abort();
}

/* --- The frame --- */

void fixture_remove(const char *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    int status = system(command);
    MUST(status == 0);
}

static struct judge *judge_new(void)
{
    struct judge *judge = mmap(NULL, sizeof *judge, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    MUST(judge != MAP_FAILED);
    return judge;
}

struct fixture fixture_new(uint64_t seed)
{
    struct fixture f = { .disk = fake_disk_new(seed), .random = seed, .snapshot_log_bytes = KIB(100), .judge = judge_new(),
                         .data_dir = "data", .image_dir = "/dev/shm/rowhouse-test-XXXXXX" };
    MUST(mkdtemp(f.image_dir) != NULL);
    return f;
}

struct fixture fixture_on_machine(uint64_t seed)
{
    struct fixture f = { .random = seed, .snapshot_log_bytes = KIB(100), .judge = judge_new(),
                         .data_dir = "/tmp/rowhouse-test-XXXXXX", .image_dir = "/dev/shm/rowhouse-test-XXXXXX" };
    MUST(mkdtemp(f.data_dir) != NULL && mkdtemp(f.image_dir) != NULL);
    return f;
}

void fixture_free(struct fixture *f)
{
    fixture_remove(f->image_dir);
    munmap(f->judge, sizeof *f->judge);
    if (f->disk != NULL)
        fake_disk_free(f->disk);
    else
        fixture_remove(f->data_dir);
}

uint64_t fixture_seed(void)
{
    const char *given = getenv("ROWHOUSE_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)sys_now_us(sys_real());
    printf("seed %" PRIu64 "\n", seed);
    return seed;
}

uint64_t fixture_random(struct fixture *f, uint64_t below)
{
    f->random = f->random * 6364136223846793005u + 1442695040888963407u;
    return (f->random >> 33) % below;
}

static void acknowledge(void *env, uint64_t lsn)
{
    struct judge *judge = env;
    if (judge->disk == NULL || !fake_disk_is_off(judge->disk))
        atomic_store(&judge->acked, lsn);
}

static void note_trouble(void *env, const char *what, const struct error *error)
{
    struct judge *judge = env;
    judge->told_full += strcmp(what, "disk_full") == 0;
}

int fixture_open(struct fixture *f)
{
    struct store_config config = { .data_dir = f->data_dir, .image_dir = f->image_dir, .segment_size = SEGMENT_SIZE,
                                   .snapshot_log_bytes = f->snapshot_log_bytes, .on_durable = acknowledge, .on_trouble = note_trouble,
                                   .env = f->judge, .collation_version = f->collation_version };
    f->store = NULL;
    f->judge->disk = f->disk;
    return store_open(&config, f->disk == NULL ? sys_real() : fake_disk_sys(f->disk), &f->store, &f->error);
}

void fixture_close(struct fixture *f)
{
    store_close(f->store, &f->error);
    f->store = NULL;
}

void fixture_forget_image(struct fixture *f)
{
    DIR *folder = opendir(f->image_dir);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s/mark", f->image_dir, entry->d_name);
        MUST(entry->d_name[0] == '.' || truncate(path, 0) == 0);
    }
    closedir(folder);
}

/* --- Reading everything --- */

static bool is_row(const struct view *view, struct slice key)
{
    uint16_t relation = key_relation(key);
    const struct table *table = view->catalog->table_by_relation[relation];
    return key_tenant(key) != TENANT_CLAIMS && relation > RELATION_META && (relation < RELATION_USER_FIRST || (table != NULL && table->relation == relation));
}

typedef void each_key(void *env, const struct view *view, struct slice key, struct slice value);

static void every_key_of(const struct view *view, each_key *each, void *env)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    MUST(mdb_cursor_open(view->txn, view->store->image.dbi, &cursor) == 0);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0)
        each(env, view, slice_of(key.mv_data, key.mv_size), slice_of(value.mv_data, value.mv_size));
    mdb_cursor_close(cursor);
}

static void every_key(struct store *store, each_key *each, void *env)
{
    struct view view;
    struct error error;
    MUST(view_begin(store, &view, &error) == 0);
    every_key_of(&view, each, env);
    view_end(&view);
}

static void digest_key(void *env, const struct view *view, struct slice key, struct slice value)
{
    uint64_t *digest = env;
    struct slice row;
    struct error error;
    if (!is_row(view, key))
        return;
    MUST(value_open(view, key, value, &row, &error) == 0, "%s", error.message);
    *digest = hash64(row, hash64(key, *digest));
}

uint64_t fixture_digest(struct store *store)
{
    uint64_t digest = 0;
    every_key(store, digest_key, &digest);
    return digest;
}

uint64_t fixture_digest_view(const struct view *view)
{
    uint64_t digest = 0;
    every_key_of(view, digest_key, &digest);
    return digest;
}

static void dump_key(void *env, const struct view *view, struct slice key, struct slice value)
{
    struct buf *out = env;
    if (key_tenant(key) == 0 && key_relation(key) == RELATION_META)
        return;
    mp_put_bin(out, key);
    mp_put_bin(out, value);
}

void fixture_dump(struct store *store, struct buf *out)
{
    every_key(store, dump_key, out);
}

struct index_count {
    uint64_t want, have;
};

/* A row's claims name its tenant. How many there must be. */
static uint64_t check_claims(const struct view *view, const struct table *table, uint32_t tenant, const struct value *columns, struct arena *arena)
{
    uint64_t count = 0;
    for (int i = 0; i < table->index_count; i++) {
        struct key claim;
        struct error error;
        uint32_t owner;
        if (!table->indexes[i]->claimed)
            continue;
        MUST(key_of_claiming(table->indexes[i], columns, arena, &claim, &error) == 0, "%s", error.message);
        if (claim.size == 0)
            continue;
        MUST(view_claim(view, &claim, &owner, &error) == 1, "index %s", table->indexes[i]->name);
        MUST(owner == tenant, "index %s", table->indexes[i]->name);
        count++;
    }
    return count;
}

static void check_entries(void *env, const struct view *view, struct slice key, struct slice value)
{
    struct index_count *count = env;
    const struct table *table = view->catalog->table_by_relation[key_relation(key)];
    struct value columns[COLUMNS_MAX];
    struct error error;
    struct arena arena;
    if (table == NULL)
        return;
    if (key_relation(key) != table->relation || key_tenant(key) == TENANT_CLAIMS) {
        count->have++;
        return;
    }
    arena_init(&arena, MIB(1));
    MUST(row_values(table, slice_of(value.data + 8, value.size - 8), columns) == 0);
    count->want += check_claims(view, table, key_tenant(key), columns, &arena);
    for (int i = 0; i < table->index_count; i++) {
        bool covers, lossy;
        struct key entry;
        if (!index_kept(table->indexes[i]))
            continue;
        MUST(index_covers(table->indexes[i], columns, &arena, &covers, &error) == 0);
        MUST(key_of_entry(table->indexes[i], key_tenant(key), columns, &entry, &lossy, &error) == 0);
        MUST(view_has(view, key_slice(&entry), &error) == covers, "index %s", table->indexes[i]->name);
        count->want += covers;
        struct key row;
        MUST(key_row_from_entry(table->indexes[i], key_slice(&entry), &row) == 0);
        MUST(slice_equal(key_slice(&row), key));
    }
    arena_done(&arena);
}

void fixture_check_indexes(struct store *store)
{
    struct index_count count = { 0 };
    every_key(store, check_entries, &count);
    MUST(count.want == count.have);
}

void fixture_check(struct fixture *f, const char *when)
{
    uint64_t lsn = store_committed_lsn(f->store), acked = atomic_load(&f->judge->acked);
    MUST(lsn >= acked, "%s: an acknowledged transaction is gone", when);
    MUST(lsn <= f->judge->issued, "%s: a transaction that never was", when);
    MUST(fixture_digest(f->store) == f->judge->digest[lsn], "%s: the state is not that of LSN %" PRIu64, when, lsn);
    fixture_check_indexes(f->store);
    /* What was not recovered is undone: the next transactions get its LSNs. */
    f->judge->issued = lsn;
}

/* --- Writing --- */

/* 0: refused, and to be undone. */
static uint64_t log_it(struct fixture *f, struct view *view, const struct change *changes, int count, bool relaxed)
{
    struct transaction_info info = { .request_id = 7, .now_us = 1000, .relaxed = relaxed };
    uint64_t lsn;
    if (store_transaction(f->store, &info, changes, count, &lsn, &f->error) < 0) {
        MUST(f->may_refuse, "%s", f->error.message);
        return 0;
    }
    MUST(lsn < LSN_MAX);
    f->judge->digest[lsn] = fixture_digest_view(view);
    f->judge->issued = lsn;
    return lsn;
}

uint64_t fixture_migrate(struct fixture *f, const char *name, const char *text)
{
    struct view view;
    struct arena arena;
    struct change change;
    struct effects effects;
    if (store_exclusive_begin(f->store, &view, &f->error) < 0) {
        MUST(f->may_refuse, "%s", f->error.message);
        return 0;
    }
    arena_init(&arena, MIB(4));
    int result = store_migrate(&view, name, slice_of_string(text), 1700000000000000, &arena, &change, &f->error);
    while (result == 0 && (result = store_migrate_step(&view, &effects, &f->error)) == 1)
        result = 0;
    MUST(result == 0, "%s", f->error.message);
    uint64_t lsn = log_it(f, &view, &change, 1, false);
    if (lsn != 0)
        store_write_commit(f->store, &view);
    else
        store_write_abort(f->store, &view);
    arena_done(&arena);
    return lsn;
}

bool fixture_schema(struct fixture *f)
{
    struct view view;
    MUST(view_begin(f->store, &view, &f->error) == 0);
    bool there = view.catalog->migration_count > 0;
    view_end(&view);
    return there || fixture_migrate(f, "1_schema.sql", schema) != 0;
}

static struct slice random_bytes(struct fixture *f, struct arena *arena, size_t size)
{
    uint8_t *bytes = arena_alloc(arena, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)('a' + fixture_random(f, 20));
    return slice_of(bytes, size);
}

static struct uuid number_uuid(uint64_t number)
{
    struct uuid uuid = { { 0 } };
    for (int i = 15; number > 0; i--, number >>= 8)
        uuid.bytes[i] = (uint8_t)number;
    return uuid;
}

static void contact_change(struct fixture *f, struct view *view, const struct table *table, struct arena *arena, struct change *ret)
{
    struct value columns[16] = { { .kind = VALUE_NULL } };
    uint32_t tenant = 1 + (uint32_t)fixture_random(f, 3);
    struct key key;
    columns[0] = value_uuid(number_uuid(fixture_random(f, 40)));
    MUST(key_of_claim(table->primary, columns, &key, &f->error) == 0);
    MUST(view_claim(view, &key, &tenant, &f->error) >= 0, "%s", f->error.message);      /* a row that is there stays in its house */
    columns[1] = value_uuid(number_uuid(tenant));
    columns[2] = fixture_random(f, 4) == 0 ? VALUE_OF_NULL : value_text(random_bytes(f, arena, 1 + fixture_random(f, 200)));
    columns[3] = fixture_random(f, 8) == 0 ? VALUE_OF_NULL : value_int((int64_t)fixture_random(f, 100));
    columns[4] = value_text(random_bytes(f, arena, fixture_random(f, 12)));
    MUST(key_of_row(table, tenant, columns, &key, &f->error) == 0);
    ret->key = arena_copy(arena, key_slice(&key));
    struct buf row = { 0 };
    /* Columns of later migrations; a row may also end before them. */
    int count = 5 + (int)fixture_random(f, (uint64_t)table->column_count - 4);
    for (int i = 5; i < count; i++)
        if (!table->columns[i].dropped)
            MUST(value_from_text(table->columns[i].type, SLICE_LITERAL("12"), arena, &columns[i], &f->error) == 0);
    mp_put_array(&row, (uint32_t)count);
    for (int i = 0; i < count; i++)
        value_store(table->columns[i].type, &columns[i], &row);
    ret->new_value = arena_copy(arena, buf_slice(&row));
    buf_done(&row);
}

static void system_change(struct fixture *f, struct arena *arena, struct change *ret)
{
    struct key key;
    struct buf value = { 0 };
    key_start(&key, (uint32_t)fixture_random(f, 2), RELATION_IDEMPOTENCY);
    key_u64(&key, fixture_random(f, 20));
    mp_put_str(&value, random_bytes(f, arena, fixture_random(f, 10) == 0 ? fixture_random(f, 9000) : fixture_random(f, 100)));
    ret->key = arena_copy(arena, key_slice(&key));
    ret->new_value = arena_copy(arena, buf_slice(&value));
    buf_done(&value);
}

/* Completes and applies a change; false when it would be nothing (a deletion of what is not there). */
static bool apply_random(struct fixture *f, struct view *view, struct arena *arena, struct change *change)
{
    struct slice old;
    const struct table *contacts = catalog_table(view->catalog, SLICE_LITERAL("contacts"));
    *change = (struct change){ 0 };
    if (fixture_random(f, 3) == 0)
        system_change(f, arena, change);
    else
        contact_change(f, view, contacts, arena, change);
    if (fixture_random(f, 4) == 0)
        change->new_value = (struct slice){ 0 };
    int found = view_get(view, change->key, &old, &f->error);
    MUST(found >= 0, "%s", f->error.message);
    if (found > 0)
        change->old_value = arena_copy(arena, old);
    if (found == 0 && change->new_value.data == NULL)
        return false;
    MUST(store_apply(view, change, &f->error) == 0, "%s", f->error.message);
    return true;
}

static bool turn_begin(struct fixture *f, struct view *view)
{
    int result = store_write_begin(f->store, view, &f->error);
    MUST(result == 0 || f->may_refuse, "%s", f->error.message);
    return result == 0;
}

uint64_t fixture_turn(struct fixture *f, int transactions, bool relaxed)
{
    struct view view;
    struct arena arena;
    uint64_t lsn = 0;
    if (!turn_begin(f, &view))
        return 0;
    arena_init(&arena, MIB(4));
    for (int t = 0; t < transactions; t++) {
        struct change changes[5];
        int count = 0, want = 1 + (int)fixture_random(f, 5);
        for (int i = 0; i < want; i++)
            count += apply_random(f, &view, &arena, &changes[count]);
        uint64_t logged = count == 0 || fixture_random(f, 5) == 0 ? 0 : log_it(f, &view, changes, count, relaxed);
        while (logged == 0 && count > 0)                /* a request that fails half-way, or at its end */
            store_undo(&view, &changes[--count]);
        lsn = logged != 0 ? logged : lsn;
    }
    store_write_commit(f->store, &view);
    arena_done(&arena);
    return lsn;
}

void fixture_turn_undone(struct fixture *f)
{
    struct view view;
    struct arena arena;
    struct change changes[8];
    int count = 0;
    arena_init(&arena, MIB(4));
    MUST(store_write_begin(f->store, &view, &f->error) == 0, "%s", f->error.message);
    for (int i = 0; i < 8; i++)
        count += apply_random(f, &view, &arena, &changes[count]);
    while (count > 0)
        store_undo(&view, &changes[--count]);
    store_write_commit(f->store, &view);
    arena_done(&arena);
}

/* One transaction of one system key; 0: refused. */
static uint64_t write_key(struct fixture *f, struct view *view, size_t value_size)
{
    struct key key;
    struct slice old;
    struct arena arena;
    arena_init(&arena, MIB(4));
    key_start(&key, 0, RELATION_SETTINGS);
    struct change change = { .key = key_slice(&key), .new_value = random_bytes(f, &arena, value_size) };
    if (view_get(view, change.key, &old, &f->error) > 0)
        change.old_value = arena_copy(&arena, old);
    MUST(store_apply(view, &change, &f->error) == 0, "%s", f->error.message);
    uint64_t lsn = log_it(f, view, &change, 1, false);
    if (lsn == 0)
        store_undo(view, &change);
    arena_done(&arena);
    return lsn;
}

uint64_t fixture_turn_of(struct fixture *f, size_t value_size)
{
    struct view view;
    if (!turn_begin(f, &view))
        return 0;
    uint64_t lsn = write_key(f, &view, value_size);
    store_write_commit(f->store, &view);
    return lsn;
}

bool fixture_full_turn(struct fixture *f, size_t value_size)
{
    struct view view;
    bool taken = turn_begin(f, &view);
    if (!taken)
        return false;
    while (taken && !store_batch_full(f->store))
        taken = write_key(f, &view, value_size) != 0;
    store_write_commit(f->store, &view);
    return taken;
}
