/* The planner's choices for the queries that a backend of this kind asks. */
#include "reading_fixture.h"

#include "engine/scan/plan.h"
#include "value/json.h"

static const char migration[] =
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text);\n"
    "CREATE TABLE incidents (\n"
    "  id uuid PRIMARY KEY,\n"
    "  organization_id uuid REFERENCES organizations(id),\n"
    "  status text NOT NULL,\n"
    "  title text,\n"
    "  number integer,\n"
    "  detected_at timestamptz NOT NULL,\n"
    "  resolved_at timestamptz\n"
    ");\n"
    "GRANT ALL ON incidents TO anon, authenticated;\n"
    "CREATE INDEX by_organization ON incidents (organization_id);\n"
    "CREATE INDEX by_detected ON incidents (organization_id, detected_at DESC);\n"
    "CREATE INDEX by_status ON incidents (organization_id, status, detected_at);\n"
    "CREATE INDEX by_open ON incidents (organization_id, number) WHERE resolved_at IS NULL AND status <> 'closed';\n"
    "CREATE UNIQUE INDEX by_title ON incidents (organization_id, title);\n"
    "CREATE TABLE agents (id uuid PRIMARY KEY, name text UNIQUE);\n";

static struct fixture fixture;

static void open_fixture(void)
{
    fixture_open(&fixture, migration);
    for (uint32_t house = 1; house <= 3; house++)
        fixture_house(&fixture, house);
    fixture_read(&fixture);
}

static void close_fixture(void)
{
    fixture_close(&fixture);
}

TestSuite(plan, .init = open_fixture, .fini = close_fixture);

/* Plans a scan of incidents in house 2 (or HOUSE_ANY); filter and order as JSON. */
static struct plan plan_of(uint32_t house, const char *where, const char *order, enum ties ties)
{
    static struct query query;
    struct fixture *f = &fixture;
    struct plan plan;
    struct slice bytes;
    query = (struct query){ .table = fixture_table(f, "incidents"), .command = POLICY_SELECT, .house = house, .ordered = true,
                            .limit = 21 };
    MUST(json_parse(slice_of_string(where), &f->arena, &bytes, &f->error));
    MUST(filter_from_wire(&f->rq, query.table, &bytes, &query.where));
    MUST(json_parse(slice_of_string(order), &f->arena, &bytes, &f->error));
    MUST(order_from_wire(&f->rq, query.table, bytes, &query.order));
    MUST(plan_make(&f->rq, &query, ties, &plan));
    return plan;
}

static void check(const struct plan *plan, const char *index, bool sorted, bool reverse, bool residual)
{
    cr_assert(strcmp(plan->index->name, index) == 0, "%s instead of %s", plan->index->name, index);
    cr_assert(plan->sorted == sorted, "sorted");
    cr_assert(plan->reverse == reverse, "reverse");
    cr_assert((plan->residual != NULL) == residual, "residual");
}

#define IDENTITY "\"00000000-0000-4000-8000-000000000001\""

Test(plan, a_primary_key_is_one_key)
{
    struct plan plan = plan_of(2, "[\"=\", \"id\", " IDENTITY "]", "[]", TIES_FREE);
    check(&plan, plan.table->primary->name, true, false, false);
    cr_assert(plan.fixed_count == 1 && plan.ranges == 1);
}

Test(plan, no_condition_walks_the_table)
{
    struct plan plan = plan_of(2, "null", "[]", TIES_FREE);
    check(&plan, plan.table->primary->name, true, false, false);
}

Test(plan, newest_first_comes_from_the_index)
{
    struct plan plan = plan_of(2, "null", "[[\"detected_at\", \"desc\"]]", TIES_FREE);
    check(&plan, "by_detected", true, false, false);
    cr_assert(plan.order.ties == TIES_UP);
}

Test(plan, oldest_first_walks_it_backwards)
{
    struct plan plan = plan_of(2, "null", "[\"detected_at\"]", TIES_FREE);
    check(&plan, "by_detected", true, true, false);
    cr_assert(plan.order.ties == TIES_DOWN);
}

Test(plan, a_cursor_decides_the_ties)
{
    struct plan plan = plan_of(2, "null", "[\"detected_at\"]", TIES_UP);
    cr_assert(!plan.sorted);
    cr_assert(plan.order.ties == TIES_UP);
}

Test(plan, equality_then_order)
{
    struct plan plan = plan_of(2, "[\"=\", \"status\", \"open\"]", "[\"detected_at\"]", TIES_FREE);
    check(&plan, "by_status", true, false, false);
    cr_assert(plan.fixed_count == 1);
}

