#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"
#include "catalog/catalog.h"
#include "files.h"

/* --- Cells --- */

static int64_t number_of(struct rh_cell map, const char *key)
{
    return rh_int(rh_member(map, key));
}

static void print_text(FILE *out, struct rh_cell map, const char *key, const char *before, const char *after)
{
    struct rh_cell cell = rh_member(map, key);
    if (rh_is_null(cell))
        return;
    char *text = rh_cell_text(cell);
    fprintf(out, "%s%s%s", before, text, after);
    free(text);
}

static bool has_text(struct rh_cell map, const char *key, const char *text)
{
    char *is = rh_cell_text(rh_member(map, key));
    bool same = strcmp(is, text) == 0;
    free(is);
    return same;
}

/* --- Files --- */

static void print_effects(struct rh_cell migration)
{
    struct rh_cell effects = rh_member(migration, "effects");
    for (size_t i = 0; i < rh_count(effects); i++) {
        char *effect = rh_cell_text(rh_at(effects, i));
        printf("             %s\n", effect);
        free(effect);
    }
}

static void print_migrations(struct rh_cell list, bool plan, bool effects)
{
    for (size_t i = 0; i < rh_count(list); i++) {
        struct rh_cell each = rh_at(list, i);
        bool now = rh_bool(rh_member(each, "now"));
        char *state = rh_cell_text(rh_member(each, "state"));
        printf("%-12s ", state);
        free(state);
        print_text(stdout, each, "name", "", "");
        if (!plan && !now)
            printf(" (before)");
        print_text(stdout, each, "behind", " out of order, behind ", "");
        printf("\n");
        if (effects)
            print_effects(each);
    }
}

static void print_missing(struct rh_cell list)
{
    for (size_t i = 0; i < rh_count(list); i++) {
        char *name = rh_cell_text(rh_at(list, i));
        printf("%-12s %s is applied, and not among these files\n", "missing", name);
        free(name);
    }
}

/* --- Refusals --- */

static size_t count_state(struct rh_cell list, const char *state)
{
    size_t count = 0;
    for (size_t i = 0; i < rh_count(list); i++)
        count += has_text(rh_at(list, i), "state", state);
    return count;
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void print_left(struct rh_cell left)
{
    static const char *const keys[] = { "tables", "views", "indexes", "policies" };
    static const char *const ones[] = { "table", "view", "index", "policy" };
    printf("with what is honoured there would be ");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int64_t count = number_of(left, keys[i]);
        printf("%s%lld %s", i == 0 ? "" : ", ", (long long)count, count == 1 ? ones[i] : keys[i]);
    }
    printf("\n");
}

static void print_summary(struct rh_cell plan)
{
    struct rh_cell files = rh_member(plan, "migrations"), refusals = rh_member(plan, "refusals"), left = rh_member(plan, "left");
    size_t pulled_down = 0;
    for (size_t i = 0; i < rh_count(refusals); i++)
        pulled_down += rh_count(rh_member(rh_at(refusals, i), "pulls_down"));
    printf("%zu migration%s: %zu applied, %zu new, %zu refused, %zu pulled down by those\n", rh_count(files), plural((int64_t)rh_count(files)),
           count_state(files, "applied"), count_state(files, "new"), count_state(files, "refused"), count_state(files, "pulled down"));
    printf("%lld statement%s: %lld honoured, %zu refused, %zu pulled down by those\n", (long long)number_of(left, "of"),
           plural(number_of(left, "of")), (long long)number_of(left, "statements"), rh_count(refusals), pulled_down);
    print_left(left);
}

/* One kind of statement, and what its refusals come to. */
struct kind {
    char *name;
    size_t refused, pulled_down;
};

static struct kind *kind_of(struct kind *kinds, size_t *count, struct rh_cell refusal)
{
    char *name = rh_cell_text(rh_member(refusal, "kind"));
    for (size_t i = 0; i < *count; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            free(name);
            return &kinds[i];
        }
    kinds[*count].name = name;
    return &kinds[(*count)++];
}

static int by_count(const void *a, const void *b)
{
    size_t left = ((const struct kind *)a)->refused, right = ((const struct kind *)b)->refused;
    return left > right ? -1 : left < right;
}

