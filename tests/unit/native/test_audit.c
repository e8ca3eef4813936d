/* The audit log on a store: appended, proven, kept, and then attacked by somebody who can write what he likes into the store. What he
 * does is found by verify_audit_chain, or by whoever kept a checkpoint: never by nobody. */
#include "audit_world.h"

#include "engine/changes.h"

TestSuite(audit, .init = open_log, .fini = close_log);

/* --- An honest log --- */

Test(audit, every_entry_is_proven)
{
    struct proof_file file;
    struct checkpoint checkpoint;
    for (int size = 1; size <= ENTRIES; size += 4)
        for (int entry = 0; entry < size; entry++) {
            SUCCEED(world_call(w, call_method, "[\"audit_inclusion_proof\",{\"entry\":%d,\"tree_size\":%d,\"organization_id\":\"%s\"}]", entry, size, ORG));
            cr_assert_null(proof_file_get(text_of("proof"), &file));
            cr_assert_null(proof_file_included(&file, &key, &checkpoint), "entry %d of %d", entry, size);
            cr_assert_eq(checkpoint.size, (uint64_t)size);
            struct slice in = buf_slice(&file.leaf);
            int64_t id;
            uint32_t count;
            cr_assert(mp_array(&in, &count) && mp_int(&in, &id) && id == entry + 1, "the leaf is the row");
            proof_file_done(&file);
        }
    REFUSED("22023", call_method, "[\"audit_inclusion_proof\",{\"entry\":%d,\"organization_id\":\"%s\"}]", ENTRIES, ORG);
    REFUSED("22023", call_method, "[\"audit_inclusion_proof\",{\"entry\":-1,\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"audit_inclusion_proof\",{\"entry\":3,\"tree_size\":3,\"organization_id\":\"%s\"}]", ORG);
    REFUSED("22023", call_method, "[\"audit_consistency_proof\",{\"old_size\":4,\"new_size\":3,\"organization_id\":\"%s\"}]", ORG);
}

Test(audit, a_growing_log_continues_what_was_kept)
{
    found_whole();
    for (int i = 0; i < 40; i++) {
        append(100 + i);
        cr_assert_null(continues(), "after %d more", i + 1);
    }
    found_whole();
}

Test(audit, checkpoints_of_former_sizes_are_the_same_again)
{
    struct slice before = ask_checkpoint();
    append(1);
    SUCCEED(world_call(w, call_method, "[\"audit_checkpoint\",{\"tree_size\":%d,\"organization_id\":\"%s\"}]", ENTRIES, ORG));
    cr_assert(slice_equal(text_of("checkpoint"), before));
}

Test(audit, without_a_key_nothing_is_signed)
{
    w->host.audit_signer = NULL;
    REFUSED("55000", call_method, "[\"audit_checkpoint\",{\"organization_id\":\"%s\"}]", ORG);
    error_clear(&w->error);
    cr_assert_eq(audit_signer_set(&signer, SLICE_LITERAL("rha_00"), &w->error), -1);
}

/* --- Nobody changes it by the front door --- */

Test(audit, is_append_only_for_the_service_role)
{
    REFUSED("42501", update_method, "[\"audit_logs_enhanced\",1,{\"action_type\":\"x\"}]");
    REFUSED("42501", delete_method, "[\"audit_logs_enhanced\",1]");
    REFUSED("42501", insert_method, "[\"audit_logs_enhanced\",{\"organization_id\":\"%s\",\"action_type\":\"x\"}]", ORG);
    REFUSED("42501", upsert_method, "[\"audit_logs_enhanced\",{\"id\":1,\"organization_id\":\"%s\",\"action_type\":\"x\"}]", ORG);
    found_whole();
}

/* --- Somebody who can write into the store --- */

Test(audit, an_edited_row)
{
    edit(5, "action_type", value_text(SLICE_LITERAL("never.happened")));
    found_broken(4, "an edited row");
}

