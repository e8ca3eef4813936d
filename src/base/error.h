/* What went wrong, for the one who asked: a SQLSTATE, a sentence that names the subject, a detail, a hint.
 *
 * Functions that can fail take a `struct error *` last and return 0, or -1 after filling it. They are the
 * *expected* failures. Our own bugs assert, in release builds too. A machine that breaks a promise (the
 * log's write or sync failed) stops the server, see store/wal.h.
 * A sentence starts lower case, quotes its subject in "double quotes" as PostgreSQL does, has no full stop. */
#ifndef ROWHOUSE_BASE_ERROR_H
#define ROWHOUSE_BASE_ERROR_H

#include <stdbool.h>

#include "base/limits.h"

/* PostgreSQL 15, appendix A, as far as Rowhouse uses it. */
#define SQLSTATE_LIST(X)                                        \
    X(CONNECTION_FAILURE,           "08006")                    \
    X(PROTOCOL_VIOLATION,           "08P01")                    \
    X(FEATURE_NOT_SUPPORTED,        "0A000")                    \
    X(STRING_TOO_LONG,              "22001")                    \
    X(NUMERIC_OUT_OF_RANGE,         "22003")                    \
    X(NULL_VALUE_NOT_ALLOWED,       "22004")                    \
    X(INVALID_DATETIME,             "22007")                    \
    X(DATETIME_OVERFLOW,            "22008")                    \
    X(INVALID_TIME_ZONE_DISPLACEMENT, "22009")                  \
    X(INTERVAL_FIELD_OVERFLOW,      "22015")                    \
    X(SUBSTRING_ERROR,              "22011")                    \
    X(DIVISION_BY_ZERO,             "22012")                    \
    X(INVALID_LOGARITHM_ARGUMENT,   "2201E")                    \
    X(INVALID_POWER_ARGUMENT,       "2201F")                    \
    X(ARRAY_SUBSCRIPT_ERROR,        "2202E")                    \
    X(INVALID_PARAMETER_VALUE,      "22023")                    \
    X(INVALID_ROW_COUNT_IN_LIMIT,   "2201W")                    \
    X(INVALID_ROW_COUNT_IN_OFFSET,  "2201X")                    \
    X(INVALID_ESCAPE_SEQUENCE,      "22025")                    \
    X(DUPLICATE_JSON_KEY,           "22030")                    \
    X(INVALID_TEXT,                 "22P02")                    \
    X(INVALID_BINARY,               "22P03")                    \
    X(UNTRANSLATABLE_CHARACTER,     "22P05")                    \
    X(CHARACTER_NOT_IN_REPERTOIRE,  "22021")                    \
    X(NOT_NULL_VIOLATION,           "23502")                    \
    X(FOREIGN_KEY_VIOLATION,        "23503")                    \
    X(UNIQUE_VIOLATION,             "23505")                    \
    X(CHECK_VIOLATION,              "23514")                    \
    X(RESTRICT_VIOLATION,           "23001")                    \
    X(CARDINALITY_VIOLATION,        "21000")                    \
    X(INVALID_TRANSACTION_STATE,    "25000")                    \
    X(READ_ONLY_TRANSACTION,        "25006")                    \
    X(INVALID_STATEMENT_NAME,       "26000")                    \
    X(INVALID_AUTHORIZATION,        "28000")                    \
    X(DEPENDENT_OBJECTS,            "2BP01")                    \
    X(SERIALIZATION_FAILURE,        "40001")                    \
    X(STATEMENT_COMPLETION_UNKNOWN, "40003")                    \
    X(SYNTAX_ERROR,                 "42601")                    \
    X(INSUFFICIENT_PRIVILEGE,       "42501")                    \
    X(INVALID_GRANT_OPERATION,      "0LP01")                    \
    X(GROUPING_ERROR,               "42803")                    \
    X(DATATYPE_MISMATCH,            "42804")                    \
    X(WRONG_OBJECT_TYPE,            "42809")                    \
    X(INVALID_FOREIGN_KEY,          "42830")                    \
    X(UNDEFINED_COLUMN,             "42703")                    \
    X(UNDEFINED_FUNCTION,           "42883")                    \
    X(UNDEFINED_TABLE,              "42P01")                    \
    X(UNDEFINED_PARAMETER,          "42P02")                    \
    X(UNDEFINED_OBJECT,             "42704")                    \
    X(COLLATION_MISMATCH,           "42P21")                    \
    X(INDETERMINATE_COLLATION,      "42P22")                    \
    X(DUPLICATE_COLUMN,             "42701")                    \
    X(DUPLICATE_TABLE,              "42P07")                    \
    X(DUPLICATE_OBJECT,             "42710")                    \
    X(DUPLICATE_FUNCTION,           "42723")                    \
    X(DUPLICATE_ALIAS,              "42712")                    \
    X(AMBIGUOUS_COLUMN,             "42702")                    \
    X(AMBIGUOUS_FUNCTION,           "42725")                    \
    X(INVALID_COLUMN_REFERENCE,     "42P10")                    \
    X(INVALID_TABLE_DEFINITION,     "42P16")                    \
    X(INVALID_OBJECT_DEFINITION,    "42P17")                    \
    X(INVALID_SCHEMA_NAME,          "3F000")                    \
    X(INDETERMINATE_DATATYPE,       "42P18")                    \
    X(GENERATED_ALWAYS,             "428C9")                    \
    X(CANNOT_COERCE,                "42846")                    \
    X(OUT_OF_MEMORY,                "53200")                    \
    X(DISK_FULL,                    "53100")                    \
    X(TOO_MANY_CONNECTIONS,         "53300")                    \
    X(CONFIGURATION_LIMIT_EXCEEDED, "53400")                    \
    X(PROGRAM_LIMIT_EXCEEDED,       "54000")                    \
    X(STATEMENT_TOO_COMPLEX,        "54001")                    \
    X(OBJECT_NOT_IN_PREREQUISITE_STATE, "55000")                \
    X(OBJECT_IN_USE,                "55006")                    \
    X(QUERY_CANCELED,               "57014")                    \
    X(ADMIN_SHUTDOWN,               "57P01")                    \
    X(CANNOT_CONNECT_NOW,           "57P03")                    \
    X(IO_ERROR,                     "58030")                    \
    X(UNDEFINED_FILE,               "58P01")                    \
    X(CONFIG_FILE_ERROR,            "F0000")                    \
    X(SNAPSHOT_TOO_OLD,             "72000")                    \
    X(INTERNAL_ERROR,               "XX000")                    \
    X(DATA_CORRUPTED,               "XX001")                    \
    X(INDEX_CORRUPTED,              "XX002")                    \
    /* Rowhouse's own, in a class that the standard leaves to implementations. */ \
    X(RATE_LIMITED,                 "RH001")                    \
    X(INSUFFICIENT_CREDITS,         "RH002")                    \
    X(IDEMPOTENCY_MISMATCH,         "RH003")

enum sqlstate {
    SQLSTATE_OK,
#define X(name, code) SQLSTATE_##name,
    SQLSTATE_LIST(X)
#undef X
    SQLSTATE_COUNT
};

/* The five characters; "00000" for SQLSTATE_OK. */
const char *sqlstate_code(enum sqlstate state);

struct error {
    enum sqlstate state;                    /* SQLSTATE_OK while nothing has failed */
    char message[ERROR_MESSAGE_MAX];
    char detail[ERROR_DETAIL_MAX];          /* may be empty */
    char hint[ERROR_HINT_MAX];              /* may be empty */
};

/* Fills `error` (detail and hint empty) and returns -1, so that `return fail(...)` reads as it acts. */
int fail(struct error *error, enum sqlstate state, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Add to a failure; return -1 as well: `return fail_hint(error, "...")`. */
int fail_detail(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3), cold));
int fail_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

/* Puts `context` and ": " before the message: the file, the table, the statement. Returns -1. */
int fail_within(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3), cold));

void error_clear(struct error *error);

#endif
