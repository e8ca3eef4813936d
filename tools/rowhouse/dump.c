#include "dump.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "progress.h"
#include "seal-key.h"
#include "value/mp.h"

/* Interrupted, it ends where it is and leaves no file. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = 1;
}

/* --- Houses --- */

struct house {
    uint32_t number;
    struct uuid organization;
};

struct houses {
    struct house *list;
    int count;
};

/* All of them, the system house apart. */
static int houses_read(struct source *source, struct houses *ret)
{
    struct source_cursor cursor;
    struct slice key, value, bytes;
    int8_t type;
    int got;
    *ret = (struct houses){ 0 };
    source_cursor_open(source, TENANT_SYSTEM, RELATION_HOUSE_NUMBERS, &cursor);
    while ((got = source_next(&cursor, &key, &value)) == 1) {
        if (key.size != KEY_PREFIX_SIZE + 4 || !mp_ext(&value, &type, &bytes) || bytes.size != sizeof(struct uuid)) {
            got = fail(&source->cli->error, SQLSTATE_DATA_CORRUPTED, "a house number is damaged");
            break;
        }
        const uint8_t *number = key.data + KEY_PREFIX_SIZE;
        ret->list = memory_resize(ret->list, sizeof *ret->list * (size_t)(ret->count + 1));
        struct house *house = &ret->list[ret->count++];
        house->number = (uint32_t)number[0] << 24 | (uint32_t)number[1] << 16 | (uint32_t)number[2] << 8 | number[3];
        memcpy(house->organization.bytes, bytes.data, sizeof house->organization.bytes);
    }
    source_cursor_close(&cursor);
    return got;
}

/* --- Rows --- */

struct run {
    struct cli *cli;
    struct dump *dump;
    const struct dump_form *form;
    struct houses houses;
    const struct house *house;      /* the one that is wanted; NULL: all */
};

static int cannot_write(struct run *run)
{
    return fail(&run->cli->error, SQLSTATE_IO_ERROR, "cannot write the dump: %s", strerror(errno));
}

/* One row of a table through the form. */
static int dump_row(struct run *run, const struct table *table, struct slice row)
{
    static struct value columns[COLUMNS_MAX];
    if (row_values(table, row, columns) < 0)
        return fail(&run->cli->error, SQLSTATE_DATA_CORRUPTED, "a row of \"%s\" is damaged", table->qualified);
    run->dump->rows++;
    if (stopped)
        return fail(&run->cli->error, SQLSTATE_QUERY_CANCELED, "interrupted");
    progress("dumping", table->qualified, run->dump->rows);
    return run->form->row(run->dump, table, columns) < 0 ? cannot_write(run) : 0;
}

static int dump_house(struct run *run, const struct table *table, uint32_t house)
{
    struct source_cursor cursor;
    struct slice key, row;
    int got;
    source_cursor_open(run->dump->source, house, table->relation, &cursor);
    while ((got = source_next(&cursor, &key, &row)) == 1)
        if (dump_row(run, table, row) < 0) {
            got = -1;
            break;
        }
    source_cursor_close(&cursor);
    return got;
}

/* Whether a table's rows lie in houses. */
static bool is_housed(const struct table *table)
{
    return table->tenancy == TENANCY_TENANT || table->tenancy == TENANCY_CHILD;
}

static int dump_all_houses(struct run *run, const struct table *table)
{
    int result = dump_house(run, table, TENANT_SYSTEM);
    for (int i = 0; result == 0 && is_housed(table) && i < run->houses.count; i++)
        result = dump_house(run, table, run->houses.list[i].number);
    return result;
}

/* Rows outside of a house that it needs. */
static int dump_needed(struct run *run, const struct table *table, uint32_t house)
{
    struct needed_row *needed = NULL, *each, *next;
    struct buf row = { 0 };
    int result = needed_rows(run->dump->source, table, house, &needed);
    HASH_ITER(hh, needed, each, next) {
        int got = result < 0 ? 0 : source_get(run->dump->source, slice_of(each->key, each->size), &row);
        if (got < 0 || (got == 1 && dump_row(run, table, buf_slice(&row)) < 0))
            result = -1;
        HASH_DEL(needed, each);
        free(each);
    }
    buf_done(&row);
    return result;
}

static int dump_table(struct run *run, const struct table *table)
{
    if (run->form->table(run->dump, table) < 0)
        return cannot_write(run);
    int done;
    if (run->house == NULL)
        done = dump_all_houses(run, table);
    else if (is_housed(table))
        done = dump_house(run, table, run->house->number);
    else
        done = dump_needed(run, table, run->house->number);
    if (done < 0)
        return -1;
    return run->form->table_end(run->dump, table) < 0 ? cannot_write(run) : 0;
}

