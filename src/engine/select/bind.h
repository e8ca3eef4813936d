/* A bound SELECT (catalog/bind.h) with its way to the rows: which source is walked first, by which index each other one is
 * looked up, and the short ways for what is asked most. */
#ifndef ROWHOUSE_ENGINE_SELECT_BIND_H
#define ROWHOUSE_ENGINE_SELECT_BIND_H

#include "catalog/bind.h"
#include "engine/engine.h"
#include "engine/scan/select.h"

/* Binds; everything lies in `arena`, and what the tree of the statement says is borrowed. */
int bind_select(const struct catalog *catalog, const struct statement *statement, struct slice source, struct arena *arena,
                struct bound_select *ret, struct error *error);

/* (B3), and WHERE taken apart along the way: bind_way.c */
void bind_way(struct bound_select *to, struct arena *arena);

#endif
