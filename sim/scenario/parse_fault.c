/* What goes wrong: `fault ...` and `corrupt ...`. */
#include "scenario/parser.h"

#include <string.h>

/* Options behind a fault, a bit each. */
enum fault_option {
    OPTION_FOR = 1,
    OPTION_COUNT = 2,
    OPTION_EVERY = 4,
    OPTION_CHANCE = 8,
    OPTION_ERROR = 16,
    OPTION_BROKER = 32,
    OPTION_LATENCY = 64
};

static bool code_read(struct parser *parser, const char *what, const char *expected,
                      const struct vocabulary_code *codes, size_t count, const struct vocabulary_code **found)
{
    const struct token *token = parser_next(parser);
    struct nearest nearest;
    nearest_init(&nearest, token->text);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(codes[i].name, token->text) == 0) {
            *found = &codes[i];
            return true;
        }
        nearest_consider(&nearest, codes[i].name);
    }
    return parser_unknown(parser, token, what, expected, &nearest);
}

static bool fault_error(struct parser *parser, struct program_fault *fault)
{
    const struct vocabulary_code *code = NULL;
    if (!parser_equals(parser, "error") || !code_read(parser, "error", "an error code of the Kafka protocol",
                                                      vocabulary_errors, vocabulary_error_count, &code)) {
        return false;
    }
    fault->error = code->code;
    fault->error_name = code->name;
    return true;
}

#define FAULT_COUNT_MAX 1000000

static bool option_read(struct parser *parser, struct program_fault *fault, enum fault_option option)
{
    switch (option) {
    case OPTION_FOR:
        return parser_duration_range(parser, "for", &fault->for_ns);
    case OPTION_COUNT:
        return parser_equals(parser, "count") &&
               parser_integer_range(parser, "count", 1, FAULT_COUNT_MAX, &fault->count);
    case OPTION_EVERY:
        return parser_duration(parser, "every", &fault->every_ns);
    case OPTION_CHANCE:
        return parser_equals(parser, "chance") && parser_chance(parser, "chance", &fault->chance_ppm);
    case OPTION_ERROR:
        return fault_error(parser, fault);
    case OPTION_BROKER:
        return parser_equals(parser, "broker") && parser_broker(parser, "broker", &fault->broker);
    case OPTION_LATENCY:
    default:
        return parser_equals(parser, "latency") && parser_duration_range(parser, "latency", &fault->latency_ns);
    }
}

static bool fault_options(struct parser *parser, struct program_fault *fault, unsigned allowed, unsigned *given)
{
    static const struct {
        const char *word;
        enum fault_option option;
    } options[] = {{"for", OPTION_FOR},        {"count", OPTION_COUNT}, {"every", OPTION_EVERY},
                   {"chance", OPTION_CHANCE},  {"error", OPTION_ERROR}, {"broker", OPTION_BROKER},
                   {"latency", OPTION_LATENCY}};
    while (!parser_at_end(parser)) {
        struct nearest nearest;
        const struct token *token = parser_next(parser);
        nearest_init(&nearest, token->text);
        unsigned found = 0;
        for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
            if ((options[i].option & allowed) == 0) {
                continue;
            }
            nearest_consider(&nearest, options[i].word);
            found = strcmp(options[i].word, token->text) == 0 ? options[i].option : found;
        }
        if (found == 0) {
            return parser_unknown(parser, token, "fault", allowed == 0 ? "the end of the line" : "an option of it",
                                  &nearest);
        }
        if ((*given & found) != 0) {
            return parser_expected(parser, token, "fault", "each option once");
        }
        *given |= found;
        if (!option_read(parser, fault, (enum fault_option)found)) {
            return false;
        }
    }
    return true;
}

static bool options_only(struct parser *parser, struct program_fault *fault, unsigned allowed)
{
    unsigned given = 0;
    return fault_options(parser, fault, allowed, &given);
}

/* A word out of a short list; returns its index or `count` after an error. */
static size_t choice_read(struct parser *parser, const char *what, const char *expected, const char *const *words,
                          size_t count)
{
    size_t index = count;
    (void)parser_choice(parser, parser_next(parser), what, expected, words, count, &index);
    return index;
}

