#include "protocol/dispatch.h"

#include <assert.h>

#include "base/work.h"
#include "engine/super_admin.h"
#include "engine/load.h"
#include "native/audit/audit_trail.h"
#include "native/native.h"
#include "native/restore.h"
#include "native/access/security_alert.h"
#include "native/monitoring/slow_query.h"
#include "protocol/idempotency.h"
#include "protocol/methods.h"
#include "protocol/sql_methods.h"
#include "protocol/rekey.h"
#include "protocol/superadmin.h"
#include "value/mp.h"

/* In the order in which requests are likely: method_find() goes through it. */
static const struct method methods[] = {
    { "get", METHOD_READ, RIGHT_SIGNED_IN, true, 2, get_method,
      "table, key, {columns, organization}?", "the row under a primary key" },
    { "call", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, call_method,
      "function, {parameter: value}?, {...}?", "runs a native function" },
    { "txn", METHOD_WRITE, RIGHT_SIGNED_IN, false, 1, txn_run,
      "[[method, arg...], ...], {...}?", "runs operations all or none" },
    { "insert", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, insert_method,
      "table, record or records, {returning, on_conflict, ...}?", "inserts rows" },
    { "scan", METHOD_READ, RIGHT_SIGNED_IN, true, 1, scan_method,
      "table, {where, order, limit, cursor, columns, names, organization}?", "rows by filter and order, a page at a time" },
    { "update", METHOD_WRITE, RIGHT_SIGNED_IN, true, 3, update_method,
      "table, target, changes, {returning, ...}?", "changes rows" },
    { "query", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, query_method,
      "text, [parameter...]?, {organization, ...}?", "runs a statement of SQL" },
    { "execute", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, execute_method,
      "handle, [parameter...]?, {organization, ...}?", "runs a prepared statement" },
    { "upsert", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, upsert_method,
      "table, record or records, {conflict, update, returning, ...}?", "inserts rows or updates those that are there" },
    { "delete", METHOD_WRITE, RIGHT_SIGNED_IN, true, 2, delete_method,
      "table, target, {returning, ...}?", "deletes rows" },
    { "count", METHOD_READ, RIGHT_SIGNED_IN, true, 1, count_method,
      "table, {where, organization}?", "the number of rows" },
    { "aggregate", METHOD_READ, RIGHT_SIGNED_IN, true, 1, aggregate_method,
      "table, {aggregates, group_by, where, order, limit, organization}", "count, min, max, sum, avg over groups" },
    { "explain", METHOD_READ, RIGHT_SIGNED_IN, false, -1, explain_method,
      "method, params", "how a request would find its rows" },
    { "prepare", METHOD_READ, RIGHT_SIGNED_IN, false, -1, prepare_method,
      "text", "a handle for a statement, with its parameters and columns" },
    { "ping", METHOD_SESSION, RIGHT_ANYONE, false, -1, NULL, "", "answers \"pong\"" },
    { "hello", METHOD_SESSION, RIGHT_ANYONE, false, -1, NULL, "{client}?", "server, version and protocol" },
    { "auth", METHOD_SESSION, RIGHT_ANYONE, false, -1, NULL, "token", "signs in with a token or the service key" },
    { "schema", METHOD_READ, RIGHT_SIGNED_IN, false, -1, schema_run, "table?", "tables, columns, indexes, policies" },
    { "stats", METHOD_READ, RIGHT_SERVICE, false, -1, stats_run, "", "counters of the server and its store" },
    { "tenants", METHOD_READ, RIGHT_SERVICE, false, -1, tenants_run, "", "the houses and their organizations" },
    { "migrate", METHOD_EXCLUSIVE, RIGHT_SERVICE, false, 1, migrate_run,
      "[{name, text}, ...], {plan, out_of_order}?", "applies migrations that are new, or says what they would do" },
    { "rekey", METHOD_EXCLUSIVE, RIGHT_SERVICE, false, -1, rekey_run, "{data}?", "a new master key for secret columns" },
    { "reseal", METHOD_WRITE, RIGHT_SERVICE, false, -1, reseal_run, "rows?", "a step of sealing rows anew" },
    { "snapshot", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, snapshot_run, "", "takes a snapshot now" },
    { "backup", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, backup_run, "directory", "a copy that the server can start on" },
    { "dump_open", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, dump_open_run, "", "begins to read one state of everything" },
    { "dump_read", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, dump_read_run, "dump, key, secrets, entries", "a page of it, from a key on" },
    { "dump_close", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, dump_close_run, "dump", "ends it" },
    { "verify", METHOD_OFFLOOP, RIGHT_SERVICE, false, -1, verify_run, "", "checks every row, index and checksum" },
};

