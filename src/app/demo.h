/* app/demo.h: plays a recording at a chosen speed, as if it happened now. */
#ifndef LEE_APP_DEMO_H
#define LEE_APP_DEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/frame.h"

typedef struct lee_demo lee_demo;

/* What the player tells: frames and ticks in the order of their times, and that it starts over. */
typedef struct {
    lee_frame_sink *frame;
    void (*tick)(void *context, int64_t t_us);
    void (*start_over)(void *context, int64_t t_us);
    void *context;
} lee_demo_handlers;

/* The state that the page shows. Texts live as long as the player. */
typedef struct {
    int32_t speed_e1; /* tenths: 10 is real time */
    bool paused;
    int64_t from_us;
    int64_t to_us;
    int64_t t_us;
    int32_t stale_after_s; /* how far apart the recording's reports are decides what is old */
    int32_t expire_after_s;
    const char *recorded; /* what is real */
    const char *drawn;    /* what we drew */
} lee_demo_state;

/* Loads FOLDER/demo.json (speed, from_us, to_us, stale_after_s,
 * expire_after_s, recorded, drawn) and FOLDER/demo.jsonl (report
 * lines). Says on standard error what is wrong. LEE_ERR_NOT_FOUND, SYNTAX, LIMIT, NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_demo_load(const char *folder, const lee_demo_handlers *handlers, lee_demo **out);
void lee_demo_free(lee_demo *demo);

/* Plays what is due now by the monotonic clock. */
void lee_demo_step(lee_demo *demo, int64_t now_us);

/* Speed in tenths, 1 (a tenth) to 6000 (600 x). False: outside. */
bool lee_demo_set_speed(lee_demo *demo, int32_t speed_e1);
void lee_demo_set_paused(lee_demo *demo, bool paused);

/* Plays on without pause until `reached` answers true, at most ten minutes of the recording. */
void lee_demo_jump(lee_demo *demo, bool (*reached)(void *context), void *context);

void lee_demo_describe(const lee_demo *demo, lee_demo_state *out);

#endif
