#include "value/type.h"

#include <strings.h>

/* PostgreSQL's names of each type: first the one that format_type() prints, then the others it reads. */
static const struct { enum type_id id; const char *name; } names[] = {
    { TYPE_UNKNOWN, "unknown" },
    { TYPE_BOOL, "boolean" }, { TYPE_BOOL, "bool" },
    { TYPE_INT2, "smallint" }, { TYPE_INT2, "int2" },
    { TYPE_INT4, "integer" }, { TYPE_INT4, "int4" }, { TYPE_INT4, "int" },
    { TYPE_INT8, "bigint" }, { TYPE_INT8, "int8" },
    { TYPE_FLOAT4, "real" }, { TYPE_FLOAT4, "float4" },
    { TYPE_FLOAT8, "double precision" }, { TYPE_FLOAT8, "float8" }, { TYPE_FLOAT8, "float" },
    { TYPE_NUMERIC, "numeric" }, { TYPE_NUMERIC, "decimal" }, { TYPE_NUMERIC, "dec" },
    { TYPE_TEXT, "text" },
    { TYPE_VARCHAR, "character varying" }, { TYPE_VARCHAR, "varchar" },
    { TYPE_BYTEA, "bytea" },
    { TYPE_UUID, "uuid" },
    { TYPE_TIMESTAMPTZ, "timestamp with time zone" }, { TYPE_TIMESTAMPTZ, "timestamptz" },
    { TYPE_TIMESTAMP, "timestamp without time zone" }, { TYPE_TIMESTAMP, "timestamp" },
    { TYPE_DATE, "date" },
    { TYPE_INTERVAL, "interval" },
    { TYPE_JSONB, "jsonb" },
    { TYPE_JSON, "json" },
    { TYPE_INET, "inet" },
};

int enum_position(const struct enum_type *type, struct slice label)
{
    for (int i = 0; i < type->count; i++)
        if (slice_is(label, type->labels[i]))
            return i;
    return -1;
}

bool type_same(struct type a, struct type b)
{
    if (a.id != b.id || a.array != b.array)
        return false;
    return a.id != TYPE_ENUM || a.labels == b.labels || strcmp(a.labels->name, b.labels->name) == 0;
}

static const char *base_name(struct type type)
{
    if (type.id == TYPE_ENUM)
        return type.labels->name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].id == type.id)
            return names[i].name;
    return "unknown";
}

const char *type_name(struct type type, struct arena *arena)
{
    const char *suffix = type.array ? "[]" : "";
    if (type.id == TYPE_VARCHAR && type.length > 0)
        return arena_printf(arena, "%s(%d)%s", base_name(type), type.length, suffix);
    if (type.id == TYPE_NUMERIC && type.precision > 0)
        return arena_printf(arena, "%s(%d,%d)%s", base_name(type), type.precision, type.scale, suffix);
    if (type.array)
        return arena_printf(arena, "%s%s", base_name(type), suffix);
    return base_name(type);
}

bool type_by_name(struct slice name, struct type *ret)
{
    bool array = false;
    if (name.size > 2 && memcmp(name.data + name.size - 2, "[]", 2) == 0) {
        array = true;
        name.size -= 2;
    } else if (name.size > 1 && name.data[0] == '_') {      /* the catalog's own spelling, "_text" */
        array = true;
        name = slice_of(name.data + 1, name.size - 1);
    }
    for (size_t i = 1; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == name.size && strncasecmp(names[i].name, (const char *)name.data, name.size) == 0) {
            *ret = type_of(names[i].id);
            ret->array = array;
            return true;
        }
    return false;
}
