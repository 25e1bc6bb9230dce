#include "cli/late_signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool ignored;

/* Early it does what would have happened without it; the signal is delivered again when this returns. */
static void on_signal(int number)
{
    if (!atomic_load(&ignored)) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
}

void late_signals_prepare(void)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGTTIN, SIGUSR1, SIGUSR2};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    atomic_store(&ignored, false);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)sigaction(numbers[i], &action, NULL);
    }
}

void late_signals_ignore(void)
{
    atomic_store(&ignored, true);
}
