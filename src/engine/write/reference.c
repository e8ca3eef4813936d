/* Foreign keys: looked up within the walls, without policies.
 *
 * Where a reference looks for its target, and a target for those that refer to it:
 *      target lives in the system house (global, user)          there / in every house, or the system house
 *      both live in houses of tenants                           in the row's own house / in the target's own house
 *      target does, the referencing table does not              in every house / in the system house
 *      organizations, not by the tenancy column                 in every house / in every house
 * MATCH SIMPLE: a reference with a NULL in it holds. */
#include <assert.h>
#include <string.h>

#include "engine/scan/unique.h"
#include "engine/write/write.h"

/* What the end of the statement has to look at, in the order in which it came up. */
struct pending {
    const struct foreign_key *fk;
    struct pending *next;
    enum { PENDING_TARGET, PENDING_ACTION } kind;
    const struct key *key;          /* PENDING_TARGET: of the referencing row */
    uint32_t house;                 /* PENDING_ACTION: of the target that went or changed */
    enum fk_action action;
    const struct value *old;        /* PENDING_ACTION: the target's columns before; and after, NULL: it went */
    const struct value *new;
};

static void pending_add(struct write *write, struct pending entry)
{
    struct pending *kept = ARENA_NEW(write->rq->arena, struct pending);
    *kept = entry;
    *write->last = kept;
    write->last = &kept->next;
}

/* --- Where to look --- */

static bool by_tenancy(const struct foreign_key *fk)
{
    return fk->target->is_organizations && fk->count == 1 && fk->table->tenancy == TENANCY_TENANT &&
           fk->columns[0] == fk->table->tenant_column && !fk->table->is_organizations;
}

static uint32_t house_of_target(const struct foreign_key *fk, uint32_t house)
{
    if (!table_in_houses(fk->target))
        return TENANT_SYSTEM;
    if (!table_in_houses(fk->table) || (fk->target->is_organizations && !by_tenancy(fk)))
        return HOUSE_ANY;
    return house;
}

static uint32_t house_of_referencing(const struct foreign_key *fk, uint32_t house)
{
    if (!table_in_houses(fk->table))
        return TENANT_SYSTEM;
    if (!table_in_houses(fk->target) || (fk->target->is_organizations && !by_tenancy(fk)))
        return HOUSE_ANY;
    return house;
}

/* --- From a row to its target --- */

static bool has_null(const int *columns, int count, const struct value *row)
{
    for (int i = 0; i < count; i++)
        if (value_is_null(&row[columns[i]]))
            return true;
    return false;
}

int reference_holds(struct write *write, const struct foreign_key *fk, uint32_t house, const struct value *row)
{
    struct request *rq = write->rq;
    if (has_null(fk->columns, fk->count, row))
        return 1;
    if (by_tenancy(fk))         /* the row's house is its organization's (H2, H3) */
        return 1;
    if (write->sparse == NULL)
        write->sparse = ARENA_ARRAY(rq->arena, struct value, COLUMNS_MAX);
    for (int i = 0; i < fk->count; i++)         /* where the types differ their values share form and key: integers, texts */
        write->sparse[fk->target_columns[i]] = row[fk->columns[i]];
    int got = unique_find(rq, fk->target_index, house_of_target(fk, house), write->sparse, NULL);
    for (int i = 0; i < fk->count; i++)
        write->sparse[fk->target_columns[i]] = VALUE_OF_NULL;
    return got;
}

int reference_refuse(struct request *rq, const struct foreign_key *fk, const struct value *row)
{
    struct value values[INDEX_COLUMNS_MAX];
    fail(rq->error, SQLSTATE_FOREIGN_KEY_VIOLATION, "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
         fk->table->name, fk->name);
    if (!details_shown(rq, fk->table, fk->columns, fk->count))
        return fail_detail(rq->error, "Key is not present in table \"%s\".", fk->target->name);
    for (int i = 0; i < fk->count; i++)
        values[i] = row[fk->columns[i]];
    return fail_detail(rq->error, "Key %s is not present in table \"%s\".",
                       key_detail(rq, fk->table, fk->columns, fk->count, values), fk->target->name);
}

