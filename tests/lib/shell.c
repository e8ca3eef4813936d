#include "lib/shell.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

int shell_failures;

int shell_run(const char *format, ...)
{
    char command[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    fflush(stdout);
    int status = system(command);
    return status < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

bool shell_check(bool good, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("%s  ", good ? "ok    " : "FAILED");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    shell_failures += !good;
    return good;
}
