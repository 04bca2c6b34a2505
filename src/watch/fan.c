/* Drawing the fan. */
#include "watch/fan.h"

#include <assert.h>
#include <math.h>

#include "geo/chance.h"
#include "geo/trig.h"
#include "watch/fan_plane.h"

typedef lee_fan_two two;

/* Turns are drawn in chords of 15 degrees, which keep within a hundredth of their radius; a chord
 * is that much shorter than its arc. Sine and cosine of 7.5 and of 15 degrees. */
#define STEP_DEG 15.0
#define CHORD_SHARE 0.99714
#define SIN_HALF 0.13052619222005157
#define COS_HALF LEE_FAN_COS_HALF
#define SIN_STEP 0.25881904510252074
#define COS_STEP 0.96592582628906831
/* The chords of a turn are inscribed in a circle of this radius, for a step of 1. */
#define RADIUS_OF_STEP (CHORD_SHARE / (2.0 * SIN_HALF))

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

/* Where a pen stands and goes: degrees of 1e-7 north and, narrowed as the meridians are, east. */
typedef struct {
    two at;
    two by; /* the velocity in units of latitude a second */
    double t_s;
} pen;

/* Cosine twice; sine, the first time for the other side. */
typedef struct {
    two cosine;
    two sine;
} rotation;

static inline rotation rotation_of(double cosine, double sine)
{
    return (rotation){{cosine, cosine}, {-sine, sine}};
}

/* North times cosine less east times sine, east times cosine and north times sine. */
static inline two turned(two by, rotation to)
{
    return by * to.cosine + (two){by[1], by[0]} * to.sine;
}

static inline rotation back(rotation to)
{
    return (rotation){to.cosine, -to.sine};
}

/* By less than half a radian: the first term left out is below 2e-6. */
static inline rotation a_little(double degrees)
{
    const double x = degrees * LEE_RADIANS_PER_DEGREE;
    const double z = x * x;
    return rotation_of(1.0 - z * (1.0 / 2.0 - z * (1.0 / 24.0 - z / 720.0)),
                       x * (1.0 - z * (1.0 / 6.0 - z / 120.0)));
}

static inline void move_pen(const lee_fan *fan, pen *p, double span_s, double share)
{
    p->at += p->by * span_s * share * fan->scale;
    p->t_s += span_s;
}

static inline void put(lee_fan *fan, const pen *p)
{
    assert(fan->place_count < LEE_FAN_PLACES);
    fan->places[fan->place_count++] = (lee_fan_place){p->at[0], p->at[1], p->t_s};
}

static inline void widen(lee_fan_box *box, const lee_fan_box *with)
{
    box->min = lee__two_lesser(box->min, with->min);
    box->max = lee__two_greater(box->max, with->max);
}

static inline lee_fan_way *begin_way(lee_fan *fan, const pen *p, lee_heads heads, double weight,
                                     double kept_from_s)
{
    assert(fan->way_count < LEE_FAN_WAYS);
    lee_fan_way *const way = &fan->ways[fan->way_count++];
    way->branch_s = p->t_s;
    way->weight = weight;
    way->kept_from_s = kept_from_s;
    way->only_beyond = false;
    way->radius_s = 0.0;
    way->waits = false;
    way->heads = heads;
    way->first = fan->place_count;
    way->last = way->first;
    put(fan, p);
    return way;
}

static inline void end_way(lee_fan *fan, lee_fan_way *way)
{
    way->last = fan->place_count - 1;
    const two start = lee__two_of_place(&fan->places[way->first]);
    way->box = (lee_fan_box){start, start};
    for (uint32_t i = way->first + 1; i <= way->last; i++) {
        const two at = lee__two_of_place(&fan->places[i]);
        way->box.min = lee__two_lesser(way->box.min, at);
        way->box.max = lee__two_greater(way->box.max, at);
    }
    widen(&fan->box, &way->box);
}

/* The chords of a small turn. */
#define SMALL_CHORDS 2 /* SMALL_TURN_S / SMALL_CHORD_S */
typedef struct {
    int count;
    double span_s[SMALL_CHORDS];
    rotation half[SMALL_CHORDS];
} bend;

static bend bend_of(const lee_fan *fan, double turn_deg_s)
{
    bend b = {0};
    const double small_s = turn_deg_s == 0.0 ? 0.0 : lee__lesser(SMALL_TURN_S, fan->horizon_s);
    for (double t_s = 0.0; t_s < small_s && b.count < SMALL_CHORDS; b.count++) {
        const double span_s = lee__lesser(SMALL_CHORD_S, small_s - t_s);
        b.span_s[b.count] = span_s;
        b.half[b.count] = a_little(turn_deg_s * span_s / 2.0);
        t_s += span_s;
    }
    return b;
}

