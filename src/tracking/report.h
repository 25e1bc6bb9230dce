/* Builds the report: reporting.md's sections 3 and 4 as one document. */
#ifndef TRACKING_REPORT_H
#define TRACKING_REPORT_H

#include "tracking/identity.h"
#include "tracking/json_document.h"
#include "tracking/sampler.h"
#include "tracking/tracker.h"

/* Everything but consumer groups and jobs, which the tracker adds itself. */
struct report_content {
    const struct identity *identity;
    const struct sample *sample;
    enum carafe_status status;
    const struct tracker_counters *counters;
    const struct tracker_view *view;
};

/* Build it into `document` (emptied first); json_document_failed() tells of missing memory. */
void report_build(struct json_document *document, const struct report_content *content, struct tracker *tracker);

#endif
