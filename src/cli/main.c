/* carafe SUBCOMMAND: see the usage. */
#include <stdio.h>
#include <string.h>

#include "carafe.h"
#include "cli/install.h"
#include "cli/server.h"
#include "cli/validate.h"

static const char usage_text[] =
    "usage: carafe SUBCOMMAND ...\n"
    "\n"
    "  carafe server FILE.json    consume topics as a supervised server (carafe server --help)\n"
    "  carafe swarm FILE.json     the same in several processes, forked again when they end\n"
    "  carafe install FILE.json   create the topics for reports and errors (carafe install --help)\n"
    "  carafe validate [FILE]...  check reports and error documents against the Web UI's contract\n"
    "  carafe --version\n"
    "  carafe --help\n";

static int usage(FILE *stream, int code)
{
    (void)fputs(usage_text, stream);
    return code;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "server") == 0 || strcmp(argv[1], "swarm") == 0)) {
        return cli_server(argc - 1, argv + 1, stdout, stderr);
    }
    if (argc >= 2 && strcmp(argv[1], "install") == 0) {
        return cli_install(argc - 1, argv + 1, stdout, stderr);
    }
    if (argc >= 2 && strcmp(argv[1], "validate") == 0) {
        return cli_validate(argc - 1, argv + 1);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("carafe " CARAFE_VERSION) < 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return usage(stdout, 0);
    }
    if (argc >= 2) {
        (void)fprintf(stderr, "carafe: expected server, swarm, install or validate, got %s\nTry: carafe --help\n",
                      argv[1]);
        return CLI_EXIT_USAGE;
    }
    return usage(stderr, CLI_EXIT_USAGE);
}
