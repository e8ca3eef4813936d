#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "native/audit/audit_proof.h"
#include "native/verify.h"
#include "progress.h"
#include "seal-key.h"
#include "value/json.h"

struct findings {
    const struct cli *cli;
    uint64_t count;
};

static void print_finding(const struct cli *cli, const char *finding)
{
    struct buf line = { 0 };
    if (cli_option(cli, "json") != NULL) {
        buf_append_string(&line, "{\"finding\": ");
        json_quote(slice_of_string(finding), &line);
        buf_append_byte(&line, '}');
    } else {
        buf_append_string(&line, finding);
    }
    puts(buf_text(&line));
    buf_done(&line);
}

static void on_finding(void *env, const char *table, const char *finding)
{
    struct findings *findings = env;
    struct buf text = { 0 };
    buf_printf(&text, "%s: %s", table, finding);
    progress_done();
    print_finding(findings->cli, buf_text(&text));
    buf_done(&text);
    findings->count++;
}

static void on_progress(void *env, const char *table, uint64_t rows)
{
    progress("verifying", table, rows);
}

/* What is to be said of secret columns, behind the rows. */
static void tell_seals(const struct seal_report *seal)
{
    if (seal->closed > 0)
        printf("%llu sealed values were not opened: there is no key file (--seal-key)\n", (unsigned long long)seal->closed);
    else if (seal->sealed > 0)
        printf("%llu sealed values were opened\n", (unsigned long long)seal->sealed);
    if (seal->clear > 0)
        printf("%llu values of secret columns are still clear: upkeep seals them\n", (unsigned long long)seal->clear);
}

static int conclude(const struct cli *cli, const struct verified *verified, uint64_t findings)
{
    uint64_t rows = verified->rows;
    const struct seal_report *seal = &verified->seal;
    progress_done();
    if (cli_option(cli, "json") != NULL)
        printf("{\"rows\": %llu, \"sealed\": %llu, \"closed\": %llu, \"clear\": %llu, \"findings\": %llu}\n", (unsigned long long)rows,
               (unsigned long long)seal->sealed, (unsigned long long)seal->closed, (unsigned long long)seal->clear, (unsigned long long)findings);
    else if (findings == 0)
        printf("%llu rows, all of them sound\n", (unsigned long long)rows);
    else
        fprintf(stderr, "rowhouse verify: %llu findings in %llu rows\n", (unsigned long long)findings, (unsigned long long)rows);
    if (cli_option(cli, "json") == NULL)
        tell_seals(seal);
    return findings == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int verify_online(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    int code = cli_connect(cli);
    if (code != EXIT_DONE)
        return code;
    rh_set_timeout(cli->db, 3600 * 1000);
    code = cli_outcome(cli, rh_request(cli->db, &reply, "verify", "[]"));
    if (code == EXIT_DONE) {
        struct rh_cell result = rh_result(reply), findings = rh_member(result, "findings");
        for (size_t i = 0; i < rh_count(findings); i++) {
            char *finding = rh_cell_text(rh_at(findings, i));
            print_finding(cli, finding);
            free(finding);
        }
        struct verified verified = { .rows = (uint64_t)rh_int(rh_member(result, "rows")) };
        verified.seal.sealed = (uint64_t)rh_int(rh_member(result, "sealed"));
        verified.seal.clear = (uint64_t)rh_int(rh_member(result, "clear"));
        code = conclude(cli, &verified, (uint64_t)rh_int(rh_member(result, "count")));
    }
    rh_reply_free(reply);
    return code;
}

/* The key that stubs of audit logs are checked with. A backup has none beside it: then only logs that have a stub ask for one. */
static int load_audit_key(struct cli *cli, struct audit_signer *ret, struct host *host)
{
    char path[4200], text[256] = "";
    const char *given = cli_option(cli, "audit-key");
    snprintf(path, sizeof path, "%s/audit.key", cli_data(cli));
    FILE *file = fopen(given != NULL ? given : path, "re");
    if (file == NULL && given == NULL)
        return EXIT_DONE;
    if (file == NULL || fgets(text, sizeof text, file) == NULL) {
        fprintf(stderr, file != NULL && feof(file) ? "rowhouse verify: the audit key \"%s\" is empty\n" : "rowhouse verify: cannot read \"%s\": %m\n",
                given != NULL ? given : path);
        if (file != NULL)
            fclose(file);
        return EXIT_FAILED;
    }
    fclose(file);
    text[strcspn(text, " \t\r\n")] = '\0';
    int result = audit_signer_set(ret, slice_of_string(text), &cli->error);
    explicit_bzero(text, sizeof text);
    host->audit_signer = ret;
    return result < 0 ? cli_failed(cli, &cli->error) : EXIT_DONE;
}

static int verify_offline(struct cli *cli)
{
    struct keyring keyring = { 0 };
    struct store_config config = { .data_dir = cli_data(cli), .read_only = true, .keyring = &keyring };
    struct findings findings = { .cli = cli };
    struct verify_hooks hooks = { on_finding, on_progress, &findings };
    struct store *store = NULL;
    struct view view;
    struct error ignored;
    struct verified verified = { 0 };
    struct audit_signer signer;
    struct host host = { 0 };
    if (load_audit_key(cli, &signer, &host) != EXIT_DONE)
        return EXIT_FAILED;
    if (cli_seal_key(cli, &keyring) < 0 || store_open(&config, sys_real(), &store, &cli->error) < 0)
        return cli_failed(cli, &cli->error);
    int result = view_begin(store, &view, &cli->error);
    if (result == 0) {
        result = native_verify(&view, sys_real(), &host, &hooks, &verified, &cli->error);
        view_end(&view);
    }
    store_close(store, &ignored);
    keyring_done(&keyring);
    progress_done();
    return result < 0 ? cli_failed(cli, &cli->error) : conclude(cli, &verified, findings.count);
}

static int run(struct cli *cli)
{
    return cli_option(cli, "offline") != NULL ? verify_offline(cli) : verify_online(cli);
}

const struct command verify_command = {
    .name = "verify", .arguments = "", .summary = "walks every row, index, reference, audit chain and balance", .arguments_min = 0,
    .arguments_max = 0,
    .description = "Checks all that a data directory promises and prints what does not hold, a line each; exit code 1 when anything does not.\n"
                   "A running server does it in a copy of one state, beside its work; with --offline the data directory is read itself, with the log\n"
                   "replayed into a private image, and nothing in it is written. Values of secret columns are opened if the key file is there; else\n"
                   "they are counted, and said not to have been opened.",
    .options = { { "offline", NULL, "read the data directory of a server that does not run" },
                 { "audit-key", "FILE", "offline: the key of stubs of audit logs, when it is not <data>/audit.key" }, SEAL_KEY_OPTION, { NULL, NULL, NULL } },
    .run = run,
};