static bool leads_to_houses(const struct index *index, const struct foreign_key *fk)
{
    int held = 0;
    for (int i = 0; i < fk->count; i++)
        for (int k = 0; k < index->count; k++)
            held += index->columns[k].column == fk->columns[i];
    return held == fk->count && table_in_houses(fk->target) && !fk->target->is_organizations;
}

int references_beyond(struct write *write, const struct table *table, const struct index *index, uint32_t house, const struct value *row)
{
    bool leads = false;
    for (int i = 0; i < table->foreign_key_count; i++)
        leads = leads || leads_to_houses(index, table->foreign_keys[i]);
    for (int i = 0; leads && i < table->foreign_key_count; i++) {
        int holds = reference_holds(write, table->foreign_keys[i], house, row);
        if (holds != 1)
            return holds == 0 ? reference_refuse(write->rq, table->foreign_keys[i], row) : -1;
    }
    return 0;
}

static bool changes_any(const int *columns, int count, const bool *changed)
{
    for (int i = 0; i < count; i++)
        if (changed[columns[i]])
            return true;
    return false;
}

int references_of_new(struct write *write, const struct table *table, const struct key *key, const struct value *row,
                      const bool *changed)
{
    uint32_t house = key_tenant(key_slice(key));
    const struct key *kept = NULL;
    if (write->rq->load == LOAD_OWN)            /* load_check() asks all of them at its end */
        return 0;
    for (int i = 0; i < table->foreign_key_count; i++) {
        const struct foreign_key *fk = table->foreign_keys[i];
        if ((changed != NULL && !changes_any(fk->columns, fk->count, changed)) || has_null(fk->columns, fk->count, row))
            continue;
        int holds = write->removes_keys ? 0 : reference_holds(write, fk, house, row);
        if (holds < 0)
            return -1;
        if (holds == 1)
            continue;
        if (kept == NULL)
            kept = memcpy(ARENA_NEW(write->rq->arena, struct key), key, sizeof *key);
        pending_add(write, (struct pending){ .fk = fk, .kind = PENDING_TARGET, .key = kept });
    }
    return 0;
}

/* The row as it is at the end of the statement; one that is gone refers to nothing. */
static int target_finish(struct write *write, const struct pending *entry)
{
    struct request *rq = write->rq;
    const struct foreign_key *fk = entry->fk;
    struct slice bytes;
    struct found row;
    int got = view_get(rq->view, key_slice(entry->key), &bytes, rq->error);
    if (got != 1)
        return got;
    if (found_fill(rq, fk->table, entry->key, bytes, &row) < 0)
        return -1;
    int holds = reference_holds(write, fk, key_tenant(key_slice(entry->key)), row.columns);
    return holds == 0 ? reference_refuse(rq, fk, row.columns) : holds < 0 ? -1 : 0;
}

/* --- From a target to those that refer to it --- */

struct referencing {
    struct write *write;
    const struct foreign_key *fk;
    struct value values[INDEX_COLUMNS_MAX];     /* of the referencing columns */
    uint32_t house, at;
    bool open;
    bool nowhere;                   /* no row refers */
    struct request closed;          /* the walk's: sealed cells of rows that refer stay closed, since most are only counted or deleted */
    struct walk walk;
};

/* The house of the one row that can refer, where the referencing columns are unique over all houses. */
static int referencing_house(struct referencing *r)
{
    const struct foreign_key *fk = r->fk;
    struct value *columns = ARENA_ARRAY(r->write->rq->arena, struct value, fk->table->column_count);
    for (int i = 0; i < fk->count; i++)
        columns[fk->columns[i]] = r->values[i];
    return unique_house(r->write->rq, fk->index, columns, &r->house);
}