Test(audit, an_edited_row_with_its_own_hash_made_anew)
{
    struct found row;
    struct merkle_hash hash;
    char text[MERKLE_HASH_TEXT_SIZE + 1];
    edit(5, "action_type", value_text(SLICE_LITERAL("never.happened")));
    load_row(5, &row);
    audit_leaf_hash(row.bytes, table_column(table, SLICE_LITERAL("audit_chain_hash")), &hash);
    merkle_format(&hash, text);
    edit(5, "audit_chain_hash", value_text(slice_of_string(text)));
    found_broken(4, "a row that is not the one that was appended");
}

Test(audit, an_edited_row_with_everything_behind_it_made_anew)
{
    edit(5, "action_type", value_text(SLICE_LITERAL("never.happened")));
    forge(4, ENTRIES);
    found_whole();                      /* the server's own data agree with each other ... */
    cr_assert_not_null(continues());    /* ... and not with what was kept */
    append(1);
    cr_assert_not_null(continues());
}

Test(audit, a_removed_row)
{
    erase(7);
    found_broken(6, "a removed row");
}

Test(audit, the_last_row_removed)
{
    erase(ENTRIES);
    found_broken(ENTRIES - 1, "the last row removed");
}

Test(audit, swapped_rows)
{
    struct found a, b;
    load_row(3, &a);
    load_row(4, &b);
    struct draft draft;
    draft_start(&draft, &w->rq, table);
    for (int i = 0; i < table->column_count; i++)
        if (i != table_column(table, SLICE_LITERAL("id")))
            draft_set(&draft, table->columns[i].name, b.columns[i]);
    SUCCEED(draft_update(&draft, &a, NULL));
    draft_start(&draft, &w->rq, table);
    for (int i = 0; i < table->column_count; i++)
        if (i != table_column(table, SLICE_LITERAL("id")))
            draft_set(&draft, table->columns[i].name, a.columns[i]);
    SUCCEED(draft_update(&draft, &b, NULL));
    found_broken(2, "swapped rows");
}

Test(audit, swapped_places)
{
    struct audit_place a, b;
    struct audit_head head = { .entries = 2 };
    audit_place_load(&w->rq, house, 2, &a);
    audit_place_load(&w->rq, house, 3, &b);
    put_over(&head, &b);
    put_over(&head, &a);
    found_broken(2, "swapped places");
}

Test(audit, a_row_put_in_past_the_log)
{
    struct draft draft;
    draft_start(&draft, &w->rq, table);
    draft_set(&draft, "organization_id", value_uuid(organization));
    draft_text(&draft, "action_type", "slipped.in");
    SUCCEED(draft_insert(&draft, house, NULL));
    found_broken(ENTRIES, "a row past the log");
}

Test(audit, a_changed_node_of_the_tree)
{
    struct audit_tree env;
    struct merkle_tree tree = audit_tree_open(&env, &w->rq, house);
    struct merkle_hash hash;
    SUCCEED(tree.get(&env, 4, 0, &hash));
    hash.bytes[9] ^= 1;
    SUCCEED(tree.put(&env, 4, 0, &hash));
    found_broken(15, "a changed node");
    cr_assert_not_null(continues());
}

Test(audit, a_truncated_log)
{
    cut(ENTRIES - 6);
    found_whole();
    cr_assert_not_null(continues());
}

Test(audit, a_truncated_log_that_went_on)
{
    cut(ENTRIES - 6);
    for (int i = 0; i < 12; i++)
        append(500 + i);
    found_whole();
    cr_assert_not_null(continues(), "a fork");
}

Test(audit, a_head_set_back)
{
    struct audit_head head = { .entries = ENTRIES - 1 };
    struct audit_place place;
    audit_place_load(&w->rq, house, ENTRIES - 2, &place);
    head.last = place.hash;
    SUCCEED(audit_head_save(&w->rq, house, &head));
    found_broken(ENTRIES - 1, "a head set back");
}

