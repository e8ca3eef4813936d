/* get, scan and count as methods: walls, policies, projections, pages and cursors. */
#include "reading_calls.h"

#include "protocol/cursor_token.h"

static const char migration[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "GRANT ALL ON organizations TO anon, authenticated;\n"
    "CREATE TABLE profiles (id uuid PRIMARY KEY, organization_id uuid REFERENCES organizations(id), role text);\n"
    "GRANT ALL ON profiles TO anon, authenticated;\n"
    "CREATE TABLE contacts (\n"
    "  id bigint PRIMARY KEY,\n"
    "  organization_id uuid NOT NULL REFERENCES organizations(id),\n"
    "  owner uuid,\n"
    "  name text,\n"
    "  secret boolean NOT NULL,\n"
    "  gone integer\n"
    ");\n"
    "ALTER TABLE contacts DROP COLUMN gone;\n"
    "ALTER TABLE contacts ADD COLUMN late text DEFAULT 'late';\n"
    "CREATE INDEX contacts_owner ON contacts (owner);\n"
    "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY org ON contacts FOR SELECT USING (organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid()));\n"
    "CREATE POLICY secrets ON contacts AS RESTRICTIVE FOR SELECT USING (NOT secret OR owner = auth.uid());\n"
    "CREATE TABLE closed (id bigint PRIMARY KEY, organization_id uuid);\n"
    "ALTER TABLE closed ENABLE ROW LEVEL SECURITY;\n"
    "CREATE TABLE flows (id bigint PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), open boolean);\n"
    "GRANT ALL ON flows TO anon, authenticated;\n"
    "CREATE TABLE steps (id bigint PRIMARY KEY, flow bigint NOT NULL REFERENCES flows(id), name text);\n"
    "CREATE INDEX steps_flow ON steps (flow);\n"
    "ALTER TABLE steps ENABLE ROW LEVEL SECURITY;\n"
    "CREATE POLICY parent ON steps FOR SELECT USING (EXISTS (SELECT 1 FROM flows WHERE flows.id = steps.flow AND flows.open));\n"
    "CREATE TABLE plain (id bigint PRIMARY KEY, organization_id uuid, body text);\n"
    "GRANT ALL ON plain TO anon, authenticated;\n";

#define CONTACTS 40         /* of each house, ids 1 to 40, 101 to 140, 201 to 240; each fifth is a secret of user 9 */

static struct uuid user(uint8_t number)
{
    return (struct uuid){ { number } };
}

static int id_of(uint32_t house, int number)
{
    return 100 * ((int)house - 1) + number;
}

static void put_contacts(uint32_t house)
{
    struct fixture *f = &fixture;
    for (int i = 1; i <= CONTACTS; i++) {
        struct value columns[] = {
            value_int(id_of(house, i)), value_uuid(organization_of(house)), value_uuid(user(i % 5 == 0 ? 9 : (uint8_t)(i % 3))),
            value_text(slice_of_string(arena_printf(&f->arena, "h%u-%02d", house, i))), value_bool(i % 5 == 0), VALUE_OF_NULL,
            value_text(SLICE_LITERAL("told")),
        };
        fixture_put(f, fixture_table(f, "contacts"), house, columns, i % 2 == 0 ? 7 : 6);
    }
}

/* Four flows in each house (1 to 4, 101 to 104, 201 to 204), every second open, with three steps each. */
static void put_flows(uint32_t house)
{
    struct fixture *f = &fixture;
    for (int flow = 1; flow <= 4; flow++) {
        struct value columns[] = { value_int(id_of(house, flow)), value_uuid(organization_of(house)), value_bool(flow % 2 == 0) };
        fixture_put(f, fixture_table(f, "flows"), house, columns, 3);
        for (int i = 0; i < 3; i++) {
            struct value step[] = { value_int(10 * id_of(house, flow) + i), value_int(id_of(house, flow)),
                                    value_text(slice_of_string(arena_printf(&f->arena, "h%u-%d-%d", house, flow, i))) };
            fixture_put(f, fixture_table(f, "steps"), house, step, 3);
        }
    }
}

static void open_fixture(void)
{
    struct fixture *f = &fixture;
    fixture_open(f, migration);
    for (uint32_t house = 1; house <= 3; house++) {
        fixture_house(f, house);
        struct value profile[] = { value_uuid(user((uint8_t)house)), value_uuid(organization_of(house)), VALUE_OF_NULL };
        fixture_put(f, fixture_table(f, "profiles"), house, profile, 3);
        struct value organization[] = { value_uuid(organization_of(house)), value_text(slice_of_string(arena_printf(&f->arena, "org %u", house))) };
        fixture_put(f, fixture_table(f, "organizations"), house, organization, 2);
        put_contacts(house);
        put_flows(house);
    }
    struct value closed[] = { value_int(1), value_uuid(organization_of(1)) };
    fixture_put(f, fixture_table(f, "closed"), 1, closed, 2);
    fixture_read(f);
}

static void close_fixture(void)
{
    fixture_close(&fixture);
}

TestSuite(reading, .init = open_fixture, .fini = close_fixture);

/* What is wanted, or begins as it when that ends inside a cursor. */
static bool matches(const char *got, const char *want)
{
    size_t size = strlen(want);
    bool open = size > 10 && strcmp(want + size - 10, "\"cursor\":\"") == 0;
    return open ? strncmp(got, want, size) == 0 : strcmp(got, want) == 0;
}

#define EXPECT(method, json, want)                                             \
    do {                                                                       \
        const char *got = call(method, json);                                  \
        cr_assert(matches(got, want), "%s: %s (%s)", json, got, fixture.error.message); \
    } while (0)

#define OWN "\"aa000000-0000-4000-8000-000000000001\""
#define OTHER "\"aa000000-0000-4000-8000-000000000002\""
#define NAME "{\"columns\": [\"name\"]}"

Test(reading, get)
{
    fixture_member(&fixture, 1, 1);
    EXPECT(get_method, "[\"contacts\", 7, " NAME "]", "[\"h1-07\"]");
    EXPECT(get_method, "[\"public.contacts\", \"7\", " NAME "]", "[\"h1-07\"]");
    EXPECT(get_method, "[\"contacts\", 1, {\"columns\": [\"late\", \"id\"]}]", "[\"late\",1]");
    EXPECT(get_method, "[\"contacts\", 2, {\"columns\": [\"late\", \"id\"]}]", "[\"told\",2]");
    EXPECT(get_method, "[\"contacts\", 41, " NAME "]", "null");
    EXPECT(get_method, "[\"contacts\", 10, " NAME "]", "null");         /* a secret of somebody else */
    EXPECT(get_method, "[\"contacts\", 7, {\"columns\": [\"name\"], \"organization\": " OWN "}]", "[\"h1-07\"]");
    EXPECT(get_method, "[\"closed\", 1]", "null");
}

Test(reading, a_row_leaves_as_it_lies_there)
{
    fixture_member(&fixture, 1, 1);
    fixture.who.role = ROLE_SERVICE;
    EXPECT(get_method, "[\"organizations\", " OWN ", {\"columns\": [\"name\"]}]", "[\"org 1\"]");
    struct slice row;
    uint32_t count;
    cr_assert(call_raw(get_method, "[\"organizations\", " OTHER "]", &row) == 0);
    cr_assert(mp_array(&row, &count) && count == 2);
    cr_assert(call_raw(get_method, "[\"contacts\", 101, {\"organization\": " OTHER "}]", &row) == 0);     /* 6 columns stored, 1 dropped, 1 missing */
    cr_assert(mp_array(&row, &count) && count == 6);
}

Test(reading, get_refuses)
{
    fixture_member(&fixture, 1, 1);
    EXPECT(get_method, "[\"nothing\", 1]", "42P01");
    EXPECT(get_method, "[\"contacts\", \"seven\"]", "22P02");
    EXPECT(get_method, "[\"contacts\", [1, 2]]", "42804");
    EXPECT(get_method, "[\"contacts\"]", "22023");
    EXPECT(get_method, "[\"contacts\", 1, {\"columns\": [\"nothing\"]}]", "42703");
    EXPECT(get_method, "[\"contacts\", 1, {\"columns\": [\"gone\"]}]", "42703");
    EXPECT(get_method, "[\"contacts\", 1, {\"organization\": " OTHER "}]", "42501");
    EXPECT(get_method, "[\"contacts\", 1, {\"organization\": \"aa000000-0000-4000-8000-000000000077\"}]", "42501");
    EXPECT(get_method, "[\"contacts\", 1, {\"limit\": 1}]", "22023");
    EXPECT(get_method, "[\"contacts\", 1, {}, 1]", "22023");
}

/* What is behind a wall and what does not exist look alike. */
Test(reading, walls)
{
    fixture_member(&fixture, 1, 1);
    EXPECT(count_method, "[\"contacts\"]", "32");
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"=\", \"organization_id\", " OTHER "]}]", "0");
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"like\", \"name\", \"h2%\"]}]", "0");
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"or\", [\"=\", \"organization_id\", " OTHER "], [\"=\", \"id\", 1]]}]", "1");
    EXPECT(get_method, "[\"organizations\", " OTHER "]", "null");
    EXPECT(scan_method, "[\"organizations\", {\"columns\": [\"name\"]}]", "{\"rows\":[[\"org 1\"]],\"cursor\":null}");
    EXPECT(count_method, "[\"closed\"]", "0");
    EXPECT(scan_method, "[\"closed\"]", "{\"rows\":[],\"cursor\":null}");
    fixture_member(&fixture, 0, 77);                                    /* in no organization */
    EXPECT(count_method, "[\"contacts\"]", "0");
    EXPECT(scan_method, "[\"contacts\", {\"order\": [\"name\"]}]", "{\"rows\":[],\"cursor\":null}");
    EXPECT(get_method, "[\"contacts\", 1]", "null");
}

