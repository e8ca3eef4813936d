/* Scans against a model: random rows, filters, orders, limits and cursors; every path of the planner gives the rows that a
 * brute-force filter finds, in the order asked for, none twice and none missing. Once with texts in the order of bytes, once in ICU's. */
#include "reading_fixture.h"

#include "engine/scan/plan.h"
#include "value/json.h"
#include "value/numeric.h"

#define HOUSES 3
#define ROWS 300
#define COLUMNS 9

static const char migration[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "CREATE TABLE items (\n"
    "  id bigint PRIMARY KEY,\n"
    "  organization_id uuid REFERENCES organizations(id),\n"
    "  a integer,\n"
    "  b smallint NOT NULL,\n"
      "  t text%s,\n"
    "  f boolean,\n"
    "  n numeric,\n"
    "  ts timestamptz\n"
    ");\n"
    "ALTER TABLE items ADD COLUMN late text DEFAULT 'x';\n"
    "CREATE INDEX items_org ON items (organization_id);\n"
    "CREATE INDEX items_a_b ON items (organization_id, a, b DESC);\n"
    "CREATE INDEX items_t ON items (t);\n"
    "CREATE INDEX items_t_sv ON items (t COLLATE \"sv-x-icu\" DESC, b);\n"
    "CREATE INDEX items_t_bytes ON items (organization_id, t COLLATE \"C\") WHERE t COLLATE \"de-x-icu\" > 'a';\n"
    "CREATE INDEX items_b_t ON items (b, t COLLATE \"de-x-icu\" DESC);\n"
    "CREATE INDEX items_ts ON items (organization_id, ts DESC);\n"
    "CREATE INDEX items_f_ts ON items (f, ts);\n"
    "CREATE INDEX items_b_open ON items (b) WHERE f;\n"
    "CREATE INDEX items_b_nulls ON items (b, a DESC NULLS LAST) WHERE t IS NOT NULL;\n"
    "CREATE INDEX items_n ON items (n DESC, t);\n"
    "CREATE UNIQUE INDEX items_unique ON items (a, id);\n"
    "ALTER TABLE items ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY flagged ON items FOR SELECT TO authenticated USING (f);\n"
    "CREATE POLICY small ON items FOR SELECT TO anon USING (b < 3 OR t = 'a');\n"
    "CREATE TABLE notes (body text, item bigint, PRIMARY KEY (body, item));\n"
    "CREATE INDEX notes_item ON notes (item, body DESC);\n";

enum { ID, ORGANIZATION, A, B, T, F, N, TS, LATE };

struct model_row {
    uint32_t house;
    struct value columns[COLUMNS];
};

static struct fixture fixture;
static struct model_row model[ROWS];
static struct arena pages;          /* of one round's requests */
static uint64_t seed;
static bool collated;

static const char *const long_text = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
                               "01234567890123456789012345678901234567890123456789";

/* Mostly short texts of few letters; some that agree in their first 128 bytes and more. */
static struct value random_text(struct arena *arena)
{
    if (below(&seed, 20) == 0)
        return value_text(slice_of_string(arena_printf(arena, "%s%d", long_text, below(&seed, 30))));
    static const char *const letters[] = { "a", "a", "b", "b", "%", "z", "A", "ä", "å", "B" };
    char *text = arena_alloc(arena, 8);
    int size = below(&seed, 4);
    text[0] = '\0';
    for (int i = 0; i < size; i++)
        strcat(text, letters[below(&seed, (int)(sizeof letters / sizeof *letters))]);
    return value_text(slice_of_string(text));
}

static struct value random_value(int column, struct arena *arena)
{
    struct value value;
    struct error error;
    switch (column) {
    case ID: return value_int(below(&seed, 2 * ROWS) - ROWS / 2);
    case ORGANIZATION: return value_uuid(organization_of(1 + (uint32_t)below(&seed, HOUSES + 1)));
    case A: return value_int(below(&seed, 8) - 4);
    case B: return value_int(below(&seed, 5));
    case F: return value_bool(below(&seed, 2));
    case N:
        cr_assert(numeric_parse(slice_of_string(arena_printf(arena, "%d.%02d", below(&seed, 6) - 3, below(&seed, 3) * 50)), arena,
                                &value, &error) == 0);
        return value;
    case TS: return value_time(1700000000000000 + 1000000 * (int64_t)below(&seed, 40));
    default: return random_text(arena);
    }
}

/* The id is unique over all houses: rows are drawn until it is. */
static void random_row(struct model_row *row, int taken)
{
    bool again = true;
    row->house = (uint32_t)below(&seed, HOUSES + 1);
    while (again) {
        again = false;
        for (int i = 0; i < COLUMNS; i++)
            row->columns[i] = i > B && below(&seed, 6) == 0 ? VALUE_OF_NULL : random_value(i, &fixture.arena);
        for (int i = 0; i < taken; i++)
            again |= model[i].columns[ID].integer == row->columns[ID].integer;
    }
    row->columns[ORGANIZATION] = row->house == 0 ? VALUE_OF_NULL : value_uuid(organization_of(row->house));
    if (below(&seed, 6) == 0)
        row->columns[A] = VALUE_OF_NULL;
}

static void open_items(void)
{
    char text[sizeof migration + 64];
    snprintf(text, sizeof text, migration, collated ? " COLLATE \"de-x-icu\"" : "");
    fixture_open(&fixture, text);
}

static void fill(void)
{
    open_items();
    for (uint32_t house = 1; house <= HOUSES; house++)
        fixture_house(&fixture, house);
    const struct table *items = fixture_table(&fixture, "items");
    for (int i = 0; i < ROWS; i++) {
        random_row(&model[i], i);
        bool is_short = below(&seed, 3) == 0;
        if (is_short)
            model[i].columns[LATE] = items->columns[LATE].missing;
        fixture_put(&fixture, items, model[i].house, model[i].columns, is_short ? COLUMNS - 1 : COLUMNS);
    }
    fixture_read(&fixture);
}

/* --- Random queries --- */

static void put_value(int column, struct buf *out)
{
    const struct table *items = fixture_table(&fixture, "items");
    struct value value = random_value(column, &fixture.arena);
    value_store(items->columns[column].type, &value, out);
}

static const char *const names[COLUMNS] = { "id", "organization_id", "a", "b", "t", "f", "n", "ts", "late" };

static void put_filter(int depth, struct buf *out)
{
    static const char *const comparisons[] = { "=", "=", "=", "<", "<=", ">", ">=", "<>" };
    int kind = below(&seed, depth > 2 ? 7 : 10), column = below(&seed, COLUMNS);
    if (kind >= 7) {
        int count = 1 + below(&seed, 4);
        bool not = kind == 9 && below(&seed, 2) == 0;
        mp_put_array(out, not ? 2 : (uint32_t)count + 1);
        mp_put_string(out, not ? "not" : kind == 7 && depth > 0 ? "or" : "and");
        for (int i = 0; i < (not ? 1 : count); i++)
            put_filter(depth + 1, out);
    } else if (kind == 6) {
        mp_put_array(out, 2);
        mp_put_string(out, below(&seed, 2) ? "is null" : "is not null");
        mp_put_string(out, names[column]);
    } else if (kind == 5) {
        int count = below(&seed, 4);
        mp_put_array(out, 3);
        mp_put_string(out, "in");
        mp_put_string(out, names[column]);
        mp_put_array(out, (uint32_t)count);
        for (int i = 0; i < count; i++)
            if (below(&seed, 8) == 0)
                mp_put_nil(out);
            else
                put_value(column, out);
    } else if (kind == 4 && column == T) {
        mp_put_array(out, 3);
        mp_put_string(out, "like");
        mp_put_string(out, "t");
        mp_put_string(out, below(&seed, 2) ? "a%" : "ab%%");
    } else {
        mp_put_array(out, 3);
        mp_put_string(out, comparisons[below(&seed, 8)]);
        mp_put_string(out, names[column]);
        if (below(&seed, 30) == 0)
            mp_put_nil(out);
        else
            put_value(column, out);
    }
}

static void put_order(struct buf *out)
{
    int count = below(&seed, 4);
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++) {
        int words = below(&seed, 3);
        int column = below(&seed, COLUMNS);
        mp_put_array(out, (uint32_t)words + 1);
        mp_put_string(out, names[column]);
        if (words > 0)
            mp_put_string(out, below(&seed, 2) ? "asc" : "desc");
        if (words > 1)
            mp_put_string(out, below(&seed, 2) ? "nulls first" : "nulls last");
    }
}

