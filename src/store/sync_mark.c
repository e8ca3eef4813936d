#include "store/sync_mark.h"

#include <string.h>

#include "base/hash.h"
#include "store/bytes.h"

static const uint8_t kind[8] = { 0, 0, 0, 0, 'M', 'A', 'R', 'K' };

void sync_mark_put(uint8_t out[static SYNC_MARK_SIZE], const struct sync_mark *mark, uint64_t seed)
{
    memcpy(out + 8, kind, sizeof kind);
    bytes_put64(out + 16, mark->lsn);
    bytes_put64(out + 24, mark->chain);
    bytes_put64(out, hash64(slice_of(out + 8, SYNC_MARK_SIZE - 8), seed));
}

bool sync_mark_read(struct slice bytes, size_t at, uint64_t seed, struct sync_mark *ret)
{
    if (at > bytes.size || bytes.size - at < SYNC_MARK_SIZE)
        return false;
    const uint8_t *from = bytes.data + at;
    if (memcmp(from + 8, kind, sizeof kind) != 0 || bytes_get64(from) != hash64(slice_of(from + 8, SYNC_MARK_SIZE - 8), seed))
        return false;
    *ret = (struct sync_mark){ bytes_get64(from + 16), bytes_get64(from + 24) };
    return true;
}
