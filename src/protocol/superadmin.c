#include "protocol/superadmin.h"

#include <stdio.h>

#include "native/draft.h"
#include "protocol/methods.h"
#include "protocol/sql_methods.h"
#include "sql/tell.h"
#include "value/json.h"
#include "value/mp.h"
#include "value/utf8.h"

#define ACTION_MAX 256
#define ACTION_CHARACTERS_MAX 56        /* of a table, function or statement; each has 4 bytes at most */

/* --- Whether --- */

static bool is_own(struct request *rq, struct slice object)
{
    struct value value;
    struct error ignored;
    return value_from_wire(type_of(TYPE_UUID), &object, rq->arena, &value, &ignored) == 0 && !value_is_null(&value) &&
           rq->who->has_house && uuid_compare(&value.uuid, &rq->who->organization) == 0;
}

/* The member of a map; false: there is none, or it is no map. */
static bool member(struct slice map, const char *name, struct slice *ret)
{
    uint32_t count;
    struct slice key;
    if (!mp_map(&map, &count))
        return false;
    while (count-- > 0 && mp_str(&map, &key) && mp_skip(&map, ret))
        if (slice_is(key, name))
            return true;
    return false;
}

static bool argument(struct args args, int index, struct slice *ret)
{
    if (index < 0 || args.count <= (uint32_t)index)
        return false;
    for (int i = 0; i <= index; i++)
        if (!mp_skip(&args.rest, ret))
            return false;
    return true;
}

/* A parameter of a native function, as the call spells it. */
static bool call_parameter(struct request *rq, struct args args, const char *name, struct slice *ret)
{
    struct slice map, called;
    const struct native_function *function = argument(args, 0, &map) && mp_str(&map, &called) ? native_find(called) : NULL;
    return function != NULL && argument(args, 1, &map) && member(map, native_parameter_name(rq->view->catalog, function, name), ret);
}

/* The organization that a call names: an option of the methods of records, a parameter of native functions. */
static bool named_organization(struct request *rq, const struct method *method, struct args args, struct slice *ret)
{
    struct slice map;
    if (method->run == call_method)
        return call_parameter(rq, args, "organization_id", ret);
    return argument(args, method->options_at, &map) && member(map, "organization", ret);
}

static bool reads_tenants(struct request *rq, struct args args)
{
    struct slice name;
    const struct table *table = args.count > 0 && mp_str(&args.rest, &name) ? catalog_table(rq->view->catalog, name) : NULL;
    return table != NULL && table->tenancy != TENANCY_GLOBAL;
}

static bool is_himself(struct request *rq, struct slice object)
{
    struct value value;
    struct error ignored;
    return value_from_wire(type_of(TYPE_UUID), &object, rq->arena, &value, &ignored) == 0 && !value_is_null(&value) &&
           uuid_compare(&value.uuid, &rq->who->claims.uid) == 0;
}

/* What is about users lies in nobody's house: naming his own organization beside it does not make it his. */
static bool reads_users(struct request *rq, const struct method *method, struct args args)
{
    struct slice name, map, user;
    if (!argument(args, 0, &map) || !mp_str(&map, &name))
        return false;
    if (method->run == call_method) {
        const struct native_function *function = native_find(name);
        bool asks_all = function != NULL && function->caller == CALLER_ADMIN && !named_organization(rq, method, args, &map);
        return asks_all || (call_parameter(rq, args, "user_id", &user) && mp_peek(user) != MP_NIL && !is_himself(rq, user));
    }
    const struct table *table = catalog_table(rq->view->catalog, name);
    return table != NULL && (table->tenancy == TENANCY_USER || table == rq->view->catalog->users);
}

bool superadmin_leaves_trail(struct request *rq, const struct method *method, const struct call_options *options, struct args args)
{
    struct slice organization;
    if (options->kind == METHOD_WRITE)
        return true;
    if (options->kind != METHOD_READ || !method->in_txn)
        return false;
    if (method_is_sql(method))
        return true;                    /* what it reads is known only when it is bound: perhaps users */
    if (reads_users(rq, method, args))
        return true;
    if (named_organization(rq, method, args, &organization))
        return !is_own(rq, organization);
    return method->run != call_method && reads_tenants(rq, args);
}

/* --- The row --- */

static const char *operation_type(const struct method *method)
{
    static const struct { const char *method, *type; } types[] = {
        { "insert", "CREATE" }, { "upsert", "UPDATE" }, { "update", "UPDATE" }, { "delete", "DELETE" },
        { "call", "EXECUTE" }, { "txn", "EXECUTE" }, { "query", "EXECUTE" }, { "execute", "EXECUTE" },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(method->name, types[i].method) == 0)
            return types[i].type;
    return "READ";
}

