/* Test vectors: one JSON object a line, gzip or plain. */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>

#include "tracking/contract.h"
#include "tracking/json_document.h"

struct tally {
    size_t passed;
    size_t failed;
};

/* What one line is to be checked with; `state` is the checker's own. Prints a line for a mismatch; false: failed. */
typedef int (*vector_checker)(const struct json_value *vector, void *state);

/* Hand every line of `path` to `checker`. A file that cannot be read counts as failed. */
void vectors_read(const char *path, vector_checker checker, void *state, struct tally *tally);

/* The text under `key`, "" if there is none; terminated, the caller's to free. */
char *vector_text(const struct json_value *object, const char *key, size_t *len);

void check_contract_file(const char *path, enum contract_kind kind, struct tally *tally);
void check_transform_file(const char *path, struct tally *tally);

#endif
