/* Columns that are cleared when their rows are old: what goes, what stays, whose, and in steps of any size. */
#include "retention_world.h"

TestSuite(retention, .init = start, .fini = stop, .timeout = 120);

Test(retention, clears_what_is_old_enough)
{
    struct found before, after;
    classify(0, 0, 0, 30);
    classify(0, 0, 1, 60);
    for (int id = 0; id < 3; id++)
        put_row(1, 0, id, now_us - DAYS(29) - id * DAYS(30), false, id + 1, id + 1);
    put_row(1, 0, 3, TIME_MINUS_INFINITY, false, 4, 4);
    put_row(1, 0, 4, TIME_INFINITY, false, 5, 5);
    put_row(1, 0, 5, now_us - DAYS(30), false, 6, 6);
    find(1, 0, 2, &before);
    struct watch watch = go_round(1000);
    cr_expect_eq(watch.done, 3);
    cr_expect_eq(watch.failed, 0);
    const int phones[] = { 1, CLEARED, CLEARED, CLEARED, 5, 6 }, mails[] = { 1, 2, CLEARED, CLEARED, 5, 6 };
    for (int id = 0; id < 6; id++) {
        cr_expect_eq(stored(1, 0, id, 0), phones[id], "phone %d", id);
        cr_expect_eq(stored(1, 0, id, 1), mails[id], "mail %d", id);
    }
    find(1, 0, 2, &after);
    const struct table *people = world_table(w, "people");
    cr_expect(slice_is(found_column(people, &after, "token")->bytes, "never"), "it is not classified");
    cr_expect_eq(value_unix_us(found_column(people, &after, "updated_at")), w->rq.now_us);
    int mark = changes_mark(&w->rq);
    cr_expect_eq(go_round(1000).done, 0);
    cr_expect_eq(changes_mark(&w->rq), mark, "what is cleared is not written");
    w->rq.now_us++;
    cr_expect_eq(go_round(1000).done, 1, "a microsecond more than 30 days");
    cr_expect_eq(stored(1, 0, 5, 0), CLEARED);
}

Test(retention, classifications_of_an_organization_are_for_its_own)
{
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            put_row(house, table, 0, now_us - DAYS(100), false, 1, 1);
    for (int table = 0; table < TABLES; table++)
        classify(1, table, 0, 1);
    cr_expect_eq(go_round(1).done, TABLES);
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            cr_expect_eq(stored(house, table, 0, 0), house == 1 ? CLEARED : 1, "house %d", house);
    classify(0, 2, 1, 99);
    cr_expect_eq(go_round(1).done, HOUSES);
    for (int house = 0; house < HOUSES; house++)
        cr_expect_eq(stored(house, 2, 0, 1), CLEARED, "house %d", house);
    put_row(2, 1, 1, now_us - DAYS(5), false, 1, 1);
    classify(0, 1, 0, 50);
    classify(2, 1, 0, 4);
    go_round(1000);
    cr_expect_eq(stored(2, 1, 1, 0), CLEARED, "the shortest time holds");
}

Test(retention, what_may_not_be_cleared_keeps_nobody_waiting)
{
    for (int id = 0; id < 4; id++)
        put_row(1, 1, id, now_us - DAYS(9), id == 1, id + 1, id + 1);
    put_row(2, 1, 0, now_us - DAYS(9), false, 1, 1);
    classify(0, 1, 0, 1);
    classify(0, 1, 1, 1);
    for (int round = 0; round < 2; round++) {
        struct watch watch = go_round(7);
        cr_expect_eq(watch.done, round == 0 ? 5 : 0, "%d", watch.done);
        cr_expect_eq(watch.failed, 1);
        cr_expect_str_eq(watch.failure.message, "row (id)=(11) of \"visits\": new row for relation \"visits\" violates check constraint \"visits_check\"");
        cr_expect_eq(w->error.state, SQLSTATE_OK);
        cr_expect_eq(stored(1, 1, 1, 0), 2, "it is kept");
        cr_expect_eq(stored(1, 1, 1, 1), CLEARED, "its other column goes");
        cr_expect_eq(stored(1, 1, 3, 0), CLEARED);
        cr_expect_eq(stored(2, 1, 0, 0), CLEARED);
    }
}

static void lose_data_key(uint32_t house)
{
    struct key key;
    int i = 0;
    while (i < w->changes.count && (key_relation(w->changes.items[i].key) != RELATION_DATA_KEYS || key_tenant(w->changes.items[i].key) != house))
        i++;
    cr_assert_lt(i, w->changes.count, "nothing is sealed");
    key.size = w->changes.items[i].key.size;
    memcpy(key.bytes, w->changes.items[i].key.data, key.size);
    SUCCEED(system_put(&w->rq, &key, (struct slice){ 0 }));
}

