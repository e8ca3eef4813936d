/* What may not be acknowledged before its sync, whatever the caller asks for: credits and audit. */
#ifndef ROWHOUSE_NATIVE_STRICT_H
#define ROWHOUSE_NATIVE_STRICT_H

#include "native/native.h"

/* Whether the request's changes touch anything of it. */
bool native_strict(const struct request *rq);

#endif