/* Conditions in SQL, for what filters cannot say. */
static const char *const sql_conditions[] = {
    "f", "NOT f", "f IS TRUE", "f IS NOT TRUE", "f IS FALSE", "f = true AND b > 1", "2 > a", "1 <= b AND 'a' = t", "b::integer = 3", "b::bigint > 1",
    "a::bigint < 3000000000", "b::integer = 70000", "t::text LIKE 'a%'", "t LIKE 'a_'", "late LIKE 'b%' AND late < 'bb'", "a = ANY (ARRAY[1, 2, NULL])",
    "a + 1 = 2", "n IS NOT DISTINCT FROM 1.5", "n IS NOT DISTINCT FROM NULL", "a IS DISTINCT FROM 2", "coalesce(a, 1) = 1", "a = b", "b = 1 OR b = 2 OR b IN (4)",
    "a = 1 OR t = 'a'", "t >= 'a' AND t <= 'b' AND t IS NOT NULL", "a BETWEEN -2 AND 2", "a > 1 AND a > 2 AND a >= 2 AND a < 100", "f AND b = 2",
    "f AND b IN (1, 2, 3) AND t IS NOT NULL", "t IS NOT NULL AND b = 1", "t > '' AND b >= 3", "ts > now() - interval '1 day'", "ts < now()",
    "b = 1 AND 1 = 1", "b = 1 AND NULL", "a IN (1, 2, 3) AND a IN (2, 3, 4) AND b IN (1, 2)", "a = 1 AND a IN (2, 3)", "n = 1.5 AND n >= 1",
    "t COLLATE \"sv-x-icu\" > 'a' AND t COLLATE \"sv-x-icu\" <= 'å'", "t COLLATE \"C\" < 'b' AND t > 'a'", "t < 'b' AND t LIKE 'a%'", "t COLLATE \"de-x-icu\" >= 'B'",
    "t COLLATE \"de-x-icu\" > 'a' AND t COLLATE \"C\" > 'B'", "t LIKE 'a%' AND t COLLATE \"de-x-icu\" > 'a'", "t COLLATE \"sv-x-icu\" = 'ä'", "b IN (1, 3) AND t COLLATE \"de-x-icu\" BETWEEN 'A' AND 'b'",
    "b = 2 AND t COLLATE \"C\" IN ('å', 'z', 'ä', 'B', 'b')", "t > 'b' COLLATE \"sv-x-icu\" AND t IS NOT NULL",
    "id % 2 = 0", "CASE WHEN f THEN b = 1 ELSE a = 1 END", "NOT (a = 1 OR b = 1)", "organization_id IS NULL", "organization_id IS NOT NULL AND id > 0",
};

