/*
 * How a call of the system is taken over: the executable defines it, and its shared libraries find ours first.  Each
 * of these functions goes on to the real one when the world is not active, so that programs run before and after.
 */
#ifndef SIM_WORLD_INTERCEPT_H
#define SIM_WORLD_INTERCEPT_H

#include <errno.h>

#include "world/real.h"
#include "world/state.h"

#define SIM_INTERCEPT __attribute__((visibility("default")))

static inline bool sim_intercept_enter(const char *call)
{
    if (UNLIKELY(!sim_world.active)) {
        return false;
    }
    sim_world.current->last_call = call;
    return true;
}

/* Whether the call is the world's; remembers it as the thread's last.  Runtimes of sanitizers get the real ones. */
#if defined(__SANITIZE_ADDRESS__) || defined(SIM_WORLD_TSAN)
#define INSIDE(name)                                                                                                   \
    (sim_world.active && !sim_real_is_runtime(__builtin_return_address(0)) && sim_intercept_enter(#name))
#else
#define INSIDE(name) sim_intercept_enter(#name)
#endif

/* The result of a call that tells errors through errno, from 0 or an error number. */
static inline int sim_intercept_result(int error)
{
    if (error == 0) {
        return 0;
    }
    errno = error;
    return -1;
}

#endif
