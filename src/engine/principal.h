/* Who asks: what a verified token says, and what `profiles` and rowhouse.super_admins say of that user now.
 *
 * Role, organization and whether he is a super admin are looked up for every request, not trusted from an old token; the look-up is
 * kept per connection while no transaction has touched a table that it reads (principals_read(); struct principal, `epoch`). */
#ifndef ROWHOUSE_ENGINE_PRINCIPAL_H
#define ROWHOUSE_ENGINE_PRINCIPAL_H

#include "store/store.h"

enum role { ROLE_NONE, ROLE_ANON, ROLE_AUTHENTICATED, ROLE_SERVICE };

struct principal {
    enum role role;                 /* as signed in; a super admin is authenticated */
    struct claims claims;           /* claims.uid: the user; strings live as long as the connection */
    bool owner;                     /* migrations and the server's own work: no right is asked */
    bool super_admin;               /* in rowhouse.super_admins (engine/super_admin.h) */
    bool has_house;                 /* the user has an organization */
    uint32_t house;                 /* its number */
    struct uuid organization;
    char profile_role[64];          /* profiles.role, "" without a profile */
    uint64_t epoch;                 /* of what it reads when it was looked up; see principal_resolve */
    uint64_t catalog_version;
};

/* Service role and super admins may enter every house. */
static inline bool principal_enters_all(const struct principal *p)
{
    return p->role == ROLE_SERVICE || p->super_admin;
}

/* Whose rights it has (catalog/rights.h). */
static inline enum identity principal_identity(const struct principal *p)
{
    if (p->role == ROLE_AUTHENTICATED)
        return p->super_admin ? IDENTITY_SUPER_ADMIN : IDENTITY_AUTHENTICATED;
    if (p->role != ROLE_SERVICE)
        return IDENTITY_ANON;
    return p->owner ? IDENTITY_OWNER : IDENTITY_SERVICE;
}

/* Row-level security does not apply to the service role (BYPASSRLS). */
static inline bool principal_bypasses_policies(const struct principal *p)
{
    return p->role == ROLE_SERVICE;
}

/* A principal for the server's own work: service role, no user. */
void principal_system(struct principal *ret);

/* Fills what they say, in `view`, unless `epoch` (the counter of changes of what is read, read before the view
 * began) and the catalog are those of the last time. */
int principal_resolve(struct principal *who, const struct view *view, uint64_t epoch, struct error *error);

#endif
