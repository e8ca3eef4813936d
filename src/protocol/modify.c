#include "protocol/modify.h"

#include <assert.h>

#include "engine/policy/rights.h"
#include "engine/scan/select.h"
#include "protocol/filter.h"
#include "value/mp.h"

int modify_start(struct modification *m, struct request *rq, const struct table *table, struct args *args, unsigned allowed)
{
    *m = (struct modification){ .rq = rq, .table = table, .mark = changes_mark(rq) };
    write_start(&m->write, rq, table, true);
    if (rq->changes == NULL)
        return fail(rq->error, SQLSTATE_READ_ONLY_TRANSACTION, "cannot write in a read-only transaction");
    if (args_options(rq, args, allowed | OPTION_RETURNING | OPTION_ORGANIZATION | OPTIONS_OF_WRITES, &m->options) < 0)
        return -1;
    if (option_returning(rq, m->options.returning, table, &m->returning) < 0 ||
        option_organization(rq, m->options.organization, &m->organization) < 0)
        return -1;
    m->restores = rq->load == LOAD_OWN;
    m->write.reads = m->returning.wanted;
    int got = engine_house(rq, table, m->organization, &m->house);
    m->nowhere = got == 0;
    return got < 0 ? -1 : 0;
}

int modify_rights(struct modification *m, unsigned privileges)
{
    return rights_of_writing(m->rq, m->table, privileges, m->returning.wanted ? &m->returning.columns : NULL);
}

/* The row as it would be stored with no secrets in it, for whoever asked to have it returned. */
static struct slice clear_row(struct modification *m, const struct found *row)
{
    struct buf bytes = { 0 };
    row_begin(m->table->column_count, false, &bytes);
    for (int i = 0; i < m->table->column_count; i++)
        value_store(m->table->columns[i].type, &row->columns[i], &bytes);
    struct slice copy = arena_copy(m->rq->arena, buf_slice(&bytes));
    buf_done(&bytes);
    return copy;
}

void modify_count(struct modification *m, const struct found *row)
{
    if (m->returning.wanted) {
        if (m->count == m->capacity) {
            uint32_t capacity = m->capacity == 0 ? 1 : 2 * m->capacity;
            struct slice *rows = ARENA_ARRAY(m->rq->arena, struct slice, capacity);
            if (m->count > 0)
                memcpy(rows, m->rows, sizeof *rows * m->count);
            m->rows = rows;
            m->capacity = capacity;
        }
        m->rows[m->count] = row_is_sealed(row->bytes) ? clear_row(m, row) : row->bytes;
    }
    m->count++;
}

static int put_result(struct modification *m, struct buf *out)
{
    size_t start = out->size;
    mp_put_map(out, m->returning.wanted ? 2 : 1);
    mp_put_string(out, "count");
    mp_put_uint(out, m->count);
    if (!m->returning.wanted)
        return 0;
    mp_put_string(out, "rows");
    mp_put_array(out, m->count);
    for (uint32_t i = 0; i < m->count; i++) {
        row_put(m->table, m->rows[i], &m->returning.columns, out);
        if (out->size - start > REPLY_SIZE_MAX)
            return fail(m->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the returned rows are larger than a reply may be");
    }
    return 0;
}

int modify_end(struct modification *m, int err, struct buf *out)
{
    size_t before = out->size;
    if (err == 0)
        err = write_finish(&m->write);
    write_done(&m->write);
    if (err == 0)
        err = put_result(m, out);
    if (err < 0) {
        changes_undo(m->rq, m->mark);
        out->size = before;
    }
    return err;
}

/* --- Records --- */

int records_start(struct request *rq, struct slice object, struct records *ret)
{
    *ret = (struct records){ object, 1 };
    if (mp_peek(object) == MP_ARRAY)
        mp_array(&ret->rest, &ret->left);
    if (ret->left > INSERT_ROWS_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are %u records, the limit is %d", ret->left, INSERT_ROWS_MAX);
    return 0;
}

/* The option `organization` says what a record leaves out, and must not be contradicted. */
static int take_organization(struct modification *m, struct input_row *record)
{
    const struct table *table = m->table;
    if (m->organization == NULL || table->tenancy != TENANCY_TENANT || table->is_organizations)
        return 0;
    struct value *organization = &record->columns[table->tenant_column];
    if (!record->given[table->tenant_column]) {
        *organization = value_uuid(*m->organization);
        record->given[table->tenant_column] = true;
    } else if (value_is_null(organization) || uuid_compare(&organization->uuid, m->organization) != 0) {
        return fail(m->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a record belongs to another organization than the option names");
    }
    return 0;
}

int modify_propose(struct modification *m, struct records *records, struct input_row *ret_record, struct proposal *ret)
{
    assert(records->left > 0);
    records->left--;
    if (args_record(m->rq, m->table, &records->rest, ret_record) < 0 || take_organization(m, ret_record) < 0)
        return -1;
    if (!m->restores && rights_of_columns(m->rq, m->table, PRIVILEGE_INSERT, ret_record->given) < 0)
        return -1;
    uint32_t hint = m->organization != NULL && !m->nowhere ? m->house : HOUSE_ANY;
    return write_propose(&m->write, hint, ret_record->columns, ret_record->given, ret);
}

/* --- Targets --- */

static int targets_where(struct modification *m, struct slice map, enum policy_command command, struct found **ret, int *ret_count)
{
    struct query query = { .table = m->table, .command = command, .house = m->house };
    uint32_t count;
    struct slice name;
    if (!mp_map(&map, &count) || count != 1 || !mp_str(&map, &name) || !slice_is(name, "where"))
        return fail(m->rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the target must be a key or {\"where\": filter}");
    if (filter_from_wire(m->rq, m->table, &map, &query.where) < 0 || rights_of_target(m->rq, m->table, false, query.where) < 0)
        return -1;
    query.reads = m->write.reads = m->write.reads || reads_columns(query.where);
    return m->nowhere ? 0 : select_all(m->rq, &query, ret, ret_count);
}

int modify_targets(struct modification *m, struct slice target, enum policy_command command, struct found **ret, int *ret_count)
{
    *ret = NULL;
    *ret_count = 0;
    if (mp_peek(target) == MP_MAP)
        return targets_where(m, target, command, ret, ret_count);
    if (rights_of_target(m->rq, m->table, true, NULL) < 0)
        return -1;
    m->write.reads = true;
    if (m->nowhere)
        return 0;
    struct value key[INDEX_COLUMNS_MAX];
    if (args_key(m->rq, m->table, target, key) < 0)
        return -1;
    struct found *row = ARENA_NEW(m->rq->arena, struct found);
    int got = select_by_key(m->rq, m->table, command, m->house, key, row);
    *ret = row;
    *ret_count = got == 1;
    return got < 0 ? -1 : 0;
}
