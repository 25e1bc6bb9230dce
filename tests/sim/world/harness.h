/*
 * Runs a piece of a test in a world of its own, in a child process (a world cannot be reset), and tells what became of
 * it.  Inside, CHECK takes the place of cmocka's assertions.
 */
#ifndef TESTS_SIM_WORLD_HARNESS_H
#define TESTS_SIM_WORLD_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "world/world.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

#define POINT INT64_C(500) /* what a scheduling point costs by default */

enum { HARNESS_TEXT_BYTES = 32768 };

struct harness_outcome {
    int exit_code;                 /* -1: ended by a signal */
    struct sim_summary summary;    /* of a world that was finished */
    uint64_t number;               /* what the body handed over, see harness_report */
    char text[HARNESS_TEXT_BYTES]; /* what it wrote to stderr */
};

/* Run `body` in a world with these options. */
void harness_run(const struct sim_options *options, void (*body)(void), struct harness_outcome *outcome);

/* Run it with default options and seed 1 on both backends: it ends well, with equal hashes; returns the outcome. */
void harness_expect_success(void (*body)(void), struct harness_outcome *outcome);

/* Run it: the world itself ends it, and its report has the text. */
void harness_expect_failure(void (*body)(void), const char *text);

/* From inside the body: a number for harness_outcome. */
void harness_report(uint64_t number);

/* From inside the body, when `condition` is false: say so and end the child. */
void harness_check(bool condition, const char *text, const char *file, int line);

#define CHECK(condition) harness_check((condition), #condition, __FILE__, __LINE__)

#endif