const struct method *method_table(int *ret_count)
{
    *ret_count = (int)(sizeof methods / sizeof *methods);
    return methods;
}

const struct method *method_find(struct slice name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (methods[i].name[0] == (name.size == 0 ? '\0' : (char)name.data[0]) && slice_is(name, methods[i].name))
            return &methods[i];
    return NULL;
}

/* --- Options --- */

static int read_option(struct slice key, struct slice value, struct call_options *ret, struct error *error)
{
    struct slice text;
    bool plan;
    if (mp_peek(value) == MP_NIL)
        return 0;
    if (ret->kind != METHOD_WRITE && (slice_is(key, "idempotency_key") || slice_is(key, "restore"))) {
        fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "migrate and rekey have no option \"%.*s\"", SLICE_FMT(key));
        return fail_hint(error, "both may be called again: what was done is not done twice");
    }
    if (slice_is(key, "idempotency_key")) {
        if (!mp_str(&value, &text) || text.size == 0 || text.size > IDEMPOTENCY_KEY_MAX)
            return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"idempotency_key\" is not a text of 1 to %d bytes", IDEMPOTENCY_KEY_MAX);
        ret->idempotency_key = text;
    } else if (slice_is(key, "durability")) {
        if (!mp_str(&value, &text) || (!slice_is(text, "sync") && !slice_is(text, "relaxed")))
            return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"durability\" is neither \"sync\" nor \"relaxed\"");
        ret->relaxed = slice_is(text, "relaxed");
    } else if (slice_is(key, "restore")) {
        if (!mp_int(&value, &ret->restore) || ret->restore <= 0)
            return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"restore\" is not the number of a restore");
    } else if (slice_is(key, "plan") && ret->kind == METHOD_EXCLUSIVE && mp_bool(&value, &plan) && plan) {
        ret->kind = METHOD_OFFLOOP;     /* a plan changes nothing, so nobody has to wait for it */
    }
    return 0;
}

/* The options map at its position, if it is there: what this layer knows of it. Whoever runs the call checks the rest. */
static int read_options(struct slice options, struct call_options *ret, struct error *error)
{
    uint32_t count;
    struct slice key, value;
    if (mp_nil(&options))
        return 0;
    if (!mp_map(&options, &count))
        return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "the options are not a map");
    while (count-- > 0) {
        if (!mp_str(&options, &key))
            return fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "options are named by texts");
        mp_skip(&options, &value);
        if (read_option(key, value, ret, error) < 0)
            return -1;
    }
    return 0;
}

int method_options(const struct method *method, struct args args, struct queries *queries, struct call_options *ret, struct error *error)
{
    *ret = (struct call_options){ .kind = method->kind };
    if (method->run == call_method) {
        struct slice in = args.rest, name;
        const struct native_function *function = args.count > 0 && mp_str(&in, &name) ? native_find(name) : NULL;
        /* Without such a function the call fails, which needs no writer. */
        ret->kind = function != NULL && function->writes ? METHOD_WRITE : METHOD_READ;
        ret->relaxed = function != NULL && function->relaxed;
    }
    if (method_is_sql(method) && query_kind(method, queries, args, ret, error) < 0)
        return -1;
    bool takes_options = ret->kind == METHOD_WRITE || ret->kind == METHOD_EXCLUSIVE;
    if (!takes_options || method->options_at < 0 || args.count <= (uint32_t)method->options_at)
        return 0;
    for (int i = 0; i < method->options_at; i++)
        mp_skip(&args.rest, NULL);
    return read_options(args.rest, ret, error);
}

int method_kind_of(const struct method *method, struct args args, enum method_kind *ret, struct error *error)
{
    struct call_options options;
    if (method_options(method, args, NULL, &options, error) < 0)
        return -1;
    *ret = options.kind;
    return 0;
}

/* --- Running --- */

int method_allowed(const struct method *method, const struct principal *who, struct error *error)
{
    if (method->right == RIGHT_ANYONE)
        return 0;
    if (who->role == ROLE_NONE) {
        fail(error, SQLSTATE_INVALID_AUTHORIZATION, "\"%s\" needs a signed-in caller", method->name);
        return fail_hint(error, "call auth with a token or the service key first");
    }
    if (method->right == RIGHT_SERVICE && who->role != ROLE_SERVICE)
        return native_refuse_others(method->name, error);
    return 0;
}

