/* Secrets of a whole server: its key file, new keys, and that no byte of a secret is in any file that it writes. */
#include "daemon.h"

#include <fcntl.h>
#include <ftw.h>

#include "engine/data_key.h"
#include "engine/seal_file.h"
#include "protocol/rekey.h"
#include "store/snapshot.h"

#define ORG "aaaaaaaa-0000-4000-8000-000000000000"
#define USER "00000000-0000-4000-8000-00000000000a"
#define ADMIN "00000000-0000-4000-8000-0000000000ad"
#define CANARY "CANARY7f3a"

static struct daemon daemon_, *d = &daemon_;
static struct peer service_, *service = &service_;

static void sign_in(void)
{
    peer_open(service, d);
    CALL_OK(service, "auth", "[\"%s\"]", d->server.service_key.text);
}

static void open_server(void)
{
    daemon_prepare(d, "");
    daemon_set(d, "migrations", "schema/migrations");
    daemon_start(d);
    sign_in();
    CALL_OK(service, "insert", "[\"organizations\",{\"id\":\"" ORG "\",\"name\":\"a\"}]");
    CALL_OK(service, "insert", "[\"auth.users\",[{\"id\":\"" USER "\",\"email\":\"u@example.com\"},{\"id\":\"" ADMIN "\",\"email\":\"a@example.com\"}]]");
    CALL_OK(service, "insert", "[\"profiles\",[{\"id\":\"" USER "\",\"organization_id\":\"" ORG "\",\"role\":\"user\"},"
                               "{\"id\":\"" ADMIN "\",\"organization_id\":\"" ORG "\",\"role\":\"super_admin\"}]]");
}

static void close_server(void)
{
    peer_close(service);
    daemon_stop(d);
    daemon_remove(d);
}

static void stop(void)
{
    peer_close(service);
    daemon_stop(d);
}

static void start(void)
{
    daemon_start(d);
    sign_in();
}

TestSuite(seal, .init = open_server, .fini = close_server);

/* A member of a map that is a text, in the peer's own memory. */
static const char *text_member(struct peer *p, const struct reply *reply, const char *name)
{
    struct slice member, text;
    cr_assert(json_member(reply->result, slice_of_string(name), &member) && mp_str(&member, &text), "%s", name);
    return arena_string(&p->arena, text);
}

/* --- The key file --- */

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "r");
    cr_assert(file != NULL, "%s", path);
    buf_clear(out);
    for (size_t got = 1; got > 0; out->size += got)
        got = fread(buf_reserve(out, KIB(64)), 1, KIB(64), file);
    fclose(file);
}

static int lines_of(const char *path)
{
    struct buf text = { 0 };
    int count = 0;
    read_file(path, &text);
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    buf_done(&text);
    return count;
}

static void put_file(const char *path, const char *text, int mode)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, (mode_t)mode), 0);
}

#define REFUSES_TO_START(code, text)                                                                                    \
    do {                                                                                                                \
        cr_assert_eq(server_open(&d->server, &d->config, sys_real(), &d->error), -1, "it starts");                                   \
        cr_assert_str_eq(sqlstate_code(d->error.state), code, "%s", d->error.message);                                   \
        cr_assert(strstr(d->error.message, text) != NULL, "%s", d->error.message);                                       \
    } while (0)