/* "insert contacts", "call consume_credits", "txn"; of SQL the text without its literals. */
static void describe(const char *method, struct args args, char action[static ACTION_MAX])
{
    struct slice name;
    struct buf text = { 0 };
    if (args.count > 0 && mp_str(&args.rest, &name)) {
        if (strcmp(method, "query") == 0)
            sql_tell(name, ACTION_MAX, &text);
        else
            buf_append_slice(&text, name);
        name = buf_slice(&text);
        snprintf(action, ACTION_MAX, "%s %.*s", method, (int)utf8_prefix(name, ACTION_CHARACTERS_MAX), (const char *)name.data);
    } else {
        snprintf(action, ACTION_MAX, "%s", method);
    }
    buf_done(&text);
}

/* The operations of a txn, as a JSON array of such descriptions: {"operations": [...]}. */
static int describe_operations(struct request *rq, struct args args, struct value *ret)
{
    uint32_t count;
    struct slice operation, name, json;
    struct buf wire = { 0 };
    *ret = VALUE_OF_NULL;
    if (args.count == 0 || !mp_array(&args.rest, &count))
        return 0;
    mp_put_map(&wire, 1);
    mp_put_string(&wire, "operations");
    mp_put_array(&wire, count);
    for (uint32_t i = 0; i < count; i++) {
        char action[ACTION_MAX] = "", method[METHOD_NAME_MAX + 1];
        struct args inside = { 0 };
        if (mp_skip(&args.rest, &operation) && mp_array(&operation, &inside.count) && inside.count > 0 && mp_str(&operation, &name)) {
            snprintf(method, sizeof method, "%.*s", SLICE_FMT(name));
            inside.count--;
            inside.rest = operation;
            describe(method, inside, action);
        }
        mp_put_string(&wire, action);
    }
    struct slice in = arena_copy(rq->arena, buf_slice(&wire));
    buf_done(&wire);
    if (json_from_wire(&in, rq->arena, &json, rq->error) < 0)
        return -1;
    *ret = value_json(json);
    return 0;
}

/* The user's address as auth.users has it; "" when it does not. */
static int find_email(struct request *rq, struct value *ret)
{
    struct found user;
    struct value key = value_uuid(rq->who->claims.uid);
    const struct table *users = rq->view->catalog->users;
    int column = users == NULL ? -1 : table_column(users, SLICE_LITERAL("email"));
    int got = column < 0 ? 0 : table_find(rq, users, TENANT_SYSTEM, &key, &user);
    if (got < 0)
        return -1;
    *ret = got > 0 && user.columns[column].kind == VALUE_TEXT ? user.columns[column] : value_text(SLICE_LITERAL(""));
    return 0;
}

static int put_target(struct draft *draft, const struct method *method, struct args args)
{
    struct slice organization;
    struct value value;
    char *text;
    if (!named_organization(draft->rq, method, args, &organization))
        return 0;
    if (value_from_wire(type_of(TYPE_UUID), &organization, draft->rq->arena, &value, draft->rq->error) < 0)
        return -1;
    if (value_is_null(&value))
        return 0;
    text = arena_alloc(draft->rq->arena, UUID_TEXT_SIZE + 1);
    uuid_format(&value.uuid, text);
    draft_text(draft, "target_type", "ORGANIZATION");
    draft_text(draft, "target_id", text);
    return 0;
}

/* Of a failure the code alone: its sentence may quote what no log is to hold. */
int superadmin_trail(struct request *rq, const struct method *method, struct args args, enum sqlstate failure)
{
    struct draft draft;
    struct value email, details = VALUE_OF_NULL;
    char *action = arena_alloc(rq->arena, ACTION_MAX);
    const struct table *table = rq->view->catalog->references[REFERENCE_SUPERADMIN_LOGS];
    if (table == NULL)
        return 0;
    describe(method->name, args, action);
    if (find_email(rq, &email) < 0 || (strcmp(method->name, "txn") == 0 && describe_operations(rq, args, &details) < 0))
        return -1;
    draft_start(&draft, rq, table);
    draft_set(&draft, "admin_user_id", value_uuid(rq->who->claims.uid));
    draft_set(&draft, "admin_email", email);
    draft_text(&draft, "action", action);
    draft_text(&draft, "operation_type", operation_type(method));
    draft_set(&draft, "details", details);
    draft_text(&draft, "result", failure == SQLSTATE_OK ? "success" : "failure");
    draft_text(&draft, "error_message", failure == SQLSTATE_OK ? NULL : sqlstate_code(failure));
    if (put_target(&draft, method, args) < 0)
        return -1;
    return draft_insert(&draft, TENANT_SYSTEM, NULL);
}
