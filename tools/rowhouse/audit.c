/* rowhouse audit: heads and proofs from a server, and what they are worth without one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "proof/checkpoint.h"
#include "value/audit_line.h"
#include "value/audit_stub.h"

/* --- Files --- */

static int read_file(struct cli *cli, const char *path, struct buf *out)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    size_t got = 1;
    if (file == NULL) {
        fprintf(stderr, "rowhouse %s: cannot read \"%s\": %s\n", cli->command->name, path, strerror(errno));
        return EXIT_FAILED;
    }
    for (; got > 0; out->size += got)
        got = fread(buf_reserve(out, 65536), 1, 65536, file);
    bool good = !ferror(file);
    if (file != stdin)
        fclose(file);
    if (!good)
        fprintf(stderr, "rowhouse %s: cannot read \"%s\"\n", cli->command->name, path);
    return good ? EXIT_DONE : EXIT_FAILED;
}

/* The new text stands beside the old one until it is whole. */
static int replace_file(struct cli *cli, const char *path, struct slice text)
{
    char fresh[4096];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "we");
    bool written = file != NULL && fwrite(text.data, 1, text.size, file) == text.size;
    written = file != NULL && fclose(file) == 0 && written && rename(fresh, path) == 0;
    if (!written)
        fprintf(stderr, "rowhouse %s: cannot write \"%s\": %s\n", cli->command->name, path, strerror(errno));
    return written ? EXIT_DONE : EXIT_FAILED;
}

/* The verifier key of --verifier: the key itself, or a file that begins with it. */
static int verifier(struct cli *cli, char **ret)
{
    const char *given = cli_option(cli, "verifier");
    struct note_key key;
    struct buf text = { 0 };
    if (given == NULL)
        return cli_usage(cli, "--verifier says by whose key (rowhouse audit key prints it)");
    if (note_key_parse(slice_of_string(given), &key)) {
        *ret = strdup(given);
        return EXIT_DONE;
    }
    int code = read_file(cli, given, &text);
    if (code == EXIT_DONE) {
        *ret = strdup(buf_text(&text));
        (*ret)[strcspn(*ret, "\r\n")] = '\0';
    }
    buf_done(&text);
    return code;
}

/* --- From the server --- */

/* Calls with the parameter `name` (may be NULL) and the organization, and prints the text member `member` of the result. */
static int ask(struct cli *cli, const char *function, const char *name, int64_t number, struct rh_reply **ret)
{
    struct rh_packed *parameters = rh_packed_new('{');
    const char *organization = cli_option(cli, "organization");
    int packed = name == NULL ? RH_OK : rh_packed_add(parameters, "s:I", name, number);
    if (packed == RH_OK && organization != NULL)
        packed = rh_packed_add(parameters, "s:s", "organization_id", organization);
    int code = packed == RH_OK ? cli_connect(cli) : EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_call(cli->db, function, ret, "o", parameters));
    rh_packed_free(parameters);
    return code;
}

static int print_member(struct cli *cli, const char *function, const char *name, int64_t number, const char *member)
{
    struct rh_reply *reply = NULL;
    int code = ask(cli, function, name, number, &reply);
    if (code == EXIT_DONE && cli_option(cli, "json") != NULL) {
        print_result(cli, rh_result(reply));
    } else if (code == EXIT_DONE) {
        size_t size;
        const char *text = rh_text(rh_member(rh_result(reply), member), &size);
        fwrite(text, 1, size, stdout);
        if (size > 0 && text[size - 1] != '\n')
            putchar('\n');
    }
    rh_reply_free(reply);
    return code;
}

/* --- Verdicts --- */

static int tell(const struct cli *cli, const char *path, const struct rh_audit_verdict *verdict, const char *what)
{
    if (!verdict->good) {
        fprintf(stderr, "rowhouse %s: %s: %s\n", cli->command->name, path, verdict->reason);
        return EXIT_FAILED;
    }
    printf("%s: %s", path, verdict->origin);
    if (what != NULL)
        printf(what, (unsigned long long)verdict->number, (unsigned long long)verdict->size);
    putchar('\n');
    return EXIT_DONE;
}

