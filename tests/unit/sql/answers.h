/* Reading the files that ask-postgresql fills: a question, a tab, the answer as "type<TAB>value" or "!<TAB>SQLSTATE". */
#ifndef ROWHOUSE_TESTS_SQL_ANSWERS_H
#define ROWHOUSE_TESTS_SQL_ANSWERS_H

#include "base/buf.h"
#include "value/value.h"

static inline struct slice take_until(struct slice *rest, char end)
{
    const uint8_t *at = rest->size == 0 ? NULL : memchr(rest->data, end, rest->size);
    size_t size = at == NULL ? rest->size : (size_t)(at - rest->data);
    struct slice taken = slice_of(rest->data, size);
    size_t used = at == NULL ? size : size + 1;
    *rest = slice_of(rest->data + used, rest->size - used);
    return taken;
}

/* An answer of ours in the same form. */
static inline void put_answer(struct type type, const struct value *value, struct arena *arena, struct buf *out)
{
    struct type plain = type;
    plain.length = plain.precision = plain.scale = 0;
    buf_printf(out, "%s\t", type_name(plain, arena));
    if (value_is_null(value))
        buf_append_string(out, "<NULL>");
    else
        value_to_text(type, value, out);
}

static inline void put_refusal(const struct error *error, struct buf *out)
{
    buf_printf(out, "!\t%s", sqlstate_code(error->state));
}

#endif
