/* Audit logs of a whole server: it is append-only over the wire, tables leave their trail in the same commit, exports lie in the data
 * directory, and a data directory that is put back to what it was before a kept checkpoint is found out. */
#include "daemon.h"

#include "proof/checkpoint.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"

static struct daemon daemon_, *d = &daemon_;
static struct peer peer, *p = &peer;
static struct note_key key;

static void connect_service(void)
{
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", d->server.service_key.text);
}

/* The schema's own migrations for the log and its exports, and a table that is audited. */
static void add_migration(const char *file)
{
    char command[512];
    snprintf(command, sizeof command, "cp schema/migrations/%s %.63s/migrations/", file, d->dir);
    cr_assert_eq(system(command), 0);
}

static void open_server(void)
{
    daemon_prepare(d, "CREATE SCHEMA IF NOT EXISTS auth;\n"
                      "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
                      "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);\n"
                      "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
                      "CREATE TABLE contacts (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text UNIQUE);\n"
                      "COMMENT ON TABLE contacts IS 'People. @audit';\n");
    add_migration("20250123000002_phase3_security_hardening.sql");
    add_migration("20251002000002_create_enhanced_audit_logging.sql");
    daemon_start(d);
    connect_service();
    CALL_OK(p, "insert", "[\"organizations\",{\"id\":\"" ORG "\"}]");
}

static void close_server(void)
{
    peer_close(p);
    daemon_stop(d);
    daemon_remove(d);
}

TestSuite(audit, .init = open_server, .fini = close_server);

static void append(int count)
{
    for (int i = 0; i < count; i++)
        CALL_OK(p, "call", "[\"append_audit_log\",{\"action_type\":\"did.%d\",\"organization_id\":\"" ORG "\"}]", i);
}

static struct slice member(struct reply *reply, const char *name)
{
    struct slice in = reply->result, at, value = { 0 };
    uint32_t count;
    cr_assert(mp_map(&in, &count), "%.*s", SLICE_FMT(reply->message));
    while (count-- > 0 && mp_str(&in, &at) && mp_skip(&in, &value))
        if (slice_is(at, name))
            return value;
    cr_assert_fail("no %s", name);
    return value;
}

static struct slice text_member(struct reply *reply, const char *name)
{
    struct slice value = member(reply, name), text = { 0 };
    cr_assert(mp_str(&value, &text), "%s", name);
    return text;
}

static void keep(struct checkpoint *ret)
{
    struct reply reply;
    peer_call(p, &reply, "call", "[\"audit_checkpoint\",{\"organization_id\":\"" ORG "\"}]");
    cr_assert(note_key_parse(text_member(&reply, "key"), &key));
    cr_assert_null(checkpoint_get(text_member(&reply, "checkpoint"), &key, ret));
}

/* What a client that kept a checkpoint finds: NULL when the log continues it. */
static const char *follow(const struct checkpoint *kept)
{
    struct reply reply;
    struct proof_file file = { 0 };
    struct checkpoint now;
    peer_call(p, &reply, "call", "[\"audit_consistency_proof\",{\"old_size\":%d,\"organization_id\":\"" ORG "\"}]", (int)kept->size);
    if (strcmp(reply.state, "22023") == 0)
        return "the log is shorter than it was";
    const char *reason = proof_file_get(text_member(&reply, "proof"), &file);
    if (reason == NULL)
        reason = proof_file_consistent(&file, kept, &key, &now);
    proof_file_done(&file);
    return reason;
}

static bool chain_is_whole(int64_t entries)
{
    struct reply reply;
    int64_t number;
    bool valid = false;
    peer_call(p, &reply, "call", "[\"verify_audit_chain\",{\"organization_id\":\"" ORG "\"}]");
    struct slice value = member(&reply, "valid");
    mp_bool(&value, &valid);
    value = member(&reply, "entries");
    return valid && mp_int(&value, &number) && number == entries;
}

