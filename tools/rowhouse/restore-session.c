/* A restore as the server sees it: a load that is begun, filled in batches, asked for its references, and then over or taken back. */
#include <stdlib.h>
#include <time.h>

#include "progress.h"
#include "restore.h"

#define WAIT_MS 250
#define WAITS_MAX 40                    /* for somebody else's restore */

static bool was_refused_with(struct restore *restore, int outcome, const char *sqlstate)
{
    return outcome == RH_REFUSED && strcmp(rh_sqlstate(restore->cli->db), sqlstate) == 0;
}

/* --- Begin --- */

static int take_back_step(struct restore *restore, int64_t load, bool *ret_more, int64_t *ret_count)
{
    struct rh_reply *reply = NULL;
    struct rh *db = restore->cli->db;
    int outcome = load == 0 ? rh_request(db, &reply, "call", "[s]", "restore_undo") : rh_request(db, &reply, "call", "[s {s:I}]", "restore_undo", "load", load);
    *ret_more = outcome == RH_OK && rh_bool(rh_member(rh_result(reply), "more"));
    if (outcome == RH_OK)
        *ret_count += rh_int(rh_member(rh_result(reply), "undone"));
    rh_reply_free(reply);
    return outcome;
}

/* One that was interrupted is taken back; one that goes on is waited for, as long as it may have been interrupted just now. */
static int clear_the_way(struct restore *restore)
{
    int64_t undone = 0;
    int waits = 0, outcome;
    for (bool more = true; more;) {
        outcome = take_back_step(restore, 0, &more, &undone);
        if (was_refused_with(restore, outcome, "55006") && waits++ < WAITS_MAX) {
            nanosleep(&(struct timespec){ 0, WAIT_MS * 1000000l }, NULL);
            more = true;
        } else if (outcome != RH_OK) {
            return cli_outcome(restore->cli, outcome);
        }
    }
    if (undone > 0)
        fprintf(stderr, "rowhouse restore: took back a restore that was interrupted (%lld changes)\n", (long long)undone);
    return EXIT_DONE;
}

/* All old rows go before the first new one comes. */
static int make_room(struct restore *restore)
{
    int code = EXIT_DONE;
    uint64_t removed = 0;
    for (bool more = true; code == EXIT_DONE && more;) {
        struct rh_reply *reply = NULL;
        if (restore_interrupted(restore))
            return EXIT_FAILED;
        code = cli_outcome(restore->cli, rh_request(restore->cli->db, &reply, "call", "[s {} {s:I}]", "restore_clear", "restore", restore->load));
        more = rh_bool(rh_member(rh_result(reply), "more"));
        removed += (uint64_t)rh_int(rh_member(rh_result(reply), "removed"));
        progress("removing", "old rows", removed);
        rh_reply_free(reply);
    }
    return code;
}

static struct restore_target *target_of(struct restore *restore, struct rh_cell name)
{
    for (int i = 0; i < restore->target_count; i++)
        if (cell_is(name, restore->targets[i].name))
            return &restore->targets[i];
    return NULL;
}

/* Depths of the tables, and whether the dump's own order will do (RE3). */
static void order_tables(struct restore *restore, struct rh_cell parents)
{
    bool in_order = true;
    restore->depth_last = 0;
    for (int i = 0; i < restore->target_count; i++) {
        struct restore_target *target = &restore->targets[i], *parent = target;
        target->depth = 0;
        while (parent != NULL) {
            struct restore_target *next = target_of(restore, rh_member(parents, parent->name));
            in_order = in_order && (next == NULL || next->last < target->first);
            target->depth += next != NULL;
            parent = next;
        }
        if (target->depth > restore->depth_last)
            restore->depth_last = target->depth;
    }
    if (in_order)
        restore->depth_last = -1;
}

int session_begin(struct restore *restore)
{
    struct rh_packed *names = rh_packed_new('[');
    struct rh_reply *reply = NULL;
    int code = clear_the_way(restore), packed = RH_OK;
    for (int i = 0; packed == RH_OK && i < restore->target_count; i++)
        if (rh_type(restore->targets[i].described) != RH_MISSING)
            packed = rh_packed_add(names, "s", restore->targets[i].name);
    if (code == EXIT_DONE)
        code = cli_outcome(restore->cli, packed != RH_OK ? packed : rh_request(restore->cli->db, &reply, "call", "[s {s:b s:b s:o}]", "restore_begin",
                           "append", cli_option(restore->cli, "append") != NULL, "clean", cli_option(restore->cli, "clean") != NULL, "tables", names));
    rh_packed_free(names);
    if (code == EXIT_DONE) {
        restore->load = rh_int(rh_member(rh_result(reply), "load"));
        order_tables(restore, rh_member(rh_result(reply), "parents"));
        code = make_room(restore);
    }
    rh_reply_free(reply);
    return code;
}

/* --- Rows --- */

/* With --append, rows that all houses share (users among them) may be there: they stay as they are. */
static bool stays_as_is(const struct restore *restore)
{
    struct rh_cell tenancy = rh_member(restore->target->described, "tenancy");
    return cli_option(restore->cli, "append") != NULL && !cell_is(tenancy, "tenant") && !cell_is(tenancy, "child");
}

