/* Names: the one space of tables, indexes and sequences in a schema, and the names that PostgreSQL makes up.
 *
 * A made-up name is first_second_label, cut to 63 bytes by shortening the longer of the two; when it is taken, the
 * label gets 1, 2, ... (makeObjectName and ChooseRelationName of PostgreSQL's src/backend/commands/indexcmds.c).
 * The same file must give the same names here and there, or DROP CONSTRAINT would not find them. */
#include "catalog/fold.h"

#include <assert.h>
#include <stdio.h>

#include "base/hash.h"

static size_t slot_of(const struct draft *draft, struct slice name)
{
    return (size_t)hash64(name, 0) & (draft->names_capacity - 1);
}

struct relation_name *name_find(const struct draft *draft, const char *schema, struct slice name)
{
    if (draft->names_capacity == 0)
        return NULL;
    for (size_t i = slot_of(draft, name); draft->names[i].name != NULL; i = (i + 1) & (draft->names_capacity - 1))
        if (slice_is(name, draft->names[i].name) && same(draft->names[i].schema, schema))
            return &draft->names[i];
    return NULL;
}

static void place(struct draft *draft, struct relation_name entry)
{
    size_t i = slot_of(draft, slice_of_string(entry.name));
    while (draft->names[i].name != NULL)
        i = (i + 1) & (draft->names_capacity - 1);
    draft->names[i] = entry;
    draft->names_used++;
}

/* Moves every entry but `except` into a fresh table of `capacity` slots. */
static void rebuild(struct draft *draft, size_t capacity, const struct relation_name *except)
{
    struct relation_name *old = draft->names;
    size_t old_capacity = draft->names_capacity;
    draft->names = ARENA_ARRAY(&draft->arena, struct relation_name, capacity);
    draft->names_capacity = capacity;
    draft->names_used = 0;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].name != NULL && &old[i] != except)
            place(draft, old[i]);
}

void name_add(struct draft *draft, const char *schema, const char *name, enum relation_kind kind, void *object)
{
    assert(name_find(draft, schema, slice_of_string(name)) == NULL);
    if (2 * (draft->names_used + 1) > draft->names_capacity)
        rebuild(draft, draft->names_capacity == 0 ? 256 : 2 * draft->names_capacity, NULL);
    place(draft, (struct relation_name){ schema, name, kind, object });
}

void name_remove(struct draft *draft, const char *schema, const char *name)
{
    struct relation_name *entry = name_find(draft, schema, slice_of_string(name));
    assert(entry != NULL);
    size_t mask = draft->names_capacity - 1, hole = (size_t)(entry - draft->names);
    draft->names[hole].name = NULL;
    draft->names_used--;
    /* Pull back what the hole would hide: linear probing without tombstones. */
    for (size_t i = (hole + 1) & mask; draft->names[i].name != NULL; i = (i + 1) & mask) {
        struct relation_name moved = draft->names[i];
        draft->names[i].name = NULL;
        draft->names_used--;
        place(draft, moved);
    }
}

bool constraint_exists(const struct table *table, const char *name)
{
    for (int i = 0; i < table->index_count; i++)
        if (table->indexes[i]->constraint && same(table->indexes[i]->name, name))
            return true;
    for (int i = 0; i < table->check_count; i++)
        if (same(table->checks[i].name, name))
            return true;
    for (int i = 0; i < table->foreign_key_count; i++)
        if (same(table->foreign_keys[i]->name, name))
            return true;
    return false;
}

static bool taken(const struct fold *f, const char *schema, const char *name, bool constraint)
{
    if (!constraint)
        return name_find(f->draft, schema, slice_of_string(name)) != NULL;
    for (int i = 0; i < f->draft->catalog.table_count; i++) {
        const struct table *table = f->draft->catalog.tables[i];
        if (same(table->schema, schema) && constraint_exists(table, name))
            return true;
    }
    return false;
}

/* At most `size` bytes of `name` that do not end inside a character. */
static size_t clip(const char *name, size_t size)
{
    if (strlen(name) <= size)
        return strlen(name);
    while (size > 0 && ((unsigned char)name[size] & 0xC0) == 0x80)
        size--;
    return size;
}

static const char *make_name(struct arena *arena, const char *first, const char *second, const char *label)
{
    size_t overhead = (second == NULL ? 0 : 1) + 1 + strlen(label);
    size_t first_size = strlen(first), second_size = second == NULL ? 0 : strlen(second);
    size_t room = NAME_MAX_BYTES - overhead;
    while (first_size + second_size > room) {
        if (first_size > second_size)
            first_size--;
        else
            second_size--;
    }
    int first_clip = (int)clip(first, first_size);
    if (second == NULL)
        return arena_printf(arena, "%.*s_%s", first_clip, first, label);
    return arena_printf(arena, "%.*s_%.*s_%s", first_clip, first, (int)clip(second, second_size), second, label);
}

