#include "sql/collations.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucol.h>
#include <unicode/ustring.h>

#include "base/memory.h"

#define SUFFIX   "-x-icu"
#define TAG_SIZE ((size_t)64)           /* PostgreSQL's names have 63 bytes */

/* One of ICU's. */
struct opened {
    struct collation collation;         /* first: the two pointers convert into each other */
    UCollator *collator;
    char name[TAG_SIZE], locale[TAG_SIZE];
    struct opened *next;
};

struct collations {
    pthread_mutex_t mutex;
    struct opened *first;
};

/* --- Those without an order of their own --- */

static void ascii_case(struct slice text, uint8_t from, struct buf *out)
{
    uint8_t *to = buf_reserve(out, text.size);
    for (size_t i = 0; i < text.size; i++)
        to[i] = text.data[i] >= from && text.data[i] < from + 26 ? text.data[i] ^ 0x20 : text.data[i];
    out->size += text.size;
}

static void ascii_lower(const struct collation *collation, struct slice text, struct buf *out)
{
    ascii_case(text, 'A', out);
}

static void ascii_upper(const struct collation *collation, struct slice text, struct buf *out)
{
    ascii_case(text, 'a', out);
}

static bool ascii_alphanumeric(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void ascii_initcap(const struct collation *collation, struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++)
        ascii_case(slice_of(text.data + i, 1), i > 0 && ascii_alphanumeric(text.data[i - 1]) ? 'A' : 'a', out);
}

static const struct collation plain[] = {
    { .name = "C", .lower = ascii_lower, .upper = ascii_upper, .initcap = ascii_initcap },
    { .name = "POSIX", .lower = ascii_lower, .upper = ascii_upper, .initcap = ascii_initcap },
    { .name = "ucs_basic", .lower = ascii_lower, .upper = ascii_upper, .initcap = ascii_initcap },
    { .name = "C.utf8" },               /* the default's, but not called so: it conflicts with others as any does */
};

static const struct collation *find_plain(const char *name)
{
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(plain[i].name, name) == 0)
            return &plain[i];
    return NULL;
}

/* --- ICU's order --- */

static const struct opened *opened(const struct collation *collation)
{
    return (const struct opened *)collation;
}

/* As PostgreSQL's varstrfastcmp_locale(): what ICU takes for equal the bytes decide. ICU fails here for want of memory alone. */
static int icu_compare(const struct collation *collation, struct slice a, struct slice b)
{
    UErrorCode status = U_ZERO_ERROR;
    if (slice_equal(a, b))
        return 0;
    int order = ucol_strcollUTF8(opened(collation)->collator, (const char *)a.data, (int32_t)a.size, (const char *)b.data, (int32_t)b.size, &status);
    assert(U_SUCCESS(status));
    return order != 0 ? order : slice_compare(a, b) < 0 ? -1 : 1;
}

/* UTF-16, of which no text has more units than bytes. */
struct units {
    UChar in_place[256], *data;
    int32_t count;
};

static void units_of(struct slice text, struct units *ret)
{
    UErrorCode status = U_ZERO_ERROR;
    bool fits = text.size <= sizeof ret->in_place / sizeof *ret->in_place;
    ret->data = fits ? ret->in_place : memory_alloc(text.size * sizeof *ret->data);
    ret->count = 0;
    if (text.size > 0)
        u_strFromUTF8(ret->data, (int32_t)text.size, &ret->count, (const char *)text.data, (int32_t)text.size, &status);
    assert(U_SUCCESS(status));
}

static void units_done(struct units *units)
{
    if (units->data != units->in_place)
        free(units->data);
}

static void icu_key(const struct collation *collation, struct slice text, struct buf *out)
{
    struct units units;
    units_of(text, &units);
    int32_t room = 4 * units.count + 16;
    int32_t size = ucol_getSortKey(opened(collation)->collator, units.data, units.count, buf_reserve(out, (size_t)room), room);
    if (size > room)
        size = ucol_getSortKey(opened(collation)->collator, units.data, units.count, buf_reserve(out, (size_t)size), size);
    assert(size > 0);
    out->size += (size_t)size;                          /* with the zero byte */
    units_done(&units);
    buf_append_slice(out, text);
}

/* For a locale that compares accents backwards: there ICU's comparison, which leaves out what two texts begin with alike, and its keys
 * disagree on an accent behind a character that counts for nothing. Keys decide, so that (C2) holds. */
static int icu_compare_keys(const struct collation *collation, struct slice a, struct slice b)
{
    struct buf key_a = { 0 }, key_b = { 0 };
    icu_key(collation, a, &key_a);
    icu_key(collation, b, &key_b);
    int order = slice_compare(buf_slice(&key_a), buf_slice(&key_b));
    buf_done(&key_a);
    buf_done(&key_b);
    return order < 0 ? -1 : order > 0;
}

static bool is_backwards(const UCollator *collator)
{
    UErrorCode status = U_ZERO_ERROR;
    return ucol_getAttribute(collator, UCOL_FRENCH_COLLATION, &status) == UCOL_ON;
}

/* --- ICU's letters --- */

typedef int32_t case_fn(UChar *to, int32_t room, const UChar *from, int32_t count, const char *locale, UErrorCode *status);

static int32_t title(UChar *to, int32_t room, const UChar *from, int32_t count, const char *locale, UErrorCode *status)
{
    return u_strToTitle(to, room, from, count, NULL, locale, status);
}

static void append_units(const UChar *units, int32_t count, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t size = 0, room = 3 * count + 1;
    u_strToUTF8((char *)buf_reserve(out, (size_t)room), room, &size, units, count, &status);
    assert(U_SUCCESS(status));
    out->size += (size_t)size;
}

