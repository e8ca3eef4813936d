#include "server/migrations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

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
    struct effects effects;
    struct view nothing = { .store = store };
    enum migration_state state;
    principal_system(&who);
    struct request rq = { .view = &nothing, .who = &who, .now_us = sys_now_us(sys), .sys = sys, .arena = arena, .error = error };
    if (state_now(store, file, &state, error) < 0)
        return -1;
    if (state != MIGRATION_NEW)
        return 0;
    return migration_apply(&rq, file, &effects);
}

/* Before anything is applied: whether all of them may be, and of all that there are, what was applied and is not there any more. */
static int look_at_all(struct store *store, const struct migration_files *files, bool all, bool out_of_order, struct error *error)
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
    if (result == 0)
        result = migrations_check_declaration(view.catalog, files, error);
    for (int i = 0; all && i < view.catalog->migration_count && result == 0; i++)
        if (!migration_is_among(files, &view.catalog->migrations[i]))
            log_event(LOG_WARN, "migration_missing", "name", "%s", view.catalog->migrations[i].name, NULL);
    view_end(&view);
    return result;
}

/* The declaration comes before the first migration. The default one need not be there, and is none without a directory. */
static int add_declaration(const char *directory, const char *path, struct arena *arena, struct migration_files *files, struct error *error)
{
    struct migration_file file = { .name = DECLARATION_NAME };
    bool named = path[0] != '\0';
    const char *at = named ? path : arena_printf(arena, "%s/../%s", directory, DECLARATION_NAME);
    if (!named && (directory[0] == '\0' || access(at, F_OK) < 0))
        return 0;
    if (read_text(at, arena, &file.text, error) < 0)
        return fail_within(error, "declaration");
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
    bool all = directory[0] != '\0';
    arena_init(&arena, SIZE_MAX);
    arena_init(&scratch, ARENA_REQUEST_MAX);
    files = (struct migration_files){ 0, ARENA_ARRAY(&arena, struct migration_file, 1) };
    int result = all ? migrations_read(directory, &arena, &files, error) : 0;
    if (result == 0)
        result = add_declaration(directory, declaration, &arena, &files, error);
    if (result == 0)
        result = look_at_all(store, &files, all, out_of_order, error);
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