static const struct expr *sql_condition(const char *text)
{
    struct fixture *f = &fixture;
    struct scope scope;
    const struct expr *expr;
    catalog_scope(f->view.catalog, fixture_table(f, "items"), false, &scope);
    MUST(expr_compile_text(slice_of_string(text), &scope, type_of(TYPE_BOOL), f->rq.arena, &expr, &f->error));
    return expr;
}

/* --- The model --- */

static int model_column(struct eval *eval, int depth, int column, struct value *ret, struct error *error)
{
    *ret = ((const struct model_row *)eval->env)->columns[column];
    return 0;
}

static bool model_matches(const struct expr *where, const struct model_row *row)
{
    struct eval eval = { .column = model_column, .env = (void *)row, .arena = &pages, .now_us = fixture.rq.now_us };
    struct error error;
    bool yes = true;
    if (where != NULL)
        cr_assert(expr_is_true(where, &eval, &yes, &error) == 0, "%s", error.message);
    return yes;
}

static int compare_values(int column, struct key_order how, const struct collation *collation, const struct value *a, const struct value *b)
{
    const struct table *items = fixture_table(&fixture, "items");
    if (value_is_null(a) || value_is_null(b)) {
        int nulls = value_is_null(a) - value_is_null(b);
        return how.nulls_first ? -nulls : nulls;
    }
    int sign = value_compare(type_collated(items->columns[column].type, collation), a, b);
    return how.desc ? -sign : sign;
}

