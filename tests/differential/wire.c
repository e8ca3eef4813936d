/* An operation as the params of a request, docs/protocol.md.
 *
 * Values are given in their stored form, made from their text by src/value; or, for `textual` operations, as that text,
 * which the server then reads; a text that src/value refuses is always left to the server. */
#include "wire.h"

#include <ctype.h>
#include <stdlib.h>

#include "value/mp.h"
#include "value/value.h"

struct type loose(struct type type)
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
    if (op->where != NULL)
        put_filter(out, op->where, op->textual, arena);
    else
        mp_put_array(out, 0);
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

const char *method_of(const struct operation *op)
{
    static const char *const methods[] = {
        [OPERATION_INSERT] = "insert", [OPERATION_UPSERT] = "upsert", [OPERATION_UPDATE] = "update",
        [OPERATION_DELETE] = "delete", [OPERATION_GET] = "get", [OPERATION_SCAN] = "scan", [OPERATION_COUNT] = "count",
        [OPERATION_AGGREGATE] = "aggregate", [OPERATION_TRANSACTION] = "txn",
    };
    return methods[op->kind];
}

/* The params array: table, what the method is about, options; in a transaction the method comes before them. */
static void put_call(struct buf *out, const struct operation *op, bool is_part, const char *cursor, int limit, struct arena *arena)
{
    bool has_subject = op->kind <= OPERATION_GET;
    mp_put_array(out, 2 + is_part + has_subject + (op->kind == OPERATION_UPDATE));
    if (is_part)
        mp_put_string(out, method_of(op));
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
        put_call(out, &op->parts[i], true, NULL, op->parts[i].limit, arena);
}

void put_params(struct buf *out, const struct operation *op, const char *cursor, int limit, struct arena *arena)
{
    if (op->part_count > 0)
        put_transaction(out, op, arena);
    else
        put_call(out, op, false, cursor, limit, arena);
}

/* --- SQL --- */

/* Values as parameters, or, for some operations, in the text. */
static void put_statement(struct buf *out, const struct operation *op, struct arena *arena)
{
    struct buf text = { 0 };
    const char *const *params;
    int count = operation_sql(op, op->textual, arena, &text, &params);
    mp_put_str(out, buf_slice(&text));
    mp_put_array(out, (uint32_t)count);
    for (int i = 0; i < count; i++)
        if (params[i] == NULL)
            mp_put_nil(out);
        else
            mp_put_string(out, params[i]);
    buf_done(&text);
}

void put_statements(struct buf *out, const struct operation *op, struct arena *arena)
{
    if (op->part_count == 0) {
        mp_put_array(out, 2);
        put_statement(out, op, arena);
        return;
    }
    mp_put_array(out, 1);
    mp_put_array(out, (uint32_t)op->part_count);
    for (int i = 0; i < op->part_count; i++) {
        mp_put_array(out, 3);
        mp_put_string(out, "query");
        put_statement(out, &op->parts[i], arena);
    }
}
