/* Calls that the world does not have until somebody needs them: each ends the run and says so. */
#include "world/intercept.h"
#include "world/report.h"
#include "world/socket.h"

#define MISSING(name)                                                                                                  \
    do {                                                                                                               \
        if (INSIDE(name)) {                                                                                            \
            sim_report_fail(SIM_UNSUPPORTED, #name "() is not part of the simulated world");                           \
        }                                                                                                              \
    } while (0)

SIM_INTERCEPT pid_t fork(void)
{
    MISSING(fork);
    return REAL(fork)();
}

SIM_INTERCEPT int pthread_cancel(pthread_t pthread)
{
    MISSING(pthread_cancel);
    return REAL(pthread_cancel)(pthread);
}

SIM_INTERCEPT int pthread_barrier_init(pthread_barrier_t *restrict barrier,
                                       const pthread_barrierattr_t *restrict attributes, unsigned count)
{
    MISSING(pthread_barrier_init);
    return REAL(pthread_barrier_init)(barrier, attributes, count);
}

SIM_INTERCEPT int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    MISSING(pthread_barrier_wait);
    return REAL(pthread_barrier_wait)(barrier);
}

SIM_INTERCEPT int select(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
                         struct timeval *restrict timeout)
{
    MISSING(select);
    return REAL(select)(count, readable, writable, failed, timeout);
}

SIM_INTERCEPT int pselect(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
                          const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    MISSING(pselect);
    return REAL(pselect)(count, readable, writable, failed, timeout, mask);
}

SIM_INTERCEPT int epoll_create(int size)
{
    MISSING(epoll_create);
    return REAL(epoll_create)(size);
}

SIM_INTERCEPT int epoll_create1(int flags)
{
    MISSING(epoll_create1);
    return REAL(epoll_create1)(flags);
}

SIM_INTERCEPT int epoll_ctl(int epoll, int operation, int descriptor, struct epoll_event *event)
{
    MISSING(epoll_ctl);
    return REAL(epoll_ctl)(epoll, operation, descriptor, event);
}

SIM_INTERCEPT int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout_ms)
{
    MISSING(epoll_wait);
    return REAL(epoll_wait)(epoll, events, count, timeout_ms);
}

SIM_INTERCEPT int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout_ms, const sigset_t *mask)
{
    MISSING(epoll_pwait);
    return REAL(epoll_pwait)(epoll, events, count, timeout_ms, mask);
}

SIM_INTERCEPT int eventfd(unsigned value, int flags)
{
    MISSING(eventfd);
    return REAL(eventfd)(value, flags);
}

SIM_INTERCEPT int timerfd_create(clockid_t clock, int flags)
{
    MISSING(timerfd_create);
    return REAL(timerfd_create)(clock, flags);
}

SIM_INTERCEPT int timerfd_settime(int timer, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    MISSING(timerfd_settime);
    return REAL(timerfd_settime)(timer, flags, value, old);
}

SIM_INTERCEPT int socketpair(int domain, int type, int protocol, int descriptors[2])
{
    MISSING(socketpair);
    return REAL(socketpair)(domain, type, protocol, descriptors);
}

SIM_INTERCEPT int dup(int descriptor)
{
    if (descriptor >= SIM_FIRST_DESCRIPTOR) {
        MISSING(dup);
    }
    return REAL(dup)(descriptor);
}

SIM_INTERCEPT int dup2(int descriptor, int wanted)
{
    if (descriptor >= SIM_FIRST_DESCRIPTOR || wanted >= SIM_FIRST_DESCRIPTOR) {
        MISSING(dup2);
    }
    return REAL(dup2)(descriptor, wanted);
}
