/* Dates from fields that may be out of range, for those who read them. */
#ifndef ROWHOUSE_VALUE_CALENDAR_H
#define ROWHOUSE_VALUE_CALENDAR_H

#include "value/time.h"

int time_days_in_month(int64_t year, int month);        /* month 1 to 12 */

/* The month and day exist (asserted by nobody: check first), the rest may carry; false out of range. */
bool time_from_fields(const struct civil *civil, int64_t *ret_us);
bool date_from_fields(int64_t year, int month, int day, int32_t *ret_days);

#endif
