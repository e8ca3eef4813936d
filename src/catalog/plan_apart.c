#include "catalog/plan_apart.h"

#include <stdio.h>

#include "catalog/fold.h"

#define PIECES_MAX 400              /* of one statement; what is beyond stays in it */

/* A list of the tree, of which some items are there. */
struct list {
    size_t *count;
    PgQuery__Node **items;          /* of the tree */
    size_t total;
    PgQuery__Node **all;
    bool *there;
};

/* A field of the tree that is as it was written, or as if it had not been. */
struct clause {
    void *at;
    size_t size;
    const void *written, *without;
};

/* In this order they are tried: what is written first may need what comes later, as a key needs its columns. */
enum phase { PHASE_COLUMN, PHASE_COLUMN_CONSTRAINT, PHASE_CONSTRAINT, PHASE_CLAUSE, PHASES };

struct piece {
    enum phase phase;
    struct list *list;              /* of which it is an item; NULL: it is the clause */
    size_t item;
    struct clause *clause;
    const char *column;             /* that it brings; or NULL */
    const char *subject;            /* the column that it is about; or NULL */
    bool left_out;
};

struct apart {
    struct arena *arena;
    int count;
    struct piece pieces[PIECES_MAX];
};

/* --- Pieces --- */

static struct piece *add(struct apart *a, enum phase phase)
{
    struct piece *piece = a->count < PIECES_MAX ? &a->pieces[a->count++] : NULL;
    if (piece != NULL)
        *piece = (struct piece){ .phase = phase };
    return piece;
}

static void list_show(const struct list *list)
{
    *list->count = 0;
    for (size_t i = 0; i < list->total; i++)
        if (list->there[i])
            list->items[(*list->count)++] = list->all[i];
}

static struct list *list_of(struct apart *a, size_t *count, PgQuery__Node **items)
{
    struct list *list = ARENA_NEW(a->arena, struct list);
    *list = (struct list){ count, items, *count, ARENA_ARRAY(a->arena, PgQuery__Node *, *count + 1), ARENA_ARRAY(a->arena, bool, *count + 1) };
    for (size_t i = 0; i < list->total; i++) {
        list->all[i] = items[i];
        list->there[i] = true;
    }
    return list;
}

static struct piece *add_item(struct apart *a, enum phase phase, struct list *list, size_t item, const char *subject)
{
    struct piece *piece = add(a, phase);
    if (piece == NULL)
        return NULL;
    piece->list = list;
    piece->item = item;
    piece->subject = given(subject) ? subject : NULL;
    return piece;
}

static void add_items(struct apart *a, enum phase phase, size_t *count, PgQuery__Node **items)
{
    struct list *list = list_of(a, count, items);
    for (size_t i = 0; i < list->total; i++)
        add_item(a, phase, list, i, NULL);
}

static void add_clause(struct apart *a, void *at, size_t size, const void *without)
{
    struct piece *piece = memcmp(at, without, size) == 0 ? NULL : add(a, PHASE_CLAUSE);
    if (piece == NULL)
        return;
    void *written = arena_alloc(a->arena, size);
    memcpy(written, at, size);
    piece->clause = ARENA_NEW(a->arena, struct clause);
    *piece->clause = (struct clause){ at, size, written, without };
}

static void set_piece(struct piece *piece, bool there)
{
    if (piece->list == NULL) {
        memcpy(piece->clause->at, there ? piece->clause->written : piece->clause->without, piece->clause->size);
        return;
    }
    piece->list->there[piece->item] = there;
    list_show(piece->list);
}

/* --- Statements --- */

static void add_column(struct apart *a, struct list *list, size_t item, PgQuery__ColumnDef *column)
{
    struct piece *piece = add_item(a, PHASE_COLUMN, list, item, column->colname);
    if (piece == NULL)
        return;
    piece->column = column->colname;
    add_items(a, PHASE_COLUMN_CONSTRAINT, &column->n_constraints, column->constraints);
}

static void create_clauses(struct apart *a, PgQuery__CreateStmt *stmt)
{
    static const size_t none;
    static const void *const nothing;
    static char *empty = (char *)protobuf_c_empty_string, *permanent = "p";
    static const PgQuery__OnCommitAction no_action = PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_NOOP;
    add_clause(a, &stmt->partbound, sizeof stmt->partbound, &nothing);
    add_clause(a, &stmt->n_inh_relations, sizeof none, &none);
    add_clause(a, &stmt->partspec, sizeof stmt->partspec, &nothing);
    add_clause(a, &stmt->of_typename, sizeof stmt->of_typename, &nothing);
    add_clause(a, &stmt->n_options, sizeof none, &none);
    add_clause(a, &stmt->oncommit, sizeof no_action, &no_action);
    if (given(stmt->tablespacename))
        add_clause(a, &stmt->tablespacename, sizeof stmt->tablespacename, &empty);
    if (given(stmt->access_method))
        add_clause(a, &stmt->access_method, sizeof stmt->access_method, &empty);
    if (!same(stmt->relation->relpersistence, permanent))
        add_clause(a, &stmt->relation->relpersistence, sizeof stmt->relation->relpersistence, &permanent);
}

