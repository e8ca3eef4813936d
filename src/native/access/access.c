/* Access: custom_access_token_hook. */
#include "native/draft.h"
#include "native/groups.h"
#include "native/tokens/token.h"

#include "value/json.h"

enum { HOOK_EVENT };

/* The members of `claims` and what `profiles` says of the user, as wire msgpack (the last of duplicates wins). */
static void put_claims(struct slice claims, struct slice role, const struct value *organization, struct buf *out)
{
    uint32_t count = 0;
    struct slice members = claims;
    if (members.size == 0 || !mp_map(&members, &count))
        members = slice_of(NULL, 0);
    mp_put_map(out, count + 2);
    buf_append_slice(out, members);
    put_text(out, "user_role", role);
    mp_put_string(out, "organization_id");
    if (value_is_null(organization)) {
        mp_put_nil(out);
    } else {
        char text[UUID_TEXT_SIZE + 1];
        uuid_format(&organization->uuid, text);
        mp_put_string(out, text);
    }
}

/* The profile of a user, wherever it lives: 1, 0, -1. */
static int find_profile(struct request *rq, const struct uuid *user, struct found *ret, const struct table **ret_table)
{
    struct value key = value_uuid(*user);
    if (native_table_of(rq, REFERENCE_PROFILES, ret_table) < 0)
        return -1;
    return table_find(rq, *ret_table, HOUSE_ANY, &key, ret);
}

int access_hook_claims(struct request *rq, const struct uuid *user, struct slice claims, struct slice *ret)
{
    struct slice role = SLICE_LITERAL("user");
    struct value organization = VALUE_OF_NULL;
    const struct table *profiles;
    struct found row;
    struct buf wire = { 0 };
    int got = find_profile(rq, user, &row, &profiles);
    if (got < 0)
        return -1;
    if (got == 1) {
        if (!value_is_null(found_column(profiles, &row, "role")))
            role = found_column(profiles, &row, "role")->bytes;
        organization = *found_column(profiles, &row, "organization_id");
    }
    put_claims(claims, role, &organization, &wire);
    struct slice in = buf_slice(&wire);
    int done = json_from_wire(&in, rq->arena, ret, rq->error);
    buf_done(&wire);
    return done;
}

/* Supabase's hook: an event {user_id, claims} in; the same event out, its claims with user_role and organization_id. */
static int custom_access_token_hook(struct request *rq, const struct value *values, struct buf *out)
{
    struct slice event = values[HOOK_EVENT].bytes, id = { 0 }, claims = { 0 }, member, result;
    struct uuid user;
    if (!json_member(event, SLICE_LITERAL("user_id"), &member) || !mp_str(&member, &id) || !uuid_parse(id, &user))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"event\" wants a \"user_id\" that is a uuid");
    json_member(event, SLICE_LITERAL("claims"), &claims);
    if (access_hook_claims(rq, &user, claims, &claims) < 0)
        return -1;
    struct buf wire = { 0 };
    uint32_t count;
    struct slice members = event;
    mp_map(&members, &count);
    mp_put_map(&wire, count + 1);
    buf_append_slice(&wire, members);
    mp_put_string(&wire, "claims");
    buf_append_slice(&wire, claims);
    struct slice in = buf_slice(&wire);
    int done = json_from_wire(&in, rq->arena, &result, rq->error);
    buf_done(&wire);
    if (done == 0)
        buf_append_slice(out, result);
    return done;
}

const struct native_function access_functions[] = {
    { .name = "custom_access_token_hook", .caller = CALLER_SERVICE, .run = custom_access_token_hook,
      .returns = "the event, its claims with user_role and organization_id from profiles",
      .summary = "adds what profiles says of a user to the claims of his token",
      .parameters = { [HOOK_EVENT] = { "event", TYPE_JSONB, false, true, "{user_id, claims}" } } },
    { .name = NULL },
};
