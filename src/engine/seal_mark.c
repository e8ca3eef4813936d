#include "engine/seal_mark.h"

#include <stdlib.h>

#include "base/memory.h"
#include "engine/classification.h"

/* --- Rows that mark --- */

struct mark {
    uint16_t relation, column;
};

struct marks {
    int count, capacity;
    struct mark *items;
};

static void marks_add(struct marks *marks, struct mark mark)
{
    if (marks->count == marks->capacity) {
        marks->capacity = marks->capacity == 0 ? 4 : 2 * marks->capacity;
        marks->items = memory_resize(marks->items, sizeof *marks->items * (size_t)marks->capacity);
    }
    marks->items[marks->count++] = mark;
}

static int add_row(struct request *rq, const struct value *row, void *env)
{
    char reason[COLUMN_REASON_MAX];
    struct classified classified;
    if (classification_read(rq->view->catalog, row, DEMAND_SEALED, &classified, reason) == 1)
        marks_add(env, (struct mark){ classified.table->relation, (uint16_t)classified.column });
    return 0;
}

/* Adds what the rows of one house mark. */
static int read_marks(struct request *rq, uint32_t house, struct marks *marks)
{
    return classifications_each(rq, house, add_row, marks);
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
        if (read_marks(rq, house, &r->marks) < 0)
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
    int result = read_marks(rq, house, &read) < 0 ? -1 : take(&read, table, any, marked);
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
