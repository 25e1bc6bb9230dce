/*
 * Error documents on their way to Kafka: made when the error occurs, held until a report takes them, held again when
 * they could not be delivered.  Bounded: past the bound the oldest are dropped and counted.
 *
 * Locks: the caller's.
 */
#ifndef TRACKING_ERROR_QUEUE_H
#define TRACKING_ERROR_QUEUE_H

#include "carafe.h"

struct dispatch;

struct error_document {
    struct error_document *next;
    struct error_document *previous;
    struct dispatch *dispatch; /* who sent it, while it is under way */
    size_t len;
    char json[]; /* not terminated */
};

/* CARAFE's own copy of `json`; NULL without memory. Freed with error_document_destroy(). */
struct error_document *error_document_create(const char *json, size_t len);
void error_document_destroy(struct error_document *document);

struct error_queue {
    struct error_document *first;
    struct error_document *last;
    size_t count;
};

void error_queue_close(struct error_queue *queue);
void error_queue_push(struct error_queue *queue, struct error_document *document);
struct error_document *error_queue_pop(struct error_queue *queue); /* NULL: empty */
void error_queue_remove(struct error_queue *queue, struct error_document *document);

/* Put all of `older` before what `queue` holds; `older` is empty then. */
void error_queue_put_back(struct error_queue *queue, struct error_queue *older);

/* Drop the oldest until at most `most` are left. Returns how many went. */
size_t error_queue_trim(struct error_queue *queue, size_t most);

#endif
