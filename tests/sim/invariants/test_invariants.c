/*
 * Each invariant is broken by a core that misbehaves, and no other is: with it off the run passes, with it as a canary
 * too. That two members own one partition is the coordinator's doing, not the core's:
 * tests/sim/oracle/test_ownership.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "ksim.h"
#include "trial.h"

#define TRIALS_MAX   128
#define SCENARIO_MAX 4096

static struct ksim_verdict verdict;

/* `line` goes before the scenario. */
static enum ksim_code run(const struct trial *trial, enum bug planted, const char *line)
{
    char text[SCENARIO_MAX];
    snprintf(text, sizeof text, "%s%s", line, trial->scenario);
    bug = planted;
    (void)ksim_run_text("trial.scn", text, NULL, &verdict);
    bug = BUG_NONE;
    return verdict.code;
}

static void expect_passed(const struct trial *trial, enum bug planted, const char *line)
{
    if (run(trial, planted, line) != KSIM_PASSED) {
        fail_msg("expected it to pass %s the bug%s%s, got %s", planted == BUG_NONE ? "without" : "with",
                 line[0] == '\0' ? "" : " and ", line, verdict.text);
    }
}

static void expect_broken(const struct trial *trial)
{
    char beginning[64];
    snprintf(beginning, sizeof beginning, "trial.scn: invariant %d failed", trial->invariant);
    if (run(trial, trial->bug, "") != KSIM_FAILED || strncmp(verdict.text, beginning, strlen(beginning)) != 0 ||
        strstr(verdict.text, trial->words) == NULL) {
        fail_msg("expected \"%s\" and \"%s\", got code %d and %s", beginning, trial->words, (int)verdict.code,
                 verdict.text);
    }
}

static void try_it(void **state)
{
    const struct trial *trial = *state;
    char line[64];
    expect_passed(trial, BUG_NONE, "");
    expect_broken(trial);
    if (trial->invariant != 13) { /* a run that cannot go on ends, whether it is asked to or not */
        snprintf(line, sizeof line, "invariant %d off\n", trial->invariant);
        expect_passed(trial, trial->bug, line);
    }
    snprintf(line, sizeof line, "invariant %d must_break\n", trial->invariant);
    expect_passed(trial, trial->bug, line);
}

/* Present in builds with LeakSanitizer only, which alone watch memory. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* Returns the new count. */
static size_t add(struct CMUnitTest *tests, size_t count, const struct trials *trials)
{
    for (size_t i = 0; i < trials->count && count < TRIALS_MAX; i++) {
        const struct trial *trial = &trials->list[i];
        if (trial->bug == BUG_MEMORY_LEFT && __lsan_do_recoverable_leak_check == NULL) {
            continue;
        }
        tests[count++] =
            (struct CMUnitTest){.name = trial->claim, .test_func = try_it, .initial_state = (void *)(uintptr_t)trial};
    }
    return count;
}

int main(int count, char **arguments)
{
    static struct CMUnitTest tests[TRIALS_MAX];
    size_t used = add(tests, 0, &trials_of_offsets);
    used = add(tests, used, &trials_of_lifecycle);
    used = add(tests, used, &trials_of_reporting);
    used = add(tests, used, &trials_of_the_end);
    if (count > 1) {
        cmocka_set_test_filter(arguments[1]);
    }
    return _cmocka_run_group_tests("invariants", tests, used, NULL, NULL);
}
