#include "lib/tenants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/keeper.h"

/* --- Cells --- */

char *cell_string(struct rh_cell text)
{
    size_t size = 0;
    const char *bytes = rh_text(text, &size);
    return bytes == NULL ? calloc(1, 1) : strndup(bytes, size);
}

bool cell_is(struct rh_cell text, const char *string)
{
    size_t size = 0;
    const char *bytes = rh_text(text, &size);
    return bytes != NULL && size == strlen(string) && memcmp(bytes, string, size) == 0;
}

const struct seeded *tenants_table(const struct tenants *tenants, const char *name)
{
    for (int i = 0; i < tenants->count; i++)
        if (strcmp(tenants->tables[i].name, name) == 0)
            return &tenants->tables[i];
    return NULL;
}

int seeded_column(const struct seeded *table, const char *name)
{
    struct rh_cell columns = rh_member(table->described, "columns");
    for (size_t i = 0; i < rh_count(columns); i++)
        if (cell_is(rh_member(rh_at(columns, i), "name"), name))
            return (int)i;
    return -1;
}

/* --- Values --- */

static uint64_t draw(struct tenants *t)
{
    t->state ^= t->state >> 12;
    t->state ^= t->state << 25;
    t->state ^= t->state >> 27;
    return t->state * 0x2545F4914F6CDD1Dull;
}