static int referencing_start(struct referencing *r, struct write *write, const struct foreign_key *fk, uint32_t house,
                             const struct value *target)
{
    r->write = write;
    r->fk = fk;
    r->house = house_of_referencing(fk, house);
    r->at = HOUSE_ANY;
    r->open = r->nowhere = false;
    r->closed = *write->rq;
    r->closed.keeps_sealed = true;
    for (int i = 0; i < fk->count; i++)
        r->values[i] = target[fk->target_columns[i]];
    if (r->house != HOUSE_ANY || fk->index == NULL || !fk->index->claimed || fk->index->count != fk->count)
        return 0;
    int got = referencing_house(r);
    r->nowhere = got == 0;
    return got < 0 ? -1 : 0;
}

static int referencing_walk(struct referencing *r)
{
    const struct foreign_key *fk = r->fk;
    bool usable = fk->index != NULL && fk->index->predicate == NULL;
    const struct index *index = usable ? fk->index : fk->table->primary;
    struct value prefix[INDEX_COLUMNS_MAX];
    int count = 0;
    for (bool more = true; more && count < index->key_count; ) {
        more = false;
        for (int i = 0; i < fk->count && !more; i++)
            if (fk->columns[i] == index->key[count].column) {
                prefix[count] = r->values[i];
                more = true;
            }
        count += more;
    }
    r->open = true;
    return walk_start(&r->walk, &r->closed, index, r->at, prefix, count, NULL, NULL, false);
}

/* 1, 0, -1. A column that refers is never secret, but may have been until a moment ago. */
static int refers(const struct referencing *r, struct found *row)
{
    const struct foreign_key *fk = r->fk;
    for (int i = 0; i < fk->count; i++) {
        const struct value *mine = &row->columns[fk->columns[i]];
        if (mine->kind == VALUE_SEALED && found_open(r->write->rq, fk->table, row) < 0)
            return -1;
        if (value_is_null(mine) || value_compare(fk->table->columns[fk->columns[i]].type, mine, &r->values[i]) != 0)
            return 0;
    }
    return 1;
}

static int referencing_next(struct referencing *r, struct found *ret)
{
    for (;;) {
        if (!r->open) {
            int more = r->nowhere ? 0 : house_step(r->write->rq, r->house, &r->at);
            if (more <= 0)
                return more;
            if (referencing_walk(r) < 0)
                return -1;
        }
        int got = walk_next(&r->walk, ret), match = got == 1 ? refers(r, ret) : 0;
        if (got < 0 || match != 0)
            return got < 0 ? -1 : match;
        r->open = got == 1;
    }
}

/* Whether anything refers to the target: 1, 0, -1. */
static int referenced(struct write *write, const struct foreign_key *fk, uint32_t house, const struct value *target)
{
    struct referencing r;
    struct found row;
    if (referencing_start(&r, write, fk, house, target) < 0)
        return -1;
    return referencing_next(&r, &row);
}

void references_to_old(struct write *write, const struct table *table, uint32_t house, const struct value *old,
                       const struct value *row, const bool *changed, bool moved)
{
    for (int i = 0; i < table->referenced_count; i++) {
        const struct foreign_key *fk = table->referenced_by[i];
        bool concerned = row == NULL || moved || changes_any(fk->target_columns, fk->count, changed);
        if (!concerned || has_null(fk->target_columns, fk->count, old))
            continue;
        enum fk_action action = moved ? FK_NO_ACTION : row == NULL ? fk->on_delete : fk->on_update;
        pending_add(write, (struct pending){ .fk = fk, .kind = PENDING_ACTION, .house = house, .action = action, .old = old, .new = row });
        write->removes_keys = true;
    }
}

/* --- Actions --- */