Test(reading, policies_within_the_walls)
{
    fixture_member(&fixture, 2, 2);
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"=\", \"secret\", true]}]", "0");
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"in\", \"id\", [101, 105, 106, 110]]}]", "2");
    EXPECT(scan_method, "[\"contacts\", {\"columns\": [\"id\"], \"limit\": 5, \"where\": [\">\", \"id\", 133]}]",
           "{\"rows\":[[134],[136],[137],[138],[139]],\"cursor\":null}");
}

/* A child's policy looks at its parent, row by row, in the row's own house. */
Test(reading, policies_look_at_parents)
{
    fixture_member(&fixture, 3, 3);
    EXPECT(count_method, "[\"steps\"]", "6");
    EXPECT(scan_method, "[\"steps\", {\"columns\": [\"name\"], \"order\": [[\"name\", \"desc\"]], \"where\": [\"in\", \"flow\", [201, 202, 204]], \"limit\": 4}]",
           "{\"rows\":[[\"h3-4-2\"],[\"h3-4-1\"],[\"h3-4-0\"],[\"h3-2-2\"]],\"cursor\":\"");
    EXPECT(get_method, "[\"steps\", 2021, {\"columns\": [\"name\"]}]", "[\"h3-2-1\"]");
    EXPECT(get_method, "[\"steps\", 2011, {\"columns\": [\"name\"]}]", "null");
    EXPECT(aggregate_method, "[\"steps\", {\"aggregates\": [[\"count\", \"*\"]], \"group_by\": [\"flow\"]}]",
           "{\"columns\":[\"flow\",\"count(*)\"],\"rows\":[[202,3],[204,3]]}");
}

