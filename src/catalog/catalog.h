/* The catalog: what the applied migrations add up to. Immutable once published; any thread may read it.
 *
 * It is a fold over statements: catalog_new(), then catalog_apply() for each recorded migration in order; the same files give the
 * same catalog, relation numbers included, on every machine. The one that is being applied is folded a statement at a time.
 *  (C1) Relation numbers are given in order of creation, from RELATION_USER_FIRST, and never reused.
 *  (C2) A column keeps its index for ever; a dropped one keeps its slot, which stores nil.
 *  (C3) Added columns come last; stored rows that are shorter read `missing` there.
 *  (C4) Tenancy is derived once a table is complete and never changes while the table has rows. */
#ifndef ROWHOUSE_CATALOG_CATALOG_H
#define ROWHOUSE_CATALOG_CATALOG_H

#include "catalog/acl.h"
#include "catalog/reference.h"
#include "sql/expr.h"
#include "sql/select.h"
#include "value/row.h"

#define COLUMN_REASON_MAX 256

#define CREATED_COLUMN "created_at"     /* what tells how old a row is */

struct table;
struct index;

/* Where something came from: a migration and a line in it. */
struct origin {
    const char *file;               /* "20240911000000_credits_schema.sql" */
    int line;
};

/* A sequence by its name; numbers are given by struct column's `sequence`. */
struct sequence {
    const char *schema, *name;
    const struct table *table;      /* of whose serial column it is: gone with it; NULL: made by itself */
    struct acl acl;
};

enum touch { TOUCH_NEVER, TOUCH_UNLESS_GIVEN, TOUCH_ALWAYS };

struct column {
    const char *name;
    struct type type;
    bool not_null;
    bool dropped;
    bool serial;                    /* (big)serial: default is the table's sequence */
    enum touch touch;               /* whether an update sets it to the transaction's instant (catalog/touch.c) */
    bool stamped;                   /* an insert does, whatever is given */
    const struct expr *default_value;   /* NULL: NULL */
    const char *default_sql;        /* as written, or NULL */
    const struct expr *generated;   /* GENERATED ALWAYS AS (...) STORED, or NULL */
    const char *generated_sql;      /* in PostgreSQL's immutable form */
    struct value missing;           /* what rows read that were written before the column was added */
    uint64_t sequence;              /* serial: number of its sequence, from 1, unique in the catalog; else 0 */
    const struct sequence *counter; /* whose right the default asks, as nextval() does; NULL: none, as of an identity */
    const struct acl *acl;          /* GRANT SELECT (column); NULL: nothing */
    const char *comment;
    bool secret;                    /* its comment says @secret: its cells are sealed (catalog/secret.c) */
    struct origin origin;
};

struct index_column {
    int column;
    struct key_order order;
    const struct collation *collation;  /* of the column, unless the index names another. Keys of rows are in the order of bytes */
};

struct index {
    uint16_t relation;              /* the primary key's is the table's own */
    const char *name;
    const struct table *table;
    bool primary, unique, constraint;   /* constraint: came as PRIMARY KEY / UNIQUE in a table, not CREATE INDEX */
    bool nulls_not_distinct;
    bool named;                     /* the constraint's name was given, not chosen */
    bool house;                     /* key_count is 0 and it is not partial: its columns are implied by the house. Not kept:
                                     * the table's own range serves; a unique or primary one allows one row a house */
    int count;                      /* columns as declared, all of them */
    struct index_column columns[INDEX_COLUMNS_MAX];
    /* Key columns: the declared ones without the tenancy column, which is constant in a house. */
    int key_count;
    struct index_column key[INDEX_COLUMNS_MAX];
    bool elided;                    /* whether a tenancy column was left out of `key` */
    bool claimed;                   /* unique over all houses, by claims (store/keyspace.h): of a table in houses, without its tenancy column */
    const struct expr *predicate;   /* partial index; NULL: every row */
    const char *predicate_sql;
    int number;                     /* position among all indexes of the catalog, for use counts */
    struct origin origin;
};

enum fk_action { FK_NO_ACTION, FK_RESTRICT, FK_CASCADE, FK_SET_NULL, FK_SET_DEFAULT };

struct foreign_key {
    const char *name;
    const struct table *table;      /* referencing */
    const struct table *target;     /* referenced */
    int count;
    int columns[INDEX_COLUMNS_MAX];
    int target_columns[INDEX_COLUMNS_MAX];
    const struct index *target_index;   /* the unique index that it refers to */
    const struct index *index;      /* of the referencing side with these columns leading, or NULL: checks scan */
    enum fk_action on_delete, on_update;
    struct origin origin;
};

