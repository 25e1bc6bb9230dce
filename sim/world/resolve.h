/* Names of hosts: all that are known are this machine. */
#ifndef SIM_WORLD_RESOLVE_H
#define SIM_WORLD_RESOLVE_H

#include <netdb.h>

/* As getaddrinfo; `*result` is for sim_resolve_free. */
int sim_resolve(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result);
void sim_resolve_free(struct addrinfo *result);

#endif
