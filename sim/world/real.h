/* The calls that the world defines itself, as the next library in the search order has them. */
#ifndef SIM_WORLD_REAL_H
#define SIM_WORLD_REAL_H

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* glibc's fortified entries, which its headers declare only to fortified code. */
int __poll_chk(struct pollfd *descriptors, nfds_t count, int timeout_ms, size_t size);
int __ppoll_chk(struct pollfd *descriptors, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                size_t size);
ssize_t __read_chk(int descriptor, void *bytes, size_t len, size_t size);
ssize_t __recv_chk(int descriptor, void *bytes, size_t len, size_t size, int flags);
ssize_t __recvfrom_chk(int descriptor, void *restrict bytes, size_t len, size_t size, int flags,
                       struct sockaddr *restrict address, socklen_t *restrict address_len);
int __snprintf_chk(char *buffer, size_t len, int flag, size_t size, const char *format, ...);
int __vsnprintf_chk(char *buffer, size_t len, int flag, size_t size, const char *format, va_list arguments);

#define SIM_REAL_CALLS(X)                                                                                              \
    X(pthread_create)                                                                                                  \
    X(pthread_join)                                                                                                    \
    X(pthread_detach)                                                                                                  \
    X(pthread_exit)                                                                                                    \
    X(pthread_kill)                                                                                                    \
    X(pthread_cancel)                                                                                                  \
    X(pthread_once)                                                                                                    \
    X(pthread_setname_np)                                                                                              \
    X(pthread_getname_np)                                                                                              \
    X(pthread_sigmask)                                                                                                 \
    X(pthread_key_create)                                                                                              \
    X(pthread_key_delete)                                                                                              \
    X(tss_create)                                                                                                      \
    X(tss_delete)                                                                                                      \
    X(thrd_create)                                                                                                     \
    X(thrd_join)                                                                                                       \
    X(thrd_detach)                                                                                                     \
    X(thrd_exit)                                                                                                       \
    X(thrd_current)                                                                                                    \
    X(thrd_yield)                                                                                                      \
    X(thrd_sleep)                                                                                                      \
    X(call_once)                                                                                                       \
    X(pthread_mutex_init)                                                                                              \
    X(pthread_mutex_destroy)                                                                                           \
    X(pthread_mutex_lock)                                                                                              \
    X(pthread_mutex_trylock)                                                                                           \
    X(pthread_mutex_timedlock)                                                                                         \
    X(pthread_mutex_clocklock)                                                                                         \
    X(pthread_mutex_unlock)                                                                                            \
    X(pthread_cond_init)                                                                                               \
    X(pthread_cond_destroy)                                                                                            \
    X(pthread_cond_wait)                                                                                               \
    X(pthread_cond_timedwait)                                                                                          \
    X(pthread_cond_clockwait)                                                                                          \
    X(pthread_cond_signal)                                                                                             \
    X(pthread_cond_broadcast)                                                                                          \
    X(pthread_rwlock_init)                                                                                             \
    X(pthread_rwlock_destroy)                                                                                          \
    X(pthread_rwlock_rdlock)                                                                                           \
    X(pthread_rwlock_tryrdlock)                                                                                        \
    X(pthread_rwlock_timedrdlock)                                                                                      \
    X(pthread_rwlock_wrlock)                                                                                           \
    X(pthread_rwlock_trywrlock)                                                                                        \
    X(pthread_rwlock_timedwrlock)                                                                                      \
    X(pthread_rwlock_unlock)                                                                                           \
    X(pthread_barrier_init)                                                                                            \
    X(pthread_barrier_wait)                                                                                            \
    X(mtx_init)                                                                                                        \
    X(mtx_destroy)                                                                                                     \
    X(mtx_lock)                                                                                                        \
    X(mtx_trylock)                                                                                                     \
    X(mtx_timedlock)                                                                                                   \
    X(mtx_unlock)                                                                                                      \
    X(cnd_init)                                                                                                        \
    X(cnd_destroy)                                                                                                     \
    X(cnd_wait)                                                                                                        \
    X(cnd_timedwait)                                                                                                   \
    X(cnd_signal)                                                                                                      \
    X(cnd_broadcast)                                                                                                   \
    X(sem_init)                                                                                                        \
    X(sem_destroy)                                                                                                     \
    X(sem_wait)                                                                                                        \
    X(sem_trywait)                                                                                                     \
    X(sem_timedwait)                                                                                                   \
    X(sem_clockwait)                                                                                                   \
    X(sem_post)                                                                                                        \
    X(clock_gettime)                                                                                                   \
    X(gettimeofday)                                                                                                    \
    X(time)                                                                                                            \
    X(timespec_get)                                                                                                    \
    X(nanosleep)                                                                                                       \
    X(clock_nanosleep)                                                                                                 \
    X(usleep)                                                                                                          \
    X(sleep)                                                                                                           \
    X(sched_yield)                                                                                                     \
    X(poll)                                                                                                            \
    X(ppoll)                                                                                                           \
    X(__poll_chk)                                                                                                      \
    X(__ppoll_chk)                                                                                                     \
    X(select)                                                                                                          \
    X(pselect)                                                                                                         \
    X(epoll_create)                                                                                                    \
    X(epoll_create1)                                                                                                   \
    X(epoll_ctl)                                                                                                       \
    X(epoll_wait)                                                                                                      \
    X(epoll_pwait)                                                                                                     \
    X(eventfd)                                                                                                         \
    X(timerfd_create)                                                                                                  \
    X(timerfd_settime)                                                                                                 \
    X(pipe)                                                                                                            \
    X(pipe2)                                                                                                           \
    X(socketpair)                                                                                                      \
    X(socket)                                                                                                          \
    X(bind)                                                                                                            \
    X(listen)                                                                                                          \
    X(accept)                                                                                                          \
    X(accept4)                                                                                                         \
    X(connect)                                                                                                         \
    X(getsockname)                                                                                                     \
    X(getpeername)                                                                                                     \
    X(getsockopt)                                                                                                      \
    X(setsockopt)                                                                                                      \
    X(fcntl)                                                                                                           \
    X(fcntl64)                                                                                                         \
    X(read)                                                                                                            \
    X(write)                                                                                                           \
    X(readv)                                                                                                           \
    X(writev)                                                                                                          \
    X(send)                                                                                                            \
    X(recv)                                                                                                            \
    X(sendto)                                                                                                          \
    X(recvfrom)                                                                                                        \
    X(sendmsg)                                                                                                         \
    X(recvmsg)                                                                                                         \
    X(__read_chk)                                                                                                      \
    X(__recv_chk)                                                                                                      \
    X(__recvfrom_chk)                                                                                                  \
    X(shutdown)                                                                                                        \
    X(close)                                                                                                           \
    X(dup)                                                                                                             \
    X(dup2)                                                                                                            \
    X(getaddrinfo)                                                                                                     \
    X(freeaddrinfo)                                                                                                    \
    X(rand)                                                                                                            \
    X(rand_r)                                                                                                          \
    X(srand)                                                                                                           \
    X(getrandom)                                                                                                       \
    X(fork)                                                                                                            \
    X(vsnprintf)                                                                                                       \
    X(__vsnprintf_chk)

#define SIM_REAL_MEMBER(name) __typeof__(name) *name;
struct sim_real {
    SIM_REAL_CALLS(SIM_REAL_MEMBER)
};
#undef SIM_REAL_MEMBER

extern struct sim_real sim_real;
extern bool sim_real_found;

/* Look all of them up; done before the constructors of our own code, or by the first call that comes earlier. */
void sim_real_find(void);

/* Whether the call at this address in the code comes from a sanitizer's runtime, which must get the real thing. */
bool sim_real_is_runtime(const void *address);

#define REAL(name) (sim_real_found ? (void)0 : sim_real_find(), sim_real.name)

#endif