Test(reading, service_reads_all_houses)
{
    principal_system(&fixture.who);
    EXPECT(count_method, "[\"contacts\"]", "120");
    EXPECT(count_method, "[\"contacts\", {\"organization\": " OTHER "}]", "40");
    EXPECT(count_method, "[\"contacts\", {\"where\": [\"=\", \"organization_id\", " OTHER "]}]", "40");
    EXPECT(count_method, "[\"contacts\", {\"organization\": \"aa000000-0000-4000-8000-000000000077\"}]", "0");
    EXPECT(scan_method, "[\"contacts\", {\"columns\": [\"name\"], \"where\": [\"in\", \"id\", [3, 103, 203, 303]]}]",
           "{\"rows\":[[\"h1-03\"],[\"h2-03\"],[\"h3-03\"]],\"cursor\":null}");
    EXPECT(scan_method, "[\"contacts\", {\"columns\": [\"name\"], \"where\": [\"in\", \"id\", [1, 2, 101, 102, 201]], \"order\": [[\"owner\", \"desc\"]]}]",
           "{\"rows\":[[\"h1-02\"],[\"h2-02\"],[\"h1-01\"],[\"h2-01\"],[\"h3-01\"]],\"cursor\":null}");
    EXPECT(get_method, "[\"contacts\", 103, {\"columns\": [\"name\"], \"organization\": " OTHER "}]", "[\"h2-03\"]");
    EXPECT(get_method, "[\"contacts\", 103, " NAME "]", "[\"h2-03\"]");
    EXPECT(get_method, "[\"contacts\", 103, {\"columns\": [\"name\"], \"organization\": " OWN "}]", "null");
    EXPECT(get_method, "[\"contacts\", 41, " NAME "]", "null");
    EXPECT(get_method, "[\"organizations\", " OTHER ", " NAME "]", "[\"org 2\"]");
}