struct check {
    const char *name;
    const struct expr *condition;
    const char *sql;
    struct origin origin;
};

enum policy_command { POLICY_ALL, POLICY_SELECT, POLICY_INSERT, POLICY_UPDATE, POLICY_DELETE };

struct policy {
    const char *name;
    enum policy_command command;
    bool permissive;
    int role_count;                 /* 0: PUBLIC */
    const char **roles;
    const struct expr *using_condition;     /* NULL: none */
    const struct expr *check_condition;     /* NULL: none */
    const char *using_sql, *check_sql;
    bool using_reads;               /* using_condition has sub-selects */
    struct origin origin;
};

enum tenancy { TENANCY_TENANT, TENANCY_CHILD, TENANCY_USER, TENANCY_GLOBAL };

struct table {
    uint16_t relation;
    const struct catalog_view *view;    /* the shape of this view; NULL: a table */
    const char *schema, *name;      /* "public" or "auth" */
    const char *qualified;          /* "contacts", "auth.users" */
    int number;                     /* position in the catalog */
    enum tenancy tenancy;
    int tenant_column;              /* TENANCY_TENANT: organization_id, or id of organizations; else -1 */
    bool is_organizations;          /* its rows make the houses */
    const struct foreign_key *parent;   /* TENANCY_CHILD: the key that leads to the parent's house */
    bool row_security;
    bool row_security_forced;       /* means nothing here; dumps write it */
    struct acl acl;
    uint8_t named;                  /* the grantees that a GRANT named together with it, as bits (R4) */
    /* Derived at the end of each file (catalog/rights.c), by enum identity: */
    uint16_t may[IDENTITY_COUNT];   /* what may be done with all columns, without looking any further */
    uint16_t policies_may[IDENTITY_COUNT];      /* for which commands what the policies read may be read */
    bool append_only;               /* its comment says @append_only: no method changes or removes its rows (catalog/protect.c) */
    bool sync;                      /* its comment says @sync: a write to it is acknowledged when it is synced */
    bool chained;                   /* its rows are audit logs: only append_audit_log adds to one */
    bool seeded;                    /* migrations insert rows into it */
    bool audited;                   /* its comment says @audit: what changes is told in the organization's audit log */
    bool secrets;                   /* it has a column that is secret */
    int column_count;               /* dropped ones included */
    struct column *columns;
    const struct index *primary;
    int index_count;                /* the primary key included, first */
    const struct index **indexes;
    int foreign_key_count;
    const struct foreign_key **foreign_keys;
    int referenced_count;           /* foreign keys of any table that refer to this one */
    const struct foreign_key **referenced_by;
    int check_count;
    const struct check *checks;
    int policy_count;
    const struct policy *policies;
    bool touched;                   /* an update sets some of its columns */
    const char *comment;
    struct origin origin;
};

/* A column that a view's text names; -1: the table or view is named, but none of its columns. */
struct view_reads {
    const struct table *table;
    int column;
};

/* A named SELECT. What is read through it is read as if its text stood in the statement (catalog/bind.h). */
struct catalog_view {
    struct table shape;             /* its name and columns: no index, no relation, no rows */
    const char *sql;                /* the SELECT, without comments, `*` spread out */
    bool names_columns;             /* names were given behind the view's: (a, b) */
    int depth;                      /* 1: it reads tables only; else one more than the deepest view that it reads */
    struct statement statement;     /* of `sql` */
    int reads_count;
    const struct view_reads *reads;
    int enum_count;
    const struct enum_type **enums; /* of the values that its text computes */
};

enum schema { SCHEMA_PUBLIC, SCHEMA_AUTH, SCHEMA_COUNT };

/* The rights on a native function that a migration declared, or named in a GRANT or REVOKE. */
struct function_rights {
    const char *name;               /* "consume_credits", "auth.uid" */
    bool declared;
    struct acl acl;
};

#define DECLARED_PARAMETERS_MAX 16

/* A native function as a migration declares it (catalog/declare.c). */
struct declared_parameter {
    const char *name;
    int parameter;                  /* of the native, by position */
    bool required;
    struct value otherwise;         /* its default; NULL: the native's own */
};

/* What is made of a native's result. */
enum declared_result { DECLARED_AS_IT_IS, DECLARED_ANSWER, DECLARED_VOID };     /* ANSWER: the boolean that it begins with */

struct declaration {
    const char *name;
    enum declared_result result;
    int count;
    struct declared_parameter parameters[DECLARED_PARAMETERS_MAX];
};

/* The file beside the migrations that says what tables mean (catalog/super_admins.c). */
#define DECLARATION_NAME "rowhouse.sql"

