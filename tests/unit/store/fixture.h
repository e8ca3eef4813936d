/* A store on a fake disk, random transactions over one table and some system relations, and the plain model that judges
 * them: what every key held after every LSN. */
#ifndef ROWHOUSE_TESTS_STORE_FIXTURE_H
#define ROWHOUSE_TESTS_STORE_FIXTURE_H

#include "fake_disk.h"
#include "store/internal.h"

#define LSN_MAX (1 << 16)

/* An assertion that also serves forked children, where Criterion's cannot report. */
#define MUST(condition, ...) ((condition) ? (void)0 : must_fail(__FILE__, __LINE__, #condition, " " __VA_ARGS__))
void must_fail(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((noreturn, format(printf, 4, 5)));

/* What acknowledgements and states are compared by; in memory shared with forked children. */
struct judge {
    struct fake_disk *disk;             /* of the store that was opened last */
    _Atomic uint64_t acked;             /* highest LSN that on_durable reported while the power was on */
    uint64_t digest[LSN_MAX];           /* of all rows after each LSN */
    uint64_t issued;                    /* highest LSN given */
    _Atomic int told_full;              /* how often the store told that there is no room */
};

struct fixture {
    struct fake_disk *disk;             /* NULL: the machine's */
    char data_dir[64];
    struct store *store;
    struct judge *judge;
    char image_dir[64];
    uint64_t random;
    size_t snapshot_log_bytes;
    const char *collation_version;      /* as what ICU passes; NULL: as what it is */
    bool may_refuse;                    /* calls fail: a transaction that is refused is no fault */
    struct error error;
};

struct fixture fixture_new(uint64_t seed);
struct fixture fixture_on_machine(uint64_t seed);      /* in a new folder below /tmp, the image on tmpfs */
void fixture_free(struct fixture *f);
void fixture_remove(const char *folder);                /* of the machine, with everything in it */
uint64_t fixture_seed(void);                            /* from ROWHOUSE_SEED or the clock; printed */
uint64_t fixture_random(struct fixture *f, uint64_t below);

int fixture_open(struct fixture *f);                    /* f->error says why not */
void fixture_close(struct fixture *f);
void fixture_forget_image(struct fixture *f);           /* as a reboot does: its mark is of no use */

/* Migrations, each in its turn. 0: refused. */
uint64_t fixture_migrate(struct fixture *f, const char *name, const char *text);
bool fixture_schema(struct fixture *f);                 /* organizations and contacts with three indexes, unless they are there */

/* A turn of `count` random transactions, each of a few changes; their digests go to the judge. Returns the last LSN,
 * 0 when there is none. */
uint64_t fixture_turn(struct fixture *f, int count, bool relaxed);
void fixture_turn_undone(struct fixture *f);            /* random changes, all taken back */
/* A turn of transactions as large as those, until the store says that it is enough; false when one was refused. */
bool fixture_full_turn(struct fixture *f, size_t value_size);
uint64_t fixture_turn_of(struct fixture *f, size_t value_size);         /* one transaction, one system key of that size; 0: refused */

/* All rows of all houses / everything but the applied LSN, index entries included. */
uint64_t fixture_digest(struct store *store);
uint64_t fixture_digest_view(const struct view *view);
void fixture_dump(struct store *store, struct buf *out);
/* Every row has its entries and nothing else is there; asserts. */
void fixture_check_indexes(struct store *store);
/* The state is the model's at the recovered LSN, and no acknowledged transaction is missing; asserts. */
void fixture_check(struct fixture *f, const char *when);

#endif
