#include "value/audit_stub.h"

#include <inttypes.h>

#include "value/json.h"
#include "value/time.h"

static void put_time(const char *word, int64_t us, struct buf *out)
{
    buf_printf(out, "%s ", word);
    time_format(instant_from_unix(us), true, out);
    buf_append_byte(out, '\n');
}

void audit_stub_put(const struct audit_stub *stub, struct buf *out)
{
    checkpoint_text_put(&stub->removed, out);
    buf_append_string(out, "last ");
    merkle_put_base64(&stub->last, out);
    buf_append_byte(out, '\n');
    put_time("from", stub->from_us, out);
    put_time("to", stub->to_us, out);
    put_time("at", stub->at_us, out);
    buf_printf(out, "by %s\nentry %" PRIu64 "\n", stub->by, stub->entry);
}

/* The next line, which begins with `word`: what follows that. */
static bool next(struct slice *text, const char *word, struct slice *ret)
{
    struct slice line;
    return line_next(text, &line) && after_word(line, word, ret);
}

static bool next_time(struct slice *text, const char *word, int64_t *ret_us)
{
    struct slice rest;
    struct error ignored;
    int64_t instant;
    if (!next(text, word, &rest) || time_parse(rest, true, &instant, &ignored) < 0)
        return false;
    *ret_us = instant_to_unix(instant);
    return true;
}

static bool is_actor(struct slice by)
{
    struct uuid user;
    char text[UUID_TEXT_SIZE + 1];
    if (!uuid_parse(by, &user))
        return slice_is(by, AUDIT_STUB_SERVICE);
    uuid_format(&user, text);
    return slice_is(by, text);
}

static bool read_text(struct slice text, struct audit_stub *ret)
{
    struct slice rest = text, last, by, entry;
    *ret = (struct audit_stub){ 0 };
    if (!checkpoint_text_get(&rest, &ret->removed) || !next(&rest, "last", &last) || !merkle_get_base64(last, &ret->last) ||
        !next_time(&rest, "from", &ret->from_us) || !next_time(&rest, "to", &ret->to_us) || !next_time(&rest, "at", &ret->at_us) ||
        !next(&rest, "by", &by) || !is_actor(by) || !next(&rest, "entry", &entry) || !number_get(entry, &ret->entry))
        return false;
    memcpy(ret->by, by.data, by.size);
    struct buf again = { 0 };
    audit_stub_put(ret, &again);
    bool same = slice_equal(buf_slice(&again), text);       /* (R1) */
    buf_done(&again);
    return same && ret->removed.size > 0 && ret->entry >= ret->removed.size;
}

bool audit_stub_read(struct slice note, struct audit_stub *ret)
{
    struct slice text;
    return note_text(note, &text) && read_text(text, ret);
}

const char *audit_stub_get(struct slice note, const struct note_key *key, struct audit_stub *ret)
{
    struct slice text;
    const char *reason = note_verify(note, key, &text);
    if (reason != NULL)
        return reason;
    if (!read_text(text, ret))
        return "it is no stub";
    return strcmp(ret->removed.origin, key->name) == 0 ? NULL : "it is of another log than the key's";
}

bool audit_hashes_get(struct slice json, const char *member, struct merkle_proof *ret)
{
    struct slice hashes, text;
    uint32_t count;
    ret->count = 0;
    bool good = json_member(json, slice_of_string(member), &hashes) && mp_array(&hashes, &count) && count <= MERKLE_PROOF_MAX;
    for (uint32_t i = 0; good && i < count; i++)
        good = mp_str(&hashes, &text) && merkle_get_base64(text, &ret->hashes[ret->count++]);
    return good;
}