/* The view rowhouse.super_admins over tables that are there. Nothing else makes a super admin. */
struct super_admins {
    struct statement all;           /* every user of it */
    struct statement lookup;        /* a row when $1 is one */
    int table_count;
    const struct table **tables;    /* that it reads */
};

/* As what a column of `table` stands in an index. */
static inline struct type index_type(const struct table *table, const struct index_column *column)
{
    return type_collated(table->columns[column->column].type, column->collation);
}

struct migration {
    const char *name;               /* file name without folder */
    uint8_t hash[32];               /* SHA-256 of the text */
    struct slice text;
    int64_t applied_us;
};

struct catalog {
    uint64_t version;               /* grows with each published catalog */
    int table_count;
    struct table **tables;          /* in order of creation; dropped tables are not in it */
    int view_count;
    struct catalog_view **views;    /* in order of creation: each reads only those before it, but for what OR REPLACE made of one */
    int index_count;                /* of all tables */
    const struct index **indexes;   /* by index.number */
    const struct index *by_relation[65536];     /* index or primary key of a relation, or NULL */
    const struct table *table_by_relation[65536];   /* owner of a relation (table or index), or NULL */
    uint64_t sequence_count;
    int migration_count;
    struct migration *migrations;
    const struct table *references[REFERENCE_COUNT];    /* NULL: not there, or the project's own (catalog/reference.h) */
    const struct table *organizations;                  /* NULL until created */
    const struct table *profiles;                       /* with a uuid "id" for its primary key; NULL: there is none such */
    const struct table *users, *classifications;        /* of `references` */
    int slot_count;                 /* sub-select slots of all policies */
    int declaration_count;
    const struct declaration **declarations;
    const char *super_admins_sql;   /* as declared; NULL: nobody is super admin */
    const char *super_admins_waits; /* what of it is not there yet */
    const struct super_admins *super_admins;    /* NULL: not declared, or it waits */
    struct acl schemas[SCHEMA_COUNT];
    int function_count;
    struct function_rights *functions;
    struct collations *collations;  /* its own */
};

struct catalog *catalog_new(void);
void catalog_free(struct catalog *catalog);

/* --- Migrations --- */

/* What one statement of a migration asks of the stored rows, with the catalog as that statement leaves it. The physical kinds (all but
 * STATEMENT and CHECK_ROWS) run first, in their order, then the others in theirs. An index is built without judging: for a unique
 * one on a table that may have rows EFFECT_CHECK_ROWS with `index` follows. A table that the same file has created and put no row
 * into asks for nothing. */
enum effect_kind {
    EFFECT_CREATE_TABLE, EFFECT_DROP_TABLE,
    EFFECT_BUILD_INDEX, EFFECT_DROP_INDEX,      /* `index` of the new catalog / relation number of the old */
    EFFECT_ADD_COLUMN,                          /* no row is touched */
    EFFECT_DROP_COLUMN,                         /* no row is touched */
    EFFECT_REWRITE,                             /* every row is rewritten: a new generated column is computed, or a column
                                                 * of another type than before (`retyped`) is converted */
    EFFECT_CHECK_ROWS,                          /* new NOT NULL, CHECK, FOREIGN KEY, UNIQUE: every row is checked */
    EFFECT_STATEMENT,                           /* an INSERT, UPDATE or DELETE in the file: run it */
    EFFECT_NOTE,                                /* recorded only: COMMENT, GRANT, CREATE FUNCTION of a native one ... */
    EFFECT_REQUIRE_EMPTY,                       /* 55000 when `table` has a row in any house: its tenancy changes (C4); the file's last */
};

struct effect {
    enum effect_kind kind;
    const struct table *table;      /* of the new catalog; NULL for a dropped table */
    const struct index *index;
    uint16_t relation;              /* EFFECT_DROP_*: what to remove from every house */
    int column;                     /* of EFFECT_ADD_COLUMN, _DROP_COLUMN, _REWRITE, of a new NOT NULL; else -1 */
    bool retyped;                   /* EFFECT_REWRITE: rows hold the column as `old_type` */
    struct type old_type;
    const struct expr *convert;     /* the new value, over a row of which it reads `column` alone, as `old_type`;
                                     * NULL: value_cast() for assignment */
    const struct statement *statement;      /* EFFECT_STATEMENT, sql/statement.h */
    const char *text;               /* for `migrate --plan`: "create table contacts (8 columns)" */
    struct origin origin;
};

struct effects {
    int count;
    struct effect *items;           /* in the catalog's arena */
};

