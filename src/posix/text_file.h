/* Small files of the system, read whole. */
#ifndef POSIX_TEXT_FILE_H
#define POSIX_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most `size - 1` bytes of `path` into `text`, zero-terminated.  False: it cannot be read; `text` is empty. */
bool text_file_read(const char *path, char *text, size_t size);

/*
 * The decimal number at `*text`, blanks before it skipped; `*text` then points behind it.  False: there is none, or it
 * does not fit.
 */
bool text_number(const char **text, int64_t *number);

#endif
