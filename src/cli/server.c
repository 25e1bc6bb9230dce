#include "cli/server.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/nearest.h"
#include "carafe.h"
#include "cli/arena.h"
#include "cli/config_file.h"
#include "cli/late_signals.h"
#include "cli/validate.h"
#include "posix/posix.h"

static const char usage_text[] =
    "usage: carafe server [OPTION]... FILE.json\n"
    "       carafe swarm [OPTION]... FILE.json\n"
    "\n"
    "Consume the topics of FILE.json until TERM, INT, QUIT or HUP; TSTP quiets, TTIN logs what every thread does.\n"
    "A swarm forks as many servers as its swarm.nodes says, and forks again what ends or falls silent.\n"
    "\n"
    "FILE.json, the shortest one:\n"
    "  { \"kafka\": { \"bootstrap.servers\": \"localhost:9092\" },\n"
    "    \"groups\": { \"billing\": { \"topics\": { \"orders\": { \"handler\": \"log\" } } } } }\n"
    "\n"
    "Its keys; times are in milliseconds, in brackets what counts when nothing is said:\n"
    "  kafka                      settings of librdkafka; a secret is {\"env\": NAME} or {\"file\": PATH}, never a "
    "text\n"
    "  groups.GROUP.topics.TOPIC\n"
    "    handler                  log, or LIBRARY.so:SYMBOL, the symbol a struct carafe_handler\n"
    "    kafka, max_messages, max_wait_time_ms, pause_timeout_ms, pause_max_timeout_ms\n"
    "                             instead of the server's\n"
    "    subscription_group       a client of its own, shared by topics that give the same name\n"
    "    pause_constant, long_running, manual_marking  [false]\n"
    "    tick_ms                  how often the handler's tick runs [0: never]\n"
    "    dead_letters             topic, max_retries [3], independent [false], synchronous [false]\n"
    "  concurrency [5]            workers\n"
    "  shutdown_timeout_ms [60000], forceful_shutdown_wait_ms [5000], supervision_sleep_ms [100], forceful_exit_code "
    "[2]\n"
    "  max_messages [100], max_wait_time_ms [1000]  of a batch\n"
    "  pause_timeout_ms [1000], pause_max_timeout_ms [30000]  after a failure; doubles from twice the first to the "
    "last\n"
    "  tick_interval_ms [5000], reset_backoff_ms [6000]\n"
    "  reporting                  enabled [true], interval_ms [5000], reports_topic [karafka_consumers_reports],\n"
    "                             errors_topic [karafka_errors], schema [1.4.0], sync_threshold [50], errors_max "
    "[1000]\n"
    "  swarm                      nodes [3], restart_backoff_ms [5000], liveness_every_ms [10000],\n"
    "                             liveness_timeout_ms [60000]\n"
    "  activity                   lists of names, as the options below: include_groups, exclude_topics, ...\n"
    "  tags                       texts that the Web UI shows with the process\n"
    "\n"
    "Options:\n"
    "  --include-groups NAME               only these consumer groups; each option may be repeated\n"
    "  --include-subscription-groups NAME\n"
    "  --include-topics NAME\n"
    "  --exclude-groups NAME               all but these; inclusion wins\n"
    "  --exclude-subscription-groups NAME\n"
    "  --exclude-topics NAME\n"
    "\n"
    "Exit codes: 0 graceful stop, 1 failure, 2 forceful stop (forceful_exit_code), 3 node of a swarm whose supervisor\n"
    "has ended, 64 usage or configuration.\n";

struct flag {
    const char *name;
    size_t offset; /* of a struct carafe_names in struct carafe_activity */
};

static const struct flag flags[] = {
    {"--include-groups", offsetof(struct carafe_activity, include_groups)},
    {"--include-subscription-groups", offsetof(struct carafe_activity, include_subscription_groups)},
    {"--include-topics", offsetof(struct carafe_activity, include_topics)},
    {"--exclude-groups", offsetof(struct carafe_activity, exclude_groups)},
    {"--exclude-subscription-groups", offsetof(struct carafe_activity, exclude_subscription_groups)},
    {"--exclude-topics", offsetof(struct carafe_activity, exclude_topics)},
};

static const struct flag *find_flag(const char *name)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name) == 0) {
            return &flags[i];
        }
    }
    return NULL;
}

static void add_name(struct arena *arena, struct carafe_names *names, const char *name)
{
    const char **list = arena_allocate(arena, names->count + 1, sizeof *list);
    for (size_t i = 0; i < names->count; i++) {
        list[i] = names->list[i];
    }
    list[names->count] = name;
    *names = (struct carafe_names){list, names->count + 1};
}

/* It is unknown, or it stands last and so has no value. */
static void refuse_flag(const char *subcommand, const char *flag, FILE *err)
{
    const char *names[sizeof flags / sizeof flags[0]];
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        names[i] = flags[i].name;
    }
    const char *nearest = nearest_word(flag, names, sizeof flags / sizeof flags[0]);
    if (find_flag(flag) != NULL) {
        (void)fprintf(err, "carafe %s: %s: expected a name, got none\n", subcommand, flag);
    } else {
        (void)fprintf(err, "carafe %s: %s: expected %s, got an unknown option\n", subcommand, flag,
                      nearest != NULL ? nearest : "an option");
    }
}

