#include "world/thread.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "world/memory.h"
#include "world/process.h"
#include "world/report.h"
#include "world/scheduler.h"
#include "world/switch.h"

enum { BUCKETS = 1024, PAGE_BYTES = 4096, USED_STACK_BYTES = 7 * PAGE_BYTES /* by every thread, at its top */ };

/* The real thread keeps its own data at the top of the stack; sanitizers keep much of it. */
#if defined(__SANITIZE_ADDRESS__) || defined(SIM_WORLD_TSAN)
enum { EXTRA_STACK_BYTES = 4 * 1024 * 1024 };
#else
enum { EXTRA_STACK_BYTES = 64 * 1024 };
#endif

struct spare_stack {
    void *stack;
    size_t bytes;
    struct spare_stack *next;
};

static struct sim_thread *buckets[BUCKETS];
static struct spare_stack *spare_stacks;
static int last_number;

static struct sim_thread **bucket_of(pthread_t pthread)
{
    return &buckets[sim_random_mix((uint64_t)pthread) % BUCKETS];
}

static void list(struct sim_thread *thread)
{
    thread->previous = sim_world.last_thread;
    if (sim_world.last_thread) {
        sim_world.last_thread->next = thread;
    } else {
        sim_world.first_thread = thread;
    }
    sim_world.last_thread = thread;
    struct sim_thread **bucket = bucket_of(thread->pthread);
    thread->next_with_hash = *bucket;
    *bucket = thread;
}

static void unlist(struct sim_thread *thread)
{
    if (thread->previous) {
        thread->previous->next = thread->next;
    } else {
        sim_world.first_thread = thread->next;
    }
    if (thread->next) {
        thread->next->previous = thread->previous;
    } else {
        sim_world.last_thread = thread->previous;
    }
    struct sim_thread **link = bucket_of(thread->pthread);
    while (*link != thread) {
        link = &(*link)->next_with_hash;
    }
    *link = thread->next_with_hash;
}

static void name_by_number(struct sim_thread *thread)
{
    char digits[12];
    size_t first = sizeof(digits) - 1;
    digits[first] = '\0';
    for (int rest = thread->number; rest > 0; rest /= 10) {
        digits[--first] = (char)('0' + rest % 10);
    }
    sim_memory_copy_text(thread->name, sizeof(thread->name), "thread-");
    sim_memory_copy_text(thread->name + strlen("thread-"), sizeof(thread->name) - strlen("thread-"), digits + first);
}

static void begin(struct sim_thread *thread, struct sim_process *process)
{
    thread->number = ++last_number;
    thread->process = process;
    thread->last_call = "nothing yet";
    thread->deadline_ns = SIM_NEVER;
    thread->wall_deadline_ns = SIM_NEVER;
    struct sim_random stream = sim_random_stream(sim_world.options.seed, RANDOM_THREAD, (uint64_t)thread->number);
    thread->random = stream.state;
    name_by_number(thread);
    process->threads++;
    sim_world.summary.threads_created++;
}

void sim_thread_adopt(struct sim_process *process)
{
    struct sim_thread *thread = &sim_world.main_thread;
    begin(thread, process);
    sim_thread_name_set(thread, "main");
    thread->pthread = pthread_self();
    thread->state = THREAD_READY;
    list(thread);
    sim_world.current = thread;
}

/* With a page at its end that nobody may touch. */
static void *get_stack(size_t bytes)
{
    for (struct spare_stack **link = &spare_stacks; *link; link = &(*link)->next) {
        struct spare_stack *spare = *link;
        if (spare->bytes == bytes) {
            void *stack = spare->stack;
            *link = spare->next;
            sim_memory_put(spare, sizeof(*spare));
            return stack;
        }
    }
    void *stack =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED) {
        return NULL;
    }
    mprotect(stack, PAGE_BYTES, PROT_NONE);
    (void)madvise((char *)stack + bytes - USED_STACK_BYTES, USED_STACK_BYTES, MADV_POPULATE_WRITE);
    return stack;
}

static void put_stack(void *stack, size_t bytes)
{
    struct spare_stack *spare = sim_memory_get(sizeof(*spare));
    *spare = (struct spare_stack){stack, bytes, spare_stacks};
    spare_stacks = spare;
}

