/* `rowhouse schema`: the catalog at a glance, or one table with everything that is known of it. */
#include "catalog/fold.h"

/* --- Aligned columns: cells are collected, then written with each column as wide as its widest cell. --- */

#define GRID_COLUMNS 6

struct grid {
    struct arena arena;
    int columns, cells;
    const char **text;
};

static void grid_init(struct grid *grid, int columns)
{
    *grid = (struct grid){ .columns = columns };
    arena_init(&grid->arena, SIZE_MAX);
}

static void grid_cell(struct grid *grid, const char *text)
{
    *FOLD_APPEND(&grid->arena, grid->text, grid->cells) = arena_string(&grid->arena, slice_of_string(text));
}

/* A cell that a function appends to `clause`. */
#define GRID_CLAUSE(grid, call)                     \
    do {                                            \
        struct buf clause = { 0 };                  \
        call;                                       \
        grid_cell((grid), buf_text(&clause));       \
        buf_done(&clause);                          \
    } while (0)

/* Characters, not bytes: names may be in any script. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void grid_write(struct grid *grid, const char *indent, struct buf *out)
{
    int widths[GRID_COLUMNS] = { 0 };
    for (int i = 0; i < grid->cells; i++) {
        int width = width_of(grid->text[i]);
        widths[i % grid->columns] = width > widths[i % grid->columns] ? width : widths[i % grid->columns];
    }
    for (int row = 0; row < grid->cells; row += grid->columns) {
        size_t start = out->size;
        buf_append_string(out, indent);
        for (int c = 0; c < grid->columns; c++) {
            const char *text = grid->text[row + c];
            buf_append_string(out, text);
            buf_printf(out, "%*s", widths[c] - width_of(text) + 2, "");
        }
        while (out->size > start && out->data[out->size - 1] == ' ')
            out->size--;
        buf_append_byte(out, '\n');
    }
    arena_done(&grid->arena);
}

/* The file is left out where it is the table's. */
static void origin_cell(struct grid *grid, const struct origin *origin, const struct table *table)
{
    GRID_CLAUSE(grid, buf_printf(&clause, "%s:%d", table != NULL && origin->file == table->origin.file ? "" : origin->file, origin->line));
}

/* --- One table --- */

static void default_clause(const struct column *column, struct buf *out)
{
    size_t start = out->size;
    if (column->serial)
        buf_append_string(out, "serial");
    else if (column->generated_sql != NULL)
        buf_printf(out, "generated (%s)", column->generated_sql);
    else if (column->default_sql != NULL)
        buf_printf(out, "default %s", column->default_sql);
    if (column->stamped)
        buf_printf(out, "%sset by every insert%s", out->size > start ? ", " : "", column->touch == TOUCH_ALWAYS ? " and update" : "");
    if (column->touch == TOUCH_UNLESS_GIVEN)
        buf_printf(out, "%sset by updates that do not give it", out->size > start ? ", " : "");
    else if (column->touch == TOUCH_ALWAYS && !column->stamped)
        buf_printf(out, "%sset by every update", out->size > start ? ", " : "");
    if (column->secret)
        buf_append_string(out, out->size > start ? ", secret" : "secret");
}

static void print_columns(const struct table *table, struct buf *out)
{
    struct grid grid;
    grid_init(&grid, 5);
    for (int i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->dropped)
            continue;
        GRID_CLAUSE(&grid, quote_name(column->name, &clause));
        GRID_CLAUSE(&grid, (clause_type(column->type, &clause), clause_collation(column->type.collation, &clause)));
        grid_cell(&grid, column->not_null ? "not null" : "");
        GRID_CLAUSE(&grid, default_clause(column, &clause));
        origin_cell(&grid, &column->origin, table);
    }
    grid_write(&grid, "    ", out);
}

static void index_clause(const struct index *index, struct buf *out)
{
    buf_append_string(out, index->primary ? "primary key (" : index->unique ? "unique (" : "(");
    clause_index_columns(index, false, out);
    buf_append_byte(out, ')');
    if (index->nulls_not_distinct)
        buf_append_string(out, " nulls not distinct");
    if (index->predicate_sql != NULL)
        buf_printf(out, " where %s", index->predicate_sql);
}

static void key_clause(const struct index *index, struct buf *out)
{
    if (index->house) {
        buf_append_string(out, index->unique ? "one row a house" : "the house itself");
    } else if (index->elided) {
        buf_append_string(out, "keyed by (");
        clause_index_columns(index, true, out);
        buf_append_byte(out, ')');
    } else if (index->claimed) {
        buf_append_string(out, "over all houses");
    }
}

