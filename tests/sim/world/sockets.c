#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

struct sockaddr_in sockets_address(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int sockets_listen(uint16_t port)
{
    struct sockaddr_in address = sockets_address(port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    CHECK(listen(listener, 5) == 0);
    return listener;
}

int sockets_connect(uint16_t port)
{
    struct sockaddr_in address = sockets_address(port);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(connect(client, (struct sockaddr *)&address, sizeof(address)) == -1 && errno == EINPROGRESS);
    return client;
}

struct pair sockets_pair(uint16_t port)
{
    struct sockaddr_in address = sockets_address(port);
    struct pair pair = {.listener = sockets_listen(port), .client = socket(AF_INET, SOCK_STREAM, 0)};
    CHECK(connect(pair.client, (struct sockaddr *)&address, sizeof(address)) == 0);
    pair.server = accept(pair.listener, NULL, NULL);
    CHECK(pair.server >= 0);
    return pair;
}

void sockets_close(const struct pair *pair)
{
    CHECK(close(pair->client) == 0);
    CHECK(close(pair->server) == 0);
    CHECK(close(pair->listener) == 0);
}
