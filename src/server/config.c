#include "server/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <ini.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/address.h"

/* The longest allowed size of files and logs: what fits a disk of today, and any arithmetic here. */
#define BYTES_MAX ((int64_t)1 << 44)
#define DAYS_KEPT_MAX 36500

enum setting_kind { SETTING_TEXT, SETTING_NUMBER, SETTING_BYTES, SETTING_SWITCH };

struct setting {
    const char *name;
    enum setting_kind kind;
    size_t offset;
    const char *initial;
    int64_t min, max;               /* of numbers and bytes */
    const char *help;
};

#define AT(field) offsetof(struct config, field)

static const struct setting settings[] = {
    { "data", SETTING_TEXT, AT(data), "./data", 0, 0, "the data directory; made when it is missing" },
    { "listen", SETTING_TEXT, AT(listen), "127.0.0.1:7432", 0, 0, "host:port to listen on; none or empty: no TCP" },
    { "socket", SETTING_TEXT, AT(socket), "", 0, 0, "path of the Unix socket, or none; default <data>/rowhouse.sock" },
    { "migrations", SETTING_TEXT, AT(migrations), "", 0, 0, "directory of *.sql files to apply at the start, in order of name" },
    { "declaration", SETTING_TEXT, AT(declaration), "", 0, 0, "what tables mean, as SQL; default rowhouse.sql beside the directory of migrations" },
    { "migrations_out_of_order", SETTING_SWITCH, AT(migrations_out_of_order), "no", 0, 0,
      "yes: apply also a new file that comes, by name, before one that is applied" },
    { "image_dir", SETTING_TEXT, AT(image_dir), "auto", 0, 0, "where the memory image lies; auto: tmpfs where there is room, else data" },
    { "jwt_secret_file", SETTING_TEXT, AT(jwt_secret_file), "", 0, 0, "secret of HS256 tokens; default <data>/jwt.secret, made at the first start" },
    { "jwt_es256_public_key_file", SETTING_TEXT, AT(jwt_es256_public_key_file), "", 0, 0, "public key of ES256 tokens, PEM; none when empty" },
    { "jwt_keys_dir", SETTING_TEXT, AT(jwt_keys_dir), "", 0, 0, "directory of further keys: <kid>.pem (Ed25519, P-256), <kid>.secret; none when empty" },
    { "jwt_signing_kid", SETTING_TEXT, AT(jwt_signing_kid), "", 0, 0, "the key of jwt_keys_dir that issue_token signs with; empty: the secret" },
    { "service_key_file", SETTING_TEXT, AT(service_key_file), "", 0, 0, "the service key; default <data>/service.key, made at the first start" },
    { "seal_key_file", SETTING_TEXT, AT(seal_key_file), "", 0, 0, "the key file of secret columns; default <data>/seal.key, made at the first start" },
    { "geo_database", SETTING_TEXT, AT(geo_database), "", 0, 0, "file in MaxMind's format that check_ip_access finds countries in; none when empty" },
    { "log_level", SETTING_TEXT, AT(log_level), "info", 0, 0, "debug, info, warn or error" },
    { "net_threads", SETTING_NUMBER, AT(net_threads), "0", 0, NET_THREADS_MAX, "threads that own connections; 0: half of the processors" },
    { "connections_max", SETTING_NUMBER, AT(connections_max), "4096", 1, CONNECTIONS_MAX, "connections at the same time" },
    { "auth_timeout_ms", SETTING_NUMBER, AT(auth_timeout_ms), "5000", 10, 3600000, "from accept to a successful auth" },
    { "segment_size", SETTING_BYTES, AT(segment_size), "64MiB", (int64_t)WAL_SEGMENT_SIZE_MIN, (int64_t)1 << 32, "size of one log segment" },
    { "snapshot_log_bytes", SETTING_BYTES, AT(snapshot_log_bytes), "256MiB", (int64_t)MIB(1), BYTES_MAX, "log since the last snapshot that starts one" },
    { "snapshot_growth_max", SETTING_BYTES, AT(snapshot_growth_max), "1GiB", (int64_t)MIB(1), BYTES_MAX, "growth of the image during a snapshot that slows writes" },
    { "rebuild_image", SETTING_SWITCH, AT(rebuild_image), "no", 0, 0, "yes: do not trust the image, rebuild it from snapshot and log" },
    { "upkeep", SETTING_SWITCH, AT(upkeep), "yes", 0, 0, "no: nothing happens by itself; run_upkeep and the functions beside it do it by hand" },
    { "alert_interval_s", SETTING_NUMBER, AT(alert_interval_s), "60", 0, 86400, "between two rounds over alert_rules; 0: evaluate_alert_rules alone" },
    { "escalation_interval_s", SETTING_NUMBER, AT(escalation_interval_s), "60", 0, 86400, "between two rounds over waiting incidents; 0: check_incident_escalation alone" },
    { "retention_interval_s", SETTING_NUMBER, AT(retention_interval_s), "3600", 0, 86400, "between two rounds over columns with retention_days; 0: cleanup_classified_data alone" },
    { "access_log_days", SETTING_NUMBER, AT(access_log_days), "90", 0, DAYS_KEPT_MAX, "that ip_access_log is kept; 0: for ever" },
    { "login_attempts_days", SETTING_NUMBER, AT(login_attempts_days), "90", 0, DAYS_KEPT_MAX, "that login_attempts are kept; 0: for ever" },
    { "two_factor_attempts_days", SETTING_NUMBER, AT(two_factor_attempts_days), "90", 0, DAYS_KEPT_MAX, "that user_2fa_attempts are kept; 0: for ever" },
    { "security_alerts_days", SETTING_NUMBER, AT(security_alerts_days), "180", 0, DAYS_KEPT_MAX, "that security_alerts are kept once they are acknowledged; 0: for ever" },
    { "consumption_logs_days", SETTING_NUMBER, AT(consumption_logs_days), "365", 0, DAYS_KEPT_MAX, "after which credit_consumption_logs are folded, a row an action; 0: never" },
};
enum { SETTING_COUNT = sizeof settings / sizeof *settings };
_Static_assert(SETTING_COUNT <= SETTINGS_MAX, "each setting has a place for its source");