static void print_indexes(const struct table *table, struct buf *out)
{
    struct grid grid;
    buf_append_string(out, "  indexes\n");
    grid_init(&grid, 4);
    for (int i = 0; i < table->index_count; i++) {
        const struct index *index = table->indexes[i];
        GRID_CLAUSE(&grid, quote_name(index->name, &clause));
        GRID_CLAUSE(&grid, index_clause(index, &clause));
        GRID_CLAUSE(&grid, key_clause(index, &clause));
        origin_cell(&grid, &index->origin, table);
    }
    grid_write(&grid, "    ", out);
}

static void print_keys(const char *title, const struct foreign_key *const *keys, int count, bool referencing, struct buf *out)
{
    struct grid grid;
    if (count == 0)
        return;
    buf_printf(out, "  %s\n", title);
    grid_init(&grid, 4);
    for (int i = 0; i < count; i++) {
        const struct foreign_key *key = keys[i];
        GRID_CLAUSE(&grid, quote_name(key->name, &clause));
        GRID_CLAUSE(&grid, (referencing ? (void)0 : table_quote(key->table, &clause), buf_append_string(&clause, referencing ? "(" : " ("),
                            clause_columns(key->table, key->columns, key->count, &clause), buf_append_byte(&clause, ')')));
        GRID_CLAUSE(&grid, clause_reference(key, &clause));
        origin_cell(&grid, &key->origin, referencing ? key->table : key->target);
    }
    grid_write(&grid, "    ", out);
}

static void print_checks(const struct table *table, struct buf *out)
{
    struct grid grid;
    if (table->check_count == 0)
        return;
    buf_append_string(out, "  checks\n");
    grid_init(&grid, 3);
    for (int i = 0; i < table->check_count; i++) {
        GRID_CLAUSE(&grid, quote_name(table->checks[i].name, &clause));
        grid_cell(&grid, table->checks[i].sql);
        origin_cell(&grid, &table->checks[i].origin, table);
    }
    grid_write(&grid, "    ", out);
}

static void print_recursions(const struct table *table, const char *indent, struct buf *out)
{
    for (int i = 0; i < table->policy_count; i++) {
        const struct table *again = policy_recursion(table, &table->policies[i]);
        if (again == NULL)
            continue;
        buf_printf(out, "%spolicy ", indent);
        quote_name(table->policies[i].name, out);
        buf_printf(out, " of %s reads %s without its policies: they come back to it, where PostgreSQL says 42P17\n", table->qualified,
                   again->qualified);
    }
}

static void print_policies(const struct table *table, struct buf *out)
{
    struct grid grid;
    if (!table->row_security) {
        buf_printf(out, "  row level security is off%s\n", table->policy_count > 0 ? ": these policies are not applied" : "");
    } else {
        buf_append_string(out, table->policy_count > 0 ? "  policies\n" : "  no policy: only service_role has access\n");
    }
    grid_init(&grid, 4);
    for (int i = 0; i < table->policy_count; i++) {
        const struct policy *policy = &table->policies[i];
        GRID_CLAUSE(&grid, quote_name(policy->name, &clause));
        GRID_CLAUSE(&grid, clause_policy(policy, &clause));
        GRID_CLAUSE(&grid, (policy->using_sql != NULL ? buf_printf(&clause, "using (%s)%s", policy->using_sql, policy->check_sql != NULL ? " " : "") : (void)0,
                            policy->check_sql != NULL ? buf_printf(&clause, "with check (%s)", policy->check_sql) : (void)0));
        origin_cell(&grid, &policy->origin, table);
    }
    grid_write(&grid, "    ", out);
    print_recursions(table, "    ", out);
}

static void print_rights(const struct table *table, struct buf *out)
{
    bool anon = rights_open(table, IDENTITY_ANON), authenticated = rights_open(table, IDENTITY_AUTHENTICATED);
    buf_append_string(out, "  rights: ");
    acl_print(&table->acl, out);
    if (!anon || !authenticated)
        buf_printf(out, "; closed to %s: row level security is off, and no GRANT names the table and the role",
                   anon ? "authenticated" : authenticated ? "anon" : "anon and authenticated");
    buf_append_byte(out, '\n');
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].acl != NULL && !table->columns[i].dropped) {
            buf_append_string(out, "  rights on ");
            quote_name(table->columns[i].name, out);
            buf_append_string(out, ": ");
            acl_print(table->columns[i].acl, out);
            buf_append_byte(out, '\n');
        }
}

