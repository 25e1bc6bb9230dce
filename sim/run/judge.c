#include "run/judge.h"

#include "base/assert.h"
#include "ports/clock.h"
#include "run/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAR_IT SIZE_MAX

enum claim_state { CLAIM_UNKNOWN, CLAIM_WAITING, CLAIM_OPEN, CLAIM_MET, CLAIM_FAILED };

struct claim {
    const struct program_statement *statement;
    enum claim_state state;
    int64_t from_ns;
    int64_t to_ns;
    int64_t seen;     /* matches in the window */
    size_t progress;  /* ORDER: events seen; TOOK: 1 once `from` was seen */
    int64_t since_ns; /* TOOK: when `from` was seen */
    size_t near_rank; /* 0 nothing, more the more it is like it; NEAR_IT: it, but outside of the window */
    int64_t near_ns;
    char near[400];
};

struct judge {
    struct judge_options options;
    struct claim *claims;         /* by statement */
    enum carafe_status *statuses; /* by process */
    bool *known;                  /* its status */
    size_t process_count;
    bool failed;
};

struct judge *judge_create(const struct judge_options *options)
{
    struct judge *judge = calloc(1, sizeof *judge);
    if (judge == NULL) {
        return NULL;
    }
    const struct program *program = options->program;
    judge->options = *options;
    judge->process_count = program_process_count(program);
    judge->claims = calloc(program->statement_count + 1, sizeof *judge->claims);
    judge->statuses = calloc(judge->process_count + 1, sizeof *judge->statuses);
    judge->known = calloc(judge->process_count + 1, sizeof *judge->known);
    if (judge->claims == NULL || judge->statuses == NULL || judge->known == NULL) {
        judge_destroy(judge);
        return NULL;
    }
    for (size_t i = 0; i < program->statement_count; i++) {
        judge->claims[i].statement = &program->statements[i];
    }
    return judge;
}

void judge_destroy(struct judge *judge)
{
    if (judge == NULL) {
        return;
    }
    free(judge->claims);
    free(judge->statuses);
    free(judge->known);
    free(judge);
}

/* ---- Conditions -------------------------------------------------------------------------------------------------- */

bool judge_is_state(const struct program_condition *condition)
{
    return condition->kind == PROGRAM_SEES_STATUS || condition->kind == PROGRAM_SEES_ASSIGNMENT ||
           condition->kind == PROGRAM_SEES_COUNT;
}

static bool count_holds(const struct judge *judge, const struct program_condition *condition)
{
    const struct ledger *ledger = judge->options.ledger;
    size_t process = program_process_index(judge->options.program, &condition->process);
    const struct program_partition *of = &condition->as.count.of;
    if (condition->as.count.against_counter) {
        return ledger_compare(ledger, condition->as.count.counter, condition->as.count.comparison,
                              condition->as.count.other, process, of);
    }
    int64_t right = condition->as.count.against_all ? ledger_loaded_count(ledger, of) : condition->as.count.number;
    return program_compare(ledger_count(ledger, condition->as.count.counter, process, of),
                           condition->as.count.comparison, right);
}

static bool owns_all(const struct judge *judge, size_t process, const struct program_partition *of)
{
    int32_t partitions = judge->options.program->topics[of->topic].partitions;
    for (int32_t i = 0; i < partitions; i++) {
        bool meant = of->partition == PROGRAM_NO_PARTITION || of->partition == i;
        if (meant && !ledger_owns(judge->options.ledger, process, of->topic, i)) {
            return false;
        }
    }
    return true;
}

