/* Ten times the budget of a feed, every frame with another address, for twenty seconds, through the
 * whole pipeline: 1,000,000 names beside 100 aircraft that were there and one that flies into a
 * protected town. Nothing of those is lost, every report is counted, memory stays bounded. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "app/pipeline.h"
#include "app/session.h"
#include "record/codec.h"
#include "record/input.h"

#define S INT64_C(1000000)
#define T0 (1700000000 * S)
#define BUDGET 5000
#define GHOSTS_PER_S 50000
#define FLOOD_S 20
#define CALM_S 120
#define RSS_MAX_KIB (400L * 1024)

static const char zones[] =
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":\"town\","
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[36.6,35.6],[36.8,35.6],[36.8,35.8],"
    "[36.6,35.8],[36.6,35.6]]]},\"properties\":{\"kind\":\"safe\",\"name\":\"Town\","
    "\"lower\":\"SFC\",\"upper\":\"UNL\"}}]}";

static int warnings;
static int failed;

static void on_output(void *context, lee_record_kind kind, const uint8_t *bytes, size_t length)
{
    (void)context;
    (void)bytes;
    (void)length;
    warnings += kind == LEE_RECORD_WARNING;
}

static void check(bool good, const char *what)
{
    printf("%s  %s\n", good ? "ok  " : "FAIL", what);
    failed += !good;
}

static void apply(lee_pipeline *pipeline, lee_record_kind kind, const lee_buffer *b)
{
    lee_error_info why;
    if (lee_pipeline_apply(pipeline, kind, b->bytes, b->length, &why) != LEE_OK) {
        fprintf(stderr, "%s\n", why.reason);
        exit(1);
    }
}

static void say(lee_pipeline *pipeline, lee_buffer *b, int64_t t_us, unsigned address, double lat,
                double lon)
{
    char text[256];
    const int length =
        snprintf(text, sizeof text,
                 "{\"t_us\":%lld,\"target\":\"icao24:%06x\",\"source\":\"adsb\",\"lat\":%.7f,"
                 "\"lon\":%.7f,\"alt_baro_ft\":9000,\"speed_ground_kt\":250,\"track_deg\":90}",
                 (long long)t_us, address, lat, lon);
    const lee_frame frame = {.t_us = t_us,
                             .bytes = (const uint8_t *)text,
                             .length = (uint32_t)length,
                             .format = LEE_FORMAT_REPORT_JSONL};
    lee_buffer_reset(b);
    lee_frame_encode(&frame, b);
    apply(pipeline, LEE_RECORD_FRAME, b);
}

/* 100 aircraft 200 km north of the town, flying past, and the one that comes. */
static void say_true(lee_pipeline *pipeline, lee_buffer *b, int second)
{
    for (unsigned i = 0; i < 100; i++) {
        say(pipeline, b, T0 + second * S + i, 0x400000 + i, 37.5 + i * 0.01,
            36.0 + second * 0.00142);
    }
    say(pipeline, b, T0 + second * S + 500, 0x43c6f1, 35.7, 36.3 + second * 0.00142);
}

static void begin(lee_pipeline *pipeline, lee_buffer *b)
{
    lee_session session;
    lee_session_default(&session);
    session.feed_budget_per_s = BUDGET;
    session.budgeted_feeds = 1;
    lee_session_write(&session, b);
    apply(pipeline, LEE_RECORD_SESSION, b);
    lee_buffer_reset(b);
    const lee_input_text input = {T0, 1, (const uint8_t *)zones, sizeof zones - 1};
    lee_input_text_encode(&input, b);
    apply(pipeline, LEE_RECORD_ZONES, b);
}

static bool knows(const lee_pipeline *pipeline, unsigned address, int64_t since_us)
{
    const lee_target target = lee_target_icao24(address, true);
    const lee_track *const track = lee_watch_find_track(lee_pipeline_watch(pipeline), &target);
    return track && track->last.t_us >= since_us;
}

int main(void)
{
    lee_buffer b;
    lee_buffer_init(&b, 1u << 20);
    lee_pipeline *pipeline = NULL;
    if (lee_pipeline_create(on_output, NULL, &pipeline) != LEE_OK) {
        return 1;
    }
    begin(pipeline, &b);
    for (int second = 0; second < CALM_S; second++) {
        say_true(pipeline, &b, second);
    }
    const int before = warnings;
    unsigned ghost = 0;
    for (int second = CALM_S; second < CALM_S + FLOOD_S; second++) {
        say_true(pipeline, &b, second);
        for (int i = 0; i < GHOSTS_PER_S; i++, ghost++) {
            /* Half of them beside the town but flying away, half far off. */
            const double lat = (ghost % 2 ? 31.0 : 35.3) + ghost % 100 * 0.001;
            say(pipeline, &b, T0 + second * S + 1000 + i * 19, 0x800000 + ghost, lat,
                37.1 + ghost % 97 * 0.003);
        }
    }
    for (int second = CALM_S + FLOOD_S; second < CALM_S + FLOOD_S + 100; second++) {
        say_true(pipeline, &b, second);
    }
    const lee_feed_counters *const feed = lee_pipeline_feed(pipeline, 0);
    uint64_t dropped = 0;
    for (int i = 0; i < LEE_WORTH_COUNT; i++) {
        dropped += feed->dropped[i];
    }
    lee_watch_counters counted;
    lee_watch_count(lee_pipeline_watch(pipeline), &counted);
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%u ghosts; %llu reports = %llu judged + %llu dropped (far %llu, again %llu, "
           "unestablished %llu, ordinary %llu); %u tracks, %llu evicted; %ld MiB\n",
           ghost, (unsigned long long)feed->reports, (unsigned long long)feed->judged,
           (unsigned long long)dropped, (unsigned long long)feed->dropped[LEE_WORTH_FAR],
           (unsigned long long)feed->dropped[LEE_WORTH_DUPLICATE],
           (unsigned long long)feed->dropped[LEE_WORTH_UNESTABLISHED],
           (unsigned long long)feed->dropped[LEE_WORTH_ORDINARY], counted.tracks,
           (unsigned long long)counted.tracks_evicted, usage.ru_maxrss / 1024);
    check(ghost == 1000000, "a million addresses were offered, ten times the budget");
    check(feed->frames == feed->reports + feed->nothing + feed->refused, "frames add up");
    check(feed->reports == feed->judged + dropped && dropped > 500000, "reports add up");
    check(feed->dropped[LEE_WORTH_FAR] > feed->dropped[LEE_WORTH_UNESTABLISHED] &&
              feed->dropped[LEE_WORTH_UNESTABLISHED] > feed->dropped[LEE_WORTH_ORDINARY],
          "what is far goes before what is new, that before the ordinary");
    check(feed->judged == counted.reports, "what was judged reached the watch");
    check(feed->dropped[LEE_WORTH_PRIORITY] == 0, "no priority was dropped");
    check(warnings > before || before > 0, "the town is warned");
    check(knows(pipeline, 0x43c6f1, T0 + (CALM_S + FLOOD_S - 1) * S), "the threat is followed");
    bool all = true;
    for (unsigned i = 0; i < 100; i++) {
        all = all && knows(pipeline, 0x400000 + i, T0);
    }
    check(all && counted.tracks_evicted_established == 0, "no established track was evicted");
    check(usage.ru_maxrss <= RSS_MAX_KIB, "memory stays below 400 MiB");
    lee_pipeline_free(pipeline);
    lee_buffer_free(&b);
    return failed > 0;
}
