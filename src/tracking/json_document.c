#include "tracking/json_document.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tracking/json_number.h"

#define BLOCK_BYTES ((size_t)64 * 1024)
#define ALIGNMENT   sizeof(void *)

struct json_block {
    struct json_block *next;
    size_t used;
    size_t capacity;
    char *bytes;
};

/* ---- memory ------------------------------------------------------------------------------------------------------ */

void json_document_init(struct json_document *document)
{
    memset(document, 0, sizeof *document);
}

void json_document_close(struct json_document *document)
{
    struct json_block *block = document->blocks;
    while (block != NULL) {
        struct json_block *next = block->next;
        free(block);
        block = next;
    }
    json_document_init(document);
}

void json_document_reset(struct json_document *document)
{
    document->root = NULL;
    document->current = document->blocks;
    document->failed = false;
    if (document->current != NULL) {
        document->current->used = 0;
    }
}

bool json_document_failed(const struct json_document *document)
{
    return document->failed;
}

static struct json_block *add_block(struct json_document *document, size_t at_least)
{
    size_t capacity = at_least > BLOCK_BYTES ? at_least : BLOCK_BYTES;
    if (at_least > JSON_DOCUMENT_BYTES_MAX || document->bytes > JSON_DOCUMENT_BYTES_MAX - capacity) {
        return NULL;
    }
    struct json_block *block = malloc(sizeof *block + capacity);
    if (block == NULL) {
        return NULL;
    }
    *block = (struct json_block){.capacity = capacity, .bytes = (char *)(block + 1)};
    document->bytes += capacity;
    /* Behind the current one, so that blocks kept for later stay in the list. */
    if (document->current == NULL) {
        document->blocks = block;
    } else {
        block->next = document->current->next;
        document->current->next = block;
    }
    document->current = block;
    return block;
}

static struct json_block *next_block(struct json_document *document, size_t size)
{
    struct json_block *next = document->current == NULL ? NULL : document->current->next;
    if (next == NULL || next->capacity < size) {
        return add_block(document, size);
    }
    next->used = 0;
    document->current = next;
    return next;
}

