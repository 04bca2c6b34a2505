#define _POSIX_C_SOURCE 200809L
#include "app/clock.h"

#include <assert.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    const int failed = clock_gettime(clock, &now);
    assert(!failed);
    (void)failed;
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t lee_clock_utc_us(void *unused)
{
    (void)unused;
    return read_clock(CLOCK_REALTIME);
}

int64_t lee_clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
