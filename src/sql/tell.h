/* What may be told of a statement: its text without literals and comments, which may be secrets. */
#ifndef ROWHOUSE_SQL_TELL_H
#define ROWHOUSE_SQL_TELL_H

#include "base/buf.h"

/* Appends the text with "?" for each literal and a space for each comment. The text may be anything: what looks like a literal
 * and does not end is one up to the end. Stops once `most` bytes are appended, give or take a token. */
void sql_tell(struct slice text, size_t most, struct buf *out);

#endif
