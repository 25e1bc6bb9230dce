#include "tracking/error_queue.h"

#include <stdlib.h>
#include <string.h>

struct error_document *error_document_create(const char *json, size_t len)
{
    struct error_document *document = malloc(sizeof *document + len);
    if (document == NULL) {
        return NULL;
    }
    *document = (struct error_document){.len = len};
    memcpy(document->json, json, len);
    return document;
}

void error_document_destroy(struct error_document *document)
{
    free(document);
}

void error_queue_close(struct error_queue *queue)
{
    (void)error_queue_trim(queue, 0);
}

void error_queue_push(struct error_queue *queue, struct error_document *document)
{
    document->next = NULL;
    document->previous = queue->last;
    if (queue->last == NULL) {
        queue->first = document;
    } else {
        queue->last->next = document;
    }
    queue->last = document;
    queue->count++;
}

void error_queue_remove(struct error_queue *queue, struct error_document *document)
{
    if (document->previous == NULL) {
        queue->first = document->next;
    } else {
        document->previous->next = document->next;
    }
    if (document->next == NULL) {
        queue->last = document->previous;
    } else {
        document->next->previous = document->previous;
    }
    document->next = NULL;
    document->previous = NULL;
    queue->count--;
}

struct error_document *error_queue_pop(struct error_queue *queue)
{
    struct error_document *document = queue->first;
    if (document != NULL) {
        error_queue_remove(queue, document);
    }
    return document;
}

void error_queue_put_back(struct error_queue *queue, struct error_queue *older)
{
    if (older->last == NULL) {
        return;
    }
    older->last->next = queue->first;
    if (queue->first == NULL) {
        queue->last = older->last;
    } else {
        queue->first->previous = older->last;
    }
    queue->first = older->first;
    queue->count += older->count;
    *older = (struct error_queue){0};
}

size_t error_queue_trim(struct error_queue *queue, size_t most)
{
    size_t dropped = 0;
    while (queue->count > most) {
        error_document_destroy(error_queue_pop(queue));
        dropped++;
    }
    return dropped;
}
