/* `carafe server` and `carafe swarm`: run consumers until they are told to stop. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include <stdio.h>

#define CLI_EXIT_FAILED 1 /* 2 is a forceful stop, 3 an orphaned node, 64 CLI_EXIT_USAGE */

/*
 * `server [--include-groups NAME]... FILE.json`; argv[0] is `server`, or `swarm` with the same arguments.
 * Returns the exit code: 0 graceful, 1 failed, 64 usage, configuration or activity options.  A forceful stop ends the
 * process with `forceful_exit_code`.
 */
int cli_server(int argc, char **argv, FILE *out, FILE *err);

#endif
