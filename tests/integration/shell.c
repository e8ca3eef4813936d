/* The shell as somebody at a terminal has it: keys go in through a pseudo-terminal, and what it shows comes out. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 60                           /* for what is bound to come */
#define CTRL_C "\x03"

static char directory[64], data[96], history[96];
static pid_t server, shell;
static int terminal;
static char shown[65536];                   /* what the shell has printed and no test has looked for yet */
static size_t shown_size;

static bool answers(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s/rowhouse.sock", data);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

static void start_server(void)
{
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int log = open("/dev/null", O_WRONLY);
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        execl(getenv("ROWHOUSED"), "rowhoused", "--data", data, "--listen", "none", "--image-dir", directory, "--upkeep=no", NULL);
        _exit(127);
    }
    for (int tenth = 0; tenth < WAIT_S * 10 && !answers(); tenth++)
        usleep(100 * 1000);
}

static void end_server(int signal)
{
    kill(server, signal);
    waitpid(server, NULL, 0);
    server = 0;
}

static void start_shell(void)
{
    shown_size = 0;
    shell = forkpty(&terminal, NULL, NULL, NULL);
    if (shell == 0) {
        setenv("ROWHOUSE_HISTORY", history, 1);
        setenv("TERM", "dumb", 1);
        execl(getenv("ROWHOUSE"), "rowhouse", "sql", "--data", data, NULL);
        _exit(127);
    }
}

/* Waits until the shell has shown `text`, and forgets all up to its end. */
static void expect(const char *text)
{
    time_t until = time(NULL) + WAIT_S;
    for (;;) {
        shown[shown_size] = '\0';
        char *found = strstr(shown, text);
        if (found != NULL) {
            shown_size -= (size_t)(found + strlen(text) - shown);
            memmove(shown, found + strlen(text), shown_size);
            return;
        }
        struct pollfd ready = { terminal, POLLIN, 0 };
        cr_assert(time(NULL) < until, "no \"%s\" in \"%s\"", text, shown);
        if (poll(&ready, 1, 100) != 1)
            continue;
        ssize_t got = read(terminal, shown + shown_size, sizeof shown - 1 - shown_size);
        cr_assert(got > 0, "the shell ended before \"%s\": \"%s\"", text, shown);
        shown_size += (size_t)got;
    }
}

static void type(const char *keys)
{
    cr_assert(eq(i64, write(terminal, keys, strlen(keys)), (int64_t)strlen(keys)));
}

/* Its exit status, once it has ended by itself. */
static int shell_status(void)
{
    int status = 0;
    pid_t ended = 0;
    for (int tenth = 0; tenth < WAIT_S * 10 && (ended = waitpid(shell, &status, WNOHANG)) == 0; tenth++)
        usleep(100 * 1000);
    cr_assert(eq(int, ended, shell), "the shell does not end");
    shell = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool remembered(const char *text)
{
    static char lines[65536];
    FILE *file = fopen(history, "r");
    size_t size = file == NULL ? 0 : fread(lines, 1, sizeof lines - 1, file);
    if (file != NULL)
        fclose(file);
    lines[size] = '\0';
    return strstr(lines, text) != NULL;
}

static void begin(void)
{
    strcpy(directory, "/tmp/rowhouse-shell.XXXXXX");
    cr_assert(mkdtemp(directory) != NULL);
    snprintf(data, sizeof data, "%s/data", directory);
    snprintf(history, sizeof history, "%s/history", directory);
    start_server();
    start_shell();
    expect("rowhouse> ");
}

static void end(void)
{
    char command[128];
    if (shell > 0)
        kill(shell, SIGKILL);
    end_server(SIGKILL);
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    cr_assert(eq(int, system(command), 0));
}

TestSuite(shell, .init = begin, .fini = end, .timeout = 300);

Test(shell, ctrl_c_breaks_off_what_is_typed)
{
    type("select 'a quote that stays open\n");
    expect("-> ");
    type("and more" CTRL_C);
    expect("rowhouse> ");
    type("select 40 + 2 as answer;\n");
    expect("42");
    expect("rowhouse> ");
    type("half" CTRL_C);
    expect("rowhouse> ");
    type("\\q\n");
    cr_assert(eq(int, shell_status(), 0));
}

Test(shell, a_backslash_leaves_in_the_middle_of_a_statement)
{
    type("select 1,\n");
    expect("-> ");
    type("\\q\n");
    cr_assert(eq(int, shell_status(), 0));
}

Test(shell, ctrl_c_waits_for_no_statement)
{
    kill(server, SIGSTOP);
    type("select 1 as never;\n");
    expect("never;");
    usleep(300 * 1000);                     /* until it is sent: before, Ctrl-C breaks off the line instead */
    type(CTRL_C);
    expect("the outcome is unknown");
    expect("rowhouse> ");
    kill(server, SIGCONT);
    type("select 2 + 3 as sum;\n");
    expect("there is a new one");
    expect("5");
    expect("rowhouse> ");
}

Test(shell, finds_a_server_that_was_started_anew)
{
    end_server(SIGKILL);
    type("select 1;\n");
    expect("rowhouse> ");
    start_server();
    type("select 6 * 7 as product;\n");
    expect("42");
    expect("rowhouse> ");
}

Test(shell, remembers_each_line_however_it_ends)
{
    type("select 1 as kept;\n");
    expect("(1 row)");
    expect("rowhouse> ");
    type("select 'and this one'\n");
    expect("-> ");
    kill(shell, SIGKILL);
    waitpid(shell, NULL, 0);
    cr_assert(remembered("kept"));
    cr_assert(remembered("this"));
    start_shell();
    expect("rowhouse> ");
    type("\x10\x10\n");                     /* Ctrl-P twice: the one before the last */
    expect("kept");
    expect("(1 row)");
}
