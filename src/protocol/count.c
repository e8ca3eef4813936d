/* The method `count`. Without a condition that needs rows it walks keys alone. */
#include "protocol/reading.h"

#include "engine/policy/rights.h"
#include "protocol/methods.h"
#include "value/mp.h"

int count_method(struct request *rq, struct args args, struct buf *out)
{
    struct reading r;
    uint64_t count = 0;
    if (reading_from_args(rq, args, OPTION_WHERE | OPTION_ORGANIZATION, &r) < 0)
        return -1;
    if (rights_of_reading(rq, &r.query, false, &(struct column_list){ 0 }) < 0)
        return -1;
    if (!r.nowhere && select_count(rq, &r.query, &count) < 0)
        return -1;
    mp_put_uint(out, count);
    return 0;
}
