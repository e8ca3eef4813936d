/* What is known of single columns, as it grows: lists and ranges that all hold at once, so each one narrows those before it. A list
 * that nothing fits sets facts->never. For facts.c. */
#ifndef ROWHOUSE_ENGINE_SCAN_FACTS_KNOWN_H
#define ROWHOUSE_ENGINE_SCAN_FACTS_KNOWN_H

#include "engine/scan/facts.h"

struct column_facts *facts_of_column(struct facts *facts, int column);
/* Adds a conjunct and what became of it. */
void facts_remember(struct facts *facts, const struct expr *expr, enum fact fact, int column, bool exact, bool guard);
/* The column is one of `values`, which are sorted in place; without any nothing fits. */
void facts_add_list(struct facts *facts, int column, struct value *values, int count);
void facts_refuse_null(struct facts *facts, struct column_facts *known);
/* The column is at least, or at most, `value` in an order; so it is not NULL. False: nothing else follows, the range known of it is one
 * in another order. */
bool facts_add_low(struct facts *facts, int column, const struct collation *collation, const struct value *value, bool inclusive);
bool facts_add_high(struct facts *facts, int column, const struct collation *collation, const struct value *value, bool inclusive);
/* A list in the order of an index that is walked: afterwards nothing is added to it. */
void facts_sort_list(struct facts *facts, const struct index_column *part);

#endif
