/* Random expressions by rules: a kind of value, and how it is written. In a rule's text $ and a letter stand for an
 * expression of that kind, $ and its capital for a column of it, $# for a small number, $' for a word. */
#include "sql.h"

#include <ctype.h>

struct rule {
    char kind;
    bool risky;                             /* see sql.h */
    const char *text;
};

static const struct rule rules[] = {
    { 'b', 0, "$b AND $b" }, { 'b', 0, "$b OR $b" }, { 'b', 0, "NOT $b" }, { 'b', 0, "$t = $t" }, { 'b', 0, "$t <> $t" }, { 'b', 0, "$t < $t" },
    { 'b', 0, "$i <= $i" }, { 'b', 0, "$n > $n" }, { 'b', 0, "$z >= $z" }, { 'b', 0, "$d < $d" }, { 'b', 0, "$v < $v" }, { 'b', 0, "$u = $u" },
    { 'b', 0, "$j = $j" }, { 'b', 0, "$j < $j" }, { 'b', 0, "$a = $a" }, { 'b', 0, "$a < $a" }, { 'b', 0, "$k >= $k" }, { 'b', 0, "$x < $x" },
    { 'b', 0, "$o < $o" }, { 'b', 0, "$r < $r" }, { 'b', 0, "$t IS NULL" }, { 'b', 0, "$n IS NOT NULL" }, { 'b', 0, "$j IS NULL" },
    { 'b', 0, "$b IS TRUE" }, { 'b', 0, "$b IS NOT FALSE" }, { 'b', 0, "$b IS UNKNOWN" }, { 'b', 0, "$b IS NOT UNKNOWN" },
    { 'b', 0, "$t IS DISTINCT FROM $t" }, { 'b', 0, "$i IS NOT DISTINCT FROM $i" }, { 'b', 0, "$i BETWEEN $i AND $i" },
    { 'b', 0, "$n NOT BETWEEN SYMMETRIC $n AND $n" }, { 'b', 0, "$t BETWEEN $t AND $t" }, { 'b', 0, "$t IN ($t, $t, $t)" },
    { 'b', 0, "$i NOT IN ($i, $i, NULL)" }, { 'b', 0, "$z IN ($z, $z)" }, { 'b', 0, "$i = ANY ($k)" }, { 'b', 0, "$t <> ALL ($a)" },
    { 'b', 0, "$t < ANY ($a)" }, { 'b', 0, "$i > ALL ($k)" }, { 'b', 0, "$t LIKE 'a%'" }, { 'b', 0, "$t NOT LIKE '%\\_%'" },
    { 'b', 0, "$t ILIKE '%A_'" }, { 'b', 0, "$t NOT ILIKE $'" }, { 'b', 0, "$t LIKE '%x%%' ESCAPE 'x'" }, { 'b', 0, "$j @> $j" },
    { 'b', 0, "$j <@ $j" }, { 'b', 0, "$j ? 'a'" }, { 'b', 0, "$j ?| ARRAY['a', 'key']" }, { 'b', 0, "$j ?& ARRAY['a', 'b']" },
    { 'b', 0, "$a @> $a" }, { 'b', 0, "$a && $a" }, { 'b', 0, "$k <@ $k" }, { 'b', 0, "$o <<= $o" }, { 'b', 0, "$o >> $o" }, { 'b', 0, "$o && $o" },
    { 'b', 0, "($i, $t) < ($i, $t)" }, { 'b', 0, "($i, $t) = ($i, $t)" }, { 'b', 0, "($t, $z) IN (($t, $z), ($t, $z))" },
    { 'b', 0, "CASE WHEN $b THEN $b ELSE $b END" }, { 'b', 0, "coalesce($b, $b)" }, { 'b', 0, "starts_with($t, $t)" }, { 'b', 0, "isfinite($z)" },
    { 'b', 0, "isfinite($d)" }, { 'b', 0, "$l = $i" }, { 'b', 0, "$n > $i" }, { 'b', 0, "$r <= $n" }, { 'b', 0, "$d = $z" }, { 'b', 0, "$p < $d" },
    { 'b', 0, "$p <= $z" }, { 'b', 0, "$b = $b" }, { 'b', 0, "$b < $b" }, { 'b', 0, "$b::text = 'true'" }, { 'b', 0, "$i::boolean" },

    { 'i', 0, "length($t)" }, { 'i', 0, "$i % 97 + $i % 89" }, { 'i', 0, "($i % 97) * ($i % 89)" }, { 'i', 0, "$i % 97 - $#" }, { 'i', 0, "abs($i % 1000)" },
    { 'i', 0, "coalesce($i, $i)" }, { 'i', 0, "nullif($i, $i)" }, { 'i', 0, "greatest($i, $i)" }, { 'i', 0, "least($i, $i, $i)" },
    { 'i', 0, "CASE WHEN $b THEN $i ELSE $i END" }, { 'i', 0, "CASE $i WHEN 1 THEN $i WHEN $# THEN $i END" }, { 'i', 0, "strpos($t, $t)" },
    { 'i', 0, "position($t IN $t)" }, { 'i', 0, "octet_length($t)" }, { 'i', 0, "char_length($t)" }, { 'i', 0, "cardinality($a)" },
    { 'i', 0, "array_length($a, 1)" }, { 'i', 0, "array_upper($k, 1)" }, { 'i', 0, "array_lower($k, 1)" }, { 'i', 0, "array_position($a, $t)" },
    { 'i', 0, "extract(month from $z)::integer" }, { 'i', 0, "date_part('dow', $z)::integer" }, { 'i', 0, "extract(day from $d)::integer" },
    { 'i', 0, "$i & 255" }, { 'i', 0, "$i | $i" }, { 'i', 0, "$i # $i" }, { 'i', 0, "~$i" }, { 'i', 0, "$i >> 1" }, { 'i', 0, "($i & 255) << 3" },
    { 'i', 0, "-($i % 1000)" }, { 'i', 0, "family($o)" }, { 'i', 0, "masklen($o)" }, { 'i', 0, "$i / 7" }, { 'i', 0, "$i % 7" }, { 'i', 0, "mod($i, 13)" },
    { 'i', 0, "($k)[1]" }, { 'i', 0, "($k)[$#]" }, { 'i', 0, "$b::integer" }, { 'i', 0, "octet_length($x)" }, { 'i', 0, "length($x)" },
    { 'i', 1, "$I * 1000000" }, { 'i', 1, "10 / $I" }, { 'i', 1, "$T::integer" }, { 'i', 1, "jsonb_array_length($J)" }, { 'i', 1, "abs($I)" },
    { 'i', 1, "$N::integer" }, { 'i', 1, "$L::integer" }, { 'i', 1, "-$I" },

    { 'l', 0, "$i::bigint * 3" }, { 'l', 0, "$l % 1000 + $i" }, { 'l', 0, "coalesce($l, $i)" }, { 'l', 0, "greatest($l, $i)" }, { 'l', 0, "-($l % 1000)" },
    { 'l', 0, "$l / 3" }, { 'l', 0, "$l % 5" }, { 'l', 0, "CASE WHEN $b THEN $l ELSE $i END" }, { 'l', 0, "$l & 65535" }, { 'l', 0, "nullif($l, $i)" },

    { 'n', 0, "$n + $n" }, { 'n', 0, "$n - $n" }, { 'n', 0, "$n * $n" }, { 'n', 0, "$n / nullif($n, 0)" }, { 'n', 0, "$n % nullif($n, 0)" },
    { 'n', 0, "round($n, $#)" }, { 'n', 0, "round($n, -1)" }, { 'n', 0, "trunc($n, 1)" }, { 'n', 0, "round($n)" }, { 'n', 0, "trunc($n)" },
    { 'n', 0, "ceil($n)" }, { 'n', 0, "floor($n)" }, { 'n', 0, "abs($n)" }, { 'n', 0, "sign($n)" }, { 'n', 0, "$i::numeric" }, { 'n', 0, "$i * 1.5" },
    { 'n', 0, "mod($n, 7)" }, { 'n', 0, "div($n, 3)" }, { 'n', 0, "coalesce($n, $n)" }, { 'n', 0, "greatest($n, $i)" }, { 'n', 0, "nullif($n, $n)" },
    { 'n', 0, "extract(epoch from $v)" }, { 'n', 0, "extract(second from $z)" }, { 'n', 0, "extract(doy from $z)" }, { 'n', 0, "extract(hour from $v)" },
    { 'n', 0, "-$n" }, { 'n', 0, "$l - 0.25" }, { 'n', 0, "CASE WHEN $b THEN $n ELSE 0 END" }, { 'n', 0, "($i % 100)::numeric(6,2)" },
    { 'n', 0, "extract(microseconds from $p)" }, { 'n', 0, "extract(week from $z)" }, { 'n', 0, "extract(quarter from $d)" },
    { 'n', 1, "1 / $N" }, { 'n', 1, "($J ->> 'a')::numeric" }, { 'n', 1, "$N::numeric(5,2)" }, { 'n', 1, "$T::numeric" },

    { 'r', 0, "$i::double precision" }, { 'r', 0, "$r + $r" }, { 'r', 0, "$r * 2" }, { 'r', 0, "$r / 3" }, { 'r', 0, "coalesce($r, $r)" },
    { 'r', 0, "ceil($r)" }, { 'r', 0, "floor($r)" }, { 'r', 0, "round($r)" }, { 'r', 0, "trunc($r)" }, { 'r', 0, "abs($r)" }, { 'r', 0, "sqrt(abs($r))" },
    { 'r', 0, "date_part('minute', $z)" }, { 'r', 0, "date_part('epoch', $v)" }, { 'r', 0, "sign($r)" }, { 'r', 0, "-$r" },

    { 't', 0, "upper($t)" }, { 't', 0, "lower($t)" }, { 't', 0, "initcap($t)" }, { 't', 0, "trim($t)" }, { 't', 0, "trim(both 'a ' from $t)" },
    { 't', 0, "btrim($t, 'a ')" }, { 't', 0, "ltrim($t)" }, { 't', 0, "rtrim($t, 'yz')" }, { 't', 0, "substr($t, $#, $#)" }, { 't', 0, "substr($t, $# - 3)" },
    { 't', 0, "substring($t from $# for $#)" }, { 't', 0, "left($t, $# - 3)" }, { 't', 0, "right($t, $# - 3)" }, { 't', 0, "lpad($t, 8, 'ab')" },
    { 't', 0, "rpad($t, $#)" }, { 't', 0, "replace($t, 'a', $t)" }, { 't', 0, "translate($t, 'abc', 'xy')" }, { 't', 0, "repeat($t, 2)" },
    { 't', 0, "reverse($t)" }, { 't', 0, "split_part($t, ' ', 1)" }, { 't', 0, "split_part($t, '-', -1)" }, { 't', 0, "concat($t, $i, $b, $t)" },
    { 't', 0, "concat_ws(',', $t, $t, $n)" }, { 't', 0, "$t || $t" }, { 't', 0, "$t || $i" }, { 't', 0, "$n || $t" }, { 't', 0, "md5($t)" },
    { 't', 0, "coalesce($t, $t)" }, { 't', 0, "nullif($t, $t)" }, { 't', 0, "greatest($t, $t)" }, { 't', 0, "CASE WHEN $b THEN $t END" },
    { 't', 0, "CASE $t WHEN $t THEN $t ELSE $t END" }, { 't', 0, "$i::text" }, { 't', 0, "$n::text" }, { 't', 0, "$b::text" }, { 't', 0, "$z::text" },
    { 't', 0, "$d::text" }, { 't', 0, "$v::text" }, { 't', 0, "$u::text" }, { 't', 0, "$j::text" }, { 't', 0, "$a::text" }, { 't', 0, "$k::text" },
    { 't', 0, "$x::text" }, { 't', 0, "$o::text" }, { 't', 0, "$r::text" }, { 't', 0, "$p::text" }, { 't', 0, "$t::varchar(3)" }, { 't', 0, "cast($t as varchar)" },
    { 't', 0, "$j ->> 'a'" }, { 't', 0, "$j ->> $#" }, { 't', 0, "$j #>> '{a,b}'" }, { 't', 0, "$j #>> ARRAY['key', '0']" }, { 't', 0, "jsonb_typeof($j)" },
    { 't', 0, "jsonb_extract_path_text($j, 'a', 'b')" }, { 't', 0, "array_to_string($a, ',', '*')" }, { 't', 0, "array_to_string($k, '/')" },
    { 't', 0, "($a)[1]" }, { 't', 0, "($a)[$#]" }, { 't', 0, "host($o)" }, { 't', 0, "encode($x, 'hex')" }, { 't', 0, "$z::date::text" }, { 't', 0, "auth.role()" },

    { 'x', 0, "sha256($x)" }, { 'x', 0, "decode(md5($t), 'hex')" }, { 'x', 0, "$x || $x" }, { 'x', 0, "coalesce($x, $x)" },

    { 'u', 0, "coalesce($u, $u)" }, { 'u', 0, "CASE WHEN $b THEN $u END" }, { 'u', 0, "nullif($u, $u)" }, { 'u', 0, "auth.uid()" }, { 'u', 0, "greatest($u, $u)" },
    { 'u', 0, "md5($t)::uuid" },

    { 'z', 0, "date_trunc('day', $z)" }, { 'z', 0, "date_trunc('month', $z)" }, { 'z', 0, "date_trunc('week', $z)" }, { 'z', 0, "date_trunc('quarter', $z)" },
    { 'z', 0, "$z + interval '1 day'" }, { 'z', 0, "$z - interval '1 month 2 hours'" }, { 'z', 0, "$z + $v" }, { 'z', 0, "$p AT TIME ZONE 'UTC'" },
    { 'z', 0, "$d::timestamptz" }, { 'z', 0, "coalesce($z, $z)" }, { 'z', 0, "greatest($z, $z)" }, { 'z', 0, "to_timestamp($i)" },
    { 'z', 0, "CASE WHEN $b THEN $z ELSE $z END" }, { 'z', 0, "nullif($z, $z)" },

    { 'p', 0, "$z AT TIME ZONE 'UTC'" }, { 'p', 0, "$z::timestamp" }, { 'p', 0, "$d::timestamp" }, { 'p', 0, "$d + interval '1 hour'" },
    { 'p', 0, "date_trunc('hour', $p)" }, { 'p', 0, "$p - $v" }, { 'p', 0, "least($p, $p)" },

    { 'd', 0, "$z::date" }, { 'd', 0, "$d + $#" }, { 'd', 0, "$d - $#" }, { 'd', 0, "coalesce($d, $d)" }, { 'd', 0, "least($d, $d)" }, { 'd', 0, "$p::date" },

    { 'v', 0, "interval '1 day' * $#" }, { 'v', 0, "$v + $v" }, { 'v', 0, "$v - $v" }, { 'v', 0, "-$v" }, { 'v', 0, "$v * 1.5" }, { 'v', 0, "$v / 2" },
    { 'v', 0, "coalesce($v, $v)" }, { 'v', 0, "$v * ($i % 10)" }, { 'v', 0, "greatest($v, $v)" }, { 'v', 1, "$Z - timestamptz '2025-01-01'" },

    { 'j', 0, "to_jsonb($t)" }, { 'j', 0, "to_jsonb($i)" }, { 'j', 0, "to_jsonb($n)" }, { 'j', 0, "to_jsonb($a)" }, { 'j', 0, "to_jsonb($b)" },
    { 'j', 0, "jsonb_build_object('k', $t, 'n', $n)" }, { 'j', 0, "jsonb_build_array($t, $i, $b, $j)" }, { 'j', 0, "$j -> 'a'" }, { 'j', 0, "$j -> $#" },
    { 'j', 0, "$j #> '{a}'" }, { 'j', 0, "$j #> ARRAY['nested', '1']" }, { 'j', 0, "coalesce($j, $j)" }, { 'j', 0, "jsonb_strip_nulls($j)" },
    { 'j', 0, "jsonb_build_object('a', $j) || jsonb_build_object('b', $j)" }, { 'j', 0, "jsonb_build_array($j) || $j" }, { 'j', 0, "jsonb_extract_path($j, 'a')" },
    { 'j', 0, "jsonb_set(jsonb_build_object('a', $j), '{a}', $j)" }, { 'j', 0, "jsonb_build_object('a', 1, 'b', $t) - 'a'" }, { 'j', 0, "jsonb_build_array(1, $t, 2) - $#" },
    { 'j', 0, "CASE WHEN $b THEN $j END" }, { 'j', 1, "$J - 'a'" }, { 'j', 1, "$T::jsonb" },

    { 'a', 0, "ARRAY[$t, $t]" }, { 'a', 0, "$a || $t" }, { 'a', 0, "array_append($a, $t)" }, { 'a', 0, "array_cat($a, $a)" }, { 'a', 0, "array_remove($a, $t)" },
    { 'a', 0, "string_to_array($t, ' ')" }, { 'a', 0, "coalesce($a, $a)" }, { 'a', 0, "$a || $a" }, { 'a', 0, "array_prepend($t, $a)" },

    { 'k', 0, "ARRAY[$i, $i, 3]" }, { 'k', 0, "array_append($k, $i)" }, { 'k', 0, "array_remove($k, $i)" }, { 'k', 0, "$k || $k" },

    { 'o', 0, "coalesce($o, $o)" }, { 'o', 0, "set_masklen($o, 8)" }, { 'o', 0, "CASE WHEN $b THEN $o END" },
};

