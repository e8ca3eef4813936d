#include "protocol/idempotency.h"

#include "engine/seal_row.h"
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

/* Callers without a user are told apart by nothing but their keys: one that others may come upon would show them another's reply. */
static int may_use_key(struct request *rq, struct slice name)
{
    const struct principal *who = rq->who;
    struct uuid uuid;
    bool random = uuid_parse(name, &uuid) && uuid.bytes[6] >> 4 == 4;
    if (who->claims.has_uid || who->role == ROLE_SERVICE || random)
        return 0;
    fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "the idempotency key of a caller without a user is a random uuid (version 4)");
    return fail_hint(rq->error, "choose a fresh one for each write, and repeat that write under it");
}

/* The request is what it means: maps have no order, and numbers no width (I3). What the caller was in `profiles` is part of the request, not of the key: who asks again in another role is neither told what the
 * former one was told, nor written for twice. */
static void digest_request(struct request *rq, const char *method, struct args args, uint8_t digest[static MP_DIGEST_SIZE])
{
    struct buf names = { 0 };
    memset(digest, 0, MP_DIGEST_SIZE);
    mp_put_string(&names, rq->who->profile_role);
    mp_put_string(&names, method);
    for (struct slice rest = buf_slice(&names); rest.size > 0;)
        mp_digest_add(digest, &rest);
    for (uint32_t i = 0; i < args.count; i++)
        mp_digest_add(digest, &args.rest);
    buf_done(&names);
}

struct kept_record {
    struct slice digest, reply;
    int64_t expires_us;
};

static int refuse_record(struct request *rq)
{
    return fail(rq->error, SQLSTATE_DATA_CORRUPTED, "the reply kept under an idempotency key cannot be read");
}

/* What is sealed of a record. */
static int open_kept(struct request *rq, const struct key *key, struct slice payload, struct kept_record *ret)
{
    struct sealing sealing;
    struct buf clear = { 0 };
    uint32_t count;
    sealing_start(&sealing, rq, key_tenant(key_slice(key)));
    int result = sealing_open(&sealing, key_slice(key), payload, "a kept reply", &clear);
    sealing_done(&sealing);
    struct slice inside = arena_copy(rq->arena, buf_slice(&clear));
    buf_done(&clear);
    if (result == 0 && !(mp_array(&inside, &count) && count == 2 && mp_bin(&inside, &ret->digest) && mp_bin(&inside, &ret->reply)))
        return refuse_record(rq);
    return result;
}

static int read_record(struct request *rq, const struct key *key, struct slice value, struct kept_record *ret)
{
    uint32_t count;
    int8_t ext;
    struct slice payload;
    if (!mp_array(&value, &count) || count != 2 || !mp_ext(&value, &ext, &payload) || ext != MP_EXT_SEALED || !mp_int(&value, &ret->expires_us))
        return refuse_record(rq);
    return ret->expires_us <= rq->now_us ? 0 : open_kept(rq, key, payload, ret);
}

int idempotency_find(struct request *rq, struct slice key, const char *method, struct args args, struct kept_reply *ret)
{
    struct slice value;
    struct kept_record record;
    if (may_use_key(rq, key) < 0)
        return -1;
    build_key(rq, key, &ret->key);
    digest_request(rq, method, args, ret->digest);
    int found = system_get(rq, &ret->key, &value);
    if (found <= 0)
        return found;
    if (read_record(rq, &ret->key, value, &record) < 0)
        return -1;
    if (record.expires_us <= rq->now_us)
        return 0;
    if (!slice_equal(record.digest, slice_of(ret->digest, sizeof ret->digest))) {
        fail(rq->error, SQLSTATE_IDEMPOTENCY_MISMATCH, "idempotency key \"%.*s\" was used for another request", SLICE_FMT(key));
        return fail_hint(rq->error, "repeat the very same request in the same role, or choose a new key");
    }
    ret->reply = record.reply;
    return 1;
}

int idempotency_keep(struct request *rq, const struct kept_reply *kept, struct slice reply)
{
    struct sealing sealing;
    struct buf clear = { 0 }, payload = { 0 }, value = { 0 };
    if (reply.size > IDEMPOTENCY_REPLY_MAX) {
        fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "the reply has %zu bytes, more than the %zu that are kept under an idempotency key",
             reply.size, IDEMPOTENCY_REPLY_MAX);
        return fail_hint(rq->error, "return fewer columns");
    }
    mp_put_array(&clear, 2);
    mp_put_bin(&clear, slice_of(kept->digest, sizeof kept->digest));
    mp_put_bin(&clear, reply);
    sealing_start(&sealing, rq, key_tenant(key_slice(&kept->key)));
    int result = sealing_close(&sealing, key_slice(&kept->key), buf_slice(&clear), &payload);
    sealing_done(&sealing);
    mp_put_array(&value, 2);
    mp_put_ext(&value, MP_EXT_SEALED, buf_slice(&payload));
    mp_put_int(&value, rq->now_us + (int64_t)IDEMPOTENCY_TTL_S * US_PER_SECOND);
    if (result == 0)
        result = system_put(rq, &kept->key, buf_slice(&value));
    buf_done(&clear);
    buf_done(&payload);
    buf_done(&value);
    return result;
}
