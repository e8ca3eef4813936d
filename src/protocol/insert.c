/* insert: [table, record or records, {returning, on_conflict, organization}?] */
#include "protocol/modify.h"

#include "engine/policy/rights.h"
#include "protocol/methods.h"

static int option_on_conflict(struct request *rq, struct slice object, bool *ret_nothing)
{
    struct slice text = SLICE_LITERAL("error");
    if (option_text(rq, object, "on_conflict", &text) < 0)
        return -1;
    *ret_nothing = slice_is(text, "nothing");
    if (!*ret_nothing && !slice_is(text, "error"))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"on_conflict\" must be \"error\" or \"nothing\"");
    return 0;
}

static int insert_records(struct modification *m, struct slice object)
{
    struct records records;
    bool nothing;
    if (option_on_conflict(m->rq, m->options.on_conflict, &nothing) < 0 || records_start(m->rq, object, &records) < 0)
        return -1;
    while (records.left > 0) {
        struct input_row record;
        struct proposal row;
        struct found found;
        if (modify_propose(m, &records, &record, &row) < 0)
            return -1;
        int conflict = nothing ? write_conflict(&m->write, &row, NULL, NULL) : 0;
        if (conflict == 1)
            continue;
        if (conflict < 0 || write_insert(&m->write, &row, m->returning.wanted ? &found : NULL) < 0)
            return -1;
        modify_count(m, &found);
    }
    return 0;
}

int insert_method(struct request *rq, struct args args, struct buf *out)
{
    struct modification m;
    const struct table *table;
    struct slice records;
    if (args_table(rq, &args, &table) < 0 || args_object(rq, &args, "the record", &records) < 0)
        return -1;
    int err = modify_start(&m, rq, table, &args, OPTION_ON_CONFLICT | OPTION_RESTORE);
    if (err == 0 && !m.restores)
        err = modify_rights(&m, PRIVILEGE_INSERT);
    if (err == 0)
        err = insert_records(&m, records);
    return modify_end(&m, err, out);
}
