/* Whatever is native may be declared in a migration: the catalog keeps the list of names, for it cannot ask upward. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "native/native.h"

Test(declared, every_native_function_is_accepted_by_name)
{
    int count;
    const struct native_function *const *table = native_table(&count);
    for (int i = 0; i < count; i++) {
        struct catalog *catalog = catalog_new();
        struct effects effects;
        struct error error = { 0 };
        struct buf sql = { 0 };
        buf_printf(&sql, "CREATE FUNCTION %s() RETURNS void LANGUAGE sql AS 'SELECT 1';", table[i]->name);
        cr_expect(eq(int, catalog_apply(catalog, "case.sql", buf_slice(&sql), 0, &effects, &error), 0),
                  "src/catalog/function.c lacks it: %s", error.message);
        buf_done(&sql);
        catalog_free(catalog);
    }
}
