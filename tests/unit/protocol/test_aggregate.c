/* aggregate: result types and values as PostgreSQL 15 gives them, groups, orders, and a model for random groups. */
#include "reading_calls.h"

static const char migration[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "CREATE TABLE sales (id bigint PRIMARY KEY, organization_id uuid REFERENCES organizations(id), kind text, n integer, price numeric,\n"
    "                    weight double precision, raw json);\n"
    "GRANT ALL ON sales TO anon, authenticated;\n";

static uint64_t seed = 7;

static void put_sale(uint32_t house, int64_t id, const char *kind, int n, const char *price)
{
    struct fixture *f = &fixture;
    struct value columns[] = { value_int(id), value_uuid(organization_of(house)), VALUE_OF_NULL, VALUE_OF_NULL, VALUE_OF_NULL,
                               value_float((double)n / 4), VALUE_OF_NULL };
    if (kind != NULL)
        columns[2] = value_text(slice_of_string(kind));
    if (n != 0)
        columns[3] = value_int(n);
    if (price != NULL)
        MUST(value_from_text(type_of(TYPE_NUMERIC), slice_of_string(price), &f->arena, &columns[4], &f->error));
    fixture_put(f, fixture_table(f, "sales"), house, columns, 7);
}

static void open_fixture(void)
{
    struct fixture *f = &fixture;
    fixture_open(f, migration);
    fixture_house(f, 1);
    fixture_house(f, 2);
    put_sale(1, 1, "a", 3, "1.50");
    put_sale(1, 2, "b", 5, "2.25");
    put_sale(1, 3, "a", 4, "1.5");
    put_sale(1, 4, NULL, 0, NULL);
    put_sale(1, 5, "b", 7, "10");
    put_sale(1, 6, NULL, 1, "0.1");
    put_sale(2, 7, "a", 1000, "1000");
    fixture_read(f);
}

static void close_fixture(void)
{
    fixture_close(&fixture);
}

TestSuite(aggregate, .init = open_fixture, .fini = close_fixture);

#define EXPECT(json, want)                                                     \
    do {                                                                       \
        const char *got = call(aggregate_method, json);                        \
        cr_assert(strcmp(got, want) == 0, "%s: %s (%s)", json, got, fixture.error.message); \
    } while (0)

#define HOUSE "\"organization\": \"aa000000-0000-4000-8000-000000000001\""

Test(aggregate, values_and_types)
{
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"count\", \"*\"], [\"count\", \"n\"], [\"count\", \"kind\", \"distinct\"]]}]",
           "{\"columns\":[\"count(*)\",\"count(n)\",\"count(distinct kind)\"],\"rows\":[[6,5,2]]}");
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"sum\", \"n\"], [\"avg\", \"n\"], [\"min\", \"n\"], [\"max\", \"kind\"]]}]",
           "{\"columns\":[\"sum(n)\",\"avg(n)\",\"min(n)\",\"max(kind)\"],\"rows\":[[20,4.0000000000000000,1,\"b\"]]}");
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"sum\", \"price\"], [\"sum\", \"weight\"], [\"sum\", \"id\"]]}]",
           "{\"columns\":[\"sum(price)\",\"sum(weight)\",\"sum(id)\"],\"rows\":[[15.35,5,21]]}");
}

Test(aggregate, nothing_is_one_row_without_groups)
{
    EXPECT("[\"sales\", {" HOUSE ", \"where\": [\"=\", \"id\", 99], \"aggregates\": [[\"count\", \"*\"], [\"sum\", \"n\"]]}]",
           "{\"columns\":[\"count(*)\",\"sum(n)\"],\"rows\":[[0,null]]}");
    EXPECT("[\"sales\", {" HOUSE ", \"where\": [\"=\", \"id\", 99], \"aggregates\": [[\"count\", \"*\"]], \"group_by\": [\"kind\"]}]",
           "{\"columns\":[\"kind\",\"count(*)\"],\"rows\":[]}");
    fixture_member(&fixture, 0, 1);
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"*\"]]}]", "{\"columns\":[\"count(*)\"],\"rows\":[[0]]}");
}

