/* The server's own log: one line an event on stderr, in logfmt (key=value, quoted where needed).
 *
 *      ts=2025-01-02T03:04:05.678Z level=info event=listening address=127.0.0.1 port=7432
 *
 * Libraries below the server return errors and log nothing. Thread-safe: a line is one write, of PIPE_BUF bytes at
 * most, and waits for no reader: what does not go at once is dropped, counted, and told later as "lines_dropped". */
#ifndef ROWHOUSE_BASE_LOG_H
#define ROWHOUSE_BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);           /* LOG_INFO at the start */
bool log_level_parse(const char *name, enum log_level *ret);

/* log_event(LOG_INFO, "listening", "address", "%s", address, "port", "%d", port, NULL):
 * key, format ("%d", "%s" or "%" PRId64, and nothing else), its argument, ..., NULL. A value with a
 * space, a quote or a control character is quoted and escaped. */
void log_event(enum log_level level, const char *event, ...);

/* The same line for a failure: sqlstate, message, detail, hint. */
void log_error(const char *event, const struct error *error);

#endif
