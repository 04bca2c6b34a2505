/* Random reports, ticks, zones and permits; the invariants of incidents must hold, and a second run
 * must tell the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "leeward/watch.h"
#include "record/codec.h"

#define S INT64_C(1000000)
#define TARGETS 6
#define ZONES 4
#define SETS 2
#define INCIDENTS_MAX 2048
#define CALLS_MAX 120

#define CHECK(fact)                                                                                \
    do {                                                                                           \
        if (!(fact)) {                                                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct {
    lee_zone zones[ZONES];
    lee_ring rings[ZONES];
    lee_point points[ZONES][5];
    lee_interval hours[ZONES];
    lee_zone_list list;
    lee_zone_set *set;
} zone_world;

typedef struct {
    uint64_t incident;
    bool ended;
} known_incident;

typedef struct {
    lee_watch *watch;
    lee_buffer told;
    known_incident incidents[INCIDENTS_MAX];
    uint32_t incident_count;
    uint32_t open;
    int64_t last_us[TARGETS];
} run;

/* What both runs are given: made once, and the index of a set only when it is asked for, because it
 * costs more than all the rest. */
typedef struct {
    zone_world worlds[SETS];
    lee_permit permits[2];
    lee_permit_list permit_list;
    lee_bytes calls;
} given;

static const char *const ids[ZONES] = {"a", "b", "c", "d"};
static const char *const every_zone[] = {"*"};
static const char *const some_zones[] = {"b", "d"};

static known_incident *find(run *r, uint64_t incident)
{
    for (uint32_t i = 0; i < r->incident_count; i++) {
        if (r->incidents[i].incident == incident) {
            return &r->incidents[i];
        }
    }
    return NULL;
}

static bool begins(lee_event_kind kind)
{
    return kind == LEE_EVENT_PREDICTED || kind == LEE_EVENT_ENTERED || kind == LEE_EVENT_PRESENT ||
           kind == LEE_EVENT_CROSSED || kind == LEE_EVENT_LOST;
}

/* Each incident begins once, ends at most once, and nothing follows its end; a target's events
 * never go back in time. */
static void sink(void *context, const lee_event *event)
{
    run *const r = context;
    known_incident *incident = find(r, event->incident);
    if (!incident) {
        CHECK(begins(event->kind));
        CHECK(r->incident_count < INCIDENTS_MAX);
        incident = &r->incidents[r->incident_count++];
        *incident = (known_incident){event->incident, false};
        r->open++;
    }
    CHECK(!incident->ended);
    if (event->kind == LEE_EVENT_ENDED) {
        incident->ended = true;
        r->open--;
    }
    const char digit = event->target.text[12];
    CHECK(digit >= '0' && digit < '0' + TARGETS);
    CHECK(event->t_us >= r->last_us[digit - '0']);
    r->last_us[digit - '0'] = event->t_us;
    lee_event_encode(event, &r->told);
}

static void make_world(lee_bytes *in, zone_world *w)
{
    const uint32_t count = lee_bytes_u8(in) % (ZONES + 1);
    const uint32_t shift = lee_bytes_u8(in);
    for (uint32_t z = 0; z < count; z++) {
        for (int i = 0; i < 5; i++) {
            w->points[z][i] = (lee_point){lee_bytes_u8(in) * 10000, lee_bytes_u8(in) * 10000};
        }
        w->rings[z] = (lee_ring){w->points[z], 5};
        w->hours[z].from_us = lee_bytes_u8(in) * S;
        w->hours[z].to_us = w->hours[z].from_us + (1 + lee_bytes_u8(in)) * S;
        const uint8_t how = lee_bytes_u8(in);
        const int32_t lower = lee_bytes_u8(in) * 50;
        w->zones[z] = (lee_zone){
            .id = ids[(z + shift) % ZONES],
            .name = "\"\"",
            .kind = LEE_ZONE_NO_FLY,
            .entry = (lee_zone_entry)(how % 3),
            .lower = {how & 4 ? LEE_LIMIT_VALUE : LEE_LIMIT_SFC, {lower, how % LEE_ALT_REF_COUNT}},
            .upper = {how & 8 ? LEE_LIMIT_VALUE : LEE_LIMIT_UNL,
                      {lower + 2000, (how >> 4) % LEE_ALT_REF_COUNT}},
            .schedule = {.always = how & 16, .intervals = &w->hours[z], .count = 1},
            .watch = {.look_ahead_s = how & 32 ? 120 : 0,
                      .warning_time_s = 60,
                      .lateral_margin_m = how & 64 ? 500 : 0,
                      .vertical_margin_ft = how & 128 ? 200 : 0,
                      .confirm = 1 + lee_bytes_u8(in) % 3,
                      .hold = lee_bytes_u8(in) % 3,
                      .lost_after_s = lee_bytes_u8(in) % 60},
            .area = {&w->rings[z], 1},
        };
        const uint8_t moves = lee_bytes_u8(in);
        if (moves & 1) {
            w->zones[z].area = (lee_area){NULL, 0};
            w->zones[z].moving.around = lee_target_icao24(moves / 4 % TARGETS, true);
            w->zones[z].moving.radius_m = 1 + lee_bytes_u8(in) * 200;
        }
        if ((moves & 3) == 3) {
            w->zones[z].moving.route = w->points[z];
            w->zones[z].moving.route_count = 5;
            w->zones[z].moving.ahead_m = 1 + lee_bytes_u8(in) * 500;
            w->zones[z].moving.behind_m = lee_bytes_u8(in) * 500;
        }
    }
    w->list = (lee_zone_list){w->zones, count};
}

static const lee_zone_set *set_of(zone_world *w)
{
    if (!w->set) {
        CHECK(!lee_zone_set_build(&w->list, &w->set));
    }
    return w->set;
}

