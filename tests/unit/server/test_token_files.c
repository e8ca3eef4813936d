/* Keys of tokens from a directory. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/token_files.h"

/* RFC 8410, section 10.1 and 10.3: a public key and a private one. */
#define PUBLIC "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n"
#define PRIVATE "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n"

static char directory[64];
static struct token_keys *keys;
static struct error error;

static void set_up(void)
{
    strcpy(directory, "/tmp/rowhouse-keys-XXXXXX");
    cr_assert(mkdtemp(directory) != NULL);
    cr_assert(eq(int, token_keys_new(SLICE_LITERAL("0123456789abcdef0123456789abcdef"), NULL, &keys, &error), 0));
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    cr_assert(eq(int, system(command), 0));
    token_keys_free(keys);
}

TestSuite(token_files, .init = set_up, .fini = tear_down);

static void put(const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fchmod(fileno(file), mode) == 0 && fclose(file) == 0);
}

Test(token_files, files_are_keys_by_name)
{
    put("old.pem", PUBLIC, 0644);
    put("new.pem", PRIVATE, 0600);
    put("plain.secret", "a secret of at least thirty-two bytes\n", 0600);
    put("README", "no key", 0644);
    cr_assert(eq(int, token_files_load(directory, keys, &error), 0), "%s", error.message);
    cr_assert(eq(int, token_keys_sign_with(keys, "new", &error), 0), "%s", error.message);
    cr_assert(eq(int, token_keys_sign_with(keys, "plain", &error), 0), "%s", error.message);
    cr_assert(eq(int, token_keys_sign_with(keys, "old", &error), -1), "only public");
    cr_assert(eq(int, token_keys_sign_with(keys, "README", &error), -1));
}

Test(token_files, what_others_may_read_is_refused)
{
    put("new.pem", PRIVATE, 0640);
    cr_assert(eq(int, token_files_load(directory, keys, &error), -1));
    cr_assert(strstr(error.message, "new.pem") != NULL, "%s", error.message);
}

Test(token_files, what_is_no_key_is_refused_by_name)
{
    put("bad.pem", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 0600);
    cr_assert(eq(int, token_files_load(directory, keys, &error), -1));
    cr_assert(eq(int, (int)error.state, (int)SQLSTATE_CONFIG_FILE_ERROR));
    cr_assert(strstr(error.message, "bad.pem") != NULL, "%s", error.message);
}

Test(token_files, a_missing_directory_is_refused)
{
    cr_assert(eq(int, token_files_load("/no/such/directory", keys, &error), -1));
}
