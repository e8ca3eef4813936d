/* COPY's lines. */
#ifndef ROWHOUSE_TOOLS_RESTORE_COPY_H
#define ROWHOUSE_TOOLS_RESTORE_COPY_H

#include <pg_query/pg_query.pb-c.h>

#include "restore-input.h"
#include "restore.h"

/* COPY table (columns) FROM stdin, and the lines that follow, to the one that is \. */
int restore_copy(struct restore *restore, struct input *input, const PgQuery__CopyStmt *stmt);

#endif
