/* One value in memory, and its four forms: stored bytes, wire, text, key.
 *
 * A value borrows: text, bytes, numeric, JSON and arrays point into the row, request or arena that they came
 * from and live as long as that does. Which type a value has is not in it: the column or expression knows.
 *
 *  (V1) The stored form is canonical: equal type and identical value <=> identical bytes.
 *  (V2) value_compare() == 0 <=> value_key() gives identical bytes; for keys that are not lossy its sign is memcmp's.
 *  (V3) value_from_text(value_to_text(v)) == v, identical in stored form. */
#ifndef ROWHOUSE_VALUE_VALUE_H
#define ROWHOUSE_VALUE_VALUE_H

#include "base/buf.h"
#include "base/uuid.h"
#include "value/type.h"

enum value_kind {
    VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_FLOAT, VALUE_NUMERIC, VALUE_TEXT, VALUE_BYTES, VALUE_UUID,
    VALUE_TIME, VALUE_DATE, VALUE_INTERVAL, VALUE_JSON, VALUE_INET, VALUE_ARRAY,
    VALUE_SEALED,                   /* a cell of any type that is stored sealed; only the engine opens it (engine/seal_row.h) */
};

#define TIME_INFINITY     INT64_MAX     /* 'infinity' of timestamps, as instants and as a clock's count */
#define TIME_MINUS_INFINITY INT64_MIN
#define DATE_INFINITY     INT32_MAX
#define DATE_MINUS_INFINITY INT32_MIN

struct interval {
    int32_t months, days;
    int64_t us;
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double real;
        int64_t instant;            /* VALUE_TIME: microseconds since 2000-01-01 00:00 UTC (or of the local calendar), as
                                       PostgreSQL counts: its last one, 294276-12-31, does not fit a count from 1970 */
        int32_t date;               /* VALUE_DATE: days since 1970-01-01 */
        struct interval interval;
        struct uuid uuid;
        struct slice bytes;         /* VALUE_TEXT, _BYTES, _INET (text); _NUMERIC: Tarantool's decimal payload;
                                       _JSON: one msgpack object; _ARRAY: one msgpack array of stored elements;
                                       _SEALED: what is inside the ext */
    };
};

/* The kind of a type's values that are not NULL. */
enum value_kind value_kind_of(struct type type);

/* Whether a value borrows bytes, be they none, rather than lie in the struct. */
bool value_borrows(const struct value *value);

/* The bytes that a value borrows; 0 for those that lie in it. */
size_t value_size(const struct value *value);

/* A copy of a value that borrows nothing but from the arena. */
struct value value_keep(const struct value *value, struct arena *arena);

#define VALUE_OF_NULL ((struct value){ .kind = VALUE_NULL })
static inline bool value_is_null(const struct value *v) { return v->kind == VALUE_NULL; }
static inline struct value value_bool(bool b) { return (struct value){ .kind = VALUE_BOOL, .boolean = b }; }
static inline struct value value_int(int64_t i) { return (struct value){ .kind = VALUE_INT, .integer = i }; }
static inline struct value value_float(double f) { return (struct value){ .kind = VALUE_FLOAT, .real = f }; }
static inline struct value value_text(struct slice t) { return (struct value){ .kind = VALUE_TEXT, .bytes = t }; }
static inline struct value value_uuid(struct uuid u) { return (struct value){ .kind = VALUE_UUID, .uuid = u }; }
static inline struct value value_instant(int64_t instant) { return (struct value){ .kind = VALUE_TIME, .instant = instant }; }
static inline struct value value_json(struct slice m) { return (struct value){ .kind = VALUE_JSON, .bytes = m }; }

/* A clock counts from 1970. Its extremes are the infinities, both ways; what lies beyond a count from 1970 is cut to them. */
#define INSTANT_OF_1970 (-946684800000000ll)
int64_t instant_from_unix(int64_t unix_us);
int64_t instant_to_unix(int64_t instant);
static inline struct value value_time(int64_t unix_us) { return value_instant(instant_from_unix(unix_us)); }
static inline int64_t value_unix_us(const struct value *time) { return instant_to_unix(time->instant); }

