/* Views over the tables of the differential test: see views.c. */
#ifndef ROWHOUSE_TESTS_DIFFERENTIAL_VIEWS_H
#define ROWHOUSE_TESTS_DIFFERENTIAL_VIEWS_H

#include "schema.h"

/* The statements that create them; the caller's to free. */
char *views_text(const struct meta *meta);

#endif
