/* migrate: applies what is new of a list of migrations, each in a turn of its own; or plans it in a catalog of its own. */
#include "protocol/methods.h"

#include <assert.h>
#include <string.h>

#include "catalog/plan.h"
#include "engine/migrations.h"
#include "value/mp.h"

struct migrate {
    struct migration_files files;
    bool plan, out_of_order;
};

/* How a file stands to the newest catalog before anything happens. */
struct standing {
    enum migration_state state;
    const char *behind;             /* it comes before this one, which is applied; or NULL */
    struct error order;             /* why it is out of order; SQLSTATE_OK: it is not */
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
    while (count-- > 0) {
        bool read = mp_str(&options, &key);
        bool *option = !read ? NULL : slice_is(key, "plan") ? &ret->plan : slice_is(key, "out_of_order") ? &ret->out_of_order : NULL;
        if (option != NULL && *option)
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "option \"%.*s\" of migrate is given twice", SLICE_FMT(key));
        if (option == NULL || !mp_bool(&options, option))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "migrate has the options \"plan\" and \"out_of_order\": true or false");
    }
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

/* --- Where the files stand --- */

static void put_missing(const struct catalog *catalog, const struct migration_files *files, struct buf *out)
{
    uint32_t count = 0;
    struct buf list = { 0 };
    for (int i = 0; i < catalog->migration_count; i++)
        if (!migration_is_among(files, &catalog->migrations[i])) {
            mp_put_string(&list, catalog->migrations[i].name);
            count++;
        }
    mp_put_array(out, count);
    buf_append_slice(out, buf_slice(&list));
    buf_done(&list);
}

/* The standings live in the request's arena; `missing`: the applied migrations that are none of the files; *ret_copy: a catalog of the
 * plan's own, or NULL. */
static int read_standings(struct request *rq, const struct migrate *migrate, struct standing **ret, struct buf *missing, struct catalog **ret_copy)
{
    struct view view;
    if (view_begin(rq->view->store, &view, rq->error) < 0)
        return -1;
    *ret = ARENA_ARRAY(rq->arena, struct standing, migrate->files.count + 1);
    for (int i = 0; i < migrate->files.count; i++) {
        const struct migration_file *file = &migrate->files.items[i];
        struct standing *standing = &(*ret)[i];
        const char *behind = migration_behind(view.catalog, file);
        standing->state = migration_state(view.catalog, file);
        standing->behind = behind == NULL ? NULL : arena_string(rq->arena, slice_of_string(behind));
        if (!migrate->out_of_order)
            migration_refuse_order(view.catalog, &migrate->files, file, &standing->order);
    }
    put_missing(view.catalog, &migrate->files, missing);
    int result = migrate->plan ? migrations_copy(view.catalog, ret_copy, rq->error)
                               : migrations_check_declaration(view.catalog, &migrate->files, rq->error);
    view_end(&view);
    return result;
}

static void put_text(struct buf *out, const char *key, const char *text)
{
    mp_put_string(out, key);
    if (text == NULL || text[0] == '\0')
        mp_put_nil(out);
    else
        mp_put_string(out, text);
}

static void put_number(struct buf *out, const char *key, int64_t number)
{
    mp_put_string(out, key);
    mp_put_int(out, number);
}

/* --- Applying --- */

static int refuse_any(struct request *rq, const struct migrate *migrate, const struct standing *standings)
{
    for (int i = 0; i < migrate->files.count; i++) {
        if (standings[i].state == MIGRATION_CHANGED)
            return migration_refuse_changed(&migrate->files.items[i], rq->error);
        if (standings[i].order.state != SQLSTATE_OK) {
            *rq->error = standings[i].order;
            return -1;
        }
    }
    return 0;
}

/* Those before a file that fails stay applied: each is a transaction, and the error names the file. */
static int apply_files(struct request *rq, const struct migrate *migrate, const struct standing *standings, struct buf *out)
{
    if (refuse_any(rq, migrate, standings) < 0)
        return -1;
    mp_put_string(out, "migrations");
    mp_put_array(out, (uint32_t)migrate->files.count);
    for (int i = 0; i < migrate->files.count; i++) {
        const struct migration_file *file = &migrate->files.items[i];
        bool new = standings[i].state == MIGRATION_NEW;
        mp_put_map(out, 5);
        put_text(out, "name", file->name);
        put_text(out, "state", "applied");
        mp_put_string(out, "now");
        mp_put_bool(out, new);
        put_text(out, "behind", new ? standings[i].behind : NULL);
        mp_put_string(out, "effects");
        struct effects effects = { 0 };
        if (new && migration_apply(rq, file, &effects) < 0)
            return -1;
        mp_put_array(out, (uint32_t)effects.count);
        for (int e = 0; e < effects.count; e++)
            mp_put_string(out, effects.items[e].text);
    }
    return 0;
}

/* --- Planning --- */

static void plan_files(const struct migrate *migrate, const struct standing *standings, struct plan *plan)
{
    for (int i = 0; i < migrate->files.count; i++) {
        const struct migration_file *file = &migrate->files.items[i];
        struct error error;
        if (standings[i].state == MIGRATION_CHANGED) {
            migration_refuse_changed(file, &error);
            plan_refuse_file(plan, file->name, &error);
        }
        if (standings[i].state != MIGRATION_NEW)
            continue;
        if (standings[i].order.state != SQLSTATE_OK)
            plan_refuse_file(plan, file->name, &standings[i].order);
        plan_file(plan, file->name, file->text);
    }
}

