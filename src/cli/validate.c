#include "cli/validate.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST /* input is only read */
#include <zlib.h>

#include "base/error.h"
#include "tracking/contract.h"

#define INPUT_BYTES_MAX    ((size_t)1 << 30) /* of a file */
#define INFLATED_BYTES_MAX ((size_t)1 << 28) /* of what it inflates to, up to a thousand times itself */
#define CHUNK              ((size_t)1 << 16)

static const char usage_text[] =
    "usage: carafe validate [--kind report|error] [--schema VERSION] [--zlib] [--jsonl] [FILE...]\n"
    "\n"
    "Checks documents against the contract of the Web UI; without FILE (or for -) those on standard input.\n"
    "  --kind     what they are (report)\n"
    "  --schema   1.4.0, 1.4.1, 1.6.0 or 1.7.0, of errors also 1.1.0 or 1.2.0; else the one that a document names,\n"
    "             or 1.4.0\n"
    "  --zlib     a FILE is a zlib stream, as on the wire\n"
    "  --jsonl    every line is one document\n";

struct validation {
    enum contract_kind kind;
    bool schema_given;
    enum contract_schema schema;
    bool zlib;
    bool jsonl;
    FILE *out;
    bool all_valid;
    struct contract contracts[SCHEMA_COUNT];
    struct json_reader reader;
    struct json_document document;
    struct contract_violations violations;
};

/* ---- one document ------------------------------------------------------------------------------------------------ */

/* The schema that the document names, if it is known. */
static enum contract_schema named_schema(const struct validation *validation)
{
    const struct json_value *named = json_find(validation->document.root, "schema_version", 14);
    for (int i = SCHEMA_COUNT - 1; named != NULL && named->kind == JSON_STRING && i >= 0; i--) {
        enum contract_schema schema = (enum contract_schema)i;
        const char *name =
            validation->kind == CONTRACT_REPORT ? contract_schema_name(schema) : contract_error_schema_name(schema);
        if (named->len == strlen(name) && memcmp(named->text, name, named->len) == 0) {
            return schema;
        }
    }
    return SCHEMA_1_4_0;
}

static void say_invalid(struct validation *validation, const char *text)
{
    validation->all_valid = false;
    (void)fprintf(validation->out, "invalid %s\n", text);
}

static void validate_document(struct validation *validation, const char *text, size_t len)
{
    struct carafe_error error;
    if (json_document_parse(&validation->document, &validation->reader, text, len, &error) != 0) {
        validation->all_valid = false;
        (void)fprintf(validation->out, "invalid : %s\n", error.text);
        return;
    }
    enum contract_schema schema = validation->schema_given ? validation->schema : named_schema(validation);
    if (contract_check(&validation->contracts[schema], validation->document.root, &validation->violations)) {
        (void)fputs("valid\n", validation->out);
        return;
    }
    say_invalid(validation, json_buffer_text(&validation->violations.text));
}

