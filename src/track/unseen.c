#include "track/unseen.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time_text.h"
#include "geo/distance.h"
#include "geo/trig.h"
#include "track/plausible.h"

#define EIGHTH_E3 45000
#define KT_PER_MPS (3600.0 / 1852.0)
/* Sightings this close in time may come in any order. */
#define TOGETHER_S 120.0

typedef struct {
    uint32_t number; /* 0: free */
    lee_seen last;   /* the newest sighting */
    int64_t judged_us;
    double speed_mps; /* 0: not known */
    uint8_t heading;  /* of the newest sightings that tell it */
    uint32_t sightings;
    uint64_t by[LEE_UNSEEN_OBSERVERS_MAX]; /* 0: free */
    int64_t by_us[LEE_UNSEEN_OBSERVERS_MAX];
} thing;

struct lee_unseen {
    thing things[LEE_UNSEEN_MAX];
    uint32_t last_number;
    lee_unseen_counters counters;
};

lee_unseen *lee_unseen_create(void)
{
    return lee_alloc(1, sizeof(lee_unseen));
}

void lee_unseen_free(lee_unseen *unseen)
{
    lee_free(unseen);
}

void lee_unseen_state(lee_state *state, lee_unseen *unseen)
{
    assert(state && unseen);
    lee_state_section(state, "unseen");
    lee_state_plain(state, unseen, sizeof *unseen);
}

void lee_unseen_count(const lee_unseen *unseen, lee_unseen_counters *out)
{
    assert(unseen && out);
    *out = unseen->counters;
}

static double seconds(int64_t from_us, int64_t to_us)
{
    return to_us >= from_us ? (double)((uint64_t)to_us - (uint64_t)from_us) / 1e6
                            : -(double)((uint64_t)from_us - (uint64_t)to_us) / 1e6;
}

/* --- is it the same? ---------------------------------------------------------------------------
 */

/* The eighth of the way from a to b. */
static uint8_t eighth_of(double north_m, double east_m)
{
    const double turn = lee_atan2(east_m, north_m) / (2.0 * LEE_PI);
    const int eighths = (int)floor((turn < 0.0 ? turn + 1.0 : turn) * 8.0 + 0.5);
    return (uint8_t)(eighths % 8);
}

static bool is_about(uint8_t heading, uint8_t way)
{
    const int apart = (way - heading + 8) % 8;
    return heading == LEE_SEEN_HEADING_UNKNOWN || apart <= 2 || apart >= 6;
}

/* How badly the sighting fits the thing, in metres; negative: it is another one. */
static double misfit(const thing *t, const lee_seen *seen)
{
    const double passed_s = seconds(t->last.t_us, seen->t_us);
    if (passed_s < -TOGETHER_S || passed_s * 1e6 > (double)LEE_UNSEEN_KNOWN_US) {
        return -1.0;
    }
    if (t->last.what != seen->what && t->last.what != LEE_SEEN_UNKNOWN &&
        seen->what != LEE_SEEN_UNKNOWN) {
        return -1.0;
    }
    double north_m;
    double east_m;
    lee__plane_offset(t->last.observer, seen->observer, &north_m, &east_m);
    const double apart_m = lee__length(north_m, east_m);
    const double slack_m = (double)t->last.range_m + seen->range_m;
    const double gone_s = fabs(passed_s);
    const int32_t fastest_mps =
        seen->fastest_mps < t->last.fastest_mps ? seen->fastest_mps : t->last.fastest_mps;
    if (apart_m > slack_m + fastest_mps * 1.2 * gone_s) {
        return -1.0;
    }
    if (t->speed_mps > 0.0 &&
        fabs(apart_m - t->speed_mps * gone_s) > slack_m + 0.5 * t->speed_mps * gone_s) {
        return -1.0;
    }
    if (apart_m > slack_m && !is_about(t->heading, eighth_of(north_m, east_m))) {
        return -1.0;
    }
    const double expected_mps = t->speed_mps > 0.0 ? t->speed_mps : fastest_mps / 2.0;
    return fabs(apart_m - expected_mps * gone_s);
}

