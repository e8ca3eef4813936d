/* The world of the expression tests: fixture.sql, read through our own parser, in plain arrays, with the smallest
 * runner of sub-selects that can be right. It is the model beside which the engine's scans are the real thing. */
#ifndef ROWHOUSE_TESTS_SQL_FIXTURE_H
#define ROWHOUSE_TESTS_SQL_FIXTURE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sys.h"
#include "sql/expr.h"
#include "sql/statement.h"
#include "value/json.h"

#define FIXTURE_COLUMNS 40
#define FIXTURE_ROWS 16

struct fixture_table {
    const char *name;
    int column_count, row_count;
    const char *columns[FIXTURE_COLUMNS];
    struct type types[FIXTURE_COLUMNS];
    struct value rows[FIXTURE_ROWS][FIXTURE_COLUMNS];
};

struct fixture {
    struct arena arena;
    int table_count;
    struct fixture_table tables[8];
    int enum_count;
    struct enum_type enums[4];
    struct claims claims;
    struct collations *collations;
};

/* One row of the select around an expression. */
struct fixture_frame {
    const struct fixture_frame *outer;
    const struct value *row;
};

static int fixture_column(const void *table, struct slice name, struct type *ret)
{
    const struct fixture_table *t = table;
    for (int i = 0; i < t->column_count; i++) {
        if (slice_is(name, t->columns[i])) {
            *ret = t->types[i];
            return i;
        }
    }
    return -1;
}

static const void *fixture_find_table(void *env, struct slice schema, struct slice name)
{
    struct fixture *f = env;
    for (int i = 0; i < f->table_count; i++)
        if (slice_is(name, f->tables[i].name) && (schema.size == 0 || slice_is(schema, "public")))
            return &f->tables[i];
    return NULL;
}

static const char *fixture_table_name(const void *table)
{
    return ((const struct fixture_table *)table)->name;
}

static const char *fixture_column_name(const void *table, int column)
{
    return ((const struct fixture_table *)table)->columns[column];
}

static const struct enum_type *fixture_find_enum(void *env, struct slice name)
{
    struct fixture *f = env;
    for (int i = 0; i < f->enum_count; i++)
        if (slice_is(name, f->enums[i].name))
            return &f->enums[i];
    return NULL;
}

static inline struct scope fixture_scope(struct fixture *f, const char *table)
{
    const struct fixture_table *t = table == NULL ? NULL : fixture_find_table(f, slice_of(NULL, 0), slice_of_string(table));
    return (struct scope){
        .table = t, .alias = table, .column = fixture_column, .find_table = fixture_find_table, .table_name = fixture_table_name,
        .find_enum = fixture_find_enum, .env = f, .collations = f->collations,
    };
}

static inline struct expr_names fixture_names(struct fixture *f, const char *table)
{
    return (struct expr_names){ fixture_column_name, fixture_scope(f, table).table, fixture_table_name };
}

static int fixture_eval_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    const struct fixture_frame *frame = eval->env;
    for (int i = 0; i < depth; i++)
        frame = frame->outer;
    *ret = frame->row[column];
    return 0;
}

static int fixture_subselect(struct eval *eval, const struct subselect *s, struct value *ret, struct error *error)
{
    const struct fixture_table *table = s->table;
    struct value left = VALUE_OF_NULL, out;
    bool null = false, found = false, yes;
    if (s->left != NULL && expr_eval(s->left, eval, &left, error) < 0)
        return -1;
    *ret = s->kind == SUBSELECT_SCALAR ? VALUE_OF_NULL : value_bool(false);
    for (int i = 0; i < table->row_count; i++) {
        struct fixture_frame frame = { .outer = eval->env, .row = table->rows[i] };
        struct eval inner = *eval;
        inner.env = &frame;
        yes = true;
        if (s->where != NULL && expr_is_true(s->where, &inner, &yes, error) < 0)
            return -1;
        if (!yes)
            continue;
        if (s->kind == SUBSELECT_EXISTS) {
            *ret = value_bool(true);
            return 0;
        }
        if (expr_eval(s->output, &inner, &out, error) < 0)
            return -1;
        if (s->kind == SUBSELECT_SCALAR) {
            if (found)
                return fail(error, SQLSTATE_CARDINALITY_VIOLATION, "more than one row returned by a subquery used as an expression");
            *ret = out;
            found = true;
        } else if (value_is_null(&left) || value_is_null(&out)) {
            null = true;
        } else if (s->collation == &collation_conflict) {
            return collation_unknown("string comparison", error);
        } else if (value_compare(s->output->type, &left, &out) == 0) {
            *ret = value_bool(true);
            return 0;
        }
    }
    if (s->kind == SUBSELECT_IN && null)
        *ret = VALUE_OF_NULL;
    return 0;
}

