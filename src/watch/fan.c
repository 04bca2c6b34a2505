#include "watch/fan.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "geo/chance.h"
#include "geo/trig.h"

#define METRES_PER_E7 0.0111195

/* Turns are drawn in chords of 15 degrees, which keep within a hundredth of their radius; a chord
 * is that much shorter than its arc. Sine and cosine of 7.5 and of 15 degrees. */
#define STEP_DEG 15.0
#define CHORD_SHARE 0.99714
#define SIN_HALF 0.13052619222005157
#define COS_HALF 0.99144486137381038
#define SIN_STEP 0.25881904510252074
#define COS_STEP 0.96592582628906831

/* Turning slower than this is flying straight with a small turn, which ends after a while. */
#define TURN_MIN_DEG_S 1.0
#define SMALL_TURN_S 20.0
#define SMALL_CHORD_S 10.0
/* And slower than this, flying straight exactly. */
#define STRAIGHT_DEG_S 0.1
/* What an aircraft turns at when it begins to (rate one is 3, light traffic turns less). */
#define BEGUN_DEG_S 2.0
/* Fast traffic, and high traffic, keeps its course better: from the first to the second speed or
 * altitude the chance to leave it falls by SETTLED, and with the speed the doubt of course by
 * STEADY. Low down, where traffic takes off and lands, it turns more. */
#define SLOW_MPS 50.0
#define FAST_MPS 110.0
#define MIDDLE_FT 5000.0
#define HIGH_FT 12000.0
#define LOW_FT 2000.0
#define SETTLED 0.7
#define STEADY 0.5
#define LOW_UNREST 1.7
#define DOUBT_DEG 3.0
#define WIDE_DOUBT_DEG 8.0

