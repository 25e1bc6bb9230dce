#include "support/bench_process.h"

static const char *host_name(struct process *process)
{
    (void)process;
    return "test-host";
}

static int64_t process_id(struct process *process)
{
    (void)process;
    return 4242;
}

static int64_t parent_id(struct process *process)
{
    (void)process;
    return 1;
}

static void fill_random(struct process *process, void *bytes, size_t len)
{
    struct bench_process *self = (struct bench_process *)process;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < len; i++) {
        ((unsigned char *)bytes)[i] = self->next_random++;
    }
    pthread_mutex_unlock(&self->lock);
}

static void exit_process(struct process *process, int code) __attribute__((noreturn));

static void exit_process(struct process *process, int code)
{
    struct bench_process *self = (struct bench_process *)process;
    pthread_mutex_lock(&self->lock);
    self->has_exited = true;
    self->exit_code = code;
    pthread_cond_broadcast(&self->exited);
    pthread_mutex_unlock(&self->lock);
    pthread_exit(NULL);
}

void bench_process_init(struct bench_process *process)
{
    *process = (struct bench_process){
        .port = {.host_name = host_name,
                 .id = process_id,
                 .parent_id = parent_id,
                 .random = fill_random,
                 .exit = exit_process},
    };
    pthread_mutex_init(&process->lock, NULL);
    pthread_cond_init(&process->exited, NULL);
}

void bench_process_close(struct bench_process *process)
{
    pthread_cond_destroy(&process->exited);
    pthread_mutex_destroy(&process->lock);
}

int bench_process_await_exit(struct bench_process *process)
{
    pthread_mutex_lock(&process->lock);
    while (!process->has_exited) {
        pthread_cond_wait(&process->exited, &process->lock);
    }
    int code = process->exit_code;
    pthread_mutex_unlock(&process->lock);
    return code;
}

bool bench_process_has_exited(struct bench_process *process)
{
    pthread_mutex_lock(&process->lock);
    bool has_exited = process->has_exited;
    pthread_mutex_unlock(&process->lock);
    return has_exited;
}

static struct signal_dispatch *dispatch_of(struct signals *signals)
{
    return ((struct bench_signals *)signals)->dispatch;
}

static void clear(struct signals *signals)
{
    signal_dispatch_clear(dispatch_of(signals));
}

static void bind(struct signals *signals, enum signal_kind kind, signal_callback callback, void *owner)
{
    signal_dispatch_bind(dispatch_of(signals), kind, callback, owner);
}

static void observe(struct signals *signals, signal_callback observer, void *owner)
{
    signal_dispatch_observe(dispatch_of(signals), observer, owner);
}

static int supervise(struct signals *signals, struct carafe_error *error)
{
    (void)error;
    signal_dispatch_open(dispatch_of(signals));
    return 0;
}

static void release(struct signals *signals)
{
    signal_dispatch_release(dispatch_of(signals));
}

void bench_signals_init(struct bench_signals *signals, struct clock *clock)
{
    signals->port =
        (struct signals){.clear = clear, .bind = bind, .observe = observe, .supervise = supervise, .release = release};
    signals->dispatch = signal_dispatch_create(clock);
}

void bench_signals_close(struct bench_signals *signals)
{
    signal_dispatch_release(signals->dispatch);
    signal_dispatch_destroy(signals->dispatch);
}

static void sample(struct metrics *metrics, struct metrics_sample *result)
{
    (void)metrics;
    *result = (struct metrics_sample){
        .memory_usage_kib = 1024,
        .memory_total_usage_kib = 2048,
        .memory_size_kib = 4096,
        .cpus = 2,
        .threads = 7,
        .load = {0.5, 0.25, 0.125},
    };
}

void bench_metrics_init(struct metrics *metrics)
{
    metrics->sample = sample;
}