static inline struct eval fixture_eval(struct fixture *f, struct fixture_frame *frame, struct arena *arena)
{
    return (struct eval){
        .column = fixture_eval_column, .subselect = fixture_subselect, .env = frame, .now_us = 1743428730123456, .sys = sys_real(),
        .claims = &f->claims, .arena = arena,
    };
}

/* --- Reading fixture.sql --- */

static void fixture_must(int err, const struct error *error)
{
    if (err < 0) {
        fprintf(stderr, "fixture.sql: %s\n", error->message);
        abort();
    }
}

static void fixture_create_enum(struct fixture *f, const PgQuery__CreateEnumStmt *s)
{
    const char **labels = ARENA_ARRAY(&f->arena, const char *, s->n_vals);
    for (size_t i = 0; i < s->n_vals; i++)
        labels[i] = arena_string(&f->arena, slice_of_string(s->vals[i]->string->sval));
    const char *name = arena_string(&f->arena, slice_of_string(s->type_name[s->n_type_name - 1]->string->sval));
    f->enums[f->enum_count++] = (struct enum_type){ name, (int)s->n_vals, labels };
}

static void fixture_create_table(struct fixture *f, const PgQuery__CreateStmt *s)
{
    struct fixture_table *t = &f->tables[f->table_count++];
    struct scope scope = fixture_scope(f, NULL);
    struct error error = { 0 };
    t->name = arena_string(&f->arena, slice_of_string(s->relation->relname));
    for (size_t i = 0; i < s->n_table_elts; i++) {
        const PgQuery__ColumnDef *column = s->table_elts[i]->column_def;
        assert(t->column_count < FIXTURE_COLUMNS);
        t->columns[t->column_count] = arena_string(&f->arena, slice_of_string(column->colname));
        fixture_must(type_from_node(column->type_name, &scope, &t->types[t->column_count], &error), &error);
        const PgQuery__CollateClause *collate = column->coll_clause;
        if (collate != NULL)
            fixture_must(collation_from_node(f->collations, collate->collname, collate->n_collname, &t->types[t->column_count].collation, &error), &error);
        t->column_count++;
    }
}

static void fixture_insert(struct fixture *f, const struct parsed *parsed, const struct parsed_statement *s)
{
    struct statement statement;
    struct error error = { 0 };
    struct scope scope = fixture_scope(f, NULL);
    struct eval eval = { .arena = &f->arena };
    fixture_must(statement_from(parsed, s->node, s->line, &f->arena, &statement, &error), &error);
    struct fixture_table *t = (struct fixture_table *)fixture_find_table(f, slice_of(NULL, 0), slice_of_string(statement.table));
    for (int r = 0; r < statement.row_count; r++) {
        assert(t->row_count < FIXTURE_ROWS);
        for (int c = 0; c < statement.column_count; c++) {
            const struct assignment *a = &statement.rows[r * statement.column_count + c];
            const struct expr *e;
            struct type type;
            int column = fixture_column(t, slice_of_string(a->column), &type);
            fixture_must(expr_compile(a->value, &scope, type, &f->arena, &e, &error), &error);
            fixture_must(expr_eval(e, &eval, &t->rows[t->row_count][column], &error), &error);
        }
        t->row_count++;
    }
}

static inline struct slice fixture_file(const char *path, struct arena *arena)
{
    struct buf text = { 0 };
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        abort();
    }
    for (size_t got = 1; got > 0; text.size += got)
        got = fread(buf_reserve(&text, 4096), 1, 4096, file);
    fclose(file);
    struct slice copy = arena_copy(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

static inline struct fixture *fixture_new(void)
{
    static struct fixture f;
    struct parsed *parsed;
    struct error error = { 0 };
    arena_init(&f.arena, SIZE_MAX);
    f.collations = collations_new();
    fixture_must(parse_sql(fixture_file("tests/unit/sql/fixture.sql", &f.arena), MIB(1), &parsed, &error), &error);
    for (int i = 0; i < parsed_count(parsed); i++) {
        const struct parsed_statement *s = parsed_statement(parsed, i);
        if (s->node->node_case == PG_QUERY__NODE__NODE_CREATE_ENUM_STMT)
            fixture_create_enum(&f, s->node->create_enum_stmt);
        else if (s->node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT)
            fixture_create_table(&f, s->node->create_stmt);
        else
            fixture_insert(&f, parsed, s);
    }
    parsed_free(parsed);
    f.claims.role = "authenticated";
    f.claims.has_uid = uuid_parse(SLICE_LITERAL("11111111-2222-3333-4444-555555555555"), &f.claims.uid);
    fixture_must(json_parse(SLICE_LITERAL("{\"sub\": \"11111111-2222-3333-4444-555555555555\", \"role\": \"authenticated\", \"app\": {\"plan\": \"pro\"}}"),
                            &f.arena, &f.claims.jwt, &error), &error);
    return &f;
}

#endif
