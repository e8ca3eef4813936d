#include "catalog/plan.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "catalog/fold.h"
#include "catalog/missing.h"
#include "catalog/plan_apart.h"

#define STATEMENT_SHOWN 72

/* A draft as it was at one moment: what a refused statement has half done is gone with it. */
struct saved_draft {
    struct draft draft;
    struct arena_saved arena;
};

struct planner {
    struct missing missing;
    struct saved_draft before_file, before_statement;
    struct error reasons[APART_REASONS_MAX];
};

static void draft_save(const struct draft *draft, struct saved_draft *saved)
{
    saved->draft = *draft;
    arena_save(&draft->arena, &saved->arena);
}

static void draft_restore(struct draft *draft, const struct saved_draft *saved)
{
    for (int i = saved->draft.kept_count; i < draft->kept_count; i++)
        parsed_free(draft->kept[i]);
    arena_restore(&draft->arena, &saved->arena);
    *draft = saved->draft;
}

void plan_init(struct plan *plan, struct catalog *catalog)
{
    *plan = (struct plan){ .catalog = catalog, .planner = memory_alloc(sizeof *plan->planner) };
    arena_init(&plan->arena, SIZE_MAX);
    plan->planner->missing.arena = &plan->arena;
}

void plan_done(struct plan *plan)
{
    arena_saved_done(&plan->planner->before_file.arena);
    arena_saved_done(&plan->planner->before_statement.arena);
    free(plan->planner);
    arena_done(&plan->arena);
    catalog_free(plan->catalog);
}

/* --- One file on its way --- */

struct planning {
    struct plan *plan;
    struct planned_file *file;
    struct draft *draft;
    struct parsed *parsed;
    struct folding folding;
    struct error error;
    uint32_t *relations;            /* the first number that each statement could give, and that of the end */
    const struct error **at_end;    /* what the file's end has against a statement's table */
    int first_refusal, first_missing, refused_before;
};

/* The statement's beginning, on one line. */
static const char *shown(struct arena *arena, struct slice text)
{
    char out[STATEMENT_SHOWN + 4] = "";
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < STATEMENT_SHOWN; i++) {
        bool space = text.data[i] <= ' ';
        if (!space || (size > 0 && out[size - 1] != ' '))
            out[size++] = space ? ' ' : (char)text.data[i];
    }
    while (size > 0 && (text.size > size) && ((uint8_t)out[size - 1] & 0xC0) == 0x80)
        size--;                     /* not in the middle of a character */
    if (size > 0 && text.size > size && ((uint8_t)out[size - 1] & 0xC0) == 0xC0)
        size--;
    return arena_string(arena, slice_of(out, size));
}

static bool is_one_of(struct token token, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (token_is(token, words[i]))
            return true;
    return false;
}

