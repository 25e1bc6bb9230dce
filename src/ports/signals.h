/* What the process was asked to do by signals. */
#ifndef PORTS_SIGNALS_H
#define PORTS_SIGNALS_H

#include "carafe.h"
#include "ports/clock.h"

enum signal_kind {
    SIGNAL_INT,
    SIGNAL_QUIT,
    SIGNAL_TERM,
    SIGNAL_HUP,
    SIGNAL_TSTP,
    SIGNAL_TTIN,
    SIGNAL_USR1,
    SIGNAL_USR2,
    SIGNAL_KINDS
};

/* `TERM` */
const char *signal_kind_name(enum signal_kind kind);

typedef void (*signal_callback)(enum signal_kind kind, void *owner);

/*
 * Callbacks run on ordinary threads, one a kind: a callback that blocks (a stop) holds up its own kind only, and
 * repetitions of a kind that arrive meanwhile are served once after it.
 */
struct signals {
    /* Forget all callbacks. */
    void (*clear)(struct signals *signals);
    /* Call `callback` for every signal of `kind`; the last one bound wins. */
    void (*bind)(struct signals *signals, enum signal_kind kind, signal_callback callback, void *owner);
    /* Also told of every signal that arrives, bound or not, before its callback. */
    void (*observe)(struct signals *signals, signal_callback observer, void *owner);
    /* From now on signals are caught, INT QUIT TERM HUP TSTP TTIN USR1 USR2, bound or not. */
    int (*supervise)(struct signals *signals, struct carafe_error *error);
    /* Give the signals back; no callback runs after it returned. Not from a callback. */
    void (*release)(struct signals *signals);
};

/*
 * The half that no platform changes: who is to be told, and the threads that tell.  An implementation of `signals`
 * catches signals in its own way and calls signal_dispatch_raise() for each, from an ordinary thread.
 *
 * Locks: its own, never while a callback runs.  Threads: any, unless said otherwise.
 */
struct signal_dispatch;

struct signal_dispatch *signal_dispatch_create(struct clock *clock);
/* Released before, or never opened.  Takes NULL. */
void signal_dispatch_destroy(struct signal_dispatch *dispatch);
void signal_dispatch_clear(struct signal_dispatch *dispatch);
void signal_dispatch_bind(struct signal_dispatch *dispatch, enum signal_kind kind, signal_callback callback,
                          void *owner);
void signal_dispatch_observe(struct signal_dispatch *dispatch, signal_callback observer, void *owner);
/* From now on raise() is heard. */
void signal_dispatch_open(struct signal_dispatch *dispatch);
/* The observer runs on the calling thread, the callback on the thread of the kind.  CARAFE_CLOSED: not open. */
int signal_dispatch_raise(struct signal_dispatch *dispatch, enum signal_kind kind);
/* Waits for callbacks that run; none runs after it returned, those not begun are dropped.  Not from a callback. */
void signal_dispatch_release(struct signal_dispatch *dispatch);

#endif
