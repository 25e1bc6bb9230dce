#include "ports/signals.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/assert.h"

/* The thread of one kind, and whom it tells. */
struct signal_lane {
    struct signal_dispatch *dispatch;
    enum signal_kind kind;
    pthread_cond_t raised;
    pthread_t thread;
    bool has_thread;
    bool pending; /* one is enough: repetitions are served once */
    signal_callback callback;
    void *owner;
};

struct signal_dispatch {
    struct clock *clock;
    struct lock lock;
    bool open;
    signal_callback observer;
    void *observer_owner;
    struct signal_lane lanes[SIGNAL_KINDS];
};

const char *signal_kind_name(enum signal_kind kind)
{
    static const char *const names[SIGNAL_KINDS] = {"INT", "QUIT", "TERM", "HUP", "TSTP", "TTIN", "USR1", "USR2"};
    return (size_t)kind < SIGNAL_KINDS ? names[kind] : "unknown";
}

struct signal_dispatch *signal_dispatch_create(struct clock *clock)
{
    struct signal_dispatch *dispatch = calloc(1, sizeof *dispatch);
    if (dispatch == NULL) {
        return NULL;
    }
    dispatch->clock = clock;
    lock_init(&dispatch->lock, LOCK_SIGNAL_DISPATCH);
    for (size_t i = 0; i < SIGNAL_KINDS; i++) {
        dispatch->lanes[i].dispatch = dispatch;
        dispatch->lanes[i].kind = (enum signal_kind)i;
        pthread_cond_init(&dispatch->lanes[i].raised, NULL);
    }
    return dispatch;
}

void signal_dispatch_destroy(struct signal_dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    for (size_t i = 0; i < SIGNAL_KINDS; i++) {
        ASSERT(!dispatch->lanes[i].has_thread);
        pthread_cond_destroy(&dispatch->lanes[i].raised);
    }
    lock_close(&dispatch->lock);
    free(dispatch);
}

void signal_dispatch_clear(struct signal_dispatch *dispatch)
{
    lock_take(&dispatch->lock);
    for (size_t i = 0; i < SIGNAL_KINDS; i++) {
        dispatch->lanes[i].callback = NULL;
    }
    dispatch->observer = NULL;
    lock_give(&dispatch->lock);
}

void signal_dispatch_bind(struct signal_dispatch *dispatch, enum signal_kind kind, signal_callback callback,
                          void *owner)
{
    ASSERT((size_t)kind < SIGNAL_KINDS);
    lock_take(&dispatch->lock);
    dispatch->lanes[kind].callback = callback;
    dispatch->lanes[kind].owner = owner;
    lock_give(&dispatch->lock);
}

void signal_dispatch_observe(struct signal_dispatch *dispatch, signal_callback observer, void *owner)
{
    lock_take(&dispatch->lock);
    dispatch->observer = observer;
    dispatch->observer_owner = owner;
    lock_give(&dispatch->lock);
}

void signal_dispatch_open(struct signal_dispatch *dispatch)
{
    lock_take(&dispatch->lock);
    dispatch->open = true;
    lock_give(&dispatch->lock);
}

static void *serve_kind(void *argument)
{
    struct signal_lane *lane = argument;
    struct signal_dispatch *dispatch = lane->dispatch;
    lock_take(&dispatch->lock);
    while (dispatch->open) {
        if (!lane->pending) {
            (void)clock_wait(dispatch->clock, &lane->raised, &dispatch->lock, NEVER_NS);
            continue;
        }
        lane->pending = false;
        signal_callback callback = lane->callback;
        void *owner = lane->owner;
        lock_give(&dispatch->lock);
        lock_expect_none_held("the callback of a signal");
        if (callback != NULL) {
            callback(lane->kind, owner);
        }
        lock_take(&dispatch->lock);
    }
    lock_give(&dispatch->lock);
    return NULL;
}

/* A thread is made for a kind when it is first needed.  Without one the caller must serve the signal itself. */
static bool hand_over_locked(struct signal_lane *lane)
{
    lane->pending = true;
    if (lane->has_thread) {
        pthread_cond_signal(&lane->raised);
        return true;
    }
    lane->has_thread = pthread_create(&lane->thread, NULL, serve_kind, lane) == 0;
    lane->pending = lane->has_thread;
    return lane->has_thread;
}

int signal_dispatch_raise(struct signal_dispatch *dispatch, enum signal_kind kind)
{
    ASSERT((size_t)kind < SIGNAL_KINDS);
    struct signal_lane *lane = &dispatch->lanes[kind];
    lock_take(&dispatch->lock);
    bool open = dispatch->open;
    signal_callback observer = dispatch->observer;
    void *observer_owner = dispatch->observer_owner;
    lock_give(&dispatch->lock);
    if (!open) {
        return CARAFE_CLOSED;
    }
    if (observer != NULL) {
        observer(kind, observer_owner);
    }
    lock_take(&dispatch->lock);
    signal_callback callback = dispatch->open ? lane->callback : NULL;
    void *owner = lane->owner;
    bool handed_over = callback == NULL || hand_over_locked(lane);
    lock_give(&dispatch->lock);
    if (!handed_over) {
        /* No thread to be had: better late for the other kinds than deaf to this one. */
        callback(kind, owner);
    }
    return 0;
}

void signal_dispatch_release(struct signal_dispatch *dispatch)
{
    lock_take(&dispatch->lock);
    dispatch->open = false;
    for (size_t i = 0; i < SIGNAL_KINDS; i++) {
        dispatch->lanes[i].pending = false;
        pthread_cond_signal(&dispatch->lanes[i].raised);
    }
    lock_give(&dispatch->lock);
    for (size_t i = 0; i < SIGNAL_KINDS; i++) {
        if (dispatch->lanes[i].has_thread) {
            pthread_join(dispatch->lanes[i].thread, NULL);
            dispatch->lanes[i].has_thread = false;
        }
    }
}
