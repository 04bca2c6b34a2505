/* decode/position.h: the position of an aircraft from the halves it sends. */
#ifndef LEE_DECODE_POSITION_H
#define LEE_DECODE_POSITION_H

#include "decode/aircraft.h"

typedef struct {
    int64_t t_us;
    bool timed;            /* false: t_us never moves, so that no gap can be seen */
    bool fine_tisb;        /* of a ground station: DF18 with control field 2 or 5 */
    const lee_point *site; /* NULL: not known */
    uint64_t *implausible_count;
} lee__position_context;

/* Takes the next half. NULL: *out is where the aircraft is; else why there is no position. */
const char *lee__position_update(lee__aircraft *aircraft, const lee_cpr *half,
                                 const lee__position_context *context, lee_point *out);

#endif
