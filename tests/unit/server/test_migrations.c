/* Migrations of a running server and of a start: what is said of each file, in which order they come, how large they may be, and that
 * an address that is taken is told before any of them runs. */
#include "daemon.h"

#include "value/mp.h"

static struct daemon one, *d = &one;
static const char schema[] = "CREATE TABLE notes (id bigserial PRIMARY KEY, body text);\n";

static void add_file(const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%.80s/migrations/%.60s", d->dir, name);
    FILE *file = fopen(path, "w");
    cr_assert(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void sign_in(struct peer *p)
{
    peer_open(p, d);
    CALL_OK(p, "auth", "[\"%s\"]", d->server.service_key.text);
}

/* The reply of a call has this in its JSON. */
#define SAYS(p, text, ...)                                                                                               \
    do {                                                                                                                 \
        struct reply said_;                                                                                              \
        struct buf json_ = { 0 };                                                                                        \
        peer_call(p, &said_, "migrate", __VA_ARGS__);                                                                    \
        cr_assert_str_eq(said_.state, "00000", "%.*s", SLICE_FMT(said_.message));                                        \
        json_to_text(said_.result, &json_);                                                                              \
        cr_assert(strstr(buf_text(&json_), text) != NULL, "no %s in %s", text, buf_text(&json_));                        \
        buf_done(&json_);                                                                                                \
    } while (0)

#define FILE_3 "{\"name\":\"0003.sql\",\"text\":\"CREATE TABLE three (id int PRIMARY KEY);\"}"
#define FILE_5 "{\"name\":\"0005.sql\",\"text\":\"CREATE TABLE five (id int PRIMARY KEY);\"}"
#define FILE_7 "{\"name\":\"0007.sql\",\"text\":\"CREATE TABLE seven (id int PRIMARY KEY);\"}"
#define FILE_8 "{\"name\":\"0008.sql\",\"text\":\"CREATE TABLE eight (a int); CREATE INDEX ON eight (a);\"}"

/* One option given twice, which JSON would make one of: a plan, which runs beside the writer, must not become anything else. */
static void plan_twice(struct peer *p)
{
    struct reply reply;
    mp_put_array(&p->out, 4);
    mp_put_uint(&p->out, 0);
    mp_put_uint(&p->out, 1);
    mp_put_string(&p->out, "migrate");
    mp_put_array(&p->out, 2);
    mp_put_array(&p->out, 0);
    mp_put_map(&p->out, 2);
    for (int i = 0; i < 2; i++) {
        mp_put_string(&p->out, "plan");
        mp_put_bool(&p->out, i == 0);
    }
    peer_answer(p, &reply);
    cr_assert_str_eq(reply.state, "22023", "%.*s", SLICE_FMT(reply.message));
}

Test(migrations, are_told_one_by_one)
{
    struct peer p;
    daemon_prepare(d, schema);
    daemon_start(d);
    sign_in(&p);
    SAYS(&p, "\"missing\": [\"0001.sql\"]", "[[%s]]", FILE_5);
    SAYS(&p, "\"state\": \"applied\", \"now\": false", "[[%s]]", FILE_5);
    SAYS(&p, "\"state\": \"applied\", \"now\": true", "[[%s,%s]]", FILE_5, FILE_7);
    CALL_FAILS("55000", &p, "migrate", "[[%s,%s,%s]]", FILE_3, FILE_5, FILE_7);
    CALL_FAILS("42P01", &p, "count", "[\"three\"]");
    SAYS(&p, "\"state\": \"refused\"", "[[%s,%s],{\"plan\":true}]", FILE_3, FILE_5);
    SAYS(&p, "\"behind\": \"0007.sql\"", "[[%s,%s],{\"out_of_order\":true}]", FILE_3, FILE_5);
    cr_assert_eq(peer_number(&p, "count", "[\"three\"]"), 0);
    SAYS(&p, "\"sqlstate\": \"0A000\"", "[[%s],{\"plan\":true}]", FILE_8);
    SAYS(&p, "\"pulls_down\": [{\"file\": \"0008.sql\"", "[[%s],{\"plan\":true}]", FILE_8);
    CALL_FAILS("22023", &p, "migrate", "[[],{\"nonsense\":true}]");
    plan_twice(&p);
    CALL_FAILS("22023", &p, "migrate", "[[],{\"restore\":1}]");
    CALL_FAILS("22023", &p, "migrate", "[[],{\"idempotency_key\":\"k\"}]");
    peer_close(&p);
    daemon_stop(d);
    daemon_remove(d);
}

/* Who names a file alone means it. */
Test(migrations, one_alone_may_come_late)
{
    struct peer p;
    daemon_prepare(d, schema);
    daemon_start(d);
    sign_in(&p);
    SAYS(&p, "\"now\": true", "[[%s]]", FILE_5);
    SAYS(&p, "\"behind\": \"0005.sql\"", "[[%s]]", FILE_3);
    peer_close(&p);
    daemon_stop(d);
    daemon_remove(d);
}

Test(migrations, of_a_start_keep_their_order)
{
    daemon_prepare(d, schema);
    add_file("0005.sql", "CREATE TABLE five (id int PRIMARY KEY);");
    daemon_start(d);
    daemon_stop(d);
    add_file("0003.sql", "CREATE TABLE three (id int PRIMARY KEY);");
    cr_assert_eq(server_open(&d->server, &d->config, sys_real(), &d->error), -1);
    cr_assert_str_eq(sqlstate_code(d->error.state), "55000");
    cr_assert(strstr(d->error.message, "\"0003.sql\"") != NULL, "%s", d->error.message);
    daemon_set(d, "migrations_out_of_order", "yes");
    daemon_start(d);
    daemon_stop(d);
    daemon_remove(d);
}

/* Larger than a statement, smaller than a request and a record; it is there after a restart. */
Test(migrations, may_be_large, .timeout = PATIENCE_OF_A_TEST_S)
{
    struct buf text = { 0 };
    struct peer p;
    daemon_prepare(d, schema);
    buf_append_string(&text, "CREATE TABLE large (id int PRIMARY KEY, body text);\n");
    for (int i = 0; text.size < MIB(3); i++)
        buf_printf(&text, "INSERT INTO large VALUES (%d, '%0500d');\n", i, i);
    add_file("0002.sql", buf_text(&text));
    daemon_start(d);
    daemon_stop(d);
    daemon_set(d, "rebuild_image", "yes");
    daemon_start(d);
    sign_in(&p);
    cr_assert_gt(peer_number(&p, "count", "[\"large\"]"), 5000);
    peer_close(&p);
    daemon_stop(d);
    buf_clear(&text);
    while (text.size <= MIGRATION_SIZE_MAX)
        buf_printf(&text, "-- %0500d\n", 0);
    add_file("0003.sql", buf_text(&text));
    cr_assert_eq(server_open(&d->server, &d->config, sys_real(), &d->error), -1);
    cr_assert_str_eq(sqlstate_code(d->error.state), "54000");
    buf_done(&text);
    daemon_remove(d);
}

/* A start that must fail changes no schema. */
Test(migrations, wait_for_the_addresses)
{
    struct daemon second;
    struct store *store;
    struct view view;
    daemon_prepare(d, schema);
    daemon_start(d);
    daemon_prepare(&second, schema);
    daemon_set(&second, "socket", "%s", d->config.socket);
    cr_assert_eq(server_open(&second.server, &second.config, sys_real(), &second.error), -1);
    cr_assert_str_eq(sqlstate_code(second.error.state), "55006", "%s", second.error.message);
    struct store_config config = { .data_dir = second.config.data, .image_dir = second.dir, .segment_size = WAL_SEGMENT_SIZE_MIN };
    cr_assert_eq(store_open(&config, sys_real(), &store, &second.error), 0, "%s", second.error.message);
    cr_assert_eq(view_begin(store, &view, &second.error), 0);
    cr_expect_eq(view.catalog->migration_count, 0);
    view_end(&view);
    cr_assert_eq(store_close(store, &second.error), 0);
    daemon_remove(&second);
    daemon_stop(d);
    daemon_remove(d);
}