/* What kind of statement it is: "CREATE FUNCTION" of CREATE OR REPLACE FUNCTION, "CREATE MATERIALIZED VIEW". */
static const char *kind_of(struct arena *arena, struct slice text)
{
    static const char *const passed_over[] = { "or", "replace", "unique", "temp", "temporary", "unlogged", "constraint", "recursive" };
    static const char *const goes_on[] = { "create", "alter", "drop", "comment", "grant", "revoke", "set", "materialized", "foreign", "event", "default" };
    char out[64] = "";
    struct token token;
    do {
        token = token_next(&text);
        if (token.kind != TOKEN_WORD || is_one_of(token, passed_over, sizeof passed_over / sizeof *passed_over))
            continue;
        size_t used = strlen(out);
        snprintf(out + used, sizeof out - used, "%s%.*s", used > 0 ? " " : "", SLICE_FMT(token.text));
    } while (token.kind == TOKEN_WORD && (is_one_of(token, passed_over, sizeof passed_over / sizeof *passed_over) ||
                                          is_one_of(token, goes_on, sizeof goes_on / sizeof *goes_on)));
    for (char *c = out; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return arena_string(arena, slice_of_string(out));
}

static void add_refusal(struct plan *plan, const struct refusal *refusal)
{
    *FOLD_APPEND(&plan->arena, plan->refusals, plan->refusal_count) = *refusal;
}

/* Its reasons: those of its own, or else the first one, which another refusal has caused. */
static void set_reasons(struct planning *p, const struct parsed_statement *statement, const struct error *reasons, int count, struct refusal *refusal)
{
    struct error *own = ARENA_ARRAY(&p->plan->arena, struct error, count);
    int own_count = 0, cause = -1;
    for (int i = 0; i < count; i++) {
        int of = statement->node == NULL ? -1 : missing_cause(&p->plan->planner->missing, statement->node, statement->text, &reasons[i]);
        cause = i == 0 ? of : cause;
        if (of < 0)
            own[own_count++] = reasons[i];
    }
    refusal->error = own_count > 0 ? own[0] : reasons[0];
    refusal->cause = own_count > 0 ? -1 : cause;
    refusal->also = own + 1;
    refusal->also_count = own_count > 0 ? own_count - 1 : 0;
}

static void refuse(struct planning *p, const struct parsed_statement *statement, const struct error *reasons, int count)
{
    struct missing *missing = &p->plan->planner->missing;
    struct refusal refusal = {
        .file = p->file->name, .line = statement->line, .kind = kind_of(&p->plan->arena, statement->text), .statement = shown(&p->plan->arena, statement->text),
    };
    set_reasons(p, statement, reasons, count, &refusal);
    int cause = refusal.cause >= 0 ? refusal.cause : p->plan->refusal_count;
    *(refusal.cause >= 0 ? &p->file->pulled_down : &p->file->refused) += 1;
    add_refusal(p->plan, &refusal);
    if (statement->node != NULL)
        missing_add(missing, statement->node, cause);
}

static void add_effects(struct planning *p)
{
    const struct effects *effects = &p->folding.fold.effects;
    for (int i = 0; i < effects->count; i++) {
        const char *text = effects->items[i].text;
        *FOLD_APPEND(&p->plan->arena, p->file->effects, p->file->effect_count)
            = arena_string(&p->plan->arena, slice_of_string(text == NULL ? "" : text));
    }
}

/* A statement that is on trial: what it does to the draft is taken back. */
struct trial {
    struct planning *planning;
    int number;
};

static int try_statement(void *env, struct error *error)
{
    struct trial *trial = env;
    struct planning *p = trial->planning;
    p->folding.fold.error = error;
    int result = folding_statement(&p->folding, trial->number);
    p->folding.fold.error = &p->error;
    draft_restore(p->draft, &p->plan->planner->before_statement);
    return result;
}

static void refuse_for_all(struct planning *p, int number)
{
    const struct parsed_statement *statement = parsed_statement(p->parsed, number);
    struct error *reasons = p->plan->planner->reasons;
    struct trial trial = { p, number };
    struct arena scratch;
    arena_init(&scratch, SIZE_MAX);
    int count = plan_apart(statement->node, try_statement, &trial, &scratch, reasons);
    arena_done(&scratch);
    refuse(p, statement, count > 0 ? reasons : &p->error, count > 0 ? count : 1);
}

static void plan_statement(struct planning *p, int number)
{
    const struct parsed_statement *statement = parsed_statement(p->parsed, number);
    const struct error *known = statement->refused != NULL ? statement->refused : p->at_end[number];
    p->relations[number] = p->draft->relation_next;
    if (known != NULL) {
        refuse(p, statement, known, 1);
        return;
    }
    draft_save(p->draft, &p->plan->planner->before_statement);
    error_clear(&p->error);
    if (folding_statement(&p->folding, number) == 0) {
        add_effects(p);
        return;
    }
    draft_restore(p->draft, &p->plan->planner->before_statement);
    refuse_for_all(p, number);
}

/* --- The file's end --- */

static int creator_of(const struct planning *p, const struct table *table)
{
    for (int i = 0; i < p->file->statements; i++)
        if (table->relation >= p->relations[i] && table->relation < p->relations[i + 1])
            return i;
    return -1;
}

static const struct error *keep(struct planning *p)
{
    struct error *kept = ARENA_NEW(&p->plan->arena, struct error);
    *kept = p->error;
    return kept;
}

/* Tables that the file must not leave as they are: their creation is what is refused. Whether there are any. */
static bool refuse_tables(struct planning *p)
{
    const struct catalog *catalog = &p->draft->catalog;
    bool any = false;
    for (int i = 0; i < catalog->table_count; i++) {
        int creator = fold_judge_table(&p->folding.fold, catalog->tables[i]) < 0 ? creator_of(p, catalog->tables[i]) : -1;
        if (creator >= 0)
            p->at_end[creator] = keep(p);
        any = any || creator >= 0;
    }
    return any;
}

static bool is_told(const struct plan *plan, const struct error *error)
{
    for (int i = 0; i < plan->refusal_count; i++)
        if (same(plan->refusals[i].error.message, error->message))
            return true;
    return false;
}

/* What is against the whole file, told at its last line, and once: it is there for the next file as well. */
static void refuse_rest(struct planning *p)
{
    bool fine = protect_judge(&p->folding.fold) == 0 && secret_judge(&p->folding.fold) == 0;
    if (fine && super_admins_bind(&p->folding.fold) < 0) {
        fine = false;
        p->plan->declaration = keep(p);
    }
    if (fine || is_told(p->plan, &p->error))
        return;
    p->file->refused++;
    add_refusal(p->plan, &(struct refusal){ .file = p->file->name, .line = p->folding.fold.statement->line, .kind = "", .statement = "",
                                            .error = p->error, .cause = -1 });
}

/* Whether all of it was planned; else once more, without the tables that the end refuses. */
static bool attempt(struct planning *p)
{
    p->plan->refusal_count = p->first_refusal;
    p->plan->planner->missing.count = p->first_missing;
    p->file->refused = p->refused_before;
    p->file->pulled_down = p->file->effect_count = 0;
    p->file->effects = NULL;
    p->folding = (struct folding){ 0 };
    folding_begin(&p->folding, p->draft, p->file->name, 0, p->parsed);
    p->folding.fold.error = &p->error;
    if (same(p->file->name, DECLARATION_NAME))
        super_admins_start(p->draft);
    for (int i = 0; i < p->file->statements; i++)
        plan_statement(p, i);
    p->relations[p->file->statements] = p->draft->relation_next;
    folding_settle(&p->folding);
    if (refuse_tables(p)) {
        draft_restore(p->draft, &p->plan->planner->before_file);
        return false;
    }
    add_effects(p);
    refuse_rest(p);
    return true;
}

/* --- Files --- */

static struct planned_file *file_of(struct plan *plan, const char *name)
{
    if (plan->file_count > 0 && same(plan->files[plan->file_count - 1].name, name))
        return &plan->files[plan->file_count - 1];
    struct planned_file *file = FOLD_APPEND(&plan->arena, plan->files, plan->file_count);
    *file = (struct planned_file){ .name = arena_string(&plan->arena, slice_of_string(name)) };
    return file;
}

static void refuse_file(struct plan *plan, struct planned_file *file, int line, const struct error *error)
{
    file->refused++;
    add_refusal(plan, &(struct refusal){ .file = file->name, .line = line, .kind = "", .statement = "", .error = *error, .cause = -1 });
}

void plan_refuse_file(struct plan *plan, const char *name, const struct error *error)
{
    refuse_file(plan, file_of(plan, name), 1, error);
}

void plan_file(struct plan *plan, const char *name, struct slice text)
{
    struct planning p = { .plan = plan, .file = file_of(plan, name), .draft = (struct draft *)plan->catalog,
                          .first_refusal = plan->refusal_count, .first_missing = plan->planner->missing.count };
    if (parse_each(text, MIGRATION_SIZE_MAX, &p.parsed, &p.error) < 0) {
        refuse_file(plan, p.file, parsing_line(&p.error), &p.error);
        return;
    }
    p.refused_before = p.file->refused;
    p.file->statements = parsed_count(p.parsed);
    p.relations = ARENA_ARRAY(&plan->arena, uint32_t, p.file->statements + 1);
    p.at_end = ARENA_ARRAY(&plan->arena, const struct error *, p.file->statements + 1);
    draft_save(p.draft, &plan->planner->before_file);
    while (!attempt(&p))
        continue;
    parsed_free(p.parsed);
}