Test(reading, scan_options)
{
    fixture_member(&fixture, 1, 1);
    EXPECT(scan_method, "[\"contacts\", {\"names\": true, \"where\": [\"=\", \"id\", 1], \"columns\": [\"id\", \"name\"]}]",
           "{\"columns\":[\"id\",\"name\"],\"rows\":[[1,\"h1-01\"]],\"cursor\":null}");
    EXPECT(scan_method, "[\"closed\", {\"names\": true}]", "{\"columns\":[\"id\",\"organization_id\"],\"rows\":[],\"cursor\":null}");
    EXPECT(scan_method, "[\"contacts\", {\"limit\": 0}]", "22023");
    EXPECT(scan_method, "[\"contacts\", {\"limit\": 10001}]", "22023");
    EXPECT(scan_method, "[\"contacts\", {\"order\": [\"nothing\"]}]", "42703");
    EXPECT(scan_method, "[\"contacts\", {\"order\": [[\"id\", \"sideways\"]]}]", "22023");
    EXPECT(scan_method, "[\"contacts\", {\"where\": [\"=\", \"nothing\", 1]}]", "42703");
    EXPECT(scan_method, "[\"contacts\", {\"wehre\": []}]", "22023");
    EXPECT(scan_method, "[\"nothing\"]", "42P01");
    EXPECT(scan_method, "[\"contacts\", {\"cursor\": \"nonsense\"}]", "22023");
    EXPECT(scan_method, "[\"contacts\", {\"cursor\": 7}]", "22023");
}

/* --- Cursors --- */

static const char *cursor_of(const char *reply)
{
    const char *at = strstr(reply, "\"cursor\":\"");
    cr_assert(at != NULL, "%s", reply);
    at += 10;
    return arena_printf(&fixture.arena, "%.*s", (int)strcspn(at, "\""), at);
}

static const char *page(const char *cursor, const char *order)
{
    const char *json = arena_printf(&fixture.arena, "[\"contacts\", {\"columns\": [\"id\"], \"limit\": 3, \"order\": %s, \"cursor\": \"%s\"}]",
                                    order, cursor);
    return call(scan_method, json);
}

#define FIRST_PAGE "[\"contacts\", {\"columns\": [\"id\"], \"limit\": 3, \"order\": [\"name\"]}]"

Test(reading, cursors_go_on)
{
    fixture_member(&fixture, 1, 1);
    const char *cursor = cursor_of(call(scan_method, FIRST_PAGE));
    cr_assert(strncmp(page(cursor, "[\"name\"]"), "{\"rows\":[[4],[6],[7]],", 22) == 0, "%s", buf_text(&text));
    cursor = cursor_of(buf_text(&text));
    cr_assert(strncmp(page(cursor, "[\"name\"]"), "{\"rows\":[[8],[9],[11]],", 23) == 0, "%s", buf_text(&text));
}

Test(reading, foreign_cursors_are_refused)
{
    fixture_member(&fixture, 1, 1);
    const char *cursor = cursor_of(call(scan_method, FIRST_PAGE));
    cr_assert(strcmp(page(cursor, "[\"id\"]"), "22023") == 0);
    fixture_member(&fixture, 1, 2);
    cr_assert(strcmp(page(cursor, "[\"name\"]"), "22023") == 0);
    fixture_member(&fixture, 2, 1);
    cr_assert(strcmp(page(cursor, "[\"name\"]"), "22023") == 0);
    principal_system(&fixture.who);
    cr_assert(strcmp(page(cursor, "[\"name\"]"), "22023") == 0);
}

