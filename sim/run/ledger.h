/*
 * The books of a run: what was produced, handed to handlers, handled, committed and owned.  Counters of scenarios are
 * read from here.
 */
#ifndef SIM_RUN_LEDGER_H
#define SIM_RUN_LEDGER_H

#include "scenario/program.h"

/* Processes are those of program_process_count().  What a node does counts for its supervisor too. */
struct ledger;

struct ledger *ledger_create(const struct program *program); /* NULL: out of memory */
void ledger_destroy(struct ledger *ledger);

/* Index of a topic of the program, PROGRAM_NONE: it has no such topic. */
size_t ledger_topic(const struct ledger *ledger, const char *name);

/* Facts.  Out of range topics and partitions are ignored: broker data may name anything. */
void ledger_appended(struct ledger *ledger, size_t topic, int32_t partition, int64_t offset);
void ledger_committed(struct ledger *ledger, const char *group, size_t topic, int32_t partition, int64_t offset);
void ledger_consumed(struct ledger *ledger, size_t process, const char *group, size_t topic, int32_t partition,
                     int64_t offset);
void ledger_processed(struct ledger *ledger, size_t process, const char *group, size_t topic, int32_t partition,
                      int64_t offset);
void ledger_assigned(struct ledger *ledger, size_t process, size_t topic, int32_t partition, bool assigned);
void ledger_unassign_all(struct ledger *ledger, size_t process);
void ledger_reported(struct ledger *ledger, size_t process, bool error_document);
void ledger_loaded(struct ledger *ledger, size_t topic, int64_t messages); /* a load set out to send so many */

/*
 * A counter over one process (PROGRAM_NONE: all) and the partitions selected.  `group` of a process decides what it
 * committed and, without a process, each group counts for itself.
 */
int64_t ledger_count(const struct ledger *ledger, enum program_counter counter, size_t process,
                     const struct program_partition *of);
int64_t ledger_loaded_count(const struct ledger *ledger, const struct program_partition *of);

bool ledger_owns(const struct ledger *ledger, size_t process, size_t topic, int32_t partition);
size_t ledger_owned_count(const struct ledger *ledger, size_t process, const struct program_partition *of);

/* Does `comparison` hold for the counters of every group and partition on its own?  As `committed <= processed`. */
bool ledger_compare(const struct ledger *ledger, enum program_counter left, enum program_comparison comparison,
                    enum program_counter right, size_t process, const struct program_partition *of);

bool program_compare(int64_t left, enum program_comparison comparison, int64_t right);

#endif