/* As fmin and fmax, without their care for what is no number, which costs a call. */
static double lesser(double a, double b)
{
    return a < b ? a : b;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

static inline bool boxes_meet(const lee_fan_box *a, const lee_fan_box *b)
{
    return a->lat_min <= b->lat_max && a->lat_max >= b->lat_min && a->lon_min <= b->lon_max &&
           a->lon_max >= b->lon_min;
}

/* --- drawing ------------------------------------------------------------------------------------
 */

/* Where a pen stands and goes: degrees of 1e-7 north and, narrowed as the meridians are, east. */
typedef struct {
    lee_fan_place at;
    double north; /* the velocity in units of latitude a second */
    double east;
    double lon_scale; /* units of longitude for one of latitude */
} pen;

static inline void turn_pen(pen *p, double cosine, double sine)
{
    const double north = p->north * cosine - p->east * sine;
    p->east = p->east * cosine + p->north * sine;
    p->north = north;
}

/* By less than half a radian: the first term left out is below 2e-6. */
static inline void turn_pen_a_little(pen *p, double degrees)
{
    const double x = degrees * LEE_RADIANS_PER_DEGREE;
    const double z = x * x;
    turn_pen(p, 1.0 - z * (1.0 / 2.0 - z * (1.0 / 24.0 - z / 720.0)),
             x * (1.0 - z * (1.0 / 6.0 - z / 120.0)));
}

static inline void move_pen(pen *p, double span_s, double share)
{
    p->at.lat += p->north * span_s * share;
    p->at.lon += p->east * span_s * share * p->lon_scale;
    p->at.t_s += span_s;
}

static inline void put(lee_fan *fan, const pen *p)
{
    assert(fan->place_count < LEE_FAN_PLACES);
    fan->places[fan->place_count++] = p->at;
}

static inline lee_fan_way *begin_way(lee_fan *fan, const pen *p, lee_heads heads, double weight,
                                     double kept_from_s)
{
    assert(fan->way_count < LEE_FAN_WAYS);
    lee_fan_way *const way = &fan->ways[fan->way_count++];
    way->branch_s = p->at.t_s;
    way->weight = weight;
    way->kept_from_s = kept_from_s;
    way->only_beyond = false;
    way->heads = heads;
    way->first = fan->place_count;
    put(fan, p);
    return way;
}

static inline void end_way(lee_fan *fan, lee_fan_way *way)
{
    way->last = fan->place_count - 1;
    lee_fan_box box = fan->box;
    for (uint32_t i = way->first; i <= way->last; i++) {
        const lee_fan_place *const p = &fan->places[i];
        box.lat_min = lesser(box.lat_min, p->lat);
        box.lat_max = greater(box.lat_max, p->lat);
        box.lon_min = lesser(box.lon_min, p->lon);
        box.lon_max = greater(box.lon_max, p->lon);
    }
    fan->box = box;
}

/* Straight on, with the small turn as long as it lasts. */
static void draw_straight(lee_fan *fan, pen p, double turn_deg_s)
{
    const double small_s = turn_deg_s == 0.0 ? 0.0 : lesser(SMALL_TURN_S, fan->horizon_s);
    while (p.at.t_s < small_s) {
        const double span_s = lesser(SMALL_CHORD_S, small_s - p.at.t_s);
        turn_pen_a_little(&p, turn_deg_s * span_s / 2.0);
        move_pen(&p, span_s, 1.0);
        turn_pen_a_little(&p, turn_deg_s * span_s / 2.0);
        put(fan, &p);
    }
    if (p.at.t_s < fan->horizon_s) {
        move_pen(&p, fan->horizon_s - p.at.t_s, 1.0);
        put(fan, &p);
    }
}

/* On its course and beside it. */
static void draw_courses(lee_fan *fan, const pen *start, double turn_deg_s, double doubt)
{
    static const double offs[] = {0.0, DOUBT_DEG, -DOUBT_DEG, WIDE_DOUBT_DEG, -WIDE_DOUBT_DEG};
    static const double weights[] = {0.5, 0.17, 0.17, 0.08, 0.08};
    for (int i = 0; i < 5; i++) {
        pen p = *start;
        turn_pen_a_little(&p, offs[i] * doubt);
        lee_fan_way *const way = begin_way(fan, &p, LEE_HEADS_STRAIGHT, weights[i], 0.0);
        draw_straight(fan, p, turn_deg_s);
        end_way(fan, way);
    }
}

/* The turn goes on for a while that nobody knows, then straight. */
static void draw_turn(lee_fan *fan, const pen *start, double turn_deg_s)
{
    /* The turn lasts as long as this, e^(-s / 20) of 0, 6, 14, 26 and 45 s, and what ends before
     * the next of these ends here. */
    static const double lasts[] = {1.0, 0x1.7b4c869c37c07p-1, 0x1.fc80db9dd553cp-2,
                                   0x1.17129308ce273p-2, 0x1.afb718e8457f8p-4};
    static const double ends_s[] = {2.0, 9.0, 19.0, 34.0};
    const double side = turn_deg_s < 0.0 ? -1.0 : 1.0;
    const double step_s = STEP_DEG / (side * turn_deg_s);
    const double circle_s = 360.0 / (side * turn_deg_s);
    const double until_s = lesser(fan->horizon_s, circle_s);
    pen tails[4];
    int tail_count = 0;
    pen p = *start;
    lee_fan_way *const trunk = begin_way(fan, &p, LEE_HEADS_TURNING, 0.0, LEE_FAN_NEVER_S);
    while (p.at.t_s < until_s) {
        const double span_s = lesser(step_s, until_s - p.at.t_s);
        pen chord = p;
        turn_pen(&chord, COS_HALF, side * SIN_HALF);
        for (; tail_count < 4 && ends_s[tail_count] <= p.at.t_s + span_s; tail_count++) {
            tails[tail_count] = p;
            turn_pen_a_little(&tails[tail_count], turn_deg_s * (ends_s[tail_count] - p.at.t_s));
            pen to = chord;
            move_pen(&to, ends_s[tail_count] - p.at.t_s, CHORD_SHARE);
            tails[tail_count].at = to.at;
        }
        move_pen(&chord, span_s, CHORD_SHARE);
        turn_pen(&p, COS_STEP, side * SIN_STEP);
        p.at = chord.at;
        put(fan, &p);
    }
    end_way(fan, trunk);
    trunk->weight = lasts[tail_count];
    for (int i = 0; i < tail_count; i++) {
        lee_fan_way *const way =
            begin_way(fan, &tails[i], LEE_HEADS_TURNING, lasts[i] - lasts[i + 1], ends_s[i]);
        if (ends_s[i] < fan->horizon_s) {
            move_pen(&tails[i], fan->horizon_s - ends_s[i], 1.0);
            put(fan, &tails[i]);
        }
        end_way(fan, way);
    }
}

static double share_between(double value, double from, double to)
{
    return lesser(greater((value - from) / (to - from), 0.0), 1.0);
}

static double unrest_of(const lee_fan_motion *motion, double fast)
{
    const double high = motion->has_alt ? share_between(motion->alt_ft, MIDDLE_FT, HIGH_FT) : 0.0;
    const bool is_low = motion->has_alt && motion->alt_ft < LOW_FT;
    return motion->unrest * (1.0 - SETTLED * greater(fast, high)) * (is_low ? LOW_UNREST : 1.0);
}

void lee__ahead_draw(const lee_fan_motion *motion, double horizon_s, lee_fan *fan)
{
    assert(horizon_s > 0.0 && motion->unrest >= 0.0);
    const double fast = share_between(motion->speed_mps, SLOW_MPS, FAST_MPS);
    const double speed = motion->speed_mps / METRES_PER_E7;
    double sine;
    double cosine;
    lee_sin_cos(motion->track_deg * LEE_RADIANS_PER_DEGREE, &sine, &cosine);
    const pen start = {
        .north = speed * cosine, .east = speed * sine, .lon_scale = 1.0 / motion->narrow};
    const double turn_deg_s = fabs(motion->turn_deg_s) < STRAIGHT_DEG_S ? 0.0 : motion->turn_deg_s;
    fan->horizon_s = horizon_s;
    fan->north = start.north;
    fan->east = start.east;
    fan->unrest = unrest_of(motion, fast);
    fan->turns = fabs(turn_deg_s) >= TURN_MIN_DEG_S;
    fan->turns_weight = fan->turns ? 0.0 : 1.0 - lee_exp_minus(fan->unrest * horizon_s);
    fan->has_begun = false;
    fan->drifts = turn_deg_s != 0.0;
    fan->way_count = 0;
    fan->place_count = 0;
    fan->lon_scale = start.lon_scale;
    fan->box = (lee_fan_box){0};
    if (fan->turns) {
        draw_turn(fan, &start, turn_deg_s);
    } else {
        draw_courses(fan, &start, turn_deg_s, 1.0 - STEADY * fast);
    }
}

/* It begins to turn, left or right, sooner or later: off the course that it has, without the small
 * turn, so that these ways tell of another future than the trunk. */
void lee__ahead_begin_turns(lee_fan *fan)
{
    static const double cuts_s[] = {0.0, 12.0, 30.0};
    static const double turns_s[] = {6.0, 21.0, 36.0};
    const double step_s = STEP_DEG / BEGUN_DEG_S;
    assert(!fan->turns && !fan->has_begun);
    fan->has_begun = true;
    double left = 1.0;
    for (int i = 0; i < 3 && turns_s[i] < fan->horizon_s; i++) {
        const double until_s = i < 2 ? lesser(cuts_s[i + 1], fan->horizon_s) : fan->horizon_s;
        const double still = lee_exp_minus(fan->unrest * until_s);
        const double weight = (left - still) / 2.0;
        left = still;
        pen start = {{0}, fan->north, fan->east, fan->lon_scale};
        move_pen(&start, turns_s[i], 1.0);
        const double end_s = lesser(fan->horizon_s, turns_s[i] + 360.0 / BEGUN_DEG_S);
        for (int side = -1; side <= 1; side += 2) {
            pen p = start;
            lee_fan_way *const way = begin_way(fan, &p, LEE_HEADS_TURNING, weight, LEE_FAN_NEVER_S);
            way->only_beyond = true;
            turn_pen(&p, COS_HALF, side * SIN_HALF);
            while (p.at.t_s < end_s) {
                move_pen(&p, lesser(step_s, end_s - p.at.t_s), CHORD_SHARE);
                put(fan, &p);
                turn_pen(&p, COS_STEP, side * SIN_STEP);
            }
            end_way(fan, way);
        }
    }
}

/* --- entering -----------------------------------------------------------------------------------
 */

/* What is met on a way: whether edges were crossed an odd number of times before from_s (at all,
 * where there are more than can be counted), and the first crossing after that. */
typedef struct {
    bool flipped;
    lee_fan_place first;
} walk;

static void note(const lee_fan_sight *s, walk *w, lee_fan_place at)
{
    if (at.t_s < s->from_s) {
        w->flipped = s->is_crowded || !w->flipped;
    } else if (at.t_s < w->first.t_s) {
        w->first = at;
    }
}

/* Where a chord crosses edges: side by side, so that a vertex counts once. Gives each to `out`. */
typedef struct {
    const lee_fan_sight *sight;
    lee_fan_sight *trunk; /* NULL: to the walk */
    walk *walk;
} listener;

static void hear(const listener *l, lee_fan_place at)
{
    if (!l->trunk) {
        note(l->sight, l->walk, at);
    } else if (l->trunk->trunk_count < LEE_FAN_CROSSINGS) {
        l->trunk->trunk_at[l->trunk->trunk_count++] = at;
    } else {
        lee_fan_place *const last = &l->trunk->trunk_at[LEE_FAN_CROSSINGS - 1];
        *last = at.t_s < last->t_s ? at : *last;
        l->trunk->is_crowded = true;
    }
}

/* What a chord meets where the zone is by then. */
static void cross_mover(const lee_fan *fan, const lee_fan_place *a, const lee_fan_place *b,
                        const listener *l)
{
    const double east_m = METRES_PER_E7 / fan->lon_scale;
    lee_span spans[LEE_MOVER_SPANS_MAX];
    const size_t count = lee__mover_spans(
        &l->sight->mover, (lee_vector){a->lon * east_m, a->lat * METRES_PER_E7}, a->t_s,
        (lee_vector){b->lon * east_m, b->lat * METRES_PER_E7}, b->t_s, spans);
    for (size_t i = 0; i < 2 * count; i++) {
        const double at = i % 2 == 0 ? spans[i / 2].from : spans[i / 2].to;
        if (at > 0.0 && at < 1.0) {
            hear(l,
                 (lee_fan_place){a->lat + at * (b->lat - a->lat), a->lon + at * (b->lon - a->lon),
                                 a->t_s + at * (b->t_s - a->t_s)});
        }
    }
}

/* A chord with what is worked out of it once. */
typedef struct {
    const lee_fan_place *a;
    const lee_fan_place *b;
    double lat_by;
    double lon_by;
} chord;

static inline double own_side(const chord *c, lee_point origin)
{
    return c->lon_by * (c->a->lat + origin.lat_e7) - c->lat_by * (c->a->lon + origin.lon_e7);
}

/* Vertices `at` and `at` + 1 of the run lie on different sides of the chord's line. */
static void meet_edge(const chord *c, const lee_fan_run *run, uint32_t at, const listener *l)
{
    const lee_point origin = l->sight->origin;
    const double own = own_side(c, origin);
    const double tail = c->lon_by * run->lat[at] - c->lat_by * run->lon[at] - own;
    const double head = c->lon_by * run->lat[at + 1] - c->lat_by * run->lon[at + 1] - own;
    const double edge_lat = run->lat[at + 1] - run->lat[at];
    const double edge_lon = run->lon[at + 1] - run->lon[at];
    const double part = ((run->lon[at + 1] - (c->a->lon + origin.lon_e7)) * edge_lat -
                         (run->lat[at + 1] - (c->a->lat + origin.lat_e7)) * edge_lon) /
                        (head - tail);
    if (part >= 0.0 && part < 1.0) {
        hear(l, (lee_fan_place){c->a->lat + part * c->lat_by, c->a->lon + part * c->lon_by,
                                c->a->t_s + part * (c->b->t_s - c->a->t_s)});
    }
}

typedef double two __attribute__((vector_size(16)));

/* A bit for each number that is above zero. */
static inline uint32_t bits_above(two numbers)
{
#ifdef __SSE2__
    return (uint32_t)_mm_movemask_pd((__m128d)(numbers > 0.0));
#else
    return (uint32_t)(numbers[0] > 0.0) | (uint32_t)(numbers[1] > 0.0) << 1;
#endif
}

static inline two two_at(const double *numbers)
{
    two both;
    memcpy(&both, numbers, sizeof both);
    return both;
}

static void cross_run(const chord *c, const lee_fan_run *run, const listener *l)
{
    const double own = own_side(c, l->sight->origin);
    uint32_t sides = 0;
#pragma GCC unroll 5
    for (uint32_t i = 0; i < LEE_FAN_VERTICES; i += 2) {
        sides |=
            bits_above(c->lon_by * two_at(&run->lat[i]) - c->lat_by * two_at(&run->lon[i]) - own)
            << i;
    }
    const uint32_t last = LEE_FAN_VERTICES - 1;
    for (uint32_t left = (sides ^ sides >> 1) & ((1u << last) - 1); left != 0; left &= left - 1) {
        meet_edge(c, run, (uint32_t)__builtin_ctz(left), l);
    }
}

static lee_fan_box box_from(lee_point origin, lee_box box)
{
    return (lee_fan_box){
        (double)box.min.lat_e7 - origin.lat_e7, (double)box.max.lat_e7 - origin.lat_e7,
        (double)box.min.lon_e7 - origin.lon_e7, (double)box.max.lon_e7 - origin.lon_e7};
}

static void take_run(const lee_fan_sight *s, const lee_way_run *from, lee_fan_run *run)
{
    const lee_point *const points = &s->ways->points[from->first];
    run->box = box_from(s->origin, from->box);
    for (uint32_t i = 0; i < LEE_FAN_VERTICES; i++) {
        const lee_point p = points[i < from->count ? i : from->count];
        run->lat[i] = p.lat_e7;
        run->lon[i] = p.lon_e7;
    }
}

static void cross_edges(const lee_fan_place *a, const lee_fan_place *b, const listener *l)
{
    const lee_fan_sight *const s = l->sight;
    const lee_fan_box box = {lesser(a->lat, b->lat), greater(a->lat, b->lat),
                             lesser(a->lon, b->lon), greater(a->lon, b->lon)};
    const chord c = {.a = a, .b = b, .lat_by = b->lat - a->lat, .lon_by = b->lon - a->lon};
    for (uint32_t r = 0; r < s->run_count; r++) {
        if (boxes_meet(&box, &s->runs[r].box)) {
            cross_run(&c, &s->runs[r], l);
        }
    }
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; s->has_many && r < first[1]; r++) {
        if (lee__ahead_meets(&box, s->origin, s->ways->runs[r].box)) {
            lee_fan_run run;
            take_run(s, &s->ways->runs[r], &run);
            cross_run(&c, &run, l);
        }
    }
}

