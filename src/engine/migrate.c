/* A migration inside an exclusive turn. The store does what follows from the stored rows alone; then, in the file's
 * order, the statements run, and rows that were there before are asked about new constraints. Constraints of a table
 * that the same file created have been asked of every row as it came. */
#include <assert.h>

#include "engine/changes.h"
#include "engine/classification.h"
#include "engine/load.h"
#include "engine/run.h"
#include "engine/validate.h"

/* 1 when it was applied with this very text, 0 when it is new, -1 (55000) when it was edited since. */
static int already_applied(struct request *rq, const char *name, struct slice text)
{
    const struct catalog *catalog = rq->view->catalog;
    uint8_t hash[32];
    for (int i = 0; i < catalog->migration_count; i++) {
        const struct migration *migration = &catalog->migrations[i];
        if (strcmp(migration->name, name) != 0)
            continue;
        migration_hash(text, hash);
        if (memcmp(hash, migration->hash, sizeof hash) == 0)
            return 1;
        fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "migration \"%s\" was applied with another text", name);
        return fail_hint(rq->error, "Put the change into a new migration.");
    }
    return 0;
}

static bool created_before(const struct effects *effects, int end, const struct table *table)
{
    for (int i = 0; i < end; i++)
        if (effects->items[i].kind == EFFECT_CREATE_TABLE && effects->items[i].table == table)
            return true;
    return false;
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
    return run_statement(rq, &bound, NULL, NULL, &ignored);
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

int engine_migrate(struct request *rq, const char *name, struct slice text, struct effects *ret_effects)
{
    struct change recorded;
    *ret_effects = (struct effects){ 0 };
    assert(rq->changes != NULL);
    if (load_is_open(rq->view))
        return load_refuse(rq->error);
    int applied = already_applied(rq, name, text);
    if (applied != 0)
        return applied < 0 ? -1 : 0;
    if (store_migrate(rq->view, name, text, rq->now_us, rq->changes->arena, &recorded, ret_effects, rq->error) < 0)
        return -1;
    changes_record(rq, &recorded);
    for (int i = 0; i < ret_effects->count; i++) {
        const struct effect *effect = &ret_effects->items[i];
        if (effect->kind != EFFECT_STATEMENT && effect->table != NULL && created_before(ret_effects, i, effect->table))
            continue;
        if (effect_run(rq, effect) < 0)
            return fail_within(rq->error, "%s:%d", effect->origin.file, effect->origin.line);
    }
    return classifications_hold(rq) < 0 ? fail_within(rq->error, "%s", name) : 0;
}
