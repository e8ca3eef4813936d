/* What only restoring a dump needs, for the service key: the load that its rows are written in (engine/load.h), and set_sequence
 * (audit logs: audit_restore.c). */
#include "native/restore.h"

#include "engine/load.h"
#include "native/draft.h"
#include "native/groups.h"
#include "value/array.h"
#include "value/mp.h"
#include "value/time.h"

#define RESTORE_STEP 4096           /* rows or records of one call */

/* --- Whether anybody works on it: the writer's own --- */

void restore_goes_on(const struct request *rq)
{
    rq->host->restoring->last_us = rq->now_us;
}

/* A clock that was set back does not keep anybody waiting. */
static bool idle_for(const struct request *rq, int64_t seconds)
{
    int64_t last_us = rq->host->restoring->last_us;
    return rq->now_us < last_us || rq->now_us >= last_us + seconds * US_PER_SECOND;
}

int restore_take_back_idle(struct request *rq, int budget)
{
    int64_t ignored = 0;
    if (!idle_for(rq, RESTORE_ABANDONED_S))
        return 0;
    rq->load = LOAD_OWN;
    return load_undo(rq, budget, &ignored);
}

/* --- restore_begin --- */

enum { BEGIN_APPEND, BEGIN_CLEAN, BEGIN_TABLES };

struct targets {
    int count;
    const struct table *tables[TABLES_MAX];
    bool cleared[TABLES_MAX];
};

static int targets_read(struct request *rq, const struct value *names, struct targets *ret)
{
    struct value each;
    ret->count = 0;
    for (struct slice rest = array_elements(names); array_next(type_of(TYPE_TEXT), &rest, &each);) {
        if (ret->count == TABLES_MAX || value_is_null(&each))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"tables\" are names, %d at most", TABLES_MAX);
        ret->cleared[ret->count] = false;
        if (native_table_named(rq, each.bytes, &ret->tables[ret->count++]) < 0)
            return -1;
    }
    return 0;
}

/* Whether the rows of a table may make room: those that migrations put there, and with `clean` any but audit logs: 1, 0, -1. */
static int may_go(const struct request *rq, const struct table *table, bool clean)
{
    return table->chained ? 0 : clean ? 1 : seeds_only(rq, table);
}

static bool is_cleared(const struct targets *targets, const struct table *table)
{
    for (int i = 0; i < targets->count; i++)
        if (targets->tables[i] == table)
            return targets->cleared[i];
    return false;
}

/* Every table is looked at before anything happens, and all that are in the way are told at once. */
static int look_at_rows(struct request *rq, struct targets *targets, bool clean)
{
    struct buf full = { 0 };
    int count = 0;
    for (int i = 0; i < targets->count; i++) {
        int rows = table_has_rows(rq, targets->tables[i]), goes = rows == 1 ? may_go(rq, targets->tables[i], clean) : 0;
        if (rows < 0 || goes < 0) {
            buf_done(&full);
            return -1;
        }
        targets->cleared[i] = goes == 1;
        if (rows == 1 && !targets->cleared[i] && count++ < 20)
            buf_printf(&full, "%s\"%s\"", count > 1 ? ", " : "", targets->tables[i]->qualified);
    }
    if (count > 0) {
        fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "%d of the dump's tables %s rows already: %s%s", count, count == 1 ? "has" : "have",
             buf_text(&full), count > 20 ? ", ..." : "");
        fail_hint(rq->error, "restore into a fresh server, add to what is there with --append, or replace what is there with --clean");
    }
    buf_done(&full);
    return count > 0 ? -1 : 0;
}

static bool refers(const struct table *table, const struct table *other)
{
    for (int i = 0; i < table->foreign_key_count; i++)
        if (table->foreign_keys[i]->target == other)
            return true;
    return false;
}

