/* The walls, from outside and table by table: members, anon, and users without a profile try everything that the protocol offers on
 * every table of the catalog, with the keys of other tenants' rows in hand.
 *
 * Rows carry marks of their owners (lib/tenants.h). No mark of another owner may come back, in a result or in an error's message,
 * detail or hint, but for the values that the request itself named; nothing may be counted; whether a row of another tenant exists
 * may not be told apart; and afterwards every row of everybody else is, byte for byte, what it was. All of it twice: under the
 * policies of the schema, then, for tables whose rows live in houses, with policies that let everybody do everything, so that only
 * the walls are left.
 *
 *      walls [seed]                ROWHOUSED: the server; the seed is printed */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/keeper.h"
#include "lib/rowhoused.h"
#include "lib/tenants.h"
#include "native/native.h"

#define SCAN_MAX 10000

struct attacker {
    const char *name, *role;
    enum owner own;                 /* OWNERS: none of the rows is his */
    bool user;                      /* he is mark.user of `own`, or a user without a profile */
    struct rh *db;
    long requests, own_seen;        /* tables in which he saw his own mark */
};

static struct tenants tenants, *t = &tenants;
static struct attacker *who;
static const struct seeded *table;
static struct rh_reply *reply;
static long failures;
static bool walls_alone;            /* the policies let everybody do everything */

/* What the request named: these values, wherever they come back, are its own. */
static struct rh_cell named[1024];
static int named_count;

static void name_nothing(void) { named_count = 0; }

static void name_cell(struct rh_cell cell)
{
    if (named_count < (int)(sizeof named / sizeof *named))
        named[named_count++] = cell;
}

static void fault(int line, const char *what, const char *more)
{
    failures++;
    fprintf(stderr, "walls.c:%d: %s, table %s: %s %s\n", line, who->name, table == NULL ? "-" : table->name, what, more);
}

/* --- Looking for marks --- */

static bool is_named(const uint8_t *at, size_t left)
{
    for (int i = 0; i < named_count; i++) {
        struct rh_uuid uuid;
        size_t size = 0;
        const char *text = rh_text(named[i], &size);
        char formatted[37];
        if (text != NULL && size <= left && memcmp(at, text, size) == 0)
            return true;
        if (!rh_uuid(named[i], &uuid))
            continue;
        rh_uuid_format(&uuid, formatted);
        if ((left >= 16 && memcmp(at, uuid.bytes, 16) == 0) || (left >= 36 && memcmp(at, formatted, 36) == 0))
            return true;
    }
    return false;
}

static bool holds(const uint8_t *bytes, size_t size, const void *mark, size_t mark_size)
{
    const uint8_t *at = bytes, *end = bytes + size;
    while ((at = memmem(at, (size_t)(end - at), mark, mark_size)) != NULL) {
        if (!is_named(at, (size_t)(end - at)))
            return true;
        at++;
    }
    return false;
}

/* A mark of the owner as text, as bytes of a uuid, or as the text of one. */
static bool marked(const uint8_t *bytes, size_t size, const struct mark *mark)
{
    struct rh_uuid uuid = { { 0 } };
    char formatted[37];
    memcpy(uuid.bytes, mark->uuid, MARK_UUID_SIZE);
    rh_uuid_format(&uuid, formatted);
    return holds(bytes, size, mark->text, MARK_SIZE) || holds(bytes, size, mark->uuid, MARK_UUID_SIZE) || holds(bytes, size, formatted, 13);
}

static bool foreign(enum owner owner)
{
    if (owner == who->own)
        return false;
    return owner != OWNER_SYSTEM || (table != NULL && table->rows[OWNER_SYSTEM] > 0 && !table->shared);
}