static const struct planned_file *planned_of(const struct plan *plan, const char *name)
{
    for (int i = 0; i < plan->file_count; i++)
        if (strcmp(plan->files[i].name, name) == 0)
            return &plan->files[i];
    return NULL;
}

static void put_planned(const struct migrate *migrate, const struct standing *standings, const struct plan *plan, struct buf *out)
{
    static const struct planned_file nothing;
    mp_put_string(out, "migrations");
    mp_put_array(out, (uint32_t)migrate->files.count);
    for (int i = 0; i < migrate->files.count; i++) {
        const struct planned_file *planned = planned_of(plan, migrate->files.items[i].name), *p = planned != NULL ? planned : &nothing;
        mp_put_map(out, 7);
        put_text(out, "name", migrate->files.items[i].name);
        put_text(out, "state", planned == NULL ? "applied" : p->refused > 0 ? "refused" : p->pulled_down > 0 ? "pulled down" : "new");
        put_text(out, "behind", planned == NULL ? NULL : standings[i].behind);
        put_number(out, "statements", p->statements);
        put_number(out, "refused", p->refused);
        put_number(out, "pulled_down", p->pulled_down);
        mp_put_string(out, "effects");
        mp_put_array(out, (uint32_t)p->effect_count);
        for (int e = 0; e < p->effect_count; e++)
            mp_put_string(out, p->effects[e]);
    }
}

static void put_reason(const struct error *error, struct buf *out)
{
    put_text(out, "sqlstate", sqlstate_code(error->state));
    put_text(out, "reason", error->message);
    put_text(out, "detail", error->detail);
    put_text(out, "hint", error->hint);
}

/* Its pairs; the caller puts `more` behind them. */
static void put_refusal(const struct refusal *refusal, uint32_t more, struct buf *out)
{
    mp_put_map(out, 9 + more);
    put_text(out, "file", refusal->file);
    put_number(out, "line", refusal->line);
    put_text(out, "kind", refusal->kind);
    put_text(out, "statement", refusal->statement);
    put_reason(&refusal->error, out);
    mp_put_string(out, "also");
    mp_put_array(out, (uint32_t)refusal->also_count);
    for (int i = 0; i < refusal->also_count; i++) {
        mp_put_map(out, 4);
        put_reason(&refusal->also[i], out);
    }
}

static void put_pulled_down(const struct plan *plan, int cause, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < plan->refusal_count; i++)
        count += plan->refusals[i].cause == cause;
    mp_put_string(out, "pulls_down");
    mp_put_array(out, count);
    for (int i = 0; i < plan->refusal_count; i++)
        if (plan->refusals[i].cause == cause)
            put_refusal(&plan->refusals[i], 0, out);
}

static void put_refusals(const struct plan *plan, struct buf *out)
{
    uint32_t count = 0;
    for (int i = 0; i < plan->refusal_count; i++)
        count += plan->refusals[i].cause < 0;
    mp_put_string(out, "refusals");
    mp_put_array(out, count);
    for (int i = 0; i < plan->refusal_count; i++)
        if (plan->refusals[i].cause < 0) {
            put_refusal(&plan->refusals[i], 1, out);
            put_pulled_down(plan, i, out);
        }
}

/* What there would be without everything that is refused or pulled down. */
static void put_left(const struct plan *plan, struct buf *out)
{
    const struct catalog *catalog = plan->catalog;
    int statements = 0, honoured = 0, policies = 0;
    for (int i = 0; i < plan->file_count; i++) {
        statements += plan->files[i].statements;
        honoured += plan->files[i].statements;
    }
    for (int i = 0; i < plan->refusal_count; i++)
        honoured -= plan->refusals[i].statement[0] != '\0';
    for (int i = 0; i < catalog->table_count; i++)
        policies += catalog->tables[i]->policy_count;
    mp_put_string(out, "left");
    mp_put_map(out, 6);
    put_number(out, "statements", honoured);
    put_number(out, "of", statements);
    put_number(out, "tables", catalog->table_count);
    put_number(out, "views", catalog->view_count);
    put_number(out, "indexes", catalog->index_count);
    put_number(out, "policies", policies);
}

static void run_plan(const struct migrate *migrate, const struct standing *standings, struct catalog *catalog, struct buf *out)
{
    struct plan plan;
    plan_init(&plan, catalog);
    plan_files(migrate, standings, &plan);
    put_planned(migrate, standings, &plan, out);
    put_refusals(&plan, out);
    put_left(&plan, out);
    plan_done(&plan);
}

/* --- Both --- */

static int run(struct request *rq, const struct migrate *migrate, struct buf *missing, struct buf *out)
{
    struct catalog *copy = NULL;
    struct standing *standings;
    int result = 0;
    if (read_standings(rq, migrate, &standings, missing, &copy) < 0)
        return -1;
    mp_put_map(out, migrate->plan ? 4 : 2);
    mp_put_string(out, "missing");
    buf_append_slice(out, buf_slice(missing));
    if (migrate->plan)
        run_plan(migrate, standings, copy, out);
    else
        result = apply_files(rq, migrate, standings, out);
    return result;
}

int migrate_run(struct request *rq, struct args args, struct buf *out)
{
    struct migrate migrate;
    struct buf missing = { 0 };
    if (read_params(rq, args, &migrate) < 0)
        return -1;
    assert(migrate.plan || rq->worker != WORKER_BACKGROUND);        /* only the writer changes anything */
    int result = run(rq, &migrate, &missing, out);
    buf_done(&missing);
    return result;
}
