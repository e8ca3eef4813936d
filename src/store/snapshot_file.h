/* The frame of a snapshot file, shared by those who write and read its inside (store/snapshot.h has the format). */
#ifndef ROWHOUSE_STORE_SNAPSHOT_FILE_H
#define ROWHOUSE_STORE_SNAPSHOT_FILE_H

#include "store/snapshot.h"

#define SNAPSHOT_HEADER_SIZE ((size_t)64)
#define SNAPSHOT_FOOTER_SIZE ((size_t)40)
#define SNAPSHOT_PUMP_SIZE   KIB(256)

/* Fills the header; returns its checksum, the footer's seed. */
uint64_t snapshot_header(uint8_t header[static SNAPSHOT_HEADER_SIZE], const struct snapshot *snapshot);
void snapshot_footer(uint8_t footer[static SNAPSHOT_FOOTER_SIZE], uint64_t copy_size, uint64_t copy_hash, uint64_t file_size, uint64_t seed);

/* Header and footer of an open file: what it is, its copy's XXH3-64, its size. */
int snapshot_frame(struct sys *sys, int fd, const char *path, struct snapshot *ret, uint64_t *ret_hash, uint64_t *ret_file_size,
                   struct error *error);
/* Opens by LSN; fills `path`. */
int snapshot_open(struct sys *sys, const char *folder, uint64_t lsn, char path[static PATH_SIZE], struct error *error);

#endif
