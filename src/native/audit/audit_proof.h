/* What the server says of a log under its key: checkpoints, and proofs against them. */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_PROOF_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_PROOF_H

#include "native/audit/audit_log.h"
#include "proof/checkpoint.h"

/* A log's origin is this and the organization's uuid. */
#define AUDIT_ORIGIN "rowhouse/"

/* The key pair that checkpoints are signed with; whoever owns it wipes it. */
struct audit_signer {
    uint8_t seed[NOTE_SEED_SIZE], public_key[NOTE_PUBLIC_SIZE];
};
/* From the text of its file: "rha_" and 64 hexadecimal digits. F0000 when it is something else; *signer is as before then. */
#define AUDIT_KEY_PREFIX "rha_"
int audit_signer_set(struct audit_signer *signer, struct slice text, struct error *error);

/* The signed checkpoint of a house's log at a size that it has reached; 55000 where there is no key. */
int audit_checkpoint_put(struct request *rq, uint32_t house, const struct uuid *organization, uint64_t size, struct buf *out);

/* Signs a text that ends in a newline, with the key of an organization's log; `also`: it is a note that is signed already. 55000. */
int audit_sign(struct request *rq, const struct uuid *organization, bool also, struct buf *text);

/* The verifier key of an organization's log; its name is the log's origin. */
int audit_key_of(struct request *rq, const struct uuid *organization, struct note_key *ret);

#endif
