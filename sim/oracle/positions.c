#include "oracle/positions.h"

#include <stdlib.h>
#include <string.h>

/* A little below what a mock partition keeps: 5 MB, 100 000 message sets. */
#define LOG_BYTES_KEPT   INT64_C(4000000)
#define LOG_RECORDS_KEPT INT64_C(90000)
#define WORD_BITS        64

struct positions {
    struct places *places;
    struct position *rows[PLACES_GROUPS_MAX];
    struct log_end *logs;
};

struct positions *positions_create(struct places *places)
{
    struct positions *positions = calloc(1, sizeof *positions);
    if (positions == NULL) {
        return NULL;
    }
    positions->places = places;
    positions->logs = calloc(places_cells(places) + 1, sizeof *positions->logs);
    if (positions->logs == NULL) {
        free(positions);
        return NULL;
    }
    return positions;
}

void positions_destroy(struct positions *positions)
{
    if (positions == NULL) {
        return;
    }
    for (size_t group = 0; group < PLACES_GROUPS_MAX; group++) {
        for (size_t cell = 0; positions->rows[group] != NULL && cell < places_cells(positions->places); cell++) {
            free(positions->rows[group][cell].ahead);
        }
        free(positions->rows[group]);
    }
    free(positions->logs);
    free(positions);
}

struct position *positions_of(struct positions *positions, size_t group, size_t cell)
{
    if (group == PROGRAM_NONE || cell == PROGRAM_NONE) {
        return NULL;
    }
    if (positions->rows[group] == NULL) {
        positions->rows[group] = calloc(places_cells(positions->places) + 1, sizeof *positions->rows[group]);
        for (size_t i = 0; positions->rows[group] != NULL && i < places_cells(positions->places); i++) {
            positions->rows[group][i].committed = -1;
        }
    }
    return positions->rows[group] != NULL ? &positions->rows[group][cell] : NULL;
}

struct log_end *positions_log(struct positions *positions, size_t cell)
{
    return cell != PROGRAM_NONE ? &positions->logs[cell] : NULL;
}

/* ---- What was handled -------------------------------------------------------------------------------------------- */

static bool test(const struct position *position, int64_t offset)
{
    size_t bit = (size_t)(offset - position->base);
    return bit / WORD_BITS < position->words &&
           (position->ahead[bit / WORD_BITS] & UINT64_C(1) << (bit % WORD_BITS)) != 0;
}

/* Room for `offset`.  What lies below `handled` is forgotten when room is made. */
static bool make_room(struct position *position, int64_t offset)
{
    if ((size_t)(offset - position->base) / WORD_BITS < position->words) {
        return true;
    }
    size_t forgotten = (size_t)(position->handled - position->base) / WORD_BITS;
    forgotten = forgotten < position->words ? forgotten : position->words;
    if (forgotten > 0) {
        memmove(position->ahead, position->ahead + forgotten, (position->words - forgotten) * sizeof *position->ahead);
        memset(position->ahead + position->words - forgotten, 0, forgotten * sizeof *position->ahead);
    }
    position->base = position->handled - position->handled % WORD_BITS;
    size_t needed = (size_t)(offset - position->base) / WORD_BITS + 1;
    if (needed <= position->words) {
        return true;
    }
    size_t words = needed < 16 ? 16 : needed * 2;
    uint64_t *ahead = realloc(position->ahead, words * sizeof *ahead);
    if (ahead == NULL) {
        return false;
    }
    memset(ahead + position->words, 0, (words - position->words) * sizeof *ahead);
    position->ahead = ahead;
    position->words = words;
    return true;
}

static void advance(struct position *position)
{
    while (test(position, position->handled)) {
        position->handled++;
    }
}

void position_handle(struct position *position, int64_t first, int64_t last)
{
    if (first <= position->handled) {
        position_skip(position, last + 1);
        return;
    }
    for (int64_t offset = first; offset <= last && offset - position->handled < POSITION_AHEAD_MAX; offset++) {
        if (make_room(position, offset)) {
            size_t bit = (size_t)(offset - position->base);
            position->ahead[bit / WORD_BITS] |= UINT64_C(1) << (bit % WORD_BITS);
        }
    }
}

void position_skip(struct position *position, int64_t offset)
{
    if (offset > position->handled) {
        position->handled = offset;
        advance(position);
    }
}

bool log_end_may_have_dropped(const struct log_end *log)
{
    return log->bytes > LOG_BYTES_KEPT || log->end > LOG_RECORDS_KEPT;
}
