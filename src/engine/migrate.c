/* A migration inside an exclusive turn, a statement at a time. Of each the store does what follows from the stored rows alone; then rows
 * are written, if it is one that writes, and rows that were there before are asked about new constraints. Only then the next one is
 * folded: each sees the schema as it stands at its place. */
#include <assert.h>

#include "engine/changes.h"
#include "engine/classification.h"
#include "engine/load.h"
#include "engine/seal_mark.h"
#include "engine/write/run.h"
#include "engine/write/validate.h"

/* 1 when it was applied with this very text, 0 when it is new, -1 (55000) when it was edited since. */
static int already_applied(struct request *rq, const char *name, struct slice text)
{
    const struct catalog *catalog = rq->view->catalog;
    uint8_t hash[32];
    for (int i = catalog->migration_count - 1; i >= 0; i--) {
        const struct migration *migration = &catalog->migrations[i];
        if (strcmp(migration->name, name) != 0)
            continue;
        migration_hash(text, hash);
        if (memcmp(hash, migration->hash, sizeof hash) == 0)
            return 1;
        if (strcmp(name, DECLARATION_NAME) == 0)
            return 0;
        fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "migration \"%s\" was applied with another text", name);
        return fail_hint(rq->error, "Put the change into a new migration.");
    }
    return 0;
}

static int validate_table(struct request *rq, const struct table *table)
{
    for (int i = 0; i < table->index_count; i++)
        if (table->indexes[i]->unique && !table->indexes[i]->primary && validate_unique(rq, table->indexes[i]) < 0)
            return -1;
    return validate_rows(rq, table);
}

static int statement_run(struct request *rq, const struct effect *effect)
{
    struct bound_write bound;
    uint64_t ignored;
    if (bind_write(rq->view->catalog, effect->table, effect->statement, (struct slice){ 0 }, rq->arena, &bound, rq->error) < 0)
        return -1;
    return run_statement(rq, &bound, NULL, &ignored);
}

static int effect_run(struct request *rq, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_STATEMENT:
        return statement_run(rq, effect);
    case EFFECT_BUILD_INDEX:
        return effect->index->unique && !effect->index->primary ? validate_unique(rq, effect->index) : 0;
    case EFFECT_CHECK_ROWS:
        return effect->index != NULL && !effect->index->primary ? validate_unique(rq, effect->index) : validate_rows(rq, effect->table);
    case EFFECT_REWRITE:
        return validate_table(rq, effect->table);
    case EFFECT_CREATE_TABLE:
    case EFFECT_DROP_TABLE:
    case EFFECT_DROP_INDEX:
    case EFFECT_ADD_COLUMN:
    case EFFECT_DROP_COLUMN:
    case EFFECT_NOTE:
    case EFFECT_REQUIRE_EMPTY:
        return 0;
    }
    assert(!"an effect of a migration");
    return -1;
}

/* The rows that a step writes lie behind its marker. One that writes none has none. */
static int step_run(struct request *rq, const struct effects *effects)
{
    struct change marker = store_step_marker(rq->view->store);
    int before = rq->changes->count;
    seal_marks_forget(rq->marks);           /* the same catalog says other things now */
    changes_record(rq, &marker);
    for (int i = 0; i < effects->count; i++)
        if (effect_run(rq, &effects->items[i]) < 0)
            return fail_within(rq->error, "%s:%d", effects->items[i].origin.file, effects->items[i].origin.line);
    if (rq->changes->count == before + 1)
        rq->changes->count = before;
    return 0;
}

struct effect_list {
    struct effects effects;
    int capacity;
};

static void keep_effects(struct request *rq, const struct effects *effects, struct effect_list *all)
{
    int count = all->effects.count + effects->count;
    if (count > all->capacity) {
        struct effect *items = ARENA_ARRAY(rq->arena, struct effect, 2 * count);
        for (int i = 0; i < all->effects.count; i++)
            items[i] = all->effects.items[i];
        all->effects.items = items;
        all->capacity = 2 * count;
    }
    for (int i = 0; i < effects->count; i++)
        all->effects.items[all->effects.count++] = effects->items[i];
}

int engine_migrate(struct request *rq, const char *name, struct slice text, struct effects *ret_effects)
{
    struct change recorded;
    struct effect_list all = { 0 };
    struct effects effects;
    int more;
    *ret_effects = (struct effects){ 0 };
    assert(rq->changes != NULL);
    int open = load_is_open(rq->view, rq->error);
    if (open != 0)
        return open < 0 ? -1 : load_refuse(rq->error);
    int applied = already_applied(rq, name, text);
    if (applied != 0)
        return applied < 0 ? -1 : 0;
    if (store_migrate(rq->view, name, text, rq->now_us, rq->changes->arena, &recorded, rq->error) < 0)
        return -1;
    changes_record(rq, &recorded);
    while ((more = store_migrate_step(rq->view, &effects, rq->error)) == 1) {
        if (step_run(rq, &effects) < 0)
            return -1;
        keep_effects(rq, &effects, &all);
    }
    if (more < 0)
        return -1;
    *ret_effects = all.effects;
    seal_marks_forget(rq->marks);
    return classifications_hold(rq) < 0 ? fail_within(rq->error, "%s", name) : 0;
}
