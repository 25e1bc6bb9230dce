#include "run/scripted.h"

#include "run/verdict.h"

static void apply(struct report_filter *filter, enum contract_kind kind, struct json_document *document)
{
    struct scripted_reports *reports = (struct scripted_reports *)filter;
    struct carafe_error error;
    enum program_document meant = kind == CONTRACT_ERROR ? PROGRAM_ERROR : PROGRAM_REPORT;
    if (corruptions_apply(reports->corruptions, meant, document, &error) != 0) {
        verdict_error(reports->corruptions->run, EXIT_USAGE, "corrupt: %s", error.text);
    }
}

void scripted_reports_init(struct scripted_reports *reports, struct corruptions *corruptions)
{
    *reports = (struct scripted_reports){.port = {.apply = apply}, .corruptions = corruptions};
}
