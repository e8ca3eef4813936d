/* Types of columns out of parse trees, and the enumerations that migrations create. */
#include "catalog/fold.h"

struct enum_type *enum_find(const struct draft *draft, struct slice name)
{
    for (int i = 0; i < draft->enum_count; i++)
        if (slice_is(name, draft->enums[i]->name))
            return draft->enums[i];
    return NULL;
}

static enum serial serial_of(const char *name)
{
    static const struct { const char *name; enum serial serial; } serials[] = {
        { "serial", SERIAL_4 }, { "serial4", SERIAL_4 }, { "bigserial", SERIAL_8 },
        { "serial8", SERIAL_8 }, { "smallserial", SERIAL_2 }, { "serial2", SERIAL_2 },
    };
    for (size_t i = 0; i < sizeof serials / sizeof *serials; i++)
        if (same(serials[i].name, name))
            return serials[i].serial;
    return SERIAL_NONE;
}

/* PostgreSQL's types that Rowhouse has not: the error then says so, and what to use. */
static const char *instead_of(const char *name)
{
    static const char *const list[][2] = {
        { "bpchar", "text or varchar" }, { "char", "text or varchar" }, { "name", "text" }, { "citext", "text" },
        { "money", "numeric" }, { "time", "interval or text" }, { "timetz", "timestamptz" }, { "cidr", "inet" },
        { "macaddr", "text" }, { "macaddr8", "text" }, { "bit", "bytea" }, { "varbit", "bytea" }, { "xml", "text" },
        { "point", "jsonb" }, { "line", "jsonb" }, { "box", "jsonb" }, { "path", "jsonb" }, { "polygon", "jsonb" },
        { "circle", "jsonb" }, { "lseg", "jsonb" }, { "hstore", "jsonb" }, { "tsvector", "text" }, { "tsquery", "text" },
        { "vector", "jsonb" }, { "oid", "bigint" }, { "regclass", "text" }, { "int4range", "two columns" },
        { "int8range", "two columns" }, { "numrange", "two columns" }, { "tsrange", "two columns" },
        { "tstzrange", "two columns" }, { "daterange", "two columns" },
    };
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (same(list[i][0], name))
            return list[i][1];
    return NULL;
}

int fold_type(struct fold *f, const PgQuery__TypeName *name, struct type *ret, enum serial *ret_serial)
{
    static const enum type_id ids[] = { [SERIAL_2] = TYPE_INT2, [SERIAL_4] = TYPE_INT4, [SERIAL_8] = TYPE_INT8 };
    const char *last = name != NULL && name->n_names > 0 ? node_string(name->names[name->n_names - 1]) : NULL;
    struct scope scope;
    if (last == NULL)
        return fail(f->error, SQLSTATE_SYNTAX_ERROR, "a column has no type");
    *ret_serial = name->n_names == 1 ? serial_of(last) : SERIAL_NONE;
    if (*ret_serial != SERIAL_NONE && name->n_array_bounds > 0)
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "array of serial is not implemented");
    if (*ret_serial != SERIAL_NONE) {
        *ret = type_of(ids[*ret_serial]);
        return 0;
    }
    fold_scope(f, NULL, &scope);
    if (type_from_node(name, &scope, ret, f->error) == 0)
        return 0;
    if (instead_of(last) == NULL || name->n_names > 2)
        return -1;
    fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "type \"%s\" is not supported", last);
    return fail_hint(f->error, "Use %s.", instead_of(last));
}

int fold_collation(struct fold *f, PgQuery__Node *const *name, size_t count, struct type *type)
{
    if (!type_is_collatable(*type))
        return fail(f->error, SQLSTATE_DATATYPE_MISMATCH, "collations are not supported by type %s", type_name(*type, f->arena));
    return collation_from_node(f->draft->catalog.collations, name, count, &type->collation, f->error);
}

int fold_column_type(struct fold *f, const PgQuery__ColumnDef *def, struct type *ret, enum serial *ret_serial)
{
    if (fold_type(f, def->type_name, ret, ret_serial) < 0)
        return -1;
    return def->coll_clause == NULL ? 0 : fold_collation(f, def->coll_clause->collname, def->coll_clause->n_collname, ret);
}

/* --- CREATE TYPE ... AS ENUM --- */

static int enum_name(struct fold *f, PgQuery__Node *const *parts, size_t count, const char **ret)
{
    const char *schema = count == 2 ? node_string(parts[0]) : "public";
    *ret = count > 0 ? node_string(parts[count - 1]) : NULL;
    if (*ret == NULL || count > 2 || schema == NULL || !same(schema, "public"))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "enum types live in schema \"public\" only");
    return 0;
}

