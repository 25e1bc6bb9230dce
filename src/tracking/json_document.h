/*
 * A JSON document as a tree in memory: what a report is built as, validated as, written from, and what JSON text is
 * parsed into.  All of it lives in the document's own memory, which is kept when the document is reset.
 *
 * Building never returns NULL: without memory the document is marked `failed` (see json_document_failed()), once and
 * for all, and the values given back are of no consequence.
 */
#ifndef TRACKING_JSON_DOCUMENT_H
#define TRACKING_JSON_DOCUMENT_H

#include "carafe.h"
#include "tracking/json_buffer.h"
#include "tracking/json_reader.h"

#define JSON_DOCUMENT_BYTES_MAX ((size_t)1 << 30) /* memory of one document; more is refused */

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INTEGER,
    JSON_BIG_INTEGER, /* digits in `text`, nearest double in `number` of the reader only */
    JSON_FLOAT,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

/* A name in an object: borrowed, must live as long as the document's content. */
struct json_key {
    const char *text;
    uint32_t len;
};

#define JSON_KEY(literal)                                                                                              \
    (struct json_key)                                                                                                  \
    {                                                                                                                  \
        "" literal, (uint32_t)(sizeof(literal) - 1)                                                                    \
    }
#define JSON_NO_KEY ((struct json_key){NULL, 0}) /* of an array's element and of the root */

struct json_value {
    struct json_key key;
    enum json_kind kind;
    uint32_t len; /* bytes of a string or of digits; children of a container */
    union {
        int64_t integer;
        double number;
        const char *text; /* not terminated */
        struct json_value *first;
    };
    struct json_value *last; /* child */
    struct json_value *next; /* sibling */
};

struct json_block;

struct json_document {
    struct json_value *root; /* NULL: empty */
    struct json_block *blocks;
    struct json_block *current;
    size_t bytes;
    bool failed;
    struct json_value discarded; /* what builders hand out after a failure */
};

void json_document_init(struct json_document *document);
void json_document_close(struct json_document *document);
/* Empty again; the memory stays. */
void json_document_reset(struct json_document *document);
bool json_document_failed(const struct json_document *document);

/*
 * Parse `text` into `document`, whatever it held before; `reader` lends its state. Of a key that comes twice the last
 * value wins, on the place of the first.
 * Errors: CARAFE_INVALID, with line and column; CARAFE_NO_MEMORY.
 */
int json_document_parse(struct json_document *document, struct json_reader *reader, const char *text, size_t len,
                        struct carafe_error *error) CARAFE_RESULT;

/* A copy of `text` as a key, owned by the document. */
struct json_key json_key_copy(struct json_document *document, const char *text, size_t len);

/* Add a value at the end of `parent` (NULL: it becomes the root). Text is copied. The caller sees to unique keys. */
struct json_value *json_add_object(struct json_document *document, struct json_value *parent, struct json_key key);
struct json_value *json_add_array(struct json_document *document, struct json_value *parent, struct json_key key);
void json_add_null(struct json_document *document, struct json_value *parent, struct json_key key);
void json_add_boolean(struct json_document *document, struct json_value *parent, struct json_key key, bool truth);
void json_add_integer(struct json_document *document, struct json_value *parent, struct json_key key, int64_t integer);
void json_add_float(struct json_document *document, struct json_value *parent, struct json_key key, double number);
void json_add_string(struct json_document *document, struct json_value *parent, struct json_key key, const char *text,
                     size_t len);
/* NULL is the empty string. */
void json_add_text(struct json_document *document, struct json_value *parent, struct json_key key, const char *text);

/* The value under `key` of an object; NULL: none, or no object. */
struct json_value *json_find(const struct json_value *object, const char *key, size_t len);

/*
 * Put the JSON `text` at `path` (`process.id`, `jobs.0.type`; a key with points in it is found too), replacing what is
 * there or adding it to the object or array; NULL `text` removes it. For whoever wants to see what a wrong field does.
 * Errors: CARAFE_INVALID, nothing to put it into, or no JSON.
 */
int json_document_assign(struct json_document *document, const char *path, const char *text,
                         struct carafe_error *error) CARAFE_RESULT;

/*
 * The same at every place that `path` leads to, where `*` stands for each entry (`jobs.*.topic`); `*assigned` says at
 * how many.  Entries that have no such field are passed over.
 */
int json_document_assign_each(struct json_document *document, const char *path, const char *text, size_t *assigned,
                              struct carafe_error *error) CARAFE_RESULT;

void json_write(struct json_buffer *buffer, const struct json_value *value);

#endif
