/* Rows of several owners in every table, made up from the catalog that a running server describes: who reads a byte of them knows
 * whose it is.
 *
 * A text of an owner begins with his mark, also inside jsonb, arrays and addresses of mail; a uuid begins with six bytes of his.
 * Numbers, times and booleans are the same for all: they tell nothing. */
#ifndef ROWHOUSE_TESTS_TENANTS_H
#define ROWHOUSE_TESTS_TENANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "rowhouse/rowhouse.h"

/* Whose a row is: two organizations', that of a user without one (rows of users, and rows whose organization is NULL), and rows
 * that are nobody's, in tables that refer to no user. */
enum owner { OWNER_A, OWNER_B, OWNER_NONE, OWNER_SYSTEM, OWNERS };
#define ROWS_EACH 2
#define MARK_SIZE 12                    /* of a text */
#define MARK_UUID_SIZE 6

struct mark {
    const char *name;
    char text[MARK_SIZE + 1];
    uint8_t uuid[MARK_UUID_SIZE];
    struct rh_uuid organization, user;  /* zeros where there is none */
};

struct seeded {
    char *name, *tenancy;               /* of the table */
    struct rh_cell described;           /* its map in the reply of `schema` */
    bool in_houses, of_users, shared;   /* shared: a policy lets others than super admins read rows that are nobody's */
    int rows[OWNERS];               /* so many there are, at most ROWS_EACH; this is the first: */
    struct rh_reply *reply[OWNERS];     /* holds it */
    struct rh_cell row[OWNERS];
};

struct tenants {
    struct rh *service;
    struct mark marks[OWNERS];
    struct rh_reply *schema;
    struct seeded *tables;
    int count;                          /* of tables */
    uint64_t state;
    int numbers;
};

/* Makes organizations, users and the rows, as the service role. Prints what it cannot do and ends the process. */
void tenants_seed(struct tenants *tenants, struct rh *service, uint64_t seed);
void tenants_done(struct tenants *tenants);

/* Signs a user in (NULL: nobody's token) and waits long for answers. Ends the process when it can't. */
struct rh *tenants_sign_in(struct tenants *tenants, const char *address, const char *role, const struct rh_uuid *user);

/* A migration that makes every policy of tables in houses as good as none: only the walls are left. */
void tenants_open_policies(struct tenants *tenants);

/* A migration that makes three views of every table: "seen <table>" is pulled up, "made <table>" is evaluated on its own, "counted <table>"
 * groups and counts. */
void tenants_make_views(struct tenants *tenants);

const struct seeded *tenants_table(const struct tenants *tenants, const char *name);       /* NULL: there is none */
int seeded_column(const struct seeded *table, const char *name);                           /* -1: there is none */
char *cell_string(struct rh_cell text);                                                    /* a copy, freed by the caller */
bool cell_is(struct rh_cell text, const char *string);

/* A record with fresh texts and uuids of an owner, for the house and with references of perhaps others; free it. */
struct recipe {
    enum owner values, house, references;   /* references to rows in houses; others are those of `values` */
    bool dangling;                          /* those refer to rows that are nowhere */
    const char *column;                     /* which has a value of its own; NULL: none */
    struct rh_cell value;
};
struct rh_packed *tenants_record(struct tenants *tenants, const struct seeded *table, struct recipe recipe);

#endif
