#include "catalog/fold.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

void *fold_grow(struct arena *arena, const void *items, int count, size_t item_size)
{
    bool full = count == 0 || (count & (count - 1)) == 0;
    if (!full)
        return (void *)items;
    void *grown = arena_alloc(arena, item_size * (size_t)(count == 0 ? 1 : 2 * count));
    if (count > 0)
        memcpy(grown, items, item_size * (size_t)count);
    return grown;
}

void fold_remove(void *items, int *count, int at, size_t item_size)
{
    assert(at >= 0 && at < *count);
    uint8_t *bytes = items;
    (*count)--;
    memmove(bytes + (size_t)at * item_size, bytes + (size_t)(at + 1) * item_size, (size_t)(*count - at) * item_size);
}

struct origin fold_origin(const struct fold *f)
{
    return (struct origin){ f->file, f->statement->line };
}

struct origin fold_origin_at(const struct fold *f, int location)
{
    struct origin origin = fold_origin(f);
    struct slice text = f->statement->text;
    for (size_t i = 0; location > 0 && i < (size_t)location && i < text.size; i++)
        origin.line += text.data[i] == '\n';
    return origin;
}

void fold_effect(struct fold *f, struct effect effect)
{
    bool of_column = effect.kind == EFFECT_ADD_COLUMN || effect.kind == EFFECT_DROP_COLUMN || effect.kind == EFFECT_REWRITE
                  || effect.kind == EFFECT_STATEMENT || effect.kind == EFFECT_CHECK_ROWS;
    effect.column = of_column ? effect.column : -1;
    effect.origin = fold_origin(f);
    *FOLD_APPEND(f->arena, f->effects.items, f->effects.count) = effect;
}

void fold_note(struct fold *f, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fold_effect(f, (struct effect){ .kind = EFFECT_NOTE, .text = arena_printf(f->arena, "%s", text) });
}

const char *fold_tag(const struct fold *f)
{
    struct slice rest = f->statement->text;
    struct token first = token_next(&rest), second = token_next(&rest);
    char *tag = second.kind == TOKEN_WORD ? arena_printf(f->arena, "%.*s %.*s", SLICE_FMT(first.text), SLICE_FMT(second.text))
                                          : arena_printf(f->arena, "%.*s", SLICE_FMT(first.text));
    for (char *c = tag; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return tag;
}

const char *node_string(const PgQuery__Node *node)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}
