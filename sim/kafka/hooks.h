/* Keeps addresses off the wire: what librdkafka 2.0.2 prints with a pointer gets a counter instead.  See README.md. */
#ifndef SIM_KAFKA_HOOKS_H
#define SIM_KAFKA_HOOKS_H

/* Register the formats at the world, before its first simulated thread. */
void kafka_hooks_register(void);

#endif
