#include "base/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static int letter(const char *word, size_t index)
{
    return tolower((unsigned char)word[index]);
}

/* Levenshtein's distance, with the last three rows of its table. */
size_t nearest_distance(const char *left, const char *right)
{
    size_t rows[3][NEAREST_WORD_MAX + 1] = {0};
    size_t left_len = strlen(left);
    size_t right_len = strlen(right);
    if (left_len > NEAREST_WORD_MAX || right_len > NEAREST_WORD_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= right_len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= left_len; i++) {
        const size_t *before = rows[(i + 1) % 3];
        const size_t *above = rows[(i - 1) % 3];
        size_t *row = rows[i % 3];
        row[0] = i;
        for (size_t j = 1; j <= right_len; j++) {
            int a = letter(left, i - 1);
            int b = letter(right, j - 1);
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a == b ? 0 : 1));
            bool swapped = i > 1 && j > 1 && a == letter(right, j - 2) && letter(left, i - 2) == b;
            if (swapped && before[j - 2] + 1 < row[j]) {
                row[j] = before[j - 2] + 1;
            }
        }
    }
    return rows[left_len % 3][right_len];
}

const char *nearest_word(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = nearest_distance(word, words[i]);
        if (distance < best && distance < strlen(words[i])) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
