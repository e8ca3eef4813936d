/* Alert rules as pure functions. */
#ifndef ROWHOUSE_NATIVE_MONITORING_ALERT_RULE_H
#define ROWHOUSE_NATIVE_MONITORING_ALERT_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Whether a metric that compares so with the threshold (-1, 0, 1) meets the condition: greater_than, less_than, equal, not_equal. */
bool alert_holds(struct slice condition, int comparison);

/* Whether a rule that alerted last at `last_us` (INT64_MIN: never) may alert again. */
bool alert_may(int64_t last_us, int64_t cooldown_us, int64_t now_us);

enum alert_status { ALERT_TRIGGERED, ALERT_ACKNOWLEDGED, ALERT_RESOLVED, ALERT_STATUS_COUNT };
extern const char *const alert_statuses[ALERT_STATUS_COUNT];
extern const bool alert_moves[ALERT_STATUS_COUNT][ALERT_STATUS_COUNT];      /* [from][to] */

#endif
