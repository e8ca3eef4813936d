#include "nearest.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_SIZE 64

/* Edits from one text to the other: a letter more, less, another one (Levenshtein's distance, a row at a time). */
static int edits(const char *a, size_t a_size, const char *b)
{
    int row[NAME_MAX_SIZE + 1];
    size_t b_size = strlen(b);
    if (a_size > NAME_MAX_SIZE || b_size > NAME_MAX_SIZE)
        return NAME_MAX_SIZE;
    for (size_t i = 0; i <= b_size; i++)
        row[i] = (int)i;
    for (size_t k = 1; k <= a_size; k++) {
        int diagonal = row[0];
        row[0] = (int)k;
        for (size_t i = 1; i <= b_size; i++) {
            int other = diagonal + (a[k - 1] != b[i - 1]), least = row[i] + 1;
            diagonal = row[i];
            least = row[i - 1] + 1 < least ? row[i - 1] + 1 : least;
            row[i] = other < least ? other : least;
        }
    }
    return row[b_size];
}

void nearest_start(struct nearest *nearest, const char *given, size_t size)
{
    *nearest = (struct nearest){ .given = given, .size = size, .distance = size < 4 ? 2 : 3 };      /* one edit, or two */
}

void nearest_try(struct nearest *nearest, const char *name)
{
    int distance = edits(nearest->given, nearest->size, name);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->name = name;
    }
}

const char *nearest_hint(const struct nearest *nearest, char *text, size_t size)
{
    snprintf(text, size, nearest->name == NULL ? "" : " (did you mean \"%s\"?)", nearest->name);
    return text;
}
