/* Progress on stderr: a line that rewrites itself on a terminal, nothing in a pipe. */
#ifndef ROWHOUSE_TOOLS_PROGRESS_H
#define ROWHOUSE_TOOLS_PROGRESS_H

#include <stdint.h>

/* Says where the work is, at most ten times a second. */
void progress(const char *what, const char *table, uint64_t rows);

/* Clears the line before anything else is told. */
void progress_done(void);

#endif
