/* The judge: PostgreSQL 15. Each operation is one statement in a transaction of its own, under SET LOCAL ROLE and the
 * claims of the caller, with its values as parameters, whose types PostgreSQL infers from the columns. */
#include "rules.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#define PARAMS_MAX 1024

struct postgres {
    struct backend backend;                 /* first: the two pointers convert into each other */
    PGconn *db;
    bool records;                           /* the other is given records, which leave out what is to have its default */
};

/* --- An operation as SQL --- */

struct sql {
    struct buf text;
    bool inlined;                           /* values as literals, for people; else as parameters */
    bool records;                           /* a column that no row gives is not named: its right is not asked then */
    int param_count;
    const char *params[PARAMS_MAX];
};

static void put_literal(struct sql *sql, const char *text)
{
    buf_append_byte(&sql->text, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_append_byte(&sql->text, '\'');
        buf_append_byte(&sql->text, (uint8_t)*text);
    }
    buf_append_byte(&sql->text, '\'');
}

static void put_value(struct sql *sql, const char *text)
{
    if (sql->inlined && text == NULL) {
        buf_append_string(&sql->text, "NULL");
    } else if (sql->inlined) {
        put_literal(sql, text);
    } else {
        assert(sql->param_count < PARAMS_MAX);
        sql->params[sql->param_count++] = text;
        buf_printf(&sql->text, "$%d", sql->param_count);
    }
}

static void put_datum(struct sql *sql, const struct datum *datum)
{
    if (datum->kind == DATUM_DEFAULT)
        buf_append_string(&sql->text, "DEFAULT");
    else if (datum->kind == DATUM_EXPRESSION)
        buf_append_string(&sql->text, datum->text);
    else
        put_value(sql, datum->kind == DATUM_NULL ? NULL : datum->text);
}

static void put_columns(struct sql *sql, const struct meta_column *const *columns, int count)
{
    for (int i = 0; i < count; i++)
        buf_printf(&sql->text, "%s%s", i == 0 ? "" : ", ", columns[i]->name);
}

static void put_place(struct sql *sql, const struct place *place)
{
    if (place->depth == 0) {
        buf_append_string(&sql->text, place->column->name);
        return;
    }
    buf_printf(&sql->text, "(%s", place->column->name);
    for (int i = 0; i < place->depth; i++) {
        buf_append_string(&sql->text, i == place->depth - 1 ? " ->> " : " -> ");
        if (isdigit((unsigned char)place->path[i][0]))
            buf_append_string(&sql->text, place->path[i]);
        else
            put_literal(sql, place->path[i]);
    }
    buf_append_byte(&sql->text, ')');
}

static void put_filter(struct sql *sql, const struct filter *filter)
{
    struct buf *text = &sql->text;
    buf_append_byte(text, '(');
    switch (filter->kind) {
    case FILTER_AND:
    case FILTER_OR:
        for (int i = 0; i < filter->count; i++) {
            if (i > 0)
                buf_append_string(text, filter->kind == FILTER_AND ? " AND " : " OR ");
            put_filter(sql, filter->parts[i]);
        }
        break;
    case FILTER_NOT:
        buf_append_string(text, "NOT ");
        put_filter(sql, filter->parts[0]);
        break;
    case FILTER_COMPARE:
        put_place(sql, &filter->place);
        buf_printf(text, " %s ", filter->operator);
        put_value(sql, filter->values[0]);
        break;
    case FILTER_IN:
        put_place(sql, &filter->place);
        for (int i = 0; i < filter->value_count; i++) {
            buf_append_string(text, i == 0 ? " IN (" : ", ");
            put_value(sql, filter->values[i]);
        }
        buf_append_byte(text, ')');
        break;
    case FILTER_NULL:
    case FILTER_NOT_NULL:
        put_place(sql, &filter->place);
        buf_append_string(text, filter->kind == FILTER_NULL ? " IS NULL" : " IS NOT NULL");
        break;
    }
    buf_append_byte(text, ')');
}