static void shell(const char *format)
{
    char command[512];
    snprintf(command, sizeof command, format, d->dir, d->dir);
    cr_assert_eq(system(command), 0, "%s", command);
}

static void stop(void)
{
    peer_close(p);
    daemon_stop(d);
}

static void start(void)
{
    daemon_start(d);
    connect_service();
}

Test(audit, goes_on_over_restarts)
{
    struct checkpoint kept;
    append(5);
    keep(&kept);
    stop();
    start();
    cr_assert_null(follow(&kept), "the key and the log are the same");
    append(5);
    cr_assert_null(follow(&kept));
    cr_assert(chain_is_whole(10));
}

/* The whole directory, log, image and all: nothing in it tells that it was newer once. */
Test(audit, a_rollback_of_the_data_directory)
{
    struct checkpoint kept;
    append(5);
    stop();
    shell("cp -a %s/data %s/older");
    start();
    append(4);
    keep(&kept);
    stop();
    shell("rm -rf %s/data");
    shell("cp -a %s/older %s/data");
    daemon_set(d, "rebuild_image", "true");
    start();
    cr_assert(chain_is_whole(5), "to the server it is whole");
    cr_assert_not_null(follow(&kept), "entries are gone");
    append(6);
    cr_assert(chain_is_whole(11));
    cr_assert_not_null(follow(&kept), "another history");
}

Test(audit, is_append_only_over_the_wire)
{
    append(2);
    CALL_FAILS("42501", p, "update", "[\"audit_logs_enhanced\",1,{\"action_type\":\"x\"}]");
    CALL_FAILS("42501", p, "update", "[\"audit_logs_enhanced\",{\"where\":[\"=\",\"action_type\",\"did.0\"]},{\"action_type\":\"x\"}]");
    CALL_FAILS("42501", p, "delete", "[\"audit_logs_enhanced\",2]");
    CALL_FAILS("42501", p, "insert", "[\"audit_logs_enhanced\",{\"organization_id\":\"" ORG "\",\"action_type\":\"x\"}]");
    CALL_FAILS("42501", p, "txn", "[[[\"delete\",\"audit_logs_enhanced\",2]]]");
    cr_assert(chain_is_whole(2));
}

Test(audit, an_audited_write_and_its_entry_are_one)
{
    CALL_OK(p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"}]");
    cr_assert(chain_is_whole(1));
    CALL_OK(p, "txn", "[[[\"update\",\"contacts\",1,{\"name\":\"Grace\"}],[\"insert\",\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"}]]]");
    cr_assert(chain_is_whole(3));
    CALL_FAILS("23505", p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"}]");
    CALL_FAILS("23505", p, "txn", "[[[\"update\",\"contacts\",1,{\"name\":\"Joan\"}],[\"insert\",\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"}]]]");
    cr_assert(chain_is_whole(3), "what did not happen is not told");
    for (int i = 0; i < 2; i++)
        CALL_OK(p, "delete", "[\"contacts\",1,{\"idempotency_key\":\"once\"}]");
    cr_assert(chain_is_whole(4), "a repeated request is told once");
}

Test(audit, exports_are_on_record)
{
    struct reply reply;
    append(7);
    CALL_FAILS("22023", p, "call", "[\"export_audit_log\",{\"format\":\"xml\",\"organization_id\":\"" ORG "\"}]");
    const char *const forms[] = { "json", "csv", "pdf" };
    for (int i = 0; i < 3; i++) {
        char path[256];
        struct stat status;
        peer_call(p, &reply, "call", "[\"export_audit_log\",{\"format\":\"%s\",\"organization_id\":\"" ORG "\"}]", forms[i]);
        cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
        snprintf(path, sizeof path, "%.*s", SLICE_FMT(text_member(&reply, "file_path")));
        struct slice size = member(&reply, "file_size_bytes");
        int64_t bytes;
        cr_assert(mp_int(&size, &bytes));
        cr_assert_eq(stat(path, &status), 0, "%s", path);
        cr_assert_eq(status.st_size, bytes);
        cr_assert_eq(status.st_mode & 0777, 0600);
    }
    cr_assert_eq(peer_number(p, "count", "[\"audit_log_exports\",{\"where\":[\"=\",\"status\",\"completed\"]}]"), 3);
}

