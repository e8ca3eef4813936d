/* Secrets in files: made once, private, compared whole. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/secret.h"

static char directory[64], path[96];

static void in_directory(void)
{
    strcpy(directory, "/tmp/rowhouse-secret-XXXXXX");
    cr_assert(mkdtemp(directory) != NULL);
    snprintf(path, sizeof path, "%s/key", directory);
}
static void leave(void)
{
    unlink(path);
    rmdir(directory);
}
TestSuite(secret, .init = in_directory, .fini = leave);

static void put(const char *text, int mode)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    chmod(path, (mode_t)mode);
}

Test(secret, is_made_once_and_private)
{
    struct secret first, second;
    struct error error;
    struct stat status;
    bool made;
    cr_assert(eq(int, secret_open(path, "rhs_", sys_real(), &first, &made, &error), 0), "%s", error.message);
    cr_assert(made);
    cr_assert(eq(sz, first.size, 4 + 64));
    cr_assert(eq(int, strncmp(first.text, "rhs_", 4), 0));
    cr_assert(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    cr_assert(eq(int, secret_open(path, "rhs_", sys_real(), &second, &made, &error), 0));
    cr_assert(not(made));
    cr_assert(eq(str, first.text, second.text));
}

Test(secret, white_space_around_it_does_not_count)
{
    struct secret secret;
    struct error error;
    bool made;
    put("  a secret\r\n\n", 0600);
    cr_assert(eq(int, secret_open(path, "", sys_real(), &secret, &made, &error), 0));
    cr_assert(eq(str, secret.text, "a secret"));
    cr_assert(eq(sz, secret.size, 8));
}

struct refused_case { char name[16]; char text[8]; int mode; char needle[24]; };
ParameterizedTestParameters(secret, is_refused)
{
    static struct refused_case cases[] = {
        { "group reads", "secret", 0640, "others may read" },
        { "all read", "secret", 0604, "others may read" },
        { "empty", "", 0600, "is empty" },
        { "blank", " \n", 0600, "is empty" },
    };
    return cr_make_param_array(struct refused_case, cases, sizeof cases / sizeof *cases);
}
ParameterizedTest(struct refused_case *t, secret, is_refused, .init = in_directory, .fini = leave)
{
    struct secret secret;
    struct error error;
    bool made;
    put(t->text, t->mode);
    cr_assert(eq(int, secret_open(path, "", sys_real(), &secret, &made, &error), -1), "%s", t->name);
    cr_assert(strstr(error.message, t->needle) != NULL, "%s: %s", t->name, error.message);
}

Test(secret, matches_itself_alone)
{
    struct secret secret = { .text = "abc", .size = 3 }, none = { .size = 0 };
    cr_assert(secret_matches(&secret, SLICE_LITERAL("abc")));
    cr_assert(not(secret_matches(&secret, SLICE_LITERAL("abd"))));
    cr_assert(not(secret_matches(&secret, SLICE_LITERAL("ab"))));
    cr_assert(not(secret_matches(&secret, SLICE_LITERAL("abcd"))));
    cr_assert(not(secret_matches(&secret, slice_of(NULL, 0))));
    cr_assert(not(secret_matches(&none, slice_of(NULL, 0))), "no secret is nobody's");
}
