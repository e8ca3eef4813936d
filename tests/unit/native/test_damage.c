/* Damage is never absence: whichever record of the server's own is spoilt, a request answers what it answered before, or XX001. */
#include <criterion/criterion.h>

#include "engine/load.h"
#include "native/restore.h"
#include "audit_world.h"
#include "store/internal.h"

#define USER "11111111-0000-4000-8000-000000000000"
#define RECORDS_MAX 512

struct probe { world_method *method; const char *params; bool member, writes; };
static const struct probe probes[] = {
    { scan_method, "[\"contacts\"]", false, false },
    { scan_method, "[\"contacts\"]", true, false },
    { scan_method, "[\"organizations\"]", false, false },
    { scan_method, "[\"contacts\",{\"where\":[\"=\",\"organization_id\",\"" ORG "\"]}]", false, false },
    { scan_method, "[\"contacts\",{\"organization\":\"" ORG "\"}]", false, false },
    { count_method, "[\"contacts\",{\"organization\":\"" ORG "\"}]", false, false },
    { count_method, "[\"contacts\"]", true, false },
    { get_method, "[\"contacts\",1]", false, false },
    { get_method, "[\"contacts\",1]", true, false },
    { get_method, "[\"profiles\",\"" USER "\"]", false, false },
    { call_method, "[\"audit_checkpoint\",{\"organization_id\":\"" ORG "\"}]", false, false },
    { call_method, "[\"verify_audit_chain\",{\"organization_id\":\"" ORG "\"}]", false, false },
    { insert_method, "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"new\"}]", false, true },
    { update_method, "[\"contacts\",1,{\"name\":\"changed\"}]", false, true },
    { delete_method, "[\"contacts\",1]", false, true },
    { call_method, "[\"append_audit_log\",{\"action_type\":\"did\",\"organization_id\":\"" ORG "\"}]", false, true },
};
enum { PROBES = sizeof probes / sizeof *probes };

/* What a probe answers: its reply, or "!" and the SQLSTATE; a write says that it was done and is taken back. */
static const char *ask(const struct probe *probe, struct arena *arena)
{
    struct principal member = { .role = ROLE_AUTHENTICATED, .claims = { .role = "authenticated", .has_uid = true } };
    int mark = changes_mark(&w->rq), result = 0;
    uuid_parse(SLICE_LITERAL(USER), &member.claims.uid);
    w->rq.who = w->who = &w->service;
    if (probe->member) {
        result = principal_resolve(&member, &w->view, ++w->epoch, &w->error);
        w->rq.who = w->who = &member;
    }
    if (result == 0)
        result = world_call(w, probe->method, "%s", probe->params);
    if (result == 0 && probe->writes)
        result = audit_trail(&w->rq, mark, false);
    struct slice reply = buf_slice(&w->out);
    const char *answer = result < 0 ? arena_printf(arena, "!%s", sqlstate_code(w->error.state)) : probe->writes ? "done" : arena_string(arena, reply);
    changes_undo(&w->rq, mark);
    error_clear(&w->error);
    w->rq.who = w->who = &w->service;
    return answer;
}

struct own_record { struct slice key, value; };

/* The records of the server's own, of every house. */
static int records(struct own_record *ret, struct arena *arena)
{
    MDB_cursor *cursor;
    MDB_val at, value;
    int count = 0;
    cr_assert_eq(mdb_cursor_open(w->view.txn, w->store->image.dbi, &cursor), 0);
    for (int code = mdb_cursor_get(cursor, &at, &value, MDB_FIRST); code == 0; code = mdb_cursor_get(cursor, &at, &value, MDB_NEXT)) {
        struct slice bytes = slice_of(at.mv_data, at.mv_size);
        if (key_relation(bytes) >= RELATION_USER_FIRST || value.mv_size == 0)
            continue;
        cr_assert_lt(count, RECORDS_MAX);
        ret[count++] = (struct own_record){ arena_copy(arena, bytes), arena_copy(arena, slice_of(value.mv_data, value.mv_size)) };
    }
    mdb_cursor_close(cursor);
    return count;
}

