/* What a dump defines, for a server that has no schema yet: one migration of all that can be honoured here.
 *
 * The migration is folded here first, with the catalog's own code. A statement that is refused is left out, told with its line and reason, and the rest is folded again:
 * functions, triggers and what stands on them are passed over like this, and the tables come.
 *
 * What is left out must never let more people in than the dump did: without one of its restrictive policies a table gets no permissive one. And no GRANT of a dump
 * opens a table without row level security (docs/schema.md): dumps have one for every table, by the default privileges. */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "progress.h"
#include "restore.h"
#include "sql/parse.h"

int restore_schema(struct restore *restore, struct slice text)
{
    if (!restore->scanning)
        return EXIT_DONE;
    restore->definitions = memory_resize(restore->definitions, sizeof *restore->definitions * (size_t)(restore->definition_count + 1));
    restore->definitions[restore->definition_count++] =
        (struct restore_definition){ strndup((const char *)text.data, text.size), restore->line, false };
    return EXIT_DONE;
}

/* --- The migration's text --- */

#define HEAD "SET rowhouse.grants_open = off;\n"        /* its only line that is not the dump's */

static void put_text(const struct restore *restore, struct buf *out)
{
    buf_clear(out);
    buf_append_string(out, HEAD);
    for (int i = 0; i < restore->definition_count; i++)
        if (!restore->definitions[i].passed_over)
            buf_printf(out, "%s;\n", restore->definitions[i].text);
}

