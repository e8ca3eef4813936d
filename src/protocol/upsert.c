/* upsert: [table, record or records, {conflict, update, returning, organization}?]: INSERT ... ON CONFLICT DO UPDATE.
 *
 * A record that collides with a row under the unique constraint `conflict` updates it: the columns of `update` take the
 * record's values. As in PostgreSQL the record must pass as a new row first (policies of INSERT and SELECT, because looking for
 * the collision reads; NOT NULL; CHECK), the row must be visible for UPDATE (42501, not skipped), and no row may be
 * written twice by one statement (21000). */
#include "engine/changes.h"
#include "engine/policy/rights.h"
#include "engine/scan/unique.h"
#include "engine/write/conflict.h"
#include "protocol/methods.h"
#include "protocol/modify.h"

struct upsert {
    struct modification *m;
    const struct index *arbiter;
    bool update_given;              /* the option `update`: these columns; else all given but the arbiter's */
    struct column_list update;
    struct conflict conflict;
};

/* --- Options --- */

static bool index_is_on(const struct index *index, const struct column_list *columns)
{
    if (index->count != columns->count || index->predicate != NULL || !(index->unique || index->primary))
        return false;
    for (int i = 0; i < index->count; i++) {
        bool there = false;
        for (int c = 0; c < columns->count; c++)
            there = there || columns->columns[c] == index->columns[i].column;
        if (!there)
            return false;
    }
    return true;
}

static int option_conflict(struct upsert *u)
{
    struct modification *m = u->m;
    struct column_list columns;
    u->arbiter = m->table->primary;
    if (m->options.conflict.data == NULL)
        return 0;
    if (option_columns(m->rq, m->options.conflict, "conflict", m->table, &columns) < 0)
        return -1;
    for (int i = 0; i < m->table->index_count; i++)
        if (index_is_on(m->table->indexes[i], &columns)) {
            u->arbiter = m->table->indexes[i];
            return 0;
        }
    return fail(m->rq->error, SQLSTATE_INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification");
}

static int option_update(struct upsert *u)
{
    struct modification *m = u->m;
    u->update_given = m->options.update.data != NULL;
    return u->update_given ? option_columns(m->rq, m->options.update, "update", m->table, &u->update) : 0;
}

/* --- Rows --- */

/* Which columns of the existing row are overwritten: `update` takes the proposed row's values, defaults included. */
static const bool *columns_to_update(struct upsert *u, const struct input_row *record)
{
    const struct table *table = u->m->table;
    bool *given = ARENA_ARRAY(u->m->rq->arena, bool, table->column_count);
    if (u->update_given) {
        for (int i = 0; i < u->update.count; i++)
            given[u->update.columns[i]] = true;
        return given;
    }
    memcpy(given, record->given, sizeof *given * (size_t)table->column_count);
    for (int i = 0; i < u->arbiter->count; i++)
        given[u->arbiter->columns[i].column] = false;
    return given;
}

static int upsert_existing(struct upsert *u, const struct input_row *record, const struct proposal *row, const struct found *old)
{
    struct modification *m = u->m;
    struct found updated;
    if (!conflict_touch(&u->conflict, &old->key))
        return conflict_refuse_twice(m->rq);
    if (conflict_check_visible(&u->conflict, old) < 0)
        return -1;
    if (write_update(&m->write, old, row->columns, columns_to_update(u, record), &updated) < 0)
        return -1;
    conflict_touch(&u->conflict, &updated.key);
    modify_count(m, &updated);
    return 0;
}

static int upsert_new(struct upsert *u, const struct proposal *row)
{
    struct found inserted;
    if (write_insert(&u->m->write, row, &inserted) < 0)
        return -1;
    conflict_touch(&u->conflict, &inserted.key);
    modify_count(u->m, &inserted);
    return 0;
}

/* It is ON CONFLICT (arbiter) DO UPDATE SET column = EXCLUDED.column: both are read, what is updated is updated. */
static int rights_of_update(struct upsert *u, const struct input_row *record)
{
    struct modification *m = u->m;
    if (rights_whole(m->rq, m->table, PRIVILEGE_SELECT | PRIVILEGE_UPDATE))
        return 0;
    const bool *updated = columns_to_update(u, record);
    bool *read = ARENA_ARRAY(m->rq->arena, bool, m->table->column_count);
    memcpy(read, updated, sizeof *read * (size_t)m->table->column_count);
    for (int i = 0; i < u->arbiter->count; i++)
        read[u->arbiter->columns[i].column] = true;
    return rights_of_columns(m->rq, m->table, PRIVILEGE_UPDATE, updated) < 0 ? -1 : rights_of_columns(m->rq, m->table, PRIVILEGE_SELECT, read);
}

static int upsert_records(struct upsert *u, struct slice object)
{
    struct records records;
    if (option_conflict(u) < 0 || option_update(u) < 0 || records_start(u->m->rq, object, &records) < 0)
        return -1;
    while (records.left > 0) {
        struct input_row record;
        struct proposal row;
        struct found old;
        if (modify_propose(u->m, &records, &record, &row) < 0 || rights_of_update(u, &record) < 0)
            return -1;
        int conflict = write_conflict(&u->m->write, &row, u->arbiter, &old);
        if (conflict < 0)
            return -1;
        if ((conflict == 1 ? upsert_existing(u, &record, &row, &old) : upsert_new(u, &row)) < 0)
            return -1;
    }
    return 0;
}

int upsert_method(struct request *rq, struct args args, struct buf *out)
{
    struct modification m;
    const struct table *table;
    struct slice records;
    if (args_table(rq, &args, &table) < 0 || args_object(rq, &args, "the record", &records) < 0)
        return -1;
    int err = modify_start(&m, rq, table, &args, OPTION_CONFLICT | OPTION_UPDATE);
    m.write.reads = m.write.removes_keys = true;
    if (err == 0)
        err = modify_rights(&m, PRIVILEGE_INSERT | PRIVILEGE_UPDATE);
    if (err == 0)
        err = upsert_records(&(struct upsert){ .m = &m, .conflict = { .rq = rq, .table = table } }, records);
    return modify_end(&m, err, out);
}