static void change_case(const struct collation *collation, case_fn *change, struct slice text, struct buf *out)
{
    struct units from;
    UErrorCode status = U_ZERO_ERROR;
    units_of(text, &from);
    int32_t room = 3 * from.count + 1;                  /* no letter becomes more than three */
    UChar *to = memory_alloc((size_t)room * sizeof *to);
    int32_t count = change(to, room, from.data, from.count, opened(collation)->locale, &status);
    assert(U_SUCCESS(status));
    append_units(to, count, out);
    free(to);
    units_done(&from);
}

static void icu_lower(const struct collation *collation, struct slice text, struct buf *out)
{
    change_case(collation, u_strToLower, text, out);
}

static void icu_upper(const struct collation *collation, struct slice text, struct buf *out)
{
    change_case(collation, u_strToUpper, text, out);
}

static void icu_initcap(const struct collation *collation, struct slice text, struct buf *out)
{
    change_case(collation, title, text, out);
}

/* --- Opening --- */

/* Whether `tag` is the one that initdb makes of a locale which ICU has. The root locale, "und", is in no list. */
static bool is_tag(const char *tag)
{
    char id[ULOC_FULLNAME_CAPACITY], again[ULOC_FULLNAME_CAPACITY];
    UErrorCode status = U_ZERO_ERROR;
    bool available = false;
    uloc_forLanguageTag(tag, id, sizeof id, NULL, &status);
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING)
        return false;
    int32_t size = uloc_toLanguageTag(id, again, sizeof again, true, &status);
    if (U_FAILURE(status) || size >= (int32_t)sizeof again || strcmp(tag, again) != 0)
        return false;
    available = id[0] == '\0';
    for (int32_t i = 0; i < uloc_countAvailable() && !available; i++)
        available = strcmp(uloc_getAvailable(i), id) == 0;
    return available;
}

static struct opened *open_locale(const char *name, const char *locale)
{
    UErrorCode status = U_ZERO_ERROR;
    struct opened *made = memory_alloc(sizeof *made);
    snprintf(made->name, sizeof made->name, "%s", name);
    snprintf(made->locale, sizeof made->locale, "%s", locale);
    made->collator = ucol_open(locale, &status);
    if (U_FAILURE(status)) {
        free(made);
        return NULL;
    }
    made->collation = (struct collation){ .name = made->name, .compare = is_backwards(made->collator) ? icu_compare_keys : icu_compare, .key = icu_key,
                                          .lower = icu_lower, .upper = icu_upper, .initcap = icu_initcap };
    return made;
}

static const struct collation *find_icu(struct collations *collations, const char *name)
{
    size_t size = strlen(name), suffix = strlen(SUFFIX);
    char tag[TAG_SIZE] = { 0 };
    if (size <= suffix || size >= sizeof tag || strcmp(name + size - suffix, SUFFIX) != 0)
        return NULL;
    memcpy(tag, name, size - suffix);
    pthread_mutex_lock(&collations->mutex);
    struct opened *found = collations->first;
    while (found != NULL && strcmp(found->name, name) != 0)
        found = found->next;
    if (found == NULL && is_tag(tag) && (found = open_locale(name, tag)) != NULL) {
        found->next = collations->first;
        collations->first = found;
    }
    pthread_mutex_unlock(&collations->mutex);
    return found == NULL ? NULL : &found->collation;
}

struct collations *collations_new(void)
{
    struct collations *collations = memory_alloc(sizeof *collations);
    pthread_mutex_init(&collations->mutex, NULL);
    return collations;
}

void collations_free(struct collations *collations)
{
    if (collations == NULL)
        return;
    for (struct opened *each = collations->first, *next; each != NULL; each = next) {
        next = each->next;
        ucol_close(each->collator);
        free(each);
    }
    pthread_mutex_destroy(&collations->mutex);
    free(collations);
}

int collations_find(struct collations *collations, const char *schema, const char *name, const struct collation **ret, struct error *error)
{
    bool here = schema == NULL || strcmp(schema, "pg_catalog") == 0;
    *ret = NULL;
    if (here && strcmp(name, "default") == 0)
        return 0;
    *ret = here ? find_plain(name) : NULL;
    if (here && *ret == NULL && collations != NULL)
        *ret = find_icu(collations, name);
    if (*ret != NULL)
        return 0;
    fail(error, SQLSTATE_UNDEFINED_OBJECT, "collation \"%s%s%s\" for encoding \"UTF8\" does not exist", schema == NULL ? "" : schema,
         schema == NULL ? "" : ".", name);
    return fail_hint(error, "There are \"C\" and those of ICU: \"und-x-icu\", \"en-US-x-icu\", and so on; none of the C library.");
}

const struct collation collation_conflict = { .name = "" };

int collation_unknown(const char *use, struct error *error)
{
    fail(error, SQLSTATE_INDETERMINATE_COLLATION, "could not determine which collation to use for %s", use);
    return fail_hint(error, "Use the COLLATE clause to set the collation explicitly.");
}

const char *collation_name(const struct collation *collation)
{
    return collation == NULL ? "default" : collation->name;
}

void collation_version(const struct collation *collation, char ret[static COLLATION_VERSION_SIZE])
{
    UVersionInfo version;
    _Static_assert(COLLATION_VERSION_SIZE >= U_MAX_VERSION_STRING_LENGTH, "any version fits");
    ret[0] = '\0';
    if (!collation_orders(collation))
        return;
    ucol_getVersion(opened(collation)->collator, version);
    u_versionToString(version, ret);
}