/* A write under a key: given again, or run and kept in the same transaction. A refusal is not kept: it changed nothing but its own record, and
 * may be a yes when it is asked again. */
static int run_once(const struct method *method, struct request *rq, struct slice key, struct args args, struct buf *out)
{
    struct kept_reply kept;
    size_t start = out->size;
    int found = idempotency_find(rq, key, method->name, args, &kept);
    if (found < 0)
        return -1;
    if (found > 0) {
        buf_append_slice(out, kept.reply);
        return 0;
    }
    if (method->run(rq, args, out) < 0)
        return -1;
    struct slice reply = slice_of(out->data + start, out->size - start);
    return method_refusing(rq, method, args, reply) != NULL ? 0 : idempotency_keep(rq, &kept, reply);
}

/* The call becomes part of the load that it names. */
static int join_load(struct request *rq, int64_t id)
{
    struct load load;
    if (rq->who->role != ROLE_SERVICE)
        return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "the option \"restore\" is for the service role");
    int got = load_find(rq, &load);
    if (got < 0)
        return -1;
    if (got == 0 || load.over || load.id != id)
        return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this restore is not under way: it is over, or was taken back");
    rq->load = LOAD_OWN;
    restore_goes_on(rq);
    return 0;
}

/* What a call's changes leave beside them: trails, and the records of a load. To end a load or to take it back leaves none. */
static int leave_trails(const struct call_options *options, struct request *rq, int mark)
{
    if (rq->load == LOAD_OWN && options->restore == 0)
        return 0;
    if ((options->restore == 0 && security_trail(rq, mark) < 0) || audit_trail(rq, mark, options->restore != 0) < 0 || seeds_touched(rq, mark) < 0)
        return -1;
    return options->restore != 0 ? load_note(rq, mark) : 0;
}

/* Undoes what a failed call did, and then leaves what is to stay of it: a no, and the trail of a super admin's. */
static void take_back(const struct method *method, const struct call_options *options, struct request *rq, struct args args, int mark)
{
    struct error *error = rq->error, ignored = { 0 };
    changes_undo(rq, mark);
    rq->error = &ignored;
    if (rq->refused.data != NULL)
        txn_repeat_refusal(rq);
    mark = changes_mark(rq);
    if (rq->who->super_admin && superadmin_leaves_trail(rq, method, options, args) && superadmin_trail(rq, method, args, error->state) < 0)
        changes_undo(rq, mark);
    rq->error = error;
}

int method_run_allowed(const struct method *method, const struct call_options *options, struct request *rq, struct args args,
                       struct buf *out)
{
    size_t start = out->size;
    struct work work = { REQUEST_WORK_MAX };
    int mark = rq->changes == NULL ? 0 : changes_mark(rq);
    rq->work = rq->who->role == ROLE_SERVICE ? NULL : &work;
    int64_t began_us = sys_monotonic_us(rq->sys);
    assert(method->run != NULL);
    if (options->restore != 0 && join_load(rq, options->restore) < 0)
        return -1;
    int result = options->idempotency_key.data != NULL && options->kind == METHOD_WRITE
                     ? run_once(method, rq, options->idempotency_key, args, out)
                     : method->run(rq, args, out);
    if (result == 0)
        result = super_admins_hold(rq, mark);
    if (result == 0 && rq->who->super_admin && rq->changes != NULL && superadmin_leaves_trail(rq, method, options, args))
        result = superadmin_trail(rq, method, args, SQLSTATE_OK);
    if (result == 0 && rq->changes != NULL)
        result = leave_trails(options, rq, mark);
    slow_query_count(rq->host->query_counts, rq->worker, method->name, args.rest, args.count, sys_monotonic_us(rq->sys) - began_us);
    rq->work = NULL;                    /* it ends with this frame */
    if (result < 0) {
        assert(rq->error->state != SQLSTATE_OK);
        out->size = start;
        if (rq->changes != NULL)
            take_back(method, options, rq, args, mark);
        return -1;
    }
    assert(out->size > start);
    return 0;
}

int method_run(const struct method *method, struct request *rq, struct args args, struct buf *out)
{
    struct call_options options;
    if (method_allowed(method, rq->who, rq->error) < 0 || method_options(method, args, rq->queries, &options, rq->error) < 0)
        return -1;
    return method_run_allowed(method, &options, rq, args, out);
}
