/* Which of several functions or operators of one name a call means: PostgreSQL's chapters 10.2 and 10.3, as its
 * parser does it (func_select_candidate): exact types first, then what can be coerced, then most exact matches,
 * then preferred types, then a category for literals of unknown type. */
#include "sql/compile.h"

#define CANDIDATES_MAX 64

static bool signature_pseudo(uint8_t signature)
{
    return signature >= SIGNATURE_ANY;
}

static struct type signature_type(uint8_t signature)
{
    return (struct type){ .id = (enum type_id)(signature & ~SIGNATURE_ARRAY), .array = (signature & SIGNATURE_ARRAY) != 0 };
}

static bool same(struct type type, uint8_t signature)
{
    return !signature_pseudo(signature) && type.id != TYPE_UNKNOWN && type_same(type, signature_type(signature));
}

static bool accepts(struct type type, uint8_t signature)
{
    if (type.id == TYPE_UNKNOWN)
        return true;
    switch (signature) {
    case SIGNATURE_ANY: case SIGNATURE_ANYELEMENT: case SIGNATURE_COMPATIBLE:
        return true;
    case SIGNATURE_ANYARRAY: case SIGNATURE_COMPATIBLE_ARRAY:
        return type.array;
    case SIGNATURE_ANYENUM:
        return !type.array && type.id == TYPE_ENUM;
    case SIGNATURE_ANYNONARRAY:
        return !type.array;
    default:
        return same(type, signature) || value_can_cast(type, signature_type(signature), CAST_IMPLICIT);
    }
}

static char category(uint8_t signature)
{
    return signature_pseudo(signature) ? 'P' : type_category(signature_type(signature));
}

static bool preferred(uint8_t signature)
{
    return !signature_pseudo(signature) && type_preferred(signature_type(signature));
}

struct choice {
    const struct type *types;       /* of the call's arguments */
    int count;
    const struct function *candidates[CANDIDATES_MAX];
    int candidate_count;
};

static bool takes_count(const struct function *f, int count)
{
    return f->variadic ? count >= f->arg_count : count == f->arg_count;
}

static const struct function *exact(const struct choice *choice, const struct type *types)
{
    for (int i = 0; i < choice->candidate_count; i++) {
        int matches = 0;
        while (matches < choice->count && same(types[matches], function_arg(choice->candidates[i], matches)))
            matches++;
        if (matches == choice->count)
            return choice->candidates[i];
    }
    return NULL;
}

/* An operand of unknown type is tried as the other's. */
static const struct function *exact_operator(const struct choice *choice)
{
    if (choice->count != 2)
        return NULL;
    struct type left = choice->types[0], right = choice->types[1];
    if ((left.id == TYPE_UNKNOWN) == (right.id == TYPE_UNKNOWN))
        return NULL;
    struct type known = left.id == TYPE_UNKNOWN ? right : left;
    return exact(choice, (struct type[]){ known, known });
}

/* Whether the arguments of a function's pseudo types agree with each other: ANYARRAY and its kin on one type of element,
 * COMPATIBLE on one that is no array and to which the others can be brought. */
static bool consistent(const struct function *f, const struct type *types, int count)
{
    struct type element = type_of(TYPE_UNKNOWN), common = element;
    for (int i = 0; i < count; i++) {
        uint8_t signature = function_arg(f, i);
        struct type type = types[i];
        if (type.id == TYPE_UNKNOWN || !signature_pseudo(signature))
            continue;
        if (signature == SIGNATURE_ANYARRAY || signature == SIGNATURE_COMPATIBLE_ARRAY)
            type.array = false;
        if (signature == SIGNATURE_ANYARRAY || signature == SIGNATURE_ANYELEMENT || signature == SIGNATURE_ANYENUM) {
            if (element.id != TYPE_UNKNOWN && !type_same(element, type))
                return false;
            element = type;
        } else if (signature == SIGNATURE_COMPATIBLE || signature == SIGNATURE_COMPATIBLE_ARRAY) {
            if (common.id != TYPE_UNKNOWN && !type_same(common, type) && type_category(common) != type_category(type))
                return false;
            common = type;
        }
    }
    bool with_array = false;
    for (int i = 0; i < f->arg_count; i++)
        with_array |= f->args[i] == SIGNATURE_COMPATIBLE_ARRAY;
    return !(with_array && common.array);
}

static bool accepts_all(const struct function *f, const struct type *types, int count)
{
    for (int i = 0; i < count; i++)
        if (!accepts(types[i], function_arg(f, i)))
            return false;
    return consistent(f, types, count);
}

static void keep_accepting(struct choice *choice)
{
    int kept = 0;
    for (int i = 0; i < choice->candidate_count; i++)
        if (accepts_all(choice->candidates[i], choice->types, choice->count))
            choice->candidates[kept++] = choice->candidates[i];
    choice->candidate_count = kept;
}

