/* Names and texts as PostgreSQL's lexer reads them back. */
#ifndef ROWHOUSE_SQL_QUOTE_H
#define ROWHOUSE_SQL_QUOTE_H

#include "base/buf.h"

/* A name, in quotes where PostgreSQL needs them. */
void quote_name(const char *name, struct buf *out);

/* A string constant; a backslash needs no care with standard_conforming_strings. */
void quote_text(struct slice text, struct buf *out);

#endif
