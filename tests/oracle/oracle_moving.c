/* Engine against brute force on zones that move: oracle_moving [WORLDS] [SEED].
 *
 * Targets that turn and rest, some of them carriers of bubbles and corridors, some silent for
 * minutes, some never heard. Each pair of target and zone is played through alone, with Vincenty's
 * formulas and libm, ways by looking at many moments. Where the two arithmetics may differ (nearer
 * to an edge than their doubt) a pair is left out and counted. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leeward/watch.h"
#include "oracle.h"
#include "oracle_carrier.h"
#include "oracle_earth.h"

#define TARGETS 14
#define CARRIERS 4
#define ZONES 7
#define REPORTS 1500
#define S 1000000.0
#define RAD (3.14159265358979323846 / 180.0)

typedef struct {
    uint64_t state;
} dice;

static double roll(dice *d, double low, double high)
{
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return low + (high - low) * (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

/* --- a world ------------------------------------------------------------------------------------
 */

typedef struct {
    lee_zone zones[ZONES];
    char ids[ZONES][8];
    uint32_t carrier[ZONES];
    lee_point routes[ZONES][6];
    oracle_heard reports[REPORTS];
    size_t count;
    int64_t end_us;
    bool predicts;
    int32_t look_s; /* the longest look-ahead time */
} world;

static lee_target name_of(uint32_t target)
{
    return lee_target_icao24(target + 1, true);
}

static void watch_ahead(dice *d, lee_zone_watch *watch)
{
    watch->look_ahead_s = roll(d, 0, 1) < 0.1 ? 0 : (int32_t)roll(d, 20, 180);
    watch->warning_time_s = (int32_t)roll(d, 10, 120);
    watch->imminent_s = (int32_t)roll(d, 0, 30);
    watch->alert_chance_pct = roll(d, 0, 1) < 0.4 ? 0 : (int32_t)roll(d, 20, 95);
    watch->imminent_chance_pct = roll(d, 0, 1) < 0.5 ? 0 : (int32_t)roll(d, 20, 95);
    watch->averted_chance_pct = roll(d, 0, 1) < 0.5 ? 0 : (int32_t)roll(d, 1, 40);
}

static void make_zones(dice *d, world *w)
{
    for (int z = 0; z < ZONES; z++) {
        snprintf(w->ids[z], sizeof w->ids[z], "z%d", z);
        w->carrier[z] = (uint32_t)z % (CARRIERS + 1); /* one is not heard for long, or never */
        lee_zone *const zone = &w->zones[z];
        *zone = (lee_zone){.id = w->ids[z],
                           .name = "\"\"",
                           .kind = LEE_ZONE_NO_FLY,
                           .entry = LEE_ENTRY_DENY,
                           .lower = {.kind = LEE_LIMIT_SFC},
                           .upper = {.kind = LEE_LIMIT_UNL},
                           .schedule = {.always = true},
                           .watch = {.confirm = 1, .lost_after_s = ORACLE_LOST_S}};
        if (w->predicts) {
            watch_ahead(d, &zone->watch);
            w->look_s = zone->watch.look_ahead_s > w->look_s ? zone->watch.look_ahead_s : w->look_s;
        }
        zone->moving.around = name_of(w->carrier[z]);
        zone->moving.radius_m = (int32_t)roll(d, 100, 1200);
        if (z % 2 == 1) {
            const uint32_t count = 2 + (uint32_t)roll(d, 0, 4.99);
            double lat = roll(d, -300000, 300000);
            for (uint32_t i = 0; i < count; i++) {
                lat += roll(d, -400000, 400000);
                w->routes[z][i] = (lee_point){450000000 + (int32_t)lat,
                                              (int32_t)(-1200000 + 2400000.0 * i / (count - 1))};
            }
            zone->moving.radius_m = (int32_t)roll(d, 100, 1200);
            zone->moving.route = w->routes[z];
            zone->moving.route_count = count;
            zone->moving.ahead_m = (int32_t)roll(d, 0, 9000);
            zone->moving.behind_m = 1 + (int32_t)roll(d, 0, 6000);
        }
    }
}

