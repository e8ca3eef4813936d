/* Random SELECTs over one table or along foreign keys: expressions, conditions, groups, DISTINCT, order and page.
 *
 * What decides the rows is decided wholly: a LIMIT stands only where the order has a place for every row. Expressions are of
 * types whose text is the same on both sides; updated_at is left out as everywhere. A few are wrong on purpose. Constants that
 * fail, like 1/0, are not among them: PostgreSQL's planner says so even where no row gets there (docs/sql.md). */
#include "parts.h"

#include <string.h>

#define JOINED_MAX 3
#define OUTPUTS_MAX 6
#define EXPRESSION_MAX 320

struct part {                               /* one table of FROM */
    const struct meta_table *table;
    const char *alias;
};

struct select {
    struct generator *g;
    struct buf text;
    int part_count;
    struct part parts[JOINED_MAX];
    int output_count;
    char outputs[OUTPUTS_MAX][EXPRESSION_MAX];         /* expressions */
    bool wrong;                             /* it has its one mistake */
    bool grouped;                           /* outputs are groups: equal numerics may differ in their scale */
};

static int below(struct select *s, int bound)
{
    return random_below(&s->g->random, bound);
}

static bool percent(struct select *s, int share)
{
    return random_percent(&s->g->random, share);
}

/* --- Columns --- */

static const struct meta_column *any_column(struct select *s, const struct part *part)
{
    const struct meta_column *column;
    do
        column = &part->table->columns[below(s, part->table->column_count)];
    while (!column->compared);
    return column;
}

static const struct part *any_part(struct select *s)
{
    return &s->parts[below(s, s->part_count)];
}

static bool is_text(const struct meta_column *c) { return type_is_text(c->type); }
static bool is_integer(const struct meta_column *c) { return type_is_integer(c->type); }
static bool is_number(const struct meta_column *c) { return type_is_integer(c->type) || (c->type.id == TYPE_NUMERIC && !c->type.array); }
static bool is_bool(const struct meta_column *c) { return c->type.id == TYPE_BOOL && !c->type.array; }
static bool is_time(const struct meta_column *c) { return c->type.id == TYPE_TIMESTAMPTZ && !c->type.array; }
static bool is_plain(const struct meta_column *c) { return is_text(c) || is_number(c) || is_bool(c) || is_time(c) || c->type.id == TYPE_UUID; }

/* "alias.column" of a column that `fits`; false when chance found none. */
static bool find_column(struct select *s, bool (*fits)(const struct meta_column *), char ret[static 96])
{
    if (s->grouped && fits == is_number)
        fits = is_integer;
    for (int tries = 0; tries < 30; tries++) {
        const struct part *part = any_part(s);
        const struct meta_column *column = any_column(s, part);
        if (!fits(column) || (s->grouped && column->type.id == TYPE_NUMERIC))
            continue;
        snprintf(ret, 96, "%s.%s", part->alias, column->name);
        return true;
    }
    return false;
}

/* --- Expressions --- */

static void make_wrong(struct select *s, char ret[static EXPRESSION_MAX])
{
    static const char *const mistakes[] = {
        "no_such_column", "t1.no_such_column", "lower(1)", "'x'::integer", "no_such_function(1)", "1 + true", "t9.id", "sum(count(*))",
    };
    s->wrong = true;
    snprintf(ret, EXPRESSION_MAX, "%s", mistakes[below(s, (int)(sizeof mistakes / sizeof *mistakes))]);
}

static void make_expression(struct select *s, char ret[static EXPRESSION_MAX])
{
    char a[96], b[96];
    if (!s->wrong && percent(s, 1)) {
        make_wrong(s, ret);
        return;
    }
    switch (below(s, 16)) {
    case 0:
        if (find_column(s, is_text, a)) { snprintf(ret, EXPRESSION_MAX, "coalesce(%s, '-')", a); return; }
        break;
    case 1:
        if (find_column(s, is_text, a)) { snprintf(ret, EXPRESSION_MAX, "length(%s)", a); return; }
        break;
    case 2:
        if (find_column(s, is_text, a) && find_column(s, is_text, b)) { snprintf(ret, EXPRESSION_MAX, "%s || '/' || %s", a, b); return; }
        break;
    case 3:
        if (find_column(s, is_text, a)) { snprintf(ret, EXPRESSION_MAX, "substr(%s, %d, %d)", a, below(s, 4), below(s, 6)); return; }
        break;
    case 4:
        if (find_column(s, is_number, a)) { snprintf(ret, EXPRESSION_MAX, "%s %s %d", a, below(s, 2) ? "*" : "-", below(s, 9)); return; }
        break;
    case 5:
        if (find_column(s, is_integer, a)) { snprintf(ret, EXPRESSION_MAX, "%s %% %d", a, 1 + below(s, 9)); return; }
        break;
    case 6:
        if (find_column(s, is_number, a)) { snprintf(ret, EXPRESSION_MAX, "CASE WHEN %s > %d THEN 'many' WHEN %s IS NULL THEN NULL ELSE 'few' END", a, below(s, 50), a); return; }
        break;
    case 7:
        if (find_column(s, is_bool, a)) { snprintf(ret, EXPRESSION_MAX, "NOT %s", a); return; }
        break;
    case 8:
        if (find_column(s, is_time, a)) { snprintf(ret, EXPRESSION_MAX, "date_trunc('day', %s)", a); return; }
        break;
    case 9:
        if (find_column(s, is_plain, a)) { snprintf(ret, EXPRESSION_MAX, "%s IS NULL", a); return; }
        break;
    case 10:
        if (find_column(s, is_text, a)) { snprintf(ret, EXPRESSION_MAX, "nullif(%s, 'a')", a); return; }
        break;
    default:
        break;
    }
    if (!find_column(s, is_plain, a))
        snprintf(a, sizeof a, "%d", below(s, 5));
    snprintf(ret, EXPRESSION_MAX, "%s", a);
}

