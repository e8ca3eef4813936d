/* The groups of native functions. To add one: a table that ends with a NULL name in a file of its own, declared
 * here and listed in NATIVE_GROUPS. Nothing else names it. */
#ifndef ROWHOUSE_NATIVE_GROUPS_H
#define ROWHOUSE_NATIVE_GROUPS_H

#include "native/native.h"

extern const struct native_function limit_functions[];
extern const struct native_function credit_functions[];
extern const struct native_function audit_functions[];
extern const struct native_function audit_proof_functions[];
extern const struct native_function access_functions[];
extern const struct native_function restore_functions[];
extern const struct native_function token_functions[];

#define NATIVE_GROUPS limit_functions, credit_functions, audit_functions, audit_proof_functions, access_functions, restore_functions, token_functions

#define NATIVE_FUNCTIONS_MAX 128        /* of all groups together */

#endif
