/* Typed records: one walk over a description, for every table. */
#include "client/client.h"

#include "value/mp.h"
#include "value/value.h"

static void *member(void *record, size_t offset)
{
    return (uint8_t *)record + offset;
}

static bool read_field(const struct rh_field *field, struct rh_cell cell, void *record)
{
    void *to = member(record, field->offset);
    struct rh_string *text = to;
    enum rh_type type = rh_type(cell);
    switch (field->type) {
    case RH_FIELD_BOOL:   *(bool *)to = rh_bool(cell); return type == RH_BOOL;
    case RH_FIELD_INT:    *(int64_t *)to = rh_int(cell); return type == RH_INT;
    case RH_FIELD_DOUBLE: *(double *)to = rh_double(cell); return type == RH_DOUBLE;
    case RH_FIELD_TEXT:   text->data = rh_text(cell, &text->size); return type == RH_TEXT;
    case RH_FIELD_BYTES:  text->data = rh_bytes(cell, &text->size); return type == RH_BYTES;
    case RH_FIELD_UUID:   return rh_uuid(cell, to);
    case RH_FIELD_TIME:   *(int64_t *)to = rh_time_us(cell); return type == RH_TIME;
    case RH_FIELD_CELL:   *(struct rh_cell *)to = cell; return true;
    }
    return false;
}

bool rh_record_read(const struct rh_record *record, struct rh_cell row, void *ret)
{
    struct slice in = slice_of(row.data, row.size), object;
    uint32_t count;
    if (!mp_array(&in, &count) || (int)count < record->count)
        return false;
    for (int i = 0; i < record->count; i++) {
        const struct rh_field *field = &record->fields[i];
        if (!mp_skip(&in, &object))
            return false;
        struct rh_cell cell = { object.data, object.size };
        bool *has = member(ret, field->has_offset);
        *has = !rh_is_null(cell);
        if (*has && !read_field(field, cell, ret))
            return false;
    }
    return true;
}

static void pack_field(const struct rh_field *field, const void *record, struct buf *out)
{
    const void *from = (const uint8_t *)record + field->offset;
    const struct rh_string *text = from;
    const struct rh_cell *cell = from;
    struct value time;
    switch (field->type) {
    case RH_FIELD_BOOL:   mp_put_bool(out, *(const bool *)from); return;
    case RH_FIELD_INT:    mp_put_int(out, *(const int64_t *)from); return;
    case RH_FIELD_DOUBLE: mp_put_double(out, *(const double *)from); return;
    case RH_FIELD_TEXT:   mp_put_str(out, slice_of(text->data, text->size)); return;
    case RH_FIELD_BYTES:  mp_put_bin(out, slice_of(text->data, text->size)); return;
    case RH_FIELD_UUID:   mp_put_ext(out, MP_EXT_UUID, slice_of(from, sizeof(struct rh_uuid))); return;
    case RH_FIELD_CELL:   buf_append(out, cell->data, cell->size); return;
    case RH_FIELD_TIME:
        time = value_time(*(const int64_t *)from);
        value_store(type_of(TYPE_TIMESTAMPTZ), &time, out);
        return;
    }
}

int rh_record_insert(struct rh *db, const struct rh_record *record, const void *from, struct rh_reply **ret)
{
    struct rh_packed *packed = rh_packed_new('{');
    for (int i = 0; i < record->count; i++) {
        const struct rh_field *field = &record->fields[i];
        if (field->generated || !*(const bool *)((const uint8_t *)from + field->has_offset))
            continue;
        mp_put_string(&packed->bytes, field->column);
        pack_field(field, from, &packed->bytes);
        packed->count += 2;
    }
    int result = rh_insert(db, record->table, ret, "o", packed);
    rh_packed_free(packed);
    return result;
}