typedef struct {
    double lat_e7;
    double lon_e7;
    double speed_mps;
    double track_deg;
    double turn_deg_s;
    double next_s;
    double at_s;
    bool says;
} mover;

static void step(dice *d, mover *m, double to_s)
{
    while (m->at_s < to_s) {
        const double dt = fmin(1.0, to_s - m->at_s);
        m->track_deg += m->turn_deg_s * dt;
        m->lat_e7 += m->speed_mps * dt * cos(m->track_deg * RAD) / 0.0111132;
        m->lon_e7 += m->speed_mps * dt * sin(m->track_deg * RAD) / 0.0078847;
        m->at_s += dt;
        if (hypot(m->lat_e7 - 450000000, m->lon_e7 * 0.7) > 1300000) {
            /* Back to the middle, in a turn. */
            m->turn_deg_s = 3;
        } else if (roll(d, 0, 1) < 0.02) {
            m->turn_deg_s = roll(d, 0, 1) < 0.5 ? 0 : roll(d, -3, 3);
        }
    }
}

static void make_world(dice *d, world *w)
{
    mover movers[TARGETS];
    make_zones(d, w);
    for (uint32_t t = 0; t < TARGETS; t++) {
        const double kind = roll(d, 0, 3);
        movers[t] = (mover){.lat_e7 = 450000000 + roll(d, -800000, 800000),
                            .lon_e7 = roll(d, -1200000, 1200000),
                            .speed_mps = kind < 0.6   ? 0.0
                                         : kind < 1.2 ? roll(d, 2, 20)
                                                      : roll(d, 40, 240),
                            .track_deg = roll(d, 0, 360),
                            .next_s = roll(d, 0, 60),
                            .says = roll(d, 0, 1) < 0.8};
    }
    /* This carrier is heard late, or never. */
    movers[CARRIERS].next_s = roll(d, 0, 1) < 0.5 ? 1e9 : 900;
    for (w->count = 0; w->count < REPORTS; w->count++) {
        uint32_t who = 0;
        for (uint32_t t = 1; t < TARGETS; t++) {
            who = movers[t].next_s < movers[who].next_s ? t : who;
        }
        mover *const m = &movers[who];
        step(d, m, m->next_s);
        oracle_heard *const h = &w->reports[w->count];
        *h = (oracle_heard){.t_us = (int64_t)(m->next_s * S),
                            .target = who,
                            .point = {(int32_t)m->lat_e7, (int32_t)m->lon_e7},
                            .has_velocity = m->says,
                            .speed_mps = m->speed_mps,
                            .track_deg = fmod(fmod(m->track_deg, 360) + 360, 360)};
        m->next_s += roll(d, 0, 1) < 0.02 ? roll(d, 100, 900) : roll(d, 1, 25);
    }
    w->end_us = w->reports[REPORTS - 1].t_us + (int64_t)(2000 * S);
}

/* --- one target and one zone --------------------------------------------------------------------
 */

typedef struct {
    oracle_carried c;
    uint32_t zone;
    uint32_t target;
    oracle_events *out;
    bool has_place;
    int64_t at_us;
    lee_point at;
    bool moves; /* its velocity is known and not 0 */
    double speed_mps;
    double track_deg;
    oracle_flight flight;
    oracle_flight of_carrier;
    int32_t look_s;
    bool open;
    bool predicted;
    bool lost;
    int64_t opened_us;
    int64_t lost_us;
    int64_t swept_us;
    bool unsure;
} play;

static void tell(play *p, int64_t t_us, int kind, double cross_us, char reason)
{
    oracle_add(p->out, (oracle_event){.t_us = t_us,
                                      .target = p->target,
                                      .zone = p->zone,
                                      .kind = kind,
                                      .cross_us = (int64_t)cross_us,
                                      .reason = reason});
}