static bool assignment_holds(const struct judge *judge, const struct program_condition *condition)
{
    const struct ledger *ledger = judge->options.ledger;
    size_t process = program_process_index(judge->options.program, &condition->process);
    struct program_partition all = {.topic = PROGRAM_NONE, .partition = PROGRAM_NO_PARTITION};
    if (condition->as.assignment.number.given) {
        size_t owned = ledger_owned_count(ledger, process, &condition->as.assignment.of);
        return program_compare((int64_t)owned, condition->as.assignment.number.comparison,
                               condition->as.assignment.number.count);
    }
    size_t wanted = 0;
    for (size_t i = 0; i < condition->as.assignment.count; i++) {
        const struct program_partition *of = &condition->as.assignment.partitions[i];
        if (!owns_all(judge, process, of)) {
            return false;
        }
        wanted +=
            of->partition == PROGRAM_NO_PARTITION ? (size_t)judge->options.program->topics[of->topic].partitions : 1;
    }
    return ledger_owned_count(ledger, process, &all) == wanted;
}

bool judge_holds(const struct judge *judge, const struct program_condition *condition)
{
    switch (condition->kind) {
    case PROGRAM_SEES_STATUS: {
        size_t process = program_process_index(judge->options.program, &condition->process);
        return judge->known[process] && judge->statuses[process] == condition->as.status;
    }
    case PROGRAM_SEES_ASSIGNMENT:
        return assignment_holds(judge, condition);
    case PROGRAM_SEES_COUNT:
        return count_holds(judge, condition);
    default:
        return false;
    }
}

static bool of_process(const struct judge *judge, const struct program_process *process,
                       const struct observation *observation)
{
    const struct program *program = judge->options.program;
    if (process->index == PROGRAM_NONE) {
        return true;
    }
    if (observation->process == NULL) {
        return false;
    }
    char name[PROGRAM_PROCESS_TEXT_MAX];
    return strcmp(program_process_text(program, process, name), observation->process) == 0;
}

static bool job_matches(const struct judge *judge, const struct program_condition *condition,
                        const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    static const enum carafe_event_kind kinds[] = {
        [PROGRAM_JOB_STARTED] = CARAFE_EVENT_CONSUMER_CONSUME,
        [PROGRAM_JOB_FINISHED] = CARAFE_EVENT_CONSUMER_CONSUMED,
        [PROGRAM_JOB_FAILED] = CARAFE_EVENT_ERROR_OCCURRED,
    };
    if (event == NULL || event->kind != kinds[condition->as.job.point]) {
        return false;
    }
    if (event->kind == CARAFE_EVENT_ERROR_OCCURRED && strcmp(event->failure->type, "consumer.consume.error") != 0) {
        return false;
    }
    const char *topic = event->job != NULL ? event->job->topic : event->topic;
    int32_t partition = event->job != NULL ? event->job->partition : event->partition;
    const struct program_partition *of = &condition->as.job.of;
    return topic != NULL &&
           (of->topic == PROGRAM_NONE || strcmp(topic, judge->options.program->topics[of->topic].name) == 0) &&
           (of->partition == PROGRAM_NO_PARTITION || of->partition == partition);
}

/* Apart from its filters. */
static bool kind_matches(const struct judge *judge, const struct program_condition *condition,
                         const struct observation *observation)
{
    switch (condition->kind) {
    case PROGRAM_SEES_EVENT:
        return observation->event != NULL && observation->event->kind == condition->as.event;
    case PROGRAM_SEES_REPORT:
        return observation->kind == OBSERVATION_REPORT;
    case PROGRAM_SEES_ERROR:
        return observation->kind == OBSERVATION_ERROR;
    case PROGRAM_SEES_EXIT:
        return observation->kind == OBSERVATION_EXIT;
    case PROGRAM_SEES_LOG:
        return observation->kind == OBSERVATION_LOG;
    case PROGRAM_SEES_REQUEST:
        return observation->kind == OBSERVATION_REQUEST;
    case PROGRAM_SEES_JOB:
        return job_matches(judge, condition, observation);
    default:
        return false;
    }
}

static int64_t integer_of(const struct observation *observation, const char *name, int64_t missing)
{
    const struct observed *field = observation_field(observation, name);
    return field != NULL ? field->integer : missing;
}

