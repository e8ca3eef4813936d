/* A JSON number of the stored form, whichever of its forms it has, as digits. */
#ifndef ROWHOUSE_VALUE_JSON_NUMBER_H
#define ROWHOUSE_VALUE_JSON_NUMBER_H

#include "value/decimal.h"
#include "value/mp.h"

#define JSON_NUMBER_SIZE 24     /* of the decimal payload of an int or a float64 */

static inline bool json_is_number(enum mp_type type)
{
    return type == MP_INT || type == MP_UINT || type == MP_DOUBLE || type == MP_EXT;
}

/* Reads the number at the front of `json` and moves past it. The digits lie in `scratch` or in the JSON. */
struct decimal json_number(struct slice *json, uint8_t scratch[static JSON_NUMBER_SIZE]);

#endif
