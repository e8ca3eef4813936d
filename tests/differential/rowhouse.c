/* The subject: Rowhouse, over librowhouse. One connection a caller. Requests are made in wire.c. */
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rowhouse/rowhouse.h>
#include <stdlib.h>

#include "client/client.h"
#include "rules.h"
#include "value/value.h"
#include "wire.h"

#define CALLERS_MAX 8

struct rowhouse {
    struct backend backend;                 /* first: the two pointers convert into each other */
    const char *address, *service_key, *secret;
    bool sql;                               /* operations go to `query` */
    int count;
    struct { const struct caller *caller; struct rh *db; } connections[CALLERS_MAX];
};

/* --- Replies --- */

static struct type aggregate_type(const struct aggregate_item *item)
{
    if (strcmp(item->function, "count") == 0)
        return type_of(TYPE_INT8);
    if (strcmp(item->function, "avg") == 0)
        return type_of(TYPE_NUMERIC);
    if (strcmp(item->function, "sum") == 0)
        return type_of(item->column->type.id == TYPE_INT4 ? TYPE_INT8 : TYPE_NUMERIC);
    return loose(item->column->type);
}

static struct type output_type(const struct operation *op, int i)
{
    if (op->kind != OPERATION_AGGREGATE)
        return op->outputs[i]->type;
    return i < op->group_count ? op->groups[i]->type : aggregate_type(&op->aggregates[i - op->group_count]);
}

/* A cell as PostgreSQL prints it; NULL for NULL; what can't be read says so, and differs from everything. */
static const char *cell_text(struct type type, struct rh_cell cell, struct arena *arena)
{
    struct value value;
    struct slice bytes = slice_of(cell.data, cell.size);
    if (rh_type(cell) == RH_NULL)
        return NULL;
    if (cell.data == NULL || value_load(type, &bytes, &value) < 0)
        return arena_printf(arena, "<unreadable, type %d>", rh_type(cell));
    struct buf text = { 0 };
    value_to_text(type, &value, &text);
    const char *copy = arena_string(arena, buf_slice(&text));
    buf_done(&text);
    return copy;
}

static void take_rows(const struct operation *op, struct rh_cell rows, struct arena *arena, struct outcome *ret)
{
    int more = (int)rh_count(rows), width = op->kind == OPERATION_AGGREGATE ? op->group_count + op->aggregate_count : op->output_count;
    const char **cells = ARENA_ARRAY(arena, const char *, (ret->row_count + more) * width + 1);
    if (ret->row_count > 0)
        memcpy(cells, ret->cells, sizeof *cells * (size_t)(ret->row_count * width));
    for (int row = 0; row < more; row++)
        for (int i = 0; i < width; i++)
            cells[(ret->row_count + row) * width + i] = cell_text(output_type(op, i), rh_at(rh_at(rows, (size_t)row), (size_t)i), arena);
    ret->row_count += more;
    ret->width = width;
    ret->cells = cells;
}

static void take_row(const struct operation *op, struct rh_cell row, struct arena *arena, struct outcome *ret)
{
    const char **cells = ARENA_ARRAY(arena, const char *, op->output_count);
    ret->count = ret->row_count = rh_type(row) != RH_NULL;
    ret->width = op->output_count;
    for (int i = 0; i < op->output_count && ret->row_count > 0; i++)
        cells[i] = cell_text(op->outputs[i]->type, rh_at(row, (size_t)i), arena);
    ret->cells = cells;
}

static void take(const struct operation *op, struct rh_cell result, struct arena *arena, struct outcome *ret)
{
    switch (op->kind) {
    case OPERATION_GET:
        take_row(op, result, arena, ret);
        break;
    case OPERATION_COUNT:
        ret->count = rh_int(result);
        break;
    case OPERATION_SCAN:
    case OPERATION_AGGREGATE:
        take_rows(op, rh_member(result, "rows"), arena, ret);
        ret->count = ret->row_count;
        break;
    default:
        ret->count = rh_int(rh_member(result, "count"));
        if (op->output_count > 0)
            take_rows(op, rh_member(result, "rows"), arena, ret);
    }
}

