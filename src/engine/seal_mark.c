#include "engine/seal_mark.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine/houses.h"

/* --- Rows that mark --- */

struct mark {
    uint16_t relation, column;
};

struct marks {
    int count, capacity;
    struct mark *items;
};

static const struct value *column_of(const struct table *table, const struct value *row, const char *name)
{
    static const struct value none = { .kind = VALUE_NULL };
    int column = table_column(table, slice_of_string(name));
    return column < 0 ? &none : &row[column];
}

static bool demands(const struct table *classifications, const struct value *row)
{
    const struct value *required = column_of(classifications, row, "encryption_required");
    return required->kind == VALUE_BOOL && required->boolean;
}

/* What a row names; false with the reason when there is no such column, or it cannot be sealed. */
static bool resolve(const struct catalog *catalog, const struct value *row, struct mark *ret, char reason[static COLUMN_REASON_MAX])
{
    const struct table *classifications = catalog->classifications;
    const struct value *table_name = column_of(classifications, row, "table_name"), *column_name = column_of(classifications, row, "column_name");
    const struct table *table = table_name->kind == VALUE_TEXT ? catalog_table(catalog, table_name->bytes) : NULL;
    int column = table == NULL || column_name->kind != VALUE_TEXT ? -1 : table_column(table, column_name->bytes);
    if (table == NULL || column < 0) {
        snprintf(reason, COLUMN_REASON_MAX, "there is no such %s", table == NULL ? "table" : "column");
        return false;
    }
    if (!value_is_null(column_of(classifications, row, "organization_id")) && !table_in_houses(table)) {
        snprintf(reason, COLUMN_REASON_MAX, "rows of \"%s\" belong to no organization", table->qualified);
        return false;
    }
    *ret = (struct mark){ table->relation, (uint16_t)column };
    return column_sealable(catalog, table, column, reason);
}

static int refuse(struct request *rq, const struct value *row, enum sqlstate state, const char *reason)
{
    const struct table *classifications = rq->view->catalog->classifications;
    const struct value *table = column_of(classifications, row, "table_name"), *column = column_of(classifications, row, "column_name");
    fail(rq->error, state, "column \"%.*s\" of \"%.*s\" cannot be encrypted: %s", SLICE_FMT(column->bytes), SLICE_FMT(table->bytes), reason);
    return fail_hint(rq->error, "a classification without encryption_required may name any column");
}

int seal_mark_check(struct request *rq, const struct table *table, const struct value *row)
{
    char reason[COLUMN_REASON_MAX];
    struct mark ignored;
    if (table != rq->view->catalog->classifications || !demands(table, row) || resolve(rq->view->catalog, row, &ignored, reason))
        return 0;
    return refuse(rq, row, SQLSTATE_INVALID_PARAMETER_VALUE, reason);
}

static void marks_add(struct marks *marks, struct mark mark)
{
    if (marks->count == marks->capacity) {
        marks->capacity = marks->capacity == 0 ? 4 : 2 * marks->capacity;
        marks->items = memory_resize(marks->items, sizeof *marks->items * (size_t)marks->capacity);
    }
    marks->items[marks->count++] = mark;
}

/* Adds what the rows of one house mark. `strict`: one that does not hold is an error, else it is passed over. */
static int read_marks(struct request *rq, uint32_t house, bool strict, struct marks *marks)
{
    const struct table *table = rq->view->catalog->classifications;
    struct arena arena;
    struct request own = *rq;
    struct walk walk;
    struct found row;
    int got;
    arena_init(&arena, ARENA_REQUEST_MAX);
    own.arena = &arena;
    got = walk_start(&walk, &own, table->primary, house, NULL, 0, NULL, NULL, false);
    while (got == 0 && (got = walk_next(&walk, &row)) == 1) {
        char reason[COLUMN_REASON_MAX];
        struct mark mark;
        got = 0;
        if (!demands(table, row.columns))
            continue;
        if (resolve(rq->view->catalog, row.columns, &mark, reason))
            marks_add(marks, mark);
        else if (strict)
            got = refuse(rq, row.columns, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, reason);
    }
    arena_done(&arena);
    return got;
}