static void validate_lines(struct validation *validation, const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;
        validate_document(validation, text, (size_t)(stop - text));
        text = newline == NULL ? end : newline + 1;
    }
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static int read_all(FILE *file, struct json_buffer *text, const char *name, FILE *err)
{
    for (;;) {
        char *room = json_buffer_reserve(text, CHUNK);
        if (room == NULL || text->len > INPUT_BYTES_MAX) {
            (void)fprintf(err, "carafe validate: %s: expected at most %zu bytes, got more\n", name, INPUT_BYTES_MAX);
            return CLI_EXIT_USAGE;
        }
        size_t count = fread(room, 1, CHUNK, file);
        text->len += count;
        if (count == 0) {
            break;
        }
    }
    if (ferror(file)) {
        (void)fprintf(err, "carafe validate: %s: %s\n", name, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    return 0;
}

/* NULL, or what is wrong with the stream. */
static const char *inflate_chunks(z_stream *stream, struct json_buffer *text)
{
    for (;;) {
        char *room = json_buffer_reserve(text, CHUNK);
        if (room == NULL || text->len > INFLATED_BYTES_MAX) {
            return "expected at most 268435456 bytes when inflated, got more";
        }
        stream->next_out = (Bytef *)room;
        stream->avail_out = (uInt)CHUNK;
        int code = inflate(stream, Z_NO_FLUSH);
        text->len += CHUNK - stream->avail_out;
        if (code == Z_STREAM_END) {
            return stream->avail_in == 0 ? NULL : "expected the end of the stream, got more bytes";
        }
        if (code != Z_OK) {
            return code == Z_BUF_ERROR ? "expected more bytes, got the end"
                                       : "expected a zlib stream, got something else";
        }
    }
}

static const char *inflate_all(const struct json_buffer *packed, struct json_buffer *text)
{
    z_stream stream = {.next_in = (const Bytef *)packed->bytes, .avail_in = (uInt)packed->len};
    if (inflateInit(&stream) != Z_OK) {
        return "expected memory, got none";
    }
    const char *wrong = inflate_chunks(&stream, text);
    (void)inflateEnd(&stream);
    return wrong;
}

static void validate_input(struct validation *validation, const struct json_buffer *input)
{
    const char *text = input->bytes == NULL ? "" : input->bytes;
    if (validation->jsonl) {
        validate_lines(validation, text, input->len);
    } else {
        validate_document(validation, text, input->len);
    }
}

static int validate_file(struct validation *validation, FILE *file, const char *name, FILE *err)
{
    struct json_buffer input;
    struct json_buffer inflated;
    json_buffer_init(&input);
    json_buffer_init(&inflated);
    int code = read_all(file, &input, name, err);
    if (code == 0 && validation->zlib) {
        const char *wrong = inflate_all(&input, &inflated);
        if (wrong != NULL) {
            validation->all_valid = false;
            (void)fprintf(validation->out, "invalid : not zlib: %s\n", wrong);
        } else {
            validate_input(validation, &inflated);
        }
    } else if (code == 0) {
        validate_input(validation, &input);
    }
    json_buffer_close(&input);
    json_buffer_close(&inflated);
    return code;
}

static int validate_named(struct validation *validation, const char *name, FILE *in, FILE *err)
{
    if (strcmp(name, "-") == 0) {
        return validate_file(validation, in, "standard input", err);
    }
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        (void)fprintf(err, "carafe validate: %s: %s\n", name, strerror(errno));
        return CLI_EXIT_USAGE;
    }
    int code = validate_file(validation, file, name, err);
    (void)fclose(file);
    return code;
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static int set_schema(struct validation *validation, const char *name, struct carafe_error *error)
{
    validation->schema_given = true;
    for (int i = SCHEMA_COUNT - 1; validation->kind == CONTRACT_ERROR && i >= 0; i--) {
        if (strcmp(name, contract_error_schema_name((enum contract_schema)i)) == 0) {
            validation->schema = (enum contract_schema)i;
            return 0;
        }
    }
    return contract_schema_parse(name, &validation->schema, error);
}

static int set_kind(struct validation *validation, const char *name, struct carafe_error *error)
{
    if (strcmp(name, "report") != 0 && strcmp(name, "error") != 0) {
        return error_set(error, CARAFE_INVALID, "--kind: expected report or error, got %s", name);
    }
    validation->kind = strcmp(name, "error") == 0 ? CONTRACT_ERROR : CONTRACT_REPORT;
    return 0;
}

/* Take the options out of argv; what is left are the files, `*first` the first of them. */
static int parse_options(struct validation *validation, int argc, char **argv, int *first, struct carafe_error *error)
{
    const char *schema = NULL;
    int at = 1;
    for (; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; at++) {
        const char *option = argv[at];
        bool has_value = strcmp(option, "--kind") == 0 || strcmp(option, "--schema") == 0;
        if (strcmp(option, "--") == 0) {
            at++;
            break;
        }
        if (has_value && at + 1 == argc) {
            return error_set(error, CARAFE_INVALID, "%s: expected a value, got none", option);
        }
        if (strcmp(option, "--kind") == 0) {
            int code = set_kind(validation, argv[++at], error);
            if (code != 0) {
                return code;
            }
        } else if (strcmp(option, "--schema") == 0) {
            schema = argv[++at];
        } else if (strcmp(option, "--zlib") == 0) {
            validation->zlib = true;
        } else if (strcmp(option, "--jsonl") == 0) {
            validation->jsonl = true;
        } else {
            return error_set(error, CARAFE_INVALID, "%s: expected an option, got an unknown one", option);
        }
    }
    *first = at;
    return schema == NULL ? 0 : set_schema(validation, schema, error);
}

static int run(struct validation *validation, int argc, char **argv, FILE *in, FILE *err)
{
    struct carafe_error error = {0};
    int first = 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage_text, validation->out);
        return CLI_EXIT_VALID;
    }
    if (parse_options(validation, argc, argv, &first, &error) != 0) {
        (void)fprintf(err, "carafe validate: %s\n%s", error.text, usage_text);
        return CLI_EXIT_USAGE;
    }
    for (int i = 0; i < SCHEMA_COUNT; i++) {
        contract_init(&validation->contracts[i], validation->kind, (enum contract_schema)i);
    }
    int code = first == argc ? validate_named(validation, "-", in, err) : 0;
    for (int i = first; i < argc; i++) {
        int file_code = validate_named(validation, argv[i], in, err);
        code = file_code != 0 ? file_code : code;
    }
    if (code != 0) {
        return code;
    }
    return validation->all_valid && fflush(validation->out) == 0 ? CLI_EXIT_VALID : CLI_EXIT_INVALID;
}

int cli_validate_streams(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
    struct validation *validation = calloc(1, sizeof *validation);
    if (validation == NULL) {
        (void)fputs("carafe validate: expected memory, got none\n", err);
        return CLI_EXIT_INVALID;
    }
    validation->out = out;
    validation->all_valid = true;
    json_reader_init(&validation->reader);
    json_document_init(&validation->document);
    contract_violations_init(&validation->violations);
    int code = run(validation, argc, argv, in, err);
    contract_violations_close(&validation->violations);
    json_document_close(&validation->document);
    json_reader_close(&validation->reader);
    free(validation);
    return code;
}

int cli_validate(int argc, char **argv)
{
    return cli_validate_streams(argc, argv, stdin, stdout, stderr);
}