/* The thing that the sighting fits best; of two alike the one that came first. NULL: none. */
static thing *find(lee_unseen *u, const lee_seen *seen)
{
    thing *best = NULL;
    double least_m = 0.0;
    for (uint32_t i = 0; i < LEE_UNSEEN_MAX; i++) {
        thing *const t = &u->things[i];
        const double off_m = t->number != 0 ? misfit(t, seen) : -1.0;
        if (off_m >= 0.0 && (!best || off_m < least_m)) {
            best = t;
            least_m = off_m;
        }
    }
    return best;
}

static thing *add(lee_unseen *u)
{
    thing *chosen = &u->things[0];
    for (uint32_t i = 0; i < LEE_UNSEEN_MAX && chosen->number != 0; i++) {
        thing *const t = &u->things[i];
        if (t->number == 0 || t->last.t_us < chosen->last.t_us) {
            chosen = t;
        }
    }
    if (chosen->number != 0) {
        u->counters.evicted++;
        u->counters.targets--;
    }
    *chosen = (thing){.number = ++u->last_number, .heading = LEE_SEEN_HEADING_UNKNOWN};
    u->counters.targets++;
    return chosen;
}

/* --- what it says ------------------------------------------------------------------------------
 */

static void take(thing *t, const lee_seen *seen)
{
    const bool is_first = t->sightings++ == 0;
    const double passed_s = is_first ? 0.0 : seconds(t->last.t_us, seen->t_us);
    if (!is_first && passed_s < 0.0) {
        return; /* an older one of the same thing adds that it was seen, nothing more */
    }
    const lee_seen before = t->last;
    t->last = *seen;
    if (seen->what == LEE_SEEN_UNKNOWN && !is_first) {
        t->last.what = before.what;
        t->last.fastest_mps = before.fastest_mps;
    }
    if (seen->heading != LEE_SEEN_HEADING_UNKNOWN) {
        t->heading = seen->heading;
    }
    if (is_first) {
        return;
    }
    double north_m;
    double east_m;
    lee__plane_offset(before.observer, seen->observer, &north_m, &east_m);
    const double apart_m = lee_distance_m(before.observer, seen->observer);
    if (passed_s < 1.0 || apart_m <= (double)before.range_m + seen->range_m) {
        return;
    }
    /* To 10 km/h: nobody finds the observers' distance from it. */
    t->speed_mps = floor(apart_m / passed_s * 3.6 / 10.0 + 0.5) * 10.0 / 3.6;
    if (seen->heading == LEE_SEEN_HEADING_UNKNOWN) {
        t->heading = eighth_of(north_m, east_m);
    }
}

/* Notes who saw it; where there is no room, in the place of who saw it longest ago. */
static void note_observer(thing *t, const lee_seen *seen)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < LEE_UNSEEN_OBSERVERS_MAX; i++) {
        if (t->by[i] == seen->by) {
            t->by_us[i] = seen->t_us > t->by_us[i] ? seen->t_us : t->by_us[i];
            return;
        }
        const bool is_freer = t->by[i] == 0 || t->by_us[i] < t->by_us[at];
        at = t->by[at] != 0 && is_freer ? i : at;
    }
    t->by[at] = seen->by;
    t->by_us[at] = seen->t_us;
}

static uint32_t observers_of(const thing *t, int64_t now_us)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < LEE_UNSEEN_OBSERVERS_MAX; i++) {
        count += t->by[i] != 0 && seconds(t->by_us[i], now_us) * 1e6 <= (double)LEE_UNSEEN_KNOWN_US;
    }
    return count;
}

/* Where it can be at now_us: the middle goes on where course and speed are known, and what it may
 * have done otherwise widens the region. */
