/* Pieces of a statement's text, as written.
 *
 * Defaults, checks and policies are kept as text beside their compiled form: for dumps, for people, and to compile them
 * again when a column's type changes. libpg_query's deparser loses parentheses ("(a AND b) IS TRUE" comes back without
 * them), so the text is cut from the source: the parse tree says where a constraint starts, PostgreSQL's own keywords
 * and parentheses say where the piece ends. The parser has accepted the statement before, so a token here is simple:
 * a word, a quoted name, a string of any of the four kinds, a number, or one byte. Comments and layout are left out. */
#include "catalog/fold.h"

#include <ctype.h>
#include <strings.h>

static bool starts(struct slice s, const char *text)
{
    size_t size = strlen(text);
    return s.size >= size && memcmp(s.data, text, size) == 0;
}

static struct slice skip(struct slice s, size_t size)
{
    size = size < s.size ? size : s.size;
    return slice_of(s.data + size, s.size - size);
}

static bool word_byte(uint8_t c)
{
    return isalnum(c) || c == '_' || c == '$' || c >= 0x80;
}

/* Past white space and comments; block comments nest. */
static struct slice skip_space(struct slice s)
{
    for (;;) {
        if (s.size > 0 && isspace(s.data[0])) {
            s = skip(s, 1);
        } else if (starts(s, "--")) {
            while (s.size > 0 && s.data[0] != '\n')
                s = skip(s, 1);
        } else if (starts(s, "/*")) {
            int depth = 0;
            do {
                int step = starts(s, "/*") ? 1 : starts(s, "*/") ? -1 : 0;
                depth += step;
                s = skip(s, step == 0 ? 1 : 2);
            } while (depth > 0 && s.size > 0);
        } else {
            return s;
        }
    }
}

/* The size of what is quoted by s[0], quotes included; a doubled quote and, where `escapes`, a backslash go on. */
static size_t quoted_size(struct slice s, bool escapes)
{
    uint8_t quote = s.data[0];
    size_t i = 1;
    while (i < s.size) {
        if (escapes && s.data[i] == '\\')
            i += 2;
        else if (s.data[i] != quote)
            i++;
        else if (i + 1 < s.size && s.data[i + 1] == quote)
            i += 2;
        else
            return i + 1;
    }
    return s.size;
}

/* $tag$ ... $tag$; 0 when it is none. */
static size_t dollar_size(struct slice s)
{
    size_t tag = 1;
    while (tag < s.size && s.data[tag] != '$' && word_byte(s.data[tag]))
        tag++;
    if (tag >= s.size || s.data[tag] != '$')
        return 0;
    tag++;
    for (size_t i = tag; i + tag <= s.size; i++)
        if (memcmp(s.data + i, s.data, tag) == 0)
            return i + tag;
    return s.size;
}

struct token token_next(struct slice *rest)
{
    struct token token = { TOKEN_END, { NULL, 0 } };
    struct slice s = *rest = skip_space(*rest);
    size_t size = 1;
    if (s.size == 0)
        return token;
    uint8_t c = s.data[0];
    bool prefix = s.size > 1 && s.data[1] == '\'' && strchr("eEbBxXnN", c) != NULL;
    if (c == '\'' || prefix) {
        token.kind = TOKEN_STRING;
        size = prefix ? 1 + quoted_size(skip(s, 1), c == 'e' || c == 'E') : quoted_size(s, false);
    } else if (c == '"') {
        token.kind = TOKEN_QUOTED;
        size = quoted_size(s, false);
    } else if (c == '$' && dollar_size(s) > 0) {
        token.kind = TOKEN_STRING;
        size = dollar_size(s);
    } else if (isdigit(c) || (c == '.' && s.size > 1 && isdigit(s.data[1]))) {
        token.kind = TOKEN_NUMBER;
        while (size < s.size && (word_byte(s.data[size]) || s.data[size] == '.'))
            size++;
    } else if (word_byte(c)) {
        token.kind = TOKEN_WORD;
        while (size < s.size && word_byte(s.data[size]))
            size++;
    } else {
        token.kind = TOKEN_SYMBOL;
    }
    token.text = slice_of(s.data, size);
    *rest = skip(s, size);
    return token;
}

