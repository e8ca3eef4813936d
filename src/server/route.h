/* Where a request runs: on the loop, at the writer, off the loop, or not at all. */
#ifndef ROWHOUSE_SERVER_ROUTE_H
#define ROWHOUSE_SERVER_ROUTE_H

#include "server/connection.h"

enum route {
    ROUTE_DONE,                     /* answered, or on its way */
    ROUTE_STALL,                    /* not now: the connection waits and offers it again */
};

enum route route_request(struct connection *connection, const struct wire_request *request);

#endif
