/* The differential test: the same random operations on Rowhouse and on PostgreSQL 15, under the same schema and policies, by the
 * same callers; the same rows and SQLSTATEs are expected from both.
 *
 *      differential [--seed N] [--operations N] [--server PROGRAM] [--differences N] [--trace] [--sql] [--rights]
 *
 * The seed is printed and decides everything; the same seed repeats the run. `--server -` sets a second PostgreSQL against
 * the first, which must agree with itself: that checks the generator. The whole contents of both are compared at the
 * end. With --sql Rowhouse is given the same statements of SQL as PostgreSQL: SELECTs (selects.c), writes with what only SQL can
 * say of them (decorate.c), and mistakes, whose places must agree as well (mistakes.c); over tables, and over views and sub-selects
 * that give the same rows in other ways (views.c). Tables of policies.sql join those of the schema. With --rights, of either kind, rights
 * change between operations (rights.h), and at least half of the operations must pass for somebody who is not the service role, and
 * touch rows.
 * Run from the repository's root. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "generate.h"
#include "lib/keeper.h"
#include "rights.h"
#include "rules.h"
#include "server.h"
#include "views.h"

#define MIGRATIONS "schema/migrations"
#define POLICIES "tests/differential/policies.sql"
#define ROWS_TO_BEGIN_WITH 3
#define OPERATIONS_A_CHANGE 50          /* of --rights */

/* Rowhouse writes the first two itself, in the same commit as what they tell of; of the others no row is ever changed
 * (catalog/protect.c). */
static const char *const skipped[] = { "superadmin_logs", "security_alerts", "audit_logs", "audit_logs_enhanced", "credit_ledger", "credit_consumption_logs", NULL };

struct run {
    uint64_t seed;
    long operations, differences_max;
    bool trace, sql, rights;
    const char *program;
    struct meta meta;
    struct caller callers[CALLER_COUNT];
    struct generator generator;
    struct backend *judge, *subject;
    struct arena arena;                     /* of one operation */
    long done, differences;
    long passed;                            /* for a role that is not service_role, and rows were read or written */
    int state_count;
    struct { char sqlstate[6]; long count; } states[64];    /* what PostgreSQL answered, and how often */
};

static void count_state(struct run *run, const char *sqlstate)
{
    int i = 0;
    while (i < run->state_count && strcmp(run->states[i].sqlstate, sqlstate) != 0)
        i++;
    if (i == run->state_count && i < 64)
        snprintf(run->states[run->state_count++].sqlstate, sizeof run->states[i].sqlstate, "%s", sqlstate);
    if (i < run->state_count)
        run->states[i].count++;
}

static void report(struct run *run, const struct operation *op, const struct outcome *right, const struct outcome *wrong)
{
    struct buf out = { 0 };
    buf_printf(&out, "\ndifference %ld, operation %ld of seed %llu, table %s\n", run->differences, run->done,
               (unsigned long long)run->seed, op->table->name);
    operation_print(op, &out);
    buf_printf(&out, "%s: ", run->judge->name);
    outcome_print(right, &out);
    buf_printf(&out, "%s: ", run->subject->name);
    outcome_print(wrong, &out);
    fputs(buf_text(&out), stdout);
    fflush(stdout);
    buf_done(&out);
}

/* The condition of DO UPDATE is asked of rows that the caller may see, and of no others (docs/sql.md); PostgreSQL asks it first. Either way
 * nothing is written. */
static bool is_concealed(const struct operation *op, const struct outcome *right, const struct outcome *other)
{
    return op->kind == OPERATION_UPSERT && op->condition != NULL && strcmp(other->sqlstate, "42501") == 0 &&
           strstr(other->message, "(USING expression)") != NULL && (strcmp(right->sqlstate, "00000") != 0 || right->count == 0);
}

