#include "server/token_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/secret.h"

static struct slice trimmed(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    return slice_of(text, size);
}

static int read_file(const char *path, char text[static SECRET_SIZE_MAX + 1], size_t *ret_size, struct error *error)
{
    struct stat status;
    FILE *file = fopen(path, "re");
    if (file == NULL || fstat(fileno(file), &status) < 0) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the key \"%s\": %s", path, strerror(errno));
        if (file != NULL)
            fclose(file);
        return -1;
    }
    *ret_size = fread(text, 1, SECRET_SIZE_MAX, file);
    text[*ret_size] = '\0';
    fclose(file);
    bool secret = strstr(text, "-----BEGIN PUBLIC KEY-----") == NULL;
    if (secret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        fail(error, SQLSTATE_CONFIG_FILE_ERROR, "others than the owner may read the key \"%s\"", path);
        return fail_hint(error, "chmod 600 it");
    }
    return 0;
}

/* One file, if its name says that it is a key. */
static int load(const char *directory, const char *name, struct token_keys *keys, struct error *error)
{
    char path[4096], kid[256], text[SECRET_SIZE_MAX + 1];
    size_t size;
    const char *dot = strrchr(name, '.');
    bool pem = dot != NULL && strcmp(dot, ".pem") == 0, secret = dot != NULL && strcmp(dot, ".secret") == 0;
    if ((!pem && !secret) || dot == name)
        return 0;
    snprintf(kid, sizeof kid, "%.*s", (int)(dot - name), name);
    if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "the path of the key \"%s\" is too long", name);
    if (read_file(path, text, &size, error) < 0)
        return -1;
    int result = pem ? token_keys_add_pem(keys, kid, text, error) : token_keys_add_secret(keys, kid, trimmed(text, size), error);
    explicit_bzero(text, sizeof text);
    return result < 0 ? fail_within(error, "%s", path) : 0;
}

int token_files_load(const char *directory, struct token_keys *keys, struct error *error)
{
    struct dirent **names;
    int result = 0, count = scandir(directory, &names, NULL, alphasort);
    if (count < 0)
        return fail(error, SQLSTATE_CONFIG_FILE_ERROR, "cannot open the directory of keys \"%s\": %s", directory, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = load(directory, names[i]->d_name, keys, error);
        free(names[i]);
    }
    free(names);
    return result;
}
