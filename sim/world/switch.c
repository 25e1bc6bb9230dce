#include "world/switch.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "world/memory.h"
#include "world/real.h"
#include "world/report.h"
#include "world/thread.h"

#if defined(__SANITIZE_ADDRESS__) || defined(SIM_WORLD_TSAN)
/* A sanitizer's thread begins and ends in calls of its own, which must not be taken for those of the world. */
enum { STARTS_IN_CALLS = true, DEAD_MAX = 1 };
#else
enum { STARTS_IN_CALLS = false, DEAD_MAX = 16 };
#endif

/*
 * Coroutines: each simulated thread owns a real one that only lends its stack and its thread-local storage, and parks.
 * A switch saves the registers that a call must keep, and changes the stack and the thread pointer.
 */
#if defined(__x86_64__)
#include <asm/prctl.h>

/* Below, for this file alone. */
void sim_switch_stacks(void **from, void *to);

__asm__(".text\n"
        ".type sim_switch_stacks, @function\n"
        "sim_switch_stacks:\n"
        "  pushq %rbp\n"
        "  pushq %rbx\n"
        "  pushq %r12\n"
        "  pushq %r13\n"
        "  pushq %r14\n"
        "  pushq %r15\n"
        "  movq %rsp, (%rdi)\n"
        "  movq %rsi, %rsp\n"
        "  popq %r15\n"
        "  popq %r14\n"
        "  popq %r13\n"
        "  popq %r12\n"
        "  popq %rbx\n"
        "  popq %rbp\n"
        "  ret\n"
        ".size sim_switch_stacks, . - sim_switch_stacks\n");

enum {
    HWCAP2_FSGSBASE = 2,
    PARKED_BYTES = 8192, /* of its stack that the parked real thread keeps for itself and for a signal */
    SAVED_REGISTERS = 6
};

static bool has_fsgsbase;

static bool can_run_coroutines(void)
{
    has_fsgsbase = (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
    return true;
}

static uintptr_t get_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

static inline void set_thread_pointer(uintptr_t pointer)
{
    if (LIKELY(has_fsgsbase)) {
        __asm__ volatile("wrfsbase %0" : : "r"(pointer) : "memory");
        return;
    }
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(SYS_arch_prctl), "D"(ARCH_SET_FS), "S"(pointer)
                     : "rcx", "r11", "memory");
}

static void enter_coroutine(void);

/* A stack that `sim_switch_stacks` returns from into `enter_coroutine`, aligned as at a function's entry. */
static void *first_stack_pointer(void *frame)
{
    uintptr_t top = ((uintptr_t)frame - PARKED_BYTES) & ~(uintptr_t)63;
    uintptr_t *stack = (uintptr_t *)top;
    *--stack = 0; /* where enter_coroutine would return to */
    *--stack = (uintptr_t)enter_coroutine;
    for (int i = 0; i < SAVED_REGISTERS; i++) {
        *--stack = 0;
    }
    return stack;
}
#else
static bool can_run_coroutines(void)
{
    return false;
}

static uintptr_t get_thread_pointer(void)
{
    return 0;
}

static void set_thread_pointer(uintptr_t pointer)
{
    (void)pointer;
}

static void sim_switch_stacks(void **from, void *to)
{
    (void)from;
    (void)to;
}

static void *first_stack_pointer(void *frame)
{
    return frame;
}
#endif

enum sim_backend sim_switch_choose(enum sim_backend wanted)
{
    return wanted == SIM_COROUTINES && can_run_coroutines() ? SIM_COROUTINES : SIM_THREADS;
}

static void park(int *word)
{
    while (!__atomic_load_n(word, __ATOMIC_ACQUIRE)) {
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    }
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
}

