/* What was used: recorded by record_api_usage, shown by get_quota_usage, removed by cleanup_old_rate_limit_data. */
#ifndef ROWHOUSE_NATIVE_LIMITS_USAGE_H
#define ROWHOUSE_NATIVE_LIMITS_USAGE_H

#include "native/native.h"

#define RATE_WINDOWS_KEPT_DAYS 7        /* rows of api_rate_limits; older days are told by api_usage_statistics */

enum { USAGE_ENDPOINT, USAGE_SUCCESS, USAGE_RESPONSE_MS, USAGE_ORGANIZATION, USAGE_USER };
int usage_record(struct request *rq, const struct value *values, struct buf *out);

enum { QUOTA_PERIOD, QUOTA_ORGANIZATION };
int usage_quota(struct request *rq, const struct value *values, struct buf *out);

int usage_cleanup(struct request *rq, const struct value *values, struct buf *out);

/* 22001 for an endpoint or a resource type that is too long: they are parts of keys, and matched with every pattern. */
int usage_name(struct request *rq, struct slice name);

/* Forgets histograms of days that are over in one house, as far as the budget goes; takes what it did off it. */
int usage_forget(struct request *rq, uint32_t house, int *budget, int64_t *deleted);

#endif
