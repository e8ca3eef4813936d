/* Shell commands of a test, and what it found: a line each, counted. */
#ifndef ROWHOUSE_TESTS_LIB_SHELL_H
#define ROWHOUSE_TESTS_LIB_SHELL_H

#include <stdbool.h>

/* A shell command in which %-arguments are put; its exit status. */
int shell_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints whether it is as it should be, and what; returns it. */
bool shell_check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
extern int shell_failures;

#endif