static void unpark(int *word)
{
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/*
 * The real threads of those that ended leave now, and nothing else runs meanwhile: what their thread-local storage
 * still does is done before anybody goes on.  The calls that they make are real ones.  Who buries happens to run next:
 * the program did not wait for those threads, so this join is no order.
 */
static void bury_dead(void)
{
    struct sim_thread *dead = sim_world.dead;
    sim_world.active = false;
    for (struct sim_thread *thread = dead; thread && sim_world.backend == SIM_COROUTINES; thread = thread->next_dead) {
        unpark(&thread->baton);
    }
    sim_memory_order_off();
    while (dead) {
        struct sim_thread *next = dead->next_dead;
        REAL(pthread_join)(dead->pthread, NULL);
        sim_thread_buried(dead);
        dead = next;
    }
    sim_memory_order_on();
    sim_world.dead = NULL;
    sim_world.dead_count = 0;
    sim_world.active = true;
}

/* A coroutine's real thread is parked anyway: it can wait for company, which saves a real switch there and back. */
static void bury_dead_in_time(void)
{
    if (sim_world.dead_count >= (sim_world.backend == SIM_COROUTINES ? DEAD_MAX : 1)) {
        bury_dead();
    }
}

void sim_switch_bury(void)
{
    if (sim_world.dead) {
        bury_dead();
    }
}

#if defined(__x86_64__)
static void enter_coroutine(void)
{
    bury_dead_in_time();
    sim_thread_run(sim_world.current);
    __builtin_trap();
}
#endif

static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    REAL(pthread_sigmask)(SIG_SETMASK, &all, NULL);
}

static void *real_thread(void *argument)
{
    struct sim_thread *thread = argument;
    if (sim_world.backend == SIM_COROUTINES) {
        block_signals();
        thread->thread_pointer = get_thread_pointer();
        thread->stack_pointer = first_stack_pointer(__builtin_frame_address(0));
        unpark(&thread->parked);
        park(&thread->baton);
        return NULL;
    }
    unpark(&thread->parked);
    park(&thread->baton);
    bury_dead_in_time();
    sim_thread_run(thread);
    return NULL;
}

/* Its real thread is parked, and its stack and thread pointers are known. */
static void await_start(struct sim_thread *thread)
{
    if (!thread->started) {
        park(&thread->parked);
        thread->started = true;
    }
}

int sim_switch_prepare(struct sim_thread *thread)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, thread->stack, thread->stack_bytes);
    sim_world.active = false;
    int error = REAL(pthread_create)(&thread->pthread, &attributes, real_thread, thread);
    if (error == 0 && STARTS_IN_CALLS) {
        await_start(thread);
    }
    sim_world.active = true;
    pthread_attr_destroy(&attributes);
    return error;
}

void sim_switch_to(struct sim_thread *next)
{
    struct sim_thread *thread = sim_world.current;
    if (next != &sim_world.main_thread) {
        await_start(next);
    }
    sim_world.current = next;
    if (sim_world.backend == SIM_THREADS) {
        unpark(&next->baton);
        park(&thread->baton);
    } else {
        if (!thread->thread_pointer) {
            thread->thread_pointer = get_thread_pointer();
        }
        set_thread_pointer(next->thread_pointer);
        sim_switch_stacks(&thread->stack_pointer, next->stack_pointer);
    }
    bury_dead_in_time();
}

void sim_switch_leave(struct sim_thread *next)
{
    struct sim_thread *thread = sim_world.current;
    if (next != &sim_world.main_thread) {
        await_start(next);
    }
    thread->next_dead = sim_world.dead;
    sim_world.dead = thread;
    sim_world.dead_count++;
    sim_world.current = next;
    if (sim_world.backend == SIM_THREADS) {
        sim_world.active = false; /* until it is buried */
        unpark(&next->baton);
        return;
    }
    set_thread_pointer(next->thread_pointer);
    sim_switch_stacks(&thread->stack_pointer, next->stack_pointer);
}

void sim_switch_exit(void)
{
    REAL(pthread_exit)(NULL);
    __builtin_trap();
}
