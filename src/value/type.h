/* The types of columns and expressions: PostgreSQL's, as far as Rowhouse has them.
 *
 * type        stored as msgpack                     value kind      order
 * boolean     bool                                  VALUE_BOOL      false < true
 * smallint, integer, bigint   int                   VALUE_INT       numeric
 * real        float32                               VALUE_FLOAT     PostgreSQL's: NaN equals NaN and is largest
 * double      float64                               VALUE_FLOAT     the same
 * numeric     ext 1, Tarantool's decimal bytes      VALUE_NUMERIC   numeric; 1.50 equals 1.5, and keeps its scale
 * text, varchar, enum   str                         VALUE_TEXT      bytes, or the collation's; enum: declaration order
 * bytea       bin                                   VALUE_BYTES     bytes
 * uuid        ext 2, its 16 bytes                   VALUE_UUID      bytes
 * timestamptz, timestamp   ext -1 (microseconds)    VALUE_TIME      instant; -infinity first, infinity last
 * date        ext -1 at midnight UTC                VALUE_DATE      day
 * interval    array [months, days, microseconds]    VALUE_INTERVAL  PostgreSQL's: 30-day months, 24-hour days
 * jsonb       native msgpack, see value/json.h      VALUE_JSON      PostgreSQL's jsonb order
 * json        str, the text as given                VALUE_TEXT      none (PostgreSQL has none either)
 * inet        str, canonical text                   VALUE_INET      family, network bits, mask length, address
 * T[]         array of the above or nil             VALUE_ARRAY     element by element, then length; one dimension
 * NULL of any type is nil; a jsonb that is JSON's null is ext 3 with a nil inside. */
#ifndef ROWHOUSE_VALUE_TYPE_H
#define ROWHOUSE_VALUE_TYPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

enum type_id {
    TYPE_UNKNOWN,               /* of a literal or parameter before it meets a type; never of a column */
    TYPE_BOOL,
    TYPE_INT2, TYPE_INT4, TYPE_INT8,
    TYPE_FLOAT4, TYPE_FLOAT8,
    TYPE_NUMERIC,
    TYPE_TEXT, TYPE_VARCHAR, TYPE_ENUM,
    TYPE_BYTEA,
    TYPE_UUID,
    TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, TYPE_DATE, TYPE_INTERVAL,
    TYPE_JSONB, TYPE_JSON,
    TYPE_INET,
    TYPE_ID_COUNT
};

/* A CREATE TYPE ... AS ENUM; owned by the catalog, lives as long as it. */
struct enum_type {
    const char *name;
    int count;
    const char *const *labels;  /* in declaration order */
};

struct collation;               /* value/collation.h; owned by the catalog, too */

/* The place of a label, from 0; -1: no such label. */
int enum_position(const struct enum_type *type, struct slice label);

struct type {
    enum type_id id;
    bool array;                 /* an array of `id` */
    int length;                 /* varchar(n): characters at most; 0: no limit */
    int precision, scale;       /* numeric(p, s); precision 0: as given */
    const struct enum_type *labels;     /* TYPE_ENUM only */
    const struct collation *collation;  /* of types that have one (type_is_collatable()); NULL: the default */
};

static inline struct type type_of(enum type_id id) { return (struct type){ .id = id }; }
static inline bool type_is_integer(struct type t) { return !t.array && t.id >= TYPE_INT2 && t.id <= TYPE_INT8; }
static inline bool type_is_number(struct type t) { return !t.array && t.id >= TYPE_INT2 && t.id <= TYPE_NUMERIC; }
static inline bool type_is_text(struct type t) { return !t.array && (t.id == TYPE_TEXT || t.id == TYPE_VARCHAR); }

/* Text and arrays of it. */
static inline bool type_is_collatable(struct type t) { return t.id == TYPE_TEXT || t.id == TYPE_VARCHAR; }
/* The same type with another collation; with none values are compared by bytes, which is enough to tell whether they are equal. */
static inline struct type type_collated(struct type t, const struct collation *collation)
{
    t.collation = collation;
    return t;
}

/* Same type, modifiers (length, precision, scale) and collation aside. */
bool type_same(struct type a, struct type b);

/* PostgreSQL's name as format_type() gives it: "timestamp with time zone", "numeric(10,2)", "uuid[]". */
const char *type_name(struct type type, struct arena *arena);

/* A built-in type by any of PostgreSQL's names for it: "int4", "integer", "timestamptz", "character varying",
 * "text[]". Modifiers are not part of the name. Serial types are the DDL parser's affair. False: no such. */
bool type_by_name(struct slice name, struct type *ret);

#endif
