#include "run/scenarios.h"

#include "run/files.h"
#include "scenario/program.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENDING ".scn"

static bool is_scenario(const char *name)
{
    size_t len = strlen(name);
    return len > strlen(ENDING) && strcmp(name + len - strlen(ENDING), ENDING) == 0;
}

static bool add_path(struct scenarios *scenarios, const char *path)
{
    char **paths = realloc(scenarios->paths, (scenarios->count + 1) * sizeof *paths);
    if (paths == NULL) {
        return false;
    }
    scenarios->paths = paths;
    paths[scenarios->count] = strdup(path);
    if (paths[scenarios->count] == NULL) {
        return false;
    }
    scenarios->count++;
    return true;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum exit_code add_folder(struct scenarios *scenarios, const char *path)
{
    char *copy = strdup(path);
    char *const roots[] = {copy, NULL};
    FTS *walk = copy != NULL ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
    if (walk == NULL) {
        free(copy);
        fprintf(stderr, "%s: expected a folder that can be read, got %s\n", path, strerror(errno));
        return EXIT_USAGE;
    }
    size_t before = scenarios->count;
    bool memory = true;
    for (FTSENT *entry = fts_read(walk); entry != NULL && memory; entry = fts_read(walk)) {
        if (entry->fts_info == FTS_F && is_scenario(entry->fts_name)) {
            memory = add_path(scenarios, entry->fts_path);
        }
    }
    fts_close(walk);
    free(copy);
    if (!memory) {
        fprintf(stderr, "ksim: out of memory\n");
        return EXIT_INTERNAL;
    }
    if (scenarios->count == before) {
        fprintf(stderr, "%s: expected a folder with *%s files, got none\n", path, ENDING);
        return EXIT_USAGE;
    }
    return EXIT_ALL_PASSED;
}

static enum exit_code find_all(struct scenarios *scenarios, const struct options *options)
{
    for (size_t i = 0; i < options->file_count; i++) {
        struct stat about;
        const char *path = options->files[i];
        enum exit_code code = EXIT_ALL_PASSED;
        if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
            code = add_folder(scenarios, path);
        } else if (!add_path(scenarios, path)) {
            code = EXIT_INTERNAL;
        }
        if (code != EXIT_ALL_PASSED) {
            return code;
        }
    }
    return EXIT_ALL_PASSED;
}

static enum exit_code read_all(struct scenarios *scenarios, const struct options *options)
{
    struct program_define defines[OPTIONS_DEFINES_MAX];
    for (size_t i = 0; i < options->define_count; i++) {
        defines[i] = (struct program_define){.name = options->defines[i].name, .value = options->defines[i].value};
    }
    struct program_errors *errors = malloc(sizeof *errors);
    scenarios->list = calloc(scenarios->count + 1, sizeof *scenarios->list);
    if (errors == NULL || scenarios->list == NULL) {
        free(errors);
        return EXIT_INTERNAL;
    }
    enum exit_code code = EXIT_ALL_PASSED;
    for (size_t i = 0; i < scenarios->count; i++) {
        struct program *program = NULL;
        if (program_load(scenarios->paths[i], defines, options->define_count, &program, errors) != 0) {
            program_errors_print(stderr, errors);
            code = EXIT_USAGE;
            continue;
        }
        if (files_check(program, options, errors) > 0) {
            program_errors_print(stderr, errors);
            code = EXIT_USAGE;
        }
        scenarios->list[i] =
            (struct sweep_scenario){.path = scenarios->paths[i], .program = program, .once = !program->sweep};
    }
    free(errors);
    return code;
}

enum exit_code scenarios_load(struct scenarios *scenarios, const struct options *options)
{
    *scenarios = (struct scenarios){0};
    enum exit_code code = find_all(scenarios, options);
    return code == EXIT_ALL_PASSED ? read_all(scenarios, options) : code;
}

void scenarios_close(struct scenarios *scenarios)
{
    for (size_t i = 0; i < scenarios->count; i++) {
        if (scenarios->list != NULL) {
            program_destroy((struct program *)(uintptr_t)scenarios->list[i].program);
        }
        free(scenarios->paths[i]);
    }
    free(scenarios->list);
    free(scenarios->paths);
}
