/* Does once, before worlds are forked, what librdkafka and the loader do at the first use of a client. */
#ifndef SIM_KAFKA_WARM_UP_H
#define SIM_KAFKA_WARM_UP_H

/*
 * Make and end a client of each kind and a mock cluster, outside of any world.  Symbols are bound and tables are filled
 * then, which each child process would do again.  Every run of a program must be warmed up in the same way or not at
 * all: clients are numbered (`rdkafka#consumer-2`), and the number is seen on the wire.
 */
void kafka_warm_up(void);

#endif
