/* check_index_health: what each index costs and whether anybody walks it.
 *
 * All trees are ranges of one tree, house by house, so entries and bytes are counted by walking the keys, EXAMINE_MAX of them at
 * most in one call: ask for one table where the answer says that it is not complete. */
#include "engine/scan/index_use.h"
#include "native/groups.h"
#include "native/rows.h"

#define EXAMINE_MAX 500000

struct size {
    int64_t entries, bytes;
    bool complete;
};

/* The entries of one relation in one house. */
static int add_house(struct request *rq, uint16_t relation, uint32_t house, bool rows, int64_t *left, struct size *size)
{
    struct key low;
    struct cursor cursor;
    struct slice key, value = { 0 };
    int got = 0;
    key_start(&low, house, relation);
    if (cursor_open(rq->view, &low, NULL, false, &cursor, rq->error) < 0)
        return -1;
    while (*left > 0 && (got = cursor_next(&cursor, &key, rows ? &value : NULL, rq->error)) == 1) {
        --*left;
        size->entries++;
        size->bytes += (int64_t)(key.size + value.size);
    }
    cursor_close(&cursor);
    if (*left == 0)
        size->complete = false;
    return got < 0 ? -1 : 0;
}

static int measure(struct request *rq, const struct index *index, int64_t *left, struct size *size)
{
    uint16_t relation = index_kept(index) ? index->relation : index->table->relation;
    uint32_t house = TENANT_SYSTEM;
    *size = (struct size){ .complete = true };
    int more = 0;
    do {
        if (add_house(rq, relation, house, !index_kept(index), left, size) < 0)
            return -1;
    } while (*left > 0 && (more = store_house_next(rq->view, house, &house, rq->error)) == 1);
    return more < 0 ? -1 : 0;
}

static int put_index(struct request *rq, const struct index *index, int64_t *left, struct buf *out)
{
    struct size size;
    if (measure(rq, index, left, &size) < 0)
        return -1;
    mp_put_map(out, 7);
    put_text(out, "index", slice_of_string(index->name));
    put_text(out, "table", slice_of_string(index->table->qualified));
    put_bool(out, "kept", index_kept(index) || index->primary);
    put_int(out, "uses", (int64_t)index_uses(rq, index));
    put_int(out, "entries", size.entries);
    put_int(out, "bytes", size.bytes);
    put_bool(out, "complete", size.complete);
    return 0;
}

static int check_index_health(struct request *rq, const struct value *values, struct buf *out)
{
    const struct catalog *catalog = rq->view->catalog;
    const struct table *table = NULL;
    int64_t left = EXAMINE_MAX;
    if (!value_is_null(&values[0]) && native_table_named(rq, values[0].bytes, &table) < 0)
        return -1;
    int count = table != NULL ? table->index_count : catalog->index_count;
    const struct index **list = table != NULL ? table->indexes : catalog->indexes;
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        if (put_index(rq, list[i], &left, out) < 0)
            return -1;
    return 0;
}

const struct native_function index_health_functions[] = {
    { .name = "check_index_health", .caller = CALLER_ADMIN, .run = check_index_health,
      .returns = "[{index, table, kept, uses, entries, bytes, complete}]",
      .summary = "what each index holds, and how often it was walked since the server started; one that is not kept is the house itself",
      .parameters = { { "table", TYPE_TEXT, false, false, "one table; all when left out" } } },
    { .name = NULL },
};
