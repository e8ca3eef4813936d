#include "catalog/reference.h"

#include "catalog/fold.h"

static bool is_key(const struct reference_table *want, const char *column)
{
    for (int i = 0; want->unique[i] != NULL; i++)
        if (same(want->unique[i], column))
            return true;
    return want->primary != NULL && same(want->primary, column);
}

/* Values are held to a column's type when they are written (native/draft.c), so widths and lengths may be others; in keys they
 * are looked up as they are. */
static bool type_fits(const struct reference_table *table, const struct reference_column *want, struct type have)
{
    struct type type = { .id = want->type, .array = (want->how & ARRAY) != 0 };
    if (type.array != have.array)
        return false;
    if (type.id == have.id || ((want->how & LABELS) != 0 && have.id == TYPE_ENUM))
        return true;
    return !is_key(table, want->name) && ((type_is_integer(type) && type_is_integer(have)) || (type_is_text(type) && type_is_text(have)));
}

static int refuse_type(const struct table *table, const struct reference_column *want, const struct column *have, struct error *error)
{
    struct buf is = { 0 }, wanted = { 0 };
    clause_type(have->type, &is);
    clause_type((struct type){ .id = want->type, .array = (want->how & ARRAY) != 0 }, &wanted);
    fail(error, SQLSTATE_DATATYPE_MISMATCH, "column \"%s\" of relation \"%s\" is of type %s, not %s", have->name, table->qualified,
         buf_text(&is), buf_text(&wanted));
    buf_done(&is);
    buf_done(&wanted);
    return -1;
}

static int refuse_column(const struct table *table, const struct column *column, const char *what, struct error *error)
{
    return fail(error, SQLSTATE_INVALID_TABLE_DEFINITION, "column \"%s\" of relation \"%s\" %s", column->name, table->qualified, what);
}

static int check_column(const struct reference_table *wanted, const struct table *table, const struct reference_column *want, struct error *error)
{
    int number = table_column(table, slice_of_string(want->name));
    if (number < 0)
        return fail(error, SQLSTATE_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", want->name, table->qualified);
    const struct column *have = &table->columns[number];
    if (!type_fits(wanted, want, have->type))
        return refuse_type(table, want, have, error);
    if ((want->how & GIVEN) != 0 && !have->not_null)
        return refuse_column(table, have, "may be NULL", error);
    if ((want->how & SERIAL) != 0 && have->sequence == 0)
        return refuse_column(table, have, "has no sequence", error);
    return have->generated == NULL ? 0 : refuse_column(table, have, "is generated", error);
}

static bool is_over(const struct index *index, const char *const *columns)
{
    int count = 0;
    for (; columns[count] != NULL; count++) {
        int at = 0;
        while (at < index->count && !same(index->table->columns[index->columns[at].column].name, columns[count]))
            at++;
        if (at == index->count)
            return false;
    }
    return count == index->count;
}

const struct index *reference_unique(const struct table *table, enum reference reference)
{
    const struct reference_table *want = &reference_tables[reference];
    for (int i = 0; want->unique[0] != NULL && i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if (index->unique && index->predicate == NULL && index->nulls_not_distinct >= want->nulls_not_distinct && is_over(index, want->unique))
            return index;
    }
    return NULL;
}

static int check_keys(enum reference reference, const struct table *table, struct error *error)
{
    const struct reference_table *want = &reference_tables[reference];
    const char *const primary[] = { want->primary, NULL };
    bool housed = table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
    if (want->primary != NULL && (table->primary == NULL || !is_over(table->primary, primary)))
        return fail(error, SQLSTATE_INVALID_TABLE_DEFINITION, "the primary key of relation \"%s\" is not (%s)", table->qualified, want->primary);
    if (want->unique[0] != NULL && reference_unique(table, reference) == NULL)
        return fail(error, SQLSTATE_INVALID_TABLE_DEFINITION, "relation \"%s\" has no unique index%s that begins with \"%s\" and is as the reference's",
                    table->qualified, want->nulls_not_distinct ? " (NULLS NOT DISTINCT)" : "", want->unique[0]);
    if (housed != want->in_houses)
        return fail(error, SQLSTATE_INVALID_TABLE_DEFINITION, "rows of relation \"%s\" lie in %s", table->qualified,
                    housed ? "their organizations' houses" : "the system house");
    return 0;
}

static int check(enum reference reference, const struct table *table, struct error *error)
{
    const struct reference_table *want = &reference_tables[reference];
    for (const struct reference_column *column = want->columns; column->name != NULL; column++)
        if (check_column(want, table, column, error) < 0)
            return -1;
    for (int i = 0; want->hashed && i < table->column_count; i++)
        if (table->columns[i].generated != NULL && !table->columns[i].dropped)
            return refuse_column(table, &table->columns[i], "is generated", error);
    return check_keys(reference, table, error);
}

int reference_find(const struct catalog *catalog, enum reference reference, const struct table **ret, struct error *error)
{
    struct slice name = slice_of_string(reference_tables[reference].name);
    const struct table *table = catalog_table(catalog, name);
    *ret = NULL;
    if (table == NULL && catalog_view(catalog, name) == NULL) {
        fail(error, SQLSTATE_UNDEFINED_TABLE, "relation \"%s\" does not exist", reference_tables[reference].name);
        return fail_hint(error, "apply the migrations of schema/migrations first");
    }
    if (table == NULL ? fail(error, SQLSTATE_WRONG_OBJECT_TYPE, "\"%s\" is a view, not a table", reference_tables[reference].name) < 0
                      : check(reference, table, error) < 0)
        return fail_hint(error, "it is the project's own; native code works on the table of schema/migrations: docs/schema.md, \"The reference's tables\"");
    *ret = table;
    return 0;
}

bool reference_module_bound(const struct catalog *catalog, const struct reference_module *module, struct error *error)
{
    const struct table *ignored;
    for (int i = 0; i < module->count; i++)
        if (reference_find(catalog, module->needs[i], &ignored, error) < 0)
            return false;
    return true;
}

void reference_bind(struct catalog *catalog)
{
    struct error ignored = { 0 };
    for (enum reference i = 0; i < REFERENCE_COUNT; i++) {
        reference_find(catalog, i, &catalog->references[i], &ignored);
        error_clear(&ignored);
    }
}