/* The order as asked, then the house, then the id upwards or downwards. */
static int compare_rows(const struct order *order, int ties, const struct model_row *a, const struct model_row *b)
{
    for (int i = 0; i < order->count; i++) {
        int column = order->columns[i].column;
        int sign = compare_values(column, order->columns[i].order, order->columns[i].collation, &a->columns[column], &b->columns[column]);
        if (sign != 0)
            return sign;
    }
    if (a->house != b->house)
        return a->house < b->house ? -1 : 1;
    return ties * compare_values(ID, (struct key_order){ 0 }, NULL, &a->columns[ID], &b->columns[ID]);
}

/* --- Running --- */

struct query_case {
    struct buf where, order;
    const struct expr *condition, *policy;
    struct order parsed;
    bool recollated;                /* in another order than that of the column */
    uint32_t house;
    int expected;
};

static bool wanted(const struct query_case *c, const struct model_row *row)
{
    return (c->house == HOUSE_ANY || row->house == c->house) && model_matches(c->policy, row) && model_matches(c->condition, row);
}

/* The service in one or all houses, or somebody with a policy in his own. */
static void choose_principal(struct query_case *c)
{
    struct fixture *f = &fixture;
    int who = below(&seed, 4);
    c->policy = NULL;
    if (who < 2) {
        principal_system(&f->who);
        c->house = below(&seed, 3) == 0 ? HOUSE_ANY : (uint32_t)below(&seed, HOUSES + 1);
        return;
    }
    c->house = 1 + (uint32_t)below(&seed, HOUSES);
    fixture_member(f, c->house, 1);
    if (who == 2) {
        f->who.role = ROLE_ANON;
        f->who.claims.role = "anon";
    }
    c->policy = sql_condition(who == 2 ? "b < 3 OR t = 'a'" : "f");
}

/* As ORDER BY t COLLATE ... would ask. */
static void recollate(struct query_case *c)
{
    static const char *const collations[] = { "C", "de-x-icu", "sv-x-icu" };
    for (int i = 0; i < c->parsed.count; i++) {
        if (c->parsed.columns[i].column != T || below(&seed, 2) == 0)
            continue;
        const struct expr *named = sql_condition(arena_printf(&pages, "t COLLATE \"%s\" > ''", collations[below(&seed, 3)]));
        c->parsed.columns[i].collation = named->collation;
        c->recollated = true;
    }
}

static void make_case(struct query_case *c)
{
    struct fixture *f = &fixture;
    const struct table *items = fixture_table(f, "items");
    choose_principal(c);
    put_order(&c->order);
    MUST(order_from_wire(&f->rq, items, buf_slice(&c->order), &c->parsed));
    recollate(c);
    if (below(&seed, 4) == 0) {
        c->condition = sql_condition(sql_conditions[below(&seed, (int)(sizeof sql_conditions / sizeof *sql_conditions))]);
    } else {
        put_filter(0, &c->where);
        struct slice where = buf_slice(&c->where);
        MUST(filter_from_wire(&f->rq, items, &where, &c->condition));
    }
    c->expected = 0;
    for (int i = 0; i < ROWS; i++)
        c->expected += wanted(c, &model[i]);
}

static const struct model_row *model_of(uint32_t house, int64_t id)
{
    for (int i = 0; i < ROWS; i++)
        if (model[i].house == house && model[i].columns[ID].integer == id)
            return &model[i];
    cr_assert(false, "no such row: %u %ld", house, (long)id);
    return NULL;
}

