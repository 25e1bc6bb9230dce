#include "kafka/hooks.h"

#include <stdarg.h>
#include <stdio.h>

#include "world/world.h"

/* One world in a real process, one thread at a time: plain counters do. */
static unsigned long clusters;
static unsigned long pointers;

/* "mockCluster%lx": the cluster's id, in every Metadata answer and so in statistics and reports. */
static int print_cluster(char *buffer, size_t size, va_list arguments, void *owner)
{
    (void)arguments;
    (void)owner;
    return snprintf(buffer, size, "mockCluster%lu", ++clusters);
}

/* "%p": the id of a new member of a group, in every request of the group from then on. */
static int print_member(char *buffer, size_t size, va_list arguments, void *owner)
{
    (void)arguments;
    (void)owner;
    return snprintf(buffer, size, "member-%lu", ++pointers);
}

void kafka_hooks_register(void)
{
    sim_format_hook("librdkafka.so", "mockCluster%lx", print_cluster, NULL);
    sim_format_hook("librdkafka.so", "%p", print_member, NULL);
}