static bool fault_broker(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"down", "up", "bounce"};
    if (!parser_broker(parser, "broker", &fault->broker)) {
        return false;
    }
    size_t choice = choice_read(parser, "broker", "down, up or bounce", words, 3);
    unsigned given = 0;
    switch (choice) {
    case 0:
        fault->kind = PROGRAM_FAULT_BROKER_DOWN;
        return options_only(parser, fault, OPTION_FOR);
    case 1:
        fault->kind = PROGRAM_FAULT_BROKER_UP;
        return options_only(parser, fault, 0);
    case 2:
        fault->kind = PROGRAM_FAULT_BROKER_BOUNCE;
        fault->count = (struct program_range){1, 1};
        if (!fault_options(parser, fault, OPTION_FOR | OPTION_COUNT | OPTION_EVERY, &given)) {
            return false;
        }
        if ((given & OPTION_FOR) == 0 || ((given & OPTION_COUNT) != 0 && (given & OPTION_EVERY) == 0)) {
            return parser_expected(parser, parser_peek(parser), "bounce",
                                   "for DURATION, and every DURATION with count=");
        }
        return true;
    default:
        return false;
    }
}

static bool fault_api(struct parser *parser, struct program_fault *fault)
{
    const struct vocabulary_code *api = NULL;
    unsigned given = 0;
    fault->kind = PROGRAM_FAULT_API;
    fault->count = (struct program_range){1, 1};
    if (!code_read(parser, "api", "an API that the brokers answer", vocabulary_apis, VOCABULARY_APIS_ANSWERED, &api)) {
        return false;
    }
    fault->api = api->code;
    fault->api_name = api->name;
    if (!fault_options(parser, fault, OPTION_ERROR | OPTION_COUNT | OPTION_BROKER | OPTION_LATENCY | OPTION_CHANCE,
                       &given)) {
        return false;
    }
    return (given & (OPTION_ERROR | OPTION_LATENCY)) != 0 ||
           parser_expected(parser, parser_peek(parser), "api", "error= or latency=");
}

static bool arrow_to_broker(struct parser *parser, const char *what, int *broker)
{
    const struct token *token = parser_next(parser);
    if (token->kind != TOKEN_ARROW || token->direction != PROGRAM_NET_TO_BROKER) {
        return parser_expected(parser, token, what, "-> broker N");
    }
    token = parser_next(parser);
    if (strcmp(token->text, "broker") != 0) {
        return parser_expected(parser, token, what, "broker N");
    }
    token = parser_peek(parser);
    if (!parser_broker(parser, what, broker)) {
        return false;
    }
    return *broker != PROGRAM_ALL_BROKERS || parser_expected(parser, token, what, "one broker");
}

static bool fault_coordinator(struct parser *parser, struct program_fault *fault)
{
    fault->kind = PROGRAM_FAULT_COORDINATOR;
    return parser_group(parser, "coordinator", &fault->group) &&
           arrow_to_broker(parser, "coordinator", &fault->broker) && options_only(parser, fault, 0);
}

static bool fault_leader(struct parser *parser, struct program_fault *fault)
{
    fault->kind = PROGRAM_FAULT_LEADER;
    return parser_partition(parser, "leader", &fault->of) && arrow_to_broker(parser, "leader", &fault->broker) &&
           options_only(parser, fault, 0);
}

/* `10KiB/s` */
static bool speed_read(struct parser *parser, int64_t *rate)
{
    const struct token *token = parser_next(parser);
    char text[64];
    (void)snprintf(text, sizeof text, "%.*s", 63, token->text);
    size_t len = strlen(text);
    enum value_result result = VALUE_NONE;
    if (len > 2 && strcmp(text + len - 2, "/s") == 0) {
        text[len - 2] = '\0';
        result = value_size(text, rate);
    }
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, "slow", "a speed such as 10KiB/s", result);
    }
    return *rate > 0 || parser_expected(parser, token, "slow", "a speed above 0");
}

