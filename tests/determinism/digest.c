/* One line for each part of the core: what it answers to made-up questions and to the seeds of the
 * fuzz targets, as a hash. The lines must be the same however and wherever this was built.
 *
 * usage: digest FILE...    each file is decoded as every format */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "geo/chance.h"
#include "geo/distance.h"
#include "geo/path.h"
#include "geo/trig.h"
#include "leeward/decoder.h"
#include "leeward/deframe.h"
#include "leeward/watch.h"
#include "leeward/zone_predict.h"
#include "record/codec.h"
#include "warn/warner.h"

#define S INT64_C(1000000)
#define T0 (INT64_C(1700000000) * S)

typedef struct {
    const char *name;
    uint64_t hash;
    uint64_t count;
    lee_buffer bytes;
} part;

static void need(bool fact)
{
    if (!fact) {
        abort();
    }
}

static void open_part(part *p, const char *name)
{
    *p = (part){.name = name};
    lee_buffer_init(&p->bytes, SIZE_MAX / 2);
}

/* Takes what was written to the part's bytes into its hash. */
static void fold(part *p)
{
    lee_buffer_u64_le(&p->bytes, p->hash);
    need(p->bytes.error == LEE_OK);
    p->hash = lee_hash(p->bytes.bytes, p->bytes.length);
    p->count++;
    lee_buffer_reset(&p->bytes);
}

static void put_double(part *p, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    lee_buffer_u64_le(&p->bytes, bits);
}

static void put_point(part *p, lee_point point)
{
    lee_buffer_varint_signed(&p->bytes, point.lat_e7);
    lee_buffer_varint_signed(&p->bytes, point.lon_e7);
}

static void close_part(part *p)
{
    printf("%-8s %8llu %016llx\n", p->name, (unsigned long long)p->count,
           (unsigned long long)p->hash);
    lee_buffer_free(&p->bytes);
}

/* --- chance in integers ------------------------------------------------------------------------
 */

