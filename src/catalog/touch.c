/* Columns that are set to the transaction's instant by an update or an insert: where a trigger says so, whatever is given; by an update
 * where the column's comment says "@touch", unless a value is given.
 *
 *      COMMENT ON COLUMN contacts.updated_at IS 'When it was last changed @touch';
 *
 * A column's name says nothing. */
#include "catalog/fold.h"

static bool tells_time(const struct column *column)
{
    return !column->type.array && column->generated == NULL && (column->type.id == TYPE_TIMESTAMPTZ || column->type.id == TYPE_TIMESTAMP);
}

/* The columns that a trigger sets: of its function, or the argument of moddatetime. */
static struct set_columns columns_of(const struct draft *draft, const struct note *trigger)
{
    const struct note *function = trigger->sets.count > 0 ? trigger : note_find(draft, NOTE_FUNCTION, trigger->function, NULL);
    struct set_columns none = { 0 };
    return function == NULL ? none : function->sets;
}

static void derive_trigger(const struct note *trigger, const char *name)
{
    struct table *table = own_table(trigger->table);
    int number = table_column(table, slice_of_string(name));
    struct column *column = number < 0 ? NULL : &table->columns[number];
    if (column == NULL || !tells_time(column))
        return;
    if (trigger->on_update)
        column->touch = TOUCH_ALWAYS;
    column->stamped = column->stamped || trigger->on_insert;
    table->touched = table->touched || trigger->on_update;
}

static void derive_triggers(struct draft *draft)
{
    for (int i = 0; i < draft->note_count; i++) {
        const struct note *note = &draft->notes[i];
        if (note->kind != NOTE_TRIGGER || !note_alive(draft, note))
            continue;
        struct set_columns sets = columns_of(draft, note);
        for (int c = 0; c < sets.count; c++)
            derive_trigger(note, sets.names[c]);
    }
}

void touch_derive(struct draft *draft)
{
    for (int t = 0; t < draft->catalog.table_count; t++) {
        struct table *table = draft->catalog.tables[t];
        table->touched = false;
        for (int i = 0; i < table->column_count; i++) {
            struct column *column = &table->columns[i];
            bool marked = !column->dropped && tells_time(column) && comment_says(column->comment, "@touch");
            column->touch = marked ? TOUCH_UNLESS_GIVEN : TOUCH_NEVER;
            column->stamped = false;
            table->touched = table->touched || marked;
        }
    }
    derive_triggers(draft);
}

static int judge_marks(struct fold *f, const struct table *table)
{
    for (int i = 0; i < table->column_count; i++)
        if (!table->columns[i].dropped && comment_says(table->columns[i].comment, "@touch") && !tells_time(&table->columns[i]))
            return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "column \"%s\" of \"%s\" cannot say @touch: it is no timestamptz or timestamp that can be set",
                        table->columns[i].name, table->qualified);
    return 0;
}

static int judge_column(struct fold *f, const struct note *note, const char *name)
{
    int column = table_column(note->table, slice_of_string(name));
    if (column < 0)
        return fail(f->error, SQLSTATE_UNDEFINED_COLUMN, "trigger \"%s\" sets the column \"%s\", which \"%s\" does not have", note->name, name,
                    note->table->qualified);
    if (!tells_time(&note->table->columns[column]))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "trigger \"%s\" sets the column \"%s\" of \"%s\", which is no timestamptz or timestamp that can be set",
                    note->name, name, note->table->qualified);
    return 0;
}

static int judge_trigger(struct fold *f, const struct note *note)
{
    struct set_columns sets = columns_of(f->draft, note);
    if (sets.count == 0)
        return fail(f->error, SQLSTATE_UNDEFINED_FUNCTION, "trigger \"%s\" calls the function %s, which sets no column", note->name, note->function);
    if (note->on_insert && note->table->chained)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "trigger \"%s\" would change rows of \"%s\", which are chained as they come", note->name,
                    note->table->qualified);
    for (int i = 0; i < sets.count; i++)
        if (judge_column(f, note, sets.names[i]) < 0)
            return -1;
    return 0;
}

int touch_judge(struct fold *f)
{
    const struct draft *draft = f->draft;
    for (int t = 0; t < draft->catalog.table_count; t++)
        if (judge_marks(f, draft->catalog.tables[t]) < 0)
            return -1;
    for (int i = 0; i < draft->note_count; i++)
        if (draft->notes[i].kind == NOTE_TRIGGER && note_alive(draft, &draft->notes[i]) && judge_trigger(f, &draft->notes[i]) < 0)
            return -1;
    return 0;
}