static void print_kinds(struct rh_cell refusals)
{
    size_t count = 0;
    struct kind *kinds = memory_alloc(sizeof *kinds * (rh_count(refusals) + 1));
    for (size_t i = 0; i < rh_count(refusals); i++) {
        struct kind *kind = kind_of(kinds, &count, rh_at(refusals, i));
        kind->refused++;
        kind->pulled_down += rh_count(rh_member(rh_at(refusals, i), "pulls_down"));
    }
    qsort(kinds, count, sizeof *kinds, by_count);
    printf("\nrefused  pulled down\n");
    for (size_t i = 0; i < count; i++) {
        printf("%7zu %12zu  %s\n", kinds[i].refused, kinds[i].pulled_down, kinds[i].name[0] == '\0' ? "(whole file)" : kinds[i].name);
        free(kinds[i].name);
    }
    free(kinds);
}

static void print_place(struct rh_cell refusal, const char *indent)
{
    printf("%s", indent);
    print_text(stdout, refusal, "file", "", "");
    printf(":%lld: ", (long long)number_of(refusal, "line"));
    print_text(stdout, refusal, "sqlstate", "", " ");
    print_text(stdout, refusal, "reason", "", "\n");
}

static void print_also(struct rh_cell also)
{
    for (size_t i = 0; i < rh_count(also); i++) {
        struct rh_cell reason = rh_at(also, i);
        print_text(stdout, reason, "sqlstate", "  also ", " ");
        print_text(stdout, reason, "reason", "", "\n");
        print_text(stdout, reason, "detail", "    ", "\n");
        print_text(stdout, reason, "hint", "    hint: ", "\n");
    }
}

static void print_refusals(struct rh_cell refusals)
{
    for (size_t i = 0; i < rh_count(refusals); i++) {
        struct rh_cell refusal = rh_at(refusals, i), pulled = rh_member(refusal, "pulls_down");
        printf("\n");
        print_place(refusal, "");
        print_text(stdout, refusal, "statement", "    ", "\n");
        print_text(stdout, refusal, "detail", "    ", "\n");
        print_text(stdout, refusal, "hint", "    hint: ", "\n");
        print_also(rh_member(refusal, "also"));
        if (rh_count(pulled) > 0)
            printf("    pulls down %zu statement%s:\n", rh_count(pulled), plural((int64_t)rh_count(pulled)));
        for (size_t k = 0; k < rh_count(pulled); k++)
            print_place(rh_at(pulled, k), "        ");
    }
}

static int print_plan(struct rh_cell plan)
{
    struct rh_cell refusals = rh_member(plan, "refusals");
    bool refused = rh_count(refusals) > 0;
    print_summary(plan);
    if (refused)
        print_kinds(refusals);
    print_refusals(refusals);
    printf("\n");
    print_migrations(rh_member(plan, "migrations"), true, !refused);
    return refused ? EXIT_FAILED : EXIT_DONE;
}

/* --- The whole --- */

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The declaration comes first, under its name: that of --declaration, else the one beside a folder of migrations, as when the server starts. */
static int add_declaration(struct cli *cli, struct file_list *files, const char *path)
{
    int code = files_add(cli, files, path);
    if (code != EXIT_DONE)
        return code;
    struct file declaration = files->files[files->count - 1];
    memmove(files->files + 1, files->files, sizeof declaration * (size_t)(files->count - 1));
    free(declaration.name);
    declaration.name = memory_string(DECLARATION_NAME);
    files->files[0] = declaration;
    return EXIT_DONE;
}

static bool has_declaration(const struct file_list *files)
{
    for (int i = 0; i < files->count; i++)
        if (strcmp(files->files[i].name, DECLARATION_NAME) == 0)
            return true;
    return false;
}

static int find_declaration(struct cli *cli, struct file_list *files)
{
    char path[4096];
    struct stat first = { 0 }, status;
    const char *given = cli_option(cli, "declaration");
    bool found = false;
    int code = EXIT_DONE;
    if (given != NULL)
        return add_declaration(cli, files, given);
    for (int i = 0; code == EXIT_DONE && i < cli->argc && (found || !has_declaration(files)); i++) {
        snprintf(path, sizeof path, "%s/../" DECLARATION_NAME, cli->argv[i]);
        if (!is_folder(cli->argv[i]) || stat(path, &status) < 0 || (found && status.st_dev == first.st_dev && status.st_ino == first.st_ino))
            continue;
        if (found) {
            fprintf(stderr, "rowhouse migrate: each of these folders has a declaration of its own beside it\n");
            fprintf(stderr, "  hint: name the one that counts: --declaration FILE\n");
            return EXIT_FAILED;
        }
        found = true;
        first = status;
        code = add_declaration(cli, files, path);
    }
    return code;
}