Test(seal, a_server_starts_with_its_own_key_alone)
{
    const char *path = d->config.seal_key_file;
    struct stat status;
    struct buf own = { 0 };
    char id[MASTER_ID_TEXT_SIZE + 1];
    cr_assert(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    master_id_format(keyring_current(&d->server.keyring)->id, id);
    stop();
    cr_assert_eq(unlink(path), 0);
    start();                                                /* nothing is sealed yet: another one is made */
    master_id_format(keyring_current(&d->server.keyring)->id, id);
    CALL_OK(service, "insert", "[\"integrations\",{\"organization_id\":\"" ORG "\",\"name\":\"n\",\"type\":\"crm\",\"credentials\":{\"k\":1}}]");
    stop();
    read_file(path, &own);
    cr_assert_eq(unlink(path), 0);
    REFUSES_TO_START("F0000", path);
    cr_assert(strstr(d->error.message, id) != NULL, "%s", d->error.message);
    cr_assert_eq(access(path, F_OK), -1, "a new file would hide that the old one is gone");
    put_file(path, "rhm_0000000000000000000000000000000000000000000000000000000000000000\n", 0600);
    REFUSES_TO_START("F0000", id);
    put_file(path, "rhm_00\n", 0600);
    REFUSES_TO_START("F0000", "line 1 is no key");
    put_file(path, buf_text(&own), 0644);
    REFUSES_TO_START("F0000", "others may read");
    put_file(path, buf_text(&own), 0600);
    start();
    CALL_OK(service, "scan", "[\"integrations\"]");
    buf_done(&own);
}

/* --- New keys --- */

static void put_secret(int number)
{
    CALL_OK(service, "insert", "[\"google_credentials\",{\"organization_id\":\"" ORG "\",\"user_id\":\"%s\",\"access_token\":\"t%d\",\"refresh_token\":\"r\"}]",
            number % 2 == 0 ? USER : ADMIN, number);
}

static void reseal(void)
{
    struct reply reply;
    struct slice member;
    bool more = true;
    while (more) {
        peer_call(service, &reply, "reseal", "[3]");
        cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
        cr_assert(json_member(reply.result, SLICE_LITERAL("more"), &member) && mp_bool(&member, &more));
    }
}

static uint32_t current_data_key(uint32_t house)
{
    struct view view;
    struct error error;
    struct request rq = { .view = &view, .error = &error };
    uint32_t number;
    cr_assert_eq(view_begin(d->server.store, &view, &error), 0);
    cr_assert_eq(data_key_number(&rq, house, &number), 0);
    view_end(&view);
    return number;
}

Test(seal, new_keys_while_it_serves)
{
    struct reply reply;
    char old[MASTER_ID_TEXT_SIZE + 1];
    struct slice member;
    int64_t number;
    put_secret(0);
    put_secret(1);
    master_id_format(keyring_current(&d->server.keyring)->id, old);
    peer_call(service, &reply, "rekey", "[]");
    cr_assert_str_neq(text_member(service, &reply, "key"), old);
    cr_assert(json_member(reply.result, SLICE_LITERAL("data_keys"), &member) && mp_int(&member, &number) && number == 1);
    cr_assert_eq(lines_of(d->config.seal_key_file), 1, "the old key has left");
    CALL_OK(service, "scan", "[\"google_credentials\"]");
    stop();
    start();
    CALL_OK(service, "scan", "[\"google_credentials\",{\"where\":[\"=\",\"access_token\",\"t1\"]}]");
    cr_assert_eq(atomic_load(&d->server.keyring.count), 1);

    cr_assert_eq(current_data_key(1), 1);
    CALL_OK(service, "rekey", "[{\"data\":true}]");
    cr_assert_eq(current_data_key(1), 2);
    stop();                                                 /* in the middle: what is left is found again */
    start();
    reseal();
    cr_assert_eq(reply_number((peer_call(service, &reply, "count", "[\"google_credentials\",{\"where\":[\"like\",\"access_token\",\"t%%\"]}]"), &reply)), 2);
    peer_call(service, &reply, "verify", "[]");
    cr_assert(json_member(reply.result, SLICE_LITERAL("count"), &member) && mp_int(&member, &number) && number == 0);
    cr_assert(json_member(reply.result, SLICE_LITERAL("sealed"), &member) && mp_int(&member, &number) && number == 4);
    CALL_FAILS("22023", service, "rekey", "[{\"dat\":true}]");
    CALL_FAILS("22023", service, "reseal", "[0]");
}

/* A file that cannot be written changes nothing; keys that were tried in vain do no harm. */
Test(seal, a_key_file_that_cannot_be_written)
{
    char path[128];
    put_secret(0);
    snprintf(path, sizeof path, "%.60s/seal.key.tmp", d->dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    CALL_FAILS("58030", service, "rekey", "[]");
    cr_assert_eq(atomic_load(&d->server.keyring.count), 1);
    cr_assert_eq(rmdir(path), 0);
    put_secret(1);
    CALL_OK(service, "rekey", "[]");
    CALL_OK(service, "scan", "[\"google_credentials\"]");
}

/* Keys that were put on another disk by a link stay there. */
Test(seal, a_key_file_behind_a_link)
{
    char disk[128], file[160];
    struct stat status;
    put_secret(0);
    stop();
    snprintf(disk, sizeof disk, "%.60s/disk", d->dir);
    snprintf(file, sizeof file, "%s/key", disk);
    cr_assert_eq(mkdir(disk, 0700), 0);
    cr_assert_eq(rename(d->config.seal_key_file, file), 0);
    cr_assert_eq(symlink(file, d->config.seal_key_file), 0);
    start();
    CALL_OK(service, "rekey", "[]");
    cr_assert(lstat(d->config.seal_key_file, &status) == 0 && S_ISLNK(status.st_mode));
    cr_assert_eq(lines_of(file), 1);
    stop();
    start();
    CALL_OK(service, "scan", "[\"google_credentials\"]");
}

Test(seal, the_list_of_keys_has_an_end)
{
    for (int i = 1; i < MASTER_KEYS_MAX; i++)
        CALL_OK(service, "rekey", "[]");
    CALL_FAILS("54000", service, "rekey", "[]");
    stop();
    start();
    CALL_OK(service, "rekey", "[]");
}

/* Both keys are in the file while the log may have either: as the machine may leave it. */
Test(seal, a_rekey_that_was_broken_off)
{
    struct seal_key next = { "the key that was to come" };
    const struct seal_key *keys[] = { &next, &keyring_current(&d->server.keyring)->key };
    struct seal_key old = *keys[1];
    keys[1] = &old;
    put_secret(0);
    stop();
    cr_assert_eq(seal_file_write(d->config.seal_key_file, keys, 2, sys_real(), &d->error), 0);
    start();
    cr_assert_eq(memcmp(keyring_current(&d->server.keyring)->key.bytes, next.bytes, SEAL_KEY_SIZE), 0);
    CALL_OK(service, "scan", "[\"google_credentials\"]");
    CALL_OK(service, "rekey", "[]");
    cr_assert_eq(lines_of(d->config.seal_key_file), 1);
    stop();
    start();
    CALL_OK(service, "scan", "[\"google_credentials\"]");
}

/* --- What is told of changes --- */

static int64_t count_of(const char *table)
{
    struct reply reply;
    peer_call(service, &reply, "count", "[\"%s\"]", table);
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    return reply_number(&reply);
}

/* Whether a second factor goes off is seen in the row, also where that column is sealed. */
Test(seal, a_second_factor_that_goes_off_is_told)
{
    CALL_OK(service, "insert", "[\"data_sensitivity_classifications\",{\"table_name\":\"user_2fa_settings\",\"column_name\":\"is_enabled\","
                               "\"sensitivity_level\":\"pii\",\"encryption_required\":true}]");
    CALL_OK(service, "insert", "[\"user_2fa_settings\",{\"user_id\":\"" USER "\",\"is_enabled\":false}]");
    CALL_OK(service, "update", "[\"user_2fa_settings\",{\"where\":[\"=\",\"user_id\",\"" USER "\"]},{\"is_enabled\":true}]");
    cr_assert_eq(count_of("security_alerts"), 0);
    CALL_OK(service, "update", "[\"user_2fa_settings\",{\"where\":[\"=\",\"user_id\",\"" USER "\"]},{\"is_enabled\":false}]");
    cr_assert_eq(count_of("security_alerts"), 1);
}

/* --- No byte of a secret on the disk --- */

static const char *sought[64];
static int sought_count, files_read;

static void seek(const char *text)
{
    cr_assert(sought_count < 64 && strlen(text) >= 7);
    sought[sought_count++] = strdup(text);
}

/* What a file holds, without its holes: the image's is as long as its map. */
static void read_data(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0, "%s", path);
    for (off_t at = 0, end; (at = lseek(fd, at, SEEK_DATA)) >= 0; at = end) {
        end = lseek(fd, at, SEEK_HOLE);
        cr_assert(end > at);
        size_t size = (size_t)(end - at);
        cr_assert_eq(pread(fd, buf_reserve(out, size), size, at), (ssize_t)size);
        out->size += size;
    }
    close(fd);
}

static int search(const char *path, const struct stat *status, int type, struct FTW *where)
{
    struct buf bytes = { 0 };
    if (type != FTW_F || !S_ISREG(status->st_mode))
        return 0;
    read_data(path, &bytes);
    files_read++;
    for (int i = 0; i < sought_count && bytes.size > 0; i++)
        cr_assert(memmem(bytes.data, bytes.size, sought[i], strlen(sought[i])) == NULL, "\"%s\" is in %s", sought[i], path);
    buf_done(&bytes);
    return 0;
}

/* Snapshots are compressed: what is in them is put beside them. */
static void unpack(const char *folder)
{
    uint64_t *list = NULL;
    struct error error;
    struct snapshot snapshot;
    char to[256];
    int count = snapshot_list(sys_real(), folder, &list, &error);
    cr_assert(count > 0);
    for (int i = 0; i < count; i++) {
        snprintf(to, sizeof to, "%.200s/unpacked-%d", folder, i);
        cr_assert_eq(snapshot_load(sys_real(), folder, list[i], to, &snapshot, &error), 0, "%s", error.message);
    }
    free(list);
}

static void peer_token(struct peer *p, const char *user)
{
    struct reply reply;
    peer_call(service, &reply, "call", "[\"issue_token\",{\"user_id\":\"%s\"}]", user);
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    const char *token = text_member(service, &reply, "token");
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", token);
}

/* Every secret column of the schema, by every way that writes. */
static void write_secrets(struct peer *p)
{
    static int serial;
    int n = ++serial;
    CALL_OK(p, "insert", "[\"integrations\",{\"organization_id\":\"" ORG "\",\"name\":\"i%d\",\"type\":\"crm\",\"credentials\":{\"k\":\"" CANARY "-insert\"}},"
                         "{\"returning\":true,\"idempotency_key\":\"k%d\"}]", n, n);
    CALL_OK(p, "insert", "[\"integrations\",{\"organization_id\":\"" ORG "\",\"name\":\"i%d\",\"type\":\"crm\",\"credentials\":{\"k\":\"" CANARY "-insert\"}},"
                         "{\"returning\":true,\"idempotency_key\":\"k%d\"}]", n, n);
    CALL_OK(p, "upsert", "[\"google_credentials\",{\"organization_id\":\"" ORG "\",\"user_id\":\"" USER "\",\"access_token\":\"" CANARY "-access-%d\","
                         "\"refresh_token\":\"" CANARY "-refresh\"},{\"conflict\":[\"organization_id\",\"user_id\"],\"returning\":[\"access_token\"]}]", n);
    CALL_OK(p, "update", "[\"integrations\",{\"where\":[\"=\",\"name\",\"i%d\"]},{\"credentials\":[\"" CANARY "-update\"]},{\"returning\":[\"credentials\"]}]", n);
    CALL_OK(p, "query", "[\"update integrations set credentials = '{\\\"k\\\": \\\"" CANARY "-literal\\\"}' where name = 'i%d' returning credentials\"]", n);
    CALL_OK(p, "query", "[\"update integrations set credentials = $1 where name = $2 and credentials->>'k' = $3 returning *\",[{\"k\":\"" CANARY "-param\"},\"i%d\",\"" CANARY "-literal\"]]", n);
    CALL_OK(p, "query", "[\"select '" CANARY "-select', credentials from integrations where credentials->>'k' = '" CANARY "-param'\"]");
    CALL_OK(p, "txn", "[[[\"insert\",\"api_integrations\",{\"provider_name\":\"p\",\"provider_type\":\"ai\",\"display_name\":\"d\",\"credentials\":\"" CANARY "-txn\"}],"
                      "[\"query\",\"update api_integrations set credentials = '\\\"" CANARY "-txn-query\\\"' where credentials = '\\\"" CANARY "-txn\\\"'\"]],"
                      "{\"idempotency_key\":\"t%d\"}]", n);
    CALL_OK(p, "insert", "[\"workflow_definitions\",{\"id\":\"0000000%d-0000-4000-8000-000000000001\",\"organization_id\":\"" ORG "\",\"name\":\"w\",\"trigger_type\":\"manual\",\"steps\":[]}]", n);
    CALL_OK(p, "insert", "[\"workflow_triggers\",{\"workflow_id\":\"0000000%d-0000-4000-8000-000000000001\",\"trigger_type\":\"webhook\",\"webhook_secret\":\"" CANARY "-hook\"}]", n);
    CALL_OK(p, "insert", "[\"workflow_variables\",{\"workflow_id\":\"0000000%d-0000-4000-8000-000000000001\",\"variable_name\":\"v\",\"variable_type\":\"secret\","
                         "\"default_value\":\"" CANARY "-variable\"}]", n);
    /* What fails tells nobody but the caller. */
    CALL_FAILS("23514", p, "insert", "[\"integrations\",{\"organization_id\":\"" ORG "\",\"name\":\"x\",\"type\":\"none\",\"credentials\":{\"k\":\"" CANARY "-check\"}}]");
    CALL_FAILS("23505", p, "insert", "[\"google_credentials\",{\"organization_id\":\"" ORG "\",\"user_id\":\"" USER "\",\"access_token\":\"" CANARY "-double\"}]");
    CALL_FAILS("22P02", p, "query", "[\"update integrations set credentials = '" CANARY "-malformed' where name = 'i%d'\"]", n);
    CALL_FAILS("42601", p, "query", "[\"update integrations sets credentials = '" CANARY "-syntax'\"]");
}

/* What functions make themselves. */
static void make_secrets(void)
{
    struct reply reply;
    struct slice codes, code;
    uint32_t count;
    peer_call(service, &reply, "call", "[\"enrol_totp\",{\"user_id\":\"" USER "\"},{\"idempotency_key\":\"totp\"}]");
    seek(text_member(service, &reply, "secret"));
    peer_call(service, &reply, "call", "[\"generate_backup_codes\",{\"user_id\":\"" USER "\"},{\"idempotency_key\":\"codes\"}]");
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    cr_assert(json_member(reply.result, SLICE_LITERAL("codes"), &codes) && mp_array(&codes, &count) && count > 0);
    while (count-- > 0 && mp_str(&codes, &code))
        seek(arena_string(&service->arena, code));
    peer_call(service, &reply, "query", "[\"select backup_codes from user_2fa_settings\"]");
    seek("sha256$");                                        /* how their hashes begin */
    cr_assert(memmem(reply.result.data, reply.result.size, "sha256$", 7) != NULL);
}

/* A secret column of a test's own, marked for one organization. */
static void classify(struct peer *p)
{
    CALL_OK(service, "insert", "[\"data_sensitivity_classifications\",{\"organization_id\":\"" ORG "\",\"table_name\":\"contacts\",\"column_name\":\"phone\","
                               "\"sensitivity_level\":\"pii\",\"encryption_required\":true}]");
    CALL_OK(p, "insert", "[\"contacts\",{\"organization_id\":\"" ORG "\",\"name\":\"Ada\",\"phone\":\"" CANARY "-phone\"}]");
}

Test(seal, no_byte_of_a_secret_is_on_the_disk, .timeout = PATIENCE_OF_A_TEST_S)
{
    static struct peer admin;
    struct reply reply;
    char path[256], log[256];
    stop();
    snprintf(log, sizeof log, "%.60s/log", d->dir);
    cr_assert(freopen(log, "w", stderr) != NULL);
    log_set_level(LOG_DEBUG);
    start();
    seek(CANARY);
    peer_token(&admin, ADMIN);
    write_secrets(service);
    write_secrets(&admin);
    classify(&admin);
    make_secrets();
    peer_call(&admin, &reply, "call", "[\"get_slow_queries\",{\"threshold_ms\":0}]");
    cr_assert_str_eq(reply.state, "00000", "%.*s", SLICE_FMT(reply.message));
    cr_assert(memmem(reply.result.data, reply.result.size, CANARY, strlen(CANARY)) == NULL, "slow queries show literals");
    cr_assert(memmem(reply.result.data, reply.result.size, "update integrations set credentials = ?", 39) != NULL);
    const char *const told[] = { "superadmin_logs", "audit_logs_enhanced" };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        peer_call(service, &reply, "scan", "[\"%s\"]", told[i]);
        cr_assert_str_eq(reply.state, "00000");
        cr_assert(memmem(reply.result.data, reply.result.size, CANARY, strlen(CANARY)) == NULL, "%s", told[i]);
        cr_assert(memmem(reply.result.data, reply.result.size, "integrations", 12) != NULL, "%s", told[i]);
    }
    CALL_OK(service, "call", "[\"export_audit_log\",{\"organization_id\":\"" ORG "\",\"format\":\"json\"}]");
    CALL_OK(service, "snapshot", "[]");
    snprintf(path, sizeof path, "%.60s/backup", d->dir);
    CALL_OK(service, "backup", "[\"%s\"]", path);
    CALL_OK(service, "rekey", "[{\"data\":true}]");
    reseal();
    peer_close(&admin);
    stop();
    snprintf(path, sizeof path, "%.60s/backup/snapshots", d->dir);
    unpack(path);
    snprintf(path, sizeof path, "%.60s/data/snapshots", d->dir);
    unpack(path);
    fflush(stderr);
    cr_assert_eq(nftw(d->dir, search, 16, FTW_PHYS), 0);
    cr_assert_geq(files_read, 10, "%d files", files_read);
    start();
    peer_call(service, &reply, "query", "[\"select credentials from integrations\"]");
    cr_assert(memmem(reply.result.data, reply.result.size, CANARY, strlen(CANARY)) != NULL, "and it is all there");
}