static size_t stack_size(size_t wanted)
{
    size_t bytes = wanted > sim_world.options.stack_bytes ? wanted : sim_world.options.stack_bytes;
    bytes += EXTRA_STACK_BYTES;
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* What the world starts from outside is not the process's doing, and does not count against its limit. */
static bool is_past_limit(const struct sim_process *process, const struct sim_thread_start *start)
{
    bool own = start->kind == ENTRY_POSIX || start->kind == ENTRY_C11;
    return own && process->threads_max > 0 && process->threads >= process->threads_max;
}

struct sim_thread *sim_thread_create(struct sim_process *process, const struct sim_thread_start *start, int *error)
{
    if (is_past_limit(process, start)) {
        *error = EAGAIN;
        return NULL;
    }
    struct sim_thread *thread = sim_memory_get(sizeof(*thread));
    thread->stack_bytes = stack_size(start->stack_bytes);
    thread->stack = get_stack(thread->stack_bytes);
    *error = thread->stack ? sim_switch_prepare(thread) : EAGAIN;
    if (*error != 0) {
        if (thread->stack) {
            put_stack(thread->stack, thread->stack_bytes);
        }
        sim_memory_put(thread, sizeof(*thread));
        return NULL;
    }
    begin(thread, process);
    thread->entry = start->posix;
    thread->entry_c11 = start->c11;
    thread->entry_plain = start->plain;
    thread->entry_process = start->process;
    thread->argument = start->argument;
    thread->detached = start->detached;
    thread->signal_mask = sim_world.current->signal_mask;
    list(thread);
    sim_memory_release(thread);
    sim_scheduler_ready(thread);
    return thread;
}

static void forget(struct sim_thread *thread)
{
    put_stack(thread->stack, thread->stack_bytes);
    sim_scheduler_forget_object(thread);
    sim_memory_put(thread, sizeof(*thread));
}

/* Nobody can ask for it any more.  Its stack is the real thread's too, and waits for that. */
static void release(struct sim_thread *thread)
{
    unlist(thread);
    thread->released = true;
    if (thread->buried) {
        forget(thread);
    }
}

/* End the current thread: destructors of its thread-specific data, then those who join it. */
static void end(void *result)
{
    struct sim_thread *thread = sim_world.current;
    if (thread == &sim_world.main_thread) {
        sim_report_fail(SIM_MISUSE, "the first thread of the world ended before sim_world_finish()");
    }
    sim_keys_destroy_values();
    if (thread->locks_held > 0) {
        /* Others may hold it up for ever; glibc allows it, so does the world. */
        thread->locks_held = 0;
        sim_process_lock_released(thread->process);
    }
    thread->result = result;
    thread->state = THREAD_ENDED;
    sim_memory_release(thread);
    sim_scheduler_wake_all(thread);
    sim_memory_release(thread->process);
    if (--thread->process->threads == 0) {
        sim_scheduler_wake_all(thread->process);
    }
    if (thread->detached) {
        release(thread);
    }
    sim_scheduler_leave();
}

void sim_thread_run(struct sim_thread *thread)
{
    void *result = NULL;
    sim_memory_acquire(thread);
    if (thread->entry) {
        result = thread->entry(thread->argument);
    } else if (thread->entry_c11) {
        result = (void *)(intptr_t)thread->entry_c11(thread->argument);
    } else if (thread->entry_process) {
        sim_process_exit(thread->entry_process(thread->argument));
    } else {
        thread->entry_plain(thread->argument);
    }
    end(result);
}

void sim_thread_exit(void *result)
{
    end(result);
    sim_switch_exit();
}

void sim_thread_buried(struct sim_thread *thread)
{
    thread->buried = true;
    if (thread->released) {
        forget(thread);
    }
}

void sim_thread_freeze(struct sim_thread *thread)
{
    if (thread->state == THREAD_ENDED || thread->state == THREAD_FROZEN) {
        return;
    }
    sim_scheduler_remove(thread);
    thread->state = THREAD_FROZEN;
    thread->process->threads--;
}

struct sim_thread *sim_thread_find(pthread_t pthread)
{
    struct sim_thread *thread;
    if (pthread <= (pthread_t)last_number) {
        for (thread = sim_world.first_thread; thread && thread->number != (int)pthread; thread = thread->next) {
        }
        return thread;
    }
    for (thread = *bucket_of(pthread); thread && thread->pthread != pthread; thread = thread->next_with_hash) {
    }
    return thread;
}

int sim_thread_join(pthread_t pthread, void **result)
{
    struct sim_thread *thread = sim_thread_find(pthread);
    if (!thread) {
        return ESRCH;
    }
    if (thread == sim_world.current) {
        return EDEADLK;
    }
    if (thread->detached) {
        return EINVAL;
    }
    while (thread->state != THREAD_ENDED) {
        sim_scheduler_wait(WAIT_JOIN, thread, SIM_NEVER);
    }
    sim_memory_acquire(thread);
    if (result) {
        *result = thread->result;
    }
    release(thread);
    return 0;
}

int sim_thread_detach(pthread_t pthread)
{
    struct sim_thread *thread = sim_thread_find(pthread);
    if (!thread) {
        return ESRCH;
    }
    if (thread->detached) {
        return EINVAL;
    }
    thread->detached = true;
    if (thread->state == THREAD_ENDED) {
        release(thread);
    }
    return 0;
}

void sim_thread_name_set(struct sim_thread *thread, const char *name)
{
    sim_memory_copy_text(thread->name, sizeof(thread->name), name);
}
