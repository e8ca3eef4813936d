/* The inside of the catalog while migrations are folded into it. Only src/catalog includes this.
 *
 * The public structs are read-only to everybody else; the fold made them and changes them in place, through the
 * casts below, until the catalog is published. Everything lives in the draft's arena and is freed with it.
 *  (F1) Tables, indexes, foreign keys and enum types keep their addresses; arrays of them may move.
 *  (F2) Expressions hold column numbers and tables, never names, so adding and dropping columns leaves them valid;
 *       what changes a column's type compiles them again from their text.
 *  (F3) What one statement left behind is complete but for the links that links_derive() derives from it whenever rows are to be looked
 *       at, and at the file's end: numbers, tenancy, key columns, the two ends of foreign keys. No statement is folded by them.
 *  (F4) What a file may leave behind is judged at its end, by fold_judge(); what rows may be written into, at the statement. */
#ifndef ROWHOUSE_CATALOG_FOLD_H
#define ROWHOUSE_CATALOG_FOLD_H

#include "catalog/bind.h"
#include "catalog/rights.h"
#include "sql/quote.h"
#include "sql/statement.h"

enum relation_kind { RELATION_KIND_TABLE = 1, RELATION_KIND_INDEX, RELATION_KIND_SEQUENCE, RELATION_KIND_VIEW };

/* One name of a table, index or sequence; they share a name space per schema, as in PostgreSQL. */
struct relation_name {
    const char *schema, *name;      /* name NULL: an empty slot */
    enum relation_kind kind;
    void *object;                   /* struct table, struct index, struct catalog_view, struct sequence */
};

/* A statement that is recorded and means nothing to the engine, but is written out again in a dump. */
enum note_kind { NOTE_EXTENSION, NOTE_FUNCTION, NOTE_TRIGGER, NOTE_COMMENT };

/* Columns that a trigger sets to the transaction's instant. */
struct set_columns {
    const char **names;
    int count;
};

struct note {
    enum note_kind kind;
    const char *name;               /* of the function, trigger or extension */
    const struct table *table;      /* NOTE_TRIGGER: gone with it */
    const char *function;           /* that a trigger calls */
    const struct declaration *declaration;      /* of a native function that has parameters */
    struct set_columns sets;        /* a trigger's function; of a trigger: by moddatetime */
    bool on_insert, on_update;      /* of a trigger */
    const char *text;
    struct origin origin;
};

/* Kinds of objects that have lists, and whose default privileges are kept. */
enum acl_kind { ACL_TABLES, ACL_SEQUENCES, ACL_FUNCTIONS, ACL_SCHEMAS };
#define DEFAULT_KINDS ACL_SCHEMAS

struct draft {
    struct catalog catalog;         /* first: the two pointers convert into each other */
    struct arena arena;
    struct relation_name *names;    /* open addressing, a power of two, at most half full */
    size_t names_capacity, names_used;
    struct enum_type **enums;
    int enum_count;
    struct note *notes;
    int note_count;
    struct parsed **kept;           /* parse trees that statements of effects point into */
    int kept_count;
    const struct foreign_key **links;       /* of links.c */
    int links_capacity, indexes_capacity;
    uint32_t relation_next;         /* 32 bits, so that running out shows */
    bool auth_schema;               /* CREATE SCHEMA auth was seen */
    /* ALTER DEFAULT PRIVILEGES: of all schemas, which begin with PostgreSQL's own, and what each schema adds to them. */
    struct acl defaults[DEFAULT_KINDS], schema_defaults[SCHEMA_COUNT][DEFAULT_KINDS];
};

/* A table, and what the fold keeps beside it. */
struct draft_table {
    struct table table;             /* first: the two pointers convert into each other */
    bool filled;                    /* it may have rows: it is older than the file, or the file inserted into it */
    /* The tenancy by which its rows lie where they lie; that of `table` is what its definition says, but for `held`. */
    enum tenancy tenancy;
    int tenant_column;
    const struct foreign_key *parent;
    bool held;                      /* it has rows, so `table` keeps this tenancy until the file's end */
};

/* What one file is folded with. */
struct fold {
    struct draft *draft;
    struct arena *arena;            /* the draft's */
    struct error *error;
    const char *file;
    int64_t applied_us;
    const struct parsed *parsed;
    const struct parsed_statement *statement;
    struct effects effects;         /* of the statement */
    bool grants_of_dump;            /* GRANTs from here on open no table that has no row level security (catalog/grant.c) */
};

