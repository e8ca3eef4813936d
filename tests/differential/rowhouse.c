/* The subject: Rowhouse, over librowhouse. One connection a caller.
 *
 * Values are given in their stored form, made from their text by src/value; or, for `textual` operations, as that text,
 * which the server then reads; a text that src/value refuses is always left to the server. */
#include <assert.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <rowhouse/rowhouse.h>
#include <stdlib.h>

#include "client/client.h"
#include "operation.h"
#include "value/mp.h"
#include "value/value.h"

#define CALLERS_MAX 8

struct rowhouse {
    struct backend backend;                 /* first: the two pointers convert into each other */
    const char *address, *service_key, *secret;
    int count;
    struct { const struct caller *caller; struct rh *db; } connections[CALLERS_MAX];
};

/* --- Values --- */

/* The type to read a value as on this side: without limits, which are the server's to enforce. */
static struct type loose(struct type type)
{
    if (type_is_integer(type))
        return type_of(TYPE_INT8);
    type.precision = type.scale = type.length = 0;
    return type;
}

static void put_text(struct buf *out, struct type type, const char *text, bool textual, struct arena *arena)
{
    struct value value;
    struct error error;
    error_clear(&error);
    if (text == NULL)
        mp_put_nil(out);
    else if (textual && (type.array || type.id != TYPE_JSONB))
        mp_put_string(out, text);
    else if (value_from_text(loose(type), slice_of_string(text), arena, &value, &error) == 0)
        value_store(loose(type), &value, out);
    else
        mp_put_string(out, text);
}

static void put_names(struct buf *out, const struct meta_column *const *columns, int count)
{
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        mp_put_string(out, columns[i]->name);
}

/* --- The parts of params --- */

static void put_record(struct buf *out, const struct operation *op, const struct datum *row, struct arena *arena)
{
    uint32_t given = 0;
    for (int i = 0; i < op->column_count; i++)
        given += row[i].kind != DATUM_DEFAULT;
    mp_put_map(out, given);
    for (int i = 0; i < op->column_count; i++) {
        if (row[i].kind == DATUM_DEFAULT)
            continue;
        mp_put_string(out, op->columns[i]->name);
        put_text(out, op->columns[i]->type, row[i].kind == DATUM_NULL ? NULL : row[i].text, op->textual, arena);
    }
}

static void put_key(struct buf *out, const struct operation *op, struct arena *arena)
{
    const struct meta_unique *key = meta_key(op->table);
    if (key->count > 1)
        mp_put_array(out, (uint32_t)key->count);
    for (int i = 0; i < key->count; i++)
        put_text(out, op->table->columns[key->columns[i]].type, op->key[i].text, op->textual, arena);
}

static void put_place(struct buf *out, const struct place *place)
{
    if (place->depth == 0) {
        mp_put_string(out, place->column->name);
        return;
    }
    mp_put_array(out, (uint32_t)place->depth + 2);
    mp_put_string(out, "->>");
    mp_put_string(out, place->column->name);
    for (int i = 0; i < place->depth; i++)
        if (isdigit((unsigned char)place->path[i][0]))
            mp_put_int(out, atoi(place->path[i]));
        else
            mp_put_string(out, place->path[i]);
}

static const char *operator_name(const char *operator)
{
    return strcmp(operator, "LIKE") == 0 ? "like" : strcmp(operator, "ILIKE") == 0 ? "ilike"
         : strcmp(operator, "@>") == 0 ? "contains" : operator;
}

static void put_filter(struct buf *out, const struct filter *filter, bool textual, struct arena *arena)
{
    struct type type = filter->place.depth > 0 ? type_of(TYPE_TEXT)
                     : filter->place.column != NULL ? filter->place.column->type : type_of(TYPE_UNKNOWN);
    switch (filter->kind) {
    case FILTER_AND:
    case FILTER_OR:
    case FILTER_NOT:
        mp_put_array(out, (uint32_t)filter->count + 1);
        mp_put_string(out, filter->kind == FILTER_AND ? "and" : filter->kind == FILTER_OR ? "or" : "not");
        for (int i = 0; i < filter->count; i++)
            put_filter(out, filter->parts[i], textual, arena);
        break;
    case FILTER_NULL:
    case FILTER_NOT_NULL:
        mp_put_array(out, 2);
        mp_put_string(out, filter->kind == FILTER_NULL ? "is null" : "is not null");
        put_place(out, &filter->place);
        break;
    case FILTER_COMPARE:
        mp_put_array(out, 3);
        mp_put_string(out, operator_name(filter->operator));
        put_place(out, &filter->place);
        put_text(out, type, filter->values[0], textual, arena);
        break;
    case FILTER_IN:
        mp_put_array(out, 3);
        mp_put_string(out, "in");
        put_place(out, &filter->place);
        mp_put_array(out, (uint32_t)filter->value_count);
        for (int i = 0; i < filter->value_count; i++)
            put_text(out, type, filter->values[i], textual, arena);
        break;
    }
}