struct judge {
    const struct query_case *c;
    const struct model_row *last;
    int rows, ups, downs;
};

static void judge_row(struct judge *j, const struct model_row *row, const char *how)
{
    cr_assert(wanted(j->c, row), "%s: a row that does not match", how);
    if (j->last != NULL) {
        int up = compare_rows(&j->c->parsed, 1, j->last, row), down = compare_rows(&j->c->parsed, -1, j->last, row);
        cr_assert(up < 0 || down < 0, "%s: order, at row %d", how, j->rows);
        j->ups += up >= 0;
        j->downs += down >= 0;
    }
    j->last = row;
    j->rows++;
}

static void judge_end(const struct judge *j, const char *how)
{
    cr_assert(j->rows == j->c->expected, "%s: %d rows instead of %d", how, j->rows, j->c->expected);
    cr_assert(j->ups == 0 || j->downs == 0, "%s: ties go both ways", how);
}

/* Through the iterator, with some paths forbidden. */
static void run_select(const struct query_case *c, bool table_only, bool unsorted, const char *how)
{
    struct fixture *f = &fixture;
    struct judge judge = { .c = c };
    struct select *select;
    struct selected row;
    struct query query = { .table = fixture_table(f, "items"), .command = POLICY_SELECT, .house = c->house, .where = c->condition,
                           .order = c->parsed, .ordered = true, .table_only = table_only, .unsorted = unsorted };
    int got;
    MUST(select_open(&f->rq, &query, &select));
    while ((got = select_next(select, &row)) == 1) {
        const struct value *columns = select_columns(select, &row);
        judge_row(&judge, model_of(row.house, columns[ID].integer), how);
    }
    MUST(got);
    select_close(select);
    judge_end(&judge, how);
}

static struct slice member(struct slice map, const char *name)
{
    uint32_t count;
    struct slice key, object;
    cr_assert(mp_map(&map, &count));
    for (uint32_t i = 0; i < count; i++) {
        cr_assert(mp_str(&map, &key) && mp_skip(&map, &object));
        if (slice_is(key, name))
            return object;
    }
    cr_assert(false, "%s", name);
    return map;
}

static uint32_t house_of_organization(struct slice *in)
{
    int8_t type;
    struct slice payload;
    if (mp_nil(in))
        return 0;
    cr_assert(mp_ext(in, &type, &payload));
    return (uint32_t)payload.data[14] << 8 | payload.data[15];
}

/* Through the method, page by page. */
static void run_scan(const struct query_case *c)
{
    struct fixture *f = &fixture;
    struct judge judge = { .c = c };
    struct buf params = { 0 }, out = { 0 };
    struct slice cursor = { 0 }, rows, text;
    uint32_t count, columns;
    do {
        int limit = 1 + below(&seed, 40);
        struct uuid organization = organization_of(c->house);
        buf_clear(&params);
        mp_put_string(&params, "items");
        mp_put_map(&params, 6);
        mp_put_string(&params, "where");
        buf_append_slice(&params, buf_slice(&c->where));
        mp_put_string(&params, "order");
        buf_append_slice(&params, buf_slice(&c->order));
        mp_put_string(&params, "columns");
        mp_put_array(&params, 2);
        mp_put_string(&params, "id");
        mp_put_string(&params, "organization_id");
        mp_put_string(&params, "limit");
        mp_put_int(&params, limit);
        mp_put_string(&params, "organization");
        if (c->house == HOUSE_ANY)
            mp_put_nil(&params);
        else
            mp_put_bin(&params, slice_of(organization.bytes, sizeof organization.bytes));
        mp_put_string(&params, "cursor");
        if (cursor.data == NULL)
            mp_put_nil(&params);
        else
            mp_put_str(&params, cursor);
        MUST(fixture_call(f, scan_method, &params, 2, &out));
        cr_assert(mp_check(buf_slice(&out), WIRE_DEPTH_MAX) == (int64_t)out.size);
        rows = member(buf_slice(&out), "rows");
        text = member(buf_slice(&out), "cursor");
        cr_assert(mp_array(&rows, &count));
        cr_assert(count <= (uint32_t)limit);
        for (uint32_t i = 0; i < count; i++) {
            int64_t id;
            cr_assert(mp_array(&rows, &columns) && columns == 2 && mp_int(&rows, &id));
            judge_row(&judge, model_of(house_of_organization(&rows), id), "scan");
        }
        if (mp_nil(&text))
            cursor = (struct slice){ 0 };
        else
            cr_assert(mp_str(&text, &cursor));
        if (cursor.data != NULL) {
            cr_assert(count == (uint32_t)limit);
            cursor = arena_copy(&f->arena, cursor);
        }
    } while (cursor.data != NULL);
    judge_end(&judge, "scan");
    buf_done(&params);
    buf_done(&out);
}

