/* CREATE FUNCTION and CREATE TRIGGER.
 *
 * A trigger's function is taken when its body sets columns to the transaction's instant and does nothing else (body.c), under any
 * name; then the triggers that call it are honoured (touch.c). What the server provides natively may be declared (declare.c), so
 * that one set of files serves PostgreSQL and Rowhouse. Any other function is refused by name, because nothing would run it. */
#include "catalog/fold.h"

#include "sql/lex.h"

static const char *name_of(struct fold *f, PgQuery__Node *const *name, size_t count)
{
    const char *last = count > 0 && node_string(name[count - 1]) != NULL ? node_string(name[count - 1]) : "";
    const char *schema = count > 1 ? node_string(name[count - 2]) : NULL;
    bool public = schema == NULL || same(schema, "public");
    return public ? arena_string(f->arena, slice_of_string(last)) : arena_printf(f->arena, "%s.%s", schema, last);
}

bool fold_function_known(struct fold *f, PgQuery__Node *const *name, size_t count, const char **ret)
{
    *ret = name_of(f, name, count);
    return declare_is_native(*ret) || note_find(f->draft, NOTE_FUNCTION, *ret, NULL) != NULL;
}

/* --- Functions --- */

struct definition {
    const char *language, *body;    /* the tokens; NULL: none that is a text */
    const char *refused;            /* an option that means something else */
};

static int read_option(struct fold *f, const PgQuery__DefElem *option, struct definition *ret)
{
    static const char *const harmless[] = { "volatility", "security", "leakproof", "parallel", "cost", "rows" };
    const PgQuery__Node *arg = option->arg;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (same(option->defname, harmless[i]))
            return 0;
    if (same(option->defname, "set") && arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_VARIABLE_SET_STMT &&
        same(arg->variable_set_stmt->name, "search_path"))
        return 0;
    if (same(option->defname, "language") && arg != NULL && node_string(arg) != NULL) {
        ret->language = node_string(arg);
        return 0;
    }
    bool text = same(option->defname, "as") && arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_LIST && arg->list->n_items == 1;
    const char *body = text ? node_string(arg->list->items[0]) : NULL;
    if (body != NULL)
        return lex_tokens(slice_of_string(body), f->arena, &ret->body, f->error);
    ret->refused = option->defname;
    return 0;
}

static int read_definition(struct fold *f, const PgQuery__CreateFunctionStmt *stmt, struct definition *ret)
{
    *ret = (struct definition){ .language = "sql" };
    for (size_t i = 0; i < stmt->n_options; i++)
        if (stmt->options[i]->node_case == PG_QUERY__NODE__NODE_DEF_ELEM && read_option(f, stmt->options[i]->def_elem, ret) < 0)
            return -1;
    return 0;
}

static bool returns_trigger(const PgQuery__CreateFunctionStmt *stmt)
{
    const PgQuery__TypeName *type = stmt->return_type;
    const char *name = type != NULL && type->n_names > 0 ? node_string(type->names[type->n_names - 1]) : NULL;
    return name != NULL && same(name, "trigger") && stmt->n_parameters == 0;
}

static int refuse_function(struct fold *f, const char *name, bool of_trigger)
{
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "function %s is not one that Rowhouse provides", name);
    if (of_trigger)
        return fail_hint(f->error, "A trigger's function may set columns to now: BEGIN NEW.column = now(); RETURN NEW; END");
    return fail_hint(f->error, "Functions are native, see docs/functions.md; move other logic into the application.");
}

static const char *set_columns_list(struct arena *arena, const struct set_columns *sets)
{
    struct buf out = { 0 };
    for (int i = 0; i < sets->count; i++)
        buf_printf(&out, "%s%s", i > 0 ? ", " : "", sets->names[i]);
    const char *list = arena_string(arena, buf_slice(&out));
    buf_done(&out);
    return list;
}