static void print_table(const struct table *table, struct buf *out)
{
    buf_printf(out, "table %s\n", table->qualified);
    if (table->comment != NULL)
        buf_printf(out, "  %s\n", table->comment);
    buf_printf(out, "  %s: ", tenancy_name(table->tenancy));
    tenancy_reason(table, out);
    buf_append_string(out, table->chained ? "\n  append-only, chained" : table->append_only ? "\n  append-only" : table->audited ? "\n  audited" : "");
    buf_printf(out, "\n  created by %s:%d\n  columns\n", table->origin.file, table->origin.line);
    print_columns(table, out);
    print_indexes(table, out);
    print_keys("foreign keys", table->foreign_keys, table->foreign_key_count, true, out);
    print_keys("referenced by", table->referenced_by, table->referenced_count, false, out);
    print_checks(table, out);
    print_policies(table, out);
    print_rights(table, out);
}

static void print_view(const struct catalog_view *view, struct buf *out)
{
    const struct table *shape = &view->shape;
    struct grid grid;
    buf_printf(out, "view %s\n", shape->qualified);
    if (shape->comment != NULL)
        buf_printf(out, "  %s\n", shape->comment);
    buf_printf(out, "  created by %s:%d\n  columns\n", shape->origin.file, shape->origin.line);
    grid_init(&grid, 2);
    for (int i = 0; i < shape->column_count; i++) {
        GRID_CLAUSE(&grid, quote_name(shape->columns[i].name, &clause));
        GRID_CLAUSE(&grid, (clause_type(shape->columns[i].type, &clause), clause_collation(shape->columns[i].type.collation, &clause)));
    }
    grid_write(&grid, "    ", out);
    buf_printf(out, "  definition\n    %s\n", view->sql);
    print_rights(shape, out);
}

/* --- All tables --- */

static int live_columns(const struct table *table)
{
    int count = 0;
    for (int i = 0; i < table->column_count; i++)
        count += !table->columns[i].dropped;
    return count;
}

static void print_modules(const struct catalog *catalog, struct buf *out)
{
    for (const struct reference_module *module = reference_modules; module->name != NULL; module++) {
        struct error reason;
        bool bound = reference_module_bound(catalog, module, &reason);
        buf_printf(out, "native %s: %s%s\n", module->name, bound ? "bound" : "not bound: ", bound ? "" : reason.message);
    }
}

static void print_all(const struct catalog *catalog, struct buf *out)
{
    const struct draft *draft = (const struct draft *)catalog;
    struct grid grid;
    buf_printf(out, "%d tables, %d indexes, %d migrations\n", catalog->table_count, catalog->index_count, catalog->migration_count);
    grid_init(&grid, 6);
    for (int i = 0; i < catalog->table_count; i++) {
        const struct table *table = catalog->tables[i];
        grid_cell(&grid, table->qualified);
        grid_cell(&grid, tenancy_name(table->tenancy));
        GRID_CLAUSE(&grid, buf_printf(&clause, "%d columns", live_columns(table)));
        GRID_CLAUSE(&grid, buf_printf(&clause, "%d policies%s", table->policy_count, table->row_security ? "" : " (off)"));
        GRID_CLAUSE(&grid, tenancy_reason(table, &clause));
        origin_cell(&grid, &table->origin, NULL);
    }
    grid_write(&grid, "  ", out);
    for (int i = 0; i < catalog->table_count; i++)
        print_recursions(catalog->tables[i], "", out);
    buf_printf(out, "super admins: %s\n", catalog->super_admins_sql == NULL ? "nobody, none are declared" : catalog->super_admins_sql);
    if (catalog->super_admins_waits != NULL)
        buf_printf(out, "  nobody yet: %s\n", catalog->super_admins_waits);
    for (int i = 0; i < catalog->view_count; i++)
        buf_printf(out, "view %s: %s\n", catalog->views[i]->shape.qualified, catalog->views[i]->sql);
    for (int i = 0; i < draft->enum_count; i++) {
        buf_printf(out, "type %s:", draft->enums[i]->name);
        for (int k = 0; k < draft->enums[i]->count; k++)
            buf_printf(out, "%s %s", k == 0 ? "" : ",", draft->enums[i]->labels[k]);
        buf_append_byte(out, '\n');
    }
    print_modules(catalog, out);
}

void catalog_print(const struct catalog *catalog, const struct table *table, struct buf *out)
{
    if (table == NULL)
        print_all(catalog, out);
    else if (table->view != NULL)
        print_view(table->view, out);
    else
        print_table(table, out);
}