Test(plan, equality_then_range)
{
    struct plan plan = plan_of(2, "[\"and\", [\"=\", \"status\", \"open\"], [\">=\", \"detected_at\", \"2025-01-01\"]]",
                               "[[\"detected_at\", \"desc\"]]", TIES_FREE);
    check(&plan, "by_status", true, true, false);
    cr_assert(plan.range_column == table_column(plan.table, SLICE_LITERAL("detected_at")));
}

Test(plan, lists_make_ranges)
{
    struct plan plan = plan_of(2, "[\"in\", \"status\", [\"open\", \"new\", \"open\"]]", "[\"status\", \"detected_at\"]", TIES_FREE);
    check(&plan, "by_status", true, false, false);
    cr_assert(plan.ranges == 2);
}

Test(plan, lists_do_not_give_the_order_behind_them)
{
    struct plan plan = plan_of(2, "[\"in\", \"status\", [\"open\", \"new\"]]", "[\"detected_at\"]", TIES_FREE);
    cr_assert(!plan.sorted || strcmp(plan.index->name, "by_detected") == 0);
}

Test(plan, an_or_of_one_column_is_a_list)
{
    struct plan plan = plan_of(2, "[\"or\", [\"=\", \"title\", \"a\"], [\"in\", \"title\", [\"b\", \"c\"]]]", "[]", TIES_FREE);
    cr_assert(strcmp(plan.index->name, "by_title") == 0);
    cr_assert(plan.ranges == 3);
    cr_assert(plan.residual == NULL);
}

Test(plan, a_partial_index_needs_its_predicate)
{
    struct plan plan = plan_of(2, "[\"=\", \"number\", 7]", "[]", TIES_FREE);
    cr_assert(strcmp(plan.index->name, "by_open") != 0);
    plan = plan_of(2, "[\"and\", [\"=\", \"number\", 7], [\"is null\", \"resolved_at\"], [\"=\", \"status\", \"open\"]]", "[]", TIES_FREE);
    cr_assert(strcmp(plan.index->name, "by_open") == 0 || strcmp(plan.index->name, "by_status") == 0);
    plan = plan_of(2, "[\"and\", [\"=\", \"number\", 7], [\"is null\", \"resolved_at\"], [\"<>\", \"status\", \"closed\"]]", "[]", TIES_FREE);
    check(&plan, "by_open", true, false, false);
    plan = plan_of(2, "[\"and\", [\"=\", \"number\", 7], [\"is null\", \"resolved_at\"], [\"<>\", \"status\", \"open\"]]", "[]", TIES_FREE);
    cr_assert(strcmp(plan.index->name, "by_open") != 0);
}

Test(plan, a_contradiction_reads_nothing)
{
    cr_assert(plan_of(2, "[\"=\", \"number\", null]", "[]", TIES_FREE).never);
    cr_assert(plan_of(2, "[\"and\", [\"=\", \"number\", 1], [\"=\", \"number\", 2]]", "[]", TIES_FREE).never);
    cr_assert(plan_of(2, "[\"and\", [\"is null\", \"number\"], [\">\", \"number\", 2]]", "[]", TIES_FREE).never);
    cr_assert(plan_of(2, "[\"in\", \"number\", []]", "[]", TIES_FREE).never);
    cr_assert(!plan_of(2, "[\"in\", \"number\", [1, null]]", "[]", TIES_FREE).never);
}

Test(plan, the_own_organization_costs_nothing)
{
    struct uuid organization = organization_of(2);
    char text[UUID_TEXT_SIZE + 1], where[128];
    uuid_format(&organization, text);
    snprintf(where, sizeof where, "[\"=\", \"organization_id\", \"%s\"]", text);
    struct plan plan = plan_of(2, where, "[]", TIES_FREE);
    cr_assert(!plan.never && plan.residual == NULL);
    cr_assert(plan_of(3, where, "[]", TIES_FREE).never);
    plan = plan_of(HOUSE_ANY, where, "[]", TIES_FREE);
    cr_assert(plan.houses_listed && plan.house_count == 1 && plan.houses[0] == 2 && plan.residual == NULL);
}

Test(plan, text_ranges_are_asked_again)
{
    struct plan plan = plan_of(2, "[\"like\", \"title\", \"ab%\"]", "[\"title\"]", TIES_FREE);
    check(&plan, "by_title", true, false, true);
    cr_assert(plan.range_column == table_column(plan.table, SLICE_LITERAL("title")));
}

/* explain of a method with params as JSON, as JSON; or the SQLSTATE. */
static const char *explain(const char *json)
{
    static struct buf out, text;
    struct fixture *f = &fixture;
    struct slice bytes;
    MUST(json_parse(slice_of_string(json), &f->arena, &bytes, &f->error));
    struct args args = { .rest = bytes };
    cr_assert(mp_array(&args.rest, &args.count));
    buf_clear(&out);
    buf_clear(&text);
    if (explain_method(&f->rq, args, &out) < 0)
        return sqlstate_code(f->error.state);
    cr_assert(mp_check(buf_slice(&out), WIRE_DEPTH_MAX) == (int64_t)out.size);
    json_to_text(buf_slice(&out), &text);
    return buf_text(&text);
}

