#include "run/director.h"

#include "base/assert.h"
#include "ports/clock.h"
#include "run/faults.h"
#include "run/handlers.h"
#include "run/loads.h"
#include "run/members.h"
#include "run/servers.h"
#include "run/verdict.h"
#include "world/world.h"

#include <stdlib.h>

#define DRAW_STREAM UINT64_C(0x64726177)
#define UNSETTLED   INT64_C(-1)

/* Something to be done at a time; of several at one time the one of the earlier line comes first. */
struct task {
    int64_t due_ns;
    size_t statement;
    int step; /* of a fault or a series of signals: how many were done before */
    int64_t first_ns;
};

struct director {
    struct run *run;
    const struct program *program;
    int thread;
    struct task *heap;
    size_t count;
    size_t size;
    int64_t *settled;     /* by statement: when */
    size_t *first_child;  /* by statement: the first whose time counts from it */
    size_t *next_sibling; /* by statement */
    size_t *watches;      /* `when` lines that wait for their point */
    int64_t *watch_from;
    size_t watch_count;
};

/* ---- A heap of tasks --------------------------------------------------------------------------------------------- */

static bool before(const struct task *a, const struct task *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->statement < b->statement;
}

static void push(struct director *director, struct task task)
{
    if (director->count == director->size) {
        director->size = director->size == 0 ? 64 : director->size * 2;
        director->heap = realloc(director->heap, director->size * sizeof *director->heap);
        ASSERT(director->heap != NULL);
    }
    size_t place = director->count++;
    while (place > 0 && before(&task, &director->heap[(place - 1) / 2])) {
        director->heap[place] = director->heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }
    director->heap[place] = task;
}

static struct task pop(struct director *director)
{
    struct task top = director->heap[0];
    struct task last = director->heap[--director->count];
    size_t place = 0;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= director->count) {
            break;
        }
        if (child + 1 < director->count && before(&director->heap[child + 1], &director->heap[child])) {
            child++;
        }
        if (!before(&director->heap[child], &last)) {
            break;
        }
        director->heap[place] = director->heap[child];
        place = child;
    }
    director->heap[place] = last;
    return top;
}

/* ---- When a line is due ------------------------------------------------------------------------------------------ */

static int64_t later(int64_t base_ns, int64_t ns)
{
    return ns == PROGRAM_END_NS || base_ns > PROGRAM_END_NS - ns ? PROGRAM_END_NS : base_ns + ns;
}

static bool is_claim(const struct program_statement *statement)
{
    return statement->kind == PROGRAM_EXPECT || statement->kind == PROGRAM_NEVER || statement->kind == PROGRAM_ALWAYS;
}

static void open_claim(struct director *director, size_t index, int64_t base_ns)
{
    const struct program_statement *statement = &director->program->statements[index];
    int64_t from = later(base_ns, statement->time.from_ns);
    int64_t to = later(statement->time.to_is_absolute ? 0 : base_ns, statement->time.to_ns);
    if (statement->time.kind == PROGRAM_TIME_AT && statement->kind == PROGRAM_EXPECT) {
        int64_t tolerance = director->program->tolerance_ns;
        to = later(from, tolerance);
        from -= tolerance;
    }
    judge_open(director->run->judge, index, from, to, run_now(director->run));
}

/* The moment from which a line's time counts is known. */
static void resolve(struct director *director, size_t index, int64_t base_ns)
{
    const struct program_statement *statement = &director->program->statements[index];
    if (statement->time.kind == PROGRAM_TIME_WHEN) {
        director->watches[director->watch_count] = index;
        director->watch_from[director->watch_count++] = later(base_ns, statement->time.from_ns);
        return;
    }
    if (is_claim(statement)) {
        open_claim(director, index, base_ns);
        return;
    }
    int64_t from = statement->time.from_ns;
    if (statement->time.drawn) {
        struct program_range range = {.low = from, .high = statement->time.to_ns};
        from = run_draw(director->run, &range, DRAW_STREAM + index);
    }
    int64_t due = later(base_ns, from);
    push(director, (struct task){.due_ns = due, .statement = index, .first_ns = due});
}