static void look(int line, const char *what, const uint8_t *bytes, size_t size)
{
    for (enum owner owner = 0; owner < OWNERS; owner++)
        if (foreign(owner) && marked(bytes, size, &t->marks[owner])) {
            char text[400];
            snprintf(text, sizeof text, "shows a mark of %s: %.*s", t->marks[owner].name, (int)(size > 300 ? 300 : size), (const char *)bytes);
            fault(line, what, text);
        }
}

/* Every reply goes through here. */
static int judge(int line, const char *what, int outcome)
{
    who->requests++;
    if (outcome != RH_OK && outcome != RH_REFUSED)
        die("the server is gone", rh_message(who->db));
    if (outcome == RH_OK) {
        look(line, what, rh_result(reply).data, rh_result(reply).size);
    } else {
        const char *texts[] = { rh_message(who->db), rh_detail(who->db), rh_hint(who->db) };
        for (int i = 0; i < 3; i++)
            look(line, what, (const uint8_t *)texts[i], strlen(texts[i]));
    }
    return outcome;
}

static void forget(void)
{
    rh_reply_free(reply);
    reply = NULL;
}

/* A request whose reply is looked at; `reply` is there when it is RH_OK. */
#define TRY(method, ...) (forget(), judge(__LINE__, method, rh_request(who->db, &reply, method, __VA_ARGS__)))

static void expect(int line, bool holds_true, const char *what)
{
    if (!holds_true)
        fault(line, what, rh_message(who->db));
}
#define EXPECT(condition, what) expect(__LINE__, condition, what)

/* --- Keys --- */

static struct rh_packed *key_of(struct rh_cell row)
{
    struct rh_cell columns = rh_member(table->described, "primary_key");
    struct rh_packed *key = rh_count(columns) == 1 ? NULL : rh_packed_new('[');
    for (size_t i = 0; i < rh_count(columns); i++) {
        char *name = cell_string(rh_at(columns, i));
        struct rh_cell cell = rh_at(row, (size_t)seeded_column(table, name));
        if (key == NULL)
            key = rh_pack("c", &cell);
        else if (rh_packed_add(key, "c", &cell) != RH_OK)
            die("cannot pack the key of", table->name);
        free(name);
    }
    return key;
}

static void name_row(struct rh_cell row)
{
    for (size_t i = 0; i < rh_count(row); i++)
        if (rh_type(rh_at(row, i)) == RH_UUID)
            name_cell(rh_at(row, i));
}

static char *first_key_column(void)
{
    return cell_string(rh_at(rh_member(table->described, "primary_key"), 0));
}

/* A column of texts that no CHECK limits; NULL: there is none. */
static char *free_text_column(void)
{
    struct rh_cell columns = rh_member(table->described, "columns"), checks = rh_member(table->described, "checks");
    for (size_t i = 0; i < rh_count(columns); i++) {
        struct rh_cell column = rh_at(columns, i);
        char *name = cell_string(rh_member(column, "name"));
        bool good = cell_is(rh_member(column, "type"), "text") && rh_is_null(rh_member(column, "generated")), key = false;
        struct rh_cell primary = rh_member(table->described, "primary_key"), references = rh_member(table->described, "foreign_keys");
        for (size_t k = 0; k < rh_count(primary); k++)
            key = key || cell_is(rh_at(primary, k), name);
        for (size_t k = 0; k < rh_count(references); k++)
            key = key || cell_is(rh_at(rh_member(rh_at(references, k), "columns"), 0), name);
        for (size_t k = 0; k < rh_count(checks); k++) {
            char *check = cell_string(rh_member(rh_at(checks, k), "check"));
            good = good && strncmp(check, name, strlen(name)) != 0;
            free(check);
        }
        if (good && !key)
            return name;
        free(name);
    }
    return NULL;
}

/* --- What everybody may ask, and gets his own of --- */

static long count_of(struct rh_cell result)
{
    struct rh_cell count = rh_member(result, "count");
    return (long)rh_int(rh_is_null(count) ? result : count);
}

