#include "cli/install.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "carafe.h"
#include "cli/arena.h"
#include "cli/config_file.h"
#include "cli/validate.h"
#include "kafka/kafka.h"
#include "tracking/tracking.h"

#define EXIT_FAILED          1
#define DAY_MS               INT64_C(86400000)
#define REPORTS_RETENTION_MS DAY_MS
#define ERRORS_RETENTION_MS  (90 * DAY_MS)
#define TIMEOUT_MS           10000
#define REPLICAS_MAX         32767 /* 16 bits in the protocol */

static const char usage_text[] =
    "usage: carafe install [OPTION]... FILE.json\n"
    "\n"
    "Create the topics that carafe writes to, where they are missing: reports (1 partition, kept for a day) and "
    "errors\n"
    "(1 partition, kept for 90 days), named by FILE.json (reporting.reports_topic, reporting.errors_topic) or by "
    "default\n"
    "karafka_consumers_reports and karafka_errors.  A topic that is there is left as it is.\n"
    "\n"
    "  --replication-factor N  copies of each partition; the broker's default unless given\n"
    "  --reports-topic NAME    instead of the file's\n"
    "  --errors-topic NAME\n"
    "  --timeout-ms N          how long brokers may take (10000)\n"
    "\n"
    "Exit codes: 0 both topics are there, 1 a broker refused or none answered in time, 64 usage or configuration.\n";

struct installation {
    const char *file;
    const char *reports_topic; /* NULL: the file's */
    const char *errors_topic;
    int replicas;
    int timeout_ms;
};

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static bool parse_number(const char *text, int most, int *number)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > most) {
        return false;
    }
    *number = (int)value;
    return true;
}

/* False, with a line on `err`, when the option is unknown or its value is wrong. */
static bool take_option(struct installation *installation, const char *option, const char *value, FILE *err)
{
    bool known = true;
    bool taken = value != NULL;
    int most = 0;
    if (strcmp(option, "--reports-topic") == 0) {
        installation->reports_topic = value;
    } else if (strcmp(option, "--errors-topic") == 0) {
        installation->errors_topic = value;
    } else if (strcmp(option, "--replication-factor") == 0) {
        most = REPLICAS_MAX;
        taken = taken && parse_number(value, most, &installation->replicas);
    } else if (strcmp(option, "--timeout-ms") == 0) {
        most = KAFKA_ADMIN_TIMEOUT_MAX_MS;
        taken = taken && parse_number(value, most, &installation->timeout_ms);
    } else {
        known = false;
    }
    if (!known) {
        (void)fprintf(err, "carafe install: %s: expected an option, got an unknown one\n", option);
    } else if (!taken && most > 0) {
        (void)fprintf(err, "carafe install: %s: expected 1 to %d, got %s\n", option, most,
                      value != NULL ? value : "none");
    } else if (!taken) {
        (void)fprintf(err, "carafe install: %s: expected a name, got none\n", option);
    }
    return known && taken;
}

static bool parse_arguments(struct installation *installation, int argc, char **argv, FILE *err)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            if (installation->file != NULL) {
                (void)fprintf(err, "carafe install: expected one file, got %s and %s\n", installation->file, argv[i]);
                return false;
            }
            installation->file = argv[i];
        } else {
            const char *option = argv[i];
            const char *value = i + 1 < argc ? argv[++i] : NULL;
            if (!take_option(installation, option, value, err)) {
                return false;
            }
        }
    }
    if (installation->file == NULL) {
        (void)fputs("carafe install: expected FILE.json, got none\n", err);
    }
    return installation->file != NULL;
}

/* ---- topics ------------------------------------------------------------------------------------------------------ */

static const char *first_of(const char *flag, const char *file, const char *fallback)
{
    return flag != NULL ? flag : file != NULL ? file : fallback;
}

static bool names_brokers(const struct carafe_settings *kafka)
{
    bool named = false;
    for (size_t i = 0; i < kafka->count; i++) {
        named = named || strcmp(kafka->list[i].name, "bootstrap.servers") == 0 ||
                strcmp(kafka->list[i].name, "metadata.broker.list") == 0;
    }
    return named;
}

static int create_topics(const struct installation *installation, const struct carafe_config *config, FILE *out,
                         FILE *err)
{
    const struct carafe_reporting *names = &config->reporting;
    const struct kafka_topic topics[] = {
        {first_of(installation->reports_topic, names->reports_topic, TRACKING_REPORTS_TOPIC), 1, installation->replicas,
         REPORTS_RETENTION_MS},
        {first_of(installation->errors_topic, names->errors_topic, TRACKING_ERRORS_TOPIC), 1, installation->replicas,
         ERRORS_RETENTION_MS},
    };
    enum { COUNT = sizeof topics / sizeof topics[0] };
    enum kafka_topic_outcome outcomes[COUNT] = {KAFKA_TOPIC_REFUSED};
    struct carafe_error error = {.code = CARAFE_OK};
    if (!names_brokers(&config->kafka)) {
        (void)fprintf(err, "%s: kafka: bootstrap.servers: expected brokers, got none\n", installation->file);
        return CLI_EXIT_USAGE;
    }
    int code = kafka_topics_create(&config->kafka, topics, COUNT, installation->timeout_ms, outcomes, &error);
    for (size_t i = 0; i < COUNT; i++) {
        if (outcomes[i] != KAFKA_TOPIC_REFUSED) {
            (void)fprintf(out, "%s: %s\n", topics[i].name,
                          outcomes[i] == KAFKA_TOPIC_CREATED ? "created" : "was there already");
        }
    }
    if (code != 0) {
        (void)fprintf(err, "carafe install: %s\n", error.text);
        return code == CARAFE_INVALID ? CLI_EXIT_USAGE : EXIT_FAILED;
    }
    return fflush(out) == 0 ? 0 : EXIT_FAILED;
}

int cli_install(int argc, char **argv, FILE *out, FILE *err)
{
    struct installation installation = {.replicas = -1, .timeout_ms = TIMEOUT_MS};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage_text, out);
        return 0;
    }
    if (!parse_arguments(&installation, argc, argv, err)) {
        (void)fputs("Try: carafe install --help\n", err);
        return CLI_EXIT_USAGE;
    }
    struct arena arena = {0};
    struct carafe_config config;
    struct carafe_error error = {.code = CARAFE_OK};
    int code = CLI_EXIT_USAGE;
    carafe_config_init(&config);
    if (config_file_read(installation.file, &config, &arena, &error) != 0) {
        (void)fprintf(err, "%s\n", error.text);
    } else {
        code = create_topics(&installation, &config, out, err);
    }
    arena_free(&arena);
    return code;
}