static struct rh_uuid fresh_uuid(struct tenants *t, enum owner owner)
{
    struct rh_uuid uuid;
    uint64_t rest[2] = { draw(t), draw(t) };
    memcpy(uuid.bytes, rest, sizeof uuid.bytes);
    memcpy(uuid.bytes, t->marks[owner].uuid, MARK_UUID_SIZE);
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

/* The first of the texts that a CHECK of the column lists; false: it has none. */
static bool listed_text(const struct seeded *table, const char *column, char *ret, size_t size)
{
    struct rh_cell checks = rh_member(table->described, "checks");
    bool found = false;
    for (size_t i = 0; i < rh_count(checks) && !found; i++) {
        char *check = cell_string(rh_member(rh_at(checks, i), "check"));
        const char *quote = strchr(check, '\'');
        if (strncmp(check, column, strlen(column)) == 0 && check[strlen(column)] == ' ' && quote != NULL) {
            snprintf(ret, size, "%.*s", (int)strcspn(quote + 1, "'"), quote + 1);
            found = true;
        }
        free(check);
    }
    return found;
}

static void add_text(struct tenants *t, const struct seeded *table, const char *column, enum owner owner, bool array, struct rh_packed *record)
{
    char text[64];
    if (!listed_text(table, column, text, sizeof text))
        snprintf(text, sizeof text, "%s%d@example.com", t->marks[owner].text, ++t->numbers);
    if (rh_packed_add(record, array ? "s[s]" : "ss", column, text) != RH_OK)
        die("cannot pack", column);
}

static void add_uuid(struct tenants *t, const char *column, enum owner owner, bool array, struct rh_packed *record)
{
    struct rh_uuid uuid = fresh_uuid(t, owner);
    if (rh_packed_add(record, array ? "s[u]" : "su", column, &uuid) != RH_OK)
        die("cannot pack", column);
}

static void add_value(struct tenants *t, const struct seeded *table, struct rh_cell column, enum owner owner, struct rh_packed *record)
{
    char *name = cell_string(rh_member(column, "name")), *type = cell_string(rh_member(column, "type"));
    bool array = strchr(type, '[') != NULL;
    int err = RH_OK;
    if (strncmp(type, "uuid", 4) == 0)
        add_uuid(t, name, owner, array, record);
    else if (strncmp(type, "text", 4) == 0 || strncmp(type, "character varying", 17) == 0)
        add_text(t, table, name, owner, array, record);
    else if (strncmp(type, "json", 4) == 0)
        err = rh_packed_add(record, "s{ss}", name, "of", t->marks[owner].text);
    else if (strcmp(type, "boolean") == 0)
        err = rh_packed_add(record, "sb", name, 0);
    else if (strcmp(type, "date") == 0 || strncmp(type, "timestamp", 9) == 0)
        err = rh_packed_add(record, "ss", name, "2099-01-02");      /* what has expired, upkeep removes */
    else if (strcmp(type, "inet") == 0)
        err = rh_packed_add(record, "ss", name, "10.0.0.1");
    else
        err = rh_packed_add(record, "si", name, 1);
    if (err != RH_OK)
        die("cannot pack", name);
    free(name);
    free(type);
}

/* --- Records --- */

/* The foreign key of a column, with its place in it; missing: it refers to nothing. */
static struct rh_cell reference_of(const struct seeded *table, struct rh_cell column, size_t *ret_place)
{
    struct rh_cell keys = rh_member(table->described, "foreign_keys");
    char *name = cell_string(rh_member(column, "name"));
    struct rh_cell found = { 0 };
    for (size_t i = 0; i < rh_count(keys); i++) {
        struct rh_cell columns = rh_member(rh_at(keys, i), "columns");
        for (size_t c = 0; c < rh_count(columns); c++)
            if (cell_is(rh_at(columns, c), name)) {
                found = rh_at(keys, i);
                *ret_place = c;
            }
    }
    free(name);
    return found;
}

static bool is_organization(const struct seeded *table, struct rh_cell column)
{
    return strcmp(table->tenancy, "tenant") == 0 && cell_is(rh_member(column, "name"), "organization_id");
}

/* A key that no row has. */
static void add_dangling(struct tenants *t, struct rh_cell column, enum owner owner, const char *name, struct rh_packed *record)
{
    if (cell_is(rh_member(column, "type"), "uuid"))
        add_uuid(t, name, owner, false, record);
    else if (rh_packed_add(record, "si", name, 900000000 + ++t->numbers) != RH_OK)
        die("cannot pack", name);
}

/* What the owner's row in the target has, else a row that is nobody's; nil when there is none. */
static void add_reference(struct tenants *t, struct rh_cell key, size_t place, struct rh_cell column, const struct recipe *recipe,
                          const char *name, struct rh_packed *record)
{
    char *target = cell_string(rh_member(key, "target")), *to = cell_string(rh_at(rh_member(key, "target_columns"), place));
    const struct seeded *table = tenants_table(t, target);
    enum owner owner = table->in_houses ? recipe->references : recipe->values;
    if (table->rows[owner] == 0)
        owner = owner == OWNER_SYSTEM ? OWNER_NONE : OWNER_SYSTEM;
    bool there = table->rows[owner] > 0;
    struct rh_cell cell = there ? rh_at(table->row[owner], (size_t)seeded_column(table, to)) : (struct rh_cell){ 0 };
    if (recipe->dangling && table->in_houses)
        add_dangling(t, column, recipe->values, name, record);
    else if ((there ? rh_packed_add(record, "sc", name, &cell) : rh_packed_add(record, "sn", name)) != RH_OK)
        die("cannot pack", name);
    free(target);
    free(to);
}

static bool left_out(struct rh_cell column)
{
    char *type = cell_string(rh_member(column, "type"));
    bool timed = strncmp(type, "timestamp", 9) == 0 && !rh_is_null(rh_member(column, "default"));
    bool clears = cell_is(rh_member(column, "name"), "retention_days");     /* asks that the row names a column that is there */
    free(type);
    return timed || clears || rh_bool(rh_member(column, "serial")) || !rh_is_null(rh_member(column, "generated"));
}

static void add_column(struct tenants *t, const struct seeded *table, struct rh_cell column, const struct recipe *recipe, const char *name,
                       struct rh_packed *record)
{
    size_t place = 0;
    int err = RH_OK;
    struct rh_cell key = reference_of(table, column, &place);
    if (recipe->column != NULL && strcmp(recipe->column, name) == 0)
        err = rh_packed_add(record, "sc", name, &recipe->value);
    else if (left_out(column))
        return;
    else if (is_organization(table, column))
        err = rh_packed_add(record, "su?", name, recipe->house < OWNER_NONE ? &t->marks[recipe->house].organization : NULL);
    else if (!rh_is_null(key))
        add_reference(t, key, place, column, recipe, name, record);
    else
        add_value(t, table, column, recipe->values, record);
    if (err != RH_OK)
        die("cannot pack", name);
}

struct rh_packed *tenants_record(struct tenants *t, const struct seeded *table, struct recipe recipe)
{
    struct rh_packed *record = rh_packed_new('{');
    struct rh_cell columns = rh_member(table->described, "columns");
    for (size_t i = 0; i < rh_count(columns); i++) {
        char *name = cell_string(rh_member(rh_at(columns, i), "name"));
        add_column(t, table, rh_at(columns, i), &recipe, name, record);
        free(name);
    }
    return record;
}

/* --- Seeding --- */

static void must(struct tenants *t, int outcome, const char *what)
{
    if (outcome != RH_OK)
        die(what, rh_message(t->service));
}

static void make_mark(struct tenants *t, enum owner owner)
{
    static const char *const names[] = { "A", "B", "nobody's user", "the system" };
    struct mark *mark = &t->marks[owner];
    uint64_t random = draw(t);
    mark->name = names[owner];
    snprintf(mark->text, sizeof mark->text, "m%c%010llx", "abns"[owner], (unsigned long long)(random & 0xffffffffffull));
    memcpy(mark->uuid, &random, MARK_UUID_SIZE);
    mark->uuid[0] = (uint8_t)(0xa0 + owner);
}

/* A row that was stored. */
static void keep(struct seeded *table, enum owner owner, struct rh_reply *reply)
{
    if (table->rows[owner]++ > 0) {
        rh_reply_free(reply);
        return;
    }
    table->reply[owner] = reply;
    table->row[owner] = rh_at(rh_rows(reply), 0);
}

static void seed_person(struct tenants *t, enum owner owner)
{
    struct mark *mark = &t->marks[owner];
    struct rh_reply *reply = NULL;
    mark->user = fresh_uuid(t, owner);
    if (owner < OWNER_NONE) {
        mark->organization = fresh_uuid(t, owner);
        must(t, rh_insert(t->service, "organizations", &reply, "{su ss}", "id", &mark->organization, "name", mark->text), "organizations");
        keep((struct seeded *)tenants_table(t, "organizations"), owner, reply);
    }
    must(t, rh_insert(t->service, "auth.users", &reply, "{su ss}", "id", &mark->user, "email", mark->text), "auth.users");
    keep((struct seeded *)tenants_table(t, "auth.users"), owner, reply);
    must(t, rh_insert(t->service, "profiles", &reply, "{su su? ss}", "id", &mark->user, "organization_id",
                      owner < OWNER_NONE ? &mark->organization : NULL, "role", "user"), "profiles");
    keep((struct seeded *)tenants_table(t, "profiles"), owner, reply);
}

/* A row of an audit log that has begun: nobody inserts those. */
static struct rh_reply *append_entry(struct tenants *t, const struct seeded *table, enum owner owner)
{
    struct mark *mark = &t->marks[owner];
    struct rh_reply *reply = NULL;
    must(t, rh_call(t->service, "append_audit_log", NULL, "{su ss ss s{ss}}", "organization_id", &mark->organization,
                    "action_type", mark->text, "resource_type", mark->text, "details", "of", mark->text), "append_audit_log");
    must(t, rh_scan(t->service, table->name, &reply, "{su s[[ss]] si}", "organization", &mark->organization, "order", "id", "desc", "limit", 1),
         table->name);
    return reply;
}

/* There may be one such row only, and who has no organization can have none of some tables. */
static void seed_row(struct tenants *t, struct seeded *table, enum owner owner)
{
    struct rh_reply *reply = NULL;
    struct rh_packed *record = tenants_record(t, table, (struct recipe){ .values = owner, .house = owner, .references = owner });
    if (rh_request(t->service, &reply, "insert", "[s o {s b}]", table->name, record, "returning", 1) == RH_OK)
        keep(table, owner, reply);
    else if (strcmp(rh_sqlstate(t->service), "42501") == 0 && owner < OWNER_NONE)
        keep(table, owner, append_entry(t, table, owner));
    else if (strcmp(rh_sqlstate(t->service), "23505") != 0 && (owner != OWNER_NONE || strcmp(rh_sqlstate(t->service), "23502") != 0))
        die(table->name, rh_message(t->service));
    rh_packed_free(record);
}

/* Whether it has a column that refers to auth.users. */
static bool refers_to_users(struct rh_cell described)
{
    struct rh_cell keys = rh_member(described, "foreign_keys");
    for (size_t i = 0; i < rh_count(keys); i++)
        if (cell_is(rh_member(rh_at(keys, i), "target"), "auth.users"))
            return true;
    return false;
}

static bool shared_by_policy(struct rh_cell described)
{
    struct rh_cell policies = rh_member(described, "policies");
    for (size_t i = 0; i < rh_count(policies); i++) {
        char *using = cell_string(rh_member(rh_at(policies, i), "using"));
        bool others = strstr(using, "super_admin") == NULL;
        free(using);
        if (others)
            return true;
    }
    return false;
}

/* seed_person() makes those. */
static bool is_of_people(const struct seeded *table)
{
    return strcmp(table->name, "organizations") == 0 || strcmp(table->name, "auth.users") == 0 || strcmp(table->name, "profiles") == 0;
}

static void take_catalog(struct tenants *t)
{
    must(t, rh_request(t->service, &t->schema, "schema", "[]"), "schema");
    struct rh_cell tables = rh_member(rh_result(t->schema), "tables");
    t->count = (int)rh_count(tables);
    t->tables = calloc((size_t)t->count, sizeof *t->tables);
    for (int i = 0; i < t->count; i++) {
        struct seeded *table = &t->tables[i];
        table->described = rh_at(tables, (size_t)i);
        table->name = cell_string(rh_member(table->described, "name"));
        table->tenancy = cell_string(rh_member(table->described, "tenancy"));
        table->in_houses = strcmp(table->tenancy, "tenant") == 0 || strcmp(table->tenancy, "child") == 0;
        table->of_users = !table->in_houses && (refers_to_users(table->described) || strcmp(table->name, "auth.users") == 0);
        table->shared = shared_by_policy(table->described);
    }
}

void tenants_seed(struct tenants *t, struct rh *service, uint64_t seed)
{
    *t = (struct tenants){ .service = service, .state = seed * 2 + 1 };
    for (int i = 0; i < 8; i++)
        draw(t);
    take_catalog(t);
    for (enum owner owner = 0; owner < OWNERS; owner++)
        make_mark(t, owner);
    for (enum owner owner = 0; owner <= OWNER_NONE; owner++)
        seed_person(t, owner);
    for (int i = 0; i < t->count; i++) {
        struct seeded *table = &t->tables[i];
        enum owner first = table->in_houses || table->of_users ? OWNER_A : OWNER_SYSTEM;
        enum owner last = table->in_houses || table->of_users ? OWNER_NONE : OWNER_SYSTEM;
        for (enum owner owner = first; owner <= last; owner++)
            for (int n = is_of_people(table) ? ROWS_EACH : 0; n < ROWS_EACH; n++)
                seed_row(t, table, owner);
    }
}

void tenants_done(struct tenants *t)
{
    for (int i = 0; i < t->count; i++) {
        for (int owner = 0; owner < OWNERS; owner++)
            rh_reply_free(t->tables[i].reply[owner]);
        free(t->tables[i].name);
        free(t->tables[i].tenancy);
    }
    free(t->tables);
    rh_reply_free(t->schema);
}

struct rh *tenants_sign_in(struct tenants *t, const char *address, const char *role, const struct rh_uuid *user)
{
    struct rh *db = rh_open(address, &(struct rh_options){ .timeout_ms = 60000 });
    struct rh_reply *reply = NULL;
    must(t, rh_call(t->service, "issue_token", &reply, "{ss su?}", "role", role, "user_id", user), "issue_token");
    char *token = cell_string(rh_member(rh_result(reply), "token"));
    if (rh_connect(db) != RH_OK || rh_authenticate(db, token) != RH_OK)
        die("cannot sign in", rh_message(db));
    free(token);
    rh_reply_free(reply);
    return db;
}

void tenants_open_policies(struct tenants *t)
{
    size_t size = 0;
    char *text = calloc((size_t)t->count, 256);
    for (int i = 0; i < t->count; i++)
        if (t->tables[i].in_houses)
            size += (size_t)sprintf(text + size, "CREATE POLICY open_to_all ON %s FOR ALL TO public USING (true) WITH CHECK (true);\n", t->tables[i].name);
    must(t, rh_request(t->service, NULL, "migrate", "[[{ss ss}]]", "name", "29991231000000_open_policies.sql", "text", text), "cannot open the policies");
    free(text);
}

void tenants_make_views(struct tenants *t)
{
    size_t size = 0;
    char *text = calloc((size_t)t->count, 768);
    for (int i = 0; i < t->count; i++) {
        const char *name = t->tables[i].name;
        size += (size_t)sprintf(text + size, "CREATE VIEW \"seen %s\" AS SELECT * FROM %s;\n", name, name);
        size += (size_t)sprintf(text + size, "CREATE VIEW \"made %s\" AS SELECT * FROM %s OFFSET 0;\n", name, name);
        size += (size_t)sprintf(text + size, "CREATE VIEW \"counted %s\" AS SELECT count(*) AS rows FROM \"seen %s\";\n", name, name);
    }
    must(t, rh_request(t->service, NULL, "migrate", "[[{ss ss}]]", "name", "29991230000000_views.sql", "text", text), "cannot make the views");
    free(text);
}
