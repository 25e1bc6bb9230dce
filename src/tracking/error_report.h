/* Makes the document that tells the Web UI of one error. */
#ifndef TRACKING_ERROR_REPORT_H
#define TRACKING_ERROR_REPORT_H

#include "tracking/error_queue.h"
#include "tracking/identity.h"

#define ERROR_MESSAGE_CHARACTERS_MAX   10000
#define ERROR_BACKTRACE_CHARACTERS_MAX 50000

/* `event` is an error.occurred. NULL without memory. The document belongs to the caller. */
struct error_document *error_report_create(const struct identity *identity, struct process *process,
                                           const struct carafe_event *event, double occurred_at_s);

#endif
