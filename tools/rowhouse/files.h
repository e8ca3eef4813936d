/* Migration files: read whole, in the order of the arguments, a folder's *.sql in the order of their names. */
#ifndef ROWHOUSE_TOOLS_FILES_H
#define ROWHOUSE_TOOLS_FILES_H

#include "cli.h"

struct file {
    char *name;                     /* without its folder */
    struct buf text;
};

struct file_list {
    struct file *files;
    int count;
};

/* A file or a folder; EXIT_DONE, or EXIT_FAILED after telling. */
int files_add(struct cli *cli, struct file_list *list, const char *path);
void files_done(struct file_list *list);

#endif
