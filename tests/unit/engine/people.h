/* The reference schema with people in it: two organizations, members of both, a super admin, a user without an
 * organization, and in every table a row for each of them, made up from the catalog. */
#ifndef ROWHOUSE_TESTS_PEOPLE_H
#define ROWHOUSE_TESTS_PEOPLE_H

#include <dirent.h>

#include "world.h"

#define ORG_A "aaaaaaaa-0000-4000-8000-000000000000"
#define ORG_B "bbbbbbbb-0000-4000-8000-000000000000"

/* Contexts: whose a row is. */
enum context { IN_A, IN_B, IN_NONE, CONTEXTS };
static const char *const organization_of_context[] = { ORG_A, ORG_B, NULL };
static const char *const user_of_context[] = {
    "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b", "00000000-0000-4000-8000-00000000000c",
};
#define SUPER_ADMIN "00000000-0000-4000-8000-0000000000ad"
#define STRANGER    "00000000-0000-4000-8000-0000000000ff"      /* signed in, without a profile */

struct people {
    struct arena arena;             /* the rows below live here */
    struct found rows[TABLES_MAX][CONTEXTS];
    bool there[TABLES_MAX][CONTEXTS];
    int numbers;                    /* makes values differ */
};

static inline int migration_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static inline int migration_is(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static inline void apply_reference_schema(struct world *w)
{
    struct dirent **files;
    struct buf text = { 0 };
    int count = scandir("schema/migrations", &files, migration_is, migration_order);
    cr_assert(count > 0, "run from the repository's root");
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "schema/migrations/%s", files[i]->d_name);
        SUCCEED(world_migrate(w, files[i]->d_name, world_file(path, &text)));
        free(files[i]);
    }
    free(files);
    buf_done(&text);
}

/* A text that a column's CHECK admits: the first constant that the check compares it with. */
struct admitted { int column; bool reads; struct slice text; };
static inline int admitted_visit(const struct expr *expr, void *env)
{
    struct admitted *a = env;
    if (expr->op == EXPR_COLUMN && expr->column == a->column)
        a->reads = true;
    if (expr->op == EXPR_CONST && expr->constant.kind == VALUE_TEXT && a->text.data == NULL)
        a->text = expr->constant.bytes;
    if (expr->op == EXPR_CONST && expr->constant.kind == VALUE_ARRAY && a->text.data == NULL) {
        struct slice rest = array_elements(&expr->constant);
        struct value first;
        if (array_next(type_of(TYPE_TEXT), &rest, &first))
            a->text = first.bytes;
    }
    return 0;
}

static inline struct value made_up_text(struct people *p, const struct table *table, int column)
{
    for (int i = 0; i < table->check_count; i++) {
        struct admitted a = { .column = column };
        expr_walk(table->checks[i].condition, admitted_visit, &a);
        if (a.reads && a.text.data != NULL)
            return value_text(a.text);
    }
    return value_text(slice_of_string(arena_printf(&p->arena, "t%d", ++p->numbers)));
}

static inline struct value made_up(struct people *p, const struct table *table, int column)
{
    static const uint8_t empty_map[] = { 0x80 }, empty_array[] = { 0x90 };
    struct type type = table->columns[column].type;
    struct error error;
    struct value value = VALUE_OF_NULL;
    if (type.array)
        return (struct value){ .kind = VALUE_ARRAY, .bytes = slice_of(empty_array, 1) };
    switch (type.id) {
    case TYPE_TEXT: case TYPE_VARCHAR: return made_up_text(p, table, column);
    case TYPE_JSONB: return value_json(slice_of(empty_map, 1));
    case TYPE_UUID: return value_uuid(uuid_random(sys_real()));
    case TYPE_BOOL: return value_bool(true);
    case TYPE_TIMESTAMPTZ: case TYPE_TIMESTAMP: return value_time(NOW_US);
    case TYPE_DATE: return (struct value){ .kind = VALUE_DATE, .date = 20000 };
    case TYPE_INET: return (struct value){ .kind = VALUE_INET, .bytes = SLICE_LITERAL("10.0.0.1") };
    default:
        cr_assert(value_from_text(type, slice_of_string(arena_printf(&p->arena, "%d", ++p->numbers % 50 + 1)), &p->arena, &value, &error) == 0,
                  "%s.%s: %s", table->name, table->columns[column].name, error.message);
        return value;
    }
}

/* A reference to the row that the context has in the target table; NULL when there is none. */
static inline struct value referred(struct people *p, const struct foreign_key *fk, int column, enum context context)
{
    for (int i = 0; i < fk->count; i++)
        if (fk->columns[i] == column && p->there[fk->target->number][context])
            return p->rows[fk->target->number][context].columns[fk->target_columns[i]];
    return VALUE_OF_NULL;
}