/* On its course and beside it: straight on, with the small turn as long as it lasts. */
static void draw_courses(lee_fan *fan, double turn_deg_s, double doubt)
{
    static const double weights[] = {0.5, 0.17, 0.17, 0.08, 0.08};
    const rotation few = a_little(DOUBT_DEG * doubt);
    const rotation more = a_little(WIDE_DOUBT_DEG * doubt);
    const two by[] = {fan->by, turned(fan->by, few), turned(fan->by, back(few)),
                      turned(fan->by, more), turned(fan->by, back(more))};
    const bend b = bend_of(fan, turn_deg_s);
    for (int i = 0; i < LEE_FAN_COURSES; i++) {
        pen p = {.by = by[i]};
        lee_fan_way *const way = begin_way(fan, &p, LEE_HEADS_STRAIGHT, weights[i], 0.0);
        for (int k = 0; k < b.count; k++) {
            p.by = turned(p.by, b.half[k]);
            move_pen(fan, &p, b.span_s[k], 1.0);
            p.by = turned(p.by, b.half[k]);
            put(fan, &p);
        }
        if (p.t_s < fan->horizon_s) {
            move_pen(fan, &p, fan->horizon_s - p.t_s, 1.0);
            put(fan, &p);
        }
        end_way(fan, way);
    }
}

/* The turn goes on for a while that nobody knows, then straight. */
static void draw_turn(lee_fan *fan, double turn_deg_s)
{
    /* The turn lasts as long as this, e^(-s / 20) of 0, 6, 14, 26 and 45 s, and what ends before
     * the next of these ends here. */
    static const double lasts[] = {1.0, 0x1.7b4c869c37c07p-1, 0x1.fc80db9dd553cp-2,
                                   0x1.17129308ce273p-2, 0x1.afb718e8457f8p-4};
    static const double ends_s[] = {2.0, 9.0, 19.0, 34.0, LEE_FAN_NEVER_S};
    const double side = turn_deg_s < 0.0 ? -1.0 : 1.0;
    const double step_s = STEP_DEG / (side * turn_deg_s);
    const double circle_s = 360.0 / (side * turn_deg_s);
    const double until_s = lee__lesser(fan->horizon_s, circle_s);
    const rotation half = rotation_of(COS_HALF, side * SIN_HALF);
    const rotation step = rotation_of(COS_STEP, side * SIN_STEP);
    pen tails[4];
    int tail_count = 0;
    pen p = {.by = fan->by};
    lee_fan_way *const trunk = begin_way(fan, &p, LEE_HEADS_TURNING, 0.0, LEE_FAN_NEVER_S);
    while (p.t_s < until_s) {
        const double span_s = lee__lesser(step_s, until_s - p.t_s);
        pen chord = {p.at, turned(p.by, half), p.t_s};
        for (; ends_s[tail_count] <= p.t_s + span_s; tail_count++) {
            const double left_s = ends_s[tail_count] - p.t_s;
            tails[tail_count] = chord;
            move_pen(fan, &tails[tail_count], left_s, CHORD_SHARE);
            tails[tail_count].by = turned(p.by, a_little(turn_deg_s * left_s));
        }
        move_pen(fan, &chord, span_s, CHORD_SHARE);
        p = (pen){chord.at, turned(p.by, step), chord.t_s};
        put(fan, &p);
    }
    end_way(fan, trunk);
    trunk->radius_s = side * step_s * RADIUS_OF_STEP;
    trunk->weight = lasts[tail_count];
    for (int i = 0; i < tail_count; i++) {
        lee_fan_way *const way =
            begin_way(fan, &tails[i], LEE_HEADS_TURNING, lasts[i] - lasts[i + 1], ends_s[i]);
        if (ends_s[i] < fan->horizon_s) {
            move_pen(fan, &tails[i], fan->horizon_s - ends_s[i], 1.0);
            put(fan, &tails[i]);
        }
        end_way(fan, way);
    }
}

static double share_between(double value, double from, double to)
{
    return lee__lesser(lee__greater((value - from) / (to - from), 0.0), 1.0);
}

static double unrest_of(const lee_fan_motion *motion, double fast)
{
    const double high = motion->has_alt ? share_between(motion->alt_ft, MIDDLE_FT, HIGH_FT) : 0.0;
    const bool is_low = motion->has_alt && motion->alt_ft < LOW_FT;
    return motion->unrest * (1.0 - SETTLED * lee__greater(fast, high)) *
           (is_low ? LOW_UNREST : 1.0);
}

