#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

static enum log_level threshold = LOG_INFO;
static const char *const names[] = { "debug", "info", "warn", "error" };

void log_set_level(enum log_level level)
{
    threshold = level;
}

bool log_level_parse(const char *name, enum log_level *ret)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    return false;
}

static void append_value(struct buf *line, const char *key, const char *value)
{
    buf_printf(line, " %s=", key);
    if (value[0] != '\0' && strpbrk(value, " \t\r\n\"=\\") == NULL) {
        buf_append_string(line, value);
        return;
    }
    buf_append_byte(line, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            buf_append_byte(line, '\\');
        if ((unsigned char)*value < ' ')
            buf_printf(line, "\\x%02x", (unsigned char)*value);
        else
            buf_append_byte(line, (uint8_t)*value);
    }
    buf_append_byte(line, '"');
}

static void append_head(struct buf *line, enum log_level level, const char *event)
{
    struct timespec now;
    struct tm utc;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    buf_printf(line, "ts=%s.%03ldZ level=%s", stamp, now.tv_nsec / 1000000, names[level]);
    append_value(line, "event", event);
}

/* Whether it was taken. Whoever reads stderr may be slow, or gone: no thread waits for it. A pipe that is said to take something takes
 * PIPE_BUF bytes at once, and nobody of this process comes between; its flags are others' too, and stay as they are. */
static bool write_at_once(const struct buf *line)
{
    struct pollfd room = { STDERR_FILENO, POLLOUT, 0 };
    ssize_t sent = send(STDERR_FILENO, line->data, line->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == ENOTSOCK && poll(&room, 1, 0) == 1)
        sent = write(STDERR_FILENO, line->data, line->size);
    return sent >= 0;
}

/* What was dropped is told as soon as there is room for it, in a line of its own. */
static void write_line(struct buf *line)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static int64_t dropped;
    struct buf told = { 0 };
    if (line->size >= PIPE_BUF)
        line->size = PIPE_BUF - 1;
    buf_append_byte(line, '\n');
    pthread_mutex_lock(&mutex);
    if (dropped > 0) {
        append_head(&told, LOG_WARN, "lines_dropped");
        buf_printf(&told, " count=%" PRId64 "\n", dropped);
        if (write_at_once(&told))
            dropped = 0;
    }
    if (dropped > 0 || !write_at_once(line))
        dropped++;
    pthread_mutex_unlock(&mutex);
    buf_done(&told);
    buf_done(line);
}

void log_event(enum log_level level, const char *event, ...)
{
    struct buf line = { 0 };
    va_list args;
    if (level < threshold)
        return;
    append_head(&line, level, event);
    va_start(args, event);
    for (const char *key = va_arg(args, const char *); key != NULL; key = va_arg(args, const char *)) {
        char value[1024];
        const char *format = va_arg(args, const char *);
        if (strcmp(format, "%s") == 0)
            snprintf(value, sizeof value, "%s", va_arg(args, const char *));
        else if (strcmp(format, "%d") == 0)
            snprintf(value, sizeof value, "%d", va_arg(args, int));
        else {
            assert(strcmp(format, "%" PRId64) == 0);        /* another one would read what is not there */
            snprintf(value, sizeof value, "%" PRId64, va_arg(args, int64_t));
        }
        append_value(&line, key, value);
    }
    va_end(args);
    write_line(&line);
}

void log_error(const char *event, const struct error *error)
{
    struct buf line = { 0 };
    append_head(&line, LOG_ERROR, event);
    append_value(&line, "sqlstate", sqlstate_code(error->state));
    append_value(&line, "message", error->message);
    if (error->detail[0] != '\0')
        append_value(&line, "detail", error->detail);
    if (error->hint[0] != '\0')
        append_value(&line, "hint", error->hint);
    write_line(&line);
}
