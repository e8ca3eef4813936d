#include "native/incidents/incident_rule.h"

#include "value/json.h"

const char *const incident_statuses[INCIDENT_STATUS_COUNT] = { "open", "investigating", "resolved", "closed" };

const bool incident_moves[INCIDENT_STATUS_COUNT][INCIDENT_STATUS_COUNT] = {
    [INCIDENT_OPEN] = { [INCIDENT_INVESTIGATING] = true, [INCIDENT_RESOLVED] = true, [INCIDENT_CLOSED] = true },
    [INCIDENT_INVESTIGATING] = { [INCIDENT_RESOLVED] = true, [INCIDENT_CLOSED] = true },
    [INCIDENT_RESOLVED] = { [INCIDENT_INVESTIGATING] = true, [INCIDENT_CLOSED] = true },
};

bool incident_status_of(struct slice name, enum incident_status *ret)
{
    for (int i = 0; i < INCIDENT_STATUS_COUNT; i++)
        if (slice_is(name, incident_statuses[i])) {
            *ret = (enum incident_status)i;
            return true;
        }
    return false;
}

static bool list_concerns(struct slice conditions, const char *name, struct slice text)
{
    struct slice list, each;
    uint32_t count;
    if (!json_member(conditions, slice_of_string(name), &list) || !mp_array(&list, &count) || count == 0)
        return true;
    for (; count > 0; count--) {
        if (mp_str(&list, &each)) {
            if (slice_equal(each, text))
                return true;
        } else {
            mp_skip(&list, NULL);
        }
    }
    return false;
}

bool incident_concerns(struct slice conditions, struct slice type, struct slice severity, struct slice service)
{
    uint32_t count;
    struct slice map = conditions;
    return mp_map(&map, &count) && list_concerns(conditions, "incident_types", type) &&
           list_concerns(conditions, "severities", severity) && list_concerns(conditions, "services", service);
}