/* --- Retention --- */

static int64_t retain(int limit)
{
    struct reply reply;
    int64_t removed = -1;
    usleep(1000);                       /* what was appended before is older than now */
    peer_call(p, &reply, "call", "[\"audit_retain\",{\"keep_days\":0,\"limit\":%d,\"organization_id\":\"" ORG "\"}]", limit);
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    struct slice value = member(&reply, "removed");
    cr_assert(mp_int(&value, &removed));
    return removed;
}

Test(audit, what_is_left_goes_on_over_restarts)
{
    struct checkpoint kept;
    append(9);
    keep(&kept);
    cr_assert_eq(retain(5), 5);
    append(2);
    for (int i = 0; i < 2; i++) {
        cr_assert(chain_is_whole(12));
        cr_assert_null(follow(&kept));
        cr_assert_eq(peer_number(p, "count", "[\"audit_logs_enhanced\"]"), 7);
        stop();
        daemon_set(d, "rebuild_image", "true");
        start();
    }
    cr_assert_eq(retain(100), 7);
    cr_assert(chain_is_whole(13));
    cr_assert_null(follow(&kept));
}

/* The directory of before a removal: it verifies by itself, and not against what was kept after it. */
Test(audit, a_removal_that_a_rollback_undid)
{
    struct checkpoint kept;
    append(8);
    stop();
    shell("cp -a %s/data %s/older");
    start();
    cr_assert_eq(retain(5), 5);
    keep(&kept);
    stop();
    shell("rm -rf %s/data");
    shell("cp -a %s/older %s/data");
    daemon_set(d, "rebuild_image", "true");
    start();
    cr_assert(chain_is_whole(8));
    cr_assert_not_null(follow(&kept), "the record of the removal is gone");
}

Test(audit, a_removal_happens_with_its_transaction_or_not)
{
    append(6);
    usleep(1000);
    CALL_FAILS("42501", p, "txn", "[[[\"call\",\"audit_retain\",{\"keep_days\":0,\"organization_id\":\"" ORG "\"}],[\"delete\",\"audit_logs_enhanced\",7]]]");
    cr_assert(chain_is_whole(6));
    cr_assert_eq(peer_number(p, "count", "[\"audit_logs_enhanced\"]"), 6);
    for (int i = 0; i < 2; i++)
        CALL_OK(p, "call", "[\"audit_retain\",{\"keep_days\":0,\"limit\":2,\"organization_id\":\"" ORG "\"},{\"idempotency_key\":\"once\"}]");
    cr_assert(chain_is_whole(7), "a repeated request removes once");
    cr_assert_eq(peer_number(p, "count", "[\"audit_logs_enhanced\"]"), 5);
}

/* Begins a restore into `table`, which may have rows; its number. */
static long long restore_begun(const char *table)
{
    struct reply reply;
    struct slice member;
    int64_t load = 0;
    peer_call(p, &reply, "call", "[\"restore_begin\",{\"append\":true,\"tables\":[\"%s\"]}]", table);
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    cr_assert(json_member(reply.result, SLICE_LITERAL("load"), &member) && mp_int(&member, &load));
    return load;
}

static void restore_ends(long long load)
{
    for (bool more = true; more;) {
        struct reply reply;
        struct slice member;
        peer_call(p, &reply, "call", "[\"restore_check\",{\"load\":%lld}]", load);
        cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
        cr_assert(json_member(reply.result, SLICE_LITERAL("more"), &member) && mp_bool(&member, &more));
    }
}

