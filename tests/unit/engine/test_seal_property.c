/* Secret columns over random writes, marks that come and go, new keys, sweeps in small steps, turns that are given up and stores that
 * are opened again: values are always those of a plain model; and when a sweep has ended, what is stored is what is marked, under the
 * current key of its house, and no other key is left. */
#include "world.h"

#include "engine/seal_row.h"
#include "engine/seal_sweep.h"
#include "engine/seal_verify.h"

#define HOUSES 3
#define IDS 12
#define ROUNDS 2500

static const char *const organizations[HOUSES] = {
    "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333",
};
static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "CREATE TABLE vault (id integer, organization_id uuid NOT NULL REFERENCES organizations(id), token text, note text, more text,\n"
    "                    PRIMARY KEY (organization_id, id));\n"
    "CREATE TABLE data_sensitivity_classifications (id integer PRIMARY KEY, organization_id uuid REFERENCES organizations(id),\n"
    "    table_name text NOT NULL, column_name text NOT NULL, encryption_required boolean);\n"
    "COMMENT ON COLUMN vault.token IS '@secret';\n";

/* 0: the row or the value is not there. */
struct model {
    int there[HOUSES][IDS], token[HOUSES][IDS], note[HOUSES][IDS];
    bool marked[HOUSES], marked_everywhere;
    int marks;                                      /* rows that mark so far: their ids */
};

static struct world world, *w = &world;
static struct seal_marks *marks;
static struct seal_sweep sweep;
static struct model now, committed;
static uint64_t state;
static int serial;

static void begin(void)
{
    world_begin(w);
    w->rq.marks = marks;
}

static void commit(void)
{
    if (w->changes.count > 0)
        world_commit(w);
    else
        store_write_abort(w->store, &w->view);
    committed = now;
    begin();
}

/* As the writer does when the map is too small: all of the turn is as if it had never been. */
static void give_up(void)
{
    store_write_abort(w->store, &w->view);
    seal_marks_forget(marks);
    now = committed;
    begin();
}

static void reopen(void)
{
    struct store_config config = { .data_dir = w->dir, .image_dir = w->dir, .segment_size = WAL_SEGMENT_SIZE_MIN,
                                   .rebuild_image = below(&state, 2) == 0, .keyring = &w->keyring };
    commit();
    store_write_abort(w->store, &w->view);
    SUCCEED(store_close(w->store, &w->error));
    SUCCEED(store_open(&config, sys_real(), &w->store, &w->error));
    seal_marks_forget(marks);
    sweep = (struct seal_sweep){ 0 };
    begin();
}

/* --- Operations --- */

static const char *text_of(int number)
{
    return number == 0 ? "null" : arena_printf(&w->arena, "\"v%d\"", number);
}

static void write_row(int house, int id)
{
    int token = below(&state, 4) == 0 ? 0 : ++serial, note = below(&state, 4) == 0 ? 0 : ++serial;
    const char *organization = organizations[house];
    if (!now.there[house][id]) {
        CALL(1, insert_method, "[\"vault\", {\"id\": %d, \"organization_id\": \"%s\", \"token\": %s, \"note\": %s, \"more\": \"%d\"}]", id, organization,
             text_of(token), text_of(note), ++serial);
        now.token[house][id] = token;
        now.note[house][id] = note;
    } else if (below(&state, 3) == 0) {
        CALL(1, delete_method, "[\"vault\", [\"%s\", %d]]", organization, id);
        now.there[house][id] = 0;
        return;
    } else if (below(&state, 2) == 0) {
        CALL(1, update_method, "[\"vault\", [\"%s\", %d], {\"token\": %s}]", organization, id, text_of(token));
        now.token[house][id] = token;
    } else {
        CALL(1, update_method, "[\"vault\", [\"%s\", %d], {\"note\": %s, \"more\": \"x\"}]", organization, id, text_of(note));
        now.note[house][id] = note;
    }
    now.there[house][id] = 1;
}

static void change_marks(int house)
{
    bool everywhere = below(&state, 4) == 0, *marked = everywhere ? &now.marked_everywhere : &now.marked[house];
    const char *organization = everywhere ? "null" : arena_printf(&w->arena, "\"%s\"", organizations[house]);
    if (!*marked)
        CALL(1, insert_method, "[\"data_sensitivity_classifications\", {\"id\": %d, \"organization_id\": %s, \"table_name\": \"vault\", "
             "\"column_name\": \"note\", \"encryption_required\": true}]", ++now.marks, organization);
    else
        SUCCEED(world_call(w, delete_method, "[\"data_sensitivity_classifications\", {\"where\": %s}]",
                           everywhere ? "[\"is null\", \"organization_id\"]" : arena_printf(&w->arena, "[\"=\", \"organization_id\", %s]", organization)));
    *marked = !*marked;
}

/* A request of some operations that fails in the end. */
static void fail_request(int house)
{
    const struct model before = now;
    int mark = changes_mark(&w->rq);
    for (int i = below(&state, 3); i >= 0; i--) {
        if (below(&state, 2) == 0)
            change_marks(house);
        write_row(house, below(&state, IDS));
    }
    changes_undo(&w->rq, mark);
    now = before;
}