static int dump_sequence(struct run *run, const struct table *table, const struct column *column)
{
    struct key key;
    struct buf value = { 0 };
    int64_t number = 0;
    key_start(&key, TENANT_SYSTEM, RELATION_SEQUENCES);
    key_u64(&key, column->sequence);
    int got = source_get(run->dump->source, key_slice(&key), &value);
    struct slice bytes = buf_slice(&value);
    bool given = got == 1 && mp_int(&bytes, &number) && number > 0;
    buf_done(&value);
    if (given && run->form->sequence(run->dump, table, column, number) < 0)
        return cannot_write(run);
    return got < 0 ? -1 : 0;
}

static int dump_sequences(struct run *run, const struct table *table)
{
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].sequence != 0 && !table->columns[i].dropped && dump_sequence(run, table, &table->columns[i]) < 0)
            return -1;
    return 0;
}

static int dump_all_leaves(struct run *run)
{
    for (int i = 0; i < run->houses.count; i++) {
        const struct house *house = &run->houses.list[i];
        if ((run->house == NULL || run->house == house) && dump_leaves(run->dump, run->form, house->number, &house->organization) < 0)
            return -1;
    }
    return 0;
}

/* --- What is wanted --- */

/* Whether a table is named in the list of --table, "a,auth.users"; without one all are. */
static bool is_wanted(const struct table *table, const char *names)
{
    size_t size = strlen(table->qualified);
    for (const char *at = names; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == size && strncmp(at, table->qualified, size) == 0)
            return true;
    return names == NULL;
}

static int check_names(struct run *run, const char *names)
{
    for (const char *at = names; at != NULL && *at != '\0'; at += strcspn(at, ","), at += *at == ',')
        if (catalog_table(run->dump->catalog, slice_of(at, strcspn(at, ","))) == NULL)
            return fail(&run->cli->error, SQLSTATE_UNDEFINED_TABLE, "relation \"%.*s\" does not exist", (int)strcspn(at, ","), at);
    return 0;
}

static int find_house(struct run *run, const char *organization)
{
    struct uuid id;
    if (organization == NULL)
        return 0;
    for (int i = 0; uuid_parse(slice_of_string(organization), &id) && i < run->houses.count; i++)
        if (uuid_compare(&run->houses.list[i].organization, &id) == 0)
            run->house = &run->houses.list[i];
    return run->house != NULL ? 0 : fail(&run->cli->error, SQLSTATE_INVALID_PARAMETER_VALUE, "organization \"%s\" does not exist", organization);
}

static int dump_everything(struct run *run)
{
    const struct catalog *catalog = run->dump->catalog;
    const char *names = cli_option(run->cli, "table");
    if (check_names(run, names) < 0 || houses_read(run->dump->source, &run->houses) < 0 || find_house(run, cli_option(run->cli, "organization")) < 0)
        return -1;
    run->dump->whole = run->house == NULL && names == NULL;
    if (run->form->start(run->dump) < 0)
        return cannot_write(run);
    for (int i = 0; i < catalog->table_count; i++)
        if (is_wanted(catalog->tables[i], names) && dump_table(run, catalog->tables[i]) < 0)
            return -1;
    for (int i = 0; i < catalog->table_count; i++)
        if (is_wanted(catalog->tables[i], names) && (run->house == NULL || is_housed(catalog->tables[i])) && dump_sequences(run, catalog->tables[i]) < 0)
            return -1;
    if (names == NULL && dump_all_leaves(run) < 0)
        return -1;
    return run->form->end(run->dump) < 0 || fflush(run->dump->out) != 0 ? cannot_write(run) : 0;
}

/* Says on stderr what was left out. */
static void tell_secrets(const struct source *source)
{
    bool any = false;
    for (int t = 0; t < source->catalog->table_count; t++) {
        const struct table *table = source->catalog->tables[t];
        for (int i = 0; i < table->column_count; i++) {
            uint64_t count = source->left_out[t * COLUMNS_MAX + i];
            if (count == 0)
                continue;
            if (!any)
                fprintf(stderr, "rowhouse dump: secret values were left out (--secrets writes them, in the clear):\n");
            fprintf(stderr, "    %s.%s  %" PRIu64 "%s\n", table->qualified, table->columns[i].name, count,
                    table->columns[i].not_null ? ", not null: something empty stands there" : "");
            any = true;
        }
    }
}

