#include "trial.h"

#define GRACEFUL SERVER("") "topic late\nhandler s1 orders takes=1ms\n" LIFE("8s")
#define FORCEFUL SERVER("") "handler s1 orders hangs\n" LIFE("8s")

static const struct trial trials[] = {
    {"4_a_status_told_twice", BUG_STATUS_TOLD_TWICE, 4, "expected s1 to go forward from app.running, got app.running\n",
     GRACEFUL},
    {"4_a_status_that_goes_back", BUG_STATUS_GOES_BACK, 4,
     "expected s1 to go forward from app.stopping, got app.running\n", GRACEFUL},
    {"4_a_job_completed_twice", BUG_JOB_COMPLETED_TWICE, 4,
     "got worker.completed of a job that was not scheduled, or is over\n", GRACEFUL},
    {"8_a_stopped_report_that_is_not_made", BUG_STOPPED_UNREPORTED, 8,
     "expected a stopped report of s1 before app.terminated, got none\n", GRACEFUL},
    {"8_a_producer_closed_before_the_stopped_report", BUG_PRODUCER_CLOSED_TOO_EARLY, 8,
     "expected a stopped report of s1 before its producer was closed, got none\n", GRACEFUL},
    {"8_a_producer_that_is_left_open", BUG_PRODUCER_LEFT_OPEN, 8,
     "expected s1 to close its producer before app.terminated, got it open\n", GRACEFUL},
    {"8_a_record_produced_after_the_close", BUG_PRODUCES_AFTER_THE_CLOSE, 8,
     "expected nothing produced by s1 after its producer's close, got a record to ", GRACEFUL},
    {"8_a_close_that_does_not_wait", BUG_CLOSE_WITHOUT_WAITING, 8,
     "expected s1 to deliver all before its producer's close, got 2 given up\n", GRACEFUL},
    {"9_a_stop_forced_before_its_time", BUG_FORCE_COMES_TOO_EARLY, 9,
     "expected s1 to be given 2000 ms before it is forced, got 1", FORCEFUL},
    {"9_exit_0_after_a_forceful_stop", BUG_FORCE_EXITS_0, 9,
     "expected s1 to exit 0 only after a graceful stop, got a forceful one\n", FORCEFUL},
    {"9_exit_2_after_a_graceful_stop", BUG_GRACE_EXITS_2, 9,
     "expected s1 to exit 2 only by force, got no app.stopping.error\n", GRACEFUL},
    {"9_the_error_of_a_forceful_stop_told_twice", BUG_FORCED_ERROR_TWICE, 9,
     "expected one app.stopping.error of s1, got 2\n", FORCEFUL},
    {"9_exit_0_before_terminated", BUG_TERMINATED_UNTOLD, 9,
     "expected s1 to be terminated when it exits 0, got app.stopped as its last status\n", GRACEFUL},
    {"10_a_forceful_stop_that_takes_too_long", BUG_FORCE_TAKES_ITS_TIME, 10,
     "expected s1 to end within 5100 ms of being told to stop, got it alive\n", FORCEFUL},
};

const struct trials trials_of_lifecycle = TRIALS(trials);