static int pack(struct cli *cli, const struct file_list *files, struct rh_packed *migrations)
{
    size_t size = 0;
    int packed = RH_OK;
    for (int i = 0; i < files->count; i++) {
        packed |= rh_packed_add(migrations, "{s:s s:S}", "name", files->files[i].name, "text", (const char *)files->files[i].text.data,
                                files->files[i].text.size);
        size += files->files[i].text.size + strlen(files->files[i].name) + 32;
    }
    if (size + KIB(1) <= REQUEST_SIZE_MAX)
        return packed == RH_OK ? EXIT_DONE : EXIT_FAILED;
    fprintf(stderr, "rowhouse migrate: these files have %zu bytes together, more than one request may: %zu\n", size, REQUEST_SIZE_MAX);
    fprintf(stderr, "  hint: name fewer of them at a time, or start rowhoused with --migrations\n");
    return EXIT_FAILED;
}

static int print_reply(struct cli *cli, struct rh_cell result, bool plan, bool folder)
{
    bool refused = plan && rh_count(rh_member(result, "refusals")) > 0;
    if (cli_option(cli, "json") != NULL) {
        print_result(cli, result);
        return refused ? EXIT_FAILED : EXIT_DONE;
    }
    int code = EXIT_DONE;
    if (plan)
        code = print_plan(result);
    else
        print_migrations(rh_member(result, "migrations"), false, true);
    if (folder)
        print_missing(rh_member(result, "missing"));
    return code;
}

static int run(struct cli *cli)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *migrations = rh_packed_new('[');
    struct file_list files = { 0 };
    bool plan = cli_option(cli, "plan") != NULL, folder = false;
    int code = EXIT_DONE;
    for (int i = 0; code == EXIT_DONE && i < cli->argc; i++) {
        folder = folder || is_folder(cli->argv[i]);
        code = files_add(cli, &files, cli->argv[i]);
    }
    if (code == EXIT_DONE)
        code = find_declaration(cli, &files);
    if (code == EXIT_DONE)
        code = pack(cli, &files, migrations);
    if (code == EXIT_DONE)
        code = cli_connect(cli);
    if (code == EXIT_DONE)
        code = cli_outcome(cli, rh_request(cli->db, &reply, "migrate", "[o {s:b s:b}]", migrations, "plan", plan, "out_of_order",
                                           cli_option(cli, "out-of-order") != NULL));
    if (code == EXIT_DONE)
        code = print_reply(cli, rh_result(reply), plan, folder);
    files_done(&files);
    rh_packed_free(migrations);
    rh_reply_free(reply);
    return code;
}

const struct command migrate_command = {
    .name = "migrate", .arguments = "FILE|FOLDER...", .summary = "applies migrations, or says what they would do", .arguments_min = 1,
    .arguments_max = -1,
    .description = "Applies PostgreSQL DDL files in the order given (a folder's *.sql by name), each in one transaction, each once: what was applied\n"
                   "before is skipped, and refused when it was edited since. A new file that comes, by name, before one of these that is applied\n"
                   "already is refused: it was written for another schema. The declaration beside a folder, ../rowhouse.sql, comes along, as when\n"
                   "the server starts.\n\n"
                   "    rowhouse migrate --plan schema/migrations\n\n"
                   "--plan lists everything that is refused, in all files, each with the later statements that fail because of it alone. Its exit\n"
                   "code is 1 when there is anything. Rows are not asked: what only they can refuse does not show.",
    .options = { { "plan", NULL, "change nothing; print what each file would do, what it would rewrite, and everything that is refused" },
                 { "declaration", "FILE", "what tables mean, as SQL; default rowhouse.sql beside a folder of migrations" },
                 { "out-of-order", NULL, "apply also a new file that comes, by name, before one that is applied" }, { NULL, NULL, NULL } },
    .run = run,
};