static bool exit_matches(const struct program_condition *condition, const struct observation *observation)
{
    if (condition->as.exit.code_given) {
        return integer_of(observation, "code", -1) == condition->as.exit.code;
    }
    if (condition->as.exit.signal != PROGRAM_SIGNAL_NONE) {
        const struct observed *signal = observation_field(observation, "signal");
        return signal != NULL && strcmp(signal->text, program_signal_name(condition->as.exit.signal)) == 0;
    }
    return true;
}

static bool details_match(const struct program_condition *condition, const struct observation *observation)
{
    switch (condition->kind) {
    case PROGRAM_SEES_EXIT:
        return exit_matches(condition, observation);
    case PROGRAM_SEES_LOG:
        return (condition->as.log.level < 0 || integer_of(observation, "level", -1) == condition->as.log.level) &&
               strstr(observation_field(observation, "line")->text, condition->as.log.text) != NULL;
    case PROGRAM_SEES_REQUEST:
        return integer_of(observation, "api", -1) == condition->as.request.api &&
               (condition->as.request.broker == PROGRAM_ALL_BROKERS ||
                integer_of(observation, "broker", -1) == condition->as.request.broker);
    default:
        return true;
    }
}

bool judge_matches(const struct judge *judge, const struct program_condition *condition,
                   const struct observation *observation)
{
    return kind_matches(judge, condition, observation) && of_process(judge, &condition->process, observation) &&
           details_match(condition, observation) && filters_match(condition, observation);
}

/* ---- Failing ----------------------------------------------------------------------------------------------------- */

/* How it is now, in the words of the condition. */
static void describe_state(const struct judge *judge, const struct program_condition *condition, char *text,
                           size_t size)
{
    const struct ledger *ledger = judge->options.ledger;
    size_t process = program_process_index(judge->options.program, &condition->process);
    char name[PROGRAM_PROCESS_TEXT_MAX] = "";
    if (condition->process.index != PROGRAM_NONE) {
        (void)program_process_text(judge->options.program, &condition->process, name);
    }
    if (condition->kind == PROGRAM_SEES_STATUS) {
        (void)snprintf(text, size, "%s status %s", name,
                       judge->known[process] ? carafe_status_name(judge->statuses[process]) : "none");
    } else if (condition->kind == PROGRAM_SEES_ASSIGNMENT) {
        const struct program_partition all = {.topic = PROGRAM_NONE, .partition = PROGRAM_NO_PARTITION};
        bool given = condition->as.assignment.number.given;
        const struct program_partition *of = given ? &condition->as.assignment.of : &all;
        (void)snprintf(text, size, "assignment %s count=%zu", name, ledger_owned_count(ledger, process, of));
    } else {
        const struct program_partition *of = &condition->as.count.of;
        int64_t left = ledger_count(ledger, condition->as.count.counter, process, of);
        (void)snprintf(text, size, "it is %lld", (long long)left);
        if (condition->as.count.against_counter || condition->as.count.against_all) {
            int64_t right = condition->as.count.against_all
                                ? ledger_loaded_count(ledger, of)
                                : ledger_count(ledger, condition->as.count.other, process, of);
            (void)snprintf(text, size, "it is %lld, held against %lld", (long long)left, (long long)right);
        }
    }
}

static void fail(struct judge *judge, struct claim *claim, const char *what)
{
    claim->state = CLAIM_FAILED;
    if (judge->failed) {
        return;
    }
    judge->failed = true;
    struct judge_failure failure = {.statement = claim->statement, .from_ns = claim->from_ns, .to_ns = claim->to_ns};
    snprintf(failure.what, sizeof failure.what, "%s", what);
    if (claim->near_rank > 0) {
        char when[PROGRAM_DURATION_TEXT_MAX];
        char off[PROGRAM_DURATION_TEXT_MAX] = "";
        const char *side = "";
        if (claim->near_rank == NEAR_IT && claim->near_ns < claim->from_ns) {
            program_duration_text(claim->from_ns - claim->near_ns, off);
            side = " early";
        } else if (claim->near_rank == NEAR_IT && claim->near_ns > claim->to_ns) {
            program_duration_text(claim->near_ns - claim->to_ns, off);
            side = " late";
        }
        snprintf(failure.nearest, sizeof failure.nearest, "%s at %s%s%s%s%s", claim->near,
                 program_duration_text(claim->near_ns, when), side[0] != '\0' ? " (" : "", off, side,
                 side[0] != '\0' ? ")" : "");
    }
    if (claim->near_rank == 0 && judge_is_state(claim->statement->as.condition)) {
        describe_state(judge, claim->statement->as.condition, failure.nearest, sizeof failure.nearest);
    }
    judge->options.failed(&failure, judge->options.owner);
}

