#include "world/watchdog.h"

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
    sigaction(SIGALRM, &action, NULL);
    set_timer(sim_world.options.wall_limit_ms);
}

void sim_watchdog_stop(void)
{
    if (sim_world.options.wall_limit_ms > 0) {
        set_timer(0);
    }
}