static void end_at(play *p, int64_t t_us, char reason)
{
    tell(p, t_us, LEE_EVENT_ENDED, -1, reason);
    p->open = false;
    p->predicted = false;
    p->lost = false;
}

static bool is_inside(play *p, lee_point point, int64_t t_us, int64_t now_us)
{
    const double m = oracle_outside_m(&p->c, point, t_us, now_us);
    p->unsure |= fabs(m) < 0.7;
    return m < 0;
}

/* Of who is outside, from where it is taken to be. */
static void predict(play *p, int64_t t_us, lee_point from)
{
    const oracle_ahead o = oracle_look_ahead(&p->c, &p->flight, from, t_us, p->look_s);
    p->unsure |= o.unsure;
    p->lost = false;
    if (o.told && !p->predicted) {
        p->predicted = true;
        p->opened_us = t_us;
        oracle_add(p->out, (oracle_event){.t_us = t_us,
                                          .target = p->target,
                                          .zone = p->zone,
                                          .kind = LEE_EVENT_PREDICTED,
                                          .cross_us = -1,
                                          .entry_s = o.entry_s,
                                          .entry_doubt_s = o.entry_doubt_s,
                                          .p_inside = o.chance,
                                          .p_doubt = o.chance_doubt});
    } else if (p->predicted && !o.heading) {
        end_at(p, t_us, 'a');
    }
}

/* From a place before (if any) to one now, and on from where it is taken to be. may_cross: false
 * where only its last place would. Returns whether it crossed or left. */
static bool judge(play *p, bool has_before, int64_t a_us, lee_point a, int64_t b_us, lee_point b,
                  bool may_cross, lee_point from)
{
    const bool inside = is_inside(p, b, b_us, b_us);
    const bool known = has_before && (a_us >= p->c.t_us || p->c.has_before);
    const bool has_way =
        known && (double)(b_us - a_us) <= ORACLE_LOST_S * S && !oracle_stale_at(&p->c, b_us);
    oracle_found f = {0};
    if (has_way && !(p->open && inside)) {
        f = oracle_look_along(&p->c, a, a_us, b, b_us);
    }
    const double span = (double)(b_us - a_us);
    if (p->open && inside) {
        p->lost = false;
    } else if (p->open) {
        const bool starts = f.crosses && f.first <= 0;
        tell(p, b_us, LEE_EVENT_LEFT,
             has_way ? (double)a_us + (starts ? f.first_end * span : 0) : -1, 0);
        end_at(p, b_us, 'l');
        return true;
    } else if (inside) {
        const bool entered = known && !is_inside(p, a, a_us, b_us);
        p->open = true;
        p->predicted = false;
        p->lost = false;
        p->opened_us = b_us;
        tell(p, b_us, entered ? LEE_EVENT_ENTERED : LEE_EVENT_PRESENT,
             entered && has_way ? (double)a_us + f.last * span : -1, 0);
    } else {
        p->unsure |= may_cross && has_way && f.unsure;
        if (may_cross && has_way && f.crosses && !is_inside(p, a, a_us, a_us)) {
            tell(p, b_us, LEE_EVENT_CROSSED, (double)a_us + f.first * span, 0);
            end_at(p, b_us, 'l');
            return true;
        }
        predict(p, b_us, from);
    }
    return false;
}

static lee_point drift(const play *p, int64_t t_us)
{
    const double age_s = fmin(fmax(0, (double)(t_us - p->at_us) / S), ORACLE_GROWS_S);
    return oracle_go_on(p->at, p->track_deg, p->speed_mps * age_s);
}