static bool net_effect(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"cut", "reset", "refuse", "latency", "slow", "half_response", "heal"};
    const size_t count = sizeof words / sizeof words[0];
    size_t choice =
        choice_read(parser, "net", "cut, reset, refuse, latency=, slow=, half_response or heal", words, count);
    if (choice == count) {
        return false;
    }
    fault->effect = (enum program_net_effect)choice;
    unsigned allowed = OPTION_FOR | OPTION_CHANCE;
    if (fault->effect == PROGRAM_NET_LATENCY &&
        (!parser_equals(parser, "latency") || !parser_duration_range(parser, "latency", &fault->latency_ns))) {
        return false;
    }
    if (fault->effect == PROGRAM_NET_SLOW && (!parser_equals(parser, "slow") || !speed_read(parser, &fault->rate))) {
        return false;
    }
    if (fault->effect == PROGRAM_NET_HALF || fault->effect == PROGRAM_NET_RESET) {
        fault->count = (struct program_range){1, 1};
        allowed = OPTION_COUNT | OPTION_CHANCE | OPTION_FOR;
    }
    return options_only(parser, fault, fault->effect == PROGRAM_NET_HEAL ? 0 : allowed);
}

static bool fault_net(struct parser *parser, struct program_fault *fault)
{
    fault->kind = PROGRAM_FAULT_NET;
    fault->broker = PROGRAM_ALL_BROKERS;
    if (!parser_take(parser, "all") && !parser_process(parser, "net", &fault->process)) {
        return false;
    }
    if (parser_peek(parser)->kind == TOKEN_ARROW) {
        fault->direction = parser_next(parser)->direction;
        const struct token *token = parser_next(parser);
        if (strcmp(token->text, "broker") != 0) {
            return parser_expected(parser, token, "net", "broker N or broker all");
        }
        if (!parser_broker(parser, "net", &fault->broker)) {
            return false;
        }
    }
    return net_effect(parser, fault);
}

static bool fault_process(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"crash", "pause", "resume", "restart"};
    static const enum program_fault_kind kinds[] = {PROGRAM_FAULT_CRASH, PROGRAM_FAULT_PAUSE, PROGRAM_FAULT_RESUME,
                                                    PROGRAM_FAULT_RESTART};
    if (!parser_process(parser, "process", &fault->process)) {
        return false;
    }
    size_t choice = choice_read(parser, "process", "crash, pause, resume or restart", words, 4);
    if (choice == 4) {
        return false;
    }
    fault->kind = kinds[choice];
    if (fault->kind == PROGRAM_FAULT_RESTART) {
        fault->for_ns = (struct program_range){0, 0};
    }
    bool lasts = fault->kind == PROGRAM_FAULT_PAUSE || fault->kind == PROGRAM_FAULT_RESTART;
    return options_only(parser, fault, lasts ? OPTION_FOR : 0);
}

/* `200ppm`, `-1%` */
static bool drift_read(struct parser *parser, int64_t *ppm)
{
    const struct token *token = parser_next(parser);
    bool negative = token->text[0] == '-';
    const char *text = token->text + (negative || token->text[0] == '+' ? 1 : 0);
    char number[32];
    (void)snprintf(number, sizeof number, "%.*s", 31, text);
    size_t len = strlen(number);
    enum value_result result = VALUE_NONE;
    if (len > 3 && strcmp(number + len - 3, "ppm") == 0) {
        number[len - 3] = '\0';
        result = value_integer(number, ppm);
    } else {
        result = value_chance(number, ppm);
    }
    if (result != VALUE_FINE || *ppm < 0 || *ppm >= 500000) {
        return parser_bad_number(parser, token, "drift", "a drift such as 200ppm or -1%, below 50%", result);
    }
    *ppm = negative ? -*ppm : *ppm;
    return true;
}