bool token_is(struct token token, const char *word)
{
    return (token.kind == TOKEN_WORD || token.kind == TOKEN_SYMBOL) && token.text.size == strlen(word)
        && strncasecmp((const char *)token.text.data, word, token.text.size) == 0;
}

/* CASE ... END nests like parentheses: a NULL inside ends no default. */
static int depth_step(struct token token)
{
    if (token_is(token, "(") || token_is(token, "[") || token_is(token, "case"))
        return 1;
    return token_is(token, ")") || token_is(token, "]") || token_is(token, "end") ? -1 : 0;
}

/* From `from` up to `end` with comments left out and white space at most one space, none inside parentheses. */
static const char *clean(struct fold *f, struct slice from, const uint8_t *end)
{
    struct slice rest = slice_of(from.data, (size_t)(end - from.data));
    char *out = arena_alloc(f->arena, rest.size + 1);
    size_t size = 0;
    bool string = false;                /* 'a' and 'b' on two lines are one string, on one line an error */
    for (;;) {
        const uint8_t *before = rest.data;
        struct token token = token_next(&rest);
        if (token.kind == TOKEN_END)
            break;
        if (size > 0 && token.text.data != before && out[size - 1] != '(' && !token_is(token, ")"))
            out[size++] = string && token.kind == TOKEN_STRING ? '\n' : ' ';
        string = token.kind == TOKEN_STRING;
        memcpy(out + size, token.text.data, token.text.size);
        size += token.text.size;
    }
    return size == 0 ? NULL : out;
}

struct slice text_from(const struct fold *f, int location)
{
    return skip(f->statement->text, location < 0 ? 0 : (size_t)location);
}

struct slice text_part(const struct fold *f, int number)
{
    struct slice rest = f->statement->text, part = rest;
    int depth = 0;
    for (;;) {
        struct token token = token_next(&rest);
        bool comma = depth == 0 && token_is(token, ",");
        if (token.kind == TOKEN_END || (comma && number == 0)) {
            part.size = (size_t)((token.kind == TOKEN_END ? rest.data : token.text.data) - part.data);
            return part;
        }
        depth += depth_step(token);
        if (comma) {
            number--;
            part = rest;
        }
    }
}

const char *text_in_parentheses(struct fold *f, struct slice text, const char *word)
{
    struct slice rest = text, before = text;
    int depth = 0;
    for (;;) {
        struct token token = token_next(&rest);
        if (token.kind == TOKEN_END)
            return NULL;
        before = rest;
        if (depth == 0 && token_is(token, word) && token_is(token_next(&before), "("))
            break;
        depth += depth_step(token);
    }
    rest = before;
    for (depth = 1;;) {
        struct token token = token_next(&rest);
        depth += depth_step(token);
        if (token.kind == TOKEN_END)
            return NULL;
        if (depth == 0)
            return clean(f, before, token.text.data);
    }
}

const char *text_after(struct fold *f, struct slice text, const char *word)
{
    struct slice rest = text;
    int depth = 0;
    for (;;) {
        struct token token = token_next(&rest);
        if (token.kind == TOKEN_END)
            return NULL;
        if (depth == 0 && token_is(token, word))
            return clean(f, rest, rest.data + rest.size);
        depth += depth_step(token);
    }
}

const char *text_of_default(struct fold *f, struct slice text)
{
    static const char *const ends[] = { ",", "not", "null", "check", "unique", "primary", "references", "constraint",
                                        "default", "generated", "collate", "deferrable", "initially", ";" };
    struct slice rest = text, start;
    struct token token;
    do
        token = token_next(&rest);
    while (token.kind != TOKEN_END && !token_is(token, "default"));
    start = rest;
    for (int depth = 0, first = 1;; first = 0) {
        token = token_next(&rest);
        depth += depth_step(token);
        bool end = token.kind == TOKEN_END || depth < 0;
        for (size_t i = 0; !first && depth == 0 && !end && i < sizeof ends / sizeof *ends; i++)
            end = token_is(token, ends[i]);
        if (end)
            return clean(f, start, token.kind == TOKEN_END ? rest.data : token.text.data);
    }
}