static long as_service(const char *of, const struct mark *house)
{
    struct rh_reply *answer = NULL;
    int outcome = house == NULL ? rh_request(t->service, &answer, "count", "[s]", of)
                                : rh_request(t->service, &answer, "count", "[s {s:u}]", of, "organization", &house->organization);
    long count = outcome == RH_OK ? (long)rh_int(rh_result(answer)) : -1;
    rh_reply_free(answer);
    return count;
}

/* How many rows may be his. */
static long own_rows(void)
{
    if (who->own >= OWNERS)
        return 0;
    return table->in_houses && who->own < OWNER_NONE ? as_service(table->name, &t->marks[who->own]) : table->rows[who->own];
}

static void read_all(void)
{
    char *text = free_text_column(), *key = first_key_column(), sql[512];
    name_nothing();
    if (TRY("scan", "[s {s:i}]", table->name, "limit", SCAN_MAX) == RH_OK && who->own < OWNERS)
        who->own_seen += marked(rh_result(reply).data, rh_result(reply).size, &t->marks[who->own]);
    if (table->in_houses || table->of_users)
        EXPECT((long)rh_count(rh_rows(reply)) <= own_rows(), "scan gives more rows than are his");
    (void)TRY("scan", "[s {s:[[s s]] s:i}]", table->name, "order", key, "desc", "limit", 3);
    (void)TRY("aggregate", "[s {s:[[s s] [s s]]}]", table->name, "aggregates", "count", "*", "count", key);
    (void)TRY("explain", "[s [s]]", "scan", table->name);
    snprintf(sql, sizeof sql, "SELECT * FROM %s", table->name);
    (void)TRY("query", "[s]", sql);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE EXISTS (SELECT 1 FROM %s)", table->name, table->name);
    (void)TRY("query", "[s]", sql);
    if (text != NULL) {
        (void)TRY("aggregate", "[s {s:[[s s] [s s]] s:[s]}]", table->name, "aggregates", "min", text, "max", text, "group_by", text);
        /* A cast that fails says what it met. */
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE CAST(%s AS integer) = 1", table->name, text);
        (void)TRY("query", "[s]", sql);
        snprintf(sql, sizeof sql, "SELECT CAST(max(%s) AS integer) FROM %s", text, table->name);
        (void)TRY("query", "[s]", sql);
    }
    free(text);
    free(key);
}

/* A view is no hole: it reads what its caller may. */
static void read_views(void)
{
    char sql[512], *key = first_key_column();
    static const char *const rows[] = { "seen", "made" };
    name_nothing();
    for (int i = 0; i < 2; i++) {
        snprintf(sql, sizeof sql, "SELECT * FROM \"%s %s\"", rows[i], table->name);
        if (TRY("query", "[s]", sql) == RH_OK && (table->in_houses || table->of_users))
            EXPECT(count_of(rh_result(reply)) <= own_rows(), "a view gives more rows than are his");
        snprintf(sql, sizeof sql, "SELECT v.*, t.%s FROM \"%s %s\" v LEFT JOIN %s t ON t.%s = v.%s", key, rows[i], table->name, table->name, key, key);
        (void)TRY("query", "[s]", sql);
        (void)TRY("explain", "[s [s]]", "query", sql);
    }
    snprintf(sql, sizeof sql, "SELECT rows FROM \"counted %s\"", table->name);
    if (TRY("query", "[s]", sql) == RH_OK && (table->in_houses || table->of_users))
        EXPECT((long)rh_int(rh_at(rh_at(rh_member(rh_result(reply), "rows"), 0), 0)) <= own_rows(), "a view counts more rows than are his");
    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE EXISTS (SELECT 1 FROM \"seen %s\" v WHERE v.%s IS NOT NULL)", table->name, table->name, key);
    (void)TRY("query", "[s]", sql);
    free(key);
}

/* --- With the key of somebody else's row --- */

static const char *const writes[] = { "insert", "upsert" };

static enum owner himself(void)
{
    return who->own < OWNERS ? who->own : OWNER_NONE;
}

