#include "run/interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int kept_back[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
#define KEPT_BACK (sizeof kept_back / sizeof kept_back[0])

static struct sigaction before[KEPT_BACK];
static sigset_t mask_before;
static volatile sig_atomic_t begun;
static volatile sig_atomic_t asked;

static void note(int signal)
{
    if (signal != SIGCHLD) {
        asked = signal;
    }
}

void interrupt_begin(void)
{
    struct sigaction action = {.sa_handler = note};
    sigset_t mask;
    sigemptyset(&mask);
    asked = 0;
    for (size_t i = 0; i < KEPT_BACK; i++) {
        sigaddset(&mask, kept_back[i]);
        sigaction(kept_back[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || kept_back[i] == SIGCHLD) { /* nohup stays in force */
            sigaction(kept_back[i], &action, NULL);
        }
    }
    sigprocmask(SIG_BLOCK, &mask, &mask_before);
    begun = 1;
}

int interrupt_wait(void)
{
    sigset_t open = mask_before;
    for (size_t i = 0; i < KEPT_BACK; i++) {
        sigdelset(&open, kept_back[i]);
    }
    if (asked == 0) {
        sigsuspend(&open);
    }
    return asked;
}

void interrupt_end(void)
{
    if (begun == 0) {
        return;
    }
    begun = 0;
    for (size_t i = 0; i < KEPT_BACK; i++) {
        sigaction(kept_back[i], &before[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void interrupt_leave_to_parent(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    for (size_t i = 0; i < KEPT_BACK && begun != 0; i++) {
        if (kept_back[i] == SIGTERM || kept_back[i] == SIGCHLD) {
            sigaction(kept_back[i], &before[i], NULL);
        }
    }
    if (begun != 0) {
        sigprocmask(SIG_SETMASK, &mask_before, NULL);
    }
    begun = 0;
}
