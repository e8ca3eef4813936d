#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "value/json.h"

/* --- Telling --- */

int cli_usage(const struct cli *cli, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "rowhouse %s: ", cli->command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nusage: rowhouse %s [options]%s%s; rowhouse help %s says more\n", cli->command->name, cli->command->arguments[0] != '\0' ? " " : "",
            cli->command->arguments, cli->command->name);
    return EXIT_USAGE;
}

/* One object a line, for programs. */
static void tell_json(const char *state, const char *message, const char *detail, const char *hint)
{
    const char *const members[][2] = { { "sqlstate", state }, { "message", message }, { "detail", detail }, { "hint", hint } };
    struct buf line = { 0 };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        buf_append_string(&line, i == 0 ? "{\"error\": {" : ", ");
        json_quote(slice_of_string(members[i][0]), &line);
        buf_append_string(&line, ": ");
        json_quote(slice_of_string(members[i][1]), &line);
    }
    fprintf(stderr, "%s}}\n", buf_text(&line));
    buf_done(&line);
}

static void tell(const struct cli *cli, const char *state, const char *message, const char *detail, const char *hint)
{
    if (cli_option(cli, "json") != NULL) {
        tell_json(state, message, detail, hint);
        return;
    }
    fprintf(stderr, "rowhouse %s: %s (%s)\n", cli->command->name, message, state);
    if (detail[0] != '\0')
        fprintf(stderr, "  detail: %s\n", detail);
    if (hint[0] != '\0')
        fprintf(stderr, "  hint: %s\n", hint);
}

int cli_failed(const struct cli *cli, const struct error *error)
{
    tell(cli, sqlstate_code(error->state), error->message, error->detail, error->hint);
    return EXIT_FAILED;
}

int cli_outcome(const struct cli *cli, int outcome)
{
    return cli_outcome_as(cli, outcome, rh_message(cli->db));
}

int cli_outcome_as(const struct cli *cli, int outcome, const char *message)
{
    if (outcome == RH_OK)
        return EXIT_DONE;
    tell(cli, rh_sqlstate(cli->db), message, rh_detail(cli->db), rh_hint(cli->db));
    if (outcome == RH_UNKNOWN && cli_option(cli, "json") == NULL)
        fprintf(stderr, "  the outcome is unknown: look before you repeat it\n");
    return outcome == RH_UNKNOWN ? EXIT_UNKNOWN : EXIT_FAILED;
}

/* --- Connecting --- */

const char *cli_data(const struct cli *cli)
{
    const char *given = cli_option(cli, "data");
    given = given != NULL ? given : getenv("ROWHOUSE_DATA");
    return given != NULL ? given : "data";
}

/* The first line of a file, malloc'd, "" of an empty one; NULL and errno. */
static char *read_line(const char *path)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    ssize_t got = getline(&line, &size, file);
    if (got < 0) {
        free(line);
        line = ferror(file) ? NULL : memory_string("");
    } else {
        line[strcspn(line, "\r\n")] = '\0';
    }
    fclose(file);
    return line;
}

/* --token, then --key, then ROWHOUSE_TOKEN, then the data directory's service key. */
static int sign_in(struct cli *cli)
{
    static const char hint[] = "  hint: give --token, --key, or the server's --data\n";
    const char *token = cli_option(cli, "token"), *key = cli_option(cli, "key"), *known = getenv("ROWHOUSE_TOKEN");
    char path[4096], *secret = NULL;
    if (token == NULL && key == NULL && known != NULL && known[0] != '\0')
        token = known;
    if (token != NULL && token[0] == '\0') {
        fprintf(stderr, "rowhouse %s: the token is empty\n%s", cli->command->name, hint);
        return EXIT_FAILED;
    }
    if (token == NULL) {
        snprintf(path, sizeof path, "%s/service.key", cli_data(cli));
        key = key != NULL ? key : path;
        secret = read_line(key);
        if (secret == NULL) {
            fprintf(stderr, "rowhouse %s: cannot read the service key \"%s\": %m\n%s", cli->command->name, key, hint);
            return EXIT_FAILED;
        }
        if (secret[0] == '\0') {
            fprintf(stderr, "rowhouse %s: the service key \"%s\" is empty\n%s", cli->command->name, key, hint);
            free(secret);
            return EXIT_FAILED;
        }
    }
    int outcome = rh_authenticate(cli->db, token != NULL ? token : secret);
    free(secret);
    return cli_outcome(cli, outcome);
}

int cli_connect(struct cli *cli)
{
    char socket[4096];
    const char *address = cli_option(cli, "address");
    address = address != NULL ? address : getenv("ROWHOUSE_ADDRESS");
    if (address == NULL) {
        snprintf(socket, sizeof socket, "unix:%s/rowhouse.sock", cli_data(cli));
        address = socket;
    }
    cli->db = rh_open(address, &(struct rh_options){ .timeout_ms = 60000 });
    int code = cli_outcome(cli, rh_connect(cli->db));
    return code == EXIT_DONE ? sign_in(cli) : code;
}

/* --- Arguments to requests --- */

struct rh_packed *cli_request_options(const struct cli *cli)
{
    struct rh_packed *options = rh_packed_new('{');
    const char *organization = cli_option(cli, "organization");
    if (organization != NULL && rh_packed_add(options, "s:s", "organization", organization) != RH_OK)
        abort();
    return options;
}

struct rh_packed *cli_json(struct cli *cli, const char *text)
{
    struct rh_packed *packed = rh_pack_json(text, strlen(text));
    if (packed == NULL)
        cli_usage(cli, "\"%s\" is not JSON", text);
    return packed;
}

int cli_add_pair(struct cli *cli, struct rh_packed *map, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals == NULL || equals == argument)
        return cli_usage(cli, "\"%s\" is neither column=text nor column:=json", argument);
    bool json = equals[-1] == ':';
    size_t size = (size_t)(equals - argument) - json;
    int packed = RH_OK;
    if (json) {
        struct rh_packed *value = cli_json(cli, equals + 1);
        if (value == NULL)
            return EXIT_USAGE;
        packed = rh_packed_add(map, "S:o", argument, size, value);
        rh_packed_free(value);
    } else {
        packed = rh_packed_add(map, "S:s", argument, size, equals + 1);
    }
    return packed == RH_OK ? EXIT_DONE : cli_usage(cli, "\"%s\" cannot be packed", argument);
}
