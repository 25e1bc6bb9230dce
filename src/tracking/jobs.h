/*
 * The jobs that wait for a worker or run on one, as reports list them, in the order they came.  Records are reused, so
 * that memory follows the largest number of jobs at one time.
 *
 * Locks: the caller's.
 */
#ifndef TRACKING_JOBS_H
#define TRACKING_JOBS_H

#include "carafe.h"
#include "tracking/json_document.h"

#define JOBS_MAX 65536 /* at one time; more are not listed */

struct tracked_job;

struct jobs {
    struct tracked_job *records;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint32_t first; /* in order of arrival; JOBS_NONE: empty */
    uint32_t last;
    uint32_t free;   /* records to be used next */
    uint32_t *slots; /* twice the capacity: where a job's record is, by its id */
};

#define JOBS_NONE UINT32_MAX

void jobs_init(struct jobs *jobs);
void jobs_close(struct jobs *jobs);

/*
 * List `job` as running or pending since `updated_at` (seconds since 1970); one listed already is brought up to date.
 * Errors: CARAFE_FULL, CARAFE_NO_MEMORY: it is not listed.
 */
int jobs_put(struct jobs *jobs, const struct carafe_job_view *job, bool running, double updated_at) CARAFE_RESULT;
/* Bring the tags of a listed job up to date.  CARAFE_NO_MEMORY: it is not listed any more. */
int jobs_retag(struct jobs *jobs, const struct carafe_job_view *job) CARAFE_RESULT;
void jobs_remove(struct jobs *jobs, uint64_t id);
/* The jobs of a subscription group that never ran will not run any more. */
void jobs_remove_pending(struct jobs *jobs, const char *subscription_group);

/* Add them to `array` as reports have them. */
void jobs_write(const struct jobs *jobs, struct json_document *document, struct json_value *array);

#endif
