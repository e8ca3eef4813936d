/* From a SELECT to a bound one (catalog/bind.h) with its access path (engine/select/access.h). */
#ifndef ROWHOUSE_ENGINE_SELECT_BIND_H
#define ROWHOUSE_ENGINE_SELECT_BIND_H

#include "engine/engine.h"
#include "engine/scan/select.h"
#include "engine/select/access.h"

/* Binds; everything lies in `arena`, and what the tree of the statement says is borrowed. */
int bind_select(const struct catalog *catalog, const struct statement *statement, struct slice source, struct arena *arena,
                struct bound_select *ret, struct error *error);

/* The steps of the path, and WHERE taken apart along them: bind_way.c */
void bind_way(struct bound_select *to, struct arena *arena);

#endif