static const struct { char kind; const char *type; const char *texts[8]; } constants[] = {
    { 'b', "boolean", { "t", "f" } },
    { 'i', "integer", { "0", "1", "-7", "42", "100", "1000" } },
    { 'l', "bigint", { "0", "5000000000", "-1", "77" } },
    { 'n', "numeric", { "0", "1.5", "-0.001", "2000", "12.340", "1e10" } },
    { 'r', "double precision", { "0.1", "1.5", "-2e10", "3" } },
    { 't', "text", { "", "a", "A", "x y", "100%", "o'clock", "Ключ", "ab" } },
    { 'x', "bytea", { "\\x00ff", "\\x", "\\x616263" } },
    { 'u', "uuid", { ORGANIZATION_A, ORGANIZATION_B, "00000001-0000-4000-8000-000000000000" } },
    { 'z', "timestamptz", { "2025-01-05 12:00:00+00", "2025-03-30T02:30:00+02:00", "1969-12-31 23:59:59.999999+00", "2024-02-29 00:00:00+00" } },
    { 'p', "timestamp", { "2025-01-05 12:00:00", "2024-02-29 23:59:59.5", "1999-12-31" } },
    { 'd', "date", { "2025-01-05", "2024-02-29", "1970-01-01" } },
    { 'v', "interval", { "1 day", "2 hours 30 minutes", "-1 month", "1 year 2 days 00:00:00.5", "0" } },
    { 'j', "jsonb", { "{}", "[]", "{\"a\": 1}", "[1, \"a\", null]", "\"a\"", "1.50", "{\"a\": {\"b\": [true]}}", "null" } },
    { 'a', "text[]", { "{}", "{a,b}", "{NULL,\"x y\"}" } },
    { 'k', "integer[]", { "{}", "{1,2,NULL}", "{7}" } },
    { 'o', "inet", { "10.1.2.3", "10.0.0.0/8", "::1", "192.168.1.0/24" } },
};

