#include "engine/seal_file.h"

#include <errno.h>
#include <fcntl.h>

#include "engine/data_key.h"
#include "store/secret.h"

#define PREFIX "rhm_"
#define LINE_SIZE (sizeof PREFIX - 1 + 2 * SEAL_KEY_SIZE)

_Static_assert(MASTER_KEYS_MAX * (LINE_SIZE + 1) <= SECRET_SIZE_MAX, "a full key file can be read");

/* --- Reading --- */

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_line(const char *line, size_t size, struct seal_key *ret)
{
    const char *digits = line + sizeof PREFIX - 1;
    if (size != LINE_SIZE || memcmp(line, PREFIX, sizeof PREFIX - 1) != 0)
        return false;
    for (int i = 0; i < SEAL_KEY_SIZE; i++) {
        int high = digit_of(digits[2 * i]), low = digit_of(digits[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret->bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static int read_lines(const char *text, struct keyring *keyring, struct error *error)
{
    struct seal_key key;
    int result = 0;
    for (int line = 1; *text != '\0' && result == 0; line++) {
        size_t size = strcspn(text, "\n");
        if (!read_line(text, size, &key)) {
            fail(error, SQLSTATE_CONFIG_FILE_ERROR, "line %d is no key", line);
            result = fail_hint(error, "a line is " PREFIX " and %d hexadecimal digits", 2 * SEAL_KEY_SIZE);
        } else {
            result = keyring_add(keyring, &key, line == 1, error);
        }
        text += size + (text[size] == '\n');
    }
    seal_wipe(&key, sizeof key);
    return result;
}

int seal_file_read(const char *path, struct sys *sys, struct keyring *keyring, bool *ret_made, struct error *error)
{
    struct secret secret;
    if (secret_open(path, PREFIX, sys, &secret, ret_made, error) < 0)
        return -1;
    int result = read_lines(secret.text, keyring, error);
    seal_wipe(&secret, sizeof secret);
    return result < 0 ? fail_within(error, "\"%s\"", path) : 0;
}

static int check(struct store *store, const char *path, struct error *error)
{
    struct view view;
    if (view_begin(store, &view, error) < 0)
        return -1;
    int result = data_keys_check(&view, error);
    view_end(&view);
    return result < 0 ? fail_within(error, "\"%s\"", path) : 0;
}

int seal_file_open(const char *path, struct store *store, struct sys *sys, struct keyring *keyring, bool *ret_made, struct error *error)
{
    /* A new file must not hide that the old one is gone. */
    int fd = sys->open(sys, path, O_RDONLY, 0);
    bool missing = fd < 0 && errno == ENOENT;
    if (fd >= 0)
        sys->close(sys, fd);
    if (missing && check(store, path, error) < 0)
        return -1;
    return seal_file_read(path, sys, keyring, ret_made, error) < 0 ? -1 : check(store, path, error);
}

/* --- Writing --- */

static void put_line(const struct seal_key *key, struct buf *out)
{
    buf_append_string(out, PREFIX);
    for (int i = 0; i < SEAL_KEY_SIZE; i++)
        buf_printf(out, "%02x", key->bytes[i]);
    buf_append_byte(out, '\n');
}

int seal_file_write(const char *path, const struct seal_key *const *keys, int count, struct sys *sys, struct error *error)
{
    struct buf text = { 0 };
    buf_reserve(&text, (size_t)count * (LINE_SIZE + 1) + 1);    /* once, so that no key stays in memory that was given back */
    for (int i = 0; i < count; i++)
        put_line(keys[i], &text);
    int result = secret_write(path, buf_slice(&text), sys, error);
    seal_wipe(text.data, text.capacity);
    buf_done(&text);
    return result;
}
