#include "oracle/family.h"

#include "run/director.h"
#include "run/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct family *const families[] = {
    &family_offsets, &family_ownership, &family_lifecycle, &family_reporting, &family_documents, &family_letters,
    &family_errors,  &family_accounts,  &family_deadlines, &family_settling,  &family_telling,   &family_leftovers};

#define FAMILY_COUNT (sizeof families / sizeof families[0])

struct oracle {
    struct run *run;
    struct oracle_view view;
    struct traits *traits;
    int64_t now_ns;
    size_t last_server; /* most observations are about the server of the one before */
    void *memories[FAMILY_COUNT];
    bool broken[PROGRAM_INVARIANT_COUNT + 1];
};

static bool create_view(struct oracle *oracle)
{
    const struct program *program = oracle->run->program;
    oracle->traits = traits_create(program);
    oracle->view = (struct oracle_view){.program = program,
                                        .traits = oracle->traits,
                                        .places = places_create(program),
                                        .weather = weather_create(program)};
    if (oracle->view.places != NULL) {
        oracle->view.positions = positions_create(oracle->view.places);
    }
    return oracle->traits != NULL && oracle->view.weather != NULL && oracle->view.positions != NULL;
}

struct oracle *oracle_create(struct run *run)
{
    struct oracle *oracle = calloc(1, sizeof *oracle);
    if (oracle == NULL) {
        return NULL;
    }
    oracle->run = run;
    bool made = create_view(oracle);
    for (size_t i = 0; made && i < FAMILY_COUNT; i++) {
        oracle->memories[i] = families[i]->create(oracle);
        made = oracle->memories[i] != NULL;
    }
    if (!made) {
        oracle_destroy(oracle);
        return NULL;
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
    positions_destroy(oracle->view.positions);
    places_destroy(oracle->view.places);
    weather_destroy(oracle->view.weather);
    traits_destroy(oracle->traits);
    free(oracle);
}

void oracle_observe(struct oracle *oracle, const struct observation *observation)
{
    oracle->now_ns = observation->at_ns;
    weather_observe(oracle->view.weather, observation);
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (families[i]->observe != NULL) {
            families[i]->observe(oracle->memories[i], observation);
        }
    }
}

bool oracle_owes(const struct oracle *oracle, int number)
{
    return oracle->run->program->invariants[number] == PROGRAM_INVARIANT_MUST_BREAK && !oracle->broken[number];
}

void oracle_finish(struct oracle *oracle)
{
    oracle->now_ns = run_now(oracle->run);
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (families[i]->finish != NULL) {
            families[i]->finish(oracle->memories[i]);
        }
    }
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
    if (oracle->run->director != NULL) {
        director_wake(oracle->run->director);
    }
}

const struct oracle_view *oracle_view(const struct oracle *oracle)
{
    return &oracle->view;
}

int64_t oracle_now(const struct oracle *oracle)
{
    return oracle->now_ns;
}

size_t oracle_server(struct oracle *oracle, const struct observation *observation)
{
    const struct traits *traits = oracle->traits;
    if (observation->process == NULL) {
        return PROGRAM_NONE;
    }
    if (strcmp(traits->servers[oracle->last_server].name, observation->process) == 0) {
        return oracle->last_server;
    }
    size_t process = program_process_named(oracle->run->program, observation->process);
    if (process == PROGRAM_NONE || program_process_server(oracle->run->program, process) == PROGRAM_NONE) {
        return PROGRAM_NONE;
    }
    oracle->last_server = process;
    return process;
}

bool oracle_exit_code(const struct observation *observation, int64_t *code)
{
    const struct observed *field = observation_field(observation, "code");
    if (field != NULL) {
        *code = field->integer;
    }
    return field != NULL;
}

void *oracle_server_rows(const struct oracle *oracle, size_t size)
{
    return calloc(oracle->traits->count + 1, size);
}
