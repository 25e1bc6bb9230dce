/* What the process was asked to do by signals. */
#ifndef PORTS_SIGNALS_H
#define PORTS_SIGNALS_H

#include "carafe.h"

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

#endif
