/* Secrets in files: made once, private, compared whole. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/secret.h"

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

static int make_at(const char *at)
{
    struct secret secret;
    struct error error;
    bool made;
    return secret_open(at, "", sys_real(), &secret, &made, &error);
}

/* What a crash left beside it, or somebody laid there, is neither written through nor left open to others. */
Test(secret, what_lies_beside_it_is_not_written_to)
{
    char beside[112], elsewhere[112];
    struct stat status;
    struct error error;
    snprintf(beside, sizeof beside, "%s.tmp", path);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
    put("old", 0600);
    cr_assert(rename(path, elsewhere) == 0 && symlink(elsewhere, beside) == 0);
    cr_assert(eq(int, make_at(path), 0));
    cr_assert(stat(elsewhere, &status) == 0 && status.st_size == 3);
    cr_assert(rename(elsewhere, beside) == 0 && chmod(beside, 0666) == 0);
    cr_assert(eq(int, secret_write(path, SLICE_LITERAL("new\n"), sys_real(), &error), 0), "%s", error.message);
    cr_assert(stat(path, &status) == 0 && status.st_size == 4 && (status.st_mode & 0777) == 0600);
    cr_assert(access(beside, F_OK) < 0 && access(elsewhere, F_OK) < 0);
}

/* A link to another disk stays one, and while that disk is not there nothing takes its place. */
Test(secret, a_link_stays)
{
    char disk[112], file[128];
    struct stat status;
    struct secret secret;
    struct error error;
    bool made;
    snprintf(disk, sizeof disk, "%s/disk", directory);
    snprintf(file, sizeof file, "%s/key", disk);
    cr_assert(eq(int, symlink("disk/key", path), 0));
    cr_assert(eq(int, make_at(path), -1));
    cr_assert(mkdir(disk, 0700) == 0);
    cr_assert(eq(int, make_at(path), -1));
    cr_assert(access(file, F_OK) < 0);
    FILE *there = fopen(file, "w");
    cr_assert(there != NULL && fputs("old", there) >= 0 && fclose(there) == 0 && chmod(file, 0600) == 0);
    cr_assert(eq(int, secret_write(path, SLICE_LITERAL("new"), sys_real(), &error), 0), "%s", error.message);
    cr_assert(lstat(path, &status) == 0 && S_ISLNK(status.st_mode));
    cr_assert(eq(int, secret_open(file, "", sys_real(), &secret, &made, &error), 0));
    cr_assert(eq(str, secret.text, "new"));
    cr_assert(unlink(file) == 0 && rmdir(disk) == 0);
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