/* New keys of both kinds, for some houses: it may be broken off between two. */
static void new_keys(void)
{
    struct seal_key master = { { 0 } };
    uint64_t count = 0;
    uint32_t house = HOUSE_ANY;
    if (below(&state, 8) == 0 && atomic_load(&w->keyring.count) < MASTER_KEYS_MAX) {
        sys_random(sys_real(), master.bytes, sizeof master.bytes);
        SUCCEED(keyring_add(&w->keyring, &master, true, &w->error));
    }
    SUCCEED(seal_rewrap(&w->rq, &house, below(&state, 2) == 0, 1 + (uint32_t)below(&state, HOUSES + 1), &count));
    if (below(&state, 2) == 0)                      /* it need not be told: it only must not forget keys (Z2) */
        seal_sweep_again(&sweep);
}

static bool step(void)
{
    struct seal_step done;
    int mark = changes_mark(&w->rq);
    SUCCEED(seal_sweep_step(&w->rq, &sweep, 1 + (uint64_t)below(&state, 6), &done));
    cr_assert_eq(done.spoilt, 0);
    if (below(&state, 16) != 0)
        return done.more;
    changes_undo(&w->rq, mark);                     /* as a request that fails after it: what it did is still to be done */
    return true;
}

/* --- The judge --- */

static void check_values(void)
{
    for (int house = 0; house < HOUSES; house++)
        for (int id = 0; id < IDS; id++) {
            SUCCEED(world_call(w, get_method, "[\"vault\", [\"%s\", %d], {\"columns\": [\"token\", \"note\"]}]", organizations[house], id));
            const char *want = now.there[house][id] ? arena_printf(&w->arena, "[%s, %s]", text_of(now.token[house][id]), text_of(now.note[house][id])) : "null";
            cr_assert_str_eq(world_json(w), want);
        }
}

static void no_finding(void *env, const char *table, const char *finding)
{
    cr_assert(false, "%s: %s", table, finding);
}

static void check_stored(void)
{
    const struct verify_hooks hooks = { .report = no_finding };
    const struct table *vault = world_table(w, "vault");
    struct seal_report report;
    SUCCEED(seal_verify(&w->rq, &hooks, &report));
    cr_assert_eq(report.clear, 0);
    for (int house = 0; house < HOUSES; house++) {
        uint32_t current;
        struct data_key key;
        SUCCEED(data_key_number(&w->rq, (uint32_t)house + 1, &current));
        for (uint32_t number = 1; number < current; number++)
            cr_assert_eq(data_key_find(&w->rq, (uint32_t)house + 1, number, &key), -1, "key %u of house %d is left", number, house + 1);
        for (int id = 0; id < IDS; id++) {
            struct value columns[COLUMNS_MAX] = { [0] = value_int(id) };
            struct key at;
            struct slice bytes;
            columns[1] = (struct value){ .kind = VALUE_UUID };
            uuid_parse(slice_of_string(organizations[house]), &columns[1].uuid);
            SUCCEED(key_of_row(vault, (uint32_t)house + 1, columns, &at, &w->error));
            if (!now.there[house][id])
                continue;
            cr_assert_eq(view_get(&w->view, key_slice(&at), &bytes, &w->error), 1);
            SUCCEED(row_values(vault, bytes, columns));
            bool marked = now.marked[house] || now.marked_everywhere;
            cr_assert_eq(columns[2].kind == VALUE_SEALED, now.token[house][id] != 0);
            cr_assert_eq(columns[3].kind == VALUE_SEALED, marked && now.note[house][id] != 0, "house %d, row %d", house + 1, id);
            cr_assert(columns[2].kind != VALUE_SEALED || sealing_number(columns[2].bytes) == current);
            cr_assert(columns[3].kind != VALUE_SEALED || sealing_number(columns[3].bytes) == current);
            cr_assert_eq(row_is_sealed(bytes), columns[2].kind == VALUE_SEALED || columns[3].kind == VALUE_SEALED);
        }
    }
}

static void sweep_to_the_end(void)
{
    int steps = 0;
    seal_sweep_again(&sweep);
    while (step() || !sweep.settled) {
        commit();
        cr_assert(++steps < 10000, "it does not end");
    }
    commit();
    while (step())
        commit();
    commit();
    if (sweep.settled)
        check_stored();
}

Test(seal_property, values_are_the_models, .timeout = 120)
{
    state = getenv("SEED") != NULL ? strtoull(getenv("SEED"), NULL, 10) : (uint64_t)sys_now_us(sys_real());
    fprintf(stderr, "seed %" PRIu64 "\n", state);
    marks = seal_marks_new();
    world_open(w);
    world_schema(w, schema);
    begin();
    for (int i = 0; i < HOUSES; i++)
        CALL(1, insert_method, "[\"organizations\", {\"id\": \"%s\"}]", organizations[i]);
    commit();
    for (int round = 0; round < ROUNDS; round++) {
        int what = below(&state, 100), house = below(&state, HOUSES);
        if (what < 56)
            write_row(house, below(&state, IDS));
        else if (what < 60)
            fail_request(house);
        else if (what < 64)
            change_marks(house);
        else if (what < 67)
            new_keys();
        else if (what < 88)
            step();
        else if (what < 96)
            commit();
        else if (what < 99)
            give_up();
        else if (below(&state, 4) == 0)
            reopen();
        if (round % 50 == 0)
            check_values();
        if (round % 250 == 249)
            sweep_to_the_end();
    }
    check_values();
    sweep_to_the_end();
    check_values();
    commit();
    store_write_abort(w->store, &w->view);
    seal_marks_free(marks);
    world_close(w);
    keyring_done(&w->keyring);
}