static void judge_moved(play *p, int64_t t_us, bool by_report)
{
    if (!p->has_place || p->lost ||
        (!p->open && !p->predicted && (double)(t_us - p->at_us) > ORACLE_EXPIRE_S * S)) {
        return;
    }
    bool may_cross = true;
    const bool has_before = by_report && p->c.has_before;
    const int64_t before_us = p->at_us > p->c.before_us ? p->at_us : p->c.before_us;
    const bool drifts = p->moves && t_us > p->at_us;
    if (drifts && is_inside(p, p->at, t_us, t_us) != is_inside(p, drift(p, t_us), t_us, t_us)) {
        return;
    }
    /* What only its last place crosses, and not where it should be, is not told. */
    if (drifts && has_before && !p->open && !is_inside(p, p->at, t_us, t_us) &&
        (double)(t_us - before_us) <= ORACLE_LOST_S * S && !oracle_stale_at(&p->c, t_us)) {
        const oracle_found f =
            oracle_look_along(&p->c, drift(p, before_us), before_us, drift(p, t_us), t_us);
        p->unsure |= f.unsure;
        may_cross = f.crosses;
    }
    if (judge(p, has_before, before_us, p->at, t_us, p->at, may_cross,
              drifts ? drift(p, t_us) : p->at)) {
        p->swept_us = t_us;
    }
}

static int64_t later(int64_t a_us, int64_t b_us)
{
    return a_us > b_us ? a_us : b_us;
}

static void pass(play *p, int64_t t_us)
{
    for (;;) {
        const bool is_open = p->open || p->predicted;
        const int64_t silent_us =
            !is_open  ? INT64_MAX
            : p->lost ? p->lost_us + (int64_t)(600 * S)
                      : later(p->at_us + (int64_t)(ORACLE_LOST_S * S), p->opened_us);
        const int64_t grows_us = p->c.known ? p->c.grows_us : INT64_MAX;
        if (grows_us <= t_us && grows_us <= silent_us) {
            oracle_set_growth(&p->c, grows_us);
            judge_moved(p, grows_us, false);
        } else if (silent_us <= t_us && p->lost) {
            end_at(p, silent_us, 'l');
        } else if (silent_us <= t_us) {
            p->lost = true;
            p->lost_us = silent_us;
            tell(p, p->lost_us, LEE_EVENT_LOST, -1, 0);
        } else {
            return;
        }
    }
}

static void hear(play *p, const oracle_heard *h, uint32_t carrier)
{
    pass(p, h->t_us);
    if (h->target == carrier) {
        oracle_carrier_hear(&p->c, h);
        judge_moved(p, h->t_us, true);
        p->unsure |= p->c.unsure;
    }
    if (h->target != p->target) {
        return;
    }
    oracle_hear_flight(&p->flight, h);
    if (p->c.known) {
        int64_t a_us = p->at_us;
        lee_point a = p->at;
        if (p->has_place && p->swept_us > a_us && (double)(h->t_us - a_us) < ORACLE_LOST_S * S) {
            const double share = (double)(p->swept_us - a_us) / (double)(h->t_us - a_us);
            a.lat_e7 = (int32_t)lround(a.lat_e7 + share * ((double)h->point.lat_e7 - a.lat_e7));
            a.lon_e7 = (int32_t)lround(a.lon_e7 + share * ((double)h->point.lon_e7 - a.lon_e7));
            a_us = p->swept_us;
        }
        (void)judge(p, p->has_place, a_us, a, h->t_us, h->point, true, h->point);
    }
    p->has_place = true;
    p->at_us = h->t_us;
    p->at = h->point;
    p->moves = h->has_velocity && oracle_speed_kt_e3(h) > 0;
    p->speed_mps = oracle_speed_kt_e3(h) * 1852.0 / 3600000.0;
    p->track_deg = oracle_track_deg_e3(h) * 1e-3;
}

