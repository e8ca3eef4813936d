/* Random writes, classifications that come and go, a clock that goes on, and a watch that goes round in steps of any size: nothing goes
 * that a plain model does not say is due, all that is due has gone after a round, and a round with nothing to do writes nothing. */
#include "retention_world.h"

#define ROUNDS 1500

TestSuite(retention_property, .init = start, .fini = stop, .timeout = 120);

static uint64_t state;

static void commit(void)
{
    if (w->changes.count > 0)
        world_commit(w);
    else
        store_write_abort(w->store, &w->view);
    begin();
}

struct model_row {
    bool there, keep;
    int64_t created_us;
    int values[COLUMNS];
};

static struct model_row model[HOUSES][TABLES][IDS];
static int limits[HOUSES][TABLES][COLUMNS];         /* days; -1: none. Of house 0: for all */
static int numbers[HOUSES][TABLES][COLUMNS];        /* the classification's id */
static int serial;

static int days_of(int house, int table, int column)
{
    int all = limits[0][table][column], own = limits[house][table][column];
    return own < 0 || (all >= 0 && all < own) ? all : own;
}

static bool is_due(int house, int table, const struct model_row *row, int column)
{
    int days = days_of(house, table, column);
    int64_t created_us = table == 2 ? row->created_us / US_PER_DAY * US_PER_DAY : row->created_us;
    return days >= 0 && created_us < now_us - DAYS(days) && !(column == 0 && row->keep);
}

/* Everything is as the model says, but what is due may have gone; `finished`: must have. */
static void check(bool finished)
{
    for (int house = 0; house < HOUSES; house++)
        for (int table = 0; table < TABLES; table++)
            for (int id = 0; id < IDS; id++) {
                struct model_row *row = &model[house][table][id];
                struct value key = value_int(house * IDS + id);
                struct found found;
                cr_assert_eq(table_find(&w->rq, world_table(w, tables[table]), (uint32_t)house, &key, &found), row->there);
                for (int column = 0; row->there && column < COLUMNS; column++) {
                    int value = value_of(table, &found, column);
                    bool due = is_due(house, table, row, column);
                    cr_assert(value == row->values[column] || (value == CLEARED && due), "%s.%s of row %d of house %d went",
                              tables[table], columns[column], id, house);
                    cr_assert(!finished || !due || value == CLEARED, "%s.%s of row %d of house %d stayed", tables[table], columns[column], id, house);
                    row->values[column] = value;
                }
            }
}

static void write_row(int house, int table, int id)
{
    struct model_row *row = &model[house][table][id];
    int column = below(&state, COLUMNS), name = house * IDS + id;
    if (!row->there) {
        *row = (struct model_row){ true, below(&state, 4) == 0, now_us - below(&state, 12 * 24) * US_PER_HOUR, { ++serial, ++serial } };
        put_row(house, table, id, row->created_us, row->keep, row->values[0], row->values[1]);
    } else if (below(&state, 4) == 0) {
        CALL(1, delete_method, "[\"%s\", %d]", tables[table], name);
        row->there = false;
    } else {
        row->values[column] = ++serial;
        CALL(1, update_method, "[\"%s\", %d, {\"%s\": \"v%d\"}]", tables[table], name, columns[column], serial);
    }
}

static void change_limits(int house, int table, int column)
{
    int *limit = &limits[house][table][column], *number = &numbers[house][table][column];
    if (*limit < 0) {
        *limit = below(&state, 10);
        classify(house, table, column, *limit);
        *number = classifications;
    } else if (below(&state, 2) == 0) {
        *limit = below(&state, 10);
        CALL(1, update_method, "[\"data_sensitivity_classifications\", %d, {\"retention_days\": %d}]", *number, *limit);
    } else {
        *limit = -1;
        CALL(1, delete_method, "[\"data_sensitivity_classifications\", %d]", *number);
    }
}

Test(retention_property, is_the_models)
{
    struct watch watch = { 0 };
    state = getenv("SEED") != NULL ? strtoull(getenv("SEED"), NULL, 10) : (uint64_t)sys_now_us(sys_real());
    fprintf(stderr, "seed %" PRIu64 "\n", state);
    memset(limits, -1, sizeof limits);
    for (int round = 0; round < ROUNDS; round++) {
        int what = below(&state, 100), house = below(&state, HOUSES), table = below(&state, TABLES);
        if (what < 60) {
            write_row(house, table, below(&state, IDS));
        } else if (what < 64) {
            change_limits(house, table, below(&state, COLUMNS));
        } else if (what < 70) {
            commit();
            now_us += below(&state, 24) * US_PER_HOUR;
            w->rq.now_us = now_us;
        } else {
            int more = retention_watch(&w->rq, &watch, 1 + below(&state, 20));
            SUCCEED(more);
            check(false);
            if (more == 0)
                watch = (struct watch){ 0 };
        }
        if (round % 50 == 49) {
            go_round(1 + below(&state, 100));
            check(true);
            int mark = changes_mark(&w->rq);
            go_round(1 + below(&state, 100));
            cr_assert_eq(changes_mark(&w->rq), mark, "a round with nothing to do writes");
        }
    }
}
