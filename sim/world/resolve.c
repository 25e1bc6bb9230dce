#include "world/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "world/memory.h"
#include "world/report.h"
#include "world/state.h"

enum { HOSTS_MAX = 256, HOST_NAME_BYTES = 256 };

struct answer {
    struct addrinfo info;
    struct sockaddr_in address;
};

static char hosts[HOSTS_MAX][HOST_NAME_BYTES];
static size_t host_count;

void sim_net_add_host(const char *name)
{
    if (host_count == HOSTS_MAX || strlen(name) >= HOST_NAME_BYTES) {
        sim_report_fail(SIM_MISUSE, "host name: expected at most %d of less than %d bytes", HOSTS_MAX, HOST_NAME_BYTES);
    }
    sim_memory_copy_text(hosts[host_count++], HOST_NAME_BYTES, name);
}

static bool is_known(const char *host)
{
    if (strcmp(host, "localhost") == 0) {
        return true;
    }
    for (size_t i = 0; i < host_count; i++) {
        if (strcmp(host, hosts[i]) == 0) {
            return true;
        }
    }
    for (const struct sim_process *process = sim_world.first_process; process; process = process->next) {
        if (strcmp(host, process->host_name) == 0) {
            return true;
        }
    }
    return false;
}

static int parse_port(const char *service, uint16_t *port)
{
    char *end;
    *port = 0;
    if (!service) {
        return 0;
    }
    errno = 0;
    long number = strtol(service, &end, 10);
    if (errno != 0 || end == service || *end || number < 0 || number > UINT16_MAX) {
        return EAI_SERVICE;
    }
    *port = (uint16_t)number;
    return 0;
}

int sim_resolve(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    struct in_addr address = {.s_addr = htonl(INADDR_LOOPBACK)};
    uint16_t port;
    int saved = errno;
    int error = parse_port(service, &port);
    errno = saved;
    if (error != 0) {
        return error;
    }
    if (hints && hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET) {
        return EAI_FAMILY;
    }
    if (!host && hints && (hints->ai_flags & AI_PASSIVE)) {
        address.s_addr = htonl(INADDR_ANY);
    } else if (host && inet_pton(AF_INET, host, &address) != 1) {
        address.s_addr = htonl(INADDR_LOOPBACK);
        if (!is_known(host)) {
            return EAI_NONAME;
        }
    }
    struct answer *answer = sim_memory_get(sizeof(*answer));
    answer->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = address, .sin_port = htons(port)};
    answer->info = (struct addrinfo){.ai_family = AF_INET,
                                     .ai_socktype = SOCK_STREAM,
                                     .ai_protocol = IPPROTO_TCP,
                                     .ai_addrlen = sizeof(answer->address),
                                     .ai_addr = (struct sockaddr *)&answer->address};
    *result = &answer->info;
    return 0;
}

void sim_resolve_free(struct addrinfo *result)
{
    sim_memory_put(result, sizeof(struct answer));
}
