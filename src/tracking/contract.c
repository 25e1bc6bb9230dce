#include "tracking/contract.h"

#include <string.h>

#include "base/assert.h"
#include "base/error.h"
#include "tracking/contract_rules.h"
#include "tracking/json_number.h"
#include "tracking/json_plain.h"

#define VALUE_BYTES_MAX 80 /* of a wrong value, as a violation shows it */
#define SHORT_LIST_MAX  8
#define NO_RULE         (-1)

/* ---- versions ---------------------------------------------------------------------------------------------------- */

static const char *const schema_names[SCHEMA_COUNT] = {"1.4.0", "1.4.1", "1.6.0", "1.7.0"};

const char *contract_schema_name(enum contract_schema schema)
{
    return schema_names[schema];
}

const char *contract_error_schema_name(enum contract_schema schema)
{
    return schema >= SCHEMA_1_6_0 ? "1.2.0" : "1.1.0";
}

int contract_schema_parse(const char *name, enum contract_schema *schema, struct carafe_error *error)
{
    for (int i = 0; i < SCHEMA_COUNT; i++) {
        if (strcmp(name, schema_names[i]) == 0) {
            *schema = (enum contract_schema)i;
            return 0;
        }
    }
    return error_set(error, CARAFE_INVALID, "report schema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got %s", name);
}

/* ---- rules as a tree --------------------------------------------------------------------------------------------- */

static const struct contract_rule *rules_of(enum contract_kind kind, size_t *count)
{
    *count = kind == CONTRACT_REPORT ? contract_report_rule_count : contract_error_rule_count;
    return kind == CONTRACT_REPORT ? contract_report_rules : contract_error_rules;
}

static struct contract_node *find_node(struct contract_node *parent, const char *name, size_t len)
{
    bool any = len == 1 && *name == '*';
    for (struct contract_node *node = parent->first; node != NULL; node = node->next) {
        if (any ? node->name == NULL : node->name_len == len && memcmp(node->name, name, len) == 0) {
            return node;
        }
    }
    return NULL;
}

static struct contract_node *add_node(struct contract *contract, struct contract_node *parent, const char *name,
                                      size_t len)
{
    ASSERT(contract->node_count < CONTRACT_NODES_MAX);
    struct contract_node *node = &contract->nodes[contract->node_count++];
    bool any = len == 1 && *name == '*';
    *node = (struct contract_node){.name = any ? NULL : name, .name_len = any ? 0 : (uint32_t)len, .rule = NO_RULE};
    if (parent->first == NULL) {
        parent->first = node;
    } else {
        parent->last->next = node;
    }
    parent->last = node;
    return node;
}

static void add_rule(struct contract *contract, const char *path, int rule)
{
    struct contract_node *node = &contract->nodes[0];
    while (*path != '\0') {
        size_t len = strcspn(path, ".");
        struct contract_node *child = find_node(node, path, len);
        node = child != NULL ? child : add_node(contract, node, path, len);
        path += len;
        path += *path == '.';
    }
    node->rule = rule;
}

void contract_init(struct contract *contract, enum contract_kind kind, enum contract_schema schema)
{
    memset(contract, 0, sizeof *contract);
    contract->kind = kind;
    contract->nodes[0].rule = NO_RULE;
    contract->node_count = 1;
    size_t count = 0;
    const struct contract_rule *rules = rules_of(kind, &count);
    for (size_t i = 0; i < count; i++) {
        if (rules[i].since <= schema) {
            add_rule(contract, rules[i].path, (int)i);
        }
    }
}

/* ---- violations -------------------------------------------------------------------------------------------------- */

void contract_violations_init(struct contract_violations *violations)
{
    violations->count = 0;
    json_buffer_init(&violations->text);
}

void contract_violations_close(struct contract_violations *violations)
{
    json_buffer_close(&violations->text);
}

/* One step of the path to the value being looked at; the path is put together only for a violation. */
struct step {
    const struct step *outer;
    const char *name;
    size_t len;
};

static void add_path(struct json_buffer *text, const struct step *step)
{
    if (step->outer == NULL) {
        return;
    }
    add_path(text, step->outer);
    if (step->outer->outer != NULL) {
        json_buffer_add(text, ".", 1);
    }
    if (json_plain_len(step->name, step->len) == step->len) {
        json_buffer_add(text, step->name, step->len);
    } else {
        json_buffer_add_string(text, step->name, step->len); /* a violation stays one line, whatever keys say */
    }
}

static bool is_short(const struct json_value *value)
{
    if (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY) {
        return true;
    }
    bool scalars = value->len <= SHORT_LIST_MAX;
    for (const struct json_value *child = value->first; scalars && child != NULL; child = child->next) {
        scalars = child->kind != JSON_OBJECT && child->kind != JSON_ARRAY;
    }
    return scalars;
}

