#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "progress.h"
#include "seal-key.h"

/* Interrupted, it ends where it is and takes the backup away that it reads. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = 1;
}

/* --- Rows --- */

/* One row of a table through the form. */
static int dump_row(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table, struct slice key, struct slice row)
{
    static struct value columns[COLUMNS_MAX];
    if (dump_secrets_row(&dump->secrets, table, key, row, columns) < 0)
        return -1;
    dump->rows++;
    if (stopped)
        return fail(&cli->error, SQLSTATE_QUERY_CANCELED, "interrupted");
    progress("dumping", table->qualified, dump->rows);
    if (form->row(dump, table, columns) < 0)
        return fail(&cli->error, SQLSTATE_IO_ERROR, "cannot write the dump: %s", strerror(errno));
    return 0;
}

static int dump_house(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table, uint32_t house)
{
    struct cursor cursor;
    struct key low;
    struct slice key, row;
    int got;
    key_start(&low, house, table->relation);
    if (cursor_open(dump->view, &low, NULL, false, &cursor, &cli->error) < 0)
        return -1;
    while ((got = cursor_next(&cursor, &key, &row, &cli->error)) == 1)
        if (dump_row(cli, dump, form, table, key, row) < 0) {
            got = -1;
            break;
        }
    cursor_close(&cursor);
    return got;
}

static int dump_all_houses(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table)
{
    uint32_t house = TENANT_SYSTEM;
    do
        if (dump_house(cli, dump, form, table, house) < 0)
            return -1;
    while (store_house_next(dump->view, house, &house));
    return 0;
}

/* Rows outside of a house that it needs. */
static int dump_needed(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table, uint32_t house)
{
    struct needed_row *needed = NULL, *each, *next;
    int result = needed_rows(dump->view, table, house, &needed, &cli->error);
    HASH_ITER(hh, needed, each, next) {
        struct slice row = { 0 };
        if (result == 0)
            result = view_get(dump->view, slice_of(each->key, each->size), &row, &cli->error) < 0 ? -1 : 0;
        if (result == 0 && row.data != NULL)
            result = dump_row(cli, dump, form, table, slice_of(each->key, each->size), row);
        HASH_DEL(needed, each);
        free(each);
    }
    return result;
}

/* Whether a table's rows lie in houses. */
static bool is_housed(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

static int dump_table(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table, uint32_t house)
{
    if (form->table(dump, table) < 0)
        return fail(&cli->error, SQLSTATE_IO_ERROR, "cannot write the dump: %s", strerror(errno));
    int done;
    if (dump->whole)
        done = dump_all_houses(cli, dump, form, table);
    else if (is_housed(table))
        done = dump_house(cli, dump, form, table, house);
    else
        done = dump_needed(cli, dump, form, table, house);
    return done < 0 || form->table_end(dump, table) < 0 ? -1 : 0;
}

static int dump_sequences(struct cli *cli, struct dump *dump, const struct dump_form *form, const struct table *table)
{
    for (int i = 0; i < table->column_count; i++) {
        struct key key;
        struct slice value;
        int64_t number;
        if (table->columns[i].sequence == 0 || table->columns[i].dropped)
            continue;
        key_start(&key, TENANT_SYSTEM, RELATION_SEQUENCES);
        key_u64(&key, table->columns[i].sequence);
        int got = view_get(dump->view, key_slice(&key), &value, &cli->error);
        if (got < 0 || (got == 1 && mp_int(&value, &number) && number > 0 && form->sequence(dump, table, &table->columns[i], number) < 0))
            return -1;
    }
    return 0;
}

static int dump_all_leaves(struct cli *cli, struct dump *dump, const struct dump_form *form, uint32_t house)
{
    if (!dump->whole)
        return dump_leaves(dump, form, house, &cli->error);
    for (uint32_t each = TENANT_SYSTEM; store_house_next(dump->view, each, &each);)
        if (dump_leaves(dump, form, each, &cli->error) < 0)
            return -1;
    return 0;
}

static int dump_everything(struct cli *cli, struct dump *dump, const struct dump_form *form, uint32_t house)
{
    const struct catalog *catalog = dump->view->catalog;
    if (form->start(dump) < 0)
        return -1;
    for (int i = 0; i < catalog->table_count; i++)
        if (dump_table(cli, dump, form, catalog->tables[i], house) < 0)
            return -1;
    for (int i = 0; i < catalog->table_count; i++)
        if ((dump->whole || is_housed(catalog->tables[i])) && dump_sequences(cli, dump, form, catalog->tables[i]) < 0)
            return -1;
    return dump_all_leaves(cli, dump, form, house) < 0 ? -1 : form->end(dump);
}

/* --- Where from: a running server's backup, or a data directory that nobody has open --- */

static void remove_directory(const char *path)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    if (strchr(path, '\'') != NULL || system(command) != 0)
        fprintf(stderr, "rowhouse dump: could not remove \"%s\"\n", path);
}

