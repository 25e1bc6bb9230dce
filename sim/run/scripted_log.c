#include "run/scripted.h"

static void write_line(struct log *port, enum log_level level, const char *line)
{
    struct scripted_log *log = (struct scripted_log *)port;
    struct observation observation = {.kind = OBSERVATION_LOG, .process = log->process};
    observation_integer(&observation, "level", (int64_t)level);
    observation_text(&observation, "line", line);
    run_observe(log->run, &observation);
}

void scripted_log_init(struct scripted_log *log, struct run *run, const char *process)
{
    *log = (struct scripted_log){.port = {.write = write_line}, .run = run, .process = process};
}