/* A file on its way into the catalog (folding.c). */
struct folding {
    struct fold fold;
    struct parsed *parsed;
    int next;                       /* statement */
    bool ended;
    bool derived;                   /* what rows stand on is that of all statements so far */
    has_rows_fn *has_rows;          /* NULL: nobody looks at rows between the statements */
    void *env;
};
void folding_begin(struct folding *folding, struct draft *draft, const char *name, int64_t applied_us, struct parsed *parsed);
/* Folds one statement, and derives what its effects stand on. Errors are without file and line. */
int folding_statement(struct folding *folding, int number);
/* Behind the last one: links, and what has to be empty. Judges nothing. */
void folding_settle(struct folding *folding);
int parsing_line(const struct error *error);            /* the parser says "... at line 12, column 3" */

/* --- Mutable views of what the fold owns (see the top) --- */
static inline struct index *own_index(const struct index *index) { return (struct index *)index; }
static inline struct foreign_key *own_key(const struct foreign_key *key) { return (struct foreign_key *)key; }
static inline struct policy *own_policies(const struct table *t) { return (struct policy *)t->policies; }
static inline struct check *own_checks(const struct table *t) { return (struct check *)t->checks; }
static inline struct table *own_table(const struct table *table) { return (struct table *)table; }
static inline struct draft_table *draft_table(const struct table *table) { return (struct draft_table *)table; }   /* not of a view */
static inline bool is_filled(const struct table *table) { return draft_table(table)->filled; }

/* --- Small tools (tools.c) --- */

/* An array that grows by one item: doubles in the arena whenever `count` is a power of two. */
void *fold_grow(struct arena *arena, const void *items, int count, size_t item_size);
#define FOLD_APPEND(arena, array, count)                                                                     \
    ((array) = fold_grow((arena), (array), (count), sizeof *(array)), (array) + (count)++)
/* Removes item `at` of `count`, keeping the order. */
void fold_remove(void *items, int *count, int at, size_t item_size);

