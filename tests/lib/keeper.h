/* A server for the time of a test, in a temporary directory of its own.
 *
 * A keeper process stands between the test and the server: it starts the server, waits until the test ends, in
 * whatever way, stops the server and removes the directory. So nothing is left behind by a test that crashes. */
#ifndef ROWHOUSE_TESTS_KEEPER_H
#define ROWHOUSE_TESTS_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct keeper {
    char directory[64];
    pid_t pid;
    int alive;                      /* the keeper waits for the end of this pipe */
};

/* Makes the directory, "/tmp/rowhouse-<name>.XXXXXX", for `user` (NULL: who runs the test). Ends the process when it can't. */
void keeper_prepare(struct keeper *keeper, const char *name, const char *user);

/* Runs `setup` (NULL: nothing) to its end, then `serve`, both as `user` in the directory, where what they print lands in the
 * file "log". `stop_signal` ends `serve`. */
void keeper_start(struct keeper *keeper, const char *user, const char *const *setup, const char *const *serve, int stop_signal);

/* Whether it has given up: the server did not start, or ended by itself. What it printed is on stderr then. */
bool keeper_ended(const struct keeper *keeper);

/* Waits until server and directory are gone. */
void keeper_stop(struct keeper *keeper);

/* Prints "what: why" and ends the process. */
void die(const char *what, const char *why) __attribute__((noreturn));

#endif