static void put_target(struct buf *out, const struct operation *op, struct arena *arena)
{
    if (op->key != NULL) {
        put_key(out, op, arena);
        return;
    }
    mp_put_map(out, 1);
    mp_put_string(out, "where");
    put_filter(out, op->where, op->textual, arena);
}

static void put_order(struct buf *out, const struct operation *op)
{
    mp_put_array(out, (uint32_t)op->order_count);
    for (int i = 0; i < op->order_count; i++) {
        const struct order_item *item = &op->order[i];
        mp_put_array(out, 2 + (item->nulls != 0));
        mp_put_string(out, item->column->name);
        mp_put_string(out, item->desc ? "desc" : "asc");
        if (item->nulls != 0)
            mp_put_string(out, item->nulls == 1 ? "nulls first" : "nulls last");
    }
}

static void put_aggregates(struct buf *out, const struct operation *op)
{
    mp_put_array(out, (uint32_t)op->aggregate_count);
    for (int i = 0; i < op->aggregate_count; i++) {
        const struct aggregate_item *item = &op->aggregates[i];
        mp_put_array(out, 2 + item->distinct);
        mp_put_string(out, item->function);
        mp_put_string(out, item->column == NULL ? "*" : item->column->name);
        if (item->distinct)
            mp_put_string(out, "distinct");
    }
}

/* The options map of every method: what the operation has of each. */
static void put_options(struct buf *out, const struct operation *op, const char *cursor, int limit, struct arena *arena)
{
    struct buf pairs = { 0 };
    uint32_t count = 0;
    bool reads = op->kind >= OPERATION_GET;
    if (op->organization != NULL && ++count > 0) {
        mp_put_string(&pairs, "organization");
        mp_put_string(&pairs, op->organization);
    }
    if (op->kind > OPERATION_GET && op->where != NULL && ++count > 0) {
        mp_put_string(&pairs, "where");
        put_filter(&pairs, op->where, op->textual, arena);
    }
    if (op->output_count > 0 && ++count > 0) {
        mp_put_string(&pairs, reads ? "columns" : "returning");
        put_names(&pairs, op->outputs, op->output_count);
    }
    if (op->conflict_nothing && ++count > 0) {
        mp_put_string(&pairs, "on_conflict");
        mp_put_string(&pairs, "nothing");
    }
    if (op->kind == OPERATION_UPSERT && ++count > 0) {
        const struct meta_column *columns[KEY_COLUMNS_MAX];
        for (int i = 0; i < op->conflict->count; i++)
            columns[i] = &op->table->columns[op->conflict->columns[i]];
        mp_put_string(&pairs, "conflict");
        put_names(&pairs, columns, op->conflict->count);
    }
    if (op->order_count > 0 && ++count > 0) {
        mp_put_string(&pairs, "order");
        put_order(&pairs, op);
    }
    if (limit > 0 && ++count > 0) {
        mp_put_string(&pairs, "limit");
        mp_put_int(&pairs, limit);
    }
    if (cursor != NULL && ++count > 0) {
        mp_put_string(&pairs, "cursor");
        mp_put_string(&pairs, cursor);
    }
    if (op->group_count > 0 && ++count > 0) {
        mp_put_string(&pairs, "group_by");
        put_names(&pairs, op->groups, op->group_count);
    }
    if (op->aggregate_count > 0 && ++count > 0) {
        mp_put_string(&pairs, "aggregates");
        put_aggregates(&pairs, op);
    }
    mp_put_map(out, count);
    buf_append_slice(out, buf_slice(&pairs));
    buf_done(&pairs);
}

