/* A second factor that is turned off is told to its user: whoever takes over an account does that first, and the table is his to
 * write. So it is told from the request's list of changes, not by the functions that might do it. */
#include "native/access/security_alert.h"

#include "engine/seal_row.h"
#include "native/rows.h"

/* Whether that row of user_2fa_settings has the second factor on, and whose it is: 1, 0, -1. */
static int is_on(struct request *rq, const struct table *table, struct slice key, struct slice bytes, struct value *ret_user)
{
    if (bytes.data == NULL)
        return 0;
    struct found row = { .columns = ARENA_ARRAY(rq->arena, struct value, table->column_count) };
    bool *needed = ARENA_ARRAY(rq->arena, bool, table->column_count);
    needed[table_column(table, SLICE_LITERAL("user_id"))] = needed[table_column(table, SLICE_LITERAL("is_enabled"))] = true;
    if (row_load(rq, table, key, bytes, needed, table->column_count, rq->arena, row.columns) < 0)
        return -1;
    *ret_user = *found_column(table, &row, "user_id");
    return found_bool(table, &row, "is_enabled", false);
}

static int tell(struct request *rq, const struct value *user, bool gone)
{
    struct value actor = native_actor(rq);
    struct buf wire = { 0 };
    char text[UUID_TEXT_SIZE + 1] = "";
    if (!value_is_null(&actor))
        uuid_format(&actor.uuid, text);
    mp_put_map(&wire, 2);
    put_text(&wire, "by", slice_of_string(value_is_null(&actor) ? "service_role" : text));
    put_text(&wire, "how", gone ? SLICE_LITERAL("delete") : SLICE_LITERAL("update"));
    struct value metadata = native_json(rq, &wire);
    return security_alert_write(rq, user, "2fa_disabled", "high", "Two-factor authentication is off",
                                "The second factor of your account was turned off. If it was not you, sign in and turn it on again.", &metadata);
}

int security_trail(struct request *rq, int mark)
{
    const struct table *settings = rq->view->catalog->references[REFERENCE_USER_2FA_SETTINGS];
    int end = changes_mark(rq);         /* alerts come behind it */
    for (int i = mark; settings != NULL && i < end; i++) {
        const struct change change = rq->changes->items[i];
        struct value user, same;
        if (key_relation(change.key) != settings->relation)
            continue;
        int was = is_on(rq, settings, change.key, change.old_value, &user);
        int is = was == 1 ? is_on(rq, settings, change.key, change.new_value, &same) : 0;
        if (was < 0 || is < 0 || (was == 1 && is == 0 && tell(rq, &user, change.new_value.data == NULL) < 0))
            return -1;
    }
    return 0;
}