/* --- Stored form --- */

/* Appends the stored form. `value` has the kind of `type`, or is NULL or sealed (asserted). */
void value_store(struct type type, const struct value *value, struct buf *out);

/* Reads the stored form of one value from the front of `bytes` and moves past it. The bytes were checked
 * before (a checksum, or value_from_wire); a mismatch returns -1 and means corruption. */
int value_load(struct type type, struct slice *bytes, struct value *ret);

/* --- Wire: lenient input --- */

/* One msgpack object at the front of `bytes` (already validated by mp_check) as a value of `type`, moves past it.
 * Accepts the stored form, and: integers, floats and decimals for any number type when exact (22003 out of range, or with
 * a fraction for an integer; a real takes the nearest of a double, a numeric a float's shortest digits);
 * str for any type but jsonb, parsed as PostgreSQL's text input does (22P02, 22007, 22008); uuid also as 16-byte bin;
 * times also as ext -1 of any size, nanoseconds rounded to microseconds as those of a text are; int for bool: no;
 * any msgpack for jsonb (maps with string keys; binary and unknown ext are refused), normalised as PostgreSQL does:
 * a str for jsonb is a JSON string, not JSON text; bin for text: no. Text must be UTF-8 without NUL (22021).
 * Any other kind is 42804, a malformed extension 22P03, an array or JSON over VALUE_SIZE_MAX 54000.
 * varchar(n), numeric(p,s) and enum labels are enforced (22001, 22003, 22P02). New bytes come from `arena`. */
int value_from_wire(struct type type, struct slice *bytes, struct arena *arena, struct value *ret, struct error *error);

/* --- Text: PostgreSQL's input and output functions, ISO dates, UTC, hex bytea --- */

int value_from_text(struct type type, struct slice text, struct arena *arena, struct value *ret, struct error *error);

/* Appends what PostgreSQL prints for a non-NULL value with TimeZone = UTC, extra_float_digits = 1. */
void value_to_text(struct type type, const struct value *value, struct buf *out);

/* --- Order and keys --- */

/* Order of two non-NULL values of one type: -1, 0, 1. */
int value_compare(struct type type, const struct value *a, const struct value *b);
/* Whether two values of one type are stored as the same bytes; NULL is NULL. */
bool value_identical(const struct value *a, const struct value *b);

struct key_order {
    bool desc;                  /* larger values first */
    bool nulls_first;           /* PostgreSQL's default is: desc */
};

#define KEY_HASH_SIZE 16        /* a lossy key form ends in a hash of so many bytes: for bounds of ranges, cut it off */

/* Appends the memory-comparable form of a value, NULL included. A text longer than KEY_TEXT_MAX bytes keeps its
 * prefix and an XXH3-128 of the whole; bytea, jsonb, arrays and numerics with long digits alike: such a key is
 * *lossy*, it orders correctly only up to the prefix, and readers re-check the row. Returns whether it is lossy. */
bool value_key(struct type type, const struct value *value, struct key_order order, struct buf *out);

/* The size of the key form at the front of `key`, for walking composite keys; 0 when it is malformed. */
size_t value_key_size(struct type type, struct key_order order, struct slice key);

/* The value back from its key form; false when the key is lossy or the type's key does not keep the value
 * (numeric, interval, jsonb, arrays; a float zero, which has lost its sign). Used by index-only paths and by `verify`. */
bool value_from_key(struct type type, struct key_order order, struct slice *key, struct arena *arena, struct value *ret);

/* --- Casts --- */

enum cast_context { CAST_IMPLICIT, CAST_ASSIGNMENT, CAST_EXPLICIT };

/* Whether PostgreSQL has a cast in this context (text I/O casts included where explicit). */
bool value_can_cast(struct type from, struct type to, enum cast_context context);

/* Converts; NULL stays NULL. Enforces the modifiers of `to`; an explicit cast truncates varchar(n), as PostgreSQL does. */
int value_cast(struct type from, struct type to, enum cast_context context, const struct value *value,
               struct arena *arena, struct value *ret, struct error *error);

#endif
