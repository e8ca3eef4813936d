/* What must be known of a text before PostgreSQL's grammar may see it: where its statements and comments are, and
 * how deep it can nest. One pass over the tokens of PostgreSQL's own scanner, which does not recurse. */
#ifndef ROWHOUSE_SQL_LEX_H
#define ROWHOUSE_SQL_LEX_H

#include "base/arena.h"
#include "base/error.h"

struct lexed_statement {
    size_t start, end;              /* bytes of the text, no semicolon and no space around */
    int line;
    int nesting;                    /* no parse tree of it is deeper; see lex_sql */
};

struct lexed {
    char *text;                     /* the text with comments blanked, byte for byte in place, and a NUL */
    int count;
    struct lexed_statement *statements;
};

/* Splits and blanks, a byte order mark before the text as well. The nesting of a statement is bounded by the tokens that may be open at once: a token counts in its
 * pair of parentheses or brackets, a comma starts the count of its pair anew. Errors of the scanner: 42601, lines counted from `first_line`. */
int lex_sql(struct slice text, int first_line, struct arena *arena, struct lexed *ret, struct error *error);

/* The tokens of a text, a space between them: comments and spaces are gone, names and keywords that are not quoted are in lower case.
 * Texts of the same tokens mean the same. 42601. */
int lex_tokens(struct slice text, struct arena *arena, const char **ret, struct error *error);

/* Line and column, both from 1, of a byte of a text; a column is a character, not a byte. */
void lex_position(struct slice text, size_t offset, int *ret_line, int *ret_column);

#endif