static void add_found(struct json_buffer *text, const struct json_value *found)
{
    if (found == NULL || !is_short(found)) {
        const char *words = found == NULL ? "nothing" : found->kind == JSON_OBJECT ? "an object" : "an array";
        json_buffer_add(text, words, strlen(words));
        return;
    }
    size_t from = text->len;
    json_write(text, found);
    if (text->len - from > VALUE_BYTES_MAX) {
        size_t cut = from + VALUE_BYTES_MAX;
        while (((unsigned char)text->bytes[cut] & 0xC0) == 0x80) {
            cut--; /* not inside a character */
        }
        text->len = cut;
        json_buffer_add(text, "...", 3);
    }
}

static void violate(struct contract_violations *violations, const struct step *step, const char *expected,
                    const struct json_value *found)
{
    struct json_buffer *text = &violations->text;
    if (violations->count++ >= CONTRACT_VIOLATIONS_MAX) {
        return;
    }
    if (text->len > 0) {
        json_buffer_add(text, "; ", 2);
    }
    add_path(text, step);
    json_buffer_format(text, ": expected %s, got ", expected);
    add_found(text, found);
}

/* ---- checking ---------------------------------------------------------------------------------------------------- */

static void check_value(const struct contract *contract, const struct contract_node *node,
                        const struct json_value *value, const struct step *step,
                        struct contract_violations *violations);

/* `*`: every child of an object or array. */
static void check_every(const struct contract *contract, const struct contract_node *node,
                        const struct json_value *container, const struct step *outer,
                        struct contract_violations *violations)
{
    size_t index = 0;
    for (const struct json_value *child = container->first; child != NULL; child = child->next, index++) {
        char number[JSON_NUMBER_TEXT_MAX];
        struct step step = {.outer = outer, .name = child->key.text, .len = child->key.len};
        if (container->kind == JSON_ARRAY) {
            step.name = number;
            step.len = json_integer_write((int64_t)index, number);
        }
        check_value(contract, node, child, &step, violations);
    }
}

/* Fields mostly come in the order of the rules: look at the one after the last first. */
static const struct json_value *find_field(const struct json_value *object, const struct json_value *after,
                                           const struct contract_node *node)
{
    const struct json_value *next = after == NULL ? object->first : after->next;
    if (next != NULL && next->key.len == node->name_len && memcmp(next->key.text, node->name, node->name_len) == 0) {
        return next;
    }
    return json_find(object, node->name, node->name_len);
}

static void check_children(const struct contract *contract, const struct contract_node *parent,
                           const struct json_value *container, const struct step *outer,
                           struct contract_violations *violations)
{
    size_t rule_count = 0;
    const struct contract_rule *rules = rules_of(contract->kind, &rule_count);
    const struct json_value *last = NULL;
    for (const struct contract_node *node = parent->first; node != NULL; node = node->next) {
        if (node->name == NULL) {
            check_every(contract, node, container, outer, violations);
            continue;
        }
        struct step step = {.outer = outer, .name = node->name, .len = node->name_len};
        const struct json_value *field = find_field(container, last, node);
        if (field != NULL) {
            last = field;
            check_value(contract, node, field, &step, violations);
        } else if (!rules[node->rule].optional) {
            violate(violations, &step, contract_demand_words(rules[node->rule].demand), NULL);
        }
    }
}

static void check_value(const struct contract *contract, const struct contract_node *node,
                        const struct json_value *value, const struct step *step, struct contract_violations *violations)
{
    size_t rule_count = 0;
    const struct contract_rule *rules = rules_of(contract->kind, &rule_count);
    enum contract_demand demand = rules[node->rule].demand;
    if (!contract_demand_met(demand, value)) {
        violate(violations, step, contract_demand_words(demand), value);
        return;
    }
    if (node->first != NULL) {
        check_children(contract, node, value, step, violations);
    }
}

bool contract_check(const struct contract *contract, const struct json_value *root,
                    struct contract_violations *violations)
{
    violations->count = 0;
    json_buffer_reset(&violations->text);
    struct step top = {0};
    if (root == NULL || root->kind != JSON_OBJECT) {
        violate(violations, &top, "an object", root);
        return false;
    }
    check_children(contract, &contract->nodes[0], root, &top, violations);
    if (violations->count > CONTRACT_VIOLATIONS_MAX) {
        json_buffer_format(&violations->text, "; and %zu more", violations->count - CONTRACT_VIOLATIONS_MAX);
    }
    return violations->count == 0;
}