/* --- Values --- */

static bool parse_number(const char *text, int64_t *ret, const char **ret_rest)
{
    char *end;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    *ret_rest = end;
    return errno == 0 && end != text;
}

static bool parse_bytes(const char *text, int64_t *ret)
{
    static const struct { const char *unit; int shift; } units[] = {
        { "", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "TiB", 40 },
    };
    const char *rest;
    if (!parse_number(text, ret, &rest) || *ret < 0)
        return false;
    while (isspace((unsigned char)*rest))
        rest++;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(rest, units[i].unit) == 0 && *ret <= INT64_MAX >> units[i].shift) {
            *ret <<= units[i].shift;
            return true;
        }
    return false;
}

static int set_number(const struct setting *setting, int64_t *ret, const char *text, const char *source, struct error *error)
{
    const char *rest = "";
    int64_t number;
    bool good = setting->kind == SETTING_BYTES ? parse_bytes(text, &number) : parse_number(text, &number, &rest);
    if (!good || *rest != '\0' || number < setting->min || number > setting->max) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%s: \"%s\" is no value for \"%s\"", source, text, setting->name);
        return fail_hint(error, "it is a number from %" PRId64 " to %" PRId64 "%s", setting->min, setting->max,
                         setting->kind == SETTING_BYTES ? ", with KiB, MiB or GiB behind it if you like" : "");
    }
    *ret = number;
    return 0;
}

static int set_switch(const struct setting *setting, bool *ret, const char *text, const char *source, struct error *error)
{
    bool yes = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0 || strcmp(text, "on") == 0;
    bool no = strcmp(text, "no") == 0 || strcmp(text, "false") == 0 || strcmp(text, "off") == 0;
    if (!yes && !no)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%s: \"%s\" is neither yes nor no for \"%s\"", source, text, setting->name);
    *ret = yes;
    return 0;
}

static int set(struct config *config, const struct setting *setting, const char *text, const char *source, struct error *error)
{
    char *at = (char *)config + setting->offset;
    int result = 0;
    if (setting->kind == SETTING_SWITCH) {
        result = set_switch(setting, (bool *)at, text, source, error);
    } else if (setting->kind != SETTING_TEXT) {
        result = set_number(setting, (int64_t *)(void *)at, text, source, error);
    } else if (strlen(text) >= CONFIG_TEXT_MAX) {
        result = fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%s: the text of \"%s\" is too long", source, setting->name);
    } else {
        strcpy(at, text);
    }
    if (result == 0)
        snprintf(config->sources[setting - settings], sizeof config->sources[0], "%s", source);
    return result;
}

int config_set(struct config *config, const char *name, const char *text, const char *source, struct error *error)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        if (strcmp(settings[i].name, name) == 0)
            return set(config, &settings[i], text, source, error);
    fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%s: there is no setting \"%s\"", source, name);
    return fail_hint(error, "rowhoused --help lists the settings");
}