static void create_table(struct apart *a, PgQuery__CreateStmt *stmt)
{
    struct list *list = list_of(a, &stmt->n_table_elts, stmt->table_elts);
    for (size_t i = 0; i < list->total; i++) {
        if (list->all[i]->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            add_column(a, list, i, list->all[i]->column_def);
        else
            add_item(a, list->all[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT ? PHASE_CONSTRAINT : PHASE_COLUMN, list, i, NULL);
    }
    create_clauses(a, stmt);
}

static void alter_table(struct apart *a, PgQuery__AlterTableStmt *stmt)
{
    struct list *list = list_of(a, &stmt->n_cmds, stmt->cmds);
    for (size_t i = 0; i < list->total; i++) {
        PgQuery__Node *def = list->all[i]->alter_table_cmd->def;
        if (list->all[i]->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn && def != NULL && def->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
            add_column(a, list, i, def->column_def);
        else
            add_item(a, PHASE_COLUMN, list, i, list->all[i]->alter_table_cmd->name);
    }
}

static void take_apart(struct apart *a, const PgQuery__Node *node)
{
    switch (node->node_case) {
    case PG_QUERY__NODE__NODE_CREATE_STMT:      create_table(a, node->create_stmt); break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT: alter_table(a, node->alter_table_stmt); break;
    case PG_QUERY__NODE__NODE_DROP_STMT:        add_items(a, PHASE_COLUMN, &node->drop_stmt->n_objects, node->drop_stmt->objects); break;
    case PG_QUERY__NODE__NODE_GRANT_STMT:       add_items(a, PHASE_COLUMN, &node->grant_stmt->n_objects, node->grant_stmt->objects); break;
    default:                                    break;
    }
}

/* --- Reasons --- */

static bool is_named(const char *message, const char *name)
{
    char quoted[160];
    snprintf(quoted, sizeof quoted, "\"%s\"", name);
    return strstr(message, quoted) != NULL;
}

/* Whether something is missing to a piece because another was left out: a column, or the key that a reference needs. */
static bool follows(const struct apart *a, const struct piece *of, const struct error *error)
{
    bool constrains = of->phase == PHASE_CONSTRAINT || of->phase == PHASE_COLUMN_CONSTRAINT;
    bool key = constrains && (error->state == SQLSTATE_INVALID_FOREIGN_KEY || error->state == SQLSTATE_UNDEFINED_OBJECT);
    for (int i = 0; i < a->count; i++) {
        const struct piece *piece = &a->pieces[i];
        if (!piece->left_out)
            continue;
        if (error->state == SQLSTATE_UNDEFINED_COLUMN && piece->column != NULL && is_named(error->message, piece->column))
            return true;
        if (key && piece->phase != PHASE_CLAUSE)
            return true;
    }
    return false;
}

static void name_subject(const struct piece *piece, struct error *error)
{
    if (piece->subject != NULL && !is_named(error->message, piece->subject))
        fail_within(error, "column \"%s\"", piece->subject);
}

static bool is_told(const struct error *reasons, int count, const struct error *error)
{
    for (int i = 0; i < count; i++)
        if (same(reasons[i].message, error->message))
            return true;
    return false;
}

int plan_apart(const PgQuery__Node *node, apart_try_fn *try, void *env, struct arena *arena, struct error ret[static APART_REASONS_MAX])
{
    struct apart *a = ARENA_NEW(arena, struct apart);
    int count = 0;
    a->arena = arena;
    a->count = 0;
    take_apart(a, node);
    for (int i = 0; i < a->count; i++)
        set_piece(&a->pieces[i], false);
    for (enum phase phase = PHASE_COLUMN; phase < PHASES; phase++)
        for (int i = 0; i < a->count; i++) {
            struct piece *piece = &a->pieces[i];
            struct error error = { 0 };
            if (piece->phase != phase)
                continue;
            set_piece(piece, true);
            if (try(env, &error) == 0)
                continue;
            set_piece(piece, false);
            if (error.state == SQLSTATE_INTERNAL_ERROR)     /* the text of a part is looked for by its place in the whole: nothing is known of it */
                continue;
            name_subject(piece, &error);
            if (count < APART_REASONS_MAX && !follows(a, piece, &error) && !is_told(ret, count, &error))
                ret[count++] = error;
            piece->left_out = true;
        }
    for (int i = 0; i < a->count; i++)
        set_piece(&a->pieces[i], true);
    return count;
}