const char *name_choose(struct fold *f, const char *schema, const char *first, const char *second, const char *label,
                        bool constraint)
{
    char numbered[NAME_MAX_BYTES];
    snprintf(numbered, sizeof numbered, "%s", label);
    for (int pass = 1;; pass++) {
        const char *name = make_name(f->arena, first, second, numbered);
        if (!taken(f, schema, name, constraint))
            return name;
        snprintf(numbered, sizeof numbered, "%s%d", label, pass);
    }
}

const char *name_columns(struct fold *f, const struct table *table, const int *columns, int count)
{
    const char *joined = NULL;
    for (int i = 0; i < count; i++) {
        const char *name = table->columns[columns[i]].name;
        joined = joined == NULL ? name : arena_printf(f->arena, "%s_%s", joined, name);
        if (strlen(joined) > NAME_MAX_BYTES)
            break;
    }
    return joined;
}

void table_quote(const struct table *table, struct buf *out)
{
    if (!same(table->schema, "public")) {
        quote_name(table->schema, out);
        buf_append_byte(out, '.');
    }
    quote_name(table->name, out);
}

void name_column(const char *alias, const char *column, struct buf *out)
{
    buf_append_string(out, out->size > 0 ? ", " : "");
    quote_name(alias, out);
    buf_append_byte(out, '.');
    quote_name(column, out);
}

struct sequence *fold_sequence(struct fold *f, const char *schema, const char *name, const struct table *table)
{
    struct sequence *sequence = ARENA_NEW(f->arena, struct sequence);
    *sequence = (struct sequence){ .schema = schema, .name = name, .table = table, .acl = acl_of_new(f->draft, ACL_SEQUENCES, schema) };
    name_add(f->draft, schema, name, RELATION_KIND_SEQUENCE, sequence);
    return sequence;
}

int fold_schema(struct fold *f, const char *schema, const char **ret)
{
    if (!given(schema) || same(schema, "public")) {
        *ret = "public";
        return 0;
    }
    if (same(schema, "auth") && f->draft->auth_schema) {
        *ret = "auth";
        return 0;
    }
    fail(f->error, SQLSTATE_INVALID_SCHEMA_NAME, "schema \"%s\" does not exist", schema);
    return same(schema, "auth") ? hint_auth(schema, f->error) : fail_hint(f->error, "Tables lie in public, and in auth once it is created.");
}

/* The object of a name; NULL with 0: there is none, and that is fine. */
static int find_object(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct relation_name **ret)
{
    const char *schema;
    *ret = NULL;
    if (name == NULL)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "a table is missing");
    if (given(name->catalogname))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "cross-database references are not supported: \"%s\"",
                    name->catalogname);
    if (fold_schema(f, name->schemaname, &schema) < 0)
        return missing_ok ? (error_clear(f->error), 0) : -1;
    *ret = name_find(f->draft, schema, slice_of_string(name->relname));
    if (*ret != NULL || missing_ok)
        return 0;
    fail(f->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist", name->relname);
    return hint_auth(schema, f->error);
}

static int refuse_kind(struct fold *f, const struct relation_name *found, const char *kind)
{
    fail(f->error, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is not a %s", found->name, kind);
    if (found->kind == RELATION_KIND_TABLE || found->kind == RELATION_KIND_VIEW)
        fail_hint(f->error, "It is a %s.", found->kind == RELATION_KIND_TABLE ? "table" : "view");
    return -1;
}

int fold_table(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct table **ret)
{
    struct relation_name *found;
    *ret = NULL;
    if (find_object(f, name, missing_ok, &found) < 0 || (found != NULL && found->kind != RELATION_KIND_TABLE && refuse_kind(f, found, "table") < 0))
        return -1;
    *ret = found != NULL ? found->object : NULL;
    return 0;
}

int fold_view(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct catalog_view **ret)
{
    struct relation_name *found;
    *ret = NULL;
    if (find_object(f, name, missing_ok, &found) < 0 || (found != NULL && found->kind != RELATION_KIND_VIEW && refuse_kind(f, found, "view") < 0))
        return -1;
    *ret = found != NULL ? found->object : NULL;
    return 0;
}

/* A view begins with its shape. */
int fold_relation(struct fold *f, const PgQuery__RangeVar *name, bool missing_ok, struct table **ret)
{
    struct relation_name *found;
    *ret = NULL;
    if (find_object(f, name, missing_ok, &found) < 0)
        return -1;
    if (found != NULL && found->kind != RELATION_KIND_VIEW)
        return fold_table(f, name, missing_ok, ret);
    *ret = found != NULL ? found->object : NULL;
    return 0;
}

int fold_column(struct fold *f, const struct table *table, const char *name, int *ret)
{
    *ret = table_column(table, slice_of_string(name));
    if (*ret >= 0)
        return 0;
    return fail(f->error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", name, table->name);
}
