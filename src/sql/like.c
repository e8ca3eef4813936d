/* LIKE: % is any run of characters, _ one character, the escape byte takes the next character as it is.
 *
 * The text is tried against the pattern up to each %, left to right; when what follows a % fails, the text is
 * tried again one character later, for the last % only: what an earlier % took cannot be improved on by taking
 * more. So time is at most text times pattern, for any pattern. */
#include "sql/expr.h"
#include "value/letters.h"
#include "value/utf8.h"

#define STEPS_OF_UNIT 8                 /* characters tried for a unit of work */

static size_t character_size(struct slice text, size_t at)
{
    size_t size = 1;
    while (at + size < text.size && (text.data[at + size] & 0xC0) == 0x80)
        size++;
    return size;
}

/* One letter of both, whatever its case. */
static bool step_letter(struct slice text, size_t *t, struct slice pattern, size_t *p, size_t skip)
{
    struct slice a = slice_of(text.data + *t, text.size - *t), b = slice_of(pattern.data + *p + skip, pattern.size - *p - skip);
    if (letter_lower(utf8_next(&a)) != letter_lower(utf8_next(&b)))
        return false;
    *t = text.size - a.size;
    *p = pattern.size - b.size;
    return true;
}

/* One element of a pattern at *p that is not %: whether it takes what is in the text at *t; both move past it. */
static bool step(struct slice text, size_t *t, struct slice pattern, size_t *p, int escape, bool fold_case)
{
    if (*t >= text.size)
        return false;
    uint8_t c = pattern.data[*p];
    if (c == '_' && c != escape) {
        *t += character_size(text, *t);
        *p += 1;
        return true;
    }
    size_t skip = c == escape;
    if (fold_case)
        return step_letter(text, t, pattern, p, skip);
    if (pattern.data[*p + skip] != text.data[*t])
        return false;
    *p += skip + 1;
    *t += 1;
    return true;
}

int like_match(struct slice text, struct slice pattern, int escape, bool fold_case, struct work *work, bool *ret, struct error *error)
{
    size_t t = 0, p = 0, again_t = 0, again_p = 0, steps = 0;
    bool again = false;
    for (;;) {
        if (++steps % STEPS_OF_UNIT == 0 && work_spend(work, 1, error) < 0)
            return -1;
        /* As in PostgreSQL, an escape with nothing behind it is an error when matching gets there. */
        if (p + 1 == pattern.size && pattern.data[p] == escape && t < text.size)
            return fail(error, SQLSTATE_INVALID_ESCAPE_SEQUENCE, "LIKE pattern must not end with escape character");
        if (p < pattern.size && pattern.data[p] == '%' && escape != '%') {
            again = true;
            again_p = ++p;
            again_t = t;
        } else if (p < pattern.size && step(text, &t, pattern, &p, escape, fold_case)) {
            continue;
        } else if (p == pattern.size && t == text.size) {
            *ret = true;
            return 0;
        } else if (again && again_t < text.size) {
            again_t += character_size(text, again_t);
            t = again_t;
            p = again_p;
        } else {
            *ret = false;
            return 0;
        }
    }
}

bool like_prefix(struct slice pattern, int escape, struct buf *prefix)
{
    for (size_t i = 0; i < pattern.size; i++) {
        uint8_t c = pattern.data[i];
        if (c == escape && i + 1 == pattern.size)
            return false;
        if (c == escape)
            c = pattern.data[++i];
        else if (c == '%')
            return i + 1 == pattern.size;
        else if (c == '_')
            return false;
        buf_append_byte(prefix, c);
    }
    return true;
}
