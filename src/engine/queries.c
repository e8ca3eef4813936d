#include "engine/queries.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

struct entry {
    struct kept_query query;            /* first: what is handed out */
    UT_hash_handle hh;                  /* in the order of use, the least recent first */
    struct parsed *parsed;
    struct arena arena;                 /* text and statement */
    struct arena bound;                 /* what belongs to `catalog` */
    const struct catalog *catalog;      /* NULL: not bound */
    uint64_t version;
};

struct queries {
    struct entry *entries;
    size_t bytes;                       /* of their texts */
    struct prepared *prepared;
};

struct queries *queries_new(struct prepared *prepared)
{
    struct queries *queries = memory_alloc(sizeof *queries);
    *queries = (struct queries){ .prepared = prepared };
    return queries;
}

static void entry_free(struct entry *entry)
{
    parsed_free(entry->parsed);
    arena_done(&entry->bound);
    arena_done(&entry->arena);
    free(entry);
}

static void forget(struct queries *queries, struct entry *entry)
{
    HASH_DEL(queries->entries, entry);
    queries->bytes -= entry->query.text.size;
    entry_free(entry);
}

void queries_free(struct queries *queries)
{
    if (queries == NULL)
        return;
    while (queries->entries != NULL)
        forget(queries, queries->entries);
    free(queries);
}

struct prepared *queries_prepared(struct queries *queries)
{
    return queries->prepared;
}

static int entry_new(struct slice text, struct entry **ret, struct error *error)
{
    struct entry *entry = memory_alloc(sizeof *entry);
    *entry = (struct entry){ 0 };
    arena_init(&entry->arena, SIZE_MAX);
    arena_init(&entry->bound, SIZE_MAX);
    entry->query.text = arena_copy(&entry->arena, text);
    if (parse_sql(entry->query.text, STATEMENT_SIZE_MAX, &entry->parsed, error) < 0
        || statement_from_client(entry->parsed, &entry->arena, &entry->query.statement, error) < 0) {
        entry_free(entry);
        return -1;
    }
    *ret = entry;
    return 0;
}

int queries_find(struct queries *queries, struct slice text, struct kept_query **ret, struct error *error)
{
    struct entry *entry;
    HASH_FIND(hh, queries->entries, text.data, text.size, entry);
    if (entry != NULL) {
        if (entry->hh.next != NULL) {               /* to the end of the order */
            HASH_DEL(queries->entries, entry);
            HASH_ADD_KEYPTR(hh, queries->entries, entry->query.text.data, entry->query.text.size, entry);
        }
        *ret = &entry->query;
        return 0;
    }
    if (entry_new(text, &entry, error) < 0)
        return -1;
    while (queries->entries != NULL
           && (HASH_COUNT(queries->entries) >= QUERIES_KEPT_MAX || queries->bytes + text.size > QUERIES_KEPT_SIZE_MAX))
        forget(queries, queries->entries);
    HASH_ADD_KEYPTR(hh, queries->entries, entry->query.text.data, entry->query.text.size, entry);
    queries->bytes += text.size;
    *ret = &entry->query;
    return 0;
}

int kept_query_bind(struct kept_query *query, const struct catalog *catalog, struct error *error)
{
    struct entry *entry = (struct entry *)query;
    if (entry->catalog == catalog && entry->version == catalog->version)
        return 0;
    entry->catalog = NULL;
    arena_done(&entry->bound);
    arena_init(&entry->bound, SIZE_MAX);
    struct slice text = parsed_statement(entry->parsed, 0)->text;
    int err;
    if (query->statement.kind == STATEMENT_SELECT) {
        query->select = ARENA_NEW(&entry->bound, struct bound_select);
        err = bind_select(catalog, &query->statement, text, &entry->bound, query->select, error);
    } else {
        query->write = ARENA_NEW(&entry->bound, struct bound_write);
        err = bind_write(catalog, NULL, &query->statement, text, &entry->bound, query->write, error);
    }
    if (err < 0)
        return -1;
    entry->catalog = catalog;
    entry->version = catalog->version;
    return 0;
}
