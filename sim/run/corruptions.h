/* Fields of documents that the scenario overwrites: of one server's reports, error documents and statistics. */
#ifndef SIM_RUN_CORRUPTIONS_H
#define SIM_RUN_CORRUPTIONS_H

#include "run/run.h"
#include "tracking/json_document.h"

#define CORRUPTIONS_MAX 64

/* A field of so many documents is overwritten. */
struct corruption {
    const struct program_corrupt *corrupt;
    int64_t left;
    char *text; /* JSON; NULL: the field is removed */
};

struct corruptions {
    struct run *run;
    struct corruption list[CORRUPTIONS_MAX];
    size_t count;
};

void corruptions_init(struct corruptions *corruptions, struct run *run);
void corruptions_close(struct corruptions *corruptions);
/* From the next document on. */
void corruptions_add(struct corruptions *corruptions, const struct program_corrupt *corrupt);

/* Is there one for the next document of a kind? */
bool corruptions_wait(const struct corruptions *corruptions, enum program_document kind);
/* The text that the next document of a kind is replaced by; NULL: it is not. */
const char *corruptions_whole(struct corruptions *corruptions, enum program_document kind);
/* All that there are for a document.  CARAFE_INVALID: the first that has no place in it; the others are done. */
int corruptions_apply(struct corruptions *corruptions, enum program_document kind, struct json_document *document,
                      struct carafe_error *error);

#endif
