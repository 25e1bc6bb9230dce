#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "posix/posix.h"

#define OUTPUT_MAX 16384

static int64_t new_year(struct clock *clock)
{
    (void)clock;
    return INT64_C(1769860800) * NS_PER_S + 7 * NS_PER_MS; /* 2026-01-31T12:00:00.007Z */
}

static struct clock still = {.wall_ns = new_year};

/* What `write` makes of one line. */
static void written(enum log_level least, enum log_level level, const char *text, char output[OUTPUT_MAX])
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    struct log *log = posix_log_create(&still, ends[1], least);
    log->write(log, level, text);
    ssize_t len = read(ends[0], output, OUTPUT_MAX - 1);
    output[len > 0 ? len : 0] = '\0';
    posix_log_destroy(log);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void line_has_time_level_and_text(void **state)
{
    (void)state;
    char output[OUTPUT_MAX];
    written(LOG_INFO_LEVEL, LOG_WARNING_LEVEL, "hello", output);
    assert_string_equal(output, "2026-01-31T12:00:00.007Z WARNING hello\n");
    written(LOG_DEBUG_LEVEL, LOG_DEBUG_LEVEL, "x", output);
    assert_string_equal(output, "2026-01-31T12:00:00.007Z DEBUG x\n");
    written(LOG_INFO_LEVEL, LOG_ERROR_LEVEL, "", output);
    assert_string_equal(output, "2026-01-31T12:00:00.007Z ERROR \n");
    written(LOG_INFO_LEVEL, LOG_INFO_LEVEL, "y", output);
    assert_string_equal(output, "2026-01-31T12:00:00.007Z INFO y\n");
}

static void lower_levels_are_left_out(void **state)
{
    (void)state;
    char output[OUTPUT_MAX];
    written(LOG_WARNING_LEVEL, LOG_INFO_LEVEL, "quiet", output);
    assert_string_equal(output, "");
}

static void control_characters_cannot_forge_a_line(void **state)
{
    (void)state;
    char output[OUTPUT_MAX];
    written(LOG_INFO_LEVEL, LOG_INFO_LEVEL, "a\nb\r\x1b[0m\x7f caf\xc3\xa9", output);
    assert_string_equal(output, "2026-01-31T12:00:00.007Z INFO a b  [0m  caf\xc3\xa9\n");
}

static void long_lines_are_cut_and_still_end(void **state)
{
    (void)state;
    char output[OUTPUT_MAX];
    char *text = malloc(OUTPUT_MAX);
    memset(text, 'x', OUTPUT_MAX - 1);
    text[OUTPUT_MAX - 1] = '\0';
    written(LOG_INFO_LEVEL, LOG_INFO_LEVEL, text, output);
    free(text);
    assert_int_equal(strlen(output), 8192);
    assert_int_equal(output[8191], '\n');
}

static void broken_output_neither_fails_nor_changes_errno(void **state)
{
    (void)state;
    struct log *log = posix_log_create(&still, -1, LOG_INFO_LEVEL);
    errno = ENOENT;
    log->write(log, LOG_ERROR_LEVEL, "lost");
    assert_int_equal(errno, ENOENT);
    posix_log_destroy(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_time_level_and_text),
        cmocka_unit_test(lower_levels_are_left_out),
        cmocka_unit_test(control_characters_cannot_forge_a_line),
        cmocka_unit_test(long_lines_are_cut_and_still_end),
        cmocka_unit_test(broken_output_neither_fails_nor_changes_errno),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
