/* Names of C for the names of a schema, which may be anything: `for`, "two words", "1st". */
#ifndef ROWHOUSE_TOOLS_C_NAMES_H
#define ROWHOUSE_TOOLS_C_NAMES_H

#include "base/arena.h"

enum c_space {
    C_MEMBERS,                      /* of a struct: none is a keyword of C or C++, nor written as macros are, in capitals */
    C_TAGS,                         /* behind "struct rh_": none is one of librowhouse's own */
};

/* C's names for `count` names, in their order and all different. Letters, digits and underscores stay; all else becomes an underscore;
 * what is taken gets an underscore behind it, and a number when that is taken, too. */
const char **c_names(enum c_space space, const char *const *names, int count, struct arena *arena);

#endif
