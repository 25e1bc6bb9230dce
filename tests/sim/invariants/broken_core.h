/*
 * A core that misbehaves.  The linker puts functions of this program in the place of some of the core's (--wrap), in
 * this program alone; each goes its usual way unless its bug is switched on.  The scenario then runs in a child of this
 * program, which begins with what is set here.
 */
#ifndef TESTS_SIM_INVARIANTS_BROKEN_CORE_H
#define TESTS_SIM_INVARIANTS_BROKEN_CORE_H

enum bug {
    BUG_NONE,

    /* server */
    BUG_MARKS_BEFORE_HANDLING,
    BUG_MARKS_ONE_TOO_FAR,
    BUG_FAILURE_COUNTS_AS_HANDLED,
    BUG_COMMITS_BACK_WHEN_IT_STOPS,
    BUG_RETRY_GOES_BACK_TOO_FAR,
    BUG_TWO_BATCHES_AT_ONCE,
    BUG_REVOCATION_IGNORED,
    BUG_STATUS_TOLD_TWICE,
    BUG_STATUS_GOES_BACK,
    BUG_JOB_COMPLETED_TWICE,
    BUG_FAREWELL_FORGOTTEN,
    BUG_NOTHING_MARKED,
    BUG_FORCED_ERROR_TWICE,
    BUG_TERMINATED_UNTOLD,
    BUG_FORCE_TAKES_ITS_TIME,
    BUG_FORCE_COMES_TOO_EARLY,
    BUG_LOCK_TAKEN_TWICE,
    BUG_LOCKS_CROSSWISE,
    BUG_WAITS_BY_LOOKING,

    /* tracking */
    BUG_QUIETING_UNREPORTED,
    BUG_STOPPING_REPORTED_TWICE,
    BUG_STOPPED_UNREPORTED,
    BUG_REPORTS_TOO_EARLY,
    BUG_REPORTS_BEFORE_RUNNING,
    BUG_STATUS_UNKNOWN_TO_THE_CONTRACT,
    BUG_SCHEMA_OF_ANOTHER_TIME,
    BUG_ERROR_LOST,
    BUG_ERROR_TWICE,
    BUG_ERROR_OF_ANOTHER_CLASS,
    BUG_ERRORS_LOST_WITH_A_REPORT,
    BUG_COUNTS_LOST_WITH_A_REPORT,
    BUG_WORKERS_OF_ANOTHER,

    /* ports */
    BUG_REPORT_TO_ANOTHER_PARTITION,
    BUG_KEY_OF_ANOTHER_PROCESS,
    BUG_HEADER_MISSING,
    BUG_LETTER_WITHOUT_ITS_KEY,
    BUG_LETTER_OF_ANOTHER_OFFSET,
    BUG_LETTER_SENT_TWICE,
    BUG_LETTER_TOLD_AND_NOT_SENT,
    BUG_PRODUCER_CLOSED_TOO_EARLY,
    BUG_PRODUCER_LEFT_OPEN,
    BUG_PRODUCES_AFTER_THE_CLOSE,
    BUG_CLOSE_WITHOUT_WAITING,
    BUG_FORCE_EXITS_0,
    BUG_GRACE_EXITS_2,
    BUG_RESUME_FORGOTTEN,
    BUG_OFFSETS_NOT_STORED,
    BUG_LAST_OFFSETS_NOT_STORED,
    BUG_THREAD_LEFT,
    BUG_THREAD_NOT_JOINED,
    BUG_DESCRIPTOR_LEFT,
    BUG_MEMORY_LEFT
};

extern enum bug bug;

/* The beginning of a replacement: __real_NAME is what it replaces. */
#define REPLACES(result, name, ...)                                                                                    \
    result __real_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__)

#endif
