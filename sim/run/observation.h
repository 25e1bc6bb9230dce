/*
 * What a run sees.  Everything that happens has this one form: the trace writes it, the timeline shows it, the
 * expectations match it and the invariants judge it.
 */
#ifndef SIM_RUN_OBSERVATION_H
#define SIM_RUN_OBSERVATION_H

#include "carafe.h"

#include <cjson/cJSON.h>

struct program_statement;
struct wire_commit;
struct wire_membership;
struct wire_record;

enum observed_kind { OBSERVED_TEXT, OBSERVED_INTEGER, OBSERVED_FLAG };

struct observed {
    const char *name;
    enum observed_kind kind;
    const char *text;
    int64_t integer; /* OBSERVED_FLAG: 0 or 1 */
};

enum observation_kind {
    OBSERVATION_EVENT,    /* on the monitor of a server; `name` is the event's */
    OBSERVATION_REPORT,   /* a report appended to the log of its topic; `document` is the inflated JSON */
    OBSERVATION_ERROR,    /* an error document, likewise */
    OBSERVATION_RECORD,   /* a record appended to any other topic */
    OBSERVATION_COMMIT,   /* the coordinator answered a commit */
    OBSERVATION_GROUP,    /* the coordinator answered a join, sync or leave */
    OBSERVATION_REQUEST,  /* a broker read a request */
    OBSERVATION_HANDLED,  /* a handler is done with a message */
    OBSERVATION_MEMBER,   /* a plain member was assigned, revoked, ... */
    OBSERVATION_EXIT,     /* a process ended */
    OBSERVATION_LOG,      /* a line on a process's log */
    OBSERVATION_PRODUCER, /* the producer of a server was closed */
    OBSERVATION_STIMULUS, /* the scenario did something */
    OBSERVATION_KINDS
};

#define OBSERVATION_FIELDS_MAX 24

/* Borrowed: valid while it is published. */
struct observation {
    enum observation_kind kind;
    int64_t at_ns;       /* since the start of the scenario */
    const char *process; /* NULL: the cluster, or the scenario itself */
    const char *name;
    struct observed fields[OBSERVATION_FIELDS_MAX];
    size_t field_count;
    const cJSON *document;
    const char *text; /* OBSERVATION_REPORT, OBSERVATION_ERROR: the document's inflated text */
    size_t text_len;

    /* Where it came from, by kind; else NULL. */
    const struct carafe_event *event;          /* EVENT */
    const struct wire_record *record;          /* REPORT, ERROR, RECORD */
    const struct wire_commit *commit;          /* COMMIT */
    const struct wire_membership *membership;  /* GROUP */
    const struct program_statement *statement; /* STIMULUS, when a line of the scenario is begun */
};

void observation_text(struct observation *observation, const char *name, const char *text); /* NULL: left out */
void observation_integer(struct observation *observation, const char *name, int64_t integer);

/* NULL: it has no such field. */
const struct observed *observation_field(const struct observation *observation, const char *name);

/* The fields of `event` that belong to its kind. */
void observation_from_event(struct observation *observation, const struct carafe_event *event);

/*
 * One canonical line of JSON without its newline: time, process, kind and name, then the fields in their order.
 * Returns its length, at most `size` - 1; what does not fit is cut.
 */
size_t observation_line(const struct observation *observation, char *line, size_t size);

/* For a person: `error.occurred type=app.stopping.error ...`. */
size_t observation_summary(const struct observation *observation, char *text, size_t size);

#endif
