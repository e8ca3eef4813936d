/* Old rows of credit_consumption_logs are folded: of each action the newest old row takes over what the older ones consumed, and they go,
 * with all that were refused. So what an organization consumed of each action stays what it was, to the credit, and the table
 * keeps a row an action beside the new ones. */
#ifndef ROWHOUSE_NATIVE_CREDITS_CREDIT_FOLD_H
#define ROWHOUSE_NATIVE_CREDITS_CREDIT_FOLD_H

#include "native/native.h"

#define CREDIT_FOLDED "with older entries"      /* error_message of a row that took over others */

/* Folds rows of a house from before that instant, the oldest first, as many as the budget allows: 0, -1. Rows that a constraint of
 * the project's own keeps as they are stay. */
int credit_fold(struct request *rq, uint32_t house, int64_t before_us, int *budget, int64_t *deleted);

#endif
