/* The key space: one B+tree, every key = tenant u32 BE | relation u16 BE | memory-comparable key columns.
 *
 *  (K1) All keys of a tenant lie in one contiguous range; tenant 0 is the system house.
 *  (K2) A cursor is opened on a range of one tenant and one relation, asserted, and cannot leave it.
 *  (K3) A table row's value is its XXH3-64 checksum (8 bytes LE, seeded with the XXH3-64 of its whole key), then
 *       the row (value/row.h). An index entry's value is empty; its key ends in all of the
 *       primary key's columns, whether or not the index names them: one rule.
 *  (K4) System relations (below RELATION_USER_FIRST) hold a checksum and msgpack, and have no indexes.
 *  (K5) Behind all tenants lie the claims, under TENANT_CLAIMS, which is none and which no cursor is opened on. An index that is
 *       unique over all tenants (index->claimed) has one claim for each of its rows: key = TENANT_CLAIMS u32 BE | its relation u16 BE |
 *       its columns, value = the row's tenant u32 BE, flags u8. A row that a partial index leaves out has none, nor has one that a
 *       NULL makes distinct from all others. */
#ifndef ROWHOUSE_STORE_KEYSPACE_H
#define ROWHOUSE_STORE_KEYSPACE_H

#include "catalog/catalog.h"

enum system_relation {
    RELATION_META = 1,          /* house 0, not logged: "applied" -> LSN, written by every commit */
    RELATION_HOUSES,            /* house 0: organization uuid -> tenant number, an int */
    RELATION_HOUSE_NUMBERS,     /* house 0: tenant number u32 BE -> organization uuid, ext 2 */
    RELATION_SEQUENCES,         /* house 0: sequence u64 BE -> last value given */
    RELATION_MIGRATIONS,        /* house 0: ordinal u32 BE -> [name, hash bin, text, applied_us] */
    RELATION_SETTINGS,          /* house 0: name -> value: server id, digest of the service key, ... */
    RELATION_IDEMPOTENCY,       /* a tenant's: role, principal uuid or zeros, key text -> [sealed reply ext, expires_us] */
    RELATION_RATE_WINDOWS,      /* a tenant's: sliding windows, see native/ */
    RELATION_CREDIT_RESERVATIONS,
    RELATION_AUDIT_HEAD,        /* a tenant's: empty key -> [size, last leaf hash bin] */
    RELATION_AUDIT_NODES,       /* a tenant's: level u8, index u64 BE -> node hash bin */
    RELATION_AUDIT_LEAVES,      /* a tenant's: entry u64 BE -> [id of its row, leaf hash bin] */
    RELATION_SECOND_FACTORS,    /* house 0: user uuid -> step of the last TOTP code that was accepted */
    RELATION_DATA_KEYS,         /* a tenant's: number u32 BE -> [id of the master key bin, sealed data key bin], engine/data_key.h */
    RELATION_AUDIT_STUB,        /* a tenant's: empty key -> the signed note, a str; there when entries were removed */
    RELATION_LOAD,              /* house 0: empty key -> [id, records, checked, over, [relation ...]], engine/load.h */
    RELATION_LOAD_UNDO,         /* house 0: number u64 BE -> [key bin, old value bin or nil] */
    RELATION_TOUCHED,           /* house 0: relation u16 BE -> true: not only migrations wrote to this table that they fill */
    RELATION_COLLATIONS,        /* house 0, not logged: relation u16 BE of an index -> by which versions of ICU's orders it is sorted, a str */
    RELATION_SYSTEM_END
};
_Static_assert(RELATION_SYSTEM_END <= RELATION_USER_FIRST, "system relations stay below the catalog's");

/* Keys are built in a fixed buffer: they cannot be longer than LMDB's. */
struct key {
    uint8_t bytes[KEY_SIZE_MAX];
    size_t size;
};
static inline struct slice key_slice(const struct key *key) { return slice_of(key->bytes, key->size); }

/* The prefix alone. */
void key_start(struct key *key, uint32_t tenant, uint16_t relation);
uint32_t key_tenant(struct slice key);
uint16_t key_relation(struct slice key);

/* Raw bytes of system relations. Asserts that they fit. */
void key_bytes(struct key *key, const void *bytes, size_t size);
void key_u16(struct key *key, uint16_t value);
void key_u32(struct key *key, uint32_t value);
void key_u64(struct key *key, uint64_t value);

/* A column of an index or primary key; *lossy is set when the form is (value/value.h), never cleared. 54000 when the
 * key would pass KEY_SIZE_MAX. */
int key_column(struct key *key, struct type type, const struct value *value, struct key_order order,
               bool *lossy, struct error *error);

/* The key of a row under a table's primary key / the entry of a row in an index (primary key's columns appended).
 * `columns` is indexed by column number, all of the table's columns. */
int key_of_row(const struct table *table, uint32_t tenant, const struct value *columns, struct key *ret, struct error *error);
int key_of_entry(const struct index *index, uint32_t tenant, const struct value *columns, struct key *ret,
                 bool *ret_lossy, struct error *error);

/* The claim on columns of an index that is unique over all tenants (K5). */
int key_of_claim(const struct index *index, const struct value *columns, struct key *ret, struct error *error);
/* The same of a whole row; size 0 when it has none. `arena`: for the predicate. */
int key_of_claiming(const struct index *index, const struct value *columns, struct arena *arena, struct key *ret, struct error *error);
/* The same from the front of an entry, or from the key of a row: another tenant's number before the same columns. */
void key_claim_of_front(struct slice front, struct key *ret);

/* From an index entry to the key of its row: copies the appended primary key columns. -1: corrupted entry. */
int key_row_from_entry(const struct index *index, struct slice entry, struct key *ret);

/* The size of an entry's front: prefix and the index's own key columns, without the primary key's. 0: corrupted. */
size_t key_entry_declared(const struct index *index, struct slice entry);

/* The first key after every key that starts with `key`; false when there is none. */
bool key_successor(const struct key *key, struct key *ret);

/* All columns of a stored row, missing tail filled, in `arena`-free storage of the caller (COLUMNS_MAX). Sealed cells are
 * left as they are: nothing in the store needs their values. -1: corrupted. */
int row_values(const struct table *table, struct slice row, struct value *columns);

/* Whether an index has entries of its own: a primary key is its table's rows, a house index its table's range. */
static inline bool index_kept(const struct index *index) { return !index->primary && !index->house; }

/* Whether a NULL among the columns of a unique index makes a row distinct from all others. */
bool index_null_distinct(const struct index *index, const struct value *columns);

/* Whether the row belongs into the index (partial predicate TRUE). Deterministic: predicates are immutable. */
int index_covers(const struct index *index, const struct value *columns, struct arena *arena, bool *ret, struct error *error);

#endif