Test(reading, spoilt_cursors_are_refused)
{
    fixture_member(&fixture, 1, 1);
    const char *cursor = cursor_of(call(scan_method, FIRST_PAGE));
    for (size_t i = 0; cursor[i] != '\0'; i++) {
        char *spoilt = arena_string(&fixture.arena, slice_of_string(cursor));
        spoilt[i] = spoilt[i] == 'A' ? 'Q' : 'A';
        cr_assert(strcmp(page(spoilt, "[\"name\"]"), "22023") == 0 || i + 1 == strlen(cursor), "%zu", i);
        spoilt[i] = '\0';
        cr_assert(strcmp(page(spoilt, "[\"name\"]"), "22023") == 0, "%zu", i);
    }
}

/* --- Forged cursors: who knows how they are made can point one anywhere --- */

struct forged {
    const char *table, *options;            /* of scan, without the cursor; ends open */
    bool admin;
};

/* The reading of a scan as the engine makes it, and the hash that it would seal its cursors with. */
static void read_scan(const struct forged *scan, struct reading *ret)
{
    struct fixture *f = &fixture;
    struct slice bytes;
    struct args args;
    MUST(json_parse(slice_of_string(arena_printf(&f->arena, "[\"%s\", {%s}]", scan->table, scan->options)), &f->arena, &bytes, &f->error));
    args.rest = bytes;
    cr_assert(mp_array(&args.rest, &args.count));
    MUST(reading_from_args(&f->rq, args, OPTION_WHERE | OPTION_ORDER | OPTION_COLUMNS | OPTION_ORGANIZATION, ret));
    MUST(reading_page(&f->rq, ret));
}

/* A value of that type: NULL, one of a row of any house, or one beyond all of them. */
static struct value forged_value(struct type type, uint64_t *state)
{
    int way = below(state, 8);
    if (way == 0)
        return VALUE_OF_NULL;
    switch (value_kind_of(type)) {
    case VALUE_INT: return value_int(way == 1 ? INT64_MIN : way == 2 ? INT64_MAX : below(state, 45));
    case VALUE_UUID: return value_uuid(way < 4 ? organization_of((uint32_t)below(state, 5)) : user((uint8_t)below(state, 11)));
    case VALUE_BOOL: return value_bool(way % 2 == 0);
    default: break;
    }
    if (way == 1) {
        char *lossy = arena_alloc(&fixture.arena, 600);
        memset(lossy, 'h', 600);
        return value_text(slice_of(lossy, 600));
    }
    return value_text(slice_of_string(arena_printf(&fixture.arena, way == 2 ? "h%d-%d-%d" : "h%d-%d%d", below(state, 5), below(state, 5), below(state, 10))));
}

/* The token of a random position in that scan, as text. */
static const char *forge(const struct reading *r, uint64_t *state)
{
    struct fixture *f = &fixture;
    struct total_order order;
    struct position position = { .ties = below(state, 2) == 0 ? TIES_UP : TIES_DOWN, .house = (uint32_t)below(state, 5) };
    struct buf token = { 0 };
    struct slice inside, cursor;
    struct query query = r->query;
    order_total(query.table, &query.order, position.ties, &order);
    for (int i = 0; i < order.count; i++)
        position.values[i] = forged_value(query.table->columns[order.columns[i].column].type, state);
    query.house = HOUSE_ANY;                /* so that the house goes into the token */
    token_write(&query, r->hash ^ (below(state, 8) == 0), &position, &token);
    inside = buf_slice(&token);
    cr_assert(mp_str(&inside, &cursor));
    const char *copy = arena_string(&f->arena, cursor);
    buf_done(&token);
    return copy;
}

/* Whether every row of a page is one of `all`, both as JSON. */
static bool rows_are_of(const char *page, const char *all)
{
    const char *row = page + strlen("{\"rows\":[");
    while (*row == '[') {
        const char *end = strchr(row, ']');
        if (strstr(all, arena_printf(&fixture.arena, "%.*s", (int)(end + 1 - row), row)) == NULL)
            return false;
        row = end + 1 + (end[1] == ',');
    }
    return true;
}

