#include "run/scripted.h"

static struct signal_dispatch *dispatch_of(struct signals *port)
{
    return ((struct scripted_signals *)port)->dispatch;
}

static void clear(struct signals *port)
{
    signal_dispatch_clear(dispatch_of(port));
}

static void bind_kind(struct signals *port, enum signal_kind kind, signal_callback callback, void *owner)
{
    signal_dispatch_bind(dispatch_of(port), kind, callback, owner);
}

static void observe(struct signals *port, signal_callback observer, void *owner)
{
    signal_dispatch_observe(dispatch_of(port), observer, owner);
}

static int supervise(struct signals *port, struct carafe_error *error)
{
    (void)error;
    struct scripted_signals *signals = (struct scripted_signals *)port;
    signal_dispatch_open(signals->dispatch);
    for (size_t kind = 0; kind < SIGNAL_KINDS; kind++) {
        if (signals->waiting[kind]) {
            signals->waiting[kind] = false;
            (void)signal_dispatch_raise(signals->dispatch, (enum signal_kind)kind);
        }
    }
    return 0;
}

static void release(struct signals *port)
{
    ((struct scripted_signals *)port)->released = true;
    signal_dispatch_release(dispatch_of(port));
}

int scripted_signals_init(struct scripted_signals *signals, struct clock *clock)
{
    *signals = (struct scripted_signals){
        .port = {.clear = clear, .bind = bind_kind, .observe = observe, .supervise = supervise, .release = release},
        .clock = clock};
    signals->dispatch = signal_dispatch_create(clock);
    return signals->dispatch != NULL ? 0 : CARAFE_NO_MEMORY;
}

void scripted_signals_close(struct scripted_signals *signals)
{
    signal_dispatch_destroy(signals->dispatch);
    signals->dispatch = NULL;
}

enum signal_kind scripted_signals_kind(enum program_signal signal)
{
    static const enum signal_kind kinds[PROGRAM_SIGNAL_COUNT] = {
        [PROGRAM_SIGNAL_TERM] = SIGNAL_TERM, [PROGRAM_SIGNAL_INT] = SIGNAL_INT,   [PROGRAM_SIGNAL_QUIT] = SIGNAL_QUIT,
        [PROGRAM_SIGNAL_HUP] = SIGNAL_HUP,   [PROGRAM_SIGNAL_TSTP] = SIGNAL_TSTP, [PROGRAM_SIGNAL_TTIN] = SIGNAL_TTIN,
        [PROGRAM_SIGNAL_USR1] = SIGNAL_USR1, [PROGRAM_SIGNAL_USR2] = SIGNAL_USR2,
    };
    return kinds[signal];
}

bool scripted_signals_raise(struct scripted_signals *signals, enum signal_kind kind)
{
    bool heard = signals->dispatch != NULL && signal_dispatch_raise(signals->dispatch, kind) == 0;
    signals->waiting[kind] = !heard && signals->blocked;
    return heard || signals->blocked || signals->released;
}
