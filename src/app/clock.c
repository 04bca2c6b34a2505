#define _POSIX_C_SOURCE 200809L
#include "app/clock.h"

#include <assert.h>
#include <time.h>

/* Two clocks are not read at one instant. Read again if the process was away in between. */
#define APART_MAX_US 2000
#define READS_MAX 20

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    const int failed = clock_gettime(clock, &now);
    assert(!failed);
    (void)failed;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t lee_clock_utc_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t lee_clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* What the wall clock is ahead of the monotonic one, rather too little than too much, because what
 * is too much stays. */
static int64_t read_wall_offset(void)
{
    int64_t offset_us = 0;
    for (int i = 0; i < READS_MAX; i++) {
        const int64_t before_us = lee_clock_monotonic_us();
        const int64_t wall_us = lee_clock_utc_us();
        const int64_t after_us = lee_clock_monotonic_us();
        offset_us = wall_us - after_us;
        if (after_us - before_us <= APART_MAX_US) {
            break;
        }
    }
    return offset_us;
}

void lee_receive_clock_begin(lee_receive_clock *clock)
{
    assert(clock);
    const int64_t offset_us = read_wall_offset();
    *clock = (lee_receive_clock){.offset_us = offset_us, .wall_offset_us = offset_us};
}

int64_t lee_receive_clock_us(const lee_receive_clock *clock)
{
    return lee_clock_monotonic_us() + clock->offset_us;
}

void lee_receive_clock_raise(lee_receive_clock *clock, int64_t t_us)
{
    const int64_t offset_us = t_us - lee_clock_monotonic_us();
    clock->offset_us = offset_us > clock->offset_us ? offset_us : clock->offset_us;
}

int64_t lee_receive_clock_ahead_us(const lee_receive_clock *clock)
{
    return clock->offset_us - clock->wall_offset_us;
}

lee_clock_look lee_receive_clock_look(lee_receive_clock *clock)
{
    const int64_t wall_offset_us = read_wall_offset();
    return lee_receive_clock_take(clock, wall_offset_us, lee_clock_monotonic_us());
}

static bool is_step(int64_t by_us)
{
    return by_us <= -LEE_CLOCK_STEP_US || by_us >= LEE_CLOCK_STEP_US;
}

lee_clock_look lee_receive_clock_take(lee_receive_clock *clock, int64_t wall_offset_us,
                                      int64_t monotonic_us)
{
    assert(clock);
    const int64_t step_us = wall_offset_us - clock->wall_offset_us;
    const bool stepped = is_step(step_us);
    clock->wall_offset_us = wall_offset_us;
    if (stepped) {
        clock->steps++;
        clock->step_us = step_us;
    }
    if (wall_offset_us > clock->offset_us) {
        clock->offset_us = wall_offset_us;
    }
    if (lee_receive_clock_ahead_us(clock) <= LEE_CLOCK_WAITS_US) {
        clock->since_us = 0;
    } else if (clock->since_us == 0 || is_step(wall_offset_us - clock->stood_us)) {
        clock->since_us = monotonic_us;
        clock->stood_us = wall_offset_us;
    } else if (monotonic_us - clock->since_us >= LEE_CLOCK_STANDS_US) {
        return LEE_CLOCK_SESSION_DUE;
    }
    return stepped ? LEE_CLOCK_STEPPED : LEE_CLOCK_STEADY;
}

void lee_receive_clock_follow(lee_receive_clock *clock)
{
    clock->offset_us = clock->wall_offset_us;
    clock->since_us = 0;
}
