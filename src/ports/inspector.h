/* What the reporter may ask the server at any time, without waiting for it. */
#ifndef PORTS_INSPECTOR_H
#define PORTS_INSPECTOR_H

#include "carafe.h"

struct inspection {
    enum carafe_status status;
    bool was_running; /* this server entered running at some time */
    enum carafe_execution_mode mode;
    size_t workers; /* size of the pool as configured or scaled, not the threads still alive */
    size_t listeners_active;
    size_t listeners_standby; /* registered, not running */
    size_t busy;              /* jobs being run */
    size_t enqueued;
    size_t waiting;
};

struct inspector {
    /* Threads: any.  Locks: takes the server's for a moment. */
    void (*inspect)(struct inspector *inspector, struct inspection *inspection);
};

#endif