#define RULE_COUNT ((int)(sizeof rules / sizeof *rules))
#define CONSTANT_COUNT ((int)(sizeof constants / sizeof *constants))

/* --- Kinds --- */

enum kind kind_of(const struct meta_column *column)
{
    if (column->type.array)
        return column->type.id == TYPE_TEXT ? KIND_TEXTS : column->type.id == TYPE_INT4 ? KIND_INTS : KIND_NONE;
    switch (column->type.id) {
    case TYPE_BOOL: return KIND_BOOL;
    case TYPE_INT2:
    case TYPE_INT4: return KIND_INT;
    case TYPE_INT8: return KIND_BIGINT;
    case TYPE_NUMERIC: return KIND_NUMERIC;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: return KIND_REAL;
    case TYPE_TEXT:
    case TYPE_VARCHAR: return KIND_TEXT;
    case TYPE_BYTEA: return KIND_BYTES;
    case TYPE_UUID: return KIND_UUID;
    case TYPE_TIMESTAMPTZ: return KIND_INSTANT;
    case TYPE_TIMESTAMP: return KIND_TIMESTAMP;
    case TYPE_DATE: return KIND_DATE;
    case TYPE_INTERVAL: return KIND_INTERVAL;
    case TYPE_JSONB: return KIND_JSON;
    case TYPE_INET: return KIND_INET;
    default: return KIND_NONE;
    }
}

