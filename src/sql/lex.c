#include "sql/lex.h"

#include <assert.h>
#include <stdlib.h>

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "base/buf.h"
#include "value/utf8.h"

/* Tokens that are open: one count for each pair of parentheses or brackets around the current token. */
struct nesting {
    int *counts;                    /* by depth of pairs; from a buffer that fits the deepest text */
    int depth;
    int sum, max;                   /* of `counts` now, and the largest so far in this statement */
};

static void nesting_reset(struct nesting *n)
{
    n->depth = 0;
    n->counts[0] = 0;
    n->sum = n->max = 0;
}

static void nesting_token(struct nesting *n, PgQuery__Token token)
{
    if (token == PG_QUERY__TOKEN__ASCII_44) {                       /* , */
        n->sum -= n->counts[n->depth];
        n->counts[n->depth] = 0;
        return;
    }
    if ((token == PG_QUERY__TOKEN__ASCII_41 || token == PG_QUERY__TOKEN__ASCII_93) && n->depth > 0)   /* ) ] */
        n->sum -= n->counts[n->depth--];
    n->counts[n->depth]++;
    n->sum++;
    if (n->sum > n->max)
        n->max = n->sum;
    if (token == PG_QUERY__TOKEN__ASCII_40 || token == PG_QUERY__TOKEN__ASCII_91)    /* ( [ */
        n->counts[++n->depth] = 0;
}

static void blank(char *text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (text[i] != '\n' && text[i] != '\r')
            text[i] = ' ';
}

static int newlines(const char *text, size_t start, size_t end)
{
    int count = 0;
    for (size_t i = start; i < end; i++)
        count += text[i] == '\n';
    return count;
}

/* A statement ends where its semicolon or the text is; trailing space does not belong to it. The end of its last token
 * would do, but the scanner gives a wrong one for U&'...'. */
static void close_statement(const char *text, struct lexed_statement *open, size_t end)
{
    if (open == NULL)
        return;
    while (end > open->start && (text[end - 1] == ' ' || (text[end - 1] >= '\t' && text[end - 1] <= '\r')))
        end--;
    open->end = end;
}

/* A function's own statements, BEGIN ATOMIC ... END with CASE ... END in them, are part of the one that creates it. */
static int blocks_after(int blocks, PgQuery__Token before, PgQuery__Token token)
{
    bool opens = blocks > 0 ? token == PG_QUERY__TOKEN__CASE : before == PG_QUERY__TOKEN__BEGIN_P && token == PG_QUERY__TOKEN__ATOMIC;
    return blocks + opens - (blocks > 0 && token == PG_QUERY__TOKEN__END_P);
}

static void split(const PgQuery__ScanResult *scan, int line, struct arena *arena, struct lexed *ret)
{
    PgQuery__Token before = PG_QUERY__TOKEN__NUL;
    int blocks = 0;
    struct nesting nesting = { .counts = ARENA_ARRAY(arena, int, scan->n_tokens + 2) };
    ret->statements = ARENA_ARRAY(arena, struct lexed_statement, scan->n_tokens + 1);
    struct lexed_statement *open = NULL;
    size_t counted = 0;             /* bytes whose newlines are in `line` */
    nesting_reset(&nesting);
    for (size_t i = 0; i < scan->n_tokens; i++) {
        const PgQuery__ScanToken *token = scan->tokens[i];
        if (token->token == PG_QUERY__TOKEN__SQL_COMMENT || token->token == PG_QUERY__TOKEN__C_COMMENT) {
            blank(ret->text, (size_t)token->start, (size_t)token->end);
            continue;
        }
        blocks = blocks_after(blocks, before, token->token);
        before = token->token;
        if (token->token == PG_QUERY__TOKEN__ASCII_59 && nesting.depth == 0 && blocks == 0) {       /* ; */
            close_statement(ret->text, open, (size_t)token->start);
            open = NULL;
            nesting_reset(&nesting);
            continue;
        }
        if (open == NULL) {
            open = &ret->statements[ret->count++];
            open->start = (size_t)token->start;
            line += newlines(ret->text, counted, open->start);
            counted = open->start;
            open->line = line;
        }
        nesting_token(&nesting, token->token);
        open->nesting = nesting.max;
    }
    close_statement(ret->text, open, strlen(ret->text));
}

/* Bytes of the mark that some editors put before UTF-8. */
static size_t mark_size(struct slice text)
{
    return text.size >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

int lex_sql(struct slice text, int first_line, struct arena *arena, struct lexed *ret, struct error *error)
{
    *ret = (struct lexed){ .text = arena_string(arena, text) };
    blank(ret->text, 0, mark_size(text));
    PgQueryScanResult scanned = pg_query_scan(ret->text);
    int err = 0;
    if (scanned.error != NULL) {
        int line, column;
        size_t at = scanned.error->cursorpos > 0 ? utf8_prefix(slice_of_string(ret->text), (size_t)scanned.error->cursorpos - 1) : 0;
        lex_position(text, at, &line, &column);
        err = fail(error, SQLSTATE_SYNTAX_ERROR, "%s at line %d, column %d", scanned.error->message,
                   line + first_line - 1, column);
    } else {
        PgQuery__ScanResult *scan = pg_query__scan_result__unpack(NULL, scanned.pbuf.len, (const uint8_t *)scanned.pbuf.data);
        assert(scan != NULL);
        split(scan, first_line, arena, ret);
        pg_query__scan_result__free_unpacked(scan, NULL);
    }
    pg_query_free_scan_result(scanned);
    return err;
}

static bool is_comment(const PgQuery__ScanToken *token)
{
    return token->token == PG_QUERY__TOKEN__SQL_COMMENT || token->token == PG_QUERY__TOKEN__C_COMMENT;
}

static void put_token(const char *text, const PgQuery__ScanToken *token, struct buf *out)
{
    bool name = token->token == PG_QUERY__TOKEN__IDENT || token->keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
    bool quoted = text[token->start] == '"';
    for (int i = token->start; i < token->end; i++)
        buf_append_byte(out, (uint8_t)(name && !quoted && text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a' : text[i]));
}

int lex_tokens(struct slice text, struct arena *arena, const char **ret, struct error *error)
{
    const char *copy = arena_string(arena, text);
    PgQueryScanResult scanned = pg_query_scan(copy);
    struct buf tokens = { 0 };
    int err = scanned.error == NULL ? 0 : fail(error, SQLSTATE_SYNTAX_ERROR, "%s", scanned.error->message);
    PgQuery__ScanResult *scan = err < 0 ? NULL : pg_query__scan_result__unpack(NULL, scanned.pbuf.len, (const uint8_t *)scanned.pbuf.data);
    for (size_t i = 0; scan != NULL && i < scan->n_tokens; i++) {
        if (is_comment(scan->tokens[i]))
            continue;
        if (tokens.size > 0)
            buf_append_byte(&tokens, ' ');
        put_token(copy, scan->tokens[i], &tokens);
    }
    *ret = arena_string(arena, buf_slice(&tokens));
    buf_done(&tokens);
    if (scan != NULL)
        pg_query__scan_result__free_unpacked(scan, NULL);
    pg_query_free_scan_result(scanned);
    return err;
}

void lex_position(struct slice text, size_t offset, int *ret_line, int *ret_column)
{
    *ret_line = 1;
    *ret_column = 1;
    for (size_t i = mark_size(text); i < offset && i < text.size; i++) {
        if (text.data[i] == '\n') {
            (*ret_line)++;
            *ret_column = 1;
        } else if ((text.data[i] & 0xC0) != 0x80) {
            (*ret_column)++;
        }
    }
}