static void meet(struct judge *judge, struct claim *claim, int64_t at_ns)
{
    claim->state = CLAIM_MET;
    judge->options.settled((size_t)(claim->statement - judge->options.program->statements), at_ns,
                           judge->options.owner);
}

/* ---- Claims ------------------------------------------------------------------------------------------------------ */

static bool is_open(const struct claim *claim, int64_t at_ns)
{
    return claim->state == CLAIM_OPEN && at_ns >= claim->from_ns && at_ns <= claim->to_ns;
}

/* As a line of a scenario would say it: the kind, the process, what it was. */
static void remember_near(struct claim *claim, const struct observation *observation, size_t rank)
{
    if (rank < claim->near_rank) {
        return;
    }
    char summary[sizeof claim->near / 2];
    observation_summary(observation, summary, sizeof summary);
    bool event = observation->kind == OBSERVATION_EVENT;
    const char *kind = event ? "event" : summary;
    size_t len = event ? strlen(kind) : strcspn(summary, " ");
    const char *rest = event ? summary : summary + len + strspn(summary + len, " ");
    claim->near_rank = rank;
    claim->near_ns = observation->at_ns;
    (void)snprintf(claim->near, sizeof claim->near, "%.*s %s%s%s", (int)len, kind,
                   observation->process != NULL ? observation->process : "cluster", rest[0] != '\0' ? " " : "", rest);
}

/* One more match inside the window. */
static void count_match(struct judge *judge, struct claim *claim, int64_t at_ns)
{
    const struct program_times *times = &claim->statement->as.condition->times;
    claim->seen++;
    if (claim->statement->kind == PROGRAM_NEVER) {
        if (!times->given || program_compare(claim->seen, times->comparison, times->count)) {
            fail(judge, claim, "this happened");
        }
        return;
    }
    if (!times->given) {
        meet(judge, claim, at_ns);
        return;
    }
    bool enough = program_compare(claim->seen, times->comparison, times->count);
    if (enough && (times->comparison == PROGRAM_AT_LEAST || times->comparison == PROGRAM_MORE)) {
        meet(judge, claim, at_ns);
    } else if (!enough && claim->seen > times->count && times->comparison != PROGRAM_NOT_EQUAL) {
        fail(judge, claim, "it happened too often");
    }
}

static void observe_happening(struct judge *judge, struct claim *claim, const struct observation *observation)
{
    const struct program_condition *condition = claim->statement->as.condition;
    if (!kind_matches(judge, condition, observation) || !of_process(judge, &condition->process, observation)) {
        return;
    }
    bool match = details_match(condition, observation) && filters_match(condition, observation);
    if (match && is_open(claim, observation->at_ns)) {
        remember_near(claim, observation, claim->statement->kind == PROGRAM_NEVER ? NEAR_IT : 0);
        count_match(judge, claim, observation->at_ns);
        return;
    }
    remember_near(claim, observation, match ? NEAR_IT : 1 + filters_matching(condition, observation));
}

static void observe_order(struct judge *judge, struct claim *claim, const struct observation *observation)
{
    const struct program_condition *condition = claim->statement->as.condition;
    if (observation->event == NULL || !of_process(judge, &condition->process, observation) ||
        !is_open(claim, observation->at_ns) ||
        observation->event->kind != condition->as.order.events[claim->progress]) {
        return;
    }
    remember_near(claim, observation, 1);
    claim->progress++;
    if (claim->progress == condition->as.order.count) {
        claim->progress = 0;
        count_match(judge, claim, observation->at_ns);
    }
}

