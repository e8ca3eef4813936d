/* The standing view: one state for as long as it is read, and nobody waits for who reads it. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct fixture opened(void)
{
    struct fixture f = fixture_new(fixture_seed());
    f.snapshot_log_bytes = MIB(64);
    cr_assert(eq(int, fixture_open(&f), 0), "%s", f.error.message);
    fixture_schema(&f);
    for (int i = 0; i < 5; i++)
        fixture_turn(&f, 20, false);
    cr_assert(eq(int, standing_begin(f.store, &f.error), 0), "%s", f.error.message);
    return f;
}

static uint64_t digest(struct fixture *f)
{
    struct view view;
    cr_assert(eq(int, standing_use(f->store, &view, &f->error), 0), "%s", f->error.message);
    uint64_t result = fixture_digest_view(&view);
    standing_release(f->store);
    return result;
}

static void is_gone(struct fixture *f)
{
    struct view view;
    cr_assert(eq(int, standing_use(f->store, &view, &f->error), -1));
    cr_assert(eq(int, (int)f->error.state, SQLSTATE_SNAPSHOT_TOO_OLD));
}

static void over(struct fixture *f)
{
    fixture_check(f, "beside a standing view");
    fixture_close(f);
    fixture_free(f);
}

Test(standing, shows_one_state_whatever_is_written, .timeout = 60)
{
    struct fixture f = opened();
    uint64_t before = fixture_digest(f.store);
    for (int i = 0; i < 10; i++) {
        cr_assert(eq(u64, digest(&f), before));
        fixture_turn(&f, 20, false);
    }
    cr_assert(ne(u64, fixture_digest(f.store), before));
    cr_assert(eq(int, standing_begin(f.store, &f.error), -1), "there is one");
    cr_assert(eq(int, (int)f.error.state, SQLSTATE_CONFIGURATION_LIMIT_EXCEEDED));
    standing_end(f.store);
    is_gone(&f);
    cr_assert(eq(int, standing_begin(f.store, &f.error), 0));
    cr_assert(eq(u64, digest(&f), fixture_digest(f.store)));
    over(&f);
}

Test(standing, a_migration_ends_it, .timeout = 60)
{
    struct fixture f = opened();
    cr_assert(ne(u64, fixture_migrate(&f, "0002.sql", "CREATE TABLE later (id uuid PRIMARY KEY);"), 0));
    is_gone(&f);
    over(&f);
}

Test(standing, the_maps_growth_ends_it, .timeout = 60)
{
    struct fixture f = opened();
    f.store->cramped = true;                            /* the next turn doubles the map */
    fixture_turn(&f, 20, false);
    is_gone(&f);
    over(&f);
}

Test(standing, growth_of_the_image_ends_it, .timeout = 60)
{
    struct fixture f = opened();
    f.store->snapshot_growth_max = 64 * 1024;
    for (int i = 0; i < 50; i++)
        fixture_turn(&f, 20, false);
    is_gone(&f);
    over(&f);
}
