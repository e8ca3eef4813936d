/* Letters and their case, as PostgreSQL 15 has them in a database whose locale is C.UTF-8: what libc says of each character in
 * that locale. A character becomes one character (ß stays ß in upper case), and no language has rules of its own. */
#ifndef ROWHOUSE_VALUE_LETTERS_H
#define ROWHOUSE_VALUE_LETTERS_H

#include "base/buf.h"
#include "base/error.h"

/* F0000 when the machine has no locale C.UTF-8; without it the rest ends the process. Any thread. */
int letters_check(struct error *error);

uint32_t letter_lower(uint32_t code);
uint32_t letter_upper(uint32_t code);

/* Append sound UTF-8 in lower case, in upper case, and with each word beginning in upper case: words are letters and digits. */
void letters_lower(struct slice text, struct buf *out);
void letters_upper(struct slice text, struct buf *out);
void letters_initcap(struct slice text, struct buf *out);

/* Whether two texts differ in nothing but case: lower() of both is the same. */
bool letters_same(struct slice a, struct slice b);

#endif
