#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void assert_failed(const char *file, int line, const char *function, const char *expression)
{
    fprintf(stderr, "carafe: internal error: %s:%d: %s: expected %s\n", file, line, function, expression);
    abort();
}