static void read_row(struct rh_cell row, const struct mark *owner)
{
    struct rh_packed *key = key_of(row);
    char *column = first_key_column(), *text = free_text_column();
    struct rh_cell first = rh_at(row, (size_t)seeded_column(table, column));
    char like[MARK_SIZE + 2], sql[512];
    name_nothing();
    name_row(row);
    snprintf(sql, sizeof sql, "SELECT %s FROM %s WHERE %s = $1", column, table->name, column);
    if (TRY("query", "[s [c]]", sql, &first) == RH_OK)
        EXPECT(rh_count(rh_rows(reply)) == 0, "a query finds it");
    if (TRY("get", "[s o]", table->name, key) == RH_OK)
        EXPECT(rh_is_null(rh_result(reply)), "get finds it");
    if (TRY("count", "[s {s:[s s c]}]", table->name, "where", "=", column, &first) == RH_OK)
        EXPECT(count_of(rh_result(reply)) == 0, "count counts it");
    if (TRY("scan", "[s {s:[s s [c]]}]", table->name, "where", "in", column, &first) == RH_OK)
        EXPECT(rh_count(rh_rows(reply)) == 0, "scan finds it");
    if (TRY("aggregate", "[s {s:[[s s]] s:[s s c]}]", table->name, "aggregates", "count", "*", "where", "=", column, &first) == RH_OK)
        EXPECT(rh_int(rh_at(rh_at(rh_rows(reply), 0), 0)) == 0, "aggregate counts it");
    (void)TRY("explain", "[s [s o]]", "get", table->name, key);
    (void)TRY("explain", "[s [s o]]", "delete", table->name, key);
    if (TRY("txn", "[[[s s o] [s s]]]", "get", table->name, key, "count", table->name) == RH_OK)
        EXPECT(rh_is_null(rh_at(rh_result(reply), 0)), "get in a transaction finds it");
    if (owner < &t->marks[OWNER_NONE]) {
        struct rh_packed *organization = rh_pack("u", &owner->organization);
        int outcome = TRY("scan", "[s {s:o}]", table->name, "organization", organization);
        EXPECT(outcome == RH_REFUSED && strcmp(rh_sqlstate(who->db), "42501") == 0, "scan enters the other's house");
        EXPECT(TRY("get", "[s o {s:o}]", table->name, key, "organization", organization) == RH_REFUSED, "get enters the other's house");
        EXPECT(TRY("count", "[s {s:o}]", table->name, "organization", organization) == RH_REFUSED, "count enters the other's house");
        snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table->name);
        EXPECT(TRY("query", "[s [] {s:o}]", sql, "organization", organization) == RH_REFUSED, "a query enters the other's house");
        rh_packed_free(organization);
    }
    if (text != NULL) {
        snprintf(like, sizeof like, "%s%%", owner->text);
        if (TRY("count", "[s {s:[s s s]}]", table->name, "where", "like", text, like) == RH_OK)
            EXPECT(count_of(rh_result(reply)) == 0, "count counts the other's texts");
    }
    free(column);
    free(text);
    rh_packed_free(key);
}