static void cross_chord(const lee_fan *fan, const lee_fan_place *a, const lee_fan_place *b,
                        const listener *l)
{
    if (l->sight->moves) {
        cross_mover(fan, a, b, l);
    } else {
        cross_edges(a, b, l);
    }
}

bool lee__ahead_may_meet(const lee_fan_sight *s, double lat_reach, double lon_reach)
{
    const lee_fan_box within = {-lat_reach, lat_reach, -lon_reach, lon_reach};
    bool found = s->moves;
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; !found && r < first[1]; r++) {
        found = lee__ahead_meets(&within, s->origin, s->ways->runs[r].box);
    }
    return found;
}

void lee__ahead_look_again(const lee_fan *fan, lee_fan_sight *s)
{
    s->run_count = 0;
    s->has_many = false;
    const uint32_t *const first = &s->ways->first_run[s->zone];
    for (uint32_t r = first[0]; !s->moves && r < first[1]; r++) {
        if (!lee__ahead_meets(&fan->box, s->origin, s->ways->runs[r].box)) {
            continue;
        }
        if (s->run_count == LEE_FAN_RUNS) {
            s->run_count = 0;
            s->has_many = true;
            return;
        }
        take_run(s, &s->ways->runs[r], &s->runs[s->run_count++]);
    }
}

