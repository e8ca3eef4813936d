/* update: [table, target, changes, {returning, organization}?]; delete: [table, target, {returning, organization}?].
 * Rows are found first, all of them, under the policies of the command, and written after that. */
#include "protocol/modify.h"

#include "engine/policy/rights.h"
#include "engine/scan/unique.h"
#include "protocol/methods.h"

static int update_rows(struct modification *m, struct slice target, struct slice changes)
{
    struct input_row record;
    struct found *rows;
    int count;
    if (args_record(m->rq, m->table, &changes, &record) < 0 ||
        rights_of_columns(m->rq, m->table, PRIVILEGE_UPDATE, record.given) < 0 || defaults_allow(m->table, record.given, m->rq->error) < 0 ||
        modify_targets(m, target, POLICY_UPDATE, &rows, &count) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        struct found updated;
        if (write_update(&m->write, &rows[i], record.columns, record.given, &updated) < 0)
            return -1;
        modify_count(m, &updated);
    }
    return 0;
}

int update_method(struct request *rq, struct args args, struct buf *out)
{
    struct modification m;
    const struct table *table;
    struct slice target, changes;
    if (args_table(rq, &args, &table) < 0 || args_object(rq, &args, "the target", &target) < 0 ||
        args_object(rq, &args, "the map of changes", &changes) < 0)
        return -1;
    int err = modify_start(&m, rq, table, &args, 0);
    if (err == 0)
        err = modify_rights(&m, PRIVILEGE_UPDATE);
    if (err == 0)
        err = update_rows(&m, target, changes);
    return modify_end(&m, err, out);
}

static int delete_rows(struct modification *m, struct slice target)
{
    struct found *rows;
    int count;
    if (modify_targets(m, target, POLICY_DELETE, &rows, &count) < 0)
        return -1;
    for (int i = 0; i < count; i++) {
        if ((m->returning.wanted && found_open(m->rq, m->table, &rows[i]) < 0) || write_delete(&m->write, &rows[i]) < 0)
            return -1;
        modify_count(m, &rows[i]);
    }
    return 0;
}

int delete_method(struct request *rq, struct args args, struct buf *out)
{
    struct modification m;
    const struct table *table;
    struct slice target;
    if (args_table(rq, &args, &table) < 0 || args_object(rq, &args, "the target", &target) < 0)
        return -1;
    int err = modify_start(&m, rq, table, &args, 0);
    if (err == 0)
        err = modify_rights(&m, PRIVILEGE_DELETE);
    if (err == 0)
        err = delete_rows(&m, target);
    return modify_end(&m, err, out);
}