static bool fault_clock(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"step", "drift"};
    if (!parser_process(parser, "clock", &fault->process)) {
        return false;
    }
    size_t choice = choice_read(parser, "clock", "step= or drift=", words, 2);
    if (choice == 2 || !parser_equals(parser, words[choice])) {
        return false;
    }
    if (choice == 1) {
        fault->kind = PROGRAM_FAULT_CLOCK_DRIFT;
        return drift_read(parser, &fault->drift_ppm) && options_only(parser, fault, 0);
    }
    fault->kind = PROGRAM_FAULT_CLOCK_STEP;
    const struct token *token = parser_next(parser);
    enum value_result result = value_duration(token->text, true, &fault->step_ns);
    if (result != VALUE_FINE) {
        return parser_bad_number(parser, token, "step", "a duration such as +5s or -5s", result);
    }
    return options_only(parser, fault, 0);
}

static bool fault_producer(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"closed", "queue_full", "delivery_failure"};
    if (!parser_server(parser, "producer", &fault->process)) {
        return false;
    }
    switch (choice_read(parser, "producer", "closed, queue_full or delivery_failure", words, 3)) {
    case 0:
        fault->kind = PROGRAM_FAULT_PRODUCER_CLOSED;
        return options_only(parser, fault, 0);
    case 1:
        fault->kind = PROGRAM_FAULT_PRODUCER_FULL;
        return options_only(parser, fault, OPTION_FOR | OPTION_COUNT);
    case 2:
        fault->kind = PROGRAM_FAULT_PRODUCER_FAILURE;
        fault->error_name = "MESSAGE_TOO_LARGE";
        fault->error = 10;
        return options_only(parser, fault, OPTION_FOR | OPTION_COUNT | OPTION_ERROR);
    default:
        return false;
    }
}

static bool fault_consumer(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[PROGRAM_CALL_COUNT] = {"subscribe", "pause",  "resume",      "seek",
                                                          "store",     "commit", "unsubscribe", "close"};
    if (!parser_server(parser, "consumer", &fault->process)) {
        return false;
    }
    fault->kind = PROGRAM_FAULT_CONSUMER;
    fault->count = (struct program_range){1, 1};
    size_t choice =
        choice_read(parser, "consumer", "subscribe, pause, resume, seek, store, commit, unsubscribe or close", words,
                    PROGRAM_CALL_COUNT);
    fault->call = (enum program_consumer_call)choice;
    return choice < PROGRAM_CALL_COUNT && options_only(parser, fault, OPTION_COUNT);
}

bool parse_fault(struct parser *parser, struct program_fault *fault)
{
    static const char *const words[] = {"broker",  "api",   "coordinator", "leader",  "net",
                                        "process", "clock", "producer",    "consumer"};
    static bool (*const readers[])(struct parser *, struct program_fault *) = {
        fault_broker,  fault_api,   fault_coordinator, fault_leader,  fault_net,
        fault_process, fault_clock, fault_producer,    fault_consumer};
    const size_t count = sizeof words / sizeof words[0];
    *fault = (struct program_fault){.process = {.index = PROGRAM_NONE, .node = PROGRAM_NO_NODE},
                                    .broker = PROGRAM_ALL_BROKERS,
                                    .for_ns = {PROGRAM_END_NS, PROGRAM_END_NS},
                                    .count = {PROGRAM_UNLIMITED, PROGRAM_UNLIMITED},
                                    .chance_ppm = 1000000,
                                    .of = {.topic = PROGRAM_NONE, .partition = PROGRAM_NO_PARTITION}};
    size_t choice = choice_read(
        parser, "fault", "broker, api, coordinator, leader, net, process, clock, producer or consumer", words, count);
    return choice < count && readers[choice](parser, fault);
}

static bool corrupt_field(struct parser *parser, struct program_corrupt *corrupt)
{
    if (corrupt->document != PROGRAM_STATISTICS) {
        return parse_path(parser, corrupt->document == PROGRAM_ERROR, &corrupt->name, &corrupt->path,
                          &corrupt->path_len);
    }
    return parser_peek(parser)->kind == TOKEN_OPERATOR ||
           parse_any_path(parser, &corrupt->name, &corrupt->path, &corrupt->path_len);
}

