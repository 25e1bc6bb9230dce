#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein's distance, one row at a time. */
size_t nearest_distance(const char *left, const char *right)
{
    size_t row[NEAREST_WORD_MAX + 1];
    size_t left_len = strlen(left);
    size_t right_len = strlen(right);
    if (left_len > NEAREST_WORD_MAX || right_len > NEAREST_WORD_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= right_len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= left_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= right_len; j++) {
            size_t above = row[j];
            size_t replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = smallest(replaced, above + 1, row[j - 1] + 1);
            diagonal = above;
        }
    }
    return row[right_len];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t distance = nearest_distance(word, words[i]);
        if (distance < best) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
