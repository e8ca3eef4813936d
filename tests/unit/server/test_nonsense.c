/* Nonsense through the dispatch: whatever a peer sends that is MessagePack gets a result or an error, never a crash; and
 * what failed has changed nothing. Params are grown at random from the words that the methods know, so that many are
 * nearly right. */
#include "../engine/world.h"

#include <time.h>

#include "engine/seal_sweep.h"
#include "native/restore.h"
#include "protocol/dispatch.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define ROUNDS 30000

static const char schema[] =
    "CREATE SCHEMA IF NOT EXISTS auth;\n"
    "CREATE TABLE organizations (id uuid PRIMARY KEY, name text NOT NULL);\n"
    "CREATE TABLE contacts (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text NOT NULL UNIQUE,\n"
    "    data jsonb, price numeric(10,2) CHECK (price >= 0), tags text[], created_at timestamptz DEFAULT now());\n"
    "CREATE INDEX contacts_created ON contacts (organization_id, created_at DESC);\n";

static const char *const words[] = {
    "contacts", "organizations", "auth.users", "id", "name", "organization_id", "data", "price", "tags", "created_at", ORG, "and", "or", "not",
    "=", "<", ">=", "<>", "in", "like", "is null", "contains", "->>", "where", "limit", "order", "columns", "names", "cursor", "organization",
    "returning", "on_conflict", "nothing", "conflict", "update", "aggregates", "group_by", "count", "sum", "*", "desc", "idempotency_key",
    "durability", "relaxed", "insert", "get", "scan", "call", "delete", "txn", "check_rate_limit", "consume_credits", "issue_token",
    "get_quota_usage", "endpoint", "2025-01-02", "%a_", "", "\xff\xfe",
};

static uint64_t state;

static const char *word(void)
{
    return words[below(&state, (int)(sizeof words / sizeof *words))];
}

static void grow(struct buf *out, int depth)
{
    static const uint8_t bytes[16] = { 1, 2, 3 };
    int count = below(&state, 4);
    switch (below(&state, depth <= 0 ? 8 : 14)) {
    case 0: mp_put_nil(out); break;
    case 1: mp_put_bool(out, below(&state, 2) == 0); break;
    case 2: mp_put_int(out, below(&state, 5) == 0 ? (int64_t)draw(&state) : below(&state, 5) - 1); break;
    case 3: mp_put_double(out, below(&state, 3) == 0 ? 0.0 / 0.0 : below(&state, 100) / 8.0); break;
    case 4: mp_put_bin(out, slice_of(bytes, (size_t)below(&state, 17))); break;
    case 5: mp_put_ext(out, (int8_t)(below(&state, 5) - 1), slice_of(bytes, (size_t)below(&state, 17))); break;
    case 6: case 7: mp_put_string(out, word()); break;
    case 8: case 9: case 10:
        mp_put_array(out, (uint32_t)count);
        while (count-- > 0)
            grow(out, depth - 1);
        break;
    default:
        mp_put_map(out, (uint32_t)count);
        while (count-- > 0) {
            if (below(&state, 20) == 0)
                grow(out, 0);
            else
                mp_put_string(out, word());
            grow(out, depth - 1);
        }
    }
}

/* The params of one call; the first is a table's name more often than not. */
static struct args grow_params(struct buf *out)
{
    struct args args = { .count = (uint32_t)below(&state, 5) };
    buf_clear(out);
    for (uint32_t i = 0; i < args.count; i++)
        if (i == 0 && below(&state, 4) > 0)
            mp_put_string(out, below(&state, 2) == 0 ? "contacts" : word());
        else
            grow(out, 5);
    args.rest = buf_slice(out);
    return args;
}

static bool is_tried(const struct method *method)
{
    return method->kind == METHOD_READ || method->kind == METHOD_WRITE;
}

Test(nonsense, gets_an_answer, .timeout = 120)
{
    static struct world world, *w = &world;
    static struct restoring restoring;
    static struct seal_sweep sweep;
    struct buf params = { 0 };
    int count, good = 0;
    const struct method *table = method_table(&count);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    state = (uint64_t)now.tv_nsec * 2654435761u + 1;
    uint64_t seed = state;
    fprintf(stderr, "nonsense: seed %" PRIu64 "\n", seed);
    world_open(w);
    w->host.restoring = &restoring;
    w->host.seal_sweep = &sweep;
    world_schema(w, schema);
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\",\"name\":\"A\"}]", ORG);
    CALL(2, insert_method, "[\"contacts\",[{\"organization_id\":\"%s\",\"name\":\"a\"},{\"organization_id\":\"%s\",\"name\":\"b\"}]]", ORG, ORG);
    world_commit(w);
    for (int i = 0; i < ROUNDS; i++) {
        const struct method *method = &table[below(&state, count)];
        if (!is_tried(method))
            continue;
        world_begin(w);
        struct args args = grow_params(&params);
        buf_clear(&w->out);
        int result = method_run(method, &w->rq, args, &w->out);
        if (result == 0) {
            cr_assert_eq(mp_check(buf_slice(&w->out), WIRE_DEPTH_MAX), (int64_t)w->out.size, "seed %" PRIu64 ", round %d", seed, i);
            good++;
        } else {
            cr_assert(w->error.state != SQLSTATE_OK && w->error.message[0] != '\0', "seed %" PRIu64 ", round %d", seed, i);
            cr_assert_eq(w->changes.count, 0, "seed %" PRIu64 ", round %d: something is left", seed, i);
            cr_assert_eq(w->out.size, 0, "seed %" PRIu64 ", round %d", seed, i);
        }
        store_write_abort(w->store, &w->view);
    }
    cr_assert_gt(good, ROUNDS / 100, "too much nonsense");
    buf_done(&params);
    world_close(w);
}
