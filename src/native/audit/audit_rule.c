#include "native/audit/audit_rule.h"

#include "value/mp.h"

bool audit_leaf(struct slice row, int hash_column, struct buf *out)
{
    size_t before = out->size;
    struct slice object;
    uint32_t count;
    bool good = mp_array(&row, &count);
    mp_put_array(out, good ? count : 0);
    for (uint32_t i = 0; good && i < count; i++) {
        good = mp_skip(&row, &object);
        if (good && (int)i == hash_column)
            mp_put_nil(out);
        else if (good)
            buf_append_slice(out, object);
    }
    if (!good)
        out->size = before;
    return good;
}

bool audit_leaf_hash(struct slice row, int hash_column, struct merkle_hash *ret)
{
    struct buf leaf = { 0 };
    bool good = audit_leaf(row, hash_column, &leaf);
    merkle_leaf(buf_slice(&leaf), ret);
    buf_done(&leaf);
    return good;
}
