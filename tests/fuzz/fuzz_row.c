/* Rows: the columns lie one behind the other in the row and fill it; one alone is found where all are. */
#include "fuzz.h"

#include "value/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct row row;
    struct slice bytes = slice_of(data, size), column;
    if (row_open(bytes, &row) < 0)
        return 0;
    assert(row.count >= 0);
    assert(row.count <= COLUMNS_MAX);
    for (int i = 0; i < row.count; i++) {
        bool found = row_column(bytes, i, &column);
        assert(found);
        assert(column.data == row.columns[i].data);
        assert(column.size == row.columns[i].size);
        assert(i == 0 || column.data == row.columns[i - 1].data + row.columns[i - 1].size);
    }
    assert(row.count == 0 || column.data + column.size == data + size);
    assert(!row_column(bytes, row.count, &column));
    return 0;
}