static int refuse_referenced(struct request *rq, const struct foreign_key *fk, const struct value *target)
{
    struct value values[INDEX_COLUMNS_MAX];
    fail(rq->error, SQLSTATE_FOREIGN_KEY_VIOLATION, "update or delete on table \"%s\" violates foreign key constraint \"%s\" on table \"%s\"",
         fk->target->name, fk->name, fk->table->name);
    if (!details_shown(rq, fk->target, fk->target_columns, fk->count))
        return fail_detail(rq->error, "Key is still referenced from table \"%s\".", fk->table->name);
    for (int i = 0; i < fk->count; i++)
        values[i] = target[fk->target_columns[i]];
    return fail_detail(rq->error, "Key %s is still referenced from table \"%s\".",
                       key_detail(rq, fk->target, fk->target_columns, fk->count, values), fk->table->name);
}

static int action_none(struct write *write, const struct pending *entry)
{
    const struct foreign_key *fk = entry->fk;
    if (entry->action != FK_RESTRICT) {         /* another row may have the key by now */
        int again = unique_find(write->rq, fk->target_index, entry->house, entry->old, NULL);
        if (again != 0)
            return again < 0 ? -1 : 0;
    }
    int got = referenced(write, fk, entry->house, entry->old);
    return got == 1 ? refuse_referenced(write->rq, fk, entry->old) : got;
}

/* The referencing columns' new values, by column number. */
static int action_values(struct write *write, const struct pending *entry, struct value *columns, bool *given)
{
    struct request *rq = write->rq;
    const struct foreign_key *fk = entry->fk;
    for (int i = 0; i < fk->count; i++) {
        int column = fk->columns[i], err = 0;
        struct type from = fk->target->columns[fk->target_columns[i]].type, to = fk->table->columns[column].type;
        given[column] = true;
        if (entry->action == FK_SET_NULL)
            columns[column] = VALUE_OF_NULL;
        else if (entry->action == FK_SET_DEFAULT)
            err = default_of(rq, fk->table, column, &columns[column]);
        else if (type_same(from, to))
            columns[column] = entry->new[fk->target_columns[i]];
        else
            err = value_cast(from, to, CAST_ASSIGNMENT, &entry->new[fk->target_columns[i]], rq->arena, &columns[column], rq->error);
        if (err < 0)
            return -1;
    }
    return 0;
}

static int action_rows(struct write *write, const struct pending *entry)
{
    struct request *rq = write->rq;
    const struct foreign_key *fk = entry->fk;
    bool removes = entry->action == FK_CASCADE && entry->new == NULL;
    struct value *columns = ARENA_ARRAY(rq->arena, struct value, fk->table->column_count);
    bool *given = ARENA_ARRAY(rq->arena, bool, fk->table->column_count);
    struct referencing r;
    struct found row;
    int got;
    if (!removes && action_values(write, entry, columns, given) < 0)
        return -1;
    if (referencing_start(&r, write, fk, entry->house, entry->old) < 0)
        return -1;
    while ((got = referencing_next(&r, &row)) == 1) {
        if (removes ? row_delete(write, fk->table, &row) < 0
                    : found_open(rq, fk->table, &row) < 0 || row_update(write, fk->table, &row, columns, given, false, NULL) < 0)
            return -1;
    }
    return got;
}

static int action_finish(struct write *write, const struct pending *entry)
{
    switch (entry->action) {
    case FK_NO_ACTION:
    case FK_RESTRICT:
        return action_none(write, entry);
    case FK_CASCADE:
    case FK_SET_NULL:
        return action_rows(write, entry);
    case FK_SET_DEFAULT:                        /* the default may be the very key that went */
        return action_rows(write, entry) < 0 ? -1 : action_none(write, entry);
    }
    assert(!"an action of a foreign key");
    return -1;
}

int references_finish(struct write *write)
{
    write->removes_keys = true;
    for (struct pending *entry = write->first; entry != NULL; entry = entry->next) {
        int err = entry->kind == PENDING_TARGET ? target_finish(write, entry) : action_finish(write, entry);
        if (err < 0)
            return -1;
    }
    write->first = NULL;
    write->last = &write->first;
    return 0;
}
