#include "base/work.h"

int work_refuse(struct work *work, struct error *error)
{
    work->left = 0;
    fail(error, SQLSTATE_PROGRAM_LIMIT_EXCEEDED, "this is more work than one request may make");
    return fail_hint(error, "give conditions that an index answers, or ask for less at a time");
}
