/* Time-based one-time passwords (RFC 6238) over HMAC-SHA-1, as authenticator apps make them: six digits, steps of 30 s. */
#ifndef ROWHOUSE_NATIVE_ACCESS_TOTP_H
#define ROWHOUSE_NATIVE_ACCESS_TOTP_H

#include "base/buf.h"

#define TOTP_SECRET_SIZE 20             /* RFC 4226: the hash's size */
#define TOTP_STEP_S 30
#define TOTP_DIGITS 6
#define TOTP_DRIFT 1                    /* steps that a clock may be off, either way */

/* The code of one step, as text of `digits` (6 to 8) digits and a NUL. */
void totp_code(struct slice secret, uint64_t step, int digits, char *ret);

/* The step within the drift of `now_us` whose code this is and that is later than `used`; -1: none. Each step works once. */
int64_t totp_match(struct slice secret, struct slice code, int64_t now_us, int64_t used);

/* RFC 4648, upper case, without padding. Decoding takes lower case and refuses the rest; false when it does not fit. */
void base32_encode(struct slice bytes, struct buf *out);
bool base32_decode(struct slice text, uint8_t *ret, size_t size, size_t *ret_size);

#endif
