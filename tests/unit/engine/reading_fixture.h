/* A small store for the tests of the reading half: a migration, houses, and rows put straight into the store, so that
 * these tests stand on none of the writing methods. Requests are MessagePack built by hand. */
#ifndef ROWHOUSE_TESTS_READING_FIXTURE_H
#define ROWHOUSE_TESTS_READING_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "protocol/methods.h"
#include "protocol/reading.h"
#include "value/mp.h"

struct fixture {
    char dir[64];
    struct store *store;
    struct view view;
    struct arena arena;
    struct error error;
    struct principal who;
    struct request rq;
    struct change changes[4096];
    int count;
};

#define MUST(call) cr_assert((call) >= 0, "%s: %s (%s)", #call, f->error.message, f->error.detail)

/* xorshift64*: tests print their seed. */
static inline uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Dull;
}

static inline int below(uint64_t *state, int limit)
{
    return (int)(draw(state) % (uint64_t)limit);
}

static inline struct uuid organization_of(uint32_t house)
{
    return (struct uuid){ { 0xaa, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, (uint8_t)(house >> 8), (uint8_t)house } };
}

static inline void fixture_apply(struct fixture *f, struct change change)
{
    struct change *kept = &f->changes[f->count++];
    cr_assert(f->count <= 4096);
    kept->key = arena_copy(&f->arena, change.key);
    kept->new_value = arena_copy(&f->arena, change.new_value);
    kept->old_value = (struct slice){ 0 };
    MUST(store_apply(&f->view, kept, &f->error));
}

/* Opens a new store and applies a migration; the turn stays open for fixture_house() and fixture_put(). */
static inline void fixture_open(struct fixture *f, const char *migration)
{
    struct effects effects;
    memset(f, 0, sizeof *f);
    strcpy(f->dir, "/tmp/rowhouse-reading-XXXXXX");
    cr_assert(mkdtemp(f->dir) != NULL);
    arena_init(&f->arena, ARENA_REQUEST_MAX);
    struct store_config config = { .data_dir = f->dir, .image_dir = f->dir, .segment_size = WAL_SEGMENT_SIZE_MIN };
    MUST(store_open(&config, sys_real(), &f->store, &f->error));
    MUST(store_exclusive_begin(f->store, &f->view, &f->error));
    MUST(store_migrate(&f->view, "20250101000000_test.sql", slice_of_string(migration), 1, &f->arena, &f->changes[0], &f->error));
    int more;
    while ((more = store_migrate_step(&f->view, &effects, &f->error)) == 1)
        continue;
    MUST(more);
    f->count = 1;
    principal_system(&f->who);
}

static inline void fixture_house(struct fixture *f, uint32_t house)
{
    struct uuid organization = organization_of(house);
    struct buf value = { 0 };
    struct key key;
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSES);
    key_bytes(&key, organization.bytes, sizeof organization.bytes);
    mp_put_uint(&value, house);
    fixture_apply(f, (struct change){ .key = key_slice(&key), .new_value = buf_slice(&value) });
    key_start(&key, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(&key, house);
    buf_clear(&value);
    mp_put_ext(&value, MP_EXT_UUID, slice_of(organization.bytes, sizeof organization.bytes));
    fixture_apply(f, (struct change){ .key = key_slice(&key), .new_value = buf_slice(&value) });
    buf_done(&value);
}

static inline const struct table *fixture_table(struct fixture *f, const char *name)
{
    const struct table *table = catalog_table(f->view.catalog, slice_of_string(name));
    cr_assert(table != NULL, "%s", name);
    return table;
}

/* Puts a row of the first `count` columns (the others were added later, as it were). */
static inline void fixture_put(struct fixture *f, const struct table *table, uint32_t house, const struct value *columns, int count)
{
    struct value whole[COLUMNS_MAX];
    struct buf row = { 0 };
    struct key key;
    for (int i = 0; i < table->column_count; i++)
        whole[i] = i < count ? columns[i] : table->columns[i].missing;
    MUST(key_of_row(table, house, whole, &key, &f->error));
    mp_put_array(&row, (uint32_t)count);
    for (int i = 0; i < count; i++)
        value_store(table->columns[i].type, &columns[i], &row);
    fixture_apply(f, (struct change){ .key = key_slice(&key), .new_value = buf_slice(&row) });
    buf_done(&row);
}

/* Ends the writing turn and begins a view to read in. */
static inline void fixture_read(struct fixture *f)
{
    struct transaction_info info = { .now_us = 1 };
    uint64_t lsn;
    MUST(store_transaction(f->store, &info, f->changes, f->count, &lsn, &f->error));
    store_write_commit(f->store, &f->view);
    MUST(view_begin(f->store, &f->view, &f->error));
    f->rq = (struct request){ .view = &f->view, .who = &f->who, .now_us = 1700000000000000, .sys = sys_real(), .arena = &f->arena,
                              .error = &f->error };
}

static inline void fixture_close(struct fixture *f)
{
    char command[128];
    view_end(&f->view);
    MUST(store_close(f->store, &f->error));
    arena_done(&f->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
    cr_assert(system(command) == 0);
}

/* A member of a house, signed in as a user. */
static inline void fixture_member(struct fixture *f, uint32_t house, uint8_t user)
{
    f->who = (struct principal){ .role = ROLE_AUTHENTICATED, .has_house = house != 0, .house = house,
                                 .organization = organization_of(house) };
    f->who.claims = (struct claims){ .has_uid = true, .uid = { { user } }, .role = "authenticated",
                                     .has_organization = house != 0, .organization = organization_of(house) };
}

/* Calls a method with params that were packed into `params` (`count` elements). */
typedef int method_call(struct request *, struct args, struct buf *);
static inline int fixture_call(struct fixture *f, method_call *method, const struct buf *params, uint32_t count, struct buf *out)
{
    struct args args = { .rest = buf_slice(params), .count = count };
    error_clear(&f->error);
    buf_clear(out);
    return method(&f->rq, args, out);
}

#endif
