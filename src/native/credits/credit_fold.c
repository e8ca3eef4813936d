#include "native/credits/credit_fold.h"

#include <stdlib.h>

#include "base/memory.h"
#include "native/rows.h"
#include "native/watch.h"
#include "value/time.h"

#define CREDIT_FOLD_MAX 256             /* rows that are looked at together: more than there are actions, each of which leaves one */

/* The rows of one action that are to become one, and what they add up to. */
struct action {
    struct slice name;
    int first, newest;              /* of `rows` */
    int64_t consumed;
};

struct fold {
    struct request *rq;
    const struct table *table;
    int row_count, action_count;
    struct found rows[CREDIT_FOLD_MAX];         /* oldest first */
    const struct action *action_of[CREDIT_FOLD_MAX];    /* NULL: it was refused */
    struct action actions[CREDIT_FOLD_MAX];
    int64_t deleted;
};

/* The next rows of the walk, as many as fit: 1 there may be more, 0 these are the last, -1. */
static int read_rows(struct fold *f, struct walk *walk, int64_t before_us, int *budget)
{
    int got = 1;
    f->row_count = f->action_count = 0;
    while (f->row_count < CREDIT_FOLD_MAX && *budget > 0) {
        got = recent_next(walk, "created_at", TIME_US_MIN, before_us, &f->rows[f->row_count]);
        if (got != 1)
            return got;
        f->action_of[f->row_count++] = NULL;
        --*budget;
    }
    return *budget > 0;
}

static struct action *find_action(struct fold *f, struct slice name)
{
    for (int i = 0; i < f->action_count; i++)
        if (slice_equal(f->actions[i].name, name))
            return &f->actions[i];
    f->actions[f->action_count] = (struct action){ .name = name, .newest = -1 };
    return &f->actions[f->action_count++];
}

/* A sum that the column does not hold begins anew with the next row. */
static void add_row(struct fold *f, int number)
{
    struct action *action = find_action(f, found_column(f->table, &f->rows[number], "action_type")->bytes);
    int64_t consumed = found_int(f->table, &f->rows[number], "credits_consumed", 0);
    bool fits = action->newest >= 0 && consumed >= 0 && action->consumed >= 0 && action->consumed + consumed <= INT32_MAX;
    action->first = fits ? action->first : number;
    action->consumed = fits ? action->consumed + consumed : consumed;
    action->newest = number;
    f->action_of[number] = action;
}

static int fold_action(struct fold *f, const struct action *action)
{
    struct draft draft;
    int64_t consumed = found_int(f->table, &f->rows[action->newest], "credits_consumed", 0);
    int gone = 0;
    for (int i = action->first; i < action->newest; i++) {
        int went = f->action_of[i] == action ? delete_unheld(f->rq, f->table, &f->rows[i]) : 0;
        if (went < 0)
            return -1;
        gone += went;
        consumed += went ? found_int(f->table, &f->rows[i], "credits_consumed", 0) : 0;
    }
    draft_start(&draft, f->rq, f->table);
    draft_set(&draft, "credits_consumed", value_int(consumed));
    draft_text(&draft, "error_message", CREDIT_FOLDED);
    if (gone > 0 && draft_update(&draft, &f->rows[action->newest], NULL) < 0)
        return -1;
    f->deleted += gone;
    return 0;
}

/* What fails by the rows themselves is left as it was, and stops nobody. */
static int try_action(struct fold *f, const struct action *action)
{
    struct watch ignored = { 0 };
    int mark = changes_mark(f->rq);
    int64_t deleted = f->deleted;
    if (fold_action(f, action) == 0)
        return 0;
    f->deleted = deleted;
    return watch_pass_over(&ignored, f->rq, mark);
}

static int fold_rows(struct fold *f)
{
    for (int i = 0; i < f->row_count; i++) {
        if (found_bool(f->table, &f->rows[i], "success", false)) {
            add_row(f, i);
            continue;
        }
        int gone = delete_unheld(f->rq, f->table, &f->rows[i]);
        if (gone < 0)
            return -1;
        f->deleted += gone;
    }
    for (int i = 0; i < f->action_count; i++)
        if (try_action(f, &f->actions[i]) < 0)
            return -1;
    return 0;
}

int credit_fold(struct request *rq, uint32_t house, int64_t before_us, int *budget, int64_t *deleted)
{
    const struct table *table = rq->view->catalog->references[REFERENCE_CREDIT_CONSUMPTION_LOGS];
    struct walk walk;
    if (table == NULL)
        return 0;
    if (recent_start(&walk, rq, table, house, "created_at", TIME_US_MIN, before_us, false) < 0)
        return -1;
    struct fold *f = memory_alloc(sizeof *f);
    f->rq = rq;
    f->table = table;
    int more;
    do {
        more = read_rows(f, &walk, before_us, budget);
        if (more >= 0 && fold_rows(f) < 0)
            more = -1;
    } while (more == 1);
    *deleted += f->deleted;
    free(f);
    return more < 0 ? -1 : 0;
}
