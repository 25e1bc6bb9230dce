/*
 * Signals that come when a server has given them back and its process has not ended yet.
 *
 * Whoever asks twice for a stop gets what he asked for once: the exit code of the stop, not the death by a signal.
 */
#ifndef CARAFE_CLI_LATE_SIGNALS_H
#define CARAFE_CLI_LATE_SIGNALS_H

/* Before the server binds its signals.  Until late_signals_ignore() the default actions apply.  Threads: main. */
void late_signals_prepare(void);

/* The server stops: whatever it does not hear any more is ignored.  Threads: any. */
void late_signals_ignore(void);

#endif
