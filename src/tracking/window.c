#include "tracking/window.h"

static struct transfer_sample *sample_at(struct transfer_window *window, size_t index)
{
    return &window->samples[(window->first + index) % TRANSFER_SAMPLES];
}

static void forget_old(struct transfer_window *window, double now_ms)
{
    while (window->count > 0 && sample_at(window, 0)->at_ms < now_ms - WINDOW_MS) {
        window->first = (window->first + 1) % TRANSFER_SAMPLES;
        window->count--;
    }
}

void transfer_window_add(struct transfer_window *window, double now_ms, int64_t received, int64_t sent)
{
    forget_old(window, now_ms);
    if (window->count > 0) {
        const struct transfer_sample *newest = sample_at(window, window->count - 1);
        if (received < newest->received || sent < newest->sent) {
            window->count = 0;
        }
    }
    bool crowded =
        window->count >= 2 &&
        sample_at(window, window->count - 1)->at_ms - sample_at(window, window->count - 2)->at_ms < TRANSFER_SPACING_MS;
    if (!crowded && window->count < TRANSFER_SAMPLES) {
        window->count++;
    }
    *sample_at(window, window->count - 1) = (struct transfer_sample){now_ms, received, sent};
}

void transfer_window_rate(struct transfer_window *window, double now_ms, double *received, double *sent)
{
    *received = 0;
    *sent = 0;
    forget_old(window, now_ms);
    if (window->count < 2) {
        return;
    }
    const struct transfer_sample *oldest = sample_at(window, 0);
    const struct transfer_sample *newest = sample_at(window, window->count - 1);
    double seconds = (newest->at_ms - oldest->at_ms) / 1000;
    if (seconds > 0) {
        /* They never fall within a window, but two of them may be further apart than an int64_t reaches. */
        *received = (double)((uint64_t)newest->received - (uint64_t)oldest->received) / seconds;
        *sent = (double)((uint64_t)newest->sent - (uint64_t)oldest->sent) / seconds;
    }
}

/* Empty the slots that time has passed over. */
static void advance(struct work_window *window, int64_t slot)
{
    if (slot <= window->newest_slot) {
        return;
    }
    int64_t passed = slot - window->newest_slot;
    for (int64_t i = 1; i <= passed && i <= WORK_SLOTS; i++) {
        window->slots_ms[(window->newest_slot + i) % WORK_SLOTS] = 0;
    }
    window->newest_slot = slot;
}

void work_window_add(struct work_window *window, double now_ms, double duration_ms)
{
    int64_t slot = (int64_t)(now_ms / WORK_SLOT_MS);
    advance(window, slot);
    if (slot > window->newest_slot - WORK_SLOTS) {
        window->slots_ms[slot % WORK_SLOTS] += duration_ms;
    }
    window->used = true;
}

double work_window_sum(struct work_window *window, double now_ms, bool *used)
{
    advance(window, (int64_t)(now_ms / WORK_SLOT_MS));
    double sum = 0;
    for (size_t i = 0; i < WORK_SLOTS; i++) {
        sum += window->slots_ms[i];
    }
    *used = window->used && sum > 0;
    return sum;
}
