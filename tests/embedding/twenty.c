#include <carafe.h>
#include <stdio.h>

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    printf("%s: %zu messages from %lld on\n", carafe_consumer_topic(consumer), count, (long long)messages[0].offset);
    return 0; /* anything else: it failed, try again */
}

int main(void)
{
    const struct carafe_setting kafka = {"bootstrap.servers", "localhost:9092"};
    const struct carafe_topic topic = {.name = "orders", .group = "billing", .handler = {.consume = consume}};
    struct carafe_config config;
    struct carafe_error error;
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){&kafka, 1};
    config.topics = &topic;
    config.topic_count = 1;
    struct carafe *carafe = carafe_create(&config, &error);
    if (carafe == NULL || carafe_run(carafe, &error) != 0) { /* until TERM */
        return fprintf(stderr, "%s\n", error.text), 1;
    }
    carafe_destroy(carafe);
    return 0;
}