/* The answer of a statement of SQL, which names its types. */
static void take_answer(const struct operation *op, struct rh_cell answer, struct arena *arena, struct outcome *ret)
{
    struct rh_cell rows = rh_member(answer, "rows"), types = rh_member(answer, "types");
    int width = (int)rh_count(types);
    if (op->kind == OPERATION_COUNT) {
        ret->count = rh_int(rh_at(rh_at(rows, 0), 0));
        return;
    }
    ret->count = rh_int(rh_member(answer, "count"));
    ret->row_count = (int)rh_count(rows);
    ret->width = width;
    ret->cells = ARENA_ARRAY(arena, const char *, ret->row_count * width + 1);
    for (int i = 0; i < width; i++) {
        size_t size;
        struct type type = type_of(TYPE_TEXT);
        const char *name = rh_text(rh_at(types, (size_t)i), &size), *open = memchr(name, '(', size);
        type_by_name(slice_of(name, open != NULL ? (size_t)(open - name) : size), &type);      /* of an enumeration: text */
        for (int row = 0; row < ret->row_count; row++)
            ret->cells[row * width + i] = cell_text(type, rh_at(rh_at(rows, (size_t)row), (size_t)i), arena);
    }
}

static void take_one(const struct rowhouse *rowhouse, const struct operation *op, struct rh_cell result, struct arena *arena,
                     struct outcome *ret)
{
    if (rowhouse->sql)
        take_answer(op, result, arena, ret);
    else
        take(op, result, arena, ret);
    rules_normalize(op, ret);
}

static void take_parts(const struct rowhouse *rowhouse, const struct operation *op, struct rh_cell results, struct arena *arena, struct outcome *ret)
{
    struct outcome *outcomes = ARENA_ARRAY(arena, struct outcome, op->part_count);
    for (int i = 0; i < op->part_count; i++) {
        snprintf(outcomes[i].sqlstate, sizeof outcomes[i].sqlstate, "00000");
        take_one(rowhouse, &op->parts[i], rh_at(results, (size_t)i), arena, &outcomes[i]);
        if (!operation_is_ordered(&op->parts[i]))
            outcome_sort(&outcomes[i]);
    }
    outcome_join(outcomes, op->part_count, arena, ret);
}

/* --- Connections --- */

static void put_base64(struct buf *out, const void *data, size_t size)
{
    char text[1024];
    assert(size < 700);
    int length = EVP_EncodeBlock((unsigned char *)text, data, (int)size);
    for (int i = 0; i < length && text[i] != '='; i++)
        buf_append_byte(out, (uint8_t)(text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i]));
}

/* A JWT for the caller, HS256: base64url(header).base64url(claims).base64url(signature). */
static char *token_for(const struct rowhouse *rowhouse, const struct caller *caller)
{
    static const char header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    char claims[512];
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct buf token = { 0 };
    if (caller->user != NULL)
        snprintf(claims, sizeof claims, "{\"sub\":\"%s\",\"role\":\"%s\",\"exp\":4102444800}", caller->user, caller->role);
    else
        snprintf(claims, sizeof claims, "{\"role\":\"%s\",\"exp\":4102444800}", caller->role);
    put_base64(&token, header, strlen(header));
    buf_append_byte(&token, '.');
    put_base64(&token, claims, strlen(claims));
    HMAC(EVP_sha256(), rowhouse->secret, (int)strlen(rowhouse->secret), token.data, token.size, signature, &size);
    buf_append_byte(&token, '.');
    put_base64(&token, signature, size);
    char *text = strdup(buf_text(&token));
    buf_done(&token);
    return text;
}