static int dump_to(struct cli *cli, struct source *source, const struct dump_form *form, enum ddl_target target, FILE *out)
{
    struct dump dump = { .out = out, .source = source, .catalog = source->catalog, .target = target };
    struct run run = { .cli = cli, .dump = &dump, .form = form };
    error_clear(&cli->error);
    int result = dump_everything(&run);
    progress_done();
    if (result == 0)
        tell_secrets(source);
    buf_done(&dump.line);
    free(run.houses.list);
    return result < 0 ? cli_failed(cli, &cli->error) : EXIT_DONE;
}

/* --- Where to --- */

/* A dump has its name when it is whole and on the disk; until then it is NAME.part. A file with secrets is its owner's alone. */
static int dump_to_file(struct cli *cli, struct source *source, const struct dump_form *form, enum ddl_target target, const char *path)
{
    char part[4200];
    struct stat status;
    bool special = stat(path, &status) == 0 && !S_ISREG(status.st_mode);        /* /dev/stdout, a pipe: it is what it is */
    snprintf(part, sizeof part, "%.4000s%s", path, special ? "" : ".part");
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, source->secrets ? 0600 : 0666);
    FILE *out = fd >= 0 && (special || !source->secrets || fchmod(fd, 0600) == 0) ? fdopen(fd, "w") : NULL;
    if (out == NULL) {
        fprintf(stderr, "rowhouse dump: cannot create \"%s\": %s\n", part, strerror(errno));
        if (fd >= 0)
            close(fd);
        return EXIT_FAILED;
    }
    int code = dump_to(cli, source, form, target, out);
    bool written = code == EXIT_DONE && (special || fsync(fd) == 0);
    written = fclose(out) == 0 && written;
    if (code == EXIT_DONE && (!written || (!special && rename(part, path) < 0))) {
        fprintf(stderr, "rowhouse dump: cannot write \"%s\": %s\n", path, strerror(errno));
        code = EXIT_FAILED;
    }
    if (code != EXIT_DONE && !special)
        unlink(part);
    return code;
}

static const struct dump_form *form_of(const char *name)
{
    static const struct dump_form *const forms[] = { &dump_sql, &dump_jsonl, &dump_binary };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (name != NULL ? strcmp(forms[i]->name, name) == 0 : i == 0)
            return forms[i];
    return NULL;
}

static int run(struct cli *cli)
{
    struct source source;
    const char *path = cli_option(cli, "output"), *name = cli_option(cli, "form"), *whom = cli_option(cli, "for");
    const struct dump_form *form = form_of(name == NULL && cli_option(cli, "json") != NULL ? "jsonl" : name);
    if (form == NULL)
        return cli_usage(cli, "\"%s\" is not a form: sql, jsonl or binary", name);
    if (whom != NULL && strcmp(whom, "postgresql") != 0 && strcmp(whom, "supabase") != 0)
        return cli_usage(cli, "\"%s\" is not what a dump can be for: postgresql or supabase", whom);
    enum ddl_target target = whom != NULL && strcmp(whom, "supabase") == 0 ? DDL_SUPABASE : DDL_POSTGRESQL;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    int code = source_open(cli, &source);
    if (code == EXIT_DONE)
        code = path != NULL ? dump_to_file(cli, &source, form, target, path) : dump_to(cli, &source, form, target, stdout);
    source_close(&source);
    return code;
}

const struct command dump_command = {
    .name = "dump", .arguments = "", .summary = "every row, as SQL for PostgreSQL, JSON lines, or compact", .arguments_min = 0, .arguments_max = 0,
    .description = "Writes all tables, or with --organization one house and the rows outside that it refers to (its users), or the rows of some tables with --table, as of one\n"
                   "instant, whatever is written meanwhile. It reads the server page by page, from anywhere with the service key, and needs no room beside the data. The\n"
                   "data of a server that does not run is read as it lies.\n\n"
                   "SQL loads into an empty PostgreSQL 15 by itself, with psql -v ON_ERROR_STOP=1; --for supabase leaves out what Supabase brings.\n\n"
                   "Secret columns are left out, and stderr says which; --secrets writes them in the clear.\n\n"
                   "    rowhouse dump | psql\n"
                   "    rowhouse dump --form binary --output monday.rhd",
    .options = { { "form", "FORM", "sql (when left out), jsonl (the same as --json) or binary" }, { "output", "FILE", "write there instead of stdout; it has its name when it is whole" },
                 { "table", "NAMES", "the rows of these tables alone: contacts,auth.users" },
                 { "for", "SYSTEM", "of sql: postgresql (when left out) or supabase, which has roles, schema auth and its tables" },
                 { "secrets", NULL, "write secret columns too, in the clear" }, SEAL_KEY_OPTION, { NULL, NULL, NULL } },
    .run = run,
};