void config_defaults(struct config *config)
{
    struct error error;
    memset(config, 0, sizeof *config);
    for (int i = 0; i < SETTING_COUNT; i++) {
        int result = set(config, &settings[i], settings[i].initial, "default", &error);
        assert(result == 0);
    }
}

/* --- Sources --- */

struct file_reading {
    struct config *config;
    const char *path;
    struct error *error;
    bool failed;
};

static int on_file_setting(void *env, const char *section, const char *name, const char *value)
{
    struct file_reading *reading = env;
    if (!reading->failed)
        reading->failed = config_set(reading->config, name, value, reading->path, reading->error) < 0;
    return !reading->failed;
}

static int load_file(struct config *config, const char *path, struct error *error)
{
    struct file_reading reading = { config, path, error, false };
    int line = ini_parse(path, on_file_setting, &reading);
    if (line == -1)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the configuration \"%s\": %s", path, strerror(errno));
    if (line != 0 && !reading.failed)
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "%s: a line is neither \"name = value\" nor a comment", path);
    return line == 0 ? 0 : fail_detail(error, "%s, line %d", path, line);
}

static void environment_name(const char *name, char text[static 64])
{
    int at = snprintf(text, 64, "ROWHOUSE_");
    for (; *name != '\0'; name++)
        text[at++] = (char)toupper((unsigned char)*name);
    text[at] = '\0';
}

static bool is_known(const char *name, size_t size)
{
    static const char *const others[] = { "ROWHOUSE_CONFIG", "ROWHOUSE_ADDRESS", "ROWHOUSE_TOKEN", "ROWHOUSE_HISTORY" };     /* the last three are rowhouse's */
    for (int i = 0; i < SETTING_COUNT; i++) {
        char known[64];
        environment_name(settings[i].name, known);
        if (strlen(known) == size && memcmp(known, name, size) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i]) == size && memcmp(others[i], name, size) == 0)
            return true;
    return false;
}

/* What is set in a file or by a flag, and is no setting, is an error; a variable may be meant for another program, so that is only told. */
static void tell_unknown(void)
{
    for (char **each = environ; *each != NULL; each++) {
        size_t size = strcspn(*each, "=");
        char name[64];
        if (strncmp(*each, "ROWHOUSE_", strlen("ROWHOUSE_")) != 0 || is_known(*each, size))
            continue;
        snprintf(name, sizeof name, "%.*s", (int)size, *each);
        log_event(LOG_WARN, "unknown_variable", "name", "%s", name, "hint", "%s", "rowhoused --help lists the settings", NULL);
    }
}

static int load_environment(struct config *config, struct error *error)
{
    tell_unknown();
    for (int i = 0; i < SETTING_COUNT; i++) {
        char name[64];
        environment_name(settings[i].name, name);
        const char *text = getenv(name);
        if (text != NULL && set(config, &settings[i], text, name, error) < 0)
            return -1;
    }
    return 0;
}

/* The flag of a setting: "net_threads" is --net-threads. */
static void flag_name(const char *name, char text[static 64])
{
    snprintf(text, 64, "%s", name);
    for (char *c = text; *c != '\0'; c++)
        if (*c == '_')
            *c = '-';
}

struct flags {
    enum config_action action;
    const char *file;
    const char *values[SETTING_COUNT];
};

static int read_flags(int argc, char **argv, struct flags *ret, struct error *error)
{
    char names[SETTING_COUNT][64];          /* getopt_long() reads them in here alone */
    struct option options[SETTING_COUNT + 5] = { 0 };
    enum { FLAG_CONFIG = SETTING_COUNT, FLAG_CHECK, FLAG_HELP, FLAG_VERSION };
    for (int i = 0; i < SETTING_COUNT; i++) {
        flag_name(settings[i].name, names[i]);
        options[i] = (struct option){ names[i], settings[i].kind == SETTING_SWITCH ? optional_argument : required_argument, NULL, i };
    }
    options[FLAG_CONFIG] = (struct option){ "config", required_argument, NULL, FLAG_CONFIG };
    options[FLAG_CHECK] = (struct option){ "check-config", no_argument, NULL, FLAG_CHECK };
    options[FLAG_HELP] = (struct option){ "help", no_argument, NULL, FLAG_HELP };
    options[FLAG_VERSION] = (struct option){ "version", no_argument, NULL, FLAG_VERSION };
    opterr = 0;
    optind = 0;
    for (int flag; (flag = getopt_long(argc, argv, "+:h", options, NULL)) != -1;) {
        if (flag == '?' || flag == ':') {
            fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, flag == '?' ? "there is no flag \"%s\"" : "flag \"%s\" needs a value", argv[optind - 1]);
            return fail_hint(error, "rowhoused --help lists the flags");
        }
        if (flag == 'h')
            ret->action = CONFIG_HELP;
        else if (flag < SETTING_COUNT)
            ret->values[flag] = optarg == NULL ? "yes" : optarg;
        else if (flag == FLAG_CONFIG)
            ret->file = optarg;
        else
            ret->action = flag == FLAG_CHECK ? CONFIG_CHECK : flag == FLAG_HELP ? CONFIG_HELP : CONFIG_VERSION;
    }
    if (optind < argc) {
        fail(error, SQLSTATE_INVALID_PARAMETER_VALUE, "\"%s\" is no flag", argv[optind]);
        return fail_hint(error, "rowhoused --help lists the flags");
    }
    return 0;
}

