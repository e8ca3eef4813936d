/* What is told of a statement: its names and words, none of its literals, whatever form they have. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "sql/tell.h"

struct tell_case { char text[120], want[100]; };

ParameterizedTestParameters(tell, literals)
{
    static struct tell_case cases[] = {
        { "select a from t where b = 'x' and c = $1", "select a from t where b = ? and c = $1" },
        { "update t set s = 'it''s' || E'a\\'b\\\\' || 'c'", "update t set s = ? || ? || ?" },
        { "select 'a\\' , b", "select ? , b" },
        { "select $$ se'cret $$, $tag$ x $$ y $tag$, $1", "select ?, ?, $1" },
        { "select 1, 2.5, .5, 1e-9, 0x1F, 1_000, t1.a2, x", "select ?, ?, ?, ?, ?, ?, t1.a2, x" },
        { "select \"it's\" from \"a\"\"b\"", "select \"it's\" from \"a\"\"b\"" },
        { "select 1 -- secret\nfrom t", "select ?  \nfrom t" },
        { "a /* one /* two */ 'still' */ b", "a   b" },
        { "select x'ff', b'01', n'n', U&'\\0041', u&\"id\"", "select ?, ?, ?, ?, u&\"id\"" },
        { "select 'never closed", "select ?" },
        { "select $q$ never closed $", "select ?" },
        { "a /* never closed", "a  " },
        { "select e, name'x'", "select e, name?" },
        { "a - b / c * d", "a - b / c * d" },
        { "", "" },
    };
    return cr_make_param_array(struct tell_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(struct tell_case *t, tell, literals)
{
    struct buf out = { 0 };
    sql_tell(slice_of_string(t->text), 1000, &out);
    cr_assert_str_eq(buf_text(&out), t->want, "%s: %s", t->text, buf_text(&out));
    buf_done(&out);
}

/* Of every text, cut anywhere, nothing is told that stands between quotes. */
Test(tell, texts_that_are_cut)
{
    static const char text[] = "insert into t values ('SECRET', E'\\'SECRET', $a$SECRET$a$, $$SECRET$$) /* SECRET */ -- SECRET";
    for (size_t size = 0; size < sizeof text; size++) {
        struct buf out = { 0 };
        sql_tell(slice_of(text, size), 1000, &out);
        cr_assert(strstr(buf_text(&out), "SEC") == NULL, "%s", buf_text(&out));
        buf_done(&out);
    }
}

Test(tell, stops_at_the_limit)
{
    struct buf out = { 0 };
    buf_append_string(&out, "before ");
    sql_tell(SLICE_LITERAL("select abc from d"), 8, &out);
    cr_assert_str_eq(buf_text(&out), "before select abc");
    buf_done(&out);
}
