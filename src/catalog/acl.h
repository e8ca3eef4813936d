/* Access control lists, as PostgreSQL keeps them: what each role was granted on an object, and what it may grant on.
 *
 * Whoever owns an object is `postgres`, who runs the migrations; every grant is his, so that an entry needs no grantor, and no grant
 * depends on another. Roles that sign in are members of no role but PUBLIC; a super admin is `authenticated` and `super_admin`. */
#ifndef ROWHOUSE_CATALOG_ACL_H
#define ROWHOUSE_CATALOG_ACL_H

#include <stdbool.h>
#include <stdint.h>

enum privilege {                            /* in the order of PostgreSQL's listings */
    PRIVILEGE_INSERT = 1 << 0, PRIVILEGE_SELECT = 1 << 1, PRIVILEGE_UPDATE = 1 << 2, PRIVILEGE_DELETE = 1 << 3, PRIVILEGE_TRUNCATE = 1 << 4,
    PRIVILEGE_REFERENCES = 1 << 5, PRIVILEGE_TRIGGER = 1 << 6, PRIVILEGE_EXECUTE = 1 << 7, PRIVILEGE_USAGE = 1 << 8, PRIVILEGE_CREATE = 1 << 9,
    PRIVILEGES_OF_TABLE = 0x7f,
    PRIVILEGES_OF_COLUMN = PRIVILEGE_INSERT | PRIVILEGE_SELECT | PRIVILEGE_UPDATE | PRIVILEGE_REFERENCES,
    PRIVILEGES_OF_SEQUENCE = PRIVILEGE_SELECT | PRIVILEGE_UPDATE | PRIVILEGE_USAGE,
    PRIVILEGES_OF_FUNCTION = PRIVILEGE_EXECUTE,
    PRIVILEGES_OF_SCHEMA = PRIVILEGE_USAGE | PRIVILEGE_CREATE,
};
#define PRIVILEGE_COUNT 10

enum grantee { GRANTEE_PUBLIC, GRANTEE_ANON, GRANTEE_AUTHENTICATED, GRANTEE_SERVICE, GRANTEE_SUPER_ADMIN, GRANTEE_OWNER, GRANTEE_COUNT };

struct acl {
    uint16_t granted[GRANTEE_COUNT];        /* enum privilege, ORed */
    uint16_t options[GRANTEE_COUNT];        /* WITH GRANT OPTION */
};

/* Who asks, with all the roles that he is. OWNER: migrations and the server's own work, which no list stops. */
enum identity { IDENTITY_ANON, IDENTITY_AUTHENTICATED, IDENTITY_SUPER_ADMIN, IDENTITY_SERVICE, IDENTITY_OWNER, IDENTITY_COUNT };

/* The grantees that an identity is, but for PUBLIC, as bits. */
static inline unsigned identity_grantees(enum identity who)
{
    static const uint8_t bits[IDENTITY_COUNT] = {
        1 << GRANTEE_ANON, 1 << GRANTEE_AUTHENTICATED, 1 << GRANTEE_AUTHENTICATED | 1 << GRANTEE_SUPER_ADMIN, 1 << GRANTEE_SERVICE, 1 << GRANTEE_OWNER,
    };
    return bits[who];
}

/* The privileges that an identity has by a list. */
static inline unsigned acl_of(const struct acl *acl, enum identity who)
{
    unsigned privileges = acl->granted[GRANTEE_PUBLIC], roles = identity_grantees(who);
    for (int i = 0; i < GRANTEE_COUNT; i++)
        if ((roles & 1u << i) != 0)
            privileges |= acl->granted[i];
    return who == IDENTITY_OWNER ? ~0u : privileges;
}

#endif
