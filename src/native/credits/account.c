#include "native/credits/account.h"

#include <assert.h>

#include "base/limits.h"
#include "native/rows.h"

/* --- What is set aside --- */

static void summary_key(struct key *key, uint32_t house)
{
    key_start(key, house, RELATION_CREDIT_RESERVATIONS);
}

static void reservation_key(struct key *key, uint32_t house, const struct uuid *id)
{
    key_start(key, house, RELATION_CREDIT_RESERVATIONS);
    key_bytes(key, "R", 1);
    key_bytes(key, id->bytes, sizeof id->bytes);
}

static void expiry_key(struct key *key, uint32_t house, int64_t expires_us)
{
    key_start(key, house, RELATION_CREDIT_RESERVATIONS);
    key_bytes(key, "E", 1);
    key_u64(key, (uint64_t)expires_us);
}

static int damaged(struct request *rq)
{
    return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a credit reservation of this organization is damaged");
}

static int load_summary(struct request *rq, uint32_t house, int64_t *ret_reserved, int64_t *ret_open)
{
    struct key key;
    struct slice bytes;
    uint32_t count;
    *ret_reserved = *ret_open = 0;
    summary_key(&key, house);
    int got = system_get(rq, &key, &bytes);
    if (got <= 0)
        return got;
    if (!mp_array(&bytes, &count) || count != 2 || !mp_int(&bytes, ret_reserved) || !mp_int(&bytes, ret_open) || *ret_reserved < 0 ||
        *ret_reserved > CREDITS_MAX || *ret_open < 0)
        return damaged(rq);
    return 0;
}

static int save_summary(struct account *a)
{
    struct key key;
    struct buf bytes = { 0 };
    summary_key(&key, a->house);
    mp_put_array(&bytes, 2);
    mp_put_int(&bytes, a->balance.reserved);
    mp_put_int(&bytes, a->open);
    int result = system_put(a->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

static bool parse_reservation(struct slice bytes, struct reservation *ret)
{
    uint32_t count;
    return mp_array(&bytes, &count) && count == 4 && mp_int(&bytes, &ret->credits) && ret->credits >= 0 && mp_int(&bytes, &ret->expires_us) &&
           mp_str(&bytes, &ret->action) && mp_str(&bytes, &ret->description);
}

int account_reserved(struct request *rq, uint32_t house, int64_t *ret, int64_t *ret_sum)
{
    struct key low, high;
    struct cursor cursor;
    struct slice at, value;
    struct reservation each;
    int64_t open;
    int got;
    *ret_sum = 0;
    key_start(&low, house, RELATION_CREDIT_RESERVATIONS);
    key_bytes(&low, "R", 1);
    if (load_summary(rq, house, ret, &open) < 0 || !key_successor(&low, &high) || cursor_open(rq->view, &low, &high, false, &cursor, rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &at, &value, rq->error)) == 1 && parse_reservation(value, &each))
        *ret_sum += each.credits;
    cursor_close(&cursor);
    return got == 1 ? damaged(rq) : got;
}

int reservation_load(struct account *a, const struct uuid *id, struct reservation *ret)
{
    struct key key;
    struct slice bytes;
    reservation_key(&key, a->house, id);
    int got = system_get(a->rq, &key, &bytes);
    if (got != 1)
        return got;
    ret->id = *id;
    return parse_reservation(bytes, ret) ? 1 : damaged(a->rq);
}

/* Sets the record that the reservation has in the order of expiry; a value without data removes it. */
static int put_in_order(struct account *a, const struct reservation *reservation, struct slice value)
{
    struct key key;
    expiry_key(&key, a->house, reservation->expires_us);
    key_bytes(&key, reservation->id.bytes, sizeof reservation->id.bytes);
    return system_put(a->rq, &key, value);
}

int reservation_save(struct account *a, const struct reservation *reservation)
{
    struct key key;
    struct buf bytes = { 0 };
    if (a->open >= RESERVATIONS_MAX) {
        fail(a->rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the organization has %d open reservations", RESERVATIONS_MAX);
        return fail_hint(a->rq->error, "commit or release some, or let them expire");
    }
    reservation_key(&key, a->house, &reservation->id);
    mp_put_array(&bytes, 4);
    mp_put_int(&bytes, reservation->credits);
    mp_put_int(&bytes, reservation->expires_us);
    mp_put_str(&bytes, reservation->action);
    mp_put_str(&bytes, reservation->description);
    int result = system_put(a->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    a->open++;
    a->reserved_changed = true;
    return result < 0 ? -1 : put_in_order(a, reservation, SLICE_LITERAL("\xc0"));
}

int reservation_remove(struct account *a, const struct reservation *reservation)
{
    struct key key;
    reservation_key(&key, a->house, &reservation->id);
    a->open--;
    a->reserved_changed = true;
    return system_put(a->rq, &key, slice_of(NULL, 0)) < 0 || put_in_order(a, reservation, slice_of(NULL, 0)) < 0 ? -1 : 0;
}

static int give_back(struct account *a, const struct uuid *id)
{
    struct reservation reservation;
    int got = reservation_load(a, id, &reservation);
    if (got < 1 || reservation.credits > a->balance.reserved)
        return got < 0 ? -1 : damaged(a->rq);
    enum credit_verdict verdict = credit_settle(&a->balance, reservation.credits, 0);
    assert(verdict == CREDIT_DONE);
    return a->rq->changes == NULL ? 0 : reservation_remove(a, &reservation);
}

/* Gives back what is set aside past its time; a read only counts it so. */
static int release_expired(struct account *a)
{
    struct key low, high;
    struct cursor cursor;
    struct slice at;
    struct uuid id;
    int got;
    if (a->open == 0)
        return 0;
    expiry_key(&low, a->house, 0);
    expiry_key(&high, a->house, a->rq->now_us + 1);
    if (cursor_open(a->rq->view, &low, &high, false, &cursor, a->rq->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &at, NULL, a->rq->error)) == 1) {
        memcpy(id.bytes, at.data + low.size, sizeof id.bytes);
        if (give_back(a, &id) < 0) {
            got = -1;
            break;
        }
    }
    cursor_close(&cursor);
    return got < 0 || !a->reserved_changed ? got : account_save(a);
}

/* --- The balance --- */

int account_open(struct account *a, struct request *rq, const struct value *organization)
{
    struct value key;
    *a = (struct account){ .rq = rq };
    if (native_table_of(rq, REFERENCE_ORGANIZATION_CREDITS, &a->table) < 0 || native_house(rq, organization, &a->house, &a->organization) < 0)
        return -1;
    key = value_uuid(a->organization);
    int got = table_find(rq, a->table, a->house, &key, &a->row);
    a->exists = got == 1;
    if (got == 1) {
        a->balance.total = found_int(a->table, &a->row, "total_credits", 0);
        a->balance.remaining = found_int(a->table, &a->row, "credits_remaining", 0);
        a->balance.over = found_instant(a->table, &a->row, "cycle_end_date") <= rq->now_us;
    }
    if (got < 0 || load_summary(rq, a->house, &a->balance.reserved, &a->open) < 0)
        return -1;
    /* The service may write the balance itself, and a project's table need not check it; what is set aside must still fit back. */
    if (a->balance.remaining < 0 || a->balance.total < 0 || a->balance.total > CREDITS_MAX)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "the credits of this organization are not from 0 to %d", CREDITS_MAX);
    if (a->balance.remaining > CREDITS_MAX - a->balance.reserved)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "what remains and what is reserved of this organization pass %d credits", CREDITS_MAX);
    return release_expired(a);
}

