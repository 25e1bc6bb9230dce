/* What there is: cluster, topics, servers, members. */
#include "scenario/parser.h"

#include <string.h>

bool parse_cluster(struct parser *parser)
{
    struct program_cluster *cluster = &parser->program->cluster;
    const struct token *first = &parser->lexer.tokens[0];
    if (cluster->given) {
        return parser_fail(parser, first, "cluster: expected one, got another (the first at %s:%d)",
                           cluster->place.file, cluster->place.line);
    }
    if (parser->program->topic_count + parser->program->server_count + parser->program->member_count +
            parser->program->statement_count >
        0) {
        return parser_fail(parser, first, "cluster: expected above all topics, servers and actions, got below");
    }
    cluster->given = true;
    cluster->place = parser_place(parser, first);
    while (!parser_at_end(parser)) {
        const struct token *token = parser_next(parser);
        int64_t brokers = 0;
        if (strcmp(token->text, "brokers") == 0) {
            if (!parser_equals(parser, "brokers") ||
                !parser_integer(parser, "brokers", 1, PROGRAM_BROKERS_MAX, &brokers)) {
                return false;
            }
            cluster->brokers = (int)brokers;
        } else if (strcmp(token->text, "latency") == 0) {
            if (!parser_equals(parser, "latency") || !parser_duration_range(parser, "latency", &cluster->latency_ns)) {
                return false;
            }
        } else {
            struct nearest nearest;
            nearest_init(&nearest, token->text);
            nearest_consider(&nearest, "brokers");
            nearest_consider(&nearest, "latency");
            return parser_unknown(parser, token, "cluster", "brokers= or latency=", &nearest);
        }
    }
    return true;
}

#define TOPIC_BYTES_MAX 249

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool topic_name(struct parser *parser, const char **name)
{
    const struct token *token = parser_next(parser);
    size_t fine = 0;
    while (fine < token->len && (strchr("._-0123456789", token->text[fine]) != NULL || is_letter(token->text[fine]))) {
        fine++;
    }
    if ((token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) || token->len == 0 || fine != token->len ||
        token->len > TOPIC_BYTES_MAX || strcmp(token->text, ".") == 0 || strcmp(token->text, "..") == 0) {
        return parser_expected(parser, token, "topic", "a name of at most 249 letters, digits, . - and _");
    }
    size_t known = names_find(&parser->topic_names, token->text);
    if (known != SIZE_MAX) {
        const struct program_place *place = &parser->topics[known].place;
        return parser_fail(parser, token, "topic: expected a new name, got \"%s\" (defined at %s:%d)", token->text,
                           place->file, place->line);
    }
    *name = parser_keep(parser, token);
    return *name != NULL;
}

static bool topic_settings(struct parser *parser, struct program_topic *topic)
{
    while (!parser_at_end(parser)) {
        const struct token *token = parser_next(parser);
        int64_t number = 0;
        if (strcmp(token->text, "partitions") == 0) {
            if (!parser_equals(parser, "partitions") ||
                !parser_integer(parser, "partitions", 1, PROGRAM_PARTITIONS_MAX, &number)) {
                return false;
            }
            topic->partitions = (int32_t)number;
        } else if (strcmp(token->text, "replicas") == 0) {
            if (!parser_equals(parser, "replicas") ||
                !parser_integer(parser, "replicas", 1, parser->program->cluster.brokers, &number)) {
                return false;
            }
            topic->replicas = (int)number;
        } else {
            struct nearest nearest;
            nearest_init(&nearest, token->text);
            nearest_consider(&nearest, "partitions");
            nearest_consider(&nearest, "replicas");
            return parser_unknown(parser, token, "topic", "partitions= or replicas=", &nearest);
        }
    }
    return true;
}

