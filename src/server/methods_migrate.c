/* migrate: applies what is new of a list of migrations, each in a turn of its own; or plans it in a catalog of its own. */
#include "server/methods.h"

#include <string.h>

#include "server/migrations.h"
#include "value/mp.h"

struct migrate {
    struct migration_files files;
    bool plan;
};

static int read_file(struct request *rq, struct slice *in, struct migration_file *ret)
{
    uint32_t count;
    struct slice key, value, name = { 0 };
    *ret = (struct migration_file){ 0 };
    if (!mp_map(in, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a migration is a map of \"name\" and \"text\"");
    while (count-- > 0) {
        if (!mp_str(in, &key) || !mp_str(in, &value))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"name\" and \"text\" of a migration are texts");
        if (slice_is(key, "name"))
            name = value;
        else if (slice_is(key, "text"))
            ret->text = value;
        else
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a migration has no \"%.*s\"", SLICE_FMT(key));
    }
    if (name.size == 0 || name.size > 255 || memchr(name.data, '/', name.size) != NULL || ret->text.data == NULL)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "a migration needs a \"name\" (a file's, without folder) and a \"text\"");
    if (ret->text.size > MIGRATION_SIZE_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "migration \"%.*s\" has %zu bytes, more than %zu", SLICE_FMT(name),
                    ret->text.size, MIGRATION_SIZE_MAX);
    ret->name = arena_string(rq->arena, name);
    return 0;
}

static int read_options(struct request *rq, struct slice options, struct migrate *ret)
{
    uint32_t count;
    struct slice key;
    if (mp_nil(&options))
        return 0;
    if (!mp_map(&options, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the options are not a map");
    while (count-- > 0)
        if (!mp_str(&options, &key) || !slice_is(key, "plan") || !mp_bool(&options, &ret->plan))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "migrate has one option, \"plan\": true or false");
    return 0;
}

static int read_params(struct request *rq, struct args args, struct migrate *ret)
{
    uint32_t count;
    *ret = (struct migrate){ 0 };
    if (args.count < 1 || args.count > 2 || !mp_array(&args.rest, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "migrate takes an array of migrations, and options");
    if (count > args.rest.size)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "migrate takes an array of migrations, and options");
    ret->files = (struct migration_files){ (int)count, ARENA_ARRAY(rq->arena, struct migration_file, count + 1) };
    for (int i = 0; i < ret->files.count; i++)
        if (read_file(rq, &args.rest, &ret->files.items[i]) < 0)
            return -1;
    return args.count == 2 ? read_options(rq, args.rest, ret) : 0;
}

static void put_head(struct buf *out, const struct migration_file *file, const char *state)
{
    mp_put_map(out, 3);
    mp_put_string(out, "name");
    mp_put_string(out, file->name);
    mp_put_string(out, "state");
    mp_put_string(out, state);
    mp_put_string(out, "effects");
}

/* The newest catalog, and of each file how it stands to it. The states live in the request's arena. */
static int read_states(struct request *rq, const struct migrate *migrate, enum migration_state **ret, struct catalog **ret_copy)
{
    struct view view;
    int result = 0;
    if (view_begin(rq->view->store, &view, rq->error) < 0)
        return -1;
    *ret = ARENA_ARRAY(rq->arena, enum migration_state, migrate->files.count + 1);
    for (int i = 0; i < migrate->files.count; i++)
        (*ret)[i] = migration_state(view.catalog, &migrate->files.items[i]);
    if (ret_copy != NULL)
        result = migrations_copy(view.catalog, ret_copy, rq->error);
    view_end(&view);
    return result;
}

static int check_unchanged(struct request *rq, const struct migrate *migrate, const enum migration_state *states)
{
    for (int i = 0; i < migrate->files.count; i++)
        if (states[i] == MIGRATION_CHANGED)
            return migration_refuse_changed(&migrate->files.items[i], rq->error);
    return 0;
}

/* Those before a file that fails stay applied: each is a transaction, and the error names the file. */
static int run_files(struct request *rq, const struct migrate *migrate, const enum migration_state *states, struct catalog *planned,
                     struct buf *out)
{
    mp_put_array(out, (uint32_t)migrate->files.count);
    for (int i = 0; i < migrate->files.count; i++) {
        const struct migration_file *file = &migrate->files.items[i];
        put_head(out, file, states[i] == MIGRATION_APPLIED ? "applied" : "new");
        int result = 0;
        if (states[i] == MIGRATION_APPLIED)
            mp_put_array(out, 0);
        else if (planned != NULL)
            result = migration_plan(planned, file, out, rq->error);
        else
            result = migration_apply(rq, file, out);
        if (result < 0)
            return -1;
    }
    return 0;
}

int migrate_run(struct request *rq, struct args args, struct buf *out)
{
    struct migrate migrate;
    struct catalog *planned = NULL;
    enum migration_state *states;
    if (read_params(rq, args, &migrate) < 0)
        return -1;
    if (read_states(rq, &migrate, &states, migrate.plan ? &planned : NULL) < 0)
        return -1;
    int result = check_unchanged(rq, &migrate, states);
    if (result == 0)
        result = run_files(rq, &migrate, states, planned, out);
    if (planned != NULL)
        catalog_free(planned);
    return result;
}
