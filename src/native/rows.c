#include "native/rows.h"

#include <assert.h>

#include "engine/houses.h"
#include "value/json.h"
#include "value/time.h"

/* An index whose entries begin with the column; NULL: none. */
static const struct index *index_leading(const struct table *table, int column)
{
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        if (!index->house && index->predicate == NULL && index->key_count > 0 && index->key[0].column == column && !index->key[0].order.desc)
            return index;
    }
    return NULL;
}

int pick_start(struct pick *pick, struct request *rq, const struct table *table, uint32_t house, const char *column,
               const struct value *value, bool newest_first)
{
    assert(!value_is_null(value));
    pick->table = table;
    pick->column = table_column(table, slice_of_string(column));
    pick->value = *value;
    assert(pick->column >= 0);
    const struct index *index = index_leading(table, pick->column);
    if (index == NULL)
        return walk_start(&pick->walk, rq, table->primary, house, NULL, 0, NULL, NULL, newest_first);
    return walk_start(&pick->walk, rq, index, house, &pick->value, 1, NULL, NULL, newest_first);
}

int pick_next(struct pick *pick, struct found *ret)
{
    struct type type = pick->table->columns[pick->column].type;
    int got;
    while ((got = walk_next(&pick->walk, ret)) == 1) {
        const struct value *value = &ret->columns[pick->column];
        if (!value_is_null(value) && value_compare(type, value, &pick->value) == 0)
            return 1;
    }
    return got;
}

int recent_start(struct walk *walk, struct request *rq, const struct table *table, uint32_t house, const char *column, int64_t low_us,
                 int64_t high_us, bool newest_first)
{
    struct value low = value_time(low_us), high = value_time(high_us);
    const struct index *index = index_leading(table, table_column(table, slice_of_string(column)));
    if (index == NULL)
        return walk_start(walk, rq, table->primary, house, NULL, 0, NULL, NULL, newest_first);
    return walk_start(walk, rq, index, house, NULL, 0, &low, &high, newest_first);
}

int recent_next(struct walk *walk, const char *column, int64_t low_us, int64_t high_us, struct found *ret)
{
    int got;
    while ((got = walk_next(walk, ret)) == 1) {
        const struct value *when = found_column(walk->index->table, ret, column);
        if (!value_is_null(when) && value_unix_us(when) >= low_us && value_unix_us(when) < high_us)
            return 1;
    }
    return got;
}

int64_t found_instant(const struct table *table, const struct found *row, const char *column)
{
    const struct value *value = found_column(table, row, column);
    if (value_is_null(value))
        return INT64_MAX;
    if (value->kind != VALUE_DATE)
        return value_unix_us(value);
    if (value->date == DATE_INFINITY || value->date == DATE_MINUS_INFINITY)
        return value->date == DATE_INFINITY ? TIME_INFINITY : TIME_MINUS_INFINITY;
    return value->date * US_PER_DAY;
}

int64_t days_ago(int64_t now_us, int64_t days)
{
    if (days <= 0)
        return now_us;
    return days > (now_us - TIME_US_MIN) / US_PER_DAY ? TIME_US_MIN : now_us - days * US_PER_DAY;
}

int row_of_caller(struct request *rq, const struct table *table, const struct value *id, const char *what, struct found *ret)
{
    bool everywhere = principal_enters_all(rq->who);
    int got = 0;
    if (everywhere || rq->who->has_house)
        got = table_find(rq, table, everywhere ? HOUSE_ANY : rq->who->house, id, ret);
    if (got != 0)
        return got < 0 ? -1 : 0;
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&id->uuid, text);
    return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "%s \"%s\" does not exist", what, text);
}

int delete_unheld(struct request *rq, const struct table *table, const struct found *row)
{
    if (table_delete(rq, table, row) == 0)
        return 1;
    if (rq->error->state != SQLSTATE_FOREIGN_KEY_VIOLATION)
        return -1;
    error_clear(rq->error);
    return 0;
}

int native_self(struct request *rq, const struct value *user, struct value *ret)
{
    const struct claims *claims = &rq->who->claims;
    *ret = native_actor(rq);
    if (value_is_null(user))
        return 0;
    bool himself = claims->has_uid && uuid_compare(&claims->uid, &user->uuid) == 0;
    if (!himself && !principal_enters_all(rq->who)) {
        char text[UUID_TEXT_SIZE + 1];
        uuid_format(&user->uuid, text);
        return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "user \"%s\" is not the caller", text);
    }
    *ret = *user;
    return 0;
}

int native_user(struct request *rq, const struct value *user, struct value *ret)
{
    if (!value_is_null(user) || rq->who->claims.has_uid)
        return native_self(rq, user, ret);
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the caller is no user");
    return fail_hint(rq->error, "name one with the parameter \"user_id\"");
}

int native_colleague(struct request *rq, const struct value *user)
{
    const struct principal *who = rq->who;
    const struct table *profiles = rq->view->catalog->profiles;
    struct found found;
    if (value_is_null(user) || principal_enters_all(who) || (who->claims.has_uid && uuid_compare(&who->claims.uid, &user->uuid) == 0))
        return 0;
    bool known = who->has_house && profiles != NULL && table_in_houses(profiles);
    int got = known ? table_find(rq, profiles, who->house, user, &found) : 0;
    if (got != 0)
        return got < 0 ? -1 : 0;
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(&user->uuid, text);
    return fail(rq->error, SQLSTATE_INSUFFICIENT_PRIVILEGE, "user \"%s\" is not of the caller's organization", text);
}

int native_house_or_system(struct request *rq, const struct value *organization, uint32_t *ret_house, struct value *ret_organization)
{
    struct uuid uuid;
    *ret_house = TENANT_SYSTEM;
    *ret_organization = VALUE_OF_NULL;
    if (value_is_null(organization) && !rq->who->has_house && principal_enters_all(rq->who))
        return 0;
    if (native_house(rq, organization, ret_house, &uuid) < 0)
        return -1;
    *ret_organization = value_uuid(uuid);
    return 0;
}

struct value native_actor(const struct request *rq)
{
    return rq->who->claims.has_uid ? value_uuid(rq->who->claims.uid) : VALUE_OF_NULL;
}

int native_integer(struct request *rq, const struct value *value, const char *name, int64_t otherwise, int64_t low, int64_t high,
                   int64_t *ret)
{
    *ret = value_is_null(value) ? otherwise : value->integer;
    if (*ret >= low && *ret <= high)
        return 0;
    return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%s\" is from %lld to %lld", name, (long long)low, (long long)high);
}

struct value native_json(struct request *rq, struct buf *wire)
{
    struct slice json, in = arena_copy(rq->arena, buf_slice(wire));
    int done = json_from_wire(&in, rq->arena, &json, rq->error);
    assert(done == 0);
    buf_done(wire);
    return value_json(json);
}

void put_value(struct buf *out, const char *name, struct type type, const struct value *value)
{
    mp_put_string(out, name);
    if (value_is_null(value))
        mp_put_nil(out);
    else
        value_store(type, value, out);
}

void put_uuid(struct buf *out, const char *name, const struct value *uuid)
{
    put_value(out, name, type_of(TYPE_UUID), uuid);
}

void put_column(struct buf *out, const struct table *table, const struct found *row, const char *column)
{
    put_value(out, column, table->columns[table_column(table, slice_of_string(column))].type, found_column(table, row, column));
}