Test(reading, forged_cursors_show_nothing_else)
{
    static const struct forged scans[] = {
        { "contacts", "\"columns\": [\"name\"]", false },
        { "contacts", "\"columns\": [\"name\"], \"order\": [[\"name\", \"desc\"]]", false },
        { "contacts", "\"columns\": [\"name\"], \"order\": [\"owner\", [\"id\", \"desc\"]]", false },
        { "contacts", "\"columns\": [\"name\"], \"order\": [[\"owner\", \"desc\"]], \"where\": [\">\", \"id\", 20]", false },
        { "contacts", "\"columns\": [\"name\"], \"order\": [\"secret\", \"late\"], \"where\": [\"like\", \"name\", \"%-3%\"]", false },
        { "contacts", "\"columns\": [\"name\"], \"where\": [\"<\", \"id\", 10], \"organization\": " OTHER, true },
        { "contacts", "\"columns\": [\"name\"], \"order\": [\"owner\"], \"organization\": " OTHER, true },
        { "steps", "\"columns\": [\"name\"], \"order\": [[\"flow\", \"desc\"]]", false },
        { "organizations", "\"columns\": [\"name\"]", false },
    };
    struct fixture *f = &fixture;
    uint64_t state = (uint64_t)getpid() + 1;
    int refused = 0, rows = 0;
    fprintf(stderr, "seed %llu\n", (unsigned long long)state);
    for (int n = 0; n < 2000; n++) {
        const struct forged *scan = &scans[below(&state, sizeof scans / sizeof *scans)];
        struct reading r;
        fixture_member(f, 1, 1);
        if (scan->admin)
            principal_system(&f->who);
        const char *all = arena_string(&f->arena, slice_of_string(call(scan_method, arena_printf(&f->arena, "[\"%s\", {%s, \"limit\": 10000}]",
                                                                                               scan->table, scan->options))));
        read_scan(scan, &r);
        const char *got = call(scan_method, arena_printf(&f->arena, "[\"%s\", {%s, \"cursor\": \"%s\"}]", scan->table, scan->options, forge(&r, &state)));
        if (strcmp(got, "22023") == 0) {
            refused++;
        } else {
            cr_assert(strncmp(got, "{\"rows\":[", 9) == 0 && rows_are_of(got, all), "%s: %s: %s", scan->table, scan->options, got);
            rows += strstr(got, "[[") != NULL;
        }
    }
    cr_assert(refused > 100, "wrong seals");
    cr_assert(rows > 500, "right ones");
}

/* --- Bounds of a page --- */

Test(pages, end_by_size)
{
    struct fixture *f = &fixture;
    fixture_open(f, migration);
    fixture_house(f, 1);
    size_t size = MIB(1) + KIB(300);
    char *body = arena_alloc(&f->arena, size);
    memset(body, 'x', size);
    for (int i = 0; i < 9; i++) {
        struct value columns[] = { value_int(i), value_uuid(organization_of(1)), value_text(slice_of(body, size)) };
        fixture_put(f, fixture_table(f, "plain"), 1, columns, 3);
    }
    fixture_read(f);
    static const char *const orders[] = { "[\"id\"]", "[[\"body\", \"desc\"], \"id\"]" };
    for (int i = 0; i < 2; i++) {
        const char *cursor = "", *want[] = { "{\"rows\":[[0],[1],[2],[3]],", "{\"rows\":[[4],[5],[6],[7]],", "{\"rows\":[[8]],\"cursor\":null}" };
        for (int n = 0; n < 3; n++) {
            const char *got = call(scan_method, arena_printf(&f->arena, "[\"plain\", {\"columns\": [\"id\"], \"order\": %s%s%s%s}]", orders[i],
                                                             n > 0 ? ", \"cursor\": \"" : "", cursor, n > 0 ? "\"" : ""));
            cr_assert(strncmp(got, want[n], strlen(want[n])) == 0, "%.100s", got);
            if (n < 2)
                cursor = cursor_of(got);
        }
    }
    fixture_close(f);
}

/* A walk that finds nothing for long hands out its place. */
Test(reading, long_walks_pause)
{
    struct fixture *f = &fixture;
    fixture_member(f, 1, 1);
    const struct table *contacts = fixture_table(f, "contacts");
    struct slice bytes;
    struct position after;
    struct query query = { .table = contacts, .command = POLICY_SELECT, .house = 1, .ordered = true, .examine_max = 7 };
    MUST(json_parse(slice_of_string("[\"like\", \"name\", \"%-39\"]"), &f->arena, &bytes, &f->error));
    MUST(filter_from_wire(&f->rq, contacts, &bytes, &query.where));
    int pauses = 0, rows = 0;
    bool paused = true;
    while (paused) {
        struct select *select;
        struct selected row;
        MUST(select_open(&f->rq, &query, &select));
        while (select_next(select, &row) == 1)
            rows++;
        paused = select_paused(select, &row);
        if (paused) {
            MUST(select_position(select, &row, &after));
            query.after = &after;
            cr_assert(after.values[0].integer % 5 != 0, "paused at a row that the caller may not see");
            pauses++;
        }
        select_close(select);
    }
    cr_assert(rows == 1);
    cr_assert(pauses == 5, "%d", pauses);
}

