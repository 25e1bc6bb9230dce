/* A JSON object read into a struct, by a table of its keys. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <cjson/cJSON.h>

#include "carafe.h"
#include "cli/arena.h"

#define DOCUMENT_PATH_MAX 1024

/* What is being read, and what is wrong with it so far. */
struct document {
    const char *file;
    struct arena *arena;
    struct carafe_error *error;
    int result;
};

/* Where we are in it: `groups.billing.topics`. */
struct place {
    char path[DOCUMENT_PATH_MAX];
};

enum field_kind { FIELD_TEXT, FIELD_SIZE, FIELD_MS, FIELD_INT, FIELD_BOOL, FIELD_NAMES, FIELD_SETTINGS, FIELD_OBJECT };

/* One key: its value goes to `offset` of the struct, or to `read` with the struct. */
struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    const struct field *fields; /* FIELD_OBJECT: of the struct at `offset`, ended by a NULL name */
    void (*read)(struct document *document, const struct place *place, const cJSON *value, void *target);
};

struct place place_in(const struct place *place, const char *key);

/* Add a violation: `FILE: path: expected X, got Y`. */
void document_refuse(struct document *document, const struct place *place, const char *expected, const char *got);
/* The same, `got` described from `value`: its kind, and its text if it is short. */
void document_refuse_value(struct document *document, const struct place *place, const char *expected,
                           const cJSON *value);

/* Is it an object, each of its keys once?  Refuses it otherwise. */
bool document_check_object(struct document *document, const struct place *place, const cJSON *value);
/* Read `value` into `target` by the table `fields`; unknown keys are refused, with the nearest known one. */
void document_read(struct document *document, const struct place *place, const cJSON *value, const struct field *fields,
                   void *target);
/* NULL when it is no string, which is refused. */
const char *document_text(struct document *document, const struct place *place, const cJSON *value);

/* settings.c: librdkafka's settings, values being text, numbers, booleans, `{"env": NAME}` or `{"file": PATH}`. */
void document_read_settings(struct document *document, const struct place *place, const cJSON *value,
                            struct carafe_settings *settings);

#endif
