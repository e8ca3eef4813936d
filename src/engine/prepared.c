/* The texts of prepared statements, by handle. Any thread may ask. */
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "engine/queries.h"

#define HASH_FUNCTION(key, size, hash) ((hash) = (unsigned)hash64(slice_of((key), (size)), 0))
#define uthash_malloc(size) memory_alloc(size)
#include <uthash.h>

struct text {
    UT_hash_handle hh;                  /* in the order of preparing, the oldest first */
    char handle[HANDLE_SIZE + 1];
    size_t size;
    uint8_t bytes[];
};

struct prepared {
    pthread_mutex_t lock;
    struct text *texts;
    size_t bytes;
};

struct prepared *prepared_new(void)
{
    struct prepared *prepared = memory_alloc(sizeof *prepared);
    *prepared = (struct prepared){ 0 };
    pthread_mutex_init(&prepared->lock, NULL);
    return prepared;
}

static void forget(struct prepared *prepared, struct text *text)
{
    HASH_DEL(prepared->texts, text);
    prepared->bytes -= text->size;
    free(text);
}

void prepared_free(struct prepared *prepared)
{
    if (prepared == NULL)
        return;
    while (prepared->texts != NULL)
        forget(prepared, prepared->texts);
    pthread_mutex_destroy(&prepared->lock);
    free(prepared);
}

static void handle_of(struct slice text, char handle[static HANDLE_SIZE + 1])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(text.data, text.size, digest);
    for (int i = 0; i < HANDLE_SIZE / 2; i++)
        snprintf(handle + 2 * i, 3, "%02x", digest[i]);
}

static void add(struct prepared *prepared, const char *handle, struct slice text)
{
    while (prepared->texts != NULL && (HASH_COUNT(prepared->texts) >= PREPARED_MAX || prepared->bytes + text.size > PREPARED_SIZE_MAX))
        forget(prepared, prepared->texts);
    struct text *added = memory_alloc(sizeof *added + text.size);
    memcpy(added->handle, handle, HANDLE_SIZE + 1);
    added->size = text.size;
    memcpy(added->bytes, text.data, text.size);
    HASH_ADD_KEYPTR(hh, prepared->texts, added->handle, HANDLE_SIZE, added);
    prepared->bytes += text.size;
}

void prepared_add(struct prepared *prepared, struct slice text, char ret_handle[static HANDLE_SIZE + 1])
{
    struct text *found;
    handle_of(text, ret_handle);
    pthread_mutex_lock(&prepared->lock);
    HASH_FIND(hh, prepared->texts, ret_handle, HANDLE_SIZE, found);
    if (found == NULL)
        add(prepared, ret_handle, text);
    pthread_mutex_unlock(&prepared->lock);
}

bool prepared_find(struct prepared *prepared, struct slice handle, struct arena *arena, struct slice *ret)
{
    struct text *found;
    pthread_mutex_lock(&prepared->lock);
    HASH_FIND(hh, prepared->texts, handle.data, handle.size, found);
    if (found != NULL)
        *ret = arena_copy(arena, slice_of(found->bytes, found->size));
    pthread_mutex_unlock(&prepared->lock);
    return found != NULL;
}
