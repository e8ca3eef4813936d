#include "engine/write/write.h"

#include <assert.h>

#include "engine/changes.h"
#include "engine/classification.h"
#include "engine/policy/rights.h"
#include "engine/scan/unique.h"
#include "engine/seal_row.h"

void write_start(struct write *write, struct request *rq, const struct table *table, bool policies)
{
    *write = (struct write){ .rq = rq, .table = table, .policies = policies };
    write->last = &write->first;
}

int write_finish(struct write *write)
{
    return references_finish(write);
}

void write_done(struct write *write)
{
    buf_done(&write->row);
}

/* --- Steps --- */

static int may_write(struct request *rq)
{
    if (rq->changes == NULL)
        return fail(rq->error, SQLSTATE_READ_ONLY_TRANSACTION, "cannot write in a read-only transaction");
    if (arena_over(rq->arena) || arena_over(rq->changes->arena))
        return fail(rq->error, SQLSTATE_OUT_OF_MEMORY, "the statement needs more memory than a request may have");
    return 0;
}

static int refuse_change(struct request *rq, const struct table *table)
{
    return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "rows of \"%s\" are never changed or removed: it is append-only", table->qualified);
}

/* A house's audit log is extended by append_audit_log alone; before it begins, the service role may bring rows back, which
 * restore_audit_log then makes a log again. */
static int may_extend_log(struct request *rq, const struct table *table, uint32_t house)
{
    struct key key;
    struct slice head;
    key_start(&key, house, RELATION_AUDIT_HEAD);
    int begun = rq->who->role == ROLE_SERVICE ? system_get(rq, &key, &head) : 1;
    if (begun <= 0)
        return begun;
    fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "rows of \"%s\" are chained: they are not inserted", table->qualified);
    return fail_hint(rq->error, "call append_audit_log");
}

/* What was just written, for whoever asked. */
static int found_newest(struct request *rq, const struct table *table, const struct key *key, struct found *ret)
{
    if (ret == NULL)
        return 0;
    key_copy(&ret->key, key_slice(key));
    ret->bytes = changes_newest(rq);
    ret->columns = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    return row_load(rq, table, key_slice(key), ret->bytes, NULL, table->column_count, rq->arena, ret->columns);
}

/* --- Policies of new rows --- */

static int guard_for(struct write *write, struct kept_guard *kept, enum policy_command command, uint32_t house)
{
    if (kept->ready && kept->house == house)
        return 0;
    *kept = (struct kept_guard){ .ready = true, .house = house };
    return policy_check(write->rq, write->table, command, write->reads, house, &kept->guard);
}

/* Walls first, then policies (H1). A house that does not exist is refused like one that is not the principal's. */
static int admit(struct write *write, enum policy_command command, enum house_state state, uint32_t house, const struct value *row)
{
    const struct principal *who = write->rq->who;
    bool known = state == HOUSE_KNOWN;
    if (known ? !house_enterable(who, write->table, house) : !principal_enters_all(who))
        return guard_refuse(write->rq, &(struct guard){ .table = write->table });
    struct kept_guard *kept = command == POLICY_INSERT ? &write->insert : &write->update;
    uint32_t where = known ? house : HOUSE_ANY;
    if (guard_for(write, kept, command, where) < 0)
        return -1;
    int admitted = guard_admits(write->rq, &kept->guard, where, row);
    return admitted == 0 ? guard_refuse(write->rq, &kept->guard) : admitted < 0 ? -1 : 0;
}

/* --- Insert --- */

int house_refuse(struct request *rq, const struct table *table, const struct value *row)
{
    if (table->tenancy == TENANCY_CHILD)
        return reference_refuse(rq, table->parent, row);
    for (int i = 0; i < table->foreign_key_count; i++) {
        const struct foreign_key *fk = table->foreign_keys[i];
        if (fk->target->is_organizations && fk->count == 1 && fk->columns[0] == table->tenant_column)
            return reference_refuse(rq, fk, row);
    }
    return fail(rq->error, SQLSTATE_FOREIGN_KEY_VIOLATION, "insert or update on table \"%s\" names an organization that does not exist",
                table->name);
}

