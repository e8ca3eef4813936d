/* Random writes against a plain model: arrays of rows, and the rules in a dozen lines. The model says what must happen, down
 * to the SQLSTATE; afterwards every row and every index is compared. */
#include "world.h"

static const char schema[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE people (\n"
    "    id integer PRIMARY KEY,\n"
    "    organization_id uuid REFERENCES organizations(id),\n"
    "    email text,\n"
    "    age integer NOT NULL CHECK (age >= 0),\n"
    "    boss integer REFERENCES people(id),\n"
    "    UNIQUE (organization_id, email));\n"
    "CREATE UNIQUE INDEX people_old ON people (age) WHERE age > 5;\n"
    "CREATE INDEX ON people (boss);\n";

#define HOUSES 3                    /* the third is the system house: no organization */
#define IDS 16                      /* small, so that collisions are the rule */
#define NONE (-1)

struct person {
    bool there;
    int house, id, email, age, boss;        /* email, boss: NONE for NULL */
};

struct model {
    struct person people[HOUSES][IDS];
};

static struct world world, *w = &world;
static const char *const organizations[HOUSES] = { "\"0000000a-0000-4000-8000-000000000000\"", "\"0000000b-0000-4000-8000-000000000000\"", "null" };

static bool same_unique(const struct person *a, const struct person *b)
{
    bool email = a->house == b->house && a->email != NONE && a->email == b->email && a->house != 2;     /* NULLs are distinct */
    return a->id == b->id || email || (a->age > 5 && a->age == b->age);
}

/* What inserting or changing rows to `rows` (all of one house) gives; `replaced`: ids that the statement takes away first. */
static const char *judge(struct model *after, const struct person *rows, int count, const struct person *replaced)
{
    struct model m = *after;
    if (replaced != NULL)
        m.people[replaced->house][replaced->id].there = false;
    for (int i = 0; i < count; i++) {
        const struct person *row = &rows[i];
        if (row->age == NONE)
            return "23502";
        if (row->age < 0)
            return "23514";
        for (int h = 0; h < HOUSES; h++)            /* whatever the house: only what names it is unique in it */
            for (int k = 0; k < IDS; k++)
                if (m.people[h][k].there && same_unique(&m.people[h][k], row))
                    return "23505";
        m.people[row->house][row->id] = *row;
        m.people[row->house][row->id].there = true;
    }
    for (int h = 0; h < HOUSES; h++)
        for (int k = 0; k < IDS; k++) {
            const struct person *row = &m.people[h][k];
            if (row->there && row->boss != NONE && !m.people[h][row->boss].there)
                return "23503";
        }
    *after = m;
    return NULL;
}

static struct person draw_person(uint64_t *state, int house)
{
    return (struct person){ .house = house, .id = below(state, IDS), .email = below(state, 6) - 1,
                            .age = below(state, 20) == 0 ? below(state, 2) - 2 : below(state, 12),
                            .boss = below(state, 2) == 0 ? NONE : below(state, IDS) };
}

static const char *optional(const char *format, int number)
{
    return number == NONE ? "null" : arena_printf(&w->arena, format, number);
}

static const char *record_of(const struct person *p)
{
    return arena_printf(&w->arena, "{\"id\": %d, \"organization_id\": %s, \"email\": %s, \"age\": %s, \"boss\": %s}", p->id,
                        organizations[p->house], optional("\"e%d\"", p->email), p->age == NONE ? "null" : arena_printf(&w->arena, "%d", p->age),
                        optional("%d", p->boss));
}

static void expect(const char *state, int got, int64_t count)
{
    if (state == NULL) {
        cr_assert_eq(got, 0, "%s %s %s", sqlstate_code(w->error.state), w->error.message, w->error.detail);
        cr_assert_eq(world_count(w), count);
    } else {
        cr_assert_eq(got, -1, "expected %s", state);
        cr_assert_str_eq(sqlstate_code(w->error.state), state, "%s", w->error.message);
    }
}

static void random_insert(struct model *m, uint64_t *state)
{
    struct person rows[3];
    int count = 1 + below(state, 3), house = below(state, HOUSES);
    const char *records = "";
    for (int i = 0; i < count; i++) {
        rows[i] = draw_person(state, house);
        records = arena_printf(&w->arena, "%s%s%s", records, i == 0 ? "" : ", ", record_of(&rows[i]));
    }
    const char *verdict = judge(m, rows, count, NULL);
    expect(verdict, world_call(w, insert_method, "[\"people\", [%s]]", records), count);
}

/* By its key alone, wherever the row is; half of the rows stay there. */
static void random_update(struct model *m, uint64_t *state)
{
    struct person old = { .id = below(state, IDS) };
    while (old.house < HOUSES - 1 && !m->people[old.house][old.id].there)
        old.house++;
    bool there = m->people[old.house][old.id].there;
    struct person row = draw_person(state, below(state, 2) == 0 ? old.house : below(state, HOUSES));
    const char *verdict = there ? judge(m, &row, 1, &old) : NULL;
    expect(verdict, world_call(w, update_method, "[\"people\", %d, %s]", old.id, record_of(&row)), there);
}

static void random_delete(struct model *m, uint64_t *state)
{
    int house = below(state, 2), low = below(state, IDS), high = low + 1 + below(state, 3), count = 0;
    struct model after = *m;
    for (int i = low; i < high && i < IDS; i++) {
        count += after.people[house][i].there;
        after.people[house][i].there = false;
    }
    const char *verdict = judge(&after, NULL, 0, NULL);
    if (verdict == NULL)
        *m = after;
    expect(verdict, world_call(w, delete_method, "[\"people\", {\"where\": [\"and\", [\">=\", \"id\", %d], [\"<\", \"id\", %d]]}, {\"organization\": %s}]",
                               low, high, organizations[house]), count);
}

static int64_t count_where(const char *condition, int house)
{
    SUCCEED(world_call(w, count_method, "[\"people\", {\"where\": %s%s%s}]", condition, house < 2 ? ", \"organization\": " : "",
                       house < 2 ? organizations[house] : ""));
    return world_count(w);
}

static void on_finding(void *env, const char *table, const char *finding)
{
    cr_assert(false, "%s: %s", table, finding);
}

static void compare(const struct model *m)
{
    struct verify_hooks hooks = { .report = on_finding };
    uint64_t rows;
    int64_t all = 0;
    SUCCEED(store_verify(&w->view, &hooks, &rows, &w->error));
    for (int h = 0; h < HOUSES; h++)
        for (int i = 0; i < IDS; i++) {
            const struct person *p = &m->people[h][i];
            all += p->there;
            if (h == 2 || !p->there)
                continue;
            const char *condition = arena_printf(&w->arena, "[\"and\", [\"=\", \"id\", %d], [\"=\", \"age\", %d], %s, %s]", p->id, p->age,
                p->email == NONE ? "[\"is null\", \"email\"]" : arena_printf(&w->arena, "[\"=\", \"email\", \"e%d\"]", p->email),
                p->boss == NONE ? "[\"is null\", \"boss\"]" : arena_printf(&w->arena, "[\"=\", \"boss\", %d]", p->boss));
            cr_assert_eq(count_where(condition, h), 1, "%s", condition);
        }
    cr_assert_eq(count_where("[]", 2), all);
}


static void run(uint64_t seed, int steps)
{
    struct model m = { 0 };
    uint64_t state = seed | 1;
    fprintf(stderr, "seed %" PRIu64 "\n", seed);
    world_open(w);
    world_schema(w, schema);
    world_begin(w);
    CALL(2, insert_method, "[\"organizations\", [{\"id\": %s, \"name\": \"a\"}, {\"id\": %s, \"name\": \"b\"}]]", organizations[0], organizations[1]);
    for (int i = 0; i < steps; i++) {
        int kind = below(&state, 10);
        if (kind < 5)
            random_insert(&m, &state);
        else if (kind < 8)
            random_update(&m, &state);
        else
            random_delete(&m, &state);
        if (i % 50 == 49) {
            compare(&m);
            world_commit(w);
            world_begin(w);
        }
    }
    world_commit(w);
    world_close(w);
}

Test(write_model, agrees_with_the_model)
{
    const char *given = getenv("SEED");
    for (uint64_t i = 0; i < 8; i++)
        run(given != NULL ? strtoull(given, NULL, 10) + i : 20251003 + i, 600);
}