static void make_permits(lee_bytes *in, given *r)
{
    for (int i = 0; i < 2; i++) {
        const int64_t from_us = lee_bytes_u8(in) * S;
        r->permits[i] = (lee_permit){
            .id = i ? "p" : "q",
            .target = i ? "icao24:000002" : "callsign:UN*",
            .match = i ? LEE_PERMIT_TARGET : LEE_PERMIT_CALLSIGN,
            .zones = i ? every_zone : some_zones,
            .zone_count = i ? 1 : 2,
            .from_us = from_us,
            .to_us = from_us + lee_bytes_u8(in) * S,
            .floor = {.kind = LEE_LIMIT_SFC},
            .ceiling = {i ? LEE_LIMIT_UNL : LEE_LIMIT_VALUE, {6000, LEE_ALT_STD}},
        };
    }
    r->permit_list = (lee_permit_list){r->permits, 2};
}

static void make_report(lee_bytes *in, int64_t t_us, lee_report *report)
{
    *report = (lee_report){.t_us = t_us};
    report->target = lee_target_icao24(lee_bytes_u8(in) % TARGETS, true);
    const uint8_t what = lee_bytes_u8(in);
    report->source = what & 1 ? LEE_SOURCE_ADSB : LEE_SOURCE_MLAT;
    report->present =
        (what & 2 ? LEE_REPORT_HAS_ALT_BARO : 0) | (what & 4 ? LEE_REPORT_HAS_ALT_HAE : 0) |
        (what & 8 ? LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK : 0) |
        (what & 16 ? LEE_REPORT_HAS_CALLSIGN : 0) | (what & 32 ? LEE_REPORT_HAS_ON_GROUND : 0) |
        (what & 192 ? LEE_REPORT_HAS_POSITION : 0);
    report->lat_e7 = lee_bytes_u8(in) * 10000;
    report->lon_e7 = lee_bytes_u8(in) * 10000;
    report->alt_baro_ft = lee_bytes_u8(in) * 60;
    report->alt_hae_ft = report->alt_baro_ft + 100;
    report->on_ground = lee_bytes_u8(in) & 1;
    report->speed_ground_kt_e3 = lee_bytes_u8(in) * 10000;
    report->track_deg_e3 = lee_bytes_u8(in) * 1400;
    memcpy(report->callsign, "UNO", 3);
}

static void check_moving(void *context, const lee_moving *moving)
{
    (void)context;
    const int32_t last_e6 = ((int32_t)moving->zone->moving.route_count - 1) * 1000000;
    CHECK(moving->zone->moving.radius_m > 0);
    CHECK(moving->state == LEE_MOVING_UNHEARD || moving->radius_m > 0);
    CHECK(moving->tail_e6 >= 0 && moving->tail_e6 <= moving->head_e6);
    CHECK(moving->head_e6 == 0 || moving->head_e6 <= last_e6);
}

static void play(given *g, run *r)
{
    lee_bytes in = g->calls;
    lee_buffer_init(&r->told, 16u << 20);
    for (int i = 0; i < TARGETS; i++) {
        r->last_us[i] = INT64_MIN; /* a report may be of before the first call */
    }
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 5;
    options.incidents_max = 8;
    CHECK(!lee_watch_create(&options, sink, r, &r->watch));
    const lee_permit_list none = {NULL, 0};
    CHECK(!lee_watch_set_zones(r->watch, set_of(&g->worlds[0]), 1, 0));
    int64_t t_us = 0;
    for (uint32_t call = 0; call < CALLS_MAX && lee_bytes_left(&in) > 0; call++) {
        const uint8_t what = lee_bytes_u8(&in);
        lee_report report;
        t_us += (int64_t)lee_bytes_u8(&in) * S / 8;
        if (what < 8) {
            CHECK(!lee_watch_set_zones(r->watch,
                                       what < 2 * SETS ? set_of(&g->worlds[what % SETS]) : NULL,
                                       call + 2, t_us));
        } else if (what < 16) {
            CHECK(!lee_watch_set_permits(r->watch, what < 12 ? &g->permit_list : &none, t_us));
        } else if (what < 24) {
            t_us += (int64_t)lee_bytes_u8(&in) * 8 * S;
            lee_watch_tick(r->watch, t_us);
        } else {
            make_report(&in, what < 40 ? t_us - 5 * S : t_us, &report);
            lee_watch_report(r->watch, &report);
        }
        lee_watch_counters counters;
        lee_watch_count(r->watch, &counters);
        CHECK(counters.incidents_open == r->open);
        CHECK(counters.incidents_open <= 8 && counters.tracks <= 5);
        lee_watch_each_moving(r->watch, check_moving, NULL);
    }
    /* Silence ends everything. */
    lee_watch_tick(r->watch, t_us + 10000 * S);
    CHECK(r->open == 0);
    lee_watch_free(r->watch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run *const first = calloc(1, sizeof *first);
    run *const second = calloc(1, sizeof *second);
    given *const g = calloc(1, sizeof *g);
    CHECK(first && second && g);
    lee_bytes_init(&g->calls, data, size);
    for (int s = 0; s < SETS; s++) {
        make_world(&g->calls, &g->worlds[s]);
    }
    make_permits(&g->calls, g);
    play(g, first);
    play(g, second);
    CHECK(first->told.error == LEE_OK);
    CHECK(first->told.length == second->told.length);
    CHECK(first->told.length == 0 ||
          memcmp(first->told.bytes, second->told.bytes, first->told.length) == 0);
    lee_buffer_free(&first->told);
    lee_buffer_free(&second->told);
    free(first);
    free(second);
    for (int s = 0; s < SETS; s++) {
        lee_zone_set_free(g->worlds[s].set);
    }
    free(g);
    return 0;
}
