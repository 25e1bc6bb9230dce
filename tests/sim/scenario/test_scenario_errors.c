/* Each errors/NAME.scn is wrong, and errors/NAME.expected is exactly what is said about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scenario/program.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MISTAKES_MIN 247
#define TEXT_MAX     (64 * 1024)

static struct program_errors errors;

static int is_scenario(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".scn") == 0;
}

/* What ksim would print for the scenario; "" when it finds nothing wrong. */
static char *said_about(const char *path)
{
    struct program *program = NULL;
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    assert_non_null(stream);
    if (program_load(path, NULL, 0, &program, &errors) != 0) {
        program_errors_print(stream, &errors);
    }
    program_destroy(program);
    (void)fclose(stream);
    return text;
}

static void expected_read(const char *scenario, char *expected)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%.*s.expected", (int)strlen(scenario) - 4, scenario);
    FILE *file = fopen(path, "r");
    size_t len = file == NULL ? 0 : fread(expected, 1, TEXT_MAX - 1, file);
    expected[len] = '\0';
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void each_mistake_is_reported_with_the_expected_words(void **state)
{
    static char expected[TEXT_MAX];
    struct dirent **entries = NULL;
    int wrong = 0;
    (void)state;
    assert_int_equal(chdir(ERRORS_FOLDER), 0);
    int count = scandir(".", &entries, is_scenario, alphasort);
    assert_true(count >= MISTAKES_MIN);
    for (int i = 0; i < count; i++) {
        char *said = said_about(entries[i]->d_name);
        expected_read(entries[i]->d_name, expected);
        if (said[0] == '\0' || strcmp(said, expected) != 0) {
            print_error("%s\n--- expected\n%s--- got\n%s\n", entries[i]->d_name, expected, said);
            wrong++;
        }
        free(said);
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_mistake_is_reported_with_the_expected_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
