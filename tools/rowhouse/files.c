#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

static int is_migration(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".sql") == 0;
}

static int add_file(struct cli *cli, struct file_list *list, const char *path)
{
    char chunk[65536];
    const char *slash = strrchr(path, '/');
    FILE *in = fopen(path, "r");
    list->files = memory_resize(list->files, sizeof *list->files * (size_t)(list->count + 1));
    struct file *file = &list->files[list->count++];
    *file = (struct file){ .name = memory_string(slash != NULL ? slash + 1 : path) };
    for (size_t got; in != NULL && (got = fread(chunk, 1, sizeof chunk, in)) > 0;)
        buf_append(&file->text, chunk, got);
    if (in == NULL || ferror(in)) {
        fprintf(stderr, "rowhouse %s: cannot read \"%s\": %s\n", cli->command->name, path, strerror(errno));
        if (in != NULL)
            fclose(in);
        return EXIT_FAILED;
    }
    fclose(in);
    return EXIT_DONE;
}

static int add_folder(struct cli *cli, struct file_list *list, const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_migration, alphasort), code = EXIT_DONE;
    if (count <= 0) {
        fprintf(stderr, "rowhouse %s: there is no *.sql in \"%s\"\n", cli->command->name, path);
        code = EXIT_FAILED;
    }
    for (int i = 0; i < count; i++) {
        char full[4096];
        snprintf(full, sizeof full, "%s/%s", path, entries[i]->d_name);
        if (code == EXIT_DONE)
            code = add_file(cli, list, full);
        free(entries[i]);
    }
    free(entries);
    return code;
}

int files_add(struct cli *cli, struct file_list *list, const char *path)
{
    struct stat status;
    bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return folder ? add_folder(cli, list, path) : add_file(cli, list, path);
}

void files_done(struct file_list *list)
{
    for (int i = 0; i < list->count; i++) {
        free(list->files[i].name);
        buf_done(&list->files[i].text);
    }
    free(list->files);
}