/* One of the three: a trigger's, a native one as it is declared, or one of auth. */
static int keep_function(struct fold *f, const PgQuery__CreateFunctionStmt *stmt, const char *name, const struct set_columns *sets,
                         const struct declaration *declaration)
{
    if (stmt->replace)
        note_forget(f->draft, NOTE_FUNCTION, name, NULL);
    if (note_find(f->draft, NOTE_FUNCTION, name, NULL) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_FUNCTION, "function \"%s\" already exists with same argument types", name);
    rights_of_function(f, name, true);
    note_add(f, NOTE_FUNCTION, name, NULL);
    struct note *note = note_find(f->draft, NOTE_FUNCTION, name, NULL);
    note->sets = *sets;
    note->declaration = declaration;
    if (sets->count > 0)
        fold_note(f, "function %s sets %s, for triggers", name, set_columns_list(f->arena, sets));
    else
        fold_note(f, "function %s is provided natively", name);
    return 0;
}

static int create_native(struct fold *f, const PgQuery__CreateFunctionStmt *stmt, const char *name, const struct definition *definition, bool plain)
{
    const struct declaration *declaration = NULL;
    bool of_auth = strncmp(name, "auth.", 5) == 0;
    bool recognised = plain && (of_auth ? same(definition->language, "sql") && body_is_provided(name, definition->body)
                                        : same(definition->language, "plpgsql") && body_is_native(definition->body));
    if (!recognised) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "function %s is native, and what its body says is not run", name);
        if (of_auth)
            return fail_hint(f->error, "leave it out, or take it from schema/migrations");
        return fail_hint(f->error, "declare the native one with the body $$ BEGIN RAISE EXCEPTION 'native to Rowhouse'; END $$, or give yours another name");
    }
    if (!of_auth && declare_native(f, stmt, name, &declaration) < 0)
        return -1;
    return keep_function(f, stmt, name, &(struct set_columns){ 0 }, declaration);
}

int fold_create_function(struct fold *f, const PgQuery__CreateFunctionStmt *stmt)
{
    const char *name = name_of(f, stmt->funcname, stmt->n_funcname);
    struct definition definition;
    struct set_columns sets;
    bool of_trigger = returns_trigger(stmt);
    if (read_definition(f, stmt, &definition) < 0)
        return -1;
    bool plain = definition.body != NULL && definition.refused == NULL && stmt->sql_body == NULL;
    if (of_trigger && plain && same(definition.language, "plpgsql") && body_sets_now(definition.body, f->arena, &sets))
        return keep_function(f, stmt, name, &sets, NULL);
    if (declare_is_native(name) && !of_trigger)
        return create_native(f, stmt, name, &definition, plain);
    return refuse_function(f, name, of_trigger);
}

/* --- Triggers --- */

#define TRIGGER_BEFORE 2
#define TRIGGER_INSERT 4
#define TRIGGER_UPDATE 16

static int refuse_trigger(struct fold *f, const PgQuery__CreateTrigStmt *stmt, const char *what)
{
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "trigger \"%s\" is not supported: %s", stmt->trigname, what);
    return fail_hint(f->error, "BEFORE INSERT OR UPDATE ... FOR EACH ROW triggers may set columns to now(), by a function that does only that; BEFORE UPDATE ones by moddatetime(column), too.");
}

static int check_trigger(struct fold *f, const PgQuery__CreateTrigStmt *stmt)
{
    if (stmt->timing != TRIGGER_BEFORE || (stmt->events & ~(TRIGGER_INSERT | TRIGGER_UPDATE)) != 0)
        return refuse_trigger(f, stmt, "it is not BEFORE INSERT or UPDATE");
    if (!stmt->row)
        return refuse_trigger(f, stmt, "it is not FOR EACH ROW");
    if (stmt->when_clause != NULL || stmt->n_columns > 0)
        return refuse_trigger(f, stmt, stmt->when_clause != NULL ? "it has a WHEN" : "it is of some columns");
    if (stmt->isconstraint || stmt->n_transition_rels > 0)
        return refuse_trigger(f, stmt, stmt->isconstraint ? "it is a constraint" : "it has transition tables");
    return 0;
}

