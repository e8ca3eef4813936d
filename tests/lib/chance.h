/* Chance for tests, from a seed that they print: xorshift64*. */
#ifndef ROWHOUSE_TESTS_CHANCE_H
#define ROWHOUSE_TESTS_CHANCE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Dull;
}

/* The one state of a program that needs no more. */
static uint64_t chance_state;

/* `given`: a number as text; NULL: the clock's. Prints it. */
static inline void chance_seed(const char *given)
{
    chance_state = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    printf("seed %" PRIu64 "\n", chance_state);
    chance_state = chance_state * 2 + 1;            /* 0 would stay 0 */
}

/* 0 to limit - 1 */
static inline int random_below(int limit) { return (int)(draw(&chance_state) % (uint64_t)limit); }

static inline bool chance(int percent) { return random_below(100) < percent; }

#define PICK(list) ((list)[random_below((int)(sizeof(list) / sizeof *(list)))])

#endif
