/* The shell: lines into statements, lines that begin with a backslash into commands of its own. */
#include <editline/readline.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "sql.h"
#include "sql/lex.h"

#define HISTORY_LINES 10000

struct shell {
    struct sql *sql;
    bool terminal;
    char history[4096];                 /* the file; "": none */
    struct buf text;                    /* of the statement so far */
    int line, text_line;                /* of the script: the newest, and the one that `text` begins in */
    bool leave;
};

/* --- Ctrl-C: a line that is being typed is forgotten, a statement that runs is not waited for any longer --- */

static sigjmp_buf typing;
static volatile sig_atomic_t is_typing;
static volatile sig_atomic_t running_fd = -1;       /* the connection, while a statement runs */

static void on_interrupt(int signal)
{
    if (is_typing)
        siglongjmp(typing, 1);
    if (running_fd >= 0)
        shutdown(running_fd, SHUT_RDWR);            /* the call returns: the connection broke */
}

static void catch_interrupts(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

/* A connection that broke meanwhile is made again; the server may have been started anew. */
static int connected(struct shell *shell)
{
    struct rh *db = shell->sql->cli->db;
    bool lost = rh_fd(db) < 0;
    int outcome = rh_connect(db);
    if (outcome == RH_OK && lost && shell->terminal)
        fputs("The connection was lost; there is a new one.\n", stderr);
    return cli_outcome(shell->sql->cli, outcome);
}

/* --- Backslash commands --- */

static int show_schema(struct shell *shell, const char *table)
{
    struct rh_reply *reply = NULL;
    size_t size;
    int code = cli_outcome(shell->sql->cli, rh_request(shell->sql->cli->db, &reply, "schema", "[s {s:b}]", table, "text", 1));
    if (code == EXIT_DONE) {
        const char *text = rh_text(rh_result(reply), &size);
        fwrite(text, 1, size, stdout);
    }
    rh_reply_free(reply);
    return code;
}

/* `kind` NULL: each has its tenancy. */
static void list(struct rh_cell relations, const char *kind)
{
    for (size_t i = 0; i < rh_count(relations); i++) {
        struct rh_cell relation = rh_at(relations, i);
        char *name = rh_cell_text(rh_member(relation, "name")), *tenancy = kind == NULL ? rh_cell_text(rh_member(relation, "tenancy")) : NULL;
        printf("%-40s %-8s %zu columns\n", name, kind != NULL ? kind : tenancy, rh_count(rh_member(relation, "columns")));
        free(name);
        free(tenancy);
    }
}

static int list_relations(struct shell *shell, bool tables, bool views)
{
    struct rh_reply *reply = NULL;
    int code = cli_outcome(shell->sql->cli, rh_request(shell->sql->cli->db, &reply, "schema", "[]"));
    if (tables)
        list(rh_member(rh_result(reply), "tables"), NULL);
    if (views)
        list(rh_member(rh_result(reply), "views"), "view");
    rh_reply_free(reply);
    return code;
}

static void print_index(struct rh_cell index, const char *table)
{
    const char *kind = rh_bool(rh_member(index, "primary")) ? "primary" : rh_bool(rh_member(index, "unique")) ? "unique" : "";
    struct rh_cell columns = rh_member(index, "columns");
    char *name = rh_cell_text(rh_member(index, "name"));
    printf("%-56s %-7s %s (", name, kind, table);
    free(name);
    for (size_t i = 0; i < rh_count(columns); i++) {
        char *column = rh_cell_text(rh_at(columns, i));
        printf("%s%s", i > 0 ? ", " : "", column);
        free(column);
    }
    puts(")");
}

/* Of one table, or "": of all. */
static int list_indexes(struct shell *shell, const char *only)
{
    struct rh_reply *reply = NULL;
    int code = cli_outcome(shell->sql->cli, rh_request(shell->sql->cli->db, &reply, "schema", "[]"));
    struct rh_cell tables = rh_member(rh_result(reply), "tables");
    for (size_t i = 0; i < rh_count(tables); i++) {
        struct rh_cell table = rh_at(tables, i), indexes = rh_member(table, "indexes");
        char *name = rh_cell_text(rh_member(table, "name"));
        for (size_t k = 0; k < rh_count(indexes) && (only[0] == '\0' || strcmp(only, name) == 0); k++)
            print_index(rh_at(indexes, k), name);
        free(name);
    }
    rh_reply_free(reply);
    return code;
}

/* One function, or "": all. */
static int list_functions(char *only)
{
    const struct command *command = command_find("functions");
    struct cli cli = { .command = command, .argc = only[0] != '\0', .argv = &only };
    return command->run(&cli);
}

static void show_help(void)
{
    puts("\\d          tables and views          \\d NAME    columns, indexes, policies of a table, or a view's SELECT\n"
         "\\dt, \\dv    tables, views             \\di [TABLE] indexes\n"
         "\\df [NAME]  native functions: SELECT f(name => value)\n"
         "\\x          a line a column, or not   \\timing     how long each statement takes, or not\n"
         "\\r          forget what was typed     \\q          leave; so does Ctrl-D, and Ctrl-C breaks off\n"
         "EXPLAIN before a statement shows how rows are found, and what is done to them. Statements end in a semicolon.");
}

static void say(const char *what, bool on)
{
    printf("%s is %s.\n", what, on ? "on" : "off");
}

static int backslash(struct shell *shell, const char *line)
{
    char word[32] = "", argument[256] = "";
    sscanf(line, "\\%31s %255[^; \t]", word, argument);
    if (strcmp(word, "q") == 0)
        shell->leave = true;
    else if (strcmp(word, "d") == 0 && argument[0] != '\0')
        return show_schema(shell, argument);
    else if (strcmp(word, "d") == 0 || strcmp(word, "dt") == 0 || strcmp(word, "dv") == 0)
        return list_relations(shell, word[1] != 'v', word[1] != 't');
    else if (strcmp(word, "di") == 0)
        return list_indexes(shell, argument);
    else if (strcmp(word, "df") == 0)
        return list_functions(argument);
    else if (strcmp(word, "x") == 0)
        say("Expanded display", shell->sql->expanded = !shell->sql->expanded);
    else if (strcmp(word, "timing") == 0)
        say("Timing", shell->sql->timing = !shell->sql->timing);
    else if (strcmp(word, "r") == 0)
        buf_clear(&shell->text);
    else if (strcmp(word, "?") == 0 || strcmp(word, "h") == 0)
        show_help();
    else {
        fprintf(stderr, "there is no command \\%s; \\? lists them\n", word);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

/* --- Statements --- */

/* Whether the last statement of a text has its semicolon. A text that does not lex goes on: a quote is still open. */
static bool is_complete(const struct shell *shell, struct lexed *lexed, struct arena *arena)
{
    struct slice text = buf_slice(&shell->text);
    struct error ignored;
    if (lex_sql(text, shell->text_line, arena, lexed, &ignored) < 0)
        return false;
    size_t at = lexed->count > 0 ? lexed->statements[lexed->count - 1].end : 0;
    return memchr(lexed->text + at, ';', text.size - at) != NULL;
}

static int run_one(struct shell *shell, const struct lexed_statement *at)
{
    char *statement = strndup((const char *)shell->text.data + at->start, at->end - at->start);
    int code = connected(shell);
    shell->sql->line = shell->terminal ? 0 : at->line;
    running_fd = rh_fd(shell->sql->cli->db);
    if (code == EXIT_DONE)
        code = sql_run(shell->sql, statement);
    running_fd = -1;
    free(statement);
    return code;
}

static int run_statements(struct shell *shell, const struct lexed *lexed)
{
    int code = EXIT_DONE;
    for (int i = 0; i < lexed->count && code == EXIT_DONE; i++)
        code = run_one(shell, &lexed->statements[i]);
    return code;
}

static int run_complete(struct shell *shell, bool at_end)
{
    struct lexed lexed;
    struct arena arena;
    struct error error;
    int code = EXIT_DONE;
    arena_init(&arena, SIZE_MAX);
    if (is_complete(shell, &lexed, &arena)) {
        code = run_statements(shell, &lexed);
        buf_clear(&shell->text);
    } else if (at_end) {                /* the last semicolon may be left out */
        code = lex_sql(buf_slice(&shell->text), shell->text_line, &arena, &lexed, &error) < 0 ? cli_failed(shell->sql->cli, &error)
                                                                               : run_statements(shell, &lexed);
    }
    arena_done(&arena);
    return code;
}

/* Whether a quote or a comment of the statement so far is still open. */
static bool in_quotes(const struct shell *shell)
{
    struct lexed lexed;
    struct arena arena;
    struct error ignored;
    arena_init(&arena, SIZE_MAX);
    bool open = shell->text.size > 0 && lex_sql(buf_slice(&shell->text), 1, &arena, &lexed, &ignored) < 0;
    arena_done(&arena);
    return open;
}

static int take_line(struct shell *shell, const char *line)
{
    const char *start = line + strspn(line, " \t");
    shell->line++;
    if (start[0] == '\\' && !in_quotes(shell))
        return backslash(shell, start);
    if (shell->text.size == 0 && start[0] == '\0')
        return EXIT_DONE;
    if (shell->text.size == 0)
        shell->text_line = shell->line;
    buf_append_string(&shell->text, line);
    buf_append_byte(&shell->text, '\n');
    return strchr(line, ';') != NULL ? run_complete(shell, false) : EXIT_DONE;
}

/* --- Lines --- */

/* As a line of the terminal; what Ctrl-C breaks off begins anew. */
static char *type_line(struct shell *shell)
{
    if (sigsetjmp(typing, 1) != 0) {
        buf_clear(&shell->text);
        putchar('\n');
    }
    is_typing = true;
    char *line = readline(shell->text.size == 0 ? "rowhouse> " : "       -> ");
    is_typing = false;
    return line;
}

/* The next line without its end; NULL at the end. */
static char *next_line(struct shell *shell)
{
    char *line = NULL;
    size_t room = 0;
    if (shell->terminal)
        return type_line(shell);
    ssize_t size = getline(&line, &room, stdin);
    if (size < 0) {
        free(line);
        return NULL;
    }
    if (size > 0 && line[size - 1] == '\n')
        line[size - 1] = '\0';
    return line;
}

static void start_editing(struct shell *shell)
{
    const char *home = getenv("HOME"), *given = getenv("ROWHOUSE_HISTORY");
    if (given != NULL)
        snprintf(shell->history, sizeof shell->history, "%s", given);
    else if (home != NULL)
        snprintf(shell->history, sizeof shell->history, "%s/.rowhouse_history", home);
    rl_readline_name = "rowhouse";
    rl_catch_signals = 0;               /* ours is enough, and has to stay */
    rl_initialize();
    stifle_history(HISTORY_LINES);
    if (shell->history[0] != '\0')
        read_history(shell->history);
    sql_complete_start(shell->sql);
    rl_attempted_completion_function = sql_complete;
    catch_interrupts();
    puts("rowhouse: statements end in a semicolon, \\? lists commands, \\q leaves.");
}

/* Written line by line, so that nothing is lost whatever ends the shell. What was typed may hold what others should not read. */
static void remember(struct shell *shell, const char *line)
{
    mode_t mask = umask(077);
    add_history(line);
    if (shell->history[0] != '\0')
        write_history(shell->history);
    umask(mask);
}

static void end_editing(void)
{
    sql_complete_done();
    putchar('\n');
}

int sql_shell(struct sql *sql)
{
    struct shell shell = { .sql = sql, .terminal = isatty(STDIN_FILENO) };
    int code = EXIT_DONE;
    char *line;
    if (shell.terminal)
        start_editing(&shell);
    while (!shell.leave && (code == EXIT_DONE || shell.terminal) && (line = next_line(&shell)) != NULL) {
        if (shell.terminal && line[0] != '\0')
            remember(&shell, line);
        code = take_line(&shell, line);
        fflush(stdout);
        free(line);
    }
    if (!shell.terminal && !shell.leave && code == EXIT_DONE && shell.text.size > 0)
        code = run_complete(&shell, true);
    if (shell.terminal)
        end_editing();
    buf_done(&shell.text);
    return shell.terminal ? EXIT_DONE : code;
}
