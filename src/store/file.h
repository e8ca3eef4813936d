/* Whole-file steps over struct sys: what a loop of preads and pwritevs would say at every place. */
#ifndef ROWHOUSE_STORE_FILE_H
#define ROWHOUSE_STORE_FILE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/sys.h"

#define PATH_SIZE 1024

/* "folder/name"; 54000 when it would pass PATH_SIZE. */
int path_join(char out[static PATH_SIZE], const char *folder, const char *name, struct error *error);

/* 58030 with errno's text: "cannot open \"...\": no such file". Returns -1. */
int file_fail(struct error *error, const char *verb, const char *path);

/* Everything or -1 with errno. */
int file_write(struct sys *sys, int fd, const void *data, size_t size, off_t offset);
/* Bytes read, fewer only at the file's end; -1 with errno. */
ssize_t file_read(struct sys *sys, int fd, void *data, size_t size, off_t offset);

/* The whole file, appended to `out`. */
int file_load(struct sys *sys, const char *path, struct buf *out, struct error *error);

/* Replaces `folder/name` as a whole, durably: written aside, synced, renamed, folder synced. */
int file_replace(struct sys *sys, const char *folder, const char *name, struct slice bytes, struct error *error);

/* The numbers of a folder's files that are named "<16 hex digits><ending>", in any order; *ret is malloc'ed. Returns how many, or -1. */
int folder_numbers(struct sys *sys, const char *folder, const char *ending, uint64_t **ret, struct error *error);

/* Makes a folder's entries durable. */
int folder_sync(struct sys *sys, const char *path, struct error *error);
int parent_sync(struct sys *sys, const char *path, struct error *error);       /* of the folder that the path lies in */
/* Creates a folder, mode 0700, unless it is there. */
int folder_make(struct sys *sys, const char *path, struct error *error);

#endif
