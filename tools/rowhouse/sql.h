/* What the files of `rowhouse sql` share: running one statement and printing what it answers, and the shell around it. */
#ifndef ROWHOUSE_TOOLS_SQL_H
#define ROWHOUSE_TOOLS_SQL_H

#include "cli.h"

struct sql {
    struct cli *cli;
    bool json, csv;
    bool expanded, timing;              /* \x, \timing */
    struct rh_packed *params;           /* of a statement from the command line; NULL: none */
    int line;                           /* of a script, where the statement begins; 0: it is from no script */
};

/* Runs one statement and prints its answer, or its error with the place marked. */
int sql_run(struct sql *sql, const char *text);

/* sql-print.c: an answer in the form that is asked for. */
void sql_print(const struct sql *sql, struct rh_cell answer);

/* sql-shell.c: reads statements until the end of stdin; with a terminal there are lines to edit and complete. */
int sql_shell(struct sql *sql);

/* sql-complete.c: what a word can become, in an editor of libedit. Asks the server for tables and columns when first used. */
void sql_complete_start(struct sql *sql);
char **sql_complete(const char *word, int start, int end);
void sql_complete_done(void);

#endif
