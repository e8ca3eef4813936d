/* Damaged migrations: folding them ends in an error that begins with file and line, or in a catalog that can be written
 * as DDL and folded again; nothing else. */
#include "folding.h"

#include "../../lib/chance.h"

#define ROUNDS 400

static bool word_byte(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Any word of a text. */
static struct slice word_of(struct slice text)
{
    size_t start = random_below((int)text.size), end;
    while (start < text.size && !word_byte(text.data[start]))
        start++;
    for (end = start; end < text.size && word_byte(text.data[end]); end++)
        ;
    return slice_of(text.data + start, end - start);
}

/* Any statement, as far as semicolons tell. */
static struct slice statement_of(struct slice text)
{
    size_t start = random_below((int)text.size), end;
    while (start > 0 && text.data[start - 1] != ';')
        start--;
    for (end = start; end < text.size && text.data[end] != ';'; end++)
        ;
    return slice_of(text.data + start, end + (end < text.size) - start);
}

static void replace(struct buf *text, struct slice old, struct slice new_text)
{
    struct buf out = { 0 };
    size_t at = (size_t)(old.data - text->data);
    buf_append(&out, text->data, at);
    buf_append_slice(&out, new_text);
    buf_append(&out, text->data + at + old.size, text->size - at - old.size);
    buf_done(text);
    *text = out;
}

/* Cuts, doubles, swaps, overwrites: bytes, words, whole statements, also of another file. */
static void damage(struct buf *text, const struct files *files)
{
    static const char *const words[] = { "NULL", "(", ")", "'", ";", "--", "/*", "$$", "PRIMARY KEY", "DEFAULT", "CHECK (", "NOT", "CASCADE",
                                         "DROP TABLE contacts;", "-1", "uuid[]", "\"\"", "REFERENCES contacts", "organization_id", "\xc3" };
    size_t at = (size_t)random_below((int)text->size), size = random_below(60) + 1;
    size = at + size > text->size ? text->size - at : size;
    struct slice other_text = files->texts[random_below(files->count)];
    switch (random_below(14)) {
    case 5: replace(text, statement_of(buf_slice(text)), SLICE_LITERAL("")); break;
    case 6: case 7: replace(text, statement_of(buf_slice(text)), statement_of(other_text)); break;
    case 8: case 9: case 10: case 11: case 12: replace(text, word_of(buf_slice(text)), word_of(other_text)); break;
    case 0: text->size = at; break;
    case 1: memmove(text->data + at, text->data + at + size, text->size - at - size); text->size -= size; break;
    case 2: text->data[at] = (uint8_t)(random_below(128) + (random_below(128) == 0)); break;
    case 3: {
        const char *word = PICK(words);
        size_t room = strlen(word) < text->size - at ? strlen(word) : text->size - at;
        memcpy(text->data + at, word, room);
        break;
    }
    case 4: {
        struct slice other = files->texts[random_below(files->count)];
        size_t from = random_below((int)other.size);
        size_t room = text->size - at < other.size - from ? text->size - at : other.size - from;
        memcpy(text->data + at, other.data + from, room < 300 ? room : 300);
        break;
    }
    default: {
        size_t to = random_below((int)(text->size - size) + 1);
        memmove(text->data + to, text->data + at, size);
        break;
    }
    }
}

/* Whatever was accepted can be written down and read again. */
static void reread(const struct catalog *catalog, int round)
{
    struct catalog *again = catalog_new();
    struct buf ddl = { 0 };
    struct effects effects;
    struct error error;
    catalog_ddl_before(catalog, DDL_POSTGRESQL, &ddl);
    catalog_ddl_after(catalog, DDL_POSTGRESQL, &ddl);
    cr_expect(eq(int, catalog_apply(again, "ddl.sql", buf_slice(&ddl), APPLIED_US, &effects, &error), 0), "round %d: %s", round, error.message);
    cr_expect(eq(int, again->table_count, catalog->table_count), "round %d", round);
    buf_done(&ddl);
    catalog_free(again);
}

static void one_round(const struct files *files, int round)
{
    struct catalog *catalog = catalog_new();
    struct effects effects;
    struct error error;
    size_t which = random_below(files->count);
    struct buf text = { 0 };
    int err = 0;
    for (size_t i = 0; i < which && err == 0; i++)
        err = catalog_apply(catalog, "before.sql", files->texts[i], APPLIED_US, &effects, &error);
    cr_assert(eq(int, err, 0));
    buf_append_slice(&text, files->texts[which]);
    for (size_t count = random_below(4) + 1; count > 0 && text.size > 1; count--)
        damage(&text, files);
    err = catalog_apply(catalog, "damaged.sql", buf_slice(&text), APPLIED_US, &effects, &error);
    if (err < 0)
        cr_expect(eq(int, strncmp(error.message, "damaged.sql:", 12), 0), "round %d: %s", round, error.message);
    else
        reread(catalog, round);
    buf_done(&text);
    catalog_free(catalog);
}

Test(fuzz, damaged_migrations, .timeout = 300)
{
    struct files files = migration_files();
    chance_seed(getenv("SEED"));
    fflush(stdout);
    for (int round = 0; round < ROUNDS; round++)
        one_round(&files, round);
    files_done(&files);
}