static void *take(struct json_document *document, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct json_block *block = document->current;
    if (block == NULL || block->capacity - block->used < rounded) {
        block = next_block(document, rounded);
    }
    if (block == NULL) {
        document->failed = true;
        return NULL;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    return memory;
}

static const char *copy_text(struct json_document *document, const char *text, size_t len)
{
    if (len == 0 || len > UINT32_MAX) {
        document->failed = document->failed || len > 0;
        return "";
    }
    char *copy = take(document, len);
    if (copy == NULL) {
        return "";
    }
    memcpy(copy, text, len);
    return copy;
}

struct json_key json_key_copy(struct json_document *document, const char *text, size_t len)
{
    const char *copy = copy_text(document, text, len);
    return (struct json_key){copy, document->failed ? 0 : (uint32_t)len};
}

/* ---- building ---------------------------------------------------------------------------------------------------- */

static struct json_value *add_value(struct json_document *document, struct json_value *parent, struct json_key key,
                                    enum json_kind kind)
{
    struct json_value *value = take(document, sizeof *value);
    if (value == NULL) {
        document->discarded = (struct json_value){.kind = kind};
        return &document->discarded;
    }
    *value = (struct json_value){.key = key, .kind = kind};
    if (parent == NULL) {
        document->root = value;
        return value;
    }
    if (parent->last == NULL) {
        parent->first = value;
    } else {
        parent->last->next = value;
    }
    parent->last = value;
    parent->len++;
    return value;
}

struct json_value *json_add_object(struct json_document *document, struct json_value *parent, struct json_key key)
{
    return add_value(document, parent, key, JSON_OBJECT);
}

struct json_value *json_add_array(struct json_document *document, struct json_value *parent, struct json_key key)
{
    return add_value(document, parent, key, JSON_ARRAY);
}

void json_add_null(struct json_document *document, struct json_value *parent, struct json_key key)
{
    (void)add_value(document, parent, key, JSON_NULL);
}

void json_add_boolean(struct json_document *document, struct json_value *parent, struct json_key key, bool truth)
{
    (void)add_value(document, parent, key, truth ? JSON_TRUE : JSON_FALSE);
}

void json_add_integer(struct json_document *document, struct json_value *parent, struct json_key key, int64_t integer)
{
    add_value(document, parent, key, JSON_INTEGER)->integer = integer;
}

void json_add_float(struct json_document *document, struct json_value *parent, struct json_key key, double number)
{
    add_value(document, parent, key, JSON_FLOAT)->number = number;
}

static void add_text_value(struct json_document *document, struct json_value *parent, struct json_key key,
                           enum json_kind kind, const char *text, size_t len)
{
    const char *copy = copy_text(document, text, len);
    struct json_value *value = add_value(document, parent, key, kind);
    value->text = copy;
    value->len = document->failed ? 0 : (uint32_t)len;
}

void json_add_string(struct json_document *document, struct json_value *parent, struct json_key key, const char *text,
                     size_t len)
{
    add_text_value(document, parent, key, JSON_STRING, text, len);
}

void json_add_text(struct json_document *document, struct json_value *parent, struct json_key key, const char *text)
{
    const char *present = text == NULL ? "" : text;
    json_add_string(document, parent, key, present, strlen(present));
}

struct json_value *json_find(const struct json_value *object, const char *key, size_t len)
{
    if (object == NULL || object->kind != JSON_OBJECT) {
        return NULL;
    }
    for (struct json_value *child = object->first; child != NULL; child = child->next) {
        if (child->key.len == len && memcmp(child->key.text, key, len) == 0) {
            return child;
        }
    }
    return NULL;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

/* A child and its place, for the search of repeated keys. */
struct placed_child {
    struct json_value *value;
    uint32_t place;
};

static int compare_children(const void *left, const void *right)
{
    const struct placed_child *one = left;
    const struct placed_child *two = right;
    uint32_t shorter = one->value->key.len < two->value->key.len ? one->value->key.len : two->value->key.len;
    int order = memcmp(one->value->key.text, two->value->key.text, shorter);
    if (order != 0) {
        return order;
    }
    if (one->value->key.len != two->value->key.len) {
        return one->value->key.len < two->value->key.len ? -1 : 1;
    }
    return one->place < two->place ? -1 : one->place > two->place;
}

static bool same_key(const struct json_value *one, const struct json_value *two)
{
    return one->key.len == two->key.len && memcmp(one->key.text, two->key.text, one->key.len) == 0;
}

/* Give the first of equal keys the value of the last, and mark the others for removal by taking their key. */
static bool merge_repeated(struct placed_child *sorted, size_t count)
{
    bool any = false;
    for (size_t i = 0; i + 1 < count; i++) {
        if (!same_key(sorted[i].value, sorted[i + 1].value)) {
            continue;
        }
        any = true;
        struct json_value *first = sorted[i].value;
        size_t last = i + 1;
        while (last + 1 < count && same_key(first, sorted[last + 1].value)) {
            last++;
        }
        struct json_value *next = first->next;
        struct json_key key = first->key;
        *first = *sorted[last].value;
        first->next = next;
        first->key = key;
        for (size_t j = i + 1; j <= last; j++) {
            sorted[j].value->key.text = NULL;
        }
        i = last;
    }
    return any;
}

static void unlink_marked(struct json_value *object)
{
    struct json_value *kept = object->first; /* the first child is never a later one of equal keys */
    for (struct json_value *child = kept->next; child != NULL; child = child->next) {
        if (child->key.text == NULL) {
            object->len--;
            continue;
        }
        kept->next = child;
        kept = child;
    }
    kept->next = NULL;
    object->last = kept;
}

/* Objects of a report mostly come with few keys: those are compared as they are. */
#define FEW_KEYS 8

static bool has_repeated_among_few(const struct json_value *object)
{
    for (const struct json_value *one = object->first; one != NULL; one = one->next) {
        for (const struct json_value *two = one->next; two != NULL; two = two->next) {
            if (same_key(one, two)) {
                return true;
            }
        }
    }
    return false;
}

static void keep_last_of_repeated(struct json_document *document, struct json_value *object)
{
    if (object->len <= FEW_KEYS && !has_repeated_among_few(object)) {
        return;
    }
    struct placed_child *sorted = malloc(object->len * sizeof *sorted);
    if (sorted == NULL) {
        document->failed = true;
        return;
    }
    uint32_t count = 0;
    for (struct json_value *child = object->first; child != NULL; child = child->next) {
        sorted[count] = (struct placed_child){child, count};
        count++;
    }
    qsort(sorted, count, sizeof *sorted, compare_children);
    if (merge_repeated(sorted, count)) {
        unlink_marked(object);
    }
    free(sorted);
}

/* Add the scalar that `token` is. */
static void add_scalar(struct json_document *document, struct json_value *parent, struct json_key key,
                       const struct json_reader *reader, enum json_token token)
{
    switch (token) {
    case JSON_TOKEN_STRING:
        json_add_string(document, parent, key, reader->text, reader->text_len);
        break;
    case JSON_TOKEN_INTEGER:
        json_add_integer(document, parent, key, reader->integer);
        break;
    case JSON_TOKEN_BIG_INTEGER:
        add_text_value(document, parent, key, JSON_BIG_INTEGER, reader->text, reader->text_len);
        break;
    case JSON_TOKEN_FLOAT:
        json_add_float(document, parent, key, reader->number);
        break;
    case JSON_TOKEN_TRUE:
    case JSON_TOKEN_FALSE:
        json_add_boolean(document, parent, key, token == JSON_TOKEN_TRUE);
        break;
    default:
        json_add_null(document, parent, key);
        break;
    }
}

/* Read a whole document below `parent` (NULL: as the root). */
static int parse_into(struct json_document *document, struct json_reader *reader, struct json_value *parent,
                      struct json_key key, struct carafe_error *error)
{
    struct json_value *open[JSON_DEPTH_MAX + 1] = {parent};
    size_t depth = 0;
    for (;;) {
        enum json_token token = json_reader_next(reader);
        switch (token) {
        case JSON_TOKEN_ERROR:
            return json_reader_fail(reader, error);
        case JSON_TOKEN_END:
            return 0;
        case JSON_TOKEN_KEY:
            key = json_key_copy(document, reader->text, reader->text_len);
            continue;
        case JSON_TOKEN_OBJECT:
        case JSON_TOKEN_ARRAY:
            open[depth + 1] =
                add_value(document, open[depth], key, token == JSON_TOKEN_OBJECT ? JSON_OBJECT : JSON_ARRAY);
            depth++;
            break;
        case JSON_TOKEN_OBJECT_END:
        case JSON_TOKEN_ARRAY_END:
            if (token == JSON_TOKEN_OBJECT_END && open[depth]->len > 1) {
                keep_last_of_repeated(document, open[depth]);
            }
            depth--;
            break;
        default:
            add_scalar(document, open[depth], key, reader, token);
            break;
        }
        key = JSON_NO_KEY;
        if (document->failed) {
            return error_set(error, CARAFE_NO_MEMORY,
                             "JSON document: expected memory for it, at most %zu bytes, got none",
                             JSON_DOCUMENT_BYTES_MAX);
        }
    }
}

int json_document_parse(struct json_document *document, struct json_reader *reader, const char *text, size_t len,
                        struct carafe_error *error)
{
    json_document_reset(document);
    json_reader_begin(reader, text, len);
    return parse_into(document, reader, NULL, JSON_NO_KEY, error);
}

#define JSON_PATH_MAX 512

/* ---- assigning --------------------------------------------------------------------------------------------------- */

/* Where a path leads: the child, or (child NULL) what it would be added to, under the rest of the path. */
struct place {
    struct json_value *parent;
    struct json_value *before; /* sibling */
    struct json_value *child;
    const char *rest;
};

/* Does `path` go through or to the child with this name? Returns what follows it, NULL: no. */
static const char *step_into(const char *path, const char *name, size_t len)
{
    if (strncmp(path, name, len) != 0 || (path[len] != '.' && path[len] != '\0')) {
        return NULL;
    }
    return path[len] == '.' ? path + len + 1 : path + len;
}

static bool find_place(struct json_value *parent, const char *path, int depth, struct place *place)
{
    if ((parent->kind != JSON_OBJECT && parent->kind != JSON_ARRAY) || depth == 0) {
        return false;
    }
    struct json_value *before = NULL;
    int64_t index = 0;
    for (struct json_value *child = parent->first; child != NULL; before = child, child = child->next, index++) {
        char number[JSON_NUMBER_TEXT_MAX];
        const char *name = parent->kind == JSON_OBJECT ? child->key.text : number;
        size_t len = parent->kind == JSON_OBJECT ? child->key.len : json_integer_write(index, number);
        const char *rest = step_into(path, name, len);
        if (rest == NULL) {
            continue;
        }
        if (*rest == '\0' && path[len] == '\0') {
            *place = (struct place){parent, before, child, rest};
            return true;
        }
        if (find_place(child, rest, depth - 1, place)) {
            return true;
        }
    }
    *place = (struct place){parent, before, NULL, path};
    return strchr(path, '.') == NULL;
}

static void unlink_child(struct place *place)
{
    struct json_value *parent = place->parent;
    if (place->before == NULL) {
        parent->first = place->child->next;
    } else {
        place->before->next = place->child->next;
    }
    if (parent->last == place->child) {
        parent->last = place->before;
    }
    parent->len--;
}

/* Parse `text` as the last child of place->parent, and move it to where the old one was. */
static int replace_child(struct json_document *document, struct place *place, const char *text,
                         struct carafe_error *error)
{
    struct json_key key = JSON_NO_KEY;
    if (place->child != NULL) {
        key = place->child->key;
    } else if (place->parent->kind == JSON_OBJECT) {
        key = json_key_copy(document, place->rest, strlen(place->rest));
    }
    struct json_value holder = {.kind = JSON_ARRAY};
    struct json_reader reader;
    json_reader_init(&reader);
    json_reader_begin(&reader, text, strlen(text));
    int code = parse_into(document, &reader, &holder, key, error);
    json_reader_close(&reader);
    if (code != 0) {
        return code;
    }
    struct json_value *fresh = holder.first;
    if (place->child != NULL) {
        fresh->next = place->child->next;
        *place->child = *fresh;
        return 0;
    }
    if (place->before == NULL) {
        place->parent->first = fresh;
    } else {
        place->before->next = fresh;
    }
    place->parent->last = fresh;
    place->parent->len++;
    return 0;
}

/* 0: there is no such place, 1: it was done, negative: the text is no JSON. */
static int assign_at(struct json_document *document, struct json_value *parent, const char *path, const char *text,
                     struct carafe_error *error)
{
    struct place place;
    if (parent == NULL || !find_place(parent, path, JSON_DEPTH_MAX, &place) || (text == NULL && place.child == NULL)) {
        return 0;
    }
    if (text == NULL) {
        unlink_child(&place);
        return 1;
    }
    int code = replace_child(document, &place, text, error);
    return code == 0 ? 1 : code;
}

int json_document_assign(struct json_document *document, const char *path, const char *text, struct carafe_error *error)
{
    int result = assign_at(document, document->root, path, text, error);
    if (result == 0) {
        return error_set(error, CARAFE_INVALID, "%s: expected a field of the document%s, got none", path,
                         text == NULL ? " to remove" : "");
    }
    return result < 0 ? result : 0;
}

/* The first `*` of `path` that is a whole step; NULL: none. */
static const char *find_star(const char *path)
{
    for (const char *star = strchr(path, '*'); star != NULL; star = strchr(star + 1, '*')) {
        if ((star == path || star[-1] == '.') && (star[1] == '.' || star[1] == '\0')) {
            return star;
        }
    }
    return NULL;
}

/* What `len` bytes of `path` lead to; NULL: nothing. */
static struct json_value *find_container(struct json_value *parent, const char *path, size_t len)
{
    char prefix[JSON_PATH_MAX];
    struct place place = {.child = parent};
    if (len > 0 && len < sizeof prefix) {
        memcpy(prefix, path, len);
        prefix[len] = '\0';
        return find_place(parent, prefix, JSON_DEPTH_MAX, &place) ? place.child : NULL;
    }
    return len == 0 ? parent : NULL;
}

/* Depth is bounded by the number of stars, which is bounded by JSON_PATH_MAX. */
static int assign_below(struct json_document *document, struct json_value *parent, const char *path, const char *text,
                        size_t *assigned, struct carafe_error *error)
{
    const char *star = find_star(path);
    if (star == NULL) {
        int result = assign_at(document, parent, path, text, error);
        *assigned += result > 0 ? 1 : 0;
        return result < 0 ? result : 0;
    }
    struct json_value *container = find_container(parent, path, star == path ? 0 : (size_t)(star - path) - 1);
    if (container == NULL || (container->kind != JSON_OBJECT && container->kind != JSON_ARRAY)) {
        return 0;
    }
    struct place place = {.parent = container};
    int code = 0;
    for (struct json_value *child = container->first; child != NULL && code == 0; child = child->next) {
        place.child = child;
        if (star[1] == '.') {
            code = assign_below(document, child, star + 2, text, assigned, error);
        } else if (text == NULL) {
            unlink_child(&place); /* always the first */
            ++*assigned;
        } else {
            code = replace_child(document, &place, text, error);
            *assigned += code == 0 ? 1 : 0;
        }
    }
    return code;
}

int json_document_assign_each(struct json_document *document, const char *path, const char *text, size_t *assigned,
                              struct carafe_error *error)
{
    *assigned = 0;
    if (strlen(path) >= JSON_PATH_MAX) {
        return error_set(error, CARAFE_INVALID, "path: expected less than %d characters, got %zu", JSON_PATH_MAX,
                         strlen(path));
    }
    if (find_star(path) != NULL) {
        return assign_below(document, document->root, path, text, assigned, error);
    }
    int code = json_document_assign(document, path, text, error);
    *assigned = code == 0 ? 1 : 0;
    return code;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static void write_children(struct json_buffer *buffer, const struct json_value *container)
{
    bool object = container->kind == JSON_OBJECT;
    json_buffer_add(buffer, object ? "{" : "[", 1);
    for (const struct json_value *child = container->first; child != NULL; child = child->next) {
        if (child != container->first) {
            json_buffer_add(buffer, ",", 1);
        }
        if (object) {
            json_buffer_add_string(buffer, child->key.text, child->key.len);
            json_buffer_add(buffer, ":", 1);
        }
        json_write(buffer, child);
    }
    json_buffer_add(buffer, object ? "}" : "]", 1);
}

void json_write(struct json_buffer *buffer, const struct json_value *value)
{
    switch (value->kind) {
    case JSON_NULL:
        json_buffer_add(buffer, "null", 4);
        break;
    case JSON_FALSE:
        json_buffer_add(buffer, "false", 5);
        break;
    case JSON_TRUE:
        json_buffer_add(buffer, "true", 4);
        break;
    case JSON_INTEGER:
        json_buffer_add_integer(buffer, value->integer);
        break;
    case JSON_BIG_INTEGER:
        json_buffer_add(buffer, value->text, value->len);
        break;
    case JSON_FLOAT:
        json_buffer_add_float(buffer, value->number);
        break;
    case JSON_STRING:
        json_buffer_add_string(buffer, value->text, value->len);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        write_children(buffer, value);
        break;
    }
}
