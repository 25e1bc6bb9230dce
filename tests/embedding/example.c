/* One consumer in each of its lives, with its events.  example standalone|embedded|swarm BOOTSTRAP_SERVERS */
#include <carafe.h>
#include <stdio.h>
#include <string.h>

static int consume(struct carafe_consumer *consumer, const struct carafe_message *messages, size_t count)
{
    return printf("%s: %zu from %lld\n", carafe_consumer_topic(consumer), count, (long long)messages[0].offset) < 0;
}

static int hear(const struct carafe_event *event, void *owner)
{
    return fprintf(owner, "%s\n", carafe_event_name(event->kind)) < 0;
}

int main(int argc, char **argv)
{
    const struct carafe_setting kafka = {"bootstrap.servers", argc > 2 ? argv[2] : "localhost:9092"};
    const struct carafe_topic topic = {.name = "orders", .group = "billing", .handler = {.consume = consume}};
    const char *mode = argc > 1 ? argv[1] : "standalone";
    struct carafe_config config;
    struct carafe_error error = {0};
    carafe_config_init(&config);
    config.kafka = (struct carafe_settings){&kafka, 1};
    config.topics = &topic;
    config.topic_count = 1;
    struct carafe *carafe = carafe_create(&config, &error);
    int result = carafe == NULL ? -1 : carafe_subscribe(carafe, hear, stdout, &error);
    if (result == 0 && strcmp(mode, "embedded") == 0) {
        result = carafe_embedded_start(carafe, &error);
        (void)getchar(); /* the rest of the program */
        result = result != 0 ? result : carafe_embedded_stop(carafe, &error);
    } else if (result == 0) { /* until TERM */
        result = strcmp(mode, "swarm") == 0 ? carafe_swarm_run(carafe, &error) : carafe_run(carafe, &error);
    }
    carafe_destroy(carafe);
    return result == 0 ? 0 : (fprintf(stderr, "%s\n", error.text), 1);
}