int account_save(struct account *a)
{
    struct draft draft;
    if (a->reserved_changed && save_summary(a) < 0)
        return -1;
    a->reserved_changed = false;
    draft_start(&draft, a->rq, a->table);
    draft_set(&draft, "total_credits", value_int(a->balance.total));
    draft_set(&draft, "credits_remaining", value_int(a->balance.remaining));
    if (a->exists)
        return draft_update(&draft, &a->row, &a->row);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    a->exists = true;
    return draft_insert(&draft, a->house, &a->row);
}

int account_ledger(struct account *a, const char *type, int64_t amount, const struct value *description)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(a->rq, REFERENCE_CREDIT_LEDGER, &table) < 0)
        return -1;
    draft_start(&draft, a->rq, table);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    draft_text(&draft, "entry_type", type);
    draft_set(&draft, "amount", value_int(amount));
    draft_set(&draft, "balance_after", value_int(a->balance.remaining));
    draft_set(&draft, "description", *description);
    if (a->rq->who->claims.has_uid)
        draft_set(&draft, "created_by", value_uuid(a->rq->who->claims.uid));
    return draft_insert(&draft, a->house, NULL);
}

int account_log(struct account *a, const struct value *action, int64_t amount, bool success)
{
    const struct table *table;
    struct draft draft;
    if (native_table_of(a->rq, REFERENCE_CREDIT_CONSUMPTION_LOGS, &table) < 0)
        return -1;
    draft_start(&draft, a->rq, table);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    draft_set(&draft, "action_type", *action);
    draft_set(&draft, "credits_consumed", value_int(success ? amount : 0));
    draft_set(&draft, "credits_remaining", value_int(a->balance.remaining));
    draft_set(&draft, "success", value_bool(success));
    if (!success)
        draft_text(&draft, "error_message", arena_printf(a->rq->arena, "needs %lld credits, has %lld%s", (long long)amount,
                                                         (long long)a->balance.remaining, a->balance.over ? " of a cycle that has ended" : ""));
    return draft_insert(&draft, a->house, NULL);
}
