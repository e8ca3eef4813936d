/* A small world for the tests of writing: a store, migrations, principals, and methods called with params in JSON. */
#ifndef ROWHOUSE_TESTS_WORLD_H
#define ROWHOUSE_TESTS_WORLD_H

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../lib/chance.h"
#include "crypto/keyring.h"
#include "engine/scan/index_use.h"
#include "engine/scan/select.h"
#include "engine/table.h"
#include "protocol/methods.h"
#include "value/array.h"
#include "value/json.h"
#include "value/mp.h"

struct world {
    char dir[64];
    struct keyring keyring;         /* one master key */
    struct store *store;
    struct view view;
    struct arena arena;
    struct changes changes;
    struct error error;
    struct principal service, *who;
    struct host host;               /* index_uses is the world's; others set what they try */
    struct request rq;
    struct buf out;
    uint64_t epoch;
};

#define SUCCEED(call) cr_assert((call) >= 0, "%s: %s %s (%s)", #call, sqlstate_code(w->error.state), w->error.message, w->error.detail)
#define NOW_US 1700000000000000

typedef int world_method(struct request *, struct args, struct buf *);

static inline void world_request(struct world *w)
{
    arena_reset(&w->arena);
    error_clear(&w->error);
    w->changes = (struct changes){ .arena = &w->arena };
    w->rq = (struct request){ .view = &w->view, .who = w->who, .now_us = NOW_US, .sys = sys_real(), .host = &w->host, .arena = &w->arena,
                              .changes = &w->changes, .error = &w->error };
}

static inline int world_migrate(struct world *w, const char *name, struct slice text);

/* As the reference project declares them, in any schema: nobody is one as long as profiles has no role. */
static inline void world_declare(struct world *w)
{
    SUCCEED(world_migrate(w, DECLARATION_NAME, SLICE_LITERAL("CREATE VIEW rowhouse.super_admins AS SELECT id AS user_id FROM profiles WHERE role = 'super_admin'")));
}

static inline void world_open(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->host.index_uses = index_uses_new();
    strcpy(w->dir, "/tmp/rowhouse-world-XXXXXX");
    cr_assert(mkdtemp(w->dir) != NULL);
    arena_init(&w->arena, ARENA_REQUEST_MAX);
    principal_system(&w->service);
    w->who = &w->service;
    SUCCEED(keyring_add(&w->keyring, &(struct seal_key){ "the master key of a small world" }, true, &w->error));
    struct store_config config = { .data_dir = w->dir, .image_dir = w->dir, .segment_size = WAL_SEGMENT_SIZE_MIN, .keyring = &w->keyring };
    SUCCEED(store_open(&config, sys_real(), &w->store, &w->error));
    world_declare(w);
}

/* One transaction of its own with all changes of the request so far. */
static inline void world_commit(struct world *w)
{
    struct transaction_info info = { .now_us = NOW_US };
    uint64_t lsn;
    SUCCEED(store_transaction(w->store, &info, w->changes.items, w->changes.count, &lsn, &w->error));
    store_write_commit(w->store, &w->view);
    w->changes = (struct changes){ .arena = &w->arena };
}

/* Applies a migration: 0, or -1 with w->error. No turn may be open. */
static inline int world_migrate(struct world *w, const char *name, struct slice text)
{
    struct effects effects;
    SUCCEED(store_exclusive_begin(w->store, &w->view, &w->error));
    world_request(w);
    if (engine_migrate(&w->rq, name, text, &effects) < 0) {
        store_write_abort(w->store, &w->view);
        return -1;
    }
    world_commit(w);
    return 0;
}

static inline void world_schema(struct world *w, const char *text)
{
    SUCCEED(world_migrate(w, "20250101000000_test.sql", slice_of_string(text)));
}

