/* The word that was probably meant, for messages about unknown words. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#define NEAREST_WORD_MAX 128 /* bytes; longer words are never near */

/*
 * How many letters must be inserted, removed or replaced to make `left` of `right`; two neighbours that changed places
 * count as one, letters of another case as none.  SIZE_MAX: one is longer than NEAREST_WORD_MAX.
 */
size_t nearest_distance(const char *left, const char *right);

/*
 * The one of `words` that is nearest to `word`, the first of equals.  NULL: none is near enough to be meant; a third of
 * the letters of `word` may be wrong, and one more.
 */
const char *nearest_word(const char *word, const char *const *words, size_t count);

#endif
