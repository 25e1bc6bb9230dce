/*
 * What ThreadSanitizer asks ksim for when it starts.
 *
 * The simulator and the libraries below are not instrumented, but what they do through the C library (memcpy, free ...)
 * would be seen without the order that they keep: the simulator's is the baton of the world, the libraries' is made of
 * atomics.  called_from_lib leaves out such calls by who makes them.  It hides no access of the server or of a handler,
 * which are in other objects; a `race:` suppression would, with any function of the simulator that calls them.
 */
const char *__tsan_default_options(void);
const char *__tsan_default_suppressions(void);

/* Threads that a forceful stop or a crash leaves behind are no leak. */
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:exitcode=66:report_thread_leaks=0";
}

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:/ksim$\n"
           "called_from_lib:/librdkafka.so\n"
           "called_from_lib:/libcjson.so\n"
           "called_from_lib:/libz.so\n";
}
