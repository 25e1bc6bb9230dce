/* carafe inside another program: consume one message, then stop.  embed BOOTSTRAP_SERVERS */
#include <carafe.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t consumed;

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%s@%lld: %zu bytes\n", messages[i].topic, (long long)messages[i].offset, messages[i].payload_len);
    }
    (void)consumer;
    return sem_post(&consumed);
}

int main(int argc, char **argv)
{
    const struct carafe_setting kafka[] = {{"bootstrap.servers", argc > 1 ? argv[1] : "localhost"}};
    const struct carafe_topic topics[] = {{.name = "orders", .group = "billing", .handler = {.consume = consume}}};
    struct carafe_config config;
    struct carafe_error error;
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){kafka, 1};
    config.topics = topics;
    config.topic_count = 1;
    sem_init(&consumed, 0, 0);
    struct carafe *carafe = carafe_create(&config, &error);
    if (carafe == NULL || carafe_embedded_start(carafe, &error) != 0) {
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    sem_wait(&consumed);
    int result = carafe_embedded_stop(carafe, &error);
    carafe_destroy(carafe);
    return result == 0 ? 0 : 1;
}
