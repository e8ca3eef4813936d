/* txn: the one-call commit. Operations run in order in one change list; the first that fails, or that answers no (a rate
 * limit, too few credits), takes everything back, and the error's detail says which it was.
 *
 * A no that must not be forgotten (a wrong code counts towards the lock; native_function.keeps_refusal) is said once more after
 * that, by itself: what it wrote then stays, if it is the same no. */
#include "protocol/sql_methods.h"

#include <stdio.h>

#include "engine/super_admin.h"
#include "protocol/args.h"
#include "protocol/methods.h"
#include "value/mp.h"

/* The operation's number in front of what the error's detail says already. */
static int fail_operation(struct request *rq, uint32_t number, uint32_t count)
{
    char detail[ERROR_DETAIL_MAX];
    snprintf(detail, sizeof detail, "%s", rq->error->detail);
    if (detail[0] == '\0')
        return fail_detail(rq->error, "operation %u of %u", number, count);
    return fail_detail(rq->error, "operation %u of %u: %s", number, count, detail);
}

/* A member of the result of a refusing function, as a number for the hint; 0: there is none. */
static int64_t retry_after_ms(struct slice result)
{
    uint32_t count;
    struct slice key;
    int64_t number;
    if (!mp_map(&result, &count))
        return 0;
    while (count-- > 0 && mp_str(&result, &key)) {
        if (slice_is(key, "retry_after_ms") && mp_int(&result, &number))
            return number;
        mp_skip(&result, NULL);
    }
    return 0;
}

struct operation {
    struct slice text;                  /* all of it: [method, arg...] */
    const struct method *method;
    struct args args;
};

static int read_operation(struct request *rq, struct slice *in, struct operation *ret)
{
    struct slice name;
    *ret = (struct operation){ 0 };
    if (mp_skip(in, &ret->text))
        ret->args.rest = ret->text;
    if (!mp_array(&ret->args.rest, &ret->args.count) || ret->args.count == 0 || !mp_str(&ret->args.rest, &name))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "an operation is an array of a method and its params");
    ret->args.count--;
    ret->method = method_find(name);
    if (ret->method != NULL && ret->method->in_txn)
        return 0;
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%.*s\" cannot be an operation of a transaction", SLICE_FMT(name));
    return fail_hint(rq->error, "the methods of records can, and call");
}

/* What holds for all of a transaction is said beside its operations: in one of them it would be passed over. */
static int refuse_options(struct request *rq, const struct operation *operation)
{
    static const char *const of_all[] = { "idempotency_key", "durability", "restore" };
    struct slice options, name, value, rest = operation->args.rest;
    uint32_t count;
    if (operation->method->options_at < 0 || operation->args.count <= (uint32_t)operation->method->options_at)
        return 0;
    for (int i = 0; i < operation->method->options_at; i++)
        mp_skip(&rest, NULL);
    if (!mp_skip(&rest, &options) || !mp_map(&options, &count))
        return 0;                       /* the method says what is wrong */
    while (count-- > 0 && mp_str(&options, &name) && mp_skip(&options, &value))
        for (size_t i = 0; i < sizeof of_all / sizeof *of_all; i++)
            if (slice_is(name, of_all[i]) && mp_peek(value) != MP_NIL) {
                fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%s\" is not for an operation of a transaction", of_all[i]);
                return fail_hint(rq->error, i < 2 ? "Give it to txn, beside the operations: it holds for all of them." : "Give it to a call of its own.");
            }
    return 0;
}

const struct native_function *method_refusing(struct request *rq, const struct method *method, struct args args, struct slice result)
{
    struct slice name;
    const struct native_function *function = NULL;
    if (method_is_sql(method)) {
        function = query_native(method, rq->queries, args);
        return function != NULL && query_refused(function, result) ? function : NULL;
    }
    if (method->run == call_method && args.count > 0 && mp_str(&args.rest, &name))
        function = native_find(name);
    return function != NULL && native_refused(function, result) ? function : NULL;
}

static int check_refusal(struct request *rq, const struct operation *operation, struct slice result)
{
    const struct native_function *function = method_refusing(rq, operation->method, operation->args, result);
    if (function == NULL)
        return 0;
    if (function->keeps_refusal)
        rq->refused = operation->text;
    fail(rq->error, function->refusal, "\"%s\" refused, so nothing of the transaction was done", function->name);
    int64_t wait_ms = retry_after_ms(result);
    return wait_ms > 0 ? fail_hint(rq->error, "try again in %lld ms", (long long)wait_ms) : -1;
}

static int run_operation(struct request *rq, struct slice *in, struct buf *out)
{
    struct operation operation;
    size_t start = out->size;
    int mark = changes_mark(rq);
    if (read_operation(rq, in, &operation) < 0 || refuse_options(rq, &operation) < 0 || operation.method->run(rq, operation.args, out) < 0 || super_admins_hold(rq, mark) < 0)
        return -1;
    return check_refusal(rq, &operation, slice_of(out->data + start, out->size - start));
}

void txn_repeat_refusal(struct request *rq)
{
    struct operation operation;
    struct buf answer = { 0 };
    int mark = changes_mark(rq);
    bool same = read_operation(rq, &rq->refused, &operation) == 0 && operation.method->run(rq, operation.args, &answer) == 0 &&
                method_refusing(rq, operation.method, operation.args, buf_slice(&answer)) != NULL;
    if (!same)
        changes_undo(rq, mark);
    buf_done(&answer);
}

int txn_run(struct request *rq, struct args args, struct buf *out)
{
    uint32_t count;
    struct slice operations;
    struct options options;
    if (args_object(rq, &args, "the array of operations", &operations) < 0 || args_options(rq, &args, OPTIONS_OF_WRITES, &options) < 0)
        return -1;
    if (!mp_array(&operations, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the operations must be an array");
    if (count > TXN_OPS_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the transaction has %u operations, more than %d", count, TXN_OPS_MAX);
    rq->refused = slice_of(NULL, 0);
    mp_put_array(out, count);
    for (uint32_t i = 0; i < count; i++) {
        if (run_operation(rq, &operations, out) < 0)
            return fail_operation(rq, i + 1, count);
        if (out->size > REPLY_SIZE_MAX) {
            fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the reply has more than %zu bytes", REPLY_SIZE_MAX);
            return fail_operation(rq, i + 1, count);
        }
    }
    return 0;
}
