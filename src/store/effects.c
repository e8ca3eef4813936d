/* The physical effects of a migration: dropping, building and rewriting in every house.
 *
 * They are not logged: they are functions of the stored rows and the migration alone, and replay runs them again, in
 * the same order. Random bytes, should a conversion ask for any, come from a generator that the migration's hash and the
 * row's key seed; now() is the time at which the migration was applied first. */
#include "store/internal.h"

#include <assert.h>

#include "base/hash.h"

/* --- A machine whose answers are functions of the row --- */

struct seeded_sys {
    struct sys sys;                 /* first: what eval is given */
    uint64_t state;
    int64_t now_us;
};

static void seeded_random(struct sys *sys, void *out, size_t size)
{
    struct seeded_sys *seeded = (struct seeded_sys *)sys;
    for (size_t at = 0; at < size; at += sizeof seeded->state) {
        seeded->state = hash64(slice_of(&seeded->state, sizeof seeded->state), at);
        memcpy((uint8_t *)out + at, &seeded->state, size - at < sizeof seeded->state ? size - at : sizeof seeded->state);
    }
}

static int64_t seeded_now(struct sys *sys) { return ((struct seeded_sys *)sys)->now_us; }

static struct seeded_sys seeded_sys_for(const struct migration_seed *seed, struct slice key)
{
    return (struct seeded_sys){
        .sys = { .random = seeded_random, .now_us = seeded_now, .monotonic_us = seeded_now },
        .state = hash64(key, hash64(slice_of(seed->hash, sizeof seed->hash), 0)),
        .now_us = seed->now_us,
    };
}

/* --- Ranges --- */

static int drop_range(struct view *view, const struct key *start, struct error *error)
{
    MDB_cursor *cursor;
    MDB_val key = { start->size, (void *)start->bytes }, value;
    int code = mdb_cursor_open(view->txn, view->store->image.dbi, &cursor);
    if (code != 0)
        return image_fail(error, code, "open a cursor");
    code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && key.mv_size >= start->size && memcmp(key.mv_data, start->bytes, start->size) == 0) {
        code = mdb_cursor_del(cursor, 0);
        if (code == 0)
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);      /* after a deletion: the entry that took its place */
    }
    mdb_cursor_close(cursor);
    view->store->generation++;
    return code == 0 || code == MDB_NOTFOUND ? 0 : image_fail(error, code, "drop a range");
}

/* Runs `each` for the range of a relation in every house that has any key, until it returns other than 0. */
static int every_house(struct view *view, uint16_t relation, int (*each)(struct view *view, const struct key *start, void *env,
                       struct error *error), void *env, struct error *error)
{
    for (uint64_t tenant = 0; tenant <= TENANT_MAX; tenant++) {
        struct key start;
        uint32_t found;
        int more = tenant_next(view, (uint32_t)tenant, &found, error);
        if (more <= 0)
            return more;
        key_start(&start, found, relation);
        int result = each(view, &start, env, error);
        if (result != 0)
            return result;
        tenant = found;
    }
    return 0;
}

typedef int row_fn(struct view *view, void *env, struct slice key, struct slice row, struct arena *arena, struct error *error);

/* Runs `each` for the rows of a range, on copies in `arena`: the image moves under a borrowed row. */
static int every_row(struct view *view, const struct key *start, row_fn *each, void *env, struct error *error)
{
    struct cursor cursor;
    struct slice key, row;
    struct arena arena;
    arena_init(&arena, ROW_SIZE_MAX);
    int result = cursor_open(view, start, NULL, false, &cursor, error);
    while (result == 0) {
        int more = cursor_next(&cursor, &key, &row, error);
        if (more <= 0) {
            result = more;
            break;
        }
        arena_reset(&arena);
        key = arena_copy(&arena, key);
        result = each(view, env, key, arena_copy(&arena, row), &arena, error);
    }
    cursor_close(&cursor);
    arena_done(&arena);
    return result;
}

static int drop_house(struct view *view, const struct key *start, void *env, struct error *error)
{
    return drop_range(view, start, error);
}

/* In every house, and what it claims. */
static int drop_relation(struct view *view, uint16_t relation, struct error *error)
{
    struct key claims;
    key_start(&claims, TENANT_CLAIMS, relation);
    return every_house(view, relation, drop_house, NULL, error) < 0 ? -1 : drop_range(view, &claims, error);
}