static uint64_t state;
static uint64_t roll(void)
{
    uint64_t z = state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static int32_t within(int32_t low, int32_t high)
{
    return low + (int32_t)(roll() % (uint64_t)(high - low + 1));
}

/* The order in which arguments and initialisers are evaluated is the compiler's: every random
 * number is drawn in a statement of its own, also below. */
static lee_point place(void)
{
    const int32_t lat_e7 = within(498000000, 502000000);
    const int32_t lon_e7 = within(98000000, 102000000);
    return (lee_point){lat_e7, lon_e7};
}

/* --- geometry -----------------------------------------------------------------------------------
 */

static void part_trig(void)
{
    part p;
    open_part(&p, "trig");
    for (int i = 0; i < 20000; i++) {
        const double x = within(-100000000, 100000000) * 1e-3;
        const double y = within(-1000000, 1000000) * 1e-6;
        put_double(&p, lee_sin(x));
        put_double(&p, lee_cos(x));
        put_double(&p, lee_tan(y));
        put_double(&p, lee_atan2(x, y));
        put_double(&p, lee_asin(y));
        put_double(&p, lee_acos(y));
        fold(&p);
    }
    close_part(&p);
}

static void part_geo(void)
{
    part p;
    open_part(&p, "geo");
    for (int i = 0; i < 5000; i++) {
        const lee_point a = place();
        const lee_point b = place();
        lee_point ring_points[5];
        for (int k = 0; k < 5; k++) {
            ring_points[k] = place();
        }
        const lee_ring ring = {ring_points, 5};
        const lee_area area = {&ring, 1};
        lee_path_stretch out[8];
        put_double(&p, lee_distance_m(a, b));
        const int32_t track_deg_e3 = within(0, 359999);
        const int32_t far_m = within(0, 2000000);
        put_point(&p, lee_point_ahead(a, track_deg_e3, far_m));
        put_double(&p, lee_area_distance_m(&area, a, NULL));
        const size_t count = lee_area_path(&area, a, b, out, 8);
        for (size_t k = 0; k < count && k < 8; k++) {
            put_double(&p, lee_ratio_double(out[k].from));
            lee_buffer_varint_signed(&p.bytes, lee_ratio_scale(out[k].to, INT64_C(1) << 40));
            put_point(&p, lee_path_point(a, b, out[k].to));
        }
        fold(&p);
    }
    close_part(&p);
}

/* --- decoders -----------------------------------------------------------------------------------
 */

typedef struct {
    part *p;
    lee_decoder *decoder;
} decoding;

static void on_frame(void *context, const lee_frame *frame)
{
    decoding *const d = context;
    lee_report report;
    lee_error_info why = {.code = LEE_OK};
    const lee_decode_result result = lee_decoder_frame(d->decoder, frame, &report, &why);
    lee_buffer_u8(&d->p->bytes, (uint8_t)result);
    if (result == LEE_DECODED_REPORT) {
        lee_report_encode(&report, &d->p->bytes);
        lee_report_write_json(&report, frame, &d->p->bytes);
    }
    lee_frame_encode(frame, &d->p->bytes);
    fold(d->p);
}

static void decode_file(part *p, const char *path)
{
    static uint8_t bytes[1 << 18];
    FILE *const file = fopen(path, "rb");
    need(file != NULL);
    const size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    /* In most seeds the first two bytes choose what the rest is. */
    const size_t skip = length > 2 ? 2 : 0;
    for (int format = 0; format < LEE_FORMAT_COUNT; format++) {
        decoding d = {p, NULL};
        lee_decoder_options options;
        lee_decoder_options_default(&options);
        options.aircraft_max = 64;
        lee_deframe_options how;
        lee_deframe_options_default(&how);
        how.t0_us = T0;
        lee_deframer *deframer = NULL;
        need(lee_decoder_create(&options, &d.decoder) == LEE_OK);
        need(lee_deframer_create((lee_format)format, &how, &deframer) == LEE_OK);
        lee_deframer_push(deframer, bytes + skip, length - skip, 0, on_frame, &d);
        lee_deframer_finish(deframer, on_frame, &d);
        lee_deframer_free(deframer);
        lee_decoder_free(d.decoder);
    }
}

/* --- zones --------------------------------------------------------------------------------------
 */

#define ZONES 120
#define CORNERS 12

typedef struct {
    lee_zone zones[ZONES];
    lee_ring rings[ZONES];
    lee_point points[ZONES][CORNERS];
    lee_interval hours[ZONES];
    char ids[ZONES][8];
    lee_zone_volume volumes[ZONES];
    lee_zone_list list;
    lee_zone_set *set;
} world;

/* Eighths of a circle and the like, as whole numbers: no trigonometry of the library is asked. */
static void draw_zone(world *w, uint32_t z)
{
    static const int east[CORNERS] = {1000,  866,  500,  0, -500, -866,
                                      -1000, -866, -500, 0, 500,  866};
    const lee_point middle = place();
    const int32_t reach = within(20000, 300000);
    for (int i = 0; i < CORNERS; i++) {
        const int32_t far = i % 2 ? reach : reach * 7 / 10;
        w->points[z][i].lon_e7 = middle.lon_e7 + (int32_t)((int64_t)far * east[i] * 3 / 2000);
        w->points[z][i].lat_e7 =
            middle.lat_e7 + (int32_t)((int64_t)far * east[(i + 9) % CORNERS] / 1000);
    }
    w->rings[z] = (lee_ring){w->points[z], CORNERS};
    w->hours[z].from_us = T0 + within(0, 300) * S;
    w->hours[z].to_us = T0 + within(300, 1200) * S;
    snprintf(w->ids[z], sizeof w->ids[z], "z%u", (unsigned)z);
    const int32_t lower = within(0, 8000);
    lee_zone_watch watch = {.look_ahead_s = 120, .realert_s = 600, .group_m = 1000, .emergency = 1};
    watch.warning_time_s = within(20, 120);
    watch.lateral_margin_m = within(0, 900);
    watch.vertical_margin_ft = within(0, 200);
    watch.confirm = within(1, 3);
    watch.hold = within(0, 3);
    watch.lost_after_s = within(10, 60);
    watch.alert_chance_pct = z % 2 ? 90 : within(0, 99);
    watch.map_error_m = within(0, 300);
    watch.loiter_s = z % 6 ? 0 : 30;
    watch.loiter_m = 1000;
    watch.stop_s = z % 8 ? 0 : 10;
    watch.stop_kt = 30;
    watch.meet_s = z % 9 ? 0 : 10;
    watch.meet_m = 2000;
    w->zones[z] = (lee_zone){
        .id = w->ids[z],
        .name = "\"z\"",
        .kind = z % 5 == 0 ? LEE_ZONE_SAFE : LEE_ZONE_RESTRICTED,
        .entry = (lee_zone_entry)(z % 3),
        .lower = {z % 4 ? LEE_LIMIT_VALUE : LEE_LIMIT_SFC, {lower, z % LEE_ALT_REF_COUNT}},
        .upper = {z % 7 ? LEE_LIMIT_VALUE : LEE_LIMIT_UNL, {lower + 4000, z % LEE_ALT_REF_COUNT}},
        .schedule = {.always = z % 3 != 0, .intervals = &w->hours[z], .count = 1},
        .watch = watch,
        .protects = z % 5 == 0 ? "people" : NULL,
        .area = {&w->rings[z], 1},
    };
    if (z % 20 == 19) {
        w->zones[z].area = (lee_area){NULL, 0};
        w->zones[z].moving = (lee_zone_moving){.radius_m = within(1000, 18000)};
        w->zones[z].moving.around = lee_target_icao24(z, true);
    }
    w->volumes[z] = (lee_zone_volume){lower, lower + 4000, w->zones[z].schedule};
}

static void draw_world(world *w)
{
    for (uint32_t z = 0; z < ZONES; z++) {
        draw_zone(w, z);
    }
    w->list = (lee_zone_list){w->zones, ZONES};
    need(lee_zone_set_build(&w->list, &w->set) == LEE_OK);
}

static void part_zones(const world *w)
{
    part p;
    open_part(&p, "zones");
    lee_zone_predictor *predictor = NULL;
    need(lee_zone_predictor_create(w->set, w->volumes, &predictor) == LEE_OK);
    for (int i = 0; i < 20000; i++) {
        uint32_t found[ZONES];
        const size_t count = lee_zone_set_locate(w->set, place(), found, ZONES);
        for (size_t k = 0; k < count; k++) {
            lee_buffer_varint(&p.bytes, found[k]);
        }
        if (i % 10 == 0) {
            lee_zone_motion motion = {.has_alt = true};
            motion.point = place();
            motion.t_us = T0 + within(0, 1000) * S;
            motion.speed_kt_e3 = within(0, 600000);
            motion.track_deg_e3 = within(0, 359999);
            motion.turn_deg_s_e3 = within(-3000, 3000);
            motion.alt_ft = within(0, 12000);
            motion.rate_fpm = within(-3000, 3000);
            lee_zone_path legs[LEE_ZONE_LEGS_MAX];
            lee_zone_passage passages[ZONES];
            const size_t leg_count = lee_zone_path_turn(&motion, 120, 20, legs);
            size_t passage_count = 0;
            need(lee_zone_predictor_legs(predictor, legs, leg_count, passages, ZONES,
                                         &passage_count) == LEE_OK);
            for (size_t k = 0; k < passage_count; k++) {
                lee_buffer_varint(&p.bytes, passages[k].zone);
                lee_buffer_varint_signed(&p.bytes, passages[k].enter_us);
                lee_buffer_varint_signed(&p.bytes, passages[k].leave_us);
            }
        }
        fold(&p);
    }
    lee_zone_predictor_free(predictor);
    close_part(&p);
}

/* --- the watch, and what it warns of ------------------------------------------------------------
 */

#define TARGETS 60
#define ROUNDS 150

typedef struct {
    part events;
    part warnings;
    part steps;
    const world *world;
    lee_watch *watch;
    lee_attention *attention;
    lee_warner *warner;
} scene;

static void on_event(void *context, const lee_event *decided)
{
    scene *const s = context;
    lee_event event = *decided;
    const lee_zone *const zone = &s->world->zones[event.zone_index];
    const lee_track *const track = lee_watch_find_track(s->watch, &event.target);
    event.seq = s->events.count + 1;
    lee_attention_event(s->attention, &event, zone, track);
    lee_event_encode(&event, &s->events.bytes);
    lee_event_write_json(&event, &s->events.bytes);
    fold(&s->events);
    lee_warner_event(s->warner, &event, zone, track);
}

static void on_warning(void *context, const lee_warning *warning)
{
    scene *const s = context;
    lee_buffer_bytes(&s->warnings.bytes, warning->json, warning->length);
    fold(&s->warnings);
}

static void on_step(void *context, const lee_trace *trace)
{
    scene *const s = context;
    for (uint32_t i = 0; i < trace->word_count; i++) {
        lee_buffer_text(&s->steps.bytes, trace->words[i]);
    }
    for (uint32_t i = 0; i < trace->value_count; i++) {
        lee_buffer_varint_signed(&s->steps.bytes, trace->values[i].value);
    }
    fold(&s->steps);
}

typedef struct {
    lee_report report;
    int32_t turn_deg_s_e3;
} flight;

/* On for 5 s: the course turns and wavers, now and then something new is begun. */
static void fly(flight *f, uint32_t n)
{
    lee_report *const r = &f->report;
    if (roll() % 25 == 0) {
        f->turn_deg_s_e3 = within(-3, 3) * 1000;
        r->vertical_rate_fpm = within(-2, 2) * 900;
        r->speed_ground_kt_e3 = within(0, 520) * 1000;
    }
    r->track_deg_e3 =
        (r->track_deg_e3 + 5 * f->turn_deg_s_e3 + within(-900, 900) + 360000) % 360000;
    r->alt_baro_ft += r->vertical_rate_fpm / 12;
    const lee_point at =
        lee_point_ahead((lee_point){r->lat_e7, r->lon_e7}, r->track_deg_e3,
                        r->speed_ground_kt_e3 * (5 * LEE_METRES_PER_NAUTICAL_MILE / 3600000));
    r->lat_e7 = at.lat_e7;
    r->lon_e7 = at.lon_e7;
    r->t_us += 5 * S;
    r->present = LEE_REPORT_HAS_POSITION | LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
    r->present |= n % 5 ? LEE_REPORT_HAS_ALT_BARO | LEE_REPORT_HAS_VERTICAL_RATE : 0;
    r->present |= n % 7 ? 0 : LEE_REPORT_HAS_ALT_HAE | LEE_REPORT_HAS_NAC_P;
    r->alt_hae_ft = r->alt_baro_ft + 150;
    r->nac_p = (int32_t)(n % 12);
}

static void set_out(flight *f, uint32_t n)
{
    const lee_point at = place();
    f->report = (lee_report){.t_us = T0 + n % 5 * S,
                             .target = lee_target_icao24(n, true),
                             .source = n % 6 ? LEE_SOURCE_ADSB : LEE_SOURCE_MLAT,
                             .lat_e7 = at.lat_e7,
                             .lon_e7 = at.lon_e7};
    f->report.alt_baro_ft = within(500, 11000);
    f->report.track_deg_e3 = within(0, 359999);
    f->report.speed_ground_kt_e3 = within(60, 520) * 1000;
}

static void play(scene *s)
{
    static flight flights[TARGETS];
    for (uint32_t n = 0; n < TARGETS; n++) {
        set_out(&flights[n], n);
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t n = 0; n < TARGETS; n++) {
            fly(&flights[n], n);
            if (roll() % 12 != 0 && (n + round) % 60 > 6) {
                const lee_hearing hearing = {.feed = (uint16_t)(n % 2)};
                lee_watch_hear(s->watch, &flights[n].report, &hearing);
                lee_warner_tick(s->warner, flights[n].report.t_us);
            }
        }
    }
    lee_watch_tick(s->watch, T0 + (5 * ROUNDS + 10000) * S);
}

