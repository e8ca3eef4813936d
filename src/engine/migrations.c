#include "engine/migrations.h"

#include <string.h>

#include "base/log.h"
#include "catalog/plan.h"

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

/* What effects say of themselves, which may end with the turn. */
static void keep_texts(struct request *rq, struct effects *effects)
{
    for (int i = 0; i < effects->count; i++)
        effects->items[i].text = effects->items[i].text == NULL ? "" : arena_string(rq->arena, slice_of_string(effects->items[i].text));
}

/* Inside the exclusive turn: everything, and its record in the log's batch. */
static int apply_in_turn(struct request *rq, const struct migration_file *file, struct effects *ret_effects)
{
    uint64_t lsn;
    struct transaction_info info = { .request_id = rq->id, .now_us = rq->now_us };
    if (engine_migrate(rq, file->name, file->text, ret_effects) < 0)
        return -1;
    keep_texts(rq, ret_effects);
    return store_transaction(rq->view->store, &info, rq->changes->items, rq->changes->count, &lsn, rq->error);
}

int migration_apply(struct request *rq, const struct migration_file *file, struct effects *ret_effects)
{
    struct view view;
    struct store *store = rq->view->store;
    struct changes changes = { .arena = rq->arena };
    struct request inside = *rq;
    if (store_exclusive_begin(store, &view, rq->error) < 0)
        return -1;
    inside.view = &view;
    inside.changes = &changes;
    if (apply_in_turn(&inside, file, ret_effects) < 0) {
        store_write_abort(store, &view);        /* nothing of it happened: no need to take changes back one by one */
        return -1;
    }
    store_write_commit(store, &view);
    log_event(LOG_INFO, "migration_applied", "name", "%s", file->name, "effects", "%d", ret_effects->count, NULL);
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

/* --- The declaration --- */

static bool brings_declaration(const struct catalog *catalog, const struct migration_files *files)
{
    for (int i = 0; i < files->count; i++)
        if (strcmp(files->items[i].name, DECLARATION_NAME) == 0)
            return migration_state(catalog, &files->items[i]) == MIGRATION_NEW;
    return false;
}

int migrations_check_declaration(const struct catalog *catalog, const struct migration_files *files, struct error *error)
{
    struct catalog *copy;
    struct plan plan;
    if (!brings_declaration(catalog, files))
        return 0;
    if (migrations_copy(catalog, &copy, error) < 0)
        return -1;
    plan_init(&plan, copy);
    for (int i = 0; i < files->count && plan.refusal_count == 0; i++)
        if (migration_state(catalog, &files->items[i]) == MIGRATION_NEW)
            plan_file(&plan, files->items[i].name, files->items[i].text);
    int result = plan.declaration != NULL && plan.refusal_count == 1 ? -1 : 0;      /* another refusal speaks for itself */
    if (result < 0) {
        *error = *plan.declaration;
        fail_within(error, "%s", plan.files[plan.file_count - 1].name);
    }
    plan_done(&plan);
    return result;
}
