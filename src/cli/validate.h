/* `carafe validate`: checks reports and error documents against the contract of the Web UI. */
#ifndef CLI_VALIDATE_H
#define CLI_VALIDATE_H

#include <stdio.h>

#define CLI_EXIT_VALID   0
#define CLI_EXIT_INVALID 1
#define CLI_EXIT_USAGE   64 /* sysexits, EX_USAGE */

/*
 * `validate [--kind report|error] [--schema V] [--zlib] [--jsonl] [FILE...]`; argv[0] is `validate`.  One line a
 * document on standard output: `valid`, or `invalid PATH: MESSAGE[; PATH: MESSAGE...]`.
 * Returns 0 all valid, 1 some not, 64 usage or a file that cannot be read.
 */
int cli_validate(int argc, char **argv);

/* The same on these streams. */
int cli_validate_streams(int argc, char **argv, FILE *in, FILE *out, FILE *err);

#endif
