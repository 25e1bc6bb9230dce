/* A connection, for tests that run inside a world. */
#ifndef TESTS_SIM_WORLD_SOCKETS_H
#define TESTS_SIM_WORLD_SOCKETS_H

#include <netinet/in.h>
#include <stdint.h>

enum { PORT = 9092 };

struct pair {
    int listener;
    int client;
    int server;
};

struct sockaddr_in sockets_address(uint16_t port);
int sockets_listen(uint16_t port);
/* Not blocking; the connect is under way. */
int sockets_connect(uint16_t port);
struct pair sockets_pair(uint16_t port);
void sockets_close(const struct pair *pair);

#endif