static void run_count(const struct query_case *c)
{
    struct fixture *f = &fixture;
    uint64_t count;
    struct query query = { .table = fixture_table(f, "items"), .command = POLICY_SELECT, .house = c->house, .where = c->condition };
    MUST(select_count(&f->rq, &query, &count));
    cr_assert(count == (uint64_t)c->expected, "count: %lu instead of %d", (unsigned long)count, c->expected);
}

static const char *name_of(const void *table, int column)
{
    return ((const struct table *)table)->columns[column].name;
}

/* All at once, as the targets of a change. */
static void run_all(const struct query_case *c)
{
    struct fixture *f = &fixture;
    struct judge judge = { .c = c };
    struct query query = { .table = fixture_table(f, "items"), .command = POLICY_SELECT, .house = c->house, .where = c->condition,
                           .order = c->parsed, .ordered = true };
    struct found *all;
    int count;
    MUST(select_all(&f->rq, &query, &all, &count));
    for (int i = 0; i < count; i++) {
        cr_assert(key_relation(key_slice(&all[i].key)) == query.table->relation);
        judge_row(&judge, model_of(key_tenant(key_slice(&all[i].key)), all[i].columns[ID].integer), "all");
    }
    judge_end(&judge, "all");
}

static void report(const struct query_case *c, int round)
{
    struct expr_names printed = { .column = name_of, .table = fixture_table(&fixture, "items") };
    struct buf text = { 0 };
    if (getenv("TRACE") == NULL)
        return;
    if (c->condition != NULL)
        expr_print(c->condition, &printed, &text);
    fprintf(stderr, "round %d house %d: %s ORDER BY", round, (int)c->house, buf_text(&text));
    for (int i = 0; i < c->parsed.count; i++)
        fprintf(stderr, " %s%s%s", names[c->parsed.columns[i].column], c->parsed.columns[i].order.desc ? " DESC" : "",
                c->parsed.columns[i].order.nulls_first ? " NULLS FIRST" : "");
    fprintf(stderr, "\n");
    buf_done(&text);
}

static void agree(void)
{
    const char *given = getenv("SEED"), *rounds = getenv("ROUNDS");
    seed = given != NULL ? strtoull(given, NULL, 10) : 20250101;
    fprintf(stderr, "seed %lu\n", (unsigned long)seed);
    fill();
    arena_init(&pages, ARENA_REQUEST_MAX);
    fixture.rq.arena = &pages;
    for (int round = 0; round < (rounds != NULL ? atoi(rounds) : 1500); round++) {
        struct query_case c = { 0 };
        make_case(&c);
        report(&c, round);
        run_select(&c, true, true, "sorted table walk");
        run_select(&c, false, true, "sorted walk");
        run_select(&c, false, false, "select");
        if (c.house != 0 && c.where.size > 0 && !c.recollated)
            run_scan(&c);
        run_count(&c);
        run_all(&c);
        buf_done(&c.where);
        buf_done(&c.order);
        arena_reset(&pages);
    }
    arena_done(&pages);
    fixture_close(&fixture);
}

Test(scan, agrees_with_a_model) { agree(); }