enum kind kind_any(struct sql_text *s)
{
    static const char kinds[] = "bbiiilnnrttttttuzzzpddvjjjaakxo";
    return (enum kind)kinds[below(s, (int)sizeof kinds - 1)];
}

enum kind kind_plain(struct sql_text *s)
{
    static const char kinds[] = "biiiltttttuzzd";
    return (enum kind)kinds[below(s, (int)sizeof kinds - 1)];
}

/* --- Leaves --- */

void put_quoted(struct buf *out, const char *text)
{
    buf_append_byte(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_append_byte(out, '\'');
        buf_append_byte(out, (uint8_t)*text);
    }
    buf_append_byte(out, '\'');
}

static void put_constant(struct sql_text *s, enum kind kind)
{
    int i = 0, count = 0;
    while (constants[i].kind != (char)kind)
        i++;
    while (count < 8 && constants[i].texts[count] != NULL)
        count++;
    const char *text = percent(s, 8) ? NULL : constants[i].texts[below(s, count)];
    if (s->takes_params && s->param_count < STATEMENT_PARAMS_MAX && percent(s, 25)) {
        s->params[s->param_count++] = text;
        buf_printf(&s->text, "$%d", s->param_count);
    } else if (text == NULL) {
        buf_append_string(&s->text, "NULL");
    } else if ((kind == KIND_INT || kind == KIND_NUMERIC) && percent(s, 60)) {
        buf_append_string(&s->text, text[0] == '-' ? "(" : "");
        buf_append_string(&s->text, text);
        buf_append_string(&s->text, text[0] == '-' ? ")" : "");
        return;
    } else {
        put_quoted(&s->text, text);
    }
    buf_printf(&s->text, "::%s", constants[i].type);
}

