#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double last_s;
static int shown;

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress(const char *what, const char *table, uint64_t rows)
{
    if (!isatty(STDERR_FILENO) || now_s() - last_s < 0.1)
        return;
    last_s = now_s();
    shown = 1;
    fprintf(stderr, "\r\033[K%s %s, %llu rows", what, table, (unsigned long long)rows);
}

void progress_done(void)
{
    if (shown)
        fprintf(stderr, "\r\033[K");
    shown = 0;
}
