#include "native/monitoring/alert_rule.h"

static const struct { const char *name; bool below, same, above; } conditions[] = {
    { "greater_than", false, false, true },
    { "less_than", true, false, false },
    { "equal", false, true, false },
    { "not_equal", true, false, true },
};

bool alert_holds(struct slice condition, int comparison)
{
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (slice_is(condition, conditions[i].name))
            return comparison < 0 ? conditions[i].below : comparison > 0 ? conditions[i].above : conditions[i].same;
    return false;
}

bool alert_may(int64_t last_us, int64_t cooldown_us, int64_t now_us)
{
    return last_us == INT64_MIN || last_us <= now_us - cooldown_us;
}

const char *const alert_statuses[ALERT_STATUS_COUNT] = { "triggered", "acknowledged", "resolved" };

const bool alert_moves[ALERT_STATUS_COUNT][ALERT_STATUS_COUNT] = {
    [ALERT_TRIGGERED] = { [ALERT_ACKNOWLEDGED] = true, [ALERT_RESOLVED] = true },
    [ALERT_ACKNOWLEDGED] = { [ALERT_RESOLVED] = true },
};
