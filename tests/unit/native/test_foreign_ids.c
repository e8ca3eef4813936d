/* Every native function, every id that its parameters take: what another tenant has is answered as what nobody has. */
#include "../engine/people.h"

#include <ctype.h>

#include "native/native.h"

#define NOBODY "dddddddd-dddd-4ddd-8ddd-dddddddddddd"
#define NO_NUMBER "987654321"

static struct world world, *w = &world;
static struct people people;
static struct principal member;

static void start(void)
{
    world_open(w);
    apply_reference_schema(w);
    populate(w, &people);
    world_user(w, &member, user_of_context[IN_A]);
    w->who = &member;
}

static void stop(void)
{
    world_commit(w);
    arena_done(&people.arena);
    world_close(w);
}

TestSuite(foreign_ids, .init = start, .fini = stop);

/* A value that gets a call as far as possible. */
static const char *plausible(const struct parameter *parameter)
{
    static const struct { const char *name, *json; } known[] = {
        { "incident_type", "\"api_error\"" }, { "severity", "\"high\"" }, { "ip_address", "\"192.0.2.1\"" }, { "action_type", "\"comment_added\"" },
        { "status", "\"completed\"" }, { "success", "true" }, { "amount", "1" }, { "step_index", "0" }, { "attempt_type", "\"totp\"" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(parameter->name, known[i].name) == 0)
            return known[i].json;
    if (parameter->array)
        return "[]";
    switch (parameter->type) {
    case TYPE_UUID: return "\"" NOBODY "\"";
    case TYPE_INT4: case TYPE_INT8: case TYPE_NUMERIC: case TYPE_FLOAT4: case TYPE_FLOAT8: return "1";
    case TYPE_BOOL: return "true";
    case TYPE_JSONB: case TYPE_JSON: return "{}";
    case TYPE_TIMESTAMPTZ: return "\"2026-01-01\"";
    case TYPE_BYTEA: return "\"\\\\x00\"";
    default: return "\"x\"";
    }
}

/* The answer of a call with `id` for one parameter, where the id itself reads as `*`; what it did is taken back. */
static const char *answer(const struct native_function *f, const struct parameter *asked, const char *id)
{
    struct buf call = { 0 }, out = { 0 };
    struct slice params;
    struct args args;
    int mark = changes_mark(&w->rq);
    buf_printf(&call, "[\"%s\", {\"%s\": %s", f->name, asked->name, id);
    for (int p = 0; p < PARAMETERS_MAX && f->parameters[p].name != NULL; p++)
        if (f->parameters[p].required && &f->parameters[p] != asked)
            buf_printf(&call, ", \"%s\": %s", f->parameters[p].name, plausible(&f->parameters[p]));
    buf_append_string(&call, "}]");
    error_clear(&w->error);
    SUCCEED(json_parse(buf_slice(&call), &w->arena, &params, &w->error));
    cr_assert(mp_array(&params, &args.count));
    args.rest = params;
    w->rq.who = w->who;
    int result = call_method(&w->rq, args, &out);
    changes_undo(&w->rq, mark);
    char *text = result == 0 ? arena_string(&w->arena, SLICE_LITERAL("done"))
                             : arena_printf(&w->arena, "%s %s (%s)", sqlstate_code(w->error.state), w->error.message, w->error.detail);
    char bare[UUID_TEXT_SIZE + 1];
    size_t size = strlen(id) - (id[0] == '"' ? 2 : 0);
    cr_assert(size < sizeof bare);
    snprintf(bare, sizeof bare, "%.*s", (int)size, id + (id[0] == '"'));
    for (char *at = text; (at = strstr(at, bare)) != NULL; at += size)
        if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[size]))
            memset(at, '*', size);
    for (char *from = text, *to = text; ; from++)           /* numbers differ in length */
        if (to == text || *from != '*' || to[-1] != '*')
            if ((*to++ = *from) == '\0')
                break;
    buf_done(&call);
    buf_done(&out);
    return text;
}

/* With the ids of every row that the other tenant has: his user's, his incident's, his workflow's ... */
static void same_for_all(const struct native_function *f, const struct parameter *parameter)
{
    bool uuid = parameter->type == TYPE_UUID;
    const char *nobody = answer(f, parameter, uuid ? "\"" NOBODY "\"" : NO_NUMBER);
    for (int t = 0; t < w->view.catalog->table_count; t++) {
        const struct table *table = w->view.catalog->tables[t];
        char id[UUID_TEXT_SIZE + 3] = "\"";
        if (!people.there[t][IN_B] || table->primary->count != 1)
            continue;
        const struct value *key = &people.rows[t][IN_B].columns[table->primary->columns[0].column];
        if (uuid && key->kind == VALUE_UUID) {
            uuid_format(&key->uuid, id + 1);
            strcat(id, "\"");
        } else if (!uuid && key->kind == VALUE_INT) {
            snprintf(id, sizeof id, "%" PRId64, key->integer);
            if (people.there[t][IN_A] && people.rows[t][IN_A].columns[table->primary->columns[0].column].integer == key->integer)
                continue;
        } else {
            continue;
        }
        const char *his = answer(f, parameter, id);
        cr_expect_str_eq(his, nobody, "%s(%s) with the id of a row of %s", f->name, parameter->name, table->qualified);
    }
}

Test(foreign_ids, another_tenants_are_answered_as_nobodys)
{
    int count, asked = 0;
    const struct native_function *const *functions = native_table(&count);
    for (int i = 0; i < count; i++)
        for (int p = 0; p < PARAMETERS_MAX && functions[i]->parameters[p].name != NULL; p++) {
            const struct parameter *parameter = &functions[i]->parameters[p];
            size_t size = strlen(parameter->name);
            bool id = parameter->type == TYPE_UUID || (parameter->type == TYPE_INT8 && size > 3 && strcmp(parameter->name + size - 3, "_id") == 0);
            if (!id || parameter->array)
                continue;
            same_for_all(functions[i], parameter);
            asked++;
        }
    cr_assert_gt(asked, 25);
}

/* Another member of one's own organization may be named where a call is about him, and nowhere else. */
Test(foreign_ids, colleagues_are_named_where_it_is_about_them)
{
    static const char colleague[] = "\"00000000-0000-4000-8000-0000000000aa\"";
    static const struct { const char *function, *parameter, *want; } cases[] = {
        { "create_incident", "user_id", "done" }, { "create_incident", "assigned_to", "done" },
        { "check_ip_access", "user_id", "42501" }, { "record_api_usage", "user_id", "42501" }, { "check_rate_limit", "user_id", "42501" },
        { "trust_device", "user_id", "42501" }, { "requires_2fa", "user_id", "42501" },
    };
    w->who = &w->service;
    person(w, "00000000-0000-4000-8000-0000000000aa", ORG_A, "user");
    w->who = &member;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct native_function *f = native_find(slice_of_string(cases[i].function));
        const struct parameter *parameter = f->parameters;
        while (strcmp(parameter->name, cases[i].parameter) != 0)
            parameter++;
        const char *got = answer(f, parameter, colleague);
        cr_expect(strncmp(got, cases[i].want, strlen(cases[i].want)) == 0, "%s: %s", f->name, got);
    }
}
