/* Report and error documents as they went over the wire. */
#ifndef SIM_RUN_REPORTS_H
#define SIM_RUN_REPORTS_H

#include "carafe.h"

#include <stdint.h>

#define REPORTS_DOCUMENT_MAX (64 * 1024 * 1024)

/*
 * The text of a payload that was deflated, zero-terminated, to be freed.  NULL and `error`: it is no zlib stream, or
 * longer than REPORTS_DOCUMENT_MAX.
 */
char *reports_inflate(const void *payload, size_t len, size_t *text_len, struct carafe_error *error);

/* Writes documents into a folder: NNNN.bin, NNNN.json and a line of `index.jsonl` each. */
struct reports_folder;

struct reports_entry {
    int64_t at_ns;
    const char *topic;
    int32_t partition;
    int64_t offset;
    const void *key;
    size_t key_len;
    const struct carafe_header *headers;
    size_t header_count;
    const void *payload;
    size_t payload_len;
    const char *text; /* inflated */
    size_t text_len;
};

/* Makes the folder if it is missing.  Errors: CARAFE_FAILED. */
int reports_folder_create(const char *path, struct reports_folder **folder, struct carafe_error *error);
int reports_folder_add(struct reports_folder *folder, const struct reports_entry *entry, struct carafe_error *error);
void reports_folder_destroy(struct reports_folder *folder);

#endif
