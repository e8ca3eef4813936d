/* The reference schema with one organization, a member and a super admin of it, and a clock that tests set: for limits, usage and credits. */
#ifndef ROWHOUSE_TESTS_QUOTA_WORLD_H
#define ROWHOUSE_TESTS_QUOTA_WORLD_H

#include "../engine/people.h"

#include "native/native.h"
#include "value/time.h"

#define ORG    ORG_A
#define MEMBER "00000000-0000-4000-8000-00000000000a"
#define SECOND 1000000ll
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define NOON   1700049600000000ll           /* 2023-11-15 12:00:00 UTC */

static struct world world, *w = &world;
static struct principal member;

static inline void open_quota_world(void)
{
    world_open(w);
    apply_reference_schema(w);
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\",\"name\":\"Acme\"}]", ORG);
    CALL(2, insert_method, "[\"auth.users\",[{\"id\":\"%s\"},{\"id\":\"%s\"}]]", MEMBER, SUPER_ADMIN);
    CALL(2, insert_method, "[\"profiles\",[{\"id\":\"%s\",\"organization_id\":\"%s\"},{\"id\":\"%s\",\"organization_id\":\"%s\",\"role\":\"super_admin\"}]]",
         MEMBER, ORG, SUPER_ADMIN, ORG);
    world_user(w, &member, MEMBER);
    w->rq.now_us = NOON;
}

static inline void close_quota_world(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

/* Calls a function about the organization; `more` are further parameters, each with a comma before it. */
#define ASK(function, more, ...) \
    SUCCEED(world_call(w, call_method, "[\"" function "\",{\"organization_id\":\"" ORG "\"" more "}]", ##__VA_ARGS__))
/* The same, and it must fail so; what it had changed is the caller's transaction to undo. */
#define REFUSES(code, function, more, ...)                                                                                              \
    do {                                                                                                                                \
        int got_ = world_call(w, call_method, "[\"" function "\",{\"organization_id\":\"" ORG "\"" more "}]", ##__VA_ARGS__);           \
        cr_assert(got_ == -1 && strcmp(sqlstate_code(w->error.state), code) == 0, "%d %s: %s", got_, sqlstate_code(w->error.state),     \
                  w->error.message);                                                                                                    \
    } while (0)

/* A member of a reply's map: its value, packed. */
static inline struct slice member_of(struct slice map, const char *name)
{
    struct slice key, value;
    uint32_t count;
    cr_assert(mp_map(&map, &count));
    while (count-- > 0 && mp_str(&map, &key) && mp_skip(&map, &value))
        if (slice_is(key, name))
            return value;
    cr_assert_fail("no \"%s\"", name);
    return map;
}

/* The same of the last result. */
static inline struct slice told(const char *name)
{
    return member_of(buf_slice(&w->out), name);
}

static inline int64_t number(const char *name)
{
    struct slice value = told(name);
    int64_t number = -1;
    cr_assert(mp_int(&value, &number), "\"%s\" is no integer", name);
    return number;
}

static inline bool truth(const char *name)
{
    struct slice value = told(name);
    bool truth = false;
    cr_assert(mp_bool(&value, &truth), "\"%s\" is no boolean", name);
    return truth;
}

static inline const char *word(const char *name)
{
    struct slice value = told(name), text = { 0 };
    cr_assert(mp_str(&value, &text), "\"%s\" is no text", name);
    return arena_string(&w->arena, text);
}

/* Rows of a table in the organization's house that match; `where` as JSON. */
static inline int64_t rows(const char *table, const char *where)
{
    SUCCEED(world_call(w, count_method, "[\"%s\",{\"organization\":\"" ORG "\",\"where\":%s}]", table, where));
    return world_count(w);
}

/* The sum of a column over the house. */
static inline int64_t sum(const char *table, const char *column)
{
    int64_t total = 0;
    struct uuid organization;
    struct walk walk;
    struct found row;
    uint32_t house;
    const struct table *of = world_table(w, table);
    cr_assert(uuid_parse(SLICE_LITERAL(ORG), &organization) && store_house(&w->view, &organization, &house, &w->error) == 1);
    SUCCEED(walk_start(&walk, &w->rq, of->primary, house, NULL, 0, NULL, NULL, false));
    while (walk_next(&walk, &row) == 1)
        total += row.columns[table_column(of, slice_of_string(column))].integer;
    return total;
}

#endif
