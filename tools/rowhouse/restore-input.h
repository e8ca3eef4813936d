/* The lines of a dump of SQL, in UTF-8 whatever they are written in, and the statements among them.
 *
 * In every encoding of PostgreSQL a newline is a newline, but a letter of some (SJIS, BIG5, GBK) holds the byte of a backslash or a quote: so lines
 * are converted before anybody looks into them. */
#ifndef ROWHOUSE_TOOLS_RESTORE_INPUT_H
#define ROWHOUSE_TOOLS_RESTORE_INPUT_H

#include <iconv.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"

struct input {
    FILE *in;
    uint64_t line;                  /* of the newest line, from 1 */
    char *raw;                      /* as read */
    size_t room;
    bool converts;
    iconv_t converter;
    struct buf text;                /* the line in UTF-8, without its end */
    size_t at;                      /* what statements have used of it */
    bool backslashes;               /* standard_conforming_strings is off: '\' escapes in plain strings */
    struct buf statement;           /* without comments and semicolon */
    uint64_t statement_line;
};

void input_start(struct input *input, FILE *in);
void input_done(struct input *input);

/* From the next line on the bytes are of this encoding, in PostgreSQL's names: 22023 for one that nobody knows. */
int input_encoding(struct input *input, const char *name, struct error *error);

/* The next line: 1, 0 at the end, -1. Borrowed until the next call. */
int input_line(struct input *input, struct slice *ret, struct error *error);

/* The next statement into `statement`; a command of psql (a line that begins with a backslash) and a comment that begins with one of `kept` are statements, too:
 * INPUT_END, or -1 also for one that does not end. */
enum input_kind { INPUT_END, INPUT_STATEMENT, INPUT_COMMAND, INPUT_COMMENT };
int input_statement(struct input *input, const char *const *kept, struct error *error);

#endif