static int dump_view(struct cli *cli, const struct view *view, FILE *out, const struct dump_form *form)
{
    const char *organization = cli_option(cli, "organization");
    struct dump dump = { .out = out, .view = view, .whole = organization == NULL };
    struct uuid id;
    uint32_t house = TENANT_SYSTEM;
    if (organization != NULL && (!uuid_parse(slice_of_string(organization), &id) || !store_house(view, &id, &house)))
        return fail(&cli->error, SQLSTATE_INVALID_PARAMETER_VALUE, "organization \"%s\" does not exist", organization);
    dump_secrets_start(&dump.secrets, view, cli_option(cli, "secrets") != NULL, &cli->error);
    int result = dump_everything(cli, &dump, form, house);
    progress_done();
    if (result == 0)
        dump_secrets_tell(&dump.secrets);
    dump_secrets_done(&dump.secrets);
    if (result < 0 && cli->error.state == SQLSTATE_OK)
        fail(&cli->error, SQLSTATE_IO_ERROR, "cannot write the dump: %s", strerror(errno));
    buf_done(&dump.line);
    return result;
}

/* They are asked for only when secrets are. */
static int open_keys(struct cli *cli, struct keyring *keyring)
{
    int got = cli_option(cli, "secrets") == NULL ? 1 : cli_seal_key(cli, keyring);
    if (got == 0) {
        fail(&cli->error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" has no key file, so its secrets cannot be opened", cli_data(cli));
        fail_hint(&cli->error, "name it with --seal-key");
    }
    return got == 1 ? 0 : -1;
}

static int dump_directory(struct cli *cli, const char *directory, FILE *out, const struct dump_form *form)
{
    struct keyring keyring = { 0 };
    struct store_config config = { .data_dir = directory, .read_only = true, .keyring = &keyring };
    struct store *store = NULL;
    struct view view;
    struct error ignored;
    if (open_keys(cli, &keyring) < 0 || store_open(&config, sys_real(), &store, &cli->error) < 0)
        return -1;
    int result = view_begin(store, &view, &cli->error);
    if (result == 0) {
        result = dump_view(cli, &view, out, form);
        view_end(&view);
    }
    store_close(store, &ignored);
    keyring_done(&keyring);
    return result;
}

/* Asks the server for a backup beside its data, reads that, and removes it: one instant, whatever is written meanwhile. */
static int dump_server(struct cli *cli, FILE *out, const struct dump_form *form)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    char directory[4096], absolute[4096];
    if (realpath(cli_data(cli), absolute) == NULL)
        return fail(&cli->error, SQLSTATE_UNDEFINED_FILE, "cannot find the data directory \"%s\": %s", cli_data(cli), strerror(errno));
    snprintf(directory, sizeof directory, "%.4000s/dump-%d", absolute, (int)getpid());
    rh_set_timeout(cli->db, 600000);
    int code = cli_outcome(cli, rh_request(cli->db, NULL, "backup", "[s]", directory));
    if (code != EXIT_DONE) {
        error_clear(&cli->error);
        return -1;
    }
    int result = dump_directory(cli, directory, out, form);
    remove_directory(directory);
    return result;
}

