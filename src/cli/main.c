/* carafe SUBCOMMAND: see the usage. */
#include <stdio.h>
#include <string.h>

#include "carafe.h"
#include "cli/validate.h"

static int usage(FILE *stream, int code)
{
    (void)fputs("usage: carafe validate ...\n       carafe --version\n", stream);
    return code;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "validate") == 0) {
        return cli_validate(argc - 1, argv + 1);
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        return puts("carafe " CARAFE_VERSION) < 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return usage(stdout, 0);
    }
    return usage(stderr, CLI_EXIT_USAGE);
}
