/* Raw LMDB: rows and three index entries each, with the key layout of Rowhouse and nothing else; the ceiling of inserts.
 *
 *      rawput DIRECTORY SECONDS BATCH SIZE
 *
 * Keys are tenant u32 | relation u16 | id u64, index entries tenant | relation | text or time | id, rows have SIZE bytes
 * (loadgen --row-size) and a checksum; 50
 * tenants take turns, as the load generator's connections do. Flags are those of the image: nothing is synced. */
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TENANTS 50
#define CHECKSUM_SIZE 8
#define ROW_SIZE_MAX 4096

static void check(int result, const char *what)
{
    if (result != 0) {
        fprintf(stderr, "rawput: %s: %s\n", what, mdb_strerror(result));
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t put_be(uint8_t *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    return (size_t)bytes;
}

static size_t put_prefix(uint8_t *key, uint64_t tenant, unsigned relation)
{
    put_be(key, tenant, 4);
    put_be(key + 4, relation, 2);
    return 6;
}

static void put(MDB_txn *txn, MDB_dbi dbi, uint8_t *key, size_t key_size, size_t row_size)
{
    static uint8_t row[ROW_SIZE_MAX];
    MDB_val k = { key_size, key }, v = { row_size, row };
    check(mdb_put(txn, dbi, &k, &v, 0), "put");
}

static void insert(MDB_txn *txn, MDB_dbi dbi, uint64_t id, size_t row_size)
{
    static const char name[] = "Grace Brewster Hopper";
    uint8_t key[64];
    uint64_t tenant = id % TENANTS + 1, time_us = 1700000000000000ull + id * 10;
    size_t size = put_prefix(key, tenant, 100);
    put(txn, dbi, key, size + put_be(key + size, id, 8), row_size);
    size = put_prefix(key, tenant, 101);
    memcpy(key + size, name, sizeof name);
    size += sizeof name;
    put(txn, dbi, key, size + put_be(key + size, id, 8), 0);
    for (unsigned relation = 102; relation <= 103; relation++) {
        size = put_prefix(key, tenant, relation);
        size += put_be(key + size, time_us, 8);
        put(txn, dbi, key, size + put_be(key + size, id, 8), 0);
    }
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? atof(argv[2]) : 3;
    int batch = argc > 3 ? atoi(argv[3]) : 100;
    size_t size = argc > 4 ? (size_t)atoi(argv[4]) : 0;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint64_t id = 0;
    if (seconds <= 0 || batch <= 0 || size == 0 || size > ROW_SIZE_MAX - CHECKSUM_SIZE) {
        fprintf(stderr, "usage: rawput DIRECTORY SECONDS BATCH SIZE\n");
        return 2;
    }
    mkdir(argv[1], 0700);
    check(mdb_env_create(&env), "create");
    check(mdb_env_set_mapsize(env, (size_t)8 << 30), "map size");
    check(mdb_env_open(env, argv[1], MDB_NOSYNC | MDB_WRITEMAP | MDB_MAPASYNC | MDB_NOTLS | MDB_NORDAHEAD, 0600), argv[1]);
    check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, NULL, 0, &dbi), "open");
    check(mdb_txn_commit(txn), "commit");
    double started = now_s();
    while (now_s() - started < seconds) {
        check(mdb_txn_begin(env, NULL, 0, &txn), "begin");
        for (int i = 0; i < batch; i++)
            insert(txn, dbi, ++id, CHECKSUM_SIZE + size);
        check(mdb_txn_commit(txn), "commit");
    }
    printf("%.0f\n", (double)id / (now_s() - started));
    mdb_env_close(env);
    return 0;
}