/* Params that are MessagePack and nothing more: answered or refused, never believed. */
Test(reading, survives_spoilt_params)
{
    struct fixture *f = &fixture;
    static const struct { method_call *method; const char *json; } calls[] = {
        { get_method, "[\"contacts\", 7, {\"columns\": [\"name\", \"id\"], \"organization\": " OWN "}]" },
        { scan_method, "[\"contacts\", {\"where\": [\"and\", [\"=\", \"owner\", " OWN "], [\"not\", [\"in\", \"id\", [1, 2, null]]]], \"names\": true, "
                       "\"order\": [[\"name\", \"desc\", \"nulls first\"], \"id\"], \"limit\": 3, \"columns\": [\"id\"]}]" },
        { count_method, "[\"contacts\", {\"where\": [\"or\", [\"like\", \"name\", \"h1%\"], [\"is null\", \"owner\"], [\"<\", \"id\", 7]]}]" },
        { aggregate_method, "[\"contacts\", {\"aggregates\": [[\"count\", \"*\"], [\"max\", \"name\"], [\"sum\", \"id\", \"distinct\"]], "
                            "\"group_by\": [\"secret\", \"owner\"], \"order\": [[\"count(*)\", \"desc\"]]}]" },
        { explain_method, "[\"scan\", [\"contacts\", {\"where\": [\">=\", \"name\", \"h\"], \"order\": [\"name\"]}]]" },
    };
    uint64_t seed = 3;
    fixture_member(f, 1, 1);
    struct arena arena;
    arena_init(&arena, ARENA_REQUEST_MAX);
    f->rq.arena = &arena;
    int answered = 0, refused = 0;
    for (int round = 0; round < 40000; round++) {
        int which = below(&seed, 5);
        struct slice sound;
        MUST(json_parse(slice_of_string(calls[which].json), &arena, &sound, &f->error));
        struct slice spoilt = arena_copy(&arena, sound);
        for (int n = below(&seed, 3); n >= 0; n--)
            ((uint8_t *)spoilt.data)[below(&seed, (int)spoilt.size)] = (uint8_t)draw(&seed);
        struct args args = { .rest = spoilt };
        if (mp_check(spoilt, WIRE_DEPTH_MAX) == (int64_t)spoilt.size && mp_array(&args.rest, &args.count)) {
            error_clear(&f->error);
            buf_clear(&out);
            int result = calls[which].method(&f->rq, args, &out);
            cr_assert(result == 0 || result == -1);
            cr_assert(result == 0 ? mp_check(out.size > 0 ? buf_slice(&out) : sound, WIRE_DEPTH_MAX) == (int64_t)out.size
                                  : out.size == 0 && f->error.state != SQLSTATE_OK);
            answered += result == 0;
            refused += result < 0;
        }
        arena_reset(&arena);
    }
    cr_assert(answered > 100 && refused > 1000, "%d %d", answered, refused);
    arena_done(&arena);
}

/* What a row's policy allocates is forgotten with the row: a walk over any number of rows fits into a request. */
Test(pages, policies_leave_nothing_behind)
{
    struct fixture *f = &fixture;
    uint64_t count;
    fixture_open(f, migration);
    fixture_house(f, 1);
    struct value flow[] = { value_int(1), value_uuid(organization_of(1)), value_bool(true) };
    fixture_put(f, fixture_table(f, "flows"), 1, flow, 3);
    for (int i = 0; i < 2000; i++) {
        struct value step[] = { value_int(i), value_int(1), VALUE_OF_NULL };
        fixture_put(f, fixture_table(f, "steps"), 1, step, 3);
    }
    fixture_read(f);
    fixture_member(f, 1, 1);
    struct query query = { .table = fixture_table(f, "steps"), .command = POLICY_SELECT, .house = 1 };
    size_t before = f->arena.used;
    MUST(select_count(&f->rq, &query, &count));
    cr_assert(count == 2000);
    cr_assert(f->arena.used - before < KIB(32), "%zu bytes", f->arena.used - before);
    fixture_close(f);
}