/* A row whose parent says whose it is cannot lie anywhere without one, so it is refused at once (docs/sql.md); PostgreSQL asks references at the
 * statement's end, and a later row may break something else before. Either way nothing is written. */
static bool is_homeless(const struct operation *op, const struct outcome *right, const struct outcome *other)
{
    bool inserts = op->kind == OPERATION_INSERT || op->kind == OPERATION_UPSERT;
    return inserts && op->row_count > 1 && op->table->house == HOUSE_PARENT && strcmp(other->sqlstate, "23503") == 0 &&
           strncmp(right->sqlstate, "23", 2) == 0;
}

/* Of a schema without USAGE PostgreSQL finds no table; Rowhouse looks all names up first, and may find something else to say of the statement. */
static bool is_closed(const struct run *run, const struct outcome *right, const struct outcome *other)
{
    return run->rights && strcmp(right->sqlstate, "42P01") == 0 && strncmp(other->sqlstate, "42", 2) == 0
        && strcmp(other->sqlstate, "42501") != 0;
}

/* Runs one operation on both and compares. */
static void try(struct run *run, const struct operation *op)
{
    struct outcome right, wrong;
    run->done++;
    run->judge->run(run->judge, op, &run->arena, &right);
    run->subject->run(run->subject, op, &run->arena, &wrong);
    if (run->rights && strcmp(right.sqlstate, "42P01") == 0)
        right.line = right.column = 0;      /* of a schema without USAGE, which is decided when names were looked up */
    count_state(run, right.sqlstate);
    run->passed += strcmp(op->caller->role, "service_role") != 0 && strcmp(right.sqlstate, "00000") == 0
                && (right.count > 0 || right.row_count > 0);
    if (run->trace) {
        struct buf out = { 0 };
        operation_print(op, &out);
        printf("%ld %s: %s\n", run->done, right.sqlstate, buf_text(&out));
        buf_done(&out);
    }
    if (!outcome_equal(&right, &wrong) && !is_concealed(op, &right, &wrong) && !is_homeless(op, &right, &wrong) && !is_closed(run, &right, &wrong)) {
        run->differences++;
        report(run, op, &right, &wrong);
    }
}

static bool goes_on(const struct run *run)
{
    return run->differences < run->differences_max;
}

/* The tenants, and a few rows in every table and house, so that foreign keys have something to hit. */
static void begin(struct run *run)
{
    static const char *const houses[] = { ORGANIZATION_A, ORGANIZATION_B, NULL };
    struct arena arena;
    int count;
    arena_init(&arena, SIZE_MAX);
    const struct operation *world = world_operations(&run->meta, run->callers, &arena, &count);
    for (int i = 0; i < count && goes_on(run); i++)
        try(run, &world[i]);
    arena_done(&arena);
    for (int round = 0; round < ROWS_TO_BEGIN_WITH; round++)
        for (int table = 0; table < run->meta.count && goes_on(run); table++)
            for (int house = 0; house < (run->meta.tables[table].house == HOUSE_NONE ? 1 : 3) && goes_on(run); house++) {
                struct operation op;
                arena_reset(&run->arena);
                generate_row(&run->generator, &run->meta.tables[table], houses[house], &op);
                try(run, &op);
            }
}

static void compare_everything(struct run *run)
{
    for (int table = 0; table < run->meta.count && goes_on(run); table++) {
        struct operation op;
        arena_reset(&run->arena);
        generate_whole_table(&run->generator, &run->meta.tables[table], &op);
        op.page = run->sql ? 0 : op.page;
        try(run, &op);
    }
}

static void random_operations(struct run *run, struct server *server)
{
    for (long i = 0; i < run->operations && goes_on(run); i++) {
        struct operation op;
        arena_reset(&run->arena);
        if (run->rights && i % OPERATIONS_A_CHANGE == 0)
            rights_change(&run->generator, server, run->trace);
        if (run->rights)
            generate_sound(&run->generator, run->sql, &op);
        else if (run->sql)
            generate_statement(&run->generator, &op);
        else
            generate(&run->generator, &op);
        try(run, &op);
    }
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL || getdelim(&text, &size, '\0', file) <= 0)
        die("cannot read", path);
    fclose(file);
    return text;
}