static void say(thing *t, int64_t now_us, lee_unseen_sink *sink, void *context)
{
    const double age_s = seconds(t->last.t_us, now_us) > 0.0 ? seconds(t->last.t_us, now_us) : 0.0;
    const bool goes_on = t->speed_mps > 0.0 && t->heading != LEE_SEEN_HEADING_UNKNOWN;
    const double grows_mps = goes_on ? t->speed_mps * 0.5 : t->last.fastest_mps;
    const double region_m = t->last.region_m + grows_mps * age_s;
    lee_report report = {.t_us = now_us > t->last.t_us ? now_us : t->last.t_us,
                         .source = LEE_SOURCE_OBSERVER,
                         .present = LEE_REPORT_HAS_POSITION};
    static const char prefix[] = "unseen:";
    memcpy(report.target.text, prefix, sizeof prefix - 1);
    char digits[10];
    int count = 0;
    for (uint32_t left = t->number; left > 0; left /= 10) {
        digits[count++] = (char)('0' + left % 10);
    }
    for (int i = 0; i < count; i++) {
        report.target.text[sizeof prefix - 1 + (size_t)i] = digits[count - 1 - i];
    }
    lee_point place = t->last.cell;
    if (goes_on) {
        place = lee_point_ahead(place, t->heading * EIGHTH_E3, t->speed_mps * age_s);
    }
    report.lat_e7 = place.lat_e7;
    report.lon_e7 = place.lon_e7;
    if (t->speed_mps > 0.0) {
        report.present |= LEE_REPORT_HAS_SPEED_GROUND;
        report.speed_ground_kt_e3 = (int32_t)(t->speed_mps * KT_PER_MPS * 1000.0 + 0.5);
    }
    if (t->heading != LEE_SEEN_HEADING_UNKNOWN) {
        report.present |= LEE_REPORT_HAS_TRACK;
        report.track_deg_e3 = t->heading * EIGHTH_E3;
    }
    const lee_hearing hearing = {
        .feed = LEE_FEED_NONE,
        .region_m =
            region_m < LEE_UNSEEN_REGION_MAX_M ? (uint32_t)region_m : LEE_UNSEEN_REGION_MAX_M,
        .observers = observers_of(t, report.t_us),
    };
    t->judged_us = report.t_us;
    sink(context, &report, &hearing);
}

void lee_unseen_see(lee_unseen *unseen, const lee_seen *seen, int64_t now_us, lee_unseen_sink *sink,
                    void *context)
{
    assert(unseen && seen && sink);
    assert(seen->heading <= LEE_SEEN_HEADING_UNKNOWN);
    unseen->counters.sightings++;
    if (seen->fastest_mps <= 0) {
        unseen->counters.still++;
        return;
    }
    thing *t = find(unseen, seen);
    if (t) {
        unseen->counters.joined++;
    } else {
        t = add(unseen);
    }
    take(t, seen);
    if (seen->by != 0) {
        note_observer(t, seen);
    }
    if (seconds(t->last.t_us, now_us) * 1e6 > (double)LEE_UNSEEN_JUDGED_US) {
        unseen->counters.late++;
        return;
    }
    say(t, now_us, sink, context);
}

void lee_unseen_tick(lee_unseen *unseen, int64_t now_us, lee_unseen_sink *sink, void *context)
{
    assert(unseen && sink);
    if (unseen->counters.targets == 0) {
        return;
    }
    for (uint32_t i = 0; i < LEE_UNSEEN_MAX; i++) {
        thing *const t = &unseen->things[i];
        if (t->number == 0) {
            continue;
        }
        const double age_us = seconds(t->last.t_us, now_us) * 1e6;
        if (age_us > (double)LEE_UNSEEN_KNOWN_US) {
            *t = (thing){0};
            unseen->counters.targets--;
        } else if (age_us <= (double)LEE_UNSEEN_JUDGED_US &&
                   seconds(t->judged_us, now_us) * 1e6 >= (double)LEE_UNSEEN_EVERY_US) {
            say(t, now_us, sink, context);
        }
    }
}