/* What refers to rows that are to go, or lies in the house of one, and does not go with them, is in the way. */
static int look_at_dependents(struct request *rq, const struct targets *targets, const struct table *gone)
{
    const struct catalog *catalog = rq->view->catalog;
    for (int i = 0; i < catalog->table_count; i++) {
        const struct table *other = catalog->tables[i];
        bool depends = refers(other, gone) || (gone->is_organizations && (other->tenancy == TENANCY_TENANT || other->tenancy == TENANCY_CHILD));
        int rows = !depends || is_cleared(targets, other) ? 0 : table_has_rows(rq, other);
        if (rows == 0 || other == gone)
            continue;
        if (rows < 0)
            return -1;
        fail(rq->error, SQLSTATE_DEPENDENT_OBJECTS, "rows of \"%s\" refer to those of \"%s\", which the dump would replace, and are not in the dump",
             other->qualified, gone->qualified);
        return fail_hint(rq->error, "restore a dump that has both, or add to what is there with --append");
    }
    return 0;
}

static int look_at_references(struct request *rq, const struct targets *targets)
{
    for (int i = 0; i < targets->count; i++)
        if (targets->cleared[i] && look_at_dependents(rq, targets, targets->tables[i]) < 0)
            return -1;
    return 0;
}

/* {"load", "parents": {table: its parent's name or nil}}: rows of children come behind those of their parents. */
static void put_begun(const struct targets *targets, int64_t id, struct buf *out)
{
    mp_put_map(out, 2);
    put_int(out, "load", id);
    mp_put_string(out, "parents");
    mp_put_map(out, (uint32_t)targets->count);
    for (int i = 0; i < targets->count; i++) {
        const struct foreign_key *parent = targets->tables[i]->parent;
        mp_put_string(out, targets->tables[i]->qualified);
        if (parent == NULL)
            mp_put_nil(out);
        else
            mp_put_string(out, parent->target->qualified);
    }
}

static int restore_begin(struct request *rq, const struct value *values, struct buf *out)
{
    struct targets *targets = ARENA_NEW(rq->arena, struct targets);
    struct load load = { .id = rq->now_us };
    uint16_t *cleared = ARENA_ARRAY(rq->arena, uint16_t, TABLES_MAX);
    bool append = !value_is_null(&values[BEGIN_APPEND]) && values[BEGIN_APPEND].boolean;
    bool clean = !value_is_null(&values[BEGIN_CLEAN]) && values[BEGIN_CLEAN].boolean;
    if (append && clean)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"append\" keeps what \"clean\" removes");
    if (targets_read(rq, &values[BEGIN_TABLES], targets) < 0 ||
        (!append && (look_at_rows(rq, targets, clean) < 0 || look_at_references(rq, targets) < 0)))
        return -1;
    for (int last = 0; last < 2; last++)
        for (int i = 0; i < targets->count; i++)
            if (targets->cleared[i] && targets->tables[i]->is_organizations == last)
                cleared[load.cleared_count++] = targets->tables[i]->relation;
    load.cleared = cleared;
    rq->load = rq->load == LOAD_NONE ? LOAD_OWN : rq->load;
    if (load_begin(rq, &load) < 0)
        return -1;
    restore_goes_on(rq);
    put_begun(targets, load.id, out);
    return 0;
}

/* --- restore_clear, restore_check, restore_undo --- */

enum { LOAD_ID };

static void put_step(const char *what, int64_t count, bool more, struct buf *out)
{
    mp_put_map(out, 2);
    put_bool(out, "more", more);
    put_int(out, what, count);
}

static int restore_clear(struct request *rq, const struct value *values, struct buf *out)
{
    int64_t count = 0;
    if (rq->load != LOAD_OWN)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "\"restore_clear\" is part of a restore: it wants the option \"restore\"");
    int more = load_clear(rq, RESTORE_STEP, &count);
    if (more >= 0)
        put_step("removed", count, more, out);
    return more < 0 ? -1 : 0;
}

/* 55000 when another load is open, or none. */
static int find_own(struct request *rq, int64_t id)
{
    struct load load;
    int got = load_find(rq, &load);
    if (got == 1 && load.id == id)
        return 0;
    return got < 0 ? -1 : fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this restore is not under way: it is over, or was taken back");
}

static int restore_check(struct request *rq, const struct value *values, struct buf *out)
{
    int64_t count = 0;
    if (find_own(rq, values[LOAD_ID].integer) < 0)
        return -1;
    restore_goes_on(rq);
    rq->load = LOAD_OWN;
    int more = load_check(rq, RESTORE_STEP, &count);
    if (more >= 0)
        put_step("checked", count, more, out);
    return more < 0 ? -1 : 0;
}