Test(scan, agrees_with_a_model_in_orders_of_icu)
{
    collated = true;
    agree();
}

/* --- A primary key of long texts, which no house holds --- */

#define NOTES 80

struct note { struct value columns[2]; };
static struct note notes[NOTES];

static int compare_notes(const struct order *order, int ties, const struct note *a, const struct note *b)
{
    static const int types[] = { TYPE_TEXT, TYPE_INT8 };
    for (int i = 0; i < order->count; i++) {
        int column = order->columns[i].column;
        int sign = value_order(type_of((enum type_id)types[column]), order->columns[i].order, &a->columns[column], &b->columns[column]);
        if (sign != 0)
            return sign;
    }
    for (int column = 0; column < 2; column++) {
        int sign = value_compare(type_of((enum type_id)types[column]), &a->columns[column], &b->columns[column]);
        if (sign != 0)
            return ties * sign;
    }
    return 0;
}

static void page_notes(const struct query *asked, const struct expr *where)
{
    struct fixture *f = &fixture;
    struct query query = *asked;
    struct position after;
    struct note last;
    bool more = true;
    int rows = 0, ups = 0, downs = 0, expected = 0;
    for (int i = 0; i < NOTES; i++)
        expected += model_matches(where, (const struct model_row *)((const char *)&notes[i] - offsetof(struct model_row, columns)));
    while (more) {
        struct select *select;
        struct selected row;
        query.limit = 1 + (uint32_t)below(&seed, 9);
        uint32_t got = 0;
        MUST(select_open(&f->rq, &query, &select));
        while (select_next(select, &row) == 1) {
            struct note note;
            memcpy(note.columns, select_columns(select, &row), sizeof note.columns);
            if (rows > 0) {
                ups += compare_notes(&query.order, 1, &last, &note) >= 0;
                downs += compare_notes(&query.order, -1, &last, &note) >= 0;
            }
            last = note;
            rows++;
            got++;
            MUST(select_position(select, &row, &after));
        }
        select_close(select);
        query.after = &after;
        more = got == query.limit;
    }
    cr_assert(rows == expected, "%d instead of %d", rows, expected);
    cr_assert(ups == 0 || downs == 0, "%d %d", ups, downs);
}

Test(scan, long_keys_keep_their_order)
{
    struct fixture *f = &fixture;
    seed = 42;
    open_items();
    const struct table *table = fixture_table(f, "notes");
    for (int i = 0; i < NOTES; i++) {       /* two notes a body, with different items */
        notes[i].columns[0] = value_text(slice_of_string(arena_printf(&f->arena, "%s%d", i % 3 == 0 ? "a" : long_text, i / 2 % 40)));
        notes[i].columns[1] = value_int(i % 7);
        fixture_put(f, table, 0, notes[i].columns, 2);
    }
    fixture_read(f);
    arena_init(&pages, ARENA_REQUEST_MAX);
    f->rq.arena = &pages;
    static const struct order orders[] = {
        { 0 }, { 1, { { 0, { 0 }, NULL } } }, { 1, { { 0, { true, true }, NULL } } }, { 2, { { 1, { 0 }, NULL }, { 0, { true, true }, NULL } } }, { 1, { { 1, { true, true }, NULL } } },
    };
    for (int round = 0; round < 200; round++) {
        struct query query = { .table = table, .command = POLICY_SELECT, .house = 0, .ordered = true };
        query.order = orders[below(&seed, 5)];
        static const enum expr_op ops[] = { EXPR_EQ, EXPR_LT, EXPR_GE, EXPR_LE };
        const struct expr *args[2] = { expr_column(0, type_of(TYPE_TEXT), &pages),
                                       expr_const(type_of(TYPE_TEXT), notes[below(&seed, NOTES)].columns[0], &pages) };
        if (below(&seed, 3) > 0)
            MUST(expr_make(ops[below(&seed, 4)], args, 2, &pages, &query.where, &f->error));
        page_notes(&query, query.where);
        arena_reset(&pages);
    }
    arena_done(&pages);
    fixture_close(f);
}