static const struct dump_form *form_of(const char *name)
{
    static const struct dump_form *const forms[] = { &dump_sql, &dump_jsonl, &dump_binary };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (name != NULL ? strcmp(forms[i]->name, name) == 0 : i == 0)
            return forms[i];
    return NULL;
}

/* A running server is recognised by its socket; without one the data directory is read itself. */
static bool server_runs(struct cli *cli)
{
    char socket[4096];
    if (cli_option(cli, "address") != NULL || getenv("ROWHOUSE_ADDRESS") != NULL)
        return true;
    snprintf(socket, sizeof socket, "unix:%s/rowhouse.sock", cli_data(cli));
    struct rh *db = rh_open(socket, NULL);
    bool runs = rh_connect(db) == RH_OK;
    rh_close(db);
    return runs;
}

/* A file with secrets is its owner's alone, also where it was there before. */
static FILE *create(const char *path, bool secrets)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secrets ? 0600 : 0666);
    struct stat status;
    if (fd < 0)
        return NULL;
    bool closed = !secrets || (fstat(fd, &status) == 0 && (!S_ISREG(status.st_mode) || fchmod(fd, 0600) == 0));
    FILE *file = closed ? fdopen(fd, "w") : NULL;
    if (file == NULL)
        close(fd);
    return file;
}

static int run(struct cli *cli)
{
    const char *path = cli_option(cli, "output");
    const char *name = cli_option(cli, "form");
    const struct dump_form *form = form_of(name == NULL && cli_option(cli, "json") != NULL ? "jsonl" : name);
    if (form == NULL)
        return cli_usage(cli, "\"%s\" is not a form: sql, jsonl or binary", name);
    FILE *out = path != NULL ? create(path, cli_option(cli, "secrets") != NULL) : stdout;
    if (out == NULL) {
        fprintf(stderr, "rowhouse dump: cannot create \"%s\": %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    int code = EXIT_DONE;
    if (server_runs(cli)) {
        code = cli_connect(cli);
        if (code == EXIT_DONE && dump_server(cli, out, form) < 0)
            code = EXIT_FAILED;
    } else if (dump_directory(cli, cli_data(cli), out, form) < 0) {
        code = EXIT_FAILED;
    }
    progress_done();
    if (path != NULL && fclose(out) != 0 && code == EXIT_DONE) {
        fail(&cli->error, SQLSTATE_IO_ERROR, "cannot write \"%s\": %s", path, strerror(errno));
        code = EXIT_FAILED;
    }
    if (code == EXIT_FAILED && cli->error.state != SQLSTATE_OK)
        cli_failed(cli, &cli->error);
    return code;
}

const struct command dump_command = {
    .name = "dump", .arguments = "", .summary = "every row, as SQL for PostgreSQL, JSON lines, or compact", .arguments_min = 0, .arguments_max = 0,
    .description = "Writes all tables, or with --organization one house and the rows outside that it refers to (its users), as of one instant, whatever is written meanwhile: a running\n"
                   "server makes a backup beside its data for it, which is removed again, so this runs on the server's machine. The data of a\n"
                   "server that does not run is read as it lies.\n\n"
                   "Secret columns are left out, and stderr says which; --secrets writes them in the clear, for which it reads the key file.\n\n"
                   "    rowhouse dump | psql\n"
                   "    rowhouse dump --form binary --output monday.rhd",
    .options = { { "form", "FORM", "sql (when left out), jsonl (the same as --json) or binary" }, { "output", "FILE", "write there instead of stdout" },
                 { "secrets", NULL, "write secret columns too, in the clear" }, SEAL_KEY_OPTION, { NULL, NULL, NULL } },
    .run = run,
};
