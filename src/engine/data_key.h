/* Data keys: what the cells of one house are sealed under. A house gets its first one when it first seals something.
 *
 *      key    house | RELATION_DATA_KEYS | number u32 BE, from 1
 *      value  [id of the master key (bin 8), the data key sealed under it (bin 72)], associated data: the record's whole key
 *
 *  (D1) The highest number of a house is its current key: what is sealed now is sealed under it. Those below open what they
 *       sealed, and go when nothing needs them any more (engine/seal_sweep.h).
 *  (D2) The record lies in the house, is logged, and ends with the house: what a deleted organization sealed can be opened only from
 *       older logs, snapshots and backups.
 *  (D3) A number is not used again: deleting leaves the highest one. */
#ifndef ROWHOUSE_ENGINE_DATA_KEY_H
#define ROWHOUSE_ENGINE_DATA_KEY_H

#include "crypto/keyring.h"
#include "engine/engine.h"

struct data_key {
    uint32_t number;                /* 0: none */
    struct seal_key key;
};

/* The key with this number; after a failure *ret is none. XX001 when there is none or its record is damaged; F0000 when the keyring lacks its master key. */
int data_key_find(struct request *rq, uint32_t house, uint32_t number, struct data_key *ret);

/* The number of the current key; 0: the house has none. */
int data_key_number(struct request *rq, uint32_t house, uint32_t *ret);

/* The current key of a house; the first one is made here, in the request's transaction. */
int data_key_current(struct request *rq, uint32_t house, struct data_key *ret);

/* Makes another one, which is the current one from here on. F0000 without a master key. */
int data_key_make(struct request *rq, uint32_t house, uint32_t number, struct data_key *ret);

/* Seals the key with this number under the current master key; nothing to do when it is already: 1 done, 0, -1. */
int data_key_wrap(struct request *rq, uint32_t house, uint32_t number);

/* Removes those below `number`. */
int data_keys_forget(struct request *rq, uint32_t house, uint32_t number);

/* Whether every data key of every house opens with the view's keyring; the error is that of data_key_find(). */
int data_keys_check(struct view *view, struct error *error);

#endif