bool parse_topic(struct parser *parser)
{
    struct program *program = parser->program;
    const char *name = NULL;
    const struct token *token = parser_peek(parser);
    if (!topic_name(parser, &name)) {
        return false;
    }
    if (program->topic_count == PROGRAM_TOPICS_MAX) {
        return parser_fail(parser, token, "topic: expected at most %d of them, got more", PROGRAM_TOPICS_MAX);
    }
    struct program_topic *topics =
        arena_grow(parser->arena, parser->topics, program->topic_count, &parser->topic_capacity, sizeof *topics);
    if (topics == NULL || !names_add(&parser->topic_names, parser->arena, name, program->topic_count)) {
        return false;
    }
    parser->topics = topics;
    program->topics = topics;
    struct program_topic *topic = &topics[program->topic_count++];
    /* It is known from here on, even when its settings are wrong: one mistake, one error. */
    *topic = (struct program_topic){.name = name, .partitions = 1, .place = parser_place(parser, token)};
    return topic_settings(parser, topic);
}

static const struct program_place *process_place(const struct parser *parser, size_t code)
{
    return code % 2 == 0 ? &parser->servers[code / 2].place : &parser->members[code / 2].place;
}

/* The name of a server or member; they share one space. */
static bool process_name(struct parser *parser, const char *what, size_t count, const char **name)
{
    const struct token *token = parser_peek(parser);
    if (!parser_name(parser, what, name)) {
        return false;
    }
    size_t known = names_find(&parser->process_names, *name);
    if (known != SIZE_MAX) {
        const struct program_place *place = process_place(parser, known);
        return parser_fail(parser, token, "%s: expected a new name, got \"%s\" (defined at %s:%d)", what, *name,
                           place->file, place->line);
    }
    if (count == PROGRAM_PROCESSES_MAX) {
        return parser_fail(parser, token, "%s: expected at most %d of them, got more", what, PROGRAM_PROCESSES_MAX);
    }
    return true;
}

static bool server_mode(struct parser *parser, enum program_mode *mode)
{
    static const char *const words[] = {"standalone", "embedded", "supervisor"};
    const struct token *token = parser_next(parser);
    size_t index = 0;
    if (strcmp(token->text, "swarm") == 0) {
        return parser_fail(parser, token,
                           "mode: expected standalone, embedded or supervisor, got \"swarm\"; did you mean "
                           "\"supervisor\", which runs the nodes of a swarm?");
    }
    if (!parser_choice(parser, token, "mode", "standalone, embedded or supervisor", words, 3, &index)) {
        return false;
    }
    *mode = (enum program_mode)index;
    return true;
}

/* Values that a type alone does not check. */
static bool server_value_check(struct parser *parser, const struct program_setting *setting)
{
    static const char *const schemas[] = {"1.4.0", "1.4.1", "1.6.0", "1.7.0"};
    const struct program_value *value = &setting->value;
    int64_t whole = 0;
    if (setting->id == PROGRAM_SERVER_REPORT_SCHEMA) {
        for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
            if (strcmp(schemas[i], value->text) == 0) {
                return true;
            }
        }
        return parser_fail_at(parser, &setting->place,
                              "report_schema: expected 1.4.0, 1.4.1, 1.6.0 or 1.7.0, got \"%.60s\"", value->text);
    }
    if (setting->id == PROGRAM_SERVER_LOAD_AVERAGE) {
        bool fine = value->list_count == 3;
        for (size_t i = 0; i < value->list_count; i++) {
            fine = fine && (value_is_decimal(value->list[i]) || value_integer(value->list[i], &whole) == VALUE_FINE);
        }
        return fine ||
               parser_fail_at(parser, &setting->place,
                              "load_average: expected three numbers such as 0.5,0.4,0.3, got \"%.60s\"", value->text);
    }
    return true;
}

#define SERVER_NODES_MAX 64
static bool server_settings(struct parser *parser, struct program_server *server)
{
    static const char *const own[] = {"group", "mode", "nodes"};
    struct setting_reader reader = {.what = "server",
                                    .table = vocabulary_server,
                                    .table_count = PROGRAM_SERVER_SETTING_COUNT,
                                    .others = own,
                                    .other_count = 3};
    while (!parser_at_end(parser)) {
        int64_t nodes = 0;
        bool fine = true;
        if (parser_take(parser, "group")) {
            fine = parser_equals(parser, "group") && parser_text(parser, "group", &server->group);
        } else if (parser_take(parser, "mode")) {
            fine = parser_equals(parser, "mode") && server_mode(parser, &server->mode);
        } else if (parser_take(parser, "nodes")) {
            fine = parser_equals(parser, "nodes") && parser_integer(parser, "nodes", 1, SERVER_NODES_MAX, &nodes);
            server->nodes = (int)nodes;
        } else {
            size_t before = reader.count;
            fine = settings_read(parser, &reader) &&
                   (reader.count == before || server_value_check(parser, &reader.list[before]));
        }
        if (!fine) {
            return false;
        }
    }
    server->settings = settings_finish(&reader);
    return true;
}