/* Keeps the candidates with the most arguments that match exactly or, when asked, whose type is the preferred one. */
static void keep_best(struct choice *choice, bool or_preferred)
{
    int best = 0, kept = 0;
    for (int i = 0; i < choice->candidate_count; i++) {
        int score = 0;
        for (int a = 0; a < choice->count; a++) {
            uint8_t signature = function_arg(choice->candidates[i], a);
            if (choice->types[a].id == TYPE_UNKNOWN)
                continue;
            score += same(choice->types[a], signature) ||
                     (or_preferred && preferred(signature) && category(signature) == type_category(choice->types[a]));
        }
        if (score > best) {
            best = score;
            kept = 0;
        }
        if (score == best)
            choice->candidates[kept++] = choice->candidates[i];
    }
    choice->candidate_count = kept;
}

/* The category that literals at argument `a` take: string where any candidate has it, else the one that all have; 0. */
static char unknown_category(const struct choice *choice, int a, bool *ret_preferred)
{
    char found = 0;
    *ret_preferred = false;
    for (int i = 0; i < choice->candidate_count; i++) {
        uint8_t signature = function_arg(choice->candidates[i], a);
        char own = category(signature);
        if (own == 'S' && found != 'S') {
            found = 'S';
            *ret_preferred = preferred(signature);
        } else if (found == 0) {
            found = own;
            *ret_preferred = preferred(signature);
        } else if (found == own) {
            *ret_preferred |= preferred(signature);
        } else if (found != 'S') {
            found = '!';                    /* conflict, unless a string follows */
        }
    }
    return found == '!' ? 0 : found;
}

static void keep_category(struct choice *choice)
{
    char categories[CANDIDATES_MAX] = { 0 };
    bool want_preferred[CANDIDATES_MAX] = { false };
    for (int a = 0; a < choice->count; a++) {
        if (choice->types[a].id != TYPE_UNKNOWN)
            continue;
        categories[a] = unknown_category(choice, a, &want_preferred[a]);
        if (categories[a] == 0)
            return;
    }
    int kept = 0;
    for (int i = 0; i < choice->candidate_count; i++) {
        bool fits = true;
        for (int a = 0; a < choice->count && fits; a++) {
            uint8_t signature = function_arg(choice->candidates[i], a);
            if (choice->types[a].id == TYPE_UNKNOWN)
                fits = category(signature) == categories[a] && (!want_preferred[a] || preferred(signature));
        }
        if (fits)
            choice->candidates[kept++] = choice->candidates[i];
    }
    if (kept > 0)
        choice->candidate_count = kept;
}

/* Last resort: all known arguments have one type; suppose that the unknown ones have it too. */
static void keep_same_as_known(struct choice *choice)
{
    struct type known = type_of(TYPE_UNKNOWN);
    for (int a = 0; a < choice->count; a++) {
        if (choice->types[a].id == TYPE_UNKNOWN)
            continue;
        if (known.id != TYPE_UNKNOWN && !type_same(known, choice->types[a]))
            return;
        known = choice->types[a];
    }
    if (known.id == TYPE_UNKNOWN)
        return;
    struct type all[CANDIDATES_MAX];
    int kept = 0, at = 0;
    for (int a = 0; a < choice->count; a++)
        all[a] = known;
    for (int i = 0; i < choice->candidate_count; i++) {
        if (accepts_all(choice->candidates[i], all, choice->count)) {
            kept++;
            at = i;
        }
    }
    if (kept == 1) {
        choice->candidates[0] = choice->candidates[at];
        choice->candidate_count = 1;
    }
}

static bool any_unknown(const struct choice *choice)
{
    for (int a = 0; a < choice->count; a++)
        if (choice->types[a].id == TYPE_UNKNOWN)
            return true;
    return false;
}

static void narrow(struct choice *choice)
{
    keep_accepting(choice);
    if (choice->candidate_count > 1)
        keep_best(choice, false);
    if (choice->candidate_count > 1)
        keep_best(choice, true);
    if (choice->candidate_count > 1 && any_unknown(choice)) {
        keep_category(choice);
        if (choice->candidate_count > 1)
            keep_same_as_known(choice);
    }
}

int function_choose(const struct function_table *const *tables, int table_count, struct slice name, const struct type *types,
                    int count, bool operator, const struct function **ret)
{
    struct choice choice = { .types = types, .count = count };
    for (int t = 0; t < table_count; t++)
        for (int i = 0; i < tables[t]->count && choice.candidate_count < CANDIDATES_MAX; i++)
            if (slice_is(name, tables[t]->functions[i].name) && takes_count(&tables[t]->functions[i], count))
                choice.candidates[choice.candidate_count++] = &tables[t]->functions[i];
    *ret = NULL;
    if (count > CANDIDATES_MAX) {               /* only variadic functions take so many, and each has one form */
        *ret = choice.candidate_count == 1 ? choice.candidates[0] : NULL;
        return *ret != NULL;
    }
    *ret = exact(&choice, types);
    if (*ret == NULL && operator)
        *ret = exact_operator(&choice);
    if (*ret != NULL)
        return 1;
    narrow(&choice);
    if (choice.candidate_count == 1)
        *ret = choice.candidates[0];
    return choice.candidate_count > 1 ? -1 : choice.candidate_count;
}

bool function_exists(const struct function_table *const *tables, int table_count, struct slice name)
{
    for (int t = 0; t < table_count; t++)
        for (int i = 0; i < tables[t]->count; i++)
            if (slice_is(name, tables[t]->functions[i].name))
                return true;
    return false;
}
