#include "swarm/roster.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/error.h"
#include "ports/clock.h"

/* Stays below NEVER_NS. */
static int64_t after(int64_t now_ns, int64_t duration_ns)
{
    return duration_ns < NEVER_NS - now_ns ? now_ns + duration_ns : NEVER_NS - 1;
}

int roster_init(struct roster *roster, size_t count, const struct roster_limits *limits, int64_t now_ns,
                struct carafe_error *error)
{
    *roster = (struct roster){.limits = *limits, .count = count, .forks = true};
    roster->nodes = calloc(count, sizeof *roster->nodes);
    if (roster->nodes == NULL) {
        return error_set(error, CARAFE_NO_MEMORY, "swarm: expected memory, got none");
    }
    for (size_t i = 0; i < count; i++) {
        roster->nodes[i].due_ns = now_ns;
    }
    return 0;
}

void roster_close(struct roster *roster)
{
    free(roster->nodes);
    *roster = (struct roster){0};
}

static enum roster_duty duty_of(const struct roster *roster, const struct roster_node *node)
{
    switch (node->state) {
    case ROSTER_ABSENT:
        return roster->forks ? ROSTER_FORK : ROSTER_NOTHING;
    case ROSTER_RUNNING:
        return ROSTER_TERM;
    case ROSTER_ENDING:
        return ROSTER_KILL;
    case ROSTER_KILLED:
        break;
    }
    return ROSTER_NOTHING;
}

static void begin_end(const struct roster *roster, struct roster_node *node, int64_t now_ns)
{
    node->state = ROSTER_ENDING;
    node->due_ns = after(now_ns, roster->limits.end_timeout_ns);
}

enum roster_duty roster_next(struct roster *roster, int64_t now_ns, size_t *number)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_node *node = &roster->nodes[i];
        enum roster_duty duty = duty_of(roster, node);
        if (duty == ROSTER_NOTHING || node->due_ns > now_ns) {
            continue;
        }
        if (duty == ROSTER_TERM) {
            begin_end(roster, node, now_ns);
        } else if (duty == ROSTER_KILL) {
            node->state = ROSTER_KILLED;
        }
        *number = i;
        return duty;
    }
    return ROSTER_NOTHING;
}

int64_t roster_deadline(const struct roster *roster)
{
    int64_t deadline_ns = NEVER_NS;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_node *node = &roster->nodes[i];
        if (duty_of(roster, node) != ROSTER_NOTHING && node->due_ns < deadline_ns) {
            deadline_ns = node->due_ns;
        }
    }
    return deadline_ns;
}

void roster_forked(struct roster *roster, size_t number, int64_t now_ns)
{
    struct roster_node *node = &roster->nodes[number];
    ASSERT(node->state == ROSTER_ABSENT);
    node->state = ROSTER_RUNNING;
    node->due_ns = after(now_ns, roster->limits.liveness_timeout_ns);
}

void roster_fork_failed(struct roster *roster, size_t number, int64_t now_ns)
{
    roster->nodes[number].due_ns = after(now_ns, roster->limits.restart_backoff_ns);
}

void roster_reported(struct roster *roster, size_t number, bool healthy, int64_t now_ns)
{
    struct roster_node *node = &roster->nodes[number];
    if (node->state == ROSTER_RUNNING) {
        node->due_ns = healthy ? after(now_ns, roster->limits.liveness_timeout_ns) : now_ns;
    }
}

void roster_ended(struct roster *roster, size_t number, int64_t now_ns)
{
    struct roster_node *node = &roster->nodes[number];
    node->state = ROSTER_ABSENT;
    node->due_ns = after(now_ns, roster->limits.restart_backoff_ns);
}

void roster_excuse(struct roster *roster, int64_t duration_ns)
{
    for (size_t i = 0; i < roster->count; i++) {
        struct roster_node *node = &roster->nodes[i];
        node->due_ns = node->state == ROSTER_RUNNING ? after(node->due_ns, duration_ns) : node->due_ns;
    }
}

void roster_quiet(struct roster *roster)
{
    roster->forks = false;
}

void roster_stop(struct roster *roster, int64_t now_ns)
{
    roster->forks = false;
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->nodes[i].state == ROSTER_RUNNING) {
            begin_end(roster, &roster->nodes[i], now_ns);
        }
    }
}

bool roster_is_alive(const struct roster *roster, size_t number)
{
    return roster->nodes[number].state != ROSTER_ABSENT;
}

size_t roster_alive(const struct roster *roster)
{
    size_t alive = 0;
    for (size_t i = 0; i < roster->count; i++) {
        alive += roster_is_alive(roster, i) ? 1 : 0;
    }
    return alive;
}

const char *roster_state_name(enum roster_state state)
{
    static const char *const names[] = {"absent", "running", "ending", "killed"};
    ASSERT((unsigned)state <= ROSTER_KILLED);
    return names[state];
}