static void part_watch(const world *w)
{
    static const char *const every_zone[] = {"*"};
    const lee_permit permit = {.id = "p",
                               .target = "icao24:00000",
                               .match = LEE_PERMIT_PREFIX,
                               .zones = every_zone,
                               .zone_count = 1,
                               .from_us = T0 + 200 * S,
                               .to_us = T0 + 900 * S,
                               .floor = {.kind = LEE_LIMIT_SFC},
                               .ceiling = {.kind = LEE_LIMIT_UNL}};
    const lee_permit_list permits = {&permit, 1};
    static const char towns[] = "500000000\t100000000\t1200\tXX\tMiddle\n"
                                "500900000\t100700000\t40000\tXX\tNorth\n"
                                "499100000\t99000000\t700\tXX\tSouth\n";
    scene s = {.world = w};
    lee_places *places = NULL;
    lee_error_info why;
    need(lee_places_load(towns, sizeof towns - 1, &places, &why) == LEE_OK);
    open_part(&s.events, "watch");
    open_part(&s.warnings, "warn");
    open_part(&s.steps, "explain");
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.tracks_max = 64;
    options.incidents_max = 1024;
    options.qnh_hpa_e1 = 9985;
    options.geoid_m = 46;
    options.geoid_error_m = 2;
    lee_warner_options how;
    lee_warner_options_default(&how);
    how.sender = "digest@localhost";
    how.places = places;
    need(lee_attention_create(&s.attention) == LEE_OK);
    need(lee_warner_create(&how, on_warning, &s, &s.warner) == LEE_OK);
    need(lee_watch_create(&options, on_event, &s, &s.watch) == LEE_OK);
    const lee_target traced = lee_target_icao24(7, true);
    lee_watch_trace(s.watch, &traced, "z7", on_step, &s);
    need(lee_watch_set_permits(s.watch, &permits, T0) == LEE_OK);
    need(lee_watch_set_zones(s.watch, w->set, 1, T0) == LEE_OK);
    play(&s);
    lee_watch_free(s.watch);
    lee_warner_free(s.warner);
    lee_attention_free(s.attention);
    lee_places_free(places);
    close_part(&s.events);
    close_part(&s.warnings);
    close_part(&s.steps);
}

int main(int argc, char **argv)
{
    static world w;
    part decoded;
    part_trig();
    part_geo();
    open_part(&decoded, "decode");
    for (int i = 1; i < argc; i++) {
        decode_file(&decoded, argv[i]);
    }
    close_part(&decoded);
    draw_world(&w);
    part_zones(&w);
    part_watch(&w);
    lee_zone_set_free(w.set);
    return 0;
}