/* Writes to the row itself: none is there. */
static void write_row(struct rh_cell row, const struct mark *owner)
{
    struct rh_packed *key = key_of(row);
    char *column = first_key_column(), *text = free_text_column();
    struct rh_cell first = rh_at(row, (size_t)seeded_column(table, column));
    char sql[512];
    name_nothing();
    name_row(row);
    snprintf(sql, sizeof sql, "DELETE FROM %s WHERE %s = $1 RETURNING %s", table->name, column, column);
    if (TRY("query", "[s [c]]", sql, &first) == RH_OK)
        EXPECT(count_of(rh_result(reply)) == 0, "DELETE removes it");
    if (text != NULL) {
        snprintf(sql, sizeof sql, "UPDATE %s SET %s = 'taken over' WHERE %s = $1", table->name, text, column);
        if (TRY("query", "[s [c]]", sql, &first) == RH_OK)
            EXPECT(count_of(rh_result(reply)) == 0, "UPDATE changes it");
    }
    if (TRY("delete", "[s o {s:b}]", table->name, key, "returning", 1) == RH_OK)
        EXPECT(count_of(rh_result(reply)) == 0, "delete removes it");
    if (TRY("delete", "[s {s:[s s c]}]", table->name, "where", "=", column, &first) == RH_OK)
        EXPECT(count_of(rh_result(reply)) == 0, "delete by filter removes it");
    if (text != NULL) {
        if (TRY("update", "[s o {ss} {s:b}]", table->name, key, text, "taken over", "returning", 1) == RH_OK)
            EXPECT(count_of(rh_result(reply)) == 0, "update changes it");
        if (TRY("update", "[s {s:[s s c]} {ss}]", table->name, "where", "=", column, &first, text, "taken over") == RH_OK)
            EXPECT(count_of(rh_result(reply)) == 0, "update by filter changes it");
        if (TRY("update", "[s {s:[s s s]} {ss}]", table->name, "where", "<>", text, "", text, t->marks[himself()].text) == RH_OK)
            EXPECT(count_of(rh_result(reply)) <= own_rows(), "update of all rows changes more than his");
    }
    if (owner < &t->marks[OWNER_NONE])
        EXPECT(TRY("delete", "[s o {s:u}]", table->name, key, "organization", &owner->organization) == RH_REFUSED, "delete enters the other's house");
    free(column);
    free(text);
    rh_packed_free(key);
}

/* An operation that would perhaps be done is followed by one that fails: nothing of it stays, and the error says how far it came.
 * The number of the operation that failed and the error's code. */
static void poisoned(int line, const char *method, struct rh_packed *record, char *ret, size_t size)
{
    forget();
    (void)judge(line, method, rh_request(who->db, &reply, "txn", "[[[s s o] [s s n]]]", method, table->name, record, "insert", "nothing"));
    snprintf(ret, size, "%s %s", rh_sqlstate(who->db), strncmp(rh_detail(who->db), "operation 1", 11) == 0 ? "at the first" : "at the second");
}

static bool refers(const char *column)
{
    struct rh_cell keys = rh_member(table->described, "foreign_keys");
    for (size_t i = 0; i < rh_count(keys); i++)
        if (cell_is(rh_at(rh_member(rh_at(keys, i), "columns"), 0), column))
            return true;
    return false;
}

/* A record of his own that has the other row's key: the key is taken, which is all that he is told, and an upsert finds a row that he does
 * not see. One that is refused with a fresh key is refused likewise, but for what is asked after the key. */
static void probe_key(struct rh_cell row)
{
    static const char *const answers[] = { "23505 at the first", "42501 at the first" };
    char taken[64], fresh[64], *column = first_key_column();
    struct rh_cell first = rh_at(row, (size_t)seeded_column(table, column));
    struct recipe recipe = { .values = himself(), .house = himself(), .references = himself() };
    for (int i = 0; i < 2 && table->in_houses && !refers(column) && strcmp(table->name, "organizations") != 0; i++) {
        recipe.column = NULL;
        struct rh_packed *without = tenants_record(t, table, recipe);
        recipe.column = column;
        recipe.value = first;
        struct rh_packed *with = tenants_record(t, table, recipe);
        name_nothing();
        name_row(row);
        poisoned(__LINE__, writes[i], with, taken, sizeof taken);
        poisoned(__LINE__, writes[i], without, fresh, sizeof fresh);
        bool comes_so_far = strstr(fresh, "at the second") != NULL || strncmp(fresh, "2350", 4) == 0;
        if (strcmp(taken, comes_so_far ? answers[i] : fresh) != 0)
            fault(__LINE__, "the key of another tenant's row is not just taken:", taken);
        rh_packed_free(with);
        rh_packed_free(without);
    }
    free(column);
}