/* The entry that a proof holds, by the names of its columns. */
static void print_leaf(struct rh_cell row)
{
    struct audit_export export = { .columns = audit_columns };
    struct buf text = { 0 };
    while (audit_columns[export.column_count] != NULL)
        export.column_count++;
    audit_line_row(&export, slice_of(row.data, row.size), &text);
    puts(buf_text(&text));
    buf_done(&text);
}

/* What a stub says beyond a checkpoint, which it is as well. */
static void print_stub(struct slice text)
{
    struct audit_stub stub;
    struct slice line;
    if (!audit_stub_read(text, &stub))
        return;
    for (int i = 0; line_next(&text, &line) && line.size > 0; i++)
        if (i > 2)
            printf("  %.*s\n", SLICE_FMT(line));
}

static int verify_one(struct cli *cli, const char *key, const char *path, struct slice text)
{
    struct rh_audit_verdict verdict;
    struct rh_reply *row = NULL;
    if (text.size > 0 && text.data[0] == '{') {
        rh_audit_verify_export(key, path, &verdict);
        return tell(cli, path, &verdict, ", %llu entries, all in the signed log of %llu");
    }
    if (proof_kind_of(text) == PROOF_CONSISTENCY)
        return cli_usage(cli, "\"%s\" proves that a log continues a checkpoint: name the kept checkpoint before it", path);
    if (proof_kind_of(text) == PROOF_NONE) {
        bool stub = rh_audit_verify_stub(key, (const char *)text.data, text.size, &verdict);
        if (!stub)
            rh_audit_verify_checkpoint(key, (const char *)text.data, text.size, &verdict);
        int code = tell(cli, path, &verdict, stub ? ", signed; entry %llu records that the first %llu were removed" : ", signed");
        if (stub)
            print_stub(text);
        return code;
    }
    rh_audit_verify_inclusion(key, (const char *)text.data, text.size, &verdict, &row);
    int code = tell(cli, path, &verdict, ", entry %llu is in the signed log of %llu");
    if (code == EXIT_DONE)
        print_leaf(rh_result(row));
    rh_reply_free(row);
    return code;
}

static int verify(struct cli *cli)
{
    struct buf first = { 0 }, second = { 0 };
    struct rh_audit_verdict verdict;
    char *key = NULL;
    int code = cli->argc < 2 || cli->argc > 3 ? cli_usage(cli, "verify takes a file, or a kept checkpoint and a proof") : verifier(cli, &key);
    if (code == EXIT_DONE)
        code = read_file(cli, cli->argv[1], &first);
    if (code == EXIT_DONE && cli->argc == 3)
        code = read_file(cli, cli->argv[2], &second);
    if (code == EXIT_DONE && cli->argc == 2) {
        code = verify_one(cli, key, cli->argv[1], buf_slice(&first));
    } else if (code == EXIT_DONE) {
        rh_audit_verify_consistency(key, (const char *)first.data, first.size, (const char *)second.data, second.size, &verdict);
        code = tell(cli, cli->argv[2], &verdict, ", begins with the %llu entries that were kept and has %llu");
    }
    free(key);
    buf_done(&first);
    buf_done(&second);
    return code;
}

/* --- Subcommands --- */

static int alone(struct cli *cli)
{
    return cli->argc == 1 ? EXIT_DONE : cli_usage(cli, "\"%s\" takes no arguments", cli->argv[0]);
}

static int checkpoint(struct cli *cli)
{
    return alone(cli) != EXIT_DONE ? EXIT_USAGE : print_member(cli, "audit_checkpoint", NULL, 0, "checkpoint");
}

/* Nothing at all, when nothing was removed. */
static int stub(struct cli *cli)
{
    return alone(cli) != EXIT_DONE ? EXIT_USAGE : print_member(cli, "audit_checkpoint", NULL, 0, "stub");
}

static int key(struct cli *cli)
{
    return alone(cli) != EXIT_DONE ? EXIT_USAGE : print_member(cli, "audit_checkpoint", NULL, 0, "key");
}