static inline struct slice world_file(const char *path, struct buf *into)
{
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL, "%s", path);
    buf_clear(into);
    for (size_t got = 1; got > 0; into->size += got)
        got = fread(buf_reserve(into, KIB(64)), 1, KIB(64), file);
    fclose(file);
    return buf_slice(into);
}

/* The turn in which tests write; its reads see what it wrote. */
static inline void world_begin(struct world *w)
{
    SUCCEED(store_write_begin(w->store, &w->view, &w->error));
    world_request(w);
}

static inline void world_close(struct world *w)
{
    index_uses_free(w->host.index_uses);
    char command[sizeof w->dir + 16];
    buf_done(&w->out);
    SUCCEED(store_close(w->store, &w->error));
    arena_done(&w->arena);
    snprintf(command, sizeof command, "rm -rf '%.63s'", w->dir);
    cr_assert(system(command) == 0);
}

/* Calls a method with a JSON array of params: 0 or -1. */
static inline int world_call(struct world *w, world_method *method, const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline int world_call(struct world *w, world_method *method, const char *format, ...)
{
    char text[8192];
    va_list list;
    struct slice params;
    struct args args;
    va_start(list, format);
    int size = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cr_assert(size < (int)sizeof text);
    error_clear(&w->error);
    SUCCEED(json_parse(slice_of(text, (size_t)size), &w->arena, &params, &w->error));
    cr_assert(mp_array(&params, &args.count), "%s", text);
    args.rest = params;
    w->rq.who = w->who;
    buf_clear(&w->out);
    return method(&w->rq, args, &w->out);
}

/* It must succeed and write so many rows. */
#define CALL(count, method, ...)                                                             \
    do {                                                                                    \
        SUCCEED(world_call(w, method, __VA_ARGS__));                                        \
        cr_assert_eq(world_count(w), (count), "%" PRId64 " rows", world_count(w));          \
    } while (0)
/* It must fail so, and leave nothing behind. */
#define REFUSED(code, method, ...)                                                                                          \
    do {                                                                                                                    \
        int mark_ = w->changes.count;                                                                                       \
        cr_assert_eq(world_call(w, method, __VA_ARGS__), -1, "not refused");                                                \
        cr_assert_str_eq(sqlstate_code(w->error.state), code, "%s: %s", sqlstate_code(w->error.state), w->error.message);   \
        cr_assert_eq(w->changes.count, mark_);                                                                              \
        cr_assert_eq(w->out.size, 0);                                                                                       \
    } while (0)
#define MESSAGE(text) cr_assert_str_eq(w->error.message, text)
#define DETAIL(text) cr_assert_str_eq(w->error.detail, text)

/* The member "count" of the last result, or the result itself. */
static inline int64_t world_count(const struct world *w)
{
    struct slice value = buf_slice(&w->out), member;
    int64_t count = -1;
    if (json_member(value, SLICE_LITERAL("count"), &member))
        value = member;
    mp_int(&value, &count);
    return count;
}

/* The last result as JSON text; uuids and times are not JSON, ask for other columns. */
static inline const char *world_json(struct world *w)
{
    struct buf text = { 0 };
    json_to_text(buf_slice(&w->out), &text);
    const char *copy = arena_string(&w->arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}
#define RESULT(text) cr_assert_str_eq(world_json(w), text)

static inline const struct table *world_table(struct world *w, const char *name)
{
    const struct table *table = catalog_table(w->view.catalog, slice_of_string(name));
    cr_assert(table != NULL, "%s", name);
    return table;
}

/* A user as a token would name him; what `profiles` says of him is looked up now. */
static inline void world_user(struct world *w, struct principal *ret, const char *uuid)
{
    *ret = (struct principal){ .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated", .has_uid = true } };
    cr_assert(uuid_parse(slice_of_string(uuid), &ret->claims.uid));
    SUCCEED(principal_resolve(ret, &w->view, ++w->epoch, &w->error));
}

static inline int below(uint64_t *state, int limit)
{
    return (int)(draw(state) % (uint64_t)limit);
}

#endif
