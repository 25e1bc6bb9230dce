#include "oracle/places.h"

#include <stdlib.h>
#include <string.h>

struct places {
    const struct program *program;
    size_t *first; /* by topic: the cell of its partition 0 */
    size_t cells;
    size_t last_topic; /* what was asked for last is asked for next */
    size_t last_group;
    char *groups[PLACES_GROUPS_MAX];
    size_t group_count;
};

struct places *places_create(const struct program *program)
{
    struct places *places = calloc(1, sizeof *places);
    if (places == NULL) {
        return NULL;
    }
    places->program = program;
    places->first = calloc(program->topic_count + 1, sizeof *places->first);
    if (places->first == NULL) {
        free(places);
        return NULL;
    }
    for (size_t i = 0; i < program->topic_count; i++) {
        places->first[i] = places->cells;
        places->cells += (size_t)program->topics[i].partitions;
    }
    return places;
}

void places_destroy(struct places *places)
{
    if (places == NULL) {
        return;
    }
    for (size_t i = 0; i < places->group_count; i++) {
        free(places->groups[i]);
    }
    free(places->first);
    free(places);
}

size_t places_group(struct places *places, const char *name)
{
    if (name == NULL) {
        return PROGRAM_NONE;
    }
    if (places->last_group < places->group_count && strcmp(places->groups[places->last_group], name) == 0) {
        return places->last_group;
    }
    for (size_t i = 0; i < places->group_count; i++) {
        if (strcmp(places->groups[i], name) == 0) {
            places->last_group = i;
            return i;
        }
    }
    char *copy = places->group_count < PLACES_GROUPS_MAX ? strdup(name) : NULL;
    if (copy == NULL) {
        return PROGRAM_NONE;
    }
    places->groups[places->group_count] = copy;
    places->last_group = places->group_count;
    return places->group_count++;
}

size_t places_groups(const struct places *places)
{
    return places->group_count;
}

const char *places_group_name(const struct places *places, size_t group)
{
    return places->groups[group];
}

size_t places_topic(struct places *places, const char *name)
{
    const struct program *program = places->program;
    if (name == NULL) {
        return PROGRAM_NONE;
    }
    if (places->last_topic < program->topic_count && strcmp(program->topics[places->last_topic].name, name) == 0) {
        return places->last_topic;
    }
    for (size_t i = 0; i < program->topic_count; i++) {
        if (strcmp(program->topics[i].name, name) == 0) {
            places->last_topic = i;
            return i;
        }
    }
    return PROGRAM_NONE;
}

size_t places_cell(struct places *places, const char *topic, int32_t partition)
{
    size_t index = places_topic(places, topic);
    if (index == PROGRAM_NONE || partition < 0 || partition >= places->program->topics[index].partitions) {
        return PROGRAM_NONE;
    }
    return places->first[index] + (size_t)partition;
}

size_t places_cells(const struct places *places)
{
    return places->cells;
}

size_t places_first_cell(const struct places *places, size_t topic)
{
    return places->first[topic];
}
