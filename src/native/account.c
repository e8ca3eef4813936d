#include "native/account.h"

#include <assert.h>

/* --- What is set aside --- */

static void reserved_key(struct key *key, uint32_t house, const struct uuid *id)
{
    key_start(key, house, RELATION_CREDIT_RESERVATIONS);
    if (id != NULL)
        key_bytes(key, id->bytes, sizeof id->bytes);
}

static int damaged(struct request *rq)
{
    return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a credit reservation of this organization is damaged");
}

static int load_reserved(struct request *rq, uint32_t house, int64_t *ret_reserved, int64_t *ret_earliest_us)
{
    struct key key;
    struct slice bytes;
    uint32_t count;
    *ret_reserved = *ret_earliest_us = 0;
    reserved_key(&key, house, NULL);
    int got = system_get(rq, &key, &bytes);
    if (got <= 0)
        return got;
    if (!mp_array(&bytes, &count) || count != 2 || !mp_int(&bytes, ret_reserved) || !mp_int(&bytes, ret_earliest_us))
        return damaged(rq);
    return 0;
}

int account_reserved(struct request *rq, uint32_t house, int64_t *ret)
{
    int64_t earliest_us;
    return load_reserved(rq, house, ret, &earliest_us);
}

static int save_reserved(struct account *a)
{
    struct key key;
    struct buf bytes = { 0 };
    reserved_key(&key, a->house, NULL);
    mp_put_array(&bytes, 2);
    mp_put_int(&bytes, a->balance.reserved);
    mp_put_int(&bytes, a->earliest_us);
    int result = system_put(a->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    return result;
}

static bool parse_reservation(struct slice bytes, struct reservation *ret)
{
    uint32_t count;
    return mp_array(&bytes, &count) && count == 4 && mp_int(&bytes, &ret->credits) && mp_int(&bytes, &ret->expires_us) &&
           mp_str(&bytes, &ret->action) && mp_str(&bytes, &ret->description);
}

int reservation_load(struct account *a, const struct uuid *id, struct reservation *ret)
{
    struct key key;
    struct slice bytes;
    reserved_key(&key, a->house, id);
    int got = system_get(a->rq, &key, &bytes);
    if (got != 1)
        return got;
    ret->id = *id;
    return parse_reservation(bytes, ret) ? 1 : damaged(a->rq);
}

int reservation_save(struct account *a, const struct reservation *reservation)
{
    struct key key;
    struct buf bytes = { 0 };
    reserved_key(&key, a->house, &reservation->id);
    mp_put_array(&bytes, 4);
    mp_put_int(&bytes, reservation->credits);
    mp_put_int(&bytes, reservation->expires_us);
    mp_put_str(&bytes, reservation->action);
    mp_put_str(&bytes, reservation->description);
    int result = system_put(a->rq, &key, buf_slice(&bytes));
    buf_done(&bytes);
    if (a->earliest_us == 0 || reservation->expires_us < a->earliest_us)
        a->earliest_us = reservation->expires_us;
    a->reserved_changed = true;
    return result;
}

int reservation_remove(struct account *a, const struct uuid *id)
{
    struct key key;
    reserved_key(&key, a->house, id);
    a->reserved_changed = true;
    return system_put(a->rq, &key, slice_of(NULL, 0));
}

/* The next reservation of the house after `key`, which moves on to it: 1, 0, -1. */
static int next_reservation(struct account *a, struct key *key, struct reservation *ret)
{
    struct cursor cursor;
    struct slice at, value;
    struct key low = *key;
    if (low.size < KEY_SIZE_MAX)
        low.bytes[low.size++] = 0;          /* the first key behind it */
    if (cursor_open(a->rq->view, &low, NULL, false, &cursor, a->rq->error) < 0)
        return -1;
    int got = cursor_next(&cursor, &at, &value, a->rq->error);
    if (got == 1) {
        memcpy(key->bytes, at.data, at.size);
        key->size = at.size;
        value = arena_copy(a->rq->arena, value);
        memcpy(ret->id.bytes, at.data + KEY_PREFIX_SIZE, sizeof ret->id.bytes);
    }
    cursor_close(&cursor);
    return got == 1 && !parse_reservation(value, ret) ? damaged(a->rq) : got;
}

/* Gives back what is set aside past its time; a read only counts it so. */
static int release_expired(struct account *a)
{
    struct key key;
    struct reservation each;
    bool writes = a->rq->changes != NULL;
    int got;
    if (a->earliest_us == 0 || a->earliest_us > a->rq->now_us)
        return 0;
    a->earliest_us = 0;
    reserved_key(&key, a->house, NULL);
    while ((got = next_reservation(a, &key, &each)) == 1) {
        if (each.expires_us > a->rq->now_us) {
            if (a->earliest_us == 0 || each.expires_us < a->earliest_us)
                a->earliest_us = each.expires_us;
            continue;
        }
        enum credit_verdict verdict = credit_settle(&a->balance, each.credits, 0);
        assert(verdict == CREDIT_DONE);
        if (writes && reservation_remove(a, &each.id) < 0)
            return -1;
    }
    if (got < 0 || !writes)
        return got;
    a->reserved_changed = true;
    return account_save(a);
}

/* --- The balance --- */

int account_open(struct account *a, struct request *rq, const struct value *organization)
{
    struct value key;
    *a = (struct account){ .rq = rq };
    if (native_table_of(rq, "organization_credits", &a->table) < 0 || native_house(rq, organization, &a->house, &a->organization) < 0)
        return -1;
    key = value_uuid(a->organization);
    int got = table_find(rq, a->table, a->house, &key, &a->row);
    a->exists = got == 1;
    if (got == 1) {
        a->balance.total = found_int(a->table, &a->row, "total_credits", 0);
        a->balance.remaining = found_int(a->table, &a->row, "credits_remaining", 0);
    }
    if (got < 0 || load_reserved(rq, a->house, &a->balance.reserved, &a->earliest_us) < 0)
        return -1;
    /* The service may write the balance itself; what is set aside must still fit back into it. */
    if (a->balance.remaining > CREDITS_MAX - a->balance.reserved)
        return fail(rq->error, SQLSTATE_NUMERIC_OUT_OF_RANGE, "what remains and what is reserved of this organization pass %d credits", CREDITS_MAX);
    return release_expired(a);
}

int account_save(struct account *a)
{
    struct draft draft;
    if (a->reserved_changed && save_reserved(a) < 0)
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
    if (native_table_of(a->rq, "credit_ledger", &table) < 0)
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
    if (native_table_of(a->rq, "credit_consumption_logs", &table) < 0)
        return -1;
    draft_start(&draft, a->rq, table);
    draft_set(&draft, "organization_id", value_uuid(a->organization));
    draft_set(&draft, "action_type", *action);
    draft_set(&draft, "credits_consumed", value_int(success ? amount : 0));
    draft_set(&draft, "credits_remaining", value_int(a->balance.remaining));
    draft_set(&draft, "success", value_bool(success));
    if (!success)
        draft_text(&draft, "error_message", arena_printf(a->rq->arena, "needs %lld credits, has %lld", (long long)amount,
                                                         (long long)a->balance.remaining));
    return draft_insert(&draft, a->house, NULL);
}