static void put_literal(struct select *s, const char *text)
{
    buf_append_byte(&s->text, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_append_byte(&s->text, '\'');
        buf_append_byte(&s->text, (uint8_t)*text);
    }
    buf_append_byte(&s->text, '\'');
}

/* --- Conditions --- */

static void put_sub_select(struct select *s)
{
    const struct part *part = any_part(s);
    for (int i = 0; i < part->table->column_count; i++) {
        const struct meta_column *column = &part->table->columns[i];
        if (column->target == NULL || percent(s, 30))
            continue;
        if (percent(s, 50))
            buf_printf(&s->text, "EXISTS (SELECT 1 FROM %s x WHERE x.%s = %s.%s)", column->target->name, column->target_column, part->alias, column->name);
        else
            buf_printf(&s->text, "%s.%s %sIN (SELECT x.%s FROM %s x)", part->alias, column->name, percent(s, 30) ? "NOT " : "",
                       column->target_column, column->target->name);
        return;
    }
    buf_append_string(&s->text, "true");
}

static void put_comparison(struct select *s)
{
    static const char *const operators[] = { "=", "=", "<>", "<", ">=", "IS DISTINCT FROM" };
    const struct part *part = any_part(s);
    const struct meta_column *column = any_column(s, part);
    const char **row = percent(s, 80) ? pick_row(s->g, part->table, true, NULL) : NULL;
    const char *value = row != NULL && row[column->number] != NULL ? row[column->number] : value_valid(s->g, column);
    int kind = below(s, 10);
    if (!is_plain(column) || kind == 0) {
        buf_printf(&s->text, "%s.%s IS %sNULL", part->alias, column->name, percent(s, 50) ? "NOT " : "");
    } else if (kind == 1) {
        buf_printf(&s->text, "%s.%s IN (", part->alias, column->name);
        put_literal(s, value);
        buf_append_string(&s->text, ", ");
        put_literal(s, value_valid(s->g, column));
        buf_append_byte(&s->text, ')');
    } else if (kind == 2 && is_text(column)) {
        buf_printf(&s->text, "%s.%s %s '%%a%%'", part->alias, column->name, percent(s, 50) ? "LIKE" : "ILIKE");
    } else {
        buf_printf(&s->text, "%s.%s %s ", part->alias, column->name, operators[below(s, 6)]);
        put_literal(s, value);
    }
}

static void put_condition(struct select *s, int depth)
{
    int kind = below(s, 10);
    if (depth == 0 || kind < 5) {
        if (percent(s, 12))
            put_sub_select(s);
        else
            put_comparison(s);
        return;
    }
    buf_append_string(&s->text, kind == 9 ? "NOT (" : "(");
    put_condition(s, depth - 1);
    if (kind != 9) {
        buf_append_string(&s->text, kind < 8 ? " AND " : " OR ");
        put_condition(s, depth - 1);
    }
    buf_append_byte(&s->text, ')');
}

/* --- FROM: along foreign keys, from the referring table to its target --- */

static const struct meta_column *reference_of(struct select *s, const struct meta_table *table)
{
    const struct meta_column *found[TABLE_COLUMNS_MAX];
    int count = 0;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].target != NULL && strcmp(table->columns[i].target->name, "superadmin_logs") != 0)
            found[count++] = &table->columns[i];
    return count > 0 ? found[below(s, count)] : NULL;
}

