#include "run/options.h"

#include "base/error.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WALL_LIMIT_MAX_S 86400

enum {
    OPTION_SEED = 256,
    OPTION_SEEDS,
    OPTION_TRACE,
    OPTION_REPORTS,
    OPTION_PICTURE,
    OPTION_JUNIT,
    OPTION_TAP,
    OPTION_SHARD,
    OPTION_VERIFY,
    OPTION_CHECK,
    OPTION_BACKEND,
    OPTION_WALL_LIMIT,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"seed", required_argument, NULL, OPTION_SEED},
    {"seeds", required_argument, NULL, OPTION_SEEDS},
    {"jobs", required_argument, NULL, 'j'},
    {"trace", required_argument, NULL, OPTION_TRACE},
    {"reports", required_argument, NULL, OPTION_REPORTS},
    {"picture", required_argument, NULL, OPTION_PICTURE},
    {"junit", required_argument, NULL, OPTION_JUNIT},
    {"tap", no_argument, NULL, OPTION_TAP},
    {"shard", required_argument, NULL, OPTION_SHARD},
    {"verify", no_argument, NULL, OPTION_VERIFY},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"define", required_argument, NULL, 'D'},
    {"backend", required_argument, NULL, OPTION_BACKEND},
    {"wall-limit", required_argument, NULL, OPTION_WALL_LIMIT},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

void options_help(FILE *out)
{
    fputs("usage: ksim [OPTION]... FILE|FOLDER...\n"
          "\n"
          "Run scenarios: the production server and the unmodified librdkafka on a virtual clock.\n"
          "A folder stands for every *.scn file below it.\n"
          "\n"
          "  --seed N            the interleaving to run (default 1)\n"
          "  --seeds A..B        run every seed from A to B, one child process each\n"
          "  -j, --jobs N        runs at the same time (default 1)\n"
          "  --shard I/N         run only part I of N, I from 1; together they run everything once\n"
          "  --junit FILE        also write the results as JUnit XML\n"
          "  --tap               print the results as TAP, and nothing else\n"
          "  --verify            run everything twice and compare every event, byte and switch\n"
          "  --check             only check the files\n"
          "  -D, --define N=V    define $N, over the `set N = ...` of a file\n"
          "  --trace FILE        write one line of JSON an event\n"
          "  --reports DIR       write every report and error document that went over the wire\n"
          "  --picture FILE      draw the run as SVG: processes, partitions, jobs, faults over time\n"
          "  --backend B         coroutines (fast) or threads (for a debugger)\n"
          "  --wall-limit S      real seconds a run may take (default 60)\n"
          "  --quiet             only the last line of every scenario\n"
          "  --verbose           every event in the timeline, not only the telling ones\n"
          "  --help, --version\n"
          "\n"
          "Exit: 0 all passed, 1 an expectation or invariant failed, 2 script or usage error, 3 two runs differed,\n"
          "4 internal error.  The language: scenarios/README.md.\n",
          out);
}

/* All of `text` as a number of at most `max`. */
static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
    if (*text < '0' || *text > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || value > max) {
        return false;
    }
    *number = value;
    return true;
}

static int parse_seed(struct options *options, const char *text, struct carafe_error *error)
{
    if (!parse_number(text, UINT64_MAX, &options->seed_first)) {
        return error_set(error, CARAFE_INVALID, "--seed: expected a number, got `%s`", text);
    }
    options->seed_last = options->seed_first;
    return 0;
}

static int parse_seeds(struct options *options, const char *text, struct carafe_error *error)
{
    char first[32] = "";
    const char *dots = strstr(text, "..");
    size_t len = dots == NULL ? 0 : (size_t)(dots - text);
    if (len == 0 || len >= sizeof first) {
        return error_set(error, CARAFE_INVALID, "--seeds: expected A..B, got `%s`", text);
    }
    memcpy(first, text, len);
    if (!parse_number(first, UINT64_MAX, &options->seed_first) ||
        !parse_number(dots + 2, UINT64_MAX, &options->seed_last) || options->seed_last < options->seed_first) {
        return error_set(error, CARAFE_INVALID, "--seeds: expected A..B with A <= B, got `%s`", text);
    }
    if (options->seed_last - options->seed_first >= OPTIONS_SEEDS_MAX) {
        return error_set(error, CARAFE_INVALID, "--seeds: expected at most %llu seeds, got `%s`",
                         (unsigned long long)OPTIONS_SEEDS_MAX, text);
    }
    return 0;
}

static int parse_shard(struct options *options, const char *text, struct carafe_error *error)
{
    char index[8] = "";
    const char *slash = strchr(text, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - text);
    if (len == 0 || len >= sizeof index) {
        return error_set(error, CARAFE_INVALID, "--shard: expected I/N, got `%s`", text);
    }
    memcpy(index, text, len);
    if (!parse_number(index, OPTIONS_SHARDS_MAX, &options->shard_index) ||
        !parse_number(slash + 1, OPTIONS_SHARDS_MAX, &options->shard_count) || options->shard_index == 0 ||
        options->shard_index > options->shard_count) {
        return error_set(error, CARAFE_INVALID, "--shard: expected I/N with 1 <= I <= N <= %d, got `%s`",
                         OPTIONS_SHARDS_MAX, text);
    }
    return 0;
}