const struct meta_column *any_column(struct sql_text *s, const struct part *part)
{
    const struct meta_column *column;
    do
        column = &part->table->columns[below(s, part->table->column_count)];
    while (!column->compared);
    return column;
}

/* A column of the kind, when chance finds one. */
static bool put_column(struct sql_text *s, enum kind kind)
{
    for (int tries = 0; tries < 40 && s->part_count > 0; tries++) {
        const struct part *part = &s->parts[below(s, s->part_count)];
        const struct meta_column *column = any_column(s, part);
        if (kind_of(column) != kind)
            continue;
        buf_printf(&s->text, "%s.%s", part->alias, column->name);
        return true;
    }
    return false;
}

static void put_leaf(struct sql_text *s, enum kind kind)
{
    if (!percent(s, 75) || !put_column(s, kind))
        put_constant(s, kind);
}

/* --- Rules --- */

static bool has_column(const struct sql_text *s, enum kind kind)
{
    for (int i = 0; i < s->part_count; i++)
        for (int c = 0; c < s->parts[i].table->column_count; c++)
            if (s->parts[i].table->columns[c].compared && kind_of(&s->parts[i].table->columns[c]) == kind)
                return true;
    return false;
}

/* A risky rule fits only when there is the column that it wants: a constant would fail before any row is read. */
static bool fits(const struct sql_text *s, const struct rule *rule, enum kind kind, bool risky)
{
    if (rule->risky != risky || (!risky && rule->kind != (char)kind))
        return false;
    for (const char *at = rule->text; *at != '\0'; at++)
        if (at[0] == '$' && isupper((unsigned char)at[1]) && !has_column(s, (enum kind)tolower((unsigned char)at[1])))
            return false;
    return true;
}