static bool play_pair(const world *w, uint32_t target, uint32_t zone, oracle_events *out)
{
    static play p;
    p.zone = zone;
    p.target = target;
    p.out = out;
    p.has_place = p.moves = p.open = p.predicted = p.lost = p.unsure = false;
    p.opened_us = p.swept_us = INT64_MIN;
    p.look_s = w->look_s;
    oracle_flight_begin(&p.flight);
    oracle_flight_begin(&p.of_carrier);
    p.c = (oracle_carried){.zone = &w->zones[zone], .flight = &p.of_carrier};
    const lee_zone_moving *const m = &w->zones[zone].moving;
    for (uint32_t i = 1; i < m->route_count; i++) {
        p.c.length_m[i] = p.c.length_m[i - 1] + oracle_distance_m(m->route[i - 1], m->route[i]);
    }
    for (size_t i = 0; i < w->count; i++) {
        hear(&p, &w->reports[i], w->carrier[zone]);
    }
    pass(&p, w->end_us);
    return !p.unsure;
}

/* --- the engine ---------------------------------------------------------------------------------
 */

static void gather(void *context, const lee_event *event)
{
    if (event->kind == LEE_EVENT_UPDATED) {
        return;
    }
    oracle_add(context,
               (oracle_event){.t_us = event->t_us,
                              .target = (uint32_t)strtoul(event->target.text + 7, NULL, 16) - 1,
                              .zone = event->zone_index,
                              .kind = (int)event->kind,
                              .cross_us = event->present & LEE_EVENT_HAS_CROSSED_AT
                                              ? event->crossed_at_us
                                              : -1,
                              .reason = event->kind == LEE_EVENT_ENDED ? event->reason[0] : 0,
                              .entry_s = event->time_to_entry_s_e3 * 1e-3,
                              .p_inside = event->kind == LEE_EVENT_PREDICTED &&
                                                  event->present & LEE_EVENT_HAS_P_INSIDE
                                              ? event->p_inside_e3 * 1e-3
                                              : -1});
}

static void run_engine(const world *w, oracle_events *out)
{
    const lee_zone_list list = {w->zones, ZONES};
    lee_watch_options options;
    lee_watch_options_default(&options);
    options.expire_after_s = ORACLE_EXPIRE_S;
    options.tracks_max = 64;
    lee_watch *watch = NULL;
    lee_zone_set *set = NULL;
    if (lee_watch_create(&options, gather, out, &watch) || lee_zone_set_build(&list, &set) ||
        lee_watch_set_zones(watch, set, 1, 0)) {
        abort();
    }
    for (size_t i = 0; i < w->count; i++) {
        const oracle_heard *const h = &w->reports[i];
        lee_report report = {.t_us = h->t_us, .source = LEE_SOURCE_ADSB};
        report.target = name_of(h->target);
        report.present = LEE_REPORT_HAS_POSITION;
        report.lat_e7 = h->point.lat_e7;
        report.lon_e7 = h->point.lon_e7;
        if (h->has_velocity) {
            report.present |= LEE_REPORT_HAS_SPEED_GROUND | LEE_REPORT_HAS_TRACK;
            report.speed_ground_kt_e3 = oracle_speed_kt_e3(h);
            report.track_deg_e3 = oracle_track_deg_e3(h);
        }
        lee_watch_report(watch, &report);
    }
    lee_watch_tick(watch, w->end_us);
    lee_watch_free(watch);
    lee_zone_set_free(set);
}

/* --- comparing ----------------------------------------------------------------------------------
 */

typedef struct {
    size_t pairs;
    size_t left_out;
    size_t events;
    size_t kinds[32];
    size_t differ;
} sums;

static bool alike(const oracle_event *x, const oracle_event *y)
{
    return x->t_us == y->t_us && x->kind == y->kind && x->reason == y->reason &&
           (x->cross_us < 0) == (y->cross_us < 0) &&
           fabs((double)x->cross_us - (double)y->cross_us) < 0.5 * S &&
           (x->kind != LEE_EVENT_PREDICTED ||
            ((x->p_inside < 0) == (y->p_inside < 0) &&
             fabs(x->p_inside - y->p_inside) <= 0.002 + y->p_doubt &&
             fabs(x->entry_s - y->entry_s) <= 0.002 + y->entry_doubt_s));
}

