#include "store/secret.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "store/file.h"

/* Not a file that is there already: it might be open to others. */
static bool write_synced(const char *path, struct slice text, struct sys *sys)
{
    sys->unlink(sys, path);
    int fd = sys->open(sys, path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    bool written = fd >= 0 && file_write(sys, fd, text.data, text.size, 0) == 0 && sys->sync(sys, fd) == 0;
    int reason = errno;
    if (fd >= 0)
        sys->close(sys, fd);
    errno = reason;
    return written;
}

int secret_write(const char *path, struct slice text, struct sys *sys, struct error *error)
{
    char real[PATH_MAX], beside[PATH_MAX + 8];
    if (sys->resolve(sys, path, real) < 0)
        return file_fail(error, "write", path);
    snprintf(beside, sizeof beside, "%s.tmp", real);
    if (!write_synced(beside, text, sys) || sys->rename(sys, beside, real) < 0) {
        file_fail(error, "write", path);
        sys->unlink(sys, beside);
        return -1;
    }
    return folder_sync(sys, dirname(real), error);
}

static int make(const char *path, const char *prefix, struct sys *sys, struct error *error)
{
    uint8_t random[32];
    char text[128];
    int at = snprintf(text, sizeof text, "%s", prefix);
    sys_random(sys, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%02x", random[i]);
    text[at++] = '\n';
    int result = secret_write(path, slice_of(text, (size_t)at), sys, error);
    OPENSSL_cleanse(text, sizeof text);
    OPENSSL_cleanse(random, sizeof random);
    return result;
}

static int read_file(const char *path, int fd, struct sys *sys, struct secret *ret, struct error *error)
{
    int mode = sys->mode(sys, fd);
    if (mode >= 0 && (mode & 077) != 0) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "others may read \"%s\"", path);
        return fail_hint(error, "chmod 600 %s", path);
    }
    ssize_t size = mode < 0 ? -1 : file_read(sys, fd, ret->text, sizeof ret->text, 0);
    if (size < 0)
        return fail(error, SQLSTATE_IO_ERROR, "cannot read \"%s\": %s", path, strerror(errno));
    if (size > SECRET_SIZE_MAX)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" has more than %d bytes", path, SECRET_SIZE_MAX);
    size_t start = 0;
    while (size > 0 && isspace((unsigned char)ret->text[size - 1]))
        size--;
    while ((ssize_t)start < size && isspace((unsigned char)ret->text[start]))
        start++;
    ret->size = (size_t)size - start;
    memmove(ret->text, ret->text + start, ret->size);
    ret->text[ret->size] = '\0';
    return ret->size > 0 ? 0 : fail(error, SQLSTATE_CONFIG_FILE_ERROR, "\"%s\" is empty", path);
}

int secret_open(const char *path, const char *prefix, struct sys *sys, struct secret *ret, bool *ret_made, struct error *error)
{
    int fd = sys->open(sys, path, O_RDONLY, 0);
    *ret_made = fd < 0 && errno == ENOENT;
    if (*ret_made) {
        if (make(path, prefix, sys, error) < 0)
            return -1;
        fd = sys->open(sys, path, O_RDONLY, 0);
    }
    if (fd < 0)
        return fail(error, SQLSTATE_IO_ERROR, "cannot open \"%s\": %s", path, strerror(errno));
    int result = read_file(path, fd, sys, ret, error);
    sys->close(sys, fd);
    return result;
}

bool secret_matches(const struct secret *secret, struct slice given)
{
    uint8_t ours[SHA256_DIGEST_LENGTH], theirs[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)secret->text, secret->size, ours);
    SHA256(given.data, given.size, theirs);
    return secret->size > 0 && CRYPTO_memcmp(ours, theirs, sizeof ours) == 0;
}