/* A rule of a kind, or a risky one of any; NULL: there is none. */
static const struct rule *any_rule(struct sql_text *s, enum kind kind, bool risky)
{
    int fitting[RULE_COUNT], count = 0;
    for (int i = 0; i < RULE_COUNT; i++)
        if (fits(s, &rules[i], kind, risky))
            fitting[count++] = i;
    return count > 0 ? &rules[fitting[below(s, count)]] : NULL;
}

static void put_word(struct sql_text *s)
{
    static const char *const words[] = { "a%", "%b%", "abc", "", "_", "%" };
    put_quoted(&s->text, words[below(s, 6)]);
}

static void put_hole(struct sql_text *s, char hole, int depth)
{
    if (hole == '#')
        buf_printf(&s->text, "%d", below(s, 10));
    else if (hole == '\'')
        put_word(s);
    else if (!isupper((unsigned char)hole))
        put_expression(s, (enum kind)hole, depth);
    else
        while (!put_column(s, (enum kind)tolower((unsigned char)hole))) {}
}

/* One value, by the key of a table that a column refers to. */
static bool put_scalar_sub_select(struct sql_text *s, enum kind kind)
{
    for (int tries = 0; tries < 10 && s->part_count > 0; tries++) {
        const struct part *part = &s->parts[below(s, s->part_count)];
        const struct meta_column *column = any_column(s, part);
        if (column->target == NULL)
            continue;
        const struct meta_column *output = any_column(s, &(struct part){ column->target, "x" });
        if (kind_of(output) != kind)
            continue;
        buf_printf(&s->text, "(SELECT x.%s FROM ", output->name);
        put_from_item(s, column->target, true);
        buf_printf(&s->text, " x WHERE x.%s = %s.%s)", column->target_column, part->alias, column->name);
        return true;
    }
    return false;
}

void put_template(struct sql_text *s, const char *template, int depth)
{
    for (; *template != '\0'; template++)
        if (*template == '$')
            put_hole(s, *++template, depth);
        else
            buf_append_byte(&s->text, (uint8_t)*template);
}

void put_expression(struct sql_text *s, enum kind kind, int depth)
{
    if (depth == 0 || percent(s, 25)) {
        put_leaf(s, kind);
        return;
    }
    if (s->sub_selects && percent(s, 3) && put_scalar_sub_select(s, kind))
        return;
    buf_append_byte(&s->text, '(');
    put_template(s, any_rule(s, kind, false)->text, depth - 1);
    buf_append_byte(&s->text, ')');
}

bool put_risky(struct sql_text *s)
{
    const struct rule *rule = any_rule(s, KIND_NONE, true);
    if (rule != NULL)
        put_template(s, rule->text, 1);
    return rule != NULL;
}