void lee__ahead_look(const lee_fan *fan, lee_fan_sight *s)
{
    const lee_fan_way *const trunk = &fan->ways[0];
    const listener l = {.sight = s, .trunk = s};
    s->trunk_count = 0;
    s->is_crowded = false;
    lee__ahead_look_again(fan, s);
    if (!s->moves && !s->has_many && s->run_count == 0) {
        return;
    }
    for (uint32_t i = trunk->first; i < trunk->last; i++) {
        cross_chord(fan, &fan->places[i], &fan->places[i + 1], &l);
    }
}

/* Where the way is at t_s. */
static lee_fan_place place_at(const lee_fan *fan, const lee_fan_way *way, double t_s)
{
    const lee_fan_way *const on = t_s < way->branch_s ? &fan->ways[0] : way;
    uint32_t i = on->first;
    while (i + 1 < on->last && fan->places[i + 1].t_s < t_s) {
        i++;
    }
    const lee_fan_place *const a = &fan->places[i];
    const lee_fan_place *const b = &fan->places[i < on->last ? i + 1 : i];
    const double at = b->t_s > a->t_s ? lesser((t_s - a->t_s) / (b->t_s - a->t_s), 1.0) : 0.0;
    return (lee_fan_place){a->lat + at * (b->lat - a->lat), a->lon + at * (b->lon - a->lon), t_s};
}

