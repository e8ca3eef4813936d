#include "native/watch.h"

#include <string.h>

/* A place of another tree is left from a house or table that is gone: from the beginning then. */
void watch_resume(struct watch *watch, struct walk *walk)
{
    if (watch->next.size > 0 && memcmp(watch->next.bytes, walk->next.bytes, KEY_PREFIX_SIZE) == 0 &&
        slice_compare(key_slice(&watch->next), key_slice(&walk->next)) > 0)
        walk->next = watch->next;
    watch->next.size = 0;
}

void watch_note(struct watch *watch, struct error *error)
{
    watch->failed++;
    watch->failure = *error;
    error_clear(error);
}

int watch_pass_over(struct watch *watch, struct request *rq, int mark)
{
    const char *state = sqlstate_code(rq->error->state);
    bool of_rows = strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0 || rq->error->state == SQLSTATE_PROGRAM_LIMIT_EXCEEDED;
    if (!of_rows)
        return -1;
    changes_undo(rq, mark);
    watch_note(watch, rq->error);
    return 0;
}
