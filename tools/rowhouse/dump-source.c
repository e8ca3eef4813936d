#include "dump-source.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "engine/dump_page.h"
#include "engine/scan/unique.h"
#include "engine/seal_mark.h"
#include "seal-key.h"
#include "value/mp.h"

#define WAIT_MS 500
#define WAITS_MAX 30                    /* for another dump, which may have been interrupted just now */

/* --- A server --- */

static int fold(struct source *source, struct rh_cell migrations)
{
    struct effects effects;
    source->own = catalog_new();
    source->catalog = source->own;
    for (size_t i = 0; i < rh_count(migrations); i++) {
        struct rh_cell each = rh_at(migrations, i);
        char *name = rh_cell_text(rh_at(each, 0));
        size_t size;
        const char *text = rh_text(rh_at(each, 1), &size);
        int applied = catalog_apply(source->own, name, slice_of(text, size), rh_int(rh_at(each, 2)), &effects, &source->cli->error);
        free(name);
        if (applied < 0)
            return cli_failed(source->cli, &source->cli->error);
    }
    return EXIT_DONE;
}

static int open_server(struct source *source)
{
    struct rh *db = source->cli->db;
    struct rh_reply *reply = NULL;
    int outcome, waits = 0;
    rh_set_timeout(db, 600000);
    while ((outcome = rh_request(db, &reply, "dump_open", "[]")) == RH_REFUSED && strcmp(rh_sqlstate(db), "53400") == 0 && waits++ < WAITS_MAX)
        nanosleep(&(struct timespec){ 0, WAIT_MS * 1000000l }, NULL);
    int code = cli_outcome(source->cli, outcome);
    if (code == EXIT_DONE) {
        source->dump = rh_int(rh_member(rh_result(reply), "dump"));
        code = fold(source, rh_member(rh_result(reply), "migrations"));
    }
    rh_reply_free(reply);
    return code;
}

/* --- A directory --- */

/* They are asked for only when secrets are. */
static int open_keys(struct source *source)
{
    int got = !source->secrets ? 1 : cli_seal_key(source->cli, source->keyring);
    if (got == 0) {
        fail(&source->cli->error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" has no key file, so its secrets cannot be opened", cli_data(source->cli));
        fail_hint(&source->cli->error, "name it with --seal-key");
    }
    return got == 1 ? 0 : -1;
}

static int open_directory(struct source *source)
{
    struct error *error = &source->cli->error;
    source->keyring = memory_alloc(sizeof *source->keyring);
    struct store_config config = { .data_dir = cli_data(source->cli), .read_only = true, .keyring = source->keyring };
    if (open_keys(source) < 0 || store_open(&config, sys_real(), &source->store, error) < 0 || view_begin(source->store, &source->view, error) < 0)
        return cli_failed(source->cli, error);
    source->catalog = source->view.catalog;
    return EXIT_DONE;
}

/* A running server is recognised by its socket. */
static bool server_runs(struct cli *cli)
{
    char socket[4096];
    if (cli_option(cli, "address") != NULL || getenv("ROWHOUSE_ADDRESS") != NULL)
        return true;
    snprintf(socket, sizeof socket, "unix:%s/rowhouse.sock", cli_data(cli));
    struct rh *db = rh_open(socket, NULL);
    bool runs = rh_connect(db) == RH_OK;
    rh_close(db);
    return runs;
}

int source_open(struct cli *cli, struct source *ret)
{
    *ret = (struct source){ .cli = cli, .secrets = cli_option(cli, "secrets") != NULL };
    int code;
    if (server_runs(cli)) {
        code = cli_connect(cli);
        code = code == EXIT_DONE ? open_server(ret) : code;
    } else {
        code = open_directory(ret);
    }
    if (code == EXIT_DONE)
        ret->left_out = memory_alloc(sizeof *ret->left_out * (size_t)(ret->catalog->table_count * COLUMNS_MAX + 1));
    return code;
}

void source_close(struct source *source)
{
    struct error ignored;
    bool closed = source->dump == 0 || rh_request(source->cli->db, NULL, "dump_close", "[I]", source->dump) == RH_OK;
    (void)closed;                   /* else it ends by itself */
    if (source->view.store != NULL)
        view_end(&source->view);
    store_close(source->store, &ignored);
    if (source->keyring != NULL)
        keyring_done(source->keyring);
    free(source->keyring);
    if (source->own != NULL)
        catalog_free(source->own);
    free(source->left_out);
}

/* --- Pages --- */

