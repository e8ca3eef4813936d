/* Statements that are wrong: each in one place, so that what is wrong with it, and where, is beyond doubt. */
#include "sql.h"

/* @ stands for a table, # for one of its columns. */
static const char *const mistakes[] = {
    /* Names */
    "SELECT no_such_column FROM @", "SELECT t.# FROM @", "SELECT t.no_such_column FROM @ t", "SELECT # FROM no_such_table", "SELECT nobody.* FROM @ t",
    "SELECT no_such_function(#) FROM @", "SELECT # FROM @ WHERE no_such_column = 1", "SELECT # FROM @ ORDER BY no_such_column",
    "SELECT count(*) FROM @ GROUP BY no_such_column", "SELECT a.# FROM @ a, @ a", "SELECT a.# FROM @ a JOIN no_such_table b ON true",
    "INSERT INTO no_such_table VALUES (1)", "INSERT INTO @ (no_such_column) VALUES (1)", "UPDATE @ SET no_such_column = 1",
    "DELETE FROM @ WHERE no_such_column", "DELETE FROM no_such_table", "UPDATE no_such_table SET a = 1", "DELETE FROM @ RETURNING no_such_column",
    "UPDATE @ SET # = no_such_column", "INSERT INTO @ (#) VALUES (no_such_column)", "INSERT INTO @ (#) VALUES (DEFAULT) ON CONFLICT (no_such_column) DO NOTHING",
    "INSERT INTO @ (#, #) VALUES (DEFAULT, DEFAULT)", "UPDATE @ SET # = DEFAULT, # = DEFAULT", "SELECT 1::no_such_type", "SELECT * FROM @ WHERE x.# = 1",
    "SELECT (SELECT no_such_column FROM @) FROM @", "SELECT 1 FROM @ WHERE EXISTS (SELECT 1 FROM no_such_table)", "SELECT * FROM no_such_schema.no_such_table",
    /* Types */
    "SELECT lower(1) FROM @", "SELECT 'x'::integer", "SELECT 1 + true", "SELECT 1 WHERE 1", "SELECT NOT 1", "SELECT 1 AND true", "SELECT 1 = 'x'",
    "SELECT '2025-13-01'::date", "SELECT coalesce(1, 'a'::text)", "SELECT CASE WHEN 1 THEN 2 END", "SELECT CASE WHEN true THEN 1 ELSE 'x' END",
    "SELECT ARRAY[1, 'a']", "SELECT 1 IN (1, 'a')", "SELECT 1 = true", "SELECT '{}'::jsonb + 1", "SELECT length(1)", "SELECT sum('a'::text)",
    "SELECT count(#, #) FROM @", "SELECT -'a'::text", "SELECT 'a' LIKE 1", "SELECT 1 || 2", "SELECT '{'::jsonb", "SELECT 'x'::uuid", "SELECT 99999999999::integer",
    "SELECT (1, 2) = (1, 2, 3)", "SELECT true IS TRUE AND 1 IS TRUE", "SELECT interval 'many days'", "SELECT '{a'::text[]", "SELECT 1 BETWEEN 'a' AND 2",
    "SELECT upper(lower(length('a')))", "SELECT 'a'::text % 2", "SELECT now() + 1", "SELECT 1 LIMIT 'x'", "SELECT 1 LIMIT true", "SELECT abs('a'::text)",
    "SELECT # FROM @ HAVING 1", "SELECT 1 FROM @ a JOIN @ b ON 1", "DELETE FROM @ WHERE 1", "SELECT substr(1, 2)", "SELECT greatest(1, 'a')", "SELECT nullif(1, 'a')",
    "SELECT 1.5 & 2", "SELECT 1 << 'a'", "SELECT to_jsonb(1) -> 1.5", "SELECT date '2025-01-01' + date '2025-01-01'",
    /* Aggregates and clauses */
    "SELECT #, count(*) FROM @", "SELECT count(*) FROM @ WHERE count(*) > 0", "SELECT sum(count(*)) FROM @", "SELECT # FROM @ GROUP BY 9",
    "SELECT # FROM @ ORDER BY 2", "SELECT # FROM @ ORDER BY 0", "SELECT DISTINCT 1 FROM @ ORDER BY #", "SELECT 1 LIMIT -1", "SELECT 1 OFFSET -1",
    "SELECT # FROM @ GROUP BY count(*)", "SELECT 1 FROM @ LIMIT #", "SELECT max() FROM @", "SELECT lower(DISTINCT 'a')", "SELECT lower('a') FILTER (WHERE true)",
    "UPDATE @ SET # = count(*)", "INSERT INTO @ (#) VALUES (count(*))", "DELETE FROM @ RETURNING count(*)", "SELECT (SELECT count(*), 1 FROM @)",
    "SELECT count(*) FILTER (WHERE 1) FROM @", "SELECT # FROM @ ORDER BY 'a'", "SELECT # FROM @ GROUP BY 'a'", "SELECT sum(DISTINCT) FROM @",
    "SELECT # AS n FROM @ GROUP BY n HAVING n IS NULL", "SELECT # AS n FROM @ WHERE n IS NULL", "SELECT 1 ORDER BY 1 + no_such_column",
    /* The grammar */
    "SELEC 1", "SELECT 1 +", "SELECT FROM WHERE", "SELECT (1", "SELECT 1)", "SELECT 'a", "SELECT \"a", "SELECT * FROM", "SELECT 1 FROM @ WHERE",
    "INSERT INTO @", "INSERT INTO @ VALUES", "UPDATE @", "UPDATE @ SET", "DELETE @", "SELECT 1; SELECT 2", "SELECT 1,, 2", "SELECT 1 2", "SELECT CASE END",
    "SELECT a b c FROM @", "INSERT INTO @ (#) VALUES (1, 2)", "INSERT INTO @ (#) VALUES (DEFAULT), (DEFAULT, DEFAULT)", "SELECT /* 1", "SELECT $1 $2", "SELECT 1 LIMIT",
    "SELECT * FROM @ JOIN @", "SELECT #\n  FROM @\n WHERE # ==", "SELECT é FROM @ WHERE", "SELECT 'é', no_such_column FROM @", "SELECT *", "SELECT t.*",
};

void generate_mistake(struct generator *g, struct operation *ret)
{
    struct sql_text s = { .g = g };
    *ret = (struct operation){ .kind = OPERATION_SQL, .table = &g->meta->tables[random_below(&g->random, g->meta->count)] };
    ret->caller = &g->callers[random_below(&g->random, CALLER_COUNT)];
    const struct meta_column *column = &ret->table->columns[random_below(&g->random, ret->table->column_count)];
    for (const char *at = mistakes[below(&s, (int)(sizeof mistakes / sizeof *mistakes))]; *at != '\0'; at++)
        if (*at == '@')
            buf_append_string(&s.text, ret->table->name);
        else if (*at == '#')
            buf_append_string(&s.text, column->name);
        else
            buf_append_byte(&s.text, (uint8_t)*at);
    statement_take(&s, ret);
}