bool parse_server(struct parser *parser)
{
    struct program *program = parser->program;
    const char *name = NULL;
    const struct token *token = parser_peek(parser);
    if (!process_name(parser, "server", program->server_count, &name)) {
        return false;
    }
    struct program_server *servers =
        arena_grow(parser->arena, parser->servers, program->server_count, &parser->server_capacity, sizeof *servers);
    if (servers == NULL ||
        !names_add(&parser->process_names, parser->arena, name, PROCESS_CODE(PROGRAM_SERVER, program->server_count))) {
        return false;
    }
    parser->servers = servers;
    program->servers = servers;
    struct program_server *server = &servers[program->server_count++];
    *server = (struct program_server){.name = name, .group = name, .place = parser_place(parser, token)};
    bool fine = server_settings(parser, server);
    if (fine && server->nodes > 0 && server->mode != PROGRAM_SUPERVISOR) {
        fine = parser_fail(parser, token, "server: expected mode=supervisor with nodes=, got another mode");
    }
    if (server->nodes == 0) {
        server->nodes = server->mode == PROGRAM_SUPERVISOR ? 3 : 0;
    }
    return parser_group_add(parser, server->group) && fine;
}

static bool member_topics(struct parser *parser, struct program_member *member)
{
    const struct token *token = parser_peek(parser);
    const char *const *names = NULL;
    size_t count = 0;
    if (!parser_list(parser, "topics", &names, &count)) {
        return false;
    }
    size_t *topics = arena_alloc(parser->arena, count * sizeof *topics);
    if (topics == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!parser_topic_text(parser, token, "topics", names[i], &topics[i])) {
            return false;
        }
    }
    member->topics = topics;
    member->topic_count = count;
    return true;
}

static bool member_settings(struct parser *parser, struct program_member *member)
{
    static const char *const own[] = {"group", "topics"};
    struct setting_reader reader = {.what = "member",
                                    .table = vocabulary_member,
                                    .table_count = PROGRAM_MEMBER_SETTING_COUNT,
                                    .others = own,
                                    .other_count = 2};
    while (!parser_at_end(parser)) {
        bool fine = true;
        if (parser_take(parser, "group")) {
            fine = parser_equals(parser, "group") && parser_text(parser, "group", &member->group);
        } else if (parser_take(parser, "topics")) {
            fine = parser_equals(parser, "topics") && member_topics(parser, member);
        } else {
            fine = settings_read(parser, &reader);
        }
        if (!fine) {
            return false;
        }
    }
    member->settings = settings_finish(&reader);
    return (member->group != NULL && member->topic_count > 0) ||
           parser_expected(parser, parser_peek(parser), "member", "group= and topics=");
}

bool parse_member(struct parser *parser)
{
    struct program *program = parser->program;
    const char *name = NULL;
    const struct token *token = parser_peek(parser);
    if (!process_name(parser, "member", program->member_count, &name)) {
        return false;
    }
    struct program_member *members =
        arena_grow(parser->arena, parser->members, program->member_count, &parser->member_capacity, sizeof *members);
    if (members == NULL ||
        !names_add(&parser->process_names, parser->arena, name, PROCESS_CODE(PROGRAM_MEMBER, program->member_count))) {
        return false;
    }
    parser->members = members;
    program->members = members;
    struct program_member *member = &members[program->member_count++];
    *member = (struct program_member){.name = name, .place = parser_place(parser, token)};
    bool fine = member_settings(parser, member);
    return (member->group == NULL || parser_group_add(parser, member->group)) && fine;
}
