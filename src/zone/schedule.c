#include "zone/schedule.h"

#include <assert.h>
#include <stdlib.h>

/* The first interval that ends after t_us; count when there is none. */
static uint32_t first_ending_after(const lee_schedule *schedule, int64_t t_us)
{
    uint32_t low = 0;
    uint32_t high = schedule->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (schedule->intervals[middle].to_us > t_us) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool lee_schedule_active(const lee_schedule *schedule, int64_t t_us)
{
    assert(schedule);

    if (schedule->always) {
        return true;
    }
    const uint32_t index = first_ending_after(schedule, t_us);
    return index < schedule->count && schedule->intervals[index].from_us <= t_us;
}

bool lee_schedule_next_edge(const lee_schedule *schedule, int64_t t_us, int64_t *out)
{
    assert(schedule);
    assert(out);

    if (schedule->always) {
        return false;
    }
    uint32_t index = first_ending_after(schedule, t_us);
    if (index == schedule->count) {
        return false;
    }
    if (schedule->intervals[index].from_us > t_us) {
        *out = schedule->intervals[index].from_us;
        return true;
    }
    /* Import merges intervals that touch; a schedule made elsewhere may still hold some. */
    while (index + 1 < schedule->count &&
           schedule->intervals[index + 1].from_us <= schedule->intervals[index].to_us) {
        index++;
    }
    if (schedule->intervals[index].to_us == INT64_MAX) {
        return false;
    }
    *out = schedule->intervals[index].to_us;
    return true;
}

static int compare_intervals(const void *left, const void *right)
{
    const lee_interval *a = left;
    const lee_interval *b = right;
    if (a->from_us != b->from_us) {
        return a->from_us < b->from_us ? -1 : 1;
    }
    return (a->to_us > b->to_us) - (a->to_us < b->to_us);
}

size_t lee_schedule_normalise(lee_interval *intervals, size_t count)
{
    assert(intervals || count == 0);

    if (count == 0) {
        return 0;
    }
    qsort(intervals, count, sizeof *intervals, compare_intervals);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (intervals[i].from_us >= intervals[i].to_us) {
            continue;
        }
        if (kept > 0 && intervals[i].from_us <= intervals[kept - 1].to_us) {
            if (intervals[i].to_us > intervals[kept - 1].to_us) {
                intervals[kept - 1].to_us = intervals[i].to_us;
            }
        } else {
            intervals[kept++] = intervals[i];
        }
    }
    return kept;
}