static int restore_undo(struct request *rq, const struct value *values, struct buf *out)
{
    struct load load;
    int64_t count = 0;
    int got = load_find(rq, &load);
    if (got < 0)
        return -1;
    bool own = got == 1 && !value_is_null(&values[LOAD_ID]) && values[LOAD_ID].integer == load.id;
    if (got == 1 && !own && !load.over && !idle_for(rq, RESTORE_IDLE_S))
        return load_refuse(rq->error);
    rq->load = LOAD_OWN;
    int more = load_undo(rq, RESTORE_STEP, &count);
    if (own)
        restore_goes_on(rq);
    if (more >= 0)
        put_step("undone", count, more, out);
    return more < 0 ? -1 : 0;
}

/* --- set_sequence --- */

enum { SET_TABLE, SET_COLUMN, SET_VALUE };

static int set_sequence(struct request *rq, const struct value *values, struct buf *out)
{
    char *name = arena_string(rq->arena, values[SET_TABLE].bytes);
    const struct table *table;
    if (native_table_named(rq, values[SET_TABLE].bytes, &table) < 0)
        return -1;
    int column = table_column(table, values[SET_COLUMN].bytes);
    if (column < 0 || table->columns[column].sequence == 0)
        return fail(rq->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%.*s\" of \"%s\" has no sequence", SLICE_FMT(values[SET_COLUMN].bytes), name);
    if (values[SET_VALUE].integer < 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"value\" is not negative");
    int64_t next, last = values[SET_VALUE].integer;
    if (sequence_next(rq, table->columns[column].sequence, &next) < 0)
        return -1;
    if (last < next - 1)            /* never back to numbers that were given already */
        last = next - 1;
    if (sequence_set(rq, table->columns[column].sequence, last) < 0)
        return -1;
    mp_put_int(out, last);
    return 0;
}

const struct native_function restore_functions[] = {
    { .name = "restore_begin", .writes = true, .caller = CALLER_SERVICE, .run = restore_begin, .returns = "{load, parents}",
      .summary = "begins a restore into these tables, which is done whole or not at all; until it is over nobody else writes",
      .parameters = { [BEGIN_APPEND] = { "append", TYPE_BOOL, false, false, "they may have rows, which stay" },
                      [BEGIN_CLEAN] = { "clean", TYPE_BOOL, false, false, "their rows may be removed" },
                      [BEGIN_TABLES] = { "tables", TYPE_TEXT, true, true, "all that the dump has rows of" } } },
    { .name = "restore_clear", .writes = true, .caller = CALLER_SERVICE, .run = restore_clear, .returns = "{more, removed}",
      .summary = "removes up to 4096 of the rows that make room for the restore that the option \"restore\" names, until there is no more" },
    { .name = "restore_check", .writes = true, .caller = CALLER_SERVICE, .run = restore_check, .returns = "{more, checked}",
      .summary = "asks the references of up to 4096 restored rows; the restore is over when there is no more",
      .parameters = { [LOAD_ID] = { "load", TYPE_INT8, false, true, "as restore_begin said" } } },
    { .name = "restore_undo", .writes = true, .caller = CALLER_SERVICE, .run = restore_undo, .returns = "{more, undone}",
      .summary = "takes a restore back, up to 4096 changes a call: one's own, or one that nobody works on",
      .parameters = { [LOAD_ID] = { "load", TYPE_INT8, false, false, "as restore_begin said" } } },
    { .name = "set_sequence", .writes = true, .caller = CALLER_SERVICE, .run = set_sequence, .returns = "the last number given",
      .summary = "makes a sequence go on after a number, if it is not beyond it already; for restoring a dump",
      .parameters = { [SET_TABLE] = { "table_name", TYPE_TEXT, false, true, "such as contacts" },
                      [SET_COLUMN] = { "column_name", TYPE_TEXT, false, true, "such as id" },
                      [SET_VALUE] = { "value", TYPE_INT8, false, true, "from 0" } } },
    { .name = NULL },
};
