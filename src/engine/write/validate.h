/* Rows that are there already against constraints that are new: what a migration has to ask before it may commit. */
#ifndef ROWHOUSE_ENGINE_WRITE_VALIDATE_H
#define ROWHOUSE_ENGINE_WRITE_VALIDATE_H

#include "engine/engine.h"

/* Every row of `table`, in every house, against NOT NULL, CHECK and FOREIGN KEY: 23502, 23514, 23503. */
int validate_rows(struct request *rq, const struct table *table);

/* That no two rows share the key of a unique index: 23505 "could not create unique index". */
int validate_unique(struct request *rq, const struct index *index);

#endif