/* Names every row that the owner has: a request refers to some of them. */
static void name_all(enum owner owner)
{
    name_nothing();
    for (int i = 0; i < t->count; i++)
        if (t->tables[i].rows[owner] > 0)
            name_row(t->tables[i].row[owner]);
}

/* New rows in the other's house; and new rows of his own that refer to the other's, which must fare as if those were nowhere. */
static void write_across(enum owner owner)
{
    char how[64], nowhere[64];
    name_all(owner);
    for (int i = 0; i < 2; i++) {
        struct recipe recipe = { .values = himself(), .house = owner, .references = himself() };
        struct rh_packed *into = tenants_record(t, table, recipe);
        recipe.house = himself();
        recipe.references = owner;
        struct rh_packed *onto = tenants_record(t, table, recipe);
        recipe.dangling = true;
        struct rh_packed *dangling = tenants_record(t, table, recipe);
        if (strcmp(table->tenancy, "tenant") == 0)
            EXPECT(TRY(writes[i], "[s o {s:b}]", table->name, into, "returning", 1) == RH_REFUSED, "a row enters the other's house");
        poisoned(__LINE__, writes[i], onto, how, sizeof how);
        poisoned(__LINE__, writes[i], dangling, nowhere, sizeof nowhere);
        if (owner < OWNER_NONE && strcmp(how, nowhere) != 0)
            fault(__LINE__, "a reference to another tenant's row is told apart from one to nothing:", how);
        rh_packed_free(into);
        rh_packed_free(onto);
        rh_packed_free(dangling);
    }
}

/* A cursor that the owner of the rows got is nobody else's. */
static void steal_cursor(const struct attacker *owner)
{
    struct rh_reply *page = NULL;
    bool read = rh_request(owner->db, &page, "scan", "[s {s:i}]", table->name, "limit", 1) == RH_OK;
    struct rh_cell cursor = rh_member(rh_result(page), "cursor");
    if (read && !rh_is_null(cursor)) {
        name_nothing();
        EXPECT(TRY("scan", "[s {s:i s:c}]", table->name, "limit", 1, "cursor", &cursor) == RH_REFUSED,
               "another's cursor goes on");
    }
    rh_reply_free(page);
}

/* --- Native functions: somebody else's organization and user --- */

static int add_parameter(struct rh_packed *given, const struct parameter *p, const struct mark *mark)
{
    if (strcmp(p->name, "organization_id") == 0)
        return rh_packed_add(given, "su", p->name, &mark->organization);
    if (strcmp(p->name, "user_id") == 0)
        return rh_packed_add(given, "su", p->name, &mark->user);
    if (!p->required || p->array)
        return RH_OK;
    switch (p->type) {
    case TYPE_TEXT: case TYPE_VARCHAR: return rh_packed_add(given, "ss", p->name, "ai_lead_scoring");
    case TYPE_UUID: return rh_packed_add(given, "su", p->name, &mark->user);
    case TYPE_BOOL: return rh_packed_add(given, "sb", p->name, 1);
    case TYPE_JSONB: return rh_packed_add(given, "s{ss}", p->name, "a", "b");
    case TYPE_INET: return rh_packed_add(given, "ss", p->name, "10.0.0.1");
    default: return rh_packed_add(given, "si", p->name, 1);
    }
}

static void call_all(enum owner owner)
{
    int count;
    const struct native_function *const *functions = native_table(&count);
    table = NULL;
    name_all(owner);
    for (int i = 0; i < count; i++) {
        struct rh_packed *given = rh_packed_new('{');
        bool about_other = false;
        for (int p = 0; p < PARAMETERS_MAX && functions[i]->parameters[p].name != NULL; p++) {
            const struct parameter *parameter = &functions[i]->parameters[p];
            about_other = about_other || strcmp(parameter->name, "organization_id") == 0;
            if (add_parameter(given, parameter, &t->marks[owner]) != RH_OK)
                die("cannot pack the parameters of", functions[i]->name);
        }
        if (TRY("call", "[s o]", functions[i]->name, given) == RH_OK && about_other)
            fault(__LINE__, functions[i]->name, "works for another organization");
        rh_packed_free(given);
    }
}