static int records_send(struct restore *restore, struct rh_packed *const *records, size_t count)
{
    struct rh_packed *list = rh_packed_new('[');
    int outcome = RH_OK;
    for (size_t i = 0; outcome == RH_OK && i < count; i++)
        outcome = rh_packed_add(list, "o", records[i]);
    if (outcome == RH_OK)
        outcome = rh_request(restore->cli->db, NULL, "insert", "[s o {s:s s:I s:s}]", restore->table, list, "on_conflict",
                             stays_as_is(restore) ? "nothing" : "error", "restore", restore->load, "durability", "relaxed");
    rh_packed_free(list);
    if (outcome == RH_OK) {
        restore->rows += count;
        progress("restoring", restore->table, restore->rows);
    }
    return outcome;
}

static void tell_refused(struct restore *restore, uint64_t line)
{
    struct rh *db = restore->cli->db;
    if (++restore->refused > RESTORE_TOLD_MAX)
        return;
    progress_done();
    fprintf(stderr, "rowhouse restore: line %llu: a row of \"%s\" is refused: %s (%s)\n", (unsigned long long)line, restore->table, rh_message(db),
            rh_sqlstate(db));
    if (rh_detail(db)[0] != '\0')
        fprintf(stderr, "  detail: %s\n", rh_detail(db));
}

/* Which rows of a refused batch it is: each is sent alone. When the first failure was another one (the load is not there any more), that
 * is told for the whole. */
static int find_refused(struct restore *restore)
{
    if (was_refused_with(restore, RH_REFUSED, "55000") || was_refused_with(restore, RH_REFUSED, "55006") || was_refused_with(restore, RH_REFUSED, "53100"))
        return cli_outcome(restore->cli, RH_REFUSED);
    for (size_t i = 0; i < restore->batch_rows; i++) {
        int outcome = records_send(restore, &restore->batch[i], 1);
        if (outcome == RH_REFUSED)
            tell_refused(restore, restore->lines[i]);
        else if (outcome != RH_OK)
            return cli_outcome(restore->cli, outcome);
    }
    return EXIT_DONE;
}

int session_send(struct restore *restore)
{
    int outcome = records_send(restore, restore->batch, restore->batch_rows);
    return outcome == RH_REFUSED ? find_refused(restore) : cli_outcome(restore->cli, outcome);
}

int session_sequence(struct restore *restore, const char *table, const char *column, int64_t value)
{
    return cli_outcome(restore->cli, rh_request(restore->cli->db, NULL, "call", "[s {s:s s:s s:I} {s:I}]", "set_sequence", "table_name", table,
                                                "column_name", column, "value", value, "restore", restore->load));
}

int session_leaves(struct restore *restore, const char *organization, int64_t first, struct slice hashes)
{
    return cli_outcome(restore->cli, rh_request(restore->cli->db, NULL, "call", "[s {s:s s:I s:B} {s:I}]", "restore_audit_leaves", "organization_id",
                                                organization, "first", first, "hashes", hashes.data, hashes.size, "restore", restore->load));
}

/* --- The end --- */

/* Audit rows that came back become logs again, house by house. */
static int restore_audit_logs(struct restore *restore)
{
    struct rh *db = restore->cli->db;
    struct rh_reply *tenants = NULL;
    int code = cli_outcome(restore->cli, rh_request(db, &tenants, "tenants", "[]"));
    for (size_t i = 0; code == EXIT_DONE && i < rh_count(rh_result(tenants)); i++) {
        struct rh_cell organization = rh_member(rh_at(rh_result(tenants), i), "organization_id");
        for (int64_t restored = 1; code == EXIT_DONE && restored > 0;) {
            struct rh_reply *reply = NULL;
            int outcome = rh_request(db, &reply, "call", "[s {s:c} {s:I}]", "restore_audit_log", "organization_id", &organization, "restore",
                                     restore->load);
            restored = rh_int(rh_member(rh_result(reply), "restored"));
            if (outcome != RH_OK && !was_refused_with(restore, outcome, "55000"))
                code = cli_outcome(restore->cli, outcome);
            rh_reply_free(reply);
        }
    }
    rh_reply_free(tenants);
    return code;
}

static bool has_audit_rows(const struct restore *restore)
{
    for (int i = 0; i < restore->target_count; i++)
        if (strcmp(restore->targets[i].name, "audit_logs_enhanced") == 0)
            return restore->targets[i].rows > 0;
    return false;
}

int session_finish(struct restore *restore)
{
    int code = has_audit_rows(restore) ? restore_audit_logs(restore) : EXIT_DONE;
    for (bool more = true; code == EXIT_DONE && more;) {
        struct rh_reply *reply = NULL;
        code = cli_outcome(restore->cli, rh_request(restore->cli->db, &reply, "call", "[s {s:I}]", "restore_check", "load", restore->load));
        more = rh_bool(rh_member(rh_result(reply), "more"));
        progress("checking", "references", restore->rows);
        rh_reply_free(reply);
    }
    return code;
}

void session_take_back(struct restore *restore)
{
    int64_t undone = 0;
    int outcome = RH_OK;
    for (bool more = restore->load != 0; more;)
        outcome = take_back_step(restore, restore->load, &more, &undone);
    progress_done();
    if (outcome == RH_OK)
        fprintf(stderr, "rowhouse restore: nothing was restored: everything is as it was\n");
    else
        fprintf(stderr, "rowhouse restore: what was written could not be taken back (%s): the server does so within minutes, or the next restore\n",
                rh_message(restore->cli->db));
}