struct origin fold_origin(const struct fold *f);                    /* of the statement */
struct origin fold_origin_at(const struct fold *f, int location);   /* of a node in it; negative: the statement */
void fold_effect(struct fold *f, struct effect effect);             /* fills in the origin */
void fold_note(struct fold *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The statement's first two words in upper case: what it is called in messages. */
const char *fold_tag(const struct fold *f);
const char *node_string(const PgQuery__Node *node);                 /* a String node's text, else NULL */
static inline bool given(const char *text) { return text != NULL && text[0] != '\0'; }
static inline bool same(const char *a, const char *b) { return strcmp(a, b) == 0; }

/* --- Names (names.c) --- */

struct relation_name *name_find(const struct draft *draft, const char *schema, struct slice name);
void name_add(struct draft *draft, const char *schema, const char *name, enum relation_kind kind, void *object);
void name_remove(struct draft *draft, const char *schema, const char *name);
/* PostgreSQL's makeObjectName and its search for a free one: relation names, or constraint names of the schema. */
const char *name_choose(struct fold *f, const char *schema, const char *first, const char *second, const char *label,
                        bool constraint);
/* The columns' part of an index's name: a_b. */
const char *name_columns(struct fold *f, const struct table *table, const int *columns, int count);
bool constraint_exists(const struct table *table, const char *name);
/* Its name, in quotes where PostgreSQL needs them, with the schema unless that is public. */
void table_quote(const struct table *table, struct buf *out);
/* Appends alias.column, quoted, behind a comma unless it is the first. */
void name_column(const char *alias, const char *column, struct buf *out);

/* Tables of a RangeVar. 42P01 unless `missing_ok`: then *ret is NULL. Checks the schema and that it is a plain table. */
int fold_table(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct table **ret);
/* A table or the shape of a view: what comments and grants may name. */
int fold_relation(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct table **ret);
int fold_schema(struct fold *f, const char *schema, const char **ret);     /* "" is public; 3F000 */
struct sequence *fold_sequence(struct fold *f, const char *schema, const char *name, const struct table *table);     /* a new one */
int fold_column(struct fold *f, const struct table *table, const char *name, int *ret);      /* 42703 */

/* --- Text as written (slice.c) --- */

struct token { enum { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SYMBOL } kind; struct slice text; };
struct token token_next(struct slice *rest);            /* skips space and comments */
bool token_is(struct token token, const char *word);    /* a bare word, any case, or a symbol */
/* Of the statement from byte `location`: the inside of the parentheses after `word`, without comments. NULL: not there. */
const char *text_in_parentheses(struct fold *f, struct slice text, const char *word);
/* What follows `word` up to the end of a column's default: a comma, closing parenthesis or the next constraint. */
const char *text_of_default(struct fold *f, struct slice text);
/* What follows the top-level `word` up to the end. */
const char *text_after(struct fold *f, struct slice text, const char *word);
struct slice text_from(const struct fold *f, int location);
/* The `number`th (from 0) comma-separated part of the statement: the text of one ALTER TABLE command. */
struct slice text_part(const struct fold *f, int number);

/* --- Types (types.c) --- */

enum serial { SERIAL_NONE, SERIAL_2, SERIAL_4, SERIAL_8 };
/* A column's type; serial types give the integer under them. */
int fold_type(struct fold *f, const PgQuery__TypeName *name, struct type *ret, enum serial *ret_serial);
/* COLLATE "..." behind a type: 42804, 42704. The second with the column's type. */
int fold_collation(struct fold *f, PgQuery__Node *const *name, size_t count, struct type *type);
int fold_column_type(struct fold *f, const PgQuery__ColumnDef *def, struct type *ret, enum serial *ret_serial);
struct enum_type *enum_find(const struct draft *draft, struct slice name);
int fold_create_enum(struct fold *f, const PgQuery__CreateEnumStmt *stmt);
int fold_alter_enum(struct fold *f, const PgQuery__AlterEnumStmt *stmt);
int fold_drop_enum(struct fold *f, const char *name, bool missing_ok, bool cascade);

/* --- Expressions (expression.c) --- */

/* A scope for what stands in the statement itself: positions in errors are the file's. */
void fold_scope(struct fold *f, const struct table *table, struct scope *ret);
enum expression_use { USE_DEFAULT, USE_GENERATED, USE_CHECK, USE_PREDICATE, USE_POLICY, USE_CONVERT };
/* Compiles `node` for a use over `table`, with the refusals that PostgreSQL has for it (volatility, sub-selects). */
int fold_expression(struct fold *f, const PgQuery__Node *node, const struct table *table, enum expression_use use,
                    struct type want, const struct expr **ret);
int fold_expression_text(struct fold *f, const char *text, const struct table *table, enum expression_use use,
                         struct type want, const struct expr **ret);
/* The generated column's text in a form that is immutable in PostgreSQL too; `text` itself when it needs none. */
const char *immutable_form(struct fold *f, const struct table *table, const PgQuery__Node *node, const char *text);
/* Whether an expression over `owner` reads `table`'s column, also inside sub-selects; column -1: mentions the table. */
bool expr_reads(const struct expr *expr, const struct table *owner, const struct table *table, int column);
bool expr_is_at_most(const struct expr *expr, int volatility);      /* FUNCTION_IMMUTABLE, FUNCTION_STABLE */
/* The one column that it reads, -1: none, -2: several. */
int expr_only_column(const struct expr *expr);
/* Evaluates a default at the migration's time. */
int fold_evaluate(struct fold *f, const struct expr *expr, struct value *ret);

/* --- Statements, a file each --- */

int fold_create_table(struct fold *f, const PgQuery__CreateStmt *stmt);
/* ADD COLUMN with the constraints written with it. */
int fold_add_column(struct fold *f, struct table *table, const PgQuery__ColumnDef *def);
/* `node` NULL: DROP DEFAULT. */
int fold_set_default(struct fold *f, struct table *table, int number, const PgQuery__Node *node, const char *text);

/* A constraint of a column (`column` -1: of the table); `alter`: rows may be there already. */
int fold_constraint(struct fold *f, struct table *table, const PgQuery__Constraint *c, int column, bool alter);
int fold_check_rows(struct fold *f, const struct table *table, const struct index *index, int column, const char *what);
/* Which of a target's unique indexes covers exactly these columns. NULL: none. */
const struct index *unique_index_of(const struct table *target, const int *columns, int count);

int fold_create_index(struct fold *f, const PgQuery__IndexStmt *stmt);
/* Gives an index, filled in but for them, its relation and place, and has it built. */
int fold_add_index(struct fold *f, struct table *table, struct index *index);
void fold_drop_index(struct fold *f, const struct index *index);
int indexable(struct fold *f, struct type type);

int fold_alter_table(struct fold *f, const PgQuery__AlterTableStmt *stmt);
int fold_alter_type(struct fold *f, struct table *table, const PgQuery__AlterTableCmd *cmd);
int fold_drop_column(struct fold *f, struct table *table, const char *name, bool missing_ok, bool cascade);
/* Drops the foreign keys that refer to a unique index; 2BP01 without `cascade`. */
int fold_drop_referrers(struct fold *f, const struct index *index, bool cascade);
void fold_drop_key(const struct foreign_key *key);
int fold_rename(struct fold *f, const PgQuery__RenameStmt *stmt);

int fold_drop(struct fold *f, const PgQuery__DropStmt *stmt);

/* Views (view.c, view_depends.c). */
int fold_create_view(struct fold *f, const PgQuery__ViewStmt *stmt);
int fold_alter_view(struct fold *f, const PgQuery__AlterTableStmt *stmt);
int fold_rename_view(struct fold *f, const PgQuery__RenameStmt *stmt);
int fold_view(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct catalog_view **ret);
int fold_drop_views(struct fold *f, const PgQuery__DropStmt *stmt, bool cascade);
/* After columns were added to a table or view: 0A000 when they take a name in the text of a view that reads it. */
int fold_views_keep_meaning(struct fold *f, const struct table *grown);
/* What a bound SELECT names, views not opened, into the view's `reads`, `enums` and `depth`. */
void view_depend(struct fold *f, const struct bound_select *bound, struct catalog_view *view);
bool view_reads(const struct catalog_view *view, const struct table *table, int column);     /* column -1: at all */
/* A view that reads it, directly; NULL: none. */
const struct catalog_view *view_reader(const struct draft *draft, const struct table *table, int column);
const struct catalog_view *view_of_enum(const struct draft *draft, const struct enum_type *type);
/* Drops the views that read a table, a view or a column of it, and those that read them; 2BP01 without `cascade`. */
int fold_drop_view_readers(struct fold *f, const struct table *table, int column, const char *what, bool cascade);
void fold_drop_view(struct fold *f, struct catalog_view *view);
int fold_refuse_dependent(struct fold *f, const char *what, const char *dependent);
PgQuery__RangeVar fold_range_of(const PgQuery__Node *object, size_t leave);

/* The declaration of super admins (super_admins.c). */
void super_admins_start(struct draft *draft);
int fold_super_admins(struct fold *f, const PgQuery__Node *node);
/* At a file's end: looks its names up. */
int super_admins_bind(struct fold *f);

int fold_create_policy(struct fold *f, const PgQuery__CreatePolicyStmt *stmt);
int fold_alter_policy(struct fold *f, const PgQuery__AlterPolicyStmt *stmt);
int fold_drop_policy(struct fold *f, struct table *table, const char *name, bool missing_ok);
int fold_role(struct fold *f, const PgQuery__RoleSpec *role, const char **ret);    /* *ret NULL: PUBLIC */
/* Drops the policies that read `table` (its own, or by a sub-select), or a column of it; 2BP01 without `cascade`. With
 * column -1 the table itself goes, and its own policies are no obstacle. `what`: "table x", for the message. */
int fold_drop_readers(struct fold *f, const struct table *table, int column, const char *what, bool cascade);

/* Statements that are recorded only, or refused with a reason (note.c); INSERT, UPDATE, DELETE (data.c). */
int fold_other(struct fold *f, const PgQuery__Node *node);
int fold_data(struct fold *f, const PgQuery__Node *node);
int fold_create_function(struct fold *f, const PgQuery__CreateFunctionStmt *stmt);
int fold_create_trigger(struct fold *f, const PgQuery__CreateTrigStmt *stmt);
void note_add(struct fold *f, enum note_kind kind, const char *name, const struct table *table);     /* the statement */
/* recorded.c: whether what a comment names is in a dump. */
bool note_loads(const struct draft *draft, const struct note *note);
void note_forget(struct draft *draft, enum note_kind kind, const char *name, const struct table *table);
/* The names of native functions, by number from 0; NULL behind the last. */
const char *fold_native_function(int number);
/* Whether a function is provided natively; *ret is its name for messages. */
bool fold_function_known(struct fold *f, PgQuery__Node *const *name, size_t count, const char **ret);
int fold_drop_note(struct fold *f, enum note_kind kind, const char *name, const struct table *table, bool missing_ok);
bool note_alive(const struct draft *draft, const struct note *note);
struct note *note_find(const struct draft *draft, enum note_kind kind, const char *name, const struct table *table);     /* or NULL */
/* Drops what a trigger may call: 2BP01 while one does, which goes with it by `cascade`. */
int fold_drop_callee(struct fold *f, enum note_kind kind, const char *name, bool missing_ok, bool cascade);

/* What a body says, by its tokens (sql/lex.h): body.c. */
bool body_sets_now(const char *body, struct arena *arena, struct set_columns *ret);    /* NEW.column := now(); ... RETURN NEW */
bool body_is_provided(const char *name, const char *body);
bool body_is_native(const char *body);

/* Native functions and their declarations: declare.c. */
bool declare_is_native(const char *name);
int declare_native(struct fold *f, const PgQuery__CreateFunctionStmt *stmt, const char *name, const struct declaration **ret);
void declare_derive(struct draft *draft);

/* Rights (grant.c): GRANT, REVOKE, ALTER DEFAULT PRIVILEGES; what a new object begins with; what a catalog begins with. */
int fold_grant(struct fold *f, const PgQuery__GrantStmt *stmt);
int fold_default_privileges(struct fold *f, const PgQuery__AlterDefaultPrivilegesStmt *stmt);
struct acl acl_of_new(const struct draft *draft, enum acl_kind kind, const char *schema);
struct acl acl_builtin(enum acl_kind kind);             /* PostgreSQL's own default */
void rights_begin(struct draft *draft);
/* A function was declared: a new one begins with the default privileges; or was dropped. */
void rights_of_function(struct fold *f, const char *name, bool declared);
struct function_rights *function_rights(const struct draft *draft, const char *name);     /* NULL: as at the beginning */
/* What the draft's tables may be used for by whom, from lists, row level security and policies (rights.c). */
void rights_derive(struct draft *draft);
bool rights_open(const struct table *table, enum identity who);     /* (R4) */
/* Statements that give a catalog these rights, whatever it began with (ddl_rights.c); for people. */
void ddl_default_privileges(const struct draft *draft, struct buf *out);
void ddl_rights(const struct draft *draft, struct buf *out);
void acl_print(const struct acl *acl, struct buf *out);

/* Column lists and clauses that `schema`, its msgpack form and the DDL share (clause.c). */
void clause_columns(const struct table *table, const int *columns, int count, struct buf *out);         /* a, b */
void clause_index_columns(const struct index *index, bool key, struct buf *out);                       /* a, b DESC */
void clause_type(struct type type, struct buf *out);                    /* as in DDL, enum names quoted */
void clause_collation(const struct collation *collation, struct buf *out);      /*  COLLATE "de-x-icu", or nothing for the default */
void clause_reference(const struct foreign_key *key, struct buf *out);  /* REFERENCES t (a) ON DELETE CASCADE */
void clause_policy(const struct policy *policy, struct buf *out);       /* FOR SELECT TO anon */
const char *policy_command_name(enum policy_command command);
const char *fk_action_name(enum fk_action action);

extern const char roles_block[];        /* the DO block that dumps create the roles with */
extern const char rights_block_start[], rights_block_end[];     /* and those around the rights on functions that may not be there */

/* Derives links, tenancy, numbers and marks from what was folded (links.c, tenancy.c, protect.c, secret.c). */
void links_derive(struct fold *f);
void tenancy_derive(struct draft *draft);
void touch_derive(struct draft *draft);
int touch_judge(struct fold *f);
void reference_bind(struct catalog *catalog);
void protect_derive(struct draft *draft);
void secret_derive(struct draft *draft);
/* The tenancy that follows from the definitions becomes that of the rows. */
void tenancy_settle(struct table *table);
bool tenancy_settled(const struct table *table);
/* Whether rows can be found by the tenancy by which they were stored, although it does not follow any more. */
bool tenancy_can_hold(const struct draft *draft, const struct table *table);
/* What a file must not leave behind, and a statement that looks at rows of a table must not meet (judge.c). */
int fold_judge(struct fold *f);
int fold_judge_table(struct fold *f, const struct table *table);
int protect_judge(struct fold *f);
int secret_judge(struct fold *f);
/* Why a table has its tenancy, as a sentence for people. */
void tenancy_reason(const struct table *table, struct buf *out);

#endif