static void put_from(struct select *s, const struct meta_table *table)
{
    static const char *const aliases[JOINED_MAX] = { "t1", "t2", "t3" };
    s->parts[s->part_count++] = (struct part){ table, aliases[0] };
    buf_printf(&s->text, " FROM %s t1", table->name);
    while (s->part_count < JOINED_MAX && percent(s, 35)) {
        const struct part *from = &s->parts[below(s, s->part_count)];
        const struct meta_column *column = reference_of(s, from->table);
        if (column == NULL)
            return;
        const char *alias = aliases[s->part_count];
        buf_printf(&s->text, " %sJOIN %s %s ON %s.%s = %s.%s", percent(s, 40) ? "LEFT " : "", column->target->name, alias, alias,
                   column->target_column, from->alias, column->name);
        s->parts[s->part_count++] = (struct part){ column->target, alias };
    }
}

/* --- The whole --- */

static void put_key(struct select *s, const struct part *part)
{
    const struct meta_unique *key = meta_key(part->table);
    for (int i = 0; i < key->count; i++)
        buf_printf(&s->text, ", %s.%s", part->alias, part->table->columns[key->columns[i]].name);
}

static void put_order(struct select *s, struct operation *op, bool keys)
{
    static const char *const ways[] = { "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST" };
    buf_append_string(&s->text, " ORDER BY ");
    for (int i = 0; i < s->output_count; i++)
        buf_printf(&s->text, "%s%d%s", i > 0 ? ", " : "", i + 1, ways[below(s, 5)]);
    for (int i = 0; i < s->part_count && keys; i++)
        put_key(s, &s->parts[i]);
    op->ordered = true;
    if (percent(s, 40))
        buf_printf(&s->text, " LIMIT %d", below(s, 12));
    if (percent(s, 20))
        buf_printf(&s->text, " OFFSET %d", below(s, 4));
}

static void put_aggregates(struct select *s)
{
    static const char *const functions[] = { "min", "max", "count", "sum", "avg" };
    char a[96];
    int count = 1 + below(s, 3);
    buf_append_string(&s->text, "count(*)");
    for (int i = 0; i < count; i++) {
        int f = below(s, 5);
        if (!find_column(s, f < 3 ? is_number : is_integer, a))
            continue;
        buf_printf(&s->text, ", %s(%s%s)", functions[f], percent(s, 25) ? "DISTINCT " : "", a);
        if (percent(s, 30)) {
            buf_append_string(&s->text, " FILTER (WHERE ");
            put_comparison(s);
            buf_append_byte(&s->text, ')');
        }
    }
}

/* The text of FROM is made first, because outputs name its tables; then it is put behind them. */
static struct slice make_from(struct select *s, const struct meta_table *table)
{
    put_from(s, table);
    if (percent(s, 70)) {
        buf_append_string(&s->text, " WHERE ");
        put_condition(s, 2);
    }
    struct slice from = arena_copy(s->g->arena, buf_slice(&s->text));
    buf_clear(&s->text);
    return from;
}

static void put_outputs(struct select *s, int count)
{
    for (int i = 0; i < count; i++) {
        make_expression(s, s->outputs[i]);
        buf_printf(&s->text, "%s%s", i > 0 ? ", " : "", s->outputs[i]);
    }
    s->output_count = count;
}

static void make_plain(struct select *s, struct slice from, struct operation *op)
{
    bool distinct = percent(s, 15);
    buf_append_string(&s->text, distinct ? "SELECT DISTINCT " : "SELECT ");
    s->grouped = distinct;
    put_outputs(s, 1 + below(s, OUTPUTS_MAX));
    s->grouped = false;
    buf_append_slice(&s->text, from);
    if (percent(s, 60))
        put_order(s, op, !distinct);
}

static void make_grouped(struct select *s, struct slice from, struct operation *op)
{
    int groups = below(s, 3);
    buf_append_string(&s->text, "SELECT ");
    s->grouped = true;
    put_outputs(s, groups);
    s->grouped = false;
    buf_append_string(&s->text, groups > 0 ? ", " : "");
    put_aggregates(s);
    buf_append_slice(&s->text, from);
    for (int i = 0; i < groups; i++)
        buf_printf(&s->text, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);
    if (percent(s, 25))
        buf_printf(&s->text, " HAVING count(*) > %d", below(s, 4));
    if (groups > 0 && percent(s, 60))
        put_order(s, op, false);
}

void generate_select(struct generator *g, struct operation *ret)
{
    struct select s = { .g = g };
    int caller = random_below(&g->random, 100);
    *ret = (struct operation){ .kind = OPERATION_SELECT, .table = &g->meta->tables[random_below(&g->random, g->meta->count)] };
    ret->caller = &g->callers[caller < 35 ? 0 : caller < 50 ? 1 : caller < 70 ? 2 : caller < 75 ? 3 : caller < 80 ? 4 : 5];
    struct slice from = make_from(&s, ret->table);
    if (percent(&s, 30))
        make_grouped(&s, from, ret);
    else
        make_plain(&s, from, ret);
    ret->select = arena_string(g->arena, buf_slice(&s.text));
    buf_done(&s.text);
}
