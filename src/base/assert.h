/* Assertions stay on in every build.  For errors of the programmer only: what comes from outside is an error. */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

void assert_failed(const char *file, int line, const char *function, const char *expression)
    __attribute__((noreturn, cold));

#define ASSERT(expression) ((expression) ? (void)0 : assert_failed(__FILE__, __LINE__, __func__, #expression))

#endif
