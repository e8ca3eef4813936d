/* Super admins: the users of the view rowhouse.super_admins (catalog/super_admins.c), read without policies in any house.
 *
 *  (A1) Who is neither the service role nor a super admin makes nobody one, whatever policies and rights let him write. */
#ifndef ROWHOUSE_ENGINE_SUPER_ADMIN_H
#define ROWHOUSE_ENGINE_SUPER_ADMIN_H

#include "engine/engine.h"

/* Whether a user is in the view now: 1, 0, -1. `rq`: anybody's; it is read as the server reads. */
int super_admin_is(struct request *rq, const struct uuid *user);

/* Whether a change, of this relation, may change who is a super admin or what he is: the tables that are read of each caller. */
bool principals_read(const struct catalog *catalog, uint16_t relation);

/* (A1), of the changes since `mark`: 42501 when they put a user into the view who was not in it. */
int super_admins_hold(struct request *rq, int mark);

#endif
