#include "oracle/family.h"

#include "run/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct family *const families[] = {&family_lifecycle};

#define FAMILY_COUNT (sizeof families / sizeof families[0])

struct oracle {
    struct run *run;
    void *memories[FAMILY_COUNT];
    bool broken[PROGRAM_INVARIANT_COUNT + 1]; /* and had to be: a canary */
};

struct oracle *oracle_create(struct run *run)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);
    if (oracle == NULL) {
        return NULL;
    }
    oracle->run = run;
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        oracle->memories[i] = families[i]->create(oracle);
        if (oracle->memories[i] == NULL) {
            oracle_destroy(oracle);
            return NULL;
        }
    }
    return oracle;
}

void oracle_destroy(struct oracle *oracle)
{
    if (oracle == NULL) {
        return;
    }
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (oracle->memories[i] != NULL) {
            families[i]->destroy(oracle->memories[i]);
        }
    }
    free(oracle);
}

void oracle_observe(struct oracle *oracle, const struct observation *observation)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (families[i]->observe != NULL) {
            families[i]->observe(oracle->memories[i], observation);
        }
    }
}

/* A canary passes only when the invariant that it names was broken. */
static void check_canaries(struct oracle *oracle)
{
    for (int i = 1; i <= PROGRAM_INVARIANT_COUNT; i++) {
        if (oracle->run->program->invariants[i] == PROGRAM_INVARIANT_MUST_BREAK && !oracle->broken[i]) {
            verdict_invariant(oracle->run, i, "expected to be broken by this scenario, but it held");
        }
    }
}

void oracle_finish(struct oracle *oracle)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (families[i]->finish != NULL) {
            families[i]->finish(oracle->memories[i]);
        }
    }
    check_canaries(oracle);
}

void oracle_left_over(struct oracle *oracle)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (families[i]->left_over != NULL) {
            families[i]->left_over(oracle->memories[i]);
        }
    }
}

void oracle_broken(struct oracle *oracle, int number, const char *format, ...)
{
    enum program_invariant wanted = oracle->run->program->invariants[number];
    oracle->broken[number] = true;
    if (wanted != PROGRAM_INVARIANT_ON) {
        return;
    }
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verdict_invariant(oracle->run, number, "%s", text);
}

struct run *oracle_run(struct oracle *oracle)
{
    return oracle->run;
}

size_t oracle_server(const struct oracle *oracle, const struct observation *observation)
{
    const struct program *program = oracle->run->program;
    for (size_t i = 0; observation->process != NULL && i < program->server_count; i++) {
        if (strcmp(program->servers[i].name, observation->process) == 0) {
            return i;
        }
    }
    return PROGRAM_NONE;
}