static int house_has_rows(struct view *view, const struct key *start, void *env, struct error *error)
{
    struct cursor cursor;
    struct slice key;
    int found = cursor_open(view, start, NULL, false, &cursor, error);
    if (found == 0)
        found = cursor_next(&cursor, &key, NULL, error);
    cursor_close(&cursor);
    return found;
}

int relation_has_rows(struct view *view, uint16_t relation, struct error *error)
{
    return every_house(view, relation, house_has_rows, NULL, error);
}

static int require_empty(struct view *view, const struct table *table, struct error *error)
{
    int found = relation_has_rows(view, table->relation, error);
    if (found <= 0)
        return found;
    return fail(error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "table \"%s\" holds rows, so its tenancy cannot change", table->qualified);
}

/* Replay has no keys, so what follows from the rows alone cannot follow from what is sealed in them. */
static int refuse_sealed(const struct table *table, int column, struct error *error)
{
    fail(error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "column \"%s\" of \"%s\" has sealed values", table->columns[column].name,
         table->qualified);
    return fail_hint(error, "take away what marks it as secret, and wait until upkeep has opened its rows");
}

/* --- Building an index --- */

struct reading_sealed {
    const struct value *columns;
    int column;                     /* the first one, or -1 */
};

static int reads_sealed(const struct expr *expr, void *env)
{
    struct reading_sealed *r = env;
    if (expr->op == EXPR_COLUMN && expr->depth == 0 && r->columns[expr->column].kind == VALUE_SEALED)
        r->column = expr->column;
    return r->column >= 0;
}

static int index_reads_sealed(const struct index *index, const struct value *columns, struct error *error)
{
    struct reading_sealed r = { columns, -1 };
    for (int i = 0; i < index->count; i++)
        if (columns[index->columns[i].column].kind == VALUE_SEALED)
            return refuse_sealed(index->table, index->columns[i].column, error);
    if (index->predicate != NULL && expr_walk(index->predicate, reads_sealed, &r) != 0)
        return refuse_sealed(index->table, r.column, error);
    return 0;
}

/* Of two rows that claim the same the last one has it: the engine judges. */
static int build_claim(struct view *view, const struct index *index, uint32_t tenant, const struct value *columns, struct error *error)
{
    struct key claim;
    if (index_null_distinct(index, columns))
        return 0;
    return key_of_claim(index, columns, &claim, error) < 0 ? -1 : claim_put(view, &claim, tenant, 0, error);
}

static int build_row(struct view *view, void *env, struct slice key, struct slice row, struct arena *arena, struct error *error)
{
    const struct index *index = env;
    struct value columns[COLUMNS_MAX];
    struct key entry;
    bool covers, lossy;
    if (row_values(index->table, row, columns) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row does not fit its table \"%s\"", index->table->qualified);
    if (row_is_sealed(row) && index_reads_sealed(index, columns, error) < 0)
        return -1;
    arena_reset(&view->store->arena);
    if (index_covers(index, columns, &view->store->arena, &covers, error) < 0)
        return -1;
    if (!covers)
        return 0;
    if (key_of_entry(index, key_tenant(key), columns, &entry, &lossy, error) < 0)
        return -1;
    MDB_val mdb_key = { entry.size, entry.bytes }, nothing = { 0, (void *)"" };
    int code = mdb_put(view->txn, view->store->image.dbi, &mdb_key, &nothing, 0);
    view->store->generation++;
    if (code != 0)
        return image_fail(error, code, "put an entry");
    return index->claimed ? build_claim(view, index, key_tenant(key), columns, error) : 0;
}

static int build_house(struct view *view, const struct key *start, void *env, struct error *error)
{
    return every_row(view, start, build_row, env, error);
}

int index_rebuild(struct view *view, const struct index *index, struct error *error)
{
    return drop_relation(view, index->relation, error) < 0 ? -1
         : every_house(view, index->table->relation, build_house, (void *)index, error);
}

/* --- Rewriting one column --- */

struct rewriting {
    const struct effect *effect;
    const struct migration_seed *seed;
    struct row row;                 /* the one being rewritten */
    struct value old;               /* its column in the old type */
};

static int rewrite_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    struct rewriting *r = eval->env;
    assert(depth == 0);
    if (r->effect->retyped && column == r->effect->column) {
        *ret = r->old;
        return 0;
    }
    if (table_value(r->effect->table, &r->row, column, ret) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row does not fit its table \"%s\"", r->effect->table->qualified);
    return ret->kind == VALUE_SEALED ? refuse_sealed(r->effect->table, column, error) : 0;
}