static int parse_bounded(const char *name, const char *text, int max, int *number, struct carafe_error *error)
{
    uint64_t value = 0;
    if (!parse_number(text, (uint64_t)max, &value) || value == 0) {
        return error_set(error, CARAFE_INVALID, "%s: expected a number from 1 to %d, got `%s`", name, max, text);
    }
    *number = (int)value;
    return 0;
}

static int parse_backend(struct options *options, const char *text, struct carafe_error *error)
{
    if (strcmp(text, "coroutines") == 0) {
        options->backend = BACKEND_COROUTINES;
    } else if (strcmp(text, "threads") == 0) {
        options->backend = BACKEND_THREADS;
    } else {
        return error_set(error, CARAFE_INVALID, "--backend: expected coroutines or threads, got `%s`", text);
    }
    return 0;
}

static int parse_define(struct options *options, char *text, struct carafe_error *error)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return error_set(error, CARAFE_INVALID, "-D: expected name=value, got `%s`", text);
    }
    if (options->define_count == OPTIONS_DEFINES_MAX) {
        return error_set(error, CARAFE_INVALID, "-D: expected at most %d, got more", OPTIONS_DEFINES_MAX);
    }
    *equals = '\0';
    options->defines[options->define_count++] = (struct option_define){.name = text, .value = equals + 1};
    return 0;
}

static int parse_option(struct options *options, int option, char *argument, struct carafe_error *error)
{
    switch (option) {
    case OPTION_SEED:
        return parse_seed(options, argument, error);
    case OPTION_SEEDS:
        return parse_seeds(options, argument, error);
    case 'j':
        return parse_bounded("-j", argument, OPTIONS_JOBS_MAX, &options->jobs, error);
    case 'D':
        return parse_define(options, argument, error);
    case OPTION_BACKEND:
        return parse_backend(options, argument, error);
    case OPTION_WALL_LIMIT:
        return parse_bounded("--wall-limit", argument, WALL_LIMIT_MAX_S, &options->wall_limit_s, error);
    case OPTION_TRACE:
        options->trace_path = argument;
        return 0;
    case OPTION_REPORTS:
        options->reports_path = argument;
        return 0;
    case OPTION_PICTURE:
        options->picture_path = argument;
        return 0;
    case OPTION_JUNIT:
        options->junit_path = argument;
        return 0;
    case OPTION_TAP:
        options->tap = true;
        return 0;
    case OPTION_SHARD:
        return parse_shard(options, argument, error);
    case OPTION_VERIFY:
        options->verify = true;
        return 0;
    case OPTION_QUIET:
        options->quiet = true;
        return 0;
    case OPTION_VERBOSE:
        options->verbose = true;
        return 0;
    case OPTION_CHECK:
        options->action = ACTION_CHECK;
        return 0;
    case OPTION_HELP:
        options->action = ACTION_HELP;
        return 0;
    default:
        options->action = ACTION_VERSION;
        return 0;
    }
}

static int check_combination(const struct options *options, struct carafe_error *error)
{
    if (options->action == ACTION_RUN && options->file_count == 0) {
        return error_set(error, CARAFE_INVALID,
                         "arguments: expected a scenario file or folder, got none; see ksim --help");
    }
    if (options->quiet && options->verbose) {
        return error_set(error, CARAFE_INVALID, "--quiet: expected not to be given with --verbose");
    }
    if (options->tap && options->verbose) {
        return error_set(error, CARAFE_INVALID, "--tap: expected not to be given with --verbose");
    }
    return 0;
}

int options_settle(struct options *options, uint64_t runs, struct carafe_error *error)
{
    if (runs > 1 && options->trace_path != NULL) {
        return error_set(error, CARAFE_INVALID, "--trace: expected one file and one seed, got several");
    }
    if (runs > 1 && options->reports_path != NULL) {
        return error_set(error, CARAFE_INVALID, "--reports: expected one file and one seed, got several");
    }
    if (runs > 1 && options->picture_path != NULL) {
        return error_set(error, CARAFE_INVALID, "--picture: expected one file and one seed, got several");
    }
    options->timeline = runs == 1 && !options->quiet && !options->verify && !options->tap;
    return 0;
}

static int parse_all(struct options *options, int argc, char **argv, struct carafe_error *error)
{
    optind = 0; /* start over, also in a process that parsed before */
    opterr = 0;
    for (;;) {
        int option = getopt_long(argc, argv, ":j:D:", long_options, NULL);
        if (option == -1) {
            return 0;
        }
        if (option == '?') {
            return error_set(error, CARAFE_INVALID, "%s: expected an option of ksim; see ksim --help",
                             argv[optind - 1]);
        }
        if (option == ':') {
            return error_set(error, CARAFE_INVALID, "%s: expected a value, got none", argv[optind - 1]);
        }
        int code = parse_option(options, option, optarg, error);
        if (code != 0) {
            return code;
        }
    }
}

int options_parse(struct options *options, int argc, char **argv, struct carafe_error *error)
{
    *options = (struct options){.seed_first = 1, .seed_last = 1, .jobs = 1, .wall_limit_s = OPTIONS_WALL_LIMIT_S};
    options->command = argv[0];
    options->preset = getenv("KSIM_PRESET");
    int code = parse_all(options, argc, argv, error);
    if (code != 0) {
        return code;
    }
    for (int i = optind; i < argc; i++) {
        if (options->file_count == OPTIONS_FILES_MAX) {
            return error_set(error, CARAFE_INVALID, "ksim: expected at most %d files, got more", OPTIONS_FILES_MAX);
        }
        options->files[options->file_count++] = argv[i];
    }
    return check_combination(options, error);
}
