#include "server/idempotency.h"

#include "base/hash.h"
#include "value/mp.h"
#include "value/time.h"

/* The role is part of whose key it is: anon and the service role both have no user, and must never get each other's replies. */
static void build_key(const struct request *rq, struct slice name, struct key *ret)
{
    static const uint8_t nobody[16];
    const struct principal *who = rq->who;
    uint8_t role = (uint8_t)who->role;
    key_start(ret, who->has_house ? who->house : TENANT_SYSTEM, RELATION_IDEMPOTENCY);
    key_bytes(ret, &role, 1);
    key_bytes(ret, who->claims.has_uid ? who->claims.uid.bytes : nobody, 16);
    key_bytes(ret, name.data, name.size);
}

static void digest_request(struct request *rq, const char *method, struct args args, uint8_t digest[static 16])
{
    size_t name_size = strlen(method) + 1;
    uint8_t *bytes = arena_alloc(rq->arena, name_size + args.rest.size);
    memcpy(bytes, method, name_size);
    if (args.rest.size > 0)
        memcpy(bytes + name_size, args.rest.data, args.rest.size);
    hash128(slice_of(bytes, name_size + args.rest.size), digest);
}

struct record {
    struct slice digest, reply;
    int64_t expires_us;
};

static bool read_record(struct slice value, struct record *ret)
{
    uint32_t count;
    return mp_array(&value, &count) && count == 3 && mp_bin(&value, &ret->digest) && mp_bin(&value, &ret->reply) &&
           mp_int(&value, &ret->expires_us);
}

int idempotency_find(struct request *rq, struct slice key, const char *method, struct args args, struct kept_reply *ret)
{
    struct slice value;
    struct record record;
    build_key(rq, key, &ret->key);
    digest_request(rq, method, args, ret->digest);
    int found = system_get(rq, &ret->key, &value);
    if (found <= 0)
        return found;
    if (!read_record(value, &record))
        return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the reply kept under an idempotency key cannot be read");
    if (record.expires_us <= rq->now_us)
        return 0;
    if (!slice_equal(record.digest, slice_of(ret->digest, sizeof ret->digest))) {
        fail(rq->error, SQLSTATE_IDEMPOTENCY_MISMATCH, "idempotency key \"%.*s\" was used for another request", SLICE_FMT(key));
        return fail_hint(rq->error, "repeat the very same request, or choose a new key");
    }
    ret->reply = record.reply;
    return 1;
}

int idempotency_keep(struct request *rq, const struct kept_reply *kept, struct slice reply)
{
    struct buf value = { 0 };
    if (reply.size > IDEMPOTENCY_REPLY_MAX) {
        fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the reply has %zu bytes, more than the %zu that are kept under an idempotency key",
             reply.size, IDEMPOTENCY_REPLY_MAX);
        return fail_hint(rq->error, "return fewer columns");
    }
    mp_put_array(&value, 3);
    mp_put_bin(&value, slice_of(kept->digest, sizeof kept->digest));
    mp_put_bin(&value, reply);
    mp_put_int(&value, rq->now_us + (int64_t)IDEMPOTENCY_TTL_S * US_PER_SECOND);
    int result = system_put(rq, &kept->key, buf_slice(&value));
    buf_done(&value);
    return result;
}
