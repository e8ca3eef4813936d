/* Rows that refer to rows that are not there yet: of their own table (a tree whose leaves come first), or of one that comes later.
 *
 * A batch that is refused for a missing reference (23503) waits. The rows of a table are tried again when the table is
 * over, and whatever is left when the dump is over: in batches, since references count at the end of a request, then
 * the rows of a refused batch one by one; from the last row to the first and back, until nothing moves. Rows that
 * refer to each other in a ring go in together, if one request can hold them. */
#include <stdlib.h>

#include "base/memory.h"
#include "progress.h"
#include "restore.h"

void late_add(struct restore *restore)
{
    restore->late = memory_resize(restore->late, sizeof *restore->late * (restore->late_count + restore->batch_rows));
    for (size_t i = 0; i < restore->batch_rows; i++)
        restore->late[restore->late_count++] = (struct late){ memory_string(restore->table), restore->batch[i] };
}

/* Takes the rows that went in out of the list. */
static void compact(struct restore *restore)
{
    size_t kept = 0;
    for (size_t i = 0; i < restore->late_count; i++)
        if (restore->late[i].record != NULL)
            restore->late[kept++] = restore->late[i];
        else
            free(restore->late[i].table);
    restore->late_count = kept;
}

/* Rows first to last - 1 of the list, of one table; *moved when any went in. Refused for another reason: a code after telling. */
static int try_rows(struct restore *restore, size_t first, size_t last, bool *moved)
{
    struct rh_packed *records[RESTORE_BATCH_ROWS] = { NULL };
    const char *table = restore->late[first].table;
    for (size_t i = first; i < last; i++)
        records[i - first] = restore->late[i].record;
    int outcome = records_send(restore, table, records, last - first);
    if (outcome == RH_OK) {
        for (size_t i = first; i < last; i++) {
            rh_packed_free(restore->late[i].record);
            restore->late[i].record = NULL;
        }
        *moved = true;
    } else if (!is_early(restore, outcome)) {
        progress_done();
        fprintf(stderr, "rowhouse restore: %zu rows of \"%s\" that waited for others:\n", last - first, table);
        return cli_outcome(restore->cli, outcome);
    }
    for (size_t i = first; outcome != RH_OK && last - first > 1 && i < last; i++) {
        int code = try_rows(restore, i, i + 1, moved);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

/* The end of the run of rows of one table that begins at `first`, as long as a batch at most. */
static size_t run_end(const struct restore *restore, size_t first)
{
    size_t last = first + 1;
    while (last < restore->late_count && last - first < RESTORE_BATCH_ROWS && strcmp(restore->late[last].table, restore->late[first].table) == 0)
        last++;
    return last;
}

static size_t run_start(const struct restore *restore, size_t last)
{
    size_t first = last - 1;
    while (first > 0 && last - first < RESTORE_BATCH_ROWS && strcmp(restore->late[first - 1].table, restore->late[last - 1].table) == 0)
        first--;
    return first;
}

/* One pass over the list, forwards or backwards. */
static int pass(struct restore *restore, const char *table, bool backwards, bool *moved)
{
    size_t first, last, at = backwards ? restore->late_count : 0;
    int code = EXIT_DONE;
    while (code == EXIT_DONE && (backwards ? at > 0 : at < restore->late_count)) {
        first = backwards ? run_start(restore, at) : at;
        last = backwards ? at : run_end(restore, at);
        at = backwards ? first : last;
        if (table == NULL || strcmp(restore->late[first].table, table) == 0)
            code = try_rows(restore, first, last, moved);
    }
    compact(restore);
    return code;
}

int late_retry(struct restore *restore, const char *table)
{
    bool backwards = true, moved = restore->late_count > 0;
    int code = EXIT_DONE;
    for (; code == EXIT_DONE && moved; backwards = !backwards) {
        moved = false;
        code = pass(restore, table, backwards, &moved);
    }
    if (code != EXIT_DONE || table != NULL || restore->late_count == 0)
        return code;
    progress_done();
    fprintf(stderr, "rowhouse restore: %zu rows refer to rows that are not in the dump; the first of them, of \"%s\":\n", restore->late_count,
            restore->late[0].table);
    return cli_outcome(restore->cli, records_send(restore, restore->late[0].table, &restore->late[0].record, 1));
}