int write_propose(struct write *write, uint32_t house_hint, const struct value *columns, const bool *given, struct proposal *ret)
{
    struct request *rq = write->rq;
    const struct table *table = write->table;
    if (may_write(rq) < 0)
        return -1;
    for (int i = 0; i < table->column_count && write->policies; i++)
        if (!given[i] && rights_of_default(rq, table, i) < 0)
            return -1;
    *ret = (struct proposal){ .columns = ARENA_ARRAY(rq->arena, struct value, table->column_count) };
    if (defaults_fill(rq, table, columns, given, ret->columns) < 0)
        return -1;
    if (house_of_row(rq, table, ret->columns, house_hint, &ret->state, &ret->house) < 0)
        return -1;
    if (write->policies && admit(write, POLICY_INSERT, ret->state, ret->house, ret->columns) < 0)
        return -1;
    if (write->policies && table->chained && ret->state == HOUSE_KNOWN && may_extend_log(rq, table, ret->house) < 0)
        return -1;
    if (constraints_hold(rq, table, ret->house, ret->columns, NULL) < 0 || classification_check(rq, table, ret->columns) < 0)
        return -1;
    return 0;
}

static uint32_t house_of_proposal(const struct proposal *row)
{
    return row->state == HOUSE_KNOWN ? row->house : HOUSE_ANY;
}

/* 1, or -1 (23503) for a row that collides because it refers to what is behind a wall: then it fares as if nothing were there. */
static int collided(struct write *write, const struct table *table, uint32_t house, const struct value *row, struct collision with)
{
    return with.house != house && references_beyond(write, table, with.index, house, row) < 0 ? -1 : 1;
}

int write_conflict(struct write *write, const struct proposal *row, const struct index *index, struct found *ret)
{
    struct request *rq = write->rq;
    uint32_t house = house_of_proposal(row);
    struct collision with = { index, house };
    int got = index == NULL ? unique_collision(rq, write->table, house, row->columns, NULL, NULL, &with)
            : index->claimed && !index_null_distinct(index, row->columns) ? unique_house(rq, index, row->columns, &with.house) : 1;
    if (got == 1)
        got = collided(write, write->table, house, row->columns, with);
    return got == 1 && index != NULL ? unique_find(rq, index, index->claimed ? with.house : HOUSE_ANY, row->columns, ret) : got;
}

/* 0, or 23505 for a row that collides, in whatever index. */
static int insert_alone(struct write *write, const struct proposal *row)
{
    struct request *rq = write->rq;
    struct collision with;
    uint32_t house = house_of_proposal(row);
    int collides = unique_collision(rq, write->table, house, row->columns, NULL, NULL, &with);
    if (collides == 1)
        collides = collided(write, write->table, house, row->columns, with);
    return collides == 1 ? unique_refuse(rq, with.index, row->columns) : collides;
}

/* The row's house, made when it is new; 23503 when it has none. 23505 for what the store would not find by itself. */
static int insert_place(struct write *write, const struct proposal *row, uint32_t *ret_house)
{
    struct request *rq = write->rq;
    const struct table *table = write->table;
    int collides = row->state == HOUSE_KNOWN ? unique_unjudged(rq, table, row->house, row->columns) : 1;
    if (collides < 0 || (collides == 1 && insert_alone(write, row) < 0))
        return -1;
    if (row->state == HOUSE_UNKNOWN)
        return house_refuse(rq, table, row->columns);
    *ret_house = row->house;
    return row->state == HOUSE_NEW ? house_create(rq, &row->columns[table->tenant_column].uuid, ret_house) : 0;
}

/* Why the store did not take the row: another is in the way, or what it says is damaged. */
static int insert_refused(struct write *write, const struct proposal *row)
{
    struct request *rq = write->rq;
    struct error why = *rq->error;
    if (why.state != SQLSTATE_DATA_CORRUPTED && why.state != SQLSTATE_INDEX_CORRUPTED)
        return -1;
    if (insert_alone(write, row) < 0)
        return -1;
    *rq->error = why;
    return -1;
}

int write_insert(struct write *write, const struct proposal *row, struct found *ret)
{
    struct request *rq = write->rq;
    const struct table *table = write->table;
    struct key key;
    uint32_t house;
    if (insert_place(write, row, &house) < 0)
        return -1;
    if (key_of_row(table, house, row->columns, &key, rq->error) < 0 ||
        row_store(rq, table, key_slice(&key), row->columns, NULL, NULL, &write->row) < 0)
        return -1;
    if (changes_add(rq, key_slice(&key), (struct slice){ 0 }, buf_slice(&write->row)) < 0)
        return insert_refused(write, row);
    if (found_newest(rq, table, &key, ret) < 0)
        return -1;
    return references_of_new(write, table, &key, row->columns, NULL);
}

/* --- Update --- */

static bool any_changed(const int *columns, int count, const bool *changed)
{
    for (int i = 0; i < count; i++)
        if (changed[columns[i]])
            return true;
    return false;
}

