/*
 * What the parts of the parser share: the line in hand, the names known so far, and how an error is said.
 *
 * Every parse function returns false after it has added an error (or the arena failed); the rest of its line is left.
 */
#ifndef SCENARIO_PARSER_H
#define SCENARIO_PARSER_H

#include "scenario/diagnostics.h"
#include "scenario/lexer.h"
#include "scenario/names.h"
#include "scenario/source.h"
#include "scenario/value.h"

#define LOAD_MESSAGES_MAX INT64_C(10000000)

struct variable {
    const char *name;
    const char *value;
    bool quoted;
    bool from_define; /* set by -D: the file's own value is not used */
    bool settled;     /* the file has set it */
    struct program_place place;
};

/* Where the next relative time counts from: where the line before begins. */
struct time_cursor {
    size_t base; /* PROGRAM_NONE: the start of the run */
    int64_t ns;
    bool any;         /* a line with a time stands above */
    int64_t floor_ns; /* absolute times below this one go back */
};

struct parser {
    struct arena *arena;
    struct program *program;
    struct program_errors *errors;
    const struct source *source;
    const struct source *sources; /* all that were read */
    size_t line;                  /* index into source->lines */
    size_t token;
    struct lexer lexer;

    struct names variable_names;
    struct variable *variables;
    size_t variable_count, variable_capacity;
    struct names topic_names, process_names, group_names, handler_names;
    struct program_topic *topics;
    size_t topic_capacity;
    struct program_server *servers;
    size_t server_capacity;
    struct program_member *members;
    size_t member_capacity;
    struct program_handler *handlers;
    size_t handler_capacity;
    struct program_subscriber *subscribers;
    size_t subscriber_capacity;
    struct program_statement *statements;
    size_t statement_capacity;
    const char **groups;
    size_t group_count, group_capacity;

    struct time_cursor cursor;
    int64_t turn_shift_ns; /* of absolute times within a repeat */
    char turn_text[24];
    bool in_repeat;
    size_t read_bytes;
    int include_depth;
    int sources_read;
    size_t load_count;
    bool gave_up; /* a bound of the whole is passed: no line is read any more */
};

/* process_names holds servers and members: even indices are servers. */
#define PROCESS_CODE(kind, index) ((index)*2 + ((kind) == PROGRAM_SERVER ? 0 : 1))

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

const struct token *parser_peek(const struct parser *parser);
const struct token *parser_next(struct parser *parser); /* stays at the end of the line */
bool parser_is(const struct parser *parser, const char *word);
bool parser_take(struct parser *parser, const char *word); /* true: it was there, and is behind us */
bool parser_at_end(const struct parser *parser);
bool parser_follows_operator(const struct parser *parser); /* the token after this one is an operator */
const char *parser_keep(struct parser *parser, const struct token *token);
struct program_place parser_place(const struct parser *parser, const struct token *token);
bool parser_line_ends(struct parser *parser, const char *what);

/* ---- Errors ------------------------------------------------------------------------------------------------------ */

bool parser_fail(struct parser *parser, const struct token *token, const char *format, ...) CARAFE_FORMAT(3, 4);
bool parser_fail_at(struct parser *parser, const struct program_place *place, const char *format, ...)
    CARAFE_FORMAT(3, 4);

/* `what: expected EXPECTED, got "TOKEN"`, and the word that was perhaps meant. */
bool parser_expected(struct parser *parser, const struct token *token, const char *what, const char *expected);
bool parser_unknown(struct parser *parser, const struct token *token, const char *what, const char *expected,
                    const struct nearest *nearest);
/* `token` is one of `words`; else an error with the nearest of them. */
bool parser_choice(struct parser *parser, const struct token *token, const char *what, const char *expected,
                   const char *const *words, size_t count, size_t *index);
/* A number did not read: `expected` names the form. */
bool parser_bad_number(struct parser *parser, const struct token *token, const char *what, const char *expected,
                       enum value_result result);

/* ---- Values ------------------------------------------------------------------------------------------------------ */

/* `name =` was read: the token of the value, or NULL. */
bool parser_equals(struct parser *parser, const char *what);
bool parser_integer(struct parser *parser, const char *what, int64_t low, int64_t high, int64_t *integer);
bool parser_duration(struct parser *parser, const char *what, int64_t *ns);
bool parser_duration_range(struct parser *parser, const char *what, struct program_range *range);
bool parser_integer_range(struct parser *parser, const char *what, int64_t low, int64_t high,
                          struct program_range *range);
