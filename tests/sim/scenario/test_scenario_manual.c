/* The manual of the language, scenarios/README.md, is right: its examples parse, and it names every word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario/program.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANUAL_MAX   (256 * 1024)
#define EXAMPLES_MIN 15

static struct program_errors errors;
static char manual[MANUAL_MAX];
static char prelude[MANUAL_MAX];

static int manual_read(void **state)
{
    (void)state;
    FILE *file = chdir(SCENARIOS_FOLDER) == 0 ? fopen("README.md", "r") : NULL;
    if (file == NULL) {
        return -1;
    }
    size_t len = fread(manual, 1, sizeof manual - 1, file);
    manual[len] = '\0';
    return fclose(file);
}

static int example_parse(const char *text, size_t len, int line)
{
    struct program *program = NULL;
    char name[64];
    (void)snprintf(name, sizeof name, "example at README.md:%d", line);
    if (program_load_text(name, text, len, NULL, 0, &program, &errors) != 0) {
        program_errors_print(stderr, &errors);
        return 1;
    }
    program_destroy(program);
    return 0;
}

/* A block begins with ```scn, ```scn file (a whole scenario) or ```scn prelude (what stands before all others). */
static int block_check(const char *head, const char *body, size_t len, int line)
{
    static char text[MANUAL_MAX * 2];
    if (strncmp(head, "```scn prelude\n", 15) == 0) {
        (void)snprintf(prelude, sizeof prelude, "%.*s", (int)len, body);
    }
    if (strncmp(head, "```scn\n", 7) != 0) {
        return example_parse(body, len, line);
    }
    (void)snprintf(text, sizeof text, "%s%.*s", prelude, (int)len, body);
    return example_parse(text, strlen(text), line);
}

static int line_of(const char *at)
{
    int line = 1;
    for (const char *byte = manual; byte < at; byte++) {
        line += *byte == '\n' ? 1 : 0;
    }
    return line;
}

static void every_example_parses(void **state)
{
    int examples = 0;
    int wrong = 0;
    (void)state;
    for (const char *at = strstr(manual, "\n```scn"); at != NULL; at = strstr(at, "\n```scn")) {
        const char *head = at + 1;
        const char *body = strchr(head, '\n') + 1;
        const char *end = strstr(body, "\n```");
        assert_non_null(end);
        wrong += block_check(head, body, (size_t)(end - body) + 1, line_of(head));
        examples++;
        at = end + 4;
    }
    assert_true(examples >= EXAMPLES_MIN);
    assert_int_equal(wrong, 0);
}

static int named(const char *word)
{
    char quoted[128];
    static const char ends[] = "`= ";
    for (const char *end = ends; *end != '\0'; end++) {
        (void)snprintf(quoted, sizeof quoted, "`%s%c", word, *end);
        if (strstr(manual, quoted) != NULL) {
            return 1;
        }
    }
    print_error("the manual does not name `%s`\n", word);
    return 0;
}

static void every_setting_is_named(void **state)
{
    int missing = 0;
    (void)state;
    for (size_t i = 0; i < PROGRAM_SERVER_SETTING_COUNT; i++) {
        missing += !named(vocabulary_server[i].name);
    }
    for (size_t i = 0; i < PROGRAM_TOPIC_SETTING_COUNT; i++) {
        missing += !named(vocabulary_handler[i].name);
    }
    assert_int_equal(missing, 0);
}

static void every_event_field_status_and_api_is_named(void **state)
{
    int missing = 0;
    (void)state;
    for (size_t i = 0; i < CARAFE_EVENT_COUNT; i++) {
        missing += !named(vocabulary_events[i]);
    }
    for (size_t i = 1; i < PROGRAM_FIELD_COUNT; i++) {
        missing += !named(vocabulary_fields[i].name);
    }
    for (size_t i = 0; i < vocabulary_status_count; i++) {
        missing += !named(vocabulary_statuses[i]);
    }
    for (size_t i = 0; i < vocabulary_api_count; i++) {
        missing += !named(vocabulary_apis[i].name);
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_parses),
        cmocka_unit_test(every_setting_is_named),
        cmocka_unit_test(every_event_field_status_and_api_is_named),
    };
    return cmocka_run_group_tests(tests, manual_read, NULL);
}