static int lines_of(const char *text)
{
    int lines = 1;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

/* The statement that stands at a line of the text; -1: none does. */
static int statement_at(const struct restore *restore, int line)
{
    int at = 2;
    for (int i = 0; i < restore->definition_count; i++) {
        const struct restore_definition *definition = &restore->definitions[i];
        if (definition->passed_over)
            continue;
        at += lines_of(definition->text);
        if (line < at)
            return i;
    }
    return -1;
}

static int leave_out(struct restore *restore, int number, const char *reason, const char *state)
{
    struct restore_definition *definition = &restore->definitions[number];
    char head[64];
    snprintf(head, sizeof head, "%.60s", definition->text);
    head[strcspn(head, "\n(")] = '\0';
    definition->passed_over = true;
    restore->line = definition->line;
    return restore_pass_over(restore, head, "%s (%s)", reason, state);
}

/* --- Folding --- */

#define NAME "restored.sql"             /* while it is folded here */

/* Folds what is left until it is taken; *ret is the catalog. */
static int fold(struct restore *restore, struct buf *text, struct catalog **ret)
{
    struct error error;
    struct effects effects;
    for (;;) {
        put_text(restore, text);
        progress("folding", "the schema", (uint64_t)restore->definition_count);
        *ret = catalog_new();
        error_clear(&error);
        if (catalog_apply(*ret, NAME, buf_slice(text), 0, &effects, &error) == 0)
            return EXIT_DONE;
        catalog_free(*ret);
        *ret = NULL;
        int line = 0, used = 0;
        bool located = sscanf(error.message, NAME ":%d: %n", &line, &used) == 1 && used > 0;
        int number = located ? statement_at(restore, line) : -1;
        if (number < 0)
            return restore_failed(restore, "the schema of the dump is refused: %s (%s)", error.message, sqlstate_code(error.state));
        if (leave_out(restore, number, error.message + used, sqlstate_code(error.state)) != EXIT_DONE)
            return EXIT_FAILED;
    }
}

/* --- What must not be left out alone --- */

static const char *table_of(const PgQuery__RangeVar *range, char out[static 192])
{
    bool public = range->schemaname == NULL || range->schemaname[0] == '\0' || strcmp(range->schemaname, "public") == 0;
    snprintf(out, 192, "%s%s%s", public ? "" : range->schemaname, public ? "" : ".", range->relname);
    return out;
}

/* The policy that a statement creates; NULL: it creates none. `parsed` is freed by the caller. */
static const PgQuery__CreatePolicyStmt *policy_of(const struct restore_definition *definition, struct parsed **parsed)
{
    struct error ignored;
    *parsed = NULL;
    if (strncasecmp(definition->text, "CREATE POLICY", 13) != 0 || parse_sql(slice_of_string(definition->text), REQUEST_SIZE_MAX, parsed, &ignored) < 0)
        return NULL;
    const PgQuery__Node *node = parsed_count(*parsed) == 1 ? parsed_statement(*parsed, 0)->node : NULL;
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_CREATE_POLICY_STMT ? node->create_policy_stmt : NULL;
}

/* Whether a restrictive policy of the table was left out. */
static bool lost_restriction(const struct restore *restore, const char *table)
{
    bool lost = false;
    for (int i = 0; !lost && i < restore->definition_count; i++) {
        struct parsed *parsed = NULL;
        char of[192];
        const PgQuery__CreatePolicyStmt *policy = restore->definitions[i].passed_over ? policy_of(&restore->definitions[i], &parsed) : NULL;
        lost = policy != NULL && !policy->permissive && strcmp(table_of(policy->table, of), table) == 0;
        parsed_free(parsed);
    }
    return lost;
}

static bool any_restriction_lost(const struct restore *restore)
{
    for (int i = 0; i < restore->definition_count; i++)
        if (restore->definitions[i].passed_over && strncasecmp(restore->definitions[i].text, "CREATE POLICY", 13) == 0 &&
            strcasestr(restore->definitions[i].text, "RESTRICTIVE") != NULL)
            return true;
    return false;
}

static int close_unrestricted(struct restore *restore)
{
    int code = EXIT_DONE;
    for (int i = 0; any_restriction_lost(restore) && code == EXIT_DONE && i < restore->definition_count; i++) {
        struct parsed *parsed = NULL;
        char table[192];
        const PgQuery__CreatePolicyStmt *policy = restore->definitions[i].passed_over ? NULL : policy_of(&restore->definitions[i], &parsed);
        if (policy != NULL && policy->permissive && lost_restriction(restore, table_of(policy->table, table)))
            code = leave_out(restore, i, "a restrictive policy of its table is not here, and without it this one would let more people in", "42501");
        parsed_free(parsed);
    }
    return code;
}

/* --- The whole --- */

static bool has_schema(const struct restore *restore)
{
    struct rh_cell schema = rh_result(restore->schema);
    return rh_count(rh_member(schema, "tables")) > 0 || rh_count(rh_member(schema, "migrations")) > 0;
}

static int migrate(struct restore *restore, struct slice text)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char name[64];
    SHA256(text.data, text.size, hash);
    snprintf(name, sizeof name, "restored_%02x%02x%02x%02x%02x%02x.sql", hash[0], hash[1], hash[2], hash[3], hash[4], hash[5]);
    int code = cli_outcome(restore->cli, rh_request(restore->cli->db, NULL, "migrate", "[[{s:s s:S}]]", "name", name, "text", (const char *)text.data, text.size));
    if (code != EXIT_DONE)
        return code;
    rh_reply_free(restore->schema);
    restore->schema = NULL;
    progress_done();
    fprintf(stderr, "rowhouse restore: the schema is migration %s\n", name);
    return cli_outcome(restore->cli, rh_request(restore->cli->db, &restore->schema, "schema", "[]"));
}

int restore_define(struct restore *restore)
{
    struct buf text = { 0 };
    struct catalog *catalog = NULL;
    if (restore->definition_count == 0)
        return EXIT_DONE;
    if (has_schema(restore)) {
        progress_done();
        fprintf(stderr, "rowhouse restore: %d statements that define the schema are passed over: the server has its own\n", restore->definition_count);
        return EXIT_DONE;
    }
    int code = fold(restore, &text, &catalog);
    if (code == EXIT_DONE)
        code = close_unrestricted(restore);
    put_text(restore, &text);
    if (code == EXIT_DONE && catalog->table_count > 0) {
        restore->defined = true;
        code = migrate(restore, buf_slice(&text));
    }
    if (catalog != NULL)
        catalog_free(catalog);
    buf_done(&text);
    return code;
}