/* A number past 64 bits stays one, as it is written. */
static bool corrupt_value(struct parser *parser, struct program_corrupt *corrupt)
{
    if (!parser_equals(parser, "corrupt")) {
        return false;
    }
    const struct token *token = parser_peek(parser);
    struct program_value *value = &corrupt->value;
    if (!parser_document_value(parser, "corrupt", value)) {
        return false;
    }
    if (corrupt->name == NULL && !value->quoted) {
        return parser_expected(parser, token, "corrupt", "a \"string\" in the place of all of the statistics");
    }
    const char *digits = value->text + (value->text[0] == '-');
    if (value->kind == PROGRAM_TEXT && !value->quoted && *digits != '\0' &&
        digits[strspn(digits, "0123456789")] == '\0') {
        value->kind = PROGRAM_DECIMAL;
    }
    return true;
}

bool parse_corrupt(struct parser *parser, struct program_corrupt *corrupt)
{
    static const char *const words[] = {"report", "error", "statistics"};
    *corrupt = (struct program_corrupt){.count = PROGRAM_UNLIMITED};
    size_t choice = choice_read(parser, "corrupt", "report, error or statistics", words, 3);
    if (choice == 3 || !parser_server(parser, "corrupt", &corrupt->process)) {
        return false;
    }
    corrupt->document = (enum program_document)choice;
    if (!corrupt_field(parser, corrupt) || !corrupt_value(parser, corrupt)) {
        return false;
    }
    if (parser_take(parser, "once")) {
        corrupt->count = 1;
    } else if (parser_take(parser, "count")) {
        if (!parser_equals(parser, "count") || !parser_integer(parser, "count", 1, FAULT_COUNT_MAX, &corrupt->count)) {
            return false;
        }
    }
    return parser_at_end(parser) ||
           parser_expected(parser, parser_peek(parser), "corrupt", "once, count= or the end of the line");
}

#define SIGNAL_TIMES_MAX 10000
#define SIGNAL_NAMES     "TERM, INT, QUIT, HUP, TSTP, TTIN, USR1 or USR2"

static bool signal_read(struct parser *parser, enum program_signal *signal)
{
    const char *names[PROGRAM_SIGNAL_COUNT];
    for (size_t i = 0; i < PROGRAM_SIGNAL_COUNT; i++) {
        names[i] = program_signal_name((enum program_signal)i);
    }
    /* KILL is not one of them: a crash is a fault, not a wish. */
    size_t choice = choice_read(parser, "signal", SIGNAL_NAMES, names + 1, PROGRAM_SIGNAL_KILL - 1);
    *signal = (enum program_signal)(choice + 1);
    return choice != PROGRAM_SIGNAL_KILL - 1;
}

/* `times=3`, `every 10ms` */
static bool signal_option(struct parser *parser, struct program_signals *signals)
{
    if (parser_take(parser, "every")) {
        return parser_duration(parser, "every", &signals->every_ns);
    }
    return parser_take(parser, "times") && parser_equals(parser, "times") &&
           parser_integer(parser, "times", 1, SIGNAL_TIMES_MAX, &signals->times);
}

bool parse_signal(struct parser *parser, struct program_signals *signals)
{
    enum program_signal list[PROGRAM_WORDS_MAX];
    *signals = (struct program_signals){.times = 1};
    if (!parser_server(parser, "signal", &signals->process)) {
        return false;
    }
    bool timed = false;
    bool spaced = false;
    while (!parser_at_end(parser)) {
        const struct token *token = parser_peek(parser);
        bool *given = parser_is(parser, "every") ? &spaced : parser_is(parser, "times") ? &timed : NULL;
        if (given == NULL) {
            if (!signal_read(parser, &list[signals->count++])) {
                return false;
            }
            continue;
        }
        if (*given) {
            return parser_expected(parser, token, "signal", "times= and every once each");
        }
        *given = true;
        if (!signal_option(parser, signals)) {
            return false;
        }
    }
    if (signals->count == 0) {
        return parser_expected(parser, parser_peek(parser), "signal", SIGNAL_NAMES);
    }
    enum program_signal *kept = arena_alloc(parser->arena, signals->count * sizeof *kept);
    if (kept != NULL) {
        memcpy(kept, list, signals->count * sizeof *kept);
    }
    signals->list = kept;
    return kept != NULL;
}