static int page_of_directory(struct source_cursor *cursor, struct slice *ret)
{
    struct source *source = cursor->source;
    struct principal who;
    struct arena arena;
    principal_system(&who);
    arena_init(&arena, SIZE_MAX);
    struct request rq = { .view = &source->view, .who = &who, .sys = sys_real(), .arena = &arena, .error = &source->cli->error, .marks = seal_marks_new() };
    buf_clear(&cursor->page);
    int result = dump_page(&rq, key_slice(&cursor->low), source->secrets, cursor->entries, &cursor->page);
    seal_marks_free(rq.marks);
    arena_done(&arena);
    *ret = buf_slice(&cursor->page);
    return result;
}

static int page_of_server(struct source_cursor *cursor, struct slice *ret)
{
    struct source *source = cursor->source;
    struct rh *db = source->cli->db;
    rh_reply_free(cursor->reply);
    cursor->reply = NULL;
    int outcome = rh_request(db, &cursor->reply, "dump_read", "[I B b i]", source->dump, cursor->low.bytes, cursor->low.size, (int)source->secrets, cursor->entries);
    if (outcome != RH_OK) {
        fail(&source->cli->error, SQLSTATE_CONNECTION_FAILURE, "the server does not go on: %s (%s)", rh_message(db), rh_sqlstate(db));
        return fail_hint(&source->cli->error, "%s", rh_hint(db));
    }
    struct rh_cell page = rh_result(cursor->reply);
    *ret = slice_of(page.data, page.size);
    return 0;
}

static void count_left_out(struct source *source, uint16_t relation, struct slice *page)
{
    const struct table *table = source->catalog->table_by_relation[relation];
    uint32_t count;
    if (!mp_array(page, &count))
        return;
    for (; count >= 2; count -= 2) {
        int64_t column = 0;
        uint64_t values = 0;
        mp_int(page, &column);
        mp_uint(page, &values);
        if (table != NULL && column >= 0 && column < COLUMNS_MAX)
            source->left_out[table->number * COLUMNS_MAX + column] += values;
    }
}

static int read_page(struct source_cursor *cursor)
{
    struct slice page, entries, left_out;
    uint32_t members;
    if ((cursor->source->dump != 0 ? page_of_server(cursor, &page) : page_of_directory(cursor, &page)) < 0)
        return -1;
    if (!mp_map(&page, &members) || members != 3 || !mp_skip(&page, NULL) || !mp_bool(&page, &cursor->more) || !mp_skip(&page, NULL) || !mp_skip(&page, &entries) ||
        !mp_skip(&page, NULL) || !mp_skip(&page, &left_out) || !mp_array(&entries, &cursor->left))
        return fail(&cursor->source->cli->error, SQLSTATE_PROTOCOL_VIOLATION, "the server's page of a dump cannot be read");
    cursor->at = entries;
    count_left_out(cursor->source, key_relation(key_slice(&cursor->low)), &left_out);
    return 0;
}

void source_cursor_open(struct source *source, uint32_t house, uint16_t relation, struct source_cursor *ret)
{
    *ret = (struct source_cursor){ .source = source, .entries = DUMP_PAGE_ENTRIES, .more = true };
    key_start(&ret->low, house, relation);
}

int source_next(struct source_cursor *cursor, struct slice *ret_key, struct slice *ret_value)
{
    while (cursor->left == 0) {
        if (!cursor->more)
            return 0;
        if (read_page(cursor) < 0)
            return -1;
    }
    if (!mp_bin(&cursor->at, ret_key) || !mp_bin(&cursor->at, ret_value) || ret_key->size < KEY_PREFIX_SIZE || ret_key->size > KEY_SIZE_MAX)
        return fail(&cursor->source->cli->error, SQLSTATE_PROTOCOL_VIOLATION, "the server's page of a dump cannot be read");
    cursor->left -= 2;
    key_copy(&cursor->low, *ret_key);
    if (cursor->left == 0 && cursor->more) {            /* the next page begins behind this entry: a key that is a byte longer is the next one */
        if (cursor->low.size < KEY_SIZE_MAX)
            cursor->low.bytes[cursor->low.size++] = 0;
        else if (!key_successor(&cursor->low, &cursor->low))
            cursor->more = false;
    }
    return 1;
}

void source_cursor_close(struct source_cursor *cursor)
{
    rh_reply_free(cursor->reply);
    buf_done(&cursor->page);
}

int source_get(struct source *source, struct slice key, struct buf *ret)
{
    struct source_cursor cursor;
    struct slice at, value;
    source_cursor_open(source, key_tenant(key), key_relation(key), &cursor);
    key_copy(&cursor.low, key);
    cursor.entries = 1;
    int got = source_next(&cursor, &at, &value);
    if (got == 1 && !slice_equal(at, key))
        got = 0;
    buf_clear(ret);
    if (got == 1)
        buf_append_slice(ret, value);
    source_cursor_close(&cursor);
    return got;
}
