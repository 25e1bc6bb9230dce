/*
 * Reads JSON as a stream of tokens, without building anything.  Strict RFC 8259: no comments, no trailing commas, one
 * document.  Strings arrive unescaped and as valid UTF-8: an invalid byte or a lone surrogate becomes U+FFFD.
 */
#ifndef TRACKING_JSON_READER_H
#define TRACKING_JSON_READER_H

#include "carafe.h"
#include "tracking/json_buffer.h"

#define JSON_DEPTH_MAX 100 /* as Ruby's parser has it */

enum json_token {
    JSON_TOKEN_ERROR, /* and for ever after: see json_reader_fail() */
    JSON_TOKEN_END,   /* the document is complete and nothing follows */
    JSON_TOKEN_OBJECT,
    JSON_TOKEN_OBJECT_END,
    JSON_TOKEN_ARRAY,
    JSON_TOKEN_ARRAY_END,
    JSON_TOKEN_KEY,
    JSON_TOKEN_STRING,
    JSON_TOKEN_INTEGER,
    JSON_TOKEN_BIG_INTEGER, /* its digits are `text` */
    JSON_TOKEN_FLOAT,
    JSON_TOKEN_TRUE,
    JSON_TOKEN_FALSE,
    JSON_TOKEN_NULL
};

/* What may come next. */
enum json_expectation {
    JSON_EXPECT_VALUE,
    JSON_EXPECT_VALUE_OR_END, /* just inside an array */
    JSON_EXPECT_KEY,
    JSON_EXPECT_KEY_OR_END, /* just inside an object */
    JSON_EXPECT_COMMA_OR_END,
    JSON_EXPECT_NOTHING,
    JSON_EXPECT_FAILED
};

struct json_reader {
    /* Of the token read last: */
    const char *text; /* key, string, digits of a big integer; not terminated, valid until the next call */
    size_t text_len;
    int64_t integer;
    double number; /* of a float; of a big integer the nearest one */

    /* The reader's own: */
    const char *start;
    const char *at;
    const char *end;
    enum json_expectation expectation;
    size_t depth;
    bool in_object[JSON_DEPTH_MAX];
    const char *expected; /* what a failure expected */
    struct json_buffer unescaped;
};

/* Once; then begin as often as wanted; close at the end. */
void json_reader_init(struct json_reader *reader);
void json_reader_close(struct json_reader *reader);

/* Start on `text`, which is borrowed until the last token is read. */
void json_reader_begin(struct json_reader *reader, const char *text, size_t len);

enum json_token json_reader_next(struct json_reader *reader);

/*
 * Skip the value that `token`, just read, is or begins. Takes a JSON_TOKEN_KEY as well: the value of that key.
 * Returns false after an error.
 */
bool json_reader_skip(struct json_reader *reader, enum json_token token);

/* `not JSON: expected X, got Y at line L column C` into `error`; returns CARAFE_INVALID. */
int json_reader_fail(const struct json_reader *reader, struct carafe_error *error);

#endif
