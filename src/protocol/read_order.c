/* The option `order`: names, or arrays of a name, a direction and a place of nulls. */
#include "protocol/reading.h"

#include "value/mp.h"

static int read_word(struct request *rq, struct slice word, struct key_order *order, bool *nulls_given)
{
    if (slice_is(word, "asc"))
        order->desc = false;
    else if (slice_is(word, "desc"))
        order->desc = true;
    else if (slice_is(word, "nulls first"))
        order->nulls_first = *nulls_given = true;
    else if (slice_is(word, "nulls last"))
        order->nulls_first = !(*nulls_given = true);
    else
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "an order wants \"asc\", \"desc\", \"nulls first\" or \"nulls last\", not \"%.*s\"", SLICE_FMT(word));
    return 0;
}

struct order_reader {
    struct request *rq;
    int (*find)(struct request *rq, void *env, struct slice name, int *ret);
    void *env;
};

static int read_item(const struct order_reader *reader, struct slice *in, struct order_column *ret)
{
    struct request *rq = reader->rq;
    struct slice name, word;
    uint32_t words = 1;
    bool nulls_given = false;
    *ret = (struct order_column){ 0 };
    mp_array(in, &words);
    if (words < 1 || words > 3 || !mp_str(in, &name))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE,
                    "\"order\" wants column names, or arrays of a name, a direction and a place of nulls");
    if (reader->find(rq, reader->env, name, &ret->column) < 0)
        return -1;
    for (uint32_t i = 1; i < words; i++) {
        if (!mp_str(in, &word))
            return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"order\" wants texts after a column's name");
        if (read_word(rq, word, &ret->order, &nulls_given) < 0)
            return -1;
    }
    if (!nulls_given)
        ret->order.nulls_first = ret->order.desc;
    return 0;
}

int order_read(struct request *rq, int (*find)(struct request *rq, void *env, struct slice name, int *ret), void *env,
               struct slice object, struct order *ret)
{
    const struct order_reader reader = { rq, find, env };
    uint32_t count;
    ret->count = 0;
    if (object.data == NULL)
        return 0;
    if (!mp_array(&object, &count))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"order\" wants an array");
    if (count > ORDER_COLUMNS_MAX)
        return fail(rq->error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "\"order\" has more than %d columns", ORDER_COLUMNS_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (read_item(&reader, &object, &ret->columns[ret->count++]) < 0)
            return -1;
    return 0;
}

static int find_column(struct request *rq, void *env, struct slice name, int *ret)
{
    const struct table *table = env;
    if (args_column(rq, table, name, ret) < 0)
        return -1;
    if (table->columns[*ret].type.id == TYPE_JSON)
        return fail(rq->error, SQLSTATE_UNDEFINED_FUNCTION, "could not identify an ordering operator for type json");
    return 0;
}

int order_from_wire(struct request *rq, const struct table *table, struct slice object, struct order *ret)
{
    if (order_read(rq, find_column, (void *)table, object, ret) < 0)
        return -1;
    for (int i = 0; i < ret->count; i++)
        ret->columns[i].collation = table->columns[ret->columns[i].column].type.collation;
    return 0;
}
