/* Only for AddressSanitizer: after a graceful end its leak checker tells the truth. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sanitizer/lsan_interface.h>

#include "harness.h"
#include "sockets.h"

static void *kept;

static void *allocate(void *leaks)
{
    char *memory = malloc(100);
    memset(memory, 1, 100);
    if (!leaks) {
        free(memory);
    }
    return NULL;
}

static void talk(void)
{
    struct pair pair = sockets_pair(PORT);
    CHECK(send(pair.client, "unread", 6, 0) == 6);
    sockets_close(&pair);
}

/* Whether the leak checker complains after a world in which a thread leaks, or does not. */
static bool complains(bool leaks, enum sim_backend backend)
{
    pid_t child = fork();
    if (child == 0) {
        struct sim_options options;
        struct sim_summary summary;
        pthread_t thread;
        sim_options_init(&options);
        options.backend = backend;
        sim_world_start(&options);
        kept = malloc(50);
        pthread_create(&thread, NULL, allocate, leaks ? &thread : NULL);
        talk();
        pthread_join(thread, NULL);
        sim_world_finish(&summary);
        close(STDERR_FILENO);
        bool found = __lsan_do_recoverable_leak_check() != 0;
        _exit(summary.threads_live != 1 || summary.descriptors_open != 0 ? 2 : found);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    return WEXITSTATUS(status) == 1;
}

static void clean_world_leaks_nothing_and_a_leak_is_found(void **state)
{
    (void)state;
    assert_false(complains(false, SIM_COROUTINES));
    assert_false(complains(false, SIM_THREADS));
    assert_true(complains(true, SIM_COROUTINES));
    assert_true(complains(true, SIM_THREADS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_world_leaks_nothing_and_a_leak_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
