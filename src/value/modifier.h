/* Type modifiers: varchar(n) and numeric(p, s), of single values and of the elements of arrays. */
#ifndef ROWHOUSE_VALUE_MODIFIER_H
#define ROWHOUSE_VALUE_MODIFIER_H

#include "value/value.h"

/* Makes `value` one of `type` with its modifiers, or fails: 22001 for a text that is too long (spaces beyond the end
 * do not count, and an explicit cast cuts it), 22003 for a number that does not fit. NULL passes. */
int modifier_apply(struct type type, bool explicit_cast, struct arena *arena, struct value *value, struct error *error);

#endif