static bool whole_number(const char *text, int64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoll(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

static int prove(struct cli *cli)
{
    int64_t entry;
    if (cli->argc != 2 || !whole_number(cli->argv[1], &entry))
        return cli_usage(cli, "prove takes the number of an entry");
    return print_member(cli, "audit_inclusion_proof", "entry", entry, "proof");
}

/* How many entries a checkpoint covers, signed or not: what to ask the server for. */
static bool size_of(struct slice text, int64_t *ret)
{
    struct slice line;
    char number[32];
    if (!line_next(&text, &line) || !line_next(&text, &line) || line.size >= sizeof number)
        return false;
    memcpy(number, line.data, line.size);
    number[line.size] = '\0';
    return whole_number(number, ret);
}

/* Whether a proof from the server shows that its log begins with what a checkpoint covers; *ret_reply holds the proof. */
static int check_continued(struct cli *cli, const char *by, const char *name, struct slice kept, struct rh_reply **ret_reply,
                           const char *what)
{
    struct rh_audit_verdict verdict;
    int64_t size;
    size_t proof_size;
    if (!size_of(kept, &size))
        return cli_usage(cli, "\"%s\" is no checkpoint", name);
    int code = ask(cli, "audit_consistency_proof", "old_size", size, ret_reply);
    if (code != EXIT_DONE)
        return code;
    const char *proof = rh_text(rh_member(rh_result(*ret_reply), "proof"), &proof_size);
    rh_audit_verify_consistency(by, (const char *)kept.data, kept.size, proof, proof_size, &verdict);
    return tell(cli, name, &verdict, what);
}

/* When the log has a stub: it is signed, and of what the log began with. */
static int check_stub(struct cli *cli, const char *by)
{
    struct rh_reply *reply = NULL, *proof = NULL;
    struct rh_audit_verdict verdict;
    size_t size;
    int code = ask(cli, "audit_checkpoint", NULL, 0, &reply);
    const char *stub = code == EXIT_DONE ? rh_text(rh_member(rh_result(reply), "stub"), &size) : NULL;
    if (stub != NULL && !rh_audit_verify_stub(by, stub, size, &verdict))
        code = tell(cli, "the stub of removed entries", &verdict, NULL);
    else if (stub != NULL)
        code = check_continued(cli, by, "the stub of removed entries", slice_of(stub, size), &proof,
                               ", the log began with the %llu entries that were removed and has %llu");
    rh_reply_free(proof);
    rh_reply_free(reply);
    return code;
}

/* A kept checkpoint against the server's log as it is now; the file then holds the new one. */
static int follow(struct cli *cli)
{
    struct buf kept = { 0 };
    struct rh_reply *reply = NULL;
    struct proof_file file = { 0 };
    char *by = NULL;
    int code = cli->argc != 2 ? cli_usage(cli, "follow takes the file of a kept checkpoint") : verifier(cli, &by);
    if (code == EXIT_DONE)
        code = read_file(cli, cli->argv[1], &kept);
    if (code == EXIT_DONE)
        code = check_continued(cli, by, cli->argv[1], buf_slice(&kept), &reply, ", begins with the %llu entries that were kept and has %llu");
    if (code == EXIT_DONE)
        code = check_stub(cli, by);
    if (code == EXIT_DONE) {
        size_t size;
        const char *proof = rh_text(rh_member(rh_result(reply), "proof"), &size);
        if (proof_file_get(slice_of(proof, size), &file) == NULL)
            code = replace_file(cli, cli->argv[1], file.note);
    }
    proof_file_done(&file);
    rh_reply_free(reply);
    buf_done(&kept);
    free(by);
    return code;
}

static int since(struct cli *cli)
{
    int64_t size;
    struct buf kept = { 0 };
    int code = cli->argc != 2 ? cli_usage(cli, "since takes the file of a kept checkpoint, or its number of entries") : EXIT_DONE;
    if (code == EXIT_DONE && !whole_number(cli->argv[1], &size)) {
        code = read_file(cli, cli->argv[1], &kept);
        if (code == EXIT_DONE && !size_of(buf_slice(&kept), &size))
            code = cli_usage(cli, "\"%s\" is no checkpoint", cli->argv[1]);
    }
    buf_done(&kept);
    return code == EXIT_DONE ? print_member(cli, "audit_consistency_proof", "old_size", size, "proof") : code;
}

/* Call by call, until nothing is left that is older. */
static int retain(struct cli *cli)
{
    int64_t days, removed = 0;
    int code = cli->argc == 2 && whole_number(cli->argv[1], &days) ? EXIT_DONE : cli_usage(cli, "retain takes a number of days");
    for (bool more = true; code == EXIT_DONE && more;) {
        struct rh_reply *reply = NULL;
        code = ask(cli, "audit_retain", "keep_days", days, &reply);
        removed += rh_int(rh_member(rh_result(reply), "removed"));
        more = rh_bool(rh_member(rh_result(reply), "more"));
        rh_reply_free(reply);
    }
    if (code == EXIT_DONE)
        print_count(cli, "removed", removed);
    return code;
}

/* export FORMAT [FILTER=TEXT]... */
static int export_log(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *parameters = rh_packed_new('{');
    const char *organization = cli_option(cli, "organization");
    int code = cli->argc < 2 ? cli_usage(cli, "export takes a format: json, csv or pdf") : cli_connect(cli);
    if (code == EXIT_DONE && rh_packed_add(parameters, "s:s", "format", cli->argv[1]) != RH_OK)
        code = EXIT_FAILED;
    for (int i = 2; code == EXIT_DONE && i < cli->argc; i++)
        code = cli_add_pair(cli, parameters, cli->argv[i]);
    if (code == EXIT_DONE && organization != NULL && rh_packed_add(parameters, "s:s", "organization_id", organization) != RH_OK)
        code = EXIT_FAILED;
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_call(cli->db, "export_audit_log", &reply, "o", parameters));
    if (code == EXIT_DONE)
        print_result(cli, rh_result(reply));
    rh_packed_free(parameters);
    rh_reply_free(reply);
    return code;
}

static const struct {
    const char *name;
    int (*run)(struct cli *cli);
} subcommands[] = {
    { "key", key }, { "checkpoint", checkpoint }, { "prove", prove }, { "since", since }, { "verify", verify }, { "follow", follow },
    { "export", export_log }, { "retain", retain }, { "stub", stub },
};

static int run(struct cli *cli)
{
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
        if (strcmp(cli->argv[0], subcommands[i].name) == 0)
            return subcommands[i].run(cli);
    return cli_usage(cli, "there is no \"audit %s\"", cli->argv[0]);
}

const struct command audit_command = {
    .name = "audit", .arguments = "key | checkpoint | prove ENTRY | since KEPT | verify FILE [PROOF] | follow KEPT | export FORMAT [FILTER=TEXT]... | retain DAYS | stub",
    .summary = "signed heads of audit logs, proofs, and checking them offline", .arguments_min = 1, .arguments_max = -1,
    .description = "What can be asked:\n\n"
                   "    key               the verifier key of the organization's log, the one thing\n"
                   "                      that a verifier must know\n"
                   "    checkpoint        the log's signed head: keep it where the server cannot write\n"
                   "    prove ENTRY       the proof that an entry is in the log; it stands alone\n"
                   "    since KEPT        the proof that the log begins with what a kept checkpoint\n"
                   "                      covers\n"
                   "    verify FILE       checks a checkpoint, a stub, a proof of prove or an export in\n"
                   "                      JSON lines, without a server\n"
                   "    verify KEPT PROOF checks a kept checkpoint and a proof of since\n"
                   "    follow KEPT       asks the server for such a proof, checks it, and keeps the new\n"
                   "                      checkpoint in place of the old one\n"
                   "    export FORMAT     has the server write the log, or what filters (from, to,\n"
                   "                      action_type ...) leave of it, into a file of its own\n"
                   "    retain DAYS       removes older entries, and leaves a signed stub for them\n"
                   "    stub              that stub; it is a checkpoint too\n\n"
                   "Examples:\n\n"
                   "    rowhouse audit key --organization 5f0c2a10-... > log.key\n"
                   "    rowhouse audit checkpoint --organization 5f0c2a10-... > log.checkpoint\n"
                   "    rowhouse audit follow log.checkpoint --verifier log.key --organization 5f0c2a10-...\n"
                   "    rowhouse audit verify export.jsonl --verifier log.key",
    .options = { { "verifier", "KEY", "the verifier key, or the file that holds it" }, { NULL, NULL, NULL } },
    .run = run,
};
