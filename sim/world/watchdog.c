#include "world/watchdog.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "world/report.h"
#include "world/state.h"

static void bark(int signal)
{
    (void)signal;
    sim_report_watchdog();
}

/*
 * By the C library's own sigaction: that of ThreadSanitizer keeps a signal back until the thread makes a call, which
 * one that spins never does.
 */
static void handle_alarm(const struct sigaction *action)
{
    int (*set_action)(int signal, const struct sigaction *action, struct sigaction *old) = sigaction;
    void *library = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = library ? dlsym(library, "sigaction") : NULL;
    if (symbol) {
        memcpy(&set_action, &symbol, sizeof(set_action));
    }
    set_action(SIGALRM, action, NULL);
    if (library) {
        dlclose(library);
    }
}

static void set_timer(int64_t ms)
{
    struct itimerval timer;
    memset(&timer, 0, sizeof(timer));
    timer.it_value.tv_sec = ms / 1000;
    timer.it_value.tv_usec = ms % 1000 * 1000;
    setitimer(ITIMER_REAL, &timer, NULL);
}

void sim_watchdog_start(void)
{
    if (sim_world.options.wall_limit_ms <= 0) {
        return;
    }
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_handler = bark;
    sigfillset(&action.sa_mask);
    handle_alarm(&action);
    set_timer(sim_world.options.wall_limit_ms);
}

void sim_watchdog_stop(void)
{
    if (sim_world.options.wall_limit_ms > 0) {
        set_timer(0);
    }
}