void director_settle(struct director *director, size_t statement, int64_t at_ns)
{
    if (director->settled[statement] != UNSETTLED) {
        return;
    }
    director->settled[statement] = at_ns;
    for (size_t child = director->first_child[statement]; child != PROGRAM_NONE;
         child = director->next_sibling[child]) {
        resolve(director, child, at_ns);
    }
    sim_wake(director->thread);
}

/* The point of a `when` line holds: it is due after its delay. */
static void fire(struct director *director, size_t place, int64_t now_ns)
{
    size_t index = director->watches[place];
    const struct program_statement *statement = &director->program->statements[index];
    director->watches[place] = director->watches[director->watch_count - 1];
    director->watch_from[place] = director->watch_from[--director->watch_count];
    int64_t due = later(now_ns, run_draw(director->run, &statement->time.delay_ns, DRAW_STREAM + index));
    if (is_claim(statement)) {
        judge_open(director->run->judge, index, due, PROGRAM_END_NS, now_ns);
    } else {
        push(director, (struct task){.due_ns = due, .statement = index, .first_ns = due});
    }
    sim_wake(director->thread);
}

/* `observation` NULL: only states are looked at. */
static void watch(struct director *director, const struct observation *observation, int64_t now_ns)
{
    struct judge *judge = director->run->judge;
    for (size_t i = director->watch_count; i > 0; i--) {
        size_t place = i - 1;
        const struct program_condition *point = director->program->statements[director->watches[place]].time.point;
        if (now_ns < director->watch_from[place]) {
            continue;
        }
        bool holds = judge_is_state(point) ? judge_holds(judge, point)
                                           : observation != NULL && judge_matches(judge, point, observation);
        if (holds) {
            fire(director, place, now_ns);
        }
    }
}

void director_observe(struct director *director, const struct observation *observation)
{
    watch(director, observation, observation->at_ns);
}

void director_wake(struct director *director)
{
    sim_wake(director->thread);
}

/* ---- Doing it ---------------------------------------------------------------------------------------------------- */

static void start(struct run *run, const struct program_process *process)
{
    if (process->kind == PROGRAM_SERVER) {
        servers_start(run->servers, program_process_index(run->program, process));
    } else {
        members_start(run->members, process->index);
    }
}

static void stop(struct run *run, const struct program_process *process)
{
    if (process->kind == PROGRAM_SERVER) {
        servers_stop(run->servers, program_process_index(run->program, process));
    } else {
        members_stop(run->members, process->index);
    }
}

/* One signal of a series; returns when the next one is due after the first, 0: this was the last. */
static int64_t send_signal(struct director *director, const struct program_signals *signals, int step)
{
    servers_signal(director->run->servers, program_process_index(director->program, &signals->process),
                   signals->list[(size_t)step % signals->count]);
    int64_t next = step + 1;
    if (next >= (int64_t)signals->count * signals->times) {
        return 0;
    }
    return signals->every_ns > 0 ? next * signals->every_ns : 1;
}

/* Returns when its next step is due, in ns after the first; 0: it is done. */
static int64_t perform(struct director *director, const struct task *task)
{
    struct run *run = director->run;
    const struct program_statement *statement = &director->program->statements[task->statement];
    if (task->step == 0) {
        struct observation observation = {
            .kind = OBSERVATION_STIMULUS, .name = statement->text, .statement = statement};
        run_observe(run, &observation);
    }
    switch (statement->kind) {
    case PROGRAM_START:
        start(run, &statement->as.process);
        return 0;
    case PROGRAM_STOP:
        stop(run, &statement->as.process);
        return 0;
    case PROGRAM_QUIET:
        servers_quiet(run->servers, program_process_index(run->program, &statement->as.process));
        return 0;
    case PROGRAM_SCALE:
        servers_scale(run->servers, program_process_index(run->program, &statement->as.scale.process),
                      (size_t)statement->as.scale.workers);
        return 0;
    case PROGRAM_SIGNAL:
        return send_signal(director, statement->as.signals, task->step);
    case PROGRAM_LOAD:
        loads_start(run->loads, statement->as.load);
        return 0;
    case PROGRAM_FAULT:
        return faults_step(run, statement->as.fault, task->step, DRAW_STREAM + task->statement);
    case PROGRAM_CORRUPT:
        servers_corrupt(run->servers, program_process_index(run->program, &statement->as.corrupt->process),
                        statement->as.corrupt);
        return 0;
    case PROGRAM_HANDLER:
        handlers_change(run->handlers, statement->as.handler);
        return 0;
    default:
        ASSERT(false);
        return 0;
    }
}