static inline bool left_to_defaults(const struct column *column)
{
    return column->dropped || column->generated != NULL || column->serial ||
           (column->default_value != NULL && column->default_value->op == EXPR_FUNCTION);
}

/* A new row's columns for a context; false when it cannot have one (no organization where one is needed). */
static inline bool make_up_row(struct people *p, const struct table *table, enum context context, struct value *columns, bool *given)
{
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        given[i] = !left_to_defaults(column);
        columns[i] = given[i] ? made_up(p, table, i) : VALUE_OF_NULL;
        if (strcmp(column->name, "encryption_required") == 0)
            columns[i] = value_bool(false);         /* it would have to name a column that is there */
        if (strcmp(column->name, "retention_days") == 0)
            columns[i] = VALUE_OF_NULL;
        for (int k = 0; k < table->foreign_key_count; k++)
            for (int c = 0; c < table->foreign_keys[k]->count; c++)
                if (table->foreign_keys[k]->columns[c] == i) {
                    columns[i] = referred(p, table->foreign_keys[k], i, context);
                    given[i] = true;
                }
        if (i == table->tenant_column && !table->is_organizations) {
            given[i] = true;
            columns[i] = VALUE_OF_NULL;
            if (organization_of_context[context] != NULL) {
                columns[i].kind = VALUE_UUID;
                uuid_parse(slice_of_string(organization_of_context[context]), &columns[i].uuid);
            }
        }
        if (given[i] && value_is_null(&columns[i]) && column->not_null)
            return false;
    }
    return true;
}

static inline void keep_row(struct world *w, struct people *p, const struct table *table, enum context context, const struct found *row)
{
    struct found *kept = &p->rows[table->number][context];
    *kept = *row;
    kept->bytes = arena_copy(&p->arena, row->bytes);
    kept->columns = ARENA_ARRAY(&p->arena, struct value, table->column_count);
    SUCCEED(row_values(table, kept->bytes, kept->columns));
    p->there[table->number][context] = true;
}

static inline void keep_by_key(struct world *w, struct people *p, const char *name, const char *id, enum context context)
{
    const struct table *table = world_table(w, name);
    struct value key = { .kind = VALUE_UUID };
    struct found row;
    uuid_parse(slice_of_string(id), &key.uuid);
    cr_assert_eq(table_find(&w->rq, table, HOUSE_ANY, &key, &row), 1, "%s", name);
    keep_row(w, p, table, context, &row);
}

static inline void person(struct world *w, const char *user, const char *organization, const char *role)
{
    char quoted[64] = "null";
    if (organization != NULL)
        snprintf(quoted, sizeof quoted, "\"%s\"", organization);
    CALL(1, insert_method, "[\"auth.users\", {\"id\": \"%s\", \"email\": \"%s@example.com\"}]", user, user);
    if (role != NULL)
        CALL(1, insert_method, "[\"profiles\", {\"id\": \"%s\", \"organization_id\": %s, \"role\": \"%s\"}]", user, quoted, role);
}

/* Everybody, and a row of every table for each context that can have one. The turn is open afterwards. */
static inline void populate(struct world *w, struct people *p)
{
    memset(p, 0, sizeof *p);
    arena_init(&p->arena, ARENA_REQUEST_MAX);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": \"" ORG_A "\", \"name\": \"a\"}, {\"id\": \"" ORG_B "\", \"name\": \"b\"}]]");
    person(w, user_of_context[IN_A], ORG_A, "user");
    person(w, user_of_context[IN_B], ORG_B, "user");
    person(w, user_of_context[IN_NONE], NULL, "user");
    person(w, SUPER_ADMIN, ORG_B, "super_admin");
    person(w, STRANGER, NULL, NULL);
    for (int c = 0; c < CONTEXTS; c++) {
        if (organization_of_context[c] != NULL)
            keep_by_key(w, p, "organizations", organization_of_context[c], c);
        keep_by_key(w, p, "auth.users", user_of_context[c], c);
        keep_by_key(w, p, "profiles", user_of_context[c], c);
    }
    for (int i = 0; i < w->view.catalog->table_count; i++) {
        const struct table *table = w->view.catalog->tables[i];
        struct value columns[COLUMNS_MAX];
        bool given[COLUMNS_MAX];
        struct found row;
        for (int c = 0; c < CONTEXTS; c++) {
            if (p->there[table->number][c] || table->is_organizations || !make_up_row(p, table, c, columns, given))
                continue;
            cr_assert_eq(table_insert(&w->rq, table, HOUSE_ANY, columns, given, &row), 0, "%s: %s %s", table->name, w->error.message, w->error.detail);
            keep_row(w, p, table, c, &row);
        }
    }
}

#endif