void lee__ahead_draw(const lee_fan_motion *motion, double horizon_s, lee_fan *fan)
{
    assert(horizon_s > 0.0 && motion->unrest >= 0.0);
    const double fast = share_between(motion->speed_mps, SLOW_MPS, FAST_MPS);
    const double speed = motion->speed_mps / LEE_PLANE_METRES_PER_E7;
    double sine;
    double cosine;
    lee_sin_cos(motion->track_deg * LEE_RADIANS_PER_DEGREE, &sine, &cosine);
    const double turn_deg_s = fabs(motion->turn_deg_s) < STRAIGHT_DEG_S ? 0.0 : motion->turn_deg_s;
    fan->horizon_s = horizon_s;
    fan->by = (two){speed * cosine, speed * sine};
    fan->scale = (two){1.0, 1.0 / motion->narrow};
    fan->unrest = unrest_of(motion, fast);
    fan->turns = fabs(turn_deg_s) >= TURN_MIN_DEG_S;
    fan->turns_weight = fan->turns ? 0.0 : 1.0 - lee_exp_minus(fan->unrest * horizon_s);
    fan->has_begun = false;
    fan->drifts = turn_deg_s != 0.0;
    fan->way_count = 0;
    fan->place_count = 0;
    fan->box = (lee_fan_box){.min = {0}, .max = {0}};
    if (fan->turns) {
        draw_turn(fan, turn_deg_s);
    } else {
        draw_courses(fan, turn_deg_s, 1.0 - STEADY * fast);
    }
}

static double begun_end_s(const lee_fan *fan, const lee_fan_way *way)
{
    return lee__lesser(fan->horizon_s, way->branch_s + 360.0 / BEGUN_DEG_S);
}

/* A box that holds the turn, which is not drawn yet: that of its circle, as far as it comes round
 * it. A thousandth more and a unit are far beyond all rounding. */
static lee_fan_box box_of_begun(const lee_fan *fan, const lee_fan_way *way, double speed)
{
    const two start = lee__two_of_place(&fan->places[way->first]);
    const two middle = start + lee__fan_to_middle(fan, way) * fan->scale;
    const two round = speed * fabs(way->radius_s) * 1.001 * fan->scale + 1.0;
    const two along = speed * (begun_end_s(fan, way) - way->branch_s) * 1.001 * fan->scale + 1.0;
    return (lee_fan_box){lee__two_greater(middle - round, start - along),
                         lee__two_lesser(middle + round, start + along)};
}

/* It begins to turn, left or right, sooner or later: off the course that it has, without the small
 * turn, so that these ways tell of another future than the trunk. Most of these lead nowhere, and
 * wait to be drawn until a box around them meets something. */
void lee__ahead_begin_turns(lee_fan *fan)
{
    static const double cuts_s[] = {0.0, 12.0, 30.0};
    static const double turns_s[] = {6.0, 21.0, 36.0};
    assert(!fan->turns && !fan->has_begun);
    fan->has_begun = true;
    const double speed = sqrt(fan->by[0] * fan->by[0] + fan->by[1] * fan->by[1]);
    double left = 1.0;
    for (int i = 0; i < 3 && turns_s[i] < fan->horizon_s; i++) {
        const double until_s = i < 2 ? lee__lesser(cuts_s[i + 1], fan->horizon_s) : fan->horizon_s;
        const double still = lee_exp_minus(fan->unrest * until_s);
        const double weight = (left - still) / 2.0;
        left = still;
        pen start = {.by = fan->by};
        move_pen(fan, &start, turns_s[i], 1.0);
        for (int side = -1; side <= 1; side += 2) {
            lee_fan_way *const way =
                begin_way(fan, &start, LEE_HEADS_TURNING, weight, LEE_FAN_NEVER_S);
            way->only_beyond = true;
            way->waits = true;
            way->radius_s = side * (STEP_DEG / BEGUN_DEG_S) * RADIUS_OF_STEP;
            way->box = box_of_begun(fan, way, speed);
            widen(&fan->box, &way->box);
        }
    }
}

void lee__ahead_draw_begun(lee_fan *fan, lee_fan_way *way)
{
    const double step_s = STEP_DEG / BEGUN_DEG_S;
    const double end_s = begun_end_s(fan, way);
    const lee_fan_place start = fan->places[way->first];
    const double side = way->radius_s < 0.0 ? -1.0 : 1.0;
    const rotation step = rotation_of(COS_STEP, side * SIN_STEP);
    pen p = {.at = lee__two_of_place(&start),
             .by = turned(fan->by, rotation_of(COS_HALF, side * SIN_HALF)),
             .t_s = start.t_s};
    way->waits = false;
    way->first = fan->place_count;
    put(fan, &p);
    while (p.t_s < end_s) {
        move_pen(fan, &p, lee__lesser(step_s, end_s - p.t_s), CHORD_SHARE);
        put(fan, &p);
        p.by = turned(p.by, step);
    }
    end_way(fan, way);
}