/* WHERE: the key or the filter, and the house that the operation is limited to. */
static void put_where(struct sql *sql, const struct operation *op)
{
    const char *word = " WHERE ";
    if (op->key != NULL) {
        const struct meta_unique *key = meta_key(op->table);
        for (int i = 0; i < key->count; i++, word = " AND ") {
            buf_printf(&sql->text, "%s%s = ", word, op->table->columns[key->columns[i]].name);
            put_datum(sql, &op->key[i]);
        }
    } else if (op->where != NULL) {
        buf_append_string(&sql->text, word);
        put_filter(sql, op->where);
        word = " AND ";
    }
    if (op->organization != NULL) {
        buf_printf(&sql->text, "%s%s = ", word, op->table->house_sql);
        put_value(sql, op->organization);
        word = " AND ";
    }
    if (op->condition != NULL)
        buf_printf(&sql->text, "%s(%s)", word, op->condition);
}

static void put_conflict(struct sql *sql, const struct operation *op)
{
    if (op->kind == OPERATION_INSERT) {
        buf_append_string(&sql->text, op->conflict_nothing ? " ON CONFLICT DO NOTHING" : "");
        return;
    }
    const struct meta_unique *unique = op->conflict;
    for (int i = 0; i < unique->count; i++)
        buf_printf(&sql->text, "%s%s", i == 0 ? " ON CONFLICT (" : ", ", op->table->columns[unique->columns[i]].name);
    const char *word = ") DO UPDATE SET ";
    for (int i = 0; i < op->column_count; i++) {
        bool part = false;
        for (int j = 0; j < unique->count; j++)
            part = part || unique->columns[j] == op->columns[i]->number;
        if (!part) {
            buf_printf(&sql->text, "%s%s = EXCLUDED.%s", word, op->columns[i]->name, op->columns[i]->name);
            word = ", ";
        }
    }
    if (op->condition != NULL)
        buf_printf(&sql->text, " WHERE %s", op->condition);
}

static bool is_given(const struct operation *op, int column)
{
    for (int row = 0; row < op->row_count; row++)
        if (op->values[row * op->column_count + column].kind != DATUM_DEFAULT)
            return true;
    return false;
}

static void put_insert(struct sql *sql, const struct operation *op)
{
    const struct meta_column *named[TABLE_COLUMNS_MAX];
    int places[TABLE_COLUMNS_MAX], count = 0;
    for (int i = 0; i < op->column_count; i++)
        if (!sql->records || is_given(op, i)) {
            named[count] = op->columns[i];
            places[count++] = i;
        }
    assert(count > 0);
    buf_printf(&sql->text, "INSERT INTO %s AS t (", op->table->name);
    put_columns(sql, named, count);
    buf_append_string(&sql->text, ") VALUES ");
    for (int row = 0; row < op->row_count; row++)
        for (int i = 0; i < count; i++) {
            buf_append_string(&sql->text, i > 0 ? ", " : row > 0 ? "), (" : "(");
            put_datum(sql, &op->values[row * op->column_count + places[i]]);
        }
    buf_append_byte(&sql->text, ')');
    put_conflict(sql, op);
}

static void put_update(struct sql *sql, const struct operation *op)
{
    buf_printf(&sql->text, "UPDATE %s t SET ", op->table->name);
    if (op->lists) {
        buf_append_byte(&sql->text, '(');
        put_columns(sql, op->columns, op->column_count);
        buf_append_string(&sql->text, op->column_count > 1 ? ") = (" : ") = ROW (");
    }
    for (int i = 0; i < op->column_count; i++) {
        buf_append_string(&sql->text, i == 0 ? "" : ", ");
        if (!op->lists)
            buf_printf(&sql->text, "%s = ", op->columns[i]->name);
        put_datum(sql, &op->values[i]);
    }
    buf_append_string(&sql->text, op->lists ? ")" : "");
    put_where(sql, op);
}

static void put_order(struct sql *sql, const struct operation *op)
{
    static const char *const nulls[] = { "", " NULLS FIRST", " NULLS LAST" };
    const char *word = " ORDER BY ";
    for (int i = 0; i < op->order_count; i++, word = ", ")
        buf_printf(&sql->text, "%s%s%s%s", word, op->order[i].column->name, op->order[i].desc ? " DESC" : "",
                   nulls[op->order[i].nulls]);
    /* A scan has the primary key behind what is asked, and reads it. */
    for (int i = 0; i < meta_key(op->table)->count; i++, word = ", ")
        buf_printf(&sql->text, "%s%s", word, op->table->columns[meta_key(op->table)->columns[i]].name);
    buf_printf(&sql->text, " LIMIT %d", op->limit);
}