static struct rh *connection(struct rowhouse *rowhouse, const struct caller *caller)
{
    for (int i = 0; i < rowhouse->count; i++)
        if (rowhouse->connections[i].caller == caller)
            return rowhouse->connections[i].db;
    struct rh *db = rh_open(rowhouse->address, &(struct rh_options){ .timeout_ms = 30000 });
    char *token = strcmp(caller->role, "service_role") == 0 ? strdup(rowhouse->service_key) : token_for(rowhouse, caller);
    if (rh_connect(db) != RH_OK || rh_authenticate(db, token) != RH_OK) {
        fprintf(stderr, "cannot sign in as %s: %s %s\n", caller->name, rh_message(db), rh_detail(db));
        exit(EXIT_FAILURE);
    }
    free(token);
    assert(rowhouse->count < CALLERS_MAX);
    rowhouse->connections[rowhouse->count].caller = caller;
    rowhouse->connections[rowhouse->count++].db = db;
    return db;
}

/* --- Running it --- */

/* "... at line 1, column 2": where a statement is wrong. */
static void take_place(const char *message, struct outcome *ret)
{
    const char *place = NULL;
    for (const char *at = message; (at = strstr(at, " at line ")) != NULL; at++)
        place = at;
    if (place != NULL && sscanf(place, " at line %d, column %d", &ret->line, &ret->column) != 2)
        ret->line = ret->column = 0;
}

/* One request; true when it worked, with the cursor to go on from in *ret_cursor. */
static bool request(const struct rowhouse *rowhouse, struct rh *db, const struct operation *op, int limit, const char **cursor, struct arena *arena, struct outcome *ret)
{
    struct rh_reply *reply = NULL;
    struct rh_packed params = { 0 };
    if (rowhouse->sql)
        put_statements(&params.bytes, op, arena);
    else
        put_params(&params.bytes, op, *cursor, limit, arena);
    int outcome = rh_request(db, &reply, op->part_count > 0 ? "txn" : rowhouse->sql ? "query" : method_of(op), "o", &params);
    buf_done(&params.bytes);
    snprintf(ret->sqlstate, sizeof ret->sqlstate, "%s", outcome == RH_OK ? "00000" : rh_sqlstate(db));
    if (outcome != RH_OK) {
        snprintf(ret->message, sizeof ret->message, "%s%s%s", rh_message(db), *rh_detail(db) == '\0' ? "" : "; ", rh_detail(db));
        if (op->kind == OPERATION_SQL)
            take_place(rh_message(db), ret);
        return false;
    }
    if (op->part_count > 0)
        take_parts(rowhouse, op, rh_result(reply), arena, ret);
    else
        take_one(rowhouse, op, rh_result(reply), arena, ret);
    size_t size = 0;
    const char *text = rh_text(rh_member(rh_result(reply), "cursor"), &size);
    *cursor = text == NULL ? NULL : arena_string(arena, slice_of(text, size));
    rh_reply_free(reply);
    return true;
}

static void run(struct backend *backend, const struct operation *op, struct arena *arena, struct outcome *ret)
{
    struct rowhouse *rowhouse = (struct rowhouse *)backend;
    struct rh *db = connection(rowhouse, op->caller);
    const char *cursor = NULL;
    *ret = (struct outcome){ .count = 0 };
    do {
        int left = op->limit - ret->row_count;
        if (!request(rowhouse, db, op, op->page > 0 && op->page < left ? op->page : left, &cursor, arena, ret))
            return;
    } while (op->page > 0 && cursor != NULL && ret->row_count < op->limit);
    if (op->part_count == 0 && !operation_is_ordered(op))
        outcome_sort(ret);
}

static void close_rowhouse(struct backend *backend)
{
    struct rowhouse *rowhouse = (struct rowhouse *)backend;
    for (int i = 0; i < rowhouse->count; i++)
        rh_close(rowhouse->connections[i].db);
    free(rowhouse);
}

struct backend *rowhouse_open(const char *address, const char *service_key, const char *hs256_secret, bool sql)
{
    struct rowhouse *rowhouse = calloc(1, sizeof *rowhouse);
    rowhouse->backend = (struct backend){ .name = "Rowhouse", .run = run, .close = close_rowhouse };
    rowhouse->address = address;
    rowhouse->service_key = service_key;
    rowhouse->secret = hs256_secret;
    rowhouse->sql = sql;
    return &rowhouse->backend;
}
