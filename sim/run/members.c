#include "run/members.h"

#include "kafka/member.h"
#include "run/ledger.h"
#include "run/verdict.h"
#include "world/world.h"

#include <stdlib.h>

#define MEMBER_STREAM UINT64_C(0x6d656d62)

struct one_member {
    struct run *run;
    size_t index;
    struct sim_process *process;
    struct member *member;
    int thread; /* that lives in the process and obeys the director */
    bool stopping;
    bool ended;
    int waiter;
    uint64_t draws;
};

struct members {
    struct run *run;
    struct one_member *list;
};

struct members *members_create(struct run *run)
{
    struct members *members = calloc(1, sizeof *members);
    if (members == NULL) {
        return NULL;
    }
    members->run = run;
    members->list = calloc(run->program->member_count + 1, sizeof *members->list);
    if (members->list == NULL) {
        free(members);
        return NULL;
    }
    for (size_t i = 0; i < run->program->member_count; i++) {
        members->list[i] = (struct one_member){.run = run, .index = i, .ended = true};
    }
    return members;
}

void members_destroy(struct members *members)
{
    if (members != NULL) {
        free(members->list);
        free(members);
    }
}

/* ---- What a member sees ------------------------------------------------------------------------------------------ */

static size_t process_index(const struct one_member *member)
{
    return member->run->program->server_count + member->index;
}

static void on_message(const struct member_message *message, void *owner)
{
    struct one_member *member = owner;
    struct run *run = member->run;
    const struct program_member *declared = &run->program->members[member->index];
    size_t topic = ledger_topic(run->ledger, message->topic);
    ledger_consumed(run->ledger, process_index(member), declared->group, topic, message->partition, message->offset);
    const struct program_value *takes = program_setting(&declared->settings, PROGRAM_MEMBER_TAKES);
    if (takes != NULL) {
        struct program_range range = {.low = takes->low, .high = takes->high};
        sim_sleep_until(sim_now() +
                        run_draw(run, &range, (MEMBER_STREAM << 32) + (member->index << 24) + member->draws++));
    }
    ledger_processed(run->ledger, process_index(member), declared->group, topic, message->partition, message->offset);
    struct observation observation = {.kind = OBSERVATION_HANDLED, .process = declared->name, .name = message->topic};
    observation_integer(&observation, "partition", message->partition);
    observation_integer(&observation, "first_offset", message->offset);
    observation_integer(&observation, "last_offset", message->offset);
    run_observe(run, &observation);
}

static void on_event(const struct member_event *event, void *owner)
{
    static const char *const names[] = {[MEMBER_ASSIGNED] = "assigned",
                                        [MEMBER_REVOKED] = "revoked",
                                        [MEMBER_LOST] = "lost",
                                        [MEMBER_COMMITTED] = "committed",
                                        [MEMBER_ERROR] = "error"};
    struct one_member *member = owner;
    struct run *run = member->run;
    bool rebalance = event->kind == MEMBER_ASSIGNED || event->kind == MEMBER_REVOKED || event->kind == MEMBER_LOST;
    for (size_t i = 0; rebalance && i < event->count; i++) {
        ledger_assigned(run->ledger, process_index(member), ledger_topic(run->ledger, event->partitions[i].topic),
                        event->partitions[i].partition, event->kind == MEMBER_ASSIGNED);
    }
    struct observation observation = {
        .kind = OBSERVATION_MEMBER, .process = run->program->members[member->index].name, .name = names[event->kind]};
    observation_integer(&observation, "partitions", (int64_t)event->count);
    if (event->error != 0) {
        observation_integer(&observation, "error", event->error);
    }
    run_observe(run, &observation);
}

/* ---- Its process ------------------------------------------------------------------------------------------------- */

static int start_member(struct one_member *member, struct carafe_error *error)
{
    const struct program *program = member->run->program;
    const struct program_member *declared = &program->members[member->index];
    const char *topics[MEMBER_TOPICS_MAX];
    struct carafe_setting settings[MEMBER_TOPICS_MAX];
    struct member_options options = {.bootstraps = mock_cluster_bootstraps(member->run->cluster),
                                     .group = declared->group,
                                     .client_id = declared->name,
                                     .topics = topics,
                                     .kafka = {.list = settings},
                                     .message = on_message,
                                     .event = on_event,
                                     .owner = member};
    for (size_t i = 0; i < declared->topic_count && i < MEMBER_TOPICS_MAX; i++) {
        topics[options.topic_count++] = program->topics[declared->topics[i]].name;
    }
    for (size_t i = 0; i < declared->settings.kafka_count && i < MEMBER_TOPICS_MAX; i++) {
        settings[options.kafka.count++] = (struct carafe_setting){.name = declared->settings.kafka[i].name,
                                                                  .value = declared->settings.kafka[i].value};
    }
    return member_start(&options, &member->member, error);
}

/* `killed_by` NULL: it closed. */
static void observe_exit(const struct one_member *member, const char *killed_by)
{
    struct observation observation = {.kind = OBSERVATION_EXIT,
                                      .process = member->run->program->members[member->index].name};
    if (killed_by != NULL) {
        observation_text(&observation, "signal", killed_by);
    } else {
        observation_integer(&observation, "code", 0);
    }
    run_observe(member->run, &observation);
}

static void live(void *argument)
{
    struct one_member *member = argument;
    struct carafe_error error;
    if (start_member(member, &error) != 0) {
        verdict_error(member->run, EXIT_USAGE, "member %s: %s", member->run->program->members[member->index].name,
                      error.text);
    } else {
        while (!member->stopping) {
            sim_wait_until(SIM_NEVER);
        }
        member_destroy(member->member);
        member->member = NULL;
        observe_exit(member, NULL);
    }
    member->ended = true;
    sim_wake(member->waiter);
}

void members_start(struct members *members, size_t index)
{
    struct one_member *member = &members->list[index];
    if (!member->ended) {
        return;
    }
    const char *name = members->run->program->members[index].name;
    *member = (struct one_member){.run = members->run, .index = index, .draws = member->draws};
    member->process = sim_process_create(&(struct sim_process_options){.name = name, .host_name = name});
    member->thread = sim_process_spawn(member->process, "member", live, member);
}

void members_stop(struct members *members, size_t index)
{
    struct one_member *member = &members->list[index];
    member->waiter = sim_thread_number();
    member->stopping = true;
    if (!member->ended) {
        sim_wake(member->thread);
    }
}

void members_crash(struct members *members, size_t index)
{
    struct one_member *member = &members->list[index];
    if (!member->ended) {
        sim_process_crash(member->process);
        member->ended = true;
        observe_exit(member, "KILL");
    }
}

void members_pause(struct members *members, size_t index)
{
    if (!members->list[index].ended) {
        sim_process_pause(members->list[index].process);
    }
}

void members_resume(struct members *members, size_t index)
{
    if (!members->list[index].ended) {
        sim_process_resume(members->list[index].process);
    }
}

struct sim_process *members_process(const struct members *members, size_t index)
{
    return members->list[index].process;
}

void members_stop_all(struct members *members)
{
    for (size_t i = 0; i < members->run->program->member_count; i++) {
        if (!members->list[i].ended) {
            members_resume(members, i);
            members_stop(members, i);
        }
    }
    for (size_t i = 0; i < members->run->program->member_count; i++) {
        while (!members->list[i].ended) {
            sim_wait_until(SIM_NEVER);
        }
    }
}