static void put_aggregate(struct sql *sql, const struct operation *op)
{
    buf_append_string(&sql->text, "SELECT ");
    put_columns(sql, op->groups, op->group_count);
    for (int i = 0; i < op->aggregate_count; i++) {
        const struct aggregate_item *item = &op->aggregates[i];
        buf_printf(&sql->text, "%s%s(%s%s)", i + op->group_count == 0 ? "" : ", ", item->function,
                   item->distinct ? "DISTINCT " : "", item->column == NULL ? "*" : item->column->name);
    }
    buf_printf(&sql->text, " FROM %s t", op->table->name);
    put_where(sql, op);
    if (op->group_count > 0) {
        buf_append_string(&sql->text, " GROUP BY ");
        put_columns(sql, op->groups, op->group_count);
        buf_append_string(&sql->text, " ORDER BY ");
        put_columns(sql, op->groups, op->group_count);
    }
}

static void put_operation(struct sql *sql, const struct operation *op)
{
    switch (op->kind) {
    case OPERATION_INSERT:
    case OPERATION_UPSERT:
        put_insert(sql, op);
        break;
    case OPERATION_UPDATE:
        put_update(sql, op);
        break;
    case OPERATION_DELETE:
        buf_printf(&sql->text, "DELETE FROM %s t", op->table->name);
        put_where(sql, op);
        break;
    case OPERATION_GET:
    case OPERATION_SCAN:
        buf_append_string(&sql->text, "SELECT ");
        put_columns(sql, op->outputs, op->output_count);
        buf_printf(&sql->text, " FROM %s t", op->table->name);
        put_where(sql, op);
        if (op->kind == OPERATION_SCAN)
            put_order(sql, op);
        return;
    case OPERATION_COUNT:
        buf_printf(&sql->text, "SELECT count(*) FROM %s t", op->table->name);
        put_where(sql, op);
        return;
    case OPERATION_AGGREGATE:
        put_aggregate(sql, op);
        return;
    case OPERATION_SQL:
        buf_append_string(&sql->text, op->sql);
        assert(op->param_count <= PARAMS_MAX);
        for (int i = 0; i < op->param_count; i++)
            sql->params[sql->param_count++] = op->params[i];
        return;
    case OPERATION_TRANSACTION:
        assert(!"each part is a statement");
    }
    if (op->returning != NULL) {
        buf_printf(&sql->text, " RETURNING %s", op->returning);
    } else if (op->output_count > 0) {
        buf_append_string(&sql->text, " RETURNING ");
        put_columns(sql, op->outputs, op->output_count);
    }
}

int operation_sql(const struct operation *op, bool inlined, struct arena *arena, struct buf *out, const char *const **ret_params)
{
    struct sql *sql = ARENA_NEW(arena, struct sql);
    sql->inlined = inlined;
    put_operation(sql, op);
    buf_append_slice(out, buf_slice(&sql->text));
    buf_done(&sql->text);
    *ret_params = sql->params;
    return sql->param_count;
}

void operation_print(const struct operation *op, struct buf *out)
{
    for (int i = 0; i < op->part_count; i++) {
        buf_printf(out, "-- part %d of %d of a transaction\n", i + 1, op->part_count);
        operation_print(&op->parts[i], out);
    }
    if (op->part_count > 0)
        return;
    struct sql *sql = calloc(1, sizeof *sql);
    sql->inlined = true;
    put_operation(sql, op);
    buf_printf(out, "-- as %s%s%s\n%s;\n", op->caller->name, op->organization != NULL ? ", in " : "",
               op->organization != NULL ? op->organization : "", buf_text(&sql->text));
    for (int i = 0; i < sql->param_count; i++)
        buf_printf(out, "-- $%d = %s\n", i + 1, sql->params[i] == NULL ? "NULL" : sql->params[i]);
    buf_done(&sql->text);
    free(sql);
}

/* --- Running it --- */

