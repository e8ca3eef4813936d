#include "engine/principal.h"

#include <stdio.h>

#include "base/arena.h"
#include "engine/super_admin.h"
#include "engine/table.h"

void principal_system(struct principal *ret)
{
    *ret = (struct principal){ .role = ROLE_SERVICE, .owner = true, .claims = { .role = "service_role" } };
}

static int take_profile(struct principal *who, const struct view *view, const struct table *profiles, const struct value *columns,
                        struct error *error)
{
    int role = table_column(profiles, SLICE_LITERAL("role"));
    if (role >= 0 && columns[role].kind == VALUE_TEXT)
        snprintf(who->profile_role, sizeof who->profile_role, "%.*s", SLICE_FMT(columns[role].bytes));
    if (profiles->tenant_column < 0 || value_is_null(&columns[profiles->tenant_column]))
        return 0;
    who->organization = who->claims.organization = columns[profiles->tenant_column].uuid;
    who->claims.has_organization = true;
    int got = store_house(view, &who->organization, &who->house, error);
    who->has_house = got == 1;
    return got < 0 ? -1 : 0;
}

/* Reads as the server itself would: no policy may hide from us who somebody is. */
static int look_up(struct principal *who, const struct view *view, struct error *error)
{
    const struct table *profiles = view->catalog->profiles;
    struct principal system;
    struct arena arena;
    struct view copy = *view;
    struct found found;
    struct value id = value_uuid(who->claims.uid);
    principal_system(&system);
    arena_init(&arena, ARENA_REQUEST_MAX);
    struct request rq = { .view = &copy, .who = &system, .arena = &arena, .error = error };
    int got = profiles == NULL ? 0 : table_find(&rq, profiles, HOUSE_ANY, &id, &found);
    if (got == 1)
        got = take_profile(who, view, profiles, found.columns, error);
    int super = got < 0 ? -1 : super_admin_is(&rq, &who->claims.uid);
    who->super_admin = who->claims.super_admin = super == 1;
    arena_done(&arena);
    return super < 0 ? -1 : 0;
}

int principal_resolve(struct principal *who, const struct view *view, uint64_t epoch, struct error *error)
{
    if (who->catalog_version == view->catalog->version && who->epoch == epoch)
        return 0;
    who->super_admin = who->claims.super_admin = false;
    who->has_house = who->claims.has_organization = false;
    who->house = TENANT_SYSTEM;
    who->profile_role[0] = '\0';
    if (who->role == ROLE_AUTHENTICATED && who->claims.has_uid && look_up(who, view, error) < 0)
        return -1;
    who->epoch = epoch;
    who->catalog_version = view->catalog->version;
    return 0;
}
