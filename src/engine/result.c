#include "engine/result.h"

#include <assert.h>

#include "value/mp.h"

int result_put(struct result *result, const struct result_shape *shape, struct slice bytes, struct value *values)
{
    uint32_t count;
    if (result->store != NULL) {
        buf_append_slice(result->store, bytes);
        return result->stored(result);
    }
    bool array = mp_array(&bytes, &count);
    assert(array && (int)count == shape->count);
    for (int i = 0; i < shape->count; i++) {
        int loaded = value_load(shape->outputs[i].type, &bytes, &values[i]);
        assert(loaded == 0);
    }
    return result->row(result, values);
}
