/* What shows that the watch lives: counts of its feeds, and its clock. */
#include <stdio.h>
#include <stdlib.h>

#include "app/daemon_private.h"
#include "app/memory.h"
#include "base/json.h"

void lee__daemon_write_clock(const lee_daemon *daemon, lee_json *json)
{
    const lee_receive_clock *const clock = &daemon->clock;
    lee_json_object(json);
    lee_json_put_int(json, "wall_us", lee_clock_utc_us());
    lee_json_put_int(json, "monotonic_us", lee_clock_monotonic_us());
    lee_json_put_int(json, "ahead_us", lee_receive_clock_ahead_us(clock));
    lee_json_put_int(json, "steps", (int64_t)clock->steps);
    if (clock->steps > 0) {
        lee_json_put_int(json, "step_us", clock->step_us);
    }
    lee_json_object_end(json);
}

void lee__daemon_heartbeat(void *context)
{
    lee_daemon *const daemon = context;
    lee_buffer_reset(&daemon->scratch);
    lee_json json;
    lee_json_begin(&json, &daemon->scratch);
    lee_json_object(&json);
    lee_json_put_int(&json, "t_us", lee__daemon_now_us(daemon));
    lee_json_key(&json, "clock");
    lee__daemon_write_clock(daemon, &json);
    lee_json_key(&json, "feeds");
    lee_json_array(&json);
    for (uint16_t i = 0; daemon->intake && i < lee_intake_count(daemon->intake); i++) {
        const lee_intake_feed feed = lee_intake_feed_at(daemon->intake, i);
        const lee_feed_counters *const counted =
            lee_pipeline_feed(lee_recorder_pipeline(daemon->recorder), i);
        lee_json_object(&json);
        lee_json_put_text(&json, "name", feed.name);
        lee_json_put_int(&json, "frames", (int64_t)counted->frames);
        lee_json_put_int(&json, "reports", (int64_t)counted->reports);
        lee_json_put_int(&json, "no_report", (int64_t)counted->nothing);
        lee_json_put_int(&json, "refused", (int64_t)counted->refused);
        lee_json_put_int(&json, "not_frames", (int64_t)feed.refused);
        lee_json_put_int(&json, "not_frames_bytes", (int64_t)feed.refused_bytes);
        lee_json_put_int(&json, "dropped", (int64_t)feed.status->datagrams_dropped);
        lee_json_object_end(&json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
    lee_error_info why;
    (void)lee__daemon_submit(daemon, LEE_RECORD_HEARTBEAT, &why);
}

/* A heartbeat at once, so that the journal says when the wall clock was set, and by how much. */
static void tell_step(lee_daemon *daemon)
{
    const int64_t step_us = daemon->clock.step_us;
    fprintf(stderr, "leeward: the wall clock was set %s by %lld.%lld s; time %s\n",
            step_us < 0 ? "back" : "forth", llabs(step_us) / 1000000, llabs(step_us) / 100000 % 10,
            step_us < 0 ? "runs on" : "follows");
    lee__daemon_heartbeat(daemon);
}

static void begin_at_wall_time(lee_daemon *daemon)
{
    fprintf(stderr,
            "leeward: the wall clock stays %lld s behind; a new session begins at its time\n",
            (long long)(lee_receive_clock_ahead_us(&daemon->clock) / 1000000));
    lee_receive_clock_follow(&daemon->clock);
    if (lee__daemon_start_session(daemon, lee_receive_clock_us(&daemon->clock)) != LEE_OK) {
        daemon->failed = true;
    }
    lee__daemon_heartbeat(daemon);
}

void lee__daemon_tell_clock(lee_daemon *daemon)
{
    const int64_t ahead_us = lee_receive_clock_ahead_us(&daemon->clock);
    if (!daemon->demo && ahead_us >= LEE_CLOCK_STEP_US) {
        fprintf(stderr,
                "leeward: the wall clock is %lld s behind the journal; time goes on there\n",
                (long long)(ahead_us / 1000000));
        lee__daemon_heartbeat(daemon);
    }
}

void lee__daemon_look_at_clock(lee_daemon *daemon)
{
    switch (lee_receive_clock_look(&daemon->clock)) {
    case LEE_CLOCK_STEADY:
        break;
    case LEE_CLOCK_STEPPED:
        tell_step(daemon);
        break;
    case LEE_CLOCK_SESSION_DUE:
        /* It would be lost, and what comes after the gap would go back in time. */
        if (!lee_recorder_is_degraded(daemon->recorder)) {
            begin_at_wall_time(daemon);
        }
        break;
    }
}
