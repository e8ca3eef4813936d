#include "rowhoused.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/keeper.h"

#define START_SECONDS_MAX 60
#define SERVICE_KEY "service-key-of-the-tests-0123456789abcdef"
#define JWT_SECRET "jwt-secret-of-the-tests-0123456789abcdef0123456789abcdef"

struct rowhoused {
    struct keeper keeper;
    char socket[96];
};

static void write_secret(const struct rowhoused *server, const char *name, const char *text, char *ret_path, size_t size)
{
    snprintf(ret_path, size, "%s/%s", server->keeper.directory, name);
    FILE *file = fopen(ret_path, "w");
    if (file == NULL || fchmod(fileno(file), 0600) < 0 || fprintf(file, "%s\n", text) < 0 || fclose(file) != 0)
        die("cannot write", ret_path);
}

static bool answers(const struct rowhoused *server)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", server->socket);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

struct rowhoused *rowhoused_start(const char *program, const char *migrations)
{
    struct rowhoused *server = calloc(1, sizeof *server);
    char path[PATH_MAX], schema[PATH_MAX], jwt[128], key[128];
    if (server == NULL || realpath(program, path) == NULL || realpath(migrations, schema) == NULL)
        die("cannot find", program);
    keeper_prepare(&server->keeper, "test", NULL);
    snprintf(server->socket, sizeof server->socket, "%s/socket", server->keeper.directory);
    write_secret(server, "jwt", JWT_SECRET, jwt, sizeof jwt);
    write_secret(server, "key", SERVICE_KEY, key, sizeof key);
    const char *serve[] = { path, "--data", "data", "--image-dir", ".", "--listen", "127.0.0.1:0", "--upkeep=no",
                            "--socket", server->socket, "--migrations", schema, "--jwt-secret-file", jwt, "--service-key-file", key, NULL };
    keeper_start(&server->keeper, NULL, NULL, serve, SIGTERM);
    for (int tenth = 0; tenth < START_SECONDS_MAX * 10; tenth++) {
        if (answers(server))
            return server;
        if (keeper_ended(&server->keeper))
            die("rowhoused does not start", path);
        usleep(100 * 1000);
    }
    die("rowhoused does not answer", path);
}

void rowhoused_stop(struct rowhoused *server)
{
    if (server == NULL)
        return;
    keeper_stop(&server->keeper);
    free(server);
}

const char *rowhoused_address(const struct rowhoused *server)
{
    return server->socket;
}

const char *rowhoused_service_key(const struct rowhoused *server)
{
    return SERVICE_KEY;
}

const char *rowhoused_jwt_secret(const struct rowhoused *server)
{
    return JWT_SECRET;
}