/* Rows whose data key is gone: they are counted, and others are cleared. */
Test(retention, what_does_not_open_keeps_nobody_waiting)
{
    CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": %d, \"table_name\": \"people\", \"column_name\": \"token\", "
         "\"encryption_required\": true}]", ++classifications);
    for (int house = 1; house < HOUSES; house++)
        for (int id = 0; id < 3; id++)
            put_row(house, 0, id, now_us - DAYS(9), false, 1, 1);
    lose_data_key(1);
    classify(0, 0, 0, 1);
    struct watch watch = go_round(2);
    cr_expect_eq(watch.failed, 3, "%d: %s", watch.failed, watch.failure.message);
    cr_expect_eq(watch.failure.state, SQLSTATE_DATA_CORRUPTED);
    cr_expect_eq(watch.done, 3);
    cr_expect_eq(stored(2, 0, 2, 0), CLEARED);
}

/* A step ends by the bytes that it writes, too: its transaction must fit into the log. */
Test(retention, steps_are_bounded_by_size)
{
    const struct table *people = world_table(w, "people");
    char *large = malloc(KIB(512));
    struct watch watch = { 0 };
    memset(large, 'x', KIB(512));
    classify(0, 0, 1, 1);
    for (int id = 0; id < 6; id++) {
        struct found row;
        struct draft draft;
        put_row(1, 0, id, now_us - DAYS(9), false, 1, 1);
        find(1, 0, id, &row);
        draft_start(&draft, &w->rq, people);
        draft_set(&draft, "token", value_text(slice_of(large, KIB(512))));
        SUCCEED(draft_update(&draft, &row, NULL));
    }
    cr_expect_eq(retention_watch(&w->rq, &watch, 2048), 1);
    cr_expect_eq(watch.done, 2, "%d", watch.done);
    while (retention_watch(&w->rq, &watch, 2048) == 1)
        ;
    cr_expect_eq(watch.done, 6);
    free(large);
}

/* A member of the last reply. */
static struct slice told(const char *name)
{
    struct slice in = buf_slice(&w->out), key, value;
    uint32_t count;
    cr_assert(mp_map(&in, &count));
    while (count-- > 0 && mp_str(&in, &key) && mp_skip(&in, &value))
        if (slice_is(key, name))
            return value;
    cr_assert_fail("no %s", name);
    return value;
}

static int64_t number_told(const char *name)
{
    struct slice value = told(name);
    int64_t number = -1;
    cr_assert(mp_int(&value, &number), "%s", name);
    return number;
}

/* One call with the smallest budget; `cursor` moves on, size 0 at the end. */
static void cleanup(struct slice *cursor)
{
    struct buf params = { 0 };
    mp_put_string(&params, "cleanup_classified_data");
    mp_put_map(&params, 2);
    mp_put_string(&params, "budget");
    mp_put_int(&params, 16);
    mp_put_string(&params, "cursor");
    if (cursor->size == 0)
        mp_put_nil(&params);
    else
        mp_put_bin(&params, *cursor);
    buf_clear(&w->out);
    SUCCEED(call_method(&w->rq, (struct args){ buf_slice(&params), 2 }, &w->out));
    buf_done(&params);
    struct slice next = told("next"), bytes = { 0 };
    *cursor = mp_bin(&next, &bytes) ? arena_copy(&w->arena, bytes) : bytes;
}

/* A slice a call, until there is no `next`; and only for admins. */
Test(retention, by_hand)
{
    static struct principal member = { .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated", .has_uid = true } };
    struct slice cursor = { 0 };
    int64_t cleared = 0, failed = 0;
    int calls = 0;
    classify(0, 0, 0, 1);
    classify(0, 2, 0, 1);
    for (int house = 0; house < HOUSES; house++)
        for (int id = 0; id < IDS; id++)
            for (int table = 0; table < TABLES; table++)
                put_row(house, table, id, now_us - DAYS(9), table == 2 && id == 0, 1, 1);
    do {
        cleanup(&cursor);
        cleared += number_told("cleared");
        failed += number_told("failed");
        cr_assert_lt(++calls, 100);
    } while (cursor.size > 0);
    cr_expect_gt(calls, 5);
    cr_expect_eq(cleared, 2 * HOUSES * IDS - HOUSES);
    cr_expect_eq(failed, HOUSES);
    REFUSED("22023", call_method, "[\"cleanup_classified_data\", {\"budget\": 15}]");
    REFUSED("22023", call_method, "[\"cleanup_classified_data\", {\"budget\": 4097}]");
    w->who = &member;
    REFUSED("42501", call_method, "[\"cleanup_classified_data\", {}]");
}

/* A schema without classifications, and one whose table of that name is an application's own. */
Test(own_tables, are_left_alone)
{
    struct watch watch = { 0 };
    world_open(w);
    begin();
    cr_expect_eq(retention_watch(&w->rq, &watch, 100), 0);
    store_write_abort(w->store, &w->view);
    world_schema(w, "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, retention_days text, created_at timestamptz);");
    begin();
    CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": 1, \"retention_days\": \"7\", \"created_at\": \"2000-01-01\"}]");
    cr_expect_eq(retention_watch(&w->rq, &watch, 100), 0);
    cr_expect_eq(watch.done, 0);
    stop();
}
