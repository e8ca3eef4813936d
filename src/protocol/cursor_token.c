#include "protocol/cursor_token.h"

#include <assert.h>
#include <openssl/evp.h>

#include "base/hash.h"
#include "value/mp.h"

#define SEAL_SIZE 8

uint64_t token_hash(const struct request *rq, const struct query *query, struct slice where, struct slice order)
{
    const struct principal *who = rq->who;
    struct buf all = { 0 };
    mp_put_string(&all, query->table->qualified);
    mp_put_bin(&all, where);
    mp_put_bin(&all, order);
    mp_put_uint(&all, query->house);
    mp_put_int(&all, who->role);
    mp_put_bool(&all, who->super_admin);
    mp_put_bin(&all, slice_of(who->claims.uid.bytes, who->claims.has_uid ? sizeof who->claims.uid.bytes : 0));
    uint64_t hash = hash64(buf_slice(&all), 0);
    buf_done(&all);
    return hash;
}

/* --- Base64url over OpenSSL's base64 --- */

static void encode(struct slice bytes, struct buf *out)
{
    struct buf text = { 0 };
    assert(bytes.size < MIB(64));
    int size = EVP_EncodeBlock(buf_reserve(&text, 4 * (bytes.size / 3) + 5), bytes.data, (int)bytes.size);
    text.size = (size_t)size;
    while (text.size > 0 && text.data[text.size - 1] == '=')
        text.size--;
    for (size_t i = 0; i < text.size; i++)
        text.data[i] = text.data[i] == '+' ? '-' : text.data[i] == '/' ? '_' : text.data[i];
    mp_put_str(out, buf_slice(&text));
    buf_done(&text);
}

static bool is_base64url(uint8_t byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')
        || byte == '-' || byte == '_';
}

static bool decode(struct slice text, struct arena *arena, struct slice *ret)
{
    size_t padded = (text.size + 3) / 4 * 4;
    if (text.size % 4 == 1 || padded > REQUEST_SIZE_MAX)
        return false;
    uint8_t *plain = arena_alloc(arena, padded + 1), *bytes = arena_alloc(arena, padded + 1);
    for (size_t i = 0; i < text.size; i++) {
        if (!is_base64url(text.data[i]))
            return false;
        plain[i] = text.data[i] == '-' ? '+' : text.data[i] == '_' ? '/' : text.data[i];
    }
    memset(plain + text.size, '=', padded - text.size);
    int size = EVP_DecodeBlock(bytes, plain, (int)padded);
    if (size < 0)
        return false;
    *ret = slice_of(bytes, (size_t)size - (padded - text.size));
    return true;
}

/* --- Tokens --- */

static void put_seal(uint8_t seal[static SEAL_SIZE], struct slice payload, uint64_t hash)
{
    uint64_t sum = hash64(payload, hash);
    for (int i = 0; i < SEAL_SIZE; i++)
        seal[i] = (uint8_t)(sum >> (8 * i));
}

void token_write(const struct query *query, uint64_t hash, const struct position *position, struct buf *out)
{
    struct total_order order;
    struct buf token = { 0 };
    uint8_t seal[SEAL_SIZE] = { 0 };
    assert(position->ties != TIES_FREE);
    order_total(query->table, &query->order, position->ties, &order);
    buf_append(&token, seal, sizeof seal);
    mp_put_array(&token, 2 + (uint32_t)order.count);
    mp_put_uint(&token, position->ties);
    mp_put_uint(&token, query->house == HOUSE_ANY ? position->house : 0);
    for (int i = 0; i < order.count; i++)
        value_store(query->table->columns[order.columns[i].column].type, &position->values[i], &token);
    put_seal(token.data, slice_of(token.data + SEAL_SIZE, token.size - SEAL_SIZE), hash);
    encode(buf_slice(&token), out);
    buf_done(&token);
}

static bool read_values(struct request *rq, const struct query *query, struct slice payload, struct position *ret)
{
    struct total_order order;
    uint32_t count;
    int64_t ties, house;
    if (!mp_array(&payload, &count) || count < 2 || !mp_int(&payload, &ties) || !mp_int(&payload, &house))
        return false;
    if ((ties != TIES_UP && ties != TIES_DOWN) || house < 0 || house >= HOUSE_ANY)
        return false;
    ret->ties = (enum ties)ties;
    ret->house = query->house == HOUSE_ANY ? (uint32_t)house : query->house;
    order_total(query->table, &query->order, ret->ties, &order);
    if (count != 2 + (uint32_t)order.count)
        return false;
    for (int i = 0; i < order.count; i++) {
        struct error ignored = { 0 };
        ret->values[i] = VALUE_OF_NULL;
        if (!mp_nil(&payload) && value_from_wire(query->table->columns[order.columns[i].column].type, &payload, rq->arena,
                                                 &ret->values[i], &ignored) < 0)
            return false;
    }
    return payload.size == 0;
}

int token_read(struct request *rq, const struct query *query, uint64_t hash, struct slice text, struct position *ret)
{
    struct slice bytes;
    uint8_t seal[SEAL_SIZE];
    if (decode(text, rq->arena, &bytes) && bytes.size > SEAL_SIZE) {
        struct slice payload = slice_of(bytes.data + SEAL_SIZE, bytes.size - SEAL_SIZE);
        put_seal(seal, payload, hash);
        if (memcmp(seal, bytes.data, SEAL_SIZE) == 0 && mp_check(payload, WIRE_DEPTH_MAX) == (int64_t)payload.size
            && read_values(rq, query, payload, ret))
            return 0;
    }
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "this cursor belongs to no scan like this one");
    return fail_hint(rq->error, "pass a cursor with the same table, where, order and organization, as the same user");
}
