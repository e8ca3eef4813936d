#include "protocol/reading.h"

#include "protocol/cursor_token.h"

static int read_where(struct request *rq, struct reading *r)
{
    struct slice where = r->options.where;
    return where.data == NULL ? 0 : filter_from_wire(rq, r->query.table, &where, &r->query.where);
}

static int read_cursor(struct request *rq, struct reading *r)
{
    struct slice text = { 0 };
    if (r->options.cursor.data == NULL)
        return 0;
    if (option_text(rq, r->options.cursor, "cursor", &text) < 0)
        return -1;
    r->query.after = &r->position;
    return token_read(rq, &r->query, r->hash, text, &r->position);
}

int reading_from_args(struct request *rq, struct args args, unsigned allowed, struct reading *ret)
{
    const struct uuid *organization;
    *ret = (struct reading){ .query = { .command = POLICY_SELECT } };
    if (args_table(rq, &args, &ret->query.table) < 0 || args_options(rq, &args, allowed, &ret->options) < 0
        || option_organization(rq, ret->options.organization, &organization) < 0)
        return -1;
    int entered = engine_house(rq, ret->query.table, organization, &ret->query.house);
    if (entered < 0)
        return -1;
    ret->nowhere = entered == 0;
    ret->limit = SCAN_LIMIT_DEFAULT;
    if (read_where(rq, ret) < 0
        || option_integer(rq, ret->options.limit, "limit", 1, SCAN_LIMIT_MAX, &ret->limit) < 0)
        return -1;
    return 0;
}

int reading_page(struct request *rq, struct reading *r)
{
    if (order_from_wire(rq, r->query.table, r->options.order, &r->query.order) < 0)
        return -1;
    r->query.ordered = true;
    r->query.limit = (uint32_t)r->limit + 1;        /* one more tells whether there is another page */
    r->query.examine_max = SCAN_EXAMINE_MAX;
    r->hash = token_hash(rq, &r->query, r->options.where, r->options.order);
    return read_cursor(rq, r);
}
