/* The two tenants, their users, and who asks. */
#include "generate.h"

#include <assert.h>
#include <stdlib.h>

#define USER(n) "0000000" #n "-0000-4000-8000-000000000000"

#define POLICIES(table, condition)                                                                                              \
    "ALTER TABLE " table " ENABLE ROW LEVEL SECURITY;\n"                                                                          \
    "CREATE POLICY org ON " table " FOR ALL TO public USING (" condition ") WITH CHECK (" condition ");\n"                       \
    "CREATE POLICY superadmin_access ON " table " FOR ALL TO public USING (" IS_ADMIN ") WITH CHECK (" IS_ADMIN ");\n"           \
    "GRANT SELECT, INSERT, UPDATE, DELETE ON " table " TO anon, authenticated, service_role;\n"
#define IS_ADMIN "EXISTS (SELECT 1 FROM profiles WHERE id = auth.uid() AND role = 'super_admin')"
#define IS_OWN "organization_id IN (SELECT organization_id FROM profiles WHERE id = auth.uid())"

const char world_tables[] =
    "CREATE TABLE pages (id bigint PRIMARY KEY, organization_id uuid REFERENCES organizations(id), slug text UNIQUE, title text,\n"
    "                    code integer, place integer, state text CHECK (state IN ('live', 'still')),\n"
    "                    UNIQUE NULLS NOT DISTINCT (code, place), UNIQUE (organization_id, title));\n"
    "CREATE UNIQUE INDEX pages_place ON pages (place DESC) WHERE code > 50;\n"
    POLICIES("pages", IS_OWN)
    "CREATE TABLE books (id uuid PRIMARY KEY, organization_id uuid NOT NULL REFERENCES organizations(id), token text UNIQUE, weight numeric);\n"
    POLICIES("books", IS_OWN)
    "CREATE TABLE book_notes (id bigint PRIMARY KEY, book_id uuid NOT NULL REFERENCES books(id) ON UPDATE CASCADE ON DELETE CASCADE, label text UNIQUE,\n"
    "                         written date);\n"
    POLICIES("book_notes", "EXISTS (SELECT 1 FROM books WHERE books.id = book_notes.book_id AND books." IS_OWN ")");

void world_callers(struct caller ret[static CALLER_COUNT])
{
    static const struct caller callers[CALLER_COUNT] = {
        { "user 1", "authenticated", USER(1), ORGANIZATION_A, false },
        { "user 2", "authenticated", USER(2), ORGANIZATION_B, false },
        { "user 3", "authenticated", USER(3), ORGANIZATION_A, true },
        { "user 4", "authenticated", USER(4), NULL, false },
        { "nobody", "anon", NULL, NULL, false },
        { "service", "service_role", NULL, NULL, true },
    };
    memcpy(ret, callers, sizeof callers);
}

/* One insert by the service role, of texts in the order of `columns`; a text of NULL is NULL. */
static struct operation insert(const struct meta *meta, const struct caller *service, struct arena *arena, const char *table,
                               const char *columns, int count, const char *const *texts)
{
    struct operation op = { .kind = OPERATION_INSERT, .caller = service, .table = meta_table(meta, table), .row_count = 1 };
    char *names = arena_string(arena, slice_of_string(columns)), *rest = NULL;
    for (char *name = strtok_r(names, " ", &rest); name != NULL; name = strtok_r(NULL, " ", &rest)) {
        op.columns[op.column_count] = meta_column(op.table, name);
        assert(op.columns[op.column_count] != NULL);
        op.column_count++;
    }
    assert(op.column_count == count);
    op.values = ARENA_ARRAY(arena, struct datum, count);
    for (int i = 0; i < count; i++)
        op.values[i] = (struct datum){ texts[i] == NULL ? DATUM_NULL : DATUM_VALUE, texts[i] };
    return op;
}

static struct operation empty(const struct meta *meta, const struct caller *service, struct arena *arena, const char *table)
{
    struct operation op = { .kind = OPERATION_DELETE, .caller = service, .table = meta_table(meta, table) };
    struct generator g = { .arena = arena };
    op.where = filter_new(&g, FILTER_NOT_NULL, &op.table->columns[meta_key(op.table)->columns[0]]);
    return op;
}

struct operation *world_operations(const struct meta *meta, const struct caller *callers, struct arena *arena, int *ret_count)
{
    const struct caller *service = &callers[CALLER_COUNT - 1];
    static const char time[] = "2025-01-01 00:00:00+00";
    static const char *const organizations[] = { ORGANIZATION_A, ORGANIZATION_B };
    static const char *const emptied[] = { "quota_policies", "credit_actions", "alert_rules" };
    struct operation *ops = ARENA_ARRAY(arena, struct operation, 16);
    int count = 0;
    for (int i = 0; i < 3; i++)
        ops[count++] = empty(meta, service, arena, emptied[i]);
    for (int i = 0; i < 2; i++)
        ops[count++] = insert(meta, service, arena, "organizations", "id name created_at updated_at", 4,
                              (const char *[]){ organizations[i], i == 0 ? "A" : "B", time, time });
    for (int i = 0; i < 4; i++) {
        const char *email = arena_printf(arena, "user%d@example.com", i + 1);
        ops[count++] = insert(meta, service, arena, "auth.users", "id email created_at updated_at", 4,
                              (const char *[]){ callers[i].user, email, time, time });
        if (callers[i].organization != NULL)
            ops[count++] = insert(meta, service, arena, "profiles", "id organization_id role email created_at updated_at", 6,
                                  (const char *[]){ callers[i].user, callers[i].organization,
                                                    callers[i].enters_all ? "super_admin" : "user", email, time, time });
    }
    *ret_count = count;
    return ops;
}
