/* The natively provided functions: limits and quotas, credits, audit, access, tokens, upkeep.
 *
 * One table of functions: name, named parameters with types, whether it writes, who may call it. The method `call` dispatches
 * through it; `rowhouse functions` and docs/functions.md print it. Each rule is a pure function of its arguments (state in,
 * decision out: limit_rule.h, credit_rule.h, audit_rule.h), with the store around it. */
#ifndef ROWHOUSE_NATIVE_NATIVE_H
#define ROWHOUSE_NATIVE_NATIVE_H

#include "engine/engine.h"
#include "engine/table.h"

#define PARAMETERS_MAX 16

struct parameter {
    const char *name;
    enum type_id type;
    bool array;                             /* an array of it */
    bool required;
    const char *summary;
};

enum caller { CALLER_SIGNED_IN, CALLER_MEMBER, CALLER_ADMIN, CALLER_SERVICE };
/* SIGNED_IN: any token. MEMBER: of the organization that the call is about, or admin. ADMIN: super admin or service. */

struct native_function {
    const char *name;
    bool writes;
    bool relaxed;                           /* default durability of its transaction: relaxed instead of sync */
    enum caller caller;
    enum sqlstate refusal;                  /* not OK: the result map begins with a boolean that may say no ("allowed", "success"); in
                                               a `txn` a no is this error and takes everything back */
    bool keeps_refusal;                     /* but what it wrote of its no: who guesses codes within transactions is locked out, too */
    /* `values`: by position in `parameters`, typed, NULL where not given. Appends one msgpack object. */
    int (*run)(struct request *rq, const struct value *values, struct buf *out);
    const char *returns;                    /* for people: "{allowed, limit, remaining, ...}" */
    const char *summary;
    struct parameter parameters[PARAMETERS_MAX];        /* ends with name NULL */
};

const struct native_function *native_find(struct slice name);
/* What calls name a parameter; "" when it is declared without. */
const char *native_parameter_name(const struct catalog *catalog, const struct native_function *function, const char *parameter);
const struct native_function *const *native_table(int *ret_count);      /* of all groups, see groups.h */

/* Whether the caller may, now: 42501, 25006 for one that writes where nothing can be written. */
int native_allowed(struct request *rq, const struct native_function *function);
/* Completes the `values` of a call, of which `given` (1 << position) were named: others become what the function's declaration
 * says of them. 42P02 when one is missing. */
int native_complete(struct request *rq, const struct native_function *function, unsigned given, struct value *values);

/* 42501 of a method or function that is for the service role. */
int native_refuse_others(const char *name, struct error *error);

/* Whether a function's result, or the boolean that it is declared to give, says no; see native_function.refusal. */
bool native_refused(const struct native_function *function, struct slice result);

/* The house that a call is about: the parameter's organization if the caller may (42501), else the caller's own. */
int native_house(struct request *rq, const struct value *organization, uint32_t *ret_house, struct uuid *ret_organization);

/* --- Tokens --- */

struct token_keys;                          /* what verifies and signs JWTs */

/* `hs256_secret`: at least 32 bytes; `es256_public_pem` may be NULL. Owned by the caller until token_keys_free. */
int token_keys_new(struct slice hs256_secret, const char *es256_public_pem, struct token_keys **ret, struct error *error);
void token_keys_free(struct token_keys *keys);

/* Further keys, before the keys are used: a secret of HS256, or a PEM of an Ed25519 or P-256 key, public or private. `kid` names
 * it and is copied. F0000. */
int token_keys_add_secret(struct token_keys *keys, const char *kid, struct slice secret, struct error *error);
int token_keys_add_pem(struct token_keys *keys, const char *kid, const char *pem, struct error *error);
/* token_issue() signs with this one; without it with `hs256_secret`. F0000 when it is not there or cannot sign. */
int token_keys_sign_with(struct token_keys *keys, const char *kid, struct error *error);

/* Verifies a token as of now_us (exp, nbf with 30 s of leeway; alg as configured, never "none") and fills role and claims, whose
 * strings are allocated with malloc and freed by principal_done(). 28000 with the reason. */
int token_verify(const struct token_keys *keys, struct slice token, int64_t now_us, struct principal *ret, struct error *error);
void principal_done(struct principal *principal);

/* A signed token of these claims (stored jsonb object; exp is set from ttl_s). */
int token_issue(const struct token_keys *keys, struct slice claims, int64_t now_us, int64_t ttl_s, struct buf *out, struct error *error);

#endif
