/* `carafe install`: makes the topics that carafe writes to. */
#ifndef CLI_INSTALL_H
#define CLI_INSTALL_H

#include <stdio.h>

/*
 * `install [OPTION]... FILE.json`; argv[0] is `install`.  One line a topic on `out`, failures on `err`.
 * Returns 0 both are there now, 1 a broker refused or none answered, 64 usage or configuration.
 */
int cli_install(int argc, char **argv, FILE *out, FILE *err);

#endif
