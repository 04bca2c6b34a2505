/* app/clock.h: the only place that asks the system what time it is. */
#ifndef LEE_APP_CLOCK_H
#define LEE_APP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* UTC in microseconds since 1970, as the wall clock says: it may be set forth and back. */
int64_t lee_clock_utc_us(void);

/* For intervals: never set back, meaningless by itself. */
int64_t lee_clock_monotonic_us(void);

/* When something came in: wall time when it was set going, and the monotonic clock from there on,
 * so that it never goes back by itself and a feed without times of its own is never late.
 *
 * A wall clock that is set forth is followed at once: the machine has just learned the time, or has
 * slept. One that is set back is not followed. By up to LEE_CLOCK_WAITS_US time runs on until it
 * has caught up; by more it is believed when it has stood for LEE_CLOCK_STANDS_US, and then whoever
 * holds the clock begins a new session, in which the hour is an earlier one. Until then those who
 * tell no time lose nothing; afterwards those who do are not taken for late. */
typedef struct {
    int64_t offset_us;      /* to the monotonic clock */
    int64_t wall_offset_us; /* the same of the wall clock, when it was looked at last */
    int64_t stood_us;       /* where it stood when it fell behind, */
    int64_t since_us;       /* and when: monotonic; 0: it is not behind by more than it waits for */
    uint64_t steps;         /* of the wall clock that were noticed */
    int64_t step_us;        /* the newest; below 0: back */
} lee_receive_clock;

#define LEE_CLOCK_STEP_US INT64_C(500000)   /* less is how fast two clocks are read, or drift */
#define LEE_CLOCK_WAITS_US INT64_C(5000000) /* as far as reports may be of the future */
#define LEE_CLOCK_STANDS_US INT64_C(60000000)

/* What a look at the wall clock showed. */
typedef enum {
    LEE_CLOCK_STEADY,
    LEE_CLOCK_STEPPED,    /* it was set, which is to be told */
    LEE_CLOCK_SESSION_DUE /* it was set back and has stood: lee_receive_clock_follow */
} lee_clock_look;

void lee_receive_clock_begin(lee_receive_clock *clock);
int64_t lee_receive_clock_us(const lee_receive_clock *clock);

/* Nothing comes in before this any more: the journal's time when it goes on in the same session. */
void lee_receive_clock_raise(lee_receive_clock *clock, int64_t t_us);

/* How far it is ahead of the wall clock, at least 0. */
int64_t lee_receive_clock_ahead_us(const lee_receive_clock *clock);

/* Once a second. */
lee_clock_look lee_receive_clock_look(lee_receive_clock *clock);
/* The same for given clocks: what the wall clock is ahead of the monotonic one, and that. */
lee_clock_look lee_receive_clock_take(lee_receive_clock *clock, int64_t wall_offset_us,
                                      int64_t monotonic_us);

/* Goes to the wall clock's time, also back. */
void lee_receive_clock_follow(lee_receive_clock *clock);

#endif