static void read_options(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        { "seed", required_argument, NULL, 's' }, { "operations", required_argument, NULL, 'n' },
        { "server", required_argument, NULL, 'p' }, { "differences", required_argument, NULL, 'd' },
        { "trace", no_argument, NULL, 't' }, { "sql", no_argument, NULL, 'q' },
        { "rights", no_argument, NULL, 'r' }, { 0 },
    };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        switch (option) {
        case 's': run->seed = strtoull(optarg, NULL, 10); break;
        case 'n': run->operations = atol(optarg); break;
        case 'p': run->program = optarg; break;
        case 'd': run->differences_max = atol(optarg); break;
        case 't': run->trace = true; break;
        case 'q': run->sql = true; break;
        case 'r': run->rights = true; break;
        default: exit(2);
        }
    }
    if (run->program == NULL) {
        fprintf(stderr, "which server? --server build/release/rowhoused\n");
        exit(2);
    }
}

static void create_views(struct run *run, struct server *server)
{
    char *text = views_text(&run->meta);
    server_migrate(server, "29991231000001_views.sql", text, run->generator.db);
    free(text);
}

int main(int argc, char **argv)
{
    struct run run = { .seed = (uint64_t)time(NULL), .operations = 10000, .differences_max = 1 };
    read_options(&run, argc, argv);
    printf("seed %llu\n", (unsigned long long)run.seed);
    fflush(stdout);

    struct pg *pg = pg_start();
    if (!pg_run_directory(pg, MIGRATIONS, 0))
        die("cannot load into PostgreSQL", MIGRATIONS);
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    arena_init(&run.arena, SIZE_MAX);
    world_callers(run.callers);
    run.generator = (struct generator){ .random = { run.seed }, .callers = run.callers, .db = pg_connect(pg), .meta = &run.meta,
                                        .arena = &run.arena, .next_id = 1 };
    struct server *server = server_start(run.program, MIGRATIONS);
    server_migrate(server, "29991231000000_tables.sql", world_tables, run.generator.db);
    char *policies = read_file(POLICIES);
    server_migrate(server, "29991231000000_zz_policies.sql", policies, run.generator.db);
    meta_load(run.generator.db, skipped, &arena, &run.meta);
    rules_begin(run.generator.db, &run.meta);
    PGconn *second = server_postgres(server);
    if (second != NULL)
        rules_begin(second, &run.meta);
    PQfinish(second);
    run.judge = postgres_open(pg, !run.sql);
    run.subject = server_backend(server, run.sql);
    if (run.sql)
        create_views(&run, server);

    begin(&run);
    if (run.rights)
        rights_begin(&run.generator, run.sql, policies);
    run.generator.sound = run.rights;
    run.passed = 0;
    random_operations(&run, server);
    bool touched = !run.rights || 2 * run.passed >= run.operations;
    compare_everything(&run);
    printf("seed %llu: %ld operations, %ld differences; by SQLSTATE:", (unsigned long long)run.seed, run.done, run.differences);
    for (int i = 0; i < run.state_count; i++)
        printf(" %s %ld", run.states[i].sqlstate, run.states[i].count);
    putchar('\n');
    if (run.rights)
        printf("%ld of %ld passed for others than the service role and touched rows%s\n", run.passed, run.operations, touched ? "" : ": too few");

    run.judge->close(run.judge);
    run.subject->close(run.subject);
    PQfinish(run.generator.db);
    server_stop(server);
    pg_stop(pg);
    free(policies);
    arena_done(&run.arena);
    arena_done(&arena);
    return run.differences == 0 && touched ? EXIT_SUCCESS : EXIT_FAILURE;
}
