/* The names that the public header promises for its enumerations. */
#include "carafe.h"

#include "base/assert.h"

const char *carafe_event_name(enum carafe_event_kind kind)
{
    static const char *const names[] = {
#define EVENT_NAME(symbol, name) [CARAFE_EVENT_##symbol] = name,
        CARAFE_EVENTS(EVENT_NAME)
#undef EVENT_NAME
    };
    ASSERT((unsigned)kind < CARAFE_EVENT_COUNT);
    return names[kind];
}

const char *carafe_status_name(enum carafe_status status)
{
    static const char *const names[] = {"initializing", "initialized", "supervising", "running",   "quieting",
                                        "quiet",        "stopping",    "stopped",     "terminated"};
    ASSERT((unsigned)status <= CARAFE_TERMINATED);
    return names[status];
}

const char *carafe_execution_mode_name(enum carafe_execution_mode mode)
{
    static const char *const names[] = {"standalone", "embedded", "supervisor", "swarm"};
    ASSERT((unsigned)mode <= CARAFE_SWARM);
    return names[mode];
}

const char *carafe_job_type_name(enum carafe_job_type type)
{
    static const char *const names[] = {"consume", "revoked", "shutdown", "eofed", "idle", "tick"};
    ASSERT((unsigned)type <= CARAFE_JOB_TICK);
    return names[type];
}
