/* The tables of built-in functions and operators, and how one of several of a name is chosen. */
#ifndef ROWHOUSE_SQL_FUNCTION_H
#define ROWHOUSE_SQL_FUNCTION_H

#include "sql/expr.h"

/* PostgreSQL's pseudo types, in `args` and `ret` of struct function. */
enum {
    SIGNATURE_ANY = 0x80,           /* any type; a literal becomes text */
    SIGNATURE_ANYELEMENT,           /* any type, the same at every ANYELEMENT, and ANYARRAY is an array of it */
    SIGNATURE_ANYARRAY,
    SIGNATURE_ANYENUM,
    SIGNATURE_ANYNONARRAY,          /* any type but an array; cast to text, only || has it */
    SIGNATURE_COMPATIBLE,           /* like ANYELEMENT, but brought to a common type first */
    SIGNATURE_COMPATIBLE_ARRAY,
};

struct function_table {
    const struct function *functions;
    int count;
};

#define FUNCTION_TABLE(name, rows) const struct function_table name = { rows, sizeof(rows) / sizeof(rows)[0] }

extern const struct function_table operators;           /* all but comparisons */
extern const struct function_table comparisons;         /* the pairs of types that = < > and so on take; named "=" */
extern const struct function_table functions_text, functions_bytes, functions_number, functions_time, functions_json, functions_json_set,
                                   functions_array, functions_inet, functions_session;

/* The operators that are functions, by subject; `operators` refers to them. */
int array_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error);
int number_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error);
int inet_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error);
int json_call_operator(const struct expr *call, struct eval *eval, const struct value *args, struct value *ret, struct error *error);

/* jsonb's @>. */
int json_call_contains(struct eval *eval, struct slice outer, struct slice inner, struct value *ret, struct error *error);
/* Whether a string is a member of an object, an element of an array, or the string itself: the operator ? */
bool json_has_key(struct slice json, struct slice key);
/* The index that a step of a path means in an array: a whole number in decimal. */
bool json_array_index(struct slice step, int64_t *ret);
/* Brings loosely built msgpack to the stored form, as the result; frees `built`. */
int json_give_built(struct buf *built, struct eval *eval, struct value *ret, struct error *error);

/* Chooses by the rules of PostgreSQL's chapter 10 among the functions `name` of the tables: 1 found, 0 none fits, -1 more
 * than one does. `operator` adds the rule that an operand of unknown type first tries the other's. */
int function_choose(const struct function_table *const *tables, int table_count, struct slice name, const struct type *types,
                    int count, bool operator, const struct function **ret);

/* Whether any of the tables has a function `name`. */
bool function_exists(const struct function_table *const *tables, int table_count, struct slice name);

/* The declared type of argument `index`. */
static inline uint8_t function_arg(const struct function *function, int index)
{
    return function->args[index < function->arg_count ? index : function->arg_count - 1];
}

#endif