/* Nothing else removes entries, whoever asks. */
Test(audit, retention_opens_no_other_way)
{
    append(6);
    cr_assert_eq(retain(4), 4);
    CALL_FAILS("42501", p, "delete", "[\"audit_logs_enhanced\",5]");
    CALL_FAILS("42501", p, "delete", "[\"audit_logs_enhanced\",{\"where\":[\"and\"]}]");
    CALL_FAILS("42501", p, "query", "[\"DELETE FROM audit_logs_enhanced\"]");
    CALL_FAILS("42501", p, "query", "[\"UPDATE audit_logs_enhanced SET details = NULL\"]");
    CALL_FAILS("42501", p, "insert", "[\"audit_logs_enhanced\",{\"id\":1,\"organization_id\":\"" ORG "\",\"action_type\":\"did.0\"}]");
    long long load = restore_begun("audit_logs_enhanced");
    CALL_FAILS("42501", p, "insert", "[\"audit_logs_enhanced\",{\"organization_id\":\"" ORG "\",\"action_type\":\"x\"},{\"restore\":%lld}]", load);
    restore_ends(load);
    CALL_FAILS("55000", p, "call", "[\"restore_audit_log\",{\"organization_id\":\"" ORG "\"}]");
    CALL_FAILS("55000", p, "call", "[\"restore_audit_leaves\",{\"first\":0,\"hashes\":\"\\\\x00\",\"organization_id\":\"" ORG "\"}]");
    CALL_FAILS("22023", p, "call", "[\"append_audit_log\",{\"action_type\":\"audit_logs_enhanced.retain\",\"organization_id\":\"" ORG "\"}]");
    CALL_FAILS("23503", p, "delete", "[\"organizations\",\"" ORG "\"]");
    cr_assert(chain_is_whole(7));
}

/* A schema that lets entries go with their organization does not get its way: a log outlives who would delete it. */
Test(audit, entries_do_not_go_with_their_organization)
{
    CALL_OK(p, "migrate", "[[{\"name\":\"0003.sql\",\"text\":\"ALTER TABLE audit_logs_enhanced DROP CONSTRAINT audit_logs_enhanced_organization_id_fkey; "
                          "ALTER TABLE audit_logs_enhanced ADD CONSTRAINT c FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE;\"}]]");
    CALL_OK(p, "insert", "[\"organizations\",{\"id\":\"bbbbbbbb-0000-4000-8000-000000000000\"}]");
    CALL_OK(p, "delete", "[\"organizations\",\"bbbbbbbb-0000-4000-8000-000000000000\"]");
    append(3);
    CALL_FAILS("42501", p, "delete", "[\"organizations\",\"" ORG "\"]");
    cr_assert(chain_is_whole(3));
}

Test(audit, rows_out_of_a_dump_are_told_where_a_log_has_begun)
{
    long long load = restore_begun("contacts");
    CALL_FAILS("55006", p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Eve\"}]");
    CALL_FAILS("55000", p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Eve\"},{\"restore\":%lld}]", load + 1);
    CALL_OK(p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\"},{\"restore\":%lld}]", load);
    cr_assert(chain_is_whole(0), "the log that tells of her is still to come");
    restore_ends(load);
    append(1);
    load = restore_begun("contacts");
    CALL_OK(p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Grace\"},{\"restore\":%lld}]", load);
    cr_assert(chain_is_whole(2));
    CALL_OK(p, "call", "[\"restore_undo\",{\"load\":%lld}]", load);
    cr_assert(chain_is_whole(1), "her entry goes with her");
    cr_assert_eq(peer_number(p, "count", "[\"contacts\"]"), 1);
    CALL_FAILS("55000", p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Grace\"},{\"restore\":%lld}]", load);
    CALL_FAILS("22023", p, "update", "[\"contacts\",1,{\"name\":\"Jean\"},{\"restore\":true}]");
}