bool lee__ahead_enters(const lee_fan *fan, const lee_fan_sight *s, uint32_t number,
                       lee_fan_place *out)
{
    const lee_fan_way *const way = &fan->ways[number];
    walk w = {.first = {.t_s = LEE_FAN_NEVER_S}};
    const double branch_s = number == 0 ? LEE_FAN_NEVER_S : way->branch_s;
    for (uint32_t i = 0; i < s->trunk_count; i++) {
        if (s->trunk_at[i].t_s < branch_s) {
            note(s, &w, s->trunk_at[i]);
        }
    }
    const listener l = {.sight = s, .walk = &w};
    if (way->only_beyond && fan->drifts && !s->moves && w.first.t_s == LEE_FAN_NEVER_S) {
        /* From where the trunk has drifted to by then: an edge may pass between. */
        const lee_fan_place from = place_at(fan, &fan->ways[0], branch_s);
        cross_edges(&from, &fan->places[way->first], &l);
    }
    if (number > 0 && w.first.t_s == LEE_FAN_NEVER_S &&
        (s->moves || s->has_many || s->run_count > 0)) {
        for (uint32_t i = way->first;
             i < way->last && w.first.t_s == LEE_FAN_NEVER_S && fan->places[i].t_s <= s->until_s;
             i++) {
            cross_chord(fan, &fan->places[i], &fan->places[i + 1], &l);
        }
    }
    if (s->is_crowded ? w.flipped : s->in_area != w.flipped) {
        w.first = s->from_s > 0.0 ? place_at(fan, way, s->from_s) : (lee_fan_place){0};
    }
    *out = w.first;
    return w.first.t_s <= s->until_s && (!way->only_beyond || w.first.t_s > way->branch_s);
}
