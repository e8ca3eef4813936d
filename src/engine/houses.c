#include "engine/houses.h"

#include <assert.h>

#include "engine/changes.h"
#include "engine/scan/unique.h"
#include "value/mp.h"

int house_step(const struct request *rq, uint32_t house, uint32_t *at)
{
    if (house != HOUSE_ANY) {
        bool first = *at == HOUSE_ANY;
        *at = house;
        return first;
    }
    if (*at == HOUSE_ANY) {
        *at = TENANT_SYSTEM;
        return 1;
    }
    return store_house_next(rq->view, *at, at, rq->error);
}

bool house_enterable(const struct principal *who, const struct table *table, uint32_t house)
{
    if (principal_enters_all(who))
        return true;
    return table_in_houses(table) ? who->has_house && house == who->house : house == TENANT_SYSTEM;
}

/* --- Where a row belongs --- */

static int house_of_organization(struct request *rq, const struct uuid *organization, enum house_state *ret_state, uint32_t *ret)
{
    const struct principal *who = rq->who;
    if (who->has_house && uuid_compare(&who->organization, organization) == 0) {
        *ret = who->house;
        return 0;
    }
    int got = store_house(rq->view, organization, ret, rq->error);
    if (got == 0)
        *ret_state = HOUSE_UNKNOWN;
    return got < 0 ? -1 : 0;
}

/* A child's house is where its parent is: the one that the principal has, or the only one that holds the parent. */
static int house_of_parent(struct request *rq, const struct foreign_key *parent, const struct value *columns, uint32_t hint,
                           enum house_state *ret_state, uint32_t *ret)
{
    struct found found;
    if (hint == HOUSE_ANY && !principal_enters_all(rq->who)) {
        *ret = rq->who->house;
        *ret_state = rq->who->has_house ? HOUSE_KNOWN : HOUSE_UNKNOWN;
        return 0;
    }
    struct value *target = ARENA_ARRAY(rq->arena, struct value, parent->target->column_count);
    for (int i = 0; i < parent->count; i++)
        target[parent->target_columns[i]] = columns[parent->columns[i]];
    int got = unique_find(rq, parent->target_index, hint, target, &found);
    if (got == 1)
        *ret = key_tenant(key_slice(&found.key));
    else
        *ret_state = HOUSE_UNKNOWN;
    return got < 0 ? -1 : 0;
}

int house_of_row(struct request *rq, const struct table *table, const struct value *columns, uint32_t hint,
                 enum house_state *ret_state, uint32_t *ret_house)
{
    *ret_state = HOUSE_KNOWN;
    *ret_house = TENANT_SYSTEM;
    if (table->tenancy == TENANCY_TENANT) {
        const struct value *organization = &columns[table->tenant_column];
        if (!value_is_null(organization) && house_of_organization(rq, &organization->uuid, ret_state, ret_house) < 0)
            return -1;
        bool comes_later = rq->load == LOAD_OWN;
        if (*ret_state == HOUSE_UNKNOWN && (table->is_organizations || comes_later))
            *ret_state = HOUSE_NEW;
    } else if (table->tenancy == TENANCY_CHILD) {
        const struct foreign_key *parent = table->parent;
        for (int i = 0; i < parent->count; i++)
            if (value_is_null(&columns[parent->columns[i]]))
                return 0;
        return house_of_parent(rq, parent, columns, hint, ret_state, ret_house);
    }
    return 0;
}

/* --- Houses --- */

static void key_of_house(const struct uuid *organization, struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_HOUSES);
    key_bytes(ret, organization->bytes, sizeof organization->bytes);
}

static void key_of_house_number(uint32_t house, struct key *ret)
{
    key_start(ret, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS);
    key_u32(ret, house);
}

static int put_number(struct request *rq, const struct key *key, uint64_t number)
{
    struct buf value = { 0 };
    mp_put_uint(&value, number);
    int err = system_put(rq, key, buf_slice(&value));
    buf_done(&value);
    return err;
}

static int get_number(struct request *rq, const struct key *key, uint64_t *ret)
{
    struct slice value;
    int got = system_get(rq, key, &value);
    if (got == 1 && (!mp_uint(&value, ret) || *ret > UINT32_MAX))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "a house number is damaged");
    return got;
}

/* House numbers are given once and never again, also when their organization is gone. */
static int house_number(struct request *rq, uint32_t *ret)
{
    static const char name[] = "houses";
    struct key key;
    uint64_t last = 0;
    key_start(&key, TENANT_SYSTEM, RELATION_SETTINGS);
    key_bytes(&key, name, sizeof name - 1);
    if (get_number(rq, &key, &last) < 0)
        return -1;
    if (last >= TENANT_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "there are no house numbers left");
    *ret = (uint32_t)last + 1;
    return put_number(rq, &key, last + 1);
}

int house_create(struct request *rq, const struct uuid *organization, uint32_t *ret)
{
    struct key key;
    if (house_number(rq, ret) < 0)
        return -1;
    key_of_house(organization, &key);
    if (put_number(rq, &key, *ret) < 0)
        return -1;
    struct buf value = { 0 };
    mp_put_ext(&value, MP_EXT_UUID, slice_of(organization->bytes, sizeof organization->bytes));
    key_of_house_number(*ret, &key);
    int err = system_put(rq, &key, buf_slice(&value));
    buf_done(&value);
    return err;
}

/* Removes everything that one system relation holds in a house, a record at a time. */
static int house_clear(struct request *rq, uint32_t house, uint16_t relation)
{
    struct key low;
    key_start(&low, house, relation);
    for (;;) {
        struct cursor cursor;
        struct slice bytes;
        struct key key = { 0 };
        if (cursor_open(rq->view, &low, &(struct key){ 0 }, false, &cursor, rq->error) < 0)
            return -1;
        int got = cursor_next(&cursor, &bytes, NULL, rq->error);
        if (got == 1)
            key_copy(&key, bytes);
        cursor_close(&cursor);
        if (got != 1)
            return got;
        if (system_put(rq, &key, (struct slice){ 0 }) < 0)
            return -1;
    }
}

int house_end(struct request *rq, uint32_t house, const struct uuid *organization)
{
    struct key key;
    assert(house != TENANT_SYSTEM);
    for (uint16_t relation = RELATION_IDEMPOTENCY; relation < RELATION_SYSTEM_END; relation++)
        if (house_clear(rq, house, relation) < 0)
            return -1;
    key_of_house_number(house, &key);
    if (system_put(rq, &key, (struct slice){ 0 }) < 0)
        return -1;
    key_of_house(organization, &key);
    return system_put(rq, &key, (struct slice){ 0 });
}