bool parser_size_range(struct parser *parser, const char *what, struct program_range *range);
bool parser_chance(struct parser *parser, const char *what, int64_t *ppm);
bool parser_boolean(struct parser *parser, const char *what, bool *value);
bool parser_text(struct parser *parser, const char *what, const char **text);
bool parser_list(struct parser *parser, const char *what, const char *const **list, size_t *count);
bool parser_comparison(struct parser *parser, const char *what, enum program_comparison *comparison);

/* A value of any kind, as filters take it; one of a document, as `corrupt` does too, is no list with entries. */
bool parser_value(struct parser *parser, const char *what, struct program_value *value);
bool parser_document_value(struct parser *parser, const char *what, struct program_value *value);

/* ---- Names ------------------------------------------------------------------------------------------------------- */

bool parser_name(struct parser *parser, const char *what, const char **name); /* of a new server, member, variable */
bool parser_process(struct parser *parser, const char *what, struct program_process *process);
bool parser_server(struct parser *parser, const char *what, struct program_process *process);
bool parser_process_known(const struct parser *parser, const char *text);
bool parser_partition(struct parser *parser, const char *what, struct program_partition *partition);
bool parser_topic_name(struct parser *parser, const char *what, size_t *topic);
bool parser_topic_text(struct parser *parser, const struct token *token, const char *what, const char *name,
                       size_t *topic);
bool parser_broker(struct parser *parser, const char *what, int *broker); /* `1` or `all` */
bool parser_event(struct parser *parser, const char *what, enum carafe_event_kind *event);
bool parser_group(struct parser *parser, const char *what, const char **group);
bool parser_group_add(struct parser *parser, const char *group);

/* ---- Settings ---------------------------------------------------------------------------------------------------- */

/* Settings of a statement while they are read. */
struct setting_reader {
    const char *what; /* "server" */
    const struct vocabulary_setting *table;
    size_t table_count;
    const char *const *others; /* words that the statement knows besides, to name the nearest */
    size_t other_count;
    struct program_setting *list;
    size_t count, capacity;
    struct program_kafka_setting *kafka;
    size_t kafka_count, kafka_capacity;
};

/* One `name=value` or bare boolean `name`, which is no word of the statement's own. */
bool settings_read(struct parser *parser, struct setting_reader *reader);
struct program_settings settings_finish(const struct setting_reader *reader);

/* ---- The parts --------------------------------------------------------------------------------------------------- */

/* The first word of a line is behind us in each. */
bool parse_cluster(struct parser *parser);
bool parse_topic(struct parser *parser);
bool parse_server(struct parser *parser);
bool parse_member(struct parser *parser);
bool parse_handler(struct parser *parser, struct program_handler *handler);
bool parse_handler_declaration(struct parser *parser);
bool parse_load(struct parser *parser, struct program_load *load);
bool parse_fault(struct parser *parser, struct program_fault *fault);
bool parse_corrupt(struct parser *parser, struct program_corrupt *corrupt);
bool parse_signal(struct parser *parser, struct program_signals *signals);

bool parse_subscriber(struct parser *parser);

/* `=` is behind us: `8ms`, `5ms..20ms`, `fixed(8ms)`, `uniform(5ms..20ms)`, `exponential(8ms)`. */
bool parser_cost(struct parser *parser, const char *what, struct program_cost *cost);
/* `fails` is behind us, `=always`, `=3`, `=10%` or `=pattern(..x)` may follow. */
bool parser_failing(struct parser *parser, struct program_failing *failing);

/* What expect, never, always and when look for; ends at the end of the line, at a verb, or at `+`. */
bool parse_condition(struct parser *parser, struct program_condition *condition);

bool parse_path(struct parser *parser, bool error_document, const char **name, const char *const **path,
                size_t *path_len);

/* The same of a document that has fields of any name. */
bool parse_any_path(struct parser *parser, const char **name, const char *const **path, size_t *path_len);

/* Is the word one that begins a time, or an action or expectation? */
bool is_time_word(const char *word);
bool is_verb(const char *word);

/* A whole line that begins with a time, a verb, never or always. */
bool parse_statement(struct parser *parser);

/* What can only be seen at the end of all files. */
void check_program(struct parser *parser);

#endif
