#include "oracle_fan.h"

#include <assert.h>
#include <math.h>

#define RAD (3.14159265358979323846 / 180.0)

static void go(const oracle_fan *f, oracle_step *at, double course_deg, double span_s, double share)
{
    at->x += f->speed * share * span_s * sin(course_deg * RAD) / f->narrow;
    at->y += f->speed * share * span_s * cos(course_deg * RAD);
    at->t += span_s;
}

void oracle_put(oracle_way *w, oracle_step at)
{
    assert(w->count < ORACLE_STEPS);
    w->spots[w->count++] = at;
}

oracle_way *oracle_new_way(oracle_fan *f, double branch_s, double weight, double kept_from_s,
                           char heads)
{
    assert(f->count < ORACLE_WAYS);
    oracle_way *const w = &f->ways[f->count++];
    *w = (oracle_way){
        .branch_s = branch_s, .weight = weight, .kept_from_s = kept_from_s, .heads = heads};
    /* As the first way until it branches off. */
    for (int i = 0; f->count > 1 && i < f->ways[0].count; i++) {
        const oracle_step *const s = &f->ways[0].spots[i];
        if (s->t < branch_s) {
            oracle_put(w, *s);
        } else if (i > 0 && f->ways[0].spots[i - 1].t < branch_s) {
            const oracle_step *const a = s - 1;
            const double share = (branch_s - a->t) / (s->t - a->t);
            oracle_put(w, (oracle_step){a->x + share * (s->x - a->x), a->y + share * (s->y - a->y),
                                        branch_s});
        }
    }
    return w;
}

static void draw_straight(oracle_fan *f, double course_deg, double turn_deg_s, double off_deg,
                          double weight)
{
    oracle_way *const w = oracle_new_way(f, 0.0, weight, 0.0, 's');
    oracle_step at = {0, 0, 0};
    double to = course_deg + off_deg;
    oracle_put(w, at);
    while (turn_deg_s != 0.0 && at.t < fmin(20.0, f->horizon_s)) {
        const double span_s = fmin(10.0, fmin(20.0, f->horizon_s) - at.t);
        go(f, &at, to + turn_deg_s * span_s / 2, span_s, 1.0);
        to += turn_deg_s * span_s;
        oracle_put(w, at);
    }
    if (at.t < f->horizon_s) {
        go(f, &at, to, f->horizon_s - at.t, 1.0);
        oracle_put(w, at);
    }
}

/* The turn that it has goes on for 2, 9, 19, 34 s or for ever, then straight. */
static void draw_turns(oracle_fan *f, double course_deg, double turn_deg_s)
{
    static const double cuts[] = {0, 6, 14, 26, 45};
    static const double ends[] = {2, 9, 19, 34};
    const double step_s = 15.0 / fabs(turn_deg_s);
    const double until_s = fmin(f->horizon_s, 360.0 / fabs(turn_deg_s));
    const double half = turn_deg_s < 0 ? -7.5 : 7.5;
    int tails = 0;
    while (tails < 4 && ends[tails] <= until_s) {
        tails++;
    }
    oracle_way *const round = oracle_new_way(f, 0.0, exp(-cuts[tails] / 20.0), 1e9, 't');
    oracle_step at = {0, 0, 0};
    oracle_put(round, at);
    for (int i = 0; at.t < until_s; i++) {
        go(f, &at, course_deg + (2 * i + 1) * half, fmin(step_s, until_s - at.t), 0.99714);
        oracle_put(round, at);
    }
    for (int k = 0; k < tails; k++) {
        oracle_way *const w = oracle_new_way(
            f, ends[k], exp(-cuts[k] / 20.0) - exp(-cuts[k + 1] / 20.0), ends[k], 't');
        int chord = 0;
        while (round->spots[chord + 1].t < ends[k]) {
            chord++;
        }
        oracle_step from = round->spots[chord];
        const double course = course_deg + 2 * chord * half + turn_deg_s * (ends[k] - from.t);
        go(f, &from, course_deg + (2 * chord + 1) * half, ends[k] - from.t, 0.99714);
        oracle_put(w, from);
        if (ends[k] < f->horizon_s) {
            go(f, &from, course, f->horizon_s - ends[k], 1.0);
            oracle_put(w, from);
        }
    }
}