static void check_explain(const char *json, const char *want)
{
    const char *got = explain(json);
    cr_assert(strcmp(got, want) == 0, "%s: %s", json, got);
}

Test(plan, explain_prints_a_scan)
{
    check_explain("[\"scan\", [\"incidents\", {\"where\": [\"and\", [\"=\", \"status\", \"open\"], [\">\", \"detected_at\", \"2025-01-01\"], "
                  "[\"=\", \"number\", 3]], \"order\": [\"detected_at\"], \"limit\": 20}]]",
                  "{\"table\": \"incidents\", \"access\": \"index\", \"index\": \"by_status\", \"houses\": \"all\", "
                  "\"low\": \"status = 'open', detected_at > '2025-01-01 00:00:00+00'\", \"high\": \"status = 'open'\", \"ranges\": 1, "
                  "\"reverse\": false, \"sorted\": true, \"filter\": \"(number = 3)\", \"policy\": \"all rows\"}");
    check_explain("[\"scan\", [\"incidents\", {\"where\": [\"and\", [\"in\", \"status\", [\"new\", \"open\"]], [\"is null\", \"resolved_at\"]], "
                  "\"order\": [[\"status\", \"desc\"], [\"detected_at\", \"desc\"]]}]]",
                  "{\"table\": \"incidents\", \"access\": \"index\", \"index\": \"by_status\", \"houses\": \"all\", "
                  "\"low\": \"status in ('new', 'open')\", \"high\": \"status in ('new', 'open')\", \"ranges\": 2, "
                  "\"reverse\": true, \"sorted\": true, \"filter\": \"(resolved_at IS NULL)\", \"policy\": \"all rows\"}");
}

#define AT_KEY "\"low\": \"id = '00000000-0000-4000-8000-000000000001'\", \"high\": \"id = '00000000-0000-4000-8000-000000000001'\", "

Test(plan, explain_prints_keys_and_walks)
{
    static const char *const methods[] = {
        "[\"get\", [\"incidents\", " IDENTITY ", {\"columns\": [\"id\"]}]]",
        "[\"update\", [\"incidents\", " IDENTITY ", {\"status\": \"x\"}, {\"returning\": true}]]",
        "[\"delete\", [\"incidents\", {\"where\": [\"=\", \"id\", " IDENTITY "]}]]",
    };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        check_explain(methods[i], "{\"table\": \"incidents\", \"access\": \"key\", \"index\": \"incidents_pkey\", \"houses\": \"one\", " AT_KEY
                                  "\"ranges\": 1, \"reverse\": false, \"sorted\": true, \"filter\": null, \"policy\": \"all rows\"}");
    check_explain("[\"aggregate\", [\"incidents\", {\"aggregates\": [[\"count\", \"*\"]]}]]",
                  "{\"table\": \"incidents\", \"access\": \"table\", \"index\": null, \"houses\": \"all\", \"low\": null, \"high\": null, "
                  "\"ranges\": 1, \"reverse\": false, \"sorted\": true, \"filter\": null, \"policy\": \"all rows\"}");
    cr_assert(strstr(explain("[\"count\", [\"incidents\", {\"where\": [\"=\", \"number\", null]}]]"), "\"access\": \"none\"") != NULL);
    cr_assert(strstr(explain("[\"count\", [\"incidents\"]]"), "\"access\": \"index\"") != NULL);
}

/* Somebody without a policy learns nothing but that. */
Test(plan, explain_stays_inside_the_walls)
{
    fixture_member(&fixture, 2, 1);
    check_explain("[\"get\", [\"incidents\", " IDENTITY ", {\"organization\": \"aa000000-0000-4000-8000-000000000003\"}]]", "42501");
    check_explain("[\"scan\", [\"incidents\", {\"organization\": \"aa000000-0000-4000-8000-000000000003\"}]]", "42501");
    cr_assert(strstr(explain("[\"get\", [\"incidents\", " IDENTITY "]]"), "\"houses\": \"one\"") != NULL);
}

Test(plan, explain_refuses)
{
    check_explain("[\"ping\", []]", "22023");
    check_explain("[\"scan\"]", "22023");
    check_explain("[\"scan\", [\"nothing\"]]", "42P01");
    check_explain("[\"get\", [\"incidents\", \"x\"]]", "22P02");
    check_explain("[\"delete\", [\"incidents\", {\"were\": []}]]", "22023");
}