static void put(struct slice at, struct slice value)
{
    MDB_val mdb_key = { at.size, (void *)at.data }, mdb_value = { value.size, (void *)value.data };
    cr_assert_eq(mdb_put(w->view.txn, w->store->image.dbi, &mdb_key, &mdb_value, 0), 0);
    w->store->generation++;
}

Test(damage, is_never_absence, .init = open_log, .fini = close_log)
{
    static struct own_record spoilt[RECORDS_MAX];
    const char *before[PROBES];
    struct arena arena;
    int noticed = 0;
    arena_init(&arena, SIZE_MAX);
    CALL(1, insert_method, "[\"auth.users\",{\"id\":\"%s\"}]", USER);
    CALL(1, insert_method, "[\"profiles\",{\"id\":\"%s\",\"organization_id\":\"%s\"}]", USER, ORG);
    CALL(1, insert_method, "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\"}]", ORG);
    for (int p = 0; p < PROBES; p++) {
        before[p] = ask(&probes[p], &arena);
        cr_assert_neq(before[p][0], '!', "%s: %s", probes[p].params, before[p]);
    }
    int count = records(spoilt, &arena);
    for (int i = 0; i < count; i++) {
        struct slice copy = arena_copy(&arena, spoilt[i].value);
        ((uint8_t *)copy.data)[copy.size - 1] ^= 0x55;
        put(spoilt[i].key, copy);
        for (int p = 0; p < PROBES; p++) {
            const char *after = ask(&probes[p], &arena);
            bool told = strcmp(after, "!XX001") == 0;
            bool found = strstr(probes[p].params, "verify_audit_chain") != NULL && after[0] != '!';     /* it says what it finds */
            noticed += told;
            cr_assert(told || found || strcmp(after, before[p]) == 0, "relation %d of house %u is spoilt, and %s answers %s", key_relation(spoilt[i].key),
                      key_tenant(spoilt[i].key), probes[p].params, after);
        }
        put(spoilt[i].key, spoilt[i].value);
    }
    cr_assert_gt(noticed, 0);
    arena_done(&arena);
}

/* The record of a restore: whoever writes is told that it is damaged, not that all is well or a restore goes on. */
Test(damage, of_a_restore_is_neither_open_nor_over, .init = open_log, .fini = close_log)
{
    static struct own_record spoilt[RECORDS_MAX];
    struct restoring restoring = { 0 };
    struct arena arena;
    bool found = false;
    arena_init(&arena, SIZE_MAX);
    w->host.restoring = &restoring;
    cr_assert_eq(load_is_open(&w->view, &w->error), 0);
    SUCCEED(world_call(w, call_method, "[\"restore_begin\",{\"append\":true,\"tables\":[\"contacts\"]}]"));
    cr_assert_eq(load_is_open(&w->view, &w->error), 1);
    int count = records(spoilt, &arena);
    for (int i = 0; i < count; i++) {
        if (key_relation(spoilt[i].key) != RELATION_LOAD)
            continue;
        struct slice copy = arena_copy(&arena, spoilt[i].value);
        ((uint8_t *)copy.data)[copy.size - 1] ^= 0x55;
        put(spoilt[i].key, copy);
        found = true;
    }
    cr_assert(found);
    cr_expect_eq(load_is_open(&w->view, &w->error), -1);
    cr_expect_str_eq(sqlstate_code(w->error.state), "XX001");
    error_clear(&w->error);
    cr_expect_eq(world_call(w, call_method, "[\"restore_begin\",{\"append\":true,\"tables\":[\"contacts\"]}]"), -1);
    cr_expect_str_eq(sqlstate_code(w->error.state), "XX001");
    error_clear(&w->error);
    arena_done(&arena);
}
