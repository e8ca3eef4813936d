#include "server/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "value/mp.h"

#define MIGRATION_FILES_MAX 10000

/* --- Files --- */

static int is_sql(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static int read_text(const char *path, struct arena *arena, struct slice *ret, struct error *error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        fail(error, SQLSTATE_UNDEFINED_FILE, "cannot open \"%s\": %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    size_t size = (size_t)status.st_size;
    uint8_t *text = size > MIGRATION_SIZE_MAX ? NULL : arena_alloc(arena, size + 1);
    ssize_t got = text == NULL ? 0 : read(fd, text, size);
    close(fd);
    if (text == NULL)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"%s\" has %zu bytes, more than %zu", path, size, MIGRATION_SIZE_MAX);
    if (got != (ssize_t)size)
        return fail(error, SQLSTATE_IO_ERROR, "cannot read \"%s\" to its end", path);
    *ret = slice_of(text, size);
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);      /* bytes, not the locale's order */
}

int migrations_read(const char *directory, struct arena *arena, struct migration_files *ret, struct error *error)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_sql, by_name);
    if (count < 0) {
        fail(error, SQLSTATE_UNDEFINED_FILE, "cannot read the migrations in \"%s\": %s", directory, strerror(errno));
        return fail_hint(error, "--migrations names a directory of *.sql files");
    }
    int result = count <= MIGRATION_FILES_MAX ? 0
               : fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"%s\" has more than %d migrations", directory, MIGRATION_FILES_MAX);
    *ret = (struct migration_files){ count, ARENA_ARRAY(arena, struct migration_file, count + 1) };     /* room for the declaration */
    for (int i = 0; i < count; i++) {
        if (result == 0) {
            ret->items[i].name = arena_string(arena, slice_of_string(entries[i]->d_name));
            result = read_text(arena_printf(arena, "%s/%s", directory, entries[i]->d_name), arena, &ret->items[i].text, error);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* --- States --- */

/* The newest of its name counts: the declaration may change. */
enum migration_state migration_state(const struct catalog *catalog, const struct migration_file *file)
{
    uint8_t hash[32];
    for (int i = catalog->migration_count - 1; i >= 0; i--)
        if (strcmp(catalog->migrations[i].name, file->name) == 0) {
            migration_hash(file->text, hash);
            if (memcmp(catalog->migrations[i].hash, hash, sizeof hash) == 0)
                return MIGRATION_APPLIED;
            return strcmp(file->name, DECLARATION_NAME) == 0 ? MIGRATION_NEW : MIGRATION_CHANGED;
        }
    return MIGRATION_NEW;
}

int migration_refuse_changed(const struct migration_file *file, struct error *error)
{
    fail(error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "migration \"%s\" was applied and its text has changed since", file->name);
    return fail_hint(error, "restore the text, and write the change as a new migration");
}

/* --- Their order --- */

static bool is_numbered(const char *name)
{
    return name[0] >= '0' && name[0] <= '9';
}

static bool comes_behind(const char *name, const char *file)
{
    return is_numbered(name) && is_numbered(file) && strcmp(name, file) > 0;
}

const char *migration_behind(const struct catalog *catalog, const struct migration_file *file)
{
    const char *last = NULL;
    for (int i = 0; i < catalog->migration_count; i++)
        if (comes_behind(catalog->migrations[i].name, file->name))
            last = catalog->migrations[i].name;
    return last;
}

bool migration_is_among(const struct migration_files *files, const struct migration *migration)
{
    for (int i = 0; i < files->count; i++)
        if (strcmp(files->items[i].name, migration->name) == 0)
            return true;
    return strcmp(migration->name, DECLARATION_NAME) == 0;     /* it lies elsewhere */
}

int migration_refuse_order(const struct catalog *catalog, const struct migration_files *files, const struct migration_file *file,
                           struct error *error)
{
    if (migration_state(catalog, file) != MIGRATION_NEW)
        return 0;
    for (int i = 0; i < catalog->migration_count; i++) {
        const struct migration *migration = &catalog->migrations[i];
        if (!comes_behind(migration->name, file->name) || !migration_is_among(files, migration))
            continue;
        fail(error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "migration \"%s\" is new, and \"%s\", which comes behind it, is applied already",
             file->name, migration->name);
        return fail_hint(error, "name it so that it comes last, or ask for it out of order: --out-of-order, or migrations_out_of_order of rowhoused");
    }
    return 0;
}

/* --- Applying --- */

static void put_effects(const struct effects *effects, struct buf *out)
{
    mp_put_array(out, (uint32_t)effects->count);
    for (int i = 0; i < effects->count; i++)
        mp_put_string(out, effects->items[i].text == NULL ? "" : effects->items[i].text);
}

/* Inside the exclusive turn: everything, and its record in the log's batch. */
static int apply_in_turn(struct request *rq, const struct migration_file *file, struct buf *out)
{
    struct effects effects;
    uint64_t lsn;
    struct transaction_info info = { .request_id = rq->id, .now_us = rq->now_us };
    if (engine_migrate(rq, file->name, file->text, &effects) < 0)
        return -1;
    put_effects(&effects, out);
    return store_transaction(rq->view->store, &info, rq->changes->items, rq->changes->count, &lsn, rq->error);
}

int migration_apply(struct request *rq, const struct migration_file *file, struct buf *effects)
{
    struct view view;
    struct store *store = rq->view->store;
    struct changes changes = { .arena = rq->arena };
    struct request inside = *rq;
    size_t start = effects->size;
    if (store_exclusive_begin(store, &view, rq->error) < 0)
        return -1;
    inside.view = &view;
    inside.changes = &changes;
    if (apply_in_turn(&inside, file, effects) < 0) {
        store_write_abort(store, &view);        /* nothing of it happened: no need to take changes back one by one */
        effects->size = start;
        return -1;
    }
    store_write_commit(store, &view);
    struct slice list = slice_of(effects->data + start, effects->size - start);
    uint32_t count = 0;
    mp_array(&list, &count);
    log_event(LOG_INFO, "migration_applied", "name", "%s", file->name, "effects", "%d", (int)count, NULL);
    return 0;
}

int migrations_copy(const struct catalog *from, struct catalog **ret, struct error *error)
{
    struct effects effects;
    *ret = catalog_new();
    for (int i = 0; i < from->migration_count; i++) {
        const struct migration *m = &from->migrations[i];
        if (catalog_apply(*ret, m->name, m->text, m->applied_us, &effects, error) < 0) {
            catalog_free(*ret);
            *ret = NULL;
            return -1;
        }
    }
    return 0;
}

/* --- The start --- */

static int state_now(struct store *store, const struct migration_file *file, enum migration_state *ret, struct error *error)
{
    struct view view;
    if (view_begin(store, &view, error) < 0)
        return -1;
    *ret = migration_state(view.catalog, file);
    view_end(&view);
    return 0;
}

static int apply_one(struct store *store, struct sys *sys, const struct migration_file *file, struct arena *arena, struct error *error)
{
    struct principal who;
    struct buf effects = { 0 };
    struct view nothing = { .store = store };
    enum migration_state state;
    principal_system(&who);
    struct request rq = { .view = &nothing, .who = &who, .now_us = sys_now_us(sys), .sys = sys, .arena = arena, .error = error };
    if (state_now(store, file, &state, error) < 0)
        return -1;
    if (state != MIGRATION_NEW)
        return 0;
    int result = migration_apply(&rq, file, &effects);
    buf_done(&effects);
    return result;
}

/* Before anything is applied: whether all of them may be, and what was applied and is not there any more. */
static int look_at_all(struct store *store, const struct migration_files *files, bool out_of_order, struct error *error)
{
    struct view view;
    int result = 0;
    if (view_begin(store, &view, error) < 0)
        return -1;
    for (int i = 0; i < files->count && result == 0; i++) {
        if (migration_state(view.catalog, &files->items[i]) == MIGRATION_CHANGED)
            result = migration_refuse_changed(&files->items[i], error);
        else if (!out_of_order)
            result = migration_refuse_order(view.catalog, files, &files->items[i], error);
    }
    for (int i = 0; i < view.catalog->migration_count && result == 0; i++)
        if (!migration_is_among(files, &view.catalog->migrations[i]))
            log_event(LOG_WARN, "migration_missing", "name", "%s", view.catalog->migrations[i].name, NULL);
    view_end(&view);
    return result;
}

/* The declaration comes before the first migration. The default one need not be there. */
static int add_declaration(const char *directory, const char *path, struct arena *arena, struct migration_files *files, struct error *error)
{
    struct migration_file file = { .name = DECLARATION_NAME };
    bool named = path[0] != '\0';
    const char *at = named ? path : arena_printf(arena, "%s/../%s", directory, DECLARATION_NAME);
    if (!named && access(at, F_OK) < 0)
        return 0;
    if (read_text(at, arena, &file.text, error) < 0)
        return -1;
    memmove(files->items + 1, files->items, sizeof file * (size_t)files->count);
    files->items[0] = file;
    files->count++;
    return 0;
}

/* Who could enter everything and cannot is to see why. */
static int tell_super_admins(struct store *store, struct error *error)
{
    struct view view;
    if (view_begin(store, &view, error) < 0)
        return -1;
    if (view.catalog->super_admins_sql == NULL)
        log_event(LOG_INFO, "no_super_admins", "reason", "%s", "none are declared: there is no rowhouse.super_admins", NULL);
    else if (view.catalog->super_admins == NULL)
        log_event(LOG_WARN, "no_super_admins", "reason", "%s", "rowhouse.super_admins waits for what is not there", "missing", "%s", view.catalog->super_admins_waits, NULL);
    view_end(&view);
    return 0;
}

int migrations_apply_all(struct store *store, const char *directory, const char *declaration, bool out_of_order, struct sys *sys,
                         struct error *error)
{
    struct arena arena, scratch;
    struct migration_files files;
    arena_init(&arena, SIZE_MAX);
    arena_init(&scratch, ARENA_REQUEST_MAX);
    int result = migrations_read(directory, &arena, &files, error);
    if (result == 0)
        result = add_declaration(directory, declaration, &arena, &files, error);
    if (result == 0)
        result = look_at_all(store, &files, out_of_order, error);
    for (int i = 0; result == 0 && i < files.count; i++) {
        result = apply_one(store, sys, &files.items[i], &scratch, error);
        arena_reset(&scratch);
    }
    if (result == 0)
        result = tell_super_admins(store, error);
    store_wait_durable(store, store_committed_lsn(store));
    arena_done(&scratch);
    arena_done(&arena);
    return result;
}
