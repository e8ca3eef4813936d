/* The configuration: four sources in order, ranges, sentences that name the source. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/config.h"

static struct config config;
static struct error error;
static enum config_action action;

static int load(int argc, char **argv)
{
    error_clear(&error);
    action = CONFIG_RUN;
    return config_load(argc, argv, &config, &action, &error);
}
#define LOAD(...) load((int)(sizeof((char *[]){ "rowhoused", __VA_ARGS__ }) / sizeof(char *)), (char *[]){ "rowhoused", __VA_ARGS__ })

static void write_file(char path[static 64], const char *text)
{
    strcpy(path, "/tmp/rowhouse-config-XXXXXX");
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert(eq(long, write(fd, text, strlen(text)), (long)strlen(text)));
    close(fd);
}

Test(config, defaults_are_sound)
{
    cr_assert(eq(int, LOAD("--data", "/srv/rows"), 0), "%s", error.message);
    cr_assert(eq(int, action, CONFIG_RUN));
    cr_assert(eq(str, config.listen, "127.0.0.1:7432"));
    cr_assert(eq(str, config.socket, "/srv/rows/rowhouse.sock"));
    cr_assert(eq(str, config.jwt_secret_file, "/srv/rows/jwt.secret"));
    cr_assert(eq(str, config.service_key_file, "/srv/rows/service.key"));
    cr_assert(ge(i64, config.net_threads, 1));
    cr_assert(eq(i64, config.segment_size, (int64_t)WAL_SEGMENT_SIZE_DEFAULT));
}

Test(config, a_flag_wins_over_the_environment_and_that_over_the_file)
{
    char path[64];
    write_file(path, "net_threads = 3\nlisten = 1.1.1.1:1\n; a comment\nsegment_size = 32MiB\n");
    setenv("ROWHOUSE_LISTEN", "2.2.2.2:2", 1);
    setenv("ROWHOUSE_SEGMENT_SIZE", "48 MiB", 1);
    cr_assert(eq(int, LOAD("--config", path, "--segment-size=128MiB"), 0), "%s", error.message);
    cr_assert(eq(i64, config.net_threads, 3), "from the file");
    cr_assert(eq(str, config.listen, "2.2.2.2:2"), "from the environment");
    cr_assert(eq(i64, config.segment_size, (int64_t)MIB(128)), "from the flag");
    unlink(path);
}

struct bad_case { char name[24]; char flag[40]; char state[8]; char needle[48]; };
ParameterizedTestParameters(config, refuses)
{
    static struct bad_case cases[] = {
        { "above the range", "--net-threads=17", "F0000", "\"net_threads\"" },
        { "below the range", "--segment-size=1MiB", "F0000", "\"segment_size\"" },
        { "no number", "--connections-max=many", "F0000", "\"many\"" },
        { "number and more", "--connections-max=10x", "F0000", "\"10x\"" },
        { "unit of a number", "--net-threads=1KiB", "F0000", "\"1KiB\"" },
        { "unknown unit", "--segment-size=64Mb", "F0000", "\"64Mb\"" },
        { "overflow", "--segment-size=9999999999TiB", "F0000", "\"segment_size\"" },
        { "empty number", "--net-threads=", "F0000", "\"net_threads\"" },
        { "switch", "--rebuild-image=maybe", "F0000", "\"maybe\"" },
        { "log level", "--log-level=loud", "F0000", "\"loud\"" },
        { "no data", "--data=", "F0000", "data directory" },
        { "unknown flag", "--nett-threads=1", "22023", "--nett-threads" },
        { "missing value", "--listen", "22023", "--listen" },
        { "a word", "start", "22023", "\"start\"" },
        { "no such file", "--config=/nonexistent/x", "F0000", "/nonexistent/x" },
    };
    return cr_make_param_array(struct bad_case, cases, sizeof cases / sizeof *cases);
}
ParameterizedTest(struct bad_case *t, config, refuses)
{
    cr_assert(eq(int, LOAD(t->flag), -1), "%s", t->name);
    cr_assert(eq(str, (char *)sqlstate_code(error.state), t->state), "%s", t->name);
    cr_assert(strstr(error.message, t->needle) != NULL, "%s: %s", t->name, error.message);
}

Test(config, names_file_and_line)
{
    char path[64], want[96];
    write_file(path, "listen = 127.0.0.1:1\n\nnet_thread = 3\n");
    cr_assert(eq(int, LOAD("--config", path), -1));
    snprintf(want, sizeof want, "%s, line 3", path);
    cr_assert(eq(str, error.detail, want));
    cr_assert(strstr(error.message, "\"net_thread\"") != NULL, "%s", error.message);
    unlink(path);
    write_file(path, "listen\n");
    cr_assert(eq(int, LOAD("--config", path), -1));
    snprintf(want, sizeof want, "%s, line 1", path);
    cr_assert(eq(str, error.detail, want));
    unlink(path);
}

/* What --check-config prints is a file that gives the same configuration. */
Test(config, what_it_prints_it_reads)
{
    char path[64];
    struct config first;
    cr_assert(eq(int, LOAD("--data", "/srv/rows", "--net-threads", "2", "--rebuild-image", "--log-level", "warn"), 0));
    first = config;
    write_file(path, "");
    FILE *file = fopen(path, "w");
    config_print(&config, file);
    fclose(file);
    cr_assert(eq(int, LOAD("--config", path), 0), "%s %s", error.message, error.detail);
    memset(first.sources, 0, sizeof first.sources);        /* they are read from elsewhere now */
    memset(config.sources, 0, sizeof config.sources);
    cr_assert(eq(int, memcmp(&first, &config, sizeof config), 0));
    unlink(path);
}

Test(config, actions)
{
    cr_assert(eq(int, LOAD("--help"), 0));
    cr_assert(eq(int, action, CONFIG_HELP));
    cr_assert(eq(int, LOAD("--version"), 0));
    cr_assert(eq(int, action, CONFIG_VERSION));
    cr_assert(eq(int, LOAD("--check-config"), 0));
    cr_assert(eq(int, action, CONFIG_CHECK));
}
