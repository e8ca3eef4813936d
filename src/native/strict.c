#include "native/strict.h"

static const enum reference strict_tables[] = {
    REFERENCE_ORGANIZATION_CREDITS, REFERENCE_CREDIT_LEDGER, REFERENCE_CREDIT_CONSUMPTION_LOGS, REFERENCE_AUDIT_LOGS_ENHANCED,
    REFERENCE_SUPERADMIN_LOGS,
};

static bool is_strict(const struct catalog *catalog, uint16_t relation)
{
    if (relation == RELATION_CREDIT_RESERVATIONS || relation == RELATION_AUDIT_HEAD)
        return true;
    if (relation < RELATION_USER_FIRST)
        return false;
    for (size_t i = 0; i < sizeof strict_tables / sizeof *strict_tables; i++) {
        const struct table *table = catalog->references[strict_tables[i]];
        if (table != NULL && table->relation == relation)
            return true;
    }
    return false;
}

bool native_strict(const struct request *rq)
{
    for (int i = 0; i < rq->changes->count; i++)
        if (is_strict(rq->view->catalog, key_relation(rq->changes->items[i].key)))
            return true;
    return false;
}
