/* From text to trees, in four steps: check the bytes, lex (sql/lex.h), parse each statement alone, unpack its protobuf
 * message into one arena, which is freed as a whole so that nothing has to recurse over a tree to free it.
 *
 * PostgreSQL's grammar, its protobuf output and protobuf-c's unpacking all recurse without a guard, up to PARSE_STACK_LEVEL
 * bytes a token of nesting (sql/lex.h; the worst seen is `(SELECT (SELECT ...` with 2.9 KB, doubled). A shallow statement runs in place; a deeper one on a thread of its own, whose
 * stack is as large as its nesting can make it; beyond PARSE_NESTING_MAX it is refused. */
#include "sql/parse.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <pg_query.h>

#include "base/memory.h"
#include "sql/lex.h"
#include "value/utf8.h"

#define PARSE_STACK_LEVEL   KIB(6)
#define PARSE_STACK_BASE    KIB(256)
#define PARSE_NESTING_HERE  128             /* at most this deep in place: less than a MiB with the base */
#define PARSE_NESTING_MAX   16384           /* 96 MiB of stack, touched only as far as it is used */
#define PARSE_MEMORY_BYTE   300             /* of a byte of text: its trees, in PostgreSQL's form and in protobuf's */

struct parsed {
    struct arena arena;
    int count;
    struct parsed_statement *statements;
};

/* One statement on its way through the library. */
struct job {
    const char *text;               /* blanked, NUL at its end */
    struct arena *arena;            /* of the tree */
    const PgQuery__Node *node;      /* NULL: failed */
    char message[ERROR_MESSAGE_MAX];
    int character;                  /* of the failure in `text`, from 1; 0: unknown */
};

static void *unpack_alloc(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void unpack_free(void *arena, void *memory)
{
}

static void *job_run(void *argument)
{
    struct job *job = argument;
    PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(job->text);
    if (parsed.error != NULL) {
        snprintf(job->message, sizeof job->message, "%s", parsed.error->message);
        job->character = parsed.error->cursorpos;
    } else {
        ProtobufCAllocator allocator = { unpack_alloc, unpack_free, job->arena };
        const PgQuery__ParseResult *result = pg_query__parse_result__unpack(&allocator, parsed.parse_tree.len, (const uint8_t *)parsed.parse_tree.data);
        assert(result != NULL);
        if (result->n_stmts == 1)
            job->node = result->stmts[0]->stmt;
        else
            snprintf(job->message, sizeof job->message, "a statement in parts is not supported");
    }
    pg_query_free_protobuf_parse_result(parsed);
    return NULL;
}

static int job_run_apart(struct job *job, int nesting, struct error *error)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PARSE_STACK_BASE + PARSE_STACK_LEVEL * (size_t)nesting);
    int err = pthread_create(&thread, &attributes, job_run, job);
    pthread_attr_destroy(&attributes);
    if (err != 0)
        return fail(error, SQLSTATE_OUT_OF_MEMORY, "cannot start a thread to parse with: %s", strerror(err));
    pthread_join(thread, NULL);
    return 0;
}

/* The library follows what malloc() gave without looking, so what it may need is asked for here, where a no is an error. */
static int memory_is_there(size_t size, int line, struct error *error)
{
    void *volatile probe = malloc(PARSE_STACK_BASE + PARSE_MEMORY_BYTE * size);
    bool there = probe != NULL;
    free(probe);
    return there ? 0 : fail(error, SQLSTATE_OUT_OF_MEMORY, "there is no memory to parse the statement of %zu bytes at line %d", size, line);
}

static int parse_one(struct slice text, int first_line, struct lexed *lexed, const struct lexed_statement *at,
                     struct arena *arena, struct parsed_statement *ret, struct error *error)
{
    ret->text = slice_of(text.data + at->start, at->end - at->start);
    ret->line = at->line;
    if (at->nesting > PARSE_NESTING_MAX)
        return fail(error, SQLSTATE_STATEMENT_TOO_COMPLEX, "statement at line %d is nested too deeply", at->line);
    if (memory_is_there(at->end - at->start, at->line, error) < 0)
        return -1;
    char after = lexed->text[at->end];
    lexed->text[at->end] = '\0';
    struct job job = { .text = lexed->text + at->start, .arena = arena };
    int err = 0;
    if (at->nesting <= PARSE_NESTING_HERE)
        job_run(&job);
    else
        err = job_run_apart(&job, at->nesting, error);
    lexed->text[at->end] = after;
    if (err < 0)
        return err;
    ret->node = job.node;
    if (job.node != NULL)
        return 0;
    /* Characters of the blanked text, which has no multi-byte ones where comments were. */
    struct slice blanked = slice_of(lexed->text + at->start, ret->text.size);
    size_t offset = at->start + (job.character > 0 ? utf8_prefix(blanked, (size_t)job.character - 1) : 0);
    int line, column;
    lex_position(text, offset, &line, &column);
    /* The grammar's own stack, of 10,000 entries, lies on the heap. */
    bool exhausted = strncmp(job.message, "memory exhausted", strlen("memory exhausted")) == 0;
    return fail(error, exhausted ? SQLSTATE_STATEMENT_TOO_COMPLEX : SQLSTATE_SYNTAX_ERROR, "%s at line %d, column %d",
                exhausted ? "statement is nested too deeply" : job.message, line + first_line - 1, column);
}