static int new_value(struct rewriting *r, struct slice key, struct arena *arena, struct value *ret, struct error *error)
{
    const struct effect *effect = r->effect;
    const struct column *column = &effect->table->columns[effect->column];
    struct seeded_sys sys = seeded_sys_for(r->seed, key);
    struct eval eval = { .column = rewrite_column, .env = r, .now_us = r->seed->now_us, .sys = &sys.sys, .arena = arena };
    if (!effect->retyped) {
        assert(column->generated != NULL);
        return expr_eval(column->generated, &eval, ret, error);
    }
    struct slice stored = r->row.columns[effect->column];
    if (cell_load(effect->old_type, &stored, &r->old) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row does not fit its table \"%s\"", effect->table->qualified);
    if (r->old.kind == VALUE_SEALED)
        return refuse_sealed(effect->table, effect->column, error);
    if (effect->convert != NULL)
        return expr_eval(effect->convert, &eval, ret, error);
    return value_cast(effect->old_type, column->type, CAST_ASSIGNMENT, &r->old, arena, ret, error);
}

/* The row with its one column replaced; a row that ends before it is filled up to it with what it reads there. */
static int rewrite_row(struct rewriting *r, struct slice key, struct slice bytes, struct arena *arena, struct buf *out,
                       struct error *error)
{
    const struct table *table = r->effect->table;
    struct value value;
    if (row_open(bytes, &r->row) < 0)
        return fail(error, SQLSTATE_DATA_CORRUPTED, "a row does not fit its table \"%s\"", table->qualified);
    buf_clear(out);
    if (r->effect->retyped && r->effect->column >= r->row.count)
        return 0;                                       /* it reads the column's `missing`, which the catalog converted */
    if (new_value(r, key, arena, &value, error) < 0)
        return -1;
    int count = r->row.count > r->effect->column ? r->row.count : r->effect->column + 1;
    row_begin(count, row_is_sealed(bytes), out);
    for (int i = 0; i < count; i++) {
        if (i == r->effect->column)
            value_store(table->columns[i].type, &value, out);
        else if (i < r->row.count)
            buf_append_slice(out, r->row.columns[i]);
        else
            value_store(table->columns[i].type, &table->columns[i].missing, out);
    }
    return 0;
}

static int rewrite_stored(struct view *view, void *env, struct slice key, struct slice row, struct arena *arena, struct error *error)
{
    struct buf out = { 0 };
    int result = rewrite_row(env, key, row, arena, &out, error);
    if (result == 0 && out.size > 0)
        result = raw_put(view, key, buf_slice(&out), 0, error);
    buf_done(&out);
    return result;
}

static int rewrite_house(struct view *view, const struct key *start, void *env, struct error *error)
{
    return every_row(view, start, rewrite_stored, env, error);
}

/* --- All of them --- */

static int effect_run(struct view *view, const struct effect *effect, const struct migration_seed *seed, struct error *error)
{
    struct rewriting rewriting = { .effect = effect, .seed = seed };
    switch (effect->kind) {
    case EFFECT_REQUIRE_EMPTY:
        return require_empty(view, effect->table, error);
    case EFFECT_DROP_TABLE:
    case EFFECT_DROP_INDEX:
        return drop_relation(view, effect->relation, error);
    case EFFECT_BUILD_INDEX:
        return !index_kept(effect->index) ? 0
             : every_house(view, effect->table->relation, build_house, (void *)effect->index, error);
    case EFFECT_REWRITE:
        return every_house(view, effect->table->relation, rewrite_house, &rewriting, error);
    case EFFECT_CREATE_TABLE: case EFFECT_ADD_COLUMN: case EFFECT_DROP_COLUMN: case EFFECT_NOTE:
    case EFFECT_STATEMENT: case EFFECT_CHECK_ROWS:      /* nothing is stored, or the engine's */
        return 0;
    }
    return 0;
}

int effects_run(struct view *view, const struct effects *effects, const struct migration_seed *seed, struct error *error)
{
    for (int i = 0; i < effects->count; i++) {
        const struct effect *effect = &effects->items[i];
        if (effect_run(view, effect, seed, error) < 0)
            return fail_within(error, "%s:%d", effect->origin.file, effect->origin.line);
    }
    return 0;
}