static void print_event(const char *who, const oracle_event *e)
{
    printf("  %s %d at %.6f cross %.6f reason %c entry %.3f p %.3f\n", who, e->kind,
           (double)e->t_us / S, (double)e->cross_us / S, e->reason ? e->reason : '-', e->entry_s,
           e->p_inside);
}

static void compare(const world *w, const oracle_events *engine, uint32_t target, uint32_t zone,
                    sums *s)
{
    oracle_events mine = {0};
    s->pairs++;
    if (!play_pair(w, target, zone, &mine)) {
        s->left_out++;
        free(mine.events);
        return;
    }
    size_t at = 0;
    bool differs = false;
    for (size_t i = 0; i < engine->count && !differs; i++) {
        const oracle_event *const e = &engine->events[i];
        if (e->target == target && e->zone == zone) {
            differs = at >= mine.count || !alike(e, &mine.events[at]);
            at += !differs;
        }
    }
    differs = differs || at != mine.count;
    for (size_t i = 0; i < mine.count; i++) {
        s->kinds[mine.events[i].kind]++;
    }
    s->events += mine.count;
    if (differs && s->differ++ < 3) {
        printf("target %u, zone %u (%s, carrier %u), after %zu alike:\n", target, zone,
               w->zones[zone].moving.route_count > 0 ? "corridor" : "bubble", w->carrier[zone], at);
        for (size_t i = at; i < mine.count && i < at + 3; i++) {
            print_event("oracle", &mine.events[i]);
        }
        size_t seen = 0;
        for (size_t i = 0; i < engine->count && seen < at + 3; i++) {
            const oracle_event *const e = &engine->events[i];
            if (e->target == target && e->zone == zone && seen++ >= at) {
                print_event("engine", e);
            }
        }
    }
    free(mine.events);
}

int main(int argc, char **argv)
{
    const size_t worlds = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
    dice d = {argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
    printf("seed %llu\n", (unsigned long long)d.state);
    sums s = {0};
    static world w;
    for (size_t i = 0; i < worlds; i++) {
        w.predicts = i % 2 == 1;
        w.look_s = 0;
        make_world(&d, &w);
        oracle_events engine = {0};
        run_engine(&w, &engine);
        for (uint32_t t = 0; t < TARGETS; t++) {
            for (uint32_t z = 0; z < ZONES; z++) {
                if (t != w.carrier[z]) {
                    compare(&w, &engine, t, z, &s);
                }
            }
        }
        free(engine.events);
    }
    printf("%zu reports, %zu pairs of target and moving zone, %zu left out as too near to an edge: "
           "%zu predicted, %zu entered, %zu present, %zu crossed, %zu left, %zu lost; %zu differ\n",
           worlds * REPORTS, s.pairs, s.left_out, s.kinds[LEE_EVENT_PREDICTED],
           s.kinds[LEE_EVENT_ENTERED], s.kinds[LEE_EVENT_PRESENT], s.kinds[LEE_EVENT_CROSSED],
           s.kinds[LEE_EVENT_LEFT], s.kinds[LEE_EVENT_LOST], s.differ);
    const bool enough = s.left_out * 4 < s.pairs && s.kinds[LEE_EVENT_CROSSED] > worlds &&
                        s.kinds[LEE_EVENT_PRESENT] > worlds &&
                        s.kinds[LEE_EVENT_ENTERED] > worlds &&
                        s.kinds[LEE_EVENT_PREDICTED] > worlds / 2;
    printf("%s\n", s.differ > 0 ? "DIFFERENT" : enough ? "equal" : "TOO LITTLE SEEN");
    return s.differ > 0 || !enough;
}