static bool has_label(const struct enum_type *type, const char *label)
{
    for (int i = 0; i < type->count; i++)
        if (same(type->labels[i], label))
            return true;
    return false;
}

static int add_label(struct fold *f, struct enum_type *type, const char *label)
{
    if (label == NULL || strlen(label) > NAME_MAX_BYTES)
        return fail(f->error, SQLSTATE_INVALID_PARAMETER_VALUE, "an enum label has 1 to %d bytes", NAME_MAX_BYTES);
    if (has_label(type, label))
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "enum label \"%s\" is there already", label);
    const char **labels = (const char **)type->labels;
    *FOLD_APPEND(f->arena, labels, type->count) = arena_string(f->arena, slice_of_string(label));
    type->labels = labels;
    return 0;
}

int fold_create_enum(struct fold *f, const PgQuery__CreateEnumStmt *stmt)
{
    const char *name;
    struct type builtin;
    if (enum_name(f, stmt->type_name, stmt->n_type_name, &name) < 0)
        return -1;
    if (enum_find(f->draft, slice_of_string(name)) != NULL || type_by_name(slice_of_string(name), &builtin)
        || name_find(f->draft, "public", slice_of_string(name)) != NULL)
        return fail(f->error, SQLSTATE_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
    struct enum_type *type = ARENA_NEW(f->arena, struct enum_type);
    type->name = arena_string(f->arena, slice_of_string(name));
    for (size_t i = 0; i < stmt->n_vals; i++)
        if (add_label(f, type, node_string(stmt->vals[i])) < 0)
            return -1;
    *FOLD_APPEND(f->arena, f->draft->enums, f->draft->enum_count) = type;
    fold_note(f, "create type %s (%d labels)", name, type->count);
    return 0;
}

/* A label's position is its order in keys, so labels are added at the end only. */
int fold_alter_enum(struct fold *f, const PgQuery__AlterEnumStmt *stmt)
{
    const char *name;
    if (enum_name(f, stmt->type_name, stmt->n_type_name, &name) < 0)
        return -1;
    struct enum_type *type = enum_find(f->draft, slice_of_string(name));
    if (type == NULL)
        return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "type \"%s\" does not exist", name);
    if (given(stmt->old_val))
        return fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "ALTER TYPE ... RENAME VALUE is not supported: rows keep the label");
    if (stmt->skip_if_new_val_exists && has_label(type, stmt->new_val)) {
        fold_note(f, "label \"%s\" of type %s exists, skipped", stmt->new_val, name);
        return 0;
    }
    if (given(stmt->new_val_neighbor)
        && !(stmt->new_val_is_after && type->count > 0 && same(type->labels[type->count - 1], stmt->new_val_neighbor))) {
        fail(f->error, SQLSTATE_FEATURE_NOT_SUPPORTED, "a label can only be added at the end of type \"%s\"", name);
        return fail_hint(f->error, "Leave out BEFORE and AFTER.");
    }
    if (add_label(f, type, stmt->new_val) < 0)
        return -1;
    fold_note(f, "add label \"%s\" to type %s", stmt->new_val, name);
    return 0;
}

int fold_drop_enum(struct fold *f, const char *name, bool missing_ok, bool cascade)
{
    struct enum_type *type = enum_find(f->draft, slice_of_string(name));
    struct catalog *catalog = &f->draft->catalog;
    if (type == NULL) {
        if (!missing_ok)
            return fail(f->error, SQLSTATE_UNDEFINED_OBJECT, "type \"%s\" does not exist", name);
        fold_note(f, "type %s does not exist, skipped", name);
        return 0;
    }
    for (int t = 0; t < catalog->table_count; t++)
        for (int c = 0; c < catalog->tables[t]->column_count; c++) {
            const struct column *column = &catalog->tables[t]->columns[c];
            if (column->dropped || column->type.labels != type)
                continue;
            fail(f->error, SQLSTATE_DEPENDENT_OBJECTS, "cannot drop type %s because column %s of table %s depends on it",
                 name, column->name, catalog->tables[t]->qualified);
            return cascade ? fail_hint(f->error, "Drop the column first.") : -1;
        }
    const struct catalog_view *view = view_of_enum(f->draft, type);
    if (view != NULL)
        return fail(f->error, SQLSTATE_DEPENDENT_OBJECTS, "cannot drop type %s because view %s depends on it", name, view->shape.qualified);
    for (int i = 0; i < f->draft->enum_count; i++)
        if (f->draft->enums[i] == type)
            fold_remove(f->draft->enums, &f->draft->enum_count, i--, sizeof *f->draft->enums);
    fold_note(f, "drop type %s", name);
    return 0;
}
