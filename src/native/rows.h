/* What native functions share beyond drafts: whose row it is, rows by one column, recent rows, pieces of replies. */
#ifndef ROWHOUSE_NATIVE_ROWS_H
#define ROWHOUSE_NATIVE_ROWS_H

#include "native/draft.h"

/* The rows of one house whose `column` has one value, through an index that leads with it where there is one. Of tables with a
 * bigserial key: in the order of their making, or newest first. May not be moved while in use. */
struct pick {
    struct walk walk;
    const struct table *table;
    int column;
    struct value value;
};
int pick_start(struct pick *pick, struct request *rq, const struct table *table, uint32_t house, const char *column,
               const struct value *value, bool newest_first);
int pick_next(struct pick *pick, struct found *ret);        /* 1, 0, -1 */

/* The rows of one house whose instant `column` is in [low_us, high_us), in that order or against it; as a walk goes on. */
int recent_start(struct walk *walk, struct request *rq, const struct table *table, uint32_t house, const char *column, int64_t low_us,
                 int64_t high_us, bool newest_first);
int recent_next(struct walk *walk, const char *column, int64_t low_us, int64_t high_us, struct found *ret);

/* The instant that a column tells, of a date its beginning; INT64_MAX when it is NULL or never. */
int64_t found_instant(const struct table *table, const struct found *row, const char *column);
/* The instant so many days before now_us, if that is an instant: TIME_US_MIN otherwise; now_us for a number below 0. */
int64_t days_ago(int64_t now_us, int64_t days);

/* The row of that uuid that the caller may reach: in his house, or anywhere for an admin. 22023 `what` "..." does not exist,
 * the same whether it is another house's or nobody's. */
int row_of_caller(struct request *rq, const struct table *table, const struct value *id, const char *what, struct found *ret);

/* Deletes a row, unless something of an application's own schema refers to it: that keeps it. 1 it is gone, 0, -1. */
int delete_unheld(struct request *rq, const struct table *table, const struct found *row);

/* The user that a call is about: the parameter's if it is the caller himself or the caller is an admin (42501, whether there is such
 * a user or not), else the caller; NULL: the caller is none. */
int native_self(struct request *rq, const struct value *user, struct value *ret);
/* The same where there must be one: 22023. */
int native_user(struct request *rq, const struct value *user, struct value *ret);

/* Whom a member may name beside himself: users of his organization. 42501, the same for another's user and for nobody's. */
int native_colleague(struct request *rq, const struct value *user);

/* As native_house(), but an admin who names no organization and has none means the system house; *ret_organization is NULL then. */
int native_house_or_system(struct request *rq, const struct value *organization, uint32_t *ret_house, struct value *ret_organization);

#define USER_PARAMETER { "user_id", TYPE_UUID, false, false, "the caller when left out" }

/* The caller's uuid, or NULL. */
struct value native_actor(const struct request *rq);

/* The parameter, or an integer in its place where it is not given; 22023 when it is outside [low, high]. */
int native_integer(struct request *rq, const struct value *value, const char *name, int64_t otherwise, int64_t low, int64_t high,
                   int64_t *ret);

/* A jsonb of what was packed into `wire`, which is freed; it is our own, so it is sound. */
struct value native_json(struct request *rq, struct buf *wire);

/* Pieces of replies. */
void put_value(struct buf *out, const char *name, struct type type, const struct value *value);
void put_uuid(struct buf *out, const char *name, const struct value *uuid);
void put_column(struct buf *out, const struct table *table, const struct found *row, const char *column);

#endif
