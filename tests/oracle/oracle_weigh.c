/* How deep inside, and what the errors leave of it. */
#include <math.h>
#include <stdlib.h>

#include "oracle_earth.h"
#include "oracle_play.h"

double oracle_depth_m(const oracle_play *p)
{
    double best = oracle_edge_m(&p->zone->area, p->at.point);
    for (size_t i = 0; i < p->lanes.count; i++) {
        const lee_area *const area = &p->lanes.zones[i]->area;
        if (oracle_active_at(p->lanes.zones[i], p->at.t_us) &&
            !oracle_area_holds(area, p->at.point)) {
            best = fmin(best, oracle_edge_m(area, p->at.point));
        }
    }
    return best;
}

char oracle_verdict_word(oracle_play *p, int64_t t_us)
{
    const double doubt = 0.005;
    const oracle_doubtful proof = {-p->now.proof, -p->now.proof - doubt, -p->now.proof + doubt};
    const bool probable = oracle_at_most(p, proof, -0.9, t_us);
    return oracle_at_most(p, proof, -0.95, t_us) ? 'c' : probable ? 'p' : 'n';
}

/* A floor at or below the ground binds nothing. */
static bool is_ground(const lee_alt_limit *limit, bool is_lower)
{
    return is_lower && limit->kind == LEE_LIMIT_VALUE && limit->alt.ref == LEE_ALT_AGL &&
           limit->alt.ft <= 0;
}

static bool is_blurred_in(const lee_zone *zone, const oracle_place *now)
{
    const lee_alt_limit *const lower = &zone->lower;
    return !now->has_alt && (zone->upper.kind == LEE_LIMIT_VALUE ||
                             (lower->kind == LEE_LIMIT_VALUE && !is_ground(lower, true)));
}

bool oracle_is_blurred(const oracle_play *p, const oracle_place *now)
{
    return is_blurred_in(p->zone, now);
}

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double chance_of_band(const oracle_play *p, const lee_zone *zone)
{
    const lee_alt_limit *const limits[] = {&zone->lower, &zone->upper};
    double error_ft = 0;
    if (is_blurred_in(zone, &p->at)) {
        return 0;
    }
    if (!p->at.has_alt) {
        return 1;
    }
    for (int i = 0; i < 2; i++) {
        if (limits[i]->kind == LEE_LIMIT_VALUE && limits[i]->alt.ref == LEE_ALT_AGL &&
            !is_ground(limits[i], i == 0)) {
            return 0; /* the ground is not known */
        }
        if (limits[i]->kind == LEE_LIMIT_VALUE && limits[i]->alt.ref == LEE_ALT_MSL) {
            error_ft = 1100 + abs(p->at.alt_ft) * 6 / 100;
        }
    }
    const double deviation_ft = sqrt(200.0 * 200.0 + error_ft * error_ft) / 2.0;
    int32_t limit = 0;
    double chance = 1;
    if (oracle_limit_ft(&zone->lower, &limit)) {
        chance = normal_below((p->at.alt_ft - limit) / deviation_ft);
    }
    if (oracle_limit_ft(&zone->upper, &limit)) {
        chance -= normal_below((p->at.alt_ft - limit) / deviation_ft);
    }
    return fmax(0, chance);
}

/* The chance that it is higher or lower than the lanes there. */
static double chance_beside(const oracle_play *p)
{
    double chance = 1;
    for (size_t i = 0; i < p->lanes.count; i++) {
        const lee_zone *const lane = p->lanes.zones[i];
        if (oracle_active_at(lane, p->at.t_us) && oracle_area_holds(&lane->area, p->at.point)) {
            chance *= oracle_is_certain(lane, &p->at) ? 1 - chance_of_band(p, lane) : 0;
        }
    }
    return chance;
}

static double position_error_m(const oracle_play *p)
{
    static const double by_nac_p[] = {0,     18520, 7408, 3704, 1852, 926,
                                      555.6, 185.2, 92.6, 30,   10,   3};
    const oracle_said *const said = &p->flight.nac_p;
    const bool known = said->has && p->at.t_us - said->t_us <= p->expire_us;
    return known && said->value > 0 && said->value < 12 ? by_nac_p[said->value] : 92.6;
}

void oracle_weigh(oracle_play *p)
{
    oracle_dealings *const d = &p->now;
    if (p->zone->watch.map_error_m <= 0) {
        return;
    }
    const double position_m = position_error_m(p) / 2.4477;
    const double map_m = p->zone->watch.map_error_m / 1.96;
    const double depth_m = oracle_depth_m(p);
    const double area = 1 - exp(-depth_m * depth_m / 2 / (position_m * position_m + map_m * map_m));
    d->proof = fmax(d->proof, area * chance_of_band(p, p->zone) * chance_beside(p));
    if (d->state == INSIDE && !d->proof_told && d->hits >= 3 &&
        oracle_verdict_word(p, p->at.t_us) == 'c') {
        d->proof_told = true;
        oracle_tell(p, p->at.t_us, LEE_EVENT_VERDICT, 'c');
    }
}
