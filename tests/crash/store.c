/* A process that writes, and another that kills it at any moment: after each kill the state is that of some transaction
 * at or behind the last acknowledged one. Now and then the image is forgotten too, as by a reboot, so that recovery goes
 * by the snapshots and the log. On the real machine: what a power cut does, tests/unit/store/test_crash.c simulates. */
#include "../unit/store/fixture.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_until_killed(struct fixture *f)
{
    MUST(fixture_open(f) == 0, "%s", f->error.message);
    fixture_schema(f);
    for (;;) {
        uint64_t lsn = fixture_turn(f, 1 + (int)fixture_random(f, 8), fixture_random(f, 5) == 0);
        if (lsn != 0 && fixture_random(f, 3) == 0)
            store_wait_durable(f->store, lsn);
        if (lsn > LSN_MAX - 1000)
            pause();
    }
}

static void kill_after(pid_t child, uint64_t us)
{
    struct timespec pause = { 0, (long)us * 1000 };
    int status;
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    MUST(waitpid(child, &status, 0) == child);
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    MUST(killed, "the writer stopped by itself, status %d", status);
}

/* One round; returns whether the image was kept. */
static bool round_of(struct fixture *f, int round)
{
    char when[64];
    snprintf(when, sizeof when, "round %d", round);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        write_until_killed(f);
    kill_after(child, 1000 + fixture_random(f, 80000));
    if (fixture_random(f, 4) == 0)
        fixture_forget_image(f);
    MUST(fixture_open(f) == 0, "%s: %s", when, f->error.message);
    fixture_check(f, when);
    bool kept = strcmp(store_recovery(f->store)->image, "kept") == 0;
    fixture_close(f);
    fixture_random(f, 1 + (uint64_t)round);             /* the next writer goes another way */
    return kept;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 100, kept = 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : fixture_seed();
    struct fixture f = fixture_on_machine(seed);
    int round = 0;
    for (; round < rounds && f.judge->issued < LSN_MAX - 2000; round++)
        kept += round_of(&f, round);
    printf("%d kills survived, %d with the image kept, %" PRIu64 " transactions; seed %" PRIu64 "\n", round, kept, f.judge->issued, seed);
    fixture_free(&f);
    return 0;
}
