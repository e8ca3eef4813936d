/* An organization's audit log on a store, with a checkpoint that somebody kept; what he finds later, and what somebody does who can write
 * what he likes into the store. */
#ifndef ROWHOUSE_TESTS_AUDIT_WORLD_H
#define ROWHOUSE_TESTS_AUDIT_WORLD_H

#include "../engine/world.h"

#include "native/audit/audit_append.h"
#include "native/audit/audit_proof.h"
#include "native/audit/audit_trail.h"
#include "native/draft.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define ENTRIES 21

static struct world world, *w = &world;
static struct audit_signer signer;
static uint32_t house;
static struct uuid organization;
static struct note_key key;
static struct checkpoint kept;
static const struct table *table;

static inline void append(int n)
{
    SUCCEED(world_call(w, call_method, "[\"append_audit_log\",{\"action_type\":\"did.%d\",\"details\":{\"n\":%d},\"organization_id\":\"%s\"}]", n, n, ORG));
}

/* A member of the last result. */
static inline struct slice member_of(const char *name)
{
    struct slice in = buf_slice(&w->out), key_name, value;
    uint32_t count;
    cr_assert(mp_map(&in, &count));
    while (count-- > 0 && mp_str(&in, &key_name) && mp_skip(&in, &value))
        if (slice_is(key_name, name))
            return value;
    cr_assert_fail("no %s", name);
    return value;
}

static inline struct slice text_of(const char *name)
{
    struct slice value = member_of(name), text = { 0 };
    cr_assert(mp_str(&value, &text), "%s", name);
    return arena_copy(&w->arena, text);
}

static inline struct slice ask_checkpoint(void)
{
    SUCCEED(world_call(w, call_method, "[\"audit_checkpoint\",{\"organization_id\":\"%s\"}]", ORG));
    return text_of("checkpoint");
}

static inline void keep_checkpoint(void)
{
    struct slice note = ask_checkpoint();
    cr_assert(note_key_parse(text_of("key"), &key));
    cr_assert_null(checkpoint_get(note, &key, &kept));
}

static inline void open_log(void)
{
    static struct buf text;
    world_open(w);
    world_schema(w, "CREATE SCHEMA IF NOT EXISTS auth;\n"
                    "CREATE TABLE organizations (id uuid PRIMARY KEY);\n"
                    "CREATE TABLE auth.users (id uuid PRIMARY KEY, email text);\n"
                    "CREATE TABLE profiles (id uuid PRIMARY KEY REFERENCES auth.users(id), organization_id uuid REFERENCES organizations(id), role text);\n"
                    "CREATE TABLE contacts (id bigserial PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), name text, secret text, n numeric);\n"
                    "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY;\n"
                    "CREATE POLICY everybody ON contacts USING (true);\n"
                    "COMMENT ON TABLE contacts IS 'People. @audit';\n"
                    "COMMENT ON COLUMN contacts.secret IS '@redact';\n");
    struct slice migration = world_file("schema/migrations/20250123000002_phase3_security_hardening.sql", &text);
    SUCCEED(world_migrate(w, "20250123000002_phase3_security_hardening.sql", migration));
    SUCCEED(audit_signer_set(&signer, SLICE_LITERAL("rha_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), &w->error));
    w->host.audit_signer = &signer;
    world_begin(w);
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\"}]", ORG);
    uuid_parse(SLICE_LITERAL(ORG), &organization);
    cr_assert(store_house(&w->view, &organization, &house, &w->error) == 1);
    table = world_table(w, AUDIT_TABLE);
    for (int i = 0; i < ENTRIES; i++)
        append(i);
    keep_checkpoint();
    cr_assert_eq(kept.size, ENTRIES);
}

static inline void close_log(void)
{
    store_write_abort(w->store, &w->view);
    world_close(w);
}

/* What verify_audit_chain finds; "" when nothing. */
static inline const char *finding(int64_t *ret_at)
{
    struct audit_report report;
    SUCCEED(audit_verify(&w->rq, house, &report));
    *ret_at = report.seen;
    return report.reason == NULL ? "" : report.reason;
}

static inline void found_broken(int64_t want, const char *what)
{
    int64_t at;
    const char *reason = finding(&at);
    cr_assert(reason[0] != '\0', "%s was not found", what);
    cr_assert_eq(at, want, "%s: %s at %" PRId64, what, reason, at);
}

static inline void found_whole(void)
{
    int64_t at;
    cr_assert_str_eq(finding(&at), "");
}

/* Whether the log as it is now continues the checkpoint that was kept. */
static inline const char *continues(void)
{
    struct proof_file file = { 0 };
    struct checkpoint now;
    if (world_call(w, call_method, "[\"audit_consistency_proof\",{\"old_size\":%d,\"organization_id\":\"%s\"}]", (int)kept.size, ORG) < 0)
        return "the log has not even the size that was kept";
    const char *reason = proof_file_get(text_of("proof"), &file);
    if (reason == NULL)
        reason = proof_file_consistent(&file, &kept, &key, &now);
    proof_file_done(&file);
    return reason;
}

/* --- Somebody who can write into the store --- */

static inline void load_row(int64_t id, struct found *ret)
{
    struct value value = value_int(id);
    cr_assert_eq(table_find(&w->rq, table, house, &value, ret), 1);
}

static inline void edit(int64_t id, const char *column, struct value value)
{
    struct found row;
    struct draft draft;
    load_row(id, &row);
    draft_start(&draft, &w->rq, table);
    draft_set(&draft, column, value);
    SUCCEED(draft_update(&draft, &row, NULL));
}

static inline void erase(int64_t id)
{
    struct found row;
    load_row(id, &row);
    SUCCEED(table_delete(&w->rq, table, &row));
}

/* As audit_log_extend(), over what is there. */
static inline void put_over(struct audit_head *head, const struct audit_place *place)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, &w->rq, house);
    SUCCEED(audit_leaf_put(&w->rq, house, head->entries, place));
    SUCCEED(merkle_append(&tree, (uint64_t)head->entries, &place->hash));
    head->entries++;
    head->last = place->hash;
}