/* Applies one migration to a catalog that is not published yet, all of it at once; *ret_effects: of all its statements, in order.
 * On failure (-1) the catalog is spoilt: free it. Errors name file and line: "20240911000000_credits_schema.sql:12: ...". Refuses
 * what Rowhouse cannot honour: 0A000. Idempotence inside the file: IF NOT EXISTS, IF EXISTS, OR REPLACE behave as in PostgreSQL. */
int catalog_apply(struct catalog *catalog, const char *name, struct slice text, int64_t applied_us,
                  struct effects *ret_effects, struct error *error);

/* The same, a statement at a time (catalog/folding.c): between two steps the catalog is whole and stands where the file stands, so that
 * rows can be looked at and changed with it. Both ways end with the same catalog. */
struct folding;

/* Whether a table has a row in any house: 1, 0, -1. What says where rows lie does not change under them (C4): until the file's end a
 * table with rows keeps its tenancy. */
typedef int has_rows_fn(void *env, const struct table *table, struct error *error);

/* `name` and `text` are copied. 42601. */
int folding_start(struct catalog *catalog, const char *name, struct slice text, int64_t applied_us, has_rows_fn *has_rows, void *env,
                  struct folding **ret, struct error *error);
/* Folds the next statement: 1 with its effects. After the last one, once, 1 with what the file's end asks; then 0. -1 as above. */
int folding_next(struct folding *folding, struct effects *ret_effects, struct error *error);
int folding_step(const struct folding *folding);        /* statements folded so far */
void folding_free(struct folding *folding);             /* and what effects point into; NULL is fine */

/* SHA-256 of a migration's text. */
void migration_hash(struct slice text, uint8_t hash[static 32]);

/* --- Look-ups --- */

/* By name: "contacts", "public.contacts", "auth.users". NULL: none. Constant time. */
const struct table *catalog_table(const struct catalog *catalog, struct slice name);
const struct catalog_view *catalog_view(const struct catalog *catalog, struct slice name);
/* A table, or the shape of a view: what may stand in FROM. */
const struct table *catalog_relation(const struct catalog *catalog, struct slice name);
const struct index *catalog_index(const struct catalog *catalog, struct slice name);
/* How a native function is declared; NULL: it is not, its own names hold. */
const struct declaration *catalog_declaration(const struct catalog *catalog, const char *name);
int table_column(const struct table *table, struct slice name);         /* -1: none, or dropped */
const struct foreign_key *table_foreign_key(const struct table *table, struct slice name);

/* Whether a column's cells may be sealed, and whether they may be cleared when the row is old; false with the reason, as in "it is
 * part of the index \"x\"". A column that is NOT NULL is cleared to its default, which is a constant then. */
bool column_sealable(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX]);
bool column_clearable(const struct catalog *catalog, const struct table *table, int column, char reason[static COLUMN_REASON_MAX]);

/* A scope over `table` (or NULL) for compiling expressions of requests, with sub-selects, also of views, when `subselects`. */
void catalog_scope(const struct catalog *catalog, const struct table *table, bool subselects, struct scope *ret);

/* Column `index` of a stored row as a value, reading `missing` past its end. -1: corrupted row. */
int table_value(const struct table *table, const struct row *row, int column, struct value *ret);

/* The table that a sub-select of this policy, or of a policy that it comes to, reads without its policies because they are being
 * expanded already: where PostgreSQL says 42P17 (engine/policy/policy.h, P2). NULL: none. */
const struct table *policy_recursion(const struct table *table, const struct policy *policy);

/* --- Printing --- */

const char *tenancy_name(enum tenancy tenancy);
/* Whether a comment of a table or column has a word such as "@audit". NULL has none. */
bool comment_says(const char *comment, const char *word);
/* The catalog, or one table, for people: columns, indexes, policies, tenancy, origins. */
void catalog_print(const struct catalog *catalog, const struct table *table, struct buf *out);
/* The same as one stored jsonb object (msgpack), the reply of the method `schema`. See docs/protocol.md. */
void catalog_describe(const struct catalog *catalog, const struct table *table, struct buf *out);
/* PostgreSQL DDL that re-creates the catalog: types and tables first; constraints, indexes and policies after the data. For an empty PostgreSQL it brings
 * what the schema asks for and PostgreSQL has not: roles, schema auth and its functions, uuid-ossp; for Supabase it leaves out what that has: these, and the tables of auth. */
enum ddl_target { DDL_POSTGRESQL, DDL_SUPABASE };
void catalog_ddl_before(const struct catalog *catalog, enum ddl_target target, struct buf *out);
void catalog_ddl_after(const struct catalog *catalog, enum ddl_target target, struct buf *out);

#endif