Test(audit, another_key)
{
    SUCCEED(audit_signer_set(&signer, SLICE_LITERAL("rha_ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), &w->error));
    cr_assert_not_null(continues(), "who forges the log has not the key that was published");
}

/* --- What tables tell by themselves --- */

static struct slice details_of_last(const char *want_action)
{
    struct audit_head head;
    struct audit_place place;
    struct found row;
    static struct buf text;
    SUCCEED(audit_head_load(&w->rq, house, &head));
    cr_assert_eq(audit_place_load(&w->rq, house, head.entries - 1, &place), 1);
    load_row(place.id, &row);
    cr_assert(slice_is(found_column(table, &row, "action_type")->bytes, want_action), "%.*s", SLICE_FMT(found_column(table, &row, "action_type")->bytes));
    buf_clear(&text);
    json_to_text(found_column(table, &row, "details")->bytes, &text);
    buf_text(&text);
    return buf_slice(&text);
}

static void leave_trail(int mark)
{
    SUCCEED(audit_trail(&w->rq, mark, false));
}

Test(audit, an_audited_table_leaves_a_trail)
{
    int mark = changes_mark(&w->rq);
    CALL(1, insert_method, "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\",\"secret\":\"s\",\"n\":\"1.50\"}]", ORG);
    leave_trail(mark);
    struct slice text = details_of_last("contacts.insert");
    cr_assert(slice_is(text, "{\"after\": {\"n\": 1.50, \"id\": 1, \"name\": \"Ada\", \"secret\": {\"redacted\": true}, "
                             "\"organization_id\": \"" ORG "\"}}"), "%.*s", SLICE_FMT(text));
    mark = changes_mark(&w->rq);
    CALL(1, update_method, "[\"contacts\",1,{\"name\":\"Grace\"}]");
    leave_trail(mark);
    text = details_of_last("contacts.update");
    cr_assert(slice_is(text, "{\"after\": {\"name\": \"Grace\"}, \"before\": {\"name\": \"Ada\"}}"), "%.*s", SLICE_FMT(text));
    mark = changes_mark(&w->rq);
    CALL(1, delete_method, "[\"contacts\",1]");
    leave_trail(mark);
    text = details_of_last("contacts.delete");
    cr_assert(memmem(text.data, text.size, "\"name\": \"Grace\"", 15) != NULL, "%.*s", SLICE_FMT(text));
    found_whole();
    cr_assert_null(continues());
    mark = changes_mark(&w->rq);
    append(1);
    int after = changes_mark(&w->rq);
    leave_trail(mark);
    cr_assert_eq(changes_mark(&w->rq), after, "entries make no entries");
}

/* What is told of a row that goes needs none of its secrets: one that is damaged can be deleted. */
Test(audit, a_row_that_does_not_open_is_deleted_and_told)
{
    const struct table *contacts;
    struct value columns[COLUMNS_MAX];
    struct key row_key;
    struct slice stored;
    world_commit(w);
    SUCCEED(world_migrate(w, "20260102000000_secret.sql", SLICE_LITERAL("COMMENT ON COLUMN contacts.secret IS '@secret';")));
    world_begin(w);
    CALL(1, insert_method, "[\"contacts\",{\"organization_id\":\"%s\",\"name\":\"Ada\",\"secret\":\"s\"}]", ORG);
    contacts = world_table(w, "contacts");
    columns[table_column(contacts, SLICE_LITERAL("id"))] = value_int(1);
    SUCCEED(key_of_row(contacts, house, columns, &row_key, &w->error));
    cr_assert_eq(view_get(&w->view, key_slice(&row_key), &stored, &w->error), 1);
    struct slice sound = arena_copy(&w->arena, stored), spoilt = arena_copy(&w->arena, stored);
    struct row row;
    SUCCEED(row_open(spoilt, &row));
    struct slice cell = row.columns[table_column(contacts, SLICE_LITERAL("secret"))];
    ((uint8_t *)(uintptr_t)cell.data)[cell.size - 1] ^= 1;
    SUCCEED(changes_add(&w->rq, key_slice(&row_key), sound, spoilt));
    int mark = changes_mark(&w->rq);
    CALL(1, delete_method, "[\"contacts\",1]");
    leave_trail(mark);
    struct slice text = details_of_last("contacts.delete");
    cr_assert(slice_is(text, "{\"before\": {\"n\": null, \"id\": 1, \"name\": \"Ada\", \"secret\": {\"redacted\": true}, "
                             "\"organization_id\": \"" ORG "\"}}"), "%.*s", SLICE_FMT(text));
}

Test(audit, only_tables_of_organizations_are_audited)
{
    store_write_abort(w->store, &w->view);
    cr_assert_eq(world_migrate(w, "20260101000000_no.sql", SLICE_LITERAL("COMMENT ON TABLE auth.users IS '@audit';")), -1);
    cr_assert_str_eq(sqlstate_code(w->error.state), "0A000");
    world_begin(w);
}

/* --- Rows brought from elsewhere --- */

#define OTHER "bbbbbbbb-0000-4000-8000-000000000000"

Test(audit, rows_that_nobody_chained_become_a_log)
{
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\"}]", OTHER);
    for (int i = 0; i < 5; i++)
        CALL(1, insert_method, "[\"audit_logs_enhanced\",{\"id\":%d,\"organization_id\":\"%s\",\"action_type\":\"old.%d\"}]", 1000 + i, OTHER, i);
    SUCCEED(world_call(w, call_method, "[\"restore_audit_log\",{\"organization_id\":\"%s\"}]", OTHER));
    uuid_parse(SLICE_LITERAL(OTHER), &organization);
    cr_assert(store_house(&w->view, &organization, &house, &w->error) == 1);
    found_whole();
    REFUSED("55000", call_method, "[\"restore_audit_log\",{\"organization_id\":\"%s\"}]", OTHER);
    REFUSED("42501", insert_method, "[\"audit_logs_enhanced\",{\"organization_id\":\"%s\",\"action_type\":\"x\"}]", OTHER);
    SUCCEED(world_call(w, call_method, "[\"append_audit_log\",{\"action_type\":\"new\",\"organization_id\":\"%s\"}]", OTHER));
    found_whole();
    edit(1002, "action_type", value_text(SLICE_LITERAL("never.happened")));
    found_broken(2, "an edited row of before");
}

/* Rows that begin in the middle of a log, with no record of what was removed, are no log. */
Test(audit, rows_without_their_beginning)
{
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\"}]", OTHER);
    CALL(1, insert_method, "[\"audit_logs_enhanced\",{\"id\":1000,\"organization_id\":\"%s\",\"action_type\":\"old\",\"previous_hash\":\"00\"}]", OTHER);
    REFUSED("XX001", call_method, "[\"restore_audit_log\",{\"organization_id\":\"%s\"}]", OTHER);
    CALL(1, insert_method, "[\"audit_logs_enhanced\",{\"id\":1001,\"organization_id\":\"%s\",\"action_type\":\"" AUDIT_RETAIN_ACTION "\",\"details\":{\"stub\":\"x\"}}]", OTHER);
    REFUSED("XX001", call_method, "[\"restore_audit_log\",{\"organization_id\":\"%s\"}]", OTHER);
}

Test(audit, no_log_begins_where_one_is_being_restored)
{
    CALL(1, insert_method, "[\"organizations\",{\"id\":\"%s\"}]", OTHER);
    SUCCEED(world_call(w, call_method, "[\"restore_audit_leaves\",{\"first\":0,\"hashes\":\"\\\\x%064d%064d\",\"organization_id\":\"%s\"}]", 1, 2, OTHER));
    REFUSED("22023", call_method, "[\"restore_audit_leaves\",{\"first\":5,\"hashes\":\"\\\\x%064d\",\"organization_id\":\"%s\"}]", 3, OTHER);
    REFUSED("22023", call_method, "[\"restore_audit_leaves\",{\"first\":2,\"hashes\":\"\\\\x00\",\"organization_id\":\"%s\"}]", OTHER);
    REFUSED("55000", call_method, "[\"restore_audit_leaves\",{\"first\":1,\"hashes\":\"\\\\x%064d\",\"organization_id\":\"%s\"}]", 3, OTHER);
    REFUSED("55000", call_method, "[\"append_audit_log\",{\"action_type\":\"x\",\"organization_id\":\"%s\"}]", OTHER);
}