/* --- What is everybody else's stays as it is --- */

struct kept {
    struct rh_reply *row[OWNERS];
    long count[OWNERS];
};

static struct rh_reply *fetch(struct rh *db, enum owner owner)
{
    struct rh_reply *answer = NULL;
    struct rh_packed *key = key_of(table->row[owner]);
    const struct rh_uuid *house = table->in_houses && owner < OWNER_NONE ? &t->marks[owner].organization : NULL;
    if (rh_request(db, &answer, "get", "[s o {s:u?}]", table->name, key, "organization", house) != RH_OK)
        die(table->name, rh_message(db));
    rh_packed_free(key);
    return answer;
}

static void keep_all(struct kept *kept)
{
    for (int i = 0; i < t->count; i++) {
        table = &t->tables[i];
        for (enum owner owner = 0; owner < OWNERS; owner++) {
            kept[i].row[owner] = table->rows[owner] > 0 ? fetch(t->service, owner) : NULL;
            kept[i].count[owner] = table->in_houses && owner < OWNER_NONE ? as_service(table->name, &t->marks[owner])
                                   : table->in_houses ? 0 : as_service(table->name, NULL);
        }
    }
}

static void compare_all(struct kept *kept)
{
    struct kept *now = calloc((size_t)t->count, sizeof *now);
    keep_all(now);
    for (int i = 0; i < t->count; i++) {
        table = &t->tables[i];
        for (enum owner owner = 0; owner < OWNERS; owner++) {
            struct rh_cell before = rh_result(kept[i].row[owner]), after = rh_result(now[i].row[owner]);
            if (owner != who->own && (before.size != after.size || (before.size > 0 && memcmp(before.data, after.data, before.size) != 0)))
                fault(__LINE__, "a row was changed, of", t->marks[owner].name);
            if (owner != who->own && kept[i].count[owner] != now[i].count[owner])
                fault(__LINE__, "rows were added or removed, of", t->marks[owner].name);
            rh_reply_free(kept[i].row[owner]);
            rh_reply_free(now[i].row[owner]);
        }
    }
    free(now);
}

/* --- Who --- */

static struct attacker attackers[] = {
    { .name = "anon", .role = "anon", .own = OWNERS },
    { .name = "a user without a profile", .role = "authenticated", .own = OWNERS, .user = true },
    { .name = "a user without an organization", .role = "authenticated", .own = OWNER_NONE, .user = true },
    { .name = "a member of A", .role = "authenticated", .own = OWNER_A, .user = true },
    { .name = "a member of B", .role = "authenticated", .own = OWNER_B, .user = true },
};
#define ATTACKERS (int)(sizeof attackers / sizeof *attackers)

static void attack(struct attacker *attacker)
{
    struct kept *kept = calloc((size_t)t->count, sizeof *kept);
    who = attacker;
    keep_all(kept);
    for (int i = 0; i < t->count; i++) {
        table = &t->tables[i];
        if (walls_alone && !table->in_houses)
            continue;
        read_all();
        read_views();
        for (enum owner owner = 0; owner < OWNERS; owner++) {
            if (owner == who->own || table->rows[owner] == 0)
                continue;
            if (owner != OWNER_SYSTEM || !table->shared)
                read_row(table->row[owner], &t->marks[owner]);
            write_row(table->row[owner], &t->marks[owner]);
            probe_key(table->row[owner]);
            write_across(owner);
        }
        for (int k = 0; k < ATTACKERS; k++)
            if (attackers[k].own < OWNERS && attackers[k].own != who->own)
                steal_cursor(&attackers[k]);
    }
    for (enum owner owner = 0; owner < OWNER_NONE; owner++)
        if (owner != who->own)
            call_all(owner);
    compare_all(kept);
    free(kept);
}