/* Where the row belongs after the update. */
static int update_house(struct request *rq, const struct table *table, uint32_t old_house, const struct value *row,
                        const bool *changed, enum house_state *ret_state, uint32_t *ret)
{
    bool tenant = table->tenancy == TENANCY_TENANT && changed[table->tenant_column];
    bool child = table->tenancy == TENANCY_CHILD && any_changed(table->parent->columns, table->parent->count, changed);
    *ret_state = HOUSE_KNOWN;
    *ret = old_house;
    if (tenant && table->is_organizations)
        return fail(rq->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "the id of an organization cannot be changed");
    return tenant || child ? house_of_row(rq, table, row, HOUSE_ANY, ret_state, ret) : 0;
}

/* Puts the new row in place of the old one; the same key is one change, another key two (W4). */
static int update_replace(struct write *write, const struct table *table, const struct found *old, const struct key *key,
                          const struct value *row, const bool *changed, struct found *ret)
{
    struct request *rq = write->rq;
    bool same = slice_equal(key_slice(key), key_slice(&old->key));
    if (row_store(rq, table, key_slice(key), row, same ? old : NULL, changed, &write->row) < 0)
        return -1;
    if (same && slice_equal(buf_slice(&write->row), old->bytes)) {
        if (ret != NULL)
            *ret = *old;
        return 0;
    }
    if (!same && changes_add(rq, key_slice(&old->key), old->bytes, (struct slice){ 0 }) < 0)
        return -1;
    if (changes_add(rq, key_slice(key), same ? old->bytes : (struct slice){ 0 }, buf_slice(&write->row)) < 0)
        return -1;
    return found_newest(rq, table, key, ret);
}

int row_update(struct write *write, const struct table *table, const struct found *old, const struct value *columns,
               const bool *given, bool policies, struct found *ret)
{
    struct request *rq = write->rq;
    struct value *row = ARENA_ARRAY(rq->arena, struct value, table->column_count);
    bool *changed = ARENA_ARRAY(rq->arena, bool, table->column_count);
    uint32_t house, old_house = key_tenant(key_slice(&old->key));
    enum house_state state;
    struct collision with;
    struct key key;
    if (write->policies && table->append_only)
        return refuse_change(rq, table);
    if (may_write(rq) < 0 || defaults_overwrite(rq, table, columns, given, old->columns, row, changed) < 0)
        return -1;
    if (update_house(rq, table, old_house, row, changed, &state, &house) < 0)
        return -1;
    if (policies && admit(write, POLICY_UPDATE, state, house, row) < 0)
        return -1;
    if (constraints_hold(rq, table, house, row, changed) < 0 || classification_check(rq, table, row) < 0)
        return -1;

    bool unknown = state == HOUSE_UNKNOWN, moved = unknown || house != old_house;
    int collides = unique_collision(rq, table, unknown ? HOUSE_ANY : house, row, old, moved ? NULL : changed, &with);
    if (collides == 1)
        collides = collided(write, table, house, row, with);
    if (collides != 0)
        return collides == 1 ? unique_refuse(rq, with.index, row) : -1;
    if (unknown)
        return house_refuse(rq, table, row);
    if (key_of_row(table, house, row, &key, rq->error) < 0)
        return -1;
    references_to_old(write, table, old_house, old->columns, row, changed, moved);
    if (update_replace(write, table, old, &key, row, changed, ret) < 0)
        return -1;
    bool same = slice_equal(key_slice(&key), key_slice(&old->key));
    return references_of_new(write, table, &key, row, same ? changed : NULL);
}

int write_update(struct write *write, const struct found *old, const struct value *columns, const bool *given, struct found *ret)
{
    return row_update(write, write->table, old, columns, given, write->policies, ret);
}

/* --- Delete --- */

int row_delete(struct write *write, const struct table *table, const struct found *row)
{
    struct request *rq = write->rq;
    uint32_t house = key_tenant(key_slice(&row->key));
    if (write->policies && table->append_only)
        return refuse_change(rq, table);
    if (may_write(rq) < 0)
        return -1;
    references_to_old(write, table, house, row->columns, NULL, NULL, false);
    if (changes_add(rq, key_slice(&row->key), row->bytes, (struct slice){ 0 }) < 0)
        return -1;
    if (table->is_organizations)
        return house_end(rq, house, &row->columns[table->tenant_column].uuid);
    return 0;
}

int write_delete(struct write *write, const struct found *row)
{
    return row_delete(write, write->table, row);
}