static const struct error *keep_error(struct parsed *parsed, const struct error *error)
{
    struct error *kept = ARENA_NEW(&parsed->arena, struct error);
    *kept = *error;
    return kept;
}

/* `each`: go on behind a statement that does not parse. */
static int parse_all(struct slice text, int first_line, bool each, struct parsed *parsed, struct error *error)
{
    struct arena scratch;
    struct lexed lexed;
    arena_init(&scratch, SIZE_MAX);
    int err = lex_sql(text, first_line, &scratch, &lexed, error);
    if (err == 0) {
        parsed->statements = ARENA_ARRAY(&parsed->arena, struct parsed_statement, lexed.count);
        parsed->count = lexed.count;
    }
    for (int i = 0; err == 0 && i < lexed.count; i++) {
        err = parse_one(text, first_line, &lexed, &lexed.statements[i], &parsed->arena, &parsed->statements[i], error);
        if (err < 0 && each) {
            parsed->statements[i].refused = keep_error(parsed, error);
            err = 0;
        }
    }
    arena_done(&scratch);
    return err;
}

static int check_text(struct slice text, size_t size_max, struct error *error)
{
    if (text.size > size_max)
        return fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "SQL text of %zu bytes is longer than %zu", text.size, size_max);
    return utf8_check(text, error);
}

static struct parsed *parsed_new(void)
{
    struct parsed *parsed = memory_alloc(sizeof *parsed);
    arena_init(&parsed->arena, SIZE_MAX);
    return parsed;
}

static int parse_text(struct slice text, size_t size_max, bool each, struct parsed **ret, struct error *error)
{
    if (check_text(text, size_max, error) < 0)
        return -1;
    struct parsed *parsed = parsed_new();
    int err = parse_all(text, 1, each, parsed, error);
    if (err < 0)
        parsed_free(parsed);
    else
        *ret = parsed;
    return err;
}

int parse_sql(struct slice text, size_t size_max, struct parsed **ret, struct error *error)
{
    return parse_text(text, size_max, false, ret, error);
}

int parse_each(struct slice text, size_t size_max, struct parsed **ret, struct error *error)
{
    return parse_text(text, size_max, true, ret, error);
}

void parsed_free(struct parsed *parsed)
{
    if (parsed == NULL)
        return;
    arena_done(&parsed->arena);
    free(parsed);
}

int parsed_count(const struct parsed *parsed)
{
    return parsed->count;
}

const struct parsed_statement *parsed_statement(const struct parsed *parsed, int index)
{
    assert(index >= 0);
    assert(index < parsed->count);
    return &parsed->statements[index];
}

/* Whether a statement is `SELECT expression` and nothing else. */
static const PgQuery__Node *lone_expression(const PgQuery__Node *node)
{
    if (node->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    const PgQuery__SelectStmt *s = node->select_stmt;
    bool more = s->n_distinct_clause > 0 || s->into_clause != NULL || s->n_from_clause > 0 || s->where_clause != NULL ||
                s->n_group_clause > 0 || s->having_clause != NULL || s->n_window_clause > 0 || s->n_values_lists > 0 ||
                s->n_sort_clause > 0 || s->limit_offset != NULL || s->limit_count != NULL || s->n_locking_clause > 0 ||
                s->with_clause != NULL || s->larg != NULL;
    if (more || s->n_target_list != 1 || s->target_list[0]->node_case != PG_QUERY__NODE__NODE_RES_TARGET)
        return NULL;
    const PgQuery__ResTarget *target = s->target_list[0]->res_target;
    return target->name == NULL || target->name[0] == '\0' ? target->val : NULL;
}

int parse_expression(struct slice text, struct parsed **ret, const PgQuery__Node **ret_node, struct error *error)
{
    if (check_text(text, STATEMENT_SIZE_MAX, error) < 0)
        return -1;
    struct parsed *parsed = parsed_new();
    /* SELECT is on a line 0 of its own, so that positions are those of `text`. The copy lives as long as the tree. */
    const char *whole = arena_printf(&parsed->arena, "SELECT\n%.*s", SLICE_FMT(text));
    int err = parse_all(slice_of_string(whole), 0, false, parsed, error);
    if (err == 0) {
        *ret_node = parsed->count == 1 ? lone_expression(parsed->statements[0].node) : NULL;
        if (*ret_node == NULL)
            err = fail(error, SQLSTATE_SYNTAX_ERROR, "want one expression, not \"%.*s\"", (int)(text.size < 100 ? text.size : 100), (const char *)text.data);
    }
    if (err < 0)
        parsed_free(parsed);
    else
        *ret = parsed;
    return err;
}