static void begin(struct postgres *pg, const struct caller *caller)
{
    char sql[512], claims[256] = "";
    if (caller->user != NULL)
        snprintf(claims, sizeof claims, "{\"sub\": \"%s\", \"role\": \"%s\"}", caller->user, caller->role);
    else
        snprintf(claims, sizeof claims, "{\"role\": \"%s\"}", caller->role);
    snprintf(sql, sizeof sql, "BEGIN; SET LOCAL ROLE %s; SELECT set_config('request.jwt.claims', '%s', true)",
             caller->role, claims);
    PQclear(pg_query(pg->db, sql));
}

static void take_rows(const PGresult *result, struct arena *arena, struct outcome *ret)
{
    ret->row_count = PQntuples(result);
    ret->width = PQnfields(result);
    ret->cells = ARENA_ARRAY(arena, const char *, ret->row_count * ret->width + 1);
    for (int row = 0; row < ret->row_count; row++)
        for (int i = 0; i < ret->width; i++)
            if (!PQgetisnull(result, row, i))
                ret->cells[row * ret->width + i] = arena_string(arena, slice_of_string(PQgetvalue(result, row, i)));
}

/* Position `at` of a statement, in characters from 1, as line and column. */
static void take_place(const char *text, const char *at, struct outcome *ret)
{
    if (at == NULL)
        return;
    ret->line = ret->column = 1;
    for (long left = atol(at) - 1; *text != '\0' && (left > 0 || (*text & 0xC0) == 0x80); text++) {
        left -= (text[1] & 0xC0) != 0x80;
        ret->line += *text == '\n';
        ret->column = *text == '\n' ? 1 : ret->column + ((text[1] & 0xC0) != 0x80);
    }
}

static void take(const struct operation *op, const PGresult *result, struct arena *arena, struct outcome *ret)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    snprintf(ret->sqlstate, sizeof ret->sqlstate, "%s", state == NULL ? "00000" : state);
    if (state != NULL) {
        snprintf(ret->message, sizeof ret->message, "%s", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
        if (op->kind == OPERATION_SQL)
            take_place(op->sql, PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION), ret);
        return;
    }
    if (op->kind == OPERATION_COUNT) {
        ret->count = atol(PQgetvalue(result, 0, 0));
        return;
    }
    ret->count = atol(PQcmdTuples((PGresult *)result));
    take_rows(result, arena, ret);
    rules_normalize(op, ret);
    if (!operation_is_ordered(op))
        outcome_sort(ret);
}

static bool execute(struct postgres *pg, const struct operation *op, struct arena *arena, struct outcome *ret)
{
    struct sql *sql = calloc(1, sizeof *sql);
    *ret = (struct outcome){ .count = 0 };
    sql->records = pg->records;
    put_operation(sql, op);
    PGresult *result = PQexecParams(pg->db, buf_text(&sql->text), sql->param_count, NULL, sql->params, NULL, NULL, 0);
    take(op, result, arena, ret);
    PQclear(result);
    buf_done(&sql->text);
    free(sql);
    return strcmp(ret->sqlstate, "00000") == 0;
}

static bool execute_parts(struct postgres *pg, const struct operation *op, struct arena *arena, struct outcome *ret)
{
    struct outcome *outcomes = ARENA_ARRAY(arena, struct outcome, op->part_count);
    for (int i = 0; i < op->part_count; i++)
        if (!execute(pg, &op->parts[i], arena, &outcomes[i])) {
            *ret = outcomes[i];
            return false;
        }
    outcome_join(outcomes, op->part_count, arena, ret);
    return true;
}

static void run(struct backend *backend, const struct operation *op, struct arena *arena, struct outcome *ret)
{
    struct postgres *pg = (struct postgres *)backend;
    begin(pg, op->caller);
    bool good = op->part_count > 0 ? execute_parts(pg, op, arena, ret) : execute(pg, op, arena, ret);
    PQclear(pg_query(pg->db, good ? "COMMIT" : "ROLLBACK"));
}

static void close_postgres(struct backend *backend)
{
    PQfinish(((struct postgres *)backend)->db);
    free(backend);
}

struct backend *postgres_open(const struct pg *server, bool records)
{
    struct postgres *pg = calloc(1, sizeof *pg);
    pg->backend = (struct backend){ .name = "PostgreSQL", .run = run, .close = close_postgres };
    pg->db = pg_connect(server);
    pg->records = records;
    return &pg->backend;
}
