/* schema, tenants: what the catalog and the houses say. */
#include "protocol/methods.h"

#include "value/mp.h"

/* schema [table or nil, {"text": bool}]: a description as data, or as text for people. */
int schema_run(struct request *rq, struct args args, struct buf *out)
{
    struct slice name, name_of_option;
    const struct table *table = NULL;
    bool text = false;
    uint32_t options = 0;
    bool named = args.count > 0 && mp_str(&args.rest, &name);
    bool good = named || args.count == 0 || mp_nil(&args.rest);
    if (good && args.count == 2)
        good = mp_map(&args.rest, &options) && options == 1 && mp_str(&args.rest, &name_of_option) && slice_is(name_of_option, "text") &&
               mp_bool(&args.rest, &text);
    if (!good || args.count > 2)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "schema takes a table's name or nothing, and the option \"text\"");
    if (named) {
        table = catalog_relation(rq->view->catalog, name);
        if (table == NULL)
            return fail(rq->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s\" does not exist", SLICE_FMT(name));
    }
    if (!text) {
        catalog_describe(rq->view->catalog, table, out);
        return 0;
    }
    struct buf printed = { 0 };
    catalog_print(rq->view->catalog, table, &printed);
    mp_put_str(out, buf_slice(&printed));
    buf_done(&printed);
    return 0;
}

/* The name of an organization: the column `name` of its row; nil when there is none. */
static int put_name(struct request *rq, uint32_t house, const struct uuid *organization, struct buf *out)
{
    struct found found;
    struct value key = value_uuid(*organization);
    const struct table *table = rq->view->catalog->organizations;
    int column = table == NULL ? -1 : table_column(table, SLICE_LITERAL("name"));
    int got = column < 0 ? 0 : table_find(rq, table, house, &key, &found);
    if (got < 0)
        return -1;
    if (got == 0 || value_is_null(&found.columns[column]))
        mp_put_nil(out);
    else
        value_store(table->columns[column].type, &found.columns[column], out);
    return 0;
}

static int put_tenant(struct request *rq, uint32_t house, struct buf *out)
{
    struct uuid organization;
    int known = store_house_organization(rq->view, house, &organization, rq->error);
    if (known < 0)
        return -1;
    mp_put_map(out, 3);
    mp_put_string(out, "tenant");
    mp_put_uint(out, house);
    mp_put_string(out, "organization_id");
    if (!known) {
        mp_put_nil(out);
        mp_put_string(out, "name");
        mp_put_nil(out);
        return 0;
    }
    mp_put_ext(out, MP_EXT_UUID, slice_of(organization.bytes, sizeof organization.bytes));
    mp_put_string(out, "name");
    return put_name(rq, house, &organization, out);
}

int tenants_run(struct request *rq, struct args args, struct buf *out)
{
    uint32_t count = 0;
    struct buf list = { 0 };
    int result = 0;
    int more;
    for (uint32_t house = 0; result == 0 && (more = store_house_next(rq->view, house, &house, rq->error)) != 0;) {
        result = more < 0 ? -1 : put_tenant(rq, house, &list);
        count++;
    }
    if (result == 0) {
        mp_put_array(out, count);
        buf_append_slice(out, buf_slice(&list));
    }
    buf_done(&list);
    return result;
}
