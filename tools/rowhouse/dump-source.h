/* Where a dump comes from: a server, wherever it is, or a data directory that nobody has open. One state of it, read in pages
 * (src/engine/dump_page.h), so that neither side holds more than a page. */
#ifndef ROWHOUSE_TOOLS_DUMP_SOURCE_H
#define ROWHOUSE_TOOLS_DUMP_SOURCE_H

#include "cli.h"
#include "engine/engine.h"

struct source {
    struct cli *cli;
    const struct catalog *catalog;
    bool secrets;                   /* wanted, in the clear */
    uint64_t *left_out;             /* values of secret columns, by table and column */
    int64_t dump;                   /* of a server; 0: it is a directory */
    struct catalog *own;            /* made of the server's migrations */
    struct keyring *keyring;        /* of a directory, as the next two */
    struct store *store;
    struct view view;
};

/* EXIT_DONE, or a code after telling. */
int source_open(struct cli *cli, struct source *ret);
void source_close(struct source *source);

/* What lies under a relation in a house, in the order of the keys, from `low` on. */
struct source_cursor {
    struct source *source;
    struct key low;                 /* of the page to come */
    int entries;                    /* of a page, at most */
    bool more;
    uint32_t left;                  /* entries of the page that were not read yet, two objects each */
    struct slice at;
    struct buf page;                /* of a directory */
    struct rh_reply *reply;         /* of a server */
};
void source_cursor_open(struct source *source, uint32_t house, uint16_t relation, struct source_cursor *ret);
/* 1 and the next entry, borrowed until the next call; 0 at the end, -1 with the error in cli->error. */
int source_next(struct source_cursor *cursor, struct slice *ret_key, struct slice *ret_value);
void source_cursor_close(struct source_cursor *cursor);

/* The value at a key, copied into `ret`: 1, 0, -1. */
int source_get(struct source *source, struct slice key, struct buf *ret);

#endif