static const char *const methods[] = {
    [OPERATION_INSERT] = "insert", [OPERATION_UPSERT] = "upsert", [OPERATION_UPDATE] = "update", [OPERATION_DELETE] = "delete",
    [OPERATION_GET] = "get", [OPERATION_SCAN] = "scan", [OPERATION_COUNT] = "count", [OPERATION_AGGREGATE] = "aggregate",
    [OPERATION_TRANSACTION] = "txn",
};

/* The params array: table, what the method is about, options; in a transaction the method comes before them. */
static void put_params(struct buf *out, const struct operation *op, bool is_part, const char *cursor, int limit, struct arena *arena)
{
    bool has_subject = op->kind <= OPERATION_GET;
    mp_put_array(out, 2 + is_part + has_subject + (op->kind == OPERATION_UPDATE));
    if (is_part)
        mp_put_string(out, methods[op->kind]);
    mp_put_string(out, op->table->name);
    if (op->kind == OPERATION_INSERT || op->kind == OPERATION_UPSERT) {
        if (op->row_count != 1)
            mp_put_array(out, (uint32_t)op->row_count);
        for (int row = 0; row < op->row_count; row++)
            put_record(out, op, op->values + row * op->column_count, arena);
    } else if (has_subject) {
        put_target(out, op, arena);
    }
    if (op->kind == OPERATION_UPDATE)
        put_record(out, op, op->values, arena);
    put_options(out, op, cursor, limit, arena);
}

static void put_transaction(struct buf *out, const struct operation *op, struct arena *arena)
{
    mp_put_array(out, 1);
    mp_put_array(out, (uint32_t)op->part_count);
    for (int i = 0; i < op->part_count; i++)
        put_params(out, &op->parts[i], true, NULL, op->parts[i].limit, arena);
}

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

static void take_parts(const struct operation *op, struct rh_cell results, struct arena *arena, struct outcome *ret)
{
    struct outcome *outcomes = ARENA_ARRAY(arena, struct outcome, op->part_count);
    for (int i = 0; i < op->part_count; i++) {
        snprintf(outcomes[i].sqlstate, sizeof outcomes[i].sqlstate, "00000");
        take(&op->parts[i], rh_at(results, (size_t)i), arena, &outcomes[i]);
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

/* One request; true when it worked, with the cursor to go on from in *ret_cursor. */
static bool request(struct rh *db, const struct operation *op, int limit, const char **cursor, struct arena *arena, struct outcome *ret)
{
    struct rh_reply *reply = NULL;
    struct rh_packed params = { 0 };
    if (op->part_count > 0)
        put_transaction(&params.bytes, op, arena);
    else
        put_params(&params.bytes, op, false, *cursor, limit, arena);
    int outcome = rh_request(db, &reply, methods[op->kind], "o", &params);
    buf_done(&params.bytes);
    snprintf(ret->sqlstate, sizeof ret->sqlstate, "%s", outcome == RH_OK ? "00000" : rh_sqlstate(db));
    if (outcome != RH_OK) {
        snprintf(ret->message, sizeof ret->message, "%s%s%s", rh_message(db), *rh_detail(db) == '\0' ? "" : "; ", rh_detail(db));
        return false;
    }
    if (op->part_count > 0)
        take_parts(op, rh_result(reply), arena, ret);
    else
        take(op, rh_result(reply), arena, ret);
    size_t size = 0;
    const char *text = rh_text(rh_member(rh_result(reply), "cursor"), &size);
    *cursor = text == NULL ? NULL : arena_string(arena, slice_of(text, size));
    rh_reply_free(reply);
    return true;
}

static void run(struct backend *backend, const struct operation *op, struct arena *arena, struct outcome *ret)
{
    struct rh *db = connection((struct rowhouse *)backend, op->caller);
    const char *cursor = NULL;
    *ret = (struct outcome){ .count = 0 };
    do {
        int left = op->limit - ret->row_count;
        if (!request(db, op, op->page > 0 && op->page < left ? op->page : left, &cursor, arena, ret))
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

struct backend *rowhouse_open(const char *address, const char *service_key, const char *hs256_secret)
{
    struct rowhouse *rowhouse = calloc(1, sizeof *rowhouse);
    rowhouse->backend = (struct backend){ .name = "Rowhouse", .run = run, .close = close_rowhouse };
    rowhouse->address = address;
    rowhouse->service_key = service_key;
    rowhouse->secret = hs256_secret;
    return &rowhouse->backend;
}