/* The window is that of the end: what is measured may have begun before. */
static void observe_took(struct judge *judge, struct claim *claim, const struct observation *observation)
{
    const struct program_condition *condition = claim->statement->as.condition;
    if (observation->event == NULL || !of_process(judge, &condition->process, observation)) {
        return;
    }
    if (claim->progress == 0 && observation->event->kind == condition->as.took.from) {
        claim->progress = 1;
        claim->since_ns = observation->at_ns;
    } else if (claim->progress == 1 && observation->event->kind == condition->as.took.to &&
               is_open(claim, observation->at_ns)) {
        claim->progress = 0;
        bool holds = program_compare(observation->at_ns - claim->since_ns, condition->as.took.comparison,
                                     condition->as.took.duration_ns);
        char took[PROGRAM_DURATION_TEXT_MAX];
        snprintf(claim->near, sizeof claim->near, "it took %s, until",
                 program_duration_text(observation->at_ns - claim->since_ns, took));
        claim->near_rank = 1;
        claim->near_ns = observation->at_ns;
        if (holds) {
            count_match(judge, claim, observation->at_ns);
        } else if (claim->statement->kind == PROGRAM_EXPECT) {
            fail(judge, claim, "it took another time");
        }
    }
}

static void check_state(struct judge *judge, struct claim *claim, int64_t at_ns)
{
    if (!is_open(claim, at_ns)) {
        return;
    }
    bool holds = judge_holds(judge, claim->statement->as.condition);
    if (claim->statement->kind == PROGRAM_EXPECT && holds) {
        meet(judge, claim, at_ns);
    } else if (claim->statement->kind == PROGRAM_NEVER && holds) {
        fail(judge, claim, "this came to hold");
    } else if (claim->statement->kind == PROGRAM_ALWAYS && !holds) {
        fail(judge, claim, "this stopped to hold");
    }
}

static void note_status(struct judge *judge, const struct observation *observation)
{
    const struct carafe_event *event = observation->event;
    bool enters = event != NULL && event->kind <= CARAFE_EVENT_APP_TERMINATED;
    bool killed = observation->kind == OBSERVATION_EXIT && observation_field(observation, "signal") != NULL;
    if (observation->process == NULL || (!enters && !killed)) {
        return;
    }
    size_t process = program_process_named(judge->options.program, observation->process);
    if (process != PROGRAM_NONE) {
        judge->known[process] = enters; /* who was killed is not running any more */
        judge->statuses[process] =
            enters ? (enum carafe_status)((int)CARAFE_INITIALIZED + (int)event->kind) : CARAFE_INITIALIZING;
    }
}

