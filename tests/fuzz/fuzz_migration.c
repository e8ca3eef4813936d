/* Migrations: an error names the file and a line; what is taken can be written as DDL, and that folds to the same DDL. */
#include "fuzz.h"

#include "catalog/catalog.h"

static void put_ddl(const struct catalog *catalog, struct buf *out)
{
    catalog_ddl_before(catalog, DDL_POSTGRESQL, out);
    catalog_ddl_after(catalog, DDL_POSTGRESQL, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct catalog *catalog = catalog_new();
    struct effects effects;
    struct error error = { 0 };
    struct buf first = { 0 }, second = { 0 };
    if (size <= 8192 && catalog_apply(catalog, "file.sql", slice_of(data, size), 1, &effects, &error) == 0) {
        struct catalog *again = catalog_new();
        put_ddl(catalog, &first);
        int outcome = catalog_apply(again, "again.sql", buf_slice(&first), 1, &effects, &error);
        assert(outcome == 0);
        put_ddl(again, &second);
        assert(slice_equal(buf_slice(&first), buf_slice(&second)));
        catalog_free(again);
    } else if (size <= 8192) {
        assert(strncmp(error.message, "file.sql:", 9) == 0);
    }
    buf_done(&first);
    buf_done(&second);
    catalog_free(catalog);
    return 0;
}