Test(aggregate, groups)
{
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"count\", \"*\"], [\"sum\", \"n\"]], \"group_by\": [\"kind\"]}]",
           "{\"columns\":[\"kind\",\"count(*)\",\"sum(n)\"],\"rows\":[[\"a\",2,7],[\"b\",2,12],[null,2,1]]}");
    EXPECT("[\"sales\", {" HOUSE ", \"group_by\": [\"price\"], \"where\": [\"<\", \"price\", 3]}]",
           "{\"columns\":[\"price\"],\"rows\":[[0.1],[1.50],[2.25]]}");
    EXPECT("[\"sales\", {\"aggregates\": [[\"max\", \"n\"]], \"group_by\": [\"kind\"], \"where\": [\"is not null\", \"kind\"]}]",
           "{\"columns\":[\"kind\",\"max(n)\"],\"rows\":[[\"a\",1000],[\"b\",7]]}");
}

Test(aggregate, order_and_limit)
{
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"sum\", \"n\"]], \"group_by\": [\"kind\"], \"order\": [[\"sum(n)\", \"desc\"]], \"limit\": 2}]",
           "{\"columns\":[\"kind\",\"sum(n)\"],\"rows\":[[\"b\",12],[\"a\",7]]}");
    EXPECT("[\"sales\", {" HOUSE ", \"aggregates\": [[\"count\", \"*\"]], \"group_by\": [\"kind\"], \"order\": [\"count(*)\", [\"kind\", \"desc\"]]}]",
           "{\"columns\":[\"kind\",\"count(*)\"],\"rows\":[[null,2],[\"b\",2],[\"a\",2]]}");
}

Test(aggregate, refuses)
{
    EXPECT("[\"nothing\", {}]", "42P01");
    EXPECT("[\"sales\", {}]", "22023");
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\"]]}]", "22023");
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"nothing\"]]}]", "42703");
    EXPECT("[\"sales\", {\"aggregates\": [[\"median\", \"n\"]]}]", "42883");
    EXPECT("[\"sales\", {\"aggregates\": [[\"sum\", \"kind\"]]}]", "42883");
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"*\"]], \"group_by\": [\"raw\"]}]", "42883");
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"*\"]], \"order\": [\"kind\"]}]", "42703");
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"*\"]], \"limit\": 0}]", "22023");
    fixture_member(&fixture, 1, 1);
    EXPECT("[\"sales\", {\"aggregates\": [[\"count\", \"*\"]], \"organization\": \"aa000000-0000-4000-8000-000000000002\"}]", "42501");
}

/* Random rows, counted and summed by hand. */
Test(aggregate_model, groups)
{
    enum { KINDS = 12, SALES = 800 };
    struct fixture *f = &fixture;
    int64_t counts[KINDS] = { 0 }, sums[KINDS] = { 0 };
    struct buf want = { 0 };
    fixture_open(f, migration);
    fixture_house(f, 1);
    for (int i = 1; i <= SALES; i++) {
        int kind = below(&seed, KINDS), n = 1 + below(&seed, 1000);
        counts[kind]++;
        sums[kind] += n;
        put_sale(1, i, arena_printf(&f->arena, "%c", 'a' + kind), n, NULL);
    }
    fixture_read(f);
    for (int kind = 0; kind < KINDS; kind++)
        buf_printf(&want, "%s[\"%c\",%ld,%ld]", kind == 0 ? "" : ",", 'a' + kind, (long)counts[kind], (long)sums[kind]);
    const char *got = call(aggregate_method, "[\"sales\", {\"aggregates\": [[\"count\", \"*\"], [\"sum\", \"n\"]], \"group_by\": [\"kind\"]}]");
    cr_assert(strstr(got, buf_text(&want)) != NULL, "%s", got);
    buf_done(&want);
    fixture_close(f);
}