/* It begins to turn at 2 degrees a second after 6, 21 or 36 s, straight until then. */
static void draw_begun(oracle_fan *f, double course_deg)
{
    static const double cuts[] = {0, 12, 30};
    static const double begins[] = {6, 21, 36};
    if (1 - exp(-f->unrest * f->horizon_s) < 0.08) {
        return;
    }
    double left = 1.0;
    for (int i = 0; i < 3 && begins[i] < f->horizon_s; i++) {
        const double until_s = i < 2 ? fmin(cuts[i + 1], f->horizon_s) : f->horizon_s;
        const double still = exp(-f->unrest * until_s);
        for (int side = -1; side <= 1; side += 2) {
            oracle_way *const w = oracle_new_way(f, begins[i], (left - still) / 2, 1e9, 't');
            w->only_beyond = true;
            oracle_step at = {0, 0, 0};
            go(f, &at, course_deg, begins[i], 1.0);
            oracle_put(w, at);
            const double end_s = fmin(f->horizon_s, begins[i] + 180.0);
            for (int k = 0; at.t < end_s; k++) {
                go(f, &at, course_deg + side * (7.5 + 15.0 * k), fmin(7.5, end_s - at.t), 0.99714);
                oracle_put(w, at);
            }
        }
        left = still;
    }
}

void oracle_draw(oracle_fan *f, const oracle_flight *flight, lee_point origin, double turn_deg_s,
                 double speed_mps, double horizon_s, double unrest)
{
    static const double offs[] = {0, 3, -3, 8, -8};
    static const double weights[] = {0.5, 0.17, 0.17, 0.08, 0.08};
    const double steady = 1 - 0.5 * fmax(0, fmin(1, (speed_mps - 50.0) / 60.0));
    const double x = (90.0 - fabs(origin.lat_e7 * 1e-7)) * RAD;
    const double course_deg = flight->track.value * 1e-3;
    *f = (oracle_fan){.horizon_s = horizon_s,
                      .speed = speed_mps / ORACLE_UNIT_M,
                      .unrest = unrest,
                      /* The plane's cosine of latitude: four terms. */
                      .narrow = x - pow(x, 3) / 6 + pow(x, 5) / 120 - pow(x, 7) / 5040};
    if (fabs(turn_deg_s) >= 1.0) {
        draw_turns(f, course_deg, turn_deg_s);
        return;
    }
    const double small = fabs(turn_deg_s) < 0.1 ? 0.0 : turn_deg_s;
    for (int i = 0; i < 5; i++) {
        draw_straight(f, course_deg, small, offs[i] * steady, weights[i]);
    }
    draw_begun(f, course_deg);
}

oracle_spot oracle_unit_m(lee_point origin)
{
    return oracle_spot_of(origin, origin.lat_e7 + 1.0, origin.lon_e7 + 1.0);
}

void oracle_draw_route(oracle_fan *f, const oracle_routes *routes, lee_point origin,
                       double speed_mps)
{
    if (!routes->followed || routes->weight <= 0) {
        return;
    }
    for (int i = 0; i < f->count; i++) {
        f->ways[i].weight *= 1 - routes->weight;
    }
    oracle_pass passes[ORACLE_ROUTE_MAX + 3];
    const int count = oracle_route_way(routes->followed, origin, routes->forward, speed_mps,
                                       f->horizon_s, passes);
    const oracle_spot m = oracle_unit_m(origin);
    oracle_way *const w = oracle_new_way(f, 0.0, routes->weight, 1e9, 'f');
    for (int i = 0; i < count; i++) {
        oracle_put(w, (oracle_step){passes[i].at.x / m.x, passes[i].at.y / m.y, passes[i].t_s});
    }
}
