/* app/clock.h: the only place that asks the system what time it is. */
#ifndef LEE_APP_CLOCK_H
#define LEE_APP_CLOCK_H

#include <stdint.h>

/* UTC in microseconds since 1970. */
int64_t lee_clock_utc_us(void *unused);

/* For intervals: never set back, meaningless by itself. */
int64_t lee_clock_monotonic_us(void);

#endif