/* The file's name; NULL: the arguments are wrong.  Flags and their values may stand before and behind it. */
static const char *find_file(int argc, char **argv, FILE *err)
{
    const char *file = NULL;
    for (int i = 1; i < argc; i++) {
        bool is_flag = strncmp(argv[i], "--", 2) == 0;
        if (is_flag && (find_flag(argv[i]) == NULL || i + 1 == argc)) {
            refuse_flag(argv[0], argv[i], err);
            return NULL;
        }
        if (is_flag) {
            i++;
        } else if (file != NULL) {
            (void)fprintf(err, "carafe %s: expected one file, got %s and %s\n", argv[0], file, argv[i]);
            return NULL;
        } else {
            file = argv[i];
        }
    }
    if (file == NULL) {
        (void)fprintf(err, "carafe %s: expected FILE.json, got none\n", argv[0]);
    }
    return file;
}

/* What is given here is added to the lists of the file. */
static void add_flags(int argc, char **argv, struct arena *arena, struct carafe_activity *activity)
{
    for (int i = 1; i < argc; i++) {
        const struct flag *flag = find_flag(argv[i]);
        if (flag != NULL) {
            add_name(arena, (struct carafe_names *)(void *)((char *)activity + flag->offset), argv[++i]);
        }
    }
}

static int fail(const struct carafe_error *error, FILE *err)
{
    (void)fprintf(err, "%s\n", error->text);
    return error->code == CARAFE_INVALID ? CLI_EXIT_USAGE : CLI_EXIT_FAILED;
}

/* What happens, for the person who runs it. */
static int narrate(const struct carafe_event *event, void *owner)
{
    struct log *log = owner;
    const struct carafe_failure *failure = event->failure;
    if (event->kind == CARAFE_EVENT_APP_STOPPING) {
        late_signals_ignore();
    }
    if (event->kind == CARAFE_EVENT_ERROR_OCCURRED && failure != NULL) {
        log_line(log, LOG_ERROR_LEVEL, "%s: %s: %s", failure->type, failure->error_class, failure->message);
    } else if (event->kind == CARAFE_EVENT_PROCESS_NOTICE_SIGNAL) {
        log_line(log, LOG_INFO_LEVEL, "signal %s", event->signal);
    } else if (strncmp(carafe_event_name(event->kind), "app.", 4) == 0) {
        log_line(log, LOG_INFO_LEVEL, "%s", carafe_event_name(event->kind));
    } else if (event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_ASSIGNED ||
               event->kind == CARAFE_EVENT_REBALANCE_PARTITIONS_REVOKED) {
        log_line(log, LOG_INFO_LEVEL, "%s: %s: %zu partitions", carafe_event_name(event->kind),
                 event->subscription_group, event->partition_count);
    } else if (event->kind == CARAFE_EVENT_SWARM_MANAGER_AFTER_FORK ||
               event->kind == CARAFE_EVENT_SWARM_MANAGER_STOPPING ||
               event->kind == CARAFE_EVENT_SWARM_MANAGER_TERMINATING) {
        log_line(log, LOG_INFO_LEVEL, "%s: node %d: pid %lld", carafe_event_name(event->kind), event->node,
                 (long long)event->pid);
    }
    return 0;
}

/* The file and the flags.  What is wrong in form does not hide what is wrong in substance, if there is any. */
static int read_config(int argc, char **argv, const char *file, struct carafe_config *config, struct arena *arena,
                       struct carafe_error *error)
{
    struct carafe_error violations = {.code = CARAFE_OK};
    char place[CONFIG_FILE_NAME_MAX + 3];
    int result = config_file_read(file, config, arena, error);
    add_flags(argc, argv, arena, &config->activity);
    if ((result == 0 || config->topic_count > 0) && carafe_check(config, &violations) != 0) {
        (void)snprintf(place, sizeof place, "%.*s: ", CONFIG_FILE_NAME_MAX, file);
        result = error_append_lines(error, violations.code, violations.text, "config: ", place);
    }
    return result;
}

static int run(const struct carafe_config *config, bool swarm, struct log *log, FILE *err)
{
    struct carafe_error error = {.code = CARAFE_OK};
    late_signals_prepare();
    struct carafe *carafe = carafe_create(config, &error);
    int code = 0;
    if (carafe == NULL || carafe_subscribe(carafe, narrate, log, &error) != 0 ||
        (swarm ? carafe_swarm_run : carafe_run)(carafe, &error) != 0) {
        code = fail(&error, err);
    }
    carafe_destroy(carafe);
    return code;
}

int cli_server(int argc, char **argv, FILE *out, FILE *err)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage_text, out);
        return 0;
    }
    const char *file = find_file(argc, argv, err);
    if (file == NULL) {
        (void)fprintf(err, "Try: carafe %s --help\n", argv[0]);
        return CLI_EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a log that nobody reads any more must not end the server */
    struct arena arena = {0};
    struct carafe_config config;
    struct carafe_error error = {.code = CARAFE_OK};
    carafe_config_init(&config);
    struct log *log = posix_log_create(posix_clock(), STDERR_FILENO, LOG_INFO_LEVEL);
    int code = 0;
    if (log == NULL) {
        code = CLI_EXIT_FAILED;
    } else if (read_config(argc, argv, file, &config, &arena, &error) != 0) {
        code = fail(&error, err);
    } else {
        code = run(&config, strcmp(argv[0], "swarm") == 0, log, err);
    }
    posix_log_destroy(log);
    arena_free(&arena);
    return code;
}