/* Everything behind entry `from` made anew from the rows: hashes in the rows, places, tree, head. */
static inline void forge(int64_t from, int64_t entries)
{
    struct audit_head head = { .entries = from };
    struct audit_place place;
    if (from > 0) {
        cr_assert_eq(audit_place_load(&w->rq, house, from - 1, &place), 1);
        head.last = place.hash;
    }
    while (head.entries < entries) {
        char text[MERKLE_HASH_TEXT_SIZE + 1];
        struct found row;
        cr_assert_eq(audit_place_load(&w->rq, house, head.entries, &place), 1);
        merkle_format(&head.last, text);
        if (head.entries > 0)
            edit(place.id, "previous_hash", value_text(arena_copy(&w->arena, slice_of_string(text))));
        load_row(place.id, &row);
        cr_assert(audit_leaf_hash(row.bytes, table_column(table, SLICE_LITERAL("audit_chain_hash")), &place.hash));
        merkle_format(&place.hash, text);
        edit(place.id, "audit_chain_hash", value_text(slice_of_string(text)));
        put_over(&head, &place);
    }
    SUCCEED(audit_head_save(&w->rq, house, &head));
}

/* The newest entries taken away, with everything that would tell: what a rollback of the whole data directory leaves as well. */
static inline void cut(int64_t entries)
{
    struct audit_head head = { .entries = entries };
    struct audit_place place;
    struct key leaf;
    cr_assert_eq(audit_place_load(&w->rq, house, entries - 1, &place), 1);
    head.last = place.hash;
    for (int64_t entry = entries; entry < ENTRIES; entry++) {
        erase(entry + 1);
        key_start(&leaf, house, RELATION_AUDIT_LEAVES);
        key_u64(&leaf, (uint64_t)entry);
        SUCCEED(system_put(&w->rq, &leaf, slice_of(NULL, 0)));
    }
    for (int level = 1; entries >> level > 0 || ENTRIES >> level > 0; level++)
        for (int64_t index = entries >> level; index < ENTRIES >> level; index++) {
            uint8_t byte = (uint8_t)level;
            key_start(&leaf, house, RELATION_AUDIT_NODES);
            key_bytes(&leaf, &byte, 1);
            key_u64(&leaf, (uint64_t)index);
            SUCCEED(system_put(&w->rq, &leaf, slice_of(NULL, 0)));
        }
    SUCCEED(audit_head_save(&w->rq, house, &head));
}

#endif
