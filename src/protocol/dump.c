/* dump_open, dump_read, dump_close: one state of everything, page by page, for whoever has the service key, wherever he is. */
#include "engine/dump_page.h"
#include "engine/seal_mark.h"
#include "protocol/methods.h"
#include "value/mp.h"

/* What a client needs to read the rows: the migrations, of which it makes the catalog. */
static void put_opened(const struct view *view, int64_t dump, struct buf *out)
{
    const struct catalog *catalog = view->catalog;
    mp_put_map(out, 3);
    mp_put_string(out, "lsn");
    mp_put_uint(out, view->lsn);
    mp_put_string(out, "dump");
    mp_put_int(out, dump);
    mp_put_string(out, "migrations");
    mp_put_array(out, (uint32_t)catalog->migration_count);
    for (int i = 0; i < catalog->migration_count; i++) {
        mp_put_array(out, 3);
        mp_put_string(out, catalog->migrations[i].name);
        mp_put_str(out, catalog->migrations[i].text);
        mp_put_int(out, catalog->migrations[i].applied_us);
    }
}

int dump_open_run(struct request *rq, struct args args, struct buf *out)
{
    struct view view;
    struct store *store = rq->view->store;
    if (args.count != 0)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "dump_open takes nothing");
    if (standing_begin(store, rq->error) < 0 || standing_use(store, &view, rq->error) < 0)
        return -1;
    int64_t *open_dump = rq->host->open_dump;
    *open_dump = rq->now_us > *open_dump ? rq->now_us : *open_dump + 1;
    put_opened(&view, *open_dump, out);
    standing_release(store);
    return 0;
}

static int check_open(struct request *rq, int64_t dump)
{
    if (dump == *rq->host->open_dump && dump != 0)
        return 0;
    return fail(rq->error, SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, "this dump is not open");
}

int dump_read_run(struct request *rq, struct args args, struct buf *out)
{
    struct view view;
    struct request inside = *rq;
    struct slice low;
    int64_t dump, entries;
    bool secrets;
    if (args.count != 4 || !mp_int(&args.rest, &dump) || !mp_bin(&args.rest, &low) || !mp_bool(&args.rest, &secrets) || !mp_int(&args.rest, &entries) ||
        entries < 1 || entries > DUMP_PAGE_ENTRIES)
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "dump_read takes a dump, a key, whether secrets are wanted, and how many entries");
    if (check_open(rq, dump) < 0 || standing_use(rq->view->store, &view, rq->error) < 0)
        return -1;
    inside.view = &view;
    inside.marks = seal_marks_new();
    int result = dump_page(&inside, low, secrets, (int)entries, out);
    seal_marks_free(inside.marks);
    standing_release(rq->view->store);
    return result;
}

int dump_close_run(struct request *rq, struct args args, struct buf *out)
{
    int64_t dump;
    if (args.count != 1 || !mp_int(&args.rest, &dump))
        return fail(rq->error, SQLSTATE_INVALID_PARAMETER_VALUE, "dump_close takes a dump");
    if (check_open(rq, dump) < 0)
        return -1;
    standing_end(rq->view->store);
    *rq->host->open_dump = 0;
    mp_put_nil(out);
    return 0;
}