void judge_observe(struct judge *judge, const struct observation *observation)
{
    note_status(judge, observation);
    for (size_t i = 0; i < judge->options.program->statement_count && !judge->failed; i++) {
        struct claim *claim = &judge->claims[i];
        if (claim->state == CLAIM_WAITING && observation->at_ns >= claim->from_ns) {
            claim->state = CLAIM_OPEN;
        }
        if (claim->state != CLAIM_WAITING && claim->state != CLAIM_OPEN) {
            continue;
        }
        const struct program_condition *condition = claim->statement->as.condition;
        if (judge_is_state(condition)) {
            check_state(judge, claim, observation->at_ns);
        } else if (condition->kind == PROGRAM_SEES_ORDER) {
            observe_order(judge, claim, observation);
        } else if (condition->kind == PROGRAM_SEES_TOOK) {
            observe_took(judge, claim, observation);
        } else {
            observe_happening(judge, claim, observation);
        }
    }
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

void judge_open(struct judge *judge, size_t statement, int64_t from_ns, int64_t to_ns, int64_t now_ns)
{
    struct claim *claim = &judge->claims[statement];
    ASSERT(claim->state == CLAIM_UNKNOWN);
    claim->from_ns = from_ns;
    claim->to_ns = to_ns;
    claim->state = now_ns >= from_ns ? CLAIM_OPEN : CLAIM_WAITING;
    if (claim->state == CLAIM_OPEN && judge_is_state(claim->statement->as.condition)) {
        check_state(judge, claim, now_ns);
    }
}

static const char *nothing(const struct claim *claim)
{
    switch (claim->statement->as.condition->kind) {
    case PROGRAM_SEES_STATUS:
    case PROGRAM_SEES_ASSIGNMENT:
    case PROGRAM_SEES_COUNT:
        return "this did not hold in this window";
    case PROGRAM_SEES_ORDER:
        return "not all of these were seen, in this order";
    default:
        return claim->seen > 0 ? "it happened another number of times" : "nothing happened in this window";
    }
}

/* The last moment of the window is over. */
static void close_claim(struct judge *judge, struct claim *claim)
{
    const struct program_condition *condition = claim->statement->as.condition;
    if (claim->statement->kind != PROGRAM_EXPECT) {
        claim->state = CLAIM_MET;
        return;
    }
    if (judge_is_state(condition) && judge_holds(judge, condition)) {
        meet(judge, claim, claim->to_ns);
    } else if (!judge_is_state(condition) && condition->times.given &&
               program_compare(claim->seen, condition->times.comparison, condition->times.count)) {
        meet(judge, claim, claim->to_ns);
    } else {
        fail(judge, claim, nothing(claim));
    }
}

int64_t judge_advance(struct judge *judge, int64_t now_ns)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < judge->options.program->statement_count && !judge->failed; i++) {
        struct claim *claim = &judge->claims[i];
        if (claim->state == CLAIM_WAITING && now_ns >= claim->from_ns) {
            claim->state = CLAIM_OPEN;
            if (judge_is_state(claim->statement->as.condition)) {
                check_state(judge, claim, now_ns);
            }
        }
        if (claim->state == CLAIM_OPEN && now_ns > claim->to_ns) {
            close_claim(judge, claim);
        }
        if (claim->state == CLAIM_WAITING && claim->from_ns < next) {
            next = claim->from_ns;
        } else if (claim->state == CLAIM_OPEN && claim->to_ns < INT64_MAX - 1 && claim->to_ns + 1 < next) {
            next = claim->to_ns + 1;
        }
    }
    return next;
}

/* The moment that its window counts from never came. */
static void fail_unreached(struct judge *judge, struct claim *claim)
{
    char what[128] = "the run ended before its point held";
    size_t base = claim->statement->time.base;
    if (base != PROGRAM_NONE) {
        (void)snprintf(what, sizeof what, "the run ended before this line's turn came, which counts from line %d",
                       judge->claims[base].statement->place.line);
    }
    claim->to_ns = PROGRAM_END_NS; /* not known */
    fail(judge, claim, what);
}

void judge_finish(struct judge *judge, int64_t now_ns)
{
    judge_advance(judge, now_ns);
    for (size_t i = 0; i < judge->options.program->statement_count && !judge->failed; i++) {
        struct claim *claim = &judge->claims[i];
        const enum program_statement_kind kind = claim->statement->kind;
        bool claims = kind == PROGRAM_EXPECT || kind == PROGRAM_NEVER || kind == PROGRAM_ALWAYS;
        if (!claims || claim->state == CLAIM_MET || claim->state == CLAIM_FAILED) {
            continue;
        }
        if (claim->state == CLAIM_UNKNOWN) {
            if (kind == PROGRAM_EXPECT) {
                fail_unreached(judge, claim);
            }
            continue;
        }
        close_claim(judge, claim);
    }
}

size_t judge_unsettled(const struct judge *judge)
{
    size_t unsettled = 0;
    for (size_t i = 0; i < judge->options.program->statement_count; i++) {
        const struct claim *claim = &judge->claims[i];
        unsettled +=
            claim->statement->kind == PROGRAM_EXPECT && claim->state != CLAIM_MET && claim->state != CLAIM_FAILED;
    }
    return unsettled;
}
