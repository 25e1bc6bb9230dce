/* What listens to the events of a server. */
#include "scenario/parser.h"

#include <string.h>

static bool words_read(struct parser *parser, struct program_subscriber *subscriber)
{
    static const char *const words[] = {"takes", "fails"};
    bool seen[] = {false, false};
    while (!parser_at_end(parser)) {
        const struct token *token = parser_next(parser);
        size_t word = 0;
        if (!parser_choice(parser, token, "subscriber", "takes= or fails", words, 2, &word)) {
            return false;
        }
        if (seen[word]) {
            return parser_expected(parser, token, "subscriber", "each word once");
        }
        seen[word] = true;
        bool fine = word == 0 ? parser_equals(parser, "takes") && parser_cost(parser, "takes", &subscriber->cost)
                              : parser_failing(parser, &subscriber->failing);
        if (!fine) {
            return false;
        }
    }
    return seen[0] || seen[1] || parser_expected(parser, parser_peek(parser), "subscriber", "takes= or fails");
}

static size_t count_of(const struct program *program, size_t server)
{
    size_t count = 0;
    for (size_t i = 0; i < program->subscriber_count; i++) {
        count += program->subscribers[i].server == server;
    }
    return count;
}

bool parse_subscriber(struct parser *parser)
{
    struct program *program = parser->program;
    struct program_process process = {.index = PROGRAM_NONE};
    const struct token *token = parser_peek(parser);
    struct program_subscriber subscriber = {.place = parser_place(parser, token)};
    if (!parser_server(parser, "subscriber", &process)) {
        return false;
    }
    if (process.node != PROGRAM_NO_NODE) {
        return parser_expected(parser, token, "subscriber", "a server, all of its nodes alike");
    }
    subscriber.server = process.index;
    if (!parser_event(parser, "subscriber", &subscriber.event) || !words_read(parser, &subscriber)) {
        return false;
    }
    if (count_of(program, subscriber.server) == PROGRAM_SUBSCRIBERS_MAX) {
        return parser_fail(parser, token, "subscriber: expected at most %d of a server, got more",
                           PROGRAM_SUBSCRIBERS_MAX);
    }
    struct program_subscriber *subscribers = arena_grow(parser->arena, parser->subscribers, program->subscriber_count,
                                                        &parser->subscriber_capacity, sizeof *subscribers);
    if (subscribers == NULL) {
        return false;
    }
    parser->subscribers = subscribers;
    program->subscribers = subscribers;
    subscribers[program->subscriber_count++] = subscriber;
    return true;
}
