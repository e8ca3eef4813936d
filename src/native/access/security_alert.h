/* What a user should know of his account: rows of security_alerts, by hand (security_alert.c) and by themselves.
 *
 *  2fa_disabled               his second factor was on and is off or gone, by whatever way: told from the request's changes
 *  too_many_failed_attempts   a wrong code locked his second factor (two_factor.c), or too many failed to sign in (login.c)
 *  new_device                 a device is trusted for the first time (device.c) */
#ifndef ROWHOUSE_NATIVE_ACCESS_SECURITY_ALERT_H
#define ROWHOUSE_NATIVE_ACCESS_SECURITY_ALERT_H

#include "native/native.h"

/* One alert; a schema without the table has none, and a user who is gone gets none. `metadata` may be NULL's value. */
int security_alert_write(struct request *rq, const struct value *user, const char *type, const char *severity, const char *title,
                         const char *message, const struct value *metadata);

/* security_trail.c: the alerts that follow from the changes since `mark`, once, when the request has done everything else. */
int security_trail(struct request *rq, int mark);

#endif
