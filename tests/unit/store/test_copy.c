/* A copy of the store for reading: one state, and nobody waits for who reads it. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <time.h>

static struct fixture opened(void)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    for (int i = 0; i < 5; i++)
        fixture_turn(&f, 20, false);
    return f;
}

/* With a view of the store itself in the copy's place, the turn below would wait for ever. */
Test(copy, neither_growth_nor_a_migration_waits_for_its_reader, .timeout = 60)
{
    struct fixture f = opened();
    struct store *copy;
    struct view view;
    uint64_t digest = fixture_digest(f.store), lsn = store_committed_lsn(f.store);
    cr_assert(eq(int, store_copy(f.store, &copy, &f.error), 0), "%s", f.error.message);
    cr_assert(ge(u64, store_durable_lsn(f.store), lsn));
    cr_assert(eq(u64, store_committed_lsn(copy), lsn));
    cr_assert(eq(int, view_begin(copy, &view, &f.error), 0));
    size_t map_size = f.store->image.map_size;
    f.store->cramped = true;                            /* the next turn doubles the map */
    fixture_turn(&f, 20, false);
    cr_assert(gt(u64, f.store->image.map_size, map_size));
    cr_assert(ne(u64, fixture_migrate(&f, "0002.sql", "CREATE TABLE later (id uuid PRIMARY KEY);"), 0));
    cr_assert(eq(u64, fixture_digest_view(&view), digest));
    view_end(&view);
    cr_assert(eq(int, store_close(copy, &f.error), 0));
    fixture_check(&f, "beside a copy");
    fixture_close(&f);
    fixture_free(&f);
}

static void *wait_for(void *env)
{
    struct store *store = env;
    store_wait_durable(store, store_committed_lsn(store) + 3);
    return NULL;
}

/* What is committed is published to the log thread a moment later: whoever waits for it in between just waits. */
Test(copy, an_lsn_that_is_not_published_yet_is_waited_for, .timeout = 60)
{
    struct fixture f = opened();
    pthread_t thread;
    cr_assert(eq(int, pthread_create(&thread, NULL, wait_for, f.store), 0));
    struct timespec pause = { 0, 50000000 };
    nanosleep(&pause, NULL);
    fixture_turn(&f, 10, true);
    pthread_join(thread, NULL);
    fixture_close(&f);
    fixture_free(&f);
}
