/* Rowhouse without a server, on a store of its own below /tmp: what PostgreSQL judges statement by statement. A program has one. */
#ifndef ROWHOUSE_TESTS_BARE_H
#define ROWHOUSE_TESTS_BARE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "protocol/methods.h"
#include "value/json.h"
#include "value/mp.h"

#define NOW_US 1700000000000000

static char directory[] = "/tmp/rowhouse-bare-XXXXXX";
static struct store *store;
static struct view view;
static struct arena arena;
static struct changes changes;
static struct error error;
static struct principal principal;
static struct request rq;

static inline void must(int result)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", sqlstate_code(error.state), error.message);
        exit(1);
    }
}

/* A shell's command about the directory, which is its %s. */
static inline void bare_shell(const char *format)
{
    char command[128];
    snprintf(command, sizeof command, format, directory);
    int status = system(command);
    assert(status == 0);
}

/* From the log alone: no image of before is believed. */
static inline void bare_open(void)
{
    struct store_config config = { .data_dir = directory, .image_dir = directory, .segment_size = WAL_SEGMENT_SIZE_MIN, .rebuild_image = true };
    must(store_open(&config, sys_real(), &store, &error));
}

static inline void bare_start(void)
{
    bool made = mkdtemp(directory) != NULL;
    assert(made);
    arena_init(&arena, ARENA_REQUEST_MAX);
    principal_system(&principal);
    bare_open();
}

static inline void bare_stop(void)
{
    must(store_close(store, &error));
    bare_shell("rm -rf '%s'");
}

static inline void bare_request(void)
{
    arena_reset(&arena);
    error_clear(&error);
    changes = (struct changes){ .arena = &arena };
    rq = (struct request){ .view = &view, .who = &principal, .now_us = NOW_US, .sys = sys_real(), .arena = &arena, .changes = &changes, .error = &error };
}

/* What the request did is there from now on. */
static inline void bare_commit(void)
{
    uint64_t lsn;
    must(store_transaction(store, &(struct transaction_info){ .now_us = NOW_US }, changes.items, changes.count, &lsn, &error));
    store_write_commit(store, &view);
}

/* A migration as a transaction of its own: 0; -1 with the error, and nothing is left of it. */
static inline int bare_migrate(const char *name, struct slice text)
{
    struct effects effects;
    must(store_exclusive_begin(store, &view, &error));
    bare_request();
    if (engine_migrate(&rq, name, text, &effects) < 0) {
        store_write_abort(store, &view);
        return -1;
    }
    bare_commit();
    return 0;
}

/* Calls a method with params in JSON. */
static inline int bare_call(int (*method)(struct request *, struct args, struct buf *), const char *json, struct buf *out)
{
    struct args args;
    error_clear(&error);
    must(json_parse(slice_of_string(json), &arena, &args.rest, &error));
    bool array = mp_array(&args.rest, &args.count);
    assert(array);
    buf_clear(out);
    return method(&rq, args, out);
}

/* The member "rows" of an answer, as text. */
static inline void bare_rows(const struct buf *answer, struct buf *text)
{
    struct slice rows;
    bool there = json_member(buf_slice(answer), SLICE_LITERAL("rows"), &rows);
    assert(there);
    buf_clear(text);
    json_to_text(rows, text);
}

#endif
