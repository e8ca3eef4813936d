/* Random SELECTs, over no table, one, or several along foreign keys: expressions, conditions, groups, DISTINCT, order and page.
 *
 * What decides the rows is decided wholly: a LIMIT stands only where the order has a place for every row, and where it does no
 * expression may fail. Constants that fail, like 1/0, are left out: PostgreSQL's planner says so even where no row gets there
 * (docs/sql.md). */
#include "sql.h"

#define OUTPUTS_MAX 6
#define DEPTH 3

/* --- FROM: along foreign keys --- */

static const struct meta_column *reference_of(struct sql_text *s, const struct meta_table *table)
{
    const struct meta_column *found[TABLE_COLUMNS_MAX];
    int count = 0;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].target != NULL)
            found[count++] = &table->columns[i];
    return count > 0 ? found[below(s, count)] : NULL;
}

/* A table that refers to `target`, and by which column; NULL: chance found none. */
static const struct meta_table *referrer_of(struct sql_text *s, const struct meta_table *target, const struct meta_column **ret)
{
    const struct meta *meta = s->g->meta;
    for (int tries = 0; tries < 20; tries++) {
        const struct meta_table *table = &meta->tables[below(s, meta->count)];
        for (int i = 0; i < table->column_count; i++)
            if (table->columns[i].target == target) {
                *ret = &table->columns[i];
                return table;
            }
    }
    return NULL;
}

/* The next table and the condition by which it hangs on one before it; false: there is none. */
static bool next_part(struct sql_text *s, struct part *ret, struct buf *ret_on)
{
    const struct part *from = &s->parts[below(s, s->part_count)];
    const struct meta_column *column = NULL;
    if (percent(s, 30)) {
        ret->table = referrer_of(s, from->table, &column);
        if (ret->table != NULL)
            buf_printf(ret_on, "%s.%s = %s.%s", ret->alias, column->name, from->alias, column->target_column);
    } else if ((column = reference_of(s, from->table)) != NULL) {
        ret->table = column->target;
        buf_printf(ret_on, "%s.%s = %s.%s", ret->alias, column->target_column, from->alias, column->name);
    }
    return ret_on->size > 0;
}

/* A join by any two columns of a kind, for which there is no index most often; false: there are none. */
static bool loose_part(struct sql_text *s, struct part *ret, struct buf *ret_on)
{
    const struct part *from = &s->parts[below(s, s->part_count)];
    ret->table = choose_any_table(s->g);
    for (int tries = 0; tries < 20; tries++) {
        const struct meta_column *a = any_column(s, from), *b = any_column(s, ret);
        if (kind_of(a) != kind_of(b) || kind_of(a) == KIND_NONE)
            continue;
        buf_printf(ret_on, "%s.%s %s %s.%s", from->alias, a->name, percent(s, 90) ? "=" : "<", ret->alias, b->name);
        return true;
    }
    return false;
}

static void put_join(struct sql_text *s, const struct part *part, const char *on)
{
    static const char *const words[] = { "JOIN", "JOIN", "INNER JOIN", "LEFT JOIN", "LEFT OUTER JOIN", "LEFT JOIN", "RIGHT JOIN" };
    buf_printf(&s->text, " %s ", words[below(s, s->part_count == 1 ? 7 : 6)]);
    put_from_item(s, part->table, false);
    buf_printf(&s->text, " %s ON %s", part->alias, on);
    s->parts[s->part_count++] = *part;
    if (percent(s, 15)) {
        buf_append_string(&s->text, " AND ");
        put_condition(s, 0);
    }
}

static void put_from(struct sql_text *s, const struct meta_table *table)
{
    static const char *const aliases[JOINED_MAX] = { "t1", "t2", "t3", "t4" };
    s->parts[s->part_count++] = (struct part){ table, aliases[0] };
    buf_append_string(&s->text, " FROM ");
    put_from_item(s, table, false);
    buf_append_string(&s->text, " t1");
    while (s->part_count < JOINED_MAX && percent(s, 35)) {
        struct part part = { .alias = aliases[s->part_count] };
        struct buf on = { 0 };
        bool found = s->part_count == 1 && percent(s, 15) ? loose_part(s, &part, &on) : next_part(s, &part, &on);
        if (found)
            put_join(s, &part, buf_text(&on));
        buf_done(&on);
        if (!found)
            return;
    }
}

/* The text of FROM is made first, because outputs name its tables; then it is put behind them. */
static struct slice make_from(struct sql_text *s, const struct meta_table *table)
{
    if (table != NULL)
        put_from(s, table);
    if (percent(s, table != NULL ? 70 : 20)) {
        buf_append_string(&s->text, " WHERE ");
        put_condition(s, 2);
    }
    struct slice from = arena_copy(s->g->arena, buf_slice(&s->text));
    buf_clear(&s->text);
    return from;
}

/* --- Order and page --- */

static void put_keys(struct sql_text *s)
{
    for (int i = 0; i < s->part_count; i++) {
        const struct part *part = &s->parts[i];
        const struct meta_unique *key = meta_key(part->table);
        for (int k = 0; k < key->count; k++)
            buf_printf(&s->text, ", %s.%s", part->alias, part->table->columns[key->columns[k]].name);
    }
}