int seal_marks_hold(struct request *rq)
{
    struct marks marks = { 0 };
    uint32_t house = HOUSE_ANY;
    int result = 0;
    while (rq->view->catalog->classifications != NULL && result == 0 && house_step(rq, HOUSE_ANY, &house))
        result = read_marks(rq, house, true, &marks);
    free(marks.items);
    return result;
}

/* --- What the writer remembers --- */

#define HOUSES_REMEMBERED 1024

/* Of one house. */
struct remembered {
    bool known;
    uint32_t house;
    struct marks marks;
};

struct seal_marks {
    uint64_t version;               /* of the catalog that they were read with */
    uint64_t generation;
    bool any;                       /* some slot is known */
    struct remembered system, houses[HOUSES_REMEMBERED];
};

struct seal_marks *seal_marks_new(void)
{
    return memory_alloc(sizeof(struct seal_marks));
}

static void remembered_clear(struct remembered *r)
{
    free(r->marks.items);
    *r = (struct remembered){ 0 };
}

void seal_marks_forget(struct seal_marks *marks)
{
    if (marks == NULL)
        return;
    marks->generation++;
    if (!marks->any)
        return;
    remembered_clear(&marks->system);
    for (int i = 0; i < HOUSES_REMEMBERED; i++)
        remembered_clear(&marks->houses[i]);
    marks->any = false;
}

uint64_t seal_marks_generation(const struct seal_marks *marks)
{
    return marks == NULL ? 0 : marks->generation;
}

void seal_marks_free(struct seal_marks *marks)
{
    seal_marks_forget(marks);
    free(marks);
}

static int remember(struct request *rq, uint32_t house, const struct marks **ret)
{
    struct seal_marks *all = rq->marks;
    if (all->version != rq->view->catalog->version) {
        seal_marks_forget(all);
        all->version = rq->view->catalog->version;
    }
    struct remembered *r = house == TENANT_SYSTEM ? &all->system : &all->houses[house % HOUSES_REMEMBERED];
    if (!r->known || r->house != house) {
        remembered_clear(r);
        if (read_marks(rq, house, false, &r->marks) < 0)
            return -1;
        r->known = all->any = true;
        r->house = house;
    }
    *ret = &r->marks;
    return 0;
}

/* --- Asking --- */

static int take(const struct marks *marks, const struct table *table, int any, bool *marked)
{
    for (int i = 0; i < marks->count; i++) {
        if (marks->items[i].relation != table->relation)
            continue;
        if (any == 0)
            memset(marked, false, sizeof *marked * (size_t)table->column_count);
        marked[marks->items[i].column] = true;
        any = 1;
    }
    return any;
}

static int by_data(struct request *rq, const struct table *table, uint32_t house, int any, bool *marked)
{
    const struct marks *remembered;
    if (rq->marks != NULL)
        return remember(rq, house, &remembered) < 0 ? -1 : take(remembered, table, any, marked);
    struct marks read = { 0 };
    int result = read_marks(rq, house, false, &read) < 0 ? -1 : take(&read, table, any, marked);
    free(read.items);
    return result;
}

int seal_marked(struct request *rq, const struct table *table, uint32_t house, bool *marked)
{
    int any = table->secrets;
    for (int i = 0; i < table->column_count && table->secrets; i++)
        marked[i] = table->columns[i].secret;
    if (rq->view->catalog->classifications == NULL || table == rq->view->catalog->classifications)
        return any;
    any = by_data(rq, table, TENANT_SYSTEM, any, marked);
    if (any >= 0 && house != TENANT_SYSTEM)
        any = by_data(rq, table, house, any, marked);
    return any;
}