static void settle_path(char path[static CONFIG_TEXT_MAX], const char *data, const char *name)
{
    if (path[0] == '\0' && snprintf(path, CONFIG_TEXT_MAX, "%s/%s", data, name) >= CONFIG_TEXT_MAX)
        path[0] = '\0';             /* opening it will fail and say so */
}

/* Fills what depends on other settings or on the machine. */
static int settle(struct config *config, struct error *error)
{
    enum log_level level;
    char host[ADDRESS_HOST_SIZE], port[ADDRESS_PORT_SIZE];
    if (!log_level_parse(config->log_level, &level))
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is no log level: debug, info, warn, error", config->log_level);
    if (config->data[0] == '\0')
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the data directory is not given");
    if (!address_is_none(config->listen) && address_split(config->listen, host, port, error) < 0)
        return -1;
    settle_path(config->socket, config->data, "rowhouse.sock");
    settle_path(config->jwt_secret_file, config->data, "jwt.secret");
    settle_path(config->service_key_file, config->data, "service.key");
    settle_path(config->seal_key_file, config->data, "seal.key");
    if (config->net_threads == 0) {
        int64_t half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
        config->net_threads = half < 1 ? 1 : half > NET_THREADS_MAX ? NET_THREADS_MAX : half;
    }
    return 0;
}

int config_load(int argc, char **argv, struct config *ret, enum config_action *ret_action, struct error *error)
{
    struct flags flags = { 0 };
    config_defaults(ret);
    if (read_flags(argc, argv, &flags, error) < 0)
        return -1;
    *ret_action = flags.action;
    if (flags.action == CONFIG_HELP || flags.action == CONFIG_VERSION)
        return 0;
    const char *file = flags.file != NULL ? flags.file : getenv("ROWHOUSE_CONFIG");
    if (file != NULL && load_file(ret, file, error) < 0)
        return -1;
    if (load_environment(ret, error) < 0)
        return -1;
    for (int i = 0; i < SETTING_COUNT; i++)
        if (flags.values[i] != NULL && set(ret, &settings[i], flags.values[i], "flag", error) < 0)
            return -1;
    return settle(ret, error);
}

/* --- Printing --- */

void config_print(const struct config *config, FILE *out)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *at = (const char *)config + settings[i].offset;
        fprintf(out, "%s = ", settings[i].name);
        if (settings[i].kind == SETTING_TEXT)
            fputs(at, out);
        else if (settings[i].kind == SETTING_SWITCH)
            fputs(*(const bool *)at ? "yes" : "no", out);
        else
            fprintf(out, "%" PRId64, *(const int64_t *)(const void *)at);
        fprintf(out, "    ; %s\n", config->sources[i]);
    }
}

void config_help(FILE *out)
{
    fputs("rowhoused: the Rowhouse server\n\n"
          "    rowhoused --data ./data --migrations schema/migrations\n\n"
          "Each setting is a flag, an environment variable (ROWHOUSE_NET_THREADS) or a line of the file of --config\n"
          "(net_threads = 2); a flag wins over the environment, the environment over the file.\n\n", out);
    for (int i = 0; i < SETTING_COUNT; i++) {
        char flag[64];
        flag_name(settings[i].name, flag);
        fprintf(out, "  --%-26s %s", flag, settings[i].help);
        if (settings[i].initial[0] != '\0')
            fprintf(out, " (default %s)", settings[i].initial);
        fputc('\n', out);
    }
    fputs("  --config                     a file of settings; default: that of ROWHOUSE_CONFIG, else none\n"
          "  --check-config               prints the effective configuration, exits 0 when it is sound, else 1\n"
          "  --version                    prints the version\n"
          "  --help                       prints this\n\n"
          "SIGTERM and SIGINT stop cleanly; a second one stops at once, which loses nothing that was acknowledged.\n", out);
}
