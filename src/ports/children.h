/*
 * The children of this process, its signals, and the one wait for both: what a supervisor lives on.  And the other end:
 * what a child has of its parent.
 */
#ifndef PORTS_CHILDREN_H
#define PORTS_CHILDREN_H

#include "carafe.h"
#include "ports/signals.h"

#define CHILDREN_MAX 1000

/* The parent as a child sees it.  Borrowed: lives as long as the child. */
struct parent {
    /* Say how we are.  Never blocks: what the parent has no room for is lost.  Threads: one. */
    void (*report)(struct parent *parent, bool healthy);
    /*
     * Wait until the parent has ended (true), or until the monotonic clock reaches `deadline_ns` or wake() is called
     * (false).  Threads: one.
     */
    bool (*wait_end)(struct parent *parent, int64_t deadline_ns);
    /* End a wait_end() that waits, or the next one.  Threads: any. */
    void (*wake)(struct parent *parent);
};

/* The life of child `child`; what it returns is the exit code. */
typedef int (*child_entry)(struct parent *parent, size_t child, void *argument);

enum children_event_kind {
    CHILDREN_DEADLINE, /* nothing happened until then */
    CHILDREN_SIGNAL,   /* this process got `signal` */
    CHILDREN_ENDED,    /* `child` ended and was reaped; its number is free again */
    CHILDREN_REPORTED  /* `child` says how it is: `healthy` */
};

struct children_event {
    enum children_event_kind kind;
    enum signal_kind signal;
    size_t child;
    bool healthy;
    int exit_code; /* -1: a signal ended it */
    int killed_by; /* number of that signal, else 0 */
};

/* Children have numbers of the caller's choice, below CHILDREN_MAX.  Threads: one, unless said otherwise. */
struct children {
    /*
     * From now on signals are caught, and told by wait().  CARAFE_REFUSED: this is not the only thread of the process,
     * so that a child could inherit a lock that nobody would ever release.
     */
    int (*supervise)(struct children *children, struct carafe_error *error);
    /*
     * Make a child that runs `entry`.  Returns in the parent only.  A signal that the child gets before it catches
     * signals itself is kept for it.  CARAFE_FAILED: the system refused.
     */
    int (*spawn)(struct children *children, size_t child, child_entry entry, void *argument,
                 struct carafe_error *error);
    /* Of a child that was not told as ended yet, as are the next two. */
    int64_t (*id)(struct children *children, size_t child);
    void (*signal)(struct children *children, size_t child, enum signal_kind kind);
    void (*kill)(struct children *children, size_t child);
    /* The next thing that happens, or CHILDREN_DEADLINE when the monotonic clock reaches `deadline_ns`. */
    void (*wait)(struct children *children, int64_t deadline_ns, struct children_event *event);
    /* As if this process had got the signal.  Threads: any. */
    void (*raise)(struct children *children, enum signal_kind kind);
    /* Give the signals back. */
    void (*release)(struct children *children);
};

#endif