static void perform_due(struct director *director)
{
    while (director->count > 0 && director->heap[0].due_ns <= run_now(director->run) &&
           !verdict_failed(director->run)) {
        struct task task = pop(director);
        int64_t next_ns = perform(director, &task);
        if (next_ns > 0) {
            task.due_ns = later(task.first_ns, next_ns);
            task.step++;
            push(director, task);
        }
        director_settle(director, task.statement, run_now(director->run));
    }
}

/* ---- The run ----------------------------------------------------------------------------------------------------- */

static bool is_over(const struct director *director, int64_t next_ns)
{
    struct run *run = director->run;
    if (verdict_failed(run) || run_now(run) >= director->program->limit_ns) {
        return true;
    }
    bool quiet = director->count == 0 && loads_done(run->loads) && servers_all_ended(run->servers);
    return quiet && (judge_unsettled(run->judge) == 0 || next_ns == INT64_MAX);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Lines that count from nothing; one that holds already is settled at once. */
static void begin(struct director *director)
{
    for (size_t i = 0; i < director->program->statement_count; i++) {
        if (director->program->statements[i].time.base == PROGRAM_NONE) {
            resolve(director, i, 0);
        }
    }
}

void director_run(struct director *director)
{
    struct run *run = director->run;
    begin(director);
    for (;;) {
        perform_due(director);
        watch(director, NULL, run_now(run));
        int64_t next = judge_advance(run->judge, run_now(run));
        if (is_over(director, next)) {
            break;
        }
        if (director->count > 0) {
            next = earlier(next, director->heap[0].due_ns);
        }
        next = earlier(next, director->program->limit_ns);
        sim_wait_until(later(run->origin_ns, next));
    }
    judge_finish(run->judge, run_now(run));
}

/* ---- Life -------------------------------------------------------------------------------------------------------- */

static bool allocate(struct director *director)
{
    size_t places = director->program->statement_count + 1;
    director->settled = calloc(places, sizeof *director->settled);
    director->first_child = calloc(places, sizeof *director->first_child);
    director->next_sibling = calloc(places, sizeof *director->next_sibling);
    director->watches = calloc(places, sizeof *director->watches);
    director->watch_from = calloc(places, sizeof *director->watch_from);
    return director->settled != NULL && director->first_child != NULL && director->next_sibling != NULL &&
           director->watches != NULL && director->watch_from != NULL;
}

struct director *director_create(struct run *run)
{
    struct director *director = calloc(1, sizeof *director);
    if (director == NULL) {
        return NULL;
    }
    director->run = run;
    director->program = run->program;
    director->thread = sim_thread_number();
    if (!allocate(director)) {
        director_destroy(director);
        return NULL;
    }
    size_t count = director->program->statement_count;
    for (size_t i = 0; i < count; i++) {
        director->settled[i] = UNSETTLED;
        director->first_child[i] = PROGRAM_NONE;
        director->next_sibling[i] = PROGRAM_NONE;
    }
    for (size_t i = count; i > 0; i--) {
        size_t base = director->program->statements[i - 1].time.base;
        if (base != PROGRAM_NONE) {
            director->next_sibling[i - 1] = director->first_child[base];
            director->first_child[base] = i - 1;
        }
    }
    return director;
}

void director_destroy(struct director *director)
{
    if (director == NULL) {
        return;
    }
    free(director->heap);
    free(director->settled);
    free(director->first_child);
    free(director->next_sibling);
    free(director->watches);
    free(director->watch_from);
    free(director);
}