/* Who may enter every house sees every mark, so that not seeing them elsewhere means something. */
static void see_everything(struct rh *db, struct attacker *as)
{
    who = as;
    for (int i = 0; i < t->count; i++) {
        table = &t->tables[i];
        for (enum owner owner = 0; owner < OWNERS; owner++) {
            if (table->rows[owner] == 0)
                continue;
            struct rh_reply *row = fetch(db, owner);
            if (rh_is_null(rh_result(row)))
                fault(__LINE__, "does not see a row of", t->marks[owner].name);
            rh_reply_free(row);
        }
    }
}

static struct rh *super_admin(const char *address)
{
    struct rh_uuid user = { { 0x77, 1, 2, 3, 4, 5, 0x40, 7, 0x80 } };
    if (rh_insert(t->service, "auth.users", NULL, "{su ss}", "id", &user, "email", "root@example.com") != RH_OK
        || rh_insert(t->service, "profiles", NULL, "{su su ss}", "id", &user, "organization_id", &t->marks[OWNER_B].organization, "role",
                     "super_admin") != RH_OK)
        die("no super admin", rh_message(t->service));
    return tenants_sign_in(t, address, "authenticated", &user);
}

static long attack_all(void)
{
    long requests = 0;
    for (int i = 0; i < ATTACKERS; i++) {
        attackers[i].requests = attackers[i].own_seen = 0;
        attack(&attackers[i]);
        requests += attackers[i].requests;
        table = NULL;
        if (attackers[i].own < OWNER_NONE)
            EXPECT(attackers[i].own_seen > t->count / 2, "does not see his own rows");
    }
    return requests;
}

int main(int argc, char **argv)
{
    const char *program = getenv("ROWHOUSED");
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    struct rowhoused *server = rowhoused_start(program != NULL ? program : "build/release/rowhoused", "schema/migrations");
    const char *address = rowhoused_address(server);
    struct rh *service = rh_open(address, &(struct rh_options){ .timeout_ms = 30000 });
    struct rh_uuid stranger = { { 0x88, 1, 2, 3, 4, 5, 0x40, 7, 0x80 } };
    struct attacker powers[] = { { .name = "the service role", .own = OWNERS }, { .name = "a super admin", .own = OWNERS } };
    long requests = 0;
    fprintf(stderr, "walls: seed %" PRIu64 "\n", seed);
    if (rh_connect(service) != RH_OK || rh_authenticate(service, rowhoused_service_key(server)) != RH_OK)
        die("cannot sign in", rh_message(service));
    tenants_seed(t, service, seed);
    tenants_make_views(t);
    for (int i = 0; i < ATTACKERS; i++) {
        const struct rh_uuid *user = attackers[i].own < OWNERS ? &t->marks[attackers[i].own].user : &stranger;
        attackers[i].db = tenants_sign_in(t, address, attackers[i].role, attackers[i].user ? user : NULL);
    }
    struct rh *admin = super_admin(address);
    see_everything(service, &powers[0]);
    long trail = as_service("superadmin_logs", NULL);
    see_everything(admin, &powers[1]);
    table = NULL;
    EXPECT(as_service("superadmin_logs", NULL) - trail > t->count, "reads everything and leaves no trail");
    requests = attack_all();
    tenants_open_policies(t);
    walls_alone = true;
    requests += attack_all();
    forget();
    for (int i = 0; i < ATTACKERS; i++)
        rh_close(attackers[i].db);
    rh_close(admin);
    rh_close(service);
    rowhoused_stop(server);
    printf("walls: %d tables, %d callers, %ld requests, %ld faults\n", t->count, ATTACKERS, requests, failures);
    tenants_done(t);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