/* `free`: rows have places by more than their outputs. */
static void put_order(struct sql_text *s, int outputs, bool free, struct operation *op)
{
    static const char *const ways[] = { "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST" };
    const char *word = " ORDER BY ";
    if (free && percent(s, 25)) {
        buf_append_string(&s->text, word);
        put_expression(s, kind_any(s), 2);
        buf_append_string(&s->text, ways[below(s, 6)]);
        word = ", ";
    }
    for (int i = 0; i < outputs; i++, word = ", ")
        buf_printf(&s->text, "%s%d%s", word, i + 1, ways[below(s, 6)]);
    if (free)
        put_keys(s);
    op->ordered = true;
}

static void put_page(struct sql_text *s)
{
    if (percent(s, 40))
        buf_printf(&s->text, " LIMIT %d", below(s, 12));
    if (percent(s, 20))
        buf_printf(&s->text, " OFFSET %d", below(s, 4));
}

/* --- The whole --- */

static void put_outputs(struct sql_text *s, int count, enum kind (*choose)(struct sql_text *s), bool risky)
{
    for (int i = 0; i < count; i++) {
        buf_append_string(&s->text, i > 0 ? ", " : "");
        if (i > 0 || !risky || !put_risky(s))
            put_expression(s, choose(s), DEPTH);
        if (percent(s, 15))
            buf_printf(&s->text, " AS c%d", i);
    }
}

static void make_plain(struct sql_text *s, struct slice from, struct operation *op)
{
    bool distinct = percent(s, 15), ordered = percent(s, 60), pages = ordered && percent(s, 60);
    int outputs = 1 + below(s, OUTPUTS_MAX);
    buf_append_string(&s->text, distinct ? "SELECT DISTINCT " : "SELECT ");
    s->sub_selects = true;
    put_outputs(s, outputs, distinct ? kind_plain : kind_any, !pages && !distinct && percent(s, 10));
    buf_append_slice(&s->text, from);
    if (ordered)
        put_order(s, outputs, !distinct && s->part_count > 0, op);
    if (pages)
        put_page(s);
}

static void put_aggregates(struct sql_text *s)
{
    static const char *const templates[] = {
        "count(*)", "count($t)", "count($j)", "count(DISTINCT $i)", "count(DISTINCT $t)", "min($i)", "max($t)", "min($z)", "max($d)", "max($l)",
        "sum($i)", "sum($l)", "sum($n)", "sum(DISTINCT $i)", "avg($i)", "avg($n)", "round(avg($l), 2)", "bool_and($b)", "bool_or($b)", "every($b)",
        "round(min($n), 2)", "coalesce(sum($i), 0) * 2", "sum($i) / nullif(count(*), 0)", "CASE WHEN count(*) > 2 THEN max($t) ELSE 'few' END",
        "count(*) > $#", "max($i) - min($i % 10)", "upper(max($t))", "count(*) FILTER (WHERE $b)", "sum($i) FILTER (WHERE $b)",
        "max($t) FILTER (WHERE $b)", "count(DISTINCT $u) FILTER (WHERE $b)", "avg($n) FILTER (WHERE $b)", "min($p)", "max($o)", "sum($v)",
    };
    int count = 1 + below(s, 3);
    for (int i = 0; i < count; i++) {
        buf_append_string(&s->text, i > 0 ? ", " : "");
        put_template(s, templates[below(s, (int)(sizeof templates / sizeof *templates))], 2);
    }
}

static void put_having(struct sql_text *s)
{
    static const char *const templates[] = {
        "count(*) > $#", "count(DISTINCT $t) < $#", "max($i) IS NOT NULL", "bool_or($b)", "sum($i) > 10 OR count(*) = 1", "min($t) < 'b'", "NOT every($b)",
    };
    buf_append_string(&s->text, " HAVING ");
    put_template(s, templates[below(s, 7)], 2);
}

static void make_grouped(struct sql_text *s, struct slice from, struct operation *op)
{
    int groups = below(s, 3);
    buf_append_string(&s->text, "SELECT ");
    put_outputs(s, groups, kind_plain, false);
    buf_append_string(&s->text, groups > 0 ? ", " : "");
    put_aggregates(s);
    buf_append_slice(&s->text, from);
    for (int i = 0; i < groups; i++)
        buf_printf(&s->text, "%s%d", i == 0 ? " GROUP BY " : ", ", i + 1);
    if (percent(s, 30))
        put_having(s);
    if (groups == 0 || !percent(s, 60))
        return;
    put_order(s, groups, false, op);
    put_page(s);
}

void generate_select(struct generator *g, struct operation *ret)
{
    struct sql_text s = { .g = g, .takes_params = random_percent(&g->random, 60), .sub_selects = true };
    int caller = random_below(&g->random, 100);
    *ret = (struct operation){ .kind = OPERATION_SQL, .table = choose_any_table(g) };
    ret->caller = &g->callers[caller < 35 ? 0 : caller < 50 ? 1 : caller < 70 ? 2 : caller < 75 ? 3 : caller < 80 ? 4 : 5];
    struct slice from = make_from(&s, percent(&s, 95) ? ret->table : NULL);
    s.sub_selects = false;
    if (percent(&s, 30))
        make_grouped(&s, from, ret);
    else
        make_plain(&s, from, ret);
    statement_take(&s, ret);
}

void statement_take(struct sql_text *s, struct operation *ret)
{
    ret->sql = arena_string(s->g->arena, buf_slice(&s->text));
    ret->param_count = s->param_count;
    ret->params = ARENA_ARRAY(s->g->arena, const char *, s->param_count + 1);
    memcpy(ret->params, s->params, sizeof *s->params * (size_t)s->param_count);
    buf_done(&s->text);
}