/* moddatetime is the extension's, so it is there with it; its argument names the column. */
static int find_callee(struct fold *f, const PgQuery__CreateTrigStmt *stmt, const char **ret_function, struct set_columns *ret_sets)
{
    const char *name = name_of(f, stmt->funcname, stmt->n_funcname), *bare = strncmp(name, "extensions.", 11) == 0 ? name + 11 : name;
    const struct note *function = note_find(f->draft, NOTE_FUNCTION, name, NULL);
    *ret_function = name;
    *ret_sets = (struct set_columns){ 0 };
    if (function == NULL && same(bare, "moddatetime") && note_find(f->draft, NOTE_EXTENSION, "moddatetime", NULL) != NULL) {
        if (stmt->n_args != 1 || node_string(stmt->args[0]) == NULL)
            return refuse_trigger(f, stmt, "moddatetime wants one column");
        if (stmt->events != TRIGGER_UPDATE)
            return refuse_trigger(f, stmt, "moddatetime is of updates alone");
        *ret_function = "moddatetime";
        *FOLD_APPEND(f->arena, ret_sets->names, ret_sets->count) = arena_string(f->arena, slice_of_string(node_string(stmt->args[0])));
        return 0;
    }
    if (function == NULL)
        return fail(f->error, SQLSTATE_UNDEFINED_FUNCTION, "function %s() does not exist", name);
    if (function->sets.count == 0 || stmt->n_args > 0)
        return refuse_trigger(f, stmt, function->sets.count == 0 ? "its function is none of a trigger" : "its function has arguments");
    return 0;
}

int fold_create_trigger(struct fold *f, const PgQuery__CreateTrigStmt *stmt)
{
    struct table *table;
    struct set_columns sets;
    const char *function;
    if (fold_table(f, stmt->relation, false, &table) < 0 || check_trigger(f, stmt) < 0 || find_callee(f, stmt, &function, &sets) < 0)
        return -1;
    if (stmt->replace)
        note_forget(f->draft, NOTE_TRIGGER, stmt->trigname, table);
    if (note_find(f->draft, NOTE_TRIGGER, stmt->trigname, table) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "trigger \"%s\" for relation \"%s\" already exists", stmt->trigname, table->name);
    note_add(f, NOTE_TRIGGER, stmt->trigname, table);
    struct note *note = note_find(f->draft, NOTE_TRIGGER, stmt->trigname, table);
    note->function = function;
    note->sets = sets;
    note->on_insert = (stmt->events & TRIGGER_INSERT) != 0;
    note->on_update = (stmt->events & TRIGGER_UPDATE) != 0;
    fold_note(f, "trigger %s: every %s of %s sets %s", stmt->trigname, !note->on_insert ? "update" : !note->on_update ? "insert" : "insert and update",
              table->qualified, set_columns_list(f->arena, sets.count > 0 ? &sets : &note_find(f->draft, NOTE_FUNCTION, function, NULL)->sets));
    return 0;
}

/* --- Dropping --- */

int fold_drop_callee(struct fold *f, enum note_kind kind, const char *name, bool missing_ok, bool cascade)
{
    struct draft *draft = f->draft;
    for (int i = draft->note_count - 1; i >= 0; i--) {
        const struct note *note = &draft->notes[i];
        bool calls = note->kind == NOTE_TRIGGER && (note->sets.count > 0) == (kind == NOTE_EXTENSION) && same(note->function, name) && note_alive(draft, note);
        if (!calls)
            continue;
        if (!cascade) {
            fail(f->error, SQLSTATE_DEPENDENT_OBJECTS, "cannot drop %s %s because trigger %s on table %s depends on it",
                 kind == NOTE_EXTENSION ? "extension" : "function", name, note->name, note->table->qualified);
            return fail_hint(f->error, "Use DROP ... CASCADE to drop the dependent objects too.");
        }
        fold_remove(draft->notes, &draft->note_count, i, sizeof *draft->notes);
    }
    return fold_drop_note(f, kind, name, NULL, missing_ok);
}
