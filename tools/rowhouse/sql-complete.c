/* Completion: keywords, tables, views, and the columns of all of them; the names come from the server once. */
#include <editline/readline.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "sql.h"

static const char *const keywords[] = {
    "SELECT", "FROM", "WHERE", "GROUP BY", "HAVING", "ORDER BY", "LIMIT", "OFFSET", "DISTINCT", "INSERT INTO", "VALUES", "UPDATE", "SET",
    "DELETE FROM", "RETURNING", "ON CONFLICT", "DO NOTHING", "DO UPDATE SET", "JOIN", "LEFT JOIN", "AND", "OR", "NOT", "NULL", "IS NULL",
    "IS NOT NULL", "LIKE", "ILIKE", "BETWEEN", "EXISTS", "CASE", "WHEN", "THEN", "ELSE", "END", "ASC", "DESC", "NULLS FIRST", "NULLS LAST",
    "count", "sum", "avg", "min", "max", "FILTER", "now()", "DEFAULT", "EXPLAIN", "TRUE", "FALSE", "COALESCE",
};

static struct {
    struct sql *sql;
    bool asked;
    char **names;                       /* from the server, owned */
    size_t count, capacity;
    size_t at;                          /* where the next match is looked for: keywords, then names */
} completion;

void sql_complete_start(struct sql *sql)
{
    completion.sql = sql;
}

static bool known(const char *name)
{
    for (size_t i = 0; i < completion.count; i++)
        if (strcmp(completion.names[i], name) == 0)
            return true;
    return false;
}

static void add(struct rh_cell cell)
{
    char *name = rh_cell_text(cell);
    if (known(name)) {
        free(name);
        return;
    }
    if (completion.count == completion.capacity) {
        completion.capacity = completion.capacity == 0 ? 256 : 2 * completion.capacity;
        completion.names = memory_resize(completion.names, sizeof *completion.names * completion.capacity);
    }
    completion.names[completion.count++] = name;
}

static void add_all(struct rh_cell relations)
{
    for (size_t i = 0; i < rh_count(relations); i++) {
        struct rh_cell columns = rh_member(rh_at(relations, i), "columns");
        add(rh_member(rh_at(relations, i), "name"));
        for (size_t c = 0; c < rh_count(columns); c++)
            add(rh_member(rh_at(columns, c), "name"));
    }
}

/* What cannot be asked is not completed: nobody wants an error between two keys. */
static void ask(void)
{
    struct rh_reply *reply = NULL;
    completion.asked = true;
    if (rh_request(completion.sql->cli->db, &reply, "schema", "[]") != RH_OK)
        return;
    add_all(rh_member(rh_result(reply), "tables"));
    add_all(rh_member(rh_result(reply), "views"));
    rh_reply_free(reply);
}

static char *next_match(const char *word, int state)
{
    size_t keyword_count = sizeof keywords / sizeof *keywords;
    if (state == 0)
        completion.at = 0;
    while (completion.at < keyword_count + completion.count) {
        size_t i = completion.at++;
        const char *name = i < keyword_count ? keywords[i] : completion.names[i - keyword_count];
        if (strncasecmp(name, word, strlen(word)) == 0)
            return strdup(name);
    }
    return NULL;
}

char **sql_complete(const char *word, int start, int end)
{
    if (!completion.asked)
        ask();
    rl_attempted_completion_over = 1;   /* no names of files */
    return rl_completion_matches(word, next_match);
}

void sql_complete_done(void)
{
    for (size_t i = 0; i < completion.count; i++)
        free(completion.names[i]);
    free(completion.names);
}
